"""A project of its own for every test, and the real command in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import yaml

from tests.forks import WAIT_SECONDS, forks

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = {"kind": "files", "location": None}
SOURCES: dict[str, Any] = {
    "web": {**FILES, "format": "jsonl", "entities": {"events": {"pattern": "*.jsonl*"}}},
    "till": {**FILES, "format": "csv", "entities": {"lines": {"pattern": "*.csv*"}}},
    "export": {**FILES, "format": "parquet", "entities": {"rows": {"pattern": "*.parquet*"}}},
    "shop": {
        "kind": "database",
        "location": None,
        "entities": {
            "customers": {"table": "customers", "key": ["customer_id"]},
            "orders": {"table": "orders", "key": ["order_id"]},
        },
    },
    "feeds": {
        "kind": "rest",
        "location": None,
        "entities": {"products": {"path": "/products", "items": "items", "next": "next"}},
    },
}

PROFILES = """
trial:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: "{{ env_var('FOOTFALL_HOME') }}/footfall.duckdb"
      schema: main
      attach:
        - {path: "{{ env_var('FOOTFALL_HOME') }}/landing.duckdb", alias: landing, read_only: true}
"""
MODELS = {
    "models/marts/fct_lines.sql": "{{ config(materialized='incremental') }}\n"
    "select payload, cast(1.5 as decimal(18, 4)) as price from landing.web.events",
    "models/marts/rpt_lines.sql": "{{ config(materialized='view') }}\n"
    "select count(*) as line_count, max(_row_number) as last from {{ ref('fct_lines') }}, "
    "landing.web.events",
    "models/marts/_marts__models.yml": """
models:
  - name: fct_lines
    description: One row a line.
    columns:
      - name: payload
        description: As sent, 'quoted'.
        data_tests:
          - accepted_values: {arguments: {values: ["1", "2", "3"]}}
""",
    "macros/generate_schema_name.sql": "{% macro generate_schema_name(name, node) %}"
    "{{ name or target.schema }}{% endmacro %}",
}


@dataclass
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass
class Shop:
    """A project folder, its FOOTFALL_HOME, and the command."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "warehouse"

    def configure(self, **changes: dict[str, Any]) -> None:
        """Write dbt_project.yml with the test sources, some of them changed."""
        sources = {
            name: {**SOURCES.get(name, {}), **changes.get(name, {})}
            for name in {**SOURCES, **changes}
        }
        document = {"name": "footfall", "version": "1.0", "vars": {"sources": sources}}
        (self.folder / "dbt_project.yml").write_text(yaml.safe_dump(document), encoding="utf-8")

    def make_buildable(self) -> None:
        """The smallest project that dbt builds: a mart, a view on it, a test; one file of lines."""
        path = self.folder / "dbt_project.yml"
        path.write_text(
            path.read_text()
            + 'on-run-start: "{{ record_build() }}"\non-run-end: "{{ record_build(results) }}"'
            + "\nprofile: trial\nmodels: {footfall: {marts: {+schema: marts, "
            + "+persist_docs: {relation: true, columns: true}}}}\n"
        )
        self.write("profiles.yml", PROFILES)
        record = "macros/engines/record_build.sql"
        self.write(record, (REPOSITORY / record).read_text())
        for name, text in MODELS.items():
            self.write(name, text)
        self.write("in/1.jsonl", "1\n2\n")

    def write(self, name: str, data: str | bytes) -> Path:
        """A file in the project folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def start(
        self, *arguments: str, launcher: str | None = None, terminal: int | None = None
    ) -> subprocess.Popen[str]:
        """Start the command; launcher: a script that prepares the process and then calls main().

        terminal: where its output goes instead of into a pipe.
        """
        module = [launcher] if launcher else ["-m", "ingestion"]
        return subprocess.Popen(
            [sys.executable, *module, *arguments],
            cwd=self.folder,
            env=self._whole_environment(),
            stdout=terminal or subprocess.PIPE,
            stderr=terminal or subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, launcher: str | None = None) -> Done:
        """The command to its end; without a launcher a fork, which is a second faster."""
        done = self._launched(launcher, *arguments) if launcher else self._forked(*arguments)
        assert "Traceback" not in done.text, done.text
        return done

    def _whole_environment(self) -> dict[str, str]:
        return {
            **{k: v for k, v in os.environ.items() if k not in ("FOOTFALL_HOME", "HOME")},
            "HOME": str(self.folder / "nobody"),
            "PYTHONPATH": str(REPOSITORY),
            "FOOTFALL_HOME": str(self.home),
            **self.environment,
        }

    def _launched(self, launcher: str, *arguments: str) -> Done:
        process = self.start(*arguments, launcher=launcher)
        try:
            out, err = process.communicate(timeout=WAIT_SECONDS)
        except BaseException:
            process.kill()
            raise
        return Done(process.returncode, out, err)

    def _forked(self, *arguments: str) -> Done:
        done = forks().run("ingestion", arguments, self._whole_environment(), self.folder)
        return Done(done.returncode, done.stdout, done.stderr)

    def ingest(self, **sources: object) -> Done:
        """`footfall ingest --source name=location ...`"""
        options = [f"--source={name}={location}" for name, location in sources.items()]
        return self.run("ingest", *options)

    def load(self, **sources: object) -> list[str]:
        """The same in this process, which is four times as fast; returns the warnings."""
        from ingestion import run
        from ingestion.report import Report

        report = Report()
        requested = []
        for name, location in sources.items():
            place = location if "://" in str(location) else self.folder / str(location)
            requested.append(f"{name}={place}")
        # dlt is set up through the environment, which is no other test's business.
        with patch.dict(os.environ):
            run.ingest(self.folder, self.home, requested, report)
        return report.warnings

    def changes(self, source: str) -> list[Any]:
        """What `_fields` says changed: field, change, old and new type, in order."""
        return self.sql(f"""
            select field_name, change, old_type, new_type from {source}._fields
            where change is not null order by _dlt_load_id, _row_number
        """)

    def ingest_killed(self, after: float, **sources: object) -> bool:
        """The same, killed after some seconds; False when it had finished before."""
        options = [f"--source={name}={location}" for name, location in sources.items()]
        process = self.start("ingest", *options)
        time.sleep(after)
        alive = process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return alive

    def sql(self, query: str) -> list[Any]:
        with duckdb.connect(self.home / "landing.duckdb", read_only=True) as con:
            return con.execute(query).fetchall()

    def payloads(self, table: str = "web.events") -> list[str]:
        rows = self.sql(f"select payload from {table} order by _source_file, _row_number")
        return [row[0] for row in rows]


def published(shop: Shop, query: str) -> list[Any]:
    """Rows of marts.duckdb; `marts.x` alone is ambiguous: the file and a schema share the name."""
    with duckdb.connect(shop.home / "marts.duckdb", read_only=True) as con:
        return con.execute(query).fetchall()
