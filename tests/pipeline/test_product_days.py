"""Product days: fct_product_days against a count in plain Python, its rates against formulas."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import sqrt
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawn import drawn
from tests.pipeline.compiled import compiled, fill, memory

DAYS = [date(2026, 3, day) for day in (1, 2, 3)]
CATEGORIES = {"P1": "Mugs", "P2": "Mugs", "P3": "Jugs", "P4": None}
PRODUCTS = list(CATEGORIES)
Z = 1.959963984540054
TABLES = {
    "marts.fct_events": {
        "event_id": "varchar",
        "session_id": "varchar",
        "product_id": "varchar",
        "event_type": "varchar",
        "event_on": "date",
        "is_bot": "boolean",
        "is_internal": "boolean",
    },
    "intermediate.int_event_items__several": {
        "event_id": "varchar",
        "item_number": "integer",
        "product_id": "varchar",
    },
    "intermediate.int_purchases__products": {"event_id": "varchar", "product_id": "varchar"},
    "marts.fct_orders": {"order_id": "varchar", "is_sold": "boolean", "is_credit": "boolean"},
    "marts.fct_order_items": {
        "order_id": "varchar",
        "line_number": "bigint",
        "line_type": "varchar",
        "is_product": "boolean",
        "product_id": "varchar",
        "quantity": "bigint",
        "line_total_reporting": "decimal(28, 8)",
        "ordered_on": "date",
    },
    "marts.fct_refunds": {
        "order_id": "varchar",
        "line_number": "bigint",
        "product_id": "varchar",
        "amount_reporting": "decimal(28, 8)",
        "refunded_on": "date",
    },
    "marts.dim_products": {"product_id": "varchar", "category": "varchar", "brand": "varchar"},
    "intermediate.int_products": {
        "product_id": "varchar",
        "source": "varchar",
        "currency": "varchar",
        "unit_price": "decimal(18, 4)",
        "valid_from": "timestamp",
        "available_at": "timestamp",
    },
}
STATES = [
    {"is_sold": True, "is_credit": False},
    {"is_sold": False, "is_credit": True},
    {"is_sold": False, "is_credit": False},
]
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    sql = compiled(tmp_path_factory.mktemp("product_days"), "fct_product_days")
    with memory() as con:
        yield con, sql["fct_product_days"]


@st.composite
def days(draw: st.DrawFn) -> Rows:
    rows: Rows = {table: [] for table in TABLES}
    for number in range(draw(st.integers(0, 40))):
        type_ = draw(st.sampled_from(["view_item"] * 3 + ["add_to_cart", "purchase", "login"]))
        rows["marts.fct_events"].append(
            {
                "event_id": f"e{number}",
                "session_id": draw(st.sampled_from(["s1", "s2", "s3", "s4", None])),
                "event_type": type_,
                "event_on": draw(st.sampled_from(DAYS)),
                "is_bot": draw(st.sampled_from([False] * 9 + [True])),
                "is_internal": draw(st.sampled_from([False] * 9 + [True])),
            }
        )
        products = draw(st.lists(st.sampled_from(PRODUCTS), max_size=3))
        if type_ == "purchase":
            products = list(dict.fromkeys(products))
        is_alone = len(products) == 1
        if is_alone:
            rows["marts.fct_events"][-1]["product_id"] = products[0]
        for item_number, product in enumerate(products, start=1):
            item: dict[str, Any] = {"event_id": f"e{number}", "product_id": product}
            if type_ == "purchase":
                rows["intermediate.int_purchases__products"].append(item)
            elif not is_alone:
                item["item_number"] = item_number
                rows["intermediate.int_event_items__several"].append(item)
    amounts = st.sampled_from([None, Decimal("9.99"), Decimal("20.00000001")])
    for number in range(draw(st.integers(0, 8))):
        order = f"o{number % 4}"
        rows["marts.fct_order_items"].append(
            {
                "order_id": order,
                "line_number": number,
                "line_type": draw(st.sampled_from(["sale", "sale", "fee"])),
                "is_product": draw(st.sampled_from([True, True, False])),
                "product_id": draw(st.sampled_from([*PRODUCTS, None])),
                "quantity": draw(st.integers(1, 5)),
                "line_total_reporting": draw(amounts),
                "ordered_on": DAYS[number % 3 and number % 4 % 3],
            }
        )
        rows["marts.fct_refunds"].append(
            {
                "order_id": order,
                # One names a line that nobody knows.
                "line_number": draw(st.sampled_from([number, number, number + 100])),
                "product_id": draw(st.sampled_from([*PRODUCTS, None])),
                "amount_reporting": draw(amounts),
                "refunded_on": draw(st.sampled_from(DAYS)),
            }
        )
    rows["marts.fct_orders"] = [
        {"order_id": f"o{number}", **draw(st.sampled_from(STATES))} for number in range(4)
    ]
    rows["marts.dim_products"] = [
        {"product_id": name, "category": category} for name, category in CATEGORIES.items()
    ]
    return rows


def counted(rows: Rows) -> dict[tuple[str, date], dict[str, Any]]:
    """What happened to each product on each day."""
    events = {
        event["event_id"]: event
        for event in rows["marts.fct_events"]
        if event["event_type"] in ("view_item", "add_to_cart", "purchase")
        and not event["is_bot"]
        and not event["is_internal"]
    }
    products: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
    touched: dict[tuple[str, str], list[tuple[str, date]]] = defaultdict(list)
    # What was bought may stand on the order alone; it is listed whole.
    alone = [
        event
        for event in rows["marts.fct_events"]
        if event.get("product_id") and event["event_type"] != "purchase"
    ]
    # Once an event, however many of its items have the product.
    listed = rows["intermediate.int_event_items__several"]
    several = {(item["event_id"], item["product_id"]): item for item in listed}.values()
    for item in [*alone, *several, *rows["intermediate.int_purchases__products"]]:
        event = events.get(item["event_id"])
        if event is None:
            continue
        type_, on = event["event_type"], event["event_on"]
        if type_ != "purchase":
            products[item["product_id"], on][type_] += 1
        if event["session_id"] is not None:
            touched[event["session_id"], item["product_id"]].append((type_, on))
    for (_, product), seen in touched.items():
        kinds = {type_ for type_, _ in seen}
        views = [on for type_, on in seen if type_ == "view_item"]
        carts = [on for type_, on in seen if type_ == "add_to_cart"]
        if views:
            counts = products[product, min(views)]
            counts["n"] += 1
            counts["cart"] += "add_to_cart" in kinds
            counts["purchase"] += "purchase" in kinds
        elif carts:
            products[product, min(carts)]["unviewed"] += 1
    money: dict[tuple[str, date], list[Decimal | None]] = defaultdict(list)
    orders: dict[tuple[str, date], set[str]] = defaultdict(set)
    sold = {order["order_id"] for order in rows["marts.fct_orders"] if order["is_sold"]}
    for line in rows["marts.fct_order_items"]:
        key = line["product_id"], line["ordered_on"]
        if (
            line["line_type"] == "sale"
            and line["is_product"]
            and line["order_id"] in sold
            and key[0]
        ):
            orders[key].add(line["order_id"])
            products[key]["units"] += line["quantity"]
            money[key].append(line["line_total_reporting"])
    credits_ = {order["order_id"] for order in rows["marts.fct_orders"] if order["is_credit"]}
    goods = {
        (line["order_id"], line["line_number"])
        for line in rows["marts.fct_order_items"]
        if line["is_product"]
    }
    for refund in rows["marts.fct_refunds"]:
        is_of_goods = (refund["order_id"], refund["line_number"]) in goods
        if refund["product_id"] and is_of_goods and refund["order_id"] in sold | credits_:
            key = refund["product_id"], refund["refunded_on"]
            amount = refund["amount_reporting"]
            money[key].append(None if amount is None else -amount)
    return {
        key: {
            **products[key],
            "orders": len(orders[key]),
            "net": None if None in money[key] else sum(filter(None, money[key]), Decimal(0)),
        }
        for key in products.keys() | money.keys()
    }


def smoothed(k: int, n: int, group_k: int, group_n: int) -> Decimal | None:
    if not group_n:
        return None
    exact = (k + 20 * Fraction(group_k, group_n)) / (n + 20)
    quotient = Decimal(exact.numerator) / exact.denominator
    return quotient.quantize(Decimal("0.00000001"), ROUND_HALF_UP)


def wilson(k: int, n: int) -> float | None:
    """As statsmodels' proportion_confint has it, by way of the proportion."""
    if not n:
        return None
    p = k / n
    middle = p + Z * Z / (2 * n)
    return (middle - Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))) / (1 + Z * Z / n)


