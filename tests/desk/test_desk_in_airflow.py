"""The desk inside Airflow's own API server: its login, its roles, its navigation, its events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.lake import open_lake
from pipelines.settings import Settings
from pipelines.steps import pending

ROOT = Path(__file__).resolve().parents[2]
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"

# in a process of its own: Airflow reads its settings once, when it is imported
_SCRIPT = r"""
import json, sys
from airflow.utils.db import initdb
initdb()
from airflow.models.asset import AssetModel
from airflow.utils.session import create_session
with create_session() as session:
    session.add(AssetModel(name="raw_faktury", uri="x-lake://01_bronze/raw_faktury", group="hint"))
from airflow.api_fastapi.app import create_app
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi.testclient import TestClient
app = create_app(apps="core")
manager = app.state.auth_manager
seen = {"heavy": sorted(m for m in ("dash", "plotly", "pipelines.queries") if m in sys.modules)}
def client(role=None, cookie=False):
    made = TestClient(app, base_url="http://airflow.test", raise_server_exceptions=False)
    if role:
        token = manager.generate_jwt(SimpleAuthManagerUser(username=role, role=role.upper()))
        if cookie:
            made.cookies.set("_token", token)
        else:
            made.headers["Authorization"] = f"Bearer {token}"
    return made
API = "/invoices/api/v1"
nobody = client()
paths = (f"{API}/invoices", "/invoices/assets/desk.css", "/invoices/_dash-layout")
seen["anonymous"] = [nobody.get(path).status_code for path in paths]
page = nobody.get("/invoices/", headers={"Accept": "text/html"}, follow_redirects=False)
seen["login"] = [page.status_code, page.headers.get("location", "")]
seen["forged"] = nobody.get(f"{API}/invoices", headers={"Authorization": "Bearer e30.e30.x"}).status_code
def post(who, **headers):
    return who.post(f"{API}/invoices", files={"files": ("a.pdf", PDF)}, headers=headers).status_code
PDF = sys.stdin.buffer.read()
viewer = client("viewer")
seen["viewer"] = [viewer.get(f"{API}/invoices").status_code, post(viewer)]
browser = client("user", cookie=True)
evil, own = "https://evil.example.org", "http://airflow.test"
seen["browser"] = [post(browser, Origin=evil), post(browser), post(browser, Origin=own)]
user = client("user")
document = user.get(f"{API}/invoices").json()["items"][0]["id"]
seen["user reprocess"] = user.post(f"{API}/invoices/{document}/reprocess", json={}).status_code
seen["page"] = [viewer.get("/invoices/").status_code, viewer.get("/invoices/review").status_code]
seen["dash"] = viewer.get("/invoices/_dash-layout").status_code
seen["nav"] = [v for p in client("admin").get("/api/v2/plugins").json()["plugins"] for v in p["external_views"]]
import time
time.sleep(1.5)
from airflow.models.asset import AssetEvent
with create_session() as session:
    seen["events"] = session.query(AssetEvent).count()
print(json.dumps(seen))
"""


@pytest.mark.airflow
@pytest.mark.xdist_group("airflow")
def test_airflows_login_and_roles_hold_for_every_part_of_the_desk(tmp_path: Path) -> None:
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "LAKE_")) and k != "PYTHONDONTWRITEBYTECODE"
    }
    environment = kept | {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "viewer:viewer,user:user,op:op,admin:admin",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
        "AIRFLOW__API_AUTH__JWT_SECRET": "0123456789abcdef0123456789abcdef",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "LAKE_URL": str(tmp_path / "lake"),
        "LAKE_UPLOADS_URL": str(tmp_path / "uploads"),
        "PYTHONPATH": str(ROOT),
    }
    ran = subprocess.run(
        [sys.executable, "-c", _SCRIPT], env=environment, input=_PDF, capture_output=True, timeout=240, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()[-3000:]
    seen = json.loads(ran.stdout.decode().strip().splitlines()[-1])
    assert seen["heavy"] == []  # Airflow's API starts without the desk's libraries
    assert seen["anonymous"] == [401, 401, 401]
    assert seen["login"][0] == 302
    assert "/auth/login" in seen["login"][1]
    assert seen["forged"] == 401
    assert seen["viewer"] == [200, 403]
    assert seen["browser"] == [403, 403, 202]  # another site's page, a change of unknown origin, the desk's own
    assert seen["user reprocess"] == 403
    assert seen["page"] == [200, 200]
    assert seen["dash"] == 200
    assert [view["href"] for view in seen["nav"]] == ["/invoices/"]
    assert seen["events"] == 1
    lake = open_lake(Settings(url=str(tmp_path / "lake"), uploads_url=str(tmp_path / "uploads")))
    assert pending(lake, "ocr").count == 1
