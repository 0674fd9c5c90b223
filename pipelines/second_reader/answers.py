"""What a model said, as it is kept in the lake, and read out of a reply that may hold anything."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

_MOST_VALUES: Final = 100
_FENCED: Final = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n\s*```\s*", re.DOTALL)


class Value(BaseModel):
    """One field's text, as the model says it is printed. `page` is 1-based; None where it said none."""

    model_config = ConfigDict(frozen=True)

    field: Annotated[str, StringConstraints(max_length=64)]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
    page: int | None = None


class Answer(BaseModel):
    """`01_bronze/model_answers/<id>/<digest>.json`: written once, so that a replay asks nobody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    prompt: str
    outcome: Literal["answered", "malformed"]
    values: tuple[Value, ...] = ()
    reason: str = ""
    tokens_in: int | None = Field(default=None, ge=0)
    tokens_out: int | None = Field(default=None, ge=0)


def read_values(content: str, *, finished: bool) -> tuple[tuple[Value, ...], str]:
    """The values of a reply and, where it is malformed or cut off, why; values that fit stand all the same."""
    fenced = _FENCED.fullmatch(content)
    try:
        body = json.loads(fenced[1] if fenced else content)
    except (ValueError, RecursionError):
        return (), "the answer was cut off" if not finished else "the answer is no JSON"
    said = body.get("values") if isinstance(body, dict) else None
    if not isinstance(said, list):
        return (), "the answer holds no list of values"
    values = [value for value in map(_value, said[:_MOST_VALUES]) if value is not None]
    if said and not values:
        return (), "no value of the answer fits its schema"
    return tuple(values), ""


def _value(said: Any) -> Value | None:
    try:
        return Value.model_validate(said)
    except ValidationError:
        return None
