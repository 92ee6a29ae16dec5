"""Whoever starts dbt, it looks for no garbage; ingestion/dbt_plugin.py."""

import subprocess
import sys
from pathlib import Path

import duckdb

from tests.support import PROJECT

ASK = """
import atexit, gc, sys
# What is registered first runs last.
atexit.register(lambda: print("frozen", gc.get_freeze_count()))
from dbt.cli.main import dbtRunner
assert gc.isenabled()
assert dbtRunner().invoke(["debug", "--connection", "--log-path", sys.argv[1]]).success
assert not gc.isenabled()
"""


def test_dbt_looks_for_no_garbage(tmp_path: Path) -> None:
    duckdb.connect(tmp_path / "landing.duckdb").close()
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(tmp_path)],
        cwd=PROJECT,
        env={"FOOTFALL_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    word, count = done.stdout.splitlines()[-1].split()
    assert word == "frozen"
    assert int(count) > 10_000, "the interpreter looks at all that dbt made as it ends"
