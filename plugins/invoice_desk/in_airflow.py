"""The desk inside Airflow's API server: its login, its roles, its events and runs."""

from __future__ import annotations

import atexit

from invoice_desk.airflow_access import AirflowAccess
from invoice_desk.airflow_waking import AirflowWaker
from invoice_desk.app import InvoiceDesk
from invoice_desk.desk import Desk
from invoice_desk.settings import DeskSettings

HINTS = {"ocr": "raw_faktury", "silver": "parsed_invoices"}
"""Stage -> name of the asset that wakes it, as `lake_dags.assets` names them."""
DAGS = {
    "ocr": "bronze_ocr",
    "parse": "bronze_parse_invoice",
    "silver": "silver_invoices",
    "gold": "gold_invoice_metrics",
}


def make_desk() -> InvoiceDesk:
    """Opens nothing yet."""
    from lake_dags.lakes import open_lake

    desk = Desk(open_lake, lambda lake: AirflowWaker(HINTS, DAGS, lake.settings.live_days), DeskSettings())
    atexit.register(desk.trail.flush)
    return InvoiceDesk(desk, AirflowAccess())
