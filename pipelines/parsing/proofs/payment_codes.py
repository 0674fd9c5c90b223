"""Payment codes: what is to be paid, to whom and when. Each gives None for any other text or a damaged code.

Norms: EPC069-12 (SEPA credit transfer QR), ZBP's recommendation on 2D codes (Poland), SIX Swiss QR bill
with Swico S1 billing information, EMV QR with BR Code (PIX), Czech SPAYD, Croatian HUB3, Slovenian UPN QR.
"""

from __future__ import annotations

import binascii
import re
from decimal import Decimal

from stdnum import iso11649
from stdnum.ch import esr

from pipelines.parsing.proofs.bank_accounts import read_iban, read_nrb
from pipelines.parsing.proofs.tax_ids import read_tax_id
from pipelines.parsing.proofs.witness import Witness, amount_of, compact_date, dotted_date, due_if, is_digits


def read_epc(text: str) -> Witness | None:
    """SEPA credit transfer QR ("GiroCode"), versions 001 and 002. Norm: EPC069-12."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 7 or lines[0] != "BCD" or lines[1] not in ("001", "002") or lines[3] not in ("SCT", "INST"):
        return None
    lines += [""] * (12 - len(lines))
    account = read_iban(lines[6])
    if account is None or not account.valid:
        return None
    amount = amount_of(lines[7].removeprefix("EUR")) if lines[7].startswith("EUR") else None
    reference = lines[9] or lines[10]
    return Witness(
        "epc",
        amount,
        due_if(amount),
        "EUR" if amount else "",
        account=account.iban,
        payee=lines[5],
        reference=reference,
    )


def read_polish_2d(text: str) -> Witness | None:
    """Transfer code of Polish bills: `NIP|PL|account|grosze|name|title|...`. Norm: ZBP recommendation, 2D codes."""
    parts = [part.strip() for part in text.strip().split("|")]
    if len(parts) < 6 or (parts[0] and not is_digits(parts[0])) or parts[1] not in ("PL", ""):
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
        due_if(amount),
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
    amount, bill = amount_of(lines[18]), _swico(lines[31] if len(lines) > 31 else "")
    issued = compact_date(bill.get("11", ""), century="20")
    return Witness(
        "swiss_qr",
        amount,
        due_if(amount),
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
    amount = amount_of(fields.get("54", ""))
    key = next((account["01"] for account in accounts if "01" in account), "")
    taxed = read_tax_id(key, "BR")
    return Witness(
        "pix",
        amount,
        due_if(amount),
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
    amount, due = amount_of(pairs.get("AM", "")), compact_date(pairs.get("DT", ""))
    return Witness(
        "spayd",
        amount,
        due_if(amount),
        pairs.get("CC", "CZK"),
        account=account.iban,
        payee=pairs.get("RN", ""),
        due_dates=(due,) if due else (),
        reference=pairs.get("X-VS", ""),
    )


def read_hub3(text: str) -> Witness | None:
    """Croatian payment slip's PDF417: amount in cents, payee, IBAN, reference. Norm: HUB, 2D bar code standard."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 11 or lines[0] != "HRVHUB30" or lines[1] not in ("EUR", "HRK") or not is_digits(lines[2]):
        return None
    account = read_iban(lines[9])
    if account is None or not account.valid:
        return None
    amount = Decimal(int(lines[2])) / 100 or None
    reference = " ".join(line for line in lines[10:12] if line)
    return Witness("hub3", amount, due_if(amount), lines[1], account=account.iban, payee=lines[6], reference=reference)


def read_upn(text: str) -> Witness | None:
    """Slovenian payment order QR; its last line is the count of characters before it. Norm: ZBS, UPN QR."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 19 or lines[0] != "UPNQR" or not is_digits(lines[8]):
        return None
    account = read_iban(lines[14])
    if account is None or not account.valid:
        return None
    amount, due = Decimal(int(lines[8])) / 100 or None, dotted_date(lines[13])
    return Witness(
        "upn",
        amount,
        due_if(amount),
        "EUR",
        account=account.iban,
        payee=lines[16],
        due_dates=(due,) if due else (),
        reference=lines[15],
    )


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE (polynomial 1021, start FFFF), as ISO/IEC 13239 and EMV QR use it."""
    return binascii.crc_hqx(data, 0xFFFF)


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
