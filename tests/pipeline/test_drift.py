"""Every source changes its fields at once: the run goes on, old rows' marts stay as they were."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.support import footfall, opened

MARTS = (
    "dim_customers",
    "dim_products",
    "fct_events",
    "fct_order_items",
    "fct_orders",
    "fct_refunds",
    "fct_sessions",
)
EVENT = {
    "schema_version": 3,
    "event_name": "page_view",
    "client_id": "drifter",
    "platform": "web",
    "time": {"created": "2026-03-30T10:00:00Z", "received": "2026-03-30T10:00:01Z"},
    "seq": "7",  # was a number
    "page": {"url": "https://shop.example/", "title": None, "lang": "de"},  # lang is new
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "items": [],
}
# The price as a number, and the brand renamed to maker.
PRODUCT = {
    "product_id": "P-drift",
    "name": "Drifting lamp",
    "category_path": ["Home"],
    "maker": "Drift",
    "price": 19.9,
    "currency": "EUR",
    "valid_from": "2026-03-01T00:00:00Z",
    "updated_at": "2026-03-01T00:00:00Z",
    "is_deleted": False,
}
# A sold order, with a coupon.
CHANGED = "select min(order_id) from orders where status = 'paid' and is_test = 0"
SHOP = """
    alter table orders drop column coupon_code;
    alter table orders add column channel text;
    create table items (order_id text, line_number text, product_id text, quantity text,
        unit_price real, primary key (order_id, line_number));
    insert into items select * from order_items;
    drop table order_items;
    alter table items rename to order_items;
    insert into customers select 'C-drift', null, null, 'DE', created_at, updated_at
        from customers limit 1;
    insert into orders select 'O-drift', 'C-drift', ordered_at, updated_at, 'paid', 'paid', 0,
        'EUR', '0', '0', '0', null, 'app' from orders limit 1;
    insert into order_items values ('O-drift', '1', 'P-drift', '2', 19.9);
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sample shop, run once."""
    home = tmp_path_factory.mktemp("drift") / "warehouse"
    footfall("sample", "--events", "2000", "--days", "10", home=home)
    with sqlite3.connect(home / "sample" / "shop.sqlite") as con:
        con.execute(f"update orders set coupon_code = 'SPRING' where order_id = ({CHANGED})")
    footfall("run", home=home)
    return home


def rows(home: Path, table: str) -> set[tuple[object, ...]]:
    with opened(home / "marts.duckdb") as con:
        return {tuple(map(str, row)) for row in con.execute(f"from {table}").fetchall()}


def drift(home: Path) -> str:
    """Change the fields of every source; returns the order whose status changed as well."""
    sample = home / "sample"
    lines = [json.dumps({**EVENT, "event_id": f"drift-{n}"}) for n in range(40)]
    (sample / "web" / "delivery-1" / "2026-04-01.jsonl").write_text("\n".join(lines))
    with sqlite3.connect(sample / "shop.sqlite") as con:
        changed = str(con.execute(CHANGED).fetchone()[0])
        con.executescript(SHOP)
        con.execute("update orders set status = 'shipped' where order_id = ?", [changed])
    products = json.loads((sample / "feeds" / "products.json").read_text("utf-8"))
    (sample / "feeds" / "products.json").write_text(json.dumps([*products, PRODUCT]))
    return changed


def test_old_rows_stay_as_they_were(home: Path) -> None:
    before = {table: rows(home, f"marts.{table}") for table in MARTS}
    assert all(before[table] for table in MARTS if table != "fct_refunds")
    assert rows(home, "ops.schema_changes") == set()

    changed = drift(home)
    printed = footfall("run", home=home)
    assert "fields are not as they were: " in printed
    # Of the tables, only what is new or really changed landed.
    assert "shop: 4 rows landed from 3 tables" in printed

    with opened(home / "marts.duckdb") as con:
        found = con.execute("""
            select source || '.' || entity, field_name, change, old_type, new_type
            from ops.schema_changes
        """).fetchall()
        order = con.execute(
            "select coupon_code, status from marts.fct_orders where order_id = ?", [changed]
        ).fetchone()
        line = con.execute("""
            select quantity, unit_price::varchar from marts.fct_order_items
            where order_id = 'O-drift'
        """).fetchone()
    assert {
        ("web.events", "page.lang", "added", None, "string"),
        ("web.events", "seq", "retyped", "number", "string"),
        ("shop.orders", "channel", "added", None, "VARCHAR"),
        ("shop.orders", "coupon_code", "missing", "VARCHAR", None),
        ("shop.order_items", "line_number", "retyped", "BIGINT", "VARCHAR"),
        ("shop.order_items", "quantity", "retyped", "BIGINT", "VARCHAR"),
        ("shop.order_items", "unit_price", "retyped", "VARCHAR", "DOUBLE"),
        ("feeds.products", "maker", "added", None, "string"),
        ("feeds.products", "price", "retyped", "string", "number"),
    } <= set(found)
    for table in MARTS:
        after = rows(home, f"marts.{table}")
        assert {row for row in before[table] - after if changed not in row} == set(), table
        added = {row for row in after - before[table] if changed not in row}
        assert {row for row in added if "drift" not in str(row)} == set(), table
    # The order that changed keeps its coupon: the table no longer says what it was.
    assert order == ("SPRING", "shipped")
    assert line == (2, "19.9000")
    assert "fields are not as they were" not in footfall("ingest", home=home)
