"""From a document to the rows that it wants to have in silver. Pure: no storage, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import attrgetter

from pipelines.documents import DocumentId, DocumentRecord
from pipelines.errors import InvalidRecord
from pipelines.invoices import Invoice, Line, ParsedDocument, Status, TaxSubtotal
from pipelines.silver.edits import Edit, EditedDocument, apply_edits
from pipelines.silver.effects import Effects, bill_part, effects
from pipelines.silver.fitting import fit_digits, fitted
from pipelines.silver.keys import corrects_key, invoice_key
from pipelines.silver.kind_tables import copied, own_values, spec_for
from pipelines.silver.normalise import clean_text, currency_code, energy_kwh, period_month, point_id, tax_id, unit_name
from pipelines.silver.schemas import DOCUMENTS, INVOICE_LINES, INVOICES, MONEY, RATE, Row, TableSpec, room_of
from pipelines.silver.shares import Share, shares


@dataclass(frozen=True, slots=True)
class SilverDocument:
    """One received document as bronze has it: everything that silver depends on.

    Attributes:
        document_id: Its id.
        record: What was received; None for rejected files, which have none.
        parsed: What parsing found; None where it did not come so far.
        fingerprint: Changes whenever anything here changes; kept to tell what is done.
        state: The stage that bronze shows: `parsed`, or where it stopped (`quarantined`, `rejected`,
            `duplicate`, `received`, `read`, `deleted`, ...).
        reason: Why it stopped.
        duplicate_of: The document that owns the same bytes.
        pages: Pages read, where that is known better than the record.
        engines: What read them.
        cpu_seconds: CPU time of reading and parsing.
    """

    document_id: str
    record: DocumentRecord | None
    parsed: ParsedDocument | None
    fingerprint: str
    state: str = "parsed"
    edits: tuple[Edit, ...] = ()
    reason: str = ""
    duplicate_of: str | None = None
    pages: int | None = None
    engines: tuple[str, ...] = ()
    cpu_seconds: float | None = None
    read_at: datetime | None = None
    parsed_at: datetime | None = None


Holder = tuple[str, int]
"""A document and the position of an invoice in it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An invoice that may stand: its row, its lines, and what its claim is judged by."""

    key: str
    document_id: str
    position: int
    row: Row
    lines: tuple[Row, ...]
    own: tuple[TableSpec, Row] | None
    """Its row in the table of its kind, where the kind has one."""
    points: tuple[Row, ...]
    """What it says of its metering point, or of each of a collective invoice."""

    @property
    def holder(self) -> Holder:
        return (self.document_id, self.position)

    @property
    def month(self) -> date:
        month: date = self.row["period_month"]
        return month


@dataclass(slots=True)
class Wanted:
    """What a document wants: its own row, and its invoices that may stand."""

    document: Row
    candidates: list[Candidate] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Why some of its invoices may not."""


def wanted(source: SilverDocument) -> Wanted:
    """The rows of one document. What keeps an invoice out is stated in `problems`, never raised."""
    try:
        edited = apply_edits(source.parsed, source.edits)
    except InvalidRecord as error:
        result = Wanted(_document_row(source, EditedDocument(source.parsed)))
        result.document["state"] = "needs_review"
        result.problems.append(str(error))
        return result
    result = Wanted(_document_row(source, edited))
    if edited.deleted:
        result.document["state"] = "deleted"
        return result
    if source.state != "parsed" or edited.parsed is None:
        return result
    result.document["state"] = "needs_review"
    if not edited.parsed.invoices:
        fault = edited.parsed.error
        result.problems.append(f"{fault.error}: {fault.message}" if fault else "no invoice was found in it")
    for position, invoice in enumerate(edited.parsed.invoices):
        key = result.document["invoice_keys"][position]
        reasons = _obstacles(invoice, key)
        if not reasons:
            try:
                result.candidates.append(_candidate(source, edited, position, invoice, key))
                continue
            except InvalidRecord as error:
                reasons = [error.cause]
        where = f"invoice {position + 1}: " if len(edited.parsed.invoices) > 1 else ""
        result.problems.append(where + "; ".join(reasons))
    return result


def _obstacles(invoice: Invoice, key: str) -> list[str]:
    """Why an invoice may not stand: not proven, or no identity, month, currency or total."""
    if invoice.status is not Status.ACCEPTED:
        return list(invoice.review_reasons) or ["not proven"]
    missing = {
        "its seller or number is not known": not key,
        "no month can be told": period_month(invoice) is None,
        "its currency is not known": currency_code(invoice.currency) is None,
        "no total is known": _gross(invoice) is None,
    }
    return [reason for reason, lacks in missing.items() if lacks]


