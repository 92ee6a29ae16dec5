"""Funnels: fct_funnel_units and rpt_funnels against plain Python, and what a setting may say."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import fmean, median
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawn import drawn
from tests.pipeline.compiled import change_keys, compiled, fill, memory

NOON = datetime.fromisoformat("2026-01-10 12:00")
MODELS = ("int_funnels__units", "fct_funnel_units", "rpt_funnels")
# As the seed event_types has it: rank of an event among those of the same instant; sent by itself.
TYPES = {
    "scroll": (10, True),
    "view_item": (40, False),
    "add_to_cart": (50, False),
    "remove_from_cart": (55, False),
    "begin_checkout": (70, False),
    "purchase": (80, False),
}
BUY = ["view_item", "add_to_cart", "begin_checkout", "purchase"]
FUNNELS: list[dict[str, Any]] = [
    {"name": "buy", "breakdowns": ["platform"]},
    {"name": "buy_person", "unit": "person"},
    {"name": "strict", "mode": "strict", "steps": BUY[:2] + BUY[3:], "window_hours": 2},
    {"name": "strict_scroll", "mode": "strict", "steps": ["view_item", "scroll", "add_to_cart"]},
    {"name": "twice", "steps": ["view_item", "view_item", "purchase"], "unit": "person"},
    {
        "name": "any",
        "mode": "any_order",
        "steps": ["view_item", "add_to_cart", "view_item"],
        "window_hours": 3,
        "breakdowns": ["platform", "product_id"],
        "breakdown_step": 2,
    },
    {"name": "clean", "exclusions": ["remove_from_cart", "scroll"], "steps": BUY[:2] + BUY[3:]},
    {"name": "any_clean", "mode": "any_order", "exclusions": ["remove_from_cart"], "steps": BUY},
]
EVENT = {
    "event_id": "varchar",
    "session_id": "varchar",
    "person_id_current": "varchar",
    "event_type": "varchar",
    "event_at": "timestamp",
    "source_seq": "bigint",
    "event_rank": "integer",
    "is_automatic": "boolean",
    "is_bot": "boolean",
    "is_internal": "boolean",
    "platform": "varchar",
    "source": "varchar",
    "utm_source": "varchar",
    "utm_medium": "varchar",
    "utm_campaign": "varchar",
    "product_id": "varchar",
    "input_fingerprint": "ubigint",
}
EIGHT = Decimal("0.00000001")


@dataclass(frozen=True)
class Event:
    """One event, as the reference sees it."""

    event_id: str
    session: str | None
    person: str
    type: str
    at: datetime
    seq: int | None
    platform: str
    is_bot: bool = False
    is_internal: bool = False

    @property
    def product(self) -> str:
        return "P" + self.event_id[-1]

    def order(self) -> tuple[Any, ...]:
        return (self.at, self.seq is None, self.seq or 0, TYPES[self.type][0], self.event_id)

    def row(self) -> dict[str, Any]:
        rank, is_automatic = TYPES[self.type]
        return {
            "event_id": self.event_id,
            "session_id": self.session,
            "person_id_current": self.person,
            "event_type": self.type,
            "event_at": self.at,
            "source_seq": self.seq,
            "event_rank": rank,
            "is_automatic": is_automatic,
            "is_bot": self.is_bot,
            "is_internal": self.is_internal,
            "platform": self.platform,
            "product_id": self.product,
            "input_fingerprint": 1,
        }


@dataclass(frozen=True)
class Unit:
    """How far one unit came, by a walk over its events."""

    times: tuple[datetime, ...]
    is_excluded: bool = False
    is_complete: bool = True
    dimensions: tuple[str | None, str | None] = (None, None)  # platform, product_id


def walk(funnel: dict[str, Any], events: list[Event], watermark: datetime | None) -> Unit | None:
    """One unit through one funnel; None if it never entered."""
    steps = funnel.get("steps", BUY)
    mode = funnel.get("mode", "ordered")
    window = timedelta(
        hours=funnel.get("window_hours", 168 if funnel.get("unit") == "person" else 24)
    )
    events = sorted((e for e in events if not e.is_bot and not e.is_internal), key=Event.order)
    entries = steps if mode == "any_order" else steps[:1]
    start = next((n for n, event in enumerate(events) if event.type in entries), None)
    if start is None:
        return None
    end = events[start].at + window
    taken: list[int] = []
    wanted = Counter(steps)
    for n in range(start, len(events)):
        event = events[n]
        if event.at >= end or len(taken) == len(steps):
            break
        if mode == "any_order":
            if wanted[event.type]:
                wanted[event.type] -= 1
                taken.append(n)
        elif event.type == steps[len(taken)]:
            taken.append(n)
        elif mode == "strict" and not TYPES[event.type][1]:
            break
    last = taken[-1] if len(taken) == len(steps) else len(events)
    number = funnel.get("breakdown_step", 1)
    told = events[taken[number - 1]] if number <= len(taken) else None
    return Unit(
        times=tuple(events[n].at for n in taken),
        is_excluded=any(
            event.type in funnel.get("exclusions", []) and event.at < end
            for event in events[start + 1 : last]
        ),
        is_complete=watermark is not None and end <= watermark,
        dimensions=(told.platform, told.product) if told else (None, None),
    )


def reference(events: list[Event], watermark: datetime | None) -> dict[tuple[str, str], Unit]:
    units = {}
    for funnel in FUNNELS:
        histories: dict[str, list[Event]] = {}
        for event in events:
            unit = event.person if funnel.get("unit") == "person" else event.session
            if unit is not None:
                histories.setdefault(unit, []).append(event)
        for name, history in histories.items():
            unit_ = walk(funnel, history, watermark)
            if unit_ is not None:
                units[funnel["name"], name] = unit_
    return units


def report(units: dict[tuple[str, str], Unit]) -> list[tuple[Any, ...]]:
    """What rpt_funnels says of these units."""
    rows = []
    for funnel in FUNNELS:
        whole = [
            unit
            for (name, _), unit in units.items()
            if name == funnel["name"] and unit.is_complete and not unit.is_excluded
        ]
        cuts: dict[tuple[str, str], list[Unit]] = {}
        for unit in whole:
            cuts.setdefault(("all", "all"), []).append(unit)
            values = dict(zip(("platform", "product_id"), unit.dimensions, strict=True))
            for name in funnel.get("breakdowns", []):
                cuts.setdefault((name, values[name] or "(none)"), []).append(unit)
        for (name, value), cut in cuts.items():
            previous = len(cut)
            for step in range(1, len(funnel.get("steps", BUY)) + 1):
                reached = [unit.times for unit in cut if len(unit.times) >= step]
                seconds = [(times[step - 1] - times[step - 2]).total_seconds() for times in reached]
                total = [(times[step - 1] - times[0]).total_seconds() for times in reached]
                rows.append(
                    (
                        *(funnel["name"], name, value, step, len(reached)),
                        _rate(len(reached), previous),
                        _rate(len(reached), len(cut)),
                        *(
                            of(list_) if list_ and step > 1 else None
                            for list_ in (seconds, total)
                            for of in (median, fmean)
                        ),
                    )
                )
                previous = len(reached)
    return sorted(rows)


def _rate(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(EIGHT, ROUND_HALF_UP) if whole else None


class Shop:
    """The models' SQL, and a place to run it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
        self.con = con
        self.sql = sql

    def build(self, events: list[Event], watermark: datetime | None) -> None:
        fill(self.con, "marts.fct_events", EVENT, [event.row() for event in events])
        fill(
            self.con,
            "intermediate.int_watermarks",
            {"source": "varchar", "watermark_at": "timestamp"},
            [{"source": "web", "watermark_at": watermark}] if watermark else [],
        )
        change_keys(self.con, "fct_funnel_units", "unit_id", f"select unit_id from ({self.keys()})")
        self.con.execute(
            f"create or replace table marts.fct_funnel_units as {self.sql['fct_funnel_units']}"
        )

    def keys(self) -> str:
        """Who entered which funnel, and their fingerprints."""
        return self.sql["int_funnels__units"]

    def units(self) -> dict[tuple[str, str], Unit]:
        names = [f"step_{n}_at" for n in range(1, 9)]
        rows = self.con.execute(
            f"select funnel, unit_id, is_excluded, is_complete, steps_reached, is_converted, "
            f"platform, product_id, [{', '.join(names)}] from marts.fct_funnel_units"
        ).fetchall()
        units = {}
        steps = {funnel["name"]: len(funnel.get("steps", BUY)) for funnel in FUNNELS}
        for name, unit, excluded, complete, reached, converted, platform, product, times in rows:
            units[name, unit] = Unit(
                tuple(time for time in times if time), excluded, complete, (platform, product)
            )
            assert reached == len(units[name, unit].times) == sum(map(bool, times[:reached]))
            assert converted == (reached == steps[name])
        assert len(units) == len(rows)
        return units

    def report(self) -> list[tuple[Any, ...]]:
        return sorted(
            self.con.execute(
                f"select funnel, breakdown, breakdown_value, step, reached_count, step_rate, "
                f"overall_rate, median_step_seconds, mean_step_seconds, median_total_seconds, "
                f"mean_total_seconds from ({self.sql['rpt_funnels']})"
            ).fetchall()
        )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("funnels")
    sql = compiled(folder, *MODELS, variables={"funnels": FUNNELS})
    with memory() as con:
        yield Shop(con, sql)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Several people's events in few sessions, many at the same instant or a window apart."""
    return [
        Event(
            event_id=f"e{number}",
            session=draw(st.sampled_from(["s1", "s2", "s3", "s4", "s5", "s6", None])),
            person=draw(st.sampled_from(["v1", "v2", "v3", "v4"])),
            type=draw(st.sampled_from(list(TYPES))),
            at=NOON
            + timedelta(minutes=draw(st.sampled_from([0, 1, 60, 120, 180, 24 * 60, 168 * 60])))
            + timedelta(minutes=draw(st.integers(0, 3)), microseconds=draw(st.integers(-1, 1))),
            seq=draw(st.sampled_from([None, None, 1, 2])),
            platform=draw(st.sampled_from(["web", "ios"])),
            is_bot=draw(st.sampled_from([False] * 9 + [True])),
            is_internal=draw(st.sampled_from([False] * 9 + [True])),
        )
        for number in range(draw(st.integers(0, 60)))
    ]


