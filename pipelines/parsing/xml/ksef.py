"""KSeF structured invoices: FA(1), FA(2) and FA(3) (`Faktura`, namespaces under http://crd.gov.pl/wzor/).

Norm: the Ministry of Finance's logical structures FA(2) of 2023 and FA(3) of 2025. Field names such as
P_15 are the schema's own.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pipelines.invoices import Check, DocumentType, Line, TaxSubtotal
from pipelines.parsing.proofs.arithmetic import CENT, ZERO, amount_due_follows, equality
from pipelines.parsing.proofs.checks import ksef_number_closes, ppe_closes
from pipelines.parsing.proofs.ksef import find_ksef_numbers
from pipelines.parsing.values import canonical_unit
from pipelines.parsing.xml.drafts import Draft, ParsedXml
from pipelines.parsing.xml.energy import with_points
from pipelines.parsing.xml.ksef_attachments import EnergyData, names_point, read_energy, said_in
from pipelines.parsing.xml.rules import breakdown_checks, common_checks, line_checks, within_cents
from pipelines.parsing.xml.trees import Node, read_decimal

NAMESPACE: Final = "http://crd.gov.pl/wzor/"

_TYPES = {
    "VAT": DocumentType.INVOICE,
    "UPR": DocumentType.INVOICE,
    "ZAL": DocumentType.ADVANCE,
    "ROZ": DocumentType.SETTLEMENT,
    "KOR": DocumentType.CORRECTION,
    "KOR_ZAL": DocumentType.CORRECTION,
    "KOR_ROZ": DocumentType.CORRECTION,
}
# suffix of P_13 and P_14 -> the rates that it can mean (the first one that closes is taken) and its name
_RATES: Final[dict[str, tuple[tuple[int, ...], str]]] = {
    "1": ((23, 22), "VAT"),
    "2": ((8, 7), "VAT"),
    "3": ((5,), "VAT"),
    "4": ((4, 3), "VAT taxi"),
    "5": ((), "VAT OSS"),
    "6_1": ((0,), "VAT 0 KR"),
    "6_2": ((0,), "VAT 0 WDT"),
    "6_3": ((0,), "VAT 0 EX"),
    "7": ((), "zw"),
    "8": ((), "np I"),
    "9": ((), "np II"),
    "10": ((), "oo"),
    "11": ((), "margin"),
}
# invoices whose lines are those of the whole order, while their totals are what is left of it
_ORDER_KINDS = frozenset({"ZAL", "KOR_ZAL", "ROZ", "KOR_ROZ"})


def parse_ksef(root: Node, source: str) -> ParsedXml:
    """Every field that FA has a place for; a correction's amounts are the differences, as KSeF has them."""
    draft = Draft("ksef")
    fa = root.one("Fa")
    kind = (fa.text("RodzajFaktury") if fa else None) or ""
    _read_head(draft, fa, kind)
    _read_parties(draft, root)
    breakdown = _breakdown(fa)
    _read_totals(draft, fa, breakdown)
    _read_payment(draft, fa)
    lines = _lines(fa)
    draft.put("lines", lines or None, "FaWiersz", f"{len(lines)} lines")
    numbers = find_ksef_numbers(source)  # KSeF names the files it hands out by their number
    draft.put("ksef_number", numbers[0].number if len(numbers) == 1 else None, "file name")
    attached = root.all("Zalacznik/BlokDanych")
    energy = read_energy(attached)
    _put_energy(draft, energy, kind)
    checks = (*_checks(draft, fa, kind, lines, breakdown), *energy.checks)
    profile = root.one("Naglowek/KodFormularza")
    code = profile.attribute("kodSystemowy") if profile else ""
    return ParsedXml(draft.finish(checks), "ksef", code, source, said_in(attached))


def _read_head(draft: Draft, fa: Node | None, kind: str) -> None:
    draft.put("document_type", _TYPES.get(kind, DocumentType.OTHER), "RodzajFaktury", kind)
    draft.put("language", "pl", "Faktura")
    draft.put("country", "PL", "Faktura")
    draft.text("invoice_number", fa, "P_2")
    draft.day("issue_date", fa, "P_1")
    draft.day("sale_date", fa, "P_6")
    draft.text("currency", fa, "KodWaluty")
    draft.day("period_start", fa, "OkresFa/P_6_Od")
    draft.day("period_end", fa, "OkresFa/P_6_Do")
    draft.text("contract_number", fa, "WarunkiTransakcji/Umowy/NrUmowy")
    draft.text("purchase_order", fa, "WarunkiTransakcji/Zamowienia/NrZamowienia")
    corrected = fa.one("DaneFaKorygowanej") if fa else None
    if corrected is None:
        return
    draft.text("corrects.invoice_number", corrected, "NrFaKorygowanej")
    draft.day("corrects.issue_date", corrected, "DataWystFaKorygowanej")
    draft.text("corrects.ksef_number", corrected, "NrKSeFFaKorygowanej")
    draft.text("corrects.reason", fa, "PrzyczynaKorekty")


