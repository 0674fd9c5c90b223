"""Many small invoices through the command line: how fast, in how much memory, with how many calls of the store.

    python -m tests.benchmarks.bench_load [--documents 10000] [--jobs 2] [--only run,calls,plan,tables]

    run    N born-digital invoices dropped into a folder, then `python -m pipelines run`, in a folder lake
    calls  60 of them in a bucket (moto), through a proxy that counts
    plan   a received day that holds twice N documents, planned at each stage
    tables (only if asked for) the same `run` over N documents that were read and parsed: silver and gold alone

The last line is JSON: documents_per_second, peak_rss_mib (all processes of the run together),
rss_growth_percent (against the peak of a run with a tenth of the documents), calls_per_document; also calls
by method, cpu_seconds_per_document, plan_seconds, plan_rss_mib and plan_calls of the costliest plan; of `tables`
tables_rss_mib, tables_rss_growth_percent (against 1,000) and tables_cpu_seconds_per_document.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.bootstrap.home import ROOT
from pipelines.lake import Lake, open_lake
from pipelines.queries import audit
from pipelines.samples import draw_month
from pipelines.settings import Settings
from tests.benchmarks.parsed_lake import MONTHS, parsed_lake

COUNTED = 60
_PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="run,calls,plan")
    options = parser.parse_args()
    figures: dict[str, Any] = {"documents": options.documents, "jobs": options.jobs}
    with tempfile.TemporaryDirectory(prefix="bench-load-") as name:
        folder = Path(name)
        if "run" in options.only:
            figures |= measure_runs(folder, options.documents, options.jobs)
        if "calls" in options.only:
            figures |= count_calls(folder)
        if "plan" in options.only:
            figures |= measure_plans(folder, 2 * options.documents)
        if "tables" in options.only:
            figures |= measure_tables(folder, options.documents, options.jobs)
    print(json.dumps(figures))


def measure_runs(folder: Path, documents: int, jobs: int) -> dict[str, Any]:
    """A run with a tenth of the documents, then one with all of them, each over a lake of its own."""
    small = measure_run(folder / "tenth", max(documents // 10, 1), jobs)
    large = measure_run(folder / "whole", documents, jobs)
    growth = 100 * (large["peak_rss_mib"] / small["peak_rss_mib"] - 1)
    return large | {"rss_growth_percent": round(growth, 1), "tenth": small}


def measure_tables(folder: Path, documents: int, jobs: int) -> dict[str, Any]:
    """Silver and gold of 1,000 parsed documents, then of all."""
    small = measure_run(folder / "parsed", 1000, jobs, parsed_lake)
    large = measure_run(folder / "parsed", documents, jobs, parsed_lake)
    return {
        "tables_rss_mib": large["peak_rss_mib"],
        "tables_rss_growth_percent": round(100 * (large["peak_rss_mib"] / small["peak_rss_mib"] - 1), 1),
        "tables_cpu_seconds_per_document": large["cpu_seconds_per_document"],
    }


def measure_run(
    folder: Path, documents: int, jobs: int, made: Callable[[Path, int], Lake] | None = None
) -> dict[str, Any]:
    """One `run` over a lake of its own, which ends with every document accepted."""
    lake = (made or drop)(folder, documents)
    environment = os.environ | {
        "LAKE_URL": lake.settings.url,
        "LAKE_UPLOADS_URL": lake.settings.uploads_url,
        "LAKE_SETTLE_SECONDS": "0",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "pipelines", "run", "--jobs", str(jobs)]
    began, before = time.monotonic(), os.times()
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process, watched(process.pid) as seen:
        process.wait()
    seconds, after = time.monotonic() - began, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    report = audit(lake, bytes_too=False)
    if process.returncode or report.differences or dict(report.states) != {"accepted": documents}:
        raise SystemExit(f"the run ended with {process.returncode}: {dict(report.states)}, {report.differences[:3]}")
    shutil.rmtree(folder)
    print(
        f"{documents} documents in {seconds:.1f} s, by process in MiB: {json.dumps(seen.told())}, "
        f"at the peak of all: {json.dumps([kib // 1024 for kib in seen.at_peak])}",
        flush=True,
    )
    return {
        "documents_per_second": round(documents / seconds, 2),
        "cpu_seconds_per_document": round(cpu / documents, 4),
        "peak_rss_mib": round(seen.peak_kib / 1024),
    }


def drop(folder: Path, documents: int) -> Lake:
    """Bills of a year in the uploads; the same months, however many there are."""
    uploads = folder / "uploads"
    for month in range(MONTHS):
        count = documents // MONTHS + (month < documents % MONTHS)
        draw_month(uploads, date(2025, month + 1, 1), count)
        (uploads / "truth.json").unlink()
    return open_lake(Settings(url=str(folder / "lake"), uploads_url=str(uploads), settle_seconds=0))


class Seen:
    """Resident memory of a process and all its descendants, as it was seen."""

    def __init__(self) -> None:
        self.peak_kib = 0
        self.peaks: dict[int, int] = {}
        self.at_peak: list[int] = []
        """By process, KiB, when all together took the most."""

    def look(self, root: int) -> None:
        tree = list(_tree(root))
        rss = {pid: kib for pid in tree if (kib := _rss_kib(pid))}
        if sum(rss.values()) > self.peak_kib:
            self.peak_kib, self.at_peak = sum(rss.values()), sorted(rss.values(), reverse=True)
        for pid, kib in rss.items():
            self.peaks[pid] = max(self.peaks.get(pid, 0), kib)

    def told(self) -> list[int]:
        return sorted((kib // 1024 for kib in self.peaks.values()), reverse=True)[:8]


@contextmanager
def watched(pid: int, every_seconds: float = 0.25) -> Iterator[Seen]:
    """Look at a process's memory while the body runs."""
    seen, over = Seen(), threading.Event()

    def watch() -> None:
        while not over.wait(every_seconds):
            seen.look(pid)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))


