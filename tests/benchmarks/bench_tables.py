"""Silver and gold at size, on generated rows: `python -m tests.benchmarks.bench_tables [--only PART ...]`.

Each figure is taken in a process of its own, so that memory and CPU time are that work's alone. CPU time is
of all threads; bytes are what the work added to the lake's folder. The parts are `large` (10 million
invoices: upsert and replay), `middle` (1 million: upsert), `small` (100,000: micro-batches), `gold` (of the
large lake), `calls` (requests to an S3 server) and `s3` (the first three works there, printed alone). The
last line is JSON with the figures of the parts that ran. `--folder` keeps the generated lakes for another run.
"""

from __future__ import annotations

import argparse
import functools
import json
import logging
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from pipelines.documents import DocumentId, DocumentRecord, MadeBy  # noqa: E402
from pipelines.gold import build, pending_months  # noqa: E402
from pipelines.gold.build import put_file, standing_consumption  # noqa: E402
from pipelines.gold.catalog import CONSUMPTION_PER_PPE, MONTHLY_ENERGY_COSTS  # noqa: E402
from pipelines.gold.parquet import arrow_memory  # noqa: E402
from pipelines.gold.plan import all_tasks, stale  # noqa: E402
from pipelines.gold.published import published  # noqa: E402
from pipelines.gold.rows import computed, engine  # noqa: E402
from pipelines.gold.sources import open_silver  # noqa: E402
from pipelines.invoices import (  # noqa: E402
    DocumentType,
    Invoice,
    Line,
    MeteringPoint,
    ParsedDocument,
    Party,
    Status,
    TaxSubtotal,
)
from pipelines.lake import Lake, open_lake  # noqa: E402
from pipelines.settings import Settings  # noqa: E402
from pipelines.silver import SilverDocument, promote, seen_fingerprints  # noqa: E402
from pipelines.silver.commits import rewrite  # noqa: E402
from pipelines.silver.kept import WRITTEN  # noqa: E402
from pipelines.silver.keys import invoice_key, point_key  # noqa: E402
from pipelines.silver.partitions import Change  # noqa: E402
from pipelines.silver.schemas import DOCUMENTS, INVOICES, METERING_POINTS  # noqa: E402
from pipelines.silver.tables import pin  # noqa: E402

