"""Words that tell names from streets: legal forms, street words, postcodes, and what is no name at all."""

from __future__ import annotations

import re
from typing import Final

from rapidfuzz.distance import Hamming

from pipelines.parsing.folding import count_digits, fold, has_digit, tokens
from pipelines.parsing.remembering import remembered
from pipelines.parsing.tables_words import column_words, meter_words


def word_set(text: str) -> frozenset[str]:
    """The words of a text, parted by blanks."""
    return frozenset(re.findall(r"\S+", text))


LEGAL_FORMS: Final = re.compile(
    r"(?<![a-z0-9])(?:sp\.?\s?z\.?\s?o\.?\s?o\.?|s\.?\s?a\.?|spolka|s\.?\s?c\.?|p\.?s\.?a\.?|gmbh|"
    r"mbh|ag|kg|ohg|ug|e\.?k\.?|gbr|se|ltd\.?|limited|inc\.?|llc|llp|plc|corp\.?"
    r"|corporation|company|co\.$|dac|snc|s\.n\.c\.?|sp\.? ?[jk]\.?|ltda\.?|eireli|epp|me|"
    r"s\.?a\.?r\.?l\.?|sas|sasu|eurl|s\.?r\.?l\.?|s\.?p\.?a\.?|s\.?l\.?u?\.?|b\.?v\.?|n\.?v\.?|"
    r"v\.?o\.?f\.?|sdn\.?|bhd\.?"
    r"|pvt\.?|pty\.?|oy|ab|aps|a/s|as|kft|s\.?r\.?o\.?|e\.?v\.?|a\.?g\.?|eg|f\.?h\.?u\.?|"
    r"p\.?h\.?u\.?|p\.?p\.?h\.?u\.?|enterprise|trading|group|holding|stiftung|gmina|urzad|fundacja|"
    r"cooperativa|partg(?: ?mbb)?)(?![a-z])"
)
STRONG_FORMS: Final = re.compile(
    r"(?<![a-z0-9])(?:sp\.?\s?z\.?\s?o\.?\s?o\.?|spolka akcyjna|s\.\s?a\.?|gmbh|mbh|kgaa|ohg|ltd\.?|"
    r"limited|inc\.?|llc|llp|plc|corp\.?|corporation|ltda\.?|eireli|s\.?a\.?r\.?l\.?|sas"
    r"|eurl|s\.?r\.?l\.?|s\.?p\.?a\.?|s\.l\.u?\.?|b\.?v\.?|n\.v\.?|sdn\.?|bhd\.?|pvt\.?|pty\.?|"
    r"s\.?r\.?o\.?|kft|distribuidora|distribuicao|ag|s/a|partg(?: ?mbb)?)(?![a-z])"
)


@remembered(8192)
def has_strong_form(text: str) -> bool:
    """Whether a legal form stands in a text that hardly is another word; asked of one line by many."""
    return STRONG_FORMS.search(fold(text)) is not None


_ORGANIZED: Final = re.compile(
    r"\W*(?:companhia|cia\.?|empresa|cooperativa|compania|compagnie|societe|ets|etablissements|"
    r"societa|comune di|commune de|"
    r"przedsiebiorstwo|zaklady?|spoldzielnia|kompania|stadtwerke|gemeindewerke|departamento|servico autonomo)\s+\w{2}"
)


def is_organization(text: str) -> bool:
    """Whether a line begins as companies without a legal form behind their name do: `Companhia de Água do Vale`."""
    return len(text.split()) >= 2 and _ORGANIZED.match(fold(text)) is not None


_BODIES: Final = word_set(
    "trust foundation charity council university school college hospital church association society club institute "
    "authority studio studios bakery partners ministry department stiftung verein universitat schule gemeinde klinik "
    "fundacja stowarzyszenie szkola urzad gmina przedszkole wspolnota spoldzielnia fundacao associacao condominio "
    "prefeitura escola fundacion asociacion ayuntamiento comunidad mairie commune ecole lycee fondation syndicat "
    "associazione comune scuola fondazione stichting vereniging gemeente"
)
_NAME: Final = re.compile(r"[^\W\d_][^\W\d_]+(?:-[^\W\d_]+)?|[^\W\d_]\.?")


