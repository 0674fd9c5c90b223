"""REST over a walked lake: what is sent comes in once, what is found is true, what is changed reaches gold."""

import csv
import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pyarrow import parquet
from starlette.testclient import TestClient

from pipelines import queries
from pipelines.lake import Lake, open_lake
from pipelines.settings import Settings
from pipelines.steps import pending, reprocess_document
from tests.desk.desks import API, OP, VIEWER, MakeClient


def _row(client: TestClient, words: str) -> dict[str, Any]:
    found = client.get(f"{API}/invoices", params={"q": words}).json()
    assert found["total"] == 1, found
    return dict(found["items"][0])


def _send(client: TestClient, path: Path, name: str | None = None) -> Any:
    return client.post(f"{API}/invoices", files={"files": (name or path.name, path.read_bytes())})


def test_an_upload_waits_to_be_read_at_once(lake: Lake, client_of: MakeClient, samples: Path) -> None:
    client = client_of(lake)
    answer = _send(client, samples / "prad-rozliczenie-2026-01.pdf", "faktura styczeń.pdf")
    assert answer.status_code == 202
    body = answer.json()
    assert body["id"].partition("/")[2].startswith("faktura-styczen-")
    assert pending(lake, "ocr").count == 1
    status = client.get(body["status_url"]).json()
    assert (status["state"], status["uploader"], status["file_name"]) == ("received", "ursula", "faktura styczeń.pdf")
    assert client.get("/invoices/status/faktura styczeń.pdf").json()["status"] == "received"


def test_the_same_bytes_again_are_answered_with_the_first_id(lake: Lake, client_of: MakeClient, samples: Path) -> None:
    client = client_of(lake)
    first = _send(client, samples / "prad-rozliczenie-2026-01.pdf").json()["id"]
    before = sorted(entry.key for entry in lake.storage.list())
    again = _send(client, samples / "prad-rozliczenie-2026-01.pdf", "another name.pdf")
    assert (again.status_code, again.json()["id"]) == (200, first)
    assert sorted(entry.key for entry in lake.storage.list()) == before


def test_of_many_files_the_bad_ones_are_refused_with_their_reason(
    lake: Lake, client_of: MakeClient, samples: Path
) -> None:
    client = client_of(lake)
    good = samples / "prad-rozliczenie-2026-01.pdf"
    files = [("files", (good.name, good.read_bytes())), ("files", ("page.html", b"<html><script>1</script></html>"))]
    answer = client.post(f"{API}/invoices", files=files)
    assert answer.status_code == 202
    outcomes = {d["file_name"]: d for d in answer.json()["documents"]}
    assert outcomes[good.name]["outcome"] == "received"
    assert outcomes["page.html"]["problem"]["status"] == 415
    assert outcomes["page.html"]["problem"]["remedy"]


@pytest.mark.parametrize(
    ("body", "status"), [(b"<svg onload='x'/>", 415), (b"", 422), (b"MZ\x90 a program", 415), (b"PK\x03\x04", 415)]
)
def test_what_is_no_document_is_refused(lake: Lake, client_of: MakeClient, body: bytes, status: int) -> None:
    answer = client_of(lake).post("/invoices/upload", files={"file": ("rechnung.pdf", body)})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert list(lake.storage.list()) == []


