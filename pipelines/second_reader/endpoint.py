"""The call itself: any server that speaks OpenAI's chat completions over HTTP.

What can go wrong with an endpoint says nothing about a document, so it is no error of the pipeline: each way is
an `Unanswered`, with what a person can do. Only refusals that cost nothing are tried again (429, 503, no
connection): a question that ran out of time may have been answered and billed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from pipelines.errors import LakeError

_MOST_BYTES: Final = 1024 * 1024
_TRIES: Final = 3
_LONGEST_WAIT: Final = 20.0


class Unanswered(LakeError):
    """The endpoint gave no answer. `billed`: whether it may have counted the question all the same."""

    def __init__(self, cause: str, *, remedy: str = "", billed: bool = False) -> None:
        super().__init__(cause, remedy=remedy)
        self.billed = billed


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Token counts are None where the server states none."""

    content: str
    finished: bool
    """False where the answer was cut off."""
    tokens_in: int | None
    tokens_out: int | None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint.

    Attributes:
        base_url: With its version, such as `http://127.0.0.1:11434/v1`.
        api_key: Sent as a bearer token where it is not empty; never logged.
        timeout_seconds: For one try.
        sleep: Waits between tries; seconds.
    """

    base_url: str
    api_key: str
    timeout_seconds: float
    sleep: Callable[[float], None] = time.sleep

    def __repr__(self) -> str:
        return f"Endpoint({self.base_url})"

    def complete(self, body: Mapping[str, Any]) -> Reply:
        """Put one question. Raises Unanswered."""
        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        with httpx.Client(timeout=self.timeout_seconds, headers=headers) as client:
            for attempt in range(_TRIES):
                try:
                    return self._once(client, body)
                except _Busy as busy:
                    if attempt == _TRIES - 1:
                        raise Unanswered(busy.cause, remedy=busy.remedy) from busy
                    self.sleep(min(busy.wait or 2.0**attempt, _LONGEST_WAIT))
        raise AssertionError("the last try returns or raises")

    def _once(self, client: httpx.Client, body: Mapping[str, Any]) -> Reply:
        url = f"{self.base_url.rstrip('/')}/chat/completions"
        until = time.monotonic() + self.timeout_seconds
        try:
            with client.stream("POST", url, json=dict(body)) as response:
                data = bytearray()
                for piece in response.iter_bytes():
                    data += piece
                    if len(data) > _MOST_BYTES:
                        raise Unanswered(f"{self.base_url} answered with more than a megabyte", billed=True)
                    if time.monotonic() > until:
                        raise Unanswered(f"{self.base_url} took longer than {self.timeout_seconds:g} s", billed=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            remedy = "Check LAKE_LLM_BASE_URL and that the server runs."
            raise _Busy(f"{self.base_url} cannot be reached: {type(error).__name__}", remedy) from error
        except httpx.TimeoutException as error:
            remedy = "Raise LAKE_LLM_TIMEOUT_SECONDS, or use a faster model."
            cause = f"{self.base_url} took longer than {self.timeout_seconds:g} s"
            raise Unanswered(cause, remedy=remedy, billed=True) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unanswered(f"{self.base_url} broke off: {type(error).__name__}", billed=True) from error
        return self._reply(response, bytes(data))

    def _reply(self, response: httpx.Response, data: bytes) -> Reply:
        status = response.status_code
        if status in (429, 503):
            remedy = "Ask less often, or raise the limit at the provider."
            raise _Busy(f"{self.base_url} answered {status}", remedy, _retry_after(response))
        if status in (401, 403):
            raise Unanswered(f"{self.base_url} answered {status}", remedy="Check LAKE_LLM_API_KEY.")
        if status >= 500:
            raise Unanswered(f"{self.base_url} answered {status}", billed=True)
        if status != 200:
            remedy = "Check LAKE_LLM_MODEL and LAKE_LLM_RESPONSE_FORMAT."
            raise Unanswered(f"{self.base_url} answered {status}", remedy=remedy)
        try:
            return _read_reply(json.loads(data))
        except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
            raise Unanswered(f"{self.base_url} gave no chat completion", billed=True) from error


class _Busy(LakeError):
    """A refusal that cost nothing. `wait`: seconds that the server asked for; 0 where it named none."""

    def __init__(self, cause: str, remedy: str, wait: float = 0.0) -> None:
        super().__init__(cause, remedy=remedy)
        self.wait = wait


def _retry_after(response: httpx.Response) -> float:
    try:
        return max(0.0, float(response.headers.get("retry-after", 0)))
    except ValueError:  # a date: rarely sent, and a short wait will do
        return 0.0


def _read_reply(body: Any) -> Reply:
    choice, usage = body["choices"][0], body.get("usage") or {}
    content = choice["message"]["content"]
    if not isinstance(content, str):
        raise TypeError("no text in the message")
    counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
    known = [count if isinstance(count, int) and count >= 0 else None for count in counts]
    return Reply(content, choice.get("finish_reason") in (None, "stop"), known[0], known[1])
