"""Keys format and parse back; nothing else is a key."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.documents import MEDIA_TYPES, DocumentId
from pipelines.errors import InvalidKey
from pipelines.layout import (
    MEASURED,
    STEPS,
    ChunkKey,
    ContentKey,
    EditKey,
    ForgettingKey,
    Key,
    MeasuredKey,
    OutboxKey,
    PagesKey,
    ParsedKey,
    QuarantineKey,
    RawKey,
    RecordKey,
    RejectedKey,
    RejectedReasonKey,
    TextKey,
    TrailKey,
    day_prefix,
    parse_key,
)

documents = st.builds(
    DocumentId.make,
    st.dates(date(2000, 1, 1), date(2199, 12, 31)),
    st.text(max_size=80),
    st.text("0123456789abcdef", min_size=64, max_size=64),
)
times = st.datetimes(datetime(2000, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
keys = st.one_of(
    st.builds(ContentKey, st.text("0123456789abcdef", min_size=64, max_size=64)),
    st.builds(ForgettingKey, documents),
    st.builds(RecordKey, documents),
    st.builds(RawKey, documents, st.sampled_from(sorted(MEDIA_TYPES))),
    st.builds(ChunkKey, documents, st.integers(1, 99_999), st.integers(1, 99_999)),
    st.builds(PagesKey, documents),
    st.builds(TextKey, documents),
    st.builds(ParsedKey, documents),
    st.builds(EditKey, documents, times),
    st.builds(MeasuredKey, st.sampled_from(MEASURED), documents),
    st.builds(QuarantineKey, st.sampled_from(STEPS), documents),
    st.builds(OutboxKey, st.just("invoice_parsed"), documents, st.text("0123456789abcdef", min_size=16, max_size=16)),
    st.builds(RejectedKey, documents),
    st.builds(RejectedReasonKey, documents),
    st.builds(TrailKey, times, st.text("0123456789abcdef", min_size=16, max_size=16)),
)


@given(keys)
def test_every_key_parses_back(key: Key) -> None:
    assert parse_key(str(key)) == key


@given(st.text(max_size=120))
def test_a_random_string_is_no_key(text: str) -> None:
    with pytest.raises(InvalidKey):
        parse_key(text)


@given(documents)
def test_a_day_is_one_prefix_of_a_folder(document: DocumentId) -> None:
    assert str(ParsedKey(document)).startswith(day_prefix(ParsedKey.folder, document.day))
