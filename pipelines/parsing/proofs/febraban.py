"""Brazilian payment lines: utility bills (arrecadacao, 48 digits) and bank slips (boleto, 47 digits).

Norms: FEBRABAN, "Layout padrao de arrecadacao/recebimento com utilizacao do codigo de barras"; and the
bank slip's "ficha de compensacao" (BACEN circular 3.598 and FEBRABAN's specification of the barcode).
Either is read from the typed line or from the 44 digits of the barcode itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

ENERGY_SEGMENT = "3"
"""Segment digit of electricity and gas companies."""

# day 0 of the boleto's due factor, and the first day of its second round after factor 9999
_FIRST_ROUND, _SECOND_ROUND = date(1997, 10, 7), date(2025, 2, 22)
_SEPARATORS = re.compile(r"[\s.\-]+")


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A decoded payment line.

    Attributes:
        kind: `arrecadacao` (utility bill) or `boleto` (bank slip).
        barcode: The 44 digits of the barcode.
        valid: Every check digit that was there closes: each block's and the general one.
        amount: Reais; None where the line carries no amount (zero, or a reference instead).
        due_dates: Days the line can mean: none, one, or for a boleto's factor one in each round of
            9,000 days; the caller takes the one near the issue date.
        segment: For `arrecadacao`: `3` is electricity and gas.
        bank: For `boleto`: the bank's three digits.
    """

    kind: Literal["arrecadacao", "boleto"]
    barcode: str
    valid: bool
    amount: Decimal | None
    due_dates: tuple[date, ...] = ()
    segment: str = ""
    bank: str = ""


def read_payment_line(text: str) -> PaymentLine | None:
    """A typed line of 47 or 48 digits or a barcode of 44; None for any other text."""
    digits = _SEPARATORS.sub("", text.strip())
    if not (digits.isascii() and digits.isdigit()):
        return None
    if len(digits) == 48 and digits[0] == "8":
        blocks = [digits[i : i + 12] for i in range(0, 48, 12)]
        barcode = "".join(block[:11] for block in blocks)
        return _arrecadacao(barcode, all(_block_digit(barcode[2])(block[:11]) == int(block[11]) for block in blocks))
    if len(digits) == 47:
        return _boleto_line(digits)
    if len(digits) == 44:
        return _arrecadacao(digits, blocks_close=True) if digits[0] == "8" else _boleto(digits, fields_close=True)
    return None


_DIGITS: Final = 44
"""The fewest that a line has."""
_BLOCKS: Final = re.compile(r"(?<![0-9])[0-9](?:[ .\-]{0,3}[0-9]){43,47}(?![0-9])")


def find_payment_lines(text: str) -> tuple[PaymentLine, ...]:
    """Every valid line in running text, in order, each once."""
    if len(text) < _DIGITS:
        return ()
    found = (read_payment_line(match.group()) for match in _BLOCKS.finditer(text))
    return tuple({line.barcode: line for line in found if line is not None and line.valid}.values())


def mod10(body: str) -> int:
    """FEBRABAN's DAC by module 10: weights 2, 1 from the right, digits of each product summed."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        product = int(digit) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return -total % 10


def mod11_arrecadacao(body: str) -> int:
    """FEBRABAN's DAC by module 11 for utility bills: weights 2..9; a rest of 0 or 1 gives 0."""
    rest = _weighted(body) % 11
    return 0 if rest < 2 else 11 - rest


def mod11_boleto(body: str) -> int:
    """A bank slip's general digit: weights 2..9; a result of 0, 10 or 11 gives 1."""
    digit = 11 - _weighted(body) % 11
    return 1 if digit in (0, 10, 11) else digit


def _weighted(body: str) -> int:
    return sum(int(digit) * (2 + place % 8) for place, digit in enumerate(reversed(body)))


def _block_digit(value_identifier: str) -> Callable[[str], int]:
    """The rule for the digits: the value identifier says 6 or 7 for module 10, 8 or 9 for module 11."""
    return mod10 if value_identifier in "67" else mod11_arrecadacao


def _arrecadacao(barcode: str, blocks_close: bool) -> PaymentLine:
    """Product 8, segment, value identifier (6-9), general digit, 11 digits of amount, then the company's part."""
    identifier = barcode[2]
    known = barcode[1] in "12345679" and identifier in "6789"
    general = known and _block_digit(identifier)(barcode[:3] + barcode[4:]) == int(barcode[3])
    cents = int(barcode[4:15])
    # 7 and 9 say that these digits are a quantity or reference, no money
    amount = Decimal(cents) / 100 if identifier in "68" and cents else None
    return PaymentLine("arrecadacao", barcode, blocks_close and general, amount, segment=barcode[1])


def _boleto_line(line: str) -> PaymentLine:
    """Three fields with a mod-10 digit each, the general digit, then factor and amount."""
    fields = (line[:9], line[9], line[10:20], line[20], line[21:31], line[31])
    closes = all(mod10(fields[i]) == int(fields[i + 1]) for i in (0, 2, 4))
    barcode = line[:4] + line[32] + line[33:47] + line[4:9] + line[10:20] + line[21:31]
    return _boleto(barcode, closes)


def _boleto(barcode: str, fields_close: bool) -> PaymentLine:
    general = mod11_boleto(barcode[:4] + barcode[5:]) == int(barcode[4])
    # 9 is the real, the only currency in use
    valid = fields_close and general and barcode[3] == "9"
    cents = int(barcode[9:19])
    amount = Decimal(cents) / 100 if cents else None
    return PaymentLine("boleto", barcode, valid, amount, _due_dates(int(barcode[5:9])), bank=barcode[:3])


def _due_dates(factor: int) -> tuple[date, ...]:
    """Days that a due factor means: 1000 is 2000-07-03 in the first round, 2025-02-22 in the second."""
    if factor < 1000:
        return ()
    return (_FIRST_ROUND + timedelta(factor), _SECOND_ROUND + timedelta(factor - 1000))
