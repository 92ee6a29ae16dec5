"""Which fields each entity has had, and what changed: the source's `_fields` table.

Shape   one row per field and file, page or table version that changed what is known of the field;
        without a change in the first load of an entity, which is the baseline
Units   least_share: of the lines of a file, the smallest share that ever held the field; a header
        speaks for every line
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from ingestion.config import FilesSource, RestSource, Source
from ingestion.manifest import Entry, has_table
from ingestion.shapes import NESTED
from ingestion.spool import INSTANT, Load

TABLE = "_fields"
SCHEMA = pa.schema(
    [
        ("_file_id", pa.string()),
        ("entity", pa.string()),
        ("name", pa.string()),
        ("field_name", pa.string()),
        ("change", pa.string()),
        ("old_type", pa.string()),
        ("new_type", pa.string()),
        ("is_present", pa.bool_()),
        ("known_types", pa.string()),
        ("least_share", pa.float64()),
        ("_row_number", pa.int64()),
        ("_source_file", pa.string()),
        ("_loaded_at", INSTANT),
        ("_dlt_load_id", pa.string()),
    ]
)
# A field that only some lines have is missed when so many lines of a file should have had it.
EXPECTED_LINES = 20
PLAIN = frozenset('.[]"*')


@dataclass(frozen=True)
class Field:
    """What is known of a field after the files so far."""

    types: frozenset[str]  # of JSON all that were ever seen, else the present one
    is_present: bool = True
    least_share: float = 1.0


@dataclass(frozen=True)
class Seen:
    """What one file, page or table version held.

    types   field -> its types; none where it was only ever null
    shares  of the lines, by field; null where a header speaks for all
    """

    types: dict[str, frozenset[str]]
    shares: dict[str, float] | None = None
    lines: int = 0


@dataclass(frozen=True)
class Change:
    """A field that is not as it was; change is null for what is no news to anybody."""

    field_name: str
    after: Field
    change: str | None
    old_type: str | None = None
    new_type: str | None = None


class Fields:
    """The fields of one source's entities, brought up to date while a load goes on."""

    def __init__(self, con: duckdb.DuckDBPyConnection, source: Source) -> None:
        is_json = isinstance(source, RestSource)
        is_json |= isinstance(source, FilesSource) and source.format == "jsonl"
        self._known = _read(con, source.name, is_json)
        self._before = set(self._known)
        self._rows: list[dict[str, object]] = []

    def known(self, entity: str) -> dict[str, Field]:
        return self._known.get(entity, {})

    def changes(self, entity: str, seen: Seen) -> list[Change]:
        """What a file changes, in the order of the fields' names."""
        known = self.known(entity)
        names = sorted(known.keys() | seen.types.keys()) if seen.types or seen.lines else []
        changes = [c for name in names for c in _compared(name, known.get(name), seen)]
        if entity not in self._before:
            # The first load: whatever its files hold is the baseline.
            return [Change(change.field_name, change.after, None) for change in changes]
        return changes

    def saw(self, entry: Entry, seen: Seen) -> None:
        """Take note of the fields of a file that landed."""
        for change in self.changes(entry.entity, seen):
            self._known.setdefault(entry.entity, {})[change.field_name] = change.after
            self._rows.append(
                {
                    "_file_id": entry.file_id,
                    "entity": entry.entity,
                    "name": entry.name,
                    "field_name": change.field_name,
                    "change": change.change,
                    "old_type": change.old_type,
                    "new_type": change.new_type,
                    "is_present": change.after.is_present,
                    "known_types": _listed(change.after.types),
                    "least_share": change.after.least_share,
                    "_row_number": len(self._rows) + 1,
                    "_source_file": entry.source_file,
                }
            )

    def table(self, load: Load) -> pa.Table | None:
        """This load's rows, if there are any."""
        stamp = {"_loaded_at": load.loaded_at, "_dlt_load_id": load.load_id}
        rows = [{**row, **stamp} for row in self._rows]
        return pa.Table.from_pylist(rows, schema=SCHEMA) if rows else None


def _compared(name: str, before: Field | None, seen: Seen) -> Iterator[Change]:
    is_json = seen.shares is not None
    share = seen.shares.get(name, 0.0) if seen.shares is not None else 1.0
    types = seen.types.get(name)
    if types is None:
        assert before is not None
        after = replace(before, least_share=share)
        if before.is_present and _is_missed(before, seen):
            after = replace(after, is_present=False)
            yield Change(name, after, "missing", _told(before.types))
        elif after != before:
            yield Change(name, after, None)
    elif before is None:
        yield Change(name, Field(types, least_share=share), "added", None, _told(types))
    else:
        new = types - before.types
        # What a JSON field once was it may be again; a header says what it is now.
        least = min(before.least_share, share) if is_json else 1.0
        after = Field(before.types | types if is_json else types, least_share=least)
        if not before.is_present:
            yield Change(name, after, "returned", _told(before.types), _told(types))
        if before.types and new:
            yield Change(name, after, "retyped", _told(before.types), _told(new))
        elif before.is_present and after != before:
            yield Change(name, after, None)


