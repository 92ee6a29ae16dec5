"""Training sets against a plain reading of DEFINITIONS.md, section 24."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.drawn import drawn
from tests.pipeline.compiled import DBT, change_keys, compiled, fill, memory
from tests.support import PROJECT, footfall, run

TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
START = datetime.fromisoformat("2026-03-01")
KNOWN_AT = START + 60 * DAY
KNOWN = [{"known_at": KNOWN_AT}]
SPLITS: dict[str, dict[str, Any]] = {
    # The last 10 days known test, those 10 before validate.
    "purchase_7d": {"valid_days": 10, "test_days": 10},
    # Days of one's own, and nobody in two parts.
    "repeat_30d": {
        "valid_from": "2026-04-05",
        "test_from": "2026-04-20 12:00:00",
        "test_to": "2026-04-25",
        "embargo_days": 2,
        "entity_disjoint": True,
        "test_pct": 30,
        "valid_pct": 30,
    },
    # As by default; here they have no row.
    "churn_90d": {"valid_days": 0},
    "return_30d": {"valid_days": 0},
    "session_purchase": {},
}
SPINES = {"purchase_7d": "customer_day", "repeat_30d": "customer_after_order"}
PARTS = ("train", "valid", "test")
OVERLAPS = "splits_do_not_overlap"  # a data test
CUSTOMERS = [f"c{number}" for number in range(12)]
MOMENT = {
    "customer_id": "varchar",
    "order_id": "varchar",
    "prediction_at": "timestamp",
    "available_as_of": "timestamp",
}
LABEL = {
    **MOMENT,
    "is_mature": "boolean",
    "label": "integer",
    "label_from_at": "timestamp",
    "label_to_at": "timestamp",
    "label_known_at": "timestamp",
}
Sets = tuple[duckdb.DuckDBPyConnection, dict[str, str]]


def contracts() -> dict[str, dict[str, str]]:
    """Columns and types that the models of the feature layer promise."""
    pages = (PROJECT / "models" / "features").rglob("*__models.yml")
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model["columns"]}
        for page in pages
        for model in yaml.safe_load(page.read_text(encoding="utf-8"))["models"]
    }


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sets]:
    folder: Path = tmp_path_factory.mktemp("training")
    fitted = ("int_training_sets", "int_fitted_parameters", "ftr_fitted_parameters")
    models = (*(f"trn_{task}" for task in SPLITS), *fitted, "trn_registry")
    sql = compiled(folder, *models, OVERLAPS, variables={"splits": SPLITS})
    with memory() as con:
        for name, columns in contracts().items():
            fill(con, f"features.{name}", columns, [])
        for task, name in SPINES.items():
            fill(con, f"features.ftr_spine__{name}", {**MOMENT, "purpose": "varchar"}, [])
            fill(con, f"features.lbl_{task}", LABEL, [])
        watermarks = {"source": "varchar", "watermark_at": "timestamp"}
        known = [{"source": name, "watermark_at": KNOWN_AT} for name in ("web", "shop")]
        fill(con, "intermediate.int_watermarks", watermarks, known)
        fill(con, "intermediate.int_training_moment", {"known_at": "timestamp"}, KNOWN)
        fill(con, "features.fitted_parameters", contracts()["ftr_fitted_parameters"], [])
        tasks = ", ".join(f"('{task}')" for task in SPLITS)
        change_keys(con, "int_fitted_parameters", "task", f"values {tasks}")
        yield con, sql


def put(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    con.execute(f"truncate {table}")
    if rows:
        arrow = pa.table({name: [row[name] for row in rows] for name in rows[0]})
        con.register("given", arrow)
        con.execute(f"insert into {table} by name select * from given")
        con.unregister("given")


times = st.builds(
    lambda days, hours, ticks: START + days * DAY + hours * timedelta(hours=1) + ticks * TICK,
    st.integers(0, 58),
    st.sampled_from([0, 0, 12]),
    st.integers(-1, 1),
)
# When, for whom, how long the label looks ahead, how late it is known, whether it is mature, how
# long after its moment the row is known.
rows_of_a_spine = st.lists(
    st.tuples(
        times,
        st.sampled_from(CUSTOMERS),
        st.integers(1, 12),
        st.integers(0, 6),
        st.sampled_from([True, True, True, False]),
        st.sampled_from([TICK, TICK, 3 * DAY, 9 * DAY]),
    ),
    max_size=40,
    unique_by=lambda row: row[:2],
)


def bounds(task: str, moments: list[datetime]) -> tuple[datetime, datetime, datetime]:
    split = SPLITS[task]
    if "test_to" in split:
        valid, test, end = (
            datetime.fromisoformat(split[name]) for name in ("valid_from", "test_from", "test_to")
        )
        return valid, test, end
    end = max(moments) + TICK
    return end - 20 * DAY, end - 10 * DAY, end


def part(task: str, customer: str, at: datetime, to: datetime, moments: list[datetime]) -> str:
    split = SPLITS[task]
    valid_from, test_from, test_to = bounds(task, moments)
    if at < valid_from:
        found = "train" if to <= valid_from else "purged"
    elif at < test_from:
        found = "valid" if to <= test_from else "purged"
    elif at < test_to:
        found = "test"
    elif at < test_to + split.get("embargo_days", 0) * DAY:
        found = "embargo"
    else:
        found = "train"
    if split.get("entity_disjoint") and found in PARTS:
        share = int(md5(customer.encode(), usedforsecurity=False).hexdigest()[:2], 16)
        own = "test" if share < 76 else "valid" if share < 2 * 76 + 1 else "train"
        return found if own == found else "purged"
    return found


@drawn(100, derandomize=True)
@given(rows_of_a_spine)
def test_splits_are_those_of_the_definition(sets: Sets, rows: list[Any]) -> None:
    con, sql = sets
    moments, labels = [], []
    for number, (at, customer, ahead, late, is_mature, known_after) in enumerate(rows):
        moment = {
            "customer_id": customer,
            "order_id": f"o{number}",
            "prediction_at": at,
            "available_as_of": at + known_after,
        }
        moments.append(moment)
        labels.append(
            {
                **moment,
                "is_mature": is_mature,
                "label": number % 2 if is_mature else None,
                "label_from_at": at,
                "label_to_at": at + ahead * DAY,
                "label_known_at": at + (ahead + late) * DAY,
            }
        )
    spine = [{**row, "purpose": purpose} for row in moments for purpose in ("train", "serve")]
    features = [
        {
            "customer_id": row["customer_id"],
            "prediction_at": row["prediction_at"],
            "available_as_of": available_as_of,
            "event_count_7d": count,
        }
        for number, row in enumerate(moments)
        # The same moment, decided on later, is another one.
        for count, available_as_of in ((number, row["available_as_of"]), (-1, KNOWN_AT + TICK))
    ]
    put(con, "features.ftr_customer__activity", features)
    for task, name in SPINES.items():
        put(con, f"features.ftr_spine__{name}", spine)
        put(con, f"features.lbl_{task}", labels)
        con.execute(f"create or replace table features.trn_{task} as {sql[f'trn_{task}']}")
    numbers = sql["int_training_sets"]
    con.execute(f"create or replace table intermediate.int_training_sets as {numbers}")
    con.execute(f"create or replace table features.trn_registry as {sql['trn_registry']}")
    for task in SPINES:
        registered = con.execute(
            "select query, row_count, as_known_at from features.trn_registry where task = ?", [task]
        ).fetchone()
        assert registered is not None
        # The table is the set of the moment that the registry names.
        query = registered[0].replace("{as_known_at}", f"{registered[2]}")
        con.execute(f"create or replace table found as {query}")
        assert (
            con.execute(
                f"(from found except all from features.trn_{task}) union all "
                f"(from features.trn_{task} except all from found)"
            ).fetchall()
            == []
        )
        found = con.execute(
            "select customer_id, prediction_at, available_as_of, event_count_7d, label, "
            "label_to_at, split from found"
        ).fetchall()
        known = [
            (number, row)
            for number, row in enumerate(labels)
            if row["is_mature"]
            and row["label_known_at"] <= KNOWN_AT
            and row["available_as_of"] <= KNOWN_AT
            and row["available_as_of"] <= row["label_to_at"]
        ]
        assert registered[1:] == (len(known), KNOWN_AT)
        times_known = [row["prediction_at"] for _, row in known]
        right = [
            (
                row["customer_id"],
                row["prediction_at"],
                row["available_as_of"],
                number,
                row["label"],
                row["label_to_at"],
                part(
                    task, row["customer_id"], row["prediction_at"], row["label_to_at"], times_known
                ),
            )
            for number, row in known
        ]
        assert sorted(found) == sorted(right), task
        if SPLITS[task].get("entity_disjoint"):
            parts = con.execute(
                "select count(distinct split) from found "
                "where split in ('train', 'valid', 'test') group by customer_id"
            ).fetchall()
            assert {count for (count,) in parts} <= {1}


def divided(con: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
    """All accounts every 12 hours, with labels that look a day ahead."""
    moments: list[dict[str, Any]] = [
        {
            "customer_id": customer,
            "order_id": f"o{half}",
            "prediction_at": START + half * DAY / 2,
            "available_as_of": START + half * DAY / 2,
        }
        for half in range(2 * 58)
        for customer in CUSTOMERS
    ]
    labels = [
        {
            **row,
            "is_mature": True,
            "label": number % 2,
            "label_from_at": row["prediction_at"],
            "label_to_at": row["prediction_at"] + DAY,
            "label_known_at": row["prediction_at"] + DAY,
        }
        for number, row in enumerate(moments)
    ]
    put(con, "features.ftr_customer__activity", [])
    for task in SPLITS.keys() - SPINES.keys():
        con.execute(f"truncate features.trn_{task}")
    for task, spine in SPINES.items():
        put(con, f"features.ftr_spine__{spine}", [{**m, "purpose": "train"} for m in moments])
        put(con, f"features.lbl_{task}", labels)
        con.execute(f"create or replace table features.trn_{task} as {sql[f'trn_{task}']}")


def faults(con: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> list[tuple[str, str]]:
    return con.execute(f"select * from ({sql[OVERLAPS]}) order by all").fetchall()


def test_parts_share_no_instant_and_no_entity(sets: Sets) -> None:
    """By the test that a user's build runs."""
    con, _ = sets
    divided(*sets)
    assert faults(*sets) == []
    for task in SPINES:
        query = f"select split, count(*) from features.trn_{task} group by all"
        counts = dict(con.execute(query).fetchall())
        # Twelve accounts twice a day, for two days.
        assert counts.get("embargo", 0) == 48 * ("embargo_days" in SPLITS[task])
        assert all(counts[part] >= 8 for part in (*PARTS, "purged"))


