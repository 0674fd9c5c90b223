"""A drawn file and what is true of it, and how both are written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

State = Literal["accepted", "duplicate", "quarantined", "rejected"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn file.

    Attributes:
        file_name: Relative to the folder it was drawn into.
        truth: The fields that are true of it; empty for what holds no invoice.
        state: Where it ends in a lake that reads it perfectly.
        about: What it is, in a few words.
        scan: It has no text layer: a reader with doubts may leave it for review.
    """

    file_name: str
    truth: dict[str, Any] = field(hash=False)
    state: State
    about: str
    scan: bool = False


def write_samples(folder: Path, drawn: Iterable[tuple[Sample, bytes]]) -> list[Sample]:
    """Write each file as it is drawn, then `truth.json`: file name -> truth, with `state` and `about`."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = []
    for sample, data in drawn:
        folder.joinpath(sample.file_name).write_bytes(data)
        samples.append(sample)
    body = {s.file_name: {"state": s.state, "about": s.about, "scan": s.scan, **s.truth} for s in samples}
    folder.joinpath("truth.json").write_text(_dump(body), encoding="utf-8")
    return samples


def write_scoring_truth(folder: Path, samples: Iterable[Sample]) -> None:
    """Write `<stem>.truth.json` beside each file that holds an invoice, the form that corpus scorers read."""
    for sample in samples:
        if sample.truth and sample.state == "accepted":
            path = folder.joinpath(sample.file_name)
            path.with_name(f"{path.stem}.truth.json").write_text(_dump(sample.truth), encoding="utf-8")


def _dump(body: object) -> str:
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"
