"""What the demonstration prints at its end: gold, what was held back and why, and where to look next."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.bootstrap.watch import STYLES, received_since
from pipelines.cli.terminal import out
from pipelines.lake import Lake
from pipelines.queries import query

GOLD = {
    "monthly_energy_costs": """
        SELECT strftime(period_month, '%Y-%m') AS month, supplier_name[:26] AS supplier, tariff_group AS tariff,
            bills, kwh, net, tax, gross, round(gross_per_kwh, 4) AS per_kwh, currency
        FROM monthly_energy_costs ORDER BY ALL""",
    "consumption_per_ppe": """
        SELECT strftime(calendar_month, '%Y-%m') AS month, coalesce(point_id, point_key) AS ppe, tariff_group AS tariff,
            kwh, forecast_kwh, exported_kwh, days_billed AS days
        FROM consumption_per_ppe ORDER BY ppe, month""",
    "corrections_vs_originals": """
        SELECT original_number AS original, correction_number AS correction, original_kwh, difference_kwh,
            original_gross, difference_gross, effective_gross, currency
        FROM corrections_vs_originals WHERE correction_number IS NOT NULL ORDER BY ALL""",
}
"""The three tables that are shown, as SQL for people: any of it works with `python -m pipelines query`."""
ROWS, WIDTH = 12, 112
_TEXT = frozenset({"month", "supplier", "tariff", "currency", "ppe", "original", "correction"})


def show_gold(lake: Lake) -> None:
    """The first rows of the three gold tables."""
    wide = Console(width=max(out.width, WIDTH), highlight=False)
    for name, sql in GOLD.items():
        result = query(lake, sql)
        rows = result.slice(0, ROWS).to_pylist()
        out.print(Text(f"\n{name}", style="bold cyan"))
        wide.print(_table(rows, result.column_names))
        if result.num_rows > ROWS:
            out.print(f"... {result.num_rows - ROWS} more rows", style="dim")


def _table(rows: list[dict[str, object]], columns: list[str]) -> Table:
    """Figures to the right, nothing folded: a narrow terminal wraps whole rows."""
    table = Table(header_style="bold", box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, justify="left" if name in _TEXT else "right", no_wrap=True)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    return table


def show_documents(lake: Lake, first: date) -> None:
    """What became of every file, and reason and remedy of those that need a person."""
    found = list(received_since(lake, first))
    counts = Counter(status.state for status in found)
    out.print(Text("\nWhat became of the files", style="bold cyan"))
    out.print(", ".join(f"{count} {state}" for state, count in sorted(counts.items())))
    for status in sorted(found, key=lambda s: s.state):
        if status.state != "accepted":
            line = Text(f"{status.state:<13}", style=STYLES.get(status.state, ""))
            out.print(line.append(f" {status.file_name}: {status.reason}", style="default"))
            if status.remedy:
                out.print(f"{'':13} -> {status.remedy}", style="dim", markup=False)


def show_next_steps(lake_folder: Path, up: bool) -> None:
    """How to look further."""
    where = f"LAKE_URL={lake_folder}"
    out.print(Text("\nLook further", style="bold cyan"))
    lines = [
        f'{where} .venv/bin/python -m pipelines query "FROM monthly_energy_costs"',
        f"{where} .venv/bin/python -m pipelines status prad-rozliczenie-2026-01",
        f"{where} .venv/bin/python -m pipelines audit",
        f"ls {lake_folder}/01_bronze/parsed_invoices/*/",
    ]
    if not up:
        lines.append("make up        Airflow's grid and logs, and a folder to drop your own invoices into")
    for line in lines:
        out.print(f"  {line}", markup=False)
