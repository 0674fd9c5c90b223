"""QR and bar codes that state what a page states: second witnesses to amounts, dates, parties and accounts.

`read_witness` takes the text of any decoded code. What it gives has passed the code's own check digits
where it has any; a code that is damaged, or of no known kind, gives None.

Norms: EPC069-12 (SEPA credit transfer QR), ZBP's recommendation on 2D codes (Poland), SIX Swiss QR bill
with Swico S1 billing information, EMV QR with BR Code (PIX), Czech SPAYD, Croatian HUB3, Slovenian UPN QR,
Portuguese Portaria 195/2020 (AT), Spanish VERI*FACTU and TicketBAI links, Indian e-invoice (signed JWT).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qs, urlsplit

from stdnum import iso11649
from stdnum.ch import esr

from pipelines.parsing.proofs.access_keys import read_access_key
from pipelines.parsing.proofs.bank_accounts import read_iban, read_nrb
from pipelines.parsing.proofs.febraban import read_payment_line
from pipelines.parsing.proofs.ksef import read_ksef_link
from pipelines.parsing.proofs.tax_ids import read_tax_id


@dataclass(frozen=True, slots=True)
class Witness:
    """What a code says. None or empty where it says nothing.

    Attributes:
        kind: `epc`, `polish_2d`, `swiss_qr`, `pix`, `spayd`, `hub3`, `upn`, `pt_at`, `es_aeat`, `in_irn`,
            `ksef_link`, `access_key`, `arrecadacao` or `boleto`.
        amount: What is to be paid (payment codes), or the invoice's gross total (`pt_at`, `es_aeat`, `in_irn`).
        amount_is: `due` or `gross`: which of the two `amount` is; empty without one.
        due_dates: More than one where the code is ambiguous (a boleto's factor counts in two rounds).
        seller_tax_id: Payee or issuer, without separators.
        reference: Payment reference, structured or free.
        key: Access key, barcode digits, IRN or document hash: the code's own identity.
    """

    kind: str
    amount: Decimal | None = None
    amount_is: str = ""
    currency: str = ""
    tax_total: Decimal | None = None
    account: str = ""
    payee: str = ""
    seller_tax_id: str = ""
    buyer_tax_id: str = ""
    invoice_number: str = ""
    issue_date: date | None = None
    issue_month: str = ""
    due_dates: tuple[date, ...] = ()
    reference: str = ""
    key: str = ""


def read_witness(text: str) -> Witness | None:
    """The witness in a code's text, whatever its kind."""
    for read in (_ksef, read_epc, read_swiss_qr, read_pix, read_spayd, read_polish_2d, read_hub3, read_upn, read_pt_at):
        if witness := read(text):
            return witness
    return _link(text) or read_in_irn(text) or _brazilian_barcode(text)


def read_epc(text: str) -> Witness | None:
    """SEPA credit transfer QR ("GiroCode"), versions 001 and 002. Norm: EPC069-12."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 7 or lines[0] != "BCD" or lines[1] not in ("001", "002") or lines[3] not in ("SCT", "INST"):
        return None
    lines += [""] * (12 - len(lines))
    account = read_iban(lines[6])
    if account is None or not account.valid:
        return None
    amount = _amount(lines[7].removeprefix("EUR")) if lines[7].startswith("EUR") else None
    reference = lines[9] or lines[10]
    return Witness(
        "epc", amount, _due(amount), "EUR" if amount else "", account=account.iban, payee=lines[5], reference=reference
    )


def read_polish_2d(text: str) -> Witness | None:
    """Transfer code of Polish bills: `NIP|PL|account|grosze|name|title|...`. Norm: ZBP recommendation, 2D codes."""
    parts = [part.strip() for part in text.strip().split("|")]
    if len(parts) < 6 or (parts[0] and not _is_digits(parts[0])) or parts[1] not in ("PL", ""):
        return None
    account = read_nrb(parts[2])
    nip = read_tax_id(parts[0], "PL") if parts[0] else None
    if account is None or not account.valid or (parts[0] and (nip is None or not nip.valid)):
        return None
    if not re.fullmatch(r"[0-9]{1,12}", parts[3]):
        return None
    amount = Decimal(int(parts[3])) / 100 if int(parts[3]) else None
    return Witness(
        "polish_2d",
        amount,
        _due(amount),
        "PLN",
        account=account.number,
        payee=parts[4],
        seller_tax_id=parts[0],
        reference=parts[5],
    )


def read_swiss_qr(text: str) -> Witness | None:
    """Swiss QR bill with Swico billing information. Norm: SIX, Swiss Implementation Guidelines QR-bill 2.x."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 30 or lines[0] != "SPC" or not lines[1].startswith("02"):
        return None
    account, kind, reference = read_iban(lines[3]), lines[27], lines[28]
    if account is None or not account.valid or lines[19] not in ("CHF", "EUR"):
        return None
    if not _reference_closes(kind, reference):
        return None
    amount, bill = _amount(lines[18]), _swico(lines[31] if len(lines) > 31 else "")
    issued = _compact_date(bill.get("11", ""), century="20")
    return Witness(
        "swiss_qr",
        amount,
        _due(amount),
        lines[19],
        account=account.iban,
        payee=lines[5],
        reference=reference,
        invoice_number=bill.get("10", ""),
        issue_date=issued,
        seller_tax_id=_swiss_uid(bill.get("30", "")),
    )


def read_pix(text: str) -> Witness | None:
    """Brazilian PIX: EMV merchant-presented QR with its CRC-16. Norm: BACEN, Manual do BR Code."""
    text = text.strip()
    if not text.startswith("000201") or not re.search(r"6304[0-9A-Fa-f]{4}$", text):
        return None
    if crc16(text[:-4].encode()) != int(text[-4:], 16):
        return None
    fields = _tlv(text)
    accounts = [_tlv(fields[tag]) for tag in fields if "26" <= tag <= "51"]
    if not any(account.get("00", "").lower() == "br.gov.bcb.pix" for account in accounts) or fields.get("53") != "986":
        return None
    amount = _amount(fields.get("54", ""))
    key = next((account["01"] for account in accounts if "01" in account), "")
    taxed = read_tax_id(key, "BR")
    return Witness(
        "pix",
        amount,
        _due(amount),
        "BRL",
        payee=fields.get("59", ""),
        key=key,
        reference=_tlv(fields.get("62", "")).get("05", ""),
        seller_tax_id=taxed.number if taxed and taxed.scheme == "br.cnpj" and taxed.valid else "",
    )


def read_spayd(text: str) -> Witness | None:
    """Czech and Slovak short payment descriptor. Norm: SPAYD 1.0 (Czech Banking Association, standard 26)."""
    if not re.match(r"SPD\*1\.[0-9]\*", text.strip()):
        return None
    pairs = dict(part.split(":", 1) for part in text.strip().split("*")[2:] if ":" in part)
    account = read_iban(pairs.get("ACC", "").split("+")[0])
    if account is None or not account.valid:
        return None
    amount, due = _amount(pairs.get("AM", "")), _compact_date(pairs.get("DT", ""))
    return Witness(
        "spayd",
        amount,
        _due(amount),
        pairs.get("CC", "CZK"),
        account=account.iban,
        payee=pairs.get("RN", ""),
        due_dates=(due,) if due else (),
        reference=pairs.get("X-VS", ""),
    )


def read_hub3(text: str) -> Witness | None:
    """Croatian payment slip's PDF417: amount in cents, payee, IBAN, reference. Norm: HUB, 2D bar code standard."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 11 or lines[0] != "HRVHUB30" or lines[1] not in ("EUR", "HRK") or not _is_digits(lines[2]):
        return None
    account = read_iban(lines[9])
    if account is None or not account.valid:
        return None
    amount = Decimal(int(lines[2])) / 100 or None
    reference = " ".join(line for line in lines[10:12] if line)
    return Witness("hub3", amount, _due(amount), lines[1], account=account.iban, payee=lines[6], reference=reference)


def read_upn(text: str) -> Witness | None:
    """Slovenian payment order QR; its last line is the count of characters before it. Norm: ZBS, UPN QR."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 19 or lines[0] != "UPNQR" or not _is_digits(lines[8]):
        return None
    account = read_iban(lines[14])
    if account is None or not account.valid:
        return None
    amount, due = Decimal(int(lines[8])) / 100 or None, _dotted_date(lines[13])
    return Witness(
        "upn",
        amount,
        _due(amount),
        "EUR",
        account=account.iban,
        payee=lines[16],
        due_dates=(due,) if due else (),
        reference=lines[15],
    )


def read_pt_at(text: str) -> Witness | None:
    """Portuguese invoice QR: NIFs, date, document, tax and total. Norm: Portaria 195/2020, AT technical note."""
    if not re.match(r"A:[0-9]{9}\*B:", text.strip()):
        return None
    pairs = dict(part.split(":", 1) for part in text.strip().split("*") if ":" in part)
    seller, issued = read_tax_id(pairs["A"], "PT"), _compact_date(pairs.get("F", ""))
    total = _amount(pairs.get("O", ""))
    if seller is None or not seller.valid or issued is None or total is None or not pairs.get("G"):
        return None
    buyer = pairs["B"] if pairs["B"] != "999999990" else ""  # the number that stands for an unnamed consumer
    return Witness(
        "pt_at",
        total,
        "gross",
        "EUR",
        _amount(pairs.get("N", "")),
        seller_tax_id=pairs["A"],
        buyer_tax_id=buyer,
        invoice_number=pairs["G"],
        issue_date=issued,
        key=pairs.get("H", ""),
    )


def read_in_irn(text: str) -> Witness | None:
    """Indian e-invoice QR: a signed JWT; read, its signature not verified. Norm: GSTN e-invoice schema 1.1."""
    parts = text.strip().split(".")
    if len(parts) != 3 or not all(re.fullmatch(r"[\w\-]{16,}=*", part) for part in parts):
        return None
    try:
        body = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        data = json.loads(body["data"]) if isinstance(body.get("data"), str) else body
        seller, total = read_tax_id(str(data["SellerGstin"]), "IN"), _amount(str(data["TotInvVal"]))
        issued = _dotted_date(str(data["DocDt"]).replace("/", "."))
        number, buyer = str(data["DocNo"]), str(data.get("BuyerGstin", ""))
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        return None
    if seller is None or not seller.valid or issued is None:
        return None
    return Witness(
        "in_irn",
        total,
        "gross" if total else "",
        "INR",
        seller_tax_id=seller.number,
        buyer_tax_id=buyer,
        invoice_number=number,
        issue_date=issued,
        key=str(data.get("Irn", "")),
    )


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE (polynomial 1021, start FFFF), as ISO/IEC 13239 and EMV QR use it."""
    return binascii.crc_hqx(data, 0xFFFF)


def _ksef(text: str) -> Witness | None:
    link = read_ksef_link(text)
    if link is None:
        return None
    return Witness("ksef_link", seller_tax_id=link.nip, issue_date=link.issue_date, key=link.xml_sha256)


def _link(text: str) -> Witness | None:
    """Links of tax authorities that carry the invoice's data: Spain (AEAT, Basque), Brazil (NF3e, NFC-e)."""
    if not re.match(r"https?://", text.strip()):
        return None
    parts = urlsplit(text.strip())
    query = {name.lower(): values[0] for name, values in parse_qs(parts.query).items()}
    if {"nif", "numserie", "fecha", "importe"} <= query.keys():
        return _spanish(query)
    chave = query.get("chnf3e") or query.get("chnfe") or query.get("p", "").split("|")[0]
    return _brazilian_key(chave)


def _spanish(query: dict[str, str]) -> Witness | None:
    """Norm: Orden HAC/1177/2024, article 20 and 21 (QR of VERI*FACTU)."""
    seller, amount = read_tax_id(query["nif"], "ES"), _amount(query["importe"])
    issued = _dotted_date(query["fecha"].replace("-", "."))
    if seller is None or not seller.valid or amount is None or issued is None:
        return None
    return Witness(
        "es_aeat",
        amount,
        "gross",
        "EUR",
        seller_tax_id=seller.number,
        invoice_number=query["numserie"],
        issue_date=issued,
    )


def _brazilian_key(text: str) -> Witness | None:
    key = read_access_key(text)
    if key is None or not key.valid:
        return None
    return Witness(
        "access_key", seller_tax_id=key.cnpj, invoice_number=key.number, issue_month=key.issue_month, key=key.key
    )


def _brazilian_barcode(text: str) -> Witness | None:
    """Digits alone: an access key (Code 128) or a payment line (ITF)."""
    line = read_payment_line(text)
    if line is not None and line.valid:
        due = _due(line.amount)
        return Witness(line.kind, line.amount, due, "BRL", due_dates=line.due_dates, key=line.barcode)
    return _brazilian_key(text)


def _amount(text: str) -> Decimal | None:
    """An amount with a decimal point and no grouping, as every code writes it; None where it is not one."""
    if not re.fullmatch(r"-?[0-9]{1,12}(?:\.[0-9]{1,3})?", text.strip()):
        return None
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return None


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _due(amount: Decimal | None) -> str:
    return "" if amount is None else "due"


def _compact_date(text: str, century: str = "") -> date | None:
    """`YYYYMMDD`, or `YYMMDD` with the century given."""
    match = re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", century + text)
    return _checked_date(*match.groups()) if match else None


def _dotted_date(text: str) -> date | None:
    match = re.fullmatch(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})", text)
    return _checked_date(match[3], match[2], match[1]) if match else None


