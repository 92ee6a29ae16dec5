"""The types of the landed columns: a new file widens them, and never loses a value to them."""

import re
from typing import Any

import dlt
import duckdb
import pyarrow as pa
from dlt.common.libs.pyarrow import (
    UnsupportedArrowTypeException,
    py_arrow_to_table_schema_columns,
)

from ingestion.errors import BadFile

# A field whose text is the JSON of a nested value carries what was in it.
NESTED = b"nested"
TEXT = "VARCHAR"
Columns = dict[str, Any]
# Each holds the values of those before it, and shows them in the same text.
CHAINS = (
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
    ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP"),
)


TOLD_COLUMNS = 4


def landed_columns(con: duckdb.DuckDBPyConnection, schema: str) -> dict[str, set[str]]:
    """The columns of each table of a source, in lower case, without ours; declared ones too."""
    found = con.execute(
        "select table_name, list(lower(column_name)) from duckdb_columns() "
        "where schema_name = ? and not starts_with(column_name, '_') group by table_name",
        [schema],
    ).fetchall()
    return {table: set(names) for table, names in found}


class Shapes:
    """The columns of the landed tables in dlt's words, brought up to date by each file."""

    def __init__(self, pipeline: dlt.Pipeline, landed: dict[str, set[str]]) -> None:
        self._landed = landed
        tables: Any = {}
        if pipeline.default_schema_name:
            tables = pipeline.default_schema.tables
        self._columns: dict[str, Columns] = {
            table: {c["name"].lower(): c for c in settings["columns"].values() if "data_type" in c}
            for table, settings in tables.items()
        }
        self._duckdb_type = types_of(pipeline)

    def names(self, table: str, schema: pa.Schema) -> list[str]:
        """The names under which a file's columns land: as in the table, whatever their case.

        Errors  BadFile: a column of a type that cannot land at all
        """
        try:
            py_arrow_to_table_schema_columns(schema)
        except UnsupportedArrowTypeException as error:
            raise BadFile(
                "malformed_record",
                f"column {error.field_name} is {error.arrow_type}, which cannot land. Deliver it "
                "with another type.",
            ) from None
        return self._named(table, schema.names)

    def refuse_foreign(self, table: str, names: list[str]) -> None:
        """A file with no column of the table is another table's, or begins with a record.

        Errors  BadFile
        """
        known = self._landed.get(table)
        if known and known.isdisjoint(name.lower() for name in names):
            told = ", ".join(sorted(known)[:TOLD_COLUMNS])
            raise BadFile(
                "malformed_record",
                f"it names none of the columns that {table} has ({told}, …): line 1 of a CSV file "
                "is no header, or it is another table's. Deliver it with its columns.",
            )

    def _named(self, table: str, names: list[str]) -> list[str]:
        known = self._columns.get(table, {})
        return [known.get(name.lower(), {"name": name})["name"] for name in names]

    def columns(self, table: str) -> Columns:
        """The table's columns in its own order, by their name in lower case."""
        return self._columns.get(table, {}).copy()

    def restore(self, table: str, columns: Columns) -> None:
        """Forget what a file brought that did not land."""
        self._columns[table] = columns

    def arranged(self, table: str, rows: pa.Table) -> pa.Table:
        """Rows with the table's columns in its order, and new ones after them.

        A column that landing needs as text is text already. dlt writes files of another order
        again, and gives a time without zone a zone when its column is none.
        """
        rows = rows.rename_columns(self._named(table, rows.column_names))
        known = self._columns.setdefault(table, {})
        given = py_arrow_to_table_schema_columns(rows.schema)
        for name, found in given.items():
            self._widen(known, found, rows.schema.field(name))
        arranged = {}
        for column in known.values():
            name = column["name"]
            if name not in given:
                arranged[name] = pa.nulls(rows.num_rows, pa.string())
            elif column["data_type"] == "text" != given[name]["data_type"]:
                arranged[name] = _as_text(rows.column(name))
            else:
                arranged[name] = rows.column(name)
        return pa.table(arranged)

    def _widen(self, known: Columns, found: Any, field: pa.Field) -> None:
        """Make a column wide enough for what landed in it and for what comes."""
        if NESTED in (field.metadata or {}):
            found["data_type"] = "json"
        if found["data_type"] == "bigint":
            # Said in full: dlt merges columns, and would keep a narrower one's precision.
            found.setdefault("precision", 64)
        before = known.setdefault(found["name"].lower(), found)
        old, new = self._duckdb_type(before), self._duckdb_type(found)
        wider = widest(old, new)
        if wider == new != old:
            known[found["name"].lower()] = found
        elif wider not in (new, old):
            known[found["name"].lower()] = {**before, "data_type": "text"}


def types_of(pipeline: dlt.Pipeline) -> Any:
    """A function: dlt's column -> the DuckDB type it is created with."""
    capabilities = pipeline.destination.capabilities()
    mapper = capabilities.get_type_mapper()
    return lambda column: mapper.to_destination_type(column, {"name": "", "columns": {}})


def widest(old: str, new: str) -> str:
    """The DuckDB type that holds the values of both, with the old ones' text unchanged.

    Staging reads columns through their text, so that 5 must not become 5.00. Where no type does
    it, text itself.

    >>> widest("INTEGER", "BIGINT"), widest("DECIMAL(12,2)", "DECIMAL(10,2)")
    ('BIGINT', 'DECIMAL(12,2)')
    >>> widest("BIGINT", "DECIMAL(20,0)"), widest("DECIMAL(10,2)", "DECIMAL(10,4)")
    ('VARCHAR', 'VARCHAR')
    """
    if old == new:
        return old
    for chain in CHAINS:
        if old in chain and new in chain:
            return max(old, new, key=chain.index)
    decimals = [re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind) for kind in (old, new)]
    if decimals[0] and decimals[1]:
        (digits, scale), (new_digits, new_scale) = (map(int, m.groups()) for m in decimals if m)
        if new_scale <= scale and new_digits - new_scale <= digits - scale:
            return old
        if new_scale == scale:
            return new
    return TEXT


def _as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Each value as DuckDB writes it, from which the same value can be read."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.register("given", pa.table({"value": values}))
        texts = con.execute("select cast(value as varchar) as value from given")
        return texts.to_arrow_table().column("value")


def widen(con: duckdb.DuckDBPyConnection, pipeline: dlt.Pipeline) -> None:
    """Give the landed columns the types that a load is about to need.

    dlt adds columns and leaves those it finds. Each change is one transaction, and asked for
    again it is none: a load that was killed between two of them goes on where it was.
    """
    duckdb_type = types_of(pipeline)
    landed = con.execute(
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = ?",
        [pipeline.dataset_name],
    ).fetchall()
    tables = pipeline.default_schema.tables
    for table, name, kind in landed:
        columns = tables[table]["columns"] if table in tables else {}
        wanted: Any = {given.lower(): column for given, column in columns.items()}.get(name.lower())
        if not wanted or "data_type" not in wanted:
            continue
        wider = widest(kind, duckdb_type(wanted))
        if wider != kind:
            column = '"' + name.replace('"', '""') + '"'
            con.execute(
                f'alter table "{pipeline.dataset_name}"."{table}" alter column {column} '
                f"set data type {wider}"
            )
