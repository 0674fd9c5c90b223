"""The parts above and below the lines of a random invoice: letterhead, parties, dates, metering point, foot."""

from __future__ import annotations

from decimal import Decimal

from pipelines.samples import identifiers
from pipelines.samples.sheet import Align, text_width, wrap
from tests.benchmarks import random_wording as wording
from tests.benchmarks.random_facts import Firm
from tests.benchmarks.random_paper import Paper


class Heads(Paper):
    def _head(self) -> None:
        rng, sheet, facts = self.rng, self.sheet, self.facts
        letterhead = rng.random() < 0.6
        if letterhead:
            self._letterhead()
        elif rng.random() < 0.4:  # only a brand, the seller's block has the rest
            sheet.text(sheet.margin, 58, facts.seller.name, self.size + 6, bold=True, ink=self.look.ink)
            sheet.y = 80
        else:
            sheet.y = rng.choice((50, 70))
        in_title = self._title()
        pairs = self._meta(number=not in_title)
        self._parties_and_meta(pairs, seller=not letterhead)
        if facts.corrects:
            number, day = facts.corrects
            sheet.text(
                sheet.margin, sheet.y + 6, self.label("corrects").format(number, facts.habits.day(day)), self.size
            )
            sheet.y += self.size * 2.4
            self.know(corrects=[{"invoice_number": number}])

    def _tax_line(self, firm: Firm) -> str:
        return self.label("tax_id").rstrip(":") + self.rng.choice((": ", " ", ": ")) + firm.tax_id

    def _letterhead(self) -> None:
        rng, sheet, facts = self.rng, self.sheet, self.facts
        align: Align = rng.choice(("left", "right", "centre"))
        x = {"left": sheet.margin, "right": sheet.right, "centre": sheet.width / 2}[align]
        if align == "left" and rng.random() < 0.3:
            sheet.box(x, 36, 30, 30, fill=self.look.ink, stroke=None)
            x += 40
        y = 52.0
        sheet.text(
            x, y, facts.seller.name, self.size + rng.choice((2, 4, 6)), bold=True, align=align, ink=self.look.ink
        )
        address = [facts.seller.street, facts.seller.town]
        details = (
            [" · ".join(address)] if rng.random() < 0.3 else [", ".join(address)] if rng.random() < 0.3 else address
        )
        details.append(self._tax_line(facts.seller))
        if rng.random() < 0.5:
            groups = (rng.randrange(low, high) for low, high in ((100, 999), (100, 999), (10, 99), (10, 99)))
            details.append("Tel. " + " ".join(map(str, groups)))
        for detail in details:
            y += self.size * 1.35
            sheet.text(x, y, detail, self.size - 0.5, align=align)
        self.know(seller_tax_id=facts.seller.tax_id)
        sheet.y = y + self.size * 2.5

    def _title(self) -> bool:
        """Draws the title; True where the invoice number stands in it."""
        rng, sheet, facts = self.rng, self.sheet, self.facts
        title = self.label(facts.kind)
        in_title = rng.random() < 0.35
        if in_title:
            title += " " + self.label("number_in_title").format(facts.number)
            self.know(invoice_number=facts.number)
        align: Align = rng.choice(("left", "left", "centre", "right"))
        x = {"left": sheet.margin, "right": sheet.right, "centre": sheet.width / 2}[align]
        size = rng.choice((12, 14, 16, 20))
        while text_width(title, self.look.bold, size) > sheet.right - sheet.margin:
            size -= 1
        sheet.text(x, sheet.y + size, title, size, bold=True, align=align, ink=self.look.ink)
        sheet.y += size + self.size * 2
        return in_title

    def _meta(self, *, number: bool) -> list[tuple[str, str]]:
        rng, facts, day = self.rng, self.facts, self.facts.habits.day
        pairs = []
        if number:
            pairs.append((self.label("number"), facts.number))
            self.know(invoice_number=facts.number)
        pairs.append((self.label("issued"), day(facts.issued)))
        throw = rng.random()
        self.terms_below = 0.75 <= throw < 0.88
        if throw < 0.75 or facts.energy:
            self.terms_below = False
            pairs.append((self.label("due"), day(facts.due)))
            self.know(due_date=facts.due.isoformat())
        if facts.energy or rng.random() < 0.25:
            pairs.append(self._period_pair())
        if rng.random() < (0.85 if facts.energy else 0.4):
            pairs.append((self.label("client"), facts.client))
            self.know(client_number=facts.client)
        if rng.random() < 0.25:
            pairs.append((self.label("order"), facts.order))
        if facts.energy and facts.language == "pt":
            pairs.append((self.label("month"), self._reference_month()))
        head, rest = pairs[:1], pairs[1:]
        rng.shuffle(rest)
        return head + rest if rng.random() < 0.8 else rest + head

    def _period_pair(self) -> tuple[str, str]:
        start, end = self.facts.period
        self.know(period_start=start.isoformat(), period_end=end.isoformat())
        joiner = {
            "pl": (" - ", " do "),
            "pt": (" a ", " até "),
            "en": (" - ", " to "),
            "de": (" - ", " bis "),
            "fr": (" au ", " - "),
            "es": (" al ", " - "),
            "it": (" - ", " al "),
            "nl": (" t/m ", " - "),
        }[self.facts.language]
        return self.label(
            "period"
        ), f"{self.facts.habits.day(start)}{self.rng.choice(joiner)}{self.facts.habits.day(end)}"

    def _reference_month(self) -> str:
        end = self.facts.period[1]
        self.know(reference_month=f"{end:%Y-%m}")
        name = wording.MONTHS["pt"][end.month - 1]
        return self.rng.choice((f"{name[:3].upper()}/{end.year}", f"{end:%m/%Y}", f"{name.capitalize()}/{end.year}"))

    def _parties_and_meta(self, pairs: list[tuple[str, str]], *, seller: bool) -> None:
        rng, sheet = self.rng, self.sheet
        half = (sheet.right - sheet.margin) / 2
        top = sheet.y
        blocks = (
            ["buyer"] if not seller else rng.choice((["seller", "buyer"], ["seller", "buyer"], ["buyer", "seller"]))
        )
        if len(blocks) == 1 and self.look.pair_style not in {"band", "two"} and rng.random() < 0.75:
            left, right = sheet.margin, sheet.margin + half + 10
            if rng.random() < 0.2:
                left, right = right, left
            bottom = self._party("buyer", left, top, half - 10)
            sheet.y = max(bottom, self._pairs(pairs, right, top, half - 10))
            return
        if rng.random() < 0.2:
            sheet.y = self._pairs(pairs, sheet.margin, sheet.y, sheet.right - sheet.margin) + self.size
            pairs, top = [], sheet.y
        if len(blocks) == 2 and rng.random() < 0.7:
            sheet.y = max(
                self._party(name, sheet.margin + place * half, top, half - 12) for place, name in enumerate(blocks)
            )
        else:
            for name in blocks:
                sheet.y = self._party(name, sheet.margin, sheet.y, half * 1.4)
        if pairs:
            sheet.y = self._pairs(pairs, sheet.margin, sheet.y, sheet.right - sheet.margin)

    def _party(self, which: str, x: float, y: float, width: float) -> float:
        rng, facts = self.rng, self.facts
        firm = facts.seller if which == "seller" else facts.buyer
        self.know(**{f"{which}_name": firm.name})
        if which == "seller" or rng.random() < (0.5 if facts.energy else 0.8):
            tax = [self._tax_line(firm)]
            self.know(**{f"{which}_tax_id": firm.tax_id})
        else:
            tax = []
        lines = [firm.name, firm.street, firm.town, *tax]
        head = self.label(which)
        # in the window of an envelope the buyer's address stands without a label
        if which == "buyer" and self.facts.language in {"de", "fr", "nl", "en"} and rng.random() < 0.15:
            pass
        elif rng.random() < 0.15:
            lines[0] = f"{head.rstrip(':')}: {lines[0]}"
        else:
            self.sheet.text(x, y + self.size, head + rng.choice(("", ":")), self.size, bold=True, ink=self.look.ink)
            y += self.size * 1.5
        name_bold = rng.random() < 0.4
        for place, line in enumerate(lines):
            for part in wrap(line, self.look.bold if place == 0 and name_bold else self.look.font, self.size, width):
                self.sheet.text(x, y + self.size, part, self.size, bold=place == 0 and name_bold)
                y += self.size * 1.35
        return y + self.size * 1.2

    def _due_box(self) -> None:
        """What bills of utilities show first: how much, until when."""
        facts, sheet, size = self.facts, self.sheet, self.size
        if self.rng.random() < 0.6 or facts.kind == "credit_note":
            return
        height, width = size * 4, (sheet.right - sheet.margin) / 2
        sheet.box(sheet.margin, sheet.y, width * 2, height, stroke=self.look.ink)
        rows = (
            (self.label("amount_due"), facts.habits.money(facts.gross - facts.paid)),
            (self.label("due"), facts.habits.day(facts.due)),
        )
        for place, (label, value) in enumerate(rows):
            x = sheet.margin + 8 + place * width
            sheet.text(x, sheet.y + size * 1.4, label, size - 1)
            sheet.text(x, sheet.y + size * 3.2, value, size + 3, bold=True)
        sheet.y += height + size * 1.5
        self.know(amount_due=str(facts.gross - facts.paid), due_date=facts.due.isoformat())

    def _energy(self) -> None:
        facts, energy, rng, sheet = self.facts, self.facts.energy, self.rng, self.sheet
        assert energy is not None
        pairs = [(self.label("point"), energy.point)]
        self.know(metering_point=energy.point)
        meter_in_table = rng.random() < 0.4
        if not meter_in_table:
            pairs.append((self.label("meter"), energy.meter))
        self.know(meter_number=energy.meter)
        if rng.random() < 0.6:
            pairs.append((self.label("tariff"), energy.tariff))
        if rng.random() < 0.7:
            pairs.append((self.label("consumption"), f"{facts.habits.number(Decimal(energy.kwh), 0)} kWh"))
            self.know(consumption_kwh=str(energy.kwh))
        elif len(energy.readings) == 1:
            self.know(consumption_kwh=str(energy.kwh))
        else:
            self.truth.derivable["consumption_kwh"] = str(energy.kwh)
        if facts.access_key and rng.random() < 0.6:
            spaced = identifiers.grouped(facts.access_key, 4)
            sheet.text(sheet.margin, sheet.y + self.size, f"Chave de acesso: {spaced}", self.size - 1)
            sheet.y += self.size * 2
        sheet.y = self._pairs(pairs, sheet.margin, sheet.y, sheet.right - sheet.margin)
        concepts = (["meter"] if meter_in_table else []) + ["zone", "previous", "current", "used"]
        rows = []
        for reading in energy.readings:
            figures = [facts.habits.number(Decimal(n), 0) for n in (reading.previous, reading.current, reading.kwh)]
            rows.append([*([energy.meter] if meter_in_table else []), reading.zone, *figures])
        aligns: list[Align] = ["left"] * (len(concepts) - 3) + ["right"] * 3
        self._table([self.label(c) for c in concepts], aligns, rows, stretch=0)
        sheet.y += self.size

    def _payment(self) -> None:
        rng, facts, sheet = self.rng, self.facts, self.sheet
        lines = []
        if self.terms_below:
            lines.append(self.label("terms").format(facts.terms_days))
        if rng.random() < 0.6:
            account = identifiers.grouped(
                facts.iban.removeprefix("PL") if facts.language == "pl" else facts.iban,
                *((2, 4) if facts.language == "pl" else (4,)),
            )
            lines.append(f"{self.label('account')}: {account}")
        if rng.random() < 0.5:
            lines.append(rng.choice(wording.LABELS[facts.language]["note"]))
        for line in lines:
            for part in wrap(line, self.look.font, self.size - 0.5, sheet.right - sheet.margin):
                sheet.need(self.size * 2)
                sheet.y += self.size * 1.5
                sheet.text(sheet.margin, sheet.y, part, self.size - 0.5)

    def _footer(self) -> None:
        """The same foot on every page, or none."""
        if not hasattr(self, "foot"):
            self.foot = self.rng.choice(("none", "line", "columns"))
        sheet, seller = self.sheet, self.facts.seller
        y = sheet.height - 44
        if self.foot == "line":
            text = (
                f"{seller.name} | {seller.street} | {seller.town} | {self.label('tax_id').rstrip(':')} {seller.tax_id}"
            )
            sheet.text(sheet.width / 2, y, text, 6.5, align="centre", ink=(0.4, 0.4, 0.4))
            self.know(seller_tax_id=seller.tax_id)
        elif self.foot == "columns":
            columns = (
                (seller.name, seller.street, seller.town),
                (
                    f"{self.label('tax_id').rstrip(':')}: {seller.tax_id}",
                    f"Tel: {self.facts.order} 00",
                    "www.example.com",
                ),
                (self.label("account"), identifiers.grouped(self.facts.iban, 4), "BIC: INVBXX22"),
            )
            for place, lines in enumerate(columns):
                sheet.lines(sheet.margin + place * (sheet.right - sheet.margin) / 3, y, lines, 6.5)
            self.know(seller_tax_id=seller.tax_id)
