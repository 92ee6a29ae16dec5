"""Columns through the project's own preprocessing: fitted on some rows, applied to others.

One compiled pair of queries holds every step, each on a column of its own with the same values. So
a case is three lists, and what comes back is a column a step.

steps = Preprocessing(folder)
steps.run(Case(numbers=[1.0, None], categories=["red", None], labels=[1.0, 0.0], serve=…))
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tests.macro_sql import expanded

NUMBERS: dict[str, dict[str, Any]] = {
    "mean": {"impute": "mean"},
    "median": {"impute": "median"},
    "mode": {"impute": "mode"},
    "constant": {"impute": "constant:-1.5"},
    "standard": {"scale": "standard"},
    "min_max": {"scale": "min_max"},
    "robust": {"scale": "robust"},
    **{f"quantile_{n}": {"scale": f"quantile:{n}"} for n in (2, 7, 100)},
    **{f"bins_quantile_{n}": {"bins": f"quantile:{n}"} for n in (2, 3, 7)},
    **{f"bins_uniform_{n}": {"bins": f"uniform:{n}"} for n in (2, 7)},
    "filled_standard": {"impute": "mean", "scale": "standard"},
    "filled_log_robust": {"impute": "median", "log": True, "scale": "robust"},
    "log_standard": {"log": True, "scale": "standard"},
    "filled_quantile": {"impute": "mode", "scale": "quantile:7"},
    "winsor": {"cap": "winsor"},
    "tukey": {"cap": "tukey"},
    "mad": {"cap": "mad"},
    "flagged": {"flag": "tukey", "impute": "mean"},
    "winsor_standard": {"cap": "winsor", "impute": "median", "scale": "standard"},
}
CATEGORIES: dict[str, dict[str, Any]] = {
    "text_mode": {"impute": "mode"},
    "one_hot": {"encode": "one_hot", "top": 3},
    "ordinal": {"encode": "ordinal"},
    "frequency": {"encode": "frequency"},
    "hash": {"encode": "hash:7"},
    "target": {"encode": "target:10"},
    "filled_ordinal": {"impute": "mode", "encode": "ordinal"},
}


@dataclass
class Case:
    """Rows to learn from and rows to serve; labels belong to the first."""

    numbers: Sequence[float | None]
    categories: Sequence[str | None]
    labels: Sequence[float]
    serve_numbers: Sequence[float | None]
    serve_categories: Sequence[str | None]


Columns = dict[str, list[Any]]


class Preprocessing:
    """folder: an empty one; threads: of the engine."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        declared = {**NUMBERS, **CATEGORIES}
        types = {name: "double" if name in NUMBERS else "varchar" for name in declared}
        plan = f"{{% set plan = checked_preprocessing({declared!r}, {types!r}) %}}"
        self._sql, told = expanded(
            folder,
            {
                "fit": plan
                + "{{ fitted('given', plan, training='part = 0', label='label') }} order by all",
                "apply": plan
                + "{{ transformed('given', 'parameters', plan, ['part', 'row_id']) }}",
                "folds": "with learned as (select *, row_id % 3 as fold from landed where part = 0)"
                "{{ target_encoded_by_fold('learned', ['row_id'], 'c', 'label', 'fold') }}"
                " order by row_id",
            },
        )
        assert told == {}
        self.con = duckdb.connect(config={"threads": str(threads)})
        self.con.execute("set preserve_insertion_order = false")
        self.con.execute(
            "create table landed (part int, row_id int, x double, c varchar, label double)"
        )
        copies = [f"x as {name}" for name in NUMBERS] + [f"c as {name}" for name in CATEGORIES]
        self.con.execute(
            f"create view given as select part, row_id, label, {', '.join(copies)} from landed"
        )

    def fit(self, case: Case) -> list[tuple[Any, ...]]:
        """The parameters, in order."""
        self.con.execute("truncate landed")
        self._land(case)
        return self._learn()

    def fit_query(self, query: str) -> list[tuple[Any, ...]]:
        """The same of the rows of a query for row_id, x, c and label."""
        self.con.execute("truncate landed")
        self.con.execute(f"insert into landed by name select 0 as part, * from ({query})")
        return self._learn()

    def _land(self, case: Case) -> None:
        parts = (
            (0, case.numbers, case.categories, list(case.labels)),
            (1, case.serve_numbers, case.serve_categories, [None] * len(case.serve_numbers)),
        )
        for part, numbers, categories, labels in parts:
            if numbers:
                self.con.execute(
                    "insert into landed select ?, unnest(?::int[]), unnest(?::double[]), "
                    "unnest(?::varchar[]), unnest(?::double[])",
                    [part, list(range(len(numbers))), list(numbers), list(categories), labels],
                )

    def _learn(self) -> list[tuple[Any, ...]]:
        self.con.execute(f"create or replace table parameters as {self._sql['fit']}")
        return self.con.execute("from parameters order by all").fetchall()

    def run(self, case: Case) -> Columns:
        """Every column that the steps make, of the rows to serve."""
        self.fit(case)
        done = self.con.execute(
            f"select * from ({self._sql['apply']}) where part = 1 order by row_id"
        )
        names = [description[0] for description in done.description]
        rows = done.fetchall()
        assert len(rows) == len(case.serve_numbers), "a row is lost or stands twice"
        return {
            name: [row[index] for row in rows]
            for index, name in enumerate(names)
            if name not in ("part", "row_id")
        }

    def folds(self, case: Case) -> list[float | None]:
        """The rows to learn from, encoded by the labels of the other ones of three folds."""
        self.con.execute("truncate landed")
        self._land(case)
        return [value for _, value in self.con.execute(self._sql["folds"]).fetchall()]


def differences(actual: Columns, expected: Columns, tolerance: float = 1e-9) -> list[str]:
    """Where two sets of columns differ; nothing and no number are the same."""
    found = [f"only on one side: {name}" for name in actual.keys() ^ expected.keys()]
    for name in actual.keys() & expected.keys():
        for row, (one, other) in enumerate(zip(actual[name], expected[name], strict=True)):
            if not _same(one, other, tolerance):
                found.append(f"{name}, row {row}: {one!r}, expected {other!r}")
    return sorted(found)


def _same(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return bool(one == other)
    one, other = (None if v is None or math.isnan(v) else float(v) for v in (one, other))
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
