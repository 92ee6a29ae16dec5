"""A FOOTFALL_HOME belongs to one run; what a run that is gone left behind stops nobody."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from filelock import FileLock

from tests.forks import Forks
from tests.ingestion.harness import Shop

COMMANDS = (["ingest", "--source=web=in"], ["run", "--source=web=in"], ["publish"])
# What may stand in the file that says who holds the lock.
LEFT = {
    "of a dead process": '{"pid": 999999999, "command": "footfall run", "since": "2026-01-01"}',
    "of a number given anew": f'{{"pid": {os.getpid()}, "command": "footfall run", "since": "x"}}',
    "noise": "\x00\x01noise",
    "no mapping": "[1]",
    "nothing": "",
}


@pytest.mark.parametrize("left", LEFT)
def test_a_stale_lock_stops_nobody(shop: Shop, forks: Forks, left: str) -> None:
    shop.write("in/1.jsonl", "1\n")
    shop.write("warehouse/run.lock", LEFT[left])
    shop.write("warehouse/run.lock.json", LEFT[left])
    fork = forks.start("ingest", "--source=web=in", home=shop.home, cwd=shop.folder)
    assert fork.wait() == 0, fork.err
    # While it is held, whatever the file says, the others are told to wait.
    shop.write("warehouse/run.lock.json", LEFT[left])
    with FileLock(shop.home / "run.lock"):
        for command in COMMANDS:
            fork = forks.start(*command, home=shop.home, cwd=shop.folder)
            assert fork.wait() == 75
            assert fork.err.startswith(f"error: another run is at work in {shop.home}: ")
            assert fork.err.count("\n") == 1


def test_dbt_ends_with_a_killed_run(project: Shop) -> None:
    # Hours of work.
    endless = "{{ config(materialized='table') }} select sum(i) from range(1000000000000) as r(i)"
    project.write("models/marts/fct_lines.sql", endless)
    run = project.start("run", "--source=web=in")
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    deadline = time.monotonic() + 60
    while not children.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    [dbt] = map(int, children.read_text().split())
    try:
        time.sleep(1)  # it is still starting: a second more or less does not matter
        run.send_signal(signal.SIGKILL)
        # Its output stays open as long as dbt lives.
        run.communicate(timeout=10)
    finally:
        with suppress(ProcessLookupError):
            os.kill(dbt, signal.SIGKILL)
