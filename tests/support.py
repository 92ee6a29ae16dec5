"""What several tests need: the commands as a user runs them, and tables to compare."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.forks import forks
from tests.parsed import parsed_for

PROJECT = Path(__file__).resolve().parent.parent
SHARED = PROJECT.parent / "shared" / "data"
BUILT = ("marts.orders", "marts.items", "ops.files")  # of make_build


def needs(path: Path) -> pytest.MarkDecorator:
    """Skip, and say so, where real data is missing: it may not be copied into the project.

    Where FOOTFALL_REQUIRE_ALL asks for every test, only a machine without any of it is excused.
    """
    return pytest.mark.skipif(not path.exists(), reason=f"the real data is not at {path}")


def run(*command: str, home: Path, cwd: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    """One command with its state under `home`; its output is text, its exit code not checked.

    `python -m …` of dbt and of this project is a fork of a process that has imported them.
    """
    environment = {**os.environ, "FOOTFALL_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "200"}
    if is_forked(command, cwd):
        if cwd == PROJECT and {"run", "build", "compile", "parse", "test"} & {*command}:
            environment["DBT_PARTIAL_PARSE_FILE_PATH"] = str(parsed_for(home, PROJECT))
        return forks().run(command[2], command[3:], environment, cwd)
    return subprocess.run(
        command, cwd=cwd, env=environment, text=True, capture_output=True, check=False
    )


def is_forked(command: tuple[str, ...], cwd: Path) -> bool:
    """Another folder may have code of its own."""
    is_module = command[:2] == (sys.executable, "-m")
    return is_module and (
        command[2] == "dbt.cli.main" or (cwd == PROJECT and command[2].startswith("ingestion"))
    )


def footfall(*arguments: str, home: Path, cwd: Path = PROJECT) -> str:
    """`footfall …`, which must succeed; returns what it printed."""
    done = run(sys.executable, "-m", "ingestion", *arguments, home=home, cwd=cwd)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout + done.stderr


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database for reading, in UTC.

    Attached under another name than its file's: in marts.duckdb the schema marts would be
    ambiguous with the database.
    """
    con = duckdb.connect()
    try:
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach '{path}' as shop (read_only)")
        con.execute("use shop")
        yield con
    finally:
        con.close()


def difference(
    con: duckdb.DuckDBPyConnection, left: str, right: str, limit: int = 20
) -> list[tuple[object, ...]]:
    """Rows of either query that the other does not have as often, with the side they are on."""
    return con.execute(
        f"""
        (select 'left only', * from (({left}) except all ({right})))
        union all
        (select 'right only', * from (({right}) except all ({left})))
        order by all limit {limit}
        """
    ).fetchall()


def tables(path: Path) -> dict[str, str]:
    """Every table of a database with a digest of its rows, whatever their order.

    But for the one that says which way the last build went.
    """
    with opened(path) as con:
        names = con.execute(
            "select schema_name || '.\"' || table_name || '\"' from duckdb_tables() "
            "where table_name <> 'rebuilt_keys' order by all"
        ).fetchall()
        return {
            name: str(con.execute(f"select count(*), sum(hash(t)) from {name} as t").fetchone())
            for (name,) in names
        }


def make_build(home: Path, version: int) -> None:
    """A footfall.duckdb without dbt; every row of it says which version it is."""
    home.mkdir(exist_ok=True)
    fresh = home / "fresh"
    with duckdb.connect(fresh) as con:
        con.execute("create schema marts; create schema ops")
        for table in BUILT:
            con.execute(f"create table {table} as select {version} as version, * from range(5000)")
            con.execute(f"comment on table {table} is 'one row a row'")
        con.execute("""
            create table last_build as select 'build' as command, 0 as left_out_count,
                null as first_left_out, 0 as failed_count, null as first_failed
        """)
    fresh.replace(home / "footfall.duckdb")
