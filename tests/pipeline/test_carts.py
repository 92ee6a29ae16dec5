"""Carts: fct_carts against a walk in plain Python over random events."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawn import drawn
from tests.pipeline.compiled import change_keys, compiled, fill, memory

MODELS = ("int_purchases__products", "int_carts__actors", "fct_carts")
DAY = timedelta(days=1)
NOON = datetime.fromisoformat("2026-03-01 12:00")
RANKS = {"add_to_cart": 50, "remove_from_cart": 55, "view_cart": 60, "purchase": 80, "login": 25}
EVENT = {
    "event_id": "varchar",
    "actor_id": "varchar",
    "visitor_id": "varchar",
    "customer_id": "varchar",
    "session_id": "varchar",
    "product_id": "varchar",
    "order_id": "varchar",
    "source": "varchar",
    "platform": "varchar",
    "currency": "varchar",
    "event_type": "varchar",
    "event_at": "timestamp",
    "source_seq": "bigint",
    "event_rank": "integer",
    "is_bot": "boolean",
    "is_internal": "boolean",
    "input_fingerprint": "ubigint",
}
ITEM = {
    "event_id": "varchar",
    "actor_id": "varchar",
    "item_number": "integer",
    "product_id": "varchar",
    "is_several": "boolean",
    "quantity": "bigint",
    "unit_price": "decimal(18, 4)",
}
LINE = {"order_id": "varchar", "line_type": "varchar", "product_id": "varchar"}
Item = tuple[str, int, Decimal | None]  # product, pieces, price


@dataclass(frozen=True)
class Event:
    event_id: str
    actor: str
    type: str
    at: datetime
    items: tuple[Item, ...] = ()
    ordered: tuple[str, ...] = ()  # products of the order's lines, of a purchase
    currency: str = "EUR"
    seq: int | None = None
    is_bot: bool = False
    is_internal: bool = False

    @property
    def counts(self) -> bool:
        return not self.is_bot and not self.is_internal

    def order(self) -> tuple[Any, ...]:
        return (self.at, self.seq is None, self.seq or 0, RANKS[self.type], self.event_id)


@dataclass
class Cart:
    started_at: datetime
    last_at: datetime
    pieces: dict[str, int] = field(default_factory=dict)
    prices: dict[str, tuple[Decimal, str]] = field(default_factory=dict)
    events: int = 0
    is_emptied: bool = False
    purchase: Event | None = None

    def shown(self, actor: str, watermark: datetime | None) -> tuple[Any, ...]:
        status = "open"
        if self.purchase and self.purchase.at < self.last_at + DAY:
            status = "converted"
        elif self.purchase and self.purchase.at < self.last_at + 7 * DAY:
            status = "recovered"
        elif self.is_emptied:
            status = "emptied"
        elif watermark and watermark >= self.last_at + DAY:
            status = "abandoned"
        left = {name: pieces for name, pieces in self.pieces.items() if pieces}
        currencies = {self.prices[name][1] for name in left if name in self.prices}
        value = None
        if left.keys() <= self.prices.keys() and len(currencies) <= 1:
            value = sum((n * self.prices[name][0] for name, n in left.items()), Decimal(0))
        is_bought = self.purchase is not None and status in ("converted", "recovered")
        return (
            *(actor, self.started_at, self.last_at, status, len(left), sum(left.values()), value),
            currencies.pop() if len(currencies) == 1 else None,
            self.events,
            self.last_at if self.is_emptied else None,
            self.last_at + DAY if status in ("abandoned", "recovered") else None,
            self.purchase.at if self.purchase and is_bought else None,
            "O" + self.purchase.event_id if self.purchase and is_bought else None,
        )


def walk(events: list[Event], actor: str) -> list[Cart]:
    """One visitor's carts: what happens to them, event by event."""
    carts: list[Cart] = []
    active: Cart | None = None
    of_actor = (event for event in events if event.actor == actor and event.counts)
    for event in sorted(of_actor, key=Event.order):
        if event.type == "purchase":
            products = {name for name, _, _ in event.items} or set(event.ordered)
            if carts and not carts[-1].purchase and products & carts[-1].pieces.keys():
                carts[-1].purchase = event
            active = None
        elif event.type != "login":
            if active and event.at >= active.last_at + 7 * DAY:
                active = None
            touched = active
            for name, pieces, price in event.items:
                if event.type == "add_to_cart":
                    if active is None:
                        active = touched = Cart(event.at, event.at)
                        carts.append(active)
                    active.pieces[name] = active.pieces.get(name, 0) + pieces
                elif event.type == "remove_from_cart" and active and active.pieces.get(name):
                    active.pieces[name] = max(0, active.pieces[name] - pieces)
                else:
                    continue
                assert active is not None
                if price is not None:
                    active.prices[name] = (price, event.currency)
                if not any(active.pieces.values()):
                    active.is_emptied = True
                    active = None
            if touched:
                touched.last_at = event.at
                touched.events += 1
    return carts