def names_a_body(text: str) -> bool:
    """Whether a line names a body by what it is: `Trust`, `Gmina`. A legal form may end the line before."""
    return len(text.split()) >= 2 and not _BODIES.isdisjoint(tokens(text))


def is_person(text: str) -> bool:
    """Whether a line may be a person's name: two to four capitalized words, and nothing that names a body."""
    words = text.split()
    fits = all(_NAME.fullmatch(word) and word[0].isupper() for word in words)
    body = LEGAL_FORMS.search(fold(text)) or names_a_body(text) or is_organization(text)
    return 2 <= len(words) <= 4 and fits and not text.isupper() and not body


_STREET: Final = re.compile(
    r"(?<![a-z])(?:ul\.|al\.|pl\.|os\.|rua|av\.?|avenida|travessa|rod\.?|alameda|praca|street|st\.|"
    r"road|rd\.?|avenue|ave\.?|lane|drive|blvd|suite|floor|jalan|jln|lot|p\.?o\.? ?box"
    r"|platz|allee|weg|calle|c/|plaza|paseo|via|viale|piazza|corso|rue|boulevard|place|chemin|quai|"
    r"laan|plein|kade|postbus|postfach|bairro|cep|highway|tower|building)(?![a-z])"
    r"|str(?:asse|\.)|strasse|straat|weg \d|gasse|platz \d"
)
_POSTCODE: Final = re.compile(
    r"(?<!\d)(?:\d{2}-\d{3}(?!\d)|\d{2}\.?\d{3}-\d{3}(?!\d)|\d{5}(?:-\d{4})?(?!\d)|"
    r"\d{4}\s?[A-Z]{2}(?![A-Za-z])|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}(?![A-Za-z])|\d{4}-\d{3}(?!\d)"
    r"|\d{3}\s\d{2}(?!\d)|[A-Z]{1,2}-\d{4,5}(?!\d))"
)
CITY_LINE: Final = re.compile(
    rf"(?:^|[,\s])(?:[A-Z]{{1,2}}[\s-])?{_POSTCODE.pattern}[\s,]+(?:[-–] )?[^\W\d_]{{2,}}|"
    rf"[^\W\d_]{{3,}},?\s+(?:[A-Z]{{2}},?\s+)?{_POSTCODE.pattern}|"
    # postcodes of four digits are years too: only before a town that opens no month, where a line or its part begins
    r"(?:^|,\s)(?:[A-Z]{1,2}[\s-])?[1-9]\d{3}\s(?!(?:Jan|Feb|M[aä]r|Apr|Ma[iy]|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[cz]))"
    r"[A-ZÀ-Ž][a-zà-ž]{2,}|"
    # British ones stand in a line of their own
    r"^[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}$"
)
NO_NAME: Final = re.compile(
    r"@|www\.|https?:|\b(?:tel|fax|phone|telefon|e-?mail|iban|bic|swift|page|seite|strona|pagina|page|uhr|mo-fr)\b|"
    r"[^\W\d_]{3,}:\s+\w",  # a key with its value: `Electric Rate: Residential Service`
    re.IGNORECASE,
)
SALUTATIONS: Final = word_set(
    "eheleute familie szp sznpan sznpani szpan szanownypan szanownapani "
    "herrundfrau herrfrau mrandmrs mrmrs panipan panstwo famille familia famiglia "
    "herrn herr frau firma an attn mr mrs ms pan pani sr sra mme m sig spett spettle szanowny szanowna "
    "dhr mevr tav accounts payable to themanager theoccupier thedirector accountspayable buchhaltung "
    "associado cooperado consumidor titular cliente klient odbiorca kunde client customer "
)
GREETING: Final = re.compile(
    r"(?:guten (?:tag|morgen)|sehr geehrte|liebe[r ]|hallo|dear|hello|hi\b|szanown|dzien dobry|bonjour|chere?\b|"
    r"madame,|estimad|hola|buenos|gentile|egregi|buongiorno|prezad|ola\b|caro|geachte|beste|dobry den|vazen)"
)
"""How letters begin; folded text."""
DEPARTMENTS: Final = re.compile(
    r"accounts? (?:payable|dep(?:artmen)?t\.?)|finance (?:dep(?:artmen)?t\.?|team)|purchasing|procurement|"
    r"(?:kreditoren|debitoren|finanz)?buchhaltung|rechnungswesen|einkauf|rechnungspruefung|rechnungsprufung|"
    r"(?:dzial )?ksiegowosci?|referat \w+( \w+)?|comptabilite|service (?:comptable|achats)|contabilidad|administracion|"
    r"(?:crediteuren)?administratie|amministrazione|ufficio (?:acquisti|contabilita)|contas a pagar|financeiro|"
    r"(?:inh\.|inhaber(?:in)?|c/o|attn\.?|z\.? ?hd\.?|t\.?a\.?v\.?|a/c|do rak) .*"
)
"""Who owns a company, or opens its bills, printed beneath the company's name; folded text, whole lines."""
COUNTRIES: Final = word_set(
    "polska poland deutschland germany nederland netherlands france italia italy espana spain portugal "
    "brasil brazil unitedkingdom uk usa unitedstates unitedstatesofamerica india malaysia hongkong "
    "osterreich austria schweiz switzerland belgie belgium singapore ireland "
)
CONTACT: Final = re.compile(r"@|www\.|https?:|\b(?:tel|fax|phone|telefon|telefone|telephone|iban)\b", re.IGNORECASE)
REGISTER: Final = re.compile(
    r"capital|kapital|kapita|registered|siege|sede legal|amtsgericht|registergericht|geschaftsfuhrer|vorstand|bank|regd"
)


