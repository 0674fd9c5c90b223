"""Water and sewage: m3 by the meter, m3 by the lines."""

from __future__ import annotations

from decimal import Decimal

from pipelines.kinds.base import Kind
from pipelines.kinds.fields import KindFields, number, text
from pipelines.kinds.proofs import Proof, Told, agree


class WaterFields(KindFields):
    """What a water bill states. Volumes in m3."""

    meter_number: str | None = text("Serial number of the water meter")
    reading_previous_m3: Decimal | None = number(3, "m3", "Meter at the beginning of the period")
    reading_current_m3: Decimal | None = number(3, "m3", "Meter at the end of the period")
    volume_m3: Decimal | None = number(3, "m3", "Water that was taken")
    sewage_m3: Decimal | None = number(3, "m3", "Sewage that was billed")


def _readings(previous: Decimal, current: Decimal, volume: Decimal) -> Told | None:
    """What ran through the meter is what was taken, as whole m3 or as printed."""
    return agree(current - previous, volume) if current > previous >= 0 < volume else None


KIND = Kind(
    "water",
    fields=WaterFields,
    proofs=(
        Proof("water_readings_give_volume", ("reading_previous_m3", "reading_current_m3", "volume_m3"), _readings),
    ),
    table="water_bills",
    comment="One row for each standing water bill, with what its own proofs close over",
)
