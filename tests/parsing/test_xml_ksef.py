"""KSeF FA(2) and FA(3): kinds, corrections before and after, settlements, and energy in attachments. All invented."""
# ruff: noqa: E501 - an XML fixture reads best by its own lines

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipelines.invoices import DocumentType
from pipelines.parsing.proofs.ksef import crc8
from pipelines.parsing.proofs.metering_points import gs1_check_digit
from pipelines.parsing.xml import ParsedXml, parse_xml

D = Decimal
PPE = f"59032240000000001{gs1_check_digit('59032240000000001')}"
FA2, FA3 = "http://crd.gov.pl/wzor/2023/06/29/12648/", "http://crd.gov.pl/wzor/2025/06/25/13775/"
BODY = "5260250274-20260110-0100001AF629"
KSEF = f"{BODY}-{crc8(BODY.encode()):02X}"
LINE = "<FaWiersz><NrWierszaFa>1</NrWierszaFa><P_7>{}</P_7><P_8A>szt.</P_8A><P_8B>{}</P_8B><P_9A>{}</P_9A><P_11>{}</P_11><P_12>23</P_12>{}</FaWiersz>"


def ksef(
    fa: str, kind: str = "VAT", attachment: str = "", namespace: str = FA3, lines: str = "", totals: str = ""
) -> bytes:
    totals = totals or "<P_13_1>100.00</P_13_1><P_14_1>23.00</P_14_1><P_15>123.00</P_15>"
    return f"""<?xml version="1.0" encoding="UTF-8"?><Faktura xmlns="{namespace}">
  <Naglowek><KodFormularza kodSystemowy="FA ({3 if namespace == FA3 else 2})">FA</KodFormularza></Naglowek>
  <Podmiot1><DaneIdentyfikacyjne><NIP>5260250274</NIP><Nazwa>Energia Wzorcowa S.A.</Nazwa></DaneIdentyfikacyjne>
    <Adres><KodKraju>PL</KodKraju><AdresL1>ul. Jasna 1</AdresL1><AdresL2>00-013 Warszawa</AdresL2></Adres></Podmiot1>
  <Podmiot2><DaneIdentyfikacyjne><KodUE>DE</KodUE><NrVatUE>136695976</NrVatUE><Nazwa>Beispiel GmbH</Nazwa></DaneIdentyfikacyjne>
    <NrKlienta>K/77</NrKlienta></Podmiot2>
  <Fa><KodWaluty>PLN</KodWaluty><P_1>2026-02-15</P_1><P_2>FV/7/2026</P_2>{totals}<RodzajFaktury>{kind}</RodzajFaktury>{fa}{lines}</Fa>{attachment}
</Faktura>""".encode()


def failed(parsed: ParsedXml) -> set[str]:
    return {check.name for check in parsed.invoice.checks if not check.passed}


@pytest.mark.parametrize("namespace", [FA2, FA3])
def test_common_fields_of_both_versions_are_read(namespace: str) -> None:
    fa = """<P_6>2026-01-31</P_6><Platnosc><TerminPlatnosci><Termin>2026-03-01</Termin></TerminPlatnosci>
      <RachunekBankowy><NrRB>61109010140000071219812874</NrRB></RachunekBankowy></Platnosc>
      <WarunkiTransakcji><Umowy><NrUmowy>U-1</NrUmowy></Umowy><Zamowienia><NrZamowienia>Z-2</NrZamowienia></Zamowienia></WarunkiTransakcji>"""
    parsed = parse_xml(
        ksef(fa, namespace=namespace, lines=LINE.format("Usługa", "4", "25", "100.00", "")), f"{KSEF}.xml"
    )
    invoice = parsed.invoice
    assert (parsed.format, parsed.reasons, failed(parsed)) == ("ksef", (), set())
    assert parsed.profile == ("FA (3)" if namespace == FA3 else "FA (2)")
    assert (invoice.document_type, invoice.invoice_number, invoice.ksef_number) == (
        DocumentType.INVOICE,
        "FV/7/2026",
        KSEF,
    )
    assert (invoice.issue_date, invoice.sale_date, invoice.due_date) == (
        date(2026, 2, 15),
        date(2026, 1, 31),
        date(2026, 3, 1),
    )
    assert (invoice.seller.tax_id, invoice.buyer.tax_id, invoice.customer_number) == (
        "5260250274",
        "DE136695976",
        "K/77",
    )
    assert invoice.seller.address == "ul. Jasna 1, 00-013 Warszawa"
    assert (invoice.net_total, invoice.tax_total, invoice.gross_total, invoice.amount_due) == (
        D("100.00"),
        D("23.00"),
        D("123.00"),
        D("123.00"),
    )
    assert (invoice.contract_number, invoice.purchase_order, invoice.bank_account) == (
        "U-1",
        "Z-2",
        "61109010140000071219812874",
    )
    assert [(line.unit, line.net, line.tax_rate) for line in invoice.lines] == [("pcs", D("100.00"), D(23))]
    assert [(part.rate, part.base, part.amount) for part in invoice.tax_breakdown] == [(D(23), D("100.00"), D("23.00"))]


