"""Rows of the warehouse as Arrow, and Arrow as numbers that a classifier takes."""

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from examples.tasks import Task

Numbers = NDArray[np.float64]
Feature = tuple[str, str, str]  # its table, its name there, its name in the training set
MOST_CATEGORIES = 250  # the classifier takes 255; others count as missing


def features_of(marts: duckdb.DuckDBPyConnection, task: Task) -> list[Feature]:
    """The features of the task's tables, as the catalogue lists them."""
    found = marts.execute(
        "select model_name, feature_name from features.catalog "
        "where list_contains(?, model_name) order by all",
        [list(task.tables)],
    ).fetchall()
    # Each table has one; the training set calls it by its table.
    cold = "is_cold_start"
    return [
        (table, name, f"{table.removeprefix('ftr_')}__{cold}" if name == cold else name)
        for table, name in found
    ]


def training_rows(marts: duckdb.DuckDBPyConnection, name: str) -> pa.Table:
    """The training set, in one order, whatever its file's is."""
    return marts.execute(f"from features.trn_{name} order by all").to_arrow_table()


def rows_to_serve(
    marts: duckdb.DuckDBPyConnection, task: Task, features: list[Feature]
) -> pa.Table:
    """The same columns of the same tables, at the moments that are predicted for now."""
    columns = ", ".join(f"{table}.{name} as {called}" for table, name, called in features)
    using = ", ".join((*task.keys, "prediction_at", "available_as_of"))
    joins = " ".join(f"left join features.{table} using ({using})" for table in task.tables)
    query = (
        f"select spine.*, {columns} from features.{task.spine} as spine {joins} "
        "where spine.purpose = 'serve' order by all"
    )
    return marts.execute(query).to_arrow_table()


class Encoder:
    """Columns as numbers: nothing is NaN, a text its place in the vocabulary of training."""

    def __init__(self, train: pa.Table, names: list[str]) -> None:
        # A column without a value teaches nothing, and the library trips over it.
        self.names = [name for name in names if train[name].null_count < len(train)]
        self.vocabularies = {
            name: _most_frequent(train[name])
            for name in self.names
            if pa.types.is_string(train[name].type)
        }
        self.is_category = [name in self.vocabularies for name in self.names]

    def numbers(self, rows: pa.Table) -> Numbers:
        return np.column_stack([self._column(rows[name], name) for name in self.names])

    def _column(self, values: pa.ChunkedArray, name: str) -> Numbers:
        if name in self.vocabularies:
            values = pc.index_in(values, self.vocabularies[name], skip_nulls=True)
        return doubles(values)


def doubles(values: pa.ChunkedArray) -> Numbers:
    return np.asarray(pc.fill_null(pc.cast(values, pa.float64()), float("nan")))


def _most_frequent(values: pa.ChunkedArray) -> pa.Array:
    counts = pc.value_counts(values.drop_null().combine_chunks()).to_pylist()
    counts.sort(key=lambda entry: (-entry["counts"], entry["values"]))
    return pa.array([entry["values"] for entry in counts[:MOST_CATEGORIES]], pa.string())
