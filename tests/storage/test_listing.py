"""Listings side by side: the order that a store keeps, what stands in for it, and nothing held."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import ConfigurationError
from pipelines.lake import Lake
from pipelines.listing import FIRST_LOOK, OutOfOrder, by_stem, in_order
from pipelines.storage import Entry, Storage, open_storage

KEYS = (
    "d/b.json",
    "d/a-1.json",
    "d/a.json",
    "d/a/2.json",
    "d/a/1.json",
    "d/a-1/1.json",
    "d/a10.json",
    "d/a",
    "e/x.json",
)


@pytest.mark.parametrize("kind", ["folder", "memory", "s3"])
def test_an_ordered_listing_is_the_plain_one_sorted(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    s3_lake: Lake | None = request.getfixturevalue("s3_lake") if kind == "s3" else None
    storage = s3_lake.storage if s3_lake else open_storage(tmp_path.as_uri() if kind == "folder" else "memory:///")
    for key in KEYS[: -2 if kind == "folder" else None]:  # in a folder `d/a` is a folder
        storage.put(key, key.encode())
    if kind == "folder":
        (tmp_path / "d/b.json#17").write_bytes(b"half writ")
    found = list(storage.ordered("d/"))
    assert found == sorted(storage.list("d/"))
    assert list(storage.names("d/")) == [entry.key for entry in found]
    assert list(storage.ordered("nothing/")) == []


names = st.lists(
    st.from_regex(r"[a-b](-[a-b]|[a-b]){0,2}(\.json|\.txt|/1\.json)?", fullmatch=True), unique=True, max_size=12
)


@settings(max_examples=40)
@given(names)
def test_stems_come_in_one_order_whatever_stands_behind_them(listed: list[str]) -> None:
    found = list(by_stem((name, name) for name in sorted(listed)))
    assert sorted(name for _, name in found) == sorted(listed)
    stems = [f"{stem}." for stem, _ in found]
    assert stems == sorted(stems)
    assert all(name in (stem, f"{stem}.json", f"{stem}.txt", f"{stem}/1.json") for stem, name in found)


@settings(max_examples=20)
@given(st.lists(st.text(), max_size=9))
def test_what_does_not_begin_in_order_is_sorted(listed: list[str]) -> None:
    assert list(in_order(listed, str)) == sorted(listed)


def test_an_order_that_breaks_later_is_no_silent_loss() -> None:
    def listed(_prefix: str) -> list[Entry]:
        keys = [f"{n:05d}" for n in range(FIRST_LOOK)]
        return [Entry(key, 1, "", None) for key in [*keys, "00001"]]  # type: ignore[arg-type]

    storage = open_storage("memory:///")
    storage.list = listed  # type: ignore[method-assign, assignment]
    with pytest.raises(ConfigurationError, match="out of order"):
        list(storage.ordered())
    with pytest.raises(OutOfOrder):
        list(in_order((entry.key for entry in listed("")), str))


def test_an_ordered_listing_looks_a_thousand_names_ahead_at_most() -> None:
    asked = 0

    class Endless(Storage):
        def list(self, prefix: str = ""):  # type: ignore[no-untyped-def]
            nonlocal asked
            for n in range(10**9):
                asked += 1
                yield Entry(f"{prefix}{n:09d}", 1, "", None)  # type: ignore[arg-type]

    endless = Endless(None, "s3://bucket")  # type: ignore[arg-type]
    listing = endless.ordered("day/")
    assert next(listing).key == "day/000000000"
    assert asked <= FIRST_LOOK + 1
