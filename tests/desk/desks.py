"""Who asks the desk in tests, and where."""

from __future__ import annotations

from collections.abc import Callable

from starlette.testclient import TestClient

VIEWER, USER, OP = "viewer-token-000000", "user-token-00000000", "op-token-0000000000"
TOKENS = f"{VIEWER}:viewer:vera,{USER}:user:ursula,{OP}:op:otto"
API = "/invoices/api/v1"

MakeClient = Callable[..., TestClient]
"""A client of a desk over a lake, as the person with a token."""
