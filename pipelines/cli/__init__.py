"""The command line: the same steps without Airflow.

What belongs here: arguments, progress, printing, exit statuses. What does not: any work of its own.
"""

from __future__ import annotations

import logging
import sys

import typer

from pipelines.cli.erasing import erasing_app
from pipelines.cli.files import files_app
from pipelines.cli.keeping import keeping_app
from pipelines.cli.lakes import lakes_app
from pipelines.cli.terminal import complain
from pipelines.errors import LakeError

app = typer.Typer(
    name="pipelines",
    help="Invoice Lake: invoice documents in, tables that people can trust out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(files_app)
app.add_typer(lakes_app)
app.add_typer(erasing_app)
app.add_typer(keeping_app)


def main() -> None:
    """Run the command line; a fault a person can act on is one line, not a traceback."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        app(prog_name="python -m pipelines")
    except LakeError as error:
        complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        complain("stopped; what was written stands, and a rerun goes on from there")
        sys.exit(130)
