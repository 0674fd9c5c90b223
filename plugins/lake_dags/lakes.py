"""The lake as tasks and triggers open it: credentials from an Airflow connection, or the environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.steps import Lake


def open_lake() -> Lake:
    """The lake of the `LAKE_*` settings; with `LAKE_AWS_CONN_ID`, by that connection's boto3 session."""
    from pipelines import steps

    connection = os.environ.get("LAKE_AWS_CONN_ID")
    if not connection:
        return steps.open_lake()
    from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook

    return steps.open_lake(AwsGenericHook(aws_conn_id=connection).get_session())


def open_queues() -> Any:
    """An SQS client with the same credentials."""
    connection, region = os.environ.get("LAKE_AWS_CONN_ID"), os.environ.get("LAKE_S3_REGION")
    if not connection:
        import boto3

        return boto3.client("sqs", region_name=region)
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    return AwsBaseHook(aws_conn_id=connection, client_type="sqs", region_name=region).get_conn()
