"""Drop to gold in a real Airflow: latency, lost wake-ups, throughput. `make bench-airflow`, or one part by name.

    python -m tests.benchmarks.bench_airflow [--parts import,latency,burst,kills,bulk,plain] [--documents 400]

Every part runs in one Airflow (SQLite, LocalExecutor) over a folder lake. Times are wall seconds: on a busy
machine they say little, so the load average stands beside them. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from pipelines.samples import draw_month
from pipelines.samples.scans import scanned_pdf
from tests.benchmarks.airflow_here import ROOT, Here, kill_one_task, running_airflow, until

PARTS = ("import", "latency", "burst", "kills", "bulk", "plain")
WAKES = ("wake_bronze_ocr", "wake_bronze_parse_invoice", "wake_silver_invoices", "wake_gold_invoice_metrics", "build")
LIMIT_SECONDS = 3600.0

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


def measure_burst(here: Here, bills: list[Path], *, kills: bool) -> dict[str, float]:
    """Drop the bills one by one over a minute: seconds from the last drop until all are in gold.

    With kills, one task of each stage is killed -9 at its end, before it could wake the next stage.
    """
    before, over = here.parsed(), threading.Event()
    killed: set[str] = set()

    def kill() -> None:
        while not over.is_set() and killed != set(WAKES):
            for name in set(WAKES) - killed:
                if kill_one_task(here, name):
                    killed.add(name)
            time.sleep(0.02)

    killer = threading.Thread(target=kill, daemon=True)
    if kills:
        killer.start()
    for path in bills:
        _drop(here, path)
        time.sleep(60 / len(bills))
    lag = until(lambda: here.parsed() >= before + len(bills) and here.quiet(), 1200)
    over.set()
    print(f"burst of {len(bills)}: {lag:.1f} s after the last; killed {sorted(killed)}, load {os.getloadavg()[0]:.1f}")
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


def measure_plain(here: Here, documents: list[Path], bulk_seconds: float) -> dict[str, float]:
    """The plain design over the same files in the same Airflow; its reading alone, it has no parsing."""
    folder = Path(here.environment["PLAIN_FOLDER"])
    for path in documents:
        (folder / path.name).write_bytes(path.read_bytes())
    began = time.monotonic()
    here.airflow("dags", "trigger", "plain_design")
    until(lambda: sum(1 for _ in folder.glob("*.txt")) == len(documents), LIMIT_SECONDS, 0.5)
    wall = time.monotonic() - began
    print(f"plain design over {len(documents)}: {wall:.1f} s, load {os.getloadavg()[0]:.1f}")
    return {"plain_s": round(wall, 1), "plain_x": round(wall / bulk_seconds, 1)}


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument(
        "--documents", type=int, default=400, help="born-digital invoices of the bulk; a tenth as scans"
    )
    parser.add_argument("--burst", type=int, default=300)
    asked = parser.parse_args()
    parts, found = asked.parts.split(","), dict[str, Any]()
    plain_dag = Path(__file__).parent / "plain_design_dag.py"
    with tempfile.TemporaryDirectory() as drawn, tempfile.TemporaryDirectory() as plain:
        folder = Path(drawn)
        more = {"PLAIN_FOLDER": plain}
        with running_airflow(os.cpu_count() or 1, (plain_dag,), more) as here:
            until(here.quiet, 300)
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
            if "bulk" in parts:
                bulk = _bills(folder, "bulk", asked.documents, asked.documents // 10)
                found |= measure_bulk(here, bulk)
                if "plain" in parts:
                    found |= measure_plain(here, bulk, found["bulk_s"])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
