"""All kinds that are installed: those of this package, and those that other packages name as entry points.

Another package adds a kind by an entry point of the group `invoice_lake.kinds` that names a `Kind`:

    [project.entry-points."invoice_lake.kinds"]
    heat = "my_kinds.heat:KIND"
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Final

from pipelines.errors import ConfigurationError
from pipelines.kinds import electricity, gas, telecom, water
from pipelines.kinds.base import GENERAL, OTHER, RECEIPT, Kind
from pipelines.kinds.words import KindRules, load_words

ENTRY_POINTS: Final = "invoice_lake.kinds"
_OWN: Final = (electricity.KIND, gas.KIND, water.KIND, telecom.KIND)


@lru_cache(maxsize=1)
def all_kinds() -> dict[str, Kind]:
    """Name -> kind, in a fixed order.

    Raises:
        ConfigurationError: An entry point names no kind, or two kinds have one name or one table.
    """
    found = list(_OWN)
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        try:
            kind = point.load()
        except Exception as error:  # whatever a foreign module raises when it is imported
            raise _remove(point.name, f"cannot be loaded: {type(error).__name__}: {error}") from error
        if not isinstance(kind, Kind):
            raise _remove(point.name, "names no Kind")
        found.append(kind)
    for taken in ([kind.name for kind in found], [kind.table for kind in found if kind.table]):
        twice = sorted({name for name in taken if taken.count(name) > 1})
        if twice:
            raise _remove(twice[0], "stands twice")
    return {kind.name: kind for kind in found}


@lru_cache(maxsize=64)
def rules_of(kind: Kind) -> KindRules:
    """The kind's words, labels and units. Raises ConfigurationError."""
    return load_words(kind.rules_file, frozenset(own.name for own in kind.own_fields))


def kind_named(name: str | None) -> Kind | None:
    """The kind of this name; None for papers of no kind of their own."""
    return all_kinds().get(name) if name else None


def kind_names() -> tuple[str, ...]:
    """Every value that `kind` may have."""
    return (*all_kinds(), GENERAL, RECEIPT, OTHER)


@lru_cache(maxsize=1)
def kinds_fingerprint() -> str:
    """A digest of all kinds: another one means that records may change."""
    said = [f"{kind.name} {kind.version} {rules_of(kind).digest}" for kind in all_kinds().values()]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def _remove(name: str, fault: str) -> ConfigurationError:
    return ConfigurationError(
        f"the document kind {name!r} {fault}", remedy="Mend or remove the package that brings it."
    )
