"""The command that forgets documents."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.terminal import complain, out

if TYPE_CHECKING:
    from pipelines.steps import Forgotten

erasing_app = typer.Typer()


@erasing_app.command()
def forget(
    documents: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Document ids.")] = None,
    before: Annotated[
        datetime | None, typer.Option("--received-before", formats=["%Y-%m-%d"], help="And all received before a day.")
    ] = None,
    value: Annotated[
        list[str] | None, typer.Option(help="A text to look for in the end, such as the person's name.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    again: Annotated[
        Path | None, typer.Option("--let-in", metavar="FILE", help="Let forgotten bytes in again.", exists=True)
    ] = None,
) -> None:
    """Erase documents from every layer, history included, and prove that nothing remains. There is no way back.

    Do it while no run is under way. Exit status 1 where something remains.
    """
    from pipelines import steps

    lake = steps.open_lake(existing=True)
    if again is not None:
        out.print("may be dropped again" if steps.let_in(lake, again.read_bytes()) else "was never forgotten")
        return
    names = [*(documents or []), *(steps.received_before(lake, before.date()) if before else [])]
    remaining = [name for name in names if not _forgot(steps.forget(lake, name, dry_run=dry_run, values=value or []))]
    if remaining:
        complain(f"something remains of {', '.join(remaining)}; end what is running and forget again")
        raise typer.Exit(1)


def _forgot(done: Forgotten) -> bool:
    """Tell what was forgotten; whether nothing of it remains."""
    would = "would remove" if done.remains is None else "removed"
    for name in done.documents:
        out.print(f"{name}: {would}", markup=False)
    for key in done.objects:
        out.print(f"  {key}", markup=False)
    parts = [f"{rows} rows of {table}" for table, rows in done.rows.items() if rows]
    parts += [f"{count} objects of the history of {table}" for table, count in done.history.items() if count]
    if parts:
        out.print(f"  {', '.join(parts)}")
    for other in done.again:
        out.print(f"  promoted again, as it shared a point or an invoice: {other}", markup=False)
    if done.remains is None:
        return True
    looked = f"searched {done.remains.objects:,} objects ({done.remains.bytes / 2**20:,.1f} MiB)"
    for value, count in sorted(done.remains.values.items()):
        out.print(f"  {value!r} also stands in {count} objects of other documents", markup=False)
    for trace in done.remains.traces:
        complain(f"remains: {trace}")
    out.print(f"  {looked}: {len(done.remains.traces) or 'nothing'} remains", markup=False)
    return not done.remains.traces
