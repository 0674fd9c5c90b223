"""What is tried again, and when."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.errors import DamagedDocument, ReaderCrashed, StorageUnavailable


def _decide(error: BaseException, attempt: int = 1) -> Any:
    from lake_dags.retries import RetryByErrorType

    return RetryByErrorType().evaluate(error, attempt, 4)


def test_a_terminal_error_fails_at_once() -> None:
    assert _decide(DamagedDocument("cut off")).action.value == "fail"


@pytest.mark.parametrize("error", [StorageUnavailable("503"), ReaderCrashed("killed")])
def test_a_transient_error_is_tried_again(error: Exception) -> None:
    assert _decide(error).action.value == "retry"


def test_an_unknown_error_is_left_to_the_task() -> None:
    assert _decide(ZeroDivisionError()).action.value == "default"


def test_delays_double_up_to_a_bound_and_differ_between_tasks() -> None:
    delays = [
        [_decide(StorageUnavailable("503"), attempt).retry_delay.total_seconds() for _ in range(50)]
        for attempt in range(1, 12)
    ]
    for attempt, found in enumerate(delays, start=1):
        longest = min(4 * 2 ** (attempt - 1), 240)
        assert longest / 2 <= min(found) <= max(found) <= longest
        assert len(set(found)) > 40
