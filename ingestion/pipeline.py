"""Where data goes, where state lives, what may change: decided here and nowhere else.

Flow   spool (Parquet, written once) -> load package (hard link) -> landing.<source>.<table>
State  FOOTFALL_HOME/landing.duckdb and FOOTFALL_HOME/dlt; nothing in the user's home

Exactly once: dlt repeats a load job that had committed just before a crash. Every landed row has
a key (_file_id, _row_number) and every load says in `_files` how many rows it brought, so a start
that finds more removes the second copies (see `repair`). Nothing here trusts the wall clock: what
is last is what was written last.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
from dlt.common.storages.load_package import load_package_state
from dlt.extract import DltResource

from ingestion import clock, database_file, fields, manifest
from ingestion.config import Source
from ingestion.declare import drop_declared
from ingestion.errors import DataFailure, Failure, FullDisk, disk_is_full, first_line
from ingestion.fields import Fields
from ingestion.manifest import Entry, Known
from ingestion.report import Report
from ingestion.shapes import Shapes, landed_columns, widen
from ingestion.sources import open_reader
from ingestion.spool import Load, Spool

# Enough for a row group per thread; DuckDB's own default is 80 % of the machine.
MEMORY_LIMIT = "1GB"
DLT_TEMPORARY = re.compile("[0-9a-f]{16}")


@dataclass
class Outcome:
    """What one source's load did."""

    source: str
    kind: str
    entries: list[Entry] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)  # of fields, in words

    def count(self, status: str) -> int:
        return sum(entry.status == status for entry in self.entries)

    def counts(self) -> dict[str, int]:
        return {
            "row_count": sum(entry.row_count for entry in self.entries),
            "landed_count": self.count("landed"),
            "redelivered_count": self.count("redelivered"),
            "set_aside_count": self.count("set_aside"),
        }


def configure(home: Path) -> None:
    """Settle dlt's settings: quiet, names unchanged, all its files under FOOTFALL_HOME."""
    os.environ.update(
        {
            "DLT_DATA_DIR": str(home / "dlt"),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "RUNTIME__LOG_LEVEL": "CRITICAL",
            # dlt would finish its load and forget that it was told to stop.
            "RUNTIME__INTERCEPT_SIGNALS": "false",
            "SCHEMA__NAMING": "direct",
            # Entities one after the other, the manifest last: it counts what they brought.
            "EXTRACT__NEXT_ITEM_MODE": "fifo",
            # Files of one table may differ; what cannot be joined exactly stays apart.
            "DATA_WRITER__ARROW_CONCAT_PROMOTE_OPTIONS": "default",
            # A finished job's Parquet would stay on disk with everybody's data.
            "LOAD__DELETE_COMPLETED_JOBS": "true",
        }
    )


