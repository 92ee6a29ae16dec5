"""How long a build takes: of nothing, of the sample shop, and of a larger one: make bench.

Bars    dbt build of the empty shop is the fixed cost: under 15 s on two cores
Method  dbt in a process of its own, its parse warm; best of three for the small ones
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

BAR = 15.0
LARGE = 1_000_000  # events


def measured(home: Path, *command: str) -> tuple[float, float]:
    """Seconds and peak gigabytes of one command with its state under `home`; it must succeed."""
    environment = {**os.environ, "FOOTFALL_HOME": str(home)}
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", *command], env=environment, stdout=subprocess.DEVNULL
    )
    # Of this command alone, which getrusage cannot say once there were others.
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return took, usage.ru_maxrss / 1e6  # KiB on Linux


def seconds(home: Path, *command: str) -> float:
    """Wall time of one command with its state under `home`; it must succeed."""
    return measured(home, *command)[0]


def build(home: Path, repeats: int) -> float:
    """The best of some `dbt build` after a first one that is not counted."""
    command = ("dbt.cli.main", "build", "--quiet", "--target-path", str(home / "target"))
    seconds(home, *command)
    return min(seconds(home, *command) for _ in range(repeats))


def main() -> None:
    """Measure, print the table, fail when the bar is missed."""
    table = Table("shop", "make s", "ingest s", "dbt build s", "bar")
    with tempfile.TemporaryDirectory() as scratch:
        empty = Path(scratch) / "empty"
        seconds(empty, "ingestion.declare")
        fixed = build(empty, 3)
        table.add_row("empty", "", "", f"{fixed:.1f}", f"{BAR:g}")
        for name, events, repeats in (("sample", 50_000, 3), ("large", LARGE, 1)):
            home = Path(scratch) / name
            make = seconds(home, "ingestion", "sample", "--events", str(events))
            load = seconds(home, "ingestion", "ingest")
            took = build(home, repeats)
            table.add_row(f"{events:,} events", f"{make:.1f}", f"{load:.1f}", f"{took:.1f}", "")
    Console().print(table)
    if fixed > BAR:
        raise SystemExit(f"missed: dbt build of nothing took {fixed:.1f} s")


if __name__ == "__main__":
    main()
