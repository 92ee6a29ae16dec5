"""A macro that is called with a useless number stops the compilation in a sentence."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.macro_sql import run_dbt

PROJECT = Path(__file__).parents[2]
# The setting of this project is a text, as --vars '{session_gap_minutes: "30"}' would make it.
DBT_PROJECT = """
name: footfall
version: "1.0"
profile: guards
flags: {send_anonymous_usage_stats: false}
vars:
  session_gap_minutes: "30"
  rfm_lookback_days: "30"
  no_such_month: ["2026-03-31", "2026-13-01"]
  no_leap_year: ["2026-02-29"]
  no_list: yesterday
  product_pair_windows: {all: null, short: -90}
  retention_months: 0
  cart_abandoned_hours: -5
  cart_lifetime_hours: 0
  engaged_seconds: "x"
  rate_max_age_days: -1
  session_cap_hours: true
  clock_ahead_minutes: 0
  basket_max_products: 1.5
  covisit_max_acts: 200
  covisit_hours: {view_view: 12, cart_buy: 25}
  decision_lag_minutes: -5
  session_prefix_lengths: [3, 1, 3]
  served_hours: {customer: 0, visitor: 48}
  leap_year: [2024-02-29, "2026-04-30"]
  sources:
    off: {enabled: false, feeds: {int_nothing: stg_off__nothing}}
    till: {feeds: {int_events: stg_till__events, int_event: stg_till__events}}
