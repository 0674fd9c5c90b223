"""Exit 0 if the API server says that a component (`triggerer`, `dag_processor`, `scheduler`) is healthy.

A health check by Airflow's command line would load all of Airflow every half minute; this is one request.
"""

import json
import os
import sys
import urllib.request

URL = os.environ.get("AIRFLOW_HEALTH_URL", "http://api-server:8080/api/v2/monitor/health")

with urllib.request.urlopen(URL, timeout=5) as answer:  # noqa: S310 - one address, from the environment
    status = json.load(answer)[sys.argv[1]]["status"]
print(status)
sys.exit(status != "healthy")
