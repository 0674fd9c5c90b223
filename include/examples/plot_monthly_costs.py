"""Plots monthly energy costs and kWh from gold to a PNG, as a start for reports of your own.

python include/examples/plot_monthly_costs.py lake/03_gold monthly.png
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import matplotlib as mpl

mpl.use("Agg")  # draws to a file: no screen is needed
from matplotlib import pyplot as plt

MONTHS = """
    SELECT period_month, currency, sum(gross)::DOUBLE AS gross, sum(kwh)::DOUBLE AS kwh
    FROM read_parquet(?)
    GROUP BY ALL ORDER BY ALL
"""


def plot(gold: Path, target: Path) -> None:
    """Bars of cost for each currency, a line of kWh, month by month."""
    rows = duckdb.sql(MONTHS, params=[str(gold / "monthly_energy_costs" / "*.parquet")]).fetchall()
    months = sorted({row[0] for row in rows})
    currencies = sorted({row[1] for row in rows})
    figure, costs = plt.subplots(figsize=(9, 4.5))
    width = 0.8 / len(currencies)
    for n, currency in enumerate(currencies):
        paid = {row[0]: row[2] or 0.0 for row in rows if row[1] == currency}
        places = [m + n * width for m in range(len(months))]
        costs.bar(places, [paid.get(month, 0.0) for month in months], width, label=f"cost, {currency}")
    energy = costs.twinx()
    used = [sum(row[3] or 0.0 for row in rows if row[0] == month) for month in months]
    middle = (len(currencies) - 1) * width / 2
    energy.plot([m + middle for m in range(len(months))], used, "k.-", label="kWh")
    costs.set_xticks([m + middle for m in range(len(months))], [f"{month:%Y-%m}" for month in months])
    costs.set_ylabel("gross cost")
    energy.set_ylabel("kWh")
    energy.set_ylim(bottom=0)
    handles = [*costs.get_legend_handles_labels()[0], *energy.get_legend_handles_labels()[0]]
    costs.legend(handles, [h.get_label() for h in handles], loc="upper right")
    costs.set_title("Energy costs and consumption by billing month")
    figure.tight_layout()
    figure.savefig(target, dpi=120)


if __name__ == "__main__":
    plot(Path(sys.argv[1]), Path(sys.argv[2]))
