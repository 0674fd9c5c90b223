"""The document's totals, chosen together: the assignment whose arithmetic closes beats the best single looks.

Candidates for net, tax, gross, paid, balance and due come from labels, from rows with three amounts and
from the feet of tables. Equal values found in several places support one another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import combinations, product
from typing import Final

from pipelines.pages import Box
from pipelines.parsing.candidate import Candidate
from pipelines.parsing.evidence import Evidence
from pipelines.parsing.places import Places
from pipelines.parsing.proofs.arithmetic import CENT, ZERO, one_digit_apart
from pipelines.parsing.tables import TableResult
from pipelines.parsing.totals_rows import (
    Between,
    amounts_above,
    between_totals,
    from_rows,
    sums_of_sections,
    without_shares,
)

FIELDS: Final = ("net_total", "tax_total", "gross_total", "amount_due", "paid", "prior_balance")
_KIND_FIELD: Final = {"net": "net_total", "tax": "tax_total", "gross": "gross_total", "due": "amount_due"}
_MOST: Final = 7
MENDED: Final = "one digit mended by net and tax"
"""Rule of a gross that nobody read so: never accepted without a person."""
_UNCERTAIN: Final = 0.5
_CLAIMED: Final = 0.45
"""Score from which a net and a tax may contradict a gross, though they are not believed themselves."""
# Usual rates: net and tax in one of these proportions are likelier a pair
_RATES: Final = tuple(
    Decimal(r) for r in ("23", "8", "5", "7", "19", "20", "10", "5.5", "21", "9", "22", "4", "6", "18", "12", "0")
)


@dataclass(frozen=True, slots=True)
class Option:
    """One value of one field with all that supports it."""

    value: Decimal
    score: float
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Totals:
    """The chosen totals; `closed` where net + tax = gross was found on the page, `rivals` are runners-up."""

    chosen: dict[str, Candidate] = field(default_factory=dict)
    closed: bool = False
    due_follows: bool = False
    rivals: dict[str, tuple[Decimal, ...]] = field(default_factory=dict)
    stray_tax: Decimal | None = None
    """A tax that a label states and that no net and gross enclose: something was misread."""
    between: Decimal = ZERO
    """What the page adds between net and tax and its gross: a rounding (EN 16931 BT-114), or charges beneath a sum."""
    subtotal: Decimal | None = None
    """The sum of lines that `between` parts from the net, where charges do."""

    settled: Decimal = ZERO
    """What else parts the total from what is due: taxes kept back for the state, instalments under any name."""
    extras: Between = field(default_factory=Between)
    """Rows that may stand between the totals."""
    left_over: Decimal | None = None
    """What rows beneath the total leave to be paid, whatever they call it."""

    def value(self, name: str) -> Decimal | None:
        found = self.chosen.get(name)
        return found.value if found else None


def choose_totals(
    candidates: Sequence[Candidate], tables: TableResult, pages: Sequence[Places], evidence: Evidence
) -> Totals:
    """Choose the totals of a document.

    Sums of our own (a tax table's rows added up) prove nothing where a scan may have lost a row.
    """
    trusted = not any(places.layout.ocr for places in pages)
    claims = [c for c in candidates if c.field in FIELDS or c.field == "total_row"]
    claims.extend(_owed_back(candidates))
    claims = without_shares(claims, pages, evidence)
    labelled = any(c.field == "gross_total" and c.score >= 0.6 for c in claims)
    claims.extend(
        c for c in _from_tables(tables) if not (labelled and c.field == "gross_total" and c.rule.startswith("sum of"))
    )
    claims.extend(from_rows(pages, evidence))
    if whole := sums_of_sections(pages, evidence):
        # beside what all sections come to, a row of three amounts is a section's sum or what is left to pay
        fields = {c.field for c in whole}
        claims = [c for c in claims if c.field not in fields or c.rule.startswith("label:")] + whole
    options = {name: _options(claims, name) for name in FIELDS}
    _let_total_rows_stand_in(claims, options)
    _add_taxes_by_rate(claims, options)
    _add_what_is_left(options, pages, evidence)
    rounded, extras = _roundings(candidates), between_totals(pages, evidence)
    kept = _sums_withheld(candidates)
    net, tax, gross, closed = _triple(options, tables, rounded, extras, kept, trusted=trusted)
    chosen: dict[str, Candidate] = {}
    for name, option in (("net_total", net), ("tax_total", tax), ("gross_total", gross)):
        alone = 0.55 if name == "gross_total" else 0.6 if trusted else 0.68
        if option is not None and (
            closed or (option.score >= alone and (trusted or not _computed(option)) and _stands_alone(name, option))
        ):
            chosen[name] = replace(option.candidate, score=min(option.score, 1.0))
    mended = {} if closed or trusted else _mended(options)
    if mended:
        chosen = mended
    elif not closed:
        chosen = _without_contradiction(chosen)
        if not trusted and _misread(chosen.get("gross_total"), options):
            chosen.pop("gross_total")
    follows, settled = _due(chosen, options, kept)
    if not follows and trusted:
        follows, settled = _settled(chosen, claims, extras)
    rivals = {
        name: tuple(o.value for o in opts[:4] if name not in chosen or o.value != chosen[name].value)
        for name, opts in options.items()
    }
    stray = None
    if not closed and "tax_total" not in chosen:
        stray = next(
            (o.value for o in options["tax_total"] if o.value and o.score >= 0.5 and _stands_alone("tax_total", o)),
            None,
        )
        both = "net_total" in chosen and "gross_total" in chosen
        if stray is not None and both and chosen["net_total"].value == chosen["gross_total"].value:
            # a subtotal with tax in it is no net
            chosen.pop("net_total")
    left = _left_beneath(chosen, claims, extras)
    if left is not None and not follows and "amount_due" not in chosen:
        due = next((o for o in options["amount_due"] if o.value == left and o.score >= 0.3), None)
        if due is not None:
            chosen["amount_due"] = due.candidate
    between = _off(chosen)
    subtotal = None
    if between and between not in rounded:
        parting = extras.parting(*(chosen[n] for n in ("net_total", "tax_total", "gross_total"))) if closed else ()
        between = between if parting else ZERO
        if any(r.charge or r.page != chosen["tax_total"].page or r.y < chosen["tax_total"].box.y0 for r in parting):
            # what stands above freight or a discount is the sum of the lines (BT-106): the net is printed nowhere
            subtotal = chosen.pop("net_total").value
    rivals = {name: values for name, values in rivals.items() if values}
    return Totals(chosen, closed, follows, rivals, stray, between, subtotal, settled, extras, left)


def _settled(chosen: dict[str, Candidate], claims: Sequence[Candidate], extras: Between) -> tuple[bool, Decimal]:
    """Whether rows between the total and what is due part them, and by how much beyond what is known as paid.

    What a label calls paid or carried over, and none of these rows says, is left out: it would be proven with them.
    """
    if not {"gross_total", "amount_due"} <= chosen.keys():
        return False, ZERO
    gross, due = (chosen[name].value for name in ("gross_total", "amount_due"))
    totals = [c for c in claims if c.value == gross and c.field in ("gross_total", "total_row")]
    dues = [c for c in claims if c.value == due and c.field == "amount_due"]
    rows = {abs(value) for value in extras.settling(totals, dues)}
    if not rows:
        return False, ZERO
    for name in ("paid", "prior_balance"):
        if name in chosen and abs(chosen[name].value) not in rows:
            chosen.pop(name)
    paid, prior = (chosen[name].value if name in chosen else ZERO for name in ("paid", "prior_balance"))
    return True, gross - paid + prior - due


def _left_beneath(chosen: dict[str, Candidate], claims: Sequence[Candidate], extras: Between) -> Decimal | None:
    """What the rows beneath the total leave of it, where that is neither the net nor a tax."""
    if "gross_total" not in chosen:
        return None
    gross = chosen["gross_total"].value
    printed = [(c.page, c.box.middle) for c in claims if c.value == gross and c.field in ("gross_total", "total_row")]
    left = extras.settled_beneath(gross, sorted(set(printed)))
    parts = {chosen[name].value for name in ("net_total", "tax_total") if name in chosen}
    return None if left in parts or (left is not None and gross - left in parts) else left


def _roundings(candidates: Sequence[Candidate]) -> frozenset[Decimal]:
    """Printed amounts that round the total to coins (EN 16931 BT-114), with either sign: some print it bare."""
    said = {c.value for c in candidates if c.field == "rounding" and c.score >= 0.5 and 0 < abs(c.value) < 1}
    return frozenset(sign * value for value in said for sign in (1, -1))


def _sums_withheld(candidates: Sequence[Candidate]) -> frozenset[Decimal]:
    """What may be kept back of the total: nothing, or some of the amounts that the page says are withheld."""
    said = sorted({abs(c.value) for c in candidates if c.field == "withheld" and c.score >= 0.5 and c.value})[:5]
    sums = (sum(some, ZERO) for count in range(len(said) + 1) for some in combinations(said, count))
    return frozenset(sums)


def _off(chosen: dict[str, Candidate]) -> Decimal:
    """What parts net and tax from the gross; zero where one of them is open."""
    if not all(name in chosen for name in ("net_total", "tax_total", "gross_total")):
        return ZERO
    net, tax, gross = (Decimal(chosen[name].value) for name in ("net_total", "tax_total", "gross_total"))
    return gross - net - tax


def _owed_back(candidates: Sequence[Candidate]) -> Iterable[Candidate]:
    """A credit balance (`Guthaben 90,35`) is an amount due with the other sign."""
    return (replace(c, field="amount_due", value=-abs(c.value)) for c in candidates if c.field == "credit_due")


def with_slip(totals: Totals, total: Candidate | None, *, disputed: bool) -> Totals:
    """The totals of a till slip: its own witnesses name the gross, or dispute every one.

    Net and tax that do not add up to it are dropped with it.
    """
    held = totals.chosen.get("gross_total")
    if (total is None and not disputed) or (total is not None and held is not None and held.value == total.value):
        return totals
    dropped = ("net_total", "tax_total", "gross_total", "amount_due")
    chosen = {name: c for name, c in totals.chosen.items() if name not in dropped}
    if total is not None:
        chosen["gross_total"] = total
    return replace(totals, chosen=chosen, closed=False, due_follows=False)


def _from_tables(tables: TableResult) -> Iterable[Candidate]:
    for total in tables.sums:
        name = _KIND_FIELD.get(total.kind)
        if name is not None and total.page is not None and total.box is not None:
            yield Candidate(name, total.value, str(total.value), total.page, total.box, 0.72, "table foot", total.label)
    yield from _from_breakdown(tables)
    yield from _from_lines(tables)


def _from_lines(tables: TableResult) -> Iterable[Candidate]:
    """The lines summed, where they close."""
    said = tables.evidence.get("lines") or (tables.line_evidence[0] if tables.line_evidence else None)
    if not tables.lines or not tables.closed or said is None or said.page is None or said.box is None:
        return
    box = Box(*said.box)
    lines = [line for line in tables.lines if not line.before_correction]
    if len(lines) != len(tables.lines):
        return
    for name, amounts in (
        ("net_total", [x.net for x in lines]),
        ("tax_total", [x.tax for x in lines]),
        ("gross_total", [x.gross for x in lines]),
    ):
        stated = [a for a in amounts if a is not None]
        if stated and len(stated) == len(amounts):
            total = sum(stated, ZERO)
            shifted = Box(
                box.x0, box.y0, box.x1, box.y1 + {"net_total": 0.1, "tax_total": 0.2, "gross_total": 0.3}[name]
            )
            yield Candidate(name, total, str(total), said.page, shifted, 0.45, "sum of the lines")


def _from_breakdown(tables: TableResult) -> Iterable[Candidate]:
    """The tax table's rows summed: net of all bases, tax of all amounts."""
    rows = tables.tax_breakdown
    said = tables.evidence.get("tax_breakdown") or (tables.tax_evidence[0] if tables.tax_evidence else None)
    if not rows or said is None or said.page is None or said.box is None:
        return
    bases = [r.base for r in rows if r.base is not None]
    taxes = [r.amount for r in rows if r.amount is not None]
    if len(taxes) != len(rows):
        return
    box = Box(*said.box)
    tax = sum(taxes, ZERO)
    yield Candidate(
        "tax_total", tax, str(tax), said.page, Box(box.x0, box.y0, box.x1, box.y1 - 0.1), 0.66, "sum of the tax table"
    )
    if len(bases) == len(rows):
        net = sum(bases, ZERO)
        yield Candidate("net_total", net, str(net), said.page, box, 0.66, "sum of the tax table")
        yield Candidate(
            "gross_total",
            net + tax,
            str(net + tax),
            said.page,
            Box(box.x0, box.y0, box.x1, box.y1 - 0.2),
            0.4,
            "sum of the tax table",
        )


def _options(claims: Sequence[Candidate], name: str) -> list[Option]:
    """Values of a field, equal ones merged: each further sight of a value removes a part of the doubt."""
    by_value: dict[Decimal, list[Candidate]] = {}
    for claim in claims:
        if claim.field == name:
            value = abs(claim.value) if name == "paid" else claim.value
            by_value.setdefault(value, []).append(replace(claim, value=value))
    options = []
    for value, held in by_value.items():
        held.sort(key=lambda c: -c.score)
        doubt = 1.0 - min(held[0].score, 0.98)
        boxes = {held[0].box}
        for other in held[1:4]:
            if other.box not in boxes:
                boxes.add(other.box)
                doubt *= 1.0 - 0.5 * min(other.score, 0.9)
        options.append(Option(value, 1.0 - doubt, held[0]))
    options.sort(key=lambda o: (-o.score, o.candidate.page, o.candidate.box.y0))
    return options[:_MOST]


def _let_total_rows_stand_in(claims: Sequence[Candidate], options: dict[str, list[Option]]) -> None:
    """A bare `Total` is a weaker gross."""
    known = {o.value for o in options["gross_total"]}
    for option in _options(claims, "total_row"):
        if option.value not in known:
            options["gross_total"].append(
                replace(option, score=0.7 * option.score, candidate=replace(option.candidate, field="gross_total"))
            )
    # what is due may be the only total printed
    for option in options["amount_due"]:
        if option.value not in known and all(o.value != option.value for o in options["gross_total"]):
            options["gross_total"].append(
                replace(option, score=0.5 * option.score, candidate=replace(option.candidate, field="gross_total"))
            )


def _add_taxes_by_rate(claims: Sequence[Candidate], options: dict[str, list[Option]]) -> None:
    """Taxes printed rate by rate: the sum of two to four that is just what parts a net from a gross."""
    printed: dict[Box, Candidate] = {}
    for claim in sorted(
        (c for c in claims if c.field == "tax_total" and c.rule.startswith("label") and c.score >= 0.4),
        key=lambda c: -c.score,
    ):
        printed.setdefault(claim.box, claim)
    rows = sorted(_best_of_each_page(printed.values()), key=lambda c: (c.page, c.box.y0))
    known = {o.value for o in options["tax_total"]}
    _sum_neighbouring_rates(rows, options)
    for net, gross in product(options["net_total"][:4], options["gross_total"]):
        wanted = gross.value - net.value
        # a tax has the sign of what it is raised on
        group = _group_of(rows, wanted) if wanted not in known and wanted * net.value > 0 else None
        if group:
            score = min(c.score for c in group)
            text = " + ".join(c.text for c in group)
            summed = replace(group[0], value=wanted, text=text, score=score, rule="sum of the rates")
            options["tax_total"].append(Option(wanted, score, summed))
            known.add(wanted)


def _best_of_each_page(claims: Iterable[Candidate]) -> Iterable[Candidate]:
    """The first eight of each page, of claims that stand best first."""
    held: Counter[int] = Counter()
    for claim in claims:
        held[claim.page] += 1
        if held[claim.page] <= 8:
            yield claim


def _group_of(rows: Sequence[Candidate], wanted: Decimal) -> tuple[Candidate, ...] | None:
    """The first two to four taxes of one page that sum to an amount."""
    for page in sorted({row.page for row in rows}):
        mine = [row for row in rows if row.page == page]
        for count in (2, 3, 4):
            for group in combinations(mine, count):
                if sum((c.value for c in group), ZERO) == wanted and all(c.value * wanted > 0 for c in group):
                    return group
    return None


def _add_what_is_left(options: dict[str, list[Option]], pages: Sequence[Places], evidence: Evidence) -> None:
    """A net without a label of its own: the amount above the tax that tax and total leave (`Goods  3,014.00`)."""
    if any(o.score >= 0.6 for o in options["net_total"]):
        return
    known = {o.value for o in options["net_total"]}
    for tax, gross in product(options["tax_total"][:3], options["gross_total"][:3]):
        wanted = gross.value - tax.value
        if not tax.value or wanted in known or wanted <= tax.value or min(tax.score, gross.score) < 0.5:
            continue
        for found in amounts_above(pages, tax.candidate, evidence):
            if found.value == wanted:
                options["net_total"].append(Option(wanted, 0.62, found))
                known.add(wanted)
                break


def _sum_neighbouring_rates(rows: Sequence[Candidate], options: dict[str, list[Option]]) -> None:
    """Where taxes of several rates stand row under row and no net is printed, none of them alone is the tax."""
    if options["net_total"] or len(rows) < 2:
        return
    first, *rest = rows
    group = [first]
    for row in rest:
        close = row.page == group[-1].page and 0 < row.box.y0 - group[-1].box.y0 < 2.2 * max(row.box.height, 6.0)
        aligned = abs(row.box.x1 - first.box.x1) < 6
        if close and aligned and row.label == first.label:
            group.append(row)
    if len(group) < 2:
        return
    total = sum((c.value for c in group), ZERO)
    summed = replace(first, value=total, text=" + ".join(c.text for c in group), rule="sum of the rates")
    options["tax_total"][:] = [Option(total, min(c.score for c in group), summed)]


def _triple(
    options: dict[str, list[Option]],
    tables: TableResult,
    rounded: frozenset[Decimal],
    extras: Between,
    kept: frozenset[Decimal],
    *,
    trusted: bool,
) -> tuple[Option | None, Option | None, Option | None, bool]:
    breakdown = (
        sum((t.amount for t in tables.tax_breakdown if t.amount is not None), ZERO) if tables.tax_breakdown else None
    )
    wanted = _wanted(options, kept)
    best: tuple[float, Option | None, Option | None, Option | None, bool] = (-9.0, None, None, None, False)
    nets: list[Option | None] = [*options["net_total"], None]
    taxes: list[Option | None] = [*options["tax_total"], None]
    grosses: list[Option | None] = [*options["gross_total"], None]
    for net, tax, gross in product(nets, taxes, grosses):
        score, closes = _fit(net, tax, gross, breakdown, tables, rounded, extras, wanted, trusted=trusted)
        if score > best[0]:
            best = (score, net, tax, gross, closes)
    return best[1], best[2], best[3], best[4]


def _wanted(options: dict[str, list[Option]], kept: frozenset[Decimal]) -> frozenset[Decimal]:
    """Totals from which the amount follows that a label surely says is due.

    Itself, and more by what is withheld. Where something was paid or carried over before, only what that makes of it.
    """
    dues = options["amount_due"]
    if not dues or dues[0].score < 0.6 or dues[0].value <= 0:
        return frozenset()
    paids, priors = (
        [o.value for o in options[name][:4] if o.value and o.score >= 0.45] for name in ("paid", "prior_balance")
    )
    moved = {
        paid - prior
        for paid, prior in product([ZERO, *paids], [ZERO, *priors])
        if paid or prior or not (paids or priors)
    }
    return frozenset(dues[0].value + some + more for some in kept for more in moved)


def _fit(
    net: Option | None,
    tax: Option | None,
    gross: Option | None,
    breakdown: Decimal | None,
    tables: TableResult,
    rounded: frozenset[Decimal],
    extras: Between,
    wanted: frozenset[Decimal],
    *,
    trusted: bool,
) -> tuple[float, bool]:
    score = sum(w * (o.score - 0.3) for w, o in ((0.9, net), (0.8, tax), (1.3, gross)) if o is not None)
    closes = False
    if net is not None and tax is not None and gross is not None:
        off = abs(net.value + tax.value - gross.value)
        distinct = (trusted or not all(_computed(o) for o in (net, tax, gross))) and len(
            {net.candidate.box, tax.candidate.box, gross.candidate.box}
        ) == 3
        if distinct and (off <= ZERO or gross.value - net.value - tax.value in rounded):
            closes = True
            score += 1.5 if tax.value != 0 or len({net.value, gross.value}) == 1 else 0.8
        elif distinct and trusted and tax.value and extras.adds_up(net.candidate, tax.candidate, gross.candidate):
            # a sum of lines, with freight or a discount beneath it
            closes = not (_computed(net) or _computed(tax) or _computed(gross))
            score += 0.7 if closes else -2.0
        elif off <= CENT * max(len(tables.tax_breakdown), 1) and distinct:
            # rounded by rate
            closes = len(tables.tax_breakdown) > 1
            score += 1.1 if closes else 0.3
        else:
            score -= 2.0
        if abs(tax.value) > abs(net.value):
            score -= 2.0
        if net.value and tax.value and any(abs(net.value * r / 100 - tax.value) <= Decimal("0.02") for r in _RATES):
            score += 0.3
    elif net is not None and gross is not None and tax is None:
        score -= 0.3 if net.value != gross.value else 0.1
    elif tax is not None and gross is not None and abs(tax.value) > abs(gross.value):
        score -= 1.0
    if breakdown is not None and tax is not None and tax.value == breakdown:
        score += 0.4
    total = tables.closes_with
    if tables.closed and total is not None and total.value:
        matched = {"net": net, "gross": gross, "lines": net or gross}.get(total.kind)
        if matched is not None and matched.value == total.value:
            score += 0.7
    if gross is not None and gross.value == 0 and not closes:
        score -= 0.4
    if gross is not None and gross.value in wanted:
        score += 0.8  # the sum that is to be paid is named elsewhere on the page, or follows from what is withheld
    return score, closes


def _stands_alone(name: str, option: Option) -> bool:
    """Whether a value may be believed though nothing adds up: a net or tax beneath its label is a column's cell."""
    return name == "gross_total" or option.candidate.rule != "label:beneath"


def _computed(option: Option) -> bool:
    """Whether a value is no printed total but a sum of our own."""
    return option.candidate.rule.startswith(("sum of", "rows of"))


def _without_contradiction(chosen: dict[str, Candidate]) -> dict[str, Candidate]:
    """Totals that do not add up: keep only what is sure by itself."""
    names = ("net_total", "tax_total", "gross_total")
    if all(name in chosen for name in names):
        net, tax, gross = (chosen[name].value for name in names)
        if abs(net + tax - gross) > CENT:
            return {name: c for name, c in chosen.items() if name == "gross_total" or c.score >= 0.9}
    return chosen


def _misread(gross: Candidate | None, options: dict[str, list[Option]]) -> bool:
    """Whether a scan's net and tax sum to the gross but for one digit: one of the three was misread."""
    if gross is None:
        return False
    pairs = product(options["net_total"][:3], options["tax_total"][:3])
    sums = {n.value + t.value for n, t in pairs if n.value and t.value and min(n.score, t.score) >= _CLAIMED}
    return gross.value not in sums and any(one_digit_apart(gross.value, total) for total in sums)


def _mended(options: dict[str, list[Option]]) -> dict[str, Candidate]:
    """A scan's net and tax that a usual rate ties, and its gross without the one digit that parts it from their sum.

    The rate and all other digits speak for the sum; a person looks at it all the same, as nobody read it so.
    """
    found = {}
    for net, tax in product(options["net_total"][:3], options["tax_total"][:3]):
        whole = net.value + tax.value
        slips = [g for g in options["gross_total"][:3] if g.value != whole and one_digit_apart(g.value, whole)]
        tied = any(abs(net.value * rate / 100 - tax.value) <= CENT for rate in _RATES if rate)
        if slips and tied and net.value and min(net.score, tax.score) >= _CLAIMED:
            gross = replace(slips[0].candidate, value=whole, score=_UNCERTAIN, rule=MENDED)
            found[whole] = {"net_total": net.candidate, "tax_total": tax.candidate, "gross_total": gross}
    return next(iter(found.values())) if len(found) == 1 else {}


def _due(
    chosen: dict[str, Candidate], options: dict[str, list[Option]], kept: frozenset[Decimal]
) -> tuple[bool, Decimal]:
    """Choose due, paid and balance so that gross - paid - withheld + balance = due; otherwise the sure ones alone.

    Returns:
        Whether what is due follows, and what is withheld.
    """
    gross = chosen["gross_total"].value if "gross_total" in chosen else None
    dues = options["amount_due"]
    paids: list[Option | None] = [None, *options["paid"]]
    priors: list[Option | None] = [None, *options["prior_balance"]]
    best: tuple[float, Option, Option | None, Option | None, Decimal] | None = None
    if gross is not None:
        for due, paid, prior in product(dues, paids, priors):
            less, more = (paid.value if paid else ZERO), (prior.value if prior else ZERO)
            withheld = gross - less + more - due.value
            if withheld not in kept:
                continue
            score = due.score + sum(0.4 * (o.score - 0.2) for o in (paid, prior) if o is not None)
            score -= 0.1 if withheld else 0.0
            if best is None or score > best[0]:
                best = (score, due, paid, prior, withheld)
    if best is not None and (best[1].score >= 0.4):
        chosen["amount_due"] = best[1].candidate
        for name, option in (("paid", best[2]), ("prior_balance", best[3])):
            if option is not None:
                chosen[name] = option.candidate
        return True, best[4]
    if dues and dues[0].score >= 0.7:
        chosen["amount_due"] = dues[0].candidate
    if options["paid"] and options["paid"][0].score >= 0.75:
        chosen["paid"] = options["paid"][0].candidate
    return False, ZERO
