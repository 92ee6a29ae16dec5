"""Preprocessing as a user declares it: what is refused, and what holds of any rows."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.drawn import drawn
from tests.macro_sql import expanded
from tests.oracles.cases import any_case
from tests.oracles.preprocessing import Case, Preprocessing

TYPES = {
    "price": "double",
    "stock": "integer",
    "colour": "varchar",
    "shelf": "varchar",
    "is_new": "boolean",
    "sold_at": "timestamp",
    "price__bin": "integer",
    "Title": "varchar",
}
REFUSED: dict[str, tuple[Any, str]] = {
    "nothing": ({}, "preprocess: must be a mapping, column: steps, got {}"),
    "a_list": (["price"], "preprocess: must be a mapping, column: steps, got ['price']"),
    "no_column": (
        {"prise": {"impute": "mean"}},
        "preprocess.prise: no such column; there are price, stock, colour, shelf, is_new, sold_at, "
        "price__bin, title",
    ),
    "capital": (
        {"Title": {"impute": "mode"}},
        "preprocess.Title: no such column; there are price, stock, colour, shelf, is_new, sold_at, "
        "price__bin, title",
    ),
    "no_steps": (
        {"price": {}},
        "preprocess.price: needs at least one step, such as {impute: median}, got {}",
    ),
    "unknown_step": (
        {"price": {"scaling": "standard"}},
        "preprocess.price: scaling is no step; there are cap, flag, impute, log, scale, bins, "
        "encode, top, drop_missing",
    ),
    "unknown_method": (
        {"price": {"scale": "zscore"}},
        "preprocess.price: scale: zscore is no method; there are standard, min_max, robust, "
        "quantile",
    ),
    "unknown_impute": (
        {"price": {"impute": "knn"}},
        "preprocess.price: impute: knn is no method; there are mean, median, mode, "
        "constant:<value>, group_median:<column>[,<parent>], last:<days>",
    ),
    "scaled_text": (
        {"colour": {"scale": "standard"}},
        "preprocess.colour: scale needs a number, and colour is varchar",
    ),
    "logged_text": (
        {"colour": {"log": True}},
        "preprocess.colour: log needs a number, and colour is varchar",
    ),
    "scaled_and_encoded": (
        {"stock": {"scale": "standard", "encode": "ordinal"}},
        "preprocess.stock: scale needs a number, and encode makes a category of stock",
    ),
    "mean_of_text": (
        {"colour": {"impute": "mean"}},
        "preprocess.colour: impute: mean needs a number; of a category there is the mode or "
        "a constant",
    ),
    "encoded_double": (
        {"price": {"encode": "ordinal"}},
        "preprocess.price: encode needs a text, a whole number or a boolean, and it is double; "
        "declare bins for it",
    ),
    "a_time": (
        {"sold_at": {"impute": "mode"}},
        "preprocess.sold_at: is timestamp; only numbers, texts and booleans can be preprocessed",
    ),
    "constant_text": (
        {"price": {"impute": "constant:none"}},
        "preprocess.price: impute: constant must be a number here, got none",
    ),
    "no_bins": (
        {"stock": {"bins": "quantile:0"}},
        "preprocess.stock: bins: quantile needs a whole number from 2 to 100, as in quantile:10, "
        "got quantile:0",
    ),
    "half_a_bin": (
        {"stock": {"bins": "uniform:2.5"}},
        "preprocess.stock: bins: uniform needs a whole number from 2 to 100, as in uniform:10, "
        "got uniform:2.5",
    ),
    "bins_without_number": (
        {"stock": {"bins": "uniform"}},
        "preprocess.stock: bins: uniform needs a whole number from 2 to 100, as in uniform:10, "
        "got uniform",
    ),
    "number_for_none": (
        {"price": {"scale": "robust:3"}},
        "preprocess.price: scale: robust takes no number, got robust:3",
    ),
    "made_already": (
        {"price": {"bins": "uniform:4"}},
        "preprocess.price: makes price__bin, which the relation has already",
    ),
    "cap_and_flag": (
        {"price": {"cap": "mad", "flag": "mad"}},
        "preprocess.price: cap flags already: declare cap or flag, not both",
    ),
    "log_how": (
        {"price": {"log": "natural"}},
        "preprocess.price: log must be true or false, got natural",
    ),
    "one_hot_without_top": (
        {"colour": {"encode": "one_hot"}},
        "preprocess.colour: encode: one_hot needs top, how many categories get a column, "
        "1 to 1000, got None",
    ),
    "top_without_one_hot": (
        {"colour": {"encode": "ordinal", "top": 3}},
        "preprocess.colour: top belongs to encode: one_hot",
    ),
    "no_group": (
        {"price": {"impute": "group_median:aisle"}},
        "preprocess.price: impute: group_median by aisle, which is no column",
    ),
    "three_groups": (
        {"price": {"impute": "group_median:colour,shelf,stock"}},
        "preprocess.price: impute: group_median takes a column and its parent, got "
        "colour,shelf,stock",
    ),
    "never_used": (
        {"price": {"impute": ["median", "last:7"]}},
        "preprocess.price: impute: last:7 would never be used, since median before it fills "
        "everything",
    ),
    "no_days": (
        {"price": {"impute": "last:0"}},
        "preprocess.price: impute: last needs a whole number from 1 to 36500, as in last:10, got "
        "last:0",
    ),
    "last_without_history": (
        {"price": {"impute": "last:7"}},
        "fitted: price is filled with its last value; say history={relation, entity, moment, "
        "known_at}",
    ),
    "target_without_label": (
        {"colour": {"encode": "target"}},
        "fitted: colour is encoded by the label; say label=<its column>",
    ),
}
# Like a training set's contract; the model itself is of no matter here.
PROPERTIES = """
models:
  - name: trn_toy
    columns:
      - {name: row_id, data_type: bigint}
      - name: price
        data_type: double
        config: {meta: {preprocess: {impute: median, bins: "uniform:4", drop_missing: true}}}
      - {name: colour, data_type: varchar, config: {meta: {preprocess: {encode: one_hot, top: 2}}}}
      - {name: is_new, data_type: boolean, config: {meta: {preprocess: {flag: tukey}}}}
  - name: trn_wrong
    columns:
      - {name: colour, data_type: varchar, config: {meta: {preprocess: {scale: standard}}}}
  - name: trn_keyed
    columns:
      - {name: order_id, data_type: varchar, config: {meta: {preprocess: {encode: ordinal}}}}
  - name: trn_plain
    columns:
      - {name: price, data_type: double}
  - name: trn_ghost
    config: {materialized: table, contract: {enforced: true}}
    columns:
      - {name: row_id, data_type: integer}
      - {name: ghost, data_type: double, config: {meta: {preprocess: {impute: median}}}}