def _candidate(source: SilverDocument, edited: EditedDocument, position: int, invoice: Invoice, key: str) -> Candidate:
    shared = {
        "invoice_key": key,
        "period_month": period_month(invoice),
        "document_id": source.document_id,
        "position": position,
    }
    row = fitted(INVOICES, shared | _invoice_values(source, edited, invoice), source.document_id)
    parts = shares(invoice, row["effect_kwh"])
    row["points"] = [_share_value(share) for share in parts] or None
    own = {"energy_kwh": None} if spec_for(invoice) is not None else {}
    lines = tuple(
        fitted(INVOICE_LINES, shared | _line_values(number, line, row["currency"]) | own, source.document_id)
        for number, line in enumerate(invoice.lines, start=1)
    )
    point = _point(invoice, row)
    points = (point,) if point is not None else tuple(_shared_point(share, row) for share in parts)
    return Candidate(key, source.document_id, position, row, lines, _own(invoice, row), points)


def _own(invoice: Invoice, row: Row) -> tuple[TableSpec, Row] | None:
    """The row in the table of the invoice's kind: proven own fields, and what people confirmed."""
    spec, document = spec_for(invoice), row["document_id"]
    if spec is None:
        return None
    return spec, fitted(spec, copied(row) | own_values(invoice, document), document)


def _invoice_values(source: SilverDocument, edited: EditedDocument, invoice: Invoice) -> Row:
    effect = effects(invoice)
    gross = _gross(invoice)
    point, corrects = invoice.metering_point, invoice.corrects
    # kWh of gas are a column of its own table: what stands here may be summed as electricity
    electric = dict.fromkeys(_ENERGY) if spec_for(invoice) is not None else {}
    return {
        **dict(zip(_PRINTED, _printed(invoice), strict=True)),
        **electric,
        "document_type": invoice.document_type.value,
        "country": (invoice.country or "").upper() or None,
        "currency": currency_code(invoice.currency),
        "gross_total": gross,
        **{
            name: clean_text(getattr(invoice, name))
            for name in ("invoice_number", "customer_number", "contract_number", "purchase_order", "payment_reference")
        },
        **_party("seller", invoice),
        **_party("buyer", invoice),
        "point_id": point_id(point.id, point.scheme) if point else None,
        "point_scheme": point.scheme if point else None,
        "meter_number": clean_text(point.meter_number) if point else None,
        "tariff_group": (clean_text(point.tariff_group) or "").upper() or None if point else None,
        "distributor": clean_text(point.distributor) if point else None,
        "bill_part": bill_part(invoice),
        "effect": effect.effect,
        "effect_kwh": effect.kwh,
        "effect_net": effect.net,
        "effect_tax": effect.tax,
        "effect_gross": _effect_gross(effect, gross),
        "taxes": _taxes(invoice, source.document_id),
        "corrects_key": corrects_key(invoice),
        "corrects_invoice_number": clean_text(corrects.invoice_number) if corrects else None,
        "corrects_issue_date": corrects.issue_date if corrects else None,
        "corrects_reason": clean_text(corrects.reason) if corrects else None,
        "corrects_ksef_number": corrects.ksef_number if corrects else None,
        "bank_account": (invoice.bank_account or "").replace(" ", "").upper() or None,
        "validated_by": edited.validated_by or "proof",
        "confirmed_at": _utc(edited.validated_at),
        "received_at": _utc(source.record.received_at) if source.record else None,
        "checks_passed": sum(check.passed for check in invoice.checks),
    }


_ENERGY = ("consumption_kwh", "exported_kwh", "compensated_kwh")
_PRINTED = (
    "kind",
    "language",
    "issue_date",
    "sale_date",
    "due_date",
    "period_start",
    "period_end",
    "reference_month",
    *_ENERGY,
    "net_total",
    "tax_total",
    "amount_due",
    "paid",
    "prior_balance",
    "ksef_number",
    "access_key",
    "barcode",
)
"""Fields that stand in a row as the record has them."""
_printed = attrgetter(*_PRINTED)


def _gross(invoice: Invoice) -> Decimal | None:
    """The invoice's total; the amount due stands for it only where nothing was carried over or paid."""
    if invoice.gross_total is not None or invoice.prior_balance or invoice.paid:
        return invoice.gross_total
    return invoice.amount_due


def _effect_gross(effect: Effects, gross: Decimal | None) -> Decimal | None:
    """The gross effect where only the amount due is printed."""
    if effect.gross is not None or effect.effect == "unknown" or gross is None:
        return effect.gross
    return -abs(gross) if effect.effect == "credit" else gross


def _party(role: str, invoice: Invoice) -> Row:
    party = getattr(invoice, role)
    # a buyer may sit in another country than the bill: only the seller's prefix can be told from it
    country = invoice.country if role == "seller" else None
    return {
        f"{role}_name": clean_text(party.name),
        f"{role}_tax_id": tax_id(party.tax_id, country),
        f"{role}_address": clean_text(party.address),
    }