def test_a_body_over_the_limit_is_cut_off(lake: Lake, client_of: MakeClient) -> None:
    client = client_of(lake, request_mib=1)
    answer = client.post(f"{API}/invoices", files={"files": ("a.pdf", b"%PDF-1.4" + bytes(2_000_000))})
    assert answer.status_code == 413

    def endless() -> Any:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n%PDF-1.4'
        for _ in range(40):
            yield bytes(100_000)

    answer = client.post(
        f"{API}/invoices", content=endless(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 413


def test_search_finds_words_without_accents_in_any_field(client: TestClient) -> None:
    assert client.get(f"{API}/invoices").json()["total"] == 4
    assert _row(client, "stolarnia debowa FV/2026")["invoice_number"] == "FV/2026/02/118"
    assert client.get(f"{API}/invoices", params={"q": "nowhere"}).json()["items"] == []


def test_cursor_pages_show_every_row_once_in_any_order(client: TestClient) -> None:
    for sort in ("-received_at", "gross", "-gross", "supplier", "period_month", "-kwh", "id", "duplicate_of"):
        seen: list[str] = []
        cursor = ""
        while True:
            page = client.get(f"{API}/invoices", params={"limit": 1, "sort": sort, "cursor": cursor}).json()
            seen += [row["id"] for row in page["items"]]
            cursor = page["next"]
            if not cursor:
                break
        assert len(seen) == len(set(seen)) == 4, sort


def test_filters_bind(client: TestClient) -> None:
    def total(**params: str) -> int:
        return int(client.get(f"{API}/invoices", params=params).json()["total"])

    assert total(state="accepted") == 4
    assert total(state="needs_review") == 0
    assert total(first_month="2026-02") + total(last_month="2026-01") == 4
    rows = client.get(f"{API}/invoices", params={"sort": "gross"}).json()["items"]
    assert total(min_amount=rows[2]["gross"]) == 2
    assert total(supplier=rows[0]["supplier_tax_id"]) >= 1


def test_a_document_is_shown_whole(client: TestClient) -> None:
    row = _row(client, "FV/2026/02/118")
    base = f"{API}/invoices/{row['id']}"
    one = client.get(base)
    assert one.headers["etag"] == f'"{one.json()["etag"]}"'
    assert one.json()["invoices"][0]["gross_total"] == row["gross"]
    assert "FV/2026/02/118" in client.get(f"{base}/text").text
    plain, boxed = client.get(f"{base}/pages/1.png"), client.get(f"{base}/pages/1.png?boxes=true")
    assert plain.content.startswith(b"\x89PNG")
    assert boxed.content.startswith(b"\x89PNG")
    assert plain.content != boxed.content
    assert client.get(f"{base}/pages/2.png").status_code == 404
    raw = client.get(f"{base}/raw")
    assert raw.headers["content-disposition"].startswith("attachment")
    assert raw.content.startswith(b"%PDF")
    assert client.get("/invoices/parsed/faktura-FV-2026-02-118.pdf").json()["id"] == row["id"]
    assert [e["action"] for e in client.get(f"{base}/history").json()["entries"]] == ["received"]


def test_an_edit_reaches_gold_and_its_undo_too(walked: Lake, client: TestClient) -> None:
    row = _row(client, "FV/2026/02/118")
    base = f"{API}/invoices/{row['id']}"
    etag = client.get(base).json()["etag"]
    changed = str(Decimal(row["gross"]) + 1)

    def gold() -> Decimal:
        sql = "SELECT sum(gross) AS gross FROM supplier_spend_monthly WHERE currency = 'PLN'"
        return Decimal(queries.query(walked, sql).to_pylist()[0]["gross"])

    before = gold()
    assert client.put(base, json={"values": {"0.gross_total": changed}}).status_code == 428
    answer = client.put(base, json={"values": {"0.gross_total": changed}}, headers={"If-Match": f'"{etag}"'})
    assert answer.status_code == 200, answer.text
    assert _row(client, "FV/2026/02/118")["gross"] == changed  # before silver has it
    reprocess_document(walked, row["id"], "silver", "missing")
    assert gold() == before + 1
    stale = client.put(base, json={"values": {"0.gross_total": "1.00"}}, headers={"If-Match": f'"{etag}"'})
    assert stale.status_code == 412
    entry = client.get(f"{base}/history").json()["entries"][-1]
    assert (entry["who"], entry["before"], entry["after"]) == (
        "ursula",
        {"0.gross_total": row["gross"]},
        {"0.gross_total": changed},
    )
    assert client.post(f"{base}/undo", json={"at": entry["at"]}).status_code == 200
    reprocess_document(walked, row["id"], "silver", "missing")
    assert gold() == before
    assert client.get(base).json()["validated_by"] is None
    history = client.get(f"{base}/history").json()["entries"]
    assert [(e["action"], e["undone"]) for e in history] == [("received", False), ("edit", True), ("undo", False)]


def test_what_does_not_fit_is_not_written(walked: Lake, client: TestClient) -> None:
    row = _row(client, "FV/2026/02/118")
    base = f"{API}/invoices/{row['id']}"
    etag = client.get(base).headers["etag"]
    for values in (
        {"0.gross_total": "much"},
        {"0.checks": []},
        {"0.status": "accepted"},
        {"7.gross_total": "1.00"},
        {"0.lines.99.net": "1.00"},
        {"0": {}},
        {"0.no_such_field": "x"},
        {"": "x"},
        {"0.evidence.x": None},
    ):
        answer = client.put(base, json={"values": values}, headers={"If-Match": etag})
        assert answer.status_code == 422, (values, answer.text)
    same = client.put(base, json={"values": {"0.gross_total": row["gross"]}}, headers={"If-Match": etag})
    assert same.status_code == 409
    assert len(client.get(f"{base}/history").json()["entries"]) == 1


def test_lines_can_be_replaced_as_a_whole(client: TestClient) -> None:
    row = _row(client, "FV/2026/02/118")
    base = f"{API}/invoices/{row['id']}"
    one = client.get(base)
    lines = one.json()["invoices"][0]["lines"]
    answer = client.put(base, json={"values": {"0.lines": lines[:1]}}, headers={"If-Match": one.headers["etag"]})
    assert answer.status_code == 200, answer.text
    assert client.get(base).json()["invoices"][0]["lines"] == lines[:1]


def test_delete_and_restore(walked: Lake, client: TestClient) -> None:
    row = _row(client, "FV/2026/02/118")
    base = f"{API}/invoices/{row['id']}"
    assert client.delete(base).status_code == 200
    assert client.delete(base).status_code == 409
    assert client.get(base).json()["state"] == "deleted"
    assert _row(client, "FV/2026/02/118")["state"] == "deleted"
    reprocess_document(walked, row["id"], "silver", "missing")
    assert queries.query(walked, "SELECT * FROM invoices WHERE invoice_number = 'FV/2026/02/118'").num_rows == 0
    assert client.post(f"{base}/restore").status_code == 200
    assert client.get(base).json()["state"] == "accepted"
    reprocess_document(walked, row["id"], "silver", "missing")
    assert queries.query(walked, "SELECT * FROM invoices WHERE invoice_number = 'FV/2026/02/118'").num_rows == 1


def test_gold_as_json_csv_and_parquet(walked: Lake, client: TestClient) -> None:
    rows = client.get(f"{API}/gold/monthly_energy_costs").json()
    assert {row["currency"] for row in rows} == {"PLN", "BRL"}
    text = client.get(f"{API}/gold/monthly_energy_costs?format=csv").content.decode("utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(text)))) == len(rows)
    table = parquet.read_table(io.BytesIO(client.get(f"{API}/gold/monthly_energy_costs?format=parquet").content))
    assert table.num_rows == len(rows)
    assert table.schema.field("kwh").metadata[b"unit"] == b"kWh"
    assert client.get(f"{API}/gold/no_such_table").status_code == 404


def test_exports_hold_no_formula(lake: Lake, client_of: MakeClient, samples: Path) -> None:
    client = client_of(lake)
    _send(client, samples / "prad-rozliczenie-2026-01.pdf", "=HYPERLINK(1).pdf")
    text = client.get(f"{API}/invoices/export.csv").content.decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(text)))["file_name"] == "'=HYPERLINK(1).pdf"
    book = load_workbook(io.BytesIO(client.get(f"{API}/invoices/export.xlsx").content))
    assert all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)


