"""Draws random invoices on random layouts, and says what of them a reader of the page can know.

`Truth.known` is printed, or follows from what is printed without doubt; `Truth.derivable` a careful reader
may give or leave open: it counts only when it is given and wrong.
"""

from __future__ import annotations

from random import Random
from typing import Any

from pipelines.samples.sheet import Align, text_width, wrap
from tests.benchmarks.random_facts import Facts, Line, cents
from tests.benchmarks.random_heads import Heads
from tests.benchmarks.random_paper import Truth
from tests.benchmarks.random_totals import Totals

CASH = {
    "pl": ("Gotówka", "Reszta", "Sprzedaż opodatkowana"),
    "pt": ("Dinheiro", "Troco", "Subtotal"),
    "en": ("Cash", "Change", "Subtotal"),
    "de": ("Bar", "Rückgeld", "Zwischensumme"),
    "fr": ("Espèces", "Rendu", "Sous-total"),
    "es": ("Efectivo", "Cambio", "Subtotal"),
    "it": ("Contanti", "Resto", "Subtotale"),
    "nl": ("Contant", "Wisselgeld", "Subtotaal"),
}
RECEIPT_TOTAL = {
    "pl": "SUMA",
    "pt": "TOTAL",
    "en": "TOTAL",
    "de": "SUMME",
    "fr": "TOTAL TTC",
    "es": "TOTAL",
    "it": "TOTALE",
    "nl": "TOTAAL",
}


def draw_invoice(facts: Facts, rng: Random) -> tuple[bytes, Truth]:
    """The PDF and its truth."""
    return Layout(facts, rng).draw()


