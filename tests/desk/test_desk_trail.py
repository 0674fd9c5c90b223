"""Who saw and changed what is told by the lake itself: looks in batches, changes by their edits, never a value."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from invoice_desk.server import make_server
from invoice_desk.settings import DeskSettings
from invoice_desk.trail import Trail
from pipelines.cli import app as command_line
from pipelines.errors import InvalidRecord, StorageUnavailable
from pipelines.lake import Lake
from pipelines.layout import TrailKey
from pipelines.queries import find_documents, trail_of_people
from pipelines.steps import Viewing, forget, forget_looks, record_viewings
from tests.desk.desks import API, TOKENS, USER, VIEWER


@pytest.fixture
def desk(walked: Lake) -> TestClient:
    app = make_server(DeskSettings(tokens=TOKENS), walked, pages=False)
    return TestClient(app, base_url="http://desk.test", raise_server_exceptions=False)


def as_person(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def flush(client: TestClient) -> None:
    client.app.state.desk.trail.flush()  # type: ignore[attr-defined]


def test_every_way_to_look_at_a_document_stands_in_the_trail(walked: Lake, desk: TestClient) -> None:
    found = desk.get(f"{API}/invoices", headers=as_person(VIEWER)).json()["items"][0]
    document = found["id"]
    for part in ("", "/text", "/pages/1.png", "/raw", "/history"):
        assert desk.get(f"{API}/invoices/{document}{part}", headers=as_person(VIEWER)).status_code == 200
    assert desk.get(f"{API}/invoices/export.csv", headers=as_person(USER)).status_code == 200
    assert desk.get(f"{API}/invoices/2026-01-01/nothing-0123456789abcdef", headers=as_person(VIEWER)).status_code == 404
    flush(desk)
    lines = trail_of_people(walked)
    assert [(line.who, line.did, line.document) for line in lines] == [
        ("vera", "viewed", document),
        ("vera", "text", document),
        ("vera", "page", document),
        ("vera", "downloaded", document),
        ("vera", "history", document),
        ("ursula", "exported", ""),
    ]
    assert lines[-1].detail.endswith(" rows")
    # one object, and nothing of the document in it
    (entry,) = walked.storage.list(f"{TrailKey.folder}/")
    body = walked.storage.get(entry.key).decode()
    assert str(found["gross"]) not in body
    assert found["invoice_number"] not in body
    assert found["supplier"] not in body


def test_changes_stand_beside_looks_with_their_fields_and_without_values(walked: Lake, desk: TestClient) -> None:
    document = desk.get(f"{API}/invoices", headers=as_person(VIEWER)).json()["items"][0]["id"]
    one = desk.get(f"{API}/invoices/{document}", headers=as_person(USER))
    body = {"values": {"0.invoice_number": "SECRET/77"}}
    headers = as_person(USER) | {"If-Match": one.headers["ETag"]}
    assert desk.put(f"{API}/invoices/{document}", json=body, headers=headers).status_code == 200
    flush(desk)
    lines = trail_of_people(walked, document=document)
    assert [(line.who, line.did, line.detail) for line in lines] == [
        ("ursula", "viewed", ""),
        ("ursula", "edit", "0.invoice_number"),
    ]
    assert [line.did for line in trail_of_people(walked, looks=False)] == ["edit"]
    assert trail_of_people(walked, who="vera") == []


def test_the_command_line_reads_the_trail(walked: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_URL", walked.settings.url)
    at = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
    seen = "2026-02-01/a-0123456789abcdef"
    record_viewings(walked, [Viewing(at=at, who="vera\tx", look="viewed", document=seen)])
    told = CliRunner().invoke(command_line, ["trail", "--first", "2026-02-03"])
    assert told.output == f"2026-02-03T04:05:00+00:00\tvera x\tviewed\t{seen}\t\n"
    assert CliRunner().invoke(command_line, ["trail", "--first", "2026-02-04"]).output == ""


def test_days_of_the_trail_are_those_of_the_looks(lake: Lake) -> None:
    """A batch is written after what it tells, on the next day perhaps."""
    today = datetime.now(UTC)
    for at in (today, today - timedelta(days=1)):
        record_viewings(lake, [Viewing(at=at, who="anna", look="exported", count=3)])
    yesterday = today.date() - timedelta(days=1)
    assert [line.at.date() for line in trail_of_people(lake, yesterday, yesterday)] == [yesterday]


def test_a_look_that_is_repeated_at_once_counts_once() -> None:
    written: list[list[Viewing]] = []
    trail = Trail(written.append, gather_seconds=60)
    for _ in range(3):
        trail.note("anna", "page", "d")
    trail.note("anna", "viewed", "d")
    trail.note("piotr", "page", "d")
    trail.flush()
    trail.flush()
    assert [(v.who, v.look) for v in written[0]] == [("anna", "page"), ("anna", "viewed"), ("piotr", "page")]
    assert len(written) == 1


def test_looks_wait_for_a_store_that_is_away() -> None:
    written: list[list[Viewing]] = []
    down = [True]

    def write(batch: list[Viewing]) -> None:
        if down[0]:
            raise StorageUnavailable("away")
        written.append(batch)

    trail = Trail(write, gather_seconds=60)
    trail.note("anna", "viewed", "a")
    trail.flush()
    trail.note("anna", "viewed", "b")
    down[0] = False
    trail.flush()
    assert [[v.document for v in batch] for batch in written] == [["a", "b"]]


def test_an_object_of_the_trail_that_is_none_is_told(lake: Lake) -> None:
    lake.storage.put(str(TrailKey(datetime(2026, 1, 1, tzinfo=UTC), "0" * 16)), b"{}\n")
    with pytest.raises(InvalidRecord, match="holds no trail"):
        trail_of_people(lake, date(2026, 1, 1))


def test_a_forgotten_document_leaves_the_trail_and_who_looked_stays(lake: Lake) -> None:
    at = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
    gone, kept = "2026-02-01/jan-kowalski-0123456789abcdef", "2026-02-01/b-0123456789abcdef"
    record_viewings(lake, [Viewing(at=at, who="vera", look="viewed", document=name) for name in (gone, kept)])
    record_viewings(lake, [Viewing(at=at, who="otto", look="page", document=kept)])
    assert len(forget_looks(lake, gone)) == 1
    assert [(line.who, line.document) for line in trail_of_people(lake)] == [
        ("otto", kept),
        ("vera", ""),
        ("vera", kept),
    ]
    assert forget_looks(lake, gone) == []


def test_forgetting_a_document_takes_its_name_out_of_the_trail_too(walked: Lake) -> None:
    document = find_documents(walked, "conta-luz-2026-01.pdf")[0].id
    record_viewings(walked, [Viewing(at=datetime.now(UTC), who="vera", look="viewed", document=document)])
    forgotten = forget(walked, document)
    assert forgotten.remains is not None
    assert not forgotten.remains.traces
    assert [(line.who, line.document) for line in trail_of_people(walked)] == [("vera", "")]