def test_parts_that_share_something_are_told(sets: Sets) -> None:
    """A row that takes part where it was kept out; an account in two parts."""
    con, sql = sets
    # The last moments before validation and before the test, the first after the test.
    kept_out = [
        ("purchase_7d", 37.5, "purged", "train", "train and valid"),
        ("purchase_7d", 47.5, "purged", "valid", "test and valid"),
        ("repeat_30d", 55, "embargo", "train", "test and train"),
    ]
    for task, day, old, new, fault in kept_out:
        divided(con, sql)
        changed = con.execute(
            f"update features.trn_{task} set split = '{new}' where rowid = (select min(rowid) "
            f"from features.trn_{task} where split = '{old}' and prediction_at = ?)",
            [START + day * DAY],
        ).fetchall()
        assert changed == [(1,)]
        assert faults(con, sql) == [(task, fault)]
    divided(con, sql)
    con.execute("""
        update features.trn_repeat_30d set customer_id = 'both' where rowid in (
            select min(rowid) from features.trn_repeat_30d where split in ('train', 'test')
            group by split
        )
    """)
    assert faults(con, sql) == [("repeat_30d", "entity in two parts: both")]


def test_a_training_set_says_of_its_features_what_their_tables_say() -> None:
    """Descriptions are written twice; types and columns the build itself compares."""
    told: dict[str, dict[str, str]] = {}
    for page in (PROJECT / "models" / "features").rglob("*__models.yml"):
        for model in yaml.safe_load(page.read_text(encoding="utf-8"))["models"]:
            told[model["name"]] = {
                column["name"]: column["description"] for column in model["columns"]
            }
    tables = {name: columns for name, columns in told.items() if name.startswith("ftr_")}
    for task in SPLITS:
        for name, text in told[f"trn_{task}"].items():
            of = {columns[name] for columns in tables.values() if name in columns}
            assert not of or text in of, f"trn_{task}.{name}"


