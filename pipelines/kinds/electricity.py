"""Electric energy: told apart by its words. What it has of its own stands in the record itself."""

from pipelines.kinds.base import ELECTRICITY, Kind

KIND = Kind(ELECTRICITY)
