"""`make clean` removes a warehouse, and nothing that is no warehouse."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import PROJECT

# To FOOTFALL_HOME, as the environment or the command line has it: the exit code.
HOMES = [(".", False, 2), ("{project}", False, 2), ("{project}", True, 2), ("", False, 0)]
HOMES += [("", True, 0), ("{project}/warehouse", True, 0)]


@pytest.mark.parametrize(("home", "is_argument", "code"), HOMES)
def test_a_checkout_is_no_warehouse(
    tmp_path: Path, home: str, is_argument: bool, code: int
) -> None:
    """It holds folders of the same names."""
    shutil.copy(PROJECT / "Makefile", tmp_path)
    (tmp_path / "dbt_project.yml").touch()
    for folder in ("sample", "warehouse/sample"):
        (tmp_path / folder).mkdir(parents=True)
    told = f"FOOTFALL_HOME={home.format(project=tmp_path)}"
    environment = {**os.environ, **({} if is_argument else dict([told.split("=")]))}
    done = subprocess.run(
        ["make", "clean", *([told] if is_argument else [])],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert (tmp_path / "sample").is_dir()
    assert (tmp_path / "warehouse" / "sample").exists() == (code == 2)
    assert ("is a project, no warehouse" in done.stderr) == (code == 2)
