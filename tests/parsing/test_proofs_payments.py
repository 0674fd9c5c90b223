"""Payment lines and the codes printed on bills: decoded, checked, and refused when damaged."""
# ruff: noqa: E501 - codes are one line

from __future__ import annotations

import base64
import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parsing.proofs import find_payment_lines, read_payment_line, read_witness
from pipelines.parsing.proofs.febraban import mod10, mod11_arrecadacao, mod11_boleto
from pipelines.parsing.proofs.payment_codes import crc16

NRB = "61109010140000071219812874"
IBAN = "DE89370400440532013000"
DIGITS = st.from_regex(r"[0-9]{29}", fullmatch=True)


def arrecadacao(cents: int, rest: str, identifier: str = "6") -> str:
    """The 44 digits of a utility bill's barcode with a right general digit."""
    rule = mod10 if identifier in "67" else mod11_arrecadacao
    head, body = f"83{identifier}", f"{cents:011d}{rest}"
    return f"{head}{rule(head + body)}{body}"


def typed(barcode: str) -> str:
    """The typed line of 48 digits: four blocks of eleven, each with its digit."""
    rule = mod10 if barcode[2] in "67" else mod11_arrecadacao
    blocks = [barcode[i : i + 11] for i in range(0, 44, 11)]
    return " ".join(f"{block}-{rule(block)}" for block in blocks)


def boleto(cents: int, factor: int, free: str) -> str:
    """The typed line of 47 digits of a bank slip."""
    tail = f"{factor:04d}{cents:010d}"
    general = mod11_boleto(f"3419{tail}{free}")
    fields = [f"3419{free[:5]}", free[5:15], free[15:25]]
    typed_fields = [f"{field}{mod10(field)}" for field in fields]
    first, second, third = (f"{field[:5]}.{field[5:]}" for field in typed_fields)
    return f"{first} {second} {third} {general} {tail}"


@pytest.mark.parametrize("identifier", ["6", "8"])
@given(cents=st.integers(1, 99_999_999_999), rest=DIGITS)
def test_utility_line_yields_its_amount(identifier: str, cents: int, rest: str) -> None:
    barcode = arrecadacao(cents, rest, identifier)
    for text in (typed(barcode), barcode):
        found = read_payment_line(text)
        assert found is not None
        assert found.valid
        assert (found.kind, found.segment, found.barcode) == ("arrecadacao", "3", barcode)
        assert found.amount == Decimal(cents) / 100
    (line,) = find_payment_lines(f"AUTENTICACAO {typed(barcode)}\nVencimento")
    assert line.barcode == barcode


@given(cents=st.integers(1, 99_999), rest=DIGITS, place=st.integers(0, 47), step=st.integers(1, 9))
def test_one_wrong_digit_breaks_a_utility_line(cents: int, rest: str, place: int, step: int) -> None:
    line = typed(arrecadacao(cents, rest)).replace(" ", "").replace("-", "")
    found = read_payment_line(line[:place] + str((int(line[place]) + step) % 10) + line[place + 1 :])
    assert found is None or not found.valid


def test_a_reference_is_no_amount() -> None:
    found = read_payment_line(arrecadacao(12345, "0" * 29, "7"))
    assert found is not None
    assert found.valid
    assert found.amount is None


@given(
    cents=st.integers(0, 9_999_999_999),
    factor=st.integers(1000, 9999),
    free=st.from_regex(r"[0-9]{25}", fullmatch=True),
)
def test_bank_slip_yields_amount_and_both_dates(cents: int, factor: int, free: str) -> None:
    found = read_payment_line(boleto(cents, factor, free))
    assert found is not None
    assert found.valid
    assert found.bank == "341"
    assert found.amount == (Decimal(cents) / 100 if cents else None)
    first, second = found.due_dates
    assert (second - first).days == 9000


def test_the_due_factor_is_counted_as_the_banks_do() -> None:
    found = read_payment_line(boleto(100, 1000, "0" * 25))
    assert found is not None
    assert found.due_dates == (date(2000, 7, 3), date(2025, 2, 22))
    undated = read_payment_line(boleto(100, 0, "0" * 25))
    assert undated is not None
    assert undated.due_dates == ()


