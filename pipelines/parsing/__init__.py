"""Parsing: words become typed invoices, with evidence for each field and proofs for the record.

Pure: pages in, invoices out; no storage, no clock, no network. The same pages give the same record.

    folding, values, dates, ranges, codes    grammars of printed values
    geometry, lexicon, places                words -> rows of cells; labels; where values stand
    evidence                                 language, country, decimal mark, order of dates
    candidates, totals, chosen_dates         what fields may be, and what they are, chosen together
    receipts, receipts_header                till slips: the total by its witnesses, the name on top
    parties, kinds, witnesses                who; what kind of document; what second witnesses say
    supply, kind_fields, kind_records        what it bills; the own fields of that kind, where their proofs close
    tables, energy, metering_points          lines, tax rows, meter readings, kWh
    proofs, words, xml                       check digits and arithmetic; amounts in words; e-invoice XML
    suppliers, supplier_pins                 what is known of single suppliers, and what it may add
    layouts                                  a fingerprint of a supplier's layout
    learning                                 what people's corrections say about labels
    proposals, second_reading                what a second reader adds, where it stands on the page and is proven
    reader, record, judge, documents         one invoice gathered, laid out, judged; files of several
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.invoices import Invoice
from pipelines.kinds import kinds_fingerprint
from pipelines.pages import DocumentText
from pipelines.parsing.documents import parse
from pipelines.parsing.lexicon import RULES_FOLDER, Lexicon, load_lexicon
from pipelines.parsing.proposals import Proposal
from pipelines.parsing.remembering import let_go
from pipelines.parsing.suppliers import SUPPLIERS_FOLDER, SupplierBook, load_suppliers
from pipelines.pausing import collector_paused

__all__ = ["PARSING_VERSION", "Proposal", "Rules", "load_rules", "parse_document", "rules_fingerprint"]

PARSING_VERSION = "6"
"""Raised with every change that may change a record."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Labels and suppliers that parsing goes by. Make it with `load_rules`."""

    lexicon: Lexicon
    suppliers: SupplierBook

    @property
    def fingerprint(self) -> str:
        """A digest of all rules files and document kinds: another digest means that records may change."""
        return hashlib.sha256(f"{self.lexicon.fingerprint} {kinds_fingerprint()}".encode()).hexdigest()


def load_rules(more: Mapping[str, bytes] | None = None) -> Rules:
    """The rules of include/rules/ and, on top, further files by their path: `labels_*.yaml`, `suppliers/*.yaml`.

    Raises ConfigurationError for a malformed file; it names file and, for suppliers, line.
    """
    files = tuple(sorted((more or {}).items()))
    if not files:
        return Rules(load_lexicon(), load_suppliers())
    return Rules(load_lexicon(RULES_FOLDER, files), load_suppliers(SUPPLIERS_FOLDER, files))


def parse_document(
    read: DocumentText,
    suppliers: SupplierBook | None = None,
    proposals: Sequence[Proposal] = (),
    rules: Rules | None = None,
) -> tuple[Invoice, ...]:
    """The invoices that a document holds; one of kind `other` where it holds none.

    Args:
        read: What reading gave: pages of words, and e-invoice XML where attached.
        suppliers: What is known of single suppliers; those of the rules if None.
        proposals: What a second reader says of the same pages: each counts only where it is proven.
        rules: Labels and suppliers; those of include/rules/ alone if None.

    Raises:
        LakeError: The document's only e-invoice XML is damaged, too large or declares a DTD.
        ConfigurationError: A rules file is missing or malformed.
    """
    rules = rules or load_rules()
    try:
        with collector_paused():
            return parse(read, rules.suppliers if suppliers is None else suppliers, proposals, rules.lexicon)
    finally:
        let_go()


def rules_fingerprint(rules: Rules | None = None) -> str:
    """A digest of the rules, of include/rules/ alone if None."""
    return (rules or load_rules()).fingerprint
