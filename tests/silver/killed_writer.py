"""A process for test_kill.py: writes round after round of the same documents, until it is killed.

Each round states other amounts for every invoice, all in one promotion, and then makes gold.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from pipelines.gold import build, pending_months
from pipelines.lake import Lake
from pipelines.silver import SilverDocument, promote
from tests.silver.silver_documents import document, folder_lake, invoice

INVOICES = 12


def documents(turn: int) -> list[SilverDocument]:
    """Twelve invoices in three months; on odd turns the last one is in another month."""
    found = []
    for n in range(INVOICES):
        month = n % 3 + 1 if n < INVOICES - 1 else 1 + turn % 2
        period = {"period_start": date(2026, month, 1), "period_end": date(2026, month, 28)}
        found.append(document(f"d{n}", invoice(f"FV/{n}", f"{turn}.00", **period)))
    return found


def write(lake: Lake, turn: int) -> None:
    promote(lake, documents(turn), f"turn {turn}")
    build(lake, pending_months(lake))


if __name__ == "__main__":
    lake = folder_lake(Path(sys.argv[1]))
    print("ready", flush=True)
    for turn in range(int(sys.argv[2]), int(sys.argv[2]) + 1000):
        write(lake, turn)
        print(turn, flush=True)
