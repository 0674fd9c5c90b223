"""Codes of Polish metering points (PPE): GS1 GSRN with its mod-10 digit, and the older PL codes."""

from __future__ import annotations

import re
from dataclasses import dataclass

GSRN_LENGTH = 18

# GS1 company prefixes of Polish network operators, longest first where they overlap.
_OPERATORS = {
    "5903224": "TAURON Dystrybucja",
    "5902438": "Energa-Operator",
    "5905435": "PGE Dystrybucja",
    "5903801": "Stoen Operator",
    "5905088": "PGE Energetyka Kolejowa",
    "5903106": "ENEA Operator",
}
_SEPARATORS = re.compile(r"[\s.\-_]+")


@dataclass(frozen=True, slots=True)
class MeteringPointCode:
    """A metering point's code.

    Attributes:
        number: Without separators.
        form: `gsrn` (18 digits, GS1) or `legacy` (PL and 16 digits or letters, no check digit).
        valid: The GS1 check digit closes; always False for `legacy`, which has none to close.
        operator: The network operator that the GS1 prefix belongs to, empty where it is not known.
    """

    number: str
    form: str
    valid: bool
    operator: str = ""


def read_ppe(text: str) -> MeteringPointCode | None:
    """The PPE code in a printed value; None where the text has the form of none (an EIC code is none)."""
    number = _SEPARATORS.sub("", text.strip().strip(".,;:")).upper()
    if re.fullmatch(r"[0-9]{18}", number):
        return MeteringPointCode(number, "gsrn", gs1_closes(number), _OPERATORS.get(number[:7], ""))
    if re.fullmatch(r"PL[0-9A-Z]{16}", number) and sum(c.isdigit() for c in number) >= 6:
        return MeteringPointCode(number, "legacy", valid=False)
    return None


def gs1_check_digit(body: str) -> int:
    """Check digit for the digits before it: weights 3, 1 from the right, to the next ten.

    Norm: GS1 General Specifications, section 7.9 (standard check digit calculation); GSRN is AI 8018.
    """
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return -total % 10


def gs1_closes(number: str) -> bool:
    """Whether the last digit of a GS1 key is its check digit; False for anything but digits."""
    return len(number) > 1 and number.isascii() and number.isdigit() and gs1_check_digit(number[:-1]) == int(number[-1])
