"""Identities: which rows are the same invoice, and which numbers are the same metering point.

An invoice is who issued it and its number; a Brazilian energy bill is its distributor, installation and
reference month, because a distributor bills an installation once a month and reprints carry new numbers.
No period otherwise, no file name: the same invoice scanned twice is one invoice.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from pipelines.invoices import DocumentType, Invoice
from pipelines.silver.normalise import clean_text, point_id, tax_id

_SPACES, _SEPARATORS = re.compile(r"\s+"), re.compile(r"[^A-Z0-9]+")

CORRECTIONS = frozenset({DocumentType.CORRECTION, DocumentType.CREDIT_NOTE})


def normal_number(number: str) -> str:
    """An invoice number without what varies between printings: case, spaces, accents, dashes' kinds.

    Slashes and dashes keep their place as one separator, so that `1/23` and `12/3` stay apart.
    """
    plain = number if number.isascii() else _without_accents(number)
    return _SEPARATORS.sub("/", _SPACES.sub("", plain.upper())).strip("/")


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def seller_identity(invoice: Invoice) -> str | None:
    """Canonical tax id, else the bare name: None where neither is known.

    Without the country prefix, which one printing of an invoice bears and another does not.
    """
    known = tax_id(invoice.seller.tax_id, invoice.country)
    if known:
        return re.sub(r"^[A-Z]{2}(?=[0-9A-Z]{5})", "", known)
    name = clean_text(invoice.seller.name)
    return f"name:{normal_number(name)}" if name and normal_number(name) else None


def invoice_key(invoice: Invoice) -> str | None:
    """The invoice's identity, 32 hex digits; None where too little is known."""
    seller = seller_identity(invoice)
    if seller is None:
        return None
    slot = _brazilian_slot(invoice)
    if slot is not None:
        return _digest("br", seller, *slot)
    number = normal_number(invoice.invoice_number or "")
    return _digest("invoice", seller, number) if number else None


def corrects_key(invoice: Invoice) -> str | None:
    """The identity of the invoice that this one corrects; it was issued by the same seller."""
    seller, preceding = seller_identity(invoice), invoice.corrects
    if seller is None or preceding is None:
        return None
    point = invoice.metering_point
    if invoice.country == "BR" and invoice.kind == "electricity" and point and invoice.reference_month:
        installation = point_id(point.id, point.scheme)
        return _digest("br", seller, installation, invoice.reference_month) if installation else None
    number = normal_number(preceding.invoice_number or "")
    return _digest("invoice", seller, number) if number else None


def point_key(scheme: str, canonical_id: str) -> str:
    """A metering point's identity by the first number it is known by."""
    return _digest("point", scheme, canonical_id)


def _brazilian_slot(invoice: Invoice) -> tuple[str, ...] | None:
    """Installation and month of a Brazilian energy bill; corrections stand apart by their number."""
    point = invoice.metering_point
    if invoice.country != "BR" or invoice.kind != "electricity" or point is None or not invoice.reference_month:
        return None
    installation = point_id(point.id, point.scheme)
    if installation is None:
        return None
    if invoice.document_type in CORRECTIONS:
        return (installation, invoice.reference_month, "correction", normal_number(invoice.invoice_number or ""))
    return (installation, invoice.reference_month)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
