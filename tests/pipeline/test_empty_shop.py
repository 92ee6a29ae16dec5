"""A shop that has sent nothing yet, or only a part: every model builds, empty where it must be."""

import json
import re
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.support import footfall, opened, run

# Told by orders, and by what people do on the pages.
OF_ORDERS = {
    "dim_customer_history",
    "dim_customers",
    "fct_attribution_touches",
    "fct_customer_clv",
    "fct_customer_rfm",
    "fct_order_items",
    "fct_order_movements",
    "fct_orders",
    "rpt_returns",
    "rpt_segments",
}
OF_EVENTS = {
    "fct_carts",
    "fct_events",
    "fct_funnel_units",
    "fct_sessions",
    "rpt_funnels",
}
# Told by what none of these shops sends: feeds, refunds, searches; and by habits of many buyers.
OF_NEITHER = {
    "dim_product_history",
    "fct_product_covisits",
    "fct_product_pairs",
    "fct_product_prices",
    "fct_refunds",
    "fct_searches",
    "rpt_inventory_cover",
}
VISIT = ("page_view", "view_item", "add_to_cart", "purchase")


def test_everything_builds_before_anything_was_ingested(tmp_path: Path) -> None:
    home = tmp_path / "warehouse"
    assert run(sys.executable, "-m", "ingestion.declare", home=home).returncode == 0
    done = run(sys.executable, "-m", "dbt.cli.main", "build", home=home)
    assert done.returncode == 0, done.stdout[-5000:]
    # Without a row there is nothing to warn about.
    assert "WARN=0" in done.stdout
    with opened(home / "footfall.duckdb") as con:
        names = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where database_name = 'shop' and schema_name in ('marts', 'features', 'ops')"
        ).fetchall()
        columns = con.execute(
            "select table_name, column_name from duckdb_columns() "
            "where database_name = 'shop' and schema_name = 'features' "
            "and table_name like 'ftr!_%!_!_%' escape '!' "
            "and not regexp_matches(table_name, '^ftr_(spine|moments|assortment)__') "
            "and not regexp_matches(table_name, '__(latest|transformed)$') "
            "and not ("
            "column_name like '%!_id' escape '!' or column_name in ("
            "'session_started_at', 'prediction_at', 'available_as_of', 'input_fingerprint')"
            " or table_name like 'ftr!_category!_!_%' escape '!' and column_name = 'category')"
        ).fetchall()
        catalog = con.execute("select model_name, feature_name from features.catalog").fetchall()
        counts = {name: con.execute(f"select count(*) from {name}").fetchone() for (name,) in names}
    assert len(counts) > 14
    assert len(columns) > 60
    assert sorted(catalog) == sorted(columns), "a feature without meta, or meta without a feature"
    # What seeds and declarations name is there before anybody came: channels, currencies, features,
    # tasks, what is to be fitted.
    assert {name for name, count in counts.items() if count != (0,)} == {
        "marts.dim_channels",
        "marts.dim_currencies",
        "features.catalog",
        "features.fitted_parameters",
        "features.trn_registry",
        "ops.deletion_impact",
    }


def make_events(folder: Path) -> str:
    """A visit from nowhere, without a search, that buys."""
    folder.mkdir()
    lines = [
        {
            "schema_version": 3,
            "event_id": f"e{minute}",
            "event_name": name,
            "client_id": "V1",
            "time": {
                "created": f"2026-01-05T10:0{minute}:00Z",
                "received": f"2026-01-05T10:0{minute}:01Z",
            },
            "page": {"title": "page"},
            "items": [{"item_id": "P1", "quantity": 1, "price": "5"}],
            **({"transaction_id": "W1"} if name == "purchase" else {}),
        }
        for minute, name in enumerate(VISIT)
    ]
    text = "\n".join(map(json.dumps, lines)) + "\n"
    (folder / "2026-01-05.jsonl").write_text(text, encoding="utf-8")
    return str(folder)


def make_orders(folder: Path) -> str:
    """A sample shop's own database, in which nothing ever came back."""
    footfall("sample", "--to", str(folder), "--events", "300", "--days", "20", home=folder)
    with sqlite3.connect(folder / "shop.sqlite") as con:
        con.execute("delete from refunds")
    return f"sqlite:///{folder / 'shop.sqlite'}"


@pytest.mark.long
@pytest.mark.parametrize(
    ("sources", "empty"),
    [
        pytest.param({"web"}, OF_NEITHER | OF_ORDERS, id="a shop with events only"),
        pytest.param({"shop"}, OF_NEITHER | OF_EVENTS, id="a shop with orders only"),
        pytest.param({"web", "shop"}, OF_NEITHER, id="no refunds, searches, campaigns, feeds"),
    ],
)
def test_what_a_shop_does_not_send_is_empty_and_said(
    tmp_path: Path, sources: set[str], empty: set[str]
) -> None:
    made = {"web": make_events, "shop": make_orders}
    given = [f"--source={name}={made[name](tmp_path / name)}" for name in sorted(sources)]
    said = footfall("run", *given, home=tmp_path / "warehouse")
    [line] = [line for line in said.splitlines() if line.startswith("no rows in ")]
    assert set(line.removeprefix("no rows in ").split(", ")) == empty


def test_models_and_macros_pass_their_own_tests(tmp_path: Path) -> None:
    """Unit tests need tables, if empty ones; no build without a selection runs them."""
    home = tmp_path / "warehouse"
    dbt = (sys.executable, "-m", "dbt.cli.main")
    assert run(sys.executable, "-m", "ingestion.declare", home=home).returncode == 0
    # As documentation is written before anything was built: `make setup`, `make docs`.
    compiled = run(*dbt, "compile", "--quiet", "--select", "dim_dates", home=home)
    assert compiled.returncode == 0, compiled.stdout
    built = run(*dbt, "build", "--exclude-resource-type", "test", home=home)
    assert built.returncode == 0, built.stdout[-5000:]
    done = run(*dbt, "test", "--select", "test_type:unit", "path:tests/macros", home=home)
    assert done.returncode == 0, done.stdout[-5000:]
    found = re.search(r"PASS=(\d+) WARN=0 ERROR=0 SKIP=0", done.stdout)
    assert found is not None
    assert int(found[1]) > 70
