"""What a kind of document is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipelines.errors import ConfigurationError
from pipelines.kinds.fields import KindFields, OwnField, own_fields
from pipelines.kinds.proofs import Proof

KINDS_FOLDER: Final = Path(__file__).resolve().parents[2] / "include" / "kinds"
GENERAL: Final = "invoice"
"""An invoice for anything that no kind names."""
RECEIPT: Final = "receipt"
OTHER: Final = "other"
ELECTRICITY: Final = "electricity"
ENERGY_FIELDS: Final = ("consumption_kwh", "exported_kwh", "compensated_kwh", "meter_readings")
"""Fields of the record that are in kWh."""


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of document.

    Attributes:
        name: As it stands in the record's `kind`.
        rules: The YAML file with its words, labels and units; `include/kinds/<name>.yaml` where none is given.
        version: Raised with every change of the module that may change a record.
        fields: Its own fields; None for a kind that is only told apart.
        proofs: Equations over these fields.
        table: Its table of silver; empty for a kind without fields.
        comment: What a row of that table is.
        energy_field: The own field that holds what the record calls `consumption_kwh`; empty where no kWh are billed.
    """

    name: str
    rules: Path = field(default=Path())
    version: str = "1"
    fields: type[KindFields] | None = None
    proofs: Sequence[Proof] = ()
    table: str = ""
    comment: str = ""
    energy_field: str = ""

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or self.name in (GENERAL, RECEIPT, OTHER):
            raise _wrong(self.name, "has a name that is taken or no identifier")
        if (self.fields is None) is bool(self.table):
            raise _wrong(self.name, "has fields without a table, or a table without fields")
        known = {own.name for own in self.own_fields}
        named = {name for proof in self.proofs for name in proof.fields} | ({self.energy_field} - {""})
        unknown = sorted(named - known)
        if unknown:
            raise _wrong(self.name, f"names {unknown[0]}, which is none of its fields")

    @property
    def measures_energy(self) -> bool:
        """Whether bills of this kind are in kWh: those of electricity, and of kinds that say which field it is."""
        return self.name == ELECTRICITY or bool(self.energy_field)

    @property
    def own_fields(self) -> tuple[OwnField, ...]:
        return tuple(own_fields(self.fields)) if self.fields is not None else ()

    @property
    def rules_file(self) -> Path:
        return self.rules if self.rules.name else KINDS_FOLDER / f"{self.name}.yaml"


def _wrong(name: str, fault: str) -> ConfigurationError:
    return ConfigurationError(f"the kind {name!r} {fault}", remedy="docs/kinds.md shows a kind that is right.")
