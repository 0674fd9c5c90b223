"""What a QR or bar code says, in one form for all kinds, and the value forms that codes share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Witness:
    """What a code says. None or empty where it says nothing.

    Attributes:
        kind: `epc`, `polish_2d`, `swiss_qr`, `pix`, `spayd`, `hub3`, `upn`, `pt_at`, `es_aeat`, `in_irn`,
            `ksef_link`, `access_key`, `arrecadacao` or `boleto`.
        amount: What is to be paid (payment codes), or the invoice's gross total (`pt_at`, `es_aeat`, `in_irn`).
        amount_is: `due` or `gross`: which of the two `amount` is; empty without one.
        due_dates: More than one where the code is ambiguous (a boleto's factor counts in two rounds).
        seller_tax_id: Payee or issuer, without separators.
        reference: Payment reference, structured or free.
        key: Access key, barcode digits, IRN or document hash: the code's own identity.
    """

    kind: str
    amount: Decimal | None = None
    amount_is: str = ""
    currency: str = ""
    tax_total: Decimal | None = None
    account: str = ""
    payee: str = ""
    seller_tax_id: str = ""
    buyer_tax_id: str = ""
    invoice_number: str = ""
    issue_date: date | None = None
    issue_month: str = ""
    due_dates: tuple[date, ...] = ()
    reference: str = ""
    key: str = ""


def amount_of(text: str) -> Decimal | None:
    """An amount with a decimal point and no grouping, as every code writes it; None where it is not one."""
    said = text.strip()
    return Decimal(said) if re.fullmatch(r"-?[0-9]{1,12}(?:\.[0-9]{1,3})?", said) else None


def is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def due_if(amount: Decimal | None) -> str:
    return "" if amount is None else "due"


def compact_date(text: str, century: str = "") -> date | None:
    """`YYYYMMDD`, or `YYMMDD` with the century given."""
    match = re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", century + text)
    return _checked_date(*match.groups()) if match else None


def dotted_date(text: str) -> date | None:
    """`DD.MM.YYYY`."""
    match = re.fullmatch(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})", text)
    return _checked_date(match[3], match[2], match[1]) if match else None


def _checked_date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
