"""Telephone, internet, television: told apart by their words."""

from pipelines.kinds.base import Kind

KIND = Kind("telecom")
