"""Proofs: what makes a value more than a guess. Check digits, arithmetic, and second witnesses.

Here belong pure functions that judge values, each citing its norm, and builders of the record's Check.
Not here: where on a page a value stands, and which candidate is chosen.

    tax_ids          NIP, REGON, CNPJ, CPF, VAT ids of the EU and others
    bank_accounts    IBAN, NRB
    metering_points  PPE (GS1 GSRN)
    access_keys      NF3e, NF-e
    febraban         arrecadacao and boleto lines: digits, amount, due date
    ksef             KSeF numbers and verification links
    witnesses        the text of any QR or bar code -> what it says: payment_codes, invoice_codes
    arithmetic       sums, products, dates as Checks
    checks           check digits and agreement of witnesses as Checks
"""

from pipelines.parsing.proofs.access_keys import AccessKey, find_access_keys, read_access_key
from pipelines.parsing.proofs.bank_accounts import BankAccount, read_account, read_iban, read_nrb, same_account
from pipelines.parsing.proofs.febraban import PaymentLine, find_payment_lines, read_payment_line
from pipelines.parsing.proofs.ksef import (
    KsefLink,
    KsefNumber,
    find_ksef_numbers,
    read_ksef_link,
    read_ksef_number,
)
from pipelines.parsing.proofs.metering_points import MeteringPointCode, read_ppe
from pipelines.parsing.proofs.tax_ids import TaxId, mended_tax_id, possible_countries, read_tax_id, same_tax_id
from pipelines.parsing.proofs.witnesses import Witness, read_witness

__all__ = [
    "AccessKey",
    "BankAccount",
    "KsefLink",
    "KsefNumber",
    "MeteringPointCode",
    "PaymentLine",
    "TaxId",
    "Witness",
    "find_access_keys",
    "find_ksef_numbers",
    "find_payment_lines",
    "mended_tax_id",
    "possible_countries",
    "read_access_key",
    "read_account",
    "read_iban",
    "read_ksef_link",
    "read_ksef_number",
    "read_nrb",
    "read_payment_line",
    "read_ppe",
    "read_tax_id",
    "read_witness",
    "same_account",
    "same_tax_id",
]
