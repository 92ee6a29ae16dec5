"""The facts of a whole shop, and random rows of its feature tables against `feature_reference`.

Every column is compared: one without a reference, or a table without one, fails.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from tests.pipeline import feature_reference as reference
from tests.pipeline.feature_reference import DAY, Event, Line, Rate, Shop, Version

BACK = ("discount", "return", "cancel")  # whose amounts the reference turns round
# Of each table; of those that compare products, whole moments instead, all their products each.
ROWS = 3_000
MOMENTS = 12


@dataclass
class Facts:
    """A shop's facts, and by whom they are found."""

    shop: Shop
    of: dict[tuple[str, str], Shop]

    def by(self, kind: str, name: str) -> Shop:
        return self.of.get((kind, name), Shop())

    def near(self, t: datetime) -> Shop:
        """All that features of products may look at: a month of events, a quarter of orders."""
        if t not in self.shop.memory:
            self.shop.memory[t] = replace(
                self.shop,
                events=tuple(e for e in self.shop.events if t - 30 * DAY <= e.at < t),
                lines=tuple(x for x in self.shop.lines if t - 90 * DAY <= x.at < t),
            )
        found: Shop = self.shop.memory[t]
        return found


def rates_of(
    con: duckdb.DuckDBPyConnection,
) -> Callable[[str, date], list[tuple[datetime, reference.Pair]]]:
    """What the reference says of a currency and a day."""
    of: dict[str, list[Rate]] = defaultdict(list)
    for row in con.execute(
        "select currency, rate_on, rate, available_at from intermediate.int_exchange_rates "
        "where rate_on = published_on"
    ).fetchall():
        of[row[0]].append(Rate(*row))

    @cache
    def found(currency: str, day: date) -> list[tuple[datetime, reference.Pair]]:
        return reference.rate_moments(of[currency] + of[reference.REPORTING], currency, day)

    return found


def read_facts(con: duckdb.DuckDBPyConnection) -> Facts:
    accounts = dict(
        con.execute(
            "select alias_id, identifier from intermediate.int_identity__components "
            "where identifier_type = 'customer' and not is_blocklisted"
        ).fetchall()
    )
    sound = set(accounts.values())
    items: dict[str, tuple[str, ...]] = dict(
        con.execute(
            "select event_id, list(product_id order by item_number) from ("
            "select event_id, 1 as item_number, product_id from marts.fct_events "
            "where product_id is not null union all "
            "select event_id, item_number, product_id from intermediate.int_event_items__several"
            ") group by event_id"
        ).fetchall()
    )
    rates = rates_of(con)

    def known_amounts(paid: Decimal | None, currency: str | None, day: date) -> reference.Amounts:
        if currency == reference.REPORTING:
            return ()
        return reference.learned(paid, rates(currency, day)) if currency else ()

    events = tuple(
        Event(
            number,
            at,
            known,
            kind,
            visitor,
            accounts.get(person),
            None,
            tuple(items.get(event, ())),
            None,
            robot,
            internal,
            value,
            actor,
            known_amounts(value, currency, day),
        )
        for number, (
            event,
            at,
            known,
            kind,
            visitor,
            person,
            robot,
            internal,
            value,
            currency,
            day,
            actor,
        ) in enumerate(
            con.execute(
                "select event_id, event_at, available_at, event_type, visitor_id, person_id_asof, "
                "is_bot_by_agent, is_internal, item_value, currency, event_on, actor_id "
                "from marts.fct_events"
            ).fetchall()
        )
    )
    lines = tuple(
        Line(
            order,
            number,
            at,
            known,
            account if account in sound else None,
            sold,
            kind,
            product,
            quantity,
            -amount if kind in BACK and amount is not None else amount,
            known_amounts(paid, currency, day),
            thing,
            credit,
            original,
        )
        for number, (
            order,
            at,
            known,
            account,
            sold,
            kind,
            product,
            quantity,
            amount,
            paid,
            currency,
            day,
            thing,
            credit,
            original,
        ) in enumerate(
            con.execute(
                "select order_id, event_at, available_at, customer_id, is_sold, movement_kind, "
                "product_id, quantity, amount_reporting, amount, currency, rated_on, is_product, "
                "is_credit, original_order_id from marts.fct_order_movements"
            ).fetchall()
        )
    )
    # In the order of their hashes, which a tie goes by.
    versions = tuple(
        Version(number, at, known, product, price, category, currency, is_deleted)
        for number, (product, price, category, currency, is_deleted, at, known) in enumerate(
            con.execute(
                "select product_id, unit_price, category, currency, is_deleted, valid_from, "
                "available_at from intermediate.int_products__versions order by version_id"
            ).fetchall()
        )
    )
    parts: dict[tuple[str, str], tuple[list[Event], list[Line]]] = defaultdict(lambda: ([], []))
    for event in events:
        for kind, name in (
            ("customer", event.account),
            ("visitor", event.visitor),
            ("actor", event.of_actor),
        ):
            if name:
                parts[kind, name][0].append(event)
    for line in lines:
        if line.account:
            parts["customer", line.account][1].append(line)
    return Facts(
        Shop(events, lines, None, versions, most_acts=200),
        {
            name: Shop(tuple(mine), tuple(moved), None, versions)
            for name, (mine, moved) in parts.items()
        },
    )


