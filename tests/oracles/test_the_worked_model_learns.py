"""The worked model in examples/: on an invented task whose answer is known, and on a small shop."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest

from examples import train
from examples.measures import Rule, calibration_error, measured
from examples.tasks import TASKS, Task

PROJECT = Path(__file__).resolve().parents[2]
TOY = Task(
    spine="ftr_spine__toy",
    tables=("ftr_toy__a", "ftr_toy__b"),
    keys=("toy_id",),
    recent="last_seen__age_seconds",
    frequent="seen_count_7d",
)


def make_toys(home: Path, label: str, training_set: str = "one") -> None:
    """1,500 rows to learn from and 300 to serve, the label an expression of their features."""
    home.mkdir(exist_ok=True)
    (home / "marts.duckdb").unlink(missing_ok=True)
    with duckdb.connect(str(home / "marts.duckdb")) as con:
        con.execute(f"""
            create schema features;
            create table drawn as
            select
                'toy ' || n as toy_id,
                hash(n, 'kind') % 4 as kind,
                case when n % 7 > 0 then hash(n, 'age') % 1000 end as age,
                hash(n, 'count') % 5 as seen,
                hash(n, 'chance') % 100 / 100 as chance,
                n % 6 = 0 as is_served,
                case when n < 1100 then 'train' when n < 1300 then 'valid' else 'test' end as split,
                timestamp '2026-03-01' + n * interval '1 hour' as prediction_at,
                prediction_at as available_as_of
            from range(1800) as r (n);
            create table features.ftr_toy__a as
            select
                toy_id, age is null as is_cold_start, cast(age as double) as last_seen__age_seconds,
                cast(seen as integer) as seen_count_7d, prediction_at, available_as_of
            from drawn;
            create table features.ftr_toy__b as
            select
                toy_id, false as is_cold_start, 'kind ' || kind as top_kind,
                cast(null as double) as never_known, prediction_at, available_as_of
            from drawn;
            create table features.ftr_spine__toy as
            select
                toy_id, if(is_served, 'serve', 'train') as purpose, prediction_at, available_as_of
            from drawn;
            create table features.trn_toy as
            select
                drawn.toy_id, drawn.split, a.is_cold_start as toy__a__is_cold_start,
                a.last_seen__age_seconds, a.seen_count_7d, b.is_cold_start as toy__b__is_cold_start,
                b.top_kind, b.never_known, cast({label} as integer) as label, drawn.prediction_at
            from drawn
            inner join features.ftr_toy__a as a using (toy_id)
            inner join features.ftr_toy__b as b using (toy_id)
            where not is_served;
            create table features.catalog as
            select table_name as model_name, column_name as feature_name from duckdb_columns()
            where table_name like 'ftr_toy%'
                and column_name not in ('toy_id', 'prediction_at', 'available_as_of');
            create table features.trn_registry as
            select 'toy' as task, '{training_set}' as training_set_id, true as is_current;
            drop table drawn
        """)


@pytest.fixture(autouse=True)
def _a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TASKS, "toy", TOY)


def rows(home: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "predictions.duckdb"), read_only=True) as con:
        return con.execute(query).fetchall()


# Kinds 1 and 3 of toys that were seen often; one in twenty answers is wrong.
TRUE = "(kind % 2 = 1 and seen > 1) <> (chance < 0.05)"


def test_it_finds_what_no_single_column_says(tmp_path: Path) -> None:
    make_toys(tmp_path, TRUE)
    said = train.train(tmp_path, "toy")
    aucs = {line.split("  ")[0]: float(line[:80].split()[-4]) for line in said.splitlines()[2:]}
    ours, *rules = aucs.values()
    assert ours > 0.9 > 0.8 > max(rules), said
    ((stored,),) = rows(tmp_path, "select auc from models")
    assert ours == pytest.approx(stored, abs=1e-3)


def test_labels_by_chance_teach_nothing(tmp_path: Path) -> None:
    make_toys(tmp_path, "chance < 0.3")
    train.train(tmp_path, "toy")
    ((auc,),) = rows(tmp_path, "select auc from models")
    assert auc == pytest.approx(0.5, abs=0.08)


def test_who_is_served_gets_what_their_like_get_in_the_test(tmp_path: Path) -> None:
    """Both are computed alike: the probability hangs on the features, not on the purpose."""
    make_toys(tmp_path, TRUE)
    train.train(tmp_path, "toy")
    with duckdb.connect(str(tmp_path / "marts.duckdb"), read_only=True) as con:
        con.execute(f"attach '{tmp_path / 'predictions.duckdb'}' as p (read_only)")
        kinds = con.execute("""
            select count(distinct p.toy.purpose), max(probability) - min(probability)
            from p.toy
            inner join features.ftr_toy__a as a using (toy_id)
            inner join features.ftr_toy__b as b using (toy_id)
            where a.last_seen__age_seconds is null
            group by a.seen_count_7d, b.top_kind
        """).fetchall()
    assert {spread for _, spread in kinds} == {0.0}
    assert sum(purposes == 2 for purposes, _ in kinds) > 10
    assert rows(
        tmp_path, "select purpose, count(*), count(label) from toy group by 1 order by 1"
    ) == [
        ("serve", 300, 0),
        ("test", 417, 417),
    ]


def test_training_again_replaces_and_other_rows_are_another_version(tmp_path: Path) -> None:
    make_toys(tmp_path, TRUE)
    train.train(tmp_path, "toy")
    before = rows(tmp_path, "from toy order by all"), rows(tmp_path, "from models")
    train.train(tmp_path, "toy")
    assert (rows(tmp_path, "from toy order by all"), rows(tmp_path, "from models")) == before
    make_toys(tmp_path, TRUE, training_set="two")
    train.train(tmp_path, "toy")
    assert len(rows(tmp_path, "from models")) == 2
    assert len(rows(tmp_path, "from toy")) == 2 * len(before[0])


def test_measures_are_those_of_their_definitions() -> None:
    labels = np.array([0.0, 0.0, 1.0, 1.0])
    said = np.array([0.1, 0.4, 0.35, 0.8])
    found = measured(labels, said, said)
    assert found["auc"] == 0.75  # 3 of 4 pairs in order
    assert found["pr_auc"] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert found["brier"] == pytest.approx((0.1**2 + 0.4**2 + 0.65**2 + 0.2**2) / 4)
    assert calibration_error(labels, said) == pytest.approx((0.1 + 0.4 + 0.65 + 0.2) / 4)
    assert set(measured(np.ones(3), np.ones(3), np.ones(3)).values()) == {None}


def test_a_rule_says_the_share_of_its_tenth_drawn_towards_the_mean() -> None:
    values = np.array([float("nan")] * 2 + [1.0] * 50 + [2.0] * 50)
    labels = np.array([1.0, 1.0] + [0.0] * 50 + [1.0] * 50)
    mean = 52 / 102
    said = Rule(values, labels).probabilities(np.array([float("nan"), 0.0, 1.0, 2.0, 9.0]))
    low, high, never = 20 * mean / 70, (50 + 20 * mean) / 70, (2 + 20 * mean) / 22
    assert said[[0, 3, 4]] == pytest.approx([never, high, high])
    # Below everything that was seen there is a tenth too, empty here.
    assert said[[1, 2]] == pytest.approx([mean, low])


def test_nothing_to_learn_from_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_toys(tmp_path, "0")
    assert "features.trn_toy has 0 positive of 916 rows" in said_by(tmp_path, capsys, "toy")
    assert said_by(tmp_path, capsys, "tay").startswith("error: there is no task tay; there are ")
    assert "marts.duckdb does not exist. Make it with: footfall run" in said_by(
        tmp_path / "nowhere", capsys, "toy"
    )


def said_by(home: Path, capsys: pytest.CaptureFixture[str], name: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOOTFALL_HOME", str(home))
        patch.setattr(sys, "argv", ["train", name])
        with pytest.raises(SystemExit) as end:
            train.main()
    assert end.value.code not in (0, None)
    return f"{end.value.code} {capsys.readouterr().err}".removeprefix("1 ")


def test_a_small_shop_trains_in_one_command(tmp_path: Path) -> None:
    environment = {**os.environ, "FOOTFALL_HOME": str(tmp_path / "home")}
    python = str(PROJECT / ".venv" / "bin" / "python")
    for command in (
        [python, "-m", "ingestion", "sample", "--events", "12000"],
        [python, "-m", "ingestion", "run"],
        [sys.executable, "-m", "examples.train", "session_purchase", "purchase_7d"],
    ):
        done = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    with duckdb.connect(str(tmp_path / "home" / "marts.duckdb"), read_only=True) as con:
        con.execute(f"attach '{tmp_path / 'home' / 'predictions.duckdb'}' as p (read_only)")
        for task in ("session_purchase", "purchase_7d"):
            expected = con.execute(f"""
                select
                    (
                        select count(*) from features.{TASKS[task].spine}
                        where purpose = 'serve'
                    ),
                    (select count(*) from features.trn_{task} where split = 'test')
            """).fetchone()
            found = con.execute(f"""
                select
                    count(*) filter (purpose = 'serve'),
                    count(*) filter (purpose = 'test' and label is not null),
                    count(*) filter (not probability between 0 and 1)
                from p.{task}
            """).fetchone()
            assert found == (*(expected or ()), 0)
            assert found[0] > 0 < found[1]
