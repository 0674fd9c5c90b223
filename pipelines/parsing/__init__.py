"""Parsing: words become typed invoices, with evidence for each field and proofs for the record.

Pure: pages in, invoices out; no storage, no clock, no network. The same pages give the same record.

    folding, values, dates, ranges, codes    grammars of printed values
    geometry, lexicon, places                words -> rows of cells; labels; where values stand
    evidence                                 language, country, decimal mark, order of dates
    candidates, totals, chosen_dates         what fields may be, and what they are, chosen together
    receipts, receipts_header                till slips: the total by its witnesses, the name on top
    parties, kinds, witnesses                who; what kind of document; what second witnesses say
    tables, energy, metering_points          lines, tax rows, meter readings, kWh
    proofs, words, xml                       check digits and arithmetic; amounts in words; e-invoice XML
    suppliers, supplier_pins                 what is known of single suppliers, and what it may add
    proposals, second_reading                what a second reader adds, where it stands on the page and is proven
    reader, record, judge, documents         one invoice gathered, laid out, judged; files of several
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.invoices import Invoice
from pipelines.pages import DocumentText
from pipelines.parsing.documents import parse
from pipelines.parsing.lexicon import load_lexicon
from pipelines.parsing.proposals import Proposal
from pipelines.parsing.suppliers import SupplierBook, load_suppliers

__all__ = ["PARSING_VERSION", "Proposal", "parse_document", "rules_fingerprint"]

PARSING_VERSION = "1"
"""Raised with every change that may change a record."""


def parse_document(
    read: DocumentText, suppliers: SupplierBook | None = None, proposals: Sequence[Proposal] = ()
) -> tuple[Invoice, ...]:
    """The invoices that a document holds; one of kind `other` where it holds none.

    Args:
        read: What reading gave: pages of words, and e-invoice XML where attached.
        suppliers: What is known of single suppliers; the files of include/rules/suppliers/ if None.
        proposals: What a second reader says of the same pages: each counts only where it is proven.

    Raises:
        LakeError: The document's only e-invoice XML is damaged, too large or declares a DTD.
        ConfigurationError: A rules file is missing or malformed.
    """
    return parse(read, load_suppliers() if suppliers is None else suppliers, proposals)


def rules_fingerprint() -> str:
    """A digest of include/rules/: another digest means that records may change."""
    return load_lexicon().fingerprint
