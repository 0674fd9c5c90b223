"""The lake's datasets for OpenLineage: what the assets of a task are, where the lake really lies.

Switched on by `AIRFLOW__OPENLINEAGE__EXTRACTORS=lake_dags.lineage.LakeLineage`; only OpenLineage imports this.
Names follow OpenLineage's convention: `s3://bucket` and a key prefix, `file` and a path.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from airflow.providers.openlineage.extractors import OperatorLineage
from airflow.providers.openlineage.extractors.base import BaseExtractor
from airflow.sdk import Asset
from openlineage.client.event_v2 import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEME = "x-lake"


class LakeLineage(BaseExtractor):
    """Inlets and outlets of our tasks as datasets."""

    @classmethod
    def get_operator_classnames(cls) -> list[str]:
        return ["LakeTask", "_PythonDecoratedOperator", "PythonDecoratedOperator", "DecoratedMappedOperator", "PassOn"]

    def _execute_extraction(self) -> OperatorLineage[Dataset, Any]:
        return OperatorLineage(inputs=datasets(self.operator.inlets), outputs=datasets(self.operator.outlets))


def datasets(assets: Iterable[Any]) -> list[Dataset]:
    """The datasets of our assets; a layer and its partitions are one."""
    found = {
        _dataset(asset.uri) for asset in assets if isinstance(asset, Asset) and urlsplit(asset.uri).scheme == SCHEME
    }
    return [Dataset(namespace=namespace, name=name) for namespace, name in sorted(found)]


def _dataset(uri: str) -> tuple[str, str]:
    """(namespace, name) of an asset such as `x-lake://01_bronze/raw_faktury/{day}`."""
    path = unquote(uri.partition("://")[2]).partition("/{")[0].strip("/")
    if path == "uploads":
        return _place(os.environ.get("LAKE_UPLOADS_URL", "uploads"), "")
    return _place(os.environ.get("LAKE_URL", "lake"), path)


def _place(url: str, below: str) -> tuple[str, str]:
    parts = urlsplit(url)
    if parts.scheme in ("", "file"):
        folder = unquote(parts.path) if parts.scheme else os.path.abspath(url)  # noqa: PTH100 - a name, not a file
        return "file", "/".join(filter(None, (folder.rstrip("/"), below)))
    return f"{parts.scheme}://{parts.netloc}", "/".join(filter(None, (parts.path.strip("/"), below))) or "/"
