"""What landed before, from the source's `_files` table, and what this load adds to it.

Shape   one row per file, page or database delta that a load looked at and judged
Units   byte_count as delivered (compressed); file_number counts the entity's files in one load
"""

import re
from dataclasses import asdict, dataclass, field
from datetime import datetime

import duckdb
import pyarrow as pa

from ingestion.spool import INSTANT, Load

TABLE = "_files"
SCHEMA = pa.schema(
    [
        ("_file_id", pa.string()),
        ("entity", pa.string()),
        ("name", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("row_count", pa.int64()),
        ("byte_count", pa.int64()),
        ("file_number", pa.int64()),
        ("listing_version", pa.string()),
        ("mode", pa.string()),
        ("next_page", pa.string()),
        ("_source_file", pa.string()),
        ("_loaded_at", INSTANT),
        ("_dlt_load_id", pa.string()),
    ]
)


@dataclass(frozen=True)
class Entry:
    """One file, page or delta and what became of it."""

    file_id: str | None
    entity: str
    name: str
    source_file: str
    status: str  # landed | redelivered | set_aside | missing
    listing_version: str | None
    byte_count: int
    row_count: int = 0
    reason: str | None = None
    detail: str | None = None
    next_page: str | None = None


@dataclass
class Known:
    """The past of one entity, newest last; brought up to date while a load goes on."""

    latest: dict[str, Entry] = field(default_factory=dict)  # by source_file
    # name, packed or not -> what was good of it, the last of which it stands for; without those
    # gone missing
    standing: dict[str, list[Entry]] = field(default_factory=dict)
    landed: dict[str, Entry] = field(default_factory=dict)  # by _file_id
    last_landed: str = ""

    def add(self, entry: Entry) -> None:
        if entry.status == "missing":
            # Whatever is still there under the name, or comes back, is looked at again.
            for gone in self.standing.pop(unpacked(entry.name), ()):
                self.latest.pop(gone.source_file, None)
            return
        self.latest[entry.source_file] = entry
        if entry.status == "set_aside":
            return
        assert entry.file_id is not None
        self.standing.setdefault(unpacked(entry.name), []).append(entry)
        if entry.status == "landed":
            self.landed[entry.file_id] = entry
            self.last_landed = entry.file_id

    def stands_for(self, name: str) -> str | None:
        """The _file_id of the bytes that a name means now."""
        entries = self.standing.get(unpacked(name))
        return entries[-1].file_id if entries else None


def unpacked(name: str) -> str:
    """A file's name without what says how it is packed: a day that is archived is the same day."""
    return re.sub(r"\.(gz|zst)\Z", "", name, flags=re.IGNORECASE | re.ASCII)


def has_table(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    query = "select 1 from duckdb_tables() where schema_name = ? and table_name = ?"
    return con.execute(query, [schema, table]).fetchone() is not None


def last_loaded_at(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """The latest load of any source; None before the first."""
    schemas = con.execute(
        "select schema_name from duckdb_tables() where table_name = ?", [TABLE]
    ).fetchall()
    times = [
        con.execute(f'select max(_loaded_at) from "{schema}".{TABLE}').fetchone()
        for (schema,) in schemas
    ]
    return max((row[0] for row in times if row and row[0]), default=None)


def read(con: duckdb.DuckDBPyConnection, source: str) -> dict[str, Known]:
    """The known files of every entity of a source."""
    known: dict[str, Known] = {}
    if not has_table(con, source, TABLE):
        return known
    rows = con.execute(f"""
        select
            _file_id, entity, name, _source_file, status, listing_version, byte_count, row_count,
            reason, detail, next_page
        from "{source}".{TABLE}
        order by _loaded_at, _dlt_load_id, file_number
    """).fetchall()
    for row in rows:
        known.setdefault(row[1], Known()).add(Entry(*row))
    return known


def table(entries: list[Entry], first_load: set[str], load: Load) -> pa.Table:
    """This load's manifest rows; first_load: the entities that never landed before."""
    numbers: dict[str, int] = {}
    rows = []
    for entry in entries:
        numbers[entry.entity] = numbers.get(entry.entity, 0) + 1
        row = asdict(entry)
        row["_file_id"] = row.pop("file_id")
        row["_source_file"] = row.pop("source_file")
        row["file_number"] = numbers[entry.entity]
        row["mode"] = "backfill" if entry.entity in first_load else "live"
        row["_loaded_at"] = load.loaded_at
        row["_dlt_load_id"] = load.load_id
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=SCHEMA)
