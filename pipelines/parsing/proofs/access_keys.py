"""Access keys of Brazilian electronic documents: 44 characters, closed by mod 11.

Norm: Manual de Orientacao do Contribuinte of NF-e (model 55) and of NF3e (model 66), "chave de acesso":
state (2), year and month of issue (4), issuer's CNPJ (14), model (2), series (3), number (9), form of
issue (1), then for NF3e the authorising site (1) and a code (7), for NF-e a code (8), and the digit.
Since 2026 the CNPJ part may hold letters (Nota Tecnica 2025.001): a character counts its ASCII code - 48.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from stdnum.br import cnpj

MODELS = {"55": "NF-e", "57": "CT-e", "62": "NFCom", "65": "NFC-e", "66": "NF3e", "67": "CT-e OS"}
# IBGE's state codes and the states in the same order
_STATES = dict(
    zip(
        re.findall("..", "111213141516172122232425262728293132333541424350515253"),
        re.findall("..", "ROACAMRRPAAPTOMAPICERNPBPEALSEBAMGESRJSPPRSCRSMSMTGODF"),
        strict=True,
    )
)
_KEY = re.compile(r"[0-9]{6}[0-9A-Z]{12}[0-9]{26}")


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A decoded access key; every part is what the digits say, checked only when `valid`.

    Attributes:
        key: 44 characters.
        valid: Check digit, state, month, model and the CNPJ's own digits all close.
        state: Such as `MG`, empty for an unknown code.
        issue_month: `YYYY-MM`.
        cnpj: 14 characters of the issuer.
        model: Such as `66`; its name is in `MODELS`.
        series: Three digits as in the key.
        number: Nine digits as in the key; bills may print it with or without the leading zeros.
    """

    key: str
    valid: bool
    state: str
    issue_month: str
    cnpj: str
    model: str
    series: str
    number: str


def read_access_key(text: str) -> AccessKey | None:
    """The key in a printed value, in blocks of four or not; None where it has not 44 characters."""
    key = re.sub(r"[\s.\-/]+", "", text).upper().removeprefix("NF3E").removeprefix("NFE")
    if not _KEY.fullmatch(key):
        return None
    state, month, issuer, model = _STATES.get(key[:2], ""), key[4:6], key[6:20], key[20:22]
    valid = (
        access_key_digit(key[:43]) == int(key[43])
        and bool(state)
        and "01" <= month <= "12"
        and model in MODELS
        and cnpj.is_valid(issuer)
    )
    return AccessKey(key, valid, state, f"20{key[2:4]}-{month}", issuer, model, key[22:25], key[25:34])


_DIGITS: Final = 44
_BLOCKS: Final = re.compile(r"(?<![0-9])[0-9](?:[\s.\-/]{0,2}[0-9A-Z]){42}[\s.\-/]{0,2}[0-9](?![0-9])")


def find_access_keys(text: str) -> tuple[AccessKey, ...]:
    """Every valid key in running text, in order, each once: 44 digits in a row or in blocks."""
    if len(text) < _DIGITS:
        return ()
    found = (read_access_key(match.group()) for match in _BLOCKS.finditer(text))
    return tuple({key.key: key for key in found if key is not None and key.valid}.values())


def access_key_digit(body: str) -> int:
    """Mod 11 with weights 2..9 from the right; a rest of 0 or 1 gives 0."""
    total = sum((ord(char) - 48) * (2 + place % 8) for place, char in enumerate(reversed(body)))
    rest = total % 11
    return 0 if rest < 2 else 11 - rest
