"""The sample shop from its files to the published marts, against the truth it was made with."""

import json
import shutil
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.pipeline import feature_facts
from tests.sample import reread
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


def test_every_line_is_rejected_or_repeated_for_its_own_reason(home: Path) -> None:
    """Not only as many of each: the very lines, as other code reads the files."""
    _, rows = reread.read_web(home / "sample")
    expected = [
        (row.sha, row.number, row.verdict.removeprefix("duplicate ")) for row in rows if row.verdict
    ]
    with opened(home / "marts.duckdb") as con:
        found = con.execute("""
            select file_id, row_number, reject_reasons from ops.quarantine where source = 'web'
            union all
            select file_id, row_number, duplicate_reason from ops.duplicates where source = 'web'
            order by all
        """).fetchall()
    assert found == sorted(expected)


def test_the_accepted_events_are_the_true_ones(home: Path, truth: dict[str, Any]) -> None:
    # Under its own name: the view of items names it.
    with duckdb.connect(str(home / "footfall.duckdb"), read_only=True) as con:
        types = con.execute(
            "select event_type, count(*) from marts.fct_events group by all"
        ).fetchall()
        counts = con.execute("""
            select
                (select count(*) from intermediate.int_event_items),
                count(distinct visitor_id),
                count(distinct customer_id),
                (
                    select count(*) from (
                        select visitor_id from marts.fct_events where visitor_id is not null
                        group by all having count(distinct customer_id) > 1
                    )
                )
            from marts.fct_events
        """).fetchone()
    web = truth["web"]
    assert dict(types) == web["accepted_by_type"]
    assert counts == tuple(
        web[name] for name in ("accepted_items", "visitors", "customers", "shared_visitors")
    )


def test_each_event_says_what_its_line_said(home: Path) -> None:
    _, rows = reread.read_web(home / "sample")
    names = ("id", "type", "visitor_id", "product_id")
    expected = {
        (*(row.event[name] for name in names), reread.naive(row.at))
        for row in rows
        if not row.verdict
    }
    with duckdb.connect(str(home / "footfall.duckdb"), read_only=True) as con:
        found = con.execute(
            "select event_id, event_type, visitor_id, product_id, event_at from marts.fct_events"
        ).fetchall()
    assert set(found) == expected


def test_each_item_is_worth_its_pieces_and_price(home: Path) -> None:
    """As other code reads the files; of most events nothing else tells."""
    _, rows = reread.read_web(home / "sample")
    expected = {}
    for row in rows:
        event = row.event
        if not row.verdict and event["type"] in ("view_item", "add_to_cart", "remove_from_cart"):
            worth = event["value"]
            if worth is None:
                worth = int(event["quantity"] or 1) * event["unit_price"]
            expected[event["id"]] = worth
    with opened(home / "marts.duckdb") as con:
        found = con.execute("""
            select event_id, item_value from marts.fct_events
            where event_type in ('view_item', 'add_to_cart', 'remove_from_cart')
        """).fetchall()
    assert dict(found) == expected
    assert len({worth for worth in expected.values() if worth is not None}) > 100


# What is the same in every row, and why it stays.
STILL = {
    # The spines ask for who was seen only; a spine of one's own may ask for anybody, and learns so
    # that nothing is known (test_built_features, "nobody").
    ("ftr_customer__activity", "is_cold_start"),
    ("ftr_customer__preferences", "is_cold_start"),
    ("ftr_product__covisits", "is_cold_start"),
    ("ftr_product__popularity", "is_cold_start"),
    ("ftr_product__standing", "is_cold_start"),
    ("ftr_session__prefix", "is_cold_start"),
    ("ftr_visitor__activity", "is_cold_start"),
    ("ftr_visitor_product__affinity", "is_cold_start"),
}


def test_every_feature_tells_rows_apart(home: Path) -> None:
    """None is null, 0 or anything else throughout: it would teach nothing and hide a mistake."""
    with opened(home / "marts.duckdb") as con:
        features = con.execute("""
            select model_name, feature_name from features.catalog
            order by model_name, feature_name
        """).fetchall()
        still = {
            (table, name)
            for table, name in features
            if con.execute(f"select count(distinct {name}) < 2 from features.{table}").fetchall()
            == [(True,)]
        }
    assert len(features) > 200
    assert still == STILL


def test_amounts_of_features_end_as_those_of_the_marts(home: Path) -> None:
    """Once every rate is known; discounts, which the marts round with their lines, nearly."""
    with duckdb.connect(str(home / "footfall.duckdb"), read_only=True) as con:
        found = con.execute("""
            select count(*), max(abs(known.amount_reporting - booked.amount_reporting))
            from intermediate.int_customers__known_movements as known
            inner join marts.fct_order_movements as booked using (movement_id)
            where known.known_to_at is null and booked.currency <> 'EUR'
        """).fetchone()
    assert found is not None
    assert found[0] > 100
    assert found[1] <= Decimal("0.00000001")


def test_features_are_those_of_plain_python(home: Path) -> None:
    compared = feature_facts.compare(home / "footfall.duckdb")
    assert min(compared.values()) > 20, compared
    assert compared.total() > 20_000


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
            f"""
            select {columns}, sales_total_reporting, refund_total_reporting,
                cancelled_total_reporting, net_total_reporting
            from marts.fct_orders
            """,
            f"""
            select {columns}, sales_total_eur, refund_total_eur, cancelled_total_eur, net_total_eur
            from '{truth}'
            """,
        )


