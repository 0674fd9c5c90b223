"""The policies of include/iam/ allow each role what it does, and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest

from pipelines.lake import Lake, open_lake
from pipelines.queries import audit, query
from pipelines.samples import draw_month
from pipelines.steps import keep_tables_up, run_all
from tests.reliability.faulty_store import Faults, faulty_store

IAM = Path(__file__).parents[2] / "include" / "iam"


class Call(NamedTuple):
    """One S3 call as IAM sees it."""

    action: str
    resource: str
    prefix: str = ""


def calls_of(requests: list[tuple[str, str, bytes]]) -> set[Call]:
    """IAM actions of HTTP requests (AWS, Actions defined by Amazon S3). Fails on a request it does not know."""
    return {call for request in requests for call in _calls(*request)}


def _calls(method: str, path: str, body: bytes) -> Iterator[Call]:
    parts = urlsplit(path)
    asked = parse_qs(parts.query, keep_blank_values=True)
    bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
    thing = f"arn:aws:s3:::{bucket}/{key}"
    if not key and method == "GET" and asked.get("list-type") == ["2"]:
        yield Call("s3:ListBucket", f"arn:aws:s3:::{bucket}", asked.get("prefix", [""])[0])
    elif not key and method == "POST" and "delete" in asked:
        for name in re.findall(rb"<Key>(.*?)</Key>", body):
            yield Call("s3:DeleteObject", f"arn:aws:s3:::{bucket}/{name.decode()}")
    elif key and method in ("GET", "HEAD"):
        yield Call("s3:GetObject", thing)
    elif key and (method == "PUT" or (method == "POST" and {"uploads", "uploadId"} & set(asked))):
        yield Call("s3:PutObject", thing)
    elif key and method == "DELETE":
        yield Call("s3:AbortMultipartUpload" if "uploadId" in asked else "s3:DeleteObject", thing)
    else:
        raise AssertionError(f"no IAM action is known for {method} {path}")


def policy(name: str, lake: Lake) -> list[dict[str, Any]]:
    """The statements of a policy file for this lake."""
    text = (IAM / name).read_text()
    for role, url in (("LAKE", lake.settings.url), ("UPLOADS", lake.settings.uploads_url)):
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        text = text.replace(f"${{{role}_BUCKET}}", bucket).replace(f"${{{role}_PREFIX}}", prefix)
    assert "${" not in text
    statements: list[dict[str, Any]] = json.loads(text)["Statement"]
    return statements


def allows(statements: list[dict[str, Any]], call: Call) -> bool:
    return any(_covers(statement, call) for statement in statements)


def _covers(statement: dict[str, Any], call: Call) -> bool:
    condition = statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix")
    return (
        call.action in _many(statement["Action"])
        and any(fnmatchcase(call.resource, pattern) for pattern in _many(statement["Resource"]))
        and (condition is None or any(fnmatchcase(call.prefix, pattern) for pattern in condition))
    )


def _many(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.fixture
def requests(s3_lake: Lake, tmp_path: Path) -> list[tuple[str, str, bytes]]:
    """Every request of a walk with a quarantined and a rejected file, of an audit, a query and the upkeep."""
    draw_month(tmp_path, date(2026, 1, 1), 3)
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nbroken")
    (tmp_path / "note.txt").write_bytes(b"no invoice")
    bucket, _, prefix = s3_lake.settings.uploads_url.removeprefix("s3://").partition("/")
    client = boto3.client("s3", endpoint_url=s3_lake.settings.s3_endpoint_url, region_name="us-east-1")
    for path in sorted(tmp_path.glob("*.*")):
        client.put_object(Bucket=bucket, Key=f"{prefix}/{path.name}", Body=path.read_bytes())
    seen = Faults(share=0.0)
    with faulty_store(s3_lake.settings.s3_endpoint_url or "", seen) as address:
        lake = open_lake(s3_lake.settings.model_copy(update={"s3_endpoint_url": address}))
        for _ in run_all(lake):
            pass
        assert audit(lake).differences == []
        assert query(lake, "FROM gold.supplier_spend_monthly").num_rows > 0
        keep_tables_up(lake, timedelta(days=7))
    return seen.requests


def test_every_call_of_the_pipeline_is_allowed_and_the_other_roles_could_not_make_them(
    s3_lake: Lake, requests: list[tuple[str, str, bytes]]
) -> None:
    calls = calls_of(requests)
    mine = policy("pipeline.json", s3_lake)
    assert sorted(call for call in calls if not allows(mine, call)) == []
    assert {call.action for call in calls} >= {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"}
    reader = policy("bi_reader.json", s3_lake)
    taken = {call for call in calls if allows(reader, call)}
    assert {call.action for call in taken} <= {"s3:ListBucket", "s3:GetObject"}
    assert not [call for call in taken if "01_bronze" in call.resource + call.prefix]
    assert [call for call in calls if allows(policy("uploader.json", s3_lake), call)] == []


@pytest.mark.parametrize("folder", ["raw_faktury", "documents", "by_content", "edits", "parsed_invoices", "rejected"])
def test_the_pipeline_may_remove_nothing_that_cannot_be_made_again(s3_lake: Lake, folder: str) -> None:
    bucket, _, prefix = s3_lake.settings.url.removeprefix("s3://").partition("/")
    call = Call("s3:DeleteObject", f"arn:aws:s3:::{bucket}/{prefix}/01_bronze/{folder}/2026-01-01/x")
    assert not allows(policy("pipeline.json", s3_lake), call)


def test_no_role_reaches_beyond_its_buckets(s3_lake: Lake) -> None:
    for path in sorted(IAM.glob("*.json")):
        for statement in policy(path.name, s3_lake):
            assert statement["Effect"] == "Allow"
            assert "s3:*" not in _many(statement["Action"])
            assert all("*" not in resource.partition("/")[0] for resource in _many(statement["Resource"]))


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("uploader.json", {("s3:PutObject", "uploads/a.pdf")}, {("s3:GetObject", "uploads/a.pdf")}),
        (
            "bi_reader.json",
            {("s3:GetObject", "lake/03_gold/supplier_spend_monthly/2026-01.parquet")},
            {("s3:GetObject", "lake/01_bronze/raw_faktury/2026-01-01/a.pdf"), ("s3:PutObject", "lake/03_gold/a")},
        ),
    ],
)
def test_people_and_tools_may_do_what_they_are_for_and_no_more(
    role: str, may: set[tuple[str, str]], may_not: set[tuple[str, str]], s3_lake: Lake
) -> None:
    places = {"lake": s3_lake.settings.url, "uploads": s3_lake.settings.uploads_url}

    def asked(action: str, place: str) -> Call:
        root, _, key = place.partition("/")
        return Call(action, f"arn:aws:s3:::{places[root].removeprefix('s3://')}/{key}")

    held = policy(role, s3_lake)
    assert all(allows(held, asked(*one)) for one in may)
    assert not any(allows(held, asked(*one)) for one in may_not)
    assert not any(allows(held, asked("s3:DeleteObject", place)) for _, place in may | may_not)
