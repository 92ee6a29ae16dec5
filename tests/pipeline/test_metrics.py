"""The semantic layer answers what SQL on the marts answers."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import PROJECT, footfall, opened, run

OF_PEOPLE = "filter (not is_bot and not is_internal) from marts.fct_sessions"
# Of each metric, the same in SQL.
EXPECTED = {
    "revenue": "sum(net_total_reporting) filter (is_sold or is_credit) from marts.fct_orders",
    "orders": "count(*) filter (is_sold) from marts.fct_orders",
    "average_order_value": "sum(sales_total_reporting) filter (is_sold) / count(*) "
    "filter (is_sold) from marts.fct_orders",
    "return_rate": "sum(refund_total_reporting + cancelled_total_reporting) filter (is_sold) "
    "/ sum(sales_total_reporting) filter (is_sold) from marts.fct_orders",
    "sessions": f"count(*) {OF_PEOPLE}",
    "bounce_rate": f"avg(is_bounce::int) {OF_PEOPLE}",
    "ad_spend": "sum(spend_total_reporting) filter (attribution_model = 'last') "
    "from marts.rpt_channels",
    "roas": "sum(net_total_reporting) filter (is_paid) / sum(spend_total_reporting) "
    "from marts.rpt_channels join marts.dim_channels using (channel) "
    "where attribution_model = 'last'",
    "retention_rate": "sum(retained) / sum(size) from marts.fct_retention "
    "where cohort_by = 'purchase' and period = 'month' and cohort_type = 'first_time' "
    "and mode = 'on' and is_complete and k > 0",
    "conversion_rate": f"avg((purchase_count > 0)::int) {OF_PEOPLE}",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("metrics") / "warehouse"
    footfall("sample", "--events", "4000", "--days", "75", home=home)
    footfall("run", home=home)
    # MetricFlow reads the project's own target folder, whatever dbt was told.
    parsed = run(sys.executable, "-m", "dbt.cli.main", "parse", home=home)
    assert parsed.returncode == 0, parsed.stdout
    return home


def mf(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("mf"), *arguments],
        cwd=PROJECT,
        env={
            **os.environ,
            "FOOTFALL_HOME": str(home),
            "DBT_TARGET_PATH": str(home / "target"),
            "DBT_LOG_PATH": str(home / "logs"),
            "HOME": str(home),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_semantic_layer_is_sound(home: Path) -> None:
    printed = mf(home, "validate-configs")
    assert printed.count("ERRORS: 0, FUTURE_ERRORS: 0, WARNINGS: 0") >= 5


def test_metrics_are_what_the_marts_say(home: Path) -> None:
    out = home / "metrics.csv"
    mf(home, "query", "--metrics", ",".join(EXPECTED), "--csv", str(out))
    with out.open(encoding="utf-8") as file:
        [answer] = csv.DictReader(file)
    with opened(home / "marts.duckdb") as con:
        for metric, expression in EXPECTED.items():
            (expected,) = con.execute(f"select {expression}").fetchone() or (None,)
            assert expected
            assert float(answer[metric]) == pytest.approx(float(expected), rel=1e-9), metric


@pytest.mark.parametrize(
    "query", ["daily_trade", "monthly_traffic", "paid_channels", "monthly_retention"]
)
def test_saved_queries_have_an_answer(home: Path, query: str) -> None:
    out = home / f"{query}.csv"
    mf(home, "query", "--saved-query", query, "--csv", str(out))
    assert len(out.read_text(encoding="utf-8").splitlines()) > 1
