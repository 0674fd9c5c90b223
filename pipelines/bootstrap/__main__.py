"""`python -m pipelines.bootstrap demo|up|down`."""

from __future__ import annotations

import logging
import sys

from pipelines.bootstrap.demo import demo, down, up
from pipelines.bootstrap.home import ROOT, Home
from pipelines.cli.terminal import complain
from pipelines.errors import LakeError

COMMANDS = {"demo": demo, "up": up, "down": down}


def main() -> int:
    """Run one command; a fault a person can act on is a message, not a traceback."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        complain(f"usage: python -m pipelines.bootstrap {'|'.join(COMMANDS)}")
        return 2
    try:
        COMMANDS[sys.argv[1]](Home(ROOT / ".demo"))
    except LakeError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        complain("interrupted; everything that was started has been stopped")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
