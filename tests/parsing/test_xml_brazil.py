"""NF3e and NF-e: bills with solar credit, readings, keys and barcodes. All invented."""
# ruff: noqa: E501 - an XML fixture reads best by its own lines

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipelines.invoices import DocumentType
from pipelines.parsing.proofs.access_keys import access_key_digit
from pipelines.parsing.proofs.febraban import mod10
from pipelines.parsing.xml import ParsedXml, parse_xml

D = Decimal
CNPJ = "11222333000181"


def key(model: str) -> str:
    body = f"3126{'02'}{CNPJ}{model}00100000012310001234567"[:43]
    return f"{body}{access_key_digit(body)}"


def barcode(cents: int) -> str:
    body = f"{cents:011d}{'0' * 29}"
    return f"836{mod10('836' + body)}{body}"


def item(
    name: str, quantity: str, price: str, amount: str, measured: str = "", returned: str = "", unit: str = "2"
) -> str:
    return f"""<det nItem="1"><detItem><prod><indOrigemQtd>2</indOrigemQtd>{measured}<cProd>1</cProd><xProd>{name}</xProd><cClass>0601001</cClass>
      <uMed>{unit}</uMed><qFaturada>{quantity}</qFaturada><vItem>{price}</vItem><vProd>{amount}</vProd>{returned}</prod>
      <imposto><ICMS00><vBC>80.00</vBC><pICMS>18.00</pICMS><vICMS>14.40</vICMS></ICMS00></imposto></detItem></det>"""


def medida(kind: str, previous: str, current: str, kwh: str) -> str:
    return f"""<gMedicao><nMed>01</nMed><gMedida><tpGrMed>{kind}</tpGrMed><cPosTarif>0</cPosTarif><uMed>2</uMed><vMedAnt>{previous}</vMedAnt>
      <vMedAtu>{current}</vMedAtu><vConst>1</vConst><vMed>{kwh}</vMed></gMedida></gMedicao>"""


def nf3e(total: str = "89.50", history: str = "100", code: str = "", items: str = "") -> bytes:
    items = items or (
        item("Energia Elétrica", "100", "0.80000000", "80.00", medida("03", "1000", "1100", "100"))
        + item(
            "Energia compensada GD I",
            "50",
            "0.70000000",
            "35.00",
            medida("04", "10", "60", "50"),
            "<indDevolucao>1</indDevolucao>",
        )
        + item("Energia SCEE", "50", "0.70000000", "35.00")
        + item("Contrib Ilum Publica Municipal", "1", "9.50000000", "9.50", unit="1")
    )
    return f"""<nf3eProc xmlns="http://www.portalfiscal.inf.br/nf3e"><NF3e><infNF3e Id="NF3e{key("66")}" versao="1.00">
  <ide><cUF>31</cUF><mod>66</mod><serie>1</serie><nNF>123</nNF><dhEmi>2026-02-15T08:00:00-03:00</dhEmi><finNF3e>1</finNF3e></ide>
  <emit><CNPJ>{CNPJ}</CNPJ><xNome>Distribuidora Exemplo S.A.</xNome><enderEmit><xLgr>Rua A</xLgr><nro>1</nro><xMun>Cidade</xMun><UF>MG</UF></enderEmit></emit>
  <dest><xNome>Maria Exemplo</xNome><CPF>39053344705</CPF></dest>
  <acessante><idAcesso>3000012345</idAcesso><idCodCliente>7000054321</idCodCliente></acessante>
  <gMed nMed="01"><idMedidor>ABC123</idMedidor><dMedAnt>2026-01-12</dMedAnt><dMedAtu>2026-02-11</dMedAtu></gMed>
  <NFdet>{items}</NFdet>
  <total><vProd>89.50</vProd><ICMSTot><vBC>80.00</vBC><vICMS>14.40</vICMS></ICMSTot><vCOFINS>3.00</vCOFINS><vPIS>0.60</vPIS><vNF>{total}</vNF></total>
  <gFat><CompetFat>202602</CompetFat><dVencFat>2026-03-05</dVencFat><codBarras>{code or barcode(8950)}</codBarras></gFat>
  <gANEEL><gHistFat><xGrandFat>Consumo</xGrandFat><gGrandFat><CompetFat>202602</CompetFat><vFat>{history}</vFat><uMed>2</uMed></gGrandFat>
    <gGrandFat><CompetFat>202601</CompetFat><vFat>77</vFat><uMed>2</uMed></gGrandFat></gHistFat></gANEEL>
</infNF3e></NF3e></nf3eProc>""".encode()


def failed(parsed: ParsedXml) -> set[str]:
    return {check.name for check in parsed.invoice.checks if not check.passed}


