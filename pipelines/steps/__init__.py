"""The steps of the walk: each loads, computes and saves, and can be run again at any time.

This is all that DAGs, plugins and the command line call to change a lake. A step takes the lake and says
what it did; one bad document is quarantined and its batch goes on; only Transient errors are raised.
"""

from pipelines.steps.aggregate import build_gold
from pipelines.steps.batches import Batch, Mode, Outcome, Report, Scope
from pipelines.steps.ingesting import admit_batch, plan_ingest
from pipelines.steps.opening import open_lake
from pipelines.steps.parse import parse_batch, parse_file, plan_parsing
from pipelines.steps.pending import Pending, StageName, pending
from pipelines.steps.promote import promote_silver
from pipelines.steps.read import join_chunks, plan_reading, read_batch, read_file
from pipelines.steps.walk import run_all

__all__ = [
    "Batch",
    "Mode",
    "Outcome",
    "Pending",
    "Report",
    "Scope",
    "StageName",
    "admit_batch",
    "build_gold",
    "join_chunks",
    "open_lake",
    "parse_batch",
    "parse_file",
    "pending",
    "plan_ingest",
    "plan_parsing",
    "plan_reading",
    "promote_silver",
    "read_batch",
    "read_file",
    "run_all",
]