def epc(amount: str = "EUR123.45", account: str = IBAN) -> str:
    return "\n".join(["BCD", "002", "1", "SCT", "", "Muster Energie GmbH", account, amount, "", "", "RE-2026-17"])


def test_epc_code_yields_amount_and_account() -> None:
    found = read_witness(epc())
    assert found is not None
    assert (found.kind, found.amount, found.amount_is) == ("epc", Decimal("123.45"), "due")
    assert (found.account, found.reference, found.payee) == (IBAN, "RE-2026-17", "Muster Energie GmbH")
    assert read_witness(epc(account="DE89370400440532013001")) is None
    empty = read_witness(epc(amount=""))
    assert empty is not None
    assert empty.amount is None


def test_polish_transfer_code_yields_grosze() -> None:
    found = read_witness(f"5260250274|PL|{NRB}|012345|PRZYKLAD ENERGIA SA|FV 7/2026|||")
    assert found is not None
    assert (found.kind, found.amount, found.account) == ("polish_2d", Decimal("123.45"), NRB)
    assert found.seller_tax_id == "5260250274"
    assert read_witness(f"5260250275|PL|{NRB}|012345|X|Y|||") is None
    assert read_witness(f"|PL|{NRB[:-1]}5|012345|X|Y|||") is None


def swiss(
    amount: str = "199.95", kind: str = "NON", reference: str = "", account: str = "CH5604835012345678009"
) -> str:
    creditor = ["S", "Muster AG", "Seeweg", "1", "3000", "Bern", "CH"]
    return "\r\n".join(
        ["SPC", "0200", "1", account, *creditor, *[""] * 7, amount, "CHF", *[""] * 7, kind, reference, "", "EPD",
         "//S1/10/R-2026\\/7/11/260215/30/107787577"]
    )  # fmt: skip


def test_swiss_bill_yields_amount_number_and_date() -> None:
    found = read_witness(swiss())
    assert found is not None
    assert (found.amount, found.currency, found.invoice_number) == (Decimal("199.95"), "CHF", "R-2026/7")
    assert found.issue_date == date(2026, 2, 15)
    assert found.seller_tax_id == "CHE107787577"
    assert read_witness(swiss(kind="QRR", reference="210000000003139471430009018")) is None
    assert read_witness(swiss(kind="QRR", reference="210000000003139471430009017")) is not None
    assert read_witness(swiss(kind="SCOR", reference="RF18539007547034")) is not None


