"""The sample shop from its files to the published marts, against the truth it was made with."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import difference, footfall, opened, run, tables


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shop") / "warehouse"
    footfall("sample", home=home)
    footfall("run", home=home)
    return home


@pytest.fixture(scope="module")
def truth(home: Path) -> dict[str, Any]:
    text = (home / "sample" / "truth" / "truth.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


ENTITIES = [
    ("web", "events"),
    ("shop", "customers"),
    ("shop", "orders"),
    ("shop", "order_items"),
    ("shop", "refunds"),
    ("feeds", "exchange_rates"),
    ("feeds", "products"),
    ("feeds", "ad_spend"),
    ("feeds", "inventory"),
]


@pytest.mark.parametrize(("source", "entity"), ENTITIES)
def test_every_row_ends_where_the_truth_says(
    home: Path, truth: dict[str, Any], source: str, entity: str
) -> None:
    expected = truth["web"] if source == "web" else truth[source][entity]
    where = f"where source = '{source}' and entity = '{entity}'"
    with opened(home / "marts.duckdb") as con:
        counts = con.execute(
            f"select sum(raw_count), sum(accepted_count) from ops.row_accounting {where}"
        ).fetchone()
        rejected = con.execute(
            f"select reject_reasons, count(*) from ops.quarantine {where} group by all"
        ).fetchall()
        repeated = con.execute(
            f"select duplicate_reason, count(*) from ops.duplicates {where} group by all"
        ).fetchall()
    assert counts == (expected["raw"], expected["accepted"])
    assert dict(rejected) == expected["quarantined"]
    assert dict(repeated) == expected["duplicate"]


def test_every_event_file_ends_where_the_truth_says(home: Path, truth: dict[str, Any]) -> None:
    expected = {
        path.rpartition("/")[2] + file["sha256"]: (file["raw"], file["accepted"])
        for path, file in truth["web"]["files"].items()
        if file["status"] == "landed"
    }
    with opened(home / "marts.duckdb") as con:
        found = con.execute(
            "select file_name || file_id, raw_count, accepted_count from ops.row_accounting "
            "where source = 'web'"
        ).fetchall()
    assert {key: (raw, accepted) for key, raw, accepted in found} == expected


def test_the_sessions_are_the_true_ones(home: Path) -> None:
    truth = home / "sample" / "truth" / "sessions.parquet"
    with opened(home / "marts.duckdb") as con:
        assert not difference(
            con,
            """
            select session_id, visitor_id, session_started_at, session_ended_at, event_count,
                page_view_count, view_item_count, add_to_cart_count, purchase_count,
                purchase_total_reporting, is_engaged, is_capped, is_bot
            from marts.fct_sessions
            """,
            f"""
            select
                md5(coalesce(visitor_id, 'customer ' || customer_id) || '|' || first_event_id),
                visitor_id, session_started_at, session_ended_at, event_count,
                page_view_count + screen_view_count, view_item_count, add_to_cart_count,
                purchase_count, purchase_value_eur, is_engaged, is_capped,
                is_crawler or is_stealth_bot
            from '{truth}'
            """,
        )


def test_the_orders_are_the_true_ones(home: Path) -> None:
    truth = home / "sample" / "truth" / "orders.parquet"
    columns = """order_id, customer_id, ordered_at, status, currency, gross_total, discount_total,
        tax_total, shipping_total, refund_total, cancelled_total, net_total, is_sold,
        customer_order_number"""
    with opened(home / "marts.duckdb") as con:
        assert not difference(
            con,
            f"select {columns}, net_total_reporting from marts.fct_orders",
            f"select {columns}, net_total_eur from '{truth}'",
        )


def test_the_revenue_is_the_true_one(home: Path, truth: dict[str, Any]) -> None:
    with opened(home / "marts.duckdb") as con:
        found = con.execute(
            "select currency, sum(net_total)::varchar from marts.fct_orders "
            "where is_sold group by 1"
        ).fetchall()
        total = con.execute(
            "select sum(net_total_reporting)::varchar from marts.fct_orders where is_sold"
        ).fetchone()
    expected = {c: f"{float(v['net']):.4f}" for c, v in truth["revenue"]["by_currency"].items()}
    assert dict(found) == expected
    assert total == (truth["revenue"]["net_eur"],)


def test_the_ad_spend_is_the_true_one(home: Path, truth: dict[str, Any]) -> None:
    with opened(home / "marts.duckdb") as con:
        found = con.execute(
            "select sum(spend_total_reporting)::varchar, sum(unrated_spend_count) "
            "from marts.rpt_channels where attribution_model = 'first'"
        ).fetchone()
    assert found == (truth["ad_spend"]["eur"], truth["ad_spend"]["without_eur"])


def test_robots_are_flagged_and_kept(home: Path, truth: dict[str, Any]) -> None:
    with opened(home / "marts.duckdb") as con:
        found = con.execute("""
            select
                count(*) filter (where device_category = 'bot') as crawler_events,
                count(*) filter (where is_bot and device_category <> 'bot') as stealth_events
            from marts.fct_events
        """).fetchone()
    assert found == (truth["bots"]["crawler_events"], truth["bots"]["stealth_events"])


def test_web_and_orders_part_where_the_truth_says(home: Path) -> None:
    """Whoever blocks the tracker leaves an order without event; a test purchase has no order."""
    orders = home / "sample" / "truth" / "orders.parquet"
    with opened(home / "footfall.duckdb") as con:
        unlike = con.execute(f"""
            select purchases.purchase_id, purchases.reconciliation_status, truth.in_web
            from intermediate.int_orders__reconciled as purchases
            left join '{orders}' as truth on purchases.purchase_id = truth.order_id
            where
                (truth.is_sold and not truth.in_web)
                is distinct from (purchases.reconciliation_status = 'no_event')
                and truth.order_id is not null
            or starts_with(purchases.purchase_id, 'TEST-')
                and purchases.reconciliation_status <> 'no_order'
        """).fetchall()
        sold = con.execute("""
            select currency, sum(amount)::varchar from marts.rpt_revenue_bridge
            where step = 'net_sales' group by currency order by currency
        """).fetchall()
        expected = con.execute(f"""
            select currency, sum(net_total)::varchar from '{orders}'
            where is_sold group by currency order by currency
        """).fetchall()
    assert unlike == []
    assert sold == expected


def test_a_second_run_with_nothing_new_changes_no_mart(home: Path) -> None:
    before = tables(home / "marts.duckdb")
    printed = footfall("run", home=home)
    assert "web: 0 rows landed" in printed
    assert tables(home / "marts.duckdb") == before


def test_plain_dbt_build_sees_the_same_files(home: Path) -> None:
    before = tables(home / "footfall.duckdb")
    done = run(sys.executable, "-m", "dbt.cli.main", "build", home=home)
    assert done.returncode == 0, done.stdout[-5000:]
    assert tables(home / "footfall.duckdb") == before
