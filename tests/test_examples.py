"""The examples that readers copy work as they stand."""

import subprocess
import sys
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent


def test_the_plot_of_monthly_costs_is_drawn(tmp_path: Path) -> None:
    folder = tmp_path / "monthly_energy_costs"
    folder.mkdir()
    rows = """
        SELECT DATE '2026-01-01' AS period_month, 'PLN' AS currency,
            12.30::DECIMAL(18,2) AS gross, 45.6::DECIMAL(18,3) AS kwh
    """
    duckdb.sql(rows).write_parquet(str(folder / "2026-01.parquet"))
    target = tmp_path / "out.png"
    script = ROOT / "include" / "examples" / "plot_monthly_costs.py"
    subprocess.run(
        [sys.executable, str(script), str(tmp_path), str(target)],
        check=True,
        env={"MPLCONFIGDIR": str(tmp_path), "HOME": str(tmp_path)},
    )
    assert target.read_bytes().startswith(b"\x89PNG")
