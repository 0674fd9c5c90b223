"""Gas by pipe: m3 by the meter, kWh by conversion.

The energy of gas is its volume, brought to normal conditions, times its calorific value: in Germany
m3 x Zustandszahl x Brennwert (DVGW G 685), in Britain m3 x 1.02264 x MJ/m3 / 3.6 (Gas (Calculation of Thermal
Energy) Regulations 1996), in Poland, France and Italy m3 x one factor in kWh/m3.
"""

from __future__ import annotations

from decimal import Decimal

from stdnum import ean
from stdnum.es import cups

from pipelines.kinds.base import Kind
from pipelines.kinds.fields import KindFields, number, text
from pipelines.kinds.proofs import Proof, Told, agree, closes, half_digit, readings_give

_MJ_IN_KWH = Decimal("3.6")


class GasFields(KindFields):
    """What a gas bill states."""

    supply_point_id: str | None = text("Supply point: PPG (PL), CUPS (ES), MPRN (UK), PCE (FR), PDR (IT), Zaehlpunkt")
    meter_number: str | None = text("Serial number of the gas meter")
    reading_previous_m3: Decimal | None = number(3, "m3", "Meter at the beginning of the period")
    reading_current_m3: Decimal | None = number(3, "m3", "Meter at the end of the period")
    volume_m3: Decimal | None = number(3, "m3", "Gas that was taken, as metered")
    correction_factor: Decimal | None = number(6, "1", "To normal conditions: Zustandszahl, or 1.02264 in Britain")
    kwh_per_m3: Decimal | None = number(6, "kWh/m3", "Calorific value or conversion factor")
    mj_per_m3: Decimal | None = number(6, "MJ/m3", "Calorific value where it is printed in MJ")
    energy_kwh: Decimal | None = number(3, "kWh", "Energy of the gas: no electricity")


def _energy(volume: Decimal, kwh_per_m3: Decimal, energy: Decimal) -> Told | None:
    if volume <= 0 or not 5 < kwh_per_m3 < 15:
        return None
    return agree(volume * kwh_per_m3, energy, _slack(volume, energy))


def _energy_corrected(volume: Decimal, factor: Decimal, kwh_per_m3: Decimal, energy: Decimal) -> Told | None:
    if volume <= 0 or not Decimal("0.7") < factor < Decimal("1.4") or not 5 < kwh_per_m3 < 15:
        return None
    return agree(volume * factor * kwh_per_m3, energy, _slack(volume, energy))


def _energy_of_megajoules(volume: Decimal, factor: Decimal, mj_per_m3: Decimal, energy: Decimal) -> Told | None:
    if volume <= 0 or not Decimal("0.7") < factor < Decimal("1.4") or not 25 < mj_per_m3 < 50:
        return None
    return agree(volume * factor * mj_per_m3 / _MJ_IN_KWH, energy, _slack(volume, energy))


def _slack(volume: Decimal, energy: Decimal) -> Decimal:
    """Some bills cut the last digit off instead of rounding it."""
    return 2 * half_digit(energy) if volume >= 10 else half_digit(energy)


def _is_supply_point(code: str) -> bool:
    """A CUPS by its letters (ES), a GS1 number of 18 digits by its last one (PL); others have no check digits."""
    gsrn = len(code) == 18 and code.isdigit() and code.startswith("590")
    return bool(cups.is_valid(code)) or (gsrn and ean.calc_check_digit(code[:-1]) == code[-1])


KIND = Kind(
    "gas",
    fields=GasFields,
    proofs=(
        Proof("gas_readings_give_volume", ("reading_previous_m3", "reading_current_m3", "volume_m3"), readings_give),
        Proof("gas_volume_is_energy", ("volume_m3", "kwh_per_m3", "energy_kwh"), _energy),
        Proof(
            "gas_volume_at_normal_conditions_is_energy",
            ("volume_m3", "correction_factor", "kwh_per_m3", "energy_kwh"),
            _energy_corrected,
        ),
        Proof(
            "gas_volume_in_megajoules_is_energy",
            ("volume_m3", "correction_factor", "mj_per_m3", "energy_kwh"),
            _energy_of_megajoules,
        ),
        Proof("supply_point_check_digits", ("supply_point_id",), closes(_is_supply_point)),
    ),
    table="gas_bills",
    comment="One row for each standing gas bill, with what its own proofs close over",
    energy_field="energy_kwh",
)
