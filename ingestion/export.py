"""`footfall export`: published tables as ordered files, the same bytes for the same rows.

What shapes a file is named here: its rows stand by the table's key, and every option is fixed.
The bytes follow the rows and the locked DuckDB; not threads, the clock or the machine's time zone.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import duckdb

from ingestion.config import engine_config
from ingestion.database_file import connected
from ingestion.errors import DataFailure, UsageFailure, first_line
from ingestion.ledger import sync
from ingestion.manifest import has_table
from ingestion.publish import SCHEMAS, literal
from ingestion.report import Report

Format = Literal["parquet", "csv"]
Table = tuple[str, str]  # schema and name

# What is exported when nothing is named. Tables of the other schemas carry their schema's name.
DEFAULT_SCHEMAS = ("marts", "features")
OPTIONS: dict[Format, str] = {
    "parquet": "format parquet, compression zstd, compression_level 3, row_group_size 122880",
    # RFC 4180. A null is an empty cell, an empty text is ""; instants are UTC.
    "csv": r"format csv, header, new_line '\r\n', nullstr '', "
    r"timestampformat '%Y-%m-%dT%H:%M:%S.%fZ'",
}
ASIDE = ".footfall-export-"


def export(home: Path, folder: Path, marts: list[str], form: Format, report: Report) -> None:
    """Write <mart>.parquet or <mart>.csv for each; they take their places when the last is whole.

    marts   names like fct_orders or ops.row_accounting; none: every table of marts and features
    Errors  UsageFailure: an unknown name, nothing published, a folder that cannot be used;
            DataFailure: a file could not be written; those in the folder are then as they were
    """
    published = home / "marts.duckdb"
    if not published.exists():
        raise UsageFailure(
            f"nothing was published yet: {published} does not exist. Run: footfall run"
        )
    try:
        with connected(config=engine_config()) as con:
            con.execute("set TimeZone = 'UTC'")
            # Read only, so that a publish can go on: it puts a new file in the place of ours.
            con.execute(f"attach '{literal(published)}' as shop (read_only)")
            con.execute("use shop")
            chosen = _chosen(_published(con), marts)
            with written_aside(folder, [f"{name}.{form}" for name in chosen]) as aside:
                con.execute("set temp_directory = $folder", {"folder": str(aside / "spilled")})
                for name, table in chosen.items():
                    with report.progress(name, None):
                        rows = _write(con, table, aside / f"{name}.{form}", form)
                    report.line(f"{name}: {_counted(rows, 'row')}")
    except (duckdb.Error, OSError) as error:
        first = str(error).splitlines()[0]
        raise DataFailure(
            f"not exported, the files in {folder} are as they were: {first}"
        ) from None
    report.line(f"exported {_counted(len(chosen), 'table')} to {folder}")


def _published(con: duckdb.DuckDBPyConnection) -> dict[str, Table]:
    """Every published table, by the name that its file gets."""
    tables: list[Table] = con.execute(
        """
        select schema_name, table_name from duckdb_tables()
        where database_name = 'shop' and list_contains($schemas, schema_name)
        order by list_position($schemas, schema_name), table_name
        """,
        {"schemas": list(SCHEMAS)},
    ).fetchall()
    names: dict[str, Table] = {}
    for schema, table in tables:
        is_short = schema in DEFAULT_SCHEMAS and table not in names
        names[table if is_short else f"{schema}.{table}"] = (schema, table)
    return names


def _chosen(names: dict[str, Table], marts: list[str]) -> dict[str, Table]:
    """The tables asked for.

    Errors  UsageFailure: a name that nothing has, with those that are close
    """
    if not marts:
        return {name: table for name, table in names.items() if table[0] in DEFAULT_SCHEMAS}
    # Also found with its schema's name in front.
    known = {name: name for name in names} | {".".join(names[name]): name for name in names}
    chosen = {}
    for mart in marts:
        if mart not in known:
            close = {known[near] for near in get_close_matches(mart.lower(), known, cutoff=0.5)}
            told = "Close to it" if close else "Published"
            raise UsageFailure(
                f"unknown mart {mart!r}. {told}: {', '.join(sorted(close or names))}."
            )
        chosen[known[mart]] = names[known[mart]]
    return chosen


@contextmanager
def written_aside(folder: Path, files: list[str], gone: Sequence[str] = ()) -> Iterator[Path]:
    """A folder inside `folder` to write the files in; they move up when the block ends well.

    gone: files that were there before and go when these come.

    Errors  UsageFailure: `folder` cannot be used, or one of the names
    """
    for name in files:
        # A table may have any name; its file stays in the folder.
        if Path(name).name != name or name.startswith("."):
            raise UsageFailure(f"{name!r} cannot be the name of a file. Name the marts to export.")
        if (folder / name).is_dir():
            raise UsageFailure(f"{folder / name} is a folder. Move it away, or export elsewhere.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        aside, sign = _aside(folder)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise UsageFailure(
            f"{error.filename or folder} cannot be used as a folder to write in. Correct its "
            "permissions or --to."
        ) from None
    try:
        yield aside
        for name in files:
            sync(aside / name)
        for count, name in enumerate(files):
            try:
                os.replace(aside / name, folder / name)
            except OSError as error:
                raise DataFailure(
                    f"{name} could not be put into {folder}: {first_line(error)}. The files before "
                    f"it are new, {count} of {len(files)}."
                ) from None
        try:
            for name in gone:
                (folder / name).unlink(missing_ok=True)
            sync(folder)
        except OSError as error:
            raise DataFailure(
                f"the files in {folder} are new, but the folder could not be brought to its end: "
                f"{first_line(error)}."
            ) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        os.close(sign)


def _aside(folder: Path) -> tuple[Path, int]:
    """A new folder, and what is locked in it while we are at work, in whatever container."""
    while True:
        aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=folder))
        with suppress(FileNotFoundError):  # swept before it was locked
            sign = os.open(aside, os.O_RDONLY)
            with suppress(OSError):  # a disk without locks: nothing is swept there
                fcntl.flock(sign, fcntl.LOCK_EX)
            if aside.exists():
                return aside, sign
            os.close(sign)


def _sweep(folder: Path) -> None:
    """Remove what killed exports left; one that is still at work keeps its own."""
    for left in folder.glob(f"{ASIDE}*"):
        with suppress(OSError):
            sign = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(sign, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(sign)


def _write(con: duckdb.DuckDBPyConnection, table: Table, path: Path, form: Format) -> int:
    """Write one table by its key, then by every other column; returns how many rows."""
    columns = dict(
        con.execute(
            """
            select column_name, data_type from duckdb_columns()
            where database_name = 'shop' and schema_name = ? and table_name = ?
            order by column_index
            """,
            table,
        ).fetchall()
    )
    cells = [f"{_cell(name, kind, form)} as {_quoted(name)}" for name, kind in columns.items()]
    key = [name for name in _key(con, table) if name in columns]
    # By the table's columns, not by the cells: a guarded text would stand elsewhere.
    order = [f"t.{_quoted(name)} asc nulls last" for name in dict.fromkeys([*key, *columns])]
    done = con.execute(
        f"copy (select {', '.join(cells)} from {'.'.join(map(_quoted, table))} as t "
        f"order by {', '.join(order)}) to $path ({OPTIONS[form]})",
        {"path": str(path)},
    ).fetchone()
    return int(done[0]) if done else 0


def _key(con: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    """The columns a row is found by, as its key test names them; none for a table without."""
    if not has_table(con, "main", "table_keys"):
        return []
    found = con.execute(
        "select key_columns from main.table_keys where schema_name = ? and table_name = ? "
        "order by all limit 1",
        table,
    ).fetchone()
    return list(found[0]) if found else []


def _cell(name: str, kind: str, form: Format) -> str:
    column = f"t.{_quoted(name)}"
    if form == "parquet" and kind in ("HUGEINT", "UHUGEINT"):
        # Parquet has no such integer, and DuckDB would write a rounded double.
        return f"cast({column} as decimal(38, 0))"
    if form == "csv" and (kind in ("VARCHAR", "JSON") or kind.startswith("ENUM")):
        column = f"cast({column} as varchar)"
        # A spreadsheet would take such a text for a formula and run it.
        opens_formula = f"left({column}, 1) in ('=', '+', '-', '@', chr(9), chr(13))"
        return f"case when {opens_formula} then '''' || {column} else {column} end"
    return column


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}" + ("" if count == 1 else "s")
