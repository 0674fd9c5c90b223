"""What a supplier file adds to a record that was judged without it.

A file fills what the page leaves open: the name behind a printed tax id, or the tax id behind a printed
name. Status and reasons stay as they were: they were decided on what the page itself proves.
"""

from __future__ import annotations

from pipelines.invoices import Check, DocumentType, Evidence, Invoice, Status
from pipelines.parsing.folding import squash
from pipelines.parsing.suppliers import Supplier, SupplierBook

_SURE = 0.6
"""Confidence from which a printed name stands, whatever the file says."""


def pin_supplier(invoice: Invoice, book: SupplierBook) -> Invoice:
    """The invoice with its seller as the supplier files know it; the same one where they know nothing."""
    if invoice.document_type is DocumentType.OTHER or not book.suppliers:
        return invoice
    if invoice.seller.tax_id:
        known = book.by_tax_id(invoice.seller.tax_id)
        return invoice if known is None else _named(invoice, known)
    known = book.by_name(invoice.seller.name) if invoice.seller.name else None
    # a tax id that the page does not print is proven by nothing: it may not stand in an accepted record
    if known is None or len(known.tax_ids) > 1 or invoice.status is Status.ACCEPTED:
        return invoice
    return _with_tax_id(invoice, known)


def _named(invoice: Invoice, known: Supplier) -> Invoice:
    said = invoice.evidence.get("seller.tax_id")
    check = Check(
        name="supplier_of_tax_id",
        passed=True,
        expected=f"{known.name} ({known.file})",
        found=invoice.seller.tax_id or "",
        fields=("seller.tax_id",),
    )
    checks = (*invoice.checks, check)
    stands = invoice.evidence.get("seller.name")
    if invoice.seller.name and (stands is None or stands.confidence >= _SURE or _same(invoice.seller.name, known)):
        return invoice.model_copy(update={"checks": checks})
    if said is None:
        return invoice
    seller = invoice.seller.model_copy(update={"name": known.name})
    evidence = {**invoice.evidence, "seller.name": _by_file(said, known, "tax id")}
    return invoice.model_copy(update={"seller": seller, "evidence": evidence, "checks": checks})


def _with_tax_id(invoice: Invoice, known: Supplier) -> Invoice:
    said = invoice.evidence.get("seller.name")
    if said is None:
        return invoice
    seller = invoice.seller.model_copy(update={"tax_id": known.tax_ids[0]})
    evidence = {**invoice.evidence, "seller.tax_id": _by_file(said, known, "name")}
    reason = f"seller.tax_id {known.tax_ids[0]} is not on the page: {known.file} has it for this name"
    return invoice.model_copy(
        update={"seller": seller, "evidence": evidence, "review_reasons": (*invoice.review_reasons, reason)}
    )


def _by_file(said: Evidence, known: Supplier, how: str) -> Evidence:
    return said.model_copy(update={"rule": f"supplier file {known.file} (by {how})"})


def _same(name: str, known: Supplier) -> bool:
    return squash(name) in map(squash, known.names)
