"""One bad document never fails its batch; what is nobody's document's fault always does."""

from datetime import date

import pytest
from obstore.store import MemoryStore

from pipelines.documents import DocumentId, MadeBy
from pipelines.errors import ConfigurationError, DamagedDocument, StorageUnavailable
from pipelines.lake import Lake
from pipelines.layout import QuarantineKey
from pipelines.steps import plan_ingest
from pipelines.steps.batches import Outcome
from pipelines.steps.one_document import attempt
from pipelines.storage import Storage

DOCUMENT = DocumentId(date(2026, 11, 20), "a", "3f2a9c1b77aa01de")
MADE_BY = MadeBy(step="ocr", version="1", options="x")


def _fails(error: Exception) -> object:
    def work() -> Outcome:
        raise error

    return work


def test_a_terminal_fault_quarantines_with_reason_and_remedy(lake: Lake) -> None:
    fault = DamagedDocument("the file ends early", remedy="Export it again.")
    outcome = attempt(lake, "ocr", DOCUMENT, MADE_BY, _fails(fault))  # type: ignore[arg-type]
    assert outcome.outcome == "quarantined"
    record = lake.quarantined("ocr", DOCUMENT)
    assert (record.error, record.message, record.remedy) == (
        "DamagedDocument",
        "the file ends early",
        "Export it again.",
    )
    assert record.attempts == 1
    again = attempt(lake, "ocr", DOCUMENT, MADE_BY, _fails(fault))  # type: ignore[arg-type]
    assert again.outcome == "unchanged"
    assert lake.quarantined("ocr", DOCUMENT) == record, "the same failure again writes nothing"
    attempt(lake, "ocr", DOCUMENT, MADE_BY.model_copy(update={"version": "2"}), _fails(fault))  # type: ignore[arg-type]
    assert lake.quarantined("ocr", DOCUMENT).attempts == 2


def test_a_fault_nobody_foresaw_quarantines_and_says_so(lake: Lake) -> None:
    attempt(lake, "parse", DOCUMENT, MADE_BY, _fails(ZeroDivisionError("x")))  # type: ignore[arg-type]
    assert lake.quarantined("parse", DOCUMENT).error == "UnexpectedError"


@pytest.mark.parametrize(
    "error", [StorageUnavailable("away"), ConfigurationError("no data"), OSError(28, "disk full"), MemoryError()]
)
def test_what_says_nothing_about_the_document_is_raised(lake: Lake, error: Exception) -> None:
    with pytest.raises(type(error)):
        attempt(lake, "ocr", DOCUMENT, MADE_BY, _fails(error))  # type: ignore[arg-type]
    assert not lake.storage.exists(str(QuarantineKey("ocr", DOCUMENT)))


def test_success_lifts_the_quarantine(lake: Lake) -> None:
    attempt(lake, "ocr", DOCUMENT, MADE_BY, _fails(DamagedDocument("x")))  # type: ignore[arg-type]
    attempt(lake, "ocr", DOCUMENT, MADE_BY, lambda: Outcome(str(DOCUMENT), "read"))
    assert not lake.storage.exists(str(QuarantineKey("ocr", DOCUMENT)))


class _Forgetful(Storage):
    """A store that ignores If-None-Match, as some servers do."""

    def create(self, key: str, data: bytes) -> bool:
        self.put(key, data)
        return True


def test_planning_warns_of_a_store_in_which_two_runs_could_claim_one_document(
    lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    forgetful = Lake(lake.settings, _Forgetful(MemoryStore(), "memory:///"), lake.credentials)
    plan_ingest(forgetful)
    assert "ignores conditional writes" in caplog.text
    assert list(forgetful.storage.list()) == []
