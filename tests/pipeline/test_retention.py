"""Retention, against a plain reading of DEFINITIONS.md, section 11."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawn import drawn
from tests.pipeline.models import Models

ZONE = ZoneInfo("Europe/Berlin")
INPUTS = ("marts.fct_orders", "marts.fct_sessions", "intermediate.int_watermarks")
BOUNDS = {"day": 3, "week": 2, "month": 4}
Acts = Iterable[tuple[str, date]]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    home = tmp_path_factory.mktemp("retention") / "warehouse"
    variables = {f"retention_{period}s": bound for period, bound in BOUNDS.items()}
    return Models(home, INPUTS, ("fct_retention", "rpt_retention"), **variables)


def load(models: Models, buys: Acts, visits: Acts = (), watermark: datetime | None = None) -> None:
    orders = [
        {"order_id": f"o{n}", "customer_id": who, "is_sold": True, "ordered_on": day}
        for n, (who, day) in enumerate(buys)
    ]
    sessions = [
        {"session_id": f"s{n}", "person_id": who, "is_bot": False, "session_started_on": day}
        for n, (who, day) in enumerate(visits)
    ]
    marks = [{"source": name, "watermark_at": watermark} for name in ("shop", "web")]
    models.run(fct_orders=orders, fct_sessions=sessions, int_watermarks=marks if watermark else [])


# What the definitions say, member by member.


def start_of(period: str, day: date) -> date:
    if period == "day":
        return day
    return day.replace(day=1) if period == "month" else day - timedelta(days=day.weekday())


def later(period: str, start: date, count: int) -> date:
    for _ in range(count):
        days = {"day": 1, "week": 7, "month": 31}[period]
        start = start_of(period, start + timedelta(days=days))
    return start


@dataclass(frozen=True)
class Cell:
    size: int
    retained: int
    is_complete: bool


def expected(
    acts: list[tuple[str, date]], watermark: datetime | None, cohort_by: str
) -> dict[tuple[Any, ...], Cell]:
    cells = {}
    who_acted = {who for who, _ in acts}
    for period, bound in BOUNDS.items():
        periods = {who: {start_of(period, day) for w, day in acts if w == who} for who in who_acted}
        every = {start for starts in periods.values() for start in starts}
        last = max(every, default=None)
        mark = watermark and watermark.replace(tzinfo=UTC).astimezone(ZONE)
        if last and mark:
            last = max(last, start_of(period, mark.date()))
        for start in every:
            for cohort_type in ("first_time", "recurring"):
                members = [
                    who
                    for who, starts in periods.items()
                    if start in starts and (cohort_type == "recurring" or start == min(starts))
                ]
                for k in range(bound + 1):
                    begins = later(period, start, k)
                    if not members or last is None or begins > last:
                        continue
                    end = later(period, begins, 1)
                    midnight = datetime(end.year, end.month, end.day, tzinfo=ZONE)
                    for mode, has_returned in (
                        ("on", [begins in periods[who] for who in members]),
                        ("on_or_after", [max(periods[who]) >= begins for who in members]),
                    ):
                        key = (cohort_by, period, cohort_type, mode, start, k)
                        is_complete = mark is not None and midnight <= mark
                        cells[key] = Cell(len(members), sum(has_returned), is_complete)
    return cells


def found(models: Models) -> dict[tuple[Any, ...], Cell]:
    return {
        tuple(key): Cell(*values)
        for *key, values in models.rows(
            "select cohort_by, period, cohort_type, mode, cohort_on, k, "
            "[size, retained, cast(is_complete as integer)] from marts.fct_retention"
        )
    }


acts = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d"]),
        # A leap day, a week over the new year, and the days around a change of clocks.
        st.sampled_from(
            [date(2023, 12, 25), date(2023, 12, 31), date(2024, 1, 1), date(2024, 2, 29)]
            + [date(2024, 3, 30) + timedelta(days=n) for n in range(5)]
        ),
    ),
    max_size=12,
)
watermarks = st.sampled_from(
    [None]
    + [
        datetime.fromisoformat(text)
        for text in (
            "2024-03-31 22:00",  # midnight in Berlin
            "2024-03-31 21:59:59.999999",
            "2024-04-30 22:00",
            "2024-05-01 12:00",
            "2023-12-31 23:00",
        )
    ]
)


@drawn(80, derandomize=True)
@given(acts, acts, watermarks)
def test_retention_is_that_of_the_definitions(
    models: Models,
    buys: list[tuple[str, date]],
    visits: list[tuple[str, date]],
    watermark: datetime | None,
) -> None:
    load(models, buys, visits, watermark)
    right = expected(buys, watermark, "purchase") | expected(visits, watermark, "visit")
    assert found(models) == right
    means: dict[tuple[Any, ...], list[int]] = {}
    for (*kind, _, k), cell in right.items():
        mean = means.setdefault((*kind, k), [0, 0, 0, 0])
        mean[0 if cell.is_complete else 1] += 1
        mean[2] += cell.size * cell.is_complete
        mean[3] += cell.retained * cell.is_complete
    assert {
        tuple(row[:5]): row[5:]
        for row in models.rows(
            "select cohort_by, period, cohort_type, mode, k, cohort_count, "
            "incomplete_cohort_count, size, retained, retention_rate from marts.rpt_retention"
        )
    } == {kind: (*mean, mean[3] / mean[2] if mean[2] else None) for kind, mean in means.items()}


def test_a_cohort_begins_with_the_first_purchase_whatever_came_before(models: Models) -> None:
    """Case 18, first half: another act on 1 January, the first purchase on 10 February."""
    load(models, [("C1", date(2026, 2, 10))], [("C1", date(2026, 1, 1))])
    rows = models.rows(
        "select distinct cohort_by, cohort_type, cohort_on from marts.fct_retention "
        "where period = 'month' order by all"
    )
    assert rows == [
        ("purchase", "first_time", date(2026, 2, 1)),
        ("purchase", "recurring", date(2026, 2, 1)),
        ("visit", "first_time", date(2026, 1, 1)),
        ("visit", "recurring", date(2026, 1, 1)),
    ]


def test_the_table_of_the_definitions(models: Models) -> None:
    """April begins with the watermark: it has cells, and none is complete."""
    first, second, third = ("C1", "2026-01-05"), ("C2", "2026-01-20"), ("C3", "2026-02-10")
    again = [("C1", "2026-03-02"), ("C2", "2026-02-03")]
    buys = [(who, date.fromisoformat(day)) for who, day in (first, second, third, *again)]
    load(models, buys, watermark=datetime.fromisoformat("2026-03-31 22:00"))
    rows = models.rows(
        """
        select cohort_on, mode, list(retained order by k), list(is_complete order by k)
        from marts.fct_retention where period = 'month' and cohort_type = 'first_time'
        group by all order by all
        """
    )
    january, february = date(2026, 1, 1), date(2026, 2, 1)
    assert rows == [
        (january, "on", [2, 1, 1, 0], [True, True, True, False]),
        (january, "on_or_after", [2, 2, 1, 0], [True, True, True, False]),
        (february, "on", [1, 0, 0], [True, True, False]),
        (february, "on_or_after", [1, 0, 0], [True, True, False]),
    ]
