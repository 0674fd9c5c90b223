"""Till slips: their total by its witnesses (their day: `receipts_days`).

A slip has no buyer and no table heads to lean on, and thermal paper scans badly. Its arithmetic is rich
instead: items sum to the total, cash less change is the total, base and tax are the total, and it is
printed twice. The total is taken where such a witness names one value, and left out where two differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple

from pipelines.invoices import Check
from pipelines.parsing.candidate import Candidate
from pipelines.parsing.evidence import Evidence
from pipelines.parsing.geometry import Layout
from pipelines.parsing.places import Places
from pipelines.parsing.proofs.arithmetic import one_digit_apart
from pipelines.parsing.receipts_days import day_of_slip
from pipelines.parsing.receipts_rows import Amount, read_amounts, signs_of_a_slip

ZERO: Final = Decimal(0)
_TILL_COLUMNS: Final = 54
"""Characters of the widest row that tills print: 48 on paper of 80 mm, and the gaps between cells."""
_STRONG: Final = frozenset({"cash less change", "sum of items", "base and tax", "rounding"})
_CHECKS: Final = {
    "cash less change": "cash_less_change_is_total",
    "sum of items": "items_sum_to_total",
    "base and tax": "base_plus_tax_is_total",
    "rounding": "rounded_sum_is_total",
    "printed twice": "total_is_printed_twice",
}


class Proof(NamedTuple):
    """A witness for a total, and the sum by which it says so."""

    witness: str
    said: str


@dataclass(frozen=True, slots=True)
class Slip:
    """A till slip as far as it proves itself.

    Attributes:
        total: What its witnesses name; None where there is none, or two differ.
        disputed: Whether witnesses name different totals, so that none is to be believed.
        signs: How much speaks for a slip: words of tills, cash or change, a day with the time.
        day: The day it was printed.
        checks: The total's witnesses as proofs. A total that is merely printed twice is told, and proves nothing.
    """

    total: Candidate | None
    disputed: bool
    signs: int
    day: Candidate | None
    checks: tuple[Check, ...] = ()


def read_slip(pages: Sequence[Places], evidence: Evidence) -> Slip | None:
    """The slip on a lone page; None where a buyer is named or nothing speaks for a till."""
    if len(pages) != 1 or any("buyer" in label.concepts and label.strength > 0.6 for label in pages[0].labels):
        return None
    layout = pages[0].layout
    if not _narrow(layout):
        return None
    amounts = read_amounts(layout)
    roles = {a.role for a in amounts}
    day = day_of_slip(pages[0], evidence)
    signs = min(signs_of_a_slip(layout), 3) + sum(r in roles for r in ("tendered", "change", "rounding"))
    signs += day is not None
    if signs < 2:
        return None
    total, disputed, checks = _total(amounts)
    proven = total is not None and any(witness in total.rule for witness in _STRONG)
    return Slip(total, disputed, signs + proven, day, checks)


def _narrow(layout: Layout) -> bool:
    """Whether nine of ten rows hold no more characters than a till prints in one."""
    lengths = sorted(len(row.text) for row in layout.rows)
    return bool(lengths) and lengths[len(lengths) * 9 // 10] <= _TILL_COLUMNS


def _total(amounts: Sequence[Amount]) -> tuple[Candidate | None, bool, tuple[Check, ...]]:
    """The one total that a witness proves, whether several are proven, and the proofs."""
    named = _proven([a for a in amounts if a.role == "total"], amounts)
    if not named:
        legible = [a for a in amounts if a.role == "total"]
        others = [a for a in amounts if a.role in ("subtotal", "tendered")]
        # what was handed over or summed before the total is the total only where none other can be read
        named = {
            value: witnesses
            for value, witnesses in _proven(others, amounts).items()
            if _names(witnesses) & _STRONG and all(one_digit_apart(value, a.value) for a in legible)
        }
    if len(named) > 1:
        named = {v: w for v, w in named.items() if not _rounded_away(v, named, amounts)}
    if len(named) != 1:
        return None, len(named) > 1, ()
    value, witnesses = next(iter(named.items()))
    return _as_candidate(value, _names(witnesses), amounts), False, tuple(_check(value, proof) for proof in witnesses)


def _check(value: Decimal, proof: Proof) -> Check:
    fields = ("gross_total",) if proof.witness in _STRONG else ()
    return Check(name=_CHECKS[proof.witness], passed=True, expected=proof.said, found=str(value), fields=fields)


def _names(witnesses: Iterable[Proof]) -> frozenset[str]:
    return frozenset(proof.witness for proof in witnesses)


def _proven(claims: Sequence[Amount], amounts: Sequence[Amount]) -> dict[Decimal, tuple[Proof, ...]]:
    found: dict[Decimal, tuple[Proof, ...]] = {}
    for claim in claims:
        if claim.value > 0 and claim.value not in found:
            witnesses = tuple(_witnesses(claim.value, amounts))
            if witnesses:
                found[claim.value] = witnesses
    return found


def _witnesses(value: Decimal, amounts: Sequence[Amount]) -> Iterator[Proof]:
    """What else on the slip gives the same value."""
    first = min((a.row for a in amounts if a.value == value and a.role != "none"), default=-1)
    given = [abs(a.value) for a in amounts if a.role == "tendered"]
    back = [abs(a.value) for a in amounts if a.role == "change" and a.value]
    sums = [f"{paid} - {change}" for paid in given for change in back if paid - change == value]
    if sums:
        yield Proof("cash less change", sums[0])
    items = _items(amounts)
    if len(items) >= 2 and sum(items, ZERO) == value:
        yield Proof("sum of items", f"{len(items)} items: {sum(items, ZERO)}")
    sums = [f"{a} + {b}" for a, b in _bases_and_taxes(amounts, first) if a + b == value and a and b]
    if sums:
        yield Proof("base and tax", sums[0])
    before = [a.value for a in amounts if a.role in ("subtotal", "total") and a.row < first]
    shifts = [a.value for a in amounts if a.role == "rounding" and a.value]
    sums = [f"{b} rounded by {s}" for b in before for s in shifts if value in (b + s, b - s)]
    if sums:
        yield Proof("rounding", sums[0])
    rows = {a.row for a in amounts if abs(a.value) == value and a.role in ("total", "tendered", "subtotal")}
    if len(rows) >= 2:
        yield Proof("printed twice", f"{value} in {len(rows)} rows")


def _items(amounts: Sequence[Amount]) -> list[Decimal]:
    """The last amount of each row above the first sum."""
    end = min((a.row for a in amounts if a.role != "none"), default=10**6)
    last = {a.row: a.value for a in amounts if a.row < end}
    return list(last.values())


def _bases_and_taxes(amounts: Sequence[Amount], first: int) -> Iterator[tuple[Decimal, Decimal]]:
    """Base and tax: side by side in a row of the tax summary, or in two labelled rows."""
    for one, two in pairwise(amounts):
        if one.row == two.row and one.row > first and one.value != two.value:
            yield one.value, two.value
    for net in (a for a in amounts if a.role in ("net", "subtotal")):
        for tax in (a for a in amounts if a.role == "tax"):
            yield net.value, tax.value


def _rounded_away(value: Decimal, named: dict[Decimal, tuple[Proof, ...]], amounts: Sequence[Amount]) -> bool:
    """Whether another proven total is this one rounded, by a rounding that the slip prints."""
    shifts = {abs(a.value) for a in amounts if a.role == "rounding" and a.value}
    return any(
        "rounding" in _names(why) and abs(other - value) in shifts for other, why in named.items() if other != value
    )


def _as_candidate(value: Decimal, witnesses: frozenset[str], amounts: Sequence[Amount]) -> Candidate:
    order = ("total", "subtotal", "tendered", "rounding", "change", "net", "tax", "none")
    said = min(
        (a for a in amounts if abs(a.value) == value and a.role in ("total", "subtotal", "tendered")),
        key=lambda a: (order.index(a.role), -a.row),
    )
    score = 0.9 if witnesses & _STRONG else 0.75
    rule = f"slip: {', '.join(sorted(witnesses))}"
    return Candidate("gross_total", value, said.text, said.page, said.box, score, rule, said.label[:60])