def test_the_revenue_is_the_true_one(home: Path, truth: dict[str, Any]) -> None:
    parts = ("gross", "discount", "tax", "shipping", "refund", "cancelled", "net")
    sums = ", ".join(f"sum({part}_total)" for part in parts)
    with opened(home / "marts.duckdb") as con:
        found = con.execute(
            f"select currency, count(*), {sums} from marts.fct_orders where is_sold group by 1"
        ).fetchall()
        total = con.execute("""
            select
                sum(net_total_reporting)::varchar,
                count(*) filter (where net_total_reporting is null),
                count(*),
                count(*) filter (where cancelled_at is not null),
                count(*) filter (where refund_total > 0)
            from marts.fct_orders where is_sold
        """).fetchone()
    revenue, orders = truth["revenue"], truth["orders"]
    assert {currency: tuple(amounts) for currency, *amounts in found} == {
        currency: (amounts["orders"], *(Decimal(amounts[part]) for part in parts))
        for currency, amounts in revenue["by_currency"].items()
    }
    assert total == (
        revenue["net_eur"],
        revenue["orders_without_eur"],
        *(orders[name] for name in ("sold", "sold_cancelled", "sold_refunded")),
    )


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


def test_web_and_orders_part_where_the_truth_says(home: Path, truth: dict[str, Any]) -> None:
    """Whoever blocks the tracker leaves an order without event; a test purchase has no order."""
    orders = home / "sample" / "truth" / "orders.parquet"
    with opened(home / "footfall.duckdb") as con:
        unlike = con.execute(f"""
            select purchases.purchase_id, purchases.reconciliation_status, truth.in_web
            from intermediate.int_orders__reconciled as purchases
            inner join '{orders}' as truth on purchases.purchase_id = truth.order_id
            where
                (truth.is_sold and not truth.in_web)
                is distinct from (purchases.reconciliation_status = 'no_event')
                or truth.in_web is distinct from (purchases.event_id is not null)
        """).fetchall()
        # What is in quarantine the shop has had.
        never_had = con.execute("""
            select purchase_id from intermediate.int_orders__reconciled
            where
                reconciliation_status = 'no_order'
                and purchase_id not in (
                    select order_id from staging.stg_shop__orders where order_id is not null
                )
            order by purchase_id
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
    assert [purchase_id for (purchase_id,) in never_had] == sorted(truth["web_only_purchases"])
    assert sold == expected


def test_a_second_run_with_nothing_new_changes_no_mart(home: Path) -> None:
    before = tables(home / "marts.duckdb")
    printed = footfall("run", home=home)
    assert "web: 0 rows landed" in printed
    assert tables(home / "marts.duckdb") == before


@pytest.mark.long
def test_a_model_is_served_by_what_it_was_trained_with(home: Path, tmp_path: Path) -> None:
    """The training rows of tomorrow teach other numbers; those of today stay, and serve."""
    own = tmp_path / "warehouse"
    shutil.copytree(
        home, own, symlinks=True, ignore=shutil.ignore_patterns("sample", "dlt", "target")
    )
    dbt = (sys.executable, "-m", "dbt.cli.main")
    places = ("--target-path", str(own / "target"), "--log-path", str(own / "logs"))
    versions = (
        "select distinct params_version, is_current from features.fitted_parameters "
        "where task = 'purchase_7d' order by not is_current"
    )

    def served(version: str | None) -> tuple[str, list[tuple[Any, ...]]]:
        """What dbt says, and the rows to serve as a model of that version is given them."""
        argument = f", params_version='{version}'" if version else ""
        macro = (
            f"preprocessed('purchase_7d', ref('ftr_customer__latest'), ['customer_id']{argument})"
        )
        query = "{{ " + macro + " }}"
        done = run(*dbt, "compile", "--quiet", "--inline", query, *places, home=own)
        if done.returncode:
            return done.stdout, []
        with opened(own / "footfall.duckdb") as con:
            con.execute("use shop")
            sql = done.stdout.replace('"footfall".', '"shop".')
            return "", con.execute(f"select * from ({sql}) order by all").fetchall()

    with opened(own / "footfall.duckdb") as con:
        [(trained, _)] = con.execute(versions).fetchall()
    today = served(None)
    assert today[1]
    assert served(trained) == today
    with duckdb.connect(own / "footfall.duckdb") as con:
        con.execute("delete from features.trn_purchase_7d where split = 'train' and label = 0")
        # Rows that are edited by hand are not seen by what knows them already.
        con.execute("truncate main.table_versions")
    learned = ("int_training_sets", "int_fitted_parameters", "ftr_fitted_parameters")
    made = (*learned, "trn_registry")
    done = run(*dbt, "build", "--select", *made, *places, home=own)
    assert done.returncode == 0, done.stdout[-3000:]
    with opened(own / "footfall.duckdb") as con:
        (current, is_current), *kept = con.execute(versions).fetchall()
        sets = con.execute(
            "select is_current, params_version, query is null from features.trn_registry "
            "where task = 'purchase_7d' order by not is_current"
        ).fetchall()
    assert (is_current, kept) == (True, [(trained, False)])
    assert sets == [(True, current, False), (False, trained, True)]
    assert served(trained) == today
    assert served(None)[1] != today[1]
    told, _ = served("0" * 32)
    assert f"holds no version {'0' * 32} of purchase_7d; the newest: " in told
    assert trained in told
    with duckdb.connect(own / "footfall.duckdb") as con:
        con.execute(
            "update features.fitted_parameters set plan_hash = 'other' where params_version = ?",
            [trained],
        )
    told, _ = served(trained)
    assert f"version {trained} was fitted by another declaration than that of trn_purchase" in told


@pytest.mark.long
def test_plain_dbt_build_sees_the_same_files(home: Path) -> None:
    before = tables(home / "footfall.duckdb")
    done = run(sys.executable, "-m", "dbt.cli.main", "build", home=home)
    assert done.returncode == 0, done.stdout[-5000:]
    assert tables(home / "footfall.duckdb") == before