MONTHS = [date(2023 + n // 12, n % 12 + 1, 1) for n in range(36)]
SELLERS = [f"PL{1000000000 + 7919 * n}" for n in range(40)]
TARIFFS = ["G11", "G12", "G12W", "C11", "C12A", "C21", "B21", "B23"]
CHANGED = MONTHS[10:12]
KNOWN = 500
"""Rows of each changed month whose keys are those of `bill()`, so that documents can change them."""
MIB = 1024 * 1024


def bill(customer: int, month: date, cents: int) -> Invoice:
    """The invoice behind one generated row."""
    net = Decimal(cents) / 100
    tax = (net * Decimal("0.23")).quantize(Decimal("0.01"))
    kwh = Decimal(cents * 1000 // 80) / 1000
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Invoice(
        status=Status.ACCEPTED,
        document_type=DocumentType.SETTLEMENT,
        kind="electricity",
        invoice_number=f"F/{customer:07d}/{month:%m/%Y}",
        issue_date=last + timedelta(days=5),
        due_date=last + timedelta(days=19),
        currency="PLN",
        country="PL",
        language="pl",
        period_start=month,
        period_end=last,
        seller=Party(name=f"Energia {customer % 40:02d} S.A.", tax_id=SELLERS[customer % 40]),
        buyer=Party(name=f"Odbiorca {customer:07d}"),
        customer_number=f"{customer:08d}",
        metering_point=MeteringPoint(id=f"5903224{customer:011d}", scheme="ppe", tariff_group=TARIFFS[customer % 8]),
        consumption_kwh=kwh,
        lines=(Line(description="Energia czynna", category="energy", quantity=kwh, unit="kWh", net=net),),
        tax_breakdown=(TaxSubtotal(name="VAT", rate=Decimal(23), base=net, amount=tax),),
        net_total=net,
        tax_total=tax,
        gross_total=net + tax,
        amount_due=net + tax,
    )


def source(customer: int, month: date, cents: int, day: date | None = None) -> SilverDocument:
    """The document that brings it."""
    received = day or month + timedelta(days=40)
    digest = sha256(f"{customer} {month} {received}".encode()).hexdigest()
    document = DocumentId.make(received, f"faktura-{customer:07d}.pdf", digest)
    record = DocumentRecord(
        id=str(document),
        sha256=digest,
        bytes=50_000,
        media_type="application/pdf",
        extension="pdf",
        file_name=f"faktura-{customer:07d}.pdf",
        pages=2,
        pages_with_text=2,
        received_at=datetime(received.year, received.month, received.day, 8, tzinfo=UTC),
    )
    made_by = MadeBy(step="parse", version="1", options="")
    parsed = ParsedDocument(document=str(document), invoices=(bill(customer, month, cents),), made_by=made_by)
    return SilverDocument(str(document), record, parsed, fingerprint=f"{digest[:24]}{cents:08d}")


def generate(lake: Lake, rows: int) -> None:
    """Fill `invoices` and `metering_points`: one bill a customer and month."""
    customers = rows // len(MONTHS)
    for month in MONTHS:
        rewrite(pin(lake, INVOICES), {month: Change(table=month_rows(month, customers))}, "generate")
    rewrite(pin(lake, METERING_POINTS), {None: Change(table=point_rows(customers))}, "generate")


def month_rows(month: date, customers: int) -> pa.Table:
    rng = np.random.default_rng(month.toordinal())
    n = np.arange(customers)
    cents = rng.integers(2_000, 60_000, customers)
    tax = np.round(cents * 0.23).astype(np.int64)
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    known = range(min(KNOWN, customers) if month in CHANGED else 0)
    keys = with_known(hexes(rng, customers, 16), [str(invoice_key(bill(k, month, 0))) for k in known])
    days = pa.array([f"{month + timedelta(days=33 + k)}/faktura-" for k in range(10)]).take(pa.array(n % 10))
    text = numbers(customers, 7)
    documents = pc.binary_join_element_wise(pc.binary_join_element_wise(days, text, ""), hexes(rng, customers, 8), "-")
    documents = with_known(documents, [source(k, month, 0).document_id for k in known])
    values: dict[str, Any] = {
        "invoice_key": keys,
        "document_id": documents,
        "position": pa.array(np.zeros(customers, np.int32)),
        "document_type": "settlement",
        "kind": "electricity",
        "country": "PL",
        "language": "pl",
        "invoice_number": join("F/", text, f"/{month:%m/%Y}"),
        "issue_date": last + timedelta(days=5),
        "due_date": last + timedelta(days=19),
        "period_start": month,
        "period_end": last,
        "currency": "PLN",
        "seller_name": pa.array([f"Energia {k:02d} S.A." for k in range(40)]).take(pa.array(n % 40)),
        "seller_tax_id": pa.array(SELLERS).take(pa.array(n % 40)),
        "buyer_name": join("Odbiorca ", text, ""),
        "customer_number": join("0", text, ""),
        "point_key": pa.array(point_keys(customers)),
        "point_id": join("5903224", numbers(customers, 11), ""),
        "point_scheme": "ppe",
        "tariff_group": pa.array(TARIFFS).take(pa.array(n % 8)),
        "bill_part": None,
        "consumption_kwh": decimals(cents * 1000 // 80, 3),
        "effect_kwh": decimals(cents * 1000 // 80, 3),
        "effect": "total",
        "validated_by": "proof",
        "received_at": datetime(month.year, month.month, 20, 8, tzinfo=UTC),
        "checks_passed": pa.array(np.full(customers, 5, np.int32)),
    }
    for name, amount in (
        ("net_total", cents),
        ("tax_total", tax),
        ("gross_total", cents + tax),
        ("amount_due", cents + tax),
    ):
        values[name] = decimals(amount, 2)
    for name, amount in (("effect_net", cents), ("effect_tax", tax), ("effect_gross", cents + tax)):
        values[name] = decimals(amount, 2)
    values["period_month"] = month
    kind = INVOICES.schema.field("taxes").type
    inner = pa.StructArray.from_arrays(
        [
            pa.array(["VAT"]).take(pa.array(np.zeros(customers, np.int64))),
            decimals(np.full(customers, 230_000), 4).cast(kind.value_type.field("rate").type),
            decimals(cents, 2),
            decimals(tax, 2),
        ],
        fields=list(kind.value_type),
    )
    values["taxes"] = pa.ListArray.from_arrays(pa.array(np.arange(customers + 1, dtype=np.int32)), inner).cast(kind)
    return pa.table([column(values.get(f.name), f, customers) for f in INVOICES.schema], schema=INVOICES.schema)


def point_rows(customers: int) -> pa.Table:
    n = range(customers)
    ids = [f"5903224{k:011d}" for k in n]
    values: dict[str, Any] = {
        "point_key": pa.array(point_keys(customers)),
        "scheme": "ppe",
        "point_id": pa.array(ids),
        "known_ids": pa.array([[i] for i in ids]),
        "tariff_group": pa.array(TARIFFS).take(pa.array(np.arange(customers) % 8)),
        "customer_number": pa.array([f"{k:08d}" for k in n]),
        "seller_tax_id": pa.array(SELLERS).take(pa.array(np.arange(customers) % 40)),
        "first_month": MONTHS[0],
        "last_month": MONTHS[-1],
        "last_document_id": "9999",
    }
    schema = METERING_POINTS.schema
    return pa.table([column(values.get(f.name), f, customers) for f in schema], schema=schema)


_POINT_KEYS: list[str] = []


def point_keys(customers: int) -> list[str]:
    while len(_POINT_KEYS) < customers:
        _POINT_KEYS.append(point_key("ppe", f"5903224{len(_POINT_KEYS):011d}"))
    return _POINT_KEYS[:customers]


def column(value: Any, field: pa.Field, rows: int) -> pa.Array:
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return value.cast(field.type)
    return pa.repeat(pa.scalar(value, field.type), rows)


def decimals(units: np.ndarray, scale: int) -> pa.Array:
    """Integers of the last digit as decimals: 128 bits each, low word first."""
    words = np.stack([units.astype(np.int64), np.where(units < 0, -1, 0)], axis=1).astype("<i8")
    return pa.Array.from_buffers(pa.decimal128(18, scale), len(units), [None, pa.py_buffer(words.tobytes())])


def hexes(rng: np.random.Generator, count: int, size: int) -> pa.Array:
    """Random texts of 2 x `size` hex digits."""
    text, ends = rng.bytes(count * size).hex().encode(), np.arange(count + 1, dtype=np.int32) * 2 * size
    return pa.Array.from_buffers(pa.string(), count, [None, pa.py_buffer(ends.tobytes()), pa.py_buffer(text)])


def with_known(values: pa.Array, known: list[str]) -> pa.Array:
    """The first values replaced."""
    return pa.concat_arrays([pa.array(known, pa.string()), values.slice(len(known))])


@functools.cache
def numbers(customers: int, digits: int) -> pa.Array:
    return pa.array([f"{k:0{digits}d}" for k in range(customers)])


def join(before: str, middle: pa.Array, after: str) -> pa.Array:
    return pc.binary_join_element_wise(before, middle, after, "")


def folder_lake(folder: Path) -> Lake:
    return open_lake(Settings(url=str(folder)))


def folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Meter:
    """Wall and CPU seconds, bytes added below a folder, and the peak of this process's memory."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._bytes = folder_bytes(folder) if folder else 0
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        figures = {"s": time.perf_counter() - self._wall, "cpu_s": time.process_time() - self._cpu}
        figures["rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        if self._folder:
            figures["written_mib"] = (folder_bytes(self._folder) - self._bytes) / MIB
        return {name: round(value, 3) for name, value in figures.items()}


def upsert(lake: Lake, folder: Path | None, cents: int = 12_345) -> dict[str, float]:
    """1,000 documents whose amounts changed, in two months."""
    documents = [source(k, month, cents) for month in CHANGED for k in range(KNOWN)]
    meter = Meter(folder)
    result = promote(lake, documents, "bench")
    figures = meter.read()
    expect(result.counts == {"accepted": 1000} and len(result.changed_months) == 2, str(result.counts))
    return figures


def replay(lake: Lake, folder: Path | None) -> dict[str, float]:
    """The same 1,000 documents once more."""
    documents = [source(k, month, 12_345) for month in CHANGED for k in range(KNOWN)]
    meter = Meter(folder)
    result = promote(lake, documents, "bench again")
    figures = meter.read()
    expect(result.commits == 0, f"{result.commits} commits")
    return figures


def micro_batches(lake: Lake, folder: Path | None, batches: int) -> dict[str, float]:
    """Batches of 20 new invoices of the newest two months, received on one day."""
    today = date(2026, 1, 20)
    promote(lake, [source(90_000 + k, MONTHS[-1 - k % 2], 5_000, today) for k in range(20)], "warm")
    meter = Meter(folder)
    for batch in range(batches):
        documents = [source(100_000 + batch * 20 + k, MONTHS[-1 - k % 2], 5_000 + k, today) for k in range(20)]
        result = promote(lake, documents, f"batch {batch}")
        expect(result.counts == {"accepted": 20}, str(result.counts))
    figures = meter.read()
    figures["cpu_s_each"] = round(figures["cpu_s"] / batches, 4)
    figures["live_files"] = sum(len(files) for files in pin(lake, INVOICES).files.values())
    return figures


def gold_full(lake: Lake, folder: Path | None) -> dict[str, float]:
    """Every table of every month."""
    meter = Meter(folder)
    result = build(lake, None)
    figures = meter.read()
    expect(len(result.files) >= 36 * 5, f"{len(result.files)} files")
    expect(pending_months(lake) == (), "months are pending after a full build")
    return figures


def gold_incremental(lake: Lake, folder: Path | None) -> dict[str, float]:
    """Costs and consumption of two months that an upsert changed; then what is left of those months."""
    upsert(lake, None, cents=23_456)
    months = pending_months(lake)
    meter = Meter(folder)
    silver, standing = open_silver(lake), published(lake)
    names = (MONTHLY_ENERGY_COSTS.name, CONSUMPTION_PER_PPE.name)
    tasks = [task for task in stale(all_tasks(silver, standing, complete=False), standing) if task.table.name in names]
    with engine() as duck, arrow_memory():
        for task, found in computed(silver, tasks, duck, older=standing_consumption(lake, standing)):
            put_file(lake, silver, task, found, standing, must_differ=False)
            del found  # as `build` does
    figures = meter.read()
    expect(len(tasks) == 4, f"{len(tasks)} files")
    meter = Meter(folder)
    build(lake, months)
    figures["rest_cpu_s"] = meter.read()["cpu_s"]
    meter = Meter(folder)
    result = build(lake, pending_months(lake))
    figures["nothing_changed_cpu_s"] = meter.read()["cpu_s"]
    expect(result.files == (), "an unchanged silver was aggregated again")
    return figures


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"the benchmark's own result is wrong: {what}")


class Requests(logging.Handler):
    """Counts what an S3 server in this process is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def kinds(self) -> Counter[str]:
        """Calls by operation, key with its names and numbers left out, and status."""
        return Counter(map(kind_of_call, self.lines))


def kind_of_call(line: str) -> str:
    """What an access line asks for: `GET 02_silver/invoices/period_month=*/part-*.parquet 206`, `LIST 03_gold/ 200`."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
    found = re.search(r'"([A-Z]+) (\S+) HTTP/[0-9.]+" (\d+)', plain)
    if found is None:
        return plain
    verb, target, status = found.groups()
    url = urlsplit(target)
    listed = parse_qs(url.query).get("prefix")
    if "list-type=2" in url.query:
        verb = "LIST"
    key = listed[0] if listed else url.path.partition("/lake/")[2]
    key = re.sub(r"[0-9a-f]{32}|\d{4}-\d\d(-\d\d)?|\d{20}", "*", key.removeprefix("lake/"))
    return f"{verb} {key} {status}"


def s3_lake(address: str, bucket: str) -> Lake:
    import boto3

    os.environ |= {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test-secret",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
    client.create_bucket(Bucket=bucket)
    return open_lake(Settings(url=f"s3://{bucket}/lake", s3_endpoint_url=address, s3_region="us-east-1"))


@contextmanager
def s3_server() -> Iterator[tuple[str, Requests]]:
    from moto.server import ThreadedMotoServer

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    requests = Requests()
    logger = logging.getLogger("werkzeug")
    logger.addHandler(requests)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{port}", requests
    finally:
        server.stop()


def calls(count: int) -> dict[str, Any]:
    """Requests of a silver and a gold run over 100 new documents, where silver knows `count` of older days."""
    with s3_server() as (address, requests):
        lake = s3_lake(address, "lake")
        generate(lake, max(count, len(MONTHS)))
        days = [date(2025, 1, 1) + timedelta(days=n) for n in range(50)]
        for day in days:
            change = Change(table=document_rows(day, count // len(days)))
            rewrite(pin(lake, DOCUMENTS), {day: change}, "generate")
        build(lake, None)
        new = [source(900_000 + k, MONTHS[-1], 5_000, date(2026, 1, 20)) for k in range(100)]
        WRITTEN.clear()  # a run starts in a process that did not make the lake
        requests.lines.clear()
        seen_fingerprints(lake, [date(2026, 1, 20)])
        result = promote(lake, new, "new")
        built = build(lake, pending_months(lake))
        expect(result.counts == {"accepted": 100} and len(built.files) == 6, f"{result.counts} {built.files}")
        return {"calls": len(requests.lines), "kinds": requests.kinds()}


def document_rows(day: date, count: int) -> pa.Table:
    rng = np.random.default_rng(day.toordinal())
    values: dict[str, Any] = {
        "document_id": pc.binary_join_element_wise(
            join(f"{day}/faktura-", numbers(count, 7), "-"), hexes(rng, count, 8), ""
        ),
        "received_on": day,
        "state": "accepted",
        "invoice_keys": pa.ListArray.from_arrays(np.arange(count + 1, dtype=np.int32), hexes(rng, count, 16)),
        "invoices": 1,
        "standing": 1,
        "proven": 1,
        "pages": 2,
        "fingerprint": hexes(rng, count, 16),
    }
    return pa.table([column(values.get(f.name), f, count) for f in DOCUMENTS.schema], schema=DOCUMENTS.schema)


def on_s3(rows: int) -> dict[str, float]:
    """Upserts, micro-batches and gold against an S3 server in this process; its CPU time is the server's too."""
    with s3_server() as (address, _):
        lake = s3_lake(address, "lake")
        generate(lake, rows)
        changed = upsert(lake, None)
        batches = micro_batches(lake, None, 10)
        build(lake, None)
        incremental = gold_incremental(lake, None)
        return {
            "upsert_s": changed["s"],
            "micro_batch_s": round(batches["s"] / 10, 3),
            "gold_incremental_s": incremental["s"],
        }


def alone(work: str, *arguments: object) -> dict[str, Any]:
    """Run a piece of work in a process of its own; its figures are the last line it prints."""
    command = [sys.executable, __file__, "--work", work, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{work} failed:\n{done.stdout}{done.stderr}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    shown = {name: value for name, value in figures.items() if not isinstance(value, dict)}
    print(f"{work:>18} {' '.join(map(str, arguments))}: {json.dumps(shown)}", flush=True)
    return figures


def work(name: str, arguments: list[str]) -> dict[str, Any]:
    match name:
        case "generate":
            folder = Path(arguments[0])
            meter = Meter(folder)
            generate(folder_lake(folder), int(arguments[1]))
            return meter.read()
        case "micro_batches":
            return micro_batches(folder_lake(Path(arguments[0])), Path(arguments[0]), int(arguments[1]))
        case "calls" | "on_s3":
            return {"calls": calls, "on_s3": on_s3}[name](int(arguments[0]))
        case "upsert" | "replay" | "gold_full" | "gold_incremental":
            works = {"upsert": upsert, "replay": replay, "gold_full": gold_full, "gold_incremental": gold_incremental}
            return works[name](folder_lake(Path(arguments[0])), Path(arguments[0]))
        case _:
            raise SystemExit(f"no such work: {name}")


def reference() -> float:
    """CPU seconds of a fixed loop: tells a crowded machine from a quiet one."""
    start = time.process_time()
    sum(n * n for n in range(5_000_000))
    return round(time.process_time() - start, 3)


def ready(folder: Path, rows: int) -> Path:
    """A generated lake of so many invoices, made once; works get a copy whose files are links."""
    made = folder / f"generated-{rows}"
    if not made.exists():
        alone("generate", folder / "half", rows)
        (folder / "half").rename(made)
    copy = folder / f"{rows}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(made, copy, copy_function=os.link)
    return copy


def large(folder: Path, rows: int) -> dict[str, float]:
    lake = ready(folder, rows)
    found = alone("upsert", lake)
    alone("replay", lake)
    return {
        "upsert_10m_s": found["s"],
        "upsert_10m_written_mib": found["written_mib"],
        "upsert_10m_rss_mib": found["rss_mib"],
    }


def middle(folder: Path, rows: int) -> dict[str, float]:
    return {"upsert_1m_cpu_s": alone("upsert", ready(folder, rows // 10))["cpu_s"]}


def small(folder: Path, rows: int) -> dict[str, float]:
    found = alone("micro_batches", ready(folder, rows // 100), 200)
    expect(found["live_files"] == len(MONTHS), f"{found['live_files']} live files")
    return {"micro_batch_cpu_s": found["cpu_s_each"]}


def gold(folder: Path, rows: int) -> dict[str, float]:
    lake = ready(folder, rows)
    full = alone("gold_full", lake)
    return {
        "gold_incremental_cpu_s": alone("gold_incremental", lake)["cpu_s"],
        "gold_full_cpu_s": full["cpu_s"],
        "gold_full_rss_mib": full["rss_mib"],
    }


def counted(_folder: Path, rows: int) -> dict[str, float]:
    """The same run with few and with many documents; where the counts differ, the table shows what was asked for."""
    few, many = (alone("calls", count) for count in (rows // 10_000, rows // 10))
    print(f"{'few':>8}{'many':>8}  call")
    for kind in sorted({*few["kinds"], *many["kinds"]}):
        less, more = few["kinds"].get(kind, 0), many["kinds"].get(kind, 0)
        print(f"{less:>8}{more:>8}  {kind}" + (f"  <- {more - less:+d}" if more != less else ""))
    return {"calls_with_1k_documents": few["calls"], "calls_with_1m_documents": many["calls"]}


def s3(_folder: Path, rows: int) -> dict[str, float]:
    """Printed, and no goal: the server shares the machine."""
    alone("on_s3", rows // 100)
    return {}


PARTS = {"large": large, "middle": middle, "small": small, "gold": gold, "calls": counted, "s3": s3}


def main(rows: int, only: list[str], kept: Path | None) -> None:
    folder = kept or Path(tempfile.mkdtemp(prefix="bench-tables-"))
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, float] = {}
    try:
        print(f"{rows:,} invoices in {len(MONTHS)} months; reference loop {reference()} CPU s", flush=True)
        for name in only or PARTS:
            figures |= PARTS[name](folder, rows)
        print(json.dumps(figures))
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="invoices of the large lake")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=[], help="run these parts alone")
    parser.add_argument("--folder", type=Path, help="keep the generated lakes here and use those that are there")
    parser.add_argument("--work", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        print(json.dumps(work(options.work[0], options.work[1:])))
    else:
        main(options.rows, options.only, options.folder)
