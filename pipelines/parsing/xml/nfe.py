"""NF-e and NFC-e (models 55 and 65), Brazil's goods invoices. Norm: Manual de Orientacao do Contribuinte 7.0."""

from __future__ import annotations

from typing import Final

from pipelines.invoices import Check, DocumentType, Line, TaxSubtotal
from pipelines.parsing.proofs.arithmetic import ZERO, equality
from pipelines.parsing.proofs.checks import access_key_closes, witness_agrees
from pipelines.parsing.values import canonical_unit
from pipelines.parsing.xml.drafts import Draft, ParsedXml
from pipelines.parsing.xml.rules import common_checks, line_checks
from pipelines.parsing.xml.trees import Node

ROOTS: Final = frozenset({"NFe", "nfeProc"})

_TYPES = {
    "1": DocumentType.INVOICE,
    "2": DocumentType.CORRECTION,
    "3": DocumentType.CORRECTION,
    "4": DocumentType.CREDIT_NOTE,
}


def parse_nfe(root: Node, source: str) -> ParsedXml:
    """The common fields: parties, lines, totals, due date of a single instalment."""
    draft = Draft("nfe")
    info = root.one("infNFe") or root.one("NFe/infNFe")
    kind = (info.text("ide/finNFe") if info else None) or "1"
    model = (info.text("ide/mod") if info else None) or "55"
    receipt = DocumentType.RECEIPT if model == "65" else _TYPES.get(kind, DocumentType.OTHER)
    draft.put("document_type", receipt, "ide/finNFe", kind)
    for field, value in (("language", "pt"), ("country", "BR"), ("currency", "BRL")):
        draft.put(field, value, "NFe")
    draft.text("invoice_number", info, "ide/nNF")
    draft.day("issue_date", info, "ide/dhEmi", "ide/dEmi")
    draft.put("access_key", (info.attribute("Id").removeprefix("NFe") if info else "") or None, "infNFe/@Id")
    draft.text("corrects.invoice_number", info, "ide/NFref/refNFe")
    _read_parties(draft, info)
    due = {node.text() for node in (info.all("cobr/dup/dVenc") if info else [])}
    if len(due) == 1:
        draft.day("due_date", info, "cobr/dup/dVenc")
    draft.amount("gross_total", info, "total/ICMSTot/vNF")
    draft.amount("amount_due", info, "cobr/fat/vLiq", "total/ICMSTot/vNF")
    lines = tuple(_line(node) for node in (info.all("det") if info else []))
    draft.put("lines", lines or None, "det", f"{len(lines)} lines")
    draft.put("tax_breakdown", _taxes(info) or None, "total/ICMSTot")
    checks = (*_checks(draft, info, lines), *line_checks(lines), *common_checks(draft))
    return ParsedXml(draft.finish(checks), "nfe", (info.attribute("versao") if info else ""), source)


def _read_parties(draft: Draft, info: Node | None) -> None:
    for field, path, address in (("seller", "emit", "enderEmit"), ("buyer", "dest", "enderDest")):
        party = info.one(path) if info else None
        draft.text(f"{field}.name", party, "xNome")
        draft.text(f"{field}.tax_id", party, "CNPJ", "CPF", "idEstrangeiro")
        street = party.one(address) if party else None
        parts = [street.text(name) for name in ("xLgr", "nro", "xBairro", "xMun", "UF", "CEP")] if street else []
        draft.put(f"{field}.address", ", ".join(part for part in parts if part) or None, f"{path}/{address}")


def _line(node: Node) -> Line:
    unit = node.text("prod/uCom")
    return Line(
        description=node.text("prod/xProd"),
        quantity=node.amount("prod/qCom"),
        unit=(canonical_unit(unit) or unit) if unit else None,
        unit_price=node.amount("prod/vUnCom"),
        gross=node.amount("prod/vProd"),
    )


def _taxes(info: Node | None) -> tuple[TaxSubtotal, ...]:
    parts = []
    for name, base in (("ICMS", "vBC"), ("IPI", ""), ("PIS", ""), ("COFINS", "")):
        amount = info.amount(f"total/ICMSTot/v{name}") if info else None
        if amount:
            parts.append(
                TaxSubtotal(
                    name=name, base=info.amount(f"total/ICMSTot/{base}") if info and base else None, amount=amount
                )
            )
    return tuple(parts)


def _checks(draft: Draft, info: Node | None, lines: tuple[Line, ...]) -> tuple[Check, ...]:
    """The total: vNF = vProd - vDesc + vST + vFCPST + vFrete + vSeg + vOutro + vII + vIPI + vServ (rule W16-10)."""
    checks: list[Check] = []
    total = info.one("total/ICMSTot") if info else None
    goods, gross = (total.amount("vProd"), total.amount("vNF")) if total else (None, None)
    if total is not None and goods is not None and gross is not None:
        added = sum(
            (total.amount(name) or ZERO for name in ("vST", "vFCPST", "vFrete", "vSeg", "vOutro", "vII", "vIPI")), ZERO
        )
        services = (info.amount("total/ISSQNtot/vServ") if info else None) or ZERO
        exempted = (total.amount("vDesc") or ZERO) + (total.amount("vICMSDeson") or ZERO)
        expected = goods + added + services - (total.amount("vDesc") or ZERO)
        # relief from ICMS lowers the total in some states and not in others
        found = expected if gross != goods + added + services - exempted else gross
        checks.append(equality("total_follows", found, gross, ("gross_total",)))
        amounts = [line.gross for line in lines if line.gross is not None]
        checks.append(equality("lines_sum_to_total", sum(amounts, ZERO), goods + services, ("lines",)))
    if key := draft.get("access_key"):
        checks.append(access_key_closes(key))
        if seller := draft.get("seller.tax_id"):
            checks.append(witness_agrees("access_key", key[6:20], seller, ("seller.tax_id", "access_key")))
    return tuple(checks)
