"""The definitions for Athena name every column of every table."""

from __future__ import annotations

from pipelines.gold import GOLD_TABLES, athena_ddl


def test_every_gold_column_is_defined_with_its_type_and_comment() -> None:
    ddl = athena_ddl("s3://bucket/lake/03_gold/")
    assert ddl.count("CREATE EXTERNAL TABLE") == len(GOLD_TABLES)
    assert "LOCATION 's3://bucket/lake/03_gold/monthly_energy_costs/';" in ddl
    assert "`gross` decimal(18,2) COMMENT 'With tax [currency of the row]'" in ddl
    for table in GOLD_TABLES.values():
        for column in table.columns:
            assert f"  `{column.name}` " in ddl


def test_quotes_in_comments_are_escaped() -> None:
    assert "Seller\\'s tax id" in athena_ddl("s3://b/g")
