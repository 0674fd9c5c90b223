"""What people do, in a real browser: upload to gold, review, search, delete and restore, and a viewer's refusals."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from pipelines import queries
from pipelines.lake import Lake, open_lake
from pipelines.layout import TrailKey
from pipelines.samples.trade import TradeInvoice, trade_invoice
from pipelines.samples.trade_pages import draw_trade_invoice
from pipelines.settings import Settings
from pipelines.steps import receive_file, run_all
from tests.desk.browsing import CHROMIUM, browser, served
from tests.desk.desks import TOKENS, USER, VIEWER

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(240),
]
_SLOW = 60_000
"""Milliseconds that a step may take on a busy machine."""
_WAITING = "rechnung-2026-1190.pdf"


class _Misprinted(TradeInvoice):
    """An invoice whose total is a euro more than its net and tax come to: somebody has to look at it."""

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax + 1


_DRAWN = trade_invoice(Random(1), "de", "2026-1190", date(2026, 2, 9))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Lake:
    folder = tmp_path_factory.mktemp("browser")
    opened = open_lake(Settings(url=str(folder / "lake"), uploads_url=str(folder / "uploads"), settle_seconds=0))
    misprinted = _Misprinted(*(getattr(_DRAWN, field.name) for field in fields(_DRAWN)))
    (folder / _WAITING).write_bytes(draw_trade_invoice(misprinted))
    with (folder / _WAITING).open("rb") as file:
        receive_file(opened, file, _WAITING, "anna")
    for name in ("conta-luz-2026-01.pdf", "faktura-FV-2026-02-118.pdf"):
        with (samples / name).open("rb") as file:
            receive_file(opened, file, name, "anna")
    list(run_all(opened))
    return opened


@pytest.fixture(scope="module")
def desk(lake: Lake) -> Iterator[tuple[str, Any]]:
    with served(lake, tokens=TOKENS) as url, browser() as opened:
        yield url, opened


OpenPage = Callable[..., Any]


@pytest.fixture
def open_page(desk: tuple[str, Any]) -> Iterator[OpenPage]:
    """Opens a page as a person; in the end nothing may have gone wrong in any, or been asked of any other place."""
    url, opened = desk
    contexts: list[Any] = []
    trouble: list[str] = []

    def open_as(token: str, path: str = "", **options: Any) -> Any:
        context = opened.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", **options)
        context.set_default_timeout(_SLOW)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(f"script: {error}"))
        page.on("console", lambda said: trouble.append(said.text) if "Content Security" in said.text else None)
        page.on("request", lambda asked: trouble.append(asked.url) if not _own(asked.url, url) else None)
        page.goto(f"{url}/invoices/{path}")
        page.fill("#token", token)
        page.click("button")
        page.wait_for_selector("header")
        if path:
            page.goto(f"{url}/invoices/{path}")
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert trouble == []


def _own(asked: str, url: str) -> bool:
    return urlsplit(asked).scheme in ("data", "blob") or asked.startswith(url)


def _soon(holds: Callable[[], bool], seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.3)
    return False


def _gold(lake: Lake, supplier: str) -> Decimal | None:
    sql = f"SELECT sum(gross) AS gross FROM supplier_spend_monthly WHERE contains(supplier_name, '{supplier}')"
    found: Decimal | None = queries.query(lake, sql).to_pylist()[0]["gross"]
    return found


def test_an_upload_is_followed_to_gold_without_a_reload(lake: Lake, open_page: OpenPage, samples: Path) -> None:
    page = open_page(USER)
    with page.expect_file_chooser() as chooser:
        page.click("#choose")
    chooser.value.set_files([samples / "prad-rozliczenie-2026-01.pdf", samples / "setup.pdf"])
    page.wait_for_selector("#sending .badge.gold", timeout=90_000)
    refused = page.locator("#sending li", has_text="setup.pdf")
    assert "a Windows program" in refused.inner_text()
    assert "Supported: PDF" in refused.inner_text()
    assert _gold(lake, "Wschodni Wiatr") is not None
    # the page stayed usable all the while
    page.click("#tab-browse")
    page.wait_for_selector("#grid .ag-row")


def test_a_review_with_an_edit_reaches_gold(lake: Lake, open_page: OpenPage) -> None:
    page = open_page(USER, "review")
    page.wait_for_selector("#review")
    assert _WAITING in page.inner_text(".form-head")
    assert _soon(lambda: page.evaluate("document.querySelector('.paper img').naturalWidth > 100"))
    page.focus("[data-path='0.gross_total'] input")
    assert page.locator("[data-box='0.gross_total'].lit").count() == 1
    page.locator("[data-box='0.invoice_number']").click()
    assert page.evaluate("document.activeElement.id") == "field-0.invoice_number"
    runner = page.locator("[data-runner='0.tax_total']").first
    value = runner.inner_text()
    runner.click()
    assert page.input_value("[data-path='0.tax_total'] input") == value.replace(",", ".")
    page.fill("[data-path='0.tax_total'] input", f"{_DRAWN.tax:.2f}".replace(".", ","))  # as people write it
    page.fill("[data-path='0.gross_total'] input", f"{_DRAWN.gross:.2f} EUR".replace(".", ","))
    page.fill("[data-path='0.amount_due'] input", f"{_DRAWN.gross:.2f}")
    assert "Save" in page.inner_text("#confirm")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".toast")
    assert _soon(lambda: _gold(lake, "Sonnenwinkel") == _DRAWN.gross)
    [status] = queries.find_documents(lake, _WAITING)
    assert status.state == "accepted"
    page.wait_for_selector(".note")  # nothing else waits


def test_a_search_stands_in_the_address(open_page: OpenPage) -> None:
    page = open_page(USER, "browse")
    page.wait_for_selector("#grid .ag-row")
    page.fill("[data-narrow='q'] input", "stolarnia 118")
    assert _soon(lambda: page.inner_text("#total").startswith("1 "))
    assert "q=stolarnia+118" in page.url
    assert "q=stolarnia+118" in page.get_attribute("[data-export='csv']", "href")
    page.reload()
    assert _soon(lambda: page.inner_text("#total").startswith("1 "))
    assert page.input_value("[data-narrow='q'] input") == "stolarnia 118"
    page.locator("#grid .ag-center-cols-container .ag-row").first.dblclick()
    page.wait_for_selector("#review")
    assert "faktura-FV-2026-02-118.pdf" in page.inner_text(".form-head")


def test_delete_and_restore(lake: Lake, open_page: OpenPage) -> None:
    [status] = queries.find_documents(lake, "conta-luz-2026-01.pdf")
    page = open_page(USER, f"review?id={status.id}")
    page.click("#delete")
    page.wait_for_selector("#restore")
    assert _soon(lambda: _gold(lake, "CERRADO") is None)
    page.click("#restore")
    page.wait_for_selector("#delete")
    assert _soon(lambda: _gold(lake, "CERRADO") is not None)


def test_a_viewer_sees_all_and_changes_nothing(lake: Lake, open_page: OpenPage) -> None:
    [status] = queries.find_documents(lake, "faktura-FV-2026-02-118.pdf")
    before = _standing(lake)
    page = open_page(VIEWER)
    assert page.locator("#drop").count() == 0
    page.goto(page.url + f"review?id={status.id}")
    page.wait_for_selector("#review")
    assert page.locator("#confirm, #delete, #reprocess").count() == 0
    assert page.locator(".field input:enabled").count() == 0
    codes = page.evaluate(
        """async (base) => Promise.all([
            fetch(base, {method: 'DELETE'}), fetch(base + '/confirm', {method: 'POST', body: '{}'}),
            fetch(base, {method: 'PUT', body: '{"values": {"0.gross_total": "1.00"}}', headers: {'If-Match': '*'}}),
        ]).then(answers => answers.map(answer => answer.status))""",
        f"/invoices/api/v1/invoices/{status.id}",
    )
    assert codes == [403, 403, 403]
    assert _standing(lake) == before


def _standing(lake: Lake) -> list[tuple[str, str]]:
    """All that stands, but for the trail of who looked."""
    return sorted((e.key, e.etag) for e in lake.storage.list() if not e.key.startswith(f"{TrailKey.folder}/"))


@pytest.mark.parametrize(
    ("language", "word"), [("pl-PL", "Ustawienia"), ("pt-BR", "Configuração"), ("de-DE", "Settings")]
)
def test_pages_speak_the_readers_language_and_fit_a_telephone(desk: tuple[str, Any], language: str, word: str) -> None:
    url, opened = desk
    context = opened.new_context(viewport={"width": 390, "height": 800}, locale=language, color_scheme="dark")
    context.set_default_timeout(_SLOW)
    page = context.new_page()
    page.goto(f"{url}/invoices/")
    page.fill("#token", USER)
    page.click("button")
    page.wait_for_selector("header")
    assert word in page.inner_text("header")
    for name in ("", "review", "browse", "insight", "settings"):
        page.goto(f"{url}/invoices/{name}")
        page.wait_for_selector("main > div:not(.loading)")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


def test_names_from_documents_are_never_markup(lake: Lake, open_page: OpenPage, samples: Path) -> None:
    name = "<img src=x onerror=document.title='gone'>.pdf"
    with (samples / "prad-g12-2026-01.pdf").open("rb") as file:
        document = receive_file(lake, file, name, "<b>mallory</b>").document
    page = open_page(USER)
    page.wait_for_selector("#recent")

    def stands_in_the_list() -> bool:
        page.reload()
        page.wait_for_selector("#recent")
        return name in page.inner_text("#recent")

    assert _soon(stands_in_the_list)  # the desk looks for what others drop about once a second
    for path in (f"review?id={document}", "browse"):
        page.goto(re.sub(r"/invoices/.*", f"/invoices/{path}", page.url))
        page.wait_for_selector("#review, #grid .ag-row")
        assert page.title() != "gone"
        assert page.locator("img[src='x']").count() == 0
