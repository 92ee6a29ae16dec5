"""`dbt build` in a process of its own: dbt inside ours would keep the database's lock."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from ingestion import database_file
from ingestion.errors import DataFailure, FullDisk, UsageFailure, disk_is_full, first_line
from ingestion.report import Report

# This environment's dbt, whatever PATH says; run as a module it warns about itself. It ends when we
# do, however we end: its stdin is a pipe that only we hold open. A terminal sends Ctrl-C to dbt
# too, which answers with a traceback: whoever started dbt also ends it.
DBT = """
import os, signal, threading
signal.signal(signal.SIGINT, signal.SIG_IGN)
threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()
from dbt.cli.main import cli
cli()
"""


# For dbt's manifest, results and log.
ROOM_BYTES = 16 << 20
LIMIT_BYTES = 6e9
UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


class DamagedBuild(DataFailure):
    """footfall.duckdb cannot be read; it can always be built anew."""


def build(project: Path, home: Path, full_refresh: bool, report: Report) -> None:
    """Run every model and test; dbt's own output goes to the terminal.

    Errors  DamagedBuild: what was built before is in the way; DataFailure: a model or a test
            failed, FullDisk: for want of room; UsageFailure: dbt could not start
    """
    # When dbt is ended from outside, Python would have a word about the semaphores it cleans up.
    command = [sys.executable, "-W", "ignore:resource_tracker", "-c", DBT, "build"]
    command += ["--project-dir", str(project), "--profiles-dir", str(project)]
    command += ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        command.append("--no-use-colors")
    if full_refresh:
        command.append("--full-refresh")
    path = home / "footfall.duckdb"
    # The last results must not pass for this build's, should it not get that far.
    (home / "target" / "run_results.json").unlink(missing_ok=True)
    _refuse_unusable(path)
    _refuse_full(home)
    report.line("dbt build" + (" --full-refresh" if full_refresh else ""))
    code = _run(command, {**os.environ, **_memory(), "FOOTFALL_HOME": str(home)})
    # What fails while dbt ends is among no results.
    if code and (code != 1 or _has_errors(home)):
        _refuse_full(home)
        refuse_damaged(home)
    if code == 1:
        raise DataFailure(
            f"dbt build failed, nothing was published: {_failed(home)}. What was built, and "
            f"ops.quarantine, is in {path}, logs are in {home / 'logs'}."
        )
    if code:
        raise UsageFailure(
            f"dbt build could not run (exit {code}), nothing was published. Its output above says "
            "why."
        )


def remove(home: Path) -> None:
    """Take away what was built, with what DuckDB keeps beside it."""
    database_file.remove(home / "footfall.duckdb")


def refuse_damaged(home: Path) -> None:
    """Read what was built and what it was built from to the last block.

    Errors  DamagedBuild, DataFailure: that is why something failed
    """
    build, landing = home / "footfall.duckdb", home / "landing.duckdb"
    if build.exists() and (found := database_file.damage(build)):
        raise DamagedBuild(f"{build} is damaged: {found}.")
    if landing.exists() and (found := database_file.damage(landing)):
        raise DataFailure(
            f"{landing} is damaged, nothing was published: {found}. It was left as it is. Put a "
            "backup in its place, without a landing.duckdb.wal; or move it away and run again, "
            "which lands anew what the sources still hold."
        )


def _run(command: list[str], environment: dict[str, str]) -> int:
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE) as process:
        try:
            return process.wait()
        except BaseException:
            process.kill()
            raise


def _memory() -> dict[str, str]:
    """profiles.yml lets DuckDB have 6 GB; where it would take less by itself, so much."""
    if os.environ.get("FOOTFALL_MEMORY_LIMIT"):
        return {}
    own = _own_limit()
    number, unit = own.split()
    is_enough = float(number) * UNITS[unit] >= LIMIT_BYTES
    return {} if is_enough else {"FOOTFALL_MEMORY_LIMIT": own}


def _own_limit() -> str:
    """80 % of the machine, or of the container."""
    with duckdb.connect() as con:
        (text,) = con.execute("select current_setting('memory_limit')").fetchone() or ("",)
    return str(text)


def _refuse_unusable(path: Path) -> None:
    """DuckDB lets one process write; a client that has the build open would stop dbt halfway."""
    shutil.rmtree(path.with_name(path.name + ".tmp"), ignore_errors=True)
    if path.exists():
        try:
            database_file.opened(path).close()
        except database_file.Damaged as error:
            raise DamagedBuild(f"{path} is damaged: {error}.") from None


def _refuse_full(home: Path) -> None:
    """dbt writes its own files without a thought for a full disk, and ends in a traceback."""
    causes = [OSError(str(result.get("message"))) for result in _results(home)]
    room = home / "footfall.duckdb.room"
    try:
        room.write_bytes(bytes(ROOM_BYTES))
    except OSError as error:
        causes.append(error)
    finally:
        room.unlink(missing_ok=True)
    if full := next(filter(disk_is_full, causes), None):
        raise FullDisk(
            f"nothing was built and published, the disk is full: {first_line(full)}. Make room "
            "and run again."
        )


def _results(home: Path) -> list[dict[str, str]]:
    try:
        text = (home / "target" / "run_results.json").read_text(encoding="utf-8")
        results: list[dict[str, str]] = json.loads(text)["results"]
    except (OSError, ValueError, KeyError):
        return []
    return results


def _has_errors(home: Path) -> bool:
    """True unless tests alone failed: those read everything they judged."""
    results = _results(home)
    return not results or any(result["status"] == "error" for result in results)


def _failed(home: Path) -> str:
    """The models and tests that failed, by name."""
    names = [
        result["unique_id"].split(".")[2]
        for result in _results(home)
        if result["status"] in ("error", "fail")
    ]
    if not names:
        return "see its output above"
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
