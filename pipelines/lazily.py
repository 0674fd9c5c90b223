"""Names of a package that are imported when they are first used.

A task of Airflow is a process of its own, and the desk lives in the API server's: neither should wait at its start
for libraries that it does not come to use.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, modules: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """A `__getattr__` for a package (PEP 562).

    Args:
        package: Its `__name__`.
        modules: Module of the package -> names that it gives.

    Returns:
        A function that imports a name from its module and keeps it; it raises AttributeError for any other.
    """
    home = {name: module for module, names in modules.items() for name in names}

    def find(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{home[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return find
