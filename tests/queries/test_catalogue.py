"""The catalogue shows silver and what is not there yet, and looks at the lake no more than it must."""

from __future__ import annotations

import tempfile
import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.lake import Lake
from pipelines.queries import Catalogue, Search
from pipelines.queries.search import BadSearch
from pipelines.silver.commits import rewrite
from pipelines.silver.partitions import Change
from pipelines.silver.schemas import DOCUMENTS, INVOICES
from pipelines.silver.tables import pin
from pipelines.steps import receive_file

_XML = b'<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'
_DAY = date(2026, 1, 5)


def _promoted(lake: Lake, months: list[date], run: str = "a") -> None:
    """Silver rows, one invoice a month."""
    invoices, documents = {}, []
    for number, month in enumerate(months):
        document = f"{_DAY.isoformat()}/faktura-{number}"
        values = {
            "invoice_key": f"{run}{number}",
            "period_month": month,
            "document_id": f"{document}-{number:016x}",
            "position": 0,
            "document_type": "invoice",
            "currency": "PLN",
            "seller_name": "Łódzka Żółć S.A.",
            "gross_total": Decimal(number),
            "validated_by": "proof",
        }
        invoices[month] = Change(rows=[dict.fromkeys(INVOICES.names) | values])
        row = {"document_id": values["document_id"], "received_on": _DAY, "state": "accepted", "fingerprint": "x"}
        documents.append(dict.fromkeys(DOCUMENTS.names) | row | {"received_at": datetime(2026, 1, 5, tzinfo=UTC)})
    rewrite(pin(lake, INVOICES), invoices, run)
    rewrite(pin(lake, DOCUMENTS), {_DAY: Change({(r["document_id"],) for r in documents}, documents)}, run)


class _Clock:
    """Stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_words_are_found_without_case_or_accents(lake: Lake) -> None:
    _promoted(lake, [date(2026, 1, 1), date(2026, 2, 1)])
    catalogue = Catalogue(lake)
    assert catalogue.search(Search(words="lodzka ZOLC")).total == 2
    assert catalogue.search(Search(words="łódzka", first_month="2026-02")).total == 1
    assert catalogue.search(Search(least=Decimal(1))).total == 1
    assert catalogue.search(Search(words="'; DROP TABLE x; --")).total == 0


def test_an_empty_lake_has_nothing_to_find(lake: Lake) -> None:
    assert Catalogue(lake).search(Search(words="a")).total == 0


def test_a_commit_costs_only_its_new_files(lake: Lake) -> None:
    _promoted(lake, [date(2026, 1, 1), date(2026, 2, 1)])
    catalogue = Catalogue(lake, clock := _Clock())
    catalogue.search(Search())
    before = dict(catalogue._invoices.files)
    held = pin(lake, INVOICES).dataset(pin(lake, INVOICES).of_partitions([date(2026, 2, 1)])).to_table().to_pylist()
    rewrite(
        pin(lake, INVOICES),
        {date(2026, 2, 1): Change({(held[0]["invoice_key"],)}, [held[0] | {"gross_total": Decimal(77)}])},
        "b",
    )
    clock.now += 30
    assert catalogue.search(Search(least=Decimal(70))).total == 1
    kept = [path for path in catalogue._invoices.files if path in before]
    assert len(kept) == 1
    assert catalogue._invoices.files[kept[0]] is before[kept[0]]


def test_many_who_ask_cost_one_look(lake: Lake) -> None:
    catalogue = Catalogue(lake, clock := _Clock())
    for _ in range(50):
        catalogue.search(Search())
        catalogue.standings()
    assert catalogue.looks == 1
    clock.now += 30
    catalogue.standings()
    assert catalogue.looks == 2


def test_what_was_just_received_is_found_at_once(lake: Lake) -> None:
    catalogue = Catalogue(lake)
    assert catalogue.search(Search()).total == 0
    with tempfile.TemporaryFile() as file:
        file.write(_XML)
        document = receive_file(lake, file, "new.xml", "anna").document
    catalogue.touched(document)
    page = catalogue.search(Search(words="new.xml"))
    assert page.rows.column("state").to_pylist() == ["received"]
    assert catalogue.standings()[document].stage == "received"


def test_a_change_is_seen_by_whoever_asks_after_it_even_while_somebody_looks(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalogue(lake, _Clock())
    catalogue.search(Search())
    looking, go_on = threading.Event(), threading.Event()
    newest = catalogue._newest

    def slow() -> Any:
        found = list(newest())
        looking.set()
        go_on.wait(20)
        return iter(found)

    monkeypatch.setattr(catalogue, "_newest", slow)
    catalogue.touched("2026-01-05/other-0123456789abcdef")
    other = threading.Thread(target=catalogue.standings)
    other.start()
    assert looking.wait(20)
    monkeypatch.setattr(catalogue, "_newest", newest)
    with tempfile.TemporaryFile() as file:
        file.write(_XML)
        catalogue.touched(receive_file(lake, file, "new.xml", "anna").document)
    threading.Timer(0.2, go_on.set).start()
    assert catalogue.search(Search(words="new.xml")).total == 1
    other.join()


@given(st.text(max_size=40))
def test_no_cursor_of_anybodys_making_is_a_fault(text: str) -> None:
    from pipelines.queries.search import _read_cursor

    for sort in ("-received_at", "gross", "period_month", "supplier"):
        with pytest.raises(BadSearch):
            _read_cursor(text, sort)


def test_a_cursor_belongs_to_its_order(lake: Lake) -> None:
    _promoted(lake, [date(2026, 1, 1), date(2026, 2, 1)])
    catalogue = Catalogue(lake)
    page = catalogue.search(Search(limit=1, sort="gross"))
    with pytest.raises(BadSearch, match="another search"):
        catalogue.search(Search(limit=1, sort="-gross", cursor=page.next_cursor))
    with pytest.raises(BadSearch, match="no column"):
        catalogue.search(Search(sort="1; DROP TABLE x"))
