"""A classifier from a training set of the warehouse: how good it is, and what it predicts.

Run     make train, or .venv-examples/bin/python -m examples.train repeat_30d
Reads   marts.duckdb in FOOTFALL_HOME, through Arrow: the training set, and the rows to serve
Writes  predictions.duckdb beside it: a table a task, and `models`; older versions stay
"""

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier

from examples.measures import Rule, measured, report
from examples.rows import (
    Encoder,
    Feature,
    Numbers,
    doubles,
    features_of,
    rows_to_serve,
    training_rows,
)
from examples.tasks import TASKS, Task

SETTINGS: dict[str, Any] = {
    "learning_rate": 0.05,
    "max_iter": 100,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 40,
    "l2_regularization": 1.0,
    "random_state": 0,
}


class ExampleError(Exception):
    """What is wrong, and what to do about it, in a sentence."""


def train(home: Path, name: str) -> str:
    """Train a task's model, write what it predicts, and return a report."""
    task = TASKS[name]
    with duckdb.connect(str(home / "marts.duckdb"), read_only=True) as marts:
        rows = training_rows(marts, name)
        features = features_of(marts, task)
        serve = rows_to_serve(marts, task, features)
        (training_set,) = marts.execute(
            "select training_set_id from features.trn_registry where is_current and task = ?",
            [name],
        ).fetchone() or ("",)
    parts = {
        part: rows.filter(pc.equal(rows["split"], part)) for part in ("train", "valid", "test")
    }
    labels = {part: np.asarray(table["label"], dtype=float) for part, table in parts.items()}
    if len(set(labels["train"])) < 2:
        raise ExampleError(
            f"nothing to learn from: features.trn_{name} has {int(labels['train'].sum())} positive "
            f"of {len(labels['train'])} rows to train on. Let more time pass, or change its split "
            "in var splits."
        )
    encoder = Encoder(parts["train"], [called for *_, called in features])
    numbers = {part: encoder.numbers(table) for part, table in parts.items()}
    model = classifier(
        encoder, (numbers["train"], labels["train"]), (numbers["valid"], labels["valid"])
    )
    version = version_of(name, training_set, features)

    def predicted(values: Numbers) -> Numbers:
        # Without a row there is nothing to ask.
        return model.predict_proba(values)[:, 1] if len(values) else np.empty(0)

    probabilities = predicted(numbers["test"])
    results = {"gradient boosting": measured(labels["test"], probabilities, probabilities)}
    for rule, column, sign in (
        ("most recent", task.recent, -1),
        ("most frequent", task.frequent, 1),
    ):
        known, asked = (sign * doubles(parts[part][column]) for part in ("train", "test"))
        results[f"{rule} ({column})"] = measured(
            labels["test"],
            np.nan_to_num(asked, nan=np.finfo(float).min),  # never done comes last
            Rule(known, labels["train"]).probabilities(asked),
        )
    tested = of_version(parts["test"], task, version, "test", probabilities, labels["test"])
    served = of_version(serve, task, version, "serve", predicted(encoder.numbers(serve)))
    about = {
        "model_version": version,
        "task": name,
        "training_set_id": training_set,
        "train_count": len(labels["train"]),
        "test_count": len(labels["test"]),
        **results["gradient boosting"],
    }
    numbers_of = {key: pa.float64() for key in results["gradient boosting"]}
    schema = pa.schema(
        [
            (key, numbers_of.get(key, pa.int64() if key.endswith("_count") else pa.string()))
            for key in about
        ]
    )
    write(
        home / "predictions.duckdb",
        name,
        pa.concat_tables([tested, served]),
        pa.Table.from_pylist([about], schema),
    )
    return report(version, labels, results, len(serve))


def classifier(
    encoder: Encoder, train: tuple[Numbers, Numbers], valid: tuple[Numbers, Numbers]
) -> HistGradientBoostingClassifier:
    """Stops where validation grows no better, if there is any."""
    is_measured = len(set(valid[1])) == 2
    model = HistGradientBoostingClassifier(
        **SETTINGS, categorical_features=encoder.is_category, early_stopping=is_measured
    )
    further = {"X_val": valid[0], "y_val": valid[1]} if is_measured else {}
    return model.fit(*train, **further)


def of_version(
    rows: pa.Table,
    task: Task,
    version: str,
    purpose: str,
    probabilities: Numbers,
    labels: Numbers | None = None,
) -> pa.Table:
    """Predictions as stored: whose, of which moment, by which model; the label if known."""
    columns = {key: rows[key] for key in (*task.keys, "prediction_at")}
    said = pa.nulls(len(rows), pa.float64()) if labels is None else pa.array(labels)
    return pa.table(
        {
            **columns,
            "model_version": pa.array([version] * len(rows), pa.string()),
            "purpose": pa.array([purpose] * len(rows), pa.string()),
            "probability": pa.array(probabilities, pa.float64()),
            "label": said,
        }
    )


def write(path: Path, name: str, rows: pa.Table, model: pa.Table) -> None:
    """This version's rows in place of those it had, if any, in one transaction."""
    with duckdb.connect(str(path)) as predictions:
        predictions.execute("begin")
        for table, fresh in ((name, rows), ("models", model)):
            predictions.register("fresh", fresh)
            predictions.execute(f"create table if not exists {table} as from fresh limit 0")
            predictions.execute(
                f"delete from {table} where model_version in (select model_version from fresh)"
            )
            predictions.execute(f"insert into {table} by name from fresh")
            predictions.unregister("fresh")
        predictions.execute("commit")


def version_of(name: str, training_set: str, features: list[Feature]) -> str:
    """The same for the same rows, features, settings and library."""
    parts = json.dumps([training_set, features, SETTINGS, sklearn.__version__])
    return f"{name}-{hashlib.md5(parts.encode(), usedforsecurity=False).hexdigest()[:12]}"


def main() -> None:
    names = sys.argv[1:] or list(TASKS)
    home = Path(os.environ.get("FOOTFALL_HOME", Path(__file__).resolve().parents[1] / "warehouse"))
    unknown = [name for name in names if name not in TASKS]
    if unknown:
        sys.exit(f"error: there is no task {unknown[0]}; there are {', '.join(TASKS)}")
    if not (home / "marts.duckdb").exists():
        sys.exit(f"error: {home / 'marts.duckdb'} does not exist. Make it with: footfall run")
    failed = False
    for name in names:
        try:
            print(train(home, name), end="\n\n")
        except (ExampleError, duckdb.Error) as error:
            failed = True
            print(f"error: {name}: {str(error).splitlines()[0]}", file=sys.stderr)
    sys.exit(failed)


if __name__ == "__main__":
    main()
