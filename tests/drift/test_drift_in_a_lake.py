"""The walk over a lake: documents of a layout stop adding up, and from then on the layout waits for a person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from pipelines.documents import DocumentId, DocumentRecord, MadeBy
from pipelines.invoices import Status
from pipelines.lake import Lake
from pipelines.layout import PagesKey, RecordKey, TextKey
from pipelines.pages import PagesFile
from pipelines.queries import query
from pipelines.steps import Batch, Scope, build_gold, parse_batch, promote_silver, release_layout
from tests.parsing.laid_words import document, lay_words


def put(lake: Lake, number: int, gross: str = "123,00") -> DocumentId:
    """A bill that came so many minutes after midnight; its sum closes with 123,00 alone."""
    day = datetime.now(UTC).date() - timedelta(days=1)
    key = DocumentId(day, f"bill-{number}", f"{number:016x}")
    received = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=number)
    record = DocumentRecord(
        id=str(key), sha256=f"{number:064x}", bytes=1, media_type="application/pdf", extension="pdf",
        file_name=f"{number}.pdf", pages=1, pages_with_text=1, received_at=received,
    )  # fmt: skip
    issued = date(2026, 2, 5) + timedelta(days=number)
    page = lay_words(
        ((40, "Wieczorek Narzędzia Sp. z o.o."),),
        ((40, "NIP 526-025-02-74"),),
        ((40, f"Faktura VAT nr FV/{number}/2026"),),
        ((40, "Data wystawienia:"), (160, f"{issued:%d.%m.%Y}")),
        ((40, "Nabywca: Zielona Dolina S.A."),),
        ((40, "Wartość netto:"), (200, "100,00 zł")),
        ((40, "Kwota VAT:"), (200, "23,00 zł")),
        ((40, "Razem brutto:"), (200, f"{gross} zł")),
    )
    lake.save(RecordKey(key), record)
    made_by = MadeBy(step="ocr", version="1", options="")
    lake.storage.put(str(PagesKey(key)), PagesFile(str(key), made_by, document(page)).to_bytes())
    lake.storage.put(str(TextKey(key)), document(page).text().encode())
    parse_batch(lake, Batch("test", (str(key),), 1.0))
    return key


def walk(lake: Lake, run: str) -> list[str]:
    promote_silver(lake, Scope(), run)
    return [done.reason for done in build_gold(lake, Scope()).outcomes if done.outcome == "held"]


@pytest.mark.xdist_group("drift")
def test_a_layout_whose_bills_stop_adding_up_is_held_until_a_person_releases_it(lake: Lake) -> None:
    for number in range(12):
        assert lake.parsed(put(lake, number)).outcome == "accepted"
    assert walk(lake, "one") == []
    first = put(lake, 20, "999,00")
    for number in range(21, 25):
        put(lake, number, "999,00")
    (told,) = walk(lake, "two")
    assert f"since {first}" in told
    [[rate]] = query(lake, "SELECT min(proof_rate) FROM data_quality_daily WHERE layout IS NOT NULL").to_pandas().values
    assert float(rate) == pytest.approx(12 / 17, abs=1e-4)
    (invoice,) = lake.parsed(put(lake, 30)).invoices
    assert invoice.status is Status.NEEDS_REVIEW
    assert "is held" in invoice.review_reasons[-1]
    assert invoice.layout is not None
    assert release_layout(lake, invoice.layout, "anna") is not None
    assert lake.parsed(put(lake, 31)).outcome == "accepted"
    assert walk(lake, "three") == []
