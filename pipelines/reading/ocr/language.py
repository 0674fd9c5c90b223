"""Which language a page is read in, from the frequent words of a cheap first look.

Reading in two languages at once costs a quarter to a half more and gains nothing; reading Polish with
English data loses words. So one strip of the page is read with one language, and the little words that
stand on every invoice say which language the page is in. They are compared without diacritics, which a
foreign language's data does not know.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

_FREQUENT = {
    "pol": """faktura nr nip sprzedawca nabywca data wystawienia termin platnosci do zaplaty netto brutto vat stawka
        razem kwota wartosc ilosc cena konto bank ul oraz dnia zl pln okres energia oplata zuzycie licznik taryfa
        umowy numer adres sprzedazy uslugi klienta za od na w z i po przelew slownie jm szt usluga naleznosc""",
    "por": """nota fiscal fatura valor total data vencimento cliente cnpj cpf consumo energia conta pagar referente
        endereco quantidade numero tarifa leitura icms pis cofins base calculo de da do em para com por rua bairro
        cidade cep itens unidade emissao codigo serie r$ nao os das dos instalacao pagamento contribuicao""",
    "deu": """rechnung rechnungsnummer datum kunde kundennummer betrag summe gesamt netto brutto mwst ust steuer menge
        preis einzelpreis bezeichnung artikel zahlung zahlbar bank konto iban bic steuernummer der die das und fur
        mit von zu bis ihre sie wir nicht bei im am euro strasse gmbh lieferdatum strom zahler verbrauch fallig""",
    "eng": """invoice number date due total amount tax vat bill to from payment terms quantity qty unit price
        description subtotal balance account the and of for your please is in by at with on you this receipt cash
        change gst item customer address order ship payable thank company phone""",
}
_WORDS = {language: frozenset(words.split()) for language, words in _FREQUENT.items()}
# A word that several languages share says less: it is worth one over their number.
_SHARED = Counter(word for words in _WORDS.values() for word in words)
_UNDECOMPOSED = str.maketrans({"ł": "l", "Ł": "l", "ß": "ss", "ø": "o"})
_TOKEN = re.compile(r"[a-z$]+")
KNOWN_LANGUAGES = frozenset(_WORDS)


def guess_language(
    texts: Iterable[str], candidates: Sequence[str], least: float = 2.0, lead: float = 1.1
) -> str | None:
    """The candidate whose frequent words occur most; None where too few do, or two are level.

    Args:
        texts: Words as read.
        candidates: Tesseract codes; those without a list of frequent words cannot win.
        least: The score that counts as evidence; one distinctive word scores 1.
        lead: How many times the runner-up's score the winner's has to be.
    """
    seen = Counter(token for text in texts for token in _TOKEN.findall(_plain(text)))
    scores = {
        language: sum(min(seen[w], 3) / _SHARED[w] for w in _WORDS.get(language, ()) if w in seen)
        for language in candidates
    }
    ranked = sorted(scores.items(), key=lambda item: (-item[1], candidates.index(item[0])))
    if not ranked or ranked[0][1] < least:
        return None
    if len(ranked) > 1 and ranked[0][1] < lead * ranked[1][1]:
        return None
    return ranked[0][0]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_UNDECOMPOSED).lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
