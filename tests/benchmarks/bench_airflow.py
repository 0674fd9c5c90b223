"""Drop to gold in a real Airflow: latency, lost wake-ups, throughput. `make bench-airflow`, or one part by name.

    python -m tests.benchmarks.bench_airflow [--only import,latency,burst,kills,bulk,plain] [--database postgresql]

Every part runs in one Airflow (LocalExecutor) over a folder lake. Times are wall seconds: on a busy machine
they say little, so the load average stands beside them. The plain design would take most of an hour over the
whole bulk: it reads a twentieth, with the same share of scans, and what comes after its first file is scaled
(`--plain-fraction 1` measures all). It runs with OMP_THREAD_LIMIT=1 (`plain_x`), as ours does, and without
(`plain_untouched_x`), as most write it. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from pipelines.samples import draw_month
from pipelines.samples.scans import scanned_pdf
from tests.benchmarks.airflow_here import ROOT, Here, running_airflow, until
from tests.benchmarks.postgres_here import running_postgres

PARTS = ("import", "latency", "burst", "kills", "bulk", "plain")
LIMIT_SECONDS = 3600.0
PLAIN_DAG = Path(__file__).parent / "plain_design_dag.py"

IMPORT = """
import time
import airflow.sdk, airflow.sdk.execution_time.task_runner
from airflow.dag_processing.dagbag import DagBag
before = time.process_time()
assert not DagBag().import_errors
print(); print(time.process_time() - before)
"""


def measure_import(here: Here) -> dict[str, float]:
    """CPU seconds to read all DAG files."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT], env=here.environment, capture_output=True, text=True, check=True
    )
    return {"dags_import_cpu_s": round(float(done.stdout.splitlines()[-1]), 3)}


def measure_latency(here: Here, bills: list[Path], rounds: int = 5) -> dict[str, float]:
    """One born-digital invoice into an idle system: median seconds to its parsed JSON and to gold."""
    parsed, gold = [], []
    for path in bills[:rounds]:
        before, began = here.parsed(), time.monotonic()
        _drop(here, path)
        until(lambda before=before: here.parsed() > before, 300, 0.05)
        parsed.append(time.monotonic() - began)
        until(here.quiet, 300)
        gold.append(time.monotonic() - began)
        print(f"latency: parsed {parsed[-1]:.1f} s, gold {gold[-1]:.1f} s, load {os.getloadavg()[0]:.1f}", flush=True)
        time.sleep(3)
    return {
        "latency_parsed_s": round(statistics.median(parsed), 1),
        "latency_gold_s": round(statistics.median(gold), 1),
    }


def measure_burst(here: Here, bills: list[Path], *, kills: bool, seconds: float = 60.0) -> dict[str, float]:
    """Drop the bills one by one over a minute: seconds from the last drop until all are in gold.

    With kills, from the middle on the first task of each stage is killed -9 after its work, before it could
    wake the next stage.
    """
    before, began = here.parsed(), time.monotonic()
    for place, path in enumerate(bills):
        if kills and place == len(bills) // 2:
            here.arm()
        time.sleep(max(0.0, began + place * seconds / len(bills) - time.monotonic()))
        _drop(here, path)
    lag = until(lambda: here.parsed() >= before + len(bills) and here.quiet(), 1200)
    told = f"; killed after its work: a task of {', '.join(here.killed())}" if kills else ""
    print(f"burst of {len(bills)}: {lag:.1f} s after the last{told}; load {os.getloadavg()[0]:.1f}", flush=True)
    return {"burst_killed_lag_s" if kills else "burst_lag_s": round(lag, 1)}


def measure_bulk(here: Here, documents: list[Path]) -> dict[str, float]:
    """Everything at once: wall seconds from drop to gold, and beyond what the bare command line needs."""
    bare = _bare(documents)
    before, began = here.parsed(), time.monotonic()
    for path in documents:
        _drop(here, path)
    until(lambda: here.parsed() >= before + len(documents) and here.quiet(), LIMIT_SECONDS, 0.5)
    wall = time.monotonic() - began
    print(f"bulk of {len(documents)}: Airflow {wall:.1f} s, command line {bare:.1f} s, load {os.getloadavg()[0]:.1f}")
    return {"bulk_s": round(wall, 1), "bare_s": round(bare, 1), "overhead_percent": round(100 * (wall / bare - 1), 1)}