def _is_missed(field: Field, seen: Seen) -> bool:
    """True when a file without the field should have had it."""
    if seen.shares is None or field.least_share == 1:
        return True
    return field.least_share * seen.lines >= EXPECTED_LINES


def _told(types: frozenset[str]) -> str:
    return _listed(types) or "null"


def _listed(types: frozenset[str]) -> str | None:
    return ", ".join(sorted(types)) or None


def _read(
    con: duckdb.DuckDBPyConnection, source: str, is_json: bool
) -> dict[str, dict[str, Field]]:
    known: dict[str, dict[str, Field]] = {}
    if not has_table(con, source, TABLE):
        return known
    rows = con.execute(f"""
        select entity, field_name, known_types, is_present, least_share from "{source}".{TABLE}
        qualify row_number() over (
            partition by entity, field_name
            order by _loaded_at desc, _dlt_load_id desc, _row_number desc
        ) = 1
    """).fetchall()
    for entity, name, types, is_present, least_share in rows:
        split = (types or "").split(", ") if is_json else [types or ""]
        field = Field(frozenset(split) - {""}, is_present, least_share)
        known.setdefault(entity, {})[name] = field
    return known


def told(con: duckdb.DuckDBPyConnection, source: str, earlier: set[str]) -> list[str]:
    """The changes that came with other loads than the earlier ones, in words, each said once."""
    if not has_table(con, source, TABLE):
        return []
    rows = con.execute(
        f"""
        select entity, field_name, change, old_type, new_type from "{source}".{TABLE}
        where change is not null and not list_contains(?, _dlt_load_id)
        group by all order by min((_loaded_at, _row_number))
        """,
        [sorted(earlier)],
    ).fetchall()
    return [f"{source}.{entity}: {name} {_in_words(*kinds)}" for entity, name, *kinds in rows]


def _in_words(change: str, old_type: str, new_type: str) -> str:
    match change:
        case "retyped":
            return f"retyped from {old_type} to {new_type}"
        case "missing":
            return "missing"
        case _:
            return f"{change} as {new_type}"


def columns(schema: pa.Schema, names: list[str]) -> Seen:
    """The fields that a header, a Parquet file or a table declares, under the names they land as.

    Shape  a column -> its DuckDB type; what is nested in it below its name, see step()
    """
    plain = duckdb.from_arrow(schema.empty_table()).types if names else []
    types: dict[str, frozenset[str]] = {}
    for field, name, kind in zip(schema, names, plain, strict=True):
        nested = json.loads((field.metadata or {}).get(NESTED, "{}"))
        for path, inner in (nested or {"": str(kind)}).items():
            types[step(name) + path if path else name] = frozenset([inner])
    return Seen(types)


def nested_types(kind: pa.DataType) -> dict[str, str]:
    """The fields inside a nested Arrow type, by their path below it."""
    flat = dict(_flat("", kind))
    named = [(path, inner) for path, inner in flat.items() if not isinstance(inner, str)]
    schema = pa.schema([(str(position), inner) for position, (_, inner) in enumerate(named)])
    told = duckdb.from_arrow(schema.empty_table()).types if named else []
    leaves = {path: str(kind) for (path, _), kind in zip(named, told, strict=True)}
    return {path: leaves.get(path) or str(inner) for path, inner in flat.items()}


def _flat(path: str, kind: pa.DataType) -> Iterator[tuple[str, pa.DataType | str]]:
    if pa.types.is_struct(kind):
        yield path, "STRUCT"
        for field in kind:
            yield from _flat(f"{path}.{step(field.name)}", field.type)
    elif (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    ):
        yield path, "LIST"
        yield from _flat(f"{path}[]", kind.value_type)
    else:
        yield path, kind


def step(key: str) -> str:
    """A key as a part of a field's name: as it is, or as a JSON string where it would mislead.

    >>> [step(key) for key in ("price", "a.b", "*", "")]
    ['price', '"a.b"', '"*"', '""']
    """
    return key if key and key.isprintable() and PLAIN.isdisjoint(key) else json.dumps(key)