_LEADS: Final = re.compile(
    r"^(?:ul\.|al\.|rua |av\.? |avenida |jalan |lot |no\.? ?\d|p\.?o\.? box|calle |via |contrada |"
    r"(?:poligono|pol\.|polig\.)(?: ind(?:ustrial|\.)?)? |z\.? ?[ai]\.?c?\.? (?:de|du|des|la|les|le) |"
    r"zona industriale|zone (?:industrielle|d.activite)|"
    r"parc d.activite|parque (?:empresarial|industrial)|zona industrial |estrada )"
)
_ROAD_BEHIND: Final = re.compile(
    r",\s[^,\d]*(?<![a-z])(?:lane|road|street|avenue|drive|close|crescent|terrace|boulevard|strasse|straat|laan)$"
)
"""`The Old Mill, Weir Lane`: a house that has a name and no number."""
_STATE_BEHIND: Final = re.compile(r"\s[-–/]\s?(?:A[CLMP]|BA|CE|DF|ES|GO|M[AGST]|P[ABEIR]|R[JNORS]|S[CEP]|TO)$")
"""`CENTRO - CURITIBA - PR`: quarter, town and state of Brazil."""
_ROADS: Final = re.compile(r"^(?:r|av|tv|trav|est|rod|al|pc|pca|praca|travessa|estrada)\.? \D*\d")
_HOUSE: Final = re.compile(
    r"[^\W\d_]{4,}\s+\d{1,4}[a-zA-Z]?(?:\s?[/\-]\s?\d{1,4}[a-zA-Z]?)?(?:,?\s(?:bus|bte|boite|app|apt|m)\.?\s?\w{1,4})?$"
)
_NUMBERED: Final = re.compile(r"^\d{1,5}[a-zA-Z]?[ ,]+[^\W\d_]{3,}")


def names_a_town(text: str) -> bool:
    """Whether a postcode stands beside a town."""
    return has_digit(text) and CITY_LINE.search(text) is not None


@remembered(8192)
def is_address(text: str) -> bool:
    """Whether a line reads as part of an address: a street word, a postcode with a town, a house number."""
    folded = fold(text)
    if _LEADS.search(folded) or _ROAD_BEHIND.search(folded) or _STATE_BEHIND.search(text):
        return True
    if not has_digit(text):
        return False
    return any(
        pattern.search(said)
        for pattern, said in (
            (CITY_LINE, text),
            (_STREET, folded),
            (_ROADS, folded),
            (_HOUSE, text),
            (_NUMBERED, text),
        )
    )


# OCR reads the letters of "o.o." as zeros
_ZOO: Final = re.compile(r"sp\.?\s?z\.?\s?(?:0\.?\s?[0oO]|[oO]\.?\s?0)\.?(?!\w)", re.IGNORECASE)


