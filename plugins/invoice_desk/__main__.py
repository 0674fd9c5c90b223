"""`PYTHONPATH=.:plugins python -m invoice_desk [--run]`: the desk without Airflow, by `LAKE_*` and `LAKE_DESK_*`."""

from __future__ import annotations

import argparse
import sys

from invoice_desk.server import serve
from invoice_desk.settings import DeskSettings
from pipelines.errors import LakeError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m invoice_desk", description="The Invoice Desk on its own server.")
    parser.add_argument("--host", help="address to listen on (LAKE_DESK_HOST)")
    parser.add_argument("--port", type=int, help="port to listen on (LAKE_DESK_PORT)")
    parser.add_argument("--run", action="store_true", help="read and parse here too, without Airflow (LAKE_DESK_RUN)")
    given = {name: value for name, value in vars(parser.parse_args()).items() if value}
    try:
        serve(DeskSettings(**given))
    except LakeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
