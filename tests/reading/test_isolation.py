"""Native code that crashes, hangs or eats memory costs its page, and nothing else."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.errors import ConfigurationError, DamagedDocument
from pipelines.reading import ReadOptions, close_children, read_document, read_pages
from pipelines.reading.isolate import ChildDied, borrowed_child
from tests.reading import papers

PDF = "application/pdf"
ROOT = Path(__file__).resolve().parents[2]

# An engine that does what the darkness of the page tells it: an accident, played.
FAULTY = """
import os, signal, time
from pipelines.reading.ocr.engine import OcrWord

class Faulty:
    name = "faulty 1"
    languages = frozenset({"eng"})

    def read(self, image, dpi, language, segmentation=3):
        shade = image.resize((1, 1)).getpixel((0, 0))
        if shade < 60:
            os.kill(os.getpid(), signal.SIGSEGV)
        if shade < 120:
            time.sleep(600)
        if shade < 180:
            hoard = [bytearray(100_000_000) for _ in range(100)]
        return [OcrWord("fine", 10, 10, 60, 30, 0.9)]

    def find_turn(self, image, dpi):
        return None
"""
CRASHES, HANGS, HOARDS, READS = 30, 90, 150, 250


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReadOptions]:
    """Options that name the faulty engine, plugged in by its entry point as any other package would be."""
    (tmp_path / "faulty_engine.py").write_text(FAULTY)
    about = tmp_path / "faulty_engine-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty-engine\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[invoice_lake.ocr]\nfaulty = faulty_engine:Faulty\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    close_children()
    yield ReadOptions(engine="faulty", languages=("eng",), page_timeout_seconds=5, memory_mib=600)
    close_children()


def shaded(*shades: int) -> bytes:
    from PIL import Image

    return papers.scan_pdf(*[Image.new("L", (827, 1170), shade) for shade in shades])


def sources(data: bytes, options: ReadOptions) -> list[str]:
    return [page.source for page in read_document(data, PDF, options).pages]


def test_a_page_that_crashes_its_reader_fails_and_the_others_stand(options: ReadOptions) -> None:
    pages = read_document(shaded(READS, CRASHES, READS), PDF, options).pages
    assert [page.source for page in pages] == ["ocr", "failed", "ocr"]
    assert pages[1].number == 2
    assert "PageUnreadable" in pages[1].error
    assert "signal 11" in pages[1].error


def test_a_page_that_hangs_is_given_up_within_its_time_limit(options: ReadOptions) -> None:
    began = time.monotonic()
    pages = read_document(shaded(READS, HANGS, READS), PDF, options).pages
    assert [page.source for page in pages] == ["ocr", "failed", "ocr"]
    assert "time limit" in pages[1].error
    assert time.monotonic() - began < 60


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux caps a process's address space")
def test_a_page_that_eats_memory_fails_alone(options: ReadOptions) -> None:
    pages = read_document(shaded(HOARDS, READS), PDF, options).pages
    assert [page.source for page in pages] == ["failed", "ocr"]
    assert "memory" in pages[0].error


def test_a_document_of_hostile_pages_is_given_up_in_bounded_time(options: ReadOptions) -> None:
    pages = read_document(shaded(*[CRASHES] * 12), PDF, options).pages
    assert {page.source for page in pages} == {"failed"}
    assert [page.number for page in pages] == list(range(1, 13))
    assert "not read" in pages[-1].error


def test_a_plugged_in_engine_names_itself_on_the_page(options: ReadOptions) -> None:
    assert read_document(shaded(READS), PDF, options).pages[0].engine == "faulty 1"


def test_an_unknown_engine_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="no OCR engine named 'nonesuch'"):
        read_document(papers.scan_pdf(), PDF, ReadOptions(engine="nonesuch"))


def test_language_data_that_is_missing_is_named_with_its_remedy() -> None:
    with pytest.raises(ConfigurationError, match="xyz") as caught:
        read_document(papers.scan_pdf(), PDF, ReadOptions(languages=("xyz",)))
    assert "nstall" in caught.value.remedy


def test_one_child_serves_many_documents() -> None:
    close_children()
    data = papers.text_pdf()
    read_document(data, PDF)
    with borrowed_child() as child:
        first = child.pid
    for _ in range(5):
        read_document(data, PDF)
    with borrowed_child() as child:
        assert child.pid == first


def test_a_child_killed_between_documents_is_replaced() -> None:
    read_document(papers.text_pdf(), PDF)
    with borrowed_child() as child:
        os.kill(child.pid, 9)
    assert len(read_document(papers.text_pdf(), PDF).pages) == 1


def test_a_child_killed_in_the_middle_is_tried_again() -> None:
    data = papers.text_pdf(40)
    pages = read_pages(data, PDF)
    seen = [next(pages)]
    from pipelines.reading import isolate

    os.kill(isolate._children.busy[0].pid, 9)
    seen.extend(pages)
    assert [page.number for page in seen] == list(range(1, 41))
    assert {page.source for page in seen} == {"text"}


def test_threads_read_side_by_side() -> None:
    data = papers.text_pdf()
    results: list[str] = []
    threads = [threading.Thread(target=lambda: results.append(read_document(data, PDF).text())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(results)) == 1
    assert len(results) == 4


def test_a_reading_that_is_broken_off_leaves_no_half_answer_behind() -> None:
    pages = read_pages(papers.text_pdf(30), PDF)
    assert next(pages).number == 1
    pages.close()
    assert read_document(papers.text_pdf(2), PDF).pages[1].number == 2


def test_a_child_that_answers_too_late_is_killed() -> None:
    read_document(papers.text_pdf(), PDF)
    with borrowed_child() as child:
        child._idle = False  # as if a question were under way: no answer will come
        with pytest.raises(ChildDied) as died:
            child._frame(0.05)
    assert died.value.timed_out
    assert not child.is_usable


@pytest.mark.parametrize("end", ["exit", "kill"])
def test_children_leave_with_their_parent(end: str, tmp_path: Path) -> None:
    """Even when the parent is killed by -9 while the child is in the middle of native code."""
    script = """
        import os, signal, sys
        from pipelines.reading import ReadOptions, read_pages
        from pipelines.reading import isolate
        from tests.reading import papers
        pages = read_pages(papers.text_pdf(300), "application/pdf")
        next(pages)
        print(isolate._children.busy[0].pid, flush=True)
        if sys.argv[1] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), end],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    child = int(done.stdout)
    deadline = time.monotonic() + 15
    while _lives(child):
        assert time.monotonic() < deadline, f"the reading child {child} outlives its parent"
        time.sleep(0.1)


def test_a_forked_process_uses_children_of_its_own() -> None:
    """Airflow forks its tasks: a fork must neither use nor end its parent's child."""
    data = papers.text_pdf()
    read_document(data, PDF)
    with borrowed_child() as child:
        pid = child.pid
    fork = os.fork()
    if fork == 0:
        os._exit(0 if len(read_document(data, PDF).pages) == 1 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]) == 0
    read_document(data, PDF)
    with borrowed_child() as child:
        assert child.pid == pid


def test_a_file_that_kills_its_reader_while_it_is_opened_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.reading import supervise

    class Dying:
        def ask(self, *_: object) -> Iterator[bytes]:
            raise ChildDied("its reader died (signal 11)")
            yield b""

    from contextlib import contextmanager

    @contextmanager
    def dying() -> Iterator[Dying]:
        yield Dying()

    monkeypatch.setattr(supervise, "borrowed_child", dying)
    with pytest.raises(DamagedDocument, match="opened safely"):
        read_document(papers.text_pdf(), PDF)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
