"""Facts about the repository itself: locks, folders, documents."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.txt", "requirements-dev.txt"]


def _locked(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_and_no_path(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"https?://|--(extra-)?index|file:", text)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes(name: str) -> None:
    for block in re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text()):
        if re.match(r"[a-z0-9._-]+==", block):
            assert "--hash=sha256:" in block, block[:80]


def test_the_development_lock_holds_the_same_versions() -> None:
    development = _locked("requirements-dev.txt")
    assert {name: development.get(name) for name in _locked("requirements.txt")} == _locked("requirements.txt")


def test_direct_dependencies_are_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower().replace("_", "-") for requirement in wanted}  # type: ignore[index]
    assert names <= set(_locked("requirements-dev.txt"))


def test_celery_is_not_the_version_that_breaks_its_provider() -> None:
    assert not _locked("requirements.txt").get("celery", "").startswith("5.7")


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", (ROOT / "README.md").read_text())) <= targets


def test_every_page_that_the_readme_links_exists() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text()):
        assert (ROOT / link).exists(), link


def test_no_two_decisions_bear_one_number() -> None:
    numbers = [int(page.name[:4]) for page in (ROOT / "docs" / "decisions").glob("*.md")]
    assert len(numbers) == len(set(numbers))


def test_importing_pipelines_wires_nothing() -> None:
    code = "import sys, pipelines; print(sorted(m for m in sys.modules if m.startswith('pipelines')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['pipelines']"


def test_every_setting_stands_in_the_operators_page_and_no_other() -> None:
    from pipelines.settings import Settings

    documented = set(re.findall(r"^\| `(LAKE_\w+)`", (ROOT / "docs" / "operator.md").read_text(), re.MULTILINE))
    # some are read by the DAGs, which know Airflow; all others are settings of pipelines
    plugins = "".join(path.read_text() for path in (ROOT / "plugins" / "lake_dags").glob("*.py"))
    of_the_dags = set(re.findall(r'environ(?:\.get\(|\[)"(LAKE_\w+)"', plugins))
    assert documented == {f"LAKE_{name.upper()}" for name in Settings.model_fields} | of_the_dags