def history(con: duckdb.DuckDBPyConnection, sql: dict[str, str], days: int) -> None:
    """A shop as known so many days on: a row a day, its label known 8 days later."""
    put(
        con,
        "intermediate.int_watermarks",
        [{"source": name, "watermark_at": START + days * DAY} for name in ("web", "shop")],
    )
    put(con, "intermediate.int_training_moment", [{"known_at": START + days * DAY}])
    moments: list[dict[str, Any]] = [
        {
            "customer_id": CUSTOMERS[day % 5],
            "order_id": f"o{day}",
            "prediction_at": START + day * DAY,
            "available_as_of": START + day * DAY,
        }
        for day in range(days)
    ]
    labels = [
        {
            **row,
            "is_mature": day + 8 <= days,
            "label": day % 2 if day + 8 <= days else None,
            "label_from_at": row["prediction_at"],
            "label_to_at": row["prediction_at"] + 7 * DAY,
            "label_known_at": row["prediction_at"] + 8 * DAY,
        }
        for day, row in enumerate(moments)
    ]
    # An order of the 57th day that nobody knew of before the 63rd.
    late = {**moments[57], "order_id": "late", "available_as_of": START + 63 * DAY}
    put(con, "features.ftr_customer__activity", [])
    for task, name in SPINES.items():
        extra = [late] if task == "repeat_30d" and days >= 63 else []
        spine = [{**row, "purpose": "train"} for row in [*moments, *extra]]
        put(con, f"features.ftr_spine__{name}", spine)
        extra_labels = [{**labels[57], **row} for row in extra]
        put(con, f"features.lbl_{task}", labels + extra_labels)
        con.execute(f"create or replace table features.trn_{task} as {sql[f'trn_{task}']}")
    for model, table in (
        ("int_training_sets", "intermediate.int_training_sets"),
        ("int_fitted_parameters", "intermediate.int_fitted_parameters"),
        ("ftr_fitted_parameters", "features.fitted_parameters"),
    ):
        con.execute(f"create or replace table {table} as {sql[model]}")
    con.execute(f"create or replace table features.trn_registry as {sql['trn_registry']}")


