"""What every run did and what no later build can make again, as Parquet files that are only added.

Shape  ledger/runs, ledger/loads, ledger/models, ledger/tests: one file per run in each;
       ledger/fitted_parameters, ledger/training_sets: one file per publishing with a new version
"""

import errno
import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from glob import escape
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion import clock
from ingestion.config import engine_config, redact
from ingestion.errors import as_text
from ingestion.manifest import has_table

INSTANT = pa.timestamp("us", tz="UTC")
ID_TIME = "%Y%m%dT%H%M%S%f"
TABLES = {
    "runs": pa.schema(
        [
            ("run_id", pa.string()),
            ("command", pa.string()),
            ("is_full_refresh", pa.bool_()),
            ("started_at", INSTANT),
            ("finished_at", INSTANT),
            ("exit_code", pa.int32()),
            ("is_published", pa.bool_()),
            ("message", pa.string()),
        ]
    ),
    "loads": pa.schema(
        [
            ("run_id", pa.string()),
            ("source", pa.string()),
            ("started_at", INSTANT),
            ("finished_at", INSTANT),
            ("status", pa.string()),  # done, refused
            ("row_count", pa.int64()),
            ("landed_count", pa.int64()),
            ("redelivered_count", pa.int64()),
            ("set_aside_count", pa.int64()),
            ("message", pa.string()),
        ]
    ),
    "models": pa.schema(
        [
            ("run_id", pa.string()),
            ("unique_id", pa.string()),
            ("resource_type", pa.string()),
            ("status", pa.string()),
            ("started_at", INSTANT),
            ("finished_at", INSTANT),
            ("duration_seconds", pa.float64()),
            ("message", pa.string()),
        ]
    ),
    "tests": pa.schema(
        [
            ("run_id", pa.string()),
            ("unique_id", pa.string()),
            ("resource_type", pa.string()),
            ("severity", pa.string()),
            ("status", pa.string()),
            ("failure_count", pa.int64()),
            ("finished_at", INSTANT),
            ("duration_seconds", pa.float64()),
            ("message", pa.string()),
        ]
    ),
}
# Of these tables the next build makes other rows: a model is served by those it was trained with.
VERSIONS = {
    "fitted_parameters": ("fitted_parameters", "params_version"),
    "training_sets": ("trn_registry", "training_set_id"),
}


@dataclass
class Record:
    """One run while it goes on."""

    command: str
    is_full_refresh: bool = False
    started_at: datetime = field(default_factory=clock.system_time)
    loads: list[dict[str, Any]] = field(default_factory=list)
    is_published: bool = False
    built: bool = False

    _started: float = field(default_factory=time.monotonic)

    @property
    def run_id(self) -> str:
        return f"{self.started_at:{ID_TIME}}-{os.getpid()}"

    def now(self) -> datetime:
        """The time in this run, whatever happens to the machine's clock meanwhile."""
        return self.started_at + timedelta(seconds=time.monotonic() - self._started)


def prepare(home: Path, record: Record) -> None:
    """Make room for a run, after the last one by its time.

    Every folder of what runs did holds a file of the right shape, so that a model can read it.
    """
    for leftover in home.glob("ledger/*/*.tmp"):
        leftover.unlink()
    for name, schema in TABLES.items():
        path = home / "ledger" / name / "empty.parquet"
        if not path.exists():
            _write(schema.empty_table(), path)
    # Their names are their times.
    names = (path.stem for path in (home / "ledger" / "runs").glob("[0-9]*.parquet"))
    last = None
    with suppress(ValueError):
        text = max(names, default="").partition("-")[0]
        last = datetime.strptime(text, ID_TIME).replace(tzinfo=UTC)
    record.started_at = clock.after(last)


def append(home: Path, record: Record, exit_code: int, message: str | None) -> None:
    """Write the finished run, with the models and tests of its build."""
    run = {
        "run_id": record.run_id,
        "command": record.command,
        "is_full_refresh": record.is_full_refresh,
        "started_at": record.started_at,
        "finished_at": record.now(),
        "exit_code": exit_code,
        "is_published": record.is_published,
        "message": message,
    }
    models, tests = _build_results(home / "target") if record.built else ([], [])
    # The run last: one that is listed has all that belongs to it.
    rows = {"loads": record.loads, "models": models, "tests": tests, "runs": [run]}
    for name, schema in ((name, TABLES[name]) for name in rows):
        if rows[name]:
            stamped = [_redacted({"run_id": record.run_id, **row}) for row in rows[name]]
            table = pa.Table.from_pylist(stamped, schema=schema)
            _write(table, home / "ledger" / name / f"{record.run_id}.parquet")


def keep_versions(home: Path, published: Path) -> None:
    """Keep what is new among the versions of a build that is about to be published."""
    with duckdb.connect(published, read_only=True, config=engine_config()) as con:
        for folder, (table, version) in VERSIONS.items():
            if not has_table(con, "features", table):
                continue
            rows = con.execute(f"from features.{table} where is_current").to_arrow_table()
            files = [escape(str(path)) for path in (home / "ledger" / folder).glob("*.parquet")]
            known = f"select distinct {version} from read_parquet($files)"
            kept = (
                {value for (value,) in con.execute(known, {"files": files}).fetchall()}
                if files
                else set()
            )
            fresh = sorted(set(rows[version].to_pylist()) - kept)
            if fresh:
                new = rows.filter(pc.is_in(rows[version], pa.array(fresh)))
                _write(new, home / "ledger" / folder / f"{fresh[0]}.parquet")


def _redacted(row: dict[str, Any]) -> dict[str, Any]:
    # These files are kept, published and passed on: a driver's message may quote its URL.
    return {
        key: redact(as_text(item)) if isinstance(item, str) else item for key, item in row.items()
    }


def _write(table: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".tmp")
    with fresh.open("wb") as file:
        pq.write_table(table, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    # Its name, too, and that of a folder that is new.
    sync(path.parent)
    sync(path.parent.parent)


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before we go on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems, of network and shared folders, do so for files only.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP) or not path.is_dir():
            raise
    finally:
        os.close(descriptor)


def _build_results(target: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """dbt's run_results.json as rows: models, seeds and snapshots; tests."""
    try:
        results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
        nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    except (OSError, ValueError, KeyError):
        return [], []
    models, tests = [], []
    for result in results:
        kind = result["unique_id"].split(".")[0]
        timing = {step["name"]: step for step in result["timing"]}.get("execute", {})
        row = {
            "unique_id": result["unique_id"],
            "resource_type": kind,
            "status": str(result["status"]),
            "started_at": _instant(timing.get("started_at")),
            "finished_at": _instant(timing.get("completed_at")),
            "duration_seconds": result["execution_time"],
            "message": result.get("message"),
        }
        if kind in ("test", "unit_test"):
            config = nodes.get(result["unique_id"], {}).get("config", {})
            severity = str(config.get("severity", "error")).lower()
            tests.append({**row, "severity": severity, "failure_count": result.get("failures")})
        else:
            models.append(row)
    return models, tests


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
