"""Labels against a plain reading of DEFINITIONS.md, section 23."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import md5
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.drawn import drawn
from tests.pipeline.models import Models

TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
START = datetime.fromisoformat("2026-03-01")
INPUTS = (
    "intermediate.int_watermarks",
    "intermediate.int_identity__components",
    "marts.fct_events",
    "marts.fct_order_movements",
    "features.ftr_spine__customer_day",
    "features.ftr_spine__customer_after_order",
    "features.ftr_spine__session_prefix",
)
LABELS = {
    "purchase_7d": {"spine": "customer_day", "gap_hours": 24, "horizon_days": 7},
    "repeat_30d": {"spine": "customer_after_order", "horizon_days": 30, "lateness_days": 0},
    "churn_90d": {"spine": "customer_after_order", "horizon_days": 90},
    "return_30d": {"spine": "customer_after_order", "horizon_days": 30},
    "session_purchase": {"spine": "session_prefix", "horizon_days": 1, "lateness_days": 1},
}
MODELS = (
    "int_customers__movements",
    "int_customers__order_states",
    "int_sessions__label_moments",
    *(f"lbl_{name}" for name in LABELS),
)


@dataclass(frozen=True)
class Movement:
    order: int
    kind: str
    amount: int
    at: datetime
    known: datetime
    account: str = "c1"
    is_sold: bool = True


@dataclass(frozen=True)
class Purchase:
    """An event of a visit; only a purchase of a person counts."""

    at: datetime
    known: datetime
    session: str = "s1"
    type: str = "purchase"
    is_robot: bool = False
    is_internal: bool = False


@dataclass(frozen=True)
class Shop:
    moments: tuple[tuple[str, int, datetime], ...]  # account, order, prediction_at
    movements: tuple[Movement, ...] = ()
    events: tuple[Purchase, ...] = ()
    watermark: datetime | None = None
    delay: timedelta = timedelta()  # after it, a moment is known


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    home = tmp_path_factory.mktemp("labels") / "warehouse"
    # What visits are is not asked here: each session is one.
    return Models(home, INPUTS, MODELS, labels=LABELS, session_gap_minutes=999_999)


def visit(shop: Shop, account: str, order: int) -> str:
    """The id of a visit, which it has of the event that was known first."""
    known = [
        (max(event.at + TICK, event.known), event.at, number)
        for number, event in enumerate(shop.events)
        if event.session == f"s{order}" and not event.is_robot and not event.is_internal
    ]
    if not known:
        return f"s{order}"
    first = f"{account}|e{min(known)[2]}"
    return md5(first.encode(), usedforsecurity=False).hexdigest()


def load(models: Models, shop: Shop) -> None:
    # Each moment is trained on and served: it has one label.
    moments = [
        {
            "customer_id": account,
            "order_id": f"o{order}",
            "visitor_id": None,
            "actor_id": account,
            "session_id": visit(shop, account, order),
            "session_started_at": at - TICK,
            "prefix_length": 1,
            "purpose": purpose,
            "prediction_at": at,
            "available_as_of": at + shop.delay,
            "input_fingerprint": 1,
        }
        for account, order, at in shop.moments
        for purpose in ("train", "serve")
    ]

    def spine(*keys: str) -> list[dict[str, Any]]:
        common = ("purpose", "prediction_at", "available_as_of", "input_fingerprint")
        rows = {tuple(row[name] for name in (*keys, *common)): row for row in moments}
        return [{name: row[name] for name in (*keys, *common)} for row in rows.values()]

    models.run(
        ftr_spine__customer_day=spine("customer_id"),
        ftr_spine__customer_after_order=spine("customer_id", "order_id"),
        ftr_spine__session_prefix=spine(
            "visitor_id", "actor_id", "session_id", "session_started_at", "prefix_length"
        ),
        int_identity__components=[
            {"identifier_type": "customer", "identifier": "test", "is_blocklisted": True}
        ],
        fct_order_movements=[
            {
                "movement_id": f"m{number}",
                "order_id": f"o{move.order}",
                "original_order_id": f"o{move.order}",
                "customer_id": move.account,
                "movement_kind": move.kind,
                "is_sold": move.is_sold,
                "is_credit": False,
                "amount": move.amount,
                "event_at": move.at,
                "available_at": move.known,
            }
            for number, move in enumerate(shop.movements)
        ],
        fct_events=[
            {
                "event_id": f"e{number}",
                "actor_id": "c1",
                "session_id": event.session,
                "session_position": 1 + place,
                "event_type": event.type,
                "is_bot_by_agent": event.is_robot,
                "is_internal": event.is_internal,
                "event_at": event.at,
                "available_at": event.known,
            }
            for place, (number, event) in enumerate(
                sorted(enumerate(shop.events), key=lambda each: (each[1].at, each[0]))
            )
        ],
        int_watermarks=[
            {"source": name, "watermark_at": shop.watermark} for name in ("web", "shop")
        ]
        if shop.watermark
        else [],
    )


# What the definition says.


def window(name: str, at: datetime) -> tuple[datetime, datetime, datetime]:
    label: dict[str, Any] = {"gap_hours": 0, "lateness_days": 3} | LABELS[name]
    begin = at + label["gap_hours"] * HOUR
    end = begin + label["horizon_days"] * DAY
    return begin, end, end + label["lateness_days"] * DAY


def orders(shop: Shop, account: str, known_at: datetime) -> list[datetime]:
    """When the account's kept orders were made, as known at that moment."""
    found = []
    for order in {move.order for move in shop.movements}:
        known = [
            move
            for move in shop.movements
            if move.order == order and move.account != "test" and move.known <= known_at
        ]
        sales = [move for move in known if move.kind == "sale" and move.is_sold]
        net = sum(
            move.amount
            for move in known
            if move.kind in ("sale", "discount", "return", "cancel") and move.is_sold
        )
        is_whole = all(move.kind not in ("return", "cancel") for move in known if move.is_sold)
        if sales and (net > 0 or is_whole) and sales[0].account == account:
            found.append(min(move.at for move in sales))
    return found


