"""The Invoice Desk at size: search over 100,000 invoices, the first page, and 50 uploads at once.

    python -m tests.benchmarks.bench_desk [--invoices 100000]

The last line is JSON: search_ms (median over the catalogue), search_http_ms (median through the server),
catalogue_s (first load), refresh_s (after a commit to one month), first_page_s, uploads_lost, uploads_s,
health_p95_ms (of another route while 50 files of 2 MB come in), rss_mib.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import uvicorn

from invoice_desk.server import make_server
from invoice_desk.settings import DeskSettings
from pipelines.lake import Lake, open_lake
from pipelines.layout import RecordKey
from pipelines.queries import Catalogue, Search
from pipelines.settings import Settings
from pipelines.silver.commits import rewrite
from pipelines.silver.partitions import Change
from pipelines.silver.schemas import DOCUMENTS, INVOICES, Row
from pipelines.silver.tables import Partition, pin

_SUPPLIERS = [f"{first} {second} S.A." for first in ("Wiatr", "Prąd", "Łuna", "Dębowa", "Sol") for second in "ABCDEFGH"]
_DAYS, _MONTHS = 60, 36


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lake = open_lake(Settings(url=f"{folder}/lake", uploads_url=f"{folder}/uploads"))
        _fill(lake, options.invoices)
        figures = _searches(lake, options.rounds)
        with _served(lake) as url:
            figures |= _over_http(url, options.rounds)
            figures |= asyncio.run(_uploads(lake, url))
        figures["rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for name, value in figures.items():
        print(f"{name:18} {value}")
    print(json.dumps(figures))


def _fill(lake: Lake, count: int) -> None:
    """Silver as a walk would leave it: a partition a month and a partition a received day."""
    rng = random.Random(7)
    months: dict[Partition, list[Row]] = {}
    days: dict[Partition, list[Row]] = {}
    start = datetime.now(UTC).date() - timedelta(days=400)
    for number in range(count):
        month = date(2023 + number % _MONTHS // 12, number % 12 + 1, 1)
        day = start + timedelta(days=number % _DAYS)
        invoice = _invoice(rng, number, month, day)
        months.setdefault(month, []).append(invoice)
        days.setdefault(day, []).append(_document(invoice, day))
    rewrite(pin(lake, INVOICES), {month: Change(rows=rows) for month, rows in months.items()}, "fill-invoices")
    rewrite(pin(lake, DOCUMENTS), {day: Change(rows=rows) for day, rows in days.items()}, "fill-documents")


def _invoice(rng: random.Random, number: int, month: date, day: date) -> Row:
    supplier = rng.randrange(len(_SUPPLIERS))
    gross = Decimal(rng.randrange(1_000, 900_000)).scaleb(-2)
    return dict.fromkeys(INVOICES.names) | {
        "invoice_key": f"{number:032x}",
        "period_month": month,
        "document_id": f"{day.isoformat()}/faktura-{number}-{number:016x}",
        "position": 0,
        "document_type": "invoice",
        "kind": "electricity",
        "invoice_number": f"FES/{month.year}/{number:06d}",
        "issue_date": month + timedelta(days=40),
        "currency": "PLN",
        "seller_name": _SUPPLIERS[supplier],
        "seller_tax_id": f"PL{5_000_000_000 + supplier}",
        "buyer_name": f"Odbiorca {rng.randrange(5_000)} Sp. z o.o.",
        "buyer_tax_id": f"PL{6_000_000_000 + rng.randrange(5_000)}",
        "customer_number": f"{rng.randrange(10**9):09d}",
        "point_id": f"5903224{rng.randrange(10**11):011d}",
        "tariff_group": rng.choice(("G11", "C11", "C21", "B23")),
        "consumption_kwh": Decimal(rng.randrange(50_000)).quantize(Decimal("0.001")),
        "gross_total": gross,
        "validated_by": "proof",
        "received_at": datetime(day.year, day.month, day.day, 8, tzinfo=UTC),
    }


def _document(invoice: Row, day: date) -> Row:
    return dict.fromkeys(DOCUMENTS.names) | {
        "document_id": invoice["document_id"],
        "received_on": day,
        "received_at": invoice["received_at"],
        "file_name": f"{invoice['document_id'].partition('/')[2]}.pdf",
        "state": "accepted",
        "supplier_name": invoice["seller_name"],
        "supplier_tax_id": invoice["seller_tax_id"],
        "uploader": "anna",
        "media_type": "application/pdf",
        "pages": 2,
        "edits": 0,
        "fingerprint": invoice["invoice_key"],
    }


def _wanted(rng: random.Random) -> Search:
    """What people type: a number, a supplier, part of a name, a month, and orders by any column."""
    return rng.choice(
        (
            Search(words=f"fes/2024/{rng.randrange(100_000):06d}"),
            Search(words="debowa odbiorca", sort="-gross"),
            Search(words=f"odbiorca {rng.randrange(5_000)}"),
            Search(supplier="luna", first_month="2024-03", last_month="2024-06"),
            Search(least=Decimal(8_000), sort="gross"),
            Search(words="5903224", sort="supplier", limit=100),
            Search(words="nowhere to be found"),
            Search(),
        )
    )


def _searches(lake: Lake, rounds: int) -> dict[str, float]:
    rng = random.Random(11)
    catalogue = Catalogue(lake)
    loaded = _timed(lambda: catalogue.search(Search()))
    times = [_timed(lambda: catalogue.search(_wanted(rng))) for _ in range(rounds)]
    table = pin(lake, INVOICES)
    month = date(2024, 2, 1)
    held = table.dataset(table.of_partitions([month])).to_table().to_pylist()
    rewrite(table, {month: Change({(row["invoice_key"],) for row in held}, held[1:])}, "again")
    time.sleep(1.1)
    refreshed = _timed(lambda: catalogue.search(Search()))
    return {
        "catalogue_s": round(loaded, 2),
        "search_ms": round(1000 * statistics.median(times), 1),
        "search_worst_ms": round(1000 * max(times), 1),
        "refresh_s": round(refreshed, 2),
    }


def _over_http(url: str, rounds: int) -> dict[str, float]:
    rng = random.Random(12)
    with httpx.Client(base_url=url, timeout=60) as client:
        client.get("/invoices/").raise_for_status()  # built and warm
        client.get("/invoices/api/v1/invoices").raise_for_status()
        words = [f"odbiorca {rng.randrange(5_000)}" for _ in range(rounds)]
        times = [
            _timed(lambda w=word: client.get("/invoices/api/v1/invoices", params={"q": w}).raise_for_status())  # type: ignore[misc]
            for word in words
        ]
        page = _timed(lambda: _first_page(client))
    return {"search_http_ms": round(1000 * statistics.median(times), 1), "first_page_s": round(page, 2)}


def _first_page(client: httpx.Client) -> None:
    """The page, its layout and callbacks' list, and what it shows first: what a browser waits for with warm files."""
    page = client.get("/invoices/")
    page.raise_for_status()
    for part in ("_dash-layout", "_dash-dependencies"):
        client.get(f"/invoices/{part}").raise_for_status()
    inputs = [
        {"id": "url", "property": "pathname", "value": "/invoices/"},
        {"id": "url", "property": "search", "value": ""},
    ]
    body = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": inputs,
        "changedPropIds": ["url.pathname", "url.search"],
        "parsedChangedPropsIds": ["url.pathname", "url.search"],
        "state": [],
    }
    client.post("/invoices/_dash-update-component", json=body).raise_for_status()