def _line_values(number: int, line: Line, currency: str) -> Row:
    return {
        "line_number": number,
        "description": clean_text(line.description),
        "category": line.category,
        "quantity": line.quantity,
        "unit": unit_name(line.unit),
        "energy_kwh": energy_kwh(line.quantity, line.unit),
        "unit_price": line.unit_price,
        "net": line.net,
        "tax_rate": line.tax_rate,
        "tax": line.tax,
        "gross": line.gross,
        "currency": currency,
        "period_start": line.period_start,
        "period_end": line.period_end,
        "before_correction": line.before_correction,
        "point_id": point_id(line.metering_point_id, None),
    }


def _point(invoice: Invoice, row: Row) -> Row | None:
    """What the bill says of its metering point."""
    if row["point_id"] is None:
        return None
    return {
        "scheme": row["point_scheme"] or "other",
        "point_id": row["point_id"],
        "address": clean_text(invoice.metering_point.address) if invoice.metering_point else None,
        "meter_number": row["meter_number"],
        "tariff_group": row["tariff_group"],
        "distributor": row["distributor"],
        "customer_number": row["customer_number"],
        "seller_tax_id": row["seller_tax_id"],
        "last_month": row["period_month"],
        "last_document_id": row["document_id"],
    }


def _shared_point(share: Share, row: Row) -> Row:
    """What a collective invoice says of one of its points."""
    names = ("customer_number", "seller_tax_id")
    return {
        **dict.fromkeys(("address", "tariff_group", "distributor")),
        **{name: row[name] for name in names},
        "scheme": share.scheme,
        "point_id": share.point_id,
        "meter_number": share.meter_number,
        "last_month": row["period_month"],
        "last_document_id": row["document_id"],
    }


def _share_value(share: Share) -> Row:
    """A part as it stands in `points`; which point it is, is known when the points are found."""
    return {
        "point_key": None,
        "point_id": share.point_id,
        "scheme": share.scheme,
        "period_start": share.period_start,
        "period_end": share.period_end,
        "effect_kwh": share.kwh,
        "exported_kwh": share.exported_kwh,
    }


def _document_row(source: SilverDocument, edited: EditedDocument) -> Row:
    record, parsed = source.record, edited.parsed
    invoices = parsed.invoices if parsed else ()
    first = invoices[0] if invoices else None
    values: Row = {
        "document_id": source.document_id,
        "received_on": DocumentId.parse(source.document_id).day,
        "received_at": _utc(record.received_at) if record else None,
        **{
            name: getattr(record, name) if record else None
            for name in ("file_name", "sha256", "bytes", "media_type", "uploader", "source")
        },
        "state": source.state,
        "reason": source.reason or None,
        "duplicate_of": source.duplicate_of,
        "supplier_tax_id": tax_id(first.seller.tax_id, first.country) if first else None,
        "supplier_name": clean_text(first.seller.name) if first else None,
        "invoice_keys": [invoice_key(invoice) or "" for invoice in invoices],
        "invoices": len(invoices),
        "standing": 0,
        "proven": _proven(source.parsed),
        "validated_by": edited.validated_by,
        "pages": source.pages if source.pages is not None else (record.pages if record else None),
        "engines": sorted(source.engines),
        "cpu_seconds": _seconds(source.cpu_seconds),
        "read_at": _utc(source.read_at),
        "parsed_at": _utc(source.parsed_at),
        "parsing_version": parsed.made_by.version if parsed else None,
        "edits": len(source.edits),
        "layout": first.layout if first else None,
        "fingerprint": source.fingerprint,
    }
    return {name: values[name] for name in DOCUMENTS.names}


def _proven(parsed: ParsedDocument | None) -> int:
    return sum(invoice.status is Status.ACCEPTED for invoice in parsed.invoices) if parsed else 0


def _seconds(value: float | None) -> Decimal | None:
    return Decimal(value).quantize(Decimal("0.001")) if value is not None else None


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


_TAX_ROOM = {"rate": room_of(RATE), "base": room_of(MONEY), "amount": room_of(MONEY)}


def _taxes(invoice: Invoice, document: str) -> list[Row] | None:
    """The tax subtotals, each number at its column's scale."""

    def fit(tax: TaxSubtotal, name: str) -> Decimal | None:
        value: Decimal | None = getattr(tax, name)
        return None if value is None else fit_digits(f"taxes.{name}", _TAX_ROOM[name], value, document)

    return [
        {"name": clean_text(tax.name)} | {name: fit(tax, name) for name in _TAX_ROOM} for tax in invoice.tax_breakdown
    ] or None
