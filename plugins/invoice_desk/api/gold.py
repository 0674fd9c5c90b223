"""Gold's tables as JSON, CSV or Parquet."""

from __future__ import annotations

import io
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from invoice_desk.api.doors import DeskDep, Viewer
from invoice_desk.api.invoices import Month
from invoice_desk.exports import EXPORTS, export, to_json
from invoice_desk.problems import some

router = APIRouter(tags=["gold"])
_PARQUET = "application/vnd.apache.parquet"


@router.get(
    "/gold/{table}",
    responses=some(404) | {200: {"content": {"application/json": {}, "text/csv": {}, _PARQUET: {}}}},
    response_class=Response,
    summary="A gold table",
)
async def gold(
    desk: DeskDep,
    _person: Viewer,
    table: Annotated[str, Path(max_length=80, pattern=r"^[a-z_]+$", examples=["monthly_energy_costs"])],
    format: Annotated[Literal["json", "csv", "xlsx", "parquet"], Query()] = "json",  # noqa: A002
    first_month: Month = "",
    last_month: Month = "",
) -> Response:
    """All rows, or those of some months. Parquet carries units and comments in its fields' metadata."""
    from pipelines.queries import gold_rows

    def make() -> tuple[bytes, str]:
        rows = gold_rows(desk.lake, table, first_month, last_month)
        if format == "parquet":
            from pyarrow import parquet

            out = io.BytesIO()
            parquet.write_table(rows, out, compression="zstd")
            return out.getvalue(), _PARQUET
        if format == "json":
            return to_json(rows.to_pylist()), "application/json"
        return export(rows.to_pylist(), list(rows.column_names), format), EXPORTS[format]

    body, media_type = await desk.run(make)
    headers = {} if format == "json" else {"Content-Disposition": f'attachment; filename="{table}.{format}"'}
    return Response(body, media_type=media_type, headers=headers)