"""
PROFILES = """
guards: {target: dev, outputs: {dev: {type: duckdb, path: guards.duckdb}}}
"""
EVENTS = "select 'v1' as visitor_id, timestamp '2026-01-01 10:00:00' as event_at"
WHOLE = {
    "cart_abandoned_hours": "-5",
    "cart_lifetime_hours": "0",
    "engaged_seconds": "x",
    "session_cap_hours": "True",
    "basket_max_products": "1.5",
    "covisit_max_acts": None,
}
CALLS = {
    "zero": "is_session_start('visitor_id', 'event_at', 0)",
    "negative": "is_session_start('visitor_id', 'event_at', -30)",
    "fraction": "is_session_start('visitor_id', 'event_at', 0.5)",
    "text": "is_session_start('visitor_id', 'event_at', 'half an hour')",
    "truth": "is_session_start('visitor_id', 'event_at', true)",
    "setting": "is_session_start('visitor_id', 'event_at')",
    "one": "is_session_start('visitor_id', 'event_at', 1)",
    "sound": "is_session_start('visitor_id', 'event_at', 30)",
    "lookback": "is_recent('event_at', 'event_at')",
    **{name: f"requested_dates('{name}')" for name in ("no_such_month", "no_leap_year", "no_list")},
    "leap_year": "requested_dates('leap_year')",
    "windows": "product_pair_windows()",
    "distance": "retention_bound('month')",
    "hours": "covisit_hours()",
    "day": "declared_watermark('till', {'complete_through': '2011-12-10'})",
    "no_offset": "declared_watermark('till', {'complete_through': '2011-12-10T00:00:00'})",
    "delay": "declared_watermark('till', {'max_delay_minutes': -1})",
    "half_delay": "declared_watermark('till', {'max_delay_minutes': 0.5})",
    **{name: f"whole_var('{name}')" for name in WHOLE},
    "rate_max_age_days": "whole_var('rate_max_age_days', least=0)",
    "clock_ahead_minutes": "whole_var('clock_ahead_minutes', least=0)",
    "contracts": "check_feeds()",
    "lag": "available_as_of('event_at')",
    "prefixes": "prefix_lengths()",
    "served_never": "served_hours('customer')",
    "served_unsaid": "served_hours('shelf')",
    "served": "served_hours('visitor')",
    "no_window": "window_interval('0d')",
    "minutes": "window_interval('90m')",
    "list_of_spines": "checked_spines(['customer_day'])",
    "spine_without_keys": "checked_spines({'customer_day': []})",
    "spine_with_a_text": "checked_spines({'customer_day': 'customer_id'})",
    "spine_with_twins": "checked_spines({'customer_day': ['customer_id', 'customer_id']})",
    "spine_with_a_capital": "checked_spines({'Customer': ['customer_id']})",
    **{
        name: f"checked_labels({labels}, {{'customer_day': ['customer_id']}})"
        for name, labels in {
            "list_of_labels": "['purchase_7d']",
            "label_of_no_length": "{'purchase': {'spine': 'customer_day', 'horizon_days': 0}}",
            "label_without_a_length": "{'purchase': {'spine': 'customer_day'}}",
            "label_of_another_length": "{'buy_7d': {'spine': 'customer_day', 'horizon_days': 14}}",
            "label_of_no_spine": "{'purchase': {'spine': 'customer', 'horizon_days': 7}}",
            "label_before_its_moment": (
                "{'buy': {'spine': 'customer_day', 'horizon_days': 7, 'gap_hours': -1}}"
            ),
            "label_with_a_typo": "{'buy': {'spine': 'customer_day', 'horizon': 7}}",
            "label_with_a_text": "{'buy': 'customer_day'}",
            "label_with_a_capital": "{'Buy': {'spine': 'customer_day', 'horizon_days': 7}}",
        }.items()
    },
    **{
        name: (
            f"checked_splits({splits}, {{'buy': {{'spine': 's', 'horizon_days': 7}}}}, "
            "{'s': ['c']})"
        )
        for name, splits in {
            "list_of_splits": "['buy']",
            "split_of_no_label": "{'sell': {}}",
            "split_without_a_test": "{'buy': {'test_days': 0}}",
            "split_of_everybody": "{'buy': {'test_pct': 60, 'valid_pct': 40}}",
            "split_with_half_a_bound": "{'buy': {'test_from': '2026-03-01'}}",
            "split_of_no_time": (
                "{'buy': {'valid_from': '1 March', 'test_from': '2026-03-01', "
                "'test_to': '2026-03-15'}}"
            ),
            "split_on_no_day": (
                "{'buy': {'valid_from': '2026-02-28', 'test_from': '2026-03-01 23:59:59', "
                "'test_to': '2026-13-45'}}"
            ),
            "split_at_no_hour": (
                "{'buy': {'valid_from': '2026-02-28', 'test_from': '2026-03-01 24:00:00', "
                "'test_to': '2026-03-15'}}"
            ),
            "split_without_length": (
                "{'buy': {'valid_from': '2026-03-01', 'test_from': '2026-03-15', "
                "'test_to': '2026-03-15 00:00:00'}}"
            ),
            "split_with_a_typo": "{'buy': {'embargo': 2}}",
        }.items()
    },
    "reader": "\"union_feeds('int_events', …)\"",
}
NUMBERS = [
    name
    for name, value in yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"].items()
    if type(value) is int
]
REFUSED = {
    "zero": "0",
    "negative": "-30",
    "fraction": "0.5",
    "text": "half an hour",
    "truth": "True",
}

INSTANT = (
    "sources.till: complete_through must be an instant with its offset, "
    "like 2011-12-10T00:00:00+00:00"
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What dbt says of a throwaway project with a model per call, and the folder of its SQL.

    Not `dbt compile`: it ends with the first error.
    """
    root = tmp_path_factory.mktemp("guards")
    shutil.copytree(PROJECT / "macros", root / "macros")
    (root / "dbt_project.yml").write_text(DBT_PROJECT)
    (root / "profiles.yml").write_text(PROFILES)
    (root / "models").mkdir()
    for name, call in CALLS.items():
        # Only when executing: while parsing, the first error would end everything.
        text = f"select {{% if execute %}}{{{{ {call} }}}}{{% endif %}} as is_start from ({EVENTS})"
        (root / "models" / f"{name}.sql").write_text(text)
    return run_dbt(root, "run"), root / "target" / "compiled" / "footfall" / "models"


@pytest.mark.parametrize("name", REFUSED)
def test_a_useless_gap_is_refused_in_a_sentence(compiled: tuple[str, Path], name: str) -> None:
    output, folder = compiled
    message = f"is_session_start: gap_minutes must be a whole number above 0, got {REFUSED[name]}\n"
    assert f"Compilation Error in model {name} (models/{name}.sql)\n  {message}" in output
    assert not (folder / f"{name}.sql").exists()


