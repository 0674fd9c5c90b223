"""Gold: what BI tools read. Plain Parquet, one file a table and month, made by SQL from silver.

    catalog    the tables: columns, units, comments (the SQL stands in include/sql/gold/)
    sources    silver pinned at a version
    published  what stands in gold, and what it was made from
    plan       which files are out of date
    rows       what stands in them: the SQL's answers
    months     a month of silver by column, piece by piece, read once for all its tables
    sums       its invoices added up where they are alike
    consumption  its bills that are rows of consumption as they stand
    pieces     a month's sums and file of consumption, made of its pieces
    kept       what a file keeps of its pieces, and what of it is still true
    parquet    how files are written
    footers    row groups taken over from one file into another
    build      publishing them
    checking   every file computed anew and compared
    ddl        table definitions for Athena and Glue

What belongs here: aggregates of proven invoices. What does not: rules about invoices, which are silver's.
"""

from pipelines.gold.build import GoldResult, build, pending_files, pending_months
from pipelines.gold.catalog import GOLD_TABLES
from pipelines.gold.checking import differing_files
from pipelines.gold.ddl import athena_ddl

__all__ = ["GOLD_TABLES", "GoldResult", "athena_ddl", "build", "differing_files", "pending_files", "pending_months"]
