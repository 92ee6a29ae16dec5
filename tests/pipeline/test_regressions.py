"""Cases of late, repeated and impossible input that other projects got wrong (DEFINITIONS.md).

One shop, loaded and built three times: at first, after late and repeated deliveries, and after some
of them were taken back. Each build is an incremental one, compared with a full refresh.
Visitors and customers have a case each; times are of 2026, UTC.
"""

import json
import re
import shutil
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.histories import Build as WholeBuild
from tests.pipeline.histories import Change, Rates, Rows, Shop
from tests.pipeline.soak import Play
from tests.pipeline.workshop import Workshop
from tests.support import PROJECT, opened


def event(
    event_id: str, visitor: str, created: str | None, received: str | None = None, **other: Any
) -> str:
    """A line of version 3: an item viewed at `created`, received at once unless said otherwise."""
    time = {"created": created, "received": received or created}
    document = {"schema_version": 3, "event_id": event_id, "event_name": "view_item"}
    document |= {"client_id": visitor, "time": time}
    return json.dumps({**document, "items": [{"item_id": "P1", "price": "19.90"}], **other})


BRIDGED = [
    event("a", "bridged", "2026-01-05T10:00:00Z"),
    event("b", "bridged", "2026-01-05T10:10:00Z"),
    event("c", "bridged", "2026-01-05T10:45:00Z"),
    event("d", "bridged", "2026-01-05T10:50:00Z"),
]
# 29:59.999, 30:00, 30:00.001 and 30:58 after one another; delivered in no order.
GAPS = [
    event("g0", "gaps", "2026-01-05T10:00:00Z"),
    event("g1", "gaps", "2026-01-05T10:29:59.999Z"),
    event("g2", "gaps", "2026-01-05T10:59:59.999Z"),
    event("g3", "gaps", "2026-01-05T11:30:00Z"),
    event("g4", "gaps", "2026-01-05T12:00:58Z"),
]
POUNDS = {"item_id": "P1", "price": "8.20", "quantity": 2}
REPEATED = [event(f"p{n}", "repeated", f"2026-01-05T10:0{n}:00Z", seq=n) for n in range(5)]


def copy(event_id: str, received: str, price: str) -> str:
    """One of several copies of an event, which differ in their price."""
    item = {"item_id": "P1", "price": price}
    return event(event_id, event_id, "2026-01-05T10:00:00Z", received, items=[item])


def order(
    order_id: str, at: str, currency: str = "EUR", customer: str = "C1", lines: str = "100.00"
) -> list[tuple[str, tuple[Any, ...]]]:
    """A paid order with a line of each amount, of 100.00 unless said otherwise."""
    money = ("0", "0", "0", None, None)
    header = (order_id, customer, at, at, "paid", "paid", 0, currency, *money)
    amounts = enumerate(lines.split(), start=1)
    items = [("order_items", (order_id, n, "P1", 1, amount)) for n, amount in amounts]
    return [("orders", header), *items]


def refund(
    refund_id: str, order_id: str, line: int | None, amount: str, at: str
) -> tuple[str, tuple[Any, ...]]:
    return "refunds", (refund_id, order_id, line, 1, amount, at, None)


@dataclass(frozen=True)
class Files(Change):
    """Event files by name, as they now stand."""

    files: dict[str, list[str]]

    def apply(self, shop: Shop) -> None:
        for name, lines in self.files.items():
            shop.write(f"web/{name}.jsonl", lines)


