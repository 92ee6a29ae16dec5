"""The SQL that calls of macros expand to, without a build: a throwaway project with a model a call.

sql, told = expanded(folder, {"held": "select {{ clipped('x', '0', '1') }}", "wrong": "{{ no() }}"})
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
# Of the main environment, also where a test runs in another one.
DBT = PROJECT / ".venv" / "bin" / "dbt"
PROJECT_FILE = """
name: footfall
version: "1.0"
profile: footfall
flags: {send_anonymous_usage_stats: false}
on-run-start:
  - "{{ record_versions() }}"
  - "{{ know_versions() }}"
"""
PROFILES = "footfall: {target: dev, outputs: {dev: {type: duckdb, path: throwaway.duckdb}}}"


def expanded(
    folder: Path,
    calls: Mapping[str, str],
    properties: str = "models: []",
    variables: Mapping[str, Any] | None = None,
) -> tuple[dict[str, str], dict[str, str]]:
    """The SQL of each call that compiles, and of each other one what dbt says; by name.

    properties: a page of YAML beside the models, to be found there by declared_preprocessing;
    variables: of dbt_project.yml, where there are none
    """
    shutil.copytree(PROJECT / "macros", folder / "macros")
    (folder / "dbt_project.yml").write_text(PROJECT_FILE)
    (folder / "profiles.yml").write_text(PROFILES)
    models = folder / "models"
    models.mkdir()
    (models / "_models.yml").write_text(properties)
    for name, call in calls.items():
        # Only when executing: while parsing, the first error would end everything.
        (models / f"{name}.sql").write_text(f"{{% if execute %}}{call}{{% endif %}}")
    # Not `dbt compile`: it ends with the first error. That nothing can be run is no matter.
    said = run_dbt(folder, "run", "--vars", json.dumps(variables or {}))
    compiled = folder / "target" / "compiled" / "footfall" / "models"
    paths = {name: compiled / f"{name}.sql" for name in calls}
    sql = {name: path.read_text() for name, path in paths.items() if path.exists()}
    pattern = r"Compilation Error in model (\w+) \(models/\w+\.sql\)\n  (.*)\n"
    told = dict(re.findall(pattern, said))
    assert sql.keys() | told.keys() == calls.keys(), said[-5000:]
    return sql, told


def run_dbt(folder: Path, *arguments: str) -> str:
    """What dbt says of a throwaway project."""
    options = ("--profiles-dir", ".")
    if importlib.util.find_spec("dbt"):
        from tests.support import run

        module = (sys.executable, "-m", "dbt.cli.main", "--no-use-colors")
        return run(*module, *arguments, *options, home=folder, cwd=folder).stdout
    return subprocess.run(
        [DBT, "--no-use-colors", *arguments, *options],
        cwd=folder,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
