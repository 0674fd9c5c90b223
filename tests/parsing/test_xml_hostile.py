"""XML that attacks or is broken gives a typed error; XML that is no invoice is passed over."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import DamagedDocument, DocumentTooLarge, LakeError, UnsupportedDocument
from pipelines.pages import Attachment
from pipelines.parsing.xml import parse_einvoice, parse_xml

NFE = (
    b'<NFe xmlns="http://www.portalfiscal.inf.br/nfe"><infNFe Id="NFe1" versao="4.00"><ide><nNF>7</nNF>'
    b"<dhEmi>2026-02-15T10:00:00-03:00</dhEmi></ide><emit><xNome>Loja Exemplo</xNome></emit>"
    b"<total><ICMSTot><vProd>10.00</vProd><vNF>10.00</vNF></ICMSTot></total></infNFe></NFe>"
)
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><x>&c;</x>'
)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (BOMB, UnsupportedDocument),
        (b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>', UnsupportedDocument),
        (b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>', UnsupportedDocument),
        (b"<a><b></a>", DamagedDocument),
        (b"", DamagedDocument),
        (b"\x00\x01\x02", DamagedDocument),
        (b"<a>" * 5000 + b"</a>" * 5000, DamagedDocument),
        (b"<html><body/></html>", UnsupportedDocument),
        (b'<Invoice xmlns="urn:example:other"/>', UnsupportedDocument),
        (b'<Faktura xmlns="urn:example:other"/>', UnsupportedDocument),
    ],
)
def test_hostile_or_foreign_xml_is_a_typed_error(data: bytes, error: type[LakeError]) -> None:
    with pytest.raises(error) as raised:
        parse_xml(data, "letter.xml")
    assert raised.value.document == "letter.xml"
    assert "root:" not in str(raised.value)


def test_an_xml_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(DocumentTooLarge):
        parse_xml(NFE, max_bytes=len(NFE) - 1)


def test_other_attachments_are_passed_over() -> None:
    metadata = Attachment("metadata.xml", b"<metadata/>")
    parsed = parse_einvoice([metadata, Attachment("broken.xml", b"<a"), Attachment("nfe.xml", NFE)])
    assert parsed is not None
    assert (parsed.format, parsed.source, parsed.invoice.invoice_number) == ("nfe", "nfe.xml", "7")
    assert parse_einvoice([metadata]) is None
    assert parse_einvoice([]) is None


def test_a_damaged_attachment_without_a_sound_one_is_told() -> None:
    with pytest.raises(DamagedDocument):
        parse_einvoice([Attachment("factur-x.xml", b"<rsm:CrossIndustryInvoice")])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_change_to_an_invoice_gives_a_record_or_a_typed_error(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(NFE) - 1))
    junk = data.draw(
        st.binary(max_size=4) | st.sampled_from([b"NaN", b"1e99", b"-1", b"9" * 40, b"Infinity", b"\xff\xfe"])
    )
    changed = NFE[:at] + junk + NFE[at + data.draw(st.integers(0, 6)) :]
    try:
        parsed = parse_xml(changed)
    except LakeError:
        return
    parsed.invoice.model_dump_json()
    assert isinstance(parsed.reasons, tuple)


@pytest.mark.parametrize("text", ["NaN", "1e99", "Infinity", "12,50", "abc", "9" * 40])
def test_what_is_no_amount_is_no_value(text: str) -> None:
    parsed = parse_xml(NFE.replace(b"<vNF>10.00", f"<vNF>{text}".encode()))
    assert parsed.invoice.gross_total is None
    assert "gross_total is missing in the e-invoice" in parsed.reasons
