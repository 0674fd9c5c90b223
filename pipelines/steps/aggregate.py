"""Gold as a step: months whose silver rows changed are aggregated anew."""

from __future__ import annotations

from pipelines.gold import build, pending_months
from pipelines.lake import Lake
from pipelines.steps.batches import Report, Scope
from pipelines.steps.drift import watch_layouts


def build_gold(lake: Lake, scope: Scope) -> Report:
    """Aggregate changed months; mode `all` aggregates every month. Raises StorageUnavailable."""
    report = Report("gold")
    months = None if scope.mode == "all" else pending_months(lake)
    result = build(lake, months)
    for month in result.months:
        report.add(month.isoformat(), "aggregated")
    report.counts.update({name: n for name, n in result.counts.items() if n})
    if result.months:
        for held in watch_layouts(lake):
            report.add(held.layout, "held", held.line())
    return report
