"""include/kinds/<kind>.yaml: the words by which a kind is told, and the labels of its own fields.

words:                          language -> words of bills of this kind
  de:
    sure: [erdgas*, ...]        name the supply: no other bill prints them but in an advert; `*` ends a stem
    likely: [gas, ...]          may stand on other papers, too
units:                          unit of a field -> how it is printed
  m3: [m3, cbm, mc@it]         `@it`: in Italian bills only
measured_in: [m3]               units of a quantity that speak for the kind, beside its words
labels:                         own field -> language -> spellings of its label
  volume_m3: {de: [Verbrauch, ...]}
lines:                          own field -> words of the invoice lines that bill it; [""] for every line of its unit
  volume_m3: [""]
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.errors import ConfigurationError

# libyaml reads the files ten times faster where PyYAML was built with it
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Words(BaseModel):
    """Words of one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sure: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()


class KindRules(BaseModel):
    """One file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: Mapping[str, Words]
    units: Mapping[str, tuple[str, ...]] = {}
    measured_in: tuple[str, ...] = ()
    labels: Mapping[str, Mapping[str, tuple[str, ...]]] = {}
    lines: Mapping[str, tuple[str, ...]] = {}
    digest: str = ""


def load_words(file: Path, fields: frozenset[str]) -> KindRules:
    """Read one file.

    Args:
        file: A kind's YAML.
        fields: The kind's own fields: labels and lines of others are a fault.

    Raises:
        ConfigurationError: It is missing or malformed.
    """
    try:
        data = file.read_bytes()
        rules = KindRules.model_validate(yaml.load(data, Loader=_LOADER))  # noqa: S506  (safe loaders both)
    except OSError as error:
        raise _mend(file, "it is missing") from error
    except (yaml.YAMLError, ValidationError) as error:
        raise _mend(file, str(error).replace("\n", " ")[:200]) from error
    unknown = sorted((set(rules.labels) | set(rules.lines)) - fields)
    if unknown:
        raise _mend(file, f"{unknown[0]} is none of its fields")
    return rules.model_copy(update={"digest": hashlib.sha256(data).hexdigest()[:16]})


def _mend(file: Path, fault: str) -> ConfigurationError:
    return ConfigurationError(f"{file.name} of a kind: {fault}", remedy=f"Mend {file.name}; docs/kinds.md shows one.")
