"""`python -m pipelines.bootstrap demo|up|down`, and `airflow ...`: Airflow's command line for what `up` started."""

from __future__ import annotations

import logging
import sys

from pipelines.bootstrap.demo import airflow, demo, down, up
from pipelines.bootstrap.home import ROOT, Home
from pipelines.cli.terminal import complain
from pipelines.errors import LakeError

COMMANDS = {"demo": demo, "up": up, "down": down}


def main() -> int:
    """Run one command; a fault a person can act on is a message, not a traceback."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    name, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("", [])
    if name != "airflow" and (name not in COMMANDS or arguments):
        complain(f"usage: python -m pipelines.bootstrap {'|'.join(COMMANDS)}|airflow ...")
        return 2
    try:
        home = Home(ROOT / ".demo")
        if name == "airflow":
            return airflow(home, arguments)
        COMMANDS[name](home)
    except LakeError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        complain("interrupted; everything that was started has been stopped")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
