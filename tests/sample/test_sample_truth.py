"""The truth that the generator writes is what the files say, read by other code."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sample import Rates, generate
from tests.sample import reread

# Small and foul: every kind a few times, so that kinds meet in one visit.
FOUL = Rates(
    late=0.06,
    out_of_order=0.05,
    clock_ahead=0.02,
    null_created=0.02,
    sent_before_created=0.02,
    null_received=0.02,
    null_sent=0.02,
    untidy_names=0.02,
    odd_event_ids=0.02,
    duplicates_in_file=0.05,
    resent_copies=0.03,
    duplicates_across_files=0.05,
    conflicting_copies=0.03,
    rejected_copies=0.02,
    malformed=0.01,
    missing_event_id=0.01,
    missing_event_name=0.01,
    missing_actor=0.01,
    missing_time=0.01,
    missing_customer=0.03,
    missing_product=0.01,
    missing_order=0.03,
    missing_search_term=0.03,
    bad_quantity=0.01,
    bad_price=0.01,
    comma_price=0.01,
    bad_value=0.03,
    negative_price=0.01,
    low_quantity=0.01,
    unknown_currency=0.01,
    future=0.01,
    ancient=0.01,
    unknown_type=0.01,
    clock_skew=0.3,
    null_user_agents=0.1,
    shared_devices=0.3,
    odd_ids=0.2,
    offline_visits=0.1,
    customer_only=0.2,
    ad_blocked=0.1,
    test_purchases=0.01,
    restated_files=0.2,
    redelivered_files=0.2,
    refunds=0.3,
    cancellations=0.2,
    shop_unknown_currency=0.03,
    shop_not_a_number=0.03,
    shop_negative=0.03,
    shop_bad_status=0.03,
    shop_missing=0.03,
    feed_unknown_currency=0.03,
    feed_not_a_number=0.03,
    feed_negative=0.03,
    feed_duplicates=0.05,
)


class Sample:
    """A generated sample and what reading it again gave."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.truth = generate(folder, **options)
        self.statuses, self.rows = reread.read_web(folder)
        self.accepted = [row for row in self.rows if not row.verdict]
        self.shop = reread.Shop(folder)
        self.sessions = pq.read_table(folder / "truth/sessions.parquet").to_pylist()
        self.orders = pq.read_table(folder / "truth/orders.parquet").to_pylist()


@pytest.fixture(scope="module", params=["default", "foul", "foul again", "short"])
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    options: dict[str, Any] = {
        "default": {},
        "foul": {"events": 12_000, "rates": FOUL},
        "foul again": {"seed": 2, "events": 12_000, "rates": FOUL},
        "short": {"seed": 3, "events": 3_000, "days": 5, "rates": FOUL},
    }[request.param]
    return Sample(tmp_path_factory.mktemp("sample") / "shop", **options)


def facts(verdicts: Counter[str]) -> dict[str, Any]:
    duplicate = {k.split()[1]: n for k, n in verdicts.items() if k.startswith("duplicate")}
    quarantined = {k: n for k, n in verdicts.items() if k and not k.startswith("duplicate")}
    return {
        "raw": verdicts.total(),
        "accepted": verdicts[""],
        "duplicate": dict(sorted(duplicate.items())),
        "quarantined": dict(sorted(quarantined.items())),
    }


def test_every_file_counts_as_its_lines_do(sample: Sample) -> None:
    verdicts: dict[str, Counter[str]] = {name: Counter() for name in sample.statuses}
    for row in sample.rows:
        verdicts[row.file][row.verdict] += 1
    counted = {name: facts(counts) for name, counts in verdicts.items()}
    told = sample.truth["web"]["files"]
    assert {name: told[name]["status"] for name in told} == sample.statuses
    keys = ("raw", "accepted", "duplicate", "quarantined")
    assert {name: {key: told[name][key] for key in keys} for name in told} == counted
    total = facts(Counter(row.verdict for row in sample.rows))
    assert {key: sample.truth["web"][key] for key in keys} == total


