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
from ingestion.errors import BadFile, DataFailure, Failure
from ingestion.manifest import Entry, Known
from ingestion.report import Report
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
    entries: list[Entry] = field(default_factory=list)

    def rows(self) -> int:
        return sum(entry.row_count for entry in self.entries)

    def count(self, status: str) -> int:
        return sum(entry.status == status for entry in self.entries)


def configure(home: Path) -> None:
    """Settle dlt's settings: quiet, names unchanged, all its files under FOOTFALL_HOME."""
    os.environ.update(
        {
            "DLT_DATA_DIR": str(home / "dlt"),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "RUNTIME__LOG_LEVEL": "CRITICAL",
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
            config={"memory_limit": MEMORY_LIMIT, "temp_directory": str(home / "landing.tmp")},
        )
    except duckdb.IOException as error:
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
        pipeline = dlt.pipeline(
            pipeline_name=source.name,
            destination=dlt.destinations.duckdb(con),
            dataset_name=source.name,
            pipelines_dir=str(home / "dlt"),
        )
        finish_interrupted(pipeline, con)
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        return _load_new(source, pipeline, con, scratch, report)
    except Exception as error:
        raise _failure(error, source.name) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _load_new(
    source: Source,
    pipeline: dlt.Pipeline,
    con: duckdb.DuckDBPyConnection,
    scratch: Path,
    report: Report,
) -> Outcome:
    known = manifest.read(con, source.name)
    first_load = {name for name in source.entities if not known.get(name, Known()).landed}
    shapes = Shapes(pipeline)
    outcome = Outcome(source.name)
    with open_reader(source, known, report, scratch, shapes.fit, con) as reader:
        if not reader.has_news():
            return outcome
        loaded_at = datetime.now(UTC)

        def rows(entity: str) -> Iterator[Any]:
            load = Load(load_package_state()["load_id"], loaded_at)
            spool = Spool(scratch, load)
            for entry in reader.extract(entity, spool):
                outcome.entries.append(entry)
            for chunk in spool.take():
                yield dlt.mark.with_file_import(
                    str(chunk.path), "parquet", chunk.rows, hints=chunk.schema.empty_table()
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


class Shapes:
    """The columns of the landed tables, so that a new file fits them or is refused by itself."""

    def __init__(self, pipeline: dlt.Pipeline) -> None:
        tables: Any = {}
        if pipeline.default_schema_name:
            tables = pipeline.default_schema.tables
        self._columns: dict[str, dict[str, tuple[str, str | None]]] = {
            table: {
                name.lower(): (name, column.get("data_type"))
                for name, column in settings["columns"].items()
            }
            for table, settings in tables.items()
        }

    def fit(self, table: str, schema: pa.Schema) -> list[str]:
        """The names under which a file's columns land: as in the table, whatever their case.

        Errors  BadFile: a column has another type than the table's
        """
        columns = self._columns.setdefault(table, {})
        types = py_arrow_to_table_schema_columns(schema)
        names = []
        for given in schema.names:
            kind = types[given].get("data_type")
            name, expected = columns.setdefault(given.lower(), (given, kind))
            if kind != expected:
                raise BadFile(
                    "malformed_record",
                    f"column {given} is {kind}, in landing it is {expected}. Deliver it with the "
                    "type it had.",
                )
            names.append(name)
        return names


def finish_interrupted(pipeline: dlt.Pipeline, con: duckdb.DuckDBPyConnection) -> None:
    """Complete a load that a crash cut off, before anything new is read."""
    if not pipeline.first_run and not pipeline.default_schema_name:
        pipeline.sync_destination()
    while pipeline.has_pending_data:
        if pipeline.list_normalized_load_packages():
            pipeline.load()
        else:
            pipeline.normalize()
    # What an extraction left that never became a package.
    folder = Path(pipeline.working_dir) / "normalize"
    for leftover in folder.glob("*"):
        if leftover.is_dir() and leftover.name != "extracted":
            shutil.rmtree(leftover, ignore_errors=True)
    repair(con, pipeline.dataset_name)


def repair(con: duckdb.DuckDBPyConnection, source: str) -> None:
    """Remove the second copies that the source's last load holds when its jobs ran twice."""
    if not manifest.has_table(con, source, manifest.TABLE):
        return
    last = con.execute(f'select max(_dlt_load_id) from "{source}"._files').fetchone()
    load_id = last[0] if last else None
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


def _failure(error: Exception, source: str) -> Failure:
    """The user's own mistake out of dlt's layers of exceptions, or a sentence around the rest."""
    cause: BaseException | None = error
    deepest: BaseException = error
    while cause is not None:
        if isinstance(cause, Failure):
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