def publish(con: duckdb.DuckDBPyConnection, home: Path, order: str = "asc") -> None:
    """Publish the feature tables; order: desc stores their rows backwards."""
    home.mkdir(exist_ok=True)
    (home / "marts.duckdb").unlink(missing_ok=True)
    con.execute(f"attach '{home / 'marts.duckdb'}' as published")
    con.execute("create schema published.features")
    tables = con.execute(
        "select table_name from duckdb_tables() "
        "where database_name = 'footfall' and schema_name = 'features'"
    ).fetchall()
    for (name,) in tables:
        con.execute(
            f"create table published.features.{name} as "
            f"select * from footfall.features.{name} order by rowid {order}"
        )
    con.execute("detach published")


def exported(home: Path, folder: Path, *asked: str) -> str:
    return footfall("training-set", *asked, "--to", str(folder), home=home)


def test_an_earlier_moment_gives_the_same_bytes_after_corrections(
    sets: Sets, tmp_path: Path
) -> None:
    con, sql = sets
    # A folder's name is no column to compare, though DuckDB would read one in it.
    home, folder = tmp_path / "home", tmp_path / "label=1"
    asked = ("repeat_30d", "--as-known-at", "2026-04-30")
    history(con, sql, 60)
    publish(con, home)
    assert "no earlier export" in exported(home, folder, *asked)
    before = (folder / "trn_repeat_30d.parquet").read_bytes()
    manifest = (folder / "trn_repeat_30d.json").read_bytes()
    # Ten days on: more rows, more labels, and one of the past that was not known then; and the
    # rows are stored in another order.
    history(con, sql, 70)
    publish(con, home, order="desc")
    assert "the same bytes as the export before" in exported(home, folder, *asked)
    assert (folder / "trn_repeat_30d.parquet").read_bytes() == before
    assert (folder / "trn_repeat_30d.json").read_bytes() == manifest
    told = exported(home, folder, "repeat_30d", "--as-known-at", "2026-05-05T02:00:00+02:00")
    assert (
        "differs from the export before: another moment (2026-04-30 00:00:00, now "
        "2026-05-05 00:00:00), other parameters (" in told
    )
    assert "), rows (0 of the earlier are gone or changed, 6 are new or changed)" in told
    # By other code, with one label turned round.
    con.execute("update features.trn_registry set code_hash = 'other'")
    con.execute(
        "update features.lbl_repeat_30d set label = 1 - label where prediction_at = ?",
        [START + 57 * DAY],
    )
    publish(con, home)
    told = exported(home, folder, "repeat_30d", "--as-known-at", "2026-05-05")
    assert "differs from the export before: other code (" in told
    assert "rows (2 of the earlier are gone or changed, 2 are new or changed)" in told