def _read_parties(draft: Draft, root: Node) -> None:
    for field, path in (("seller", "Podmiot1"), ("buyer", "Podmiot2")):
        party = root.one(path)
        if party is None:
            continue
        identity = party.one("DaneIdentyfikacyjne")
        name = identity.text("Nazwa|PelnaNazwa") if identity else None
        person = (
            " ".join(part for part in (identity.text("ImiePierwsze"), identity.text("Nazwisko")) if part)
            if identity
            else ""
        )
        draft.put(f"{field}.name", name or person or None, f"{path}/DaneIdentyfikacyjne/Nazwa")
        foreign = f"{identity.text('KodUE') or ''}{identity.text('NrVatUE') or ''}" if identity else ""
        number = (identity.text("NIP") or foreign or identity.text("NrID")) if identity else None
        draft.put(f"{field}.tax_id", number or None, f"{path}/DaneIdentyfikacyjne/NIP")
        address = ", ".join(line for line in (party.text("Adres/AdresL1"), party.text("Adres/AdresL2")) if line)
        draft.put(f"{field}.address", address or None, f"{path}/Adres")
    draft.text("customer_number", root, "Podmiot2/NrKlienta")


def _breakdown(fa: Node | None) -> tuple[TaxSubtotal, ...]:
    parts = []
    for suffix, (rates, name) in _RATES.items():
        base, tax = (fa.amount(f"P_13_{suffix}"), fa.amount(f"P_14_{suffix}")) if fa else (None, None)
        if base is None and tax is None:
            continue
        rate = next((Decimal(r) for r in rates if tax is None or abs((base or ZERO) * r / 100 - tax) < 1), None)
        parts.append(TaxSubtotal(name=name, rate=rate, base=base, amount=tax if tax is not None else ZERO))
    return tuple(parts)


def _read_totals(draft: Draft, fa: Node | None, breakdown: tuple[TaxSubtotal, ...]) -> None:
    draft.amount("gross_total", fa, "P_15")
    draft.put("tax_breakdown", breakdown or None, "P_13 and P_14", f"{len(breakdown)} rates")
    if not breakdown or any(part.name == "margin" for part in breakdown):
        return  # in margin schemes neither net nor tax is told
    draft.put("net_total", sum((part.base for part in breakdown if part.base is not None), ZERO), "sum of P_13")
    draft.put("tax_total", sum((part.amount for part in breakdown if part.amount is not None), ZERO), "sum of P_14")


def _read_payment(draft: Draft, fa: Node | None) -> None:
    """Due date and account; the amount due is what `Rozliczenie` says, or follows from what was paid."""
    if fa is None:
        return
    terms = {node.text() for node in fa.all("Platnosc/TerminPlatnosci/Termin|TerminPlatnosci")}
    if len(terms) == 1:
        draft.day("due_date", fa, "Platnosc/TerminPlatnosci/Termin|TerminPlatnosci")
    account = "Platnosc/RachunekBankowy|RachunekBankowyFaktora/NrRB|NrRBPL|NrRBZagr"
    draft.text("bank_account", fa, account)
    gross = draft.get("gross_total")
    parts = [
        amount
        for node in fa.all("Platnosc/ZaplataCzesciowa")
        if (amount := node.amount("KwotaZaplatyCzesciowej")) is not None
    ]
    paid = gross if fa.text("Platnosc/Zaplacono") == "1" else sum(parts, ZERO) if parts else None
    draft.put("paid", paid, "Platnosc/Zaplacono")
    charged, deducted = fa.amount("Rozliczenie/SumaObciazen"), fa.amount("Rozliczenie/SumaOdliczen")
    if charged is not None or deducted is not None:
        draft.put("prior_balance", (charged or ZERO) - (deducted or ZERO), "Rozliczenie")
    draft.amount("amount_due", fa, "Rozliczenie/DoZaplaty")
    refund = fa.amount("Rozliczenie/DoRozliczenia")
    if draft.get("amount_due") is None and refund is not None:
        draft.put("amount_due", -refund, "Rozliczenie/DoRozliczenia")
    if draft.get("amount_due") is None and gross is not None and (paid is not None or terms):
        draft.put("amount_due", gross - (paid or ZERO) + (draft.get("prior_balance") or ZERO), "P_15 and Platnosc")


