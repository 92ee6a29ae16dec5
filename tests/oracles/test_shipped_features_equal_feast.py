"""A shop built from its files: ftr_visitor__activity says of last times what Feast says."""

import os
import subprocess
from pathlib import Path

import duckdb

from tests.macro_sql import PROJECT
from tests.oracles.last_times import KINDS, answered, compared

PYTHON = str(PROJECT / ".venv" / "bin" / "python")
EVENTS = """
    create table events as
    select visitor_id, event_type, event_at, available_at from shop.marts.fct_events
    where visitor_id is not null and not is_bot_by_agent and not is_internal
"""


def test_last_times_of_a_built_shop_equal_feast(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {**os.environ, "FOOTFALL_HOME": str(home)}
    for command in (["sample", "--events", "8000", "--days", "30"], ["run"]):
        done = subprocess.run(
            [PYTHON, "-m", "ingestion", *command],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach '{home / 'marts.duckdb'}' as shop (read_only)")
        con.execute(EVENTS)
        con.execute("create table activity as from shop.features.ftr_visitor__activity")
        answered(con, tmp_path / "feast", "events", "activity")
        found = compared(con, "activity", "events")
    assert {kind: wrong for kind, (_, _, wrong) in found.items() if wrong} == {}
    assert found.keys() == set(KINDS)
    answers, too_early = ([counts[n] for counts in found.values()] for n in (0, 1))
    assert min(answers) > 20
    assert sum(too_early) > 20
