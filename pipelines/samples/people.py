"""Invented firms, people and streets, by country."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from pipelines.samples import identifiers


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or buyer; `tax_id` as printed. `country` is ISO 3166 alpha-2."""

    name: str
    street: str
    town: str
    tax_id: str
    country: str

    @property
    def address(self) -> str:
        return f"{self.street}, {self.town}"


_FIRMS = {
    "PL": (
        "Piekarnia Złoty Kłos Sp. z o.o.", "Stolarnia Dębowa Dolina Sp. j.", "Biuro Rachunkowe Jaśmin Sp. z o.o.",
        "Hurtownia Świerk S.A.", "Warsztat Trzy Koła Sp. z o.o.", "Pensjonat Żabi Staw Sp. z o.o.",
        "Ogrodnictwo Młyńska 7 Sp. z o.o.", "Drukarnia Pod Wierzbą S.C.",
    ),
    "BR": (
        "PADARIA SOL NASCENTE LTDA", "OFICINA DOIS IRMAOS LTDA ME", "MERCADO BOM VIZINHO LTDA",
        "POUSADA RECANTO DAS ARARAS LTDA", "MARCENARIA IPE AMARELO LTDA",
    ),
    "GB": (
        "Harrow & Finch Joinery Ltd", "Tideswell Garden Supplies Ltd", "Larkhill Bakery Ltd", "Oakmere Print Works Ltd",
        "Pennybridge Cycles Ltd",
    ),
    "DE": (
        "Tischlerei Lindenhof GmbH", "Gärtnerei Sonnenwinkel GmbH", "Bäckerei Morgenrot e.K.",
        "Druckhaus Silberbach GmbH", "Fahrradwerk Nordufer GmbH",
    ),
}  # fmt: skip
_PLACES = {
    "PL": (
        ("ul. Jaśminowa 14", "62-999 Nowe Brzozy"), ("ul. Polnych Maków 3/7", "19-998 Zalesie Górne"),
        ("al. Klonowa 128", "47-997 Stary Młyn"), ("ul. Źródlana 9", "83-996 Wiśniowa Łąka"),
    ),
    "BR": (
        ("RUA DAS PALMEIRAS 210", "39999-120 VILA SERENA - MG"), ("AV DOS IPES 1045", "38998-040 CAMPO CLARO - MG"),
        ("TRAVESSA DO RIACHO 18 AP 302", "37997-310 SERRA BONITA - MG"),
    ),
    "GB": (
        ("12 Millrace Lane", "Little Averham, LA99 4QX"), ("Unit 4, Cobbler's Yard", "Westmarsh, WM97 1ZZ"),
        ("88 Station Approach", "Ferncombe, FC98 6YY"),
    ),
    "DE": (
        ("Amselweg 17", "99998 Oberlindach"), ("Am Alten Hafen 3", "29997 Neuwerder"),
        ("Mühlgasse 41", "89996 Tannfeld"),
    ),
}  # fmt: skip
_PEOPLE = ("Jan Bródka", "Halina Świerczyńska", "Michał Gąsior", "Łucja Żmijewska", "Zenon Wąsowicz")


def firm(rng: Random, country: str, name: str = "") -> Party:
    """A firm with a valid tax id; its name is drawn unless given."""
    street, town = rng.choice(_PLACES[country])
    tax_id = identifiers.cnpj(rng) if country == "BR" else identifiers.vat_id(rng, country)
    if country == "PL":
        tax_id = tax_id.removeprefix("PL")
    return Party(name or rng.choice(_FIRMS[country]), street, town, tax_id, country)
