"""NF3e, Brazil's electricity invoice (model 66). Norm: Manual de Orientacao do Contribuinte NF3e 1.00."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from pipelines.invoices import Check, DocumentType, Line, MeterReading, TaxSubtotal
from pipelines.parsing.folding import fold
from pipelines.parsing.proofs.arithmetic import CENT, ZERO, equality, readings_give_energy
from pipelines.parsing.proofs.checks import access_key_closes, payment_line_closes, witness_agrees
from pipelines.parsing.proofs.febraban import read_payment_line
from pipelines.parsing.xml.drafts import Draft, ParsedXml
from pipelines.parsing.xml.rules import common_checks, line_checks
from pipelines.parsing.xml.trees import Node

ROOTS: Final = frozenset({"NF3e", "nf3eProc", "NF3eProc"})

_UNITS = {"1": "kW", "2": "kWh", "3": "kvar", "4": "kvarh"}
_MEASURED_ACTIVE, _MEASURED_INJECTED = "03", "04"
_ZONES = {"0": None, "1": "ponta", "2": "fora ponta", "3": "intermediario", "4": "ponta reservado",
          "5": "fora ponta reservado", "6": "intermediario reservado", "7": "reservado"}  # fmt: skip
_TYPES = {"1": DocumentType.INVOICE, "2": DocumentType.CORRECTION, "3": DocumentType.CORRECTION}
_COMPENSATED = re.compile(r"compensad")
_SUPPLIED = re.compile(r"(energia eletrica|scee|consumo|energia (ativa|atv)|fornecim|\bte\b)")
_NO_ENERGY = re.compile(r"(demanda|reativ|bandeira|ilum|ultrapass|multa|juros|compensad|injetad|tusd|adicional)")


def parse_nf3e(root: Node, source: str) -> ParsedXml:
    """Every field that NF3e has a place for. Lines state gross amounts: taxes are within them."""
    draft = Draft("nf3e")
    info = root.one("infNF3e") or root.one("NF3e/infNF3e")
    lines = tuple(_line(node) for node in (info.all("NFdet/det/detItem") if info else []))
    _read_head(draft, info)
    _read_parties(draft, info)
    _read_point(draft, info)
    _read_energy(draft, info, lines)
    _read_totals(draft, info)
    draft.put("lines", lines or None, "NFdet/det/detItem", f"{len(lines)} lines")
    checks = (*_checks(draft, info, lines), *line_checks(tuple(_signed(line) for line in lines)), *common_checks(draft))
    return ParsedXml(draft.finish(checks), "nf3e", (info.attribute("versao") if info else ""), source)


def _read_head(draft: Draft, info: Node | None) -> None:
    kind = (info.text("ide/finNF3e") if info else None) or "1"
    draft.put("document_type", _TYPES.get(kind, DocumentType.OTHER), "ide/finNF3e", kind)
    draft.put("kind", "electricity", "mod 66")
    draft.put("language", "pt", "NF3e")
    draft.put("country", "BR", "NF3e")
    draft.put("currency", "BRL", "NF3e")
    draft.text("invoice_number", info, "ide/nNF")
    draft.day("issue_date", info, "ide/dhEmi")
    draft.day("due_date", info, "gFat/dVencFat")
    month = info.text("gFat/CompetFat") if info else None
    if month and re.fullmatch(r"\d{4}(0[1-9]|1[0-2])", month):
        draft.put("reference_month", f"{month[:4]}-{month[4:]}", "gFat/CompetFat", month)
    draft.text("barcode", info, "gFat/codBarras")
    key = info.attribute("Id").removeprefix("NF3e") if info else ""
    draft.put("access_key", key or None, "infNF3e/@Id")
    draft.text("corrects.invoice_number", info, "gSub/gNF/nNF", "gSub/chNF3e")
    draft.text("corrects.reason", info, "gSub/motSub")


def _read_parties(draft: Draft, info: Node | None) -> None:
    for field, path, address in (("seller", "emit", "enderEmit"), ("buyer", "dest", "enderDest")):
        party = info.one(path) if info else None
        if party is None:
            continue
        draft.text(f"{field}.name", party, "xNome")
        draft.text(f"{field}.tax_id", party, "CNPJ", "CPF", "idOutros")
        street = party.one(address)
        parts = [street.text(name) for name in ("xLgr", "nro", "xBairro", "xMun", "UF", "CEP")] if street else []
        draft.put(f"{field}.address", ", ".join(part for part in parts if part) or None, f"{path}/{address}")


def _read_point(draft: Draft, info: Node | None) -> None:
    draft.text("metering_point.id", info, "acessante/idAcesso")
    draft.text("customer_number", info, "acessante/idCodCliente")
    if draft.get("metering_point.id"):
        draft.put("metering_point.scheme", "installation", "acessante")
    draft.text("metering_point.distributor", info, "emit/xFant", "emit/xNome")
    meters = {node.text("idMedidor") for node in (info.all("gMed") if info else [])} - {None}
    draft.put("metering_point.meter_number", meters.pop() if len(meters) == 1 else None, "gMed/idMedidor")
    days = [(node.day("dMedAnt"), node.day("dMedAtu")) for node in (info.all("gMed") if info else [])]
    starts, ends = {start for start, _ in days if start}, {end for _, end in days if end}
    draft.put("period_start", min(starts) if starts else None, "gMed/dMedAnt")
    draft.put("period_end", max(ends) if ends else None, "gMed/dMedAtu")


def _read_energy(draft: Draft, info: Node | None, lines: tuple[Line, ...]) -> None:
    readings = tuple(_readings(info)) if info else ()
    draft.put("meter_readings", readings or None, "prod/gMedicao", f"{len(readings)} registers")
    injected = [reading.kwh for reading in readings if reading.kind == "export" and reading.kwh is not None]
    draft.put("exported_kwh", sum(injected, ZERO) if injected else None, "gMedicao, tpGrMed 04")
    supplied = [_kwh(line) for line in lines if _is_supplied(line)]
    measured = [reading.kwh for reading in readings if reading.kind == "actual" and reading.kwh is not None]
    used = supplied or measured  # in the free market only the grid is billed here
    draft.put("consumption_kwh", sum(used, ZERO) if used else None, "qFaturada of energy supplied, or gMedida")
    compensated = [
        abs(_kwh(line)) for line in lines if line.unit == "kWh" and _COMPENSATED.search(fold(line.description or ""))
    ]
    draft.put("compensated_kwh", sum(compensated, ZERO) if compensated else None, "qFaturada of energy compensated")


def _is_supplied(line: Line) -> bool:
    """Energy that was used. Grid use (TUSD), flags and levies are billed for the same kWh once more."""
    said = fold(line.description or "")
    return (
        line.unit == "kWh"
        and line.quantity is not None
        and bool(_SUPPLIED.search(said))
        and not _NO_ENERGY.search(said)
    )


def _kwh(line: Line) -> Decimal:
    return line.quantity or ZERO


def _readings(info: Node) -> list[MeterReading]:
    meters = {node.attribute("nMed"): node for node in info.all("gMed")}
    seen: dict[tuple[str, str, str], MeterReading] = {}
    for node in info.all("NFdet/det/detItem/prod/gMedicao"):
        measured, number = node.one("gMedida"), node.text("nMed") or ""
        kind = measured.text("tpGrMed") if measured else None
        if measured is None or kind not in (_MEASURED_ACTIVE, _MEASURED_INJECTED) or measured.text("uMed") != "2":
            continue
        meter = meters.get(number) or meters.get(number.zfill(2)) or next(iter(meters.values()), None)
        zone = measured.text("cPosTarif") or "0"
        # an item for each tariff repeats its register
        seen[(number, kind, zone)] = MeterReading(
            meter_number=meter.text("idMedidor") if meter else None,
            zone=_ZONES.get(zone),
            previous=measured.amount("vMedAnt"),
            current=measured.amount("vMedAtu"),
            date_from=meter.day("dMedAnt") if meter else None,
            date_to=meter.day("dMedAtu") if meter else None,
            multiplier=measured.amount("vConst"),
            kwh=measured.amount("vMed"),
            kind="export" if kind == _MEASURED_INJECTED else "actual",
        )
    return list(seen.values())


def _read_totals(draft: Draft, info: Node | None) -> None:
    """The total (vNF) is what is due: a Brazilian bill has no net, its taxes are within the total."""
    draft.amount("gross_total", info, "total/vNF")
    draft.amount("amount_due", info, "total/vNF")
    parts = []
    for name, base, amount in (
        ("ICMS", "ICMSTot/vBC", "ICMSTot/vICMS"),
        ("PIS", "", "vPIS"),
        ("COFINS", "", "vCOFINS"),
    ):
        value = info.amount(f"total/{amount}") if info else None
        if value is not None:
            rates = {
                n.amount() for n in (info.all(f"NFdet/det/detItem/imposto/{_tax_path(name)}/p{name}") if info else [])
            } - {None, ZERO}
            rate = rates.pop() if len(rates) == 1 else None
            parts.append(
                TaxSubtotal(
                    name=name, rate=rate, base=info.amount(f"total/{base}") if info and base else None, amount=value
                )
            )
    draft.put("tax_breakdown", tuple(parts) or None, "total", f"{len(parts)} taxes")


def _tax_path(name: str) -> str:
    """ICMS stands in a group named by its tax situation."""
    return "|".join(f"ICMS{code}" for code in ("00", "10", "20", "40", "51", "90")) if name == "ICMS" else name


def _line(node: Node) -> Line:
    amount = node.amount("prod/vProd")
    returned = node.text("prod/indDevolucao") == "1"
    quantity = node.amount("prod/qFaturada")
    return Line(
        description=node.text("prod/xProd"),
        category="discount" if returned else None,
        quantity=quantity,
        unit=_UNITS.get(node.text("prod/uMed") or "") if quantity is not None else None,
        unit_price=node.amount("prod/vItem"),
        gross=-abs(amount) if amount is not None and returned else amount,
        period_start=node.day("gTarif/dIniTarif"),
        period_end=node.day("gTarif/dFimTarif"),
    )


def _signed(line: Line) -> Line:
    """A line given back states its quantity without a sign: it is given the sign of its amount."""
    if line.category == "discount" and line.quantity is not None:
        return line.model_copy(update={"quantity": -abs(line.quantity)})
    return line


def _checks(draft: Draft, info: Node | None, lines: tuple[Line, ...]) -> tuple[Check, ...]:
    checks: list[Check] = []
    gross, key, code = draft.get("gross_total"), draft.get("access_key"), draft.get("barcode")
    amounts = [line.gross for line in lines if line.gross is not None]
    if amounts and gross is not None:
        # items carry up to eight digits, the total two
        total = sum(amounts, ZERO).quantize(CENT)
        checks.append(equality("lines_sum_to_total", total, gross, ("lines", "gross_total"), CENT))
    if key:
        checks += _key_checks(draft, key)
    payment = read_payment_line(code) if code else None
    if code and payment is not None:
        checks.append(payment_line_closes(code))
        if payment.valid and payment.amount is not None and gross is not None:
            checks.append(witness_agrees("barcode", payment.amount, gross, ("amount_due", "barcode")))
    for reading in draft.get("meter_readings") or ():
        if None not in (reading.previous, reading.current, reading.kwh):
            checks.append(
                readings_give_energy(reading.previous, reading.current, reading.kwh, reading.multiplier or Decimal(1))
            )
    month, used = draft.get("reference_month"), draft.get("consumption_kwh")
    for history in info.all("gANEEL/gHistFat/gGrandFat") if info else []:
        # ANEEL's history may open with the month that is billed: a second witness for the consumption
        stated = history.amount("vFat")
        billed = month and history.text("CompetFat") == month.replace("-", "") and history.text("uMed") == "2"
        if billed and stated is not None and used is not None:
            checks.append(witness_agrees("history", stated, used, ("consumption_kwh",)))
    return tuple(checks)


def _key_checks(draft: Draft, key: str) -> list[Check]:
    """The key's own digit, and that it says the same as the fields."""
    checks = [access_key_closes(key)]
    number, seller, issued = draft.get("invoice_number"), draft.get("seller.tax_id"), draft.get("issue_date")
    if number and len(key) == 44 and number.isdigit() and key[25:34].isdigit():
        checks.append(witness_agrees("access_key", int(key[25:34]), int(number), ("invoice_number", "access_key")))
    if seller:
        checks.append(witness_agrees("access_key", key[6:20], seller, ("seller.tax_id", "access_key")))
    if issued:
        checks.append(
            witness_agrees("access_key", f"20{key[2:4]}-{key[4:6]}", f"{issued:%Y-%m}", ("issue_date", "access_key"))
        )
    return checks
