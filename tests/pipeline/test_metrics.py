"""The semantic layer answers what SQL on the marts answers."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.support import PROJECT, footfall, opened, run

OF_PEOPLE = "filter (not is_bot and not is_internal) from marts.fct_sessions"
RATED = "net_total_reporting is not null) from marts.fct_orders"
# Of each metric, the same in SQL.
EXPECTED = {
    "revenue": "sum(net_total_reporting) filter (is_sold or is_credit) from marts.fct_orders",
    "orders": "count(*) filter (is_sold) from marts.fct_orders",
    "rated_orders": "count(net_total_reporting) filter (is_sold) from marts.fct_orders",
    "average_order_value": f"avg(sales_total_reporting) filter (is_sold and {RATED}",
    # What was sold and is not revenue came back.
    "return_rate": "1 - sum(net_total_reporting) filter (is_sold or is_credit) "
    f"/ sum(sales_total_reporting) filter (is_sold and {RATED}",
    "sessions": f"count(*) {OF_PEOPLE}",
    "bounce_rate": f"avg(is_bounce::int) {OF_PEOPLE}",
    "ad_spend": "sum(spend_total_reporting) filter (attribution_model = 'last') "
    "from marts.rpt_channels",
    "roas": "sum(net_total_reporting) / sum(spend_total_reporting) "
    "from marts.rpt_channels join marts.dim_channels using (channel) "
    "where attribution_model = 'last' and is_paid",
    "retention_rate": "sum(retained) / sum(size) from marts.fct_retention "
    "where cohort_by = 'purchase' and period = 'month' and cohort_type = 'first_time' "
    "and mode = 'on' and is_complete and k > 0",
    "conversion_rate": f"avg((purchase_count > 0)::int) {OF_PEOPLE}",
}


# A shop whose returns are documents of their own: 20 pounds sold, 8 taken back.
INVOICES = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,71053,WHITE METAL LANTERN,5,2011-02-02 08:26:00,4.00,17850,United Kingdom
C536391,71053,WHITE METAL LANTERN,-2,2011-02-03 10:24:00,4.00,17850,United Kingdom
"""
RATES = "Date,GBP\n2011-02-02,0.8\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("metrics") / "warehouse"
    footfall("sample", "--events", "4000", "--days", "75", home=home)
    footfall("run", home=home)
    # MetricFlow reads the project's own target folder, whatever dbt was told.
    parsed = run(sys.executable, "-m", "dbt.cli.main", "parse", home=home)
    assert parsed.returncode == 0, parsed.stdout
    return home


def credited(folder: Path) -> Path:
    for name, text in (("invoices", INVOICES), ("rates", RATES)):
        (folder / name).mkdir()
        (folder / name / "2011.csv").write_text(text, encoding="utf-8")
    home = folder / "warehouse"
    sources = (f"online_retail={folder / 'invoices'}", f"ecb={folder / 'rates'}")
    footfall("ingest", *(f"--source={source}" for source in sources), home=home)
    kinds = ("--resource-type", "model", "--resource-type", "seed")
    build = (sys.executable, "-m", "dbt.cli.main", "build", *kinds, "--select", "+fct_orders")
    done = run(*build, home=home)
    assert done.returncode == 0, done.stdout
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


@pytest.mark.long
def test_what_is_sold_comes_back_or_is_revenue(home: Path, tmp_path: Path) -> None:
    """Also with credit documents, which are no sales and lower the revenue all the same."""
    metrics = ["revenue", "sales", "returns", "return_rate"]
    out = tmp_path / "returns.csv"

    def answers(of: Path) -> list[float]:
        mf(of, "query", "--metrics", ",".join(metrics), "--csv", str(out))
        with out.open(encoding="utf-8") as file:
            [answer] = csv.DictReader(file)
        return [float(answer[metric]) for metric in metrics]

    assert answers(credited(tmp_path)) == [15, 25, 10, 0.4]
    # An order of which some part has no rate counts in none of them, whatever the part.
    unrated = tmp_path / "unrated"
    unrated.mkdir()
    for name in ("landing.duckdb", "footfall.duckdb"):
        shutil.copy(home / name, unrated)
    with duckdb.connect(unrated / "footfall.duckdb") as con:
        for part in ("sales", "refund"):
            con.execute(f"""
                update marts.fct_orders
                set {part}_total_reporting = null, net_total_reporting = null
                where order_id in (
                    select order_id from marts.fct_orders
                    where is_sold and refund_total > 0 and net_total_reporting is not null
                    order by order_id limit 2
                )
            """)
    found = [answers(home), answers(unrated)]
    assert found[1][1] < found[0][1]
    for revenue, sales, returns, rate in found:
        assert returns > 0
        assert revenue == pytest.approx(sales - returns, rel=1e-9)
        assert rate == pytest.approx(returns / sales, rel=1e-9)


@pytest.mark.long
def test_a_cost_without_a_rate_leaves_no_return(home: Path, tmp_path: Path) -> None:
    """Paid channels alone, on both sides; what is missing in the spend is missing in the answer."""
    for name in ("landing.duckdb", "footfall.duckdb"):
        shutil.copy(home / name, tmp_path)
    with duckdb.connect() as con:
        con.execute(f"attach '{tmp_path / 'footfall.duckdb'}' as build; use build")
        con.execute("delete from marts.rpt_channels")
        con.executemany(
            "insert into marts.rpt_channels by name select ?::date as date_on, ? as channel, "
            "? as attribution_model, 0 as session_count, 0 as order_count, "
            "0 as unrated_order_count, ? as net_total_reporting, ? as spend_total_reporting, "
            "? as unrated_spend_count",
            [
                ("2026-01-05", "Paid Search", "last", 60, 20, 0),
                ("2026-01-05", "Paid Search", "first", 900, 20, 0),
                ("2026-01-06", "Display", "last", 30, 10, 0),
                ("2026-01-06", "Affiliates", "last", 900, 100, 1),
                ("2026-02-01", "Paid Search", "last", 60, 20, 0),
                ("2026-02-02", "Display", "last", 10, None, 1),
                ("2026-03-02", "Email", "last", 10, None, 0),
            ],
        )
    out = tmp_path / "roas.csv"
    mf(
        tmp_path,
        "query",
        "--metrics",
        "roas",
        "--group-by",
        "metric_time__month",
        "--csv",
        str(out),
    )
    with out.open(encoding="utf-8") as file:
        answers = [(row["metric_time__month"][:7], row["roas"]) for row in csv.DictReader(file)]
    assert {month: float(roas) for month, roas in answers if roas} == {"2026-01": 3.0}


@pytest.mark.parametrize(
    "query", ["daily_trade", "monthly_traffic", "paid_channels", "monthly_retention"]
)
def test_saved_queries_have_an_answer(home: Path, query: str) -> None:
    out = home / f"{query}.csv"
    mf(home, "query", "--saved-query", query, "--csv", str(out))
    assert len(out.read_text(encoding="utf-8").splitlines()) > 1
