"""Personal data that no endpoint is sent: words are blacked out, in the text and in pictures alike.

A buyer's name and address are known by their place on the page, from what the rules found; e-mail addresses,
telephone numbers, account numbers and personal ids by their form and check digits. A firm's tax id is no personal
data and stays: it is what tells a supplier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import stdnum.br.cpf
import stdnum.iban
import stdnum.pl.pesel

from pipelines.pages import Box, Page, Word

BLACKED: Final = "█"
_MAIL: Final = re.compile(r"\S+@\S+\.\S+")
_PHONE_WORD: Final = re.compile(
    r"(?:tel|telefon|telefone|phone|fon|mobil|mobile|fax|cel|celular|kom|gsm|infolinia)\b\.?:?", re.IGNORECASE
)
_PLUS: Final = re.compile(r"\+\d[\d()/-]{0,}$")


class Place(NamedTuple):
    """A box of a page (1-based number) whose words are personal."""

    page: int
    box: Box


def personal_boxes(page: Page, known: Iterable[Place]) -> tuple[Box, ...]:
    """Boxes of the words of a page that must not be sent."""
    places = [place.box for place in known if place.page == page.number]
    held = [word.box for word in page.words if any(_within(word.box, box) for box in places)]
    for row in page.rows():
        held.extend(word.box for word in _personal(row))
    return tuple(dict.fromkeys(held))


def _within(word: Box, box: Box) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    return box.x0 - 1 <= x <= box.x1 + 1 and box.y0 - 1 <= y <= box.y1 + 1


def _personal(row: Sequence[Word]) -> Iterator[Word]:
    """Words of a row that are personal by their form. Numbers may be printed in groups of several words."""
    yield from (word for word in row if _MAIL.fullmatch(word.text))
    start = 0
    while start < len(row):
        run = _run_of_digits(row, start)
        if not run:
            start += 1
            continue
        after_phone = start > 0 and _PHONE_WORD.fullmatch(row[start - 1].text) is not None
        if after_phone or _PLUS.fullmatch(run[0].text):
            yield from run
        else:
            yield from _numbers(run)
        start += len(run)


def _run_of_digits(row: Sequence[Word], start: int) -> list[Word]:
    run: list[Word] = []
    for word in row[start:]:
        plain = word.text.strip(",;:")
        if not (re.fullmatch(r"\+?[\d()/.-]+", plain) or (not run and re.fullmatch(r"[A-Z]{2}\d{2}\w*", plain))):
            break
        run.append(word)
    return run


def _numbers(run: Sequence[Word]) -> Iterator[Word]:
    """Account numbers over any stretch of the run, and personal ids that stand in one word."""
    for first in range(len(run)):
        for last in range(len(run), first, -1):
            text = re.sub(r"[^0-9A-Z]", "", "".join(word.text for word in run[first:last]))
            if 15 <= len(text) <= 34 and _is_account(text):
                yield from run[first:last]
                return
    for word in run:
        digits = re.sub(r"\D", "", word.text)
        if len(digits) == 11 and (stdnum.pl.pesel.is_valid(digits) or stdnum.br.cpf.is_valid(digits)):
            yield word


def _is_account(text: str) -> bool:
    # a Polish account is printed without its country
    return bool(stdnum.iban.is_valid(text)) or (
        len(text) == 26 and text.isdigit() and bool(stdnum.iban.is_valid("PL" + text))
    )
