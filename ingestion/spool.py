"""Parquet files on their way into a load package: each byte of a source is written here once.

dlt hard-links a finished file into its package, so nothing is written a second time before
DuckDB reads it. A source file counts only when it was read to its end: small ones wait in memory,
a large one gets Parquet files of its own, which are deleted when its end turns out bad.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from ingestion.shapes import Shapes

LINEAGE = ("_file_id", "_row_number", "_source_file", "_loaded_at", "_dlt_load_id")
INSTANT = pa.timestamp("us", tz="UTC")
HELD_BYTES = 32 << 20  # of one file in memory; a larger one is written at once
GROUP_ROWS = 1 << 18
GROUP_BYTES = 16 << 20  # of a row group: small files share one, DuckDB reads it in one go
WRITER = ThreadPoolExecutor(1, "spool")  # one group is written while the next is read
FILE_BYTES = 512 << 20  # of Arrow memory behind one Parquet file, so that two threads find work


@dataclass(frozen=True)
class Load:
    """What all rows of one load share."""

    load_id: str
    loaded_at: datetime


@dataclass(frozen=True)
class Chunk:
    """A finished Parquet file for one table."""

    table: str
    path: Path
    rows: int
    schema: pa.Schema


def with_lineage(
    batch: pa.Table, file_id: str, first_row: int, source_file: str, load: Load
) -> pa.Table:
    """Append the lineage columns; _row_number counts on from first_row."""
    count = batch.num_rows
    columns = (
        _constant(file_id, count),
        pa.arange(first_row, first_row + count),
        _constant(source_file, count),
        pa.repeat(pa.scalar(load.loaded_at, INSTANT), count),
        _constant(load.load_id, count),
    )
    for name, column in zip(LINEAGE, columns, strict=True):
        batch = batch.append_column(name, column)
    return batch


def _constant(text: str, count: int) -> pa.DictionaryArray:
    """One text for every row, held once."""
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), count), [text])


@dataclass
class _Writer:
    """Rows of one table and one shape, gathered into row groups."""

    table: str
    path: Path
    schema: pa.Schema
    held: list[pa.Table] = field(default_factory=list)
    held_bytes: int = 0
    written_bytes: int = 0
    rows: int = 0
    file: pq.ParquetWriter | None = None
    writing: Future[None] | None = None

    def add(self, batch: pa.Table) -> None:
        self.held.append(batch)
        self.held_bytes += batch.nbytes
        self.rows += batch.num_rows
        if self.held_bytes >= GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        if self.file is None:
            # Uncompressed: it lives for seconds, and lineage columns are dictionaries anyway.
            self.file = pq.ParquetWriter(
                self.path,
                self.schema,
                compression="none",
                use_dictionary=list(LINEAGE),
                write_statistics=False,
            )
        if self.held:
            self._wait()
            group = pa.concat_tables(self.held)
            self.writing = WRITER.submit(self.file.write_table, group, row_group_size=GROUP_ROWS)
            self.written_bytes += self.held_bytes
            self.held, self.held_bytes = [], 0

    def _wait(self) -> None:
        writing, self.writing = self.writing, None
        if writing:
            writing.result()

    def finish(self) -> Chunk:
        self.flush()
        self._wait()
        assert self.file is not None
        self.file.close()
        return Chunk(self.table, self.path, self.rows, self.schema)

    def discard(self) -> None:
        # Whatever went wrong with the writing, the file goes.
        with suppress(Exception):
            self._wait()
        if self.file is not None:
            self.file.close()
        self.path.unlink(missing_ok=True)


class Spool:
    """The Parquet files of one entity and load, in a folder of their own.

    No name is used twice: dlt's package shares the file, a rewrite would go through to it.
    """

    def __init__(self, folder: Path, load: Load, shapes: "Shapes") -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.load = load
        self.shapes = shapes
        self.done: list[Chunk] = []
        self._shared: _Writer | None = None
        self._count = 0

    def _writer(self, table: str, schema: pa.Schema) -> _Writer:
        self._count += 1
        return _Writer(table, self.folder / f"{self._count:06}.parquet", schema)

    @contextmanager
    def one_file(self, table: str, file_id: str, source_file: str) -> Iterator["FileRows"]:
        """Take the rows of one source file; an exception inside leaves none of them."""
        rows = FileRows(self, table, file_id, source_file)
        columns = self.shapes.columns(table)
        try:
            yield rows
        except BaseException:
            rows.discard()
            self.shapes.restore(table, columns)
            raise
        rows.commit()

    def write(self, batch: pa.Table, table: str) -> None:
        """Add rows that are known to be good."""
        shared = self._shared
        if shared and (shared.table != table or shared.schema != batch.schema):
            self.done.append(shared.finish())
            shared = None
        shared = shared or self._writer(table, batch.schema)
        shared.add(batch)
        if shared.written_bytes >= FILE_BYTES:
            self.done.append(shared.finish())
            shared = None
        self._shared = shared

    def take(self) -> Iterable[Chunk]:
        """The files finished since the last call; ends the one being written."""
        if self._shared:
            self.done.append(self._shared.finish())
            self._shared = None
        done, self.done = self.done, []
        return done


class FileRows:
    """The rows of one source file while it is being read."""

    def __init__(self, spool: Spool, table: str, file_id: str, source_file: str) -> None:
        self.count = 0
        self._spool = spool
        self._table = table
        self._file_id = file_id
        self._source_file = source_file
        self._held: list[pa.Table] = []
        self._held_bytes = 0
        self._own: list[_Writer] = []

    def write(self, batch: pa.Table) -> None:
        batch = with_lineage(
            batch, self._file_id, self.count + 1, self._source_file, self._spool.load
        )
        self.count += batch.num_rows
        batch = self._spool.shapes.arranged(self._table, batch)
        self._held.append(batch)
        self._held_bytes += batch.nbytes
        if self._held_bytes >= HELD_BYTES:
            self._spill()

    def _spill(self) -> None:
        for batch in self._held:
            if not self._own or self._own[-1].written_bytes >= FILE_BYTES:
                self._own.append(self._spool._writer(self._table, batch.schema))
            self._own[-1].add(batch)
        self._held, self._held_bytes = [], 0

    def commit(self) -> None:
        if self._own:
            self._spill()
            self._spool.done.extend(writer.finish() for writer in self._own)
        else:
            for batch in self._held:
                self._spool.write(batch, self._table)

    def discard(self) -> None:
        for writer in self._own:
            writer.discard()
        self._held = []