def _checked_date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _tlv(text: str) -> dict[str, str]:
    """EMV's tag (2), length (2), value; what is malformed ends the reading."""
    fields, at = {}, 0
    while match := re.match(r"([0-9]{2})([0-9]{2})", text[at:]):
        start, size = at + 4, int(match[2])
        if start + size > len(text):
            break
        fields[match[1]] = text[start : start + size]
        at = start + size
    return fields


def _swico(text: str) -> dict[str, str]:
    """Swico S1: `//S1/10/<number>/11/<YYMMDD>/...`, a slash within a value is escaped by a backslash."""
    if not text.startswith("//S1/"):
        return {}
    parts = [part.replace("\\/", "/") for part in re.split(r"(?<!\\)/", text[5:])]
    return dict(zip(parts[::2], parts[1::2], strict=False))


def _reference_closes(kind: str, reference: str) -> bool:
    """QRR: ISR mod 10 recursive; SCOR: ISO 11649; NON: none."""
    if kind == "QRR":
        return esr.is_valid(reference)
    return iso11649.is_valid(reference) if kind == "SCOR" else kind == "NON" and not reference


def _swiss_uid(digits: str) -> str:
    found = read_tax_id(f"CHE{digits}", "CH") if re.fullmatch(r"[0-9]{9}", digits) else None
    return found.number if found and found.valid else ""
