"""What training sets teach preprocessing, and what becomes of their rows by it."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from tests.pipeline.compiled import DBT, change_keys, compiled, fill, memory
from tests.pipeline.scores import area
from tests.support import PROJECT, run

START = datetime.fromisoformat("2026-03-01")
DAY = timedelta(days=1)
TASKS = ("purchase_7d", "repeat_30d", "churn_90d", "return_30d", "session_purchase")
TAUGHT_BY = ("train",)
OTHERS = ("valid", "test", "purged", "embargo")
TYPES: dict[str, dict[str, str]] = {
    model["name"]: {column["name"]: column["data_type"] for column in model["columns"]}
    for page in (PROJECT / "models" / "features").rglob("*__models.yml")
    for model in yaml.safe_load(page.read_text(encoding="utf-8"))["models"]
}
Row = dict[str, Any]
# As the README serves what a model was trained on.
SERVED = "{{ preprocessed('purchase_7d', ref('ftr_customer__latest'), keep=['customer_id']) }}"
# Everything but the time of the build.
FITTED = {
    "intermediate.int_fitted_parameters": "int_fitted_parameters",
    "features.fitted_parameters": "ftr_fitted_parameters",
}
BY_TASK = ("int_fitted_parameters", "ops_missing_impact", "ops_treatment_impact")
PARAMETERS = "select * exclude (as_known_at) from features.fitted_parameters order by all"


class Shop:
    """The training sets of all tasks in memory, and the compiled SQL of what is made of them."""

    def __init__(self, con: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
        self.con, self._sql = con, sql
        for name, columns in TYPES.items():
            fill(con, f"features.{name}", columns, [])
        fill(con, "features.fitted_parameters", TYPES["ftr_fitted_parameters"], [])
        # After every moment there is here.
        known = [{"known_at": START + timedelta(days=1000)}]
        fill(con, "intermediate.int_training_moment", {"known_at": "timestamp"}, known)
        self.learn(*TASKS)

    def learn(self, *tasks: str) -> None:
        """What is made anew from now on."""
        listed = ", ".join(f"('{task}')" for task in tasks)
        for model in BY_TASK:
            change_keys(self.con, model, "task", f"values {listed}")

    def put(self, task: str, rows: list[Row]) -> None:
        """These rows and no others; what they do not name is null."""
        self.con.execute(f"truncate features.trn_{task}")
        if rows:
            given_rows = pa.table({name: [row[name] for row in rows] for name in rows[0]})
            self.con.register("given_rows", given_rows)
            self.con.execute(f"insert into features.trn_{task} by name from given_rows")
            self.con.unregister("given_rows")

    def fit(self) -> list[tuple[Any, ...]]:
        for table in ("intermediate.int_fitted_parameters", "features.fitted_parameters"):
            query = self._sql[FITTED[table]]
            self.con.execute(f"create or replace table {table} as {query}")
        return self.con.execute(PARAMETERS).fetchall()

    def numbers(self) -> dict[str, tuple[Any, ...]]:
        """What of each task tells whether it is learned anew."""
        found = self.con.execute(f"""
            select task, is_preprocessed, row_count, row_hash, earlier_hash
            from ({self._sql["int_training_sets"]})
        """).fetchall()
        return {task: tuple(numbers) for task, *numbers in found}

    def impact(self, kind: str) -> list[Row]:
        """Rows of an ops table, as dictionaries."""
        found = self.con.execute(f"select * from ({self._sql[f'ops_{kind}_impact']}) order by all")
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def serve(self, rows: list[Row]) -> list[Row]:
        """What becomes of the newest rows of accounts."""
        columns = TYPES["ftr_customer__latest"]
        own = [{name: row.get(name) for name in columns} for row in rows]
        fill(self.con, "features.ftr_customer__latest", columns, own)
        found = self.con.execute(f"select * from ({self._sql['served']}) order by customer_id")
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def transform(self, task: str, columns: str = "*") -> list[tuple[Any, ...]]:
        query = self._sql[f"trn_{task}__transformed"]
        return self.con.execute(f"select {columns} from ({query}) order by all").fetchall()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder: Path = tmp_path_factory.mktemp("preprocessed")
    transformed = (f"trn_{task}__transformed" for task in TASKS)
    impact = (f"ops_{kind}_impact" for kind in ("missing", "treatment", "deletion"))
    with memory() as con:
        sql = compiled(folder, *transformed, "int_training_sets", *FITTED.values(), *impact)
        done = run(
            *(*DBT, "compile", "--quiet", "--inline", SERVED),
            *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
            home=folder / "warehouse",
            cwd=PROJECT,
        )
        assert done.returncode == 0, done.stdout
        yield Shop(con, {**sql, "served": done.stdout})


def test_what_was_published_is_read_back_whatever_its_shape(tmp_path: Path) -> None:
    """Also in a folder whose name looks like a pattern."""
    folder = tmp_path / "shop [1]"
    ledger = folder / "warehouse" / "ledger" / "fitted_parameters"
    ledger.mkdir(parents=True)
    kept: Row = dict.fromkeys(TYPES["ftr_fitted_parameters"], "1")
    kept |= {"value": 0.5, "row_count": 1, "fit_from": START, "fit_to": START, "as_known_at": START}
    kept |= {"is_current": True, "params_version": "kept"}
    strange = {**kept, "params_version": "strange", "value": "0.5", "more": 1}
    old = {**kept, "params_version": "old"}
    del old["plan_hash"]
    for row in (kept, strange, old):
        path = ledger / f"{row['params_version']}.parquet"
        pq.write_table(pa.table({name: [value] for name, value in row.items()}), path)
    sql = compiled(folder, *FITTED.values())
    with memory() as con:
        Shop(con, sql).fit()
        found = con.execute(
            "select params_version, value, is_current from features.fitted_parameters "
            "where not is_current order by params_version"
        ).fetchall()
    assert found == [("kept", 0.5, False), ("strange", 0.5, False)]


def made(task: str, chance: random.Random, number: int, split: str, wild: float = 1.0) -> Row:
    """A row of a task with a value, or none, in every column."""
    at = START + number * timedelta(hours=1)
    known: Row = {
        "split": split,
        "label": chance.randint(0, 1),
        "prediction_at": at,
        "available_as_of": at,
        "label_from_at": at,
        "label_to_at": at + DAY,
        "label_known_at": at + 2 * DAY,
    }
    makers: dict[str, Callable[[], Any]] = {
        "varchar": lambda: chance.choice([None, "a", "b", "c"]) if wild == 1 else "never seen",
        "integer": lambda: chance.choice([None, 0, 1, 2, 7]) if wild == 1 else int(wild),
        "double": lambda: chance.choice([None, 0.0, 0.5, 3.0, 40.0]) if wild == 1 else wild,
        "boolean": lambda: chance.random() < 0.5,
        "timestamp": lambda: at,
    }
    row = {name: makers[type_]() for name, type_ in TYPES[f"trn_{task}"].items()}
    keys = {
        name: f"{split}-{number}"
        for name, type_ in TYPES[f"trn_{task}"].items()
        if name.endswith("_id")
    }
    return {**row, **keys, **known, **({"prefix_length": number} if "prefix_length" in row else {})}


@pytest.mark.parametrize(("learned", "others"), [(0, 1), (1, 20), (7, 1), (25, 20)])
def test_rows_that_do_not_train_teach_nothing(shop: Shop, learned: int, others: int) -> None:
    chance = random.Random(learned)
    rows = {
        task: [made(task, chance, number, "train") for number in range(learned)] for task in TASKS
    }
    for task in TASKS:
        shop.put(task, rows[task])
    alone = shop.fit()
    for wild in (1.0, 1e9):
        for task in TASKS:
            # Before, between and after the rows that train.
            poison = [
                made(task, chance, chance.randint(-50, 50), split, wild)
                for split in OTHERS
                for _ in range(others)
            ]
            mixed = [*rows[task], *poison]
            chance.shuffle(mixed)
            shop.put(task, mixed)
        assert shop.fit() == alone
    if not learned:
        return
    versions = [{row[:2] for row in alone}]
    for task in TASKS:
        # In the same window another value of the last row.
        shop.put(task, [*rows[task][:-1], made(task, chance, learned - 1, "train", 1e9)])
    versions.append({row[:2] for row in shop.fit()})
    for task in TASKS:
        # The same values in another window.
        later = [{**row, "prediction_at": row["prediction_at"] + DAY} for row in rows[task]]
        shop.put(task, later)
    versions.append({row[:2] for row in shop.fit()})
    assert len(set.union(*versions)) == 3 * len(TASKS), "a version names other parameters, too"


def test_a_task_is_learned_anew_alone(shop: Shop) -> None:
    chance = random.Random(2)
    for task in TASKS:
        shop.put(task, [made(task, chance, number, "train") for number in range(9)])
    fitted = shop.fit()
    of_all = {kind: shop.impact(kind) for kind in ("missing", "treatment")}
    try:
        shop.learn("purchase_7d")
        found = shop.fit()
        assert found == [row for row in fitted if row[1] == "purchase_7d"]
        for kind, rows in of_all.items():
            found_rows = shop.impact(kind)
            assert found_rows == [row for row in rows if row["task"] == "purchase_7d"]
            assert 0 < len(found_rows) < len(rows)
    finally:
        shop.learn(*TASKS)


def test_what_changes_for_a_task_is_told_of_it_alone(shop: Shop) -> None:
    before: dict[str, tuple[Any, ...]] = {}

    def told() -> set[str]:
        after = shop.numbers()
        changed = {task for task in after if after[task] != before.get(task)}
        before.update(after)
        return changed

    chance = random.Random(3)
    for task in TASKS:
        shop.put(task, [made(task, chance, number, "train") for number in range(9)])
    assert told() == {*TASKS}
    assert {numbers[:2] for numbers in before.values()} == {(True, 9)}
    shop.put("repeat_30d", [made("repeat_30d", chance, n, "test") for n in range(9)])
    assert told() == {"repeat_30d"}
    # Of an account that no set has: a gap may be filled with it, in the one task that says so.
    columns = TYPES["ftr_customer__preferences"]
    earlier: Row = dict.fromkeys(columns) | {"customer_id": "a", "prediction_at": START}
    late = START + timedelta(days=1001)  # after the moment of the sets
    for known_at, is_told in ((late, False), (START, True)):
        row = {**earlier, "viewed_category_entropy_90d": 0.5, "available_as_of": known_at}
        fill(shop.con, "features.ftr_customer__preferences", columns, [row])
        assert told() == ({"purchase_7d"} if is_told else set())
    # The same value, made of something else.
    fill(shop.con, "features.ftr_customer__preferences", columns, [{**row, "input_fingerprint": 7}])
    assert told() == set()
    fill(shop.con, "features.ftr_customer__preferences", columns, [])


def test_without_a_row_that_trains_the_result_is_defined(shop: Shop) -> None:
    """A history that is too short, or bounds of one's own that leave nothing to learn from."""
    chance = random.Random(1)
    for task in TASKS:
        shop.put(task, [made(task, chance, number, "test") for number in range(5)])
    fitted = shop.fit()
    assert {row[1] for row in fitted} == set(TASKS)
    names = [column[0] for column in shop.con.description or []]
    for row in (dict(zip(names, values, strict=True)) for values in fitted):
        assert row["row_count"] == 0
        assert (row["fit_from"], row["fit_to"]) == (None, None)
        assert row["value"] in (None, 0.0, 1.0, 86400.0), row
    for task in TASKS:
        assert len(shop.transform(task)) == 5
    # Nothing was learned: what is missing becomes 0, what is there is null.
    columns = "last_event__age_seconds__robust, return_share_90d__min_max, day_of_month__bin"
    assert set(shop.transform("purchase_7d", columns)) == {(None, None, None)}


