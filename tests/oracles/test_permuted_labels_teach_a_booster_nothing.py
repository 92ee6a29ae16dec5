"""A gradient boosting that learns from rows with permuted labels guesses, wherever it is tried.

It finds what a single score does not show: that columns together give the label away.
"""

import random
from typing import Any

import duckdb
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from tests.macro_sql import expanded

DECLARED = {
    "x": {"cap": "winsor", "impute": "median", "scale": "standard"},
    "y": {"impute": "group_median:many", "log": True, "scale": "quantile:50"},
    "many": {"encode": "target"},
    "few": {"encode": "one_hot", "top": 4},
}
TYPES = {"x": "double", "y": "double", "many": "varchar", "few": "varchar"}
PLAN = f"{{% set plan = checked_preprocessing({DECLARED!r}, {TYPES!r}) %}}"
ORDERED = {
    "rows": "split = 'train'",
    "keys": ["row_id"],
    "moment": "seen_at",
    "label": "label",
    "known_at": "known_at",
}
CALLS = {
    "fit": PLAN + """{{ fitted('given', plan, "split = 'train'", 'label') }}""",
    "apply": PLAN
    + "{{ transformed('given', 'parameters', plan, ['row_id', 'split', 'label'], "
    + f"ordered={ORDERED!r}) }}}}",
}


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    found, told = expanded(tmp_path_factory.mktemp("project"), CALLS)
    assert told == {}
    return found


def rows(is_permuted: bool) -> list[tuple[Any, ...]]:
    """row_id, split, seen_at and known_at in hours, x, y, many, few, label."""
    chance = random.Random(1)
    made = []
    for number in range(6000):
        many = chance.randrange(600)
        label = int(chance.random() < (0.85 if many % 2 else 0.15))
        x = chance.gauss(0, 1) if chance.random() < 0.8 else None
        y = chance.expovariate(1) if chance.random() < 0.8 else None
        split = "train" if number < 4000 else "test"
        made.append((number, split, number, number + 48, x, y, f"k{many}", f"f{many % 7}", label))
    if is_permuted:
        labels = [row[-1] for row in made]
        chance.shuffle(labels)
        made = [(*row[:-1], label) for row, label in zip(made, labels, strict=True)]
    return made


@pytest.mark.parametrize("is_permuted", [True, False])
def test_a_booster_finds_a_label_only_where_it_is(sql: dict[str, str], is_permuted: bool) -> None:
    with duckdb.connect() as con:
        con.execute(
            "create table given (row_id int, split varchar, seen_at int, known_at int, x double, "
            "y double, many varchar, few varchar, label int)"
        )
        con.executemany("insert into given values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows(is_permuted))
        con.execute(f"create table parameters as {sql['fit']}")
        found = con.execute(
            f"select * exclude (row_id, split) from ({sql['apply']}) order by row_id"
        ).fetchnumpy()
    label = np.asarray(found.pop("label"))
    values: Any = np.column_stack(
        [np.ma.filled(np.ma.asarray(column, dtype=float), np.nan) for column in found.values()]
    )
    # Learned from the first half of what trains; tried on the other half, and on the test.
    booster = HistGradientBoostingClassifier(random_state=0).fit(values[:2000], label[:2000])
    score = booster.predict_proba(values)[:, 1]
    for part in (slice(2000, 4000), slice(4000, 6000)):
        area = roc_auc_score(label[part], score[part])
        # Four standard deviations of 2000 rows that know nothing.
        assert abs(area - 0.5) < 0.052 if is_permuted else area > 0.65, (part, area)
