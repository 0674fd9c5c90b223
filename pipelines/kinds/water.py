"""Water and sewage: m3 by the meter, m3 by the lines."""

from __future__ import annotations

from decimal import Decimal

from pipelines.kinds.base import Kind
from pipelines.kinds.fields import KindFields, number, text
from pipelines.kinds.proofs import Proof, readings_give


class WaterFields(KindFields):
    """What a water bill states. Volumes in m3."""

    meter_number: str | None = text("Serial number of the water meter")
    reading_previous_m3: Decimal | None = number(3, "m3", "Meter at the beginning of the period")
    reading_current_m3: Decimal | None = number(3, "m3", "Meter at the end of the period")
    volume_m3: Decimal | None = number(3, "m3", "Water that was taken")
    sewage_m3: Decimal | None = number(3, "m3", "Sewage that was billed")


KIND = Kind(
    "water",
    fields=WaterFields,
    proofs=(
        Proof("water_readings_give_volume", ("reading_previous_m3", "reading_current_m3", "volume_m3"), readings_give),
    ),
    table="water_bills",
    comment="One row for each standing water bill, with what its own proofs close over",
)
