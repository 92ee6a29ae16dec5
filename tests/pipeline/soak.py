"""Whatever arrived, and however the builds went: what stands equals a full refresh, row for row.

Run     make soak HISTORIES=300 SEED=0, or python -m tests.pipeline.soak --help
Shape   one line a history; of the first difference the history, the rows and the folder they are in
Errors  exit 1: a difference, or a run that should have gone well and did not
"""

import argparse
import dataclasses
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.pipeline.histories import (
    VARIANTS,
    Build,
    Change,
    History,
    Killed,
    Part,
    Shop,
    Skip,
    Step,
    Variant,
    history,
    smaller,
)
from tests.pipeline.workshop import Answer, Workshop, WorkshopError

SET_ASIDE = 1  # `footfall ingest` refused a file, and has said so


@dataclass
class Played:
    """How a history went."""

    compared: int = 0
    killed: int = 0
    # Keyed models that were built in those builds, and how often one kept rows and replaced others.
    models: int = 0
    replaced: int = 0
    # How many rows of each table were compared.
    rows: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    # Of the first step that differs; nothing is run after it.
    step: int | None = None
    differences: list[dict[str, Any]] = field(default_factory=list)

    def add(self, other: "Played") -> None:
        self.compared += other.compared
        self.killed += other.killed
        self.models += other.models
        self.replaced += other.replaced
        self.rows += other.rows
        self.seconds += other.seconds
        self.differences += other.differences

    def __str__(self) -> str:
        return (
            f"{self.compared} builds compared, {len(self.differences)} tables differ, "
            f"{self.seconds:.0f} s"
        )


class Play:
    """One history, in a folder of its own."""

    def __init__(
        self, workshop: Workshop, models: list[str], folder: Path, verbose: bool = False
    ) -> None:
        self.workshop = workshop
        self.home = folder / "kept"
        self.fresh = folder / "full-refresh"
        self.home.mkdir(parents=True)
        self.shop = Shop(folder / "shop")
        self.played = Played()
        self.models = models
        self.verbose = verbose

    def run(self, steps: History) -> Played:
        """Play until the end or the first difference."""
        began = time.monotonic()
        for number, step in enumerate(steps, start=1):
            before = time.monotonic()
            self.ingest(step.changes)
            match step.run:
                case Build():
                    self.build_and_compare(step.run)
                case Killed(percent, milliseconds):
                    node = 1 + len(self.models) * percent // 100
                    done = self._build([], kill=(node, milliseconds))
                    self.played.killed += done.code == -signal.SIGKILL
                case Part(picks):
                    chosen = {self.models[pick % len(self.models)] for pick in picks}
                    self._build(["--select", *sorted(chosen)])
                case Skip():
                    pass
            if self.verbose:
                seconds = time.monotonic() - before
                print(f"  step {number}: {_described(step)}, {seconds:.1f} s", flush=True)
            if self.played.differences:
                self.played.step = number
                break
        self.played.seconds = time.monotonic() - began
        return self.played

    def ingest(self, changes: list[Change]) -> None:
        """Let the changes happen, and load the sources they happened at."""
        touched = set()
        for change in changes:
            change.apply(self.shop)
            touched.add(change.source)
        locations = self.shop.locations
        feeds = str(self.shop.folder) if "feeds" in touched else None
        sources = {name: locations[name] for name in sorted(touched) if name in locations}
        (done,) = self.workshop.run(
            {"do": "ingest", "home": str(self.home), "sources": sources, "feeds": feeds}
        )
        if done.code or done.value not in (0, SET_ASIDE):
            raise WorkshopError(f"ingest went wrong: {done.printed}")
        if (self.home / "landing.duckdb.wal").exists():
            raise WorkshopError("landing was not closed: the full refresh would not see all of it")

    def _job(self, home: Path, arguments: list[str], **options: Any) -> dict[str, Any]:
        job = {"do": "build", "home": str(home), "arguments": arguments, "kill": None}
        return {**job, "variables": {}, **options}

    def _build(self, arguments: list[str], kill: tuple[int, int] | None = None) -> Answer:
        (done,) = self.workshop.run(self._job(self.home, arguments, kill=kill))
        return done

    def build_and_compare(self, run: Build) -> None:
        """Build what stands and, beside it, everything anew from the same landing."""
        variant = VARIANTS[run.variant] if run.variant else Variant()
        options = {"variables": variant.variables, "edit": variant.edit}
        shutil.rmtree(self.fresh, ignore_errors=True)
        self.fresh.mkdir()
        (self.fresh / "landing.duckdb").symlink_to(self.home / "landing.duckdb")
        refresh = ["--full-refresh"]
        kept, fresh = self.workshop.run(
            self._job(self.home, refresh if run.is_full_refresh else [], **options),
            self._job(self.fresh, refresh, **options),
        )
        for what, done in (("the build", kept), ("the full refresh", fresh)):
            if done.code or not done.value["success"]:
                raise WorkshopError(f"{what} went wrong: {done.printed}")
        if list(self.home.glob("*.wal")) or list(self.fresh.glob("*.wal")):
            raise WorkshopError(f"a build was not closed: {self.home}")
        (compared,) = self.workshop.run(
            {
                "do": "compare",
                "kept": str(self.home / "footfall.duckdb"),
                "fresh": str(self.fresh / "footfall.duckdb"),
                "landing": str(self.home / "landing.duckdb"),
                "order": fresh.value["tables"],
            }
        )
        if compared.code:
            raise WorkshopError(f"the comparison went wrong: {compared.printed}")
        self.played.compared += 1
        for changed, present, gone in kept.value["keys"]:
            self.played.models += 1
            self.played.replaced += changed + gone > 0 and 2 * changed <= present
        self.played.rows.update(compared.value["rows"])
        self.played.differences = compared.value["differences"]


