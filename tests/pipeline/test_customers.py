"""Customers as of a date, against a plain reading of DEFINITIONS.md, sections 13 and 14."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.drawn import drawn
from tests.pipeline.models import Models

ZONE = ZoneInfo("Europe/Berlin")
REQUESTED = date(2026, 3, 30)
INPUTS = (
    "marts.fct_orders",
    "marts.fct_refunds",
    "intermediate.int_orders__cancellations",
    "reference.rfm_segments",
)
MODELS = (
    "int_buyers__days",
    "int_as_of_dates",
    "int_customers__rfm",
    "int_customers__rfm_cuts",
    "fct_customer_rfm",
    "rpt_segments",
    "fct_customer_clv",
)
# The rule table of section 13, read from the definitions.
RULES = [
    ("Champions", "555555"),
    ("Potential Loyalist", "353525"),
    ("Loyal Customers", "242424"),
    ("Promising", "341335"),
    ("New Customers", "451315"),
    ("Can't Lose Them", "123445"),
    ("At Risk", "122545"),
    ("Need Attention", "133535"),
    ("About To Sleep", "231314"),
    ("Lost", "111515"),
]
BOUNDS = [
    f"{metric}_{end}" for metric in ("recency", "frequency", "monetary") for end in ("from", "to")
]
SEGMENTS = [
    {"priority": n, "segment": name}
    | dict(zip(BOUNDS, (int(digit) for digit in digits), strict=True))
    for n, (name, digits) in enumerate(RULES, start=1)
]


@dataclass
class Order:
    number: int
    at: datetime
    amounts: list[int]  # cents, a line each
    customer: str | None = "c1"
    is_sold: bool = True
    currency: str = "EUR"
    rate: Fraction | None = Fraction(1)  # reporting currency per unit; None: there is none
    refunds: list[tuple[datetime, int]] = field(default_factory=list)
    cancelled_at: datetime | None = None

    @property
    def total(self) -> int:
        return sum(self.amounts)

    @property
    def cancellations(self) -> list[tuple[datetime, int]]:
        """What is taken back when; a refund takes the place of a part of it."""
        steps: list[tuple[datetime, int]] = []
        if self.cancelled_at is None:
            return steps
        left = 0
        for at in sorted({self.cancelled_at, *(at for at, _ in self.refunds)}):
            if at >= self.cancelled_at:
                refunded = sum(amount for when, amount in self.refunds if when <= at)
                steps.append((at, max(self.total - refunded, 0) - left))
                left += steps[-1][1]
        return steps


def local(at: datetime) -> date:
    return at.replace(tzinfo=UTC).astimezone(ZONE).date()


def midnight(day: date) -> datetime:
    """In UTC, without zone."""
    at = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    return at.astimezone(UTC).replace(tzinfo=None)


def money(cents: Fraction | int) -> Decimal:
    return Decimal(int(cents * 10**6)) / 10**8


def load(models: Models, orders: list[Order], segments: list[dict[str, Any]] | None = None) -> None:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for order in orders:
        order_id = f"o{order.number}"
        common = {
            "order_id": order_id,
            "customer_id": order.customer,
            "buyer_id": order.customer or f"order {order_id}",
            "currency": order.currency,
        }

        def rated(cents: int, rate: Fraction | None = order.rate) -> Decimal | None:
            return None if rate is None else money(cents * rate)

        rows["fct_orders"].append(
            common
            | {
                "is_sold": order.is_sold,
                "is_credit": False,
                "unit_count": len(order.amounts),
                "sales_total": money(order.total),
                "sales_total_reporting": rated(order.total),
                "ordered_on": local(order.at),
                "ordered_at": order.at,
            }
        )
        for step, (at, amount) in enumerate(order.cancellations, start=1):
            rows["int_orders__cancellations"].append(
                {
                    "order_id": order_id,
                    "step_number": step,
                    "amount": money(amount),
                    "amount_reporting": rated(amount) if amount else 0,
                    "event_at": at,
                }
            )
        for number, (at, amount) in enumerate(order.refunds):
            rows["fct_refunds"].append(
                common
                | {
                    "refund_id": f"{order_id}-{number}",
                    "quantity": 1,
                    "amount": money(amount),
                    "amount_reporting": (
                        None if order.rate is None else money(amount * order.rate)
                    ),
                    "refunded_on": local(at),
                    "refunded_at": at,
                }
            )
    models.run(**rows, rfm_segments=SEGMENTS if segments is None else segments)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    home = tmp_path_factory.mktemp("customers") / "warehouse"
    return Models(home, INPUTS, MODELS, as_of_dates=[REQUESTED.isoformat()])


# What the definitions say, order by order.


def as_of_dates(orders: list[Order]) -> set[date]:
    days = [local(order.at) for order in orders if order.is_sold]
    latest = {max(days) + timedelta(days=1)} if days else set()
    return {day.replace(day=1) for day in days} | latest | {REQUESTED}


def quantile(values: list[Fraction], share: Fraction) -> Fraction:
    ranked = sorted(values)
    place = (len(ranked) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (place - low)


def cuts_below(value: Fraction, values: list[Fraction]) -> int:
    return sum(quantile(values, Fraction(k, 5)) < value for k in range(1, 5))


def movements(order: Order, day: date) -> tuple[int, int]:
    """Cents sold, and given back, before the day."""
    returned = sum(amount for at, amount in order.refunds if local(at) < day)
    if order.cancelled_at is not None and local(order.cancelled_at) < day:
        returned = max(order.total, returned)
    return (order.total if local(order.at) < day else 0), returned


def expected(orders: list[Order], day: date) -> dict[str, dict[str, Any]]:
    """Of each customer: R, F, M and what the lifetimes package would say."""
    sold = [order for order in orders if order.is_sold and order.customer is not None]
    known = [order for order in sold if local(order.at) < day]
    is_one_currency = len({order.currency for order in known}) == 1
    found: dict[str, dict[str, Any]] = {}
    for customer in {order.customer for order in known if order.customer}:
        own = [order for order in known if order.customer == customer]
        in_money = [(order, Fraction(1) if is_one_currency else order.rate) for order in own]
        has_rates = all(rate is not None for _, rate in in_money)
        sales = sum((movements(o, day)[0] * r for o, r in in_money if r is not None), Fraction(0))
        back = sum((movements(o, day)[1] * r for o, r in in_money if r is not None), Fraction(0))
        last = max(order.at for order in own)
        days = sorted({local(order.at) for order in own})
        repeats = [(o, r) for o, r in in_money if local(o.at) > days[0]]
        repeat_rates = all(rate is not None for _, rate in repeats)
        repeat = sum((o.total * r for o, r in repeats if r is not None), Fraction(0))
        found[customer] = {
            "recency_days": (midnight(day) - last) // timedelta(days=1),
            "frequency": len(own),
            "monetary": sales - back if has_rates else None,
            "sales": sales if has_rates else None,
            "clv": (
                len(days) - 1,
                (days[-1] - days[0]).days,
                (day - timedelta(days=1) - days[0]).days,
                (repeat / (len(days) - 1) if len(days) > 1 else 0) if repeat_rates else None,
            ),
        }
    return found


def segment(scores: tuple[int | None, ...]) -> str:
    for name, digits in RULES:
        bounds = [int(digit) for digit in digits]
        if all(
            score is not None and bounds[2 * n] <= score <= bounds[2 * n + 1]
            for n, score in enumerate(scores)
        ):
            return name
    return "Others"


MINUTE = timedelta(minutes=1)
# In UTC, as all instants are here, without zone as DuckDB gives them.
ANCHOR = datetime.fromisoformat("2026-03-27 22:59")
# Around midnight in Berlin, a change of clocks and of months.
moments = st.builds(
    lambda day, minutes: ANCHOR + day * timedelta(days=1) + minutes * MINUTE,
    st.sampled_from([-60, -27, -1, 0, 1, 2, 3, 4, 10]),
    st.sampled_from([0, 1, 2, 60, 61, 700]),
)
cents = st.sampled_from([0, 500, 1990, 1990, 100_000])
currencies = st.sampled_from(
    [("EUR", Fraction(1)), ("USD", Fraction(5, 4)), ("KWD", None), ("EUR", Fraction(1))]
)


@st.composite
def shops(draw: st.DrawFn) -> list[Order]:
    has_one_currency = draw(st.booleans())
    one = draw(currencies)
    orders = []
    for number in range(draw(st.integers(0, 14))):
        at = draw(moments)
        currency, rate = one if has_one_currency else draw(currencies)
        orders.append(
            Order(
                number=number,
                at=at,
                amounts=draw(st.lists(cents, min_size=1, max_size=2)),
                customer=draw(st.sampled_from(["c1", "c2", "c3", "c4", "c5", "c6", None])),
                is_sold=draw(st.sampled_from([True, True, True, False])),
                currency=currency,
                rate=rate,
                refunds=[
                    (at + draw(st.sampled_from([1, 1440, 40_000])) * MINUTE, draw(cents))
                    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2])))
                ],
                cancelled_at=draw(st.sampled_from([None, None, at + 60 * MINUTE])),
            )
        )
    return orders


# Nobody lies above a cut that all of them have: of 0.21 weighted as 0.2 and 0.8 less is left.
EQUAL = [Order(number, ANCHOR, [21], customer=f"c{number}") for number in range(3)]


@drawn(60, derandomize=True)
@given(shops())
@example(EQUAL)
def test_rfm_and_clv_are_those_of_the_definitions(models: Models, orders: list[Order]) -> None:
    load(models, orders)
    found: dict[date, dict[str, list[Any]]] = defaultdict(dict)
    for customer, day, *values in models.rows(
        "select customer_id, as_of, recency_days, frequency, monetary, sales_total, recency_score, "
        "frequency_score, monetary_score, segment from marts.fct_customer_rfm"
    ):
        found[day][customer] = values
    lifetimes: dict[date, dict[str, list[Any]]] = defaultdict(dict)
    for customer, day, *values in models.rows(
        "select customer_id, as_of, frequency, recency, t, monetary, is_gg_eligible, net_total "
        "from marts.fct_customer_clv"
    ):
        lifetimes[day][customer] = values
    cuts = {
        (day, metric): values
        for day, metric, *values in models.rows(
            "select as_of, metric, cut_20, cut_40, cut_60, cut_80 "
            "from intermediate.int_customers__rfm_cuts"
        )
    }
    dates = {day for (day,) in models.rows("select as_of from intermediate.int_as_of_dates")}
    assert dates == as_of_dates(orders)
    for day in dates:
        right = expected(orders, day)
        assert found[day].keys() == lifetimes[day].keys() == right.keys()
        columns = {
            name: [Fraction(row[name]) for row in right.values() if row[name] is not None]
            for name in ("recency_days", "frequency", "monetary")
        }
        for metric, values in columns.items():
            if values:
                right_cuts = [float(quantile(values, Fraction(k, 5))) for k in range(1, 5)]
                unit = 100 if metric == "monetary" else 1
                assert [cut * unit for cut in cuts[day, metric]] == pytest.approx(right_cuts)
        for customer, row in right.items():
            scores = (
                5 - cuts_below(Fraction(row["recency_days"]), columns["recency_days"]),
                1 + cuts_below(Fraction(row["frequency"]), columns["frequency"]),
                None
                if row["monetary"] is None
                else 1 + cuts_below(row["monetary"], columns["monetary"]),
            )
            assert found[day][customer] == [
                row["recency_days"],
                row["frequency"],
                None if row["monetary"] is None else money(row["monetary"]),
                None if row["sales"] is None else money(row["sales"]),
                *scores,
                segment(scores),
            ]
            frequency, recency, t, mean = row["clv"]
            *counts, monetary, is_eligible, net_total = lifetimes[day][customer]
            assert counts == [frequency, recency, t]
            assert monetary == (None if mean is None else pytest.approx(float(mean / 100)))
            assert is_eligible == (frequency > 0 and mean is not None and mean > 0)
            assert net_total == (None if row["monetary"] is None else money(row["monetary"]))


def test_the_segments_hold_every_customer_once(models: Models) -> None:
    spread = [
        Order(n, ANCHOR + n * 3 * timedelta(days=1), [500 * n], f"c{n % 13}") for n in range(40)
    ]
    load(models, spread)
    assert not models.rows(
        """
        select as_of, sum(customer_count), round(sum(customer_rate), 12), sum(order_count),
            count(*), max(segment_number)
        from marts.rpt_segments group by as_of
        except
        select as_of, count(*), 1.0, sum(frequency), 11, 11 from marts.fct_customer_rfm
        group by as_of
        """
    )


def test_the_triples_of_scores_are_shared_out_as_counted(models: Models) -> None:
    """Of the 125 triples the rules take 1, 35, 15, 8, 15, 6, 7, 4, 10 and 14, which leaves 10."""
    models.con.execute(
        """
        create or replace table intermediate.int_customers__rfm as
        select
            'c' || row_number() over () as customer_id, date '2026-01-01' as as_of,
            'EUR' as currency, cast(r as integer) as recency_days, cast(f as integer) as frequency,
            cast(m as decimal(28, 8)) as monetary, cast(m as decimal(28, 8)) as sales_total,
            timestamp '2025-01-01' as last_ordered_at, cast(1 as ubigint) as input_fingerprint
        from range(1, 6) as r(r), range(1, 6) as f(f), range(1, 6) as m(m)
        """
    )
    models.run_only("int_customers__rfm_cuts", "fct_customer_rfm")
    counts = dict(
        models.rows("select segment, count(*) from marts.fct_customer_rfm group by segment")
    )
    assert [counts[name] for name, _ in RULES] == [1, 35, 15, 8, 15, 6, 7, 4, 10, 14]
    assert counts["Others"] == 10
