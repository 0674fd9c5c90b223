"""Numbers that are names: invoice, customer, contract and meter numbers, as people print them.

A code is one run of letters, digits and joints (`FV 3/05/2021`, `8300850000/FES/00026`, `INV-100`) with at
least one digit. Dates, amounts with currency, masked numbers and plain words are no codes.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from pipelines.parsing.dates import find_dates, parse_date, parse_month
from pipelines.parsing.folding import fold, has_alnum, has_digit
from pipelines.parsing.values import find_amounts


class CodeFound(NamedTuple):
    """A code within a text."""

    start: int
    end: int
    text: str


_TOKEN: Final = re.compile(r"\S+")
_EDGE: Final = "#:;,.()[]{}*\"'„”“|=°º"
_JOINT: Final = frozenset("/-–_\\")
_MASK: Final = re.compile(r"\*{2,}|[x•#]{4,}", re.IGNORECASE)
_DECIMAL: Final = re.compile(r"[-+]?\d{1,3}(?:[., ]\d{3})*[.,]\d{1,2}|\d+,\d+")
_COUNTED: Final = re.compile(r"\d{1,3}-[a-zß-ÿ]{3,}|\d{1,3} ?[x×]")
"""`11-stellige`, `18-cyfrowy`, `2x`: words that count."""
_NAMED_MONTH: Final = re.compile(r"[^\W\d_]{3,}/\d{2,4}$")
# Words that end a code: "Nr. 471102 vom 05.03.2018", "1/2024 z dnia 2024-01-02"
_STOPS: Final = frozenset(
    [
        "vom",
        "z",
        "dnia",
        "du",
        "del",
        "from",
        "of",
        "dated",
        "date",
        "datum",
        "data",
        "dal",
        "from",
        "den",
        "am",
        "le",
        "van",
        "op",
        "w",
        "za",
        "do",
        "od",
        "em",
        "de",
        "-",
        "–",
        "—",
        "|",
        "und",
        "and",
        "i",
        "e",
        "y",
        "et",
        "serie",
        "seria",
        "page",
        "seite",
        "strona",
        "str",
        "pag",
        "page",
        "página",
        "página",
        "pagina",
        "oryginal",
        "kopia",
        "original",
        "copia",
        "kopie",
        "copy",
        "duplikat",
        "duplicado",
    ]
)
_PREFIX: Final = re.compile(r"^(?:[A-Za-z]{1,6}[.:]?|[A-Z]{1,4}\d{0,2})$")


def find_code(text: str, *, letters_first: bool = True, spaces: bool = False, dated: bool = False) -> CodeFound | None:
    """The code at the beginning of a text, or None.

    Args:
        text: What follows a label.
        letters_first: A short run of letters may stand apart before the digits (`FV 3/05/2021`).
        spaces: Digits may be printed in groups (`0000 6771 0976`), as account and meter numbers are.
        dated: A code that reads as a date is one (`Nr 2014/02/2`); only after a label that names a number.
    """
    tokens = [(m.start(), m.end(), m[0]) for m in _TOKEN.finditer(text)][:14]
    begin = _first(tokens)
    if begin is None:
        return None
    start, end, seen_digit, last = -1, -1, False, ""
    for position in range(begin, len(tokens)):
        token_start, token_end, token = tokens[position]
        bare = token.strip(_EDGE)
        digits = has_digit(bare)
        if start < 0:
            if digits or (letters_first and _leads(tokens, position)):
                start, end = token_start, token_end
                seen_digit, last = digits, bare
                if seen_digit and token.endswith((",", ";", ")")):
                    break
                continue
            return None
        if not _continues(last, bare, token, tokens, position, seen_digit=seen_digit, spaces=spaces):
            break
        end, last = token_end, bare or token
        seen_digit = seen_digit or digits
        if token.endswith((",", ";", ")")):
            break
    if not seen_digit:
        return None
    return _checked(text, start, end, dated=dated)


def _first(tokens: list[tuple[int, int, str]]) -> int | None:
    for index, (_, _, token) in enumerate(tokens[:3]):
        if has_alnum(token) and not _KEY.fullmatch(token):
            return index
    return None


_KEY: Final = re.compile(r"\(?[^\W\d_]{2,}\.?\)?:+")
"""`Supply point ID: 2518`, `(ID): 2518`: what stands before a colon names the code and is no part of it."""


_PARTED: Final = re.compile(r"(?<=[A-Z])-(?=[A-Z])")
"""`FS-ZB 88/10/2025`: a prefix in two parts."""


def _leads(tokens: list[tuple[int, int, str]], position: int) -> bool:
    """Whether a token of letters is the code's own prefix: short, upper case, digits next."""
    bare = tokens[position][2].strip(_EDGE)
    joined = bare[-1:] in _JOINT
    bare = bare.rstrip("/-_\\")
    if not _PREFIX.match(_PARTED.sub("", bare)) or not bare[:1].isupper() or fold(bare) in _STOPS:
        return False
    if position + 1 >= len(tokens):
        return False
    following = tokens[position + 1][2]
    if set(following) <= _JOINT and position + 2 < len(tokens):
        following += tokens[position + 2][2]
    glued = following[:1] in _JOINT or joined
    digits = has_digit(following)
    return (digits and bare.isupper()) or (glued and digits)


