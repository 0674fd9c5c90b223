"""Silver: proven invoices as rows of Delta tables that are never seen half written.

    schemas     the tables, their keys, units and comments
    kind_tables those of document kinds, and the list of all tables
    normalise   values in one form: tax ids, points, units, months
    keys        which invoice, which metering point
    shares      how a collective invoice spreads over its metering points
    effects     what a correction or credit note adds to the books
    edits       what people changed, on top of what was parsed
    records     a document -> the rows it wants (pure)
    claims      which of several documents stands for an invoice (pure)
    points      metering points through renumbering
    lookup      rows by key
    tables      one atomic commit on a pinned table
    promotion   all of it, in a safe order
    checking    rows that stand against rows that bronze gives
    ledger      what the documents table tells of received days
    seen        which documents silver saw, and in which state
    erasing     rows and history of documents that are to be forgotten
    upkeep      vacuum and checkpoints

What belongs here: making and writing rows. What does not: loading bronze (steps), aggregating (gold).
"""

from pipelines.silver.checking import Differing, check_documents
from pipelines.silver.edits import Action, Edit, EditedDocument, apply_edits, effective_edits, load_edits
from pipelines.silver.erasing import Held, erase_rows, held_by, purge
from pipelines.silver.kept import forget_written
from pipelines.silver.kind_tables import tables
from pipelines.silver.ledger import received_rows
from pipelines.silver.promotion import SilverResult, promote
from pipelines.silver.records import SilverDocument
from pipelines.silver.seen import seen_documents, seen_fingerprints
from pipelines.silver.upkeep import Upkeep, keep_up

__all__ = [
    "Action",
    "Differing",
    "Edit",
    "EditedDocument",
    "Held",
    "SilverDocument",
    "SilverResult",
    "Upkeep",
    "apply_edits",
    "check_documents",
    "effective_edits",
    "erase_rows",
    "forget_written",
    "held_by",
    "keep_up",
    "load_edits",
    "promote",
    "purge",
    "received_rows",
    "seen_documents",
    "seen_fingerprints",
    "tables",
]