def test_a_row_alone_becomes_what_it_becomes_among_all(shop: Shop) -> None:
    """So serving, a row at a time, gives what validation and test gave."""
    chance = random.Random(2)
    rows: dict[str, list[Row]] = {}
    for task in TASKS:
        rows[task] = [
            made(task, chance, number, chance.choice([*TAUGHT_BY, "valid", "test"]))
            for number in range(24)
        ]
        shop.put(task, rows[task])
    shop.fit()
    for task in TASKS:
        shop.put(task, rows[task])
        whole = [row for row in shop.transform(task) if "train" not in row]
        alone = []
        for row in rows[task]:
            if row["split"] != "train":
                shop.put(task, [row])
                alone += shop.transform(task)
        assert len(alone) > 8
        assert sorted(alone, key=repr) == sorted(whole, key=repr), task


def test_what_is_served_is_what_the_test_saw(shop: Shop) -> None:
    chance = random.Random(8)
    rows = [
        made("purchase_7d", chance, number, "test" if number % 3 else "train")
        for number in range(60)
    ]
    shop.put("purchase_7d", rows)
    shop.fit()
    served = shop.serve([row for row in rows if row["split"] == "test"])
    assert len(served) == 40
    names = list(served[0])
    assert len(names) > 20
    listed = f"split, {', '.join(names)}"
    seen = [row[1:] for row in shop.transform("purchase_7d", listed) if row[0] == "test"]
    assert sorted(seen, key=repr) == sorted((tuple(row.values()) for row in served), key=repr)


