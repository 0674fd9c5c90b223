"""Rows of `invoices` of every sort thrown together, and what gold makes of them."""

from __future__ import annotations

import io
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.gold import GOLD_TABLES
from pipelines.gold.pieces import File
from pipelines.gold.plan import Task, all_tasks
from pipelines.gold.published import Standing
from pipelines.gold.rows import computed, engine
from pipelines.gold.sources import open_silver
from pipelines.lake import Lake
from pipelines.silver.commits import rewrite
from pipelines.silver.partitions import Change
from pipelines.silver.schemas import INVOICES
from pipelines.silver.tables import pin

MONTHS = (date(2026, 1, 1), date(2026, 2, 1))


def key(text: str) -> str:
    return f"{hash_of(text):032x}"


def hash_of(text: str) -> int:
    return random.Random(text).getrandbits(128)


class Thrown:
    """Rows of `invoices` by chance; `odd` is how often something else than a plain bill comes."""

    def __init__(self, seed: int, odd: float) -> None:
        self.chance, self.odd = random.Random(seed), odd

    def seldom(self, usual: Any, *others: Any) -> Any:
        return self.chance.choice(others) if self.chance.random() < self.odd else usual

    def money(self) -> Decimal:
        return Decimal(self.chance.randint(-999, 99_999)) / 100

    def energy(self) -> Decimal:
        return Decimal(self.chance.randint(-9, 999_999)) / 1000

    def period(self, month: date) -> tuple[date | None, date | None]:
        start = month + timedelta(days=self.seldom(0, -40, 3, 27))
        return self.seldom(start, None), self.seldom(start + timedelta(days=self.seldom(27, 3, 45, -2, 4000)), None)

    def point(self, count: int) -> tuple[str | None, str | None]:
        number = self.seldom(None, "a", "b", "c") or f"p{self.chance.randrange(count * 20)}"
        return self.seldom((key(number), number), (None, None))

    def taxes(self, net: Decimal, tax: Decimal) -> list[dict[str, Any]] | None:
        one = {"name": self.seldom("VAT", "ICMS", None), "rate": self.seldom(Decimal(23), Decimal(8), None)}
        whole = [one | {"base": self.seldom(net, None), "amount": self.seldom(tax, None, -tax, tax + Decimal("0.02"))}]
        split = [one | {"base": net, "amount": tax - 1}, one | {"name": "PIS", "base": None, "amount": Decimal(1)}]
        return self.seldom(whole, split, None, [], [one | {"base": None, "amount": None}])

    def parts(self, month: date) -> list[dict[str, Any]]:
        names = ("a", "b", f"p{self.chance.randrange(40)}", None)
        starts, ends = zip(*(self.period(month) for _ in names), strict=True)
        return [
            {
                "point_key": name and key(name),
                "point_id": name,
                "scheme": "ppe",
                "period_start": start,
                "period_end": end,
                "effect_kwh": self.seldom(self.energy(), None),
                "exported_kwh": self.seldom(None, self.energy()),
            }
            for name, start, end in zip(names, starts, ends, strict=True)
        ]

    def row(self, month: date, number: int, count: int) -> dict[str, Any]:
        start, end = self.period(month)
        point, point_id = self.point(count)
        net, tax = self.money(), self.money()
        document = f"2026-03-{number % 28 + 1:02d}/faktura-{number:05d}"
        seller = self.chance.randrange(3)
        kind = self.seldom("electricity", "gas", "telecom", None)
        parts = self.parts(month) if self.chance.random() < self.odd / 4 else None
        return dict.fromkeys(INVOICES.names) | {
            "invoice_key": key(document),
            "period_month": month,
            "document_id": document,
            "position": 0,
            "document_type": self.seldom(
                "settlement", "invoice", "correction", "credit_note", "advance", "forecast", "receipt"
            ),
            "kind": kind,
            "country": self.seldom("PL", "BR", None),
            "currency": self.seldom("PLN", "EUR"),
            "period_start": start,
            "period_end": end,
            "seller_name": self.seldom(f"Energia {seller} S.A.", f"ENERGIA {seller} SA", None),
            "seller_tax_id": self.seldom(f"PL{seller}", None),
            "point_key": None if parts else point,
            "point_id": None if parts else point_id,
            "point_scheme": self.seldom("ppe", "installation", None),
            "tariff_group": self.seldom("G11", "C11", None),
            "distributor": self.seldom(None, "Sieci S.A."),
            "bill_part": self.seldom("complete", "sales", "distribution", None),
            "exported_kwh": self.seldom(None, self.energy()),
            "compensated_kwh": self.seldom(None, self.energy()),
            "tax_total": self.seldom(tax, None),
            "gross_total": net + tax,
            "effect": self.seldom("total", "difference", "credit", "unknown", None),
            "effect_kwh": self.seldom(self.energy(), None),
            "effect_net": self.seldom(net, None),
            "effect_tax": self.seldom(tax, None),
            "effect_gross": self.seldom(net + tax, None),
            "taxes": self.taxes(net, tax),
            "validated_by": "proof",
            "points": parts,
        }


def rows_of(lake: Lake, most: int) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Every file's rows; files without an order of their own sorted. `most` 0: by the SQL alone."""
    silver = open_silver(lake)
    with engine() as duck:
        found = computed(silver, all_tasks(silver, Standing(), complete=True), duck, most)
        return {(task.table.name, task.label): in_order(task, rows) for task, rows in found}


def in_order(task: Task, found: pa.Table | File) -> list[dict[str, Any]]:
    rows = pq.read_table(io.BytesIO(found.finish({}))) if isinstance(found, File) else found
    if task.table.order:
        return rows.to_pylist()
    return sorted(rows.to_pylist(), key=lambda row: repr((row["point_key"], row["calendar_month"])))


def throw(lake: Lake, thrown: Thrown, count: int) -> None:
    for month in MONTHS:
        rows = [thrown.row(month, number, count) for number in range(count)]
        rewrite(pin(lake, INVOICES), {month: Change(rows=rows)}, "test")


def assert_alike(lake: Lake) -> None:
    by_column, by_sql = rows_of(lake, 1000), rows_of(lake, 0)
    assert set(by_column) == set(by_sql)
    for file, rows in by_sql.items():
        assert by_column[file] == rows, file
    assert all(by_sql[name, "2026-01"] for name in GOLD_TABLES if name.startswith(("monthly", "cons", "supp", "tax")))