def emv(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"


def pix(amount: str) -> str:
    body = (
        emv("00", "01") + emv("26", emv("00", "BR.GOV.BCB.PIX") + emv("01", "11222333000181")) + emv("52", "0000")
        + emv("53", "986") + emv("54", amount) + emv("58", "BR") + emv("59", "ENERGIA EXEMPLO") + emv("60", "BELO HORIZONTE")
        + emv("62", emv("05", "FAT123")) + "6304"
    )  # fmt: skip
    return f"{body}{crc16(body.encode()):04X}"


@given(st.integers(1, 99_999_999), st.integers(0, 60))
def test_pix_code_yields_amount_and_breaks_when_damaged(cents: int, place: int) -> None:
    text = pix(f"{cents // 100}.{cents % 100:02d}")
    found = read_witness(text)
    assert found is not None
    assert (found.kind, found.amount, found.currency) == ("pix", Decimal(cents) / 100, "BRL")
    assert (found.seller_tax_id, found.reference, found.payee) == ("11222333000181", "FAT123", "ENERGIA EXEMPLO")
    damaged = text[:place] + ("X" if text[place] != "X" else "Y") + text[place + 1 :]
    assert read_witness(damaged) is None


def test_crc16_is_the_one_of_the_norm() -> None:
    assert crc16(b"123456789") == 0x29B1


def test_portuguese_code_yields_totals_and_number() -> None:
    text = "A:123456789*B:999999990*C:PT*D:FT*E:N*F:20260215*G:FT A/7*H:ABCD1234-7*I1:PT*I7:100.00*I8:23.00*N:23.00*O:123.00*Q:abcd*R:1"
    found = read_witness(text)
    assert found is not None
    assert (found.kind, found.amount, found.amount_is, found.tax_total) == (
        "pt_at",
        Decimal("123.00"),
        "gross",
        Decimal("23.00"),
    )
    assert (found.invoice_number, found.issue_date, found.buyer_tax_id) == ("FT A/7", date(2026, 2, 15), "")
    assert read_witness(text.replace("A:123456789", "A:123456788")) is None


def test_spanish_link_yields_total_and_date() -> None:
    link = "https://www2.agenciatributaria.gob.es/wlpl/TIKE-CONT/ValidarQR?nif=B58378431&numserie=F%2F2026-7&fecha=15-02-2026&importe=121.00"
    found = read_witness(link)
    assert found is not None
    assert (found.kind, found.amount, found.invoice_number) == ("es_aeat", Decimal("121.00"), "F/2026-7")
    assert read_witness(link.replace("B58378431", "B58378432")) is None


def test_czech_descriptor_yields_amount_and_due_date() -> None:
    found = read_witness("SPD*1.0*ACC:CZ6508000000192000145399*AM:480.50*CC:CZK*DT:20260301*X-VS:1234567890*RN:PRIKLAD")
    assert found is not None
    assert (found.amount, found.due_dates, found.reference) == (Decimal("480.50"), (date(2026, 3, 1),), "1234567890")
    assert read_witness("SPD*1.0*ACC:CZ6508000000192000145398*AM:480.50") is None


def test_croatian_and_slovenian_slips_yield_amounts() -> None:
    hub = [
        "HRVHUB30",
        "EUR",
        "000000000012355",
        "IVO",
        "ULICA 1",
        "10000 ZAGREB",
        "PRIMJER DOO",
        "CESTA 2",
        "SPLIT",
        "HR1210010051863000160",
        "HR01",
        "123-7",
        "COST",
        "RACUN",
    ]
    found = read_witness("\n".join(hub))
    assert found is not None
    assert (found.kind, found.amount) == ("hub3", Decimal("123.55"))
    upn = ["UPNQR", "", "", "", "", "JANEZ", "ULICA 1", "LJUBLJANA", "00000012355", "", "", "COST", "RACUN", "01.03.2026",
           "SI56192001234567892", "SI00123", "PRIMER DOO", "CESTA 2", "KOPER", "199"]  # fmt: skip
    slip = read_witness("\n".join(upn))
    assert slip is not None
    assert (slip.kind, slip.amount, slip.due_dates) == ("upn", Decimal("123.55"), (date(2026, 3, 1),))


def test_indian_code_yields_total_and_number() -> None:
    data = {
        "SellerGstin": "27AAPFU0939F1ZV",
        "BuyerGstin": "",
        "DocNo": "INV/7",
        "DocDt": "15/02/2026",
        "TotInvVal": 118.5,
        "Irn": "ab" * 32,
    }
    body = base64.urlsafe_b64encode(json.dumps({"data": json.dumps(data), "iss": "NIC"}).encode()).decode().rstrip("=")
    found = read_witness(f"{'a' * 30}.{body}.{'b' * 40}")
    assert found is not None
    assert (found.kind, found.amount, found.invoice_number) == ("in_irn", Decimal("118.5"), "INV/7")
    assert found.issue_date == date(2026, 2, 15)


def test_brazilian_codes_are_told_apart() -> None:
    line = read_witness(arrecadacao(10994, "0" * 29))
    assert line is not None
    assert (line.kind, line.amount) == ("arrecadacao", Decimal("109.94"))
    link = read_witness("https://qr.ksef.mf.gov.pl/invoice/5260250274/15-02-2026/" + "a" * 43)
    assert link is not None
    assert (link.kind, link.issue_date) == ("ksef_link", date(2026, 2, 15))


@pytest.mark.parametrize(
    "text", ["", "https://example.org/", "WIFI:S:net;T:WPA;P:secret;;", "5901234123457", "BCD\n002", "|||||", "0" * 44]
)
def test_other_codes_give_none(text: str) -> None:
    assert read_witness(text) is None


@given(st.text(max_size=200))
def test_any_code_is_read_without_an_error(text: str) -> None:
    read_witness(text)
    find_payment_lines(text)


@given(st.sampled_from([epc(), swiss(), pix("10.00"), f"|PL|{NRB}|000100|A|B|||"]), st.data())
def test_a_damaged_code_is_read_without_an_error(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    read_witness(text[:at] + data.draw(st.text(max_size=3)) + text[at + 1 :])