@pytest.mark.parametrize(("name", "gap"), [("one", "1"), ("sound", "30")])
def test_a_useful_gap_is_written_into_the_sql(
    compiled: tuple[str, Path], name: str, gap: str
) -> None:
    output, folder = compiled
    assert f"in model {name} " not in output
    assert f"> interval '{gap} minutes'" in (folder / f"{name}.sql").read_text()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("setting", "is_session_start: session_gap_minutes must be a whole number above 0, got 30"),
        ("lookback", "is_recent: rfm_lookback_days must be a whole number above 0, got 30"),
        ("windows", "product_pair_windows: short must be whole days above 0 or null, got -90"),
        ("hours", "covisit_hours: cart_buy must be whole hours from 1 to 24, got 25"),
        ("contracts", "vars.sources.till.feeds: int_event is no contract that a model reads"),
        ("lag", "decision_lag_minutes must be a whole number from 0, got -5"),
        (
            "prefixes",
            "session_prefix_lengths must be a list of different whole numbers above 0, got "
            "[3, 1, 3]",
        ),
        ("served_never", "served_hours.customer must be a whole number above 0, got 0"),
        ("served_unsaid", "served_hours.shelf must be a whole number above 0, got None"),
        ("distance", "retention: retention_months must be a whole number above 0, got 0"),
        ("day", f"{INSTANT}, got 2011-12-10"),
        ("no_offset", f"{INSTANT}, got 2011-12-10T00:00:00"),
        ("delay", "sources.till: max_delay_minutes must be a whole number from 0, got -1"),
        ("half_delay", "sources.till: max_delay_minutes must be a whole number from 0, got 0.5"),
    ],
)
def test_a_useless_var_is_refused_in_a_sentence(
    compiled: tuple[str, Path], name: str, message: str
) -> None:
    assert f"Compilation Error in model {name} (models/{name}.sql)\n  {message}\n" in compiled[0]


@pytest.mark.parametrize(("name", "window"), [("no_window", "0d"), ("minutes", "90m")])
def test_a_window_without_length_is_refused_in_a_sentence(
    compiled: tuple[str, Path], name: str, window: str
) -> None:
    rule = "a window is hours or days above 0, as 12h or 30d, or all"
    message = f"window_interval: {rule}; got {window}\n"
    assert f"Compilation Error in model {name} (models/{name}.sql)\n  {message}" in compiled[0]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "list_of_spines",
            "spines: must name each spine's keys, as {customer_day: [customer_id]}, got "
            "['customer_day']",
        ),
        (
            "spine_without_keys",
            "spines.customer_day: needs a list of key columns, got []",
        ),
        (
            "spine_with_a_text",
            "spines.customer_day: needs a list of key columns, got customer_id",
        ),
        ("spine_with_twins", "spines.customer_day: a key stands twice"),
        (
            "spine_with_a_capital",
            "spines.Customer: its name must be lower case letters, digits and underscores",
        ),
    ],
)
def test_a_useless_spine_is_refused_in_a_sentence(
    compiled: tuple[str, Path], name: str, message: str
) -> None:
    assert f"Compilation Error in model {name} (models/{name}.sql)\n  {message}\n" in compiled[0]


@pytest.mark.parametrize(
    ("name", "least", "given"),
    [*((name, 1, given) for name, given in WHOLE.items() if given), ("rate_max_age_days", 0, "-1")],
)
def test_what_is_no_whole_number_is_refused_in_a_sentence(
    compiled: tuple[str, Path], name: str, least: int, given: str
) -> None:
    message = f"vars: {name} must be a whole number of {least} or more, got {given}\n"
    assert f"Compilation Error in model {name} (models/{name}.sql)\n  {message}" in compiled[0]


@pytest.mark.parametrize(
    ("name", "value"), [("covisit_max_acts", 200), ("clock_ahead_minutes", 0), ("served", 48)]
)
def test_a_whole_number_stands_in_the_sql(
    compiled: tuple[str, Path], name: str, value: int
) -> None:
    text = (compiled[1] / f"{name}.sql").read_text()
    assert f"select {value} as is_start" in text


