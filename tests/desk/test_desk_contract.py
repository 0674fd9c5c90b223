"""Whatever the OpenAPI file allows, and much that it does not, is answered: never by a fault of the program."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from invoice_desk.server import make_server
from invoice_desk.settings import DeskSettings
from pipelines.lake import Lake
from tests.desk.desks import API, OP, TOKENS

_EXAMPLES = 8
"""Requests a route and mode."""


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_ends_in_a_fault(mode: GenerationMode, walked: Lake) -> None:
    day, name = next(walked.storage.list("01_bronze/parsed_invoices/")).key.removesuffix(".json").split("/")[-2:]
    many = 1_000_000
    app = make_server(DeskSettings(tokens=TOKENS, requests_a_minute=many, changes_a_minute=many), walked, pages=False)
    headers = {"Authorization": f"Bearer {OP}"}
    schema = schemathesis.openapi.from_asgi(f"{API}/openapi.json", app, headers=headers)
    asked = 0
    faults: list[tuple[str, str, int, str]] = []
    for found in schema.exclude(path_regex="/events$").get_all_operations():  # streams without end: tested elsewhere
        operation = found.ok()

        @settings(
            max_examples=_EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case) -> None:
            nonlocal asked
            asked += 1
            response = case.call(headers=headers)
            # 503 is an answer: a lake that has no such thing yet, or a store that does not answer
            answers = [response]
            if "day" in (case.path_parameters or {}):
                # the same again of a document that stands
                case.path_parameters = {**case.path_parameters, "day": day, "name": name}
                answers.append(case.call(headers=headers))
            faults.extend(
                (case.method, case.path, answer.status_code, answer.text[:300])
                for answer in answers
                if answer.status_code >= 500 and answer.status_code != 503
            )

        try:
            ask()
        except Unsatisfiable:
            continue  # a route without parameters cannot be asked wrongly
    assert faults == []
    assert asked > 100
