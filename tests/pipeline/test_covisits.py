"""Co-visitation, against every pair of acts looked at (DEFINITIONS.md, section 15)."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawn import drawn
from tests.pipeline.models import Models

ZONE = ZoneInfo("Europe/Berlin")
INPUTS = (
    "marts.fct_events",
    "intermediate.int_event_items__several",
    "intermediate.int_orders__conversions",
    "marts.fct_order_items",
)
MODELS = ("int_persons__acts", "int_product_covisits", "fct_product_covisits")
HOURS = {"view_view": 12, "view_cart": 24, "view_buy": 24}
HOURS |= {"cart_cart": 24, "cart_buy": 24, "buy_buy": 24}
MOST = 6
RANKS = {"view": 40, "cart": 50, "buy": 80}
# person, act, products, when
Act = tuple[str, str, tuple[str, ...], datetime]
FIRST = datetime.fromisoformat("2026-03-28 20:00")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    home = tmp_path_factory.mktemp("covisits") / "warehouse"
    windows = {"all": None, "recent": 1}
    variables = {"covisit_max_acts": MOST, "covisit_min_persons": 1}
    return Models(home, INPUTS, MODELS, product_pair_windows=windows, **variables)


def local(at: datetime) -> date:
    return at.replace(tzinfo=UTC).astimezone(ZONE).date()


def load(models: Models, acts: list[Act]) -> None:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number, (person, act, products, at) in enumerate(acts):
        name = f"{number:03}"
        if act == "buy":
            order = {"order_id": name, "person_id": person, "ordered_at": at}
            rows["int_orders__conversions"].append({**order, "ordered_on": local(at)})
            line = {"order_id": name, "line_type": "sale", "is_product": True, "quantity": 1}
            rows["fct_order_items"] += [{**line, "product_id": p} for p in products]
            continue
        kind = "view_item" if act == "view" else "add_to_cart"
        event = {"event_id": name, "person_id_current": person, "event_type": kind}
        times = {"event_at": at, "event_on": local(at), "event_rank": RANKS[act]}
        alone = products[0] if len(products) == 1 else None
        rows["fct_events"].append({**event, **times, "is_bot": False, "product_id": alone})
        several = () if alone else products
        rows["int_event_items__several"] += [{"event_id": name, "product_id": p} for p in several]
    models.run(**rows)


def place(number: int, act: Act) -> tuple[datetime, int, str, str]:
    """Canonical order: time, rank, id."""
    return act[3], RANKS[act[1]], act[1], f"{number:03}"


def covisits(acts: list[Act]) -> tuple[set[tuple[Any, ...]], set[tuple[str, date]]]:
    """Pairs by person and day, and the days with too many acts."""
    counts = Counter((person, local(at)) for person, _, products, at in acts for _ in products)
    busy = {key for key, count in counts.items() if count > MOST}
    kept = [(n, act) for n, act in enumerate(acts) if (act[0], local(act[3])) not in busy]
    found = set()
    for n, first in kept:
        for m, second in kept:
            hours = HOURS.get(f"{first[1]}_{second[1]}")
            if first[0] != second[0] or hours is None or place(n, first) >= place(m, second):
                continue
            if second[3] < first[3] + timedelta(hours=hours):
                found |= {
                    (first[0], a, c, f"{first[1]}_{second[1]}", local(second[3]))
                    for a in first[2]
                    for c in second[2]
                    if a != c
                }
    return found, busy


acts = st.lists(
    st.tuples(
        st.sampled_from(["v", "w"]),
        st.sampled_from(["view", "view", "cart", "buy"]),
        st.lists(st.sampled_from("ABC"), min_size=1, max_size=2, unique=True).map(tuple),
        # Around midnight, a change of clocks, and to the microsecond about the windows.
        st.builds(
            lambda hours, off: FIRST + timedelta(hours=hours, microseconds=off),
            st.sampled_from([0, 1, 3, 12, 24, 25, 36, 48]),
            st.sampled_from([0, 0, 0, -1, 1]),
        ),
    ),
    max_size=10,
)


@drawn(120, derandomize=True)
@given(acts)
def test_covisits_are_those_of_every_pair_of_acts(models: Models, acts: list[Act]) -> None:
    load(models, acts)
    right, busy = covisits(acts)
    rows = models.rows(
        "select person_id, product_id, other_product_id, pair_type, covisited_on "
        "from intermediate.int_product_covisits where pair_type <> 'none'"
    )
    left_out = {(person, "-", "-", "left_out", day) for person, day in busy}
    assert len(rows) == len(set(rows))
    assert set(rows) == right | left_out
    last = max((row[4] for row in rows), default=None)
    totals: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for person, *pair, day in right:
        totals[(*pair, "all")].append(person)
        if day == last:
            totals[(*pair, "recent")].append(person)
    days = {"all": len(busy), "recent": sum(day == last for _, day in busy)}
    assert {
        tuple(row[:4]): row[4:]
        for row in models.rows(
            "select product_id, other_product_id, pair_type, window_name, covisit_count, "
            "person_count, left_out_day_count from marts.fct_product_covisits"
        )
    } == {key: (len(who), len(set(who)), days[key[3]]) for key, who in totals.items()}


def test_the_example_of_the_definitions(models: Models) -> None:
    """Views A 08:00, B 19:59, C 20:00, A 20:30: C comes exactly 12 hours after the first A."""
    day = datetime.fromisoformat("2026-03-02 00:00")
    views = [("A", 480), ("B", 1199), ("C", 1200), ("A", 1230)]
    load(models, [("v", "view", (p,), day + timedelta(minutes=m)) for p, m in views])
    rows = models.rows(
        "select product_id || other_product_id from intermediate.int_product_covisits "
        "where pair_type = 'view_view' order by all"
    )
    assert [pair for (pair,) in rows] == ["AB", "BA", "BC", "CA"]


def test_everybody_has_a_row(models: Models) -> None:
    """A keyed model makes a key without rows anew each time."""
    load(models, [("v", "view", ("A",), FIRST), ("w", "buy", ("A",), FIRST)])
    rows = models.rows("select person_id, pair_type from intermediate.int_product_covisits")
    assert sorted(rows) == [("v", "none"), ("w", "none")]
