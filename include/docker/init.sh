#!/bin/bash
# Once before the others start: the admin's password, the database's schema, the pools and the buckets.
set -euo pipefail
mkdir -p /opt/airflow/auth /opt/airflow/logs
python - <<'PYTHON'
import json, os
with open("/opt/airflow/auth/passwords.json", "w") as file:
    json.dump({"admin": os.environ["ADMIN_PASSWORD"]}, file)
PYTHON
chown -R 50000:0 /opt/airflow/auth /opt/airflow/logs
airflow db migrate
airflow pools import /opt/invoice-lake/include/pools.json
python - <<'PYTHON'
import os
import boto3

client = boto3.client("s3", endpoint_url=os.environ["LAKE_S3_ENDPOINT_URL"], region_name=os.environ["LAKE_S3_REGION"])
present = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
for url in (os.environ["LAKE_URL"], os.environ["LAKE_UPLOADS_URL"]):
    name = url.removeprefix("s3://").partition("/")[0]
    if name not in present:
        client.create_bucket(Bucket=name)
PYTHON
