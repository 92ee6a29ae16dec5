"""Where data goes, where state lives, what may change: decided here and nowhere else.

Flow   spool (Parquet, written once) -> load package (hard link) -> landing.<source>.<table>
State  FOOTFALL_HOME/landing.duckdb and FOOTFALL_HOME/dlt; nothing in the user's home

Exactly once: dlt repeats a load job that had committed just before a crash. Every landed row has
a key (_file_id, _row_number) and every load says in `_files` how many rows it brought, so a start
that finds more removes the second copies (see `repair`).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
from dlt.common.libs.pyarrow import py_arrow_to_table_schema_columns
from dlt.common.schema.typing import TSchemaContractDict
from dlt.common.storages.load_package import load_package_state
from dlt.extract import DltResource

from ingestion import manifest
from ingestion.config import Source
from ingestion.declare import drop_declared
from ingestion.errors import DataFailure, Failure, LockedFailure, is_locked
from ingestion.manifest import Entry, Known
from ingestion.report import Report
from ingestion.shapes import Shapes
from ingestion.sources import open_reader
from ingestion.spool import Load, Spool

# New columns are welcome; a changed type would become a second column in silence.
CONTRACT: TSchemaContractDict = {"tables": "evolve", "columns": "evolve", "data_type": "freeze"}
# Enough for a row group per thread; DuckDB's own default is 80 % of the machine.
MEMORY_LIMIT = "1GB"


@dataclass
class Outcome:
    """What one source's load did."""

    source: str
    kind: str
    entries: list[Entry] = field(default_factory=list)

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
            # A finished job's Parquet would stay on disk with everybody's data.
            "LOAD__DELETE_COMPLETED_JOBS": "true",
        }
    )


@contextmanager
def landing(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The landing database, open for writing."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "landing.duckdb"
    try:
        con = duckdb.connect(
            path,
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": str(home / "landing.tmp"),
                # Rows carry their number; keeping their order on disk costs a third of the time.
                "preserve_insertion_order": False,
            },
        )
    except duckdb.IOException as error:
        if is_locked(error):
            raise LockedFailure(
                f"{path} is open in another program. Close it there and run again."
            ) from None
        raise DataFailure(f"{path} cannot be opened: {_first_line(error)}") from None
    try:
        con.execute("set TimeZone = 'UTC'")
        yield con
    finally:
        con.close()


def load(source: Source, con: duckdb.DuckDBPyConnection, home: Path, report: Report) -> Outcome:
    """Bring what is new of one source into landing.<source>; the same again changes nothing.

    Errors  Failure: nothing of this source landed in this load
    """
    scratch = home / "dlt" / "_spool" / source.name
    try:
        pipeline = finish_interrupted(source.name, con, home)
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        try:
            return _load_new(source, pipeline, con, home, scratch, report)
        except Exception:
            abandon(pipeline, con)
            raise
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
    known = manifest.read(con, source.name)
    first_load = {name for name in source.entities if not known.get(name, Known()).landed}
    shapes = Shapes(pipeline)
    drop_declared(con, source.name)
    outcome = Outcome(source.name, source.kind)
    with open_reader(source, known, report, home, scratch, shapes.fit, con) as reader:
        if not reader.has_news():
            return outcome
        loaded_at = datetime.now(UTC)

        def rows(entity: str) -> Iterator[Any]:
            load = Load(load_package_state()["load_id"], loaded_at)
            spool = Spool(scratch / entity, load)
            for entry in reader.extract(entity, spool):
                outcome.entries.append(entry)
            for chunk in spool.take():
                # Said in full: dlt would otherwise give a time without zone a zone.
                columns = list(py_arrow_to_table_schema_columns(chunk.schema).values())
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

        resources = [_resource(rows, entity, entity) for entity in source.entities]
        resources.append(_resource(files, manifest.TABLE))
        pipeline.run(resources, loader_file_format="parquet", schema_contract=CONTRACT)
    # dlt keeps a folder for every package it ever loaded.
    for package in (Path(pipeline.working_dir) / "load" / "loaded").glob("*"):
        shutil.rmtree(package, ignore_errors=True)
    return outcome


def _resource(function: Any, name: str, *arguments: str) -> DltResource:
    resource: DltResource = dlt.resource(
        function(*arguments), name=name, write_disposition="append", max_table_nesting=0
    )
    return resource


def finish_interrupted(source: str, con: duckdb.DuckDBPyConnection, home: Path) -> dlt.Pipeline:
    """The source's pipeline, after a load that a crash cut off was completed or undone."""
    pipeline = _opened(source, con, home)
    try:
        while pipeline.has_pending_data:
            if pipeline.list_normalized_load_packages():
                pipeline.load()
            else:
                pipeline.normalize()
    except Exception:
        # Whatever dlt found wrong: the package is damaged, or no longer fits. Its source can be
        # read again.
        abandon(pipeline, con)
        pipeline = _opened(source, con, home)
    # What an extraction left that never became a package.
    for leftover in (Path(pipeline.working_dir) / "normalize").glob("*"):
        if leftover.is_dir() and leftover.name != "extracted":
            shutil.rmtree(leftover, ignore_errors=True)
    repair(con, source)
    return pipeline


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


def repair(con: duckdb.DuckDBPyConnection, source: str) -> None:
    """Make landing hold every row of the completed loads once, and of no other load.

    Nothing is pending when this is called.
    """
    if not manifest.has_table(con, source, "_dlt_loads"):
        return
    last = con.execute(f'select max(load_id) from "{source}"._dlt_loads').fetchone()
    load_id = (last[0] if last else None) or ""
    landed = con.execute(
        """
        select table_name from duckdb_columns()
        where schema_name = ? and column_name = '_dlt_load_id'
            and not starts_with(table_name, '_dlt')
        """,
        [source],
    ).fetchall()
    for (table,) in landed:
        # Load ids are times, so that a later one belongs to a load that was given up.
        con.execute(f'delete from "{source}"."{table}" where _dlt_load_id > ?', [load_id])
    if not manifest.has_table(con, source, manifest.TABLE):
        return
    _drop_copies(con, source, manifest.TABLE, load_id, "_file_id, entity, _source_file, status")
    expected = con.execute(
        f'select entity, sum(row_count) from "{source}"._files where _dlt_load_id = ? group by 1',
        [load_id],
    ).fetchall()
    for entity, row_count in expected:
        if not manifest.has_table(con, source, entity):
            continue
        found = con.execute(
            f'select count(*) from "{source}"."{entity}" where _dlt_load_id = ?', [load_id]
        ).fetchone()
        if found and found[0] > row_count:
            _drop_copies(con, source, entity, load_id, "_file_id, _row_number")


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
    cause: BaseException | None = error
    deepest: BaseException = error
    while cause is not None:
        if isinstance(cause, Failure | SystemExit):
            return cause
        deepest = cause
        cause = cause.__cause__ or cause.__context__
    return DataFailure(
        f"source {source}: nothing landed: {_first_line(deepest)}. Correct the cause and run "
        "again; what was interrupted is finished then."
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
