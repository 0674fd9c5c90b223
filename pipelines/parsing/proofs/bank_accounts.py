"""Bank accounts: IBAN and the Polish NRB, both closed by ISO 7064 mod 97-10 (ISO 13616)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stdnum import iban
from stdnum.exceptions import ValidationError

_SEPARATORS = re.compile(r"[\s.\-_]+")


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account number.

    Attributes:
        number: Without separators, as printed: a Polish NRB keeps its 26 digits.
        iban: The same account with its country, such as `PL61...`.
        valid: Its check digits close.
    """

    number: str
    iban: str
    valid: bool


def read_iban(text: str) -> BankAccount | None:
    """An IBAN of any country; None where the text does not have the form of one. Norm: ISO 13616."""
    number = _SEPARATORS.sub("", text.strip()).upper().removeprefix("IBAN").lstrip(":")
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", number):
        return None
    return BankAccount(number, number, _closes(number))


def read_nrb(text: str) -> BankAccount | None:
    """A Polish account of 26 digits, with or without its `PL`; None for any other text.

    Norm: NRB (Narodowy Bank Polski), which is the Polish IBAN without its country.
    """
    printed = _SEPARATORS.sub("", text.strip()).upper()
    digits = printed.removeprefix("PL")
    if not re.fullmatch(r"[0-9]{26}", digits):
        return None
    return BankAccount(printed, f"PL{digits}", _closes(f"PL{digits}"))


def read_account(text: str, country: str = "") -> BankAccount | None:
    """An IBAN, or an NRB where the text is 26 bare digits and no other country is known."""
    if found := read_iban(text):
        return found
    return read_nrb(text) if country in ("", "PL") else None


def same_account(one: str, other: str) -> bool:
    """Whether two printed accounts are one; an NRB and its IBAN are."""
    a, b = (read_account(t) for t in (one, other))
    if a is None or b is None:
        return _SEPARATORS.sub("", one).upper() == _SEPARATORS.sub("", other).upper()
    return a.iban == b.iban


def _closes(number: str) -> bool:
    try:
        # country rules beyond mod 97 (inner check digits) differ in who keeps them: length and mod 97 decide
        iban.validate(number, check_country=False)
    except ValidationError:
        return False
    return True
