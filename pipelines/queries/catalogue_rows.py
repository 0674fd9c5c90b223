"""The catalogue's rows: one an invoice, or one a document that holds none yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import duckdb
import pyarrow as pa

from pipelines.documents import DocumentRecord, Rejection
from pipelines.invoices import Invoice
from pipelines.kinds import kind_named
from pipelines.lake import Lake
from pipelines.layout import RejectedReasonKey
from pipelines.queries.status import status_of
from pipelines.silver import apply_edits, load_edits
from pipelines.silver.normalise import clean_text, currency_code, period_month, point_id, tax_id
from pipelines.silver.schemas import DATE, ENERGY, MONEY, TEXT, TIME
from pipelines.states import DocumentKeys

COLUMNS: tuple[tuple[str, pa.DataType], ...] = (
    ("id", TEXT),
    ("position", pa.int32()),
    ("received_at", TIME),
    ("file_name", TEXT),
    ("state", TEXT),
    ("reason", TEXT),
    ("duplicate_of", TEXT),
    ("pages", pa.int32()),
    ("uploader", TEXT),
    ("media_type", TEXT),
    ("validated_by", TEXT),
    ("edits", pa.int32()),
    ("document_type", TEXT),
    ("kind", TEXT),
    ("invoice_number", TEXT),
    ("issue_date", DATE),
    ("due_date", DATE),
    ("period_month", DATE),
    ("currency", TEXT),
    ("supplier", TEXT),
    ("supplier_tax_id", TEXT),
    ("customer", TEXT),
    ("customer_tax_id", TEXT),
    ("customer_number", TEXT),
    ("contract_number", TEXT),
    ("point", TEXT),
    ("tariff_group", TEXT),
    ("kwh", ENERGY),
    ("net", MONEY),
    ("tax", MONEY),
    ("gross", MONEY),
    ("amount_due", MONEY),
    ("ksef_number", TEXT),
)
ROW_SCHEMA = pa.schema([pa.field(name, kind) for name, kind in COLUMNS])
_SEARCHED = [
    "id",
    "file_name",
    "supplier",
    "supplier_tax_id",
    "customer",
    "customer_tax_id",
    "customer_number",
    "contract_number",
    "point",
    "invoice_number",
    "tariff_group",
    "ksef_number",
    "reason",
    "uploader",
    "document_type",
    "currency",
]
_LARGEST = 10**15


@dataclass(frozen=True, slots=True)
class Row:
    """Column -> value, every column there."""

    values: dict[str, Any]

    @classmethod
    def of(cls, document: str, position: int, **values: Any) -> Self:
        return cls(dict.fromkeys(ROW_SCHEMA.names) | {"id": document, "position": position} | values)


def folded(expression: str) -> str:
    """SQL: text as it is searched: lower case, without accents."""
    return f"replace(strip_accents(lower({expression})), 'ł', 'l')"


def from_silver(
    cursor: duckdb.DuckDBPyConnection, name: str, documents: pa.Table, invoices: pa.Table, laid_over: pa.Table
) -> None:
    """Make the table `name`: silver's rows, with those of `laid_over` in the place of the same documents'."""
    shared = {
        "id": "d.document_id",
        "position": "coalesce(i.position, 0)",
        "supplier": "coalesce(i.seller_name, d.supplier_name)",
        "supplier_tax_id": "coalesce(i.seller_tax_id, d.supplier_tax_id)",
        "customer": "i.buyer_name",
        "customer_tax_id": "i.buyer_tax_id",
        "point": "i.point_id",
        "kwh": "i.consumption_kwh",
        "net": "i.net_total",
        "tax": "i.tax_total",
        "gross": "i.gross_total",
    }
    of_document: tuple[str, ...] = (
        "received_at",
        "file_name",
        "state",
        "reason",
        "duplicate_of",
        "pages",
        "uploader",
        "media_type",
    )
    of_document += ("validated_by", "edits")
    chosen = ", ".join(
        f'{shared.get(c) or ("d." if c in of_document else "i.") + c} AS "{c}"' for c in ROW_SCHEMA.names
    )
    text = folded("concat_ws(' ', " + ", ".join(_SEARCHED) + ")")
    cursor.register("documents_", documents)
    cursor.register("invoices_", invoices)
    cursor.register("laid_over_", laid_over)
    cursor.execute(
        f"""
        CREATE TABLE "{name}" AS SELECT *, {text} AS searched FROM (
            SELECT {chosen} FROM documents_ d LEFT JOIN invoices_ i USING (document_id)
            WHERE d.document_id NOT IN (SELECT id FROM laid_over_)
            UNION ALL BY NAME SELECT * FROM laid_over_
        )
        """  # noqa: S608 - names are ours
    )


def rows_of_document(lake: Lake, keys: DocumentKeys) -> list[Row]:
    """One document's rows from bronze, edits applied. Raises what loading raises."""
    document = str(keys.document)
    status = status_of(lake, keys)
    base: dict[str, Any] = {
        "file_name": status.file_name,
        "state": status.state,
        "reason": status.reason or None,
        "received_at": status.received_at,
        "pages": status.pages,
        "edits": len(keys.edits),
    }
    if keys.stage == "rejected":
        rejected = Rejection.model_validate_json(lake.storage.get(str(RejectedReasonKey(keys.document))))
        return [Row.of(document, 0, **base | {"reason": rejected.message})]
    if keys.record is not None:
        base |= _of_record(lake.record(keys.document))
    if keys.parsed is None:
        return [Row.of(document, 0, **base)]
    edited = apply_edits(lake.parsed(keys.document), load_edits(lake, keys.edits))
    invoices = edited.parsed.invoices if edited.parsed else ()
    base["validated_by"] = edited.validated_by
    return [Row.of(document, at, **base | _of_invoice(invoice)) for at, invoice in enumerate(invoices)] or [
        Row.of(document, 0, **base)
    ]