def test_accepted_events_are_counted_right(sample: Sample) -> None:
    web, events = sample.truth["web"], [row.event for row in sample.accepted]
    assert web["accepted_by_type"] == Counter(event["type"] for event in events)
    assert web["accepted_items"] == sum(event["item_count"] for event in events)
    visitors = {event["visitor_id"] for event in events} - {None}
    assert web["visitors"] == len(visitors)
    pairs = {(event["visitor_id"], event["customer_id"]) for event in events}
    pairs = {pair for pair in pairs if None not in pair}
    assert web["customers"] == len({event["customer_id"] for event in events} - {None})
    linked = Counter(visitor for visitor, _ in pairs)
    assert web["shared_visitors"] == sum(count > 1 for count in linked.values())


def test_sessions_are_the_right_ones(sample: Sample) -> None:
    expected = {
        (row["visitor_id"], row["customer_id"], row["first_event_id"]): row
        for row in reread.sessions(sample.accepted)
    }
    found = {
        (row["visitor_id"], row["customer_id"], row["first_event_id"]): row
        for row in sample.sessions
    }
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        types = row.pop("types")
        told = {
            name.removesuffix("_count"): count
            for name, count in found[key].items()
            if name.endswith("_count") and name != "event_count" and count
        }
        assert told == types
        assert {name: found[key][name] for name in row} == row


def test_bots_are_those_whose_agent_or_rhythm_says_so(sample: Sample) -> None:
    crawlers = {
        row.event["id"]
        for row in sample.accepted
        if any(word in (row.event["agent"] or "").lower() for word in ("bot", "crawl", "spider"))
        and "CUBOT" not in row.event["agent"]
    }
    assert sample.truth["bots"].get("crawler_events", 0) == len(crawlers)


def test_shop_and_feeds_count_as_their_rows_do(sample: Sample) -> None:
    told = sample.truth["shop"] | sample.truth["feeds"]
    for name, verdicts in sample.shop.tallies.items():
        assert told[name] == facts(verdicts), name
    assert told["customers"]["accepted"] == len(sample.shop.customers)


def test_orders_are_summed_right(sample: Sample) -> None:
    expected = sample.shop.totals()
    assert [row["order_id"] for row in sample.orders] == sorted(expected)
    purchased = {
        row.event["order_id"] for row in sample.accepted if row.event["type"] == "purchase"
    }
    for row in sample.orders:
        order = expected[row["order_id"]]
        assert {name: row[name] for name in order} == order
        assert row["in_web"] == (row["order_id"] in purchased)
    sold = [order for order in expected.values() if order["is_sold"]]
    revenue = sample.truth["revenue"]
    for currency, sums in revenue["by_currency"].items():
        net = sum(order["net_total"] for order in sold if order["currency"] == currency)
        assert Decimal(sums["net"]) == net
    euros = [order["net_total_eur"] for order in sold]
    assert Decimal(revenue["net_eur"]) == sum(euro for euro in euros if euro is not None)
    assert revenue["orders_without_eur"] == euros.count(None)
    headers = {row["order_id"] for row in sample.shop.orders}
    assert sample.truth["orders"]["accepted"] == len(headers)


def test_web_only_purchases_have_no_order(sample: Sample) -> None:
    purchased = {
        row.event["order_id"] for row in sample.accepted if row.event["type"] == "purchase"
    }
    strangers = {order_id for order_id in purchased if order_id.startswith("TEST-")}
    assert sorted(sample.truth["web_only_purchases"]) == sorted(strangers)


@pytest.mark.parametrize("sample", ["default"], indirect=True)
def test_session_edges_are_there(sample: Sample) -> None:
    """Silences of exactly 30 min and a millisecond more, nights, capped chains."""
    by_visitor: dict[str, list[Any]] = {}
    for row in sample.accepted:
        if row.event["visitor_id"]:
            by_visitor.setdefault(row.event["visitor_id"], []).append(row.at)
    gaps = Counter(
        (later - earlier).total_seconds()
        for times in by_visitor.values()
        for earlier, later in zip(sorted(times), sorted(times)[1:], strict=False)
    )
    assert min(gaps[1799.999], gaps[1800.0], gaps[1800.001]) >= 10
    nights = [
        row
        for row in sample.sessions
        if row["session_started_at"].date() < row["session_ended_at"].date()
    ]
    assert len(nights) >= 10
    counts = sorted(row["event_count"] for row in sample.sessions if row["is_stealth_bot"])
    assert counts.count(72) == 2
    assert counts[0] == 7
    assert {40, 220} <= set(counts)
    assert sample.truth["sessions"]["capped"] == 3
