"""Histories of products and customers, against asking every version at every moment."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawn import drawn
from tests.pipeline.models import Models

FIRST = datetime.fromisoformat("2026-01-01")
DAYS = 8
INPUTS = ("intermediate.int_products__versions", "intermediate.int_customers__versions")
MODELS = ("dim_product_history", "fct_product_prices", "dim_customer_history")
Version = tuple[str, int | None, int, int]  # product, price, valid from, available


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return Models(tmp_path_factory.mktemp("history") / "warehouse", INPUTS, MODELS)


def at(day: int) -> datetime:
    return FIRST + timedelta(days=day)


versions = st.lists(
    st.tuples(
        st.sampled_from(["p", "q"]),
        st.sampled_from([1, 2, None]),
        st.integers(0, DAYS),
        st.integers(0, DAYS),
    ),
    max_size=8,
    # Two that say different things of one time, and became available at once, are told apart by
    # their hash: of that nobody can say what is right.
    unique_by=lambda version: (version[0], version[2], version[3]),
)


@drawn(100, derandomize=True)
@given(versions)
def test_a_history_says_what_held_at_every_moment(models: Models, versions: list[Version]) -> None:
    products: list[dict[str, Any]] = []
    customers: list[dict[str, Any]] = []
    for key, price, valid_from, available in versions:
        times = {"valid_from": at(valid_from), "available_at": at(available), "loaded_at": at(9)}
        products.append({"product_id": key, "unit_price": price, "currency": "EUR", **times})
        customers.append({"customer_id": key, "country": price and str(price), **times})
    models.run(int_products__versions=products, int_customers__versions=customers)
    for table, key, value in (
        ("dim_product_history", "product_id", "cast(unit_price as integer)"),
        ("fct_product_prices", "product_id", "cast(unit_price as integer)"),
        ("dim_customer_history", "customer_id", "cast(country as integer)"),
    ):
        spans = models.rows(
            f"select {key}, {value}, valid_from, valid_to, is_current from marts.{table} "
            "order by 1, 3"
        )
        for one, next_one in pairwise(spans):
            # They touch, and differ.
            assert one[0] != next_one[0] or (one[3] == next_one[2] and one[1] != next_one[1])
            assert one[4] == (one[0] != next_one[0])
        for name in ("p", "q"):
            for day in range(DAYS + 1):
                began = [v for v in versions if v[0] == name and v[2] <= day]
                right = [max(began, key=lambda v: (v[2], v[3]))[1]] if began else []
                found = [
                    held
                    for span, held, valid_from, valid_to, _ in spans
                    if span == name
                    and valid_from <= at(day)
                    and (valid_to is None or at(day) < valid_to)
                ]
                assert found == right


def test_a_price_is_compared_with_the_one_before(models: Models) -> None:
    """10 from January, 12 from March, 0, then 5: nothing rises from nothing."""
    models.run(
        int_products__versions=[
            {"product_id": "p", "unit_price": price, "currency": "EUR"}
            | {"valid_from": at(day), "available_at": at(day), "loaded_at": at(day)}
            for day, price in enumerate([10, 10, 12, 0, 5])
        ]
    )
    rows = models.rows(
        "select cast(unit_price as integer), cast(previous_unit_price as integer), change_rate "
        "from marts.fct_product_prices order by valid_from"
    )
    assert rows == [(10, None, None), (12, 10, 0.2), (0, 12, -1.0), (5, 0, None)]
