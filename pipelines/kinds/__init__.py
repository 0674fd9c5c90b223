"""Kinds of documents: what a paper bills, and what a bill of that kind has of its own.

Here belongs what one kind is: its name, its own fields with units, the equations that prove them, and the table of
silver that keeps them. One module and one YAML file each; the registry finds them, and those of other packages. What
does not belong here: reading words off pages (`parsing.kind_fields` goes by the declaration), writing rows (`silver`).

    fields       how a kind declares its own fields: type, digits, unit, meaning
    proofs       equations over them, and what they tell
    base         a kind
    words        include/kinds/<kind>.yaml: words, labels, units
    registry     all kinds that are installed
    electricity telecom gas water
"""

from pipelines.kinds.base import ELECTRICITY, ENERGY_FIELDS, GENERAL, KINDS_FOLDER, OTHER, RECEIPT, Kind
from pipelines.kinds.fields import KindFields, number, text
from pipelines.kinds.proofs import Proof, agree, closes
from pipelines.kinds.registry import ENTRY_POINTS, all_kinds, kind_named, kind_names, kinds_fingerprint, rules_of

__all__ = [
    "ELECTRICITY",
    "ENERGY_FIELDS",
    "ENTRY_POINTS",
    "GENERAL",
    "KINDS_FOLDER",
    "OTHER",
    "RECEIPT",
    "Kind",
    "KindFields",
    "Proof",
    "agree",
    "all_kinds",
    "closes",
    "kind_named",
    "kind_names",
    "kinds_fingerprint",
    "number",
    "rules_of",
    "text",
]