@drawn(40)
@given(rows=days())
def test_product_days_equal_a_count(
    shop: tuple[duckdb.DuckDBPyConnection, str], rows: Rows
) -> None:
    con, sql = shop
    for table, columns in TABLES.items():
        fill(con, table, columns, rows[table])
    found = {
        (row[0], row[1]): row[2:]
        for row in con.execute(
            f"""
            select
                product_id, day_on, view_count, add_to_cart_count, view_session_count,
                cart_session_count, purchase_session_count, unviewed_cart_session_count,
                order_count, unit_count, net_total_reporting,
                cart_rate, cart_rate_least, purchase_rate, purchase_rate_least
            from ({sql})
            """
        ).fetchall()
    }
    expected = counted(rows)
    assert found.keys() == expected.keys()
    names = ("view_item", "add_to_cart", "n", "cart", "purchase", "unviewed", "orders", "units")
    for (product, on), counts in expected.items():
        row = found[product, on]
        assert row[:8] == tuple(counts.get(name, 0) for name in names)
        assert row[8] == counts["net"]
        of_day = {key[0]: other for key, other in expected.items() if key[1] == on}
        group = [
            other
            for name, other in of_day.items()
            if CATEGORIES[product] and CATEGORIES[name] == CATEGORIES[product]
        ]
        if not sum(other.get("n", 0) for other in group):
            group = list(of_day.values())
        n, group_n = counts.get("n", 0), sum(other.get("n", 0) for other in group)
        for kind, rate, least in (("cart", 9, 10), ("purchase", 11, 12)):
            k, group_k = counts.get(kind, 0), sum(other.get(kind, 0) for other in group)
            assert row[rate] == smoothed(k, n, group_k, group_n)
            bound = wilson(k, n)
            assert (row[least] is None) == (bound is None)
            if bound is not None:
                assert float(row[least]) == pytest.approx(bound, abs=5.1e-9)