@drawn(50)
@given(
    events=histories(),
    hours=st.sampled_from([None, 0, 2, 3, 24, 26, 168, 400]),
)
def test_funnels_equal_a_walk_over_each_history(
    shop: Shop, events: list[Event], hours: int | None
) -> None:
    watermark = None if hours is None else NOON + timedelta(hours=hours)
    shop.build(events, watermark)
    expected = reference(events, watermark)
    assert shop.units() == expected
    found, wanted = shop.report(), report(expected)
    assert [row[:7] for row in found] == [row[:7] for row in wanted]
    for row, want in zip(found, wanted, strict=True):
        assert [value is None for value in row] == [value is None for value in want]
        # Microseconds since 1970 are no exact fractions of a second.
        assert [value or 0 for value in row[7:]] == pytest.approx(
            [value or 0 for value in want[7:]]
        )
    # Whom the fingerprints are of: a key without a row would be made anew in every build.
    keys = shop.con.execute(f"select funnel, unit_id from ({shop.keys()})").fetchall()
    assert sorted(keys) == sorted(expected)


def on(day: int, clock: str, type_: str, unit: str, *, number: int = 0) -> Event:
    """One event of a session with only itself in it, as the page of definitions writes it."""
    at = datetime.fromisoformat(f"2026-01-{day:02} {clock}")
    return Event(f"{unit} {at} {number}", unit, unit, type_, at, None, "web")


