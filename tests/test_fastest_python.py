"""The interpreter that the environment is made of: the first that fits, or one that is clearly faster."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def choice() -> ModuleType:
    source = Path(__file__).parents[1] / "include" / "fastest_python.py"
    spec = importlib.util.spec_from_file_location("fastest_python", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_clearly_faster_build_wins_and_noise_does_not(choice: ModuleType) -> None:
    assert choice.fastest({"first": 0.090, "second": 0.055}) == "second"
    assert choice.fastest({"first": 0.060, "second": 0.055}) == "first"
    assert choice.fastest({}) is None


def test_this_interpreter_is_measured_under_its_own_name(choice: ModuleType) -> None:
    found = choice.measured(Path(sys.executable))
    assert found is not None
    assert Path(found[0]).resolve() == Path(sys.executable).resolve()
    assert found[1] > 0


def test_programs_that_fail_or_say_nothing_are_left_out(choice: ModuleType, tmp_path: Path) -> None:
    for script in ("exit 1", "exit 0", "echo /usr/bin/python3 quick"):
        assert choice.measured(program(tmp_path, "python3", script)) is None


def test_a_file_under_two_names_is_asked_once(choice: ModuleType, tmp_path: Path) -> None:
    first = program(tmp_path / "a", "python3.11", "exit 1")
    (tmp_path / "a" / "python3").symlink_to(first)
    second = program(tmp_path / "b", "python3", "exit 1")
    path = os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b")])
    assert list(choice.installed(path)) == [first, second]