def label(name: str, shop: Shop, account: str, order: int, at: datetime) -> tuple[Any, ...]:
    begin, end, known_at = window(name, at)
    if shop.watermark is None or shop.watermark < known_at:
        return (None, False, True, begin, end, known_at)
    if name == "session_purchase":
        times = [
            event.at
            for event in shop.events
            if event.type == "purchase"
            and event.session == f"s{order}"
            and not event.is_robot
            and not event.is_internal
            and event.known <= known_at
        ]
    elif name == "return_30d":
        times = [
            move.at
            for move in shop.movements
            if move.kind == "return"
            and move.is_sold
            and move.account != "test"
            and move.order == order
            and move.known <= known_at
        ]
    else:
        times = orders(shop, account, known_at)
    happened = any(begin <= time < end for time in times)
    return (int(happened != (name == "churn_90d")), True, False, begin, end, known_at)


# Times on the edges: of windows, of what is known, and a microsecond beside.

edges = st.builds(
    lambda days, ticks: START + days * DAY + ticks * TICK,
    st.sampled_from([0, 1, 2, 7, 8, 10, 11, 20, 30, 31, 33, 60, 90, 93]),
    st.integers(-1, 1),
)


# About the moments themselves, where visits are, and so much later known.
near = st.builds(
    lambda at, days, ticks: at + days * DAY + ticks * TICK,
    st.sampled_from([START, START + DAY, START + 30 * DAY]),
    st.sampled_from([0, 0, 1]),
    st.integers(-1, 1),
)
purchases = st.builds(
    lambda at, days, ticks, session, kind, is_robot, is_internal: Purchase(
        at, at + days * DAY + ticks * TICK, session, kind, is_robot, is_internal
    ),
    near,
    st.integers(0, 3),
    st.integers(0, 1),
    st.sampled_from(["s1", "s2"]),
    st.sampled_from(["purchase", "purchase", "purchase", "add_to_cart"]),
    st.sampled_from([False, False, True]),
    st.sampled_from([False, False, True]),
)


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    moments = draw(
        st.sets(
            st.tuples(
                st.just("c1"),
                st.integers(1, 2),
                st.sampled_from([START, START + DAY, START + 30 * DAY]),
            ),
            min_size=1,
            max_size=3,
        )
    )
    # One moment an order and visit, as spines have it.
    kept = {order: (account, order, at) for account, order, at in sorted(moments)}
    owner = {1: "c1", 2: "c1", 3: draw(st.sampled_from(["c1", "c2", "test"]))}
    sold = {number: draw(st.booleans()) or number == 1 for number in owner}
    movements = []
    for number, account in owner.items():
        for kind, amount in draw(
            st.lists(
                st.sampled_from(
                    [
                        ("sale", 10),
                        ("sale", 5),
                        ("discount", -5),
                        ("discount", -10),
                        ("return", -10),
                        ("return", -5),
                        ("cancel", -10),
                        ("shipping", 4),
                    ]
                ),
                max_size=4,
            )
        ):
            at = draw(st.one_of(edges, near))
            known = draw(st.one_of(st.just(at), st.just(at), edges))
            movements.append(Movement(number, kind, amount, at, known, account, sold[number]))
    events = draw(st.lists(purchases, max_size=3))
    late = st.just(START + 400 * DAY)
    watermark = draw(st.one_of(st.none(), edges, late, late, late, late))
    delay = draw(st.sampled_from([0, 0, 0, 1, 2, 8, 9, 30, 31, 90])) * DAY
    delay += draw(st.integers(0, 1)) * TICK
    return Shop(tuple(kept.values()), tuple(movements), tuple(events), watermark, delay)