def _described(step: Step) -> str:
    """A step in a line: what changed, what was run."""
    changes = ", ".join(dict.fromkeys(type(change).__name__.lower() for change in step.changes))
    settings = dataclasses.asdict(step.run).items()
    given = [f"{name}={value}" for name, value in settings if value not in (False, None)]
    return f"{changes}; then {' '.join([type(step.run).__name__.lower(), *given])}"


def _shown(difference: dict[str, Any]) -> str:
    """A differing table: how many rows, and what is different in some."""
    table, why = difference["table"], difference["why"]
    if why:
        return f"  {table}: {why}"
    kept, fresh = difference["counts"]
    lines = [f"  {table}: {kept} rows only in what stands, {fresh} only in the full refresh"]
    return "\n".join(lines + [f"    {row}" for row in difference["rows"]])


def reduced(workshop: Workshop, models: list[str], steps: History, seconds: float) -> History:
    """The smallest history that was found in that time and still differs at its end."""
    deadline = time.monotonic() + seconds
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for less in smaller(steps):
            if time.monotonic() > deadline:
                return steps
            with tempfile.TemporaryDirectory(prefix="footfall-smaller-") as folder:
                try:
                    played = Play(workshop, models, Path(folder) / "play").run(less)
                except WorkshopError:
                    continue
            if played.step:
                steps = less[: played.step]
                is_smaller = True
                break
    return steps


def soak(options: argparse.Namespace) -> int:
    """Play the histories of so many seeds, one after the other; the exit code."""
    began = time.monotonic()
    total = Played()
    failed: list[str] = []
    seeds = range(options.seed, options.seed + options.histories)
    number = options.seed
    try:
        with Workshop() as workshop:
            (names,) = workshop.run({"do": "names"})
            for number in seeds:
                if where := _soaked(workshop, names.value, number, options, total, not failed):
                    failed.append(where)
                    if options.stop:
                        break
    except KeyboardInterrupt:
        print(f"stopped; go on with SEED={number}")
        return 130
    except WorkshopError as error:
        print(error)
        return 1
    empty = sorted(name for name, count in total.rows.items() if count == 0)
    print(
        f"seeds {options.seed} to {number}: {total}\n"
        f"never a row in: {', '.join(empty) or 'none'}\n"
        f"{total.rows.total():,} rows compared, {total.killed} builds killed, {total.replaced} of "
        f"{total.models} keyed tables kept some keys and replaced others\n"
        f"{len(failed)} histories went wrong{', first ' + failed[0] if failed else ''}, "
        f"{time.monotonic() - began:.0f} s in all"
    )
    return 1 if failed else 0


def _soaked(
    workshop: Workshop,
    models: list[str],
    number: int,
    options: argparse.Namespace,
    total: Played,
    is_told: bool,
) -> str | None:
    """Play the history of a seed; where it went wrong. is_told: with its rows, and kept."""
    folder = Path(tempfile.mkdtemp(prefix=f"footfall-history-{number}-"))
    steps = history(number)
    try:
        played = Play(workshop, models, folder, options.verbose).run(steps)
    except WorkshopError as error:
        print(f"seed {number}: {error}\n  kept in {folder}", flush=True)
        return f"seed {number}"
    total.add(played)
    print(f"seed {number}: {len(steps)} steps, {played}", flush=True)
    if not played.step:
        shutil.rmtree(folder)
        return None
    steps = steps[: played.step]
    if is_told:
        for count, step in enumerate(steps, start=1):
            print(f"  step {count}: {_described(step)}")
        print("\n".join(_shown(found) for found in played.differences))
        print(f"  kept in {folder}\n  again: make soak SEED={number} HISTORIES=1", flush=True)
        if options.reduce:
            print("the smallest history found that differs at its end:")
            for step in reduced(workshop, models, steps, options.reduce):
                print(f"  {step}", flush=True)
    else:
        shutil.rmtree(folder)
    return f"seed {number} step {played.step}"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.pipeline.soak", description=__doc__)
    parser.add_argument("--histories", type=int, default=50, help="how many, one a seed")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument(
        "--reduce", type=float, default=0, help="seconds to look for a smaller history that differs"
    )
    parser.add_argument("--stop", action="store_true", help="play no more after the first")
    parser.add_argument("--verbose", action="store_true", help="a line for every step")
    options = parser.parse_args()
    sys.exit(soak(options))


if __name__ == "__main__":
    main()
