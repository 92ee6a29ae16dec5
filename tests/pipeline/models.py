"""The models' own SQL over rows in memory: hundreds of small shops in seconds.

An empty shop is built once. Its tables lend their columns and types, dbt's compiled text is run as
it stands; a keyed model makes every key anew.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tests.support import run

Row = Mapping[str, Any]


class Models:
    """Some models of a shop, in the order in which they are named.

    home: an empty folder; inputs: the tables that rows are given for, as schema.name
    """

    def __init__(
        self, home: Path, inputs: Iterable[str], models: Iterable[str], **variables: Any
    ) -> None:
        declared = run(sys.executable, "-m", "ingestion.declare", home=home)
        assert declared.returncode == 0, declared.stderr
        selected = [f"+{name}" for name in models]
        kinds = ("--resource-type", "model", "--resource-type", "seed")
        target = ("--target-path", str(home / "target"), "--vars", json.dumps(variables))
        command = (sys.executable, "-m", "dbt.cli.main", "build", *kinds, *target)
        done = run(*command, "--select", *selected, home=home)
        assert done.returncode == 0, done.stdout[-5000:]
        manifest = json.loads((home / "target" / "manifest.json").read_text(encoding="utf-8"))
        nodes = {node["alias"]: node for node in manifest["nodes"].values() if "alias" in node}
        results = json.loads((home / "target" / "run_results.json").read_text(encoding="utf-8"))
        texts = {
            result["unique_id"]: result["compiled_code"]
            for result in results["results"]
            if result.get("compiled_code")
        }
        self._inputs = list(inputs)
        self._models = []
        self.con = duckdb.connect()
        self.con.execute("set TimeZone = 'UTC'")
        self.con.execute("attach ':memory:' as footfall")
        for schema in ("reference", "staging", "intermediate", "marts", "features"):
            self.con.execute(f"create schema footfall.{schema}")
        # Under the file's own name, by which its views know their tables.
        built = duckdb.connect(home / "footfall.duckdb", read_only=True)
        for name in self._inputs:
            self._copy_columns(built, name)
        for name in models:
            node = nodes[name]
            table = f"footfall.{node['schema']}.{name}"
            self._models.append((name, table, node["config"]["meta"], texts[node["unique_id"]]))
            # A keyed model may say that another one has keys before it was ever run.
            self._copy_columns(built, f"{node['schema']}.{name}")
        built.close()
        self.con.execute("use footfall")

    def run(self, **rows: Iterable[Row]) -> None:
        """Every model over these rows, named by the table without its schema; others are empty."""
        self.give(**rows)
        self.run_only(*(name for name, *_ in self._models))

    def give(self, **rows: Iterable[Row]) -> None:
        """The inputs hold these rows and no others."""
        for name in self._inputs:
            self.con.execute(f"truncate footfall.{name}")
            self._insert(f"footfall.{name}", list(rows.get(name.split(".")[1], [])))

    def run_only(self, *names: str) -> None:
        """These models over what the tables hold."""
        for name, table, meta, text in self._models:
            if name not in names:
                continue
            if "key" in meta:
                self.con.execute(
                    f'create or replace temp table "{name}__keys" as '
                    f"select key as {meta['key']}, cast(1 as ubigint) as input_fingerprint, "
                    f"true as is_changed from ({self._keys(meta['inputs'])}) group by key"
                )
            self.con.execute(f"create or replace table {table} as {text}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.con.execute(query).fetchall()

    def _copy_columns(self, built: duckdb.DuckDBPyConnection, name: str) -> None:
        columns = ", ".join(
            f'"{column}" {kind}'
            for column, kind, *_ in built.execute(f"describe {name}").fetchall()
        )
        self.con.execute(f"create table footfall.{name} ({columns})")

    def _insert(self, table: str, rows: list[Row]) -> None:
        if rows:
            columns = list(rows[0])
            arrow = pa.table({name: [row[name] for row in rows] for name in columns})
            self.con.register("given", arrow)
            self.con.execute(f"insert into {table} by name select * from given")
            self.con.unregister("given")

    def _keys(self, inputs: list[dict[str, Any]]) -> str:
        """The keys that a keyed model's inputs have, as far as they are here."""
        schemas = dict(
            self.con.execute(
                "select table_name, schema_name from duckdb_tables() "
                "where database_name = 'footfall'"
            ).fetchall()
        )
        return " union all ".join(
            f"select {spec['key']} as key from {schemas[spec['model']]}.{spec['model']} "
            f"where ({spec['where']}) and {_until(spec['until'], schemas)}"
            for spec in inputs
            if spec.get("model") in schemas
        )


def _until(until: list[str] | None, schemas: dict[str, str]) -> str:
    """Up to the last moment of a model, if the input names one."""
    if until is None:
        return "true"
    column, model, moment = until
    return f"{column} <= (select max(bound.{moment}) from {schemas[model]}.{model} as bound)"
