"""Compares a parsed invoice with what is true, kind of field by kind of field.

A right value is the truth's by the rules of its kind: codes without their separators, tax ids with or
without the country, names without legal forms, numbers to half a cent. A wrong value is worse than a
missing one, so both are counted; so are values of things that the page does not state.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

FIELDS: dict[str, tuple[str, str]] = {
    "invoice_number": ("invoice_number", "code"),
    "issue_date": ("issue_date", "exact"),
    "due_date": ("due_date", "exact"),
    "period_start": ("period_start", "exact"),
    "period_end": ("period_end", "exact"),
    "reference_month": ("reference_month", "exact"),
    "seller_name": ("seller.name", "name"),
    "seller_tax_id": ("seller.tax_id", "tax id"),
    "buyer_name": ("buyer.name", "name"),
    "buyer_tax_id": ("buyer.tax_id", "tax id"),
    "client_number": ("customer_number", "code"),
    "metering_point": ("metering_point.id", "code"),
    "meter_number": ("metering_point.meter_number", "code"),
    "consumption_kwh": ("consumption_kwh", "number"),
    "net_total": ("net_total", "number"),
    "tax_total": ("tax_total", "number"),
    "gross_total": ("gross_total", "number"),
    "amount_due": ("amount_due", "number"),
    "currency": ("currency", "exact"),
    "corrects": ("corrects.invoice_number", "corrects"),
}
"""Truth's field -> where the parsed invoice has it, and its kind."""

FORMS = frozenset(
    [
        "sp",
        "z",
        "o",
        "o",
        "oo",
        "zoo",
        "k",
        "j",
        "s",
        "a",
        "sa",
        "sl",
        "slu",
        "me",
        "eireli",
        "ltda",
        "ltd",
        "limited",
        "plc",
        "llp",
        "inc",
        "llc",
        "corp",
        "dac",
        "pvt",
        "private",
        "gmbh",
        "ag",
        "co",
        "kg",
        "ek",
        "e",
        "sarl",
        "sas",
        "srl",
        "spa",
        "snc",
        "bv",
        "nv",
        "vof",
        "company",
        "the",
    ]
)


def letters(text: str) -> str:
    """Lower case without accents."""
    text = text.translate(str.maketrans({"ł": "l", "Ł": "L", "ß": "ss"}))
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()


def _bare(text: str) -> str:
    return "".join(c for c in letters(text) if c.isalnum() and c.isascii())


def _same_code(truth: str, value: str) -> bool:
    # groups of digits as well: 1/12 is not 11/2
    return _bare(truth) == _bare(value) and (
        not re.search(r"\d\W+\d", truth) or re.findall(r"\d+", truth) == re.findall(r"\d+", value)
    )


def _same_tax_id(truth: str, value: str) -> bool:
    first, second = _bare(truth).removesuffix("mwst"), _bare(value).removesuffix("mwst")
    if first == second:
        return True
    shorter, longer = sorted((first, second), key=len)
    return len(longer) == len(shorter) + 2 and longer[:2].isalpha() and longer.endswith(shorter)


def _name_words(text: str) -> list[str]:
    words = re.findall(r"[a-z0-9]+", letters(text).replace(".", ""))
    return [word for word in words if word not in FORMS] or words


def _same_name(truth: str, value: str) -> bool:
    first, second = _name_words(truth), _name_words(value)
    if sorted(first) == sorted(second) or "".join(first) == "".join(second):
        return True
    few, many = sorted((set(first), set(second)), key=len)
    return bool(few) and few <= many and 2 * len("".join(few)) >= len("".join(many))


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _same_number(truth: str, value: str) -> bool:
    first, second = _number(truth), _number(value)
    return first is not None and second is not None and abs(first - second) < Decimal("0.005")


def _same_correction(truth: list[dict[str, str]], value: str) -> bool:
    return any(_same_code(entry["invoice_number"], value) for entry in truth)


KINDS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": lambda truth, value: str(truth) == str(value),
    "code": _same_code,
    "tax id": _same_tax_id,
    "name": _same_name,
    "number": _same_number,
    "corrects": _same_correction,
}


def given_value(parsed: dict[str, Any], path: str) -> Any:
    value: Any = parsed
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return None if value == "" else value


def _amounts(line: dict[str, Any]) -> frozenset[Decimal]:
    values = (_number(line[key]) for key in ("net", "gross") if line.get(key) is not None)
    return frozenset(value.quantize(Decimal("0.01")) for value in values if value is not None)


