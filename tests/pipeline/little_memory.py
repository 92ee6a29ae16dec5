"""`python -m tests.pipeline.little_memory`: ten times the sample shop, built with half a gigabyte.

The same files are ingested and built twice: with the memory limit, and with as much as there is.
Both must end well, and no table may differ.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from tests.support import footfall, tables


@contextmanager
def limited_to(memory: str) -> Iterator[None]:
    """FOOTFALL_MEMORY_LIMIT for the commands inside."""
    before = os.environ.get("FOOTFALL_MEMORY_LIMIT")
    os.environ["FOOTFALL_MEMORY_LIMIT"] = memory
    try:
        yield
    finally:
        del os.environ["FOOTFALL_MEMORY_LIMIT"]
        if before is not None:
            os.environ["FOOTFALL_MEMORY_LIMIT"] = before


def compared(folder: Path, events: int, memory: str) -> tuple[int, list[str]]:
    """How many published tables there are, and which are not the same with little memory."""
    little, ample = folder / "little", folder / "ample"
    footfall("sample", "--events", str(events), home=little)
    with limited_to(memory):
        footfall("ingest", home=little)
        # What landed once, so that both builds read the same times of arrival.
        shutil.copytree(little, ample, symlinks=True)
        footfall("run", home=little)
    footfall("run", home=ample)
    said, right = (tables(home / "marts.duckdb") for home in (little, ample))
    return len(right), sorted({name for name, _ in said.items() ^ right.items()})


def main(
    events: Annotated[int, typer.Option(min=1, help="How many, over 90 days.")] = 500_000,
    memory: Annotated[str, typer.Option(help="FOOTFALL_MEMORY_LIMIT.")] = "512MB",
) -> None:
    """Build with little memory; what it makes is the same."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="footfall-memory-") as folder:
        count, found = compared(Path(folder), events, memory)
    print("\n".join(found))
    print(
        f"{events:,} events with {memory}: {len(found)} of {count} tables differ, "
        f"{time.monotonic() - started:.0f} s"
    )
    raise typer.Exit(1 if found else 0)


if __name__ == "__main__":
    typer.run(main)
