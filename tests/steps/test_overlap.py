"""A replay and the live flow at once do no harm: the lake ends as if they had run one after the other."""

import multiprocessing
import shutil
from datetime import date
from pathlib import Path

from pipelines import queries
from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.samples import draw_month
from pipelines.settings import Settings
from pipelines.steps import Scope, run_all

ROWS = "SELECT invoice_number, net_total, gross_total, consumption_kwh FROM silver.invoices ORDER BY ALL"
GOLD = "SELECT * FROM monthly_energy_costs ORDER BY ALL"
FIRST, SECOND = 3, 3


def _settings(folder: Path) -> Settings:
    return Settings(url=str(folder / "lake"), uploads_url=str(folder / "uploads"), settle_seconds=0)


def _walk(folder: Path, mode: str, rounds: int) -> None:
    """In a process of its own: what a run of each stage does, again and again."""
    lake = open_with(_settings(folder))
    for _ in range(rounds):
        list(run_all(lake, Scope(mode=mode)))  # type: ignore[arg-type]


def _drop(folder: Path, bills: list[Path]) -> None:
    (folder / "uploads").mkdir(parents=True, exist_ok=True)
    for path in bills:
        shutil.copyfile(path, folder / "uploads" / path.name)


def _tables(lake: Lake) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    return queries.query(lake, ROWS).to_pylist(), queries.query(lake, GOLD).to_pylist()


def test_a_replay_of_everything_while_the_live_flow_takes_new_files_changes_no_row(tmp_path: Path) -> None:
    drawn = draw_month(tmp_path / "drawn", date(2026, 1, 1), FIRST + SECOND)
    bills = [tmp_path / "drawn" / sample.file_name for sample in drawn]
    calm, busy = tmp_path / "calm", tmp_path / "busy"
    _drop(calm, bills)
    _walk(calm, "missing", 1)

    _drop(busy, bills[:FIRST])
    _walk(busy, "missing", 1)
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=_walk, args=(busy, mode, 2)) for mode in ("all", "missing")]
    for process in both:
        process.start()
    _drop(busy, bills[FIRST:])
    for process in both:
        process.join(240)
    assert [process.exitcode for process in both] == [0, 0]
    _walk(busy, "missing", 1)  # what was dropped after the last look

    assert _tables(open_with(_settings(busy))) == _tables(open_with(_settings(calm)))
    assert queries.audit(open_with(_settings(busy))).differences == []
