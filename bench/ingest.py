"""How fast files land, against DuckDB reading the same file into a table: make bench.

Bars    a million rows of seven columns: at most 3 times DuckDB; five million: under 2 GB resident
Method  each side in a fresh process and a fresh database, best of three, imports not counted;
        DuckDB's side checks, hashes and numbers nothing
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROWS = 1_000_000
MANY = 5_000_000
BAR = 3.0
BAR_GB = 2.0
REPEATS = 3
HEADER = "event_id,user_id,event,product_id,price,happened_at,country"
PROJECT = """
vars:
  sources:
    trial:
      kind: files
      format: {format}
      entities: {{rows: {{pattern: "*"}}}}
"""
DUCKDB = {
    "csv": "select * from read_csv('{path}', all_varchar = true)",
    # One text column a line: a delimiter that does not occur, no quotes.
    "jsonl": "select * from read_csv('{path}', columns = {{'line': 'varchar'}}, header = false, "
    "delim = '\\x01', quote = '', escape = '', auto_detect = false)",
}


def write_rows(path: Path, count: int) -> None:
    """A file of seven columns, as CSV or as JSON lines, the same for the same count."""
    pick = random.Random(count)
    names = HEADER.split(",")
    with path.open("w", encoding="utf-8") as file:
        if path.suffix == ".csv":
            file.write(HEADER + "\n")
        for number in range(count):
            row = (
                f"e{number:08}",
                f"u{pick.randrange(100_000)}",
                pick.choice(("view_item", "add_to_cart", "purchase")),
                f"P{pick.randrange(5_000)}",
                f"{pick.random() * 100:.2f}",
                f"2026-01-{pick.randrange(1, 29):02}T10:{pick.randrange(60):02}:00Z",
                "DE",
            )
            if path.suffix == ".csv":
                file.write(",".join(row) + "\n")
            else:
                file.write(json.dumps(dict(zip(names, row, strict=True))) + "\n")


def timed_footfall(path: Path, folder: Path) -> None:
    """In a process of its own: land the file and print what it took."""
    from ingestion import pipeline
    from ingestion.config import read_sources, select_sources
    from ingestion.report import Report

    (folder / "dbt_project.yml").write_text(PROJECT.format(format=path.suffix[1:]))
    home = folder / "home"
    sources = select_sources(read_sources(folder), [f"trial={path}"], folder, home)
    pipeline.configure(home)
    start = time.perf_counter()
    with pipeline.landing(home) as con:
        outcome = pipeline.load(sources[0], con, home, Report())
    _print(time.perf_counter() - start, outcome.counts()["row_count"])


def timed_duckdb(path: Path, folder: Path) -> None:
    """In a process of its own: read the file with DuckDB and print what it took."""
    import duckdb

    start = time.perf_counter()
    with duckdb.connect(folder / "plain.duckdb") as con:
        query = DUCKDB[path.suffix[1:]].format(path=path)
        con.execute(f"create table rows as {query}")
        found = con.execute("select count(*) from rows").fetchone()
        con.execute("checkpoint")
    _print(time.perf_counter() - start, found[0] if found else 0)


def _print(seconds: float, rows: int) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # KiB on Linux
    print(json.dumps({"seconds": seconds, "rows": rows, "gigabytes": peak}))


def measured(side: str, path: Path, repeats: int) -> dict[str, float]:
    """The best of some runs of one side."""
    results = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            command = [sys.executable, __file__, "--side", side, str(path), folder]
            environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True
            )
            results.append(json.loads(done.stdout.splitlines()[-1]))
    return min(results, key=lambda result: result["seconds"])


def main() -> None:
    """Measure, print the table, fail when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", nargs=3, metavar=("SIDE", "FILE", "FOLDER"))
    parser.add_argument("--quick", action="store_true", help="one run each, without the largest")
    options = parser.parse_args()
    if options.side:
        side, path, folder = options.side
        {"footfall": timed_footfall, "duckdb": timed_duckdb}[side](Path(path), Path(folder))
        return

    repeats = 1 if options.quick else REPEATS
    table = Table("file", "rows", "footfall s", "DuckDB s", "times", "bar", "peak GB", "bar GB")
    missed = []
    with tempfile.TemporaryDirectory() as scratch:
        cases = [("csv", ROWS), ("jsonl", ROWS)]
        cases += [] if options.quick else [("csv", MANY), ("jsonl", MANY)]
        for kind, count in cases:
            path = Path(scratch) / f"rows.{kind}"
            write_rows(path, count)
            ours = measured("footfall", path, repeats if count == ROWS else 1)
            theirs = measured("duckdb", path, repeats if count == ROWS else 1)
            if not ours["rows"] == theirs["rows"] == count:
                missed.append(f"{kind}: {ours['rows']} and {theirs['rows']} of {count} rows")
            ratio = ours["seconds"] / theirs["seconds"]
            speed_bar, memory_bar = (BAR, None) if count == ROWS else (None, BAR_GB)
            if speed_bar and ratio > speed_bar:
                missed.append(f"{kind}: {ratio:.1f} times DuckDB")
            if memory_bar and ours["gigabytes"] > memory_bar:
                missed.append(f"{kind}: {ours['gigabytes']:.1f} GB")
            table.add_row(
                kind,
                f"{count:,}",
                f"{ours['seconds']:.2f}",
                f"{theirs['seconds']:.2f}",
                f"{ratio:.1f}",
                f"{speed_bar:g}" if speed_bar else "",
                f"{ours['gigabytes']:.2f}",
                f"{memory_bar:g}" if memory_bar else "",
            )
    Console().print(table)
    if missed:
        raise SystemExit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
