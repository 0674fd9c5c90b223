"""The totals of a random invoice: boxes, bands, VAT tables, differences of corrections."""

from __future__ import annotations

from decimal import Decimal

from pipelines.samples import identifiers
from pipelines.samples.sheet import text_width
from pipelines.samples.wording import polish_words
from tests.benchmarks.random_facts import cents, rate_subtotals
from tests.benchmarks.random_paper import Paper


class Totals(Paper):
    def _totals(self) -> None:
        facts, rng = self.facts, self.rng
        self.sheet.need(self.size * 14)
        if facts.seller.country == "BR":
            self._brazilian_totals()
        elif facts.before:
            self._correction_totals()
        elif rng.random() < 0.3:
            self._vat_table()
        elif len(facts.subtotals) == 1 and not facts.paid and rng.random() < 0.15:
            self._totals_band()
        else:
            self._totals_box()
        if facts.language == "pl" and facts.gross >= 0 and facts.gross < 999_999 and rng.random() < 0.4:
            self.sheet.text(
                self.sheet.margin,
                self.sheet.y + self.size,
                f"Słownie: {polish_words(facts.gross - facts.paid)}",
                self.size,
            )
            self.sheet.y += self.size * 2

    def _correction_totals(self) -> None:
        """What the totals were, what they are, and the difference."""
        facts, rng, number = self.facts, self.rng, self.facts.habits.number
        after_net = sum((line.amount for line in facts.lines), Decimal(0))
        after_tax = facts.tax + sum((tax for _, _, tax in rate_subtotals(facts.before, gross_prices=False)), Decimal(0))
        after = (after_net, after_tax, after_net + after_tax)
        change = (facts.net, facts.tax, facts.gross)
        rows = [
            [title, *(number(value) for value in values)]
            for title, values in (
                ("Przed korektą", [a - c for a, c in zip(after, change, strict=True)]),
                ("Po korekcie", after),
                (rng.choice(("Różnica", "Korekta", "Razem korekta")), change),
            )
        ]
        heads = ["", self.label("total_net"), self.label("total_tax"), self.label("gross")]
        self._table(heads, ["left", "right", "right", "right"], rows, stretch=0)
        self.know(net_total=str(facts.net), tax_total=str(facts.tax))
        if facts.gross < 0 and rng.random() < 0.5:
            self._box_rows([(rng.choice(("Do zwrotu", "Kwota do zwrotu")), facts.habits.money(-facts.gross))])
        else:
            self._box_rows([(self.label("amount_due"), facts.habits.money(facts.gross))])
            self.know(amount_due=str(facts.gross))

    def _closing_rows(self) -> list[tuple[str, str]]:
        """The rows that end every totals block: the total, what was paid, what is due."""
        facts, rng, money = self.facts, self.rng, self.facts.habits.money
        if facts.paid:
            self.know(amount_due=str(facts.gross - facts.paid))
            return [
                (self.label("total_gross"), money(facts.gross)),
                (self.label("paid"), money(-facts.paid if rng.random() < 0.5 else facts.paid)),
                (self.label("amount_due"), money(facts.gross - facts.paid)),
            ]
        throw = rng.random()
        rows = [(self.label("total_gross"), money(facts.gross))] if throw < 0.75 else []
        if throw > 0.45:
            rows.append((self.label("amount_due"), money(facts.gross)))
            self.know(amount_due=str(facts.gross))
        return rows

    def _totals_box(self) -> None:
        facts, rng = self.facts, self.rng
        show = facts.habits.number if rng.random() < 0.5 else facts.habits.money
        rows: list[tuple[str, str]] = []
        if not facts.gross_prices or rng.random() < 0.5:
            rows.append((self.label("total_net"), show(facts.net)))
            if len(facts.subtotals) == 1 and rng.random() < 0.4:
                rows.append((self.label("total_tax"), show(facts.tax)))
            else:
                rows += [(self.label("tax_at").format(self._rate(rate)), show(tax)) for rate, _, tax in facts.subtotals]
                if len(facts.subtotals) > 1 and rng.random() < 0.25:
                    rows.append((self.label("total_tax"), show(facts.tax)))
            self.know(net_total=str(facts.net), tax_total=str(facts.tax))
        self._box_rows(rows + self._closing_rows())

    def _totals_band(self) -> None:
        """Net, tax and total as a row of labels over a row of amounts."""
        facts, money = self.facts, self.facts.habits.money
        rows = [
            (self.label("total_net"), money(facts.net)),
            (self.label("total_tax"), money(facts.tax)),
            (self.label("total_gross"), money(facts.gross)),
        ]
        self.sheet.y = self._pairs_band(rows, self.sheet.margin, self.sheet.y, self.sheet.right - self.sheet.margin)
        self.know(net_total=str(facts.net), tax_total=str(facts.tax))

    def _box_rows(self, rows: list[tuple[str, str]]) -> None:
        sheet, size, rng = self.sheet, self.size, self.rng
        labels = max(text_width(label, self.look.bold, size + 2) for label, _ in rows)
        values = max(text_width(value, self.look.bold, size + 2) for _, value in rows)
        width = labels + values + rng.choice((16, 40, 70))
        x = sheet.right - width if rng.random() < 0.8 else sheet.margin
        inline = rng.random() < 0.15
        colon = rng.choice(("", ":"))
        for place, (label, value) in enumerate(rows):
            last = place == len(rows) - 1
            grow = rng.choice((0, 2)) if last else 0
            sheet.y += (size + grow) * 1.55
            if inline:
                sheet.text(x, sheet.y, f"{label}: {value}", size + grow, bold=last)
            else:
                sheet.text(x, sheet.y, label + colon, size + grow, bold=last)
                sheet.text(x + width - 4, sheet.y, value, size + grow, bold=last, align="right")
        sheet.y += size * 2

    def _vat_table(self) -> None:
        facts, number = self.facts, self.facts.habits.number
        sum_label = self.label("sum")
        heads = [self.label("rate"), self.label("total_net"), self.label("total_tax"), self.label("gross")]
        rows = [
            [f"{self._rate(rate)}%", number(base), number(tax), number(base + tax)]
            for rate, base, tax in facts.subtotals
        ]
        totals = [sum_label, number(facts.net), number(facts.tax), number(facts.gross)]
        if len(rows) > 1 or self.rng.random() < 0.6:
            self._table(heads, ["left", "right", "right", "right"], rows, stretch=0, totals=totals)
        else:
            self._table(heads, ["left", "right", "right", "right"], rows, stretch=0)
        self.know(net_total=str(facts.net), tax_total=str(facts.tax))
        self._box_rows(self._closing_rows())

    def _brazilian_totals(self) -> None:
        facts, rng = self.facts, self.rng
        if facts.energy:
            names, base = ("ICMS", "PIS", "COFINS"), facts.gross
            rates = (Decimal("18.00"), Decimal("0.85"), Decimal("3.92"))
            number = facts.habits.number
            rows = [
                [n, number(base), number(rate), number(cents(base * rate / 100))]
                for n, rate in zip(names, rates, strict=True)
            ]
            self._table(
                ["Tributo", "Base de cálculo", "Alíquota (%)", "Valor do imposto"],
                ["left", "right", "right", "right"],
                rows,
                stretch=0,
            )
        self._box_rows(self._closing_rows())
        if facts.barcode and rng.random() < 0.6:
            line = identifiers.payment_line(facts.barcode)
            self.sheet.text(self.sheet.margin, self.sheet.y + self.size, line, self.size)
            self.sheet.y += self.size * 2
