"""What a keyed model is made of is in its fingerprint: small changes that touch few or no keys.

One shop, built at first; after a day on which only postage was sold, with a column that no earlier
file had; with days cut in another time zone; and with the web said to be complete until a day gone
by. Each build is an incremental one, compared with a full refresh.
"""

import json
from dataclasses import dataclass

import pytest

from tests.pipeline.histories import RETAIL_HEADER, Build, Change, Shop
from tests.pipeline.soak import Play
from tests.pipeline.workshop import Workshop
from tests.support import opened

DAYS = range(1, 8)


@dataclass(frozen=True)
class Retail(Change):
    """Invoice files by name: the columns after the usual ones, and lines."""

    files: dict[str, tuple[str, list[str]]]
    source = "online_retail"

    def apply(self, shop: Shop) -> None:
        for name, (more, lines) in self.files.items():
            shop.write(f"retail/{name}.csv", [RETAIL_HEADER + more, *lines])


@dataclass(frozen=True)
class Purchases(Change):
    """Visits with a purchase that no shop knows: on 1 March in Berlin, not yet in New York."""

    count: int

    def apply(self, shop: Shop) -> None:
        at = "2026-03-01T03:30:00Z"
        for n in range(self.count):
            lines = [
                {
                    "schema_version": 3,
                    "event_id": f"{does} {n}",
                    "event_name": does,
                    "client_id": f"v{n}",
                    "transaction_id": f"W{n}",
                    "items": [{"item_id": "P1", "quantity": "1", "price": "5.00"}],
                    "time": {"created": at, "received": at},
                }
                for does in ("view_item", "add_to_cart", "purchase")
            ]
            shop.write(f"web/{n}.jsonl", [json.dumps(line) for line in lines])


def invoice(number: int, article: str, pieces: str, day: int) -> str:
    return (
        f"I{number},{article},thing,{pieces},2026-03-{day:02} 10:00:00,1.25,{100 + number},Utopia"
    )


# Two products together on seven days, enough to be a pair, and a rejected line beside them.
FIRST: list[Change] = [
    Purchases(12),
    Retail(
        {
            f"day-{day}": (
                "",
                [
                    invoice(day, "P1", "2", day),
                    invoice(day, "P2", "2", day),
                    invoice(day, "P1", "x", day),
                ],
            )
            for day in DAYS
        }
    ),
]
SECOND: list[Change] = [Retail({"day-12": (",Channel", [invoice(12, "POST", "1", 12) + ",app"])})]


@pytest.fixture(scope="module")
def play(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Play:
    play = Play(workshop, [], tmp_path_factory.mktemp("keyed-inputs") / "play")
    play.ingest(FIRST)
    play.build_and_compare(Build())
    assert play.played.differences == []
    return play


def rows(play: Play, query: str) -> list[tuple[object, ...]]:
    with opened(play.home / "footfall.duckdb") as con:
        return con.execute(query).fetchall()


def differing(play: Play, run: Build) -> list[str]:
    play.build_and_compare(run)
    return [difference["table"] for difference in play.played.differences]


@pytest.mark.long
def test_a_day_of_postage_only_moves_the_windows_and_a_new_column_shows(play: Play) -> None:
    ends = "select distinct ends_on::varchar from marts.fct_product_pairs"
    records = "select count(*), count(*) filter (record like '%Channel%') from ops.quarantine"
    assert rows(play, ends) == [("2026-03-08",)]
    assert rows(play, records) == [(7, 0)]
    play.ingest(SECOND)
    assert differing(play, Build()) == []
    assert rows(play, ends) == [("2026-03-13",)]
    assert rows(play, records) == [(7, 7)]


@pytest.mark.long
def test_another_time_zone_moves_purchases_that_no_shop_knows(play: Play) -> None:
    days = """
        select distinct purchased_on::varchar from intermediate.int_orders__reconciled
        where order_id is null
    """
    assert rows(play, days) == [("2026-03-01",)]
    assert differing(play, Build(variant="other zone")) == []
    assert rows(play, days) == [("2026-02-28",)]


@pytest.mark.long
def test_a_funnel_is_open_as_long_as_the_web_may_bring_more(play: Play) -> None:
    closed = "select count(*), count(*) filter (is_complete) from marts.fct_funnel_units"
    assert differing(play, Build()) == []
    assert rows(play, closed) == [(24, 24)]
    assert differing(play, Build(variant="said to be complete")) == []
    assert rows(play, closed) == [(24, 0)]
