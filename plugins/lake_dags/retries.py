"""Retries by the type of the error: what cannot help is not tried again."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

if TYPE_CHECKING:
    from airflow.sdk import Context
    from airflow.sdk.definitions.retry_policy import RetryDecision

FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 4.0, 240.0


class RetryByErrorType(ExceptionRetryPolicy):
    """Terminal fails at once; Transient waits twice as long each time, with jitter; others retry as the task says.

    The jitter is random for each task instance: Airflow's own is the same for all map indexes, so that a
    storm of mapped tasks would come back as the same storm.
    """

    def __init__(self) -> None:
        # By name: the classes are imported when a task has failed, not when a DAG file is read.
        super().__init__(
            rules=[
                RetryRule("pipelines.errors.Terminal", RetryAction.FAIL, reason="trying again cannot help"),
                RetryRule("pipelines.errors.Transient", RetryAction.RETRY, reason="may succeed later"),
            ]
        )

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        decision = super().evaluate(exception, try_number, max_tries, context)
        if decision.action is not RetryAction.RETRY:
            return decision
        longest = min(FIRST_DELAY_SECONDS * 2 ** (try_number - 1), LONGEST_DELAY_SECONDS)
        return replace(decision, retry_delay=timedelta(seconds=random.uniform(longest / 2, longest)))
