"""Last non-direct and the attribution models against plain Python, on random visits and orders."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, getcontext
from fractions import Fraction
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.drawn import drawn
from tests.pipeline.compiled import change_keys, compiled, fill, memory

getcontext().prec = 60

NOON = datetime.fromisoformat("2026-03-31T12:00:00")
WINDOW = timedelta(days=30)
MICROSECOND = timedelta(microseconds=1)
MODELS = ("first", "last", "linear", "position", "time_decay")
SESSIONS = {
    "session_id": "varchar",
    "actor_id": "varchar",
    "person_id": "varchar",
    "session_source": "varchar",
    "session_medium": "varchar",
    "session_campaign": "varchar",
    "channel": "varchar",
    "is_direct": "boolean",
    "is_bot": "boolean",
    "is_internal": "boolean",
    "session_started_at": "timestamp",
    "input_fingerprint": "ubigint",
}
ORDERS = {
    "order_id": "varchar",
    "person_id": "varchar",
    "currency": "varchar",
    "net_total": "decimal(18, 4)",
    "net_total_reporting": "decimal(28, 8)",
    "ordered_on": "date",
    "ordered_at": "timestamp",
    "input_fingerprint": "ubigint",
}


@dataclass(frozen=True)
class Visit:
    """A session; without a channel it is direct."""

    person: str
    at: datetime
    channel: str | None
    is_bot: bool
    number: int = 0

    @property
    def ident(self) -> str:
        return f"s{self.number:03d}"


@dataclass(frozen=True)
class Sale:
    """A sold order."""

    person: str
    at: datetime
    net: Decimal
    number: int = 0


# Around both ends of the window, on the microsecond, and well inside; moments are often shared.
MOMENTS = st.builds(
    lambda base, off: NOON - base + off * MICROSECOND,
    st.sampled_from(
        [timedelta(days=d) for d in (0, 1, 7, 14, 29, 30, 31, 44, 60)] + [timedelta(hours=5)]
    ),
    st.sampled_from((0, 0, 0, 1, -1)),
)
PEOPLE = st.sampled_from(("ann", "bob"))
VISITS = st.lists(
    st.builds(
        Visit,
        PEOPLE,
        MOMENTS,
        st.sampled_from((None, None, "Email", "Paid Search", "Display")),
        st.sampled_from((False, False, False, True)),
    ),
    max_size=14,
)
NETS = st.one_of(
    st.sampled_from(["100", "0", "0.01", "0.03", "-5", "0.0001"]).map(Decimal),
    st.integers(-10_000_000, 100_000_000).map(lambda units: Decimal(units).scaleb(-4)),
)
SALES = st.lists(st.builds(Sale, PEOPLE, MOMENTS, NETS), max_size=3)


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return compiled(
        tmp_path_factory.mktemp("attribution"),
        "int_sessions__last_non_direct",
        "fct_attribution_touches",
    )


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with memory() as con:
        yield con


def put(con: duckdb.DuckDBPyConnection, visits: list[Visit], sales: list[Sale]) -> None:
    """The two tables that the models read, and every person to be made anew."""
    sessions: list[dict[str, Any]] = [
        {
            "session_id": visit.ident,
            "actor_id": "V",
            "person_id": visit.person,
            "session_source": visit.channel and visit.channel.lower(),
            "channel": visit.channel or "Direct",
            "is_direct": visit.channel is None,
            "is_bot": visit.is_bot,
            "session_started_at": visit.at,
        }
        for visit in visits
    ]
    orders: list[dict[str, Any]] = [
        {
            "order_id": f"o{sale.number}",
            "person_id": sale.person,
            "net_total": sale.net,
            "net_total_reporting": sale.net / 3,
            "ordered_at": sale.at,
        }
        for sale in sales
    ]
    fill(con, "intermediate.int_sessions__sources", SESSIONS, sessions)
    fill(con, "intermediate.int_orders__conversions", ORDERS, orders)
    for model in ("int_sessions__last_non_direct", "fct_attribution_touches"):
        change_keys(con, model, "person_id", "values ('ann'), ('bob')")


def numbered(visits: list[Visit], sales: list[Sale]) -> tuple[list[Visit], list[Sale]]:
    return (
        [Visit(v.person, v.at, v.channel, v.is_bot, n) for n, v in enumerate(visits)],
        [Sale(s.person, s.at, s.net, n) for n, s in enumerate(sales)],
    )


def last_non_direct(visit: Visit, visits: list[Visit]) -> str:
    """The channel that a visit has by the rule, found by looking at every other one."""
    if visit.channel:
        return visit.channel
    best = None
    for other in visits:
        if other.person != visit.person or other.channel is None:
            continue
        if not visit.at - WINDOW <= other.at < visit.at:
            continue
        if best is None or (other.at, other.ident) > (best.at, best.ident):
            best = other
    return best.channel or "Direct" if best else "Direct"


def touches(sale: Sale, visits: list[Visit]) -> list[Visit]:
    """The visits that an order is credited to, the oldest first."""
    seen = [
        visit
        for visit in visits
        if visit.person == sale.person
        and not visit.is_bot
        and sale.at - WINDOW <= visit.at <= sale.at
    ]
    chosen = [visit for visit in seen if visit.channel] or seen
    return sorted(chosen, key=lambda visit: (visit.at, visit.ident))


def weights(model: str, sale: Sale, chosen: list[Visit]) -> list[Fraction]:
    """Shares that sum to 1, as DEFINITIONS section 7 has them."""
    n = len(chosen)
    match model:
        case "first":
            return [Fraction(k == 0) for k in range(n)]
        case "last":
            return [Fraction(k == n - 1) for k in range(n)]
        case "linear":
            return [Fraction(1, n)] * n
        case "position" if n > 2:
            middle = [Fraction(2, 10) / (n - 2)] * (n - 2)
            return [Fraction(4, 10), *middle, Fraction(4, 10)]
        case "position":
            return [Fraction(1, n)] * n
    ages = [
        Decimal((sale.at - visit.at) / MICROSECOND) / Decimal(86_400_000_000) for visit in chosen
    ]
    raw = [Fraction(Decimal(2) ** (-age / 7)) for age in ages]
    return [each / sum(raw) for each in raw]


def parts(whole: Decimal, shares: list[Fraction], places: int) -> list[Decimal]:
    """Each the rounded running total less the one before."""
    found, before, share = [], Decimal(0), Fraction(0)
    for each in shares:
        share += each
        exact = Fraction(whole) * share * 10**places
        digits = int(abs(exact) + Fraction(1, 2))
        upto = (Decimal(digits) if exact >= 0 else -Decimal(digits)).scaleb(-places)
        found.append(upto - before)
        before = upto
    return found


@drawn(150, suppress_health_check=[HealthCheck.too_slow])
@given(VISITS)
def test_a_direct_visit_takes_the_channel_of_the_last_other_one(
    sql: dict[str, str], con: duckdb.DuckDBPyConnection, visits: list[Visit]
) -> None:
    visits, _ = numbered(visits, [])
    put(con, visits, [])
    found = con.execute(
        "select session_id, last_non_direct_channel, last_non_direct_source "
        f"from ({sql['int_sessions__last_non_direct']}) order by all"
    ).fetchall()
    expected = [(visit.ident, last_non_direct(visit, visits)) for visit in visits]
    assert found == [(i, c, None if c == "Direct" else c.lower()) for i, c in expected]


@drawn(150, suppress_health_check=[HealthCheck.too_slow])
@given(VISITS, SALES)
def test_every_model_shares_every_order_as_plain_python_does(
    sql: dict[str, str],
    con: duckdb.DuckDBPyConnection,
    visits: list[Visit],
    sales: list[Sale],
) -> None:
    visits, sales = numbered(visits, sales)
    put(con, visits, sales)
    found = con.execute(
        "select order_id, attribution_model, touch_number, session_id, channel, credit, "
        f"attributed_total, attributed_total_reporting from ({sql['fct_attribution_touches']}) "
        "order by order_id, attribution_model, touch_number"
    ).fetchall()
    expected = []
    for sale in sales:
        chosen = touches(sale, visits)
        reporting = (sale.net / 3).quantize(Decimal("1e-8"), rounding=ROUND_HALF_UP)
        for model in MODELS:
            shares = weights(model, sale, chosen) if chosen else [Fraction(1)]
            credited: list[tuple[str | None, str]] = [
                (visit.ident, visit.channel or "Direct") for visit in chosen
            ]
            rows = zip(
                credited or [(None, "Unattributed")],
                parts(Decimal(1), shares, 12),
                parts(sale.net, shares, 4),
                parts(reporting, shares, 8),
                strict=True,
            )
            for number, (who, *amounts) in enumerate(rows, start=1):
                expected.append((f"o{sale.number}", model, number, *who, *amounts))
    assert [row[:5] for row in found] == [row[:5] for row in expected]
    for row, wanted in zip(found, expected, strict=True):
        # Powers of two are rounded on the way, so a last digit may differ; no other may.
        slack = (1, 1, 1) if row[1] == "time_decay" else (0, 0, 0)
        for value, right, units, places in zip(row[5:], wanted[5:], slack, (12, 4, 8), strict=True):
            assert abs(value - right) <= Decimal(units).scaleb(-places), (row, wanted)
    for sale in sales:
        for model in MODELS:
            mine = [row for row in found if row[:2] == (f"o{sale.number}", model)]
            assert sum(row[5] for row in mine) == 1
            assert sum(row[6] for row in mine) == sale.net
