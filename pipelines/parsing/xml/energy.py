"""What general e-invoices (CII, UBL) say of energy: they have units and words, but no field for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from pipelines.invoices import Line
from pipelines.parsing.folding import fold
from pipelines.parsing.proofs.metering_points import read_ppe
from pipelines.parsing.xml.drafts import Draft

_ELECTRIC = re.compile(
    r"\b(?:strom|electri\w*|elektr\w*|energia elektr|energia eletrica|prad|electricidad|elettric\w*|elektriciteit)\b"
)
_GAS = re.compile(r"\b(?:gas|erdgas|gaz|gaz ziemny|paliwo gazowe)\b")
_KWH = {"kWh": Decimal(1), "MWh": Decimal(1000)}


def with_points(lines: tuple[Line, ...], codes: Sequence[str | None]) -> tuple[Line, ...]:
    """The lines with the metering points that the XML names for each, where it names several.

    Args:
        lines: As read.
        codes: For each line what may be a point's code; only those whose check digits close count.
    """
    found = [read_ppe(code) if code else None for code in codes]
    numbers = [ppe.number if ppe is not None and ppe.valid else None for ppe in found]
    if len({number for number in numbers if number}) < 2:
        return lines
    pairs = zip(lines, numbers, strict=True)
    return tuple(line.model_copy(update={"metering_point_id": number}) for line, number in pairs)


def put_energy(draft: Draft, lines: tuple[Line, ...], notes: str) -> None:
    """`kind` and `consumption_kwh`, where lines in kWh are told to be electricity and agree on one quantity.

    Energy, grid and levies are each billed for the same kWh: one quantity on every such line is the
    consumption; several may be zones, months or meters, and are left to the page or to a person.
    """
    said = fold(" ".join([notes, *(line.description or "" for line in lines)]))
    metered = [line.quantity * _KWH[line.unit] for line in lines if line.unit in _KWH and line.quantity is not None]
    if not metered or not _ELECTRIC.search(said) or _GAS.search(said):
        return
    draft.put("kind", "electricity", "lines in kWh")
    if len(set(metered)) == 1 and metered[0] >= 0:
        draft.put("consumption_kwh", metered[0], "the one quantity of all lines in kWh")