def _of_record(record: DocumentRecord) -> dict[str, Any]:
    return {
        "duplicate_of": record.duplicate_of,
        "uploader": record.uploader,
        "media_type": record.media_type,
    }


def _of_invoice(invoice: Invoice) -> dict[str, Any]:
    point, own = invoice.metering_point, kind_named(invoice.kind)
    amounts = {
        "kwh": invoice.consumption_kwh if own is None or own.fields is None else None,  # gas is no electricity
        "net": invoice.net_total,
        "tax": invoice.tax_total,
        "gross": invoice.gross_total,
        "amount_due": invoice.amount_due,
    }
    return {
        "document_type": invoice.document_type.value,
        "kind": invoice.kind,
        "invoice_number": clean_text(invoice.invoice_number),
        "issue_date": invoice.issue_date,
        "due_date": invoice.due_date,
        "period_month": period_month(invoice),
        "currency": currency_code(invoice.currency),
        "supplier": clean_text(invoice.seller.name),
        "supplier_tax_id": tax_id(invoice.seller.tax_id, invoice.country),
        "customer": clean_text(invoice.buyer.name),
        "customer_tax_id": tax_id(invoice.buyer.tax_id, None),
        "customer_number": clean_text(invoice.customer_number),
        "contract_number": clean_text(invoice.contract_number),
        "point": point_id(point.id, point.scheme) if point else None,
        "tariff_group": clean_text(point.tariff_group) if point else None,
        "ksef_number": invoice.ksef_number,
        # what no column holds is not shown, rather than cut: it waits for a person anyway
        **{name: _rounded(value, 3 if name == "kwh" else 2) for name, value in amounts.items()},
    }


def _rounded(value: Any, digits: int) -> Any:
    if value is None or not value.is_finite() or abs(value) >= _LARGEST:
        return None
    return round(value, digits)
