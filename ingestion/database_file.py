"""A DuckDB file as it is found: in use, damaged, or fine.

Units   sizes in bytes
Errors  LockedFailure: another program has it open; Damaged: its content is not to be trusted
"""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from ingestion.errors import DataFailure, LockedFailure, UsageFailure, first_line

# A killed run's dbt lets go of the files within moments.
LOCK_SECONDS = 2.0
LEAST_BYTES = 100e6
HEADER_BYTES = 3 * 4096
IN_USE = "Could not set lock"
# Whatever else DuckDB's input and output complain of says nothing about the file's content.
ELSEWHERE = (IN_USE, "Cannot open file", "Could not write", "Is a directory", "No space left")


class Damaged(Exception):
    """The file is no database of this DuckDB version, or a part of it cannot be read."""


def memory_limit(default: str) -> str:
    """FOOTFALL_MEMORY_LIMIT, for each DuckDB that a command opens.

    Errors  UsageFailure: not a number and a unit; less than DuckDB needs to open a file
    """
    limit = os.environ.get("FOOTFALL_MEMORY_LIMIT") or default
    said = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT])i?B", limit, re.IGNORECASE)
    if not said or float(said[1]) * 1000 ** ("KMGT".index(said[2].upper()) + 1) < LEAST_BYTES:
        raise UsageFailure(
            f"FOOTFALL_MEMORY_LIMIT is {limit!r}. Write a number and a unit, such as 4GB, and no "
            "less than 100MB."
        )
    return limit


@contextmanager
def connected(*arguments: Any, **settings: Any) -> Iterator[duckdb.DuckDBPyConnection]:
    """duckdb.connect() for long work: ends at once when the command is stopped from outside."""
    with duckdb.connect(*arguments, **settings) as con:
        try:
            yield con
        except BaseException:
            # Closing alone waits until each thread has done its part of the query, however long.
            con.interrupt()
            raise


def opened(path: Path, **settings: Any) -> duckdb.DuckDBPyConnection:
    """A connection that may write, after a look at the file's size."""
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            con = duckdb.connect(path, config=settings)
            break
        except duckdb.Error as error:
            if _is_damage(error):
                raise Damaged(first_line(error)) from None
            if IN_USE not in str(error):
                raise DataFailure(
                    f"{path} cannot be opened: {first_line(error)}. Check that you own it and may "
                    "write it."
                ) from None
            if time.monotonic() > deadline:
                raise LockedFailure(
                    f"{path} is open in another program. Close it there and run again; readers "
                    "use marts.duckdb."
                ) from None
        time.sleep(0.05)
    try:
        _refuse_short(con, path)
    except BaseException:
        con.close()
        raise
    return con


def remove(path: Path) -> None:
    """Take away a database file, its logs and what it had no memory for; nothing else there."""
    for end in ("", ".wal", ".wal.checkpoint", ".wal.recovery", ".tmp"):
        part = path.with_name(path.name + end)
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def damage(path: Path) -> str | None:
    """What cannot be read of a whole database file; None: every block is as it was written."""
    settings: dict[str, Any] = {
        "memory_limit": memory_limit("1GB"),
        "temp_directory": f"{path}.tmp",
    }
    try:
        with connected(path, read_only=True, config=settings) as con:
            _refuse_short(con, path)
            for schema, table in _tables(con):
                con.execute(f"select sum(hash(columns(*))) from {schema}.{table}")
    except Damaged as error:
        return str(error)
    except duckdb.Error as error:
        return first_line(error) if _is_damage(error) else None
    return None


def _is_damage(error: duckdb.Error) -> bool:
    kinds = (
        duckdb.IOException,
        duckdb.SerializationException,
        duckdb.InternalException,
        duckdb.FatalException,
    )
    return isinstance(error, kinds) and not any(reason in str(error) for reason in ELSEWHERE)


def _refuse_short(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """A file that was cut off opens well where only the rows are missing."""
    size = path.stat().st_size
    total, block = con.execute(
        "select total_blocks, block_size from pragma_database_size() "
        "where database_name = current_database()"
    ).fetchone() or (0, 0)
    if size >= HEADER_BYTES + total * block:
        return
    # Free blocks at the end are none of the file's: what is the last one with rows?
    for schema, table in _tables(con):
        name = f"{schema}.{table}".replace("'", "''")
        (last,) = con.execute(
            f"select coalesce(max(block_id), -1) from pragma_storage_info('{name}')"
        ).fetchone() or (-1,)
        if size < HEADER_BYTES + (last + 1) * block:
            raise Damaged(f"its end is missing, it has {size:,} bytes")


def _tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of each, quoted."""
    found = con.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = current_database()"
    ).fetchall()
    return [(_quoted(schema), _quoted(table)) for schema, table in found]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