def count_lines(truth: Iterable[dict[str, Any]], parsed: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """How many true lines have a parsed line of their own with an amount in common, and how many parsed are left."""
    wanted = [amounts for amounts in map(_amounts, truth) if amounts]
    by_amount: dict[Decimal, list[int]] = defaultdict(list)
    found = [amounts for amounts in map(_amounts, parsed) if amounts]
    for place, amounts in enumerate(found):
        for amount in amounts:
            by_amount[amount].append(place)
    taken_by: dict[int, int] = {}

    def seat(line: int, tried: set[int]) -> bool:
        for place in {place for amount in wanted[line] for place in by_amount[amount]} - tried:
            tried.add(place)
            if place not in taken_by or seat(taken_by[place], tried):
                taken_by[place] = line
                return True
        return False

    matched = sum(seat(line, set()) for line in range(len(wanted)))
    return matched, len(found) - matched


@dataclass
class Miss:
    language: str
    document: str
    field: str
    truth: Any
    got: Any


@dataclass
class Score:
    """Counts by field and by language; `misses` tells each."""

    fields: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    languages: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    misses: list[Miss] = field(default_factory=list)

    def add(self, document: str, truth: dict[str, Any], derivable: dict[str, Any], parsed: dict[str, Any]) -> None:
        """Score one document."""
        language, bad = truth["language"], 0
        for name, (path, kind) in FIELDS.items():
            bad += self._add_field(
                document, language, name, KINDS[kind], (truth.get(name), derivable.get(name)), given_value(parsed, path)
            )
        bad += self._add_lines(document, language, truth, parsed)
        accepted = parsed.get("status") == "accepted"
        self.languages[language].update(documents=1, accepted=int(accepted), false_accepts=int(accepted and bad > 0))
        if accepted and bad:
            self.misses.append(Miss(language, document, "FALSE ACCEPT", "", f"{bad} wrong"))

    def _add_field(
        self,
        document: str,
        language: str,
        name: str,
        same: Callable[[Any, Any], bool],
        truths: tuple[Any, Any],
        value: Any,
    ) -> int:
        known, derivable = truths
        tallies = (self.fields[name], self.languages[language])
        expected = known if known is not None else derivable
        right = (
            value is not None
            and expected is not None
            and same(expected, value if not isinstance(value, float) else str(value))
        )
        wrong = value is not None and expected is not None and not right
        # a thing that the page does not state, and that does not follow from it
        invented = value is not None and expected is None
        for tally in tallies:
            tally.update(
                known=int(known is not None),
                right=int(known is not None and right),
                wrong=int(wrong),
                invented=int(invented),
            )
        if wrong or (known is not None and not right):
            self.misses.append(Miss(language, document, name, expected, value))
        if invented:
            self.misses.append(Miss(language, document, f"{name} (invented)", None, value))
        return int(wrong)

    def _add_lines(self, document: str, language: str, truth: dict[str, Any], parsed: dict[str, Any]) -> int:
        matched, extra = count_lines(truth["items"], parsed.get("lines") or [])
        known = len(truth["items"])
        self.fields["lines"].update(known=known, right=matched, wrong=extra)
        self.languages[language].update(lines_known=known, lines_right=matched, lines_extra=extra)
        if matched < known or extra:
            self.misses.append(Miss(language, document, "lines", f"{known} lines", f"{matched} found, {extra} extra"))
        return int(extra > 0)

    def report(self) -> str:
        row = "{:<24}{:>7}{:>8}{:>9}{:>7}{:>10}"
        out = [row.format("field", "known", "right", "found %", "wrong", "invented")]
        for name in [*FIELDS, "lines"]:
            t = self.fields[name]
            out.append(
                row.format(name, t["known"], t["right"], _percent(t["right"], t["known"]), t["wrong"], t["invented"])
            )
        row = "{:<10}{:>6}{:>9}{:>7}{:>10}{:>9}{:>7}{:>10}{:>15}"
        out += [
            "",
            row.format(
                "language", "docs", "found %", "wrong", "invented", "lines %", "extra", "accepted", "false accepts"
            ),
        ]
        for name, t in sorted(self.languages.items()):
            out.append(
                row.format(
                    name,
                    t["documents"],
                    _percent(t["right"], t["known"]),
                    t["wrong"],
                    t["invented"],
                    _percent(t["lines_right"], t["lines_known"]),
                    t["lines_extra"],
                    t["accepted"],
                    t["false_accepts"],
                )
            )
        return "\n".join(out)

    def summary(self) -> dict[str, Any]:
        known, right, wrong, invented = (
            sum(self.fields[name][key] for name in FIELDS) for key in ("known", "right", "wrong", "invented")
        )
        lines = self.fields["lines"]
        documents, accepted, false = (
            sum(t[key] for t in self.languages.values()) for key in ("documents", "accepted", "false_accepts")
        )
        return {
            "documents": documents,
            "fields_known": known,
            "found_percent": _share(right, known),
            "wrong_percent": _share(wrong, known),
            "invented": invented,
            "lines_percent": _share(lines["right"], lines["known"]),
            "lines_wrong": lines["wrong"],
            "accepted": accepted,
            "false_accepts": false,
        }


def _share(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "-"
