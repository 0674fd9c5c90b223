"""What is asked, as data: include/prompts/*.yaml, one file for each kind of document.

version: 1                  raised with every change
extends: invoice            fields and words of another file come first
system: |                   what the model is told
fields:                     field of the parsed invoice -> what it means
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.errors import ConfigurationError
from pipelines.invoices import Invoice, MeteringPoint, Party, PrecedingInvoice
from pipelines.kinds import GENERAL, all_kinds

OPEN_KIND: Final = "kind"
"""The prompt for a paper of which the rules cannot tell what it bills."""
PROMPTS_FOLDER: Final = Path(__file__).resolve().parents[2] / "include" / "prompts"
_PARTS: Final[dict[str, type[BaseModel]]] = {
    "seller": Party,
    "buyer": Party,
    "metering_point": MeteringPoint,
    "corrects": PrecedingInvoice,
}


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(ge=1)
    extends: str = ""
    system: str
    fields: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked of one kind of document. `name` tells kind and version; `digest` covers every word."""

    name: str
    system: str
    fields: tuple[tuple[str, str], ...]
    digest: str


@lru_cache(maxsize=32)
def load_prompt(kind: str, folder: Path = PROMPTS_FOLDER) -> Prompt:
    """The prompt for a kind of document; that of any invoice where the kind has none of its own.

    Raises:
        ConfigurationError: A file is missing or malformed, or asks for what no invoice has.
    """
    name = kind if (folder / f"{kind}.yaml").is_file() else "invoice"
    chain = [_load(folder, name)]
    while chain[0].extends:
        if len(chain) > 4:
            raise _mend(name, "it extends itself")
        chain.insert(0, _load(folder, chain[0].extends))
    fields: dict[str, str] = {}
    for file in chain:
        fields |= file.fields
    if name == OPEN_KIND:
        fields |= _kinds_asked()
    system = "\n".join(file.system.strip() for file in chain)
    version = ".".join(str(file.version) for file in chain)
    told = "\n".join([system, *(f"{field}: {meaning}" for field, meaning in fields.items())])
    return Prompt(f"{name}-{version}", system, tuple(fields.items()), hashlib.sha256(told.encode()).hexdigest()[:16])


def _kinds_asked() -> dict[str, str]:
    """A field for each kind that an answer may name. Electricity is none: rules alone tell it, for gold sums it."""
    asked = {
        f"kind.{name}": f"a phrase that says that it bills {name}" for name in all_kinds() if name != "electricity"
    }
    return asked | {f"kind.{GENERAL}": "a phrase that says what else it bills: other goods or services"}


def prompts_fingerprint(folder: Path = PROMPTS_FOLDER) -> str:
    """A digest of all prompts: another one means that answers may change."""
    digest = hashlib.sha256(" ".join(all_kinds()).encode())
    for file in sorted(folder.glob("*.yaml")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _load(folder: Path, name: str) -> _File:
    try:
        file = _File.model_validate(yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8")))
    except OSError as error:
        raise _mend(name, "it is missing") from error
    except (yaml.YAMLError, ValidationError) as error:
        raise _mend(name, str(error).replace("\n", " ")[:200]) from error
    unknown = [field for field in file.fields if not _is_field(field)]
    if unknown:
        raise _mend(name, f"{unknown[0]} is no field of an invoice")
    return file


def _is_field(name: str) -> bool:
    part, _, leaf = name.partition(".")
    owner: Any = _PARTS.get(part) if leaf else Invoice
    return owner is not None and (leaf or part) in owner.model_fields


def _mend(name: str, fault: str) -> ConfigurationError:
    return ConfigurationError(f"prompt {name}.yaml: {fault}", remedy=f"Mend include/prompts/{name}.yaml.")
