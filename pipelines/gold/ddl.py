"""Table definitions for engines that want them written down: Athena and Glue, from gold's own schemas."""

from __future__ import annotations

import pyarrow as pa

from pipelines.gold.catalog import GOLD_TABLES, GoldTable

_HIVE_TYPES: dict[pa.DataType, str] = {
    pa.string(): "string",
    pa.date32(): "date",
    pa.int64(): "bigint",
    pa.bool_(): "boolean",
}


def athena_ddl(location: str, database: str = "invoice_lake") -> str:
    """`CREATE EXTERNAL TABLE` for every gold table, with comments.

    Args:
        location: URL of the lake's 03_gold folder, such as `s3://bucket/prefix/03_gold`.
        database: Name of the Glue database.
    """
    statements = [f"CREATE DATABASE IF NOT EXISTS {database};"]
    statements += [_create(table, location.rstrip("/"), database) for table in GOLD_TABLES.values()]
    return "\n\n".join(statements) + "\n"


def _create(table: GoldTable, location: str, database: str) -> str:
    columns = ",\n".join(
        f"  `{column.name}` {_hive_type(column.type)} COMMENT {_quoted(_comment(column.comment, column.unit))}"
        for column in table.columns
    )
    return (
        f"CREATE EXTERNAL TABLE IF NOT EXISTS {database}.{table.name} (\n{columns}\n)\n"
        f"COMMENT {_quoted(table.comment)}\nSTORED AS PARQUET\nLOCATION {_quoted(f'{location}/{table.name}/')};"
    )


def _hive_type(kind: pa.DataType) -> str:
    return f"decimal({kind.precision},{kind.scale})" if pa.types.is_decimal(kind) else _HIVE_TYPES[kind]


def _comment(comment: str, unit: str) -> str:
    return f"{comment} [{unit}]" if unit else comment


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
