"""Codes of tax authorities: who invoiced what, when and how much. Each gives None for any other text.

Norms: Portuguese Portaria 195/2020 (AT), Spanish VERI*FACTU links, Indian e-invoice (signed JWT), Polish
KSeF links, Brazilian links that carry an access key.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from urllib.parse import parse_qs, urlsplit

from pipelines.parsing.proofs.access_keys import read_access_key
from pipelines.parsing.proofs.ksef import read_ksef_link
from pipelines.parsing.proofs.tax_ids import read_tax_id
from pipelines.parsing.proofs.witness import Witness, amount_of, compact_date, dotted_date


def read_pt_at(text: str) -> Witness | None:
    """Portuguese invoice QR: NIFs, date, document, tax and total. Norm: Portaria 195/2020, AT technical note."""
    if not re.match(r"A:[0-9]{9}\*B:", text.strip()):
        return None
    pairs = dict(part.split(":", 1) for part in text.strip().split("*") if ":" in part)
    seller, issued = read_tax_id(pairs["A"], "PT"), compact_date(pairs.get("F", ""))
    total = amount_of(pairs.get("O", ""))
    if seller is None or not seller.valid or issued is None or total is None or not pairs.get("G"):
        return None
    buyer = pairs["B"] if pairs["B"] != "999999990" else ""  # the number that stands for an unnamed consumer
    return Witness(
        "pt_at",
        total,
        "gross",
        "EUR",
        amount_of(pairs.get("N", "")),
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
        seller, total = read_tax_id(str(data["SellerGstin"]), "IN"), amount_of(str(data["TotInvVal"]))
        issued = dotted_date(str(data["DocDt"]).replace("/", "."))
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


def read_ksef(text: str) -> Witness | None:
    link = read_ksef_link(text)
    if link is None:
        return None
    return Witness("ksef_link", seller_tax_id=link.nip, issue_date=link.issue_date, key=link.xml_sha256)


def read_link(text: str) -> Witness | None:
    """Links of tax authorities that carry the invoice's data: Spain (AEAT, Basque), Brazil (NF3e, NFC-e)."""
    if not re.match(r"https?://", text.strip()):
        return None
    parts = urlsplit(text.strip())
    query = {name.lower(): values[0] for name, values in parse_qs(parts.query).items()}
    if {"nif", "numserie", "fecha", "importe"} <= query.keys():
        return _spanish(query)
    chave = query.get("chnf3e") or query.get("chnfe") or query.get("p", "").split("|")[0]
    return read_key_code(chave)


def _spanish(query: dict[str, str]) -> Witness | None:
    """Norm: Orden HAC/1177/2024, article 20 and 21 (QR of VERI*FACTU)."""
    seller, amount = read_tax_id(query["nif"], "ES"), amount_of(query["importe"])
    issued = dotted_date(query["fecha"].replace("-", "."))
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


def read_key_code(text: str) -> Witness | None:
    key = read_access_key(text)
    if key is None or not key.valid:
        return None
    return Witness(
        "access_key", seller_tax_id=key.cnpj, invoice_number=key.number, issue_month=key.issue_month, key=key.key
    )