class Shop:
    """The models' SQL, and a place to run it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
        self.con = con
        self.sql = sql

    def build(self, events: list[Event], watermark: datetime | None) -> list[tuple[Any, ...]]:
        rows = [
            {
                "event_id": event.event_id,
                "actor_id": event.actor,
                "event_type": event.type,
                "event_at": event.at,
                "source_seq": event.seq,
                "is_bot": event.is_bot,
                "is_internal": event.is_internal,
                "event_rank": RANKS[event.type],
                "currency": event.currency,
                "product_id": event.items[0][0] if len(event.items) == 1 else None,
                "order_id": "O" + event.event_id if event.type == "purchase" else None,
                "input_fingerprint": 1,
            }
            for event in events
        ]
        fill(self.con, "marts.fct_events", EVENT, rows)
        items = [
            {
                "event_id": event.event_id,
                "actor_id": event.actor,
                "item_number": number,
                "is_several": len(event.items) > 1,
                **dict(zip(("product_id", "quantity", "unit_price"), item, strict=True)),
            }
            for event in events
            for number, item in enumerate(event.items, 1)
        ]
        fill(self.con, "intermediate.int_event_items", ITEM, items)
        several = [item for item in items if item["is_several"] and item["product_id"]]
        fill(self.con, "intermediate.int_event_items__several", ITEM, several)
        lines = [
            {"order_id": "O" + event.event_id, "line_type": "sale", "product_id": name}
            for event in events
            for name in event.ordered
        ]
        lines += [{**line, "line_type": "fee", "product_id": "P1"} for line in lines]
        fill(self.con, "marts.fct_order_items", LINE, lines)
        fill(
            self.con,
            "intermediate.int_watermarks",
            {"source": "varchar", "watermark_at": "timestamp"},
            [{"source": "web", "watermark_at": watermark}] if watermark else [],
        )
        self.con.execute(
            "create or replace view intermediate.int_purchases__products as "
            + self.sql["int_purchases__products"]
        )
        change_keys(self.con, "fct_carts", "actor_id", "select unnest(['v1', 'v2', 'v3'])")
        self.con.execute(f"create or replace table marts.fct_carts as {self.sql['fct_carts']}")
        return self.con.execute(
            """
            select
                actor_id, started_at, last_activity_at, status, product_count, quantity, cart_total,
                currency, event_count, emptied_at, abandoned_at, purchased_at, order_id
            from marts.fct_carts order by actor_id, started_at, last_activity_at, cart_id
            """
        ).fetchall()

    def keys(self) -> dict[str, int]:
        return dict(self.con.execute(self.sql["int_carts__actors"]).fetchall())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    sql = compiled(tmp_path_factory.mktemp("carts"), *MODELS)
    with memory() as con:
        yield Shop(con, sql)


prices = st.sampled_from([None, Decimal("5.00"), Decimal("7.25")])
items = st.tuples(st.sampled_from(["P1", "P2", "P3"]), st.integers(1, 3), prices)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Few visitors and products; events minutes, a day or a week apart, to the microsecond."""
    events = []
    at = dict.fromkeys(("v1", "v2", "v3"), NOON)
    for number in range(draw(st.integers(0, 40))):
        actor = draw(st.sampled_from(list(at)))
        type_ = draw(st.sampled_from([*RANKS, "add_to_cart", "remove_from_cart"]))
        at[actor] += draw(st.sampled_from([timedelta(), timedelta(minutes=5), DAY, 7 * DAY]))
        at[actor] += timedelta(microseconds=draw(st.integers(-1, 1)))
        is_purchase = type_ == "purchase"
        few = 0 if type_ in ("view_cart", "login") else 3
        events.append(
            Event(
                event_id=f"e{number:02}",
                actor=actor,
                type=type_,
                at=at[actor],
                items=tuple(draw(st.lists(items, min_size=few and not is_purchase, max_size=few))),
                ordered=tuple(draw(st.sets(st.sampled_from(["P1", "P2"])))) if is_purchase else (),
                currency=draw(st.sampled_from(["EUR", "EUR", "EUR", "GBP"])),
                seq=draw(st.sampled_from([None, None, 1, 2])),
                is_bot=draw(st.sampled_from([False] * 9 + [True])),
                is_internal=draw(st.sampled_from([False] * 9 + [True])),
            )
        )
    return events


@drawn(40)
@given(events=histories(), days=st.sampled_from([None, 0, 1, 2, 8, 400]))
def test_carts_equal_a_walk_over_each_history(
    shop: Shop, events: list[Event], days: int | None
) -> None:
    watermark = None if days is None else NOON + days * DAY
    found = shop.build(events, watermark)
    expected = [
        cart.shown(actor, watermark) for actor in ("v1", "v2", "v3") for cart in walk(events, actor)
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)
    # A key without a row would be made anew in every build.
    assert shop.keys().keys() == {row[0] for row in found}


