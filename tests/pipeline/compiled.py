"""A model's real SQL over rows made up in memory, without a build.

sql = compiled(folder, "fct_funnel_units", variables={"funnels": […]})
with memory() as con:
    fill(con, "marts.fct_events", COLUMNS, rows)
    con.execute(sql["fct_funnel_units"])
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from tests.support import PROJECT, run

DBT = (sys.executable, "-m", "dbt.cli.main", "--no-use-colors")


def compiled(
    folder: Path, *models: str, variables: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """The SQL that dbt makes of models and data tests, by name; nothing has to be built for it."""
    home = folder / "warehouse"
    assert run(sys.executable, "-m", "ingestion.declare", home=home).returncode == 0
    done = refused(folder, *models, variables=variables)
    assert done is None, done
    paths = (folder / "target" / "compiled" / "footfall").rglob("*.sql")
    return {path.stem: path.read_text() for path in paths if path.stem in models}


def refused(folder: Path, *models: str, variables: Mapping[str, Any] | None = None) -> str | None:
    """What dbt says when it cannot compile the models; None when it can."""
    done = run(
        *(*DBT, "compile", "--quiet", "--select", *models),
        *("--vars", json.dumps(variables or {})),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        home=folder / "warehouse",
        cwd=PROJECT,
    )
    return None if done.returncode == 0 else done.stdout


@contextmanager
def memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty build in memory, set up like the real one."""
    con = duckdb.connect(config={"threads": "1"})
    try:
        con.execute("attach ':memory:' as footfall; use footfall; set TimeZone = 'UTC'")
        for schema in ("staging", "intermediate", "marts", "features", "reference"):
            con.execute(f"create schema {schema}")
        con.execute("set preserve_insertion_order = false")
        yield con
    finally:
        con.close()


def fill(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """A table with these rows and no others; a column that a row does not name is null."""
    listed = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
    con.execute(f"create or replace table {table} ({listed})")
    if rows:
        given = [[row.get(name) for name in columns] for row in rows]
        con.executemany(f"insert into {table} values ({', '.join('?' * len(columns))})", given)


def change_keys(con: duckdb.DuckDBPyConnection, model: str, key: str, values: str) -> None:
    """Say which keys of a keyed model are to be made anew: those a query finds."""
    con.execute(
        f'create or replace temporary table "{model}__keys" as select distinct {key}, '
        f"cast(1 as ubigint) as input_fingerprint, true as is_changed from ({values}) as t ({key})"
    )