_AFTER_NAME: Final = re.compile(
    r"\s(?:CNPJ|NIP|VAT|Tax ID|GSTIN|UID|USt|Tel|Fax|CPF|P\.?\s?IVA|NIF|CIF|REGON|KRS)\b|\s[|•·]\s|"
    r"\s[-–—]\s(?=.*\d)|,?\s(?:z siedzib[ąa]|mit Sitz|with registered office|com sede|con sede|avec siège)\b|"
    r",?\s(?:società (?:soggetta|con|a)|(?:[Cc]on|[Aa]) socio)\b"
)
_BRACKETED_NUMBER: Final = re.compile(r"\s*\([^)]*\d[^)]*\)?\s*$")
_BRACKETED_WORDS: Final = re.compile(r"^\W*\((?:\W*\w+){3,}\W*\)?\W*$")
"""`(A Joint Venture with ...)` behind a company: what it is, not what it is called."""


@remembered(8192)
def heads_columns(text: str) -> bool:
    """Whether a line is a table's head and no name: `Quantity Unit of Measure`, `Ilość kWh Sposób odczytu`."""
    if has_strong_form(text):
        return False
    found = [vocabulary().read(text) for vocabulary in (column_words, meter_words)]
    meanings, words = max(found, key=lambda read: sum(m.end - m.start for m in read[0]))
    covered = sum(m.end - m.start for m in meanings)
    return words >= 2 and covered * 2 >= words and len({k for m in meanings for k in m.kinds}) >= 2


@remembered(8192)
def clean_name(text: str) -> str:
    """A name without what letterheads print around it: address after a dash, ids, marks."""
    text = _AFTER_NAME.split(text, maxsplit=1)[0]
    name, _, rest = text.partition(", ")
    if (
        rest
        and len(name.split()) >= 2
        and is_address(rest)
        and (not is_address(name) or not has_digit(name.split()[0]))
    ):
        text = name  # `Halina Bystrzycka, ul. Polna 4, 38-312 Ropa`
    form = STRONG_FORMS.search(fold(text)) if has_strong_form(text) and len(fold(text)) == len(text) else None
    behind = text[form.end() :] if form is not None and form.start() >= 3 else ""
    told = _BRACKETED_WORDS.match(behind) is not None
    if form is not None and (told or count_digits(text[form.end() :]) >= 6 or is_address(behind.strip(" .,"))):
        text = text[: form.end()]
    if "(" in text:
        text = _BRACKETED_NUMBER.sub("", text)
    text = _ZOO.sub("sp. z o.o.", text)
    return text.strip(" \t,;:|-–—•*\"'").strip()


_COMMON: Final = word_set(
    "the of and for your you we to in is this please thank invoice facture rechnung faktura factura "
    "fattura receipt bill page date total amount due payment tax nota fiscal documento auxiliar "
    "eletronica energia segunda via oryginal kopia original copy krajowy system faktur e ihre vielen dank "
    "cash order simplified retail invoices summary details customer service welcome check guest copia "
    "factuur dat betaal ik zelf wel statement account number sales credit note data termin vat nr no "
    "podstawowa korygujaca zaliczkowa duplikat bank beispiel rechnungen fur description qty quantity "
    "price item distribuicao distribucion dystrybucja energia energy strom tipo faturamento fornecimento leitura "
    "consumo classificacao centro bairro cliente clente czynna calodobowa oplata naleznosc "
    "usuario particulars applies destinatario remetente sacado pagador cidade estado municipio uf cep "
    "pagamento por multibanco entidade montante previous present current usage "
)


def common_words(text: str) -> float:
    """Share of a line's words that name no company."""
    words = tokens(text)
    return sum(w in _COMMON for w in words) / len(words) if words else 1.0


def is_sentence(text: str) -> bool:
    """Whether a line is said to the reader, and names nobody: it ends as sentences do, or begins a second one."""
    return "." in text and _SENTENCE.search(text) is not None and not has_strong_form(text)


_SMALL: Final = r"[^\W\d_A-ZÀ-ÞĄĆĘŁŃŚŹŻ]"
_SENTENCE: Final = re.compile(rf"[^\W\d_]\s[^\W\d_]*{_SMALL}{{4}}\.$|{_SMALL}{{4}}\.\s[A-ZÀ-Ž][^\W\d_]+[ ,]")
"""`Twoje dane. Sprawdź, czy są poprawne.`: ends as sentences do, or begins a second one."""
_CAPITAL: Final = re.compile(r"^\W*(?:\w{2,4}\W+){0,3}(?:au capital|capital social|kapital zakladowy|stammkapital)\b")
"""`SAS au capital de 5 000 €`: what a company is, without its name."""
_AND_CO: Final = re.compile(r"(?:&|\bund\b|\band\b)?\s*\bco\b")


