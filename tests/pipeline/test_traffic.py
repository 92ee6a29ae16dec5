"""Where visits come from: the real SQL over rows in memory, and rules that make no sense."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.pipeline.compiled import change_keys, compiled, fill, memory
from tests.support import PROJECT

SEEDS = (
    "channel_rules",
    "channels",
    "click_ids",
    "excluded_referrers",
    "referrer_hosts",
    "source_categories",
)
EVENTS = {
    "event_id": "varchar",
    "session_id": "varchar",
    "actor_id": "varchar",
    "visitor_id": "varchar",
    "person_id_current": "varchar",
    "customer_id": "varchar",
    "session_position": "integer",
    "is_automatic": "boolean",
    "is_bot": "boolean",
    "is_internal": "boolean",
    "page_url": "varchar",
    "page_referrer": "varchar",
    "utm_source": "varchar",
    "utm_medium": "varchar",
    "utm_campaign": "varchar",
    "utm_content": "varchar",
    "event_at": "timestamp",
}

Row = tuple[Any, ...]


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("traffic")
    compiled(
        folder,
        "int_sessions__sources",
        "channel_rules_are_sound",
        "source_categories_has_one_row_per_source",
    )
    paths = (folder / "target" / "compiled" / "footfall").rglob("*.sql")
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """The seeds as they are, and no event."""
    with memory() as con:
        for seed in SEEDS:
            con.execute(
                f"create table reference.{seed} as "
                f"from read_csv('{PROJECT / 'seeds' / seed}.csv', all_varchar = true)"
            )
        con.execute("alter table reference.channel_rules alter priority type integer")
        con.execute("alter table reference.channel_rules alter clause type integer")
        con.execute("alter table reference.click_ids alter overrides_organic type boolean")
        yield con


def event(number: int, **fields: Any) -> dict[str, Any]:
    """An event of the session S, each a minute after the one before."""
    plain = {"actor_id": "V", "session_id": "S", "is_automatic": False, "is_bot": False}
    at = f"2026-01-01 10:{number:02d}:00"
    return {**plain, "event_id": f"e{number}", "session_position": number, "event_at": at} | fields


def sources(
    con: duckdb.DuckDBPyConnection, sql: dict[str, str], events: list[dict[str, Any]]
) -> list[Row]:
    """session_id, source, medium, channel."""
    fill(con, "marts.fct_events", EVENTS, events)
    change_keys(con, "int_sessions__sources", "actor_id", "select actor_id from marts.fct_events")
    query = f"""
        select session_id, session_source, session_medium, channel
        from ({sql["int_sessions__sources"]}) order by all
    """
    return con.execute(query).fetchall()


@pytest.mark.parametrize(
    ("source", "medium", "channel"),
    [
        ("adnet", "interstitial", "Display"),
        ("adnet", "cpm", "Display"),
        (None, None, "Direct"),
    ],
)
def test_case_7_display_is_spelled_in_full_and_nothing_is_direct(
    con: duckdb.DuckDBPyConnection,
    sql: dict[str, str],
    source: str | None,
    medium: str | None,
    channel: str,
) -> None:
    tagged = event(1, utm_source=source, utm_medium=medium)
    assert sources(con, sql, [tagged]) == [("S", source, medium, channel)]


def test_case_8_a_category_that_stands_twice_is_told_and_doubles_no_session(
    con: duckdb.DuckDBPyConnection, sql: dict[str, str]
) -> None:
    con.execute("insert into reference.source_categories values ('google', 'search')")
    told = con.execute(sql["source_categories_has_one_row_per_source"]).fetchall()
    assert told == [("google", 2)]
    found = sources(con, sql, [event(1, utm_source="google", utm_medium="cpc"), event(2)])
    assert found == [("S", "google", "cpc", "Paid Search")]


def test_case_25_automatic_events_speak_last_but_they_speak(
    con: duckdb.DuckDBPyConnection, sql: dict[str, str]
) -> None:
    start = event(1, is_automatic=True)
    page = event(2, utm_source="google", utm_medium="cpc")
    assert sources(con, sql, [start, page]) == [("S", "google", "cpc", "Paid Search")]
    only = [event(n, is_automatic=True, utm_source="google") for n in (1, 2)]
    assert sources(con, sql, only) == [("S", "google", None, "Organic Search")]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("(3, 1, 'category', 'contain', 'shopping', 'Paid Shopping')", "unknown op"),
        ("(3, 1, 'keyword', 'equals', 'shoes', 'Paid Shopping')", "unknown field"),
        ("(20, 1, 'medium', 'equals', 'fax', 'Fax')", "unknown channel, not in channels.csv"),
        (
            "(12, 3, 'medium', 'equals', 'seo', 'Referral')",
            "this priority has another channel, Organic Search",
        ),
        ("(12, 2, 'medium', 'equals', 'organic', 'Organic Search')", "the row stands twice"),
        (
            "(12, 3, 'medium', 'equals', 'SEO', 'Organic Search')",
            "the value is not lower case, so it never matches",
        ),
        ("(12, 3, 'medium', 'equals', null, 'Organic Search')", "a field is empty"),
    ],
)
def test_a_rule_that_makes_no_sense_is_named(
    con: duckdb.DuckDBPyConnection, sql: dict[str, str], row: str, problem: str
) -> None:
    assert con.execute(sql["channel_rules_are_sound"]).fetchall() == []
    con.execute(f"insert into reference.channel_rules values {row}")
    fields = [field.strip(" '") for field in row.strip("()").split(",")]
    told = ",".join(field for field in fields if field != "null")
    with pytest.raises(duckdb.InvalidInputException) as stopped:
        con.execute(sql["channel_rules_are_sound"]).fetchall()
    assert f"channel_rules: {told}: {problem}" in str(stopped.value)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("(3, 1, 'category', 'contain', 'shopping', 'Paid Shopping')", "unknown op contain"),
        ("(3, 1, 'keyword', 'equals', 'shoes', 'Paid Shopping')", "unknown field keyword"),
    ],
)
def test_a_build_without_tests_stops_at_such_a_rule_too(
    con: duckdb.DuckDBPyConnection, sql: dict[str, str], row: str, problem: str
) -> None:
    con.execute(f"insert into reference.channel_rules values {row}")
    with pytest.raises(duckdb.InvalidInputException) as stopped:
        sources(con, sql, [event(1, utm_source="google")])
    assert f"channel_rules: priority 3, clause 1: {problem}" in str(stopped.value)
