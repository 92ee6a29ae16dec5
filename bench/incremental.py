"""What one per cent of new events costs, of five million: make bench.

Bars    dbt build after 1 % of the events came new takes at most 15 % of the build from nothing
Method  a shop of 100 days, its last day held back; the same command three times: from nothing, with
        the last day, with nothing new
"""

import shutil
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.build import seconds

BAR = 0.15
EVENTS = 5_000_000
DAYS = 100


def main() -> None:
    """Measure, print the table, fail when the bar is missed."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        seconds(home, "ingestion", "sample", "--events", str(EVENTS), "--days", str(DAYS))
        last = max((home / "sample" / "web" / "delivery-1").iterdir())
        held = Path(shutil.move(last, home / last.name))
        build = ("dbt.cli.main", "build", "--quiet", "--target-path", str(home / "target"))
        seconds(home, "ingestion", "ingest")
        seconds(home, "dbt.cli.main", "parse", "--quiet", "--target-path", str(home / "target"))
        full = seconds(home, *build)
        shutil.move(held, last)
        seconds(home, "ingestion", "ingest")
        added = seconds(home, *build)
        idle = seconds(home, *build)
    table = Table(f"{EVENTS:,} events", "dbt build s", "share", "bar")
    table.add_row("from nothing", f"{full:.1f}", "", "")
    table.add_row("1 % new", f"{added:.1f}", f"{added / full:.0%}", f"{BAR:.0%}")
    table.add_row("nothing new", f"{idle:.1f}", f"{idle / full:.0%}", "")
    Console().print(table)
    if added > BAR * full:
        raise SystemExit(f"missed: 1 % new events took {added / full:.0%} of the whole build")


if __name__ == "__main__":
    main()
