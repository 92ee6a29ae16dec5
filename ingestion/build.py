"""`dbt build` in a process of its own: dbt inside ours would keep the database's lock."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb

from ingestion.errors import DataFailure, LockedFailure, UsageFailure, is_locked
from ingestion.report import Report

# This environment's dbt, whatever PATH says; run as a module it warns about itself. A terminal
# sends Ctrl-C to dbt too, which answers with a traceback: whoever started dbt also ends it.
DBT = (
    "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "from dbt.cli.main import cli; cli()"
)


def build(project: Path, home: Path, full_refresh: bool, report: Report) -> None:
    """Run every model and test; dbt's own output goes to the terminal.

    Errors  DataFailure: a model or a test failed; UsageFailure: dbt could not start
    """
    # When dbt is ended from outside, Python would have a word about the semaphores it cleans up.
    command = [sys.executable, "-W", "ignore:resource_tracker", "-c", DBT, "build"]
    command += ["--project-dir", str(project), "--profiles-dir", str(project)]
    command += ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
    # Unit tests prove the models, not the data: `make test` runs them, and so does plain dbt build.
    command += ["--exclude-resource-type", "unit_test"]
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        command.append("--no-use-colors")
    if full_refresh:
        command.append("--full-refresh")
    _refuse_open(home / "footfall.duckdb")
    # The last results must not pass for this build's, should it not get that far.
    (home / "target" / "run_results.json").unlink(missing_ok=True)
    environment = {**os.environ, "FOOTFALL_HOME": str(home)}
    report.line("dbt build" + (" --full-refresh" if full_refresh else ""))
    # Stopped here (Ctrl-C, SIGTERM), `run` kills dbt: it would go on without the lock.
    code = subprocess.run(command, env=environment, check=False).returncode
    if code == 1:
        raise DataFailure(
            f"dbt build failed, nothing was published: {_failed(home)}. What was built, and "
            f"ops.quarantine, is in {home / 'footfall.duckdb'}, logs are in {home / 'logs'}."
        )
    if code:
        raise UsageFailure(
            f"dbt build could not run (exit {code}), nothing was published. Its output above says "
            "why."
        )


def _refuse_open(path: Path) -> None:
    """DuckDB lets one process write; a client that has the build open would stop dbt halfway."""
    try:
        if path.exists():
            duckdb.connect(path).close()
    except duckdb.IOException as error:
        if not is_locked(error):
            raise DataFailure(f"{path} cannot be opened: {str(error).splitlines()[0]}") from None
        raise LockedFailure(
            f"{path} is open in another program. Close it there and run again; readers use "
            "marts.duckdb."
        ) from None


def _failed(home: Path) -> str:
    """The models and tests that failed, by name."""
    try:
        text = (home / "target" / "run_results.json").read_text(encoding="utf-8")
        results = json.loads(text)["results"]
    except (OSError, ValueError, KeyError):
        return "see its output above"
    names = [r["unique_id"].split(".")[2] for r in results if r["status"] in ("error", "fail")]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
