"""What the worked model reads is there; whether it learns, `make oracles` shows."""

from pathlib import Path

import pytest
import yaml

from examples.tasks import TASKS

FEATURES = Path(__file__).resolve().parents[1] / "models" / "features"
COLUMNS = {
    model["name"]: {column["name"] for column in model["columns"]}
    for path in FEATURES.rglob("*.yml")
    for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
}
TIMES = {"prediction_at", "available_as_of"}


@pytest.mark.parametrize("name", TASKS)
def test_a_task_names_tables_and_columns_that_there_are(name: str) -> None:
    task = TASKS[name]
    trained = COLUMNS[f"trn_{name}"]
    assert {*task.keys, task.recent, task.frequent, "split", "label", "prediction_at"} <= trained
    assert {*task.keys, *TIMES, "purpose"} <= COLUMNS[task.spine]
    for table in task.tables:
        assert {*task.keys, *TIMES} <= COLUMNS[table]
        cold = f"{table.removeprefix('ftr_')}__is_cold_start"
        named = COLUMNS[table] - {*task.keys, *TIMES, "is_cold_start", "input_fingerprint"}
        assert named | ({cold} if "is_cold_start" in COLUMNS[table] else set()) <= trained
