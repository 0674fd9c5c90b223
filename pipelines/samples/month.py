"""Many simple bills of one month, drawn fast: load for the pipeline, with truth."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import matplotlib as mpl
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from pipelines.samples.identifiers import grouped
from pipelines.samples.polish_energy import VAT_RATE, Bill, bill_truth, draw_supply, settlement
from pipelines.samples.sheet import Column, Sheet, TableLook
from pipelines.samples.truth import Sample, write_samples
from pipelines.samples.wording import day, number


def draw_month(folder: Path, month: date, count: int, seed: int = 1) -> list[Sample]:
    """Write `count` one-page Polish electricity bills of the month and their `truth.json`.

    Args:
        folder: Made if missing.
        month: Any day of the billed month.
        count: How many; each has its own metering point and number.
        seed: The same seed gives the same bytes.
    """
    return write_samples(folder, _bills(month.replace(day=1), count, seed))


def _bills(start: date, count: int, seed: int) -> Iterator[tuple[Sample, bytes]]:
    rng = Random(f"{seed}/{start}")
    for place in range(1, count + 1):
        supply = draw_supply(rng, rng.choice(("G11", "C11", "G12")))
        bill = settlement(rng, supply, start, f"M{start:%Y%m}/{seed}/{place:06d}", rng.randrange(60, 3000))
        name = f"prad-{start:%Y-%m}-{place:06d}.pdf"
        yield Sample(name, bill_truth(bill), "accepted", "simple Polish electricity settlement"), draw_simple_bill(bill)


_ALPHABET = "".join(map(chr, range(33, 127))) + "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"


@functools.cache
def _fast_font() -> TTFont:
    """DejaVu Sans whose subset is cut once: cutting and embedding it is most of the cost of a small PDF."""
    font = TTFont("DejaVuSansMonth", str(Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")))
    cut = functools.lru_cache(maxsize=2)(font.face.makeSubset)
    font.face.makeSubset = lambda subset: cut(tuple(subset))
    pdfmetrics.registerFont(font)
    return font


def draw_simple_bill(bill: Bill) -> bytes:
    """One page in one font."""
    font = _fast_font()
    sheet = Sheet(title=f"Faktura {bill.number}", font=font.fontName, bold=font.fontName)
    # the same characters in the same order in every document: the same subset
    font.splitString(_ALPHABET, sheet.canvas._doc)
    supply, total = bill.supply, bill.totals
    sheet.text(sheet.margin, 60, f"Faktura VAT nr {bill.number}", 15)
    sheet.text(
        sheet.margin, 76, f"Data wystawienia: {day(bill.issued, 'pl')}    Termin płatności: {day(bill.due, 'pl')}", 9
    )
    for x, title, party in ((sheet.margin, "Sprzedawca:", supply.seller), (310, "Nabywca:", supply.buyer)):
        sheet.lines(x, 110, (title, party.name, party.street, party.town, f"NIP: {party.tax_id}"), 9)
    facts = (
        f"Nr klienta: {supply.client}",
        f"Numer PPE: {supply.point.ppe}",
        f"Nr licznika: {supply.point.meter}    Grupa taryfowa: {supply.point.tariff}",
        f"Okres rozliczeniowy: {day(bill.start, 'pl')} - {day(bill.end, 'pl')}",
        f"Zużycie energii: {bill.kwh} kWh",
    )
    sheet.y = sheet.lines(sheet.margin, 190, facts, 9)
    columns = (
        Column("Opis", 200),
        Column("Ilość", 60, "right"),
        Column("J.m.", 50),
        Column("Cena netto", 70, "right"),
        Column("Wartość netto", 80, "right"),
        Column("VAT", 50, "right"),
    )
    rows = [
        (c.description, str(c.quantity), c.unit, number(c.price, "pl", 4), _money(c.net), f"{VAT_RATE}%")
        for c in bill.charges
    ]
    sheet.table(sheet.margin, columns, rows, TableLook(rules="none", head_fill=None))
    totals = (
        ("Razem netto:", _money(total.net)),
        (f"VAT {VAT_RATE}%:", _money(total.tax)),
        ("Razem brutto:", _money(total.gross)),
        ("Do zapłaty:", f"{_money(total.gross)} zł"),
    )
    for place, (label, value) in enumerate(totals):
        sheet.text(360, sheet.y + 14 * place, label, 9)
        sheet.text(502, sheet.y + 14 * place, value, 9, align="right")
    sheet.text(sheet.margin, sheet.y + 80, f"Rachunek: {grouped(supply.account, 2, 4)}", 9)
    return sheet.finish()


def _money(value: Decimal) -> str:
    return number(value, "pl")