async def _uploads(lake: Lake, url: str) -> dict[str, float]:
    """50 files of 2 MB at once, while another client asks for the desk's health."""
    files = [b"%PDF-1.4\n%" + random.Random(n).randbytes(2 * 1024 * 1024) + b"\n%%EOF" for n in range(50)]
    limits = httpx.Limits(max_connections=100)
    waits: list[float] = []
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:

        async def send(number: int) -> str:
            sent = {"files": (f"scan-{number}.pdf", files[number], "application/pdf")}
            answer = await client.post("/invoices/api/v1/invoices", files=sent)
            answer.raise_for_status()
            return str(answer.json()["id"])

        async def ask() -> None:
            while True:
                begun = time.perf_counter()
                (await client.get("/invoices/api/v1/health")).raise_for_status()
                waits.append(time.perf_counter() - begun)
                await asyncio.sleep(0.05)

        asking = asyncio.create_task(ask())
        begun = time.perf_counter()
        sent = await asyncio.gather(*(send(number) for number in range(50)))
        took = time.perf_counter() - begun
        asking.cancel()
    records = {entry.key for entry in lake.storage.list(RecordKey.folder)}
    kept = sum(f"{RecordKey.folder}/{document}.json" in records for document in set(sent))
    return {
        "uploads_lost": 50 - kept,
        "uploads_s": round(took, 2),
        "health_p95_ms": round(1000 * sorted(waits)[int(0.95 * len(waits))], 1),
    }


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@contextmanager
def _served(lake: Lake) -> Iterator[str]:
    many = 10_000_000
    app = make_server(DeskSettings(requests_a_minute=many, changes_a_minute=many), lake)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


if __name__ == "__main__":
    print(Path(__file__).name)
    main()
