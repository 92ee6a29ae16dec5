"""Whoever starts dbt, it looks for no garbage and keeps its memory; ingestion/dbt_plugin.py."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ingestion.dbt_plugin import Plugin
from tests.support import PROJECT

ASK = """
import atexit, gc, sys
# What is registered first runs last.
atexit.register(lambda: print("frozen", gc.get_freeze_count()))
from dbt.cli.main import dbtRunner
from ingestion.dbt_plugin import Plugin
kept = []
configure = Plugin.configure_connection
def watched(self, conn):
    configure(self, conn)
    kept.append(conn.execute("select current_setting('block_allocator_memory')").fetchone()[0])
Plugin.configure_connection = watched
assert gc.isenabled()
assert dbtRunner().invoke(["debug", "--connection", "--log-path", sys.argv[1]]).success
assert not gc.isenabled()
assert kept and set(kept) != {"0 bytes"}, kept
"""


def test_dbt_looks_for_no_garbage_and_keeps_its_memory(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    ("limit", "told", "kept"),
    [
        ("1GB", "", "476.8 MiB"),
        # Where memory is short it goes back at once.
        ("1GB", "1GB", "0 bytes"),
        # Half of a limit may be more than there is.
        ("1000TB", "", "0 bytes"),
    ],
)
def test_half_the_memory_is_kept(
    monkeypatch: pytest.MonkeyPatch, limit: str, told: str, kept: str
) -> None:
    monkeypatch.setenv("FOOTFALL_MEMORY_LIMIT", told)
    with duckdb.connect(config={"memory_limit": limit}) as con:
        Plugin.configure_connection(Plugin.__new__(Plugin), con)
        row = con.execute("select current_setting('block_allocator_memory')").fetchone()
    assert row == (kept,)
