"""What a walk imports, for the server that its processes are forked from."""

from pipelines import gold, parsing, queries, reading, silver
from pipelines.steps import aggregate, ingesting, parse, promote, read, walk

IMPORTED = (gold, parsing, queries, reading, silver, aggregate, ingesting, parse, promote, read, walk)
