"""Commands that keep a lake: who did what in it, and copies of what cannot be made again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.terminal import out

if TYPE_CHECKING:
    from pipelines.storage import Credentials

keeping_app = typer.Typer()


@keeping_app.command()
def trail(
    first: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day (UTC).")] = None,
    last: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day.")] = None,
    document: Annotated[str | None, typer.Option(help="Only this document id.")] = None,
    who: Annotated[str | None, typer.Option(help="Only this person.")] = None,
    changes: Annotated[bool, typer.Option("--changes", help="Without what was only looked at.")] = False,
) -> None:
    """Who saw and changed what in the Invoice Desk, oldest first: time, person, what, document, fields (tab-parted)."""
    from pipelines.queries import trail_of_people
    from pipelines.steps import open_lake

    days = (first.date() if first else None, last.date() if last else None)
    for line in trail_of_people(open_lake(existing=True), *days, document, who, looks=not changes):
        parts = (line.at.isoformat(), line.who, line.did, line.document, line.detail)
        typer.echo("\t".join(part.replace("\t", " ").replace("\n", " ") for part in parts))


@keeping_app.command()
def backup(target: Annotated[str, typer.Argument(help="Folder or URL of the copy.", show_default=False)]) -> None:
    """Copy what cannot be made again (documents, records, edits, trail) to another place; adds, never removes."""
    from pipelines.steps import open_lake

    lake = open_lake(existing=True)
    _copy_originals(lake.storage.url, target, lake.credentials)


@keeping_app.command()
def restore(source: Annotated[str, typer.Argument(help="Folder or URL of a backup.", show_default=False)]) -> None:
    """Copy a backup into the lake; `run` then makes everything else again."""
    from pipelines.steps import open_lake

    lake = open_lake()
    _copy_originals(source, lake.storage.url, lake.credentials)
    out.print("now: python -m pipelines run, then audit")


def _copy_originals(source: str, target: str, credentials: Credentials) -> None:
    from pipelines.settings import as_url
    from pipelines.steps import copy_originals
    from pipelines.storage import open_storage

    places = open_storage(as_url(source), credentials), open_storage(as_url(target), credentials)
    for folder, counts in copy_originals(*places):
        what = f"{folder}: {counts['copied']} copied ({counts['bytes'] / 2**20:.1f} MiB), {counts['present']} present"
        out.print(what, markup=False)
