"""`dbt build` in a process of its own: dbt inside ours would keep the database's lock."""

import os
import subprocess
import sys
from pathlib import Path

from ingestion.errors import DataFailure, UsageFailure
from ingestion.report import Report


def build(project: Path, home: Path, full_refresh: bool, report: Report) -> None:
    """Run every model and test; dbt's own output goes to the terminal.

    Errors  DataFailure: a model or a test failed; UsageFailure: dbt could not start
    """
    # This environment's dbt, whatever PATH says; run as a module it warns about itself.
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "build"]
    command += ["--project-dir", str(project), "--profiles-dir", str(project)]
    command += ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
    # Unit tests prove the models, not the data: `make test` runs them, and so does plain dbt build.
    command += ["--exclude-resource-type", "unit_test"]
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        command.append("--no-use-colors")
    if full_refresh:
        command.append("--full-refresh")
    # The last results must not pass for this build's, should it not get that far.
    (home / "target" / "run_results.json").unlink(missing_ok=True)
    environment = {**os.environ, "FOOTFALL_HOME": str(home)}
    report.line("dbt build" + (" --full-refresh" if full_refresh else ""))
    code = subprocess.run(command, env=environment, check=False).returncode
    if code == 1:
        raise DataFailure(
            "dbt build failed, nothing was published. Its output above names the model or test; "
            f"logs are in {home / 'logs'}."
        )
    if code:
        raise UsageFailure(
            f"dbt build could not run (exit {code}), nothing was published. Its output above says "
            "why."
        )
