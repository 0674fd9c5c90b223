"""Commands on single files, outside any lake: parse, read, samples."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from pipelines.cli.terminal import complain, out, shown_progress

if TYPE_CHECKING:
    from pipelines.reading import ReadOptions

files_app = typer.Typer()
ResultT = TypeVar("ResultT")

Files = Annotated[list[Path], typer.Argument(help="PDF, PNG, JPEG, TIFF, GIF, WebP or XML files.", show_default=False)]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder for the results; made where missing.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes that work at once.")]


@files_app.command()
def parse(files: Files, output: Output = Path("parsed"), jobs: Jobs = 1) -> None:
    """Read and parse files; writes OUTPUT/<file name>.json for each.

    A file that cannot be read gets a JSON with its error; the exit status is 1 then, after all others are done.
    """
    from pipelines.lake import to_json
    from pipelines.steps.parse import parse_file

    failed = 0
    work = partial(parse_file, options=_options())
    for target, parsed in zip(_targets(files, output, ".json"), _each(work, files, jobs, "parsing"), strict=True):
        target.write_bytes(to_json(parsed))
        if parsed.error:
            failed += 1
            complain(f"{parsed.document}: {parsed.error.error}: {parsed.error.message}. {parsed.error.remedy}")
    _finish(len(files), failed, output)


@files_app.command()
def read(files: Files, output: Output = Path("read"), jobs: Jobs = 1) -> None:
    """Read files; writes OUTPUT/<file name>.txt (the text) and .pages.json.gz (words with places) for each."""
    failed = 0
    work = partial(_read_to_bytes, options=_options())
    for target, result in zip(_targets(files, output, ""), _each(work, files, jobs, "reading"), strict=True):
        if isinstance(result, str):
            failed += 1
            complain(result)
        else:
            text, pages = result
            target.with_name(target.name + ".pages.json.gz").write_bytes(pages)
            target.with_name(target.name + ".txt").write_text(text, encoding="utf-8")
    _finish(len(files), failed, output)


@files_app.command()
def explain(
    file: Annotated[Path, typer.Argument(help="A document.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="HTML file, or a .png; FILE.explained.html if unset.")
    ] = None,
) -> None:
    """Draw a document's pages with each field's box, rule, score, proofs and runners-up: one HTML file, or a PNG."""
    from pipelines.steps.explain import explain_file

    target = output or Path(f"{file.name}.explained.html")
    target.write_bytes(explain_file(file, _options(), picture=target.suffix.lower() == ".png"))
    out.print(f"open {target}", markup=False)


@files_app.command()
def samples(
    folder: Annotated[Path, typer.Argument(help="Folder for the documents; made where missing.")],
    seed: Annotated[int, typer.Option(help="The same seed draws the same bytes.")] = 1,
    scans: Annotated[bool, typer.Option(help="Also draw noisy scans, which take OCR.")] = True,
) -> None:
    """Draw realistic, invented invoices with known truth (truth.json)."""
    from pipelines.samples import draw_samples

    drawn = draw_samples(folder, seed=seed, scans=scans)
    out.print(f"{len(drawn)} documents and truth.json in {folder}", markup=False)


def _options() -> ReadOptions:
    from pipelines.settings import load_settings
    from pipelines.steps.read import read_options

    return read_options(load_settings())


def _read_to_bytes(path: Path, options: ReadOptions) -> tuple[str, bytes] | str:
    from pipelines.errors import LakeError
    from pipelines.pages import PagesFile
    from pipelines.steps.read import read_file, read_made_by

    try:
        text = read_file(path, options)
    except (LakeError, OSError) as error:
        return f"{path.name}: {type(error).__name__}: {error}"
    return text.text(), PagesFile(path.name, read_made_by(options), text).to_bytes()


def _targets(files: list[Path], output: Path, suffix: str) -> Iterator[Path]:
    """Where each file's result goes; of two files with one name, the second's result is numbered."""
    output.mkdir(parents=True, exist_ok=True)
    seen: dict[str, int] = {}
    for file in files:
        seen[file.name] = seen.get(file.name, 0) + 1
        number = f".{seen[file.name]}" if seen[file.name] > 1 else ""
        if number:
            complain(f"{file}: another file of this name came before; its result is {file.name}{number}{suffix}")
        yield output / f"{file.name}{number}{suffix}"


def _each(work: Callable[[Path], ResultT], files: list[Path], jobs: int, what: str) -> Iterator[ResultT]:
    """Results in the files' order, from this process or from several."""
    if jobs == 1 or len(files) == 1:
        yield from shown_progress(map(work, files), len(files), what)
        return
    # spawn: OCR and PDF libraries hold threads and handles that a forked child must not share
    with ProcessPoolExecutor(min(jobs, len(files)), mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from shown_progress(pool.map(work, files), len(files), what)


def _finish(count: int, failed: int, output: Path) -> None:
    out.print(f"{count - failed} of {count} files done, results in {output}", markup=False)
    if failed:
        raise typer.Exit(1)