def _bare(documents: list[Path]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        uploads = Path(folder, "uploads")
        uploads.mkdir()
        for path in documents:
            (uploads / path.name).write_bytes(path.read_bytes())
        environment = {
            **os.environ,
            "LAKE_URL": f"{folder}/lake",
            "LAKE_UPLOADS_URL": str(uploads),
            "OMP_THREAD_LIMIT": "1",
        }
        time.sleep(2.5)  # the uploads settle
        began = time.monotonic()
        command = [sys.executable, "-m", "pipelines", "run", "--jobs", str(os.cpu_count() or 1)]
        subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - began


def measure_plain(
    here: Here, documents: list[Path], bulk: list[Path], bulk_seconds: float, *, untouched: bool
) -> dict[str, float]:
    """The plain design in the same Airflow; its reading alone, it has no parsing, silver or gold.

    Args:
        here: The Airflow.
        documents: What it reads: a fraction of the bulk with the bulk's share of scans.
        bulk: What the real flow took.
        bulk_seconds: And how long that took.
        untouched: Without OMP_THREAD_LIMIT=1, as most write it.
    """
    name = "untouched" if untouched else "limited"
    folder = Path(here.environment["PLAIN_FOLDER"], name)
    folder.mkdir()
    for path in documents:
        (folder / path.name).write_bytes(path.read_bytes())
    here.airflow("dags", "trigger", "plain_design", "--conf", json.dumps({"untouched": untouched}))
    start = until(lambda: any(folder.glob("*.txt")), LIMIT_SECONDS, 0.05)  # counted once, not scaled
    rest = until(lambda: sum(1 for _ in folder.glob("*.txt")) == len(documents), LIMIT_SECONDS, 0.2)
    wall = start + rest * (len(bulk) - 1) / max(1, len(documents) - 1)
    scaled = "" if len(documents) == len(bulk) else f", scaled from {start + rest:.1f} s for {len(documents)}"
    how = "without a thread limit" if untouched else "OMP_THREAD_LIMIT=1"
    print(f"plain design, {how}, over {len(bulk)}: {wall:.1f} s{scaled}; load {os.getloadavg()[0]:.1f}", flush=True)
    prefix = "plain_untouched" if untouched else "plain"
    return {f"{prefix}_s": round(wall, 1), f"{prefix}_x": round(wall / bulk_seconds, 1)}


def _drop(here: Here, path: Path) -> None:
    (here.home.uploads / path.name).write_bytes(path.read_bytes())


def _bills(folder: Path, name: str, count: int, scanned: int = 0) -> list[Path]:
    """Bills that no other part drops; the last ones as scans."""
    month = date(2026, 1 + PARTS.index(name), 1)
    drawn = draw_month(folder / name, month, count + scanned, seed=7)
    paths = [folder / name / sample.file_name for sample in drawn]
    for place, path in enumerate(paths[count:]):
        path.write_bytes(scanned_pdf(path.read_bytes(), Random(place)))
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, by comma")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--documents", type=int, default=400, help="born-digital bills of the bulk; a tenth as scans")
    parser.add_argument("--burst", type=int, default=300)
    parser.add_argument("--plain-fraction", type=float, default=0.05, help="share of the bulk the plain design reads")
    asked = parser.parse_args()
    database = running_postgres() if asked.database == "postgresql" else nullcontext(None)
    with tempfile.TemporaryDirectory() as drawn, tempfile.TemporaryDirectory() as plain, database as url:
        more = {"PLAIN_FOLDER": plain}
        with running_airflow(os.cpu_count() or 1, (PLAIN_DAG,), more, url) as here:
            until(here.quiet, 300)
            found = _measure(here, Path(drawn), asked)
    print(json.dumps({"database": asked.database} | found))


def _measure(here: Here, folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    parts, found = asked.only.split(","), dict[str, Any]()
    if "import" in parts:
        found |= measure_import(here)
    if "latency" in parts:
        bills = _bills(folder, "latency", 6)
        measure_latency(here, bills[:1], 1)  # warm
        found |= measure_latency(here, bills[1:])
    if "burst" in parts:
        found |= measure_burst(here, _bills(folder, "burst", asked.burst), kills=False)
    if "kills" in parts:
        found |= measure_burst(here, _bills(folder, "kills", asked.burst), kills=True)
    if {"bulk", "plain"} & set(parts):
        scans = asked.documents // 10
        bulk = _bills(folder, "bulk", asked.documents, scans)
        found |= measure_bulk(here, bulk)
        if "plain" in parts:
            digital, scanned = round(asked.documents * asked.plain_fraction), round(scans * asked.plain_fraction)
            share = bulk[:digital] + bulk[len(bulk) - scanned :]
            for untouched in (False, True):
                found |= measure_plain(here, share, bulk, found["bulk_s"], untouched=untouched)
    return found


if __name__ == "__main__":
    main()