@pytest.mark.parametrize(
    ("kind", "document_type"),
    [("VAT", DocumentType.INVOICE), ("UPR", DocumentType.INVOICE), ("ZAL", DocumentType.ADVANCE), ("ROZ", DocumentType.SETTLEMENT),
     ("KOR", DocumentType.CORRECTION), ("KOR_ZAL", DocumentType.CORRECTION), ("KOR_ROZ", DocumentType.CORRECTION), ("XYZ", DocumentType.OTHER)],
)  # fmt: skip
def test_kinds_are_told_apart(kind: str, document_type: DocumentType) -> None:
    assert parse_xml(ksef("", kind)).invoice.document_type is document_type


CORRECTED = f"""<PrzyczynaKorekty>zła cena</PrzyczynaKorekty><DaneFaKorygowanej><DataWystFaKorygowanej>2026-01-10</DataWystFaKorygowanej>
  <NrFaKorygowanej>FV/1/2026</NrFaKorygowanej><NrKSeF>1</NrKSeF><NrKSeFFaKorygowanej>{KSEF}</NrKSeFFaKorygowanej></DaneFaKorygowanej>"""
DIFFERENCE = "<P_13_1>-10.00</P_13_1><P_14_1>-2.30</P_14_1><P_15>-12.30</P_15>"


def test_a_correction_keeps_before_and_after_apart() -> None:
    lines = LINE.format("Usługa", "1", "100", "100.00", "<StanPrzed>1</StanPrzed>") + LINE.format(
        "Usługa", "1", "90", "90.00", ""
    )
    parsed = parse_xml(ksef(CORRECTED, "KOR", lines=lines, totals=DIFFERENCE))
    invoice = parsed.invoice
    assert (parsed.reasons, failed(parsed)) == ((), set())
    assert [line.before_correction for line in invoice.lines] == [True, False]
    assert (invoice.net_total, invoice.gross_total) == (D("-10.00"), D("-12.30"))
    assert invoice.corrects is not None
    assert (invoice.corrects.invoice_number, invoice.corrects.issue_date) == ("FV/1/2026", date(2026, 1, 10))
    assert (invoice.corrects.reason, invoice.corrects.ksef_number) == ("zła cena", KSEF)


def test_a_correction_whose_lines_do_not_give_the_difference_has_a_reason() -> None:
    lines = LINE.format("Usługa", "1", "100", "100.00", "<StanPrzed>1</StanPrzed>") + LINE.format(
        "Usługa", "1", "95", "95.00", ""
    )
    parsed = parse_xml(ksef(CORRECTED, "KOR", lines=lines, totals=DIFFERENCE))
    assert any(reason.startswith("lines_sum_to_total") for reason in parsed.reasons)


def test_an_advance_is_not_held_to_the_lines_of_its_order() -> None:
    parsed = parse_xml(ksef("<Zamowienie><WartoscZamowienia>9999</WartoscZamowienia></Zamowienie>", "ZAL"))
    assert parsed.reasons == ()
    assert parsed.invoice.lines == ()


def test_settlement_of_balances_gives_the_amount_due() -> None:
    fa = """<Rozliczenie><Obciazenia><Kwota>7.00</Kwota><Powod>odsetki</Powod></Obciazenia><SumaObciazen>7.00</SumaObciazen>
      <Odliczenia><Kwota>30.00</Kwota><Powod>nadpłata</Powod></Odliczenia><SumaOdliczen>30.00</SumaOdliczen><DoZaplaty>100.00</DoZaplaty></Rozliczenie>"""
    parsed = parse_xml(ksef(fa))
    assert (parsed.invoice.amount_due, parsed.invoice.prior_balance, parsed.reasons) == (D("100.00"), D("-23.00"), ())
    wrong = parse_xml(ksef(fa.replace("100.00</DoZaplaty>", "101.00</DoZaplaty>")))
    assert any(reason.startswith("amount_due_follows") for reason in wrong.reasons)


@pytest.mark.parametrize(
    ("payment", "paid", "due"),
    [
        ("<Zaplacono>1</Zaplacono>", "123.00", "0.00"),
        (
            "<ZaplataCzesciowa><KwotaZaplatyCzesciowej>23.00</KwotaZaplatyCzesciowej></ZaplataCzesciowa>",
            "23.00",
            "100.00",
        ),
    ],
)
def test_payments_lower_the_amount_due(payment: str, paid: str, due: str) -> None:
    invoice = parse_xml(ksef(f"<Platnosc>{payment}</Platnosc>")).invoice
    assert (invoice.paid, invoice.amount_due) == (D(paid), D(due))