_WORD: Final = re.compile(r"[^\W\d_]+")


_TAX_ID: Final = re.compile(
    r"\W*(?:cif|nif|nip|cnpj|cpf|nipc|vat|ust-?id|siret|siren|gstin|abn|dic|ico)\b\W{0,4}\w{0,3}\d{3}"
)


_TROUBLE: Final = re.compile(
    r"(?:averias|emergencias?|emergenc(?:y|ies)|faults|depannage|awarie|pogotowie|guasti|storing(?:en)?|storung(?:en)?|"
    r"reclamaciones|reclamations|reklamacje|ouvidoria|datos de(?:l)?|dados d[aeo]s?|dati (?:del|di|fornitura)|"
    r"dane (?:do|kontaktowe|licznika|punktu)|vos references|ihre daten|vertragsdaten|contract details|account details|"
    r"your details|resumen|riepilogo|zusammenfassung|samenvatting)(?![a-z])"
)
"""What heads the telephone numbers of a bill, or its other boxes; folded text."""


def is_no_name(text: str) -> bool:
    """Whether a line names nobody: a legal form or a heading's word alone, a sentence, what OCR made of a picture."""
    if is_sentence(text) or _CAPITAL.search(fold(text)) or _TAX_ID.match(fold(text)) or _TROUBLE.match(fold(text)):
        return True
    words = _WORD.findall(text)
    folded = fold(text)
    rest = _AND_CO.sub(" ", LEGAL_FORMS.sub(" ", folded))
    if sum(map(str.isalnum, rest)) < 2:
        return True
    noise = max(map(len, words), default=0) < 3 and not LEGAL_FORMS.search(folded)
    heading = common_words(text) == 1.0 and (len(words) == 1 or "/" in text)
    return noise or heading or (len(words) == 1 and _heads_a_column(text))


def _heads_a_column(word: str) -> bool:
    meanings, words = column_words().read(word)
    return bool(meanings) and words == 1


_TRADES: Final = (
    "enterprise", "enterprises", "restaurant", "restaurants", "restoran", "supermarket", "hypermarket", "holdings",
    "services", "industries", "international", "corporation", "incorporated", "technologies", "electronics",
    "stationery", "stationers", "hardware", "pharmacy", "gesellschaft", "przedsiębiorstwo", "handlowe", "usługowe",
    "produkcyjne",
    "distribuidora", "comercial", "comércio", "supermercado", "supermercados", "serviços", "indústria", "société",
    "établissements", "comercializadora", "energética", "eletricidade", "saneamento", "companhia", "cooperativa",
)  # fmt: skip
"""Words of eight letters and more that stand in many companies' names."""


def without_slips(name: str) -> str:
    """A name off a scan whose usual words are spelled right: `PETRA ENIERPRISE` is `PETRA ENTERPRISE`.

    Only words that differ from a usual one in a single letter are mended; names of their own stay as they were read.
    """
    return re.sub(r"[^\W\d_]{7,}", lambda match: _usual(match[0]), name)


def ends_oddly(name: str) -> bool:
    """Whether a scanned name ends in a few capitals that are no legal form: `Rębacz i Syn SJJ.` is `S.J.` misread."""
    *rest, last = name.split() or [""]
    letters = last.strip(".,")
    few = 2 <= len(letters) <= 4 and letters.isalpha() and letters.isupper()
    return few and any(c.islower() for c in "".join(rest)) and LEGAL_FORMS.search(fold(last)) is None


def _usual(word: str) -> str:
    lower = word.lower()
    if fold(lower) in {fold(usual) for usual in _TRADES}:
        return word
    near = [usual for usual in _TRADES if len(usual) == len(word) and Hamming.distance(usual, lower) == 1]
    if len(near) != 1:
        return word
    return near[0].upper() if word.isupper() else near[0].capitalize() if word[0].isupper() else near[0]
