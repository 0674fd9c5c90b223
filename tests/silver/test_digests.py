"""Digests of keys: they save the reading of files, and never hide a row."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipelines.lake import Lake
from pipelines.silver import promote
from pipelines.silver.digests import digests_key, digests_of, files_with, to_bytes
from pipelines.silver.keys import invoice_key
from pipelines.silver.lookup import standing_rows
from pipelines.silver.schemas import INVOICES
from pipelines.silver.tables import pin
from tests.silver.silver_documents import correction, document, invoice

KEYS = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(st.lists(st.none() | KEYS, max_size=20), st.integers(0, 5))
def test_every_key_is_in_the_digests_of_its_column(keys: list[str | None], skipped: int) -> None:
    column = pa.chunked_array([pa.array(keys, pa.string()).slice(skipped), pa.array(keys[:skipped], pa.string())])
    found = digests_of([column])
    assert found is not None
    held = {int.from_bytes(to_bytes(found)[at : at + 8], "little") for at in range(0, len(to_bytes(found)), 8)}
    assert held == {int(key[:16], 16) for key in keys if key}


def test_text_that_is_no_key_has_no_digest() -> None:
    for text in ("short", "x" * 32, "0" * 33):
        assert digests_of([pa.chunked_array([[text]])]) is None


def test_files_are_passed_over_only_where_their_digests_say_so(lake: Lake) -> None:
    bill, other = invoice("FV/1"), invoice("FV/2")
    promote(lake, [document("a", bill), document("k", correction("FV/7", "K/1", "-1.00"))], "run")
    table, key = pin(lake, INVOICES), str(invoice_key(bill))
    assert [f.partition for f in files_with(table, [key], table.live)] == [
        row["period_month"] for row in standing_rows(table, [key])
    ]
    assert files_with(table, [str(invoice_key(other))], table.live) == []
    # who corrects an invoice is found by the key of what it corrects
    [waiting] = standing_rows(table, [str(invoice_key(invoice("FV/7")))])
    assert waiting["corrects_key"] == invoice_key(invoice("FV/7"))


def test_file_without_digests_is_looked_at_itself(lake: Lake) -> None:
    """Files of older releases have none."""
    bill = invoice("FV/1")
    promote(lake, [document("a", bill)], "run")
    table = pin(lake, INVOICES)
    for file in table.live:
        table.folder.delete(digests_key(file.path))
    assert len(standing_rows(table, [str(invoice_key(bill))])) == 1
    assert promote(lake, [document("b", bill, minute=1)], "again").counts == {"duplicate": 1}


def test_digests_lie_where_delta_readers_do_not_look(lake: Lake) -> None:
    promote(lake, [document("a", invoice())], "run")
    table = pin(lake, INVOICES)
    folder = Path(table.uri.removeprefix("file://"))
    assert [path.parent.name for path in folder.rglob("*.bin")] == ["_keys"]
    assert len(table.delta.file_uris()) == 1
