"""`footfall publish`: a fresh copy of the build's public schemas, put in place by one rename.

Readers that hold the old file keep it to their end; whoever opens the path next sees the new one.
Nothing that was deleted from the build is left in the copy.
"""

import os
from pathlib import Path

import duckdb

from ingestion.config import engine_config
from ingestion.errors import DataFailure, LockedFailure, UsageFailure, is_locked
from ingestion.manifest import has_table
from ingestion.report import Report

SCHEMAS = ("marts", "features", "ops", "reference")


def publish(home: Path, report: Report) -> None:
    """Copy the schemas of footfall.duckdb into marts.duckdb; views become tables.

    Errors  UsageFailure: nothing was built; DataFailure: the last build failed, or no file could
            be written; LockedFailure: another program writes to the build or to landing;
            marts.duckdb is then as it was
    """
    build, target = home / "footfall.duckdb", home / "marts.duckdb"
    if not build.exists():
        raise UsageFailure(f"{build} does not exist. Build it first with: footfall run")
    _refuse_untested(build)
    fresh = home / f"marts.duckdb.{os.getpid()}.tmp"
    for leftover in home.glob("marts.duckdb.*.tmp*"):
        leftover.unlink()
    try:
        tables = _copy(build, home / "landing.duckdb", fresh)
        if not tables:
            raise DataFailure(f"{build} holds no table in {', '.join(SCHEMAS)}. Run: footfall run")
        sync(fresh)
        os.replace(fresh, target)
        sync(home)
    except (duckdb.Error, OSError) as error:
        kind = LockedFailure if is_locked(error) else DataFailure
        first = str(error).splitlines()[0]
        raise kind(f"not published, {target} is as it was: {first}") from None
    finally:
        for leftover in home.glob("marts.duckdb.*.tmp*"):
            leftover.unlink()
    report.line(f"published {tables} tables to {target}")


def _refuse_untested(build: Path) -> None:
    """Only a build of everything whose tests passed is published; the build itself says so."""
    try:
        with duckdb.connect(build, read_only=True) as con:
            last = con.execute(
                "select command, left_out_count, first_left_out, failed_count, first_failed "
                "from main.last_build"
            ).fetchone()
    except duckdb.Error as error:
        if is_locked(error):
            raise LockedFailure(
                f"not published: {build} is open in another program. Close it there and run: "
                "footfall publish"
            ) from None
        first = str(error).splitlines()[0]
        raise DataFailure(f"not published: {build} cannot be read ({first}).") from None
    command, left_out, first_left_out, failed, first_failed = last or ("nothing", 1, "all", 0, "")
    if failed:
        raise DataFailure(
            f"not published: the last build failed ({first_failed}, {failed} in all). Correct "
            "the data or the model and run: footfall run"
        )
    if command != "build" or left_out:
        raise DataFailure(
            f"not published: the last thing done to it was a dbt {command} that left out "
            f"{first_left_out} ({left_out} in all). Run: footfall run"
        )


def _copy(build: Path, landing: Path, fresh: Path) -> int:
    """Write the tables into a new database file; returns how many."""
    with duckdb.connect(config=engine_config()) as con:
        con.execute("set TimeZone = 'UTC'")
        # The name under which the views know their tables.
        con.execute(f"attach '{literal(build)}' as footfall (read_only)")
        if landing.exists():
            con.execute(f"attach '{literal(landing)}' as landing (read_only)")
        con.execute(f"attach '{literal(fresh)}' as fresh")
        relations = con.execute(
            """
            select schema_name, table_name, comment from duckdb_tables()
            where database_name = 'footfall' and list_contains($schemas, schema_name)
            union all
            select schema_name, view_name, comment from duckdb_views()
            where database_name = 'footfall' and list_contains($schemas, schema_name)
            order by all
            """,
            {"schemas": list(SCHEMAS)},
        ).fetchall()
        comments = con.execute("""
            select schema_name, table_name, column_name, comment from duckdb_columns()
            where database_name = 'footfall' and comment is not null
        """).fetchall()
        for schema in sorted({row[0] for row in relations}):
            con.execute(f"create schema fresh.{schema}")
        for schema, name, comment in relations:
            target = f'fresh.{schema}."{name}"'
            con.execute(f'create table {target} as from footfall.{schema}."{name}"')
            if comment:
                con.execute(f"comment on table {target} is '{literal(comment)}'")
            for column_schema, table, column, text in comments:
                if (column_schema, table) == (schema, name):
                    con.execute(f"comment on column {target}.\"{column}\" is '{literal(text)}'")
        if has_table(con, "main", "table_keys"):
            con.execute(
                "create table fresh.main.table_keys as from footfall.main.table_keys "
                "where list_contains($schemas, schema_name)",
                {"schemas": list(SCHEMAS)},
            )
        con.execute("checkpoint fresh")
        con.execute("detach fresh")
    return len(relations)


def literal(text: object) -> str:
    """Fit to stand between quotes in SQL."""
    return str(text).replace("'", "''")


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before we go on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
