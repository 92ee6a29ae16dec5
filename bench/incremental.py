"""What a build of five million events costs, and what one per cent of new ones: make bench.

Bars    the whole build, tests included: under 8 times reading and sessionising the events alone,
        and under 8 GB resident; after 1 % of the events came new: at most 15 % of the whole
Method  a shop of 100 days, its last day held back. From nothing: what sessions need, in a home of
        its own, without tests; then everything. Everything again with the first lines of the last
        day, one for a hundred there are, and with nothing new. The parse is warm in both homes, and
        resident is the largest moment
"""

import argparse
import gzip
import shutil
import tempfile
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from bench.build import measured, seconds

BAR = 0.15
TIMES_BAR = 8.0
BAR_GB = 8.0
EVENTS = 5_000_000
DAYS = 100
# A build with a selection runs unit tests too.
NO_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
SESSIONS = ("--select", "+int_sessions__events", *NO_TESTS)


def built(home: Path, *arguments: str) -> tuple[float, float]:
    """Seconds and peak gigabytes of `dbt build`."""
    command = ("dbt.cli.main", "build", "--quiet", "--target-path", str(home / "target"))
    return measured(home, *command, *arguments)


def parse(home: Path) -> None:
    """Warm, as a second build finds it."""
    seconds(home, "dbt.cli.main", "parse", "--quiet", "--target-path", str(home / "target"))


def landed(home: Path) -> int:
    """How many events there are."""
    with duckdb.connect(home / "landing.duckdb", read_only=True) as con:
        (count,) = con.execute("select count(*) from web.events").fetchall()[0]
    return int(count)


def main(events: int = EVENTS) -> None:
    """Measure, print the table, fail when a bar is missed."""
    with tempfile.TemporaryDirectory() as scratch:
        home, alone = Path(scratch) / "all", Path(scratch) / "sessions"
        home.mkdir()
        alone.mkdir()
        seconds(home, "ingestion", "sample", "--events", str(events), "--days", str(DAYS))
        last = max((home / "sample" / "web" / "delivery-1").iterdir())
        held = gzip.decompress(last.read_bytes()).splitlines(keepends=True)
        last.unlink()
        seconds(home, "ingestion", "ingest")
        (alone / "landing.duckdb").symlink_to(home / "landing.duckdb")
        parse(alone)
        sessions, sessions_gb = built(alone, *SESSIONS)
        shutil.rmtree(alone)
        parse(home)
        full, full_gb = built(home)
        new = landed(home) // 100
        assert new <= len(held), "the last day is less than 1 %"
        last.write_bytes(gzip.compress(b"".join(held[:new])))
        seconds(home, "ingestion", "ingest")
        added, added_gb = built(home)
        idle, idle_gb = built(home)
    table = Table(f"{events:,} events", "dbt build s", "peak GB", "of the whole", "bar")
    table.add_row("sessions alone", f"{sessions:.1f}", f"{sessions_gb:.2f}", "", "")
    times, bars = full / sessions, f"{TIMES_BAR:g} times, {BAR_GB:g} GB"
    table.add_row("from nothing", f"{full:.1f}", f"{full_gb:.2f}", f"{times:.1f} times", bars)
    table.add_row("1 % new", f"{added:.1f}", f"{added_gb:.2f}", f"{added / full:.0%}", f"{BAR:.0%}")
    table.add_row("nothing new", f"{idle:.1f}", f"{idle_gb:.2f}", f"{idle / full:.0%}", "")
    Console().print(table)
    peak = max(full_gb, added_gb, idle_gb)
    missed = [
        f"the whole build took {times:.1f} times the sessions" if times > TIMES_BAR else "",
        f"a build took {peak:.1f} GB" if peak > BAR_GB else "",
        f"1 % new events took {added / full:.0%} of the whole build" if added > BAR * full else "",
    ]
    if any(missed):
        raise SystemExit("missed: " + "; ".join(filter(None, missed)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS, help="fewer, to see that it runs")
    main(parser.parse_args().events)
