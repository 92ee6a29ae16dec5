"""Market baskets, against mlxtend on the same baskets."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlxtend.frequent_patterns import apriori, association_rules

from tests.drawn import drawn
from tests.pipeline.models import Models

INPUTS = ("marts.fct_orders", "marts.fct_order_items")
MODELS = ("int_product_pair_windows", "int_product_pairs__counts", "fct_product_pairs")
LARGEST, FEWEST, DAYS = 4, 2, 10
MEASURES = ("support", "confidence", "lift", "leverage", "conviction")
Basket = tuple[int, list[str]]  # days after the first, products, a line each


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    home = tmp_path_factory.mktemp("pairs") / "warehouse"
    windows = {"all": None, "recent": DAYS}
    return Models(
        home,
        INPUTS,
        MODELS,
        basket_max_products=LARGEST,
        product_pair_min_orders=FEWEST,
        product_pair_windows=windows,
    )


def rules(baskets: list[set[str]]) -> dict[tuple[str, str], tuple[float, ...]]:
    """What mlxtend says of all pairs of these baskets."""
    products = sorted(set().union(*baskets))
    table = pd.DataFrame([[p in basket for p in products] for basket in baskets], columns=products)
    frequent = apriori(table, min_support=1e-9, use_colnames=True, max_len=2)
    if not (frequent["itemsets"].map(len) == 2).any():
        return {}
    return {
        (next(iter(rule.antecedents)), next(iter(rule.consequents))): tuple(
            getattr(rule, measure) for measure in MEASURES
        )
        for rule in association_rules(frequent, metric="support", min_threshold=0).itertuples()
    }


def load(models: Models, baskets: list[Basket]) -> None:
    orders: list[dict[str, Any]] = []
    items = []
    for number, (day, products) in enumerate(baskets):
        order_id = f"o{number}"
        on = date(2026, 1, 1) + timedelta(days=day)
        orders.append(
            {"order_id": order_id, "is_sold": True, "ordered_on": on, "input_fingerprint": 1}
        )
        items += [
            {
                "order_id": order_id,
                "line_number": line,
                "line_type": "sale",
                "is_product": product != "post",
                "quantity": 1,
                "product_id": product,
            }
            for line, product in enumerate(products)
        ]
    models.run(fct_orders=orders, fct_order_items=items)


basket = st.tuples(
    st.integers(0, 20), st.lists(st.sampled_from(["a", "b", "c", "d", "e", "post"]), max_size=7)
)


@drawn(60, derandomize=True)
@given(st.lists(basket, max_size=12))
def test_every_measure_is_that_of_mlxtend(models: Models, baskets: list[Basket]) -> None:
    load(models, baskets)
    last = max((day for day, _ in baskets), default=0)
    right: dict[tuple[str, str, str], tuple[float, ...]] = {}
    counts = {}
    for name, first in (("all", 0), ("recent", last - DAYS + 1)):
        products = [set(lines) - {"post"} for day, lines in baskets if day >= first]
        small = [found for found in products if 1 <= len(found) <= LARGEST]
        for pair, measures in (rules(small) if small else {}).items():
            if round(measures[0] * len(small)) >= FEWEST:
                right[(*pair, name)] = measures
                oversized = sum(len(found) > LARGEST for found in products)
                counts[(*pair, name)] = (len(small), oversized)
    rows = models.rows(
        "select product_id, other_product_id, window_name, basket_count, oversized_order_count, "
        f"{', '.join(MEASURES)} from marts.fct_product_pairs"
    )
    assert {row[:3]: row[3:5] for row in rows} == counts
    for row in rows:
        # Where the rule never fails mlxtend says infinity.
        found = [float("inf") if value is None else value for value in row[5:]]
        assert found == pytest.approx(right[row[:3]], rel=1e-12, abs=1e-12)