def test_without_terms_or_payment_nothing_is_said_to_be_due() -> None:
    assert parse_xml(ksef("")).invoice.amount_due is None


def test_several_rates_are_summed_and_a_margin_has_no_net() -> None:
    totals = "<P_13_1>100.00</P_13_1><P_14_1>23.00</P_14_1><P_13_3>40.00</P_13_3><P_14_3>2.00</P_14_3><P_13_7>10.00</P_13_7><P_15>175.00</P_15>"
    invoice = parse_xml(ksef("", totals=totals)).invoice
    assert (invoice.net_total, invoice.tax_total) == (D("150.00"), D("25.00"))
    assert [(part.name, part.rate) for part in invoice.tax_breakdown] == [("VAT", D(23)), ("VAT", D(5)), ("zw", None)]
    line = "<FaWiersz><P_7>Auto</P_7><P_8B>1</P_8B><P_9B>500</P_9B><P_11A>500</P_11A></FaWiersz>"
    margin = parse_xml(ksef("", totals="<P_13_11>500</P_13_11><P_15>500</P_15>", lines=line))
    assert (margin.invoice.net_total, margin.invoice.tax_total, margin.reasons) == (None, None, ())


def test_gross_that_is_not_net_plus_tax_has_a_reason() -> None:
    parsed = parse_xml(ksef("", totals="<P_13_1>100.00</P_13_1><P_14_1>23.00</P_14_1><P_15>132.00</P_15>"))
    assert any(reason.startswith("net_plus_tax_is_gross") for reason in parsed.reasons)


def meta(key: str, value: str) -> str:
    return f"<MetaDane><ZKlucz>{key}</ZKlucz><ZWartosc>{value}</ZWartosc></MetaDane>"


def table(title: str, heads: str, *rows: str) -> str:
    columns = "".join(f'<Kol Typ="txt"><NKom>{head}</NKom></Kol>' for head in heads.split("|"))
    body = "".join(
        "<Wiersz>" + "".join(f"<WKom>{cell}</WKom>" for cell in row.split("|")) + "</Wiersz>" for row in rows
    )
    return f"<Tabela><Opis>{title}</Opis><TNaglowek>{columns}</TNaglowek>{body}</Tabela>"


READ_HEADS = "Strefa|Data odczytu|Odczyt bieżący|Odczyt poprzedni|Mnożna|Zużycie kWh|Sposób odczytu"


def energy(*tables: str, extra: str = "", point: str = PPE) -> str:
    pairs = meta("Adres PPE", "ul. Polna 5, Radom") + meta("Numer PPE", point) + meta("Grupa taryfowa", "G12")
    pairs += meta("Okres rozliczeniowy od", "2026-01-01") + meta("Okres rozliczeniowy do", "2026-01-31") + extra
    return f"<Zalacznik><BlokDanych>{pairs}{''.join(tables)}</BlokDanych></Zalacznik>"


def test_energy_attachment_gives_point_readings_and_consumption() -> None:
    readings = table(
        "Odczyty", READ_HEADS, "Licznik energii czynnej nr 00123", "dzienna|2026-01-31|1150|1000|1|150|fizyczny",
        "nocna|2026-01-31|2050|2000|1|50|szacunkowy", "Licznik energii biernej nr 00123", "całodobowa|2026-01-31|77|70|1|7|fizyczny",
    )  # fmt: skip
    sales = table("Sprzedaż energii", "Opis|j. m.|Ilość|Cena", "dzienna|kWh|150|0.9", "nocna|kWh|50|0.5")
    parsed = parse_xml(ksef("", attachment=energy(readings, sales, extra=meta("Zużycie w roku 2025", "9999 kWh"))))
    invoice = parsed.invoice
    assert (parsed.reasons, failed(parsed)) == ((), set())
    assert (invoice.kind, invoice.document_type, invoice.consumption_kwh) == (
        "electricity",
        DocumentType.SETTLEMENT,
        D(200),
    )
    assert invoice.metering_point is not None
    assert (invoice.metering_point.id, invoice.metering_point.scheme, invoice.metering_point.tariff_group) == (
        PPE,
        "ppe",
        "G12",
    )
    assert (invoice.metering_point.address, invoice.metering_point.meter_number) == ("ul. Polna 5, Radom", "00123")
    assert (invoice.period_start, invoice.period_end) == (date(2026, 1, 1), date(2026, 1, 31))
    first, second = invoice.meter_readings
    assert (first.zone, first.previous, first.current, first.kwh, first.kind) == (
        "dzienna",
        D(1000),
        D(1150),
        D(150),
        "actual",
    )
    assert second.kind == "estimated"
    assert "billed_energy_is_metered" in {check.name for check in invoice.checks}


