"""A second reader: a question about a document's pages, answered from the lake or else by the endpoint."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pipelines.documents import DocumentId
from pipelines.errors import ConfigurationError, ReaderCrashed, Terminal
from pipelines.invoices import SecondReading
from pipelines.lake import Lake, to_json
from pipelines.layout import AnswerKey
from pipelines.pages import Page
from pipelines.second_reader.answers import Answer, Value, read_values
from pipelines.second_reader.endpoint import Endpoint, Reply, Unanswered
from pipelines.second_reader.prompts import Prompt, load_prompt
from pipelines.second_reader.questions import Picture, Question, ask_about
from pipelines.second_reader.redaction import Place
from pipelines.second_reader.spending import MILLION, Budget, OverBudget, Prices
from pipelines.storage import ObjectConflict, ObjectMissing

log = logging.getLogger(__name__)

_IMAGE_TOKENS: Final = 3000
"""More than any provider counts for a page of 1,000 pixels width."""
_PATIENCE: Final = 2
"""Questions in a row that may stay unanswered before a batch asks no more: it would only wait."""


@dataclass(slots=True)
class SecondReader:
    """Asks one model, for one batch.

    Attributes:
        lake: Where answers and spending are kept.
        endpoint: None: only answers that are kept already count, and nothing is written.
    """

    lake: Lake
    model: str
    endpoint: Endpoint | None
    budget: Budget
    _failed: Unanswered | None = field(default=None, init=False)
    _failures: int = field(default=0, init=False)

    def read(
        self, document: DocumentId, pages: Sequence[Page], kind: str, personal: Iterable[Place], picture: Picture | None
    ) -> tuple[tuple[Value, ...], SecondReading]:
        """What the model says of a document's pages, and how asking it went. Raises StorageUnavailable.

        Args:
            document: Under whose name the answer is kept.
            pages: As read.
            kind: Kind of the document, which chooses the prompt.
            personal: Where the rules found personal data.
            picture: Draws a page; used where pictures are to be sent.
        """
        settings = self.lake.settings
        prompt = load_prompt(kind)
        question = ask_about(pages, prompt, personal if settings.llm_redact else None, settings.llm_max_pages)
        shown = picture if settings.llm_images else None
        key = AnswerKey(document, question.answer_key(self.model, images=shown is not None))
        kept = self._kept(key)
        if kept is None:
            try:
                kept = self._ask(key, question, shown)
            except OverBudget as error:
                return (), SecondReading(
                    model=self.model, prompt=prompt.name, outcome="over_budget", reason=error.cause
                )
            except Unanswered as error:
                return (), SecondReading(model=self.model, prompt=prompt.name, outcome="unavailable", reason=str(error))
        said = SecondReading(model=kept.model, prompt=kept.prompt, outcome=kept.outcome, reason=kept.reason)
        return kept.values, said

    def _unasked(self, prompt: Prompt, outcome: Literal["over_budget", "unavailable"], reason: str) -> SecondReading:
        return SecondReading(model=self.model, prompt=prompt.name, outcome=outcome, reason=reason)

    def _kept(self, key: AnswerKey) -> Answer | None:
        try:
            return Answer.model_validate_json(self.lake.storage.get(str(key)))
        except ObjectMissing:
            return None

    def _ask(self, key: AnswerKey, question: Question, picture: Picture | None) -> Answer:
        if self.endpoint is None:
            raise Unanswered("no answer is kept, and nobody is asked here")
        if self._failed is not None and self._failures >= _PATIENCE:
            raise self._failed
        body = self._body(question, picture)
        # a token is at least a byte of text
        words = len(json.dumps(self._body(question, None), ensure_ascii=False).encode())
        most_in = words + (_IMAGE_TOKENS * len(question.pages) if picture is not None else 0)
        held = self.budget.reserve(most_in, self.lake.settings.llm_max_output_tokens)
        try:
            reply = self.endpoint.complete(body)
        except Unanswered as error:
            self._failures, self._failed = self._failures + 1, error
            if not error.billed:
                held.settle(0, 0)
            log.warning("second reader gave no answer: document=%s %s", key.document, error.cause)
            raise
        self._failures = 0
        if reply.tokens_in is not None and reply.tokens_out is not None:
            held.settle(reply.tokens_in, reply.tokens_out)
        return self._keep(key, self._answer(question, reply))

    def _body(self, question: Question, picture: Picture | None) -> dict[str, Any]:
        settings = self.lake.settings
        try:
            return question.body(self.model, picture, settings.llm_max_output_tokens, settings.llm_response_format)
        except (Terminal, ReaderCrashed) as error:
            raise Unanswered(f"a page cannot be drawn: {error.cause}", remedy=error.remedy) from error

    def _answer(self, question: Question, reply: Reply) -> Answer:
        values, fault = read_values(reply.content, finished=reply.finished)
        asked = {name for name, _ in question.prompt.fields}
        return Answer(
            model=self.model,
            prompt=question.prompt.name,
            outcome="malformed" if fault else "answered",
            values=tuple(value for value in values if value.field in asked),
            reason=fault,
            tokens_in=reply.tokens_in,
            tokens_out=reply.tokens_out,
        )

    def _keep(self, key: AnswerKey, answer: Answer) -> Answer:
        """Written once: where another worker asked the same at once, its answer stands for both."""
        try:
            self.lake.storage.create(str(key), to_json(answer))
        except ObjectConflict:
            return self._kept(key) or answer
        return answer


def open_reader(lake: Lake, *, ask: bool = True) -> SecondReader | None:
    """The reader of the lake's settings; None where none is set.

    Args:
        lake: The lake.
        ask: False: never ask the endpoint, use kept answers only.

    Raises ConfigurationError where an endpoint is set without a model.
    """
    settings = lake.settings
    if not settings.llm_base_url:
        return None
    if not settings.llm_model:
        raise ConfigurationError("LAKE_LLM_BASE_URL is set without a model", remedy="Set LAKE_LLM_MODEL.")
    secret = settings.llm_api_key.get_secret_value() if settings.llm_api_key else ""
    endpoint = Endpoint(settings.llm_base_url, secret, settings.llm_timeout_seconds) if ask else None
    prices = Prices(settings.llm_price_input, settings.llm_price_output)
    budget = Budget(lake.storage, prices, settings.llm_daily_tokens, int(settings.llm_daily_cost * MILLION))
    return SecondReader(lake, settings.llm_model, endpoint, budget)