def test_what_takes_out_a_thing_that_is_not_there_tells_no_price(shop: Shop) -> None:
    """P2 is taken out of a cart that holds P1 only, then put in without a price."""
    events = [
        Event("e1", "v1", "add_to_cart", NOON, (("P1", 1, Decimal(3)),), currency="GBP"),
        Event("e2", "v1", "remove_from_cart", NOON + DAY / 24, (("P2", 1, Decimal(5)),)),
        Event("e3", "v1", "add_to_cart", NOON + DAY / 12, (("P2", 1, None),)),
    ]
    [found] = shop.build(events, None)
    assert found[4:8] == (2, 2, None, "GBP")


def cart(*events: tuple[str, str, int]) -> list[Event]:
    """Events of one visitor: what, when and how many pieces of P1 at 10.00."""
    return [
        Event(
            event_id=f"e{number}",
            actor="v1",
            type=type_,
            at=datetime.fromisoformat(at),
            items=(("P1", pieces, Decimal("10.00")),) if pieces else (),
        )
        for number, (type_, at, pieces) in enumerate(events)
    ]


def test_more_taken_out_than_was_there_leaves_nothing(shop: Shop) -> None:
    """+1, -2, +1, +2 of one product beside another: 1, 0, 1, 3, not 2."""
    events = cart(
        ("add_to_cart", "2026-03-01 10:00", 1),
        ("remove_from_cart", "2026-03-01 10:01", 2),
        ("add_to_cart", "2026-03-01 10:02", 1),
        ("add_to_cart", "2026-03-01 10:03", 2),
    )
    beside = Event("o", "v1", "add_to_cart", NOON - DAY, (("P2", 1, Decimal(1)),))
    [(_, _, _, status, products, pieces, value, *_)] = shop.build([beside, *events], None)
    assert (status, products, pieces, value) == ("open", 2, 4, 31)
    # Alone it is empty in between, and what follows is another cart.
    rows = shop.build(events, None)
    assert [(row[3], row[5]) for row in rows] == [("emptied", 0), ("open", 3)]


@pytest.mark.parametrize(
    ("purchase", "watermark", "status"),
    [
        ("2026-03-01 10:20", "2026-03-09 00:00", "converted"),
        (None, "2026-03-02 09:59", "open"),
        (None, "2026-03-02 10:00", "abandoned"),
        ("2026-03-03 08:00", "2026-03-09 00:00", "recovered"),
        ("2026-03-02 09:59:59.999999", "2026-03-09 00:00", "converted"),
        ("2026-03-02 10:00", "2026-03-09 00:00", "recovered"),
        ("2026-03-08 10:00", "2026-03-09 00:00", "abandoned"),
    ],
)
def test_a_cart_ends_as_the_definitions_say(
    shop: Shop, purchase: str | None, watermark: str, status: str
) -> None:
    events = cart(("add_to_cart", "2026-03-01 10:00", 1))
    if purchase:
        events += [
            Event("p", "v1", "purchase", datetime.fromisoformat(purchase), ordered=("P1",)),
            # Nothing that was in the cart.
            Event("q", "v1", "purchase", NOON + 30 * DAY, (("P3", 1, None),)),
        ]
    [row] = shop.build(events, datetime.fromisoformat(watermark))
    assert row[3] == status
    assert row[10] == (
        NOON.replace(day=2, hour=10) if status in ("abandoned", "recovered") else None
    )


def test_a_cart_that_ended_keeps_its_fingerprint_whatever_is_loaded(shop: Shop) -> None:
    events = cart(("add_to_cart", "2026-03-01 10:00", 1))
    found = []
    for watermark in (None, "2026-03-01 11:00", "2026-03-02 10:00", "2026-04-01 00:00"):
        shop.build(events, datetime.fromisoformat(watermark) if watermark else None)
        found.append(shop.keys()["v1"])
    assert len({*found[:3]}) == 3
    assert found[2] == found[3]


@pytest.mark.parametrize(
    "other",
    [
        (("P1", 2, Decimal("5.00")), ("P2", 1, None)),
        (("P1", 1, Decimal("7.25")), ("P2", 1, None)),
        (("P3", 1, Decimal("5.00")), ("P2", 1, None)),
        (("P2", 1, None), ("P1", 1, Decimal("5.00"))),
    ],
)
def test_what_several_items_say_moves_the_key(shop: Shop, other: tuple[Item, ...]) -> None:
    """Their table may be older than the events, where only a part was built."""

    def keys(items: tuple[Item, ...]) -> dict[str, int]:
        shop.build([Event("e1", "v1", "add_to_cart", NOON, items)], None)
        return shop.keys()

    items = (("P1", 1, Decimal("5.00")), ("P2", 1, None))
    assert keys(items) == keys(items)
    assert keys(items).keys() == keys(other).keys() == {"v1"}
    assert keys(items) != keys(other)