def test_energy_given_to_the_grid_is_not_consumed() -> None:
    readings = table(
        "Odczyty", READ_HEADS, "Energia czynna pobrana, licznik nr 5", "całodobowa|2026-01-31|300|200|1|100|",
        "Energia czynna wprowadzona do sieci, licznik nr 5", "całodobowa|2026-01-31|90|50|1|40|",
    )  # fmt: skip
    invoice = parse_xml(ksef("", attachment=energy(readings))).invoice
    assert (invoice.consumption_kwh, invoice.exported_kwh) == (D(100), D(40))


def test_a_row_with_the_sum_of_zones_is_not_added_to_them() -> None:
    rows = (
        "Licznik nr 5",
        "dzienna|2026-01-31|60|0|1|60|",
        "nocna|2026-01-31|40|0|1|40|",
        "suma|2026-01-31|100|0|1|100|",
    )
    assert parse_xml(ksef("", attachment=energy(table("Odczyty", READ_HEADS, *rows)))).invoice.consumption_kwh == D(100)
    off = (*rows[:-1], "suma|2026-01-31|101|0|1|101|")
    assert parse_xml(ksef("", attachment=energy(table("Odczyty", READ_HEADS, *off)))).invoice.consumption_kwh is None


def test_readings_that_do_not_give_the_energy_have_a_reason() -> None:
    rows = ("Licznik nr 5", "całodobowa|2026-01-31|160|100|1|66|")
    parsed = parse_xml(ksef("", attachment=energy(table("Odczyty", READ_HEADS, *rows))))
    assert any(reason.startswith("readings_give_energy") for reason in parsed.reasons)


def test_a_forecast_is_no_settlement() -> None:
    forecast = table("Prognoza zużycia energii", "Opis|j. m.|Ilość", "całodobowa|kWh|120")
    invoice = parse_xml(ksef("", attachment=energy(forecast))).invoice
    assert (invoice.document_type, invoice.consumption_kwh, invoice.meter_readings) == (DocumentType.FORECAST, None, ())


def test_consumption_stated_as_a_key_is_taken_and_yearly_sums_are_not() -> None:
    extra = (
        meta("Zużycie energii w okresie", "1 234,5 kWh")
        + meta("Średnie zużycie dobowe", "41 kWh")
        + meta("Zużycie w 2025 roku", "9000 kWh")
    )
    assert parse_xml(ksef("", attachment=energy(extra=extra))).invoice.consumption_kwh == D("1234.5")


def test_several_points_are_not_one() -> None:
    other = PPE[:-2] + "9" + str(gs1_check_digit(PPE[:-2] + "9"))
    blocks = energy(table("Odczyty", READ_HEADS, "Licznik nr 5", "całodobowa|2026-01-31|60|0|1|60|"))
    second = energy(table("Odczyty", READ_HEADS, "Licznik nr 6", "całodobowa|2026-01-31|40|0|1|40|"), point=other)
    both = blocks.replace("</Zalacznik>", "") + second.replace("<Zalacznik>", "")
    invoice = parse_xml(ksef("", attachment=both)).invoice
    assert invoice.consumption_kwh == D(100)
    assert invoice.metering_point is None or invoice.metering_point.id is None
    assert {(r.metering_point_id, r.meter_number) for r in invoice.meter_readings} == {(PPE, "5"), (other, "6")}


def test_lines_name_their_points_where_the_invoice_describes_its_rows_so() -> None:
    other = PPE[:-2] + "9" + str(gs1_check_digit(PPE[:-2] + "9"))
    described = "".join(
        f"<DodatkowyOpis><NrWiersza>{row}</NrWiersza><Klucz>Kod PPE</Klucz><Wartosc>{point}</Wartosc></DodatkowyOpis>"
        for row, point in ((1, PPE), (2, other))
    )
    rows = "".join(
        f"<FaWiersz><NrWierszaFa>{row}</NrWierszaFa><P_7>Energia czynna</P_7><P_11>{net}</P_11></FaWiersz>"
        for row, net in ((1, "10.00"), (2, "20.00"), (3, "5.00"))
    )
    lines = parse_xml(ksef(described + rows)).invoice.lines
    assert [(line.metering_point_id, line.net) for line in lines] == [(PPE, D(10)), (other, D(20)), (None, D(5))]
    alone = parse_xml(ksef(described.replace(other, PPE) + rows)).invoice.lines
    assert {line.metering_point_id for line in alone} == {None}


def test_a_point_code_that_does_not_close_is_told() -> None:
    parsed = parse_xml(ksef("", attachment=energy(point="590322400000000000")))
    assert failed(parsed) == {"ppe_gs1_mod_10"}