def test_a_row_that_misses_what_it_may_not_is_no_longer_learned_from(shop: Shop) -> None:
    chance = random.Random(3)
    rows = []
    for number, split in enumerate(["train", "train", "valid", "test"] * 5):
        row = made("repeat_30d", chance, number, split)
        rows.append({**row, "sales_all": None if number % 4 else 5.0})
    shop.put("repeat_30d", rows)
    shop.fit()
    found = shop.transform("repeat_30d", "split, sales_all__is_missing")
    counts = {kind: found.count(kind) for kind in set(found)}
    assert counts == {("train", False): 5, ("valid", True): 5, ("test", True): 5}


@pytest.mark.parametrize("is_permuted", [True, False])
def test_permuted_labels_give_chance(shop: Shop, is_permuted: bool) -> None:
    """A category with few rows each is where a target encoding would give its own label away."""
    chance = random.Random(4)
    rows = []
    for number in range(4000):
        category = chance.randrange(400)
        row = made("purchase_7d", chance, number, "train" if number < 3000 else "test")
        label = int(chance.random() < (0.9 if category % 2 else 0.1))
        rows.append({**row, "top_viewed_category_90d": f"k{category}", "label": label})
    if is_permuted:
        labels = [row["label"] for row in rows]
        chance.shuffle(labels)
        rows = [{**row, "label": label} for row, label in zip(rows, labels, strict=True)]
    shop.put("purchase_7d", rows)
    shop.fit()
    found = shop.transform("purchase_7d", "split, top_viewed_category_90d__target, label")
    for split in ("train", "test"):
        auc = area([(0.5 if x is None else x, label) for part, x, label in found if part == split])
        # Four standard deviations of a thousand rows that know nothing: (n + 1) / 12 n1 n0.
        assert abs(auc - 0.5) < 0.075 if is_permuted else auc > 0.75, (split, auc)


