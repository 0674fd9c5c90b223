"""Check digits: real forms close, one wrong digit never does. Every number here is made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parsing.proofs import (
    find_access_keys,
    find_ksef_numbers,
    mended_tax_id,
    possible_countries,
    read_access_key,
    read_account,
    read_iban,
    read_ksef_link,
    read_ksef_number,
    read_nrb,
    read_ppe,
    read_tax_id,
    same_account,
    same_tax_id,
)
from pipelines.parsing.proofs.access_keys import access_key_digit
from pipelines.parsing.proofs.ksef import crc8
from pipelines.parsing.proofs.metering_points import gs1_check_digit


def nip(digits: str) -> str:
    """A NIP from nine digits, by the published weights; empty where no digit closes."""
    rest = sum(w * int(d) for w, d in zip((6, 5, 7, 2, 3, 4, 5, 6, 7), digits, strict=True)) % 11
    return "" if rest == 10 else f"{digits}{rest}"


def cnpj(body: str) -> str:
    """A CNPJ from twelve characters, digits or capital letters (value: ASCII code less 48)."""
    for first in (5, 6):
        weights = [*range(first, 1, -1), *range(9, 1, -1)]
        rest = sum(w * (ord(c) - 48) for w, c in zip(weights, body, strict=True)) % 11
        body += "0" if rest < 2 else str(11 - rest)
    return body


@given(st.from_regex(r"[1-9][0-9]{8}", fullmatch=True), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_breaks_a_nip(digits: str, place: int, step: int) -> None:
    number = nip(digits)
    if not number:
        return
    right = read_tax_id(f"{number[:3]}-{number[3:6]}-{number[6:8]}-{number[8:]}")
    assert right is not None
    assert (right.valid, right.country, right.number) == (True, "PL", number)
    changed = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    wrong = read_tax_id(changed, "PL")
    # nine digits may close as another scheme (REGON), ten cannot
    assert wrong is None or not wrong.valid


@given(st.from_regex(r"[0-9A-Z]{8}0001", fullmatch=True).filter(lambda s: s[:8] != "0" * 8))
def test_cnpj_with_letters_closes(body: str) -> None:
    number = cnpj(body)
    printed = f"{number[:2]}.{number[2:5]}.{number[5:8]}/{number[8:12]}-{number[12:]}"
    if sum(c.isdigit() for c in number) < 6:
        return
    found = read_tax_id(printed)
    if "XXX" in printed:  # three in a row are read as a mask
        assert found is None
        return
    assert found is not None
    assert found.valid
    assert found.country == "BR"
    assert found.number == number


@pytest.mark.parametrize(
    ("printed", "hint", "country", "number"),
    [
        ("DE 136 695 976", "", "DE", "DE136695976"),
        ("ATU57194903", "", "AT", "ATU57194903"),
        ("EL 094259216", "", "GR", "EL094259216"),
        ("NL123456789B13", "", "NL", "NL123456789B13"),
        ("FR 61 954 506 077", "", "FR", "FR61954506077"),
        ("GB 980 7806 84", "", "GB", "GB980780684"),
        ("CHE-107.787.577 MWST", "", "CH", "CHE107787577MWST"),
        ("27AAPFU0939F1ZV", "", "IN", "27AAPFU0939F1ZV"),
        ("83 914 571 673", "AU", "AU", "83914571673"),
        ("390.533.447-05", "", "BR", "39053344705"),
        ("PL 526-025-02-74", "", "PL", "PL5260250274"),
        ("192598184", "PL", "PL", "192598184"),
    ],
)
def test_tax_ids_of_many_countries_close(printed: str, hint: str, country: str, number: str) -> None:
    found = read_tax_id(printed, hint)
    assert found is not None
    assert (found.valid, found.proves, found.country, found.number) == (True, True, country, number)


def test_a_number_without_check_digit_proves_nothing() -> None:
    found = read_tax_id("12-3456789")
    assert found is not None
    assert found.valid
    assert not found.proves


@pytest.mark.parametrize("text", ["", "12", "09.140.7**/****-**", "XXX-XXX-12-34", "Sprzedawca", "faktura nr 5"])
def test_what_is_no_tax_id_gives_none(text: str) -> None:
    assert read_tax_id(text) is None


def test_an_unknown_number_is_kept_but_not_valid() -> None:
    found = read_tax_id("1234567890")
    assert found is not None
    assert not found.valid
    assert found.country == ""


def test_a_prefix_on_one_side_only_is_no_difference() -> None:
    assert same_tax_id("PL 526-025-02-74", "5260250274")
    assert not same_tax_id("DE136695976", "AT136695976")
    assert not same_tax_id("5260250274", "5260250275")


def test_countries_in_question_are_told() -> None:
    assert possible_countries("5260250274") == ("PL",)


@given(st.from_regex(r"[0-9]{24}", fullmatch=True), st.integers(2, 25), st.integers(1, 9))
def test_one_wrong_digit_breaks_a_polish_account(body: str, place: int, step: int) -> None:
    check = 98 - int(f"{body}252100") % 97
    number = f"{check:02d}{body}"
    found = read_nrb(" ".join([number[:2], *(number[i : i + 4] for i in range(2, 26, 4))]))
    assert found is not None
    assert found.valid
    assert found.iban == f"PL{number}"
    wrong = read_nrb(number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :])
    assert wrong is not None
    assert not wrong.valid


def test_an_iban_closes_and_equals_its_national_form() -> None:
    found = read_iban("IBAN: DE89 3704 0044 0532 0130 00")
    assert found is not None
    assert found.valid
    assert same_account("PL61 1090 1014 0000 0712 1981 2874", "61109010140000071219812874")
    assert read_account("no account") is None
    assert read_account("61109010140000071219812874", "DE") is None


@given(st.from_regex(r"590[0-9]{14}", fullmatch=True), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_breaks_a_ppe_code(body: str, place: int, step: int) -> None:
    number = f"{body}{gs1_check_digit(body)}"
    found = read_ppe(f"{number[:6]} {number[6:12]} {number[12:]}")
    assert found is not None
    assert found.valid
    assert found.number == number
    wrong = read_ppe(number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :])
    assert wrong is not None
    assert not wrong.valid


def test_a_legacy_ppe_is_known_but_proves_nothing() -> None:
    found = read_ppe("PL0037000012345678")
    assert found is not None
    assert (found.form, found.valid) == ("legacy", False)
    assert read_ppe("19XABCDEFG123456") is None  # an EIC code
    assert read_ppe("5902") is None


@given(
    st.sampled_from(["31", "35", "27", "43"]),
    st.integers(1, 12),
    st.from_regex(r"[1-9][0-9]{7}", fullmatch=True),
    st.integers(1, 999_999_999),
)
def test_access_key_yields_its_parts(state: str, month: int, company: str, number: int) -> None:
    body = f"{state}26{month:02d}{cnpj(company + '0001')}66001{number:09d}1" + "0" + "1234567"
    key = f"{body}{access_key_digit(body)}"
    text = "CHAVE DE ACESSO " + " ".join(key[i : i + 4] for i in range(0, 44, 4)) + " Protocolo"
    (found,) = find_access_keys(text)
    assert (found.key, found.valid, found.model) == (key, True, "66")
    assert (found.issue_month, found.cnpj) == (f"2026-{month:02d}", key[6:20])
    assert (found.series, int(found.number)) == ("001", number)
    broken = key[:30] + str((int(key[30]) + 1) % 10) + key[31:]
    wrong = read_access_key(broken)
    assert wrong is not None
    # the norm gives 0 for two rests: one change in about sixty stays unseen
    assert not wrong.valid or access_key_digit(key[:43]) == access_key_digit(broken[:43]) == 0


def test_a_ksef_number_closes_by_its_crc() -> None:
    body = "5260250274-20260228-0100001AF629"
    number = f"{body}-{crc8(body.encode()):02X}"
    found = read_ksef_number(number.lower())
    assert found is not None
    assert (found.number, found.nip, found.valid) == (number, "5260250274", True)
    assert str(found.received) == "2026-02-28"
    older = f"{body[:26]}-{body[26:]}-{number[-2:]}"  # the form of the first version, parted 6-6
    assert find_ksef_numbers(f"Numer KSeF: {older}; faktura")[0].number == number
    wrong = read_ksef_number(number.replace("20260228", "20260227"))
    assert wrong is not None
    assert not wrong.valid
    assert read_ksef_number("5260250274") is None


def test_a_ksef_link_yields_seller_and_date() -> None:
    digest = "A" * 42 + "_"
    link = read_ksef_link(f"https://qr.ksef.mf.gov.pl/invoice/5260250274/15-02-2026/{digest}")
    assert link is not None
    assert (link.nip, str(link.issue_date), link.xml_sha256) == ("5260250274", "2026-02-15", digest)
    assert read_ksef_link(f"https://qr-test.ksef.mf.gov.pl/invoice/5260250274/15-02-2026/{digest}") is not None
    assert read_ksef_link(f"https://qr.ksef.mf.gov.pl.example.org/invoice/5260250274/15-02-2026/{digest}") is None
    assert read_ksef_link(f"https://qr.ksef.mf.gov.pl/invoice/5260250274/31-02-2026/{digest}") is None
    offline = f"https://qr.ksef.mf.gov.pl/certificate/Nip/5260250274/5260250274/01F20A5D352AE590/{digest}/sig"
    certified = read_ksef_link(offline)
    assert certified is not None
    assert certified.issue_date is None


@given(st.text(max_size=60))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    for read in (read_tax_id, read_iban, read_nrb, read_ppe, read_access_key, read_ksef_number, read_ksef_link):
        read(text)
    find_access_keys(text)
    find_ksef_numbers(text)


def test_a_scanned_tax_id_is_mended_where_one_letter_read_as_a_digit_closes_it() -> None:
    mended = mended_tax_id("AS8818501", "ES")
    assert mended is not None
    assert (mended.number, mended.valid) == ("A58818501", True)
    assert mended_tax_id("AS8818502", "ES") is None, "no letter makes it close"
    assert mended_tax_id("58818501", "ES") is None, "there is no letter to mend"
