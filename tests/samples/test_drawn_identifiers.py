"""Drawn identifiers carry right check digits, by other code than the one that drew them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban
from stdnum.br import cnpj
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat
from stdnum.pl import nip, regon

from pipelines.samples import identifiers
from pipelines.samples.wording import polish_words

seeds = st.integers(0, 2**32).map(Random)


@given(seeds)
@settings(max_examples=50)
def test_polish_and_brazilian_tax_ids_are_valid(rng: Random) -> None:
    assert nip.is_valid(identifiers.nip(rng))
    assert regon.is_valid(identifiers.regon(rng))
    assert cnpj.is_valid(identifiers.cnpj(rng))


@pytest.mark.parametrize("country", ["PL", "DE", "FR", "IT", "ES", "NL"])
@given(rng=seeds)
@settings(max_examples=30)
def test_european_vat_ids_and_accounts_are_valid(country: str, rng: Random) -> None:
    assert eu_vat.is_valid(identifiers.vat_id(rng, country))
    assert iban.is_valid(identifiers.iban(rng, country))


@given(seeds)
@settings(max_examples=30)
def test_british_vat_ids_and_accounts_are_valid(rng: Random) -> None:
    assert gb_vat.is_valid(identifiers.vat_id(rng, "GB"))
    assert iban.is_valid(identifiers.iban(rng, "GB"))


@given(seeds)
def test_polish_account_is_an_iban_without_its_country(rng: Random) -> None:
    account = identifiers.nrb(rng)
    assert int(account[2:] + "2521" + account[:2]) % 97 == 1


@given(seeds)
def test_metering_point_has_the_gs1_digit(rng: Random) -> None:
    code = identifiers.ppe(rng)
    assert len(code) == 18
    assert sum(int(d) * (1 if place % 2 else 3) for place, d in enumerate(code)) % 10 == 0


@given(seeds, st.decimals(0, 99999, places=2))
def test_payment_line_blocks_close_by_module_10(rng: Random, amount: Decimal) -> None:
    line = identifiers.payment_line(identifiers.collection_barcode(rng, amount, 999))
    blocks = [block.replace("-", "") for block in line.split(" ")]
    assert [len(block) for block in blocks] == [12] * 4
    for block in blocks:
        weighted = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(block))]
        assert sum(value // 10 + value % 10 for value in weighted) % 10 == 0


@given(seeds)
def test_access_key_closes_by_module_11(rng: Random) -> None:
    tax_id = identifiers.cnpj(rng)
    key = identifiers.access_key(rng, state="MG", issued=date(2026, 2, 3), tax_id=tax_id, series=1, number=77)
    assert len(key) == 44
    assert key[:6] == "312602"
    rest = sum(int(d) * w for d, w in zip(reversed(key[:43]), list(range(2, 10)) * 6, strict=False)) % 11
    assert int(key[43]) == (0 if rest < 2 else 11 - rest)


def test_ksef_number_has_the_published_form() -> None:
    number = identifiers.ksef_number(Random(1), "1234563218", date(2026, 2, 3))
    assert number.startswith("1234563218-20260203-")
    assert len(number) == 35


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.01", "zero złotych 01/100"),
        ("1", "jeden złoty 00/100"),
        ("22.10", "dwadzieścia dwa złote 10/100"),
        ("112", "sto dwanaście złotych 00/100"),
        ("1000", "tysiąc złotych 00/100"),
        ("2345.67", "dwa tysiące trzysta czterdzieści pięć złotych 67/100"),
        ("-5", "minus pięć złotych 00/100"),
    ],
)
def test_amounts_are_spelled_as_polish_bills_spell_them(amount: str, words: str) -> None:
    assert polish_words(Decimal(amount)) == words