def test_bill_with_solar_credit_is_read_and_proved() -> None:
    parsed = parse_xml(nf3e(history="150"), "nf3e.xml")
    invoice = parsed.invoice
    assert (parsed.format, parsed.profile, parsed.reasons, failed(parsed)) == ("nf3e", "1.00", (), set())
    assert (invoice.kind, invoice.country, invoice.currency) == ("electricity", "BR", "BRL")
    assert (invoice.invoice_number, invoice.issue_date, invoice.due_date) == (
        "123",
        date(2026, 2, 15),
        date(2026, 3, 5),
    )
    assert (invoice.reference_month, invoice.period_start, invoice.period_end) == (
        "2026-02",
        date(2026, 1, 12),
        date(2026, 2, 11),
    )
    assert (invoice.seller.name, invoice.seller.tax_id, invoice.buyer.tax_id) == (
        "Distribuidora Exemplo S.A.",
        CNPJ,
        "39053344705",
    )
    assert invoice.metering_point is not None
    assert (invoice.metering_point.id, invoice.metering_point.scheme, invoice.customer_number) == (
        "3000012345",
        "installation",
        "7000054321",
    )
    assert invoice.metering_point.meter_number == "ABC123"
    assert (invoice.gross_total, invoice.amount_due, invoice.net_total) == (D("89.50"), D("89.50"), None)
    assert (invoice.consumption_kwh, invoice.compensated_kwh, invoice.exported_kwh) == (D(150), D(50), D(50))
    assert [line.gross for line in invoice.lines] == [D("80.00"), D("-35.00"), D("35.00"), D("9.50")]
    assert [(part.name, part.rate, part.amount) for part in invoice.tax_breakdown] == [
        ("ICMS", D("18.00"), D("14.40")), ("PIS", None, D("0.60")), ("COFINS", None, D("3.00")),
    ]  # fmt: skip
    assert {"access_key_agrees", "access_key_mod_11", "barcode_agrees", "history_agrees", "readings_give_energy"} <= {
        check.name for check in invoice.checks
    }


def test_a_barcode_of_another_amount_is_a_reason() -> None:
    parsed = parse_xml(nf3e(history="150", code=barcode(8951)))
    assert failed(parsed) == {"barcode_agrees"}
    assert any(reason.startswith("barcode_agrees") for reason in parsed.reasons)


def test_lines_that_do_not_sum_and_another_history_are_reasons() -> None:
    assert {"lines_sum_to_total", "barcode_agrees"} <= failed(parse_xml(nf3e(total="99.50", history="150")))
    assert failed(parse_xml(nf3e(history="151"))) == {"history_agrees"}


def test_grid_charges_for_the_same_energy_are_not_added() -> None:
    items = (
        item("Consumo kWh - TUSD", "100", "0.40", "40.00")
        + item("Consumo kWh - TE", "100", "0.40", "40.00")
        + item("Adicional Bandeira", "100", "0.095", "9.50")
    )
    assert parse_xml(nf3e(items=items)).invoice.consumption_kwh == D(100)


def test_a_key_of_another_issuer_is_a_reason() -> None:
    parsed = parse_xml(nf3e(history="150").replace(f"<CNPJ>{CNPJ}".encode(), b"<CNPJ>11444777000161"))
    assert failed(parsed) == {"access_key_agrees"}


def nfe(total: str = "113.00", model: str = "55") -> bytes:
    return f"""<nfeProc xmlns="http://www.portalfiscal.inf.br/nfe"><NFe><infNFe Id="NFe{key("55")}" versao="4.00">
  <ide><mod>{model}</mod><nNF>123</nNF><dhEmi>2026-02-15T08:00:00-03:00</dhEmi><finNFe>1</finNFe></ide>
  <emit><CNPJ>{CNPJ}</CNPJ><xNome>Loja Exemplo Ltda</xNome></emit><dest><CPF>39053344705</CPF><xNome>Maria Exemplo</xNome></dest>
  <det nItem="1"><prod><xProd>Cabo</xProd><uCom>UN</uCom><qCom>10.0000</qCom><vUnCom>10.0000</vUnCom><vProd>100.00</vProd></prod></det>
  <total><ICMSTot><vBC>100.00</vBC><vICMS>18.00</vICMS><vProd>100.00</vProd><vFrete>15.00</vFrete><vDesc>2.00</vDesc><vNF>{total}</vNF></ICMSTot></total>
  <cobr><dup><nDup>001</nDup><dVenc>2026-03-15</dVenc></dup></cobr>
</infNFe></NFe></nfeProc>""".encode()


def test_goods_invoice_is_read_and_proved() -> None:
    parsed = parse_xml(nfe())
    invoice = parsed.invoice
    assert (parsed.format, parsed.reasons, failed(parsed)) == ("nfe", (), set())
    assert (invoice.invoice_number, invoice.due_date, invoice.gross_total) == ("123", date(2026, 3, 15), D("113.00"))
    assert [(line.unit, line.quantity, line.gross) for line in invoice.lines] == [("pcs", D("10.0000"), D("100.00"))]
    assert parse_xml(nfe(model="65")).invoice.document_type is DocumentType.RECEIPT


def test_a_total_that_does_not_follow_is_a_reason() -> None:
    parsed = parse_xml(nfe("114.00"))
    assert any(reason.startswith("total_follows") for reason in parsed.reasons)
