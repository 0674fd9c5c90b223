"""Print the Python that runs fastest of those installed: builds of one version differ by half.

    python3 include/fastest_python.py

Builds without profile-guided optimisation (what pyenv makes unless told otherwise) take half as long again as a
distribution's or the official images'. So each one found on the PATH runs the same small loop, and the first
one found stays unless another is clearly faster. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

NAMES = ("python3.11", "python3.12", "python3.13", "python3")
CLEARLY = 0.85
"""Share of the first one's time that another must stay under: less is noise."""
ROUNDS = 3
PROBE = """
import sys, time
if not (3, 11) <= sys.version_info < (3, 14) or sys.implementation.name != "cpython":
    raise SystemExit(1)
import bz2, ctypes, lzma, sqlite3, ssl
class Point:
    __slots__ = ("x", "y")
    def __init__(self, x, y):
        self.x, self.y = x, y
def walk(count):
    seen, total = {}, 0
    for i in range(count):
        point = Point(i, str(i))
        seen[point.y] = point.x
        total += len([part for part in point.y if part in "13579"]) + max(i, total) % 7
    return total
best = 1e9
for _ in range(5):
    start = time.process_time()
    walk(20000)
    best = min(best, time.process_time() - start)
print(getattr(sys, "_base_executable", sys.executable), best)
"""
"""Prints the interpreter and the CPU seconds of its best round; fails where the version or a module does not fit."""


def installed(path: str) -> Iterator[Path]:
    """Executables that may be a fitting Python, in the order of the PATH; each file once."""
    seen: set[Path] = set()
    for folder in path.split(os.pathsep):
        for name in NAMES:
            program = Path(folder or ".") / name
            if program.is_file() and os.access(program, os.X_OK) and program.resolve() not in seen:
                seen.add(program.resolve())
                yield program


def measured(program: Path) -> tuple[str, float] | None:
    """The interpreter that a program is or starts, and its time in CPU seconds; None where it does not fit."""
    try:
        said = subprocess.run(  # noqa: S603 - a Python of the user's own PATH, no shell
            [program, "-c", PROBE], capture_output=True, text=True, timeout=30, check=True
        )
        executable, _, seconds = said.stdout.strip().rpartition(" ")
        return (executable, float(seconds)) if executable else None
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def fastest(times: Mapping[str, float]) -> str | None:
    """The first interpreter, or the fastest one where that is clearly faster; None where there is none."""
    if not times:
        return None
    first = next(iter(times))
    best = min(times, key=lambda name: times[name])
    return best if times[best] < CLEARLY * times[first] else first


def main() -> int:
    """Measure what the PATH holds and print the choice; 1 where no Python fits."""
    times: dict[str, float] = {}
    programs = list(installed(os.environ.get("PATH", "")))
    for _ in range(ROUNDS):  # in turns, so that other work on the machine slows none of them alone
        for program in programs:
            found = measured(program)
            if found is not None:
                times[found[0]] = min(found[1], times.get(found[0], found[1]))
    choice = fastest(times)
    if choice is None:
        return 1
    sys.stdout.write(choice + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
