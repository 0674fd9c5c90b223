"""A question about pages: the words with their places, the fields that are asked for, and the schema of the answer."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipelines.pages import Box, Page, Word
from pipelines.second_reader.prompts import Prompt, prompts_fingerprint
from pipelines.second_reader.redaction import BLACKED, Place, personal_boxes
from pipelines.settings import Settings

SCHEMA_VERSION = "1"
"""Raised with every change to how pages are laid out or answers are to look."""
Picture = Callable[[Page, Sequence[Box]], bytes]
"""Draws a page as a PNG, with boxes blacked out."""
Format = Literal["json_schema", "json_object", "none"]


def reader_fingerprint(settings: Settings) -> str:
    """What can change an answer, in short; empty where no model is set."""
    if not settings.llm_base_url:
        return ""
    how = "images" if settings.llm_images else "words"
    kept = "redacted" if settings.llm_redact else "whole"
    return f"{settings.llm_model} {prompts_fingerprint()} {SCHEMA_VERSION} {how} {kept} {settings.llm_max_pages}"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a document's pages.

    Attributes:
        prompt: What is asked for.
        text: The pages as they are sent, personal data blacked out.
        pages: The pages that are sent, with the boxes that are blacked out on each.
        key: Digest of page content, prompt, and how it is asked, without the model's name.
    """

    prompt: Prompt
    text: str
    pages: tuple[tuple[Page, tuple[Box, ...]], ...]
    key: str

    def answer_key(self, model: str, *, images: bool) -> str:
        """32 hex digits under which the answer is kept."""
        told = json.dumps([SCHEMA_VERSION, model, images, self.prompt.name, self.prompt.digest, self.key])
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def body(self, model: str, picture: Picture | None, output_tokens: int, response_format: Format) -> dict[str, Any]:
        """The request of `POST /chat/completions`."""
        asked = "\n".join(f"- {field}: {meaning}" for field, meaning in self.prompt.fields)
        shape = json.dumps(answer_schema(self.prompt))
        text = f"Fields:\n{asked}\n\nAnswer with JSON of this schema: {shape}\n\nThe document:\n{self.text}"
        content: Any = text
        if picture is not None:
            content = [{"type": "text", "text": text}]
            for page, boxes in self.pages:
                image = base64.b64encode(picture(page, boxes)).decode()
                content.append({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{image}"}})
        body: dict[str, Any] = {
            "model": model,
            "messages": [{"role": "system", "content": self.prompt.system}, {"role": "user", "content": content}],
            "temperature": 0,
            "max_tokens": output_tokens,
        }
        if response_format == "json_schema":
            schema = {"name": "fields", "strict": True, "schema": answer_schema(self.prompt)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif response_format == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body


def ask_about(pages: Iterable[Page], prompt: Prompt, personal: Iterable[Place] | None, most_pages: int) -> Question:
    """The question about the first pages that hold words.

    Args:
        pages: As read.
        prompt: What to ask.
        personal: Where the rules found personal data; None to send everything.
        most_pages: Pages to send.
    """
    sent = [page for page in pages if page.words][:most_pages]
    known = None if personal is None else tuple(personal)
    black = tuple(() if known is None else personal_boxes(page, known) for page in sent)
    text = "\n".join(_page_text(page, boxes) for page, boxes in zip(sent, black, strict=True))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Question(prompt, text, tuple(zip(sent, black, strict=True)), digest)


def _page_text(page: Page, black: Sequence[Box]) -> str:
    hidden = frozenset(black)
    rows = [f"page {page.number}, {page.width:.0f} x {page.height:.0f}"]
    rows += [f"{row[0].box.y0:.0f}: " + "  ".join(_groups(row, hidden)) for row in page.rows()]
    return "\n".join(rows)


def _groups(row: Sequence[Word], hidden: frozenset[Box]) -> list[str]:
    groups: list[str] = []
    right = float("-inf")
    for word in row:
        text = BLACKED * 3 if word.box in hidden else word.text
        if word.box.x0 - right > 1.2 * max(word.box.height, 1.0):
            groups.append(f"[{word.box.x0:.0f}] {text}")
        else:
            groups[-1] += f" {text}"
        right = word.box.x1
    return groups


def answer_schema(prompt: Prompt) -> Mapping[str, Any]:
    """JSON schema of an answer: a list, since strict modes require every key, and most fields are not printed."""
    value = {
        "type": "object",
        "properties": {
            "field": {"type": "string", "enum": [field for field, _ in prompt.fields]},
            "text": {"type": "string"},
            "page": {"type": "integer"},
        },
        "required": ["field", "text", "page"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"values": {"type": "array", "items": value}},
        "required": ["values"],
        "additionalProperties": False,
    }
