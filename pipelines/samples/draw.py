"""The sample set: what `python -m pipelines samples` draws."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

from pipelines.samples import einvoices, polish_energy, scans
from pipelines.samples.brazilian_energy import draw_installation, draw_light_bill, light_bill, light_bill_truth
from pipelines.samples.collective import collective, collective_truth, draw_collective
from pipelines.samples.polish_energy import Bill, bill_truth, draw_supply
from pipelines.samples.polish_energy_pages import draw_bill
from pipelines.samples.trade import trade_invoice, trade_truth
from pipelines.samples.trade_pages import draw_trade_invoice, trade_sheet
from pipelines.samples.truth import Sample, write_samples, write_scoring_truth

Drawn = tuple[Sample, bytes]
COLLECTIVE_POINTS = 78
"""Points of the many-page invoice: about forty pages."""


def draw_samples(folder: Path, seed: int = 1, *, scans: bool = True, scoring_truth: bool = False) -> list[Sample]:
    """Write the sample set and its `truth.json` into `folder`.

    Args:
        folder: Made if missing; files of the same names are replaced.
        seed: The same seed gives the same bytes.
        scans: Also draw scanned, photographed and faxed documents (they need OCR).
        scoring_truth: Also write `<stem>.truth.json` beside each document, for corpus scorers.

    Returns:
        What was drawn, in the order of drawing: a duplicate follows its original.
    """
    samples = write_samples(folder, _set(seed, scanned=scans))
    if scoring_truth:
        write_scoring_truth(folder, samples)
    return samples


def _set(seed: int, *, scanned: bool) -> Iterator[Drawn]:
    # each group has its own generator, so that a change to one leaves the bytes of the others alone
    yield from _polish_energy(Random(f"{seed}/polish energy"))
    yield from _brazilian_energy(Random(f"{seed}/brazilian energy"))
    yield from _trade(Random(f"{seed}/trade"))
    yield _many_pages(Random(f"{seed}/many pages"))
    if scanned:
        yield from _scanned(Random(f"{seed}/scans"))
    yield from _trouble(Random(f"{seed}/trouble"))


def _polish(name: str, bill: Bill, about: str) -> Drawn:
    return Sample(f"{name}.pdf", bill_truth(bill), "accepted", about), draw_bill(bill)


def _polish_energy(rng: Random) -> Iterator[Drawn]:
    home = draw_supply(rng, "G11")
    forecast = polish_energy.forecast(rng, home, date(2026, 1, 1), "FEP/2025/12/003310", 520)
    yield _polish("prad-prognoza-2026-01", forecast, "Polish electricity, forecast for two months")
    january = polish_energy.settlement(rng, home, date(2026, 1, 1), "FES/2026/02/004512", 274)
    yield _polish("prad-rozliczenie-2026-01", january, "Polish electricity, settlement")
    february = polish_energy.settlement(rng, home, date(2026, 2, 1), "FES/2026/03/004780", 251)
    yield _polish("prad-rozliczenie-2026-02", february, "Polish electricity, settlement, corrected later")
    correction = polish_energy.correction(rng, february, "FKR/2026/03/000091", 40)
    yield _polish("prad-korekta-2026-02", correction, "Polish electricity, correction of a settlement")
    zones = polish_energy.settlement(rng, draw_supply(rng, "G12"), date(2026, 1, 1), "FES/2026/02/005127", 688)
    yield _polish("prad-g12-2026-01", zones, "Polish electricity, day and night zone")
    ksef = polish_energy.settlement(rng, draw_supply(rng, "C12a"), date(2026, 1, 1), "FES/2026/02/006003", 1934)
    about = "Polish electricity as bare KSeF FA(3) XML"
    yield Sample("prad-ksef-2026-01.xml", bill_truth(ksef), "accepted", about), einvoices.fa3(ksef)


def _brazilian_energy(rng: Random) -> Iterator[Drawn]:
    at, reading = draw_installation(rng), rng.randrange(8_000, 60_000)
    for month in (1, 2, 3):
        bill = light_bill(rng, at, 2026, month, reading)
        reading = bill.current
        about = "Brazilian electricity with solar credit"
        yield (
            Sample(f"conta-luz-2026-{month:02d}.pdf", light_bill_truth(bill), "accepted", about),
            draw_light_bill(bill),
        )


def _trade(rng: Random) -> Iterator[Drawn]:
    plain = (
        ("invoice-HF-20931", "en", "HF-20931", "English invoice"),
        ("rechnung-2026-1187", "de", "2026-1187", "German invoice, two VAT rates"),
        ("faktura-FV-2026-02-118", "pl", "FV/2026/02/118", "Polish VAT invoice"),
    )
    for name, language, number, about in plain:
        invoice = trade_invoice(rng, language, number, date(2026, 2, 9))
        yield Sample(f"{name}.pdf", trade_truth(invoice), "accepted", about), draw_trade_invoice(invoice)
    invoice = trade_invoice(rng, "de", "2026-1203", date(2026, 2, 16), lines=5)
    sheet = trade_sheet(invoice)
    sheet.attach("factur-x.xml", einvoices.cii(invoice), description="ZUGFeRD 2, EN 16931", relationship="Alternative")
    yield (
        Sample("rechnung-zugferd-2026-1203.pdf", trade_truth(invoice), "accepted", "German ZUGFeRD invoice"),
        sheet.finish(),
    )


def _many_pages(rng: Random) -> Drawn:
    invoice = collective(rng, "FEZ/2026/02/000044", date(2026, 1, 1), COLLECTIVE_POINTS)
    about = f"Polish collective electricity invoice of {COLLECTIVE_POINTS} metering points"
    return Sample("prad-zbiorcza-2026-01.pdf", collective_truth(invoice), "accepted", about), draw_collective(invoice)


def _scanned(rng: Random) -> Iterator[Drawn]:
    def scan(name: str, truth: dict[str, object], about: str, data: bytes) -> Drawn:
        return Sample(name, truth, "accepted", about, scan=True), data

    bill = polish_energy.settlement(rng, draw_supply(rng, "G11"), date(2026, 3, 1), "FES/2026/04/007741", 312)
    yield scan(
        "skan-prad-2026-03.pdf",
        bill_truth(bill),
        "Polish electricity, scanned",
        scans.scanned_pdf(draw_bill(bill), rng),
    )
    light = light_bill(rng, draw_installation(rng), 2026, 2, 20_411)
    data = scans.scanned_pdf(draw_light_bill(light), rng)
    yield scan("scan-conta-luz-2026-02.pdf", light_bill_truth(light), "Brazilian electricity, scanned", data)
    polish = trade_invoice(rng, "pl", "FV/2026/03/007", date(2026, 3, 4), lines=3)
    yield scan(
        "skan-faktura-FV-2026-03-007.pdf",
        trade_truth(polish),
        "Polish VAT invoice, scanned",
        scans.scanned_pdf(draw_trade_invoice(polish), rng),
    )
    english = trade_invoice(rng, "en", "HF-20977", date(2026, 3, 6), lines=3)
    yield scan(
        "photo-HF-20977.jpg",
        trade_truth(english),
        "English invoice, photographed",
        scans.photo(draw_trade_invoice(english), rng),
    )
    zones = polish_energy.settlement(rng, draw_supply(rng, "C12a"), date(2026, 3, 1), "FES/2026/04/008220", 2210)
    yield scan(
        "fax-prad-2026-03.tif",
        bill_truth(zones),
        "Polish electricity, two-page fax TIFF",
        scans.fax_tiff(draw_bill(zones), rng),
    )


def _trouble(rng: Random) -> Iterator[Drawn]:
    """Files that must each end in their own clear state, and trouble nobody else."""
    invoice = trade_invoice(rng, "en", "HF-21002", date(2026, 3, 12))
    whole = draw_trade_invoice(invoice)
    yield Sample("invoice-HF-21002.pdf", trade_truth(invoice), "accepted", "English invoice, dropped twice"), whole
    yield (
        Sample("invoice-HF-21002 (copy).pdf", trade_truth(invoice), "duplicate", "the same bytes under another name"),
        whole,
    )
    broken = draw_trade_invoice(trade_invoice(rng, "de", "2026-1219", date(2026, 3, 12)))
    yield (
        Sample("broken-truncated.pdf", {}, "quarantined", "a download cut off before its page tree"),
        broken[: len(broken) // 3],
    )
    locked = trade_sheet(trade_invoice(rng, "en", "HF-21017", date(2026, 3, 13)), password="sesame").finish()  # noqa: S106
    yield Sample("Faktura za marzec (hasło).pdf", {}, "quarantined", "a PDF that asks for a password"), locked
    program = b"MZ\x90\x00\x03\x00\x00\x00" + bytes(range(256)) * 4
    yield Sample("setup.pdf", {}, "rejected", "a program named .pdf"), program
    yield Sample("empty.pdf", {}, "rejected", "zero bytes"), b""