CORNER = Shop(
    moments=(("c1", 1, START),),
    movements=(
        # In the last microsecond of the window of 30 days, and known in the last moment.
        Movement(2, "sale", 10, START + 30 * DAY - TICK, START + 30 * DAY),
        # Given back a microsecond after that.
        Movement(2, "return", -10, START + 30 * DAY - TICK, START + 30 * DAY + TICK),
    ),
    events=(Purchase(START, START + 2 * DAY),),
    watermark=START + 93 * DAY,
)
# Orders in the window that nobody knew of before a microsecond after the label was known.
LATE = Shop(
    moments=(("c1", 1, START),),
    movements=(
        Movement(2, "sale", 10, START + 5 * DAY, START + 11 * DAY + TICK),
        Movement(3, "sale", 10, START + 20 * DAY, START + 30 * DAY + TICK),
    ),
    watermark=START + 93 * DAY,
)
# Purchases of which none is one of the visit's, to a microsecond.
NO_PURCHASE = Shop(
    moments=(("c1", 1, START),),
    events=(
        Purchase(START - TICK, START),
        Purchase(START + DAY, START + DAY),
        Purchase(START, START + 2 * DAY + TICK),
        Purchase(START, START, is_robot=True),
        Purchase(START, START, is_internal=True),
        Purchase(START, START, session="s2"),
        Purchase(START, START, type="add_to_cart"),
    ),
    watermark=START + 93 * DAY,
)


@drawn(150, derandomize=True)
@example(CORNER)
@example(LATE)
@example(NO_PURCHASE)
@given(shops())
def test_labels_are_those_of_the_definition(models: Models, shop: Shop) -> None:
    load(models, shop)
    columns = "label, is_mature, is_censored, label_from_at, label_to_at, label_known_at"
    for name, settings_ in LABELS.items():
        keys = {
            "customer_day": "customer_id",
            "customer_after_order": "customer_id, order_id",
            "session_prefix": "actor_id, session_id",
        }[str(settings_["spine"])]
        found = models.rows(f"select {keys}, prediction_at, {columns} from features.lbl_{name}")
        right = {
            (
                account,
                *{
                    "customer_day": (),
                    "customer_after_order": (f"o{order}",),
                    "session_prefix": (visit(shop, account, order),),
                }[str(settings_["spine"])],
                at,
                *label(name, shop, account, order, at),
            )
            for account, order, at in shop.moments
            # After the end of the window nobody is asked.
            if at + shop.delay <= window(name, at)[1]
        }
        assert len(found) == len(right), name
        assert set(found) == right, name
