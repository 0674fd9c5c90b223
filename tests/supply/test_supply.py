"""What is told of the packages that run: their bill, and whether anybody judged them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.supply.advisories import judge
from tests.supply.bill import make_bill

ROOT = Path(__file__).resolve().parents[2]
SOUND = {"name": "a", "version": "1", "vulns": []}
HURT = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "c", "skip_reason": "not found"}


def test_the_bill_names_every_locked_package_with_the_hashes_of_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    lock = ROOT / "requirements.txt"
    text = make_bill(lock)
    bill = json.loads(text)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    named = {(part["name"], part["version"]) for part in bill["components"]}
    assert named == set(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", lock.read_text(), re.MULTILINE))
    hashes = {found["content"] for p in bill["components"] for r in p["externalReferences"] for found in r["hashes"]}
    assert hashes == set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock.read_text()))
    assert any(part.get("licenses") for part in bill["components"])
    assert make_bill(lock) == text


@pytest.mark.parametrize(
    ("packages", "accepted", "status"),
    [
        ([SOUND], False, 0),
        ([SOUND, HURT], False, 1),
        ([HURT, SKIPPED], True, 1),
        ([SOUND, SKIPPED], False, 2),
        ([SOUND, SKIPPED], True, 0),
        ([], False, 2),
        ([], True, 0),
    ],
)
def test_what_nobody_judged_never_passes_silently(
    packages: list[dict[str, object]], accepted: bool, status: int
) -> None:
    found, lines = judge({"dependencies": packages}, "no route to host", accepted=accepted)
    assert found == status
    unjudged = not packages or SKIPPED in packages
    assert any("NOT CHECKED" in line for line in lines) == unjudged
    assert any("CVE-1" in line for line in lines) == (HURT in packages)


def test_the_image_installs_nothing_whose_hash_is_not_in_the_lock() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if "pip install" in line] == [
        "RUN pip install --no-cache-dir --require-hashes --compile -r /tmp/requirements.txt"
    ]
    setup = (ROOT / "include" / "setup.sh").read_text()
    assert "pip sync -q --python .venv/bin/python --require-hashes" in setup