@contextmanager
def landing(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The landing database, open for writing.

    Errors  LockedFailure: open in another program; DataFailure: damaged, and left as it is
    """
    home.mkdir(parents=True, exist_ok=True)
    path, spilled = home / "landing.duckdb", home / "landing.duckdb.tmp"
    # What a killed run had no memory for.
    shutil.rmtree(spilled, ignore_errors=True)
    if not path.exists():
        # Whole from the start: a file cut off is then always a damaged one.
        fresh = home / "landing.duckdb.new"
        fresh.unlink(missing_ok=True)
        duckdb.connect(fresh).close()
        # That of a file that was moved away would be taken for this one's.
        (home / "landing.duckdb.wal").unlink(missing_ok=True)
        fresh.replace(path)
    try:
        con = database_file.opened(
            path,
            memory_limit=database_file.memory_limit(MEMORY_LIMIT),
            temp_directory=str(spilled),
            # Rows carry their number; keeping their order on disk costs a third of the time.
            preserve_insertion_order=False,
        )
    except database_file.Damaged as error:
        raise DataFailure(
            f"{path} is damaged and was left as it is: {error}. Put a backup in its place, "
            "without a landing.duckdb.wal; or move it away and run again, which lands anew what "
            "the sources still hold."
        ) from None
    try:
        con.execute("set TimeZone = 'UTC'")
        yield con
    finally:
        con.close()


def settle(con: duckdb.DuckDBPyConnection, home: Path, report: Report, requested: set[str]) -> None:
    """Finish or undo what a crash left of sources that this run does not load."""
    schemas = con.execute(
        "select schema_name from duckdb_tables() where table_name = '_dlt_loads'"
    ).fetchall()
    begun = {path.name for path in (home / "dlt").glob("[a-z]*") if path.is_dir()}
    for name in sorted(({row[0] for row in schemas} | begun) - requested):
        try:
            if _is_pending(home / "dlt" / name):
                finish_interrupted(name, con, home, report)
            else:
                repair(con, name)
        except Exception as error:
            raise _failure(error, name) from error


def _is_pending(folder: Path) -> bool:
    packages = (*folder.glob("normalize/extracted/*"), *folder.glob("load/normalized/*"))
    return any(path.is_dir() for path in packages)


def load(source: Source, con: duckdb.DuckDBPyConnection, home: Path, report: Report) -> Outcome:
    """Bring what is new of one source into landing.<source>; the same again changes nothing.

    Errors  Failure: nothing of this source landed in this load
    """
    scratch = home / "dlt" / "_spool" / source.name
    try:
        completed = _completed(con, source.name)
        pipeline = finish_interrupted(source.name, con, home, report)
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        try:
            outcome = _load_new(source, pipeline, con, home, scratch, report)
        except Exception:
            abandon(pipeline, con)
            raise
        # Also those of a load that was cut off before it could say so.
        outcome.changes = fields.told(con, source.name, completed)
        return outcome
    except Exception as error:
        raise _failure(error, source.name) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _load_new(
    source: Source,
    pipeline: dlt.Pipeline,
    con: duckdb.DuckDBPyConnection,
    home: Path,
    scratch: Path,
    report: Report,
) -> Outcome:
    # The local state may be older than landing, or belong to one that was deleted.
    pipeline.sync_destination()
    known = manifest.read(con, source.name)
    seen = Fields(con, source)
    first_load = {name for name in source.entities if not known.get(name, Known()).landed}
    shapes = Shapes(pipeline, landed_columns(con, source.name))
    drop_declared(con, source.name)
    outcome = Outcome(source.name, source.kind)
    with open_reader(source, known, report, home, scratch, shapes, seen, con) as reader:
        if not reader.has_news():
            return outcome
        loaded_at = clock.after(manifest.last_loaded_at(con))

        def rows(entity: str) -> Iterator[Any]:
            load = Load(load_package_state()["load_id"], loaded_at)
            spool = Spool(scratch / entity, load, shapes)
            for entry in reader.extract(entity, spool):
                outcome.entries.append(entry)
            for chunk in spool.take():
                # Said in full: dlt would otherwise give a time without zone a zone.
                columns = list(shapes.columns(entity).values())
                yield dlt.mark.with_file_import(
                    str(chunk.path),
                    "parquet",
                    chunk.rows,
                    hints=dlt.mark.make_hints(columns=columns),
                )

        def files() -> Iterator[pa.Table]:
            if outcome.entries:
                load = Load(load_package_state()["load_id"], loaded_at)
                yield manifest.table(outcome.entries, first_load, load)

        def news() -> Iterator[pa.Table]:
            table = seen.table(Load(load_package_state()["load_id"], loaded_at))
            if table is not None:
                yield table

        resources = [_resource(rows, entity, entity) for entity in source.entities]
        resources.append(_resource(files, manifest.TABLE))
        resources.append(_resource(news, fields.TABLE))
        pipeline.extract(resources, loader_file_format="parquet")
        pipeline.normalize()
        _load_package(pipeline, con)
    _tidy(Path(pipeline.working_dir))
    return outcome


def _load_package(pipeline: dlt.Pipeline, con: duckdb.DuckDBPyConnection) -> None:
    widen(con, pipeline)
    pipeline.load()


def _completed(con: duckdb.DuckDBPyConnection, source: str) -> set[str]:
    """The ids of the loads that landed whole."""
    if not manifest.has_table(con, source, "_dlt_loads"):
        return set()
    rows = con.execute(f'select load_id from "{source}"._dlt_loads where status = 0').fetchall()
    return {row[0] for row in rows}


def _resource(function: Any, name: str, *arguments: str) -> DltResource:
    resource: DltResource = dlt.resource(
        function(*arguments), name=name, write_disposition="append", max_table_nesting=0
    )
    return resource


def finish_interrupted(
    source: str, con: duckdb.DuckDBPyConnection, home: Path, report: Report
) -> dlt.Pipeline:
    """The source's pipeline, after a load that a crash cut off was completed or undone."""
    pipeline = _opened(source, con, home)
    finished = False
    try:
        while pipeline.has_pending_data:
            if pipeline.list_normalized_load_packages():
                _load_package(pipeline, con)
                finished = True
            else:
                pipeline.normalize()
    except Exception:
        # Whatever dlt found wrong: the package is damaged, or no longer fits. Its source can be
        # read again.
        abandon(pipeline, con)
        pipeline = _opened(source, con, home)
    _tidy(Path(pipeline.working_dir))
    if not repair(con, source) and finished:
        # A machine that lost its power, or a damaged log: dlt takes a job's rows for landed that
        # are not. The sources can be read again.
        _undo(con, source, _last_load(con, source))
        report.warning(
            f"source {source}: rows of the load that was interrupted are lost; what it read is "
            "read again."
        )
    elif finished:
        report.line(f"{source}: finished the load that was interrupted")
    return pipeline


def _tidy(folder: Path) -> None:
    """Remove what dlt leaves when nothing is pending.

    It keeps a folder for every package it ever loaded, and what it was writing when it was killed.
    """
    for step in ("normalize/*", "load/new/*", "load/loaded/*"):
        for path in folder.glob(step):
            if path.is_dir() and path.name != "extracted":
                shutil.rmtree(path, ignore_errors=True)
    # It writes a file aside and moves it into place.
    for path in folder.rglob("*"):
        if DLT_TEMPORARY.fullmatch(path.name) and path.is_file():
            path.unlink()


def _opened(source: str, con: duckdb.DuckDBPyConnection, home: Path) -> dlt.Pipeline:
    pipeline = dlt.pipeline(
        pipeline_name=source,
        destination=dlt.destinations.duckdb(con),
        dataset_name=source,
        pipelines_dir=str(home / "dlt"),
    )
    if not pipeline.default_schema_name:
        # The local state is gone, or this is the first run: landing itself holds a copy.
        pipeline.sync_destination()
    return pipeline


def abandon(pipeline: dlt.Pipeline, con: duckdb.DuckDBPyConnection) -> None:
    """Undo a load that cannot be completed: none of its rows stay in landing."""
    # The package goes first, and in one step: rows without a package are undone at the next start,
    # a package without some of its rows would pass for loaded.
    folder = Path(pipeline.working_dir)
    dropped = folder.with_name(f"_dropped_{folder.name}")
    shutil.rmtree(dropped, ignore_errors=True)
    if folder.exists():
        folder.rename(dropped)
        shutil.rmtree(dropped, ignore_errors=True)
    repair(con, pipeline.dataset_name)


def repair(con: duckdb.DuckDBPyConnection, source: str) -> bool:
    """Make landing hold every row of the completed loads once, and of no other load.

    Nothing is pending when this is called. False when the last load has less than its manifest
    says.
    """
    if not manifest.has_table(con, source, "_dlt_loads"):
        return True
    # dlt notes a load twice when it was killed just after the first time.
    con.execute(f"""
        delete from "{source}"._dlt_loads where rowid not in (
            select min(rowid) from "{source}"._dlt_loads group by load_id
        )
    """)
    completed = _completed(con, source)
    for table in _landed_tables(con, source):
        # Faster than to compare row by row: the ids are in the column's dictionary.
        found = con.execute(f'select distinct _dlt_load_id from "{source}"."{table}"').fetchall()
        for load_id in {row[0] for row in found if row[0]} - completed:
            con.execute(f'delete from "{source}"."{table}" where _dlt_load_id = ?', [load_id])
    if not manifest.has_table(con, source, manifest.TABLE):
        return True
    load_id = _last_load(con, source)
    _drop_copies(con, source, manifest.TABLE, load_id, "_file_id, entity, _source_file, status")
    if manifest.has_table(con, source, fields.TABLE):
        _drop_copies(con, source, fields.TABLE, load_id, "_row_number")
    rows = con.execute(
        f'select entity, sum(row_count) from "{source}"._files where _dlt_load_id = ? group by 1',
        [load_id],
    ).fetchall()
    expected = dict.fromkeys(_landed_tables(con, source), 0) | dict(rows)
    is_whole = True
    for entity in expected.keys() - {manifest.TABLE, fields.TABLE}:
        count = _count(con, source, entity, load_id)
        if count > expected[entity]:
            _drop_copies(con, source, entity, load_id, "_file_id, _row_number")
            count = _count(con, source, entity, load_id)
        is_whole = is_whole and count == expected[entity]
    return is_whole


def _landed_tables(con: duckdb.DuckDBPyConnection, source: str) -> list[str]:
    rows = con.execute(
        """
        select table_name from duckdb_columns()
        where schema_name = ? and column_name = '_dlt_load_id'
            and not starts_with(table_name, '_dlt')
        """,
        [source],
    ).fetchall()
    return [row[0] for row in rows]


def _last_load(con: duckdb.DuckDBPyConnection, source: str) -> str | None:
    # Ids are times, which go backwards with the clock; rows stand in the order they were written.
    last = con.execute(
        f'select load_id from "{source}"._dlt_loads where status = 0 order by rowid desc limit 1'
    ).fetchone()
    return last[0] if last else None


def _count(con: duckdb.DuckDBPyConnection, source: str, table: str, load_id: str | None) -> int:
    if not manifest.has_table(con, source, table):
        return 0
    found = con.execute(
        f'select count(*) from "{source}"."{table}" where _dlt_load_id = ?', [load_id]
    ).fetchone()
    return int(found[0]) if found else 0


def _undo(con: duckdb.DuckDBPyConnection, source: str, load_id: str | None) -> None:
    """Take a load out of landing: its note first, so that a crash leaves rows of no load."""
    con.execute(f'delete from "{source}"._dlt_loads where load_id = ?', [load_id])
    for table in _landed_tables(con, source):
        con.execute(f'delete from "{source}"."{table}" where _dlt_load_id = ?', [load_id])


def _drop_copies(
    con: duckdb.DuckDBPyConnection, source: str, table: str, load_id: str | None, key: str
) -> None:
    con.execute(
        f"""
        delete from "{source}"."{table}" where _dlt_load_id = $load_id and rowid not in (
            select min(rowid) from "{source}"."{table}" where _dlt_load_id = $load_id group by {key}
        )
        """,
        {"load_id": load_id},
    )


def _failure(error: Exception, source: str) -> Failure | SystemExit:
    """The user's own mistake out of dlt's layers of exceptions, or a sentence around the rest.

    A signal's exit is found there too and goes on: it is no failure of this source.
    """
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Failure | SystemExit):
            return cause
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    if full := [each for each in chain if disk_is_full(each)]:
        return FullDisk(
            f"source {source}: nothing landed, the disk is full: {first_line(full[-1])}. Make room "
            "and run again; what was interrupted is finished then."
        )
    return DataFailure(
        f"source {source}: nothing landed: {first_line(chain[-1])}. Correct the cause and run "
        "again; what was interrupted is finished then."
    )
