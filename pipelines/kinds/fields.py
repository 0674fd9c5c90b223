"""A kind's own fields: a frozen model whose fields say type, digits, unit and meaning, once for record and table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

_DIGITS: Final = "digits"
_UNIT: Final = "unit"


class KindFields(BaseModel):
    """What a bill of one kind states beyond what every invoice has. Every field may be missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def number(digits: int, unit: str, meaning: str) -> Any:
    """A `Decimal` field.

    Args:
        digits: Digits after the decimal mark that are kept; a value with more of them is none of this field.
        unit: As `units` of the kind's YAML names it; `1` for a bare factor.
        meaning: Stands as the comment of the column.
    """
    return Field(default=None, description=meaning, json_schema_extra={_DIGITS: digits, _UNIT: unit})


def text(meaning: str) -> Any:
    """A `str` field: a number or code as printed, without blanks."""
    return Field(default=None, description=meaning)


@dataclass(frozen=True, slots=True)
class OwnField:
    """A declared field. `digits` is None for a text."""

    name: str
    meaning: str
    digits: int | None
    unit: str


def own_fields(model: type[KindFields]) -> Iterator[OwnField]:
    """The declared fields in their order."""
    for name, info in model.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        digits = extra.get(_DIGITS)
        yield OwnField(
            name, info.description or "", digits if isinstance(digits, int) else None, str(extra.get(_UNIT, ""))
        )