def test_its_own_label_says_nothing_of_a_row_that_trains(shop: Shop) -> None:
    chance = random.Random(5)
    rows = [made("purchase_7d", chance, number, "train") for number in range(120)]
    columns = "prediction_at, top_viewed_category_90d__target"
    shop.put("purchase_7d", rows)
    shop.fit()
    before = dict(shop.transform("purchase_7d", columns))
    turned = {**rows[20], "label": 1 - rows[20]["label"]}
    shop.put("purchase_7d", [*rows[:20], turned, *rows[21:]])
    shop.fit()
    after = dict(shop.transform("purchase_7d", columns))
    assert before != after
    known_at = rows[20]["label_known_at"]
    assert all(before[at] == after[at] for at in before if at <= known_at)


def test_a_last_value_is_looked_up_where_the_feature_is_computed(shop: Shop) -> None:
    """There are the moments of serving and of other spines, too; what was known later is none."""
    chance = random.Random(6)
    entropy = "viewed_category_entropy_90d"
    rows = [made("purchase_7d", chance, number, "train") for number in range(30)]
    values = {"c1": None, "c2": 0.7, "c3": None, "c4": 0.0}
    at = START + 40 * DAY
    for customer, value in values.items():
        own = {"customer_id": customer, "prediction_at": at, "available_as_of": at, entropy: value}
        rows.append({**rows[0], "split": "test", **own})
    shop.put("purchase_7d", rows)
    earlier = [
        ("c1", 9, 9, 0.1),
        ("c1", 20, 20, 0.7),
        # In the future; known in the future; too old.
        ("c1", 50, 50, 0.9),
        ("c1", 30, 50, 0.9),
        ("c3", 9, 9, 0.9),
    ]
    shop.con.executemany(
        "insert into features.ftr_customer__preferences by name select ? as customer_id, "
        "? as prediction_at, ? as available_as_of, ? as viewed_category_entropy_90d",
        [(name, START + day * DAY, START + known * DAY, x) for name, day, known, x in earlier],
    )
    shop.fit()
    found = dict(shop.transform("purchase_7d", f"customer_id, {entropy}__standard"))
    shop.con.execute("truncate features.ftr_customer__preferences")
    assert found["c1"] == found["c2"]
    # Nothing else: the constant, 0.
    assert found["c3"] == found["c4"]