"""
VARIABLES: dict[str, Any] = {
    "spines": {"after_order": ["customer_id", "order_id"]},
    "labels": {"keyed": {"spine": "after_order", "horizon_days": 7}},
    "splits": {"keyed": {}},
}
CALLS = {
    **dict.fromkeys(["trn_toy", "trn_wrong", "trn_keyed", "trn_plain"], "select 1 as row_id"),
    "trn_ghost": "select 1 as row_id",
    "wrong_type": "{{ declared_preprocessing('trn_wrong') }}",
    "of_a_key": "{{ training_plan('keyed') }}",
    "nothing_declared": "{{ declared_preprocessing('trn_plain') | tojson }}",
    "columns": "{{ plan_columns(declared_preprocessing('trn_toy')) | tojson }}",
    "unknown_model": "{{ declared_preprocessing('trn_tay') }}",
    "ordered": (
        "{{ target_encoded('given', ['row_id'], 'category', 'seen_at', 'label', 'known_at') }}"
        " order by row_id"
    ),
    "last": (
        "{% set plan = checked_preprocessing({'x': {'impute': ['last:3', 'constant:-9']}},"
        " {'x': 'double'}) %}{% set history = {'relation': 'given', 'entity': ['category'],"
        " 'moment': 'seen_at', 'known_at': 'known_at'} %}"
        "with learned as ({{ fitted('given', plan, history=history) }})"
        " select row_id, x__imputed from ({{ transformed('given', 'learned', plan,"
        " ['row_id'], history) }}) order by row_id"
    ),
}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    refused = {
        name: f"{{{{ fitted('given', checked_preprocessing({declared!r}, {TYPES!r})) }}}}"
        for name, (declared, _) in REFUSED.items()
    }
    return expanded(tmp_path_factory.mktemp("project"), {**CALLS, **refused}, PROPERTIES, VARIABLES)


@pytest.mark.parametrize("name", REFUSED)
def test_a_declaration_that_cannot_work_is_refused_in_a_sentence(
    compiled: tuple[dict[str, str], dict[str, str]], name: str
) -> None:
    assert compiled[1].get(name) == REFUSED[name][1]


def test_a_plan_is_read_from_the_columns_of_a_model(
    compiled: tuple[dict[str, str], dict[str, str]],
) -> None:
    """Its columns are known before any row is."""
    assert [f"{c['name']} {c['data_type']}" for c in json.loads(compiled[0]["columns"])] == [
        "price__bin integer",
        "price__is_missing boolean",
        "colour__top_1 integer",
        "colour__top_2 integer",
        "colour__other integer",
        "colour__null integer",
        "colour__is_missing boolean",
        "is_new__is_missing boolean",
        "is_new__is_outlier boolean",
    ]
    told = "declared_preprocessing: there is no model trn_tay"
    assert compiled[1]["unknown_model"] == told
    assert json.loads(compiled[0]["nothing_declared"]) == []


def test_a_declaration_of_a_training_set_that_cannot_work_says_where(
    compiled: tuple[dict[str, str], dict[str, str]],
) -> None:
    """Of a wrong type, of a key, and of a column that the model does not make."""
    told = compiled[1]
    assert told["wrong_type"] == (
        "trn_wrong: preprocess.colour: scale needs a number, and colour is varchar"
    )
    assert told["of_a_key"] == (
        "trn_keyed: preprocess.order_id: keys, split and label are never preprocessed; take it out"
    )
    assert told["trn_ghost"] == "This model has an enforced contract that failed."


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Preprocessing:
    return Preprocessing(tmp_path_factory.mktemp("steps"), threads=4)


few = drawn(25, suppress_health_check=list(HealthCheck))


@given(any_case(), any_case(), st.randoms(use_true_random=False))
@few
def test_rows_to_serve_teach_nothing(
    steps: Preprocessing, case: Case, other: Case, chance: Any
) -> None:
    """Nor does the order of the rows to learn from: the same numbers to the last digit."""
    learned = steps.fit(case)
    rows = list(zip(case.numbers, case.categories, case.labels, strict=True))
    chance.shuffle(rows)
    numbers, categories, labels = (list(column) for column in zip(*rows, strict=True))
    served = Case(numbers, categories, labels, other.serve_numbers, other.serve_categories)
    assert steps.fit(served) == learned


def test_many_rows_on_many_threads_teach_the_same_to_the_last_digit(steps: Preprocessing) -> None:
    """Sums of doubles depend on their order, and the order of many rows on the threads."""
    query = """
        select row_id, (row_id * 7919 % 150000) / 7e0 * if(row_id % 5 = 0, 1e5, 1e-7) as x,
            'word ' || row_id % 11 as c, row_id % 3 / 7e0 as label
        from range(150000) as numbers (row_id) order by row_id
    """
    assert steps.fit_query(query) == steps.fit_query(query + " desc")


FIRST = datetime(2026, 1, 1)  # noqa: DTZ001, UTC without a zone, as everywhere
day = timedelta(days=1)
moments = st.integers(0, 8).map(lambda halves: FIRST + halves * day / 2)
rows = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", None]),
        moments,
        st.one_of(st.none(), moments),
        st.sampled_from([0, 1, None]),
        st.sampled_from([1.0, 2.0, None, float("nan")]),
    ),
    max_size=14,
)


def ask(sql: str, given_rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """The second column of a query over rows of category, seen_at, known_at, label and x."""
    with duckdb.connect() as con:
        con.execute(
            "create table given (row_id int, category varchar, seen_at timestamp, "
            "known_at timestamp, label int, x double)"
        )
        if given_rows:
            con.executemany(
                "insert into given values (?, ?, ?, ?, ?, ?)",
                [(number, *row) for number, row in enumerate(given_rows)],
            )
        return [row[1] for row in con.execute(sql).fetchall()]


@given(rows)
@few
def test_a_target_is_encoded_by_the_labels_known_before(
    compiled: tuple[dict[str, str], dict[str, str]], given_rows: list[tuple[Any, ...]]
) -> None:
    expected = []
    for category, seen_at, *_ in given_rows:
        known = [
            (other, label)
            for other, _, known_at, label, _ in given_rows
            if label is not None and known_at is not None and known_at < seen_at
        ]
        own = [label for other, label in known if other == category]
        prior = sum(label for _, label in known) / len(known) if known else None
        expected.append(None if prior is None else (sum(own) + 10 * prior) / (len(own) + 10))
    assert ask(compiled[0]["ordered"], given_rows) == pytest.approx(expected, nan_ok=False)


@given(rows)
@few
def test_a_last_value_is_neither_too_old_nor_from_the_future(
    compiled: tuple[dict[str, str], dict[str, str]], given_rows: list[tuple[Any, ...]]
) -> None:
    expected = []
    for category, seen_at, known_at, _, x in given_rows:
        earlier = [
            (then, known_then, value)
            for other, then, known_then, _, value in given_rows
            if value in (1.0, 2.0)
            and None not in (category, known_at, known_then)
            and other == category
            and seen_at - 3 * day <= then < seen_at
            and known_then <= known_at
        ]
        last = max(earlier)[2] if earlier else -9.0
        expected.append(x if x in (1.0, 2.0) else last)
    assert ask(compiled[0]["last"], given_rows) == expected
