"""What a build has to say besides: the rows behind its tests, marts without a row."""

import json
from pathlib import Path
from typing import Any, Literal

import duckdb

TOLD_ROWS = 3  # of one test; the table named at the end of the line holds all


def found_by_tests(home: Path, status: Literal["warn", "fail"]) -> list[str]:
    """A line for each test that ended so, with the first of its rows.

    Where dbt left no results, or another program holds the build, there is nothing to say.
    """
    try:
        results = json.loads((home / "target" / "run_results.json").read_text("utf-8"))["results"]
    except (OSError, ValueError, KeyError):
        return []
    found = [result for result in results if result["status"] == status]
    try:
        with duckdb.connect(home / "footfall.duckdb", read_only=True) as con:
            con.execute("set TimeZone = 'UTC'")
            return [_told(con, result) for result in sorted(found, key=_name)]
    except duckdb.Error:
        return []


def without_rows(home: Path) -> str | None:
    """One line that names the marts in which nothing stands; None where there are none.

    Nor where another program writes to them.
    """
    try:
        with duckdb.connect(home / "marts.duckdb", read_only=True) as con:
            tables = con.execute("""
                select table_name from duckdb_tables()
                where schema_name = 'marts' and database_name = current_database()
                order by table_name
            """).fetchall()
            empty = [
                name
                for (name,) in tables
                if not con.execute(f'from (from marts.marts."{name}" limit 1)').fetchall()
            ]
    except duckdb.Error:
        return None
    return f"no rows in {', '.join(empty)}" if empty else None


def _name(result: dict[str, Any]) -> str:
    return str(result["unique_id"].split(".")[2])


def _told(con: duckdb.DuckDBPyConnection, result: dict[str, Any]) -> str:
    name, count, table = _name(result), result["failures"], result.get("relation_name")
    text = f"{name}: {count:,} {'row' if count == 1 else 'rows'}"
    if not table:
        return f"{text}; to keep them: dbt test --store-failures --select {name}"
    found = con.execute(f"from {table} order by all limit {TOLD_ROWS}")
    columns = [column[0] for column in found.description or []]
    rows = [
        ", ".join(
            f"{column} {value}"
            for column, value in zip(columns, row, strict=True)
            if value is not None
        )
        for row in found.fetchall()
    ]
    text += ": " + "; ".join(rows)
    if count > TOLD_ROWS:
        text += f"; and {count - TOLD_ROWS:,} more in {table.replace(chr(34), '')}"
    return text