def test_impact_is_told_of_the_rows_that_train(shop: Shop) -> None:
    """DEFINITIONS.md, section 28, counted by hand; rows that do not train change nothing."""
    chance = random.Random(7)
    rows = []
    # sales_all, label, sales_7d: what is missing, what came of it, what the row is worth.
    for number, (value, label, worth) in enumerate(
        [(1.0, 1, 10), (None, 0, 5), (3.0, 0, 10), (None, 0, 5), (5.0, 1, 20)]
    ):
        own = {"sales_all": value, "label": label, "sales_7d": worth, "order_count_all": 1}
        rows.append({**made("repeat_30d", chance, number, "train"), **own})
    found = []
    for others in (0, 5):
        unseen = [
            made("repeat_30d", chance, 9, part, 1e9) for part in OTHERS for _ in range(others)
        ]
        for task in TASKS:
            shop.put(task, [*rows, *unseen] if task == "repeat_30d" else [])
        shop.fit()
        found.append([shop.impact(kind) for kind in ("missing", "treatment", "deletion")])
    assert repr(found[0]) == repr(found[1])
    missing, treatment, deletion = found[0]
    # Without a row that trains there is nothing to tell.
    assert {row["task"] for row in [*missing, *treatment]} == {"repeat_30d"}
    told = next(row for row in missing if row["feature"] == "sales_all")
    expected = {
        "row_count": 5,
        "missing_count": 2,
        "missing_pct": 40.0,
        "label_rate_missing": 0.0,
        "label_rate_present": pytest.approx(2 / 3),
        "revenue_total": 50,
        "revenue_lost_total": 10,
        "revenue_lost_pct": 20.0,
        "mean_before": 3.0,
        "p50_before": 3.0,
    }
    assert {name: told[name] for name in expected} == expected
    # Rows that are left out are not transformed.
    steps = [
        (row["step"], row["row_count"], row["missing_pct_before"])
        for row in treatment
        if row["feature"] == "sales_all"
    ]
    assert steps == [("log", 3, 0.0), ("scale", 3, 0.0)]
    (dropped,) = (row for row in deletion if row["task"] == "repeat_30d")
    assert (dropped["dropped_count"], dropped["revenue_lost_total"]) == (2, 10)
    assert len(deletion) == len(TASKS)


def test_impact_is_told_of_bins_of_encodings_and_of_groups(shop: Shop) -> None:
    """By what the rows that train are given, and by hand."""
    chance = random.Random(9)
    rows = [made("purchase_7d", chance, n, "test" if n % 5 == 0 else "train") for n in range(80)]
    for task in TASKS:
        shop.put(task, rows if task == "purchase_7d" else [])
    shop.fit()
    treatment = {row["column_name"]: row for row in shop.impact("treatment")}
    for column, step, before in (
        ("day_of_month__bin", "bin", "day_of_month"),
        ("top_viewed_category_90d__target", "encode", "top_viewed_category_90d"),
    ):
        found = shop.transform("purchase_7d", f"split, {column}")
        given = [value for split, value in found if split == "train" and value is not None]
        assert len(set(given)) > 2
        told = treatment[column]
        assert (told["step"], told["row_count"]) == (step, 64)
        assert told["mean_after"] == pytest.approx(sum(given) / len(given))
        assert told["missing_pct_after"] == pytest.approx(100 - 100 * len(given) / 64)
        missing = sum(row[before] is None for row in rows if row["split"] == "train")
        assert told["missing_pct_before"] == pytest.approx(100 * missing / 64)
        assert told["psi"] is None
    feature, group = "order_value_mean_90d", "top_viewed_category_90d"
    groups: dict[tuple[Any, Any], list[Any]] = {(None, None): []}
    for row in rows:
        if row["split"] == "train":
            groups[None, None].append(row[feature])
            groups.setdefault((group, row[group]), []).append(row[feature])
    told_of = {
        (row["group_column"], row["group_value"]): row
        for row in shop.impact("missing")
        if row["feature"] == feature
    }
    assert told_of.keys() == groups.keys()
    assert len(groups) == 5
    for name, values in groups.items():
        known = [value for value in values if value is not None]
        assert told_of[name]["row_count"] == len(values)
        assert told_of[name]["missing_count"] == len(values) - len(known)
        assert told_of[name]["mean_before"] == pytest.approx(sum(known) / len(known))
