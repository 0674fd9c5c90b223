"""Storage: one behaviour for a folder, memory and S3."""

from pathlib import Path

import obstore
import pytest
from obstore.store import MemoryStore

from pipelines.errors import ConfigurationError, StorageUnavailable
from pipelines.lake import Lake
from pipelines.storage import ObjectConflict, ObjectMissing, Storage, open_storage, probe


@pytest.fixture(params=["folder", "memory", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return open_storage((tmp_path / "store with spaces ł").as_uri())
    if request.param == "memory":
        return open_storage("memory:///")
    s3_lake: Lake = request.getfixturevalue("s3_lake")
    return s3_lake.storage


def test_create_only_writes_once_and_knows_its_own_bytes(storage: Storage) -> None:
    assert storage.create("a/b", b"first") is True
    assert storage.create("a/b", b"first") is False
    with pytest.raises(ObjectConflict, match="already holds other bytes"):
        storage.create("a/b", b"second")
    assert storage.get("a/b") == b"first"


def test_a_rerun_writes_nothing(storage: Storage) -> None:
    assert storage.put_changed("k", b"1") is True
    before = storage.head("k")
    assert storage.put_changed("k", b"1") is False
    assert storage.head("k") == before
    assert storage.put_changed("k", b"2") is True


def test_listing_holds_a_prefix_and_no_neighbour(storage: Storage) -> None:
    for key in ("day/1/a", "day/1/b", "day/10/c"):
        storage.put(key, b"x")
    assert sorted(e.key for e in storage.list("day/1/")) == ["day/1/a", "day/1/b"]
    assert storage.folders("day") == ("1", "10")
    assert list(storage.list("nothing/")) == []
    assert storage.folders("nothing") == ()


def test_below_a_prefix_keys_are_relative(storage: Storage) -> None:
    gold = storage.below("03_gold")
    gold.put("t/1", b"x")
    assert storage.get("03_gold/t/1") == b"x"
    assert [e.key for e in gold.list()] == ["t/1"]
    head = gold.head("t/1")
    assert head is not None
    assert head.key == "t/1"
    assert gold.folders() == ("t",)


def test_missing_objects_are_named(storage: Storage) -> None:
    with pytest.raises(ObjectMissing, match="nope"):
        storage.get("nope")
    assert storage.head("nope") is None
    storage.delete("nope")


def test_large_objects_pass_in_pieces(storage: Storage) -> None:
    pieces = [bytes([n]) * 3_000_000 for n in range(4)]
    storage.put_chunks("big", iter(pieces))
    assert b"".join(storage.chunks("big")) == b"".join(pieces)


def test_the_probe_is_silent_where_conditions_hold_and_leaves_nothing(storage: Storage) -> None:
    assert probe(storage) is None
    assert list(storage.list()) == []


class _Forgetful(Storage):
    """A store that ignores If-None-Match, as some servers do."""

    def create(self, key: str, data: bytes) -> bool:
        self.put(key, data)
        return True


def test_the_probe_warns_where_conditions_are_ignored() -> None:
    assert "ignores conditional writes" in (probe(_Forgetful(MemoryStore(), "memory:///")) or "")


def test_a_url_that_is_none_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="no storage URL"):
        open_storage("ftp://x/y")


def test_a_bucket_that_is_not_there_is_an_error_that_names_it(s3_lake: Lake) -> None:
    storage = open_storage("s3://there-is-no-such-bucket/x", s3_lake.credentials)
    with pytest.raises((StorageUnavailable, ConfigurationError, ObjectMissing), match="there-is-no-such-bucket"):
        storage.put("a", b"x")


def test_a_client_that_retries_meets_its_own_write(storage: Storage) -> None:
    """The PUT succeeded, its answer was lost, the retry is told that the object exists."""
    obstore.put(storage._store, storage._root + "claim", b"mine")
    assert storage.create("claim", b"mine") is False


def test_pieces_of_one_store_can_be_put_into_another(tmp_path: Path) -> None:
    source, target = (open_storage((tmp_path / name).as_uri()) for name in ("a", "b"))
    source.put("large", bytes(range(256)) * 40_000)
    target.put_chunks("copy", source.chunks("large", size=1024 * 1024))
    assert target.get("copy") == source.get("large")