FIRST: list[Change] = [
    Files(
        {
            "first": [
                *BRIDGED,
                event("w", "bystander", "2026-01-05T10:00:00Z"),
                event("l1", "late", "2026-01-01T10:00:00Z"),
                event("l9", "late", "2026-05-30T10:00:00Z"),
                event("h1", "cohort", "2026-02-10T10:00:00Z"),
                event("v", "pounds", "2026-03-06T10:00:00Z", currency="GBP", items=[POUNDS]),
                event("f1", "future", "2099-01-01T00:00:00Z", "2026-01-05T10:00:00Z"),
                event("n1", "timeless", None, "2026-01-05T10:00:02Z"),
                copy("winner-first", "2026-01-05T10:01:00Z", "1.00"),
                copy("winner-last", "2026-01-05T10:05:00Z", "2.00"),
                *GAPS[::-2],
                *REPEATED,
            ]
        }
    ),
    Rows(
        [
            ("customers", ("C1", None, None, "DE", "2026-01-01 00:00:00", "2026-01-01 00:00:00")),
            *order("o1", "2026-02-10 10:00:00"),
            *order("o2", "2026-03-05 10:00:00", "GBP"),
            *order("r9", "2026-01-05 10:00:00", "EUR", "C9", "60.00 40.00"),
            # A Sunday, at Friday's rate.
            *order("r10", "2026-01-04 10:00:00", "GBP", "C10"),
        ],
    ),
    Rates(
        [
            ("2026-03-05", "1.10", "0.80"),
            ("2026-03-06", "1.10", "0.80"),
            ("2026-01-02", "1.10", "0.80"),
            ("2026-01-05", "1.10", "0.82"),
        ],
        [],
    ),
]
SECOND: list[Change] = [
    Files(
        {
            "bridge": [event("x", "bridged", "2026-01-05T10:30:00Z", "2026-01-09T10:00:00Z")],
            "second": [
                event("l2", "late", "2026-01-01T10:10:00Z", "2026-05-31T10:00:00Z"),
                event("h0", "cohort", "2026-01-01T10:00:00Z", "2026-05-31T10:00:00Z"),
                event("f2", "future", "2026-01-05T10:00:00Z"),
                copy("winner-first", "2026-01-05T10:05:00Z", "2.00"),
                copy("winner-last", "2026-01-05T10:01:00Z", "1.00"),
                *GAPS[1::2],
            ],
            # The same lines, in another order and in several files.
            "again": REPEATED[:2:-1],
            "and-again": REPEATED[2::-1],
        }
    ),
    # Changed earlier than what landed before: a cursor on updated_at would not see it.
    Rows(
        [
            *order("o0", "2026-01-20 10:00:00"),
            refund("f1", "r9", 1, "4.00", "2026-01-06 10:00:00"),
            refund("f2", "r9", None, "6.00", "2026-01-06 10:00:00"),
            refund("f3", "r10", 1, "100.00", "2026-01-05 10:00:00"),
        ]
    ),
    Rates([("2026-03-05", "1.10", "0.82")], []),
]
THIRD: list[Change] = [
    # Restated without the line, and a row gone from the database.
    Files({"bridge": [event("y", "bystander", "2026-01-05T10:10:00Z")]}),
    Rows([], [("orders", 1)]),
    Rates([("2026-03-06", "1.10", "0.82")], []),
]


@dataclass
class Built:
    """What stood after each of the three builds, and where each differed from a full refresh."""

    folder: Path
    differences: list[list[dict[str, Any]]]

    def rows(self, build: int, query: str) -> list[tuple[Any, ...]]:
        with opened(self.folder / f"after-{build}.duckdb") as con:
            return con.execute(query).fetchall()

    def sessions(self, build: int, visitor: str) -> list[tuple[Any, ...]]:
        """session_id, event_count, duration in seconds."""
        return self.rows(
            build,
            f"""
            select session_id, event_count, duration_seconds from marts.fct_sessions
            where visitor_id = '{visitor}' order by session_started_at
            """,
        )