@pytest.mark.parametrize("name", NUMBERS)
def test_no_model_reads_such_a_var_unasked(name: str) -> None:
    """Vars that are numbers of something are read through a guard, wherever they are read."""
    unasked = [
        path.name
        for path in (PROJECT / "models").rglob("*.sql")
        if re.search(rf"\bvar\(['\"]{name}['\"]\)", path.read_text())
        and "require_positive_int" not in path.read_text()
    ]
    assert unasked == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "list_of_labels",
            "labels: must name each label's settings, as {purchase_7d: {spine: customer_day, "
            "horizon_days: 7}}, got ['purchase_7d']",
        ),
        (
            "label_of_no_length",
            "labels.purchase: horizon_days must be a whole number above 0, got 0",
        ),
        (
            "label_without_a_length",
            "labels.purchase: horizon_days must be a whole number above 0, got None",
        ),
        (
            "label_of_another_length",
            "labels.buy_7d: its name promises 7 days, horizon_days says 14",
        ),
        (
            "label_of_no_spine",
            "labels.purchase: spine customer is none of var spines: customer_day",
        ),
        ("label_before_its_moment", "labels.buy: gap_hours must be a whole number from 0, got -1"),
        (
            "label_with_a_typo",
            "labels.buy: horizon is no setting; there are spine, gap_hours, horizon_days, "
            "lateness_days",
        ),
        (
            "label_with_a_text",
            "labels.buy: needs settings, as {spine: customer_day, horizon_days: 7}, got "
            "customer_day",
        ),
        (
            "label_with_a_capital",
            "labels.Buy: its name must be lower case letters, digits and underscores",
        ),
    ],
)
def test_a_useless_label_is_refused_in_a_sentence(
    compiled: tuple[str, Path], name: str, message: str
) -> None:
    assert f"Compilation Error in model {name} (models/{name}.sql)\n  {message}\n" in compiled[0]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "list_of_splits",
            "splits: must name each task's settings, as {purchase_7d: {valid_days: 14, test_days: "
            "14}}, got ['buy']",
        ),
        ("split_of_no_label", "splits.sell: label sell is none of var labels: buy"),
        ("split_without_a_test", "splits.buy: test_days must be a whole number from 1, got 0"),
        (
            "split_of_everybody",
            "splits.buy: valid_pct and test_pct leave nobody to train on: 40 and 60",
        ),
        (
            "split_with_half_a_bound",
            "splits.buy: valid_from, test_from and test_to go together; there is test_from",
        ),
        (
            "split_of_no_time",
            "splits.buy: valid_from must be a time in UTC, as 2026-03-01 or 2026-03-01 23:00:00, "
            "got 1 March",
        ),
        (
            "split_on_no_day",
            "splits.buy: test_to must be a time in UTC, as 2026-03-01 or 2026-03-01 23:00:00, got "
            "2026-13-45",
        ),
        (
            "split_at_no_hour",
            "splits.buy: test_from must be a time in UTC, as 2026-03-01 or 2026-03-01 23:00:00, "
            "got 2026-03-01 24:00:00",
        ),
        (
            "split_without_length",
            "splits.buy: valid_from, test_from and test_to must follow each other, got "
            "2026-03-01 00:00:00, 2026-03-15 00:00:00, 2026-03-15 00:00:00",
        ),
        (
            "split_with_a_typo",
            "splits.buy: embargo is no setting; there are label, valid_from, test_from, test_to, "
            "valid_days, test_days, embargo_days, entity_disjoint, valid_pct, test_pct",
        ),
    ],
)
def test_a_useless_split_is_refused_in_a_sentence(
    compiled: tuple[str, Path], name: str, message: str
) -> None:
    assert f"Compilation Error in model {name} (models/{name}.sql)\n  {message}\n" in compiled[0]


@pytest.mark.parametrize(
    ("name", "day"),
    [("no_such_month", "2026-13-01"), ("no_leap_year", "2026-02-29"), ("no_list", "yesterday")],
)
def test_what_is_no_day_is_refused_in_a_sentence(
    compiled: tuple[str, Path], name: str, day: str
) -> None:
    message = f"{name}: each entry must be a day such as 2026-03-31, got {day}\n"
    assert f"Compilation Error in model {name} (models/{name}.sql)\n  {message}" in compiled[0]


def test_days_become_rows(compiled: tuple[str, Path]) -> None:
    text = (compiled[1] / "leap_year.sql").read_text()
    assert "cast('2024-02-29' as date)" in text
    assert "cast('2026-04-30' as date)" in text