def test_only_op_reprocesses(walked: Lake, client_of: MakeClient) -> None:
    client = client_of(walked)
    document = _row(client, "FV/2026/02/118")["id"]
    assert client.post(f"{API}/invoices/{document}/reprocess", json={"from": "parse"}).status_code == 403
    op = client_of(walked, OP)
    answer = op.post(f"{API}/invoices/{document}/reprocess", json={"from": "parse"})
    assert answer.status_code == 422  # this desk works on nothing itself, and says so
    assert "inside Airflow" in answer.json()["remedy"]


def test_health_and_metrics(walked_folder: Path, client_of: MakeClient) -> None:
    # not a copy: its objects' etags would differ from those that silver has seen
    client = client_of(open_lake(Settings(url=str(walked_folder / "lake"))))
    assert client.get(f"{API}/health").json()["status"] == "ok"
    text = client.get(f"{API}/metrics").text
    assert 'invoice_desk_documents{state="accepted",stage="gold"} 4' in text


def test_openapi_has_examples_and_problems(client: TestClient) -> None:
    spec = client.get(f"{API}/openapi.json").json()
    assert {f"{API.removeprefix('/invoices')}/invoices", "/upload", "/status/{filename}"} <= set(spec["paths"])
    assert "examples" in json.dumps(spec["components"]["schemas"]["Upload"]) or spec["components"]["schemas"]["Sent"]
    for path, methods in spec["paths"].items():
        for operation in methods.values():
            assert {"401", "403"} <= set(operation["responses"]), path


def test_a_viewer_looks_and_changes_nothing(walked: Lake, client_of: MakeClient, samples: Path) -> None:
    client = client_of(walked, VIEWER)
    base = f"{API}/invoices/{_row(client, 'FV/2026/02/118')['id']}"
    before = sorted((e.key, e.etag) for e in walked.storage.list())
    etag = client.get(base).headers["etag"]
    assert _send(client, samples / "prad-g12-2026-01.pdf").status_code == 403
    assert client.put(base, json={"values": {"0.gross_total": "1.00"}}, headers={"If-Match": etag}).status_code == 403
    for verb in ("confirm", "undo", "restore", "reprocess"):
        body = {"at": datetime.now().astimezone().isoformat()} if verb == "undo" else {}
        assert client.post(f"{base}/{verb}", json=body).status_code == 403
    assert client.delete(base).status_code == 403
    assert sorted((e.key, e.etag) for e in walked.storage.list()) == before