def _continues(
    last: str,
    bare: str,
    token: str,
    tokens: list[tuple[int, int, str]],
    position: int,
    *,
    seen_digit: bool,
    spaces: bool,
) -> bool:
    """Whether the next token is part of the code begun."""
    if set(token) <= _JOINT:
        # a lone joint between two parts: "F / 12 / 2024"; a dash only before the first digit ("INV - 001")
        following = tokens[position + 1][2] if position + 1 < len(tokens) else ""
        joins = not seen_digit or token in ("/", "\\")
        return joins and following[:1].isalnum() and has_digit(following) and not parse_date(following)
    if not bare or fold(bare) in _STOPS:
        return False
    if not seen_digit:
        return has_digit(bare)
    if find_dates(token) or (position + 1 < len(tokens) and find_dates(f"{token} {tokens[position + 1][2]}")):
        return False
    if last[-1:] in _JOINT or bare[:1] in _JOINT or token[:1] in _JOINT:
        return has_digit(bare) or bare.isupper()
    if spaces and last.isdigit() and bare.isdigit():
        return True
    # "FV/ 12 /2024": handled by joints; "RE 2024 0012": digit groups after a letter prefix
    return spaces and bare.isdigit() and last[:1].isdigit()


_SIGN: Final = re.compile(r"(?:N[º°o]|Nr|№)\.?\s+(?=\d)")
"""`Nº 000.619.195`: the sign is no part of the number."""


def _checked(text: str, start: int, end: int, *, dated: bool) -> CodeFound | None:
    if _MASK.search(text[start:end]):
        return None
    while start < end and (text[start] in _EDGE or text[start] in "-–"):
        start += 1
    while end > start and (text[end - 1] in _EDGE or text[end - 1] in "-–/"):
        end -= 1
    if sign := _SIGN.match(text, start, end):
        start = sign.end()
    code = text[start:end]
    if not has_digit(code) or _MASK.search(code) or len(code) > 50:
        return None
    if _DECIMAL.fullmatch(code) or _NAMED_MONTH.fullmatch(code) or _COUNTED.fullmatch(code):
        return None
    if (
        (parse_date(code) and not (dated and "." not in code))
        or "@" in code
        or "%" in code
        or "://" in code
        or code.lower().startswith("www.")
    ):
        return None
    amounts = find_amounts(code)
    if amounts and amounts[0].currency and amounts[0].text == code:
        return None
    return CodeFound(start, end, code)


def is_month(code: str) -> bool:
    """Whether a code reads as a month (`01/2023`), which no customer number does."""
    return parse_month(code) is not None
