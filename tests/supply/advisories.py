"""Known vulnerabilities of what is locked, by pip-audit; never "none" where nobody could be asked.

    python -m tests.supply.advisories [requirements-dev.txt]        (make check-supply)

Exit status 0: every locked package was judged, and none is vulnerable. 1: some are. 2: some could not be judged,
since the advisory service did not answer or does not know them. SUPPLY_SERVICE=osv asks another service;
SUPPLY_UNCHECKED=accept says that unjudged packages shall not fail a build that has no way out: they are told all
the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

SETTING = "SUPPLY_UNCHECKED"


def main() -> None:
    lock = sys.argv[1] if len(sys.argv) > 1 else "requirements-dev.txt"
    report, error = ask(lock, os.environ.get("SUPPLY_SERVICE", "pypi"))
    status, lines = judge(report, error, accepted=os.environ.get(SETTING) == "accept")
    print("\n".join(lines))
    sys.exit(status)


def ask(lock: str, service: str) -> tuple[dict[str, Any], str]:
    """pip-audit's report on a lock, and what it said where it made none."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", lock, "--require-hashes", "--disable-pip"]
    command += ["--format", "json", "--vulnerability-service", service, "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout), ""
    except ValueError:
        said = done.stderr.strip().splitlines()
        return {}, said[-1] if said else f"it ended with {done.returncode}"


def judge(report: dict[str, Any], error: str, *, accepted: bool) -> tuple[int, list[str]]:
    """Exit status and lines for people."""
    packages = report.get("dependencies", [])
    lines, vulnerable = [], 0
    for package in packages:
        for found in package.get("vulns", []):
            fixed = ", ".join(found.get("fix_versions", [])) or "none yet"
            lines.append(f"{package['name']} {package.get('version', '')}: {found['id']}, mended in: {fixed}")
            vulnerable += 1
    unjudged = [package["name"] for package in packages if "vulns" not in package]
    if not packages:
        lines.append(f"NOT CHECKED: no package could be judged: {error or 'the report is empty'}")
    elif unjudged:
        shown = ", ".join(unjudged[:5]) + (", ..." if len(unjudged) > 5 else "")
        lines.append(f"NOT CHECKED: {len(unjudged)} of {len(packages)} packages could not be judged: {shown}")
    if vulnerable:
        return 1, lines
    if unjudged or not packages:
        if accepted:
            return 0, [*lines, f"{SETTING}=accept: this does not fail the build; nothing is known of these packages"]
        remedy = f"let it reach the advisory service, try SUPPLY_SERVICE=osv, or set {SETTING}=accept"
        return 2, [*lines, remedy]
    return 0, [f"{len(packages)} packages judged, no known vulnerability"]


if __name__ == "__main__":
    main()
