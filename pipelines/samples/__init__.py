"""Draws realistic, invented invoices with known truth, for demonstrations, tests and load.

Here belongs what draws documents and says what is true of them. Here does not belong anything that reads
them: reading and parsing are never imported, or their faults would hide in their own test data.

Every name, number and price is invented; check digits are right. The same seed gives the same bytes: no
clock, no random source but the seed's.
"""

from pipelines.samples.draw import draw_samples
from pipelines.samples.month import draw_month
from pipelines.samples.truth import Sample, write_scoring_truth

__all__ = ["Sample", "draw_month", "draw_samples", "write_scoring_truth"]
