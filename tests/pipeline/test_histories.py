"""Incremental equals full refresh over random histories; the long version is `make soak`."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.pipeline.histories import VARIANTS, Build, history
from tests.pipeline.soak import Play
from tests.pipeline.workshop import Workshop
from tests.support import PROJECT

# Seeds that between them have every kind of change, and of run but to skip it.
FIRST, COUNT = 487, 2


def test_whatever_arrives_what_stands_equals_a_full_refresh() -> None:
    # A process of its own, as by hand: what a seed draws depends on the modules that are loaded.
    command = [sys.executable, "-m", "tests.pipeline.soak"]
    command += ["--seed", str(FIRST), "--histories", str(COUNT), "--verbose"]
    done = subprocess.run(command, cwd=PROJECT, text=True, capture_output=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
    # Of a table that never had a row nothing is proven.
    assert "never a row in: none" in done.stdout


# Thresholds of tests, which no model reads; what a variant edits in place; and what names models.
NOT_VARIED = {"quarantine_warn_share", "quarantine_error_share", "sources", "spines"}


def test_every_setting_is_another_one_in_some_variant() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    varied = {name for variant in VARIANTS.values() for name in variant.variables}
    assert varied | NOT_VARIED == project["vars"].keys()
    for name in varied:
        values = [v.variables[name] for v in VARIANTS.values() if name in v.variables]
        assert project["vars"][name] not in values, name


@pytest.mark.long
def test_what_dbt_said_once_is_a_full_refresh(workshop: Workshop, tmp_path: Path) -> None:
    """dbt's own, of a shop with something in every source, and the same statements without it."""
    play = Play(workshop, [], tmp_path / "play")
    play.ingest(history(FIRST)[0].changes)
    play.build_and_compare(Build(is_full_refresh=True))
    assert play.played.differences == []
    assert len(play.played.rows) > 100
    assert {name for name, count in play.played.rows.items() if count} >= {"marts.fct_events"}


SAME = "create table marts.t as select * from (values (1, 'a'), (1, 'a'), (2, null)) as t (i, v)"
VIEW = "create view marts.v as select i + 1 as j from footfall.marts.t"


@pytest.mark.parametrize(
    ("table", "view", "says"),
    [
        (SAME, VIEW, None),
        (SAME.replace("(1, 'a'), (1, 'a')", "(1, 'a')"), VIEW, "marts.t"),
        (SAME.replace("null", "'b'"), VIEW, "marts.t"),
        (SAME.replace("(2, null)", "(2, null), (3, 'c')"), VIEW, "marts.t"),
        (SAME.replace("(1, 'a')", "(1::bigint, 'a')"), VIEW, "marts.t"),
        (SAME.replace("(i, v)", "(i, w)"), VIEW, "marts.t"),
        (SAME, VIEW.replace("+ 1", "+ 2"), "marts.v"),
        (SAME, VIEW.replace("view", "table"), "marts.v"),
        (SAME, "select 1", "marts.v"),
    ],
)
def test_the_comparison_sees(
    workshop: Workshop, tmp_path: Path, table: str, view: str, says: str | None
) -> None:
    for side, statements in {"kept": (SAME, VIEW), "fresh": (table, view)}.items():
        (tmp_path / side).mkdir()
        with duckdb.connect(tmp_path / side / "footfall.duckdb") as con:
            con.execute("create schema marts")
            for statement in statements:
                con.execute(statement)
    duckdb.connect(tmp_path / "landing.duckdb").close()
    job = {side: str(tmp_path / side / "footfall.duckdb") for side in ("kept", "fresh")}
    landing = str(tmp_path / "landing.duckdb")
    (done,) = workshop.run({"do": "compare", "landing": landing, "order": ["marts.t"], **job})
    assert done.code == 0, done.printed
    found = [difference["table"] for difference in done.value["differences"]]
    assert found[:1] == ([says] if says else [])