@pytest.fixture(scope="module")
def built(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("regressions")
    play = Play(workshop, [], folder / "play")
    built = Built(folder, [])
    for number, changes in enumerate((FIRST, SECOND, THIRD), start=1):
        play.ingest(changes)
        play.build_and_compare(WholeBuild())
        built.differences.append(play.played.differences)
        shutil.copy(play.home / "footfall.duckdb", folder / f"after-{number}.duckdb")
    return built


def session(visitor: str, first_event: str) -> str:
    return md5(f"{visitor}|{first_event}".encode(), usedforsecurity=False).hexdigest()


def test_each_build_equals_a_full_refresh(built: Built) -> None:
    assert built.differences == [[], [], []]


def test_a_late_event_makes_one_session_of_two(built: Built) -> None:
    """Case 1. The bridge merges them under the first one's id; taken back, both return."""
    two = [(session("bridged", "a"), 2, 600), (session("bridged", "c"), 2, 300)]
    assert built.sessions(1, "bridged") == two
    assert built.sessions(2, "bridged") == [(session("bridged", "a"), 5, 3000)]
    assert built.sessions(3, "bridged") == two


def test_an_id_that_a_session_had_leads_to_the_one_it_has(built: Built) -> None:
    """Case 1. By the query on the page of `fct_sessions`."""
    page = (PROJECT / "models" / "docs" / "behaviour.md").read_text(encoding="utf-8")
    (query,) = re.findall(r"```sql\n([^`]*former_id[^`]*)```", page)
    for build, now in ((1, "c"), (2, "a"), (3, "c")):
        former = query.replace("former_id", f"'{session('bridged', 'c')}'")
        assert built.rows(build, former) == [(session("bridged", now),)]


def test_the_sessions_of_other_visitors_keep_their_ids(built: Built) -> None:
    """Case 1."""
    assert built.sessions(1, "bystander") == built.sessions(2, "bystander")
    assert built.sessions(3, "bystander") == [(session("bystander", "w"), 2, 600)]


def test_an_event_five_months_late_joins_its_session(built: Built) -> None:
    """Case 2. Received on 31 May, it happened on 1 January, long before what had landed."""
    later = (session("late", "l9"), 1, 0)
    assert built.sessions(1, "late") == [(session("late", "l1"), 1, 0), later]
    assert built.sessions(2, "late") == [(session("late", "l1"), 2, 600), later]


def test_an_event_five_months_late_moves_its_person_to_another_cohort(built: Built) -> None:
    """Case 2. In January came eight more, and in build 2 the one whose clock was mended."""
    query = """
        select cohort_on::varchar, k, size, retained from marts.fct_retention
        where cohort_by = 'visit' and period = 'month' and cohort_type = 'first_time'
            and mode = 'on' and k < 2 and cohort_on < '2026-03-01'
        order by all
    """
    january, february = "2026-01-01", "2026-02-01"
    alone = [(february, 0, 1, 1), (february, 1, 1, 0)]
    assert built.rows(1, query) == [(january, 0, 8, 8), (january, 1, 8, 0), *alone]
    assert built.rows(2, query) == [(january, 0, 10, 10), (january, 1, 10, 1)]


def test_an_event_of_2099_stops_no_later_load(built: Built) -> None:
    """Case 3."""
    quarantined = "select reject_reasons from ops.quarantine where source = 'web'"
    assert built.rows(2, quarantined) == [("future_timestamp",)]
    assert built.sessions(1, "future") == []
    assert built.sessions(2, "future") == [(session("future", "f2"), 1, 0)]
    assert built.rows(2, "select max(event_at)::date::varchar from marts.fct_events") == [
        ("2026-05-30",)
    ]


def test_an_event_without_device_time_happened_when_it_was_received(built: Built) -> None:
    """Case 4."""
    query = "select event_at::varchar, time_basis from marts.fct_events where event_id = 'n1'"
    assert built.rows(1, query) == [("2026-01-05 10:00:02", "received")]


def test_a_gap_of_exactly_thirty_minutes_stays_in_the_session(built: Built) -> None:
    """Case 6, with every second event delivered later than its neighbours."""
    assert [count for _, count, _ in built.sessions(1, "gaps")] == [1, 1, 1]
    assert [(ident, count) for ident, count, _ in built.sessions(2, "gaps")] == [
        (session("gaps", "g0"), 3),
        (session("gaps", "g3"), 1),
        (session("gaps", "g4"), 1),
    ]


def test_the_copy_received_first_wins_whichever_came_first(built: Built) -> None:
    """Section 3."""
    query = """
        select event_id, unit_price::varchar, copy_count, is_conflicting from marts.fct_events
        where event_id like 'winner-%' order by event_id
    """
    assert built.rows(1, query) == [
        ("winner-first", "1.0000", 1, False),
        ("winner-last", "2.0000", 1, False),
    ]
    assert built.rows(2, query) == [
        ("winner-first", "1.0000", 2, True),
        ("winner-last", "1.0000", 2, True),
    ]


def test_lines_in_another_order_and_other_files_change_nothing(built: Built) -> None:
    """Section 1: no order of lines is an order of events."""
    assert built.sessions(1, "repeated") == built.sessions(2, "repeated")
    query = """
        select event_id, session_id, session_position, event_at from marts.fct_events
        where visitor_id = 'repeated' order by event_id
    """
    assert built.rows(1, query) == built.rows(2, query)
    reasons = """
        select duplicate_reason, count(*) from ops.duplicates where source = 'web'
        group by duplicate_reason order by duplicate_reason
    """
    assert built.rows(2, reasons) == [("conflict", 2), ("same_payload", 5)]


def test_an_older_order_that_comes_late_is_the_first(built: Built) -> None:
    """Cases 11 and 19. The row is older than every row that had landed."""
    query = """
        select order_id, customer_order_number from marts.fct_orders
        where customer_id = 'C1' order by customer_order_number
    """
    assert built.rows(1, query) == [("o1", 1), ("o2", 2)]
    assert built.rows(2, query) == [("o0", 1), ("o1", 2), ("o2", 3)]


def test_lines_and_refunds_of_an_order_do_not_multiply(built: Built) -> None:
    """Case 9. Two lines, 60 and 40, and two refunds, 4 and 6: joined, they would be four rows."""
    query = """
        select sales_total::varchar, refund_total::varchar, net_total::varchar
        from marts.fct_orders where order_id = 'r9'
    """
    assert built.rows(1, query) == [("100.0000", "0.0000", "100.0000")]
    assert built.rows(2, query) == [("100.0000", "10.0000", "90.0000")]


def test_a_refund_is_converted_at_the_rate_of_its_own_day(built: Built) -> None:
    """Case 10. Sold at .80, refunded the day after at .82: nothing in pounds, but 3.05 in euros."""
    query = """
        select sales_total_reporting::varchar, (-refund_total_reporting)::varchar,
            net_total_reporting::varchar, net_total::varchar
        from marts.fct_orders where order_id = 'r10'
    """
    assert built.rows(1, query) == [("125.00000000", "0.00000000", "125.00000000", "100.0000")]
    assert built.rows(2, query) == [("125.00000000", "-121.95121951", "3.04878049", "0.0000")]


def test_an_order_gone_from_the_shop_gives_its_number_back(built: Built) -> None:
    query = """
        select order_id, customer_order_number from marts.fct_orders
        where customer_id = 'C1' order by customer_order_number
    """
    assert built.rows(3, query) == [("o0", 1), ("o2", 2)]


def test_a_customers_whole_life_is_told_after_every_build(built: Built) -> None:
    """Case 22."""
    query = """
        select order_count, first_ordered_at::date::varchar, last_ordered_at::date::varchar
        from marts.dim_customers where customer_id = 'C1'
    """
    assert built.rows(1, query) == [(2, "2026-02-10", "2026-03-05")]
    assert built.rows(2, query) == [(3, "2026-01-20", "2026-03-05")]
    assert built.rows(3, query) == [(2, "2026-01-20", "2026-03-05")]


def test_a_restated_rate_moves_an_order_that_did_not_change(built: Built) -> None:
    query = "select net_total_reporting::varchar from marts.fct_orders where order_id = 'o2'"
    assert built.rows(1, query) == [("125.00000000",)]
    assert built.rows(2, query) == [("121.95121951",)]
