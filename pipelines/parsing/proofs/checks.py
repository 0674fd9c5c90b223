"""Check digits and second witnesses as named Checks of the invoice record."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from pipelines.invoices import Check
from pipelines.parsing.proofs.access_keys import read_access_key
from pipelines.parsing.proofs.arithmetic import equality
from pipelines.parsing.proofs.bank_accounts import read_account
from pipelines.parsing.proofs.febraban import read_payment_line
from pipelines.parsing.proofs.ksef import read_ksef_number
from pipelines.parsing.proofs.metering_points import read_ppe
from pipelines.parsing.proofs.tax_ids import read_tax_id


def tax_id_closes(text: str, field: str, country: str = "") -> Check:
    """Check digits of a tax id: `field` is `seller.tax_id` or `buyer.tax_id`."""
    found = read_tax_id(text, country)
    scheme = found.scheme if found else ""
    return _digits("tax_id_check_digits", found is not None and found.valid, scheme or "a known scheme", text, field)


def account_closes(text: str, field: str = "bank_account", country: str = "") -> Check:
    """ISO 7064 mod 97-10 of an IBAN or a Polish NRB."""
    found = read_account(text, country)
    return _digits("bank_account_mod_97", found is not None and found.valid, "mod 97 = 1", text, field)


def ppe_closes(text: str, field: str = "metering_point.id") -> Check:
    """GS1 mod 10 of an 18-digit PPE code."""
    found = read_ppe(text)
    return _digits("ppe_gs1_mod_10", found is not None and found.valid, "GS1 mod 10", text, field)


def access_key_closes(text: str, field: str = "access_key") -> Check:
    """Mod 11 of a Brazilian access key, with its state, month, model and CNPJ."""
    found = read_access_key(text)
    return _digits("access_key_mod_11", found is not None and found.valid, "mod 11", text, field)


def payment_line_closes(text: str, field: str = "barcode") -> Check:
    """Every block digit and the general digit of a FEBRABAN line or a boleto."""
    found = read_payment_line(text)
    return _digits("payment_line_digits", found is not None and found.valid, "mod 10/11 by block", text, field)


def ksef_number_closes(text: str, field: str = "ksef_number") -> Check:
    """CRC-8 of a KSeF number."""
    found = read_ksef_number(text)
    return _digits("ksef_number_crc_8", found is not None and found.valid, "CRC-8", text, field)


def witness_agrees(witness: str, said: object, found: object, fields: Iterable[str]) -> Check:
    """A second witness (`barcode`, `qr_code`, `amount_in_words`, `xml`, `access_key`) says what the page says.

    Decimals compare by value, all else by its text without spaces and case.
    """
    if isinstance(said, Decimal) and isinstance(found, Decimal):
        return equality(f"{witness}_agrees", said, found, fields)
    one, two = str(said), str(found)
    same = "".join(one.split()).casefold() == "".join(two.split()).casefold()
    return Check(name=f"{witness}_agrees", passed=same, expected=one, found=two, fields=tuple(fields))


def _digits(name: str, passed: bool, expected: str, found: str, field: str) -> Check:
    return Check(name=name, passed=passed, expected=expected, found=found, fields=(field,))
