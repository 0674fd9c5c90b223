"""Commands on a lake: run, shadow, status, query, audit, learn, drift, upkeep, ddl."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pipelines.cli.terminal import Meter, complain, out

lakes_app = typer.Typer()


class RunMode(StrEnum):
    MISSING = "missing"
    STALE = "stale"
    ALL = "all"


class ResultFormat(StrEnum):
    TABLE = "table"
    CSV = "csv"
    PARQUET = "parquet"


def _days(first: datetime | None, last: datetime | None) -> tuple[date, ...] | None:
    if first is None and last is None:
        return None
    start, end = (first or last), (last or first)
    assert start is not None
    assert end is not None
    return tuple((start + timedelta(days=n)).date() for n in range((end - start).days + 1))


@lakes_app.command()
def run(
    mode: Annotated[RunMode, typer.Option(help="What to do again besides what has no output.")] = RunMode.MISSING,
    first: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First received day.")] = None,
    last: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last received day.")] = None,
    document: Annotated[str | None, typer.Option(help="Only this document id.")] = None,
    supplier: Annotated[str | None, typer.Option(help="Only this seller: tax id or a part of the name.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes that work at once.")] = 1,
) -> None:
    """Every step over the lake, until nothing waits: LAKE_UPLOADS_URL to gold in LAKE_URL.

    Running it again does what is new, and writes nothing where nothing is.
    """
    from pipelines.steps import Scope, open_lake, run_all

    lake = open_lake()
    scope = Scope(_days(first, last), mode.value, document, supplier)
    with Meter() as meter:
        for report in run_all(lake, scope, jobs, meter.planned, meter.told):
            meter.say(report.line())
            for outcome in report.outcomes:
                if outcome.outcome in ("quarantined", "rejected", "failed", "held"):
                    meter.say(f"  {outcome.outcome}: {outcome.document}: {outcome.reason}")


@lakes_app.command()
def shadow(
    first: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First received day.")] = None,
    last: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last received day.")] = None,
    document: Annotated[str | None, typer.Option(help="Only this document id.")] = None,
    supplier: Annotated[str | None, typer.Option(help="Only this seller: tax id or a part of the name.")] = None,
    all_days: Annotated[bool, typer.Option("--all", help="Every received day, not only the newest.")] = False,
) -> None:
    """Parse again without writing, and tell field by field what would change. Exit status 1 where something would."""
    from pipelines.states import all_days as received
    from pipelines.steps import Scope, open_lake, shadow_parse

    lake = open_lake(existing=True)
    days = received(lake) if all_days else _days(first, last)
    report = shadow_parse(lake, Scope(days, "all", document, supplier))
    for difference in report.differences:
        out.print(difference.line(), markup=False, soft_wrap=True)
    for name, reason in report.failed:
        out.print(f"{name} would fail: {reason}", markup=False, soft_wrap=True)
    out.print(report.line(), markup=False)
    if report.differences or report.failed:
        raise typer.Exit(1)


@lakes_app.command()
def status(
    wanted: Annotated[str | None, typer.Argument(metavar="[NAME or ID]", help="A file name or a document id.")] = None,
) -> None:
    """Where a document is and why; without a name, how many documents are in each state."""
    from pipelines.queries import counts_by_state, find_documents
    from pipelines.steps import open_lake, pending

    lake = open_lake(existing=True)
    if wanted is None:
        table = Table("state", "documents")
        table.add_row("in uploads", str(pending(lake, "ingest").count))
        for state, count in counts_by_state(lake).items():
            table.add_row(state, str(count))
        out.print(table)
        return
    found = find_documents(lake, wanted)
    if not found:
        complain(f"no document {wanted!r} in {lake.storage.url}")
        raise typer.Exit(1)
    for document in found:
        out.print(f"{document.id}\n  file      {document.file_name}\n  state     {document.state}", markup=False)
        for name, value in (
            ("reason", document.reason),
            ("remedy", document.remedy),
            ("received", document.received_at and document.received_at.isoformat()),
            ("parsed", document.parsed_key),
        ):
            if value:
                out.print(f"  {name:<9} {value}", markup=False)


@lakes_app.command()
def query(
    sql: Annotated[str, typer.Argument(help="SQL over silver and gold, such as 'FROM monthly_energy_costs'.")],
    format: Annotated[ResultFormat, typer.Option("--format", "-f")] = ResultFormat.TABLE,  # noqa: A002
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File for csv or parquet.")] = None,
) -> None:
    """Ask DuckDB, with every silver and gold table as a view."""
    from pipelines import queries
    from pipelines.steps import open_lake

    result = queries.query(open_lake(existing=True), sql)
    if format is not ResultFormat.TABLE:
        queries.write_result(result, "csv" if format is ResultFormat.CSV else "parquet", output)
        return
    table = Table(*result.column_names)
    for row in result.slice(0, 200).to_pylist():
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    out.print(table)
    if result.num_rows > 200:
        out.print(f"first 200 of {result.num_rows} rows; use --format csv for all")


@lakes_app.command()
def audit(
    fast: Annotated[bool, typer.Option("--fast", help="Do not read raw documents to compare their hashes.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Also fail where documents still wait for a step.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Make again what can be made, then audit once more.")] = False,
) -> None:
    """Count everything that was dropped against where it is; exit status 1 on any difference."""
    from pipelines.queries import audit as audit_lake
    from pipelines.steps import mend, open_lake

    lake = open_lake(existing=True)
    report = audit_lake(lake, bytes_too=not fast)
    if fix and report.differences:
        for difference in report.differences:
            out.print(f"found: {difference.subject} {difference.what}", markup=False)
        for done in mend(lake, report.differences):
            out.print(f"mended: {done}", markup=False)
        report = audit_lake(lake, bytes_too=not fast)
    table = Table("state", "documents")
    for state, count in sorted(report.states.items()):
        table.add_row(state, str(count))
    table.add_row("in uploads", str(report.waiting_uploads))
    table.add_section()
    table.add_row("dropped", str(report.dropped))
    out.print(table)
    for difference in report.differences:
        complain(f"{difference.subject} {difference.what}")
    if report.differences:
        curable = sum(difference.cure != "none" for difference in report.differences)
        complain(f"{len(report.differences)} differences; `audit --fix` can mend {curable} of them")
        raise typer.Exit(1)
    if strict and report.waiting:
        complain(f"{report.waiting} documents still wait; run the pipeline")
        raise typer.Exit(1)
    out.print("no difference: every file is where it should be")


@lakes_app.command()
def learn(
    least: Annotated[int, typer.Option("--at-least", min=1, help="Documents that must ask for a rule.")] = 2,
    write: Annotated[
        str, typer.Option(help="Numbers of proposals to keep, such as 1,3; or `harmless` for all that lose nothing.")
    ] = "",
) -> None:
    """Propose rules from corrections that repeat, and tell what each would change over all past documents.

    Nothing is written but on request: to LAKE_RULES_URL where it is set, else to include/rules/.
    """
    from pipelines.steps import learn as learn_from
    from pipelines.steps import open_lake, write_rules

    lake = open_lake(existing=True)
    lessons = learn_from(lake, least)
    out.print(f"{lessons.cases} corrections, of which today's rules find {lessons.right} by themselves", markup=False)
    for number, (addition, effect) in enumerate(lessons.proposed, 1):
        out.print(f"{number}. {addition.line()}", markup=False, soft_wrap=True)
        for line in effect.lines():
            out.print(f"     {line}", markup=False, soft_wrap=True)
    if not lessons.proposed:
        out.print("nothing repeats often enough to become a rule", markup=False)
    if not write:
        return
    wanted = {part.strip() for part in write.split(",")}
    chosen = [
        addition
        for number, (addition, effect) in enumerate(lessons.proposed, 1)
        if str(number) in wanted or ("harmless" in wanted and effect.harmless)
    ]
    for written in write_rules(lake, chosen):
        out.print(
            f"wrote {written}: `shadow`, then a replay with mode stale, brings it to past documents", markup=False
        )
    if not chosen:
        complain("none of the proposals was chosen")
        raise typer.Exit(1)


@lakes_app.command()
def drift(
    release: Annotated[str | None, typer.Option(metavar="LAYOUT", help="Let this layout go its way again.")] = None,
    who: Annotated[str, typer.Option(help="Who releases it.")] = "command line",
) -> None:
    """Layouts whose documents no longer prove themselves as they did, and wait for a person. Exit status 1 for any."""
    from pipelines.steps import held_layouts, open_lake, release_layout, watch_layouts

    lake = open_lake(existing=True)
    if release is not None:
        released = release_layout(lake, release, who)
        if released is None:
            complain(f"layout {release} is not held")
            raise typer.Exit(1)
        out.print(released.line(), markup=False, soft_wrap=True)
        return
    watch_layouts(lake)
    standing = [held for held in held_layouts(lake).values() if held.released_at is None]
    for held in standing:
        out.print(held.line(), markup=False, soft_wrap=True)
    if standing:
        raise typer.Exit(1)
    out.print("no layout is held", markup=False)


@lakes_app.command()
def upkeep(
    days: Annotated[int, typer.Option(min=7, help="How far time travel over silver shall reach back.")] = 7,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Checkpoint silver's tables and remove files that no reader needs any more."""
    from pipelines.steps import keep_tables_up, open_lake

    for line in keep_tables_up(open_lake(existing=True), timedelta(days=days), dry_run=dry_run):
        out.print(line, markup=False)


@lakes_app.command()
def ddl(
    location: Annotated[str, typer.Argument(help="URL of 03_gold, such as s3://bucket/prefix/03_gold.")],
    database: Annotated[str, typer.Option(help="Name of the Glue database.")] = "invoice_lake",
) -> None:
    """Print CREATE TABLE statements of gold for Athena and Glue."""
    from pipelines.queries import gold_ddl

    typer.echo(gold_ddl(location, database), nl=False)
