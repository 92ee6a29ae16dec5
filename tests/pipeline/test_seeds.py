"""A seed is what its file says, also after a crash and with another column."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.pipeline.deliveries import copy
from tests.support import opened, run

SEED = Path("seeds", "event_types.csv")
SCROLL = "scroll,10,true"
# Where a crash hurts: the rows are committed, the version is not yet written.
CRASH = (
    Path("macros", "engines", "seed.sql"),
    "{%- set loaded = dbt.materialization_seed_default() -%}",
    "{{ exceptions.raise_compiler_error('killed') }}",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with its seed loaded into a warehouse beside it."""
    folder = tmp_path_factory.mktemp("seeds")
    declared = run(sys.executable, "-m", "ingestion.declare", home=folder / "warehouse")
    assert declared.returncode == 0, declared.stderr
    project = copy(folder / "project")
    assert load(project).returncode == 0
    return project


def load(project: Path, name: str = SEED.stem) -> subprocess.CompletedProcess[str]:
    dbt = (sys.executable, "-m", "dbt.cli.main", "seed", "--select", name)
    return run(*dbt, home=project.parent / "warehouse", cwd=project)


@contextmanager
def edited(path: Path, old: str, new: str) -> Iterator[None]:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    yield
    path.write_text(text, encoding="utf-8")


def rows(project: Path, columns: str) -> list[tuple[object, ...]]:
    with opened(project.parent / "warehouse" / "footfall.duckdb") as con:
        query = f"select {columns} from reference.event_types where event_type = 'scroll'"
        return con.execute(query).fetchall()


def test_an_edit_taken_back_after_a_crash_is_taken_back(project: Path) -> None:
    path, old, crash = CRASH
    with (
        edited(project / SEED, SCROLL, "scroll,10,false"),
        edited(project / path, old, f"{old}\n    {crash}"),
    ):
        done = load(project)
        assert done.returncode == 1
        assert "killed" in done.stdout
    assert rows(project, "is_automatic") == [(False,)]
    assert load(project).returncode == 0
    assert rows(project, "is_automatic") == [(True,)]


def test_a_seed_may_come_to_have_another_column(project: Path) -> None:
    text = (project / SEED).read_text(encoding="utf-8")
    header, *lines = text.splitlines()
    wider = "\n".join([f"{header},note", *(f"{line},x" for line in lines)]) + "\n"
    with edited(project / SEED, text, wider):
        done = load(project)
        assert done.returncode == 0, done.stdout
        assert rows(project, "note") == [("x",)]
    assert load(project).returncode == 0
    assert rows(project, "to_json(event_types)::json->>'note'") == [(None,)]


def test_a_large_seed_is_looked_into(project: Path) -> None:
    """Of a file above a mebibyte dbt itself knows only where it lies."""
    seed = project / "seeds" / "large.csv"
    lines = "\n".join(f"word {n:06},a;b" for n in range(90_000))
    seed.write_text(f"word,pair\n{lines}\n", encoding="utf-8")
    assert seed.stat().st_size > 1 << 20
    assert load(project, seed.stem).returncode == 0
    with edited(seed, "word 000005,", "WORD 000005,"):
        assert load(project, seed.stem).returncode == 0
        with opened(project.parent / "warehouse" / "footfall.duckdb") as con:
            words = "select word from reference.large order by word limit 1"
            assert con.execute(words).fetchall() == [("WORD 000005",)]
        assert "unchanged" in load(project, seed.stem).stdout


def test_a_seed_is_read_as_its_settings_say(project: Path) -> None:
    seed = project / "seeds" / "pairs.csv"
    seed.write_text("one;two\na;b\n", encoding="utf-8")
    columns = "select string_agg(column_name, ' ') from duckdb_columns()"
    columns += " where table_name = 'pairs'"
    assert load(project, "pairs").returncode == 0
    settings = "seeds: [{name: pairs, config: {delimiter: ';'}}]\n"
    (project / "seeds" / "pairs.yml").write_text(settings, encoding="utf-8")
    assert load(project, "pairs").returncode == 0
    with opened(project.parent / "warehouse" / "footfall.duckdb") as con:
        assert con.execute(columns).fetchall() == [("one two",)]
