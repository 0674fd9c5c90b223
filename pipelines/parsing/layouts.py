"""A fingerprint of a supplier's layout: which labels stand on the first page, and in which part of its width.

Heights are left out, since a longer table moves what stands beneath it, and so are the words of rows. Two bills of
one template share it; a redesigned one does not. It proves nothing: it groups documents, so that a fall of what is
proven can be seen where it happens.
"""

from __future__ import annotations

import hashlib
from typing import Final

from pipelines.parsing.reader import Reading

_FRAME: Final = frozenset(
    [
        "invoice_number", "issue_date", "sale_date", "due_date", "period", "seller", "buyer", "customer_number",
        "contract_number", "seller_tax_id", "buyer_tax_id", "metering_point", "meter_number", "tariff_group",
        "net_total", "tax_total", "gross_total", "amount_due", "bank_account",
    ]
)  # fmt: skip
"""Concepts whose labels make up the frame of a form."""
_STRONG: Final = 0.6
_PARTS: Final = 4
"""Parts of the page's width: a label drifts by points from bill to bill, not by a quarter of the page."""
_LEAST: Final = 3


def layout_of(reading: Reading) -> str | None:
    """12 hex digits, or None for a page with fewer than three such labels."""
    if not reading.places:
        return None
    first = reading.places[0]
    seen: dict[str, int] = {}
    for label in first.labels:
        if label.strength >= _STRONG:
            part = min(int(_PARTS * label.box.x0 / max(first.layout.width, 1.0)), _PARTS - 1)
            for concept in label.concepts & _FRAME:
                seen.setdefault(concept, part)
    if len(seen) < _LEAST:
        return None
    told = " ".join(f"{concept}@{part}" for concept, part in sorted(seen.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:12]