def _rss_kib(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_KIB
    except (OSError, IndexError):
        return 0


def count_calls(folder: Path) -> dict[str, Any]:
    """Every call of the store that a run makes, by method; the uploads' bucket included."""
    import boto3
    from moto.server import ThreadedMotoServer

    from tests.reliability.faulty_store import Faults, faulty_store

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line a call
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        os.environ |= {
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
        for bucket in ("lake", "uploads"):
            client.create_bucket(Bucket=bucket)
        draw_month(folder / "counted", date(2025, 1, 1), COUNTED)
        for path in sorted((folder / "counted").glob("*.pdf")):
            client.put_object(Bucket="uploads", Key=path.name, Body=path.read_bytes())
        faults = Faults(0.0)
        with faulty_store(f"http://{host}:{port}", faults) as address:
            environment = os.environ | {
                "LAKE_URL": "s3://lake",
                "LAKE_UPLOADS_URL": "s3://uploads",
                "LAKE_S3_ENDPOINT_URL": address,
                "LAKE_S3_REGION": "us-east-1",
            }
            subprocess.run([sys.executable, "-m", "pipelines", "run"], cwd=ROOT, env=environment, check=True)
    finally:
        server.stop()
    methods = Counter("LIST" if "list-type" in path else method for method, path, _ in faults.requests)
    each = {method: round(count / COUNTED, 2) for method, count in sorted(methods.items())}
    return {"calls_per_document": round(faults.calls / COUNTED, 2), "calls_by_method": each}


PLANS = """
import json, re, sys, time
from datetime import date
from pipelines.lake import open_lake
from pipelines.settings import Settings
from pipelines.steps import Scope, pending, plan_parsing, plan_reading
from pipelines.storage import Storage

calls = [0]
for name in ("get", "head", "exists"):
    real = getattr(Storage, name)
    def counted(*arguments, _real=real, **named):
        calls[0] += 1
        return _real(*arguments, **named)
    setattr(Storage, name, counted)
lake = open_lake(Settings(url=sys.argv[1], uploads_url=sys.argv[1] + "-uploads"))
plans = {
    "ocr": lambda scope: len(plan_reading(lake, scope)),
    "parse": lambda scope: len(plan_parsing(lake, scope)),
    "pending ocr": lambda scope: pending(lake, "ocr", scope).count,
    "pending silver": lambda scope: pending(lake, "silver", scope).count,
}
plans[sys.argv[2]](Scope((date(2020, 1, 1),)))  # imports what it needs
began, calls[0] = time.process_time(), 0
found = plans[sys.argv[2]](Scope((date(2026, 1, 1),)))
print(json.dumps({
    "found": found,
    "seconds": round(time.process_time() - began, 2),
    "calls": calls[0],
    # not ru_maxrss, which begins with what the process that started this one had
    "rss_mib": int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024,
}))
"""


def measure_plans(folder: Path, documents: int) -> dict[str, Any]:
    """A day of so many documents that wait to be read; then the same, waiting to be parsed and promoted."""
    lake = crowded_day(folder / "day", documents)
    found = {name: _plan(lake, name) for name in ("ocr", "pending ocr")}
    read_all(lake)
    found |= {name: _plan(lake, name) for name in ("parse", "pending silver")}
    for name, figures in found.items():
        print(f"plan of {documents} documents, {name}: {json.dumps(figures)}", flush=True)
    worst: Callable[[str], Any] = lambda key: max(figures[key] for figures in found.values())  # noqa: E731
    return {"plan_seconds": worst("seconds"), "plan_rss_mib": worst("rss_mib"), "plan_calls": worst("calls")}


def _plan(lake: Lake, name: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", PLANS, str(lake.storage.folder), name],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def crowded_day(folder: Path, documents: int) -> Lake:
    """A lake with a received day of so many documents, their records as ingest writes them, their bytes none."""
    from datetime import UTC, datetime

    from pipelines.documents import DocumentId, DocumentRecord, sha256_hex
    from pipelines.lake import to_json
    from pipelines.layout import RawKey, RecordKey

    lake = open_lake(Settings(url=str(folder / "lake"), uploads_url=str(folder / "uploads")))
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert lake.storage.folder is not None
    for n in range(documents):
        sha256 = sha256_hex(b"%d" % n)
        document = DocumentId.make(now.date(), f"bill {n:06d}.pdf", sha256)
        record = DocumentRecord(
            id=str(document),
            sha256=sha256,
            bytes=1,
            media_type="application/pdf",
            extension="pdf",
            file_name=f"bill {n:06d}.pdf",
            pages=1,
            pages_with_text=1,
            received_at=now,
            uploaded_at=now,
        )
        for key, body in ((RecordKey(document), to_json(record)), (RawKey(document, "pdf"), b"%PDF")):
            path = lake.storage.folder / str(key)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
    return lake


def read_all(lake: Lake) -> None:
    """A text for each document, so that they wait to be parsed."""
    from pipelines.layout import RecordKey, TextKey
    from pipelines.states import all_days

    assert lake.storage.folder is not None
    for day in all_days(lake):
        for key, _ in lake.day_keys(RecordKey.folder, day):
            assert isinstance(key, RecordKey)
            path = lake.storage.folder / str(TextKey(key.document))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"text")


if __name__ == "__main__":
    main()
