"""KSeF, the Polish national e-invoice system: invoice numbers and the link in the printed QR code.

Norm: the Ministry's "Numer KSeF - struktura i walidacja" (CRC-8, polynomial 07, start 00, over the first
32 characters) and "Kody weryfikujace QR" (KOD I: `/invoice/<NIP>/<DD-MM-YYYY>/<SHA-256, Base64URL>`,
KOD II: `/certificate/<context type>/<context>/<seller's NIP>/<serial>/<SHA-256>/<signature>`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_NUMBER = re.compile(r"([0-9]{10})-([0-9]{4})([0-9]{2})([0-9]{2})-([0-9A-F]{6})-?([0-9A-F]{6})-([0-9A-F]{2})")
_LENGTH = 35
"""Characters of the shortest that is looked for."""
_LINK = re.compile(
    r"https?://(?:qr(?:-[a-z]+)?\.|[a-z-]+\.)?ksef[a-z-]*\.(?:mf\.)?gov\.pl/(?:client-app/)?"
    r"(?:invoice/(?P<nip>[0-9]{10})/(?P<day>[0-9]{2})-(?P<month>[0-9]{2})-(?P<year>[0-9]{4})/(?P<hash>[\w\-]{43}=?)"
    r"|certificate/\w+/[\w\-]+/(?P<seller>[0-9]{10})/\w+/(?P<certified>[\w\-]{43}=?)/)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class KsefNumber:
    """A KSeF number: `number` in its form of 35 characters, `valid` when its CRC-8 closes."""

    number: str
    nip: str
    received: date | None
    valid: bool


@dataclass(frozen=True, slots=True)
class KsefLink:
    """A verification link. `issue_date` is None for the certificate's link (KOD II), which bears none."""

    nip: str
    issue_date: date | None
    xml_sha256: str
    """Base64URL without padding, of the XML file's bytes."""


def read_ksef_number(text: str) -> KsefNumber | None:
    """The KSeF number in a printed value; None where the text has not its form."""
    match = _NUMBER.fullmatch(re.sub(r"\s+", "", text).upper().replace("\u2013", "-"))
    return _number(match) if match else None


def find_ksef_numbers(text: str) -> tuple[KsefNumber, ...]:
    """Every valid KSeF number in running text, in order, each once."""
    if len(text) < _LENGTH:
        return ()
    found = (_number(match) for match in _NUMBER.finditer(text.upper()))
    return tuple({n.number: n for n in found if n.valid}.values())


def read_ksef_link(text: str) -> KsefLink | None:
    """The link of a KSeF QR code, of any of the system's environments; None for any other text."""
    match = _LINK.match(text.strip())
    if match is None:
        return None
    if match["seller"]:
        return KsefLink(match["seller"], None, match["certified"].rstrip("="))
    issued = _date(match["year"], match["month"], match["day"])
    return KsefLink(match["nip"], issued, match["hash"].rstrip("=")) if issued else None


def crc8(data: bytes) -> int:
    """CRC-8 with polynomial 07, start 00, no reflection, no final xor."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


def _number(match: re.Match[str]) -> KsefNumber:
    nip, year, month, day, first, second, digits = match.groups()
    body = f"{nip}-{year}{month}{day}-{first}{second}"
    received = _date(year, month, day)
    closes = crc8(body.encode()) == int(digits, 16)
    return KsefNumber(f"{body}-{digits}", nip, received, closes and received is not None)


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
