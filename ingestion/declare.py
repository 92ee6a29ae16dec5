"""Empty landing tables for what was never loaded, so that every model builds from the first day.

Flow  models/staging/*/_*__sources.yml  ->  landing.<source>.<table>, the columns declared there
"""

from pathlib import Path
from typing import Any

import duckdb
import yaml

from ingestion import fields, manifest
from ingestion.errors import DataFailure, UsageFailure, first_line

LINEAGE_TYPES = {
    "_file_id": "varchar",
    "_row_number": "bigint",
    "_source_file": "varchar",
    "_loaded_at": "timestamptz",
    "_dlt_load_id": "varchar",
}
DUCKDB_TYPES = {"string": "varchar", "int64": "bigint", "double": "double", "bool": "boolean"}
# What the loader notes about every source, whatever its sources file says.
OWN_TABLES = {
    table: {f.name: DUCKDB_TYPES.get(str(f.type), "timestamptz") for f in schema}
    for table, schema in ((manifest.TABLE, manifest.SCHEMA), (fields.TABLE, fields.SCHEMA))
}


Declared = list[tuple[Path, dict[str, Any]]]


def read_declared(project: Path) -> Declared:
    """The landing sources that the models declare, each with the file that says so.

    Errors  UsageFailure: a sources file is no YAML
    """
    declared: Declared = []
    for path in sorted(project.glob("models/staging/*/_*__sources.yml")):
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            sources = document.get("sources") or []
            declared += [(path, s) for s in sources if s.get("database", "landing") == "landing"]
        except (yaml.YAMLError, AttributeError, TypeError, OSError, ValueError) as error:
            raise _unusable(path, error) from None
    return declared


def declare(con: duckdb.DuckDBPyConnection, declared: Declared) -> list[str]:
    """Create the declared tables and columns that landing does not have.

    Returns the columns that a table lacked: an older version made it, or its source sends none.
    Errors  UsageFailure: a type DuckDB does not know; DataFailure: the disk is full
    """
    added = []
    schemas = con.execute(
        "select schema_name from duckdb_tables() where table_name = ? order by all",
        [manifest.TABLE],
    ).fetchall()
    for (schema,) in schemas:
        for name, columns in OWN_TABLES.items():
            added += _declare_table(con, schema, name, columns)
    for path, source in declared:
        try:
            added += _declare_source(con, source)
        except (duckdb.IOException, duckdb.FatalException) as error:
            raise DataFailure(f"landing cannot be written: {first_line(error)}.") from None
        except (duckdb.Error, AttributeError, KeyError, TypeError) as error:
            raise _unusable(path, error) from None
    return added


def _unusable(path: Path, error: Exception) -> UsageFailure:
    return UsageFailure(f"{path} cannot be used: {first_line(error)}. Correct it.")


def _declare_source(con: duckdb.DuckDBPyConnection, source: dict[str, Any]) -> list[str]:
    schema = source.get("schema") or source["name"]
    con.execute(f'create schema if not exists "{schema}"')
    added = []
    for name, columns in OWN_TABLES.items():
        added += _declare_table(con, schema, name, columns)
    for table in source.get("tables") or []:
        name = table.get("identifier") or table["name"]
        columns = {c["name"]: c.get("data_type", "varchar") for c in table.get("columns") or []}
        if name not in OWN_TABLES:
            added += _declare_table(con, schema, name, {**columns, **LINEAGE_TYPES})
    return added


def _declare_table(
    con: duckdb.DuckDBPyConnection, schema: str, table: str, columns: dict[str, str]
) -> list[str]:
    found = con.execute(
        "select lower(column_name) from duckdb_columns() where schema_name = ? and table_name = ?",
        [schema, table],
    ).fetchall()
    present = {row[0] for row in found}
    if not present:
        body = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        con.execute(f'create table "{schema}"."{table}" ({body})')
        return []
    added = []
    for name, kind in columns.items():
        if name.lower() not in present:
            con.execute(f'alter table "{schema}"."{table}" add column "{name}" {kind}')
            added.append(f"{schema}.{table}.{name}")
    return added


def drop_declared(con: duckdb.DuckDBPyConnection, source: str) -> None:
    """Drop the source's empty tables that no load made: the first load brings its own types."""
    loaded: set[str] = set()
    if manifest.has_table(con, source, "_dlt_version"):
        # dlt looks into its own record, not at the table: what is noted there must stay.
        rows = con.execute(f"""
            select unnest(json_keys(schema, '$.tables')) from "{source}"._dlt_version
        """).fetchall()
        loaded = {row[0] for row in rows}
    tables = con.execute(
        "select table_name from duckdb_tables() where schema_name = ?", [source]
    ).fetchall()
    for (table,) in tables:
        if table in loaded or table.startswith("_dlt"):
            continue
        if not con.execute(f'select 1 from "{source}"."{table}" limit 1').fetchone():
            con.execute(f'drop table "{source}"."{table}"')


if __name__ == "__main__":
    # `make setup`: plain dbt builds before anything was ingested.
    from ingestion.config import home_folder
    from ingestion.pipeline import landing

    here = Path().resolve()
    with landing(home_folder(here)) as connection:
        declare(connection, read_declared(here))