def test_parameters_are_those_of_the_rows_exported(sets: Sets, tmp_path: Path) -> None:
    con, sql = sets
    home, folder = tmp_path / "home", tmp_path / "sets"
    asked = ("repeat_30d", "--as-known-at", "2026-04-30")
    parameters = folder / "trn_repeat_30d__parameters.parquet"

    def version() -> Any:
        manifest = json.loads((folder / "trn_repeat_30d.json").read_text(encoding="utf-8"))
        return manifest["params_version"]

    history(con, sql, 60)
    publish(con, home)
    exported(home, folder, *asked)
    # Of all that is known, as the build fitted it.
    built = con.execute("select distinct params_version from features.fitted_parameters").fetchall()
    assert (version(),) in built
    registered = con.execute(
        "select params_version from features.trn_registry where task = 'repeat_30d'"
    ).fetchone()
    assert registered == (version(),)
    first, before = version(), parameters.read_bytes()
    stored = con.execute(f"select distinct params_version from '{parameters}'").fetchall()
    assert stored == [(first,)]
    # Rows that train and are known since, and the parameters of that day again.
    history(con, sql, 70)
    publish(con, home)
    assert "the same bytes as the export before" in exported(home, folder, *asked)
    assert parameters.read_bytes() == before
    told = exported(home, folder, "repeat_30d", "--as-known-at", "2026-05-09")
    assert f"other parameters ({first}, now {version()}), rows (" in told
    # Another declaration, as a build by it would register it.
    exported(home, folder, *asked)
    con.execute(
        "update features.trn_registry set "
        "parameters_query = regexp_replace(parameters_query, '[0-9a-f]{32}', 'other plan')"
    )
    publish(con, home)
    told = exported(home, folder, *asked)
    assert (
        "the same rows as the export before, with other parameters "
        f"({first}, now {version()})" in told
    )
    # Nothing is declared any more.
    con.execute("update features.trn_registry set parameters_query = null")
    publish(con, home)
    exported(home, folder, *asked)
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["trn_repeat_30d.json", "trn_repeat_30d.parquet"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            ("churn", "--as-known-at", "2026-04-20"),
            "unknown task 'churn'. Published: churn_90d, purchase_7d, repeat_30d, return_30d, "
            "session_purchase.",
        ),
        (("repeat_30d", "--as-known-at", "yesterday"), "--as-known-at 'yesterday' is no time."),
        (
            ("repeat_30d", "--as-known-at", "2026-04-30T00:00:01"),
            "what was known at 2026-04-30 00:00:01 (UTC) is not here yet: the sources delivered "
            "only through 2026-04-30 00:00:00.",
        ),
        (
            ("repeat_30d", "--as-known-at", "2026-03-08"),
            "nothing to learn of repeat_30d was known at 2026-03-08 00:00:00 (UTC)",
        ),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_sentence(
    sets: Sets, tmp_path: Path, asked: tuple[str, ...], message: str
) -> None:
    con, sql = sets
    history(con, sql, 60)
    publish(con, tmp_path / "home")
    command = (sys.executable, "-m", "ingestion", "training-set", *asked)
    done = run(*command, "--to", str(tmp_path / "sets"), home=tmp_path / "home")
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not [*tmp_path.glob("sets/*")]


