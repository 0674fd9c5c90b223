#!/bin/bash
# Once before the others start: the admin's password, the database's schema, the pools and the buckets.
# A second run finds all in place. It also runs outside a container: AIRFLOW_HOME says where, `airflow` and
# `python` are taken from PATH.
#   ADMIN_PASSWORD   of the user admin (required)
#   OCR_SLOTS        slots of the pool ocr_cpu: cores of all machines that read pages; unset: as in pools.json
#   OWNER            uid:gid that gets the files, where this runs as root
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export AIRFLOW_HOME=${AIRFLOW_HOME:-/opt/airflow}
passwords=${AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE:-$AIRFLOW_HOME/auth/passwords.json}
: "${ADMIN_PASSWORD:?set it to the password of the user admin}"

mkdir -p "$(dirname "$passwords")" "$AIRFLOW_HOME/logs"
( umask 077; python -c 'import json, os; print(json.dumps({"admin": os.environ["ADMIN_PASSWORD"]}))' > "$passwords" )

airflow db migrate
airflow pools import "$home/include/pools.json"
if [ -n "${OCR_SLOTS:-}" ]; then airflow pools set ocr_cpu "$OCR_SLOTS" "cores that read pages"; fi

python - <<'PYTHON'
import os

import boto3

urls = [url for name in ("LAKE_URL", "LAKE_UPLOADS_URL") if (url := os.environ.get(name, "")).startswith("s3://")]
if urls:
    endpoint = os.environ.get("LAKE_S3_ENDPOINT_URL") or None
    client = boto3.client("s3", endpoint_url=endpoint, region_name=os.environ.get("LAKE_S3_REGION"))
    present = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
    for bucket in {url.removeprefix("s3://").partition("/")[0] for url in urls} - present:
        client.create_bucket(Bucket=bucket)
        print(f"made the bucket {bucket}")
PYTHON

if [ "$(id -u)" = 0 ] && [ -n "${OWNER:-}" ]; then chown -R "$OWNER" "$(dirname "$passwords")" "$AIRFLOW_HOME/logs"; fi
