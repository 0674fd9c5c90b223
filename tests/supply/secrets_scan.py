"""Keys and passwords in the repository's files, by the shapes that they are known by.

    python -m tests.supply.secrets_scan        (part of make check)

Exit status 1 where something looks like a secret; the line is named, the secret is not shown.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SHAPES = {
    "access key of AWS": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "secret key of AWS": re.compile(r"(?i)aws.{0,20}secret.{0,20}['\"=: ]([0-9a-zA-Z/+]{40})\b"),
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "token of GitHub": re.compile(r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{60,})\b"),
    "token of GitLab": re.compile(r"\bglpat-[0-9A-Za-z_-]{20,}"),
    "token of Slack": re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{10,}"),
    "key of Google": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "account key of Azure": re.compile(r"AccountKey=[0-9A-Za-z+/]{60,}=*"),
    "token of PyPI": re.compile(r"\bpypi-[0-9A-Za-z_-]{50,}"),
    "signed token": re.compile(r"\beyJ[0-9A-Za-z_-]{15,}\.eyJ[0-9A-Za-z_-]{15,}\.[0-9A-Za-z_-]{20,}"),
    "password in an address": re.compile(
        r"\b[a-z][a-z0-9+]+://[^\s/:@'\"{}$<>]+:(?![^@\s]*[{}$<>])(?!(?i:password)@)[^\s/@'\"]{8,}@"
    ),
}
_BINARY = (".png", ".gz", ".parquet", ".pdf", ".ico", ".woff2")


class Finding(NamedTuple):
    """Where something looks like a secret, and which kind."""

    place: str
    kind: str


def main() -> None:
    found = list(scan(files()))
    for finding in found:
        print(f"{finding.place}: looks like a {finding.kind}", file=sys.stderr)
    sys.exit(1 if found else 0)


def files() -> Iterator[Path]:
    """What git holds or would add; where there is no git, everything that a checkout has."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    names = done.stdout.split("\0") if not done.returncode else [str(p.relative_to(ROOT)) for p in ROOT.rglob("*")]
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file() and path.suffix not in _BINARY and not name.startswith((".venv/", ".git/", ".tools/")):
            yield path


def scan(paths: Iterable[Path]) -> Iterator[Finding]:
    """Findings in some files, by line."""
    for path in paths:
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            for kind, shape in SHAPES.items():
                if shape.search(line):
                    yield Finding(f"{path}:{number}", kind)


if __name__ == "__main__":
    main()