class Layout(Heads, Totals):
    """A whole document; its lines and receipts are drawn here."""

    def draw(self) -> tuple[bytes, Truth]:
        self._basics()
        if self.narrow:
            self._receipt()
            return self.sheet.finish(), self.truth
        self._head()
        if self.facts.energy or self.rng.random() < 0.07:
            self._due_box()
        if self.facts.energy:
            self._energy()
        self._lines()
        self._totals()
        self._payment()
        self._footer()
        return self.sheet.finish(), self.truth

    def _basics(self) -> None:
        facts, known = self.facts, self.truth.known
        known |= {
            "issue_date": facts.issued.isoformat(),
            "seller_name": facts.seller.name,
            "currency": facts.currency,
            "gross_total": str(facts.gross),
        }
        self.truth.derivable["amount_due"] = str(facts.gross - facts.paid)
        if facts.seller.country != "BR":
            self.truth.derivable |= {"net_total": str(facts.net), "tax_total": str(facts.tax)}
        self.truth.derivable["due_date"] = facts.due.isoformat()

    def _line_columns(self) -> list[str]:
        rng, facts = self.rng, self.facts
        amount = ["gross"] if facts.gross_prices else ["net"]
        price = "price_gross" if facts.gross_prices else "price"
        shape = rng.choice(("full", "full", "middle", "middle", "short", "quantity first"))
        if shape == "short" and not facts.energy:
            return ["description", *amount]
        columns = ["description", "quantity", *(["unit"] if rng.random() < 0.5 or facts.energy else []), price]
        if any(line.discount for line in facts.lines):
            columns.append("discount")
        taxed = facts.seller.country != "BR"
        if shape == "full" and taxed:
            columns += rng.choice((["rate", *amount], [*amount, "rate"]))
            if not facts.gross_prices:
                columns += rng.choice(([], ["tax", "gross"], ["gross"]))
        else:
            columns += [*(["rate"] if taxed and rng.random() < 0.3 else []), *amount]
        if shape == "quantity first":
            columns.remove("quantity")
            columns.insert(0, "quantity")
        if rng.random() < 0.25 and not facts.energy:
            columns.insert(rng.choice((0, columns.index("description") + 1)), "code")
        if rng.random() < 0.45:
            columns.insert(0, "pos")
        return columns

    def _cell(self, column: str, place: int, line: Line) -> str:
        habits, tax = self.facts.habits, cents(line.amount * line.rate / 100)
        match column:
            case "pos":
                return str(place)
            case "code":
                return line.code
            case "description":
                return line.description
            case "quantity":
                return habits.quantity(line.quantity)
            case "unit":
                return line.unit
            case "price" | "price_gross":
                return habits.number(line.price, 4 if line.unit == "kWh" else 2)
            case "discount":
                return f"{line.discount}%" if self.percent_in_cells else f"{line.discount}"
            case "rate":
                rate = f"{line.rate}".replace(".", habits.point)
                return f"{rate}%" if self.percent_in_cells else rate
            case "net":
                return habits.number(line.amount)
            case "tax":
                return habits.number(tax)
            case "gross":
                return habits.number(line.amount if self.facts.gross_prices else line.amount + tax)
            case _:
                raise ValueError(f"no column {column!r}")

    def _lines(self) -> None:
        self.percent_in_cells = self.rng.random() < 0.7
        self.columns = self._line_columns()
        left = {"description", "code", "unit"}
        aligns: list[Align] = ["left" if column in left else "right" for column in self.columns]
        heads = [self.label(column) for column in self.columns]
        mark = self.facts.habits.currency_mark
        if self.rng.random() < 0.15:
            heads = [
                f"{head} ({mark})" if column in {"net", "gross"} and "(" not in head else head
                for head, column in zip(heads, self.columns, strict=True)
            ]
        if self.facts.before:
            self._lines_before_and_after(heads, aligns)
            return
        rows = [
            [self._cell(column, place, line) for column in self.columns]
            for place, line in enumerate(self.facts.lines, 1)
        ]
        # carried over is the last column's sum, so it is drawn only where that column holds the lines' amounts
        carried = self.columns[-1] == ("gross" if self.facts.gross_prices else "net") and self.rng.random() < 0.3
        self._table(
            heads,
            aligns,
            rows,
            stretch=self.columns.index("description"),
            totals=self._sum_row(),
            amounts=[line.amount for line in self.facts.lines] if carried else (),
        )
        self.know(items=[self._line_truth(line) for line in self.facts.lines])

    def _lines_before_and_after(self, heads: list[str], aligns: list[Align]) -> None:
        """A Polish correction: what stood there, and what ought to."""
        titles = self.rng.choice(
            (
                ("Przed korektą", "Po korekcie"),
                ("Było", "Powinno być"),
                ("Pozycje przed korektą", "Pozycje po korekcie"),
            )
        )
        for title, lines in zip(titles, (self.facts.before, self.facts.lines), strict=True):
            self.sheet.need(self.size * 10)
            self.sheet.text(self.sheet.margin, self.sheet.y + self.size, title, self.size + 1, bold=True)
            self.sheet.y += self.size * 1.8
            rows = [[self._cell(column, place, line) for column in self.columns] for place, line in enumerate(lines, 1)]
            self._table(heads, aligns, rows, stretch=self.columns.index("description"))
        self.know(items=[self._line_truth(line) for line in (*self.facts.before, *self.facts.lines)])

    def _sum_row(self) -> list[str] | None:
        if self.rng.random() > 0.2 or len(self.columns) < 4:
            return None
        facts, number = self.facts, self.facts.habits.number
        row = ["" for _ in self.columns]
        row[self.columns.index("description")] = self.label("sum")
        for column, value in (("net", facts.net), ("tax", facts.tax), ("gross", facts.gross)):
            if column in self.columns:
                row[self.columns.index(column)] = number(value)
        return row

    def _line_truth(self, line: Line) -> dict[str, str]:
        tax = cents(line.amount * line.rate / 100)
        amounts = {"gross": str(line.amount)} if self.facts.gross_prices else {"net": str(line.amount)}
        if "gross" in self.columns and not self.facts.gross_prices:
            amounts["gross"] = str(line.amount + tax)
        return {
            "description": line.description,
            "quantity": str(line.quantity),
            "unit_price": str(line.price),
            **amounts,
        }

    def _receipt(self) -> None:
        facts, rng, sheet, size = self.facts, self.rng, self.sheet, self.size
        self.columns = ["gross"]
        self.truth.derivable.pop("due_date", None)
        middle, number = sheet.width / 2, facts.habits.number
        head = [facts.seller.name, facts.seller.street, facts.seller.town]
        if rng.random() < 0.75:
            head.append(self._tax_line(facts.seller))
            self.know(seller_tax_id=facts.seller.tax_id)
        head.append(self.label("receipt"))
        y = sheet.margin
        for text in head:
            for part in wrap(text, self.look.font, size, sheet.right - sheet.margin):
                y += size * 1.4
                sheet.text(middle, y, part, size, align="centre")
        when = f"{facts.habits.day(facts.issued)} {rng.randrange(8, 21):02}:{rng.randrange(60):02}"
        y += size * 2
        sheet.text(sheet.margin, y, rng.choice((when, f"{self.label('issued')}: {when}")), size)
        y += size * 1.8
        for line in facts.lines:
            quantity = f"{facts.habits.quantity(line.quantity)} x {number(line.price)}"
            sheet.text(sheet.margin, y, line.description[:26], size)
            if (
                rng.random() < 0.5
                or text_width(line.description[:26] + quantity, self.look.font, size)
                > (sheet.right - sheet.margin) * 0.6
            ):
                y += size * 1.4
            sheet.text(sheet.right - 60, y, quantity, size, align="right")
            sheet.text(sheet.right, y, number(line.amount), size, align="right")
            y += size * 1.4
        sheet.rule(sheet.margin, y - size * 0.6, sheet.right, y - size * 0.6)
        y += size * 1.2
        total = (
            f"{RECEIPT_TOTAL[facts.language]} {facts.habits.currency_mark}"
            if rng.random() < 0.5
            else RECEIPT_TOTAL[facts.language]
        )
        sheet.text(sheet.margin, y, total, size + 2, bold=True)
        sheet.text(
            sheet.right,
            y,
            facts.habits.money(facts.gross) if total == RECEIPT_TOTAL[facts.language] else number(facts.gross),
            size + 2,
            bold=True,
            align="right",
        )
        if facts.seller.country != "BR":
            for rate, _, tax in facts.subtotals:
                y += size * 1.5
                sheet.text(sheet.margin, y, self.label("tax_at").format(self._rate(rate)), size)
                sheet.text(sheet.right, y, number(tax), size, align="right")
            self.know(tax_total=str(facts.tax))
        given = (facts.gross // 50 + 1) * 50
        for text, value in ((CASH[facts.language][0], given), (CASH[facts.language][1], given - facts.gross)):
            y += size * 1.5
            sheet.text(sheet.margin, y, text, size)
            sheet.text(sheet.right, y, number(value), size, align="right")
        self.know(items=[{"description": line.description, "gross": str(line.amount)} for line in facts.lines])


def truth_of(facts: Facts, truth: Truth) -> dict[str, Any]:
    """Known fields as a truth file has them, with what names the document."""
    head = {
        "language": "pt-BR" if facts.language == "pt" else facts.language,
        "country": facts.seller.country,
        "doc_type": facts.kind,
    }
    return head | truth.known