def _lines(fa: Node | None) -> tuple[Line, ...]:
    """FaWiersz, with the metering points that DodatkowyOpis names by row number."""
    nodes = fa.all("FaWiersz") if fa else []
    points = {
        node.text("NrWiersza"): node.text("Wartosc")
        for node in (fa.all("DodatkowyOpis") if fa else [])
        if node.text("NrWiersza") and names_point(node.text("Klucz") or "")
    }
    codes = [points.get(node.text("NrWierszaFa")) for node in nodes]
    return with_points(tuple(_line(node) for node in nodes), codes)


def _line(node: Node) -> Line:
    unit, rate = node.text("P_8A"), read_decimal(node.text("P_12"))
    net_price = node.amount("P_9A")
    return Line(
        description=node.text("P_7"),
        quantity=node.amount("P_8B"),
        # `mc` is a month here, and a cubic metre in Italy
        unit=("mies" if unit.rstrip(".").lower() == "mc" else canonical_unit(unit) or unit) if unit else None,
        unit_price=net_price if net_price is not None else node.amount("P_9B"),
        net=node.amount("P_11"),
        tax_rate=rate,
        tax=node.amount("P_11Vat"),
        gross=node.amount("P_11A"),
        period_start=node.day("P_6A"),
        before_correction=node.text("StanPrzed") == "1",
    )


def _put_energy(draft: Draft, energy: EnergyData, kind: str) -> None:
    for field, value in energy.fields.items():
        if draft.get(field) is None:
            draft.put(field, value, f"Zalacznik: {energy.labels.get(field, field)}")
    if energy.is_electricity:
        draft.put("kind", "electricity", "Zalacznik")
    if kind == "VAT" and energy.document_type is not None:
        draft.put("document_type", energy.document_type, "Zalacznik")


def _checks(
    draft: Draft, fa: Node | None, kind: str, lines: tuple[Line, ...], breakdown: tuple[TaxSubtotal, ...]
) -> tuple[Check, ...]:
    checks: list[Check] = []
    net, tax, gross = (draft.get(field) for field in ("net_total", "tax_total", "gross_total"))
    if net is not None and gross is not None:
        # invoices counted from gross prices round each rate by itself
        allowed = CENT * max(len(breakdown), 1)
        checks.append(
            equality("net_plus_tax_is_gross", net + tax, gross, ("net_total", "tax_total", "gross_total"), allowed)
        )
    checks += breakdown_checks(breakdown, max(len(lines), 2))
    checks += _lines_to_totals(kind, lines, net, gross)
    checks += line_checks(_undiscounted(fa, lines))
    if fa is not None and fa.amount("Rozliczenie/DoZaplaty") is not None and gross is not None:
        balance = draft.get("prior_balance") or ZERO
        checks.append(amount_due_follows(gross, draft.get("amount_due"), draft.get("paid") or ZERO, balance))
    for field in ("ksef_number", "corrects.ksef_number"):
        if number := draft.get(field):
            checks.append(ksef_number_closes(number, field))
    point = draft.get("metering_point")
    if point and point.get("scheme") == "ppe":
        checks.append(ppe_closes(point["id"]))
    return (*checks, *common_checks(draft))


def _lines_to_totals(kind: str, lines: tuple[Line, ...], net: Decimal | None, gross: Decimal | None) -> list[Check]:
    """After less before = the invoice's net (or gross, where lines have gross values only)."""
    if kind in _ORDER_KINDS or not lines:
        return []
    signed = [(line, -1 if line.before_correction else 1) for line in lines]
    if net is not None and all(line.net is not None for line in lines):
        total = sum((sign * line.net for line, sign in signed if line.net is not None), ZERO)
        return [within_cents("lines_sum_to_total", total, net, ("lines", "net_total"), max(1, len(lines) // 10))]
    if gross is not None and all(line.gross is not None for line in lines):
        total = sum((sign * line.gross for line, sign in signed if line.gross is not None), ZERO)
        return [equality("lines_sum_to_total", total, gross, ("lines", "gross_total"))]
    return []


def _undiscounted(fa: Node | None, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Lines without P_10, a discount for each unit or for the whole line, which the schema leaves open."""
    rows = fa.all("FaWiersz") if fa else []
    return tuple(line for row, line in zip(rows, lines, strict=True) if not row.amount("P_10"))