U1 = [
    on(10, "10:00:00", "view_item", "U1"),
    on(10, "10:05:00", "add_to_cart", "U1"),
    on(10, "10:06:00", "view_item", "U1"),
    on(10, "10:07:00", "begin_checkout", "U1"),
    on(11, "11:00:00", "purchase", "U1"),
]
U2 = [
    on(10, "09:00:00", "add_to_cart", "U2"),
    on(10, "09:10:00", "view_item", "U2"),
    on(10, "09:20:00", "purchase", "U2"),
]
U3 = [on(10, "10:00:00", "add_to_cart", "U3"), on(10, "10:00:00", "view_item", "U3", number=1)]


def test_three_units_reach_as_far_as_the_definitions_say(shop: Shop) -> None:
    shop.build([*U1, *U2, *U3], None)
    units = shop.units()
    assert {name: len(units["buy", name].times) for name in ("U1", "U2", "U3")} == {
        "U1": 3,
        "U2": 1,
        "U3": 2,
    }
    # In seven days the next day's purchase counts.
    assert len(units["buy_person", "U1"].times) == 4


def test_case_18_a_purchase_25_hours_after_the_start_is_no_conversion(shop: Shop) -> None:
    start = [
        on(10, "10:00:00", "view_item", "U"),
        on(10, "10:01:00", "add_to_cart", "U"),
        on(10, "10:02:00", "begin_checkout", "U"),
    ]
    for clock, reached in [("11:00:00", 3), ("10:00:00", 3), ("09:59:59.999999", 4)]:
        shop.build([*start, on(11, clock, "purchase", "U")], datetime.fromisoformat("2026-02-01"))
        assert len(shop.units()["buy", "U"].times) == reached


def test_case_2_an_event_received_months_later_corrects_its_funnel(shop: Shop) -> None:
    first = [on(1, "10:00:00", "view_item", "U"), on(1, "10:02:00", "begin_checkout", "U")]
    shop.build(first, datetime.fromisoformat("2026-05-01"))
    assert len(shop.units()["buy", "U"].times) == 1
    keys = dict(
        shop.con.execute(f"select funnel, input_fingerprint from ({shop.keys()})").fetchall()
    )
    late = [*first, on(1, "10:01:00", "add_to_cart", "U")]
    shop.build(late, datetime.fromisoformat("2026-06-01"))
    assert len(shop.units()["buy", "U"].times) == 3
    again = dict(
        shop.con.execute(f"select funnel, input_fingerprint from ({shop.keys()})").fetchall()
    )
    assert keys["buy"] != again["buy"]


def test_a_window_that_closed_keeps_its_fingerprint_whatever_is_loaded(shop: Shop) -> None:
    """Else every load would make every unit anew."""
    found = []
    for watermark in (11, 12, 13, 30):
        shop.build(U1, datetime.fromisoformat(f"2026-01-{watermark} 09:00"))
        query = f"select input_fingerprint from ({shop.keys()}) where funnel = 'buy'"
        found.append((shop.con.execute(query).fetchone(), shop.units()["buy", "U1"].is_complete))
    assert [is_complete for _, is_complete in found] == [False, True, True, True]
    assert found[0][0] != found[1][0] == found[2][0] == found[3][0]
