"""Invented identifiers whose check digits are right.

They belong to nobody on purpose; that one of them is also somebody's cannot be excluded, as with every
number that a check digit allows. Check digits come from python-stdnum where it has them, else from the
norm that the function names.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random

from stdnum import iban as iban_number
from stdnum import luhn
from stdnum.br import cnpj as cnpj_number
from stdnum.es import ccc as ccc_number
from stdnum.es import cif as cif_number
from stdnum.gb import vat as gb_vat_number
from stdnum.iso7064 import mod_11_10
from stdnum.nl import bsn as bsn_number
from stdnum.pl import nip as nip_number
from stdnum.pl import regon as regon_number


def digits(rng: Random, count: int) -> str:
    """`count` random digits, the first of them not zero."""
    return str(rng.randrange(1, 10)) + "".join(str(rng.randrange(10)) for _ in range(count - 1))


def nip(rng: Random) -> str:
    """Polish tax id: 10 digits, mod 11."""
    return _first_valid(rng, 10, nip_number.is_valid)


def regon(rng: Random) -> str:
    """Polish business register number: 9 digits."""
    body = digits(rng, 8)
    return body + str(regon_number.calc_check_digit(body))


def nrb(rng: Random) -> str:
    """Polish account number: 26 digits, mod 97 (an IBAN without its `PL`)."""
    return iban(rng, "PL")[2:]


_BBAN_DIGITS = {"PL": 24, "DE": 18}


def iban(rng: Random, country: str) -> str:
    """ISO 13616 account number with mod 97 check digits, without spaces."""
    match country:
        case "GB":
            bban = "INVB" + digits(rng, 14)
        case "NL":
            bban = "INVB" + digits(rng, 10)
        case "IT":
            bban = "X" + digits(rng, 10) + digits(rng, 12)
        case "FR":
            bban = digits(rng, 23)
        case "ES":
            body = digits(rng, 18)
            bban = body[:8] + ccc_number.calc_check_digits(body[:8] + "00" + body[8:]) + body[8:]
        case _:
            bban = digits(rng, _BBAN_DIGITS[country])
    return country + iban_number.calc_check_digits(country + "00" + bban) + bban


def ppe(rng: Random) -> str:
    """Polish metering point: a GS1 GSRN of 18 digits, weights 3 and 1 from the right."""
    body = "590" + "".join(str(rng.randrange(10)) for _ in range(14))
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


def cnpj(rng: Random) -> str:
    """Brazilian company tax id as printed, `12.345.678/0001-95`."""
    body = digits(rng, 8) + "0001"
    number = body + cnpj_number.calc_check_digits(body)
    return f"{number[:2]}.{number[2:5]}.{number[5:8]}/{number[8:12]}-{number[12:]}"


def vat_id(rng: Random, country: str) -> str:
    """VAT id with its country prefix, without separators."""
    match country:
        case "PL":
            return "PL" + nip(rng)
        case "DE":
            body = digits(rng, 8)
            return "DE" + body + mod_11_10.calc_check_digit(body)
        case "GB":
            return "GB" + _first_valid(rng, 9, gb_vat_number.is_valid)
        case "FR":
            siren = _with_luhn(rng, 8)
            return f"FR{int(siren + '12') % 97:02d}{siren}"
        case "IT":
            body = digits(rng, 7) + "015"
            return "IT" + body + luhn.calc_check_digit(body)
        case "ES":
            body = "B" + digits(rng, 7)
            return "ES" + body + cif_number.calc_check_digits(body)[0]
        case "NL":
            body = digits(rng, 8)
            while not bsn_number.is_valid(body + _bsn_digit(body)):
                body = digits(rng, 8)
            return f"NL{body}{_bsn_digit(body)}B01"
        case _:
            raise ValueError(f"no VAT id is drawn for {country!r}")


def _bsn_digit(body: str) -> str:
    return str(sum(int(digit) * weight for digit, weight in zip(body, range(9, 1, -1), strict=True)) % 11 % 10)


def _with_luhn(rng: Random, count: int) -> str:
    body = digits(rng, count)
    return body + luhn.calc_check_digit(body)


def _first_valid(rng: Random, count: int, valid: Callable[[str], bool]) -> str:
    while True:
        number = digits(rng, count)
        if valid(number):
            return number


_STATES = {"MG": "31", "SP": "35", "BA": "29", "PR": "41"}


def access_key(rng: Random, *, state: str, issued: date, tax_id: str, series: int, number: int) -> str:
    """NF3e access key (model 66): 44 digits, mod 11 with weights 2 to 9 from the right."""
    company = "".join(c for c in tax_id if c.isdigit())
    body = f"{_STATES[state]}{issued:%y%m}{company}66{series:03d}{number:09d}11" + digits(rng, 7)
    total = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(reversed(body)))
    return body + str(0 if total % 11 < 2 else 11 - total % 11)


def _mod10(body: str) -> str:
    """Febraban's module 10: weights 2 and 1 from the right, digits of each product added."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        product = int(digit) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return str(-total % 10)


def collection_barcode(rng: Random, amount: Decimal, company: int) -> str:
    """Febraban collection bar code: 44 digits, segment 3 (energy), value identifier 6 (BRL, module 10)."""
    value, rest = f"{int(amount * 100):011d}", f"{company:04d}" + digits(rng, 25)
    return "836" + _mod10("836" + value + rest) + value + rest


def payment_line(barcode: str) -> str:
    """The bar code as people type it: four blocks of 11 digits, each with its module 10 digit."""
    blocks = [barcode[start : start + 11] for start in range(0, 44, 11)]
    return " ".join(f"{block}-{_mod10(block)}" for block in blocks)


def ksef_number(rng: Random, tax_id: str, issued: date) -> str:
    """KSeF number: NIP, day, 12 hex digits, CRC-8 (polynomial 07) over the first 32 characters."""
    head = f"{tax_id}-{issued:%Y%m%d}-{rng.randrange(16**12):012X}"
    crc = 0
    for byte in head.encode():
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return f"{head}-{crc:02X}"


def grouped(number: str, *groups: int, by: str = " ") -> str:
    """`number` cut into groups of the given lengths, the last length repeated: `12 3456 7890`."""
    parts, start, sizes = [], 0, list(groups)
    while start < len(number):
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        parts.append(number[start : start + size])
        start += size
    return by.join(parts)
