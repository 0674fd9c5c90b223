"""Invented documents for the tests of silver and gold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from pipelines.documents import DocumentId, DocumentRecord, MadeBy
from pipelines.invoices import (
    DocumentType,
    Invoice,
    Line,
    MeteringPoint,
    ParsedDocument,
    Party,
    PrecedingInvoice,
    Status,
    TaxSubtotal,
)
from pipelines.lake import Lake, open_lake
from pipelines.settings import Settings
from pipelines.silver import Edit, SilverDocument

MADE_BY = MadeBy(step="parse", version="1", options="none")
SELLER = Party(name="Energia Przykładowa S.A.", tax_id="PL1234563218", address="ul. Długa 1, 00-001 Warszawa")
POINT = "590322400000000019"


def folder_lake(path: Path) -> Lake:
    return open_lake(Settings(url=str(path)))


def invoice(number: str = "FV/1/2026", gross: str = "123.00", **changes: Any) -> Invoice:
    """A proven electricity invoice of January 2026: net and tax follow from gross at 23 %."""
    total = Decimal(gross)
    net = (total / Decimal("1.23")).quantize(Decimal("0.01"))
    values: dict[str, Any] = {
        "status": Status.ACCEPTED,
        "document_type": DocumentType.INVOICE,
        "kind": "electricity",
        "invoice_number": number,
        "issue_date": date(2026, 2, 5),
        "currency": "PLN",
        "country": "PL",
        "period_start": date(2026, 1, 1),
        "period_end": date(2026, 1, 31),
        "seller": SELLER,
        "metering_point": MeteringPoint(id=POINT, scheme="ppe", tariff_group="C11", meter_number="00012345"),
        "consumption_kwh": Decimal("100.000"),
        "net_total": net,
        "tax_total": total - net,
        "gross_total": total,
        "tax_breakdown": (TaxSubtotal(name="VAT", rate=Decimal(23), base=net, amount=total - net),),
        "lines": (
            Line(description="Energia czynna", category="energy", quantity=Decimal(100), unit="kWh", net=net),
            Line(description="Opłata sieciowa", category="distribution", net=Decimal("0.00")),
        ),
    }
    return Invoice(**(values | changes))


def correction(of: str, number: str, gross: str, **changes: Any) -> Invoice:
    """A correction that states the difference; `gross` and kWh may be negative."""
    values: dict[str, Any] = {
        "document_type": DocumentType.CORRECTION,
        "corrects": PrecedingInvoice(invoice_number=of, issue_date=date(2026, 2, 5), reason="reading"),
        "issue_date": date(2026, 4, 5),
        "lines": (),
        "consumption_kwh": Decimal("-10.000"),
    }
    return invoice(number, gross, **(values | changes))


def document(
    name: str,
    *invoices: Invoice,
    day: date = date(2026, 3, 1),
    fingerprint: str = "",
    edits: tuple[Edit, ...] = (),
    minute: int = 0,
    **changes: Any,
) -> SilverDocument:
    """A parsed document received at noon and some minutes."""
    digest = sha256(f"{name} {day}".encode()).hexdigest()
    identity = DocumentId.make(day, f"{name}.pdf", digest)
    received = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(minutes=minute)
    record = DocumentRecord(
        id=str(identity),
        sha256=digest,
        bytes=1000,
        media_type="application/pdf",
        extension="pdf",
        file_name=f"{name}.pdf",
        pages=1,
        pages_with_text=1,
        received_at=received,
    )
    parsed = ParsedDocument(document=str(identity), invoices=invoices, made_by=MADE_BY)
    stamp = fingerprint or sha256((parsed.model_dump_json() + repr(edits)).encode()).hexdigest()[:32]
    values: dict[str, Any] = {"fingerprint": stamp, "edits": edits, "engines": ("text",), "cpu_seconds": 0.01}
    return SilverDocument(str(identity), record, parsed, **(values | changes))
