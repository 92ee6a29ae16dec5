"""`python -m tests.pipeline.between_models`: a build killed before each node, then run again.

What landed since the last build touches every source. A trial starts with that last build; dbt is
killed when it begins with a node, nothing else under way; then it is run to its end, and every
table compared with a full refresh.
"""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from ingestion.build import remove
from tests.pipeline.histories import Build, history
from tests.pipeline.soak import Play
from tests.pipeline.workshop import Workshop

# In between them it has a change of each source, and of most kinds.
SEED = 488


def differing(workshop: Workshop, folder: Path, every: int) -> tuple[int, list[str]]:
    """Kills before each so-manieth node: how many there were, and what then was not equal."""
    found = []
    play = Play(workshop, [], folder / "play")
    first, *later = history(SEED)
    play.ingest(first.changes)
    play.build_and_compare(Build())
    play.ingest([change for step in later for change in step.changes])
    built, saved = play.home / "footfall.duckdb", folder / "saved"
    shutil.copy(built, saved)
    node = every
    while play.killed(node, 0, None, threads=1):
        play.build_and_compare(Build())
        found += [f"node {node}: {each['table']}" for each in play.played.differences]
        remove(play.home)
        shutil.copy(saved, built)
        node += every
    return play.played.killed, found


def main(
    every: Annotated[int, typer.Option(min=1, help="Only before each so-manieth node.")] = 1,
) -> None:
    """Kill a build between any two of its models; what it makes in the end is the same."""
    started = time.monotonic()
    with Workshop() as workshop, tempfile.TemporaryDirectory(prefix="footfall-between-") as folder:
        kills, found = differing(workshop, Path(folder), every)
    print("\n".join(found))
    print(f"{kills} kills, {len(found)} tables differ, {time.monotonic() - started:.0f} s")
    raise typer.Exit(1 if found else 0)


if __name__ == "__main__":
    typer.run(main)
