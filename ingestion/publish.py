"""`footfall publish`: a fresh copy of the build's public schemas, put in place by one rename.

Readers that hold the old file keep it to their end; whoever opens the path next sees the new one.
Nothing that was deleted from the build is left in the copy.
"""

from pathlib import Path
from typing import Any

import duckdb

from ingestion.build import refuse_damaged
from ingestion.config import engine_config
from ingestion.database_file import connected, memory_limit, remove
from ingestion.errors import (
    DataFailure,
    FullDisk,
    LockedFailure,
    UsageFailure,
    disk_is_full,
    first_line,
    is_locked,
)
from ingestion.ledger import keep_versions, sync
from ingestion.manifest import has_table

SCHEMAS = ("marts", "features", "ops", "reference")
# Enough for a row group of a wide table per thread; more is written to the disk meanwhile.
MEMORY_LIMIT = "1GB"
NOWHERE = "marts.duckdb.is-only-read/by-its-clients"


def publish(home: Path) -> str:
    """Copy the schemas of footfall.duckdb into marts.duckdb, views as tables; what to say of it.

    Errors  UsageFailure: nothing was built; DataFailure: the last build failed, or no file could
            be written; LockedFailure: another program writes to the build or to landing;
            marts.duckdb is then as it was
    """
    build, target = home / "footfall.duckdb", home / "marts.duckdb"
    if not build.exists():
        raise UsageFailure(f"{build} does not exist. Build it first with: footfall run")
    fresh = home / "marts.duckdb.new"
    try:
        remove(fresh)
        tables = _copy(build, home / "landing.duckdb", fresh)
        if not tables:
            raise DataFailure(f"{build} holds no table in {', '.join(SCHEMAS)}. Run: footfall run")
        # Before anybody sees them: a version that was seen is never lost.
        keep_versions(home, fresh)
        sync(fresh)
        _bar_logs(target.with_name("marts.duckdb.wal"))
        fresh.replace(target)
        sync(home)
    except (duckdb.Error, OSError) as error:
        if disk_is_full(error):
            raise FullDisk(
                f"not published, {target} is as it was: the disk is full: {first_line(error)}. "
                "Make room and run again."
            ) from None
        if is_locked(error):
            name = home / ("landing.duckdb" if "landing.duckdb" in str(error) else build.name)
            raise LockedFailure(
                f"not published: {name} is open in another program. Close it there and run: "
                "footfall publish"
            ) from None
        refuse_damaged(home)
        raise DataFailure(f"not published, {target} is as it was: {first_line(error)}.") from None
    finally:
        remove(fresh)
    return f"published {tables} tables to {target}"


def _bar_logs(log: Path) -> None:
    """Let no client have a log there: what it wrote into the old file would be the new one's.

    Behind a link that leads nowhere DuckDB finds none, and it cannot begin one.
    """
    while not log.is_symlink():
        log.unlink(missing_ok=True)
        try:
            log.symlink_to(NOWHERE)
        except FileExistsError:
            continue  # a client was quicker
        except OSError:
            return  # a disk without links


def _refuse_untested(con: duckdb.DuckDBPyConnection) -> None:
    """Only a build of everything whose tests passed is published; the build itself says so."""
    try:
        last = con.execute(
            "select command, left_out_count, first_left_out, failed_count, first_failed "
            "from footfall.main.last_build"
        ).fetchone()
    except duckdb.CatalogException:
        last = None
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
    """Write the tables into a new database file; returns how many.

    Errors  DataFailure: the build is not one to publish
    """
    settings: dict[str, Any] = {
        **engine_config(),
        "memory_limit": memory_limit(MEMORY_LIMIT),
        "temp_directory": f"{fresh}.tmp",
    }
    with connected(config=settings) as con:
        con.execute("set TimeZone = 'UTC'")
        # The name under which the views know their tables.
        con.execute(f"attach '{literal(build)}' as footfall (read_only)")
        # Asked of the file that is copied: another build may begin meanwhile.
        _refuse_untested(con)
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
            # One commit a table: each waits for the disk, and there are comments by the thousand.
            con.execute("begin")
            con.execute(f'create table {target} as from footfall.{schema}."{name}"')
            if comment:
                con.execute(f"comment on table {target} is '{literal(comment)}'")
            for column_schema, table, column, text in comments:
                if (column_schema, table) == (schema, name):
                    con.execute(f"comment on column {target}.\"{column}\" is '{literal(text)}'")
            con.execute("commit")
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