Said = Callable[..., dict[str, Any] | None]
# A table: its keys, whose facts are needed, and what says its columns. Of `shop`, all of them.
TABLES: dict[str, tuple[tuple[str, ...], str, Said]] = {
    "ftr_customer__activity": (("customer_id",), "customer", reference.activity),
    "ftr_customer__calendar": (("customer_id",), "customer", reference.calendar),
    "ftr_customer__commerce": (("customer_id",), "customer", reference.commerce),
    "ftr_customer__preferences": (("customer_id",), "customer", reference.preferences),
    "ftr_visitor__calendar": (("visitor_id",), "visitor", reference.calendar),
    "ftr_visitor__activity": (("visitor_id",), "visitor", reference.device_activity),
    "ftr_visitor_product__affinity": (
        ("visitor_id", "product_id"),
        "visitor",
        reference.affinity,
    ),
    "ftr_session__prefix": (
        ("actor_id", "session_id", "session_started_at"),
        "actor",
        reference.prefix,
    ),
    "ftr_product__popularity": (("product_id",), "product", reference.popularity),
    "ftr_assortment__products": (("product_id",), "shop", reference.assortment),
    "ftr_category__popularity": (("category",), "shop", reference.category_popularity),
    "ftr_product__standing": (("product_id",), "shop", reference.standing),
    "ftr_product__covisits": (("product_id",), "shop", reference.covisits),
}


def feature_tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {
        name
        for (name,) in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'features' "
            "and table_name like 'ftr!_%!_!_%' escape '!' "
            "and not regexp_matches(table_name, '^ftr_(spine|moments)__') "
            "and not regexp_matches(table_name, '__(latest|transformed)$')"
        ).fetchall()
    }


def drawn(con: duckdb.DuckDBPyConnection, table: str, kind: str, rows: int) -> list[dict[str, Any]]:
    """Rows that look random and are the same each time."""
    keys = ", ".join(TABLES[table][0])
    chosen = (
        f"select * from features.{table} order by md5(concat_ws('|', {keys}, prediction_at)), "
        f"available_as_of limit {rows}"
        if kind != "shop"
        else f"select * from features.{table} where (prediction_at, available_as_of) in ("
        "select (prediction_at, available_as_of) from features.ftr_moments__product "
        "group by prediction_at, available_as_of "
        f"order by md5(cast(prediction_at as varchar)), available_as_of limit {MOMENTS})"
    )
    result = con.execute(chosen)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def said_of(facts: Facts, table: str, moment: list[Any]) -> dict[str, Any]:
    """What the reference says of a table's row. moment: its keys, prediction_at, available_as_of"""
    _, kind, said = TABLES[table]
    if kind == "shop":
        shop = facts.near(moment[-2])
    elif kind == "product":
        shop = facts.shop.of(moment[0])
    else:
        shop = facts.by(kind, moment[0])
    return said(shop, *moment) or {}


def differences(
    con: duckdb.DuckDBPyConnection, facts: Facts, table: str, rows: int = ROWS
) -> tuple[int, list[str]]:
    """How many rows were compared, and where they differ."""
    keys, kind, _ = TABLES[table]
    found, count = [], 0
    for row in drawn(con, table, kind, rows):
        count += 1
        row.pop("input_fingerprint", None)
        moment = [row.pop(name) for name in (*keys, "prediction_at", "available_as_of")]
        expected = said_of(facts, table, moment)
        for name in row.keys() | expected.keys():
            if name not in row or name not in expected:
                found.append(f"{table}.{name} is on one side only")
            elif row[name] != expected[name]:
                found.append(f"{table}.{name} {moment}: {row[name]} is not {expected[name]}")
    return count, found


def compare(path: Path, rows: int = ROWS) -> Counter[str]:
    """Rows compared by table, so many of each; every one is as the reference says."""
    compared: Counter[str] = Counter()
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        assert feature_tables(con) == TABLES.keys(), "a table without a reference"
        facts = read_facts(con)
        for table in TABLES:
            compared[table], found = differences(con, facts, table, rows)
            assert found[:10] == [], f"{len(found)} in all"
    return compared
