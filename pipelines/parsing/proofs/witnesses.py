"""QR and bar codes that state what a page states: second witnesses to amounts, dates, parties and accounts.

`read_witness` takes the text of any decoded code. What it gives has passed the code's own check digits
where it has any; a code that is damaged, or of no known kind, gives None.
"""

from __future__ import annotations

from pipelines.parsing.proofs.febraban import read_payment_line
from pipelines.parsing.proofs.invoice_codes import read_in_irn, read_key_code, read_ksef, read_link, read_pt_at
from pipelines.parsing.proofs.payment_codes import (
    read_epc,
    read_hub3,
    read_pix,
    read_polish_2d,
    read_spayd,
    read_swiss_qr,
    read_upn,
)
from pipelines.parsing.proofs.witness import Witness, due_if

__all__ = ["Witness", "read_witness"]

_READERS = (
    read_ksef,
    read_epc,
    read_swiss_qr,
    read_pix,
    read_spayd,
    read_polish_2d,
    read_hub3,
    read_upn,
    read_pt_at,
    read_link,
    read_in_irn,
)


def read_witness(text: str) -> Witness | None:
    """The witness in a code's text, whatever its kind."""
    found = (read(text) for read in _READERS)
    return next((witness for witness in found if witness is not None), None) or _brazilian_barcode(text)


def _brazilian_barcode(text: str) -> Witness | None:
    """Digits alone: an access key (Code 128) or a payment line (ITF)."""
    line = read_payment_line(text)
    if line is not None and line.valid:
        due = due_if(line.amount)
        return Witness(line.kind, line.amount, due, "BRL", due_dates=line.due_dates, key=line.barcode)
    return read_key_code(text)