def test_a_set_without_training_rows_is_told(sets: Sets, tmp_path: Path) -> None:
    con, sql = sets
    history(con, sql, 60)
    publish(con, tmp_path / "home")
    told = exported(tmp_path / "home", tmp_path, "purchase_7d", "--as-known-at", "2026-03-12")
    assert "trn_purchase_7d: 4 rows as known at 2026-03-12 00:00:00 (test 4)" in told
    assert "warning: no row trains" in told


def test_nothing_published_is_told(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "ingestion", "training-set", "repeat_30d")
    where = ("--as-known-at", "2026-03-08", "--to", str(tmp_path / "sets"))
    done = run(*command, *where, home=tmp_path / "home")
    assert done.returncode == 2
    assert "nothing was published yet" in done.stderr


def test_whom_a_spine_is_about_is_never_null() -> None:
    """Its first key says who stands in which part: of nobody there is none."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))
    pages = (PROJECT / "models/features/spines").glob("*__models.yml")
    models = [model for page in pages for model in yaml.safe_load(page.read_text())["models"]]
    columns = {
        (model["name"], column["name"]): column for model in models for column in model["columns"]
    }
    for spine, (who, *_) in project["vars"]["spines"].items():
        constraints = columns[f"ftr_spine__{spine}", who].get("constraints", [])
        assert {"type": "not_null"} in constraints, spine


# What reports show and tests allow: no row of a training set looks different for it.
NOT_IN_TRAINING_SETS = re.compile(
    "attribution_.*|as_of_dates|rfm_.*|retention_.*|basket_.*|product_pair_.*|covisit_min_persons"
    "|inventory_.*|quarantine_.*|served_hours|funnels"
)


def test_every_setting_that_shapes_a_training_set_is_in_its_code_hash() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))
    macro = (PROJECT / "macros/training/training_code_hash.sql").read_text("utf-8")
    forgotten = {name for name in project["vars"] if f"'{name}'" not in macro}
    assert {name for name in forgotten if not NOT_IN_TRAINING_SETS.fullmatch(name)} == set()


@pytest.mark.long
def test_a_setting_or_a_seed_that_changes_is_another_code(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns(".*", "target", "warehouse"))
    # One that all sets are made of.
    with (project / "seeds" / "currencies.csv").open("a") as seed:
        seed.write("XTS,For tests,2\n")
    # Days of a split, as anybody writes them in YAML.
    settings_file = project / "dbt_project.yml"
    days = "{valid_from: 2026-03-01, test_from: 2026-03-15, test_to: 2026-04-01}"
    text = settings_file.read_text("utf-8")
    assert "    purchase_7d: {}\n" in text
    settings_file.write_text(text.replace("    purchase_7d: {}\n", f"    purchase_7d: {days}\n"))
    hashes = []
    for variables in ({}, {"smoothing_cases": 21}):
        sql = compiled(tmp_path, "trn_registry", variables=variables)["trn_registry"]
        hashes.append(re.findall("'([0-9a-f]{32})' as code_hash", sql))
    target = ("--target-path", str(tmp_path / "other"), "--log-path", str(tmp_path / "logs"))
    command = (*DBT, "compile", "--quiet", "--select", "trn_registry", *target)
    done = run(*command, home=tmp_path / "warehouse", cwd=project)
    assert done.returncode == 0, done.stdout
    [path] = (tmp_path / "other" / "compiled").rglob("trn_registry.sql")
    hashes.append(re.findall("'([0-9a-f]{32})' as code_hash", path.read_text("utf-8")))
    assert [len(found) for found in hashes] == [len(SPLITS)] * 3
    assert len({*hashes[0], *hashes[1], *hashes[2]}) == 3 * len(SPLITS)
