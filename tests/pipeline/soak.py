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
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
    # Of processor time, by command; parsing, once for all histories, is none of them.
    cpu: dict[str, float] = field(default_factory=dict)
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
        for command, cpu in other.cpu.items():
            self.spend(command, cpu)
        self.differences += other.differences

    def spend(self, command: str, cpu: float) -> None:
        self.cpu[command] = self.cpu.get(command, 0) + cpu

    def __str__(self) -> str:
        return (
            f"{self.compared} builds compared, {len(self.differences)} tables differ, "
            f"{self.seconds:.0f} s, {sum(self.cpu.values()):.0f} s of processor time"
        )


class Play:
    """One history, in a folder of its own."""

    def __init__(
        self,
        workshop: Workshop,
        models: list[str],
        folder: Path,
        verbose: bool = False,
        by_key: bool = False,
    ) -> None:
        self.workshop = workshop
        self.home = folder / "kept"
        self.fresh = folder / "full-refresh"
        self.home.mkdir(parents=True)
        self.shop = Shop(folder / "shop")
        self.played = Played()
        self.models = models
        self.verbose = verbose
        self.by_key = by_key

    def run(self, steps: History) -> Played:
        """Play until the end or the first difference."""
        began = time.monotonic()
        for number, step in enumerate(steps, start=1):
            before = time.monotonic()
            self.ingest(step.changes)
            match step.run:
                case Build():
                    self.build_and_compare(step.run)
                case Killed(percent, milliseconds, variant):
                    self.killed(1 + len(self.models) * percent // 100, milliseconds, variant)
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

    def _run(self, *jobs: dict[str, Any]) -> list[Answer]:
        answers = self.workshop.run(*jobs)
        for job, answer in zip(jobs, answers, strict=True):
            self.played.spend(job["do"], answer.cpu)
        return answers

    def ingest(self, changes: list[Change]) -> None:
        """Let the changes happen, and load the sources they happened at."""
        touched = set()
        for change in changes:
            change.apply(self.shop)
            touched.add(change.source)
        locations = self.shop.locations
        feeds = str(self.shop.folder) if "feeds" in touched else None
        sources = {name: locations[name] for name in sorted(touched) if name in locations}
        (done,) = self._run(
            {"do": "ingest", "home": str(self.home), "sources": sources, "feeds": feeds}
        )
        if done.code or done.value not in (0, SET_ASIDE):
            raise WorkshopError(f"ingest went wrong: {done.printed}")
        if (self.home / "landing.duckdb.wal").exists():
            raise WorkshopError("landing was not closed: the full refresh would not see all of it")

    def killed(self, node: int, milliseconds: int, variant: str | None, threads: int = 2) -> bool:
        """Build, and be killed so long after so many nodes began; False: it had ended before."""
        done = self._build(["--threads", str(threads)], variant, kill=(node, milliseconds))
        self.played.killed += done.code == -signal.SIGKILL
        return done.code == -signal.SIGKILL

    def _build(self, arguments: list[str], variant: str | None = None, **options: Any) -> Answer:
        (done,) = self._run(self._job(arguments, variant, **options))
        return done

    def _job(self, arguments: list[str], variant: str | None, **options: Any) -> dict[str, Any]:
        job = {"do": "build", "home": str(self.home), "arguments": arguments, **_project(variant)}
        return {**job, "by_key": self.by_key, **options}

    def build_and_compare(self, run: Build) -> None:
        """Build what stands and, beside it, everything anew from the same landing."""
        shutil.rmtree(self.fresh, ignore_errors=True)
        self.fresh.mkdir()
        (self.fresh / "landing.duckdb").symlink_to(self.home / "landing.duckdb")
        # Two at a time are compared, so that one thread each is enough; parts take two.
        arguments = ["--threads", "1", *(["--full-refresh"] if run.is_full_refresh else [])]
        kept, fresh = self._run(
            self._job(arguments, run.variant),
            {"do": "refresh", "home": str(self.fresh), **_project(run.variant)},
        )
        for what, done in (("the build", kept), ("the full refresh", fresh)):
            if done.code or not done.value.get("success", True):
                raise WorkshopError(f"{what} went wrong: {done.printed}")
        said = (answer.value["compiled"].items() for answer in (kept, fresh))
        if other := {name for name, _ in set.symmetric_difference(*map(set, said))}:
            raise WorkshopError(f"the full refresh was of other SQL: {', '.join(sorted(other))}")
        if list(self.home.glob("[fl]*.wal")) or list(self.fresh.glob("[fl]*.wal")):
            raise WorkshopError(f"a build was not closed: {self.home}")
        (compared,) = self._run(
            {
                "do": "compare",
                "kept": str(self.home / "footfall.duckdb"),
                "fresh": str(self.fresh / "footfall.duckdb"),
                "landing": str(self.home / "landing.duckdb"),
                "order": list(kept.value["compiled"]),
            }
        )
        if compared.code:
            raise WorkshopError(f"the comparison went wrong: {compared.printed}")
        self.played.compared += 1
        for changed, present, gone in kept.value["keys"]:
            self.played.models += 1
            is_kept = present > 0 and (self.by_key or 2 * changed <= present)
            self.played.replaced += changed + gone > 0 and is_kept
        self.played.rows.update(compared.value["rows"])
        self.played.differences = compared.value["differences"]


def _is_by_key(number: int) -> bool:
    """Whether tables of that history are never written whole, however much of them changed.

    In a shop so small half of the keys often change, and what is written whole hides what a
    fingerprint does not see; the other way has to be played too.
    """
    return number % 4 != 0


def _project(variant: str | None) -> dict[str, Any]:
    """What is built: the project, or a variant of it."""
    project = VARIANTS[variant] if variant else Variant()
    return {"variables": project.variables, "edit": project.edit}


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


def reduced(
    workshop: Workshop, models: list[str], steps: History, seconds: float, by_key: bool
) -> History:
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
                    played = Play(workshop, models, Path(folder) / "play", False, by_key).run(less)
                except WorkshopError:
                    continue
            if played.step:
                steps = less[: played.step]
                is_smaller = True
                break
    return steps


class Soak:
    """The histories of so many seeds, some side by side."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.total = Played()
        self.failed: list[str] = []
        # None: nothing more is played.
        self.left: Iterator[int] | None = iter(
            range(options.seed, options.seed + options.histories)
        )
        self.lock = threading.Lock()

    def run(self) -> int:
        """Play them all; the exit code."""
        began = time.monotonic()
        with ThreadPoolExecutor(self.options.jobs) as pool:
            players = [pool.submit(self._play) for _ in range(self.options.jobs)]
            try:
                for player in players:
                    player.result()
            except KeyboardInterrupt:
                number = self._next()
                self.left = None
                print(f"stopped; after those at work go on with SEED={number}", flush=True)
                return 130
            except WorkshopError as error:
                self.left = None
                print(error)
                return 1
        total, last = self.total, self.options.seed + self.options.histories - 1
        empty = sorted(name for name, count in total.rows.items() if count == 0)
        spent = ", ".join(f"{command} {cpu:.0f} s" for command, cpu in total.cpu.items())
        print(
            f"seeds {self.options.seed} to {last}: {total}\n"
            f"never a row in: {', '.join(empty) or 'none'}\n"
            f"{total.rows.total():,} rows compared, {total.killed} builds killed, {total.replaced} "
            f"of {total.models} keyed tables kept some keys and replaced others\n"
            f"processor time: {spent}\n"
            f"{len(self.failed)} histories went wrong{', first ' if self.failed else ''}"
            f"{''.join(self.failed[:1])}, {time.monotonic() - began:.0f} s in all"
        )
        return 1 if self.failed else 0

    def _next(self) -> int | None:
        with self.lock:
            return next(self.left, None) if self.left else None

    def _play(self) -> None:
        with Workshop() as workshop:
            (names,) = workshop.run({"do": "names"})
            while (number := self._next()) is not None:
                with self.lock:  # Hypothesis draws one history at a time
                    steps = history(number)
                self._soaked(workshop, names.value, number, steps)

    def _soaked(self, workshop: Workshop, models: list[str], number: int, steps: History) -> None:
        """Play the history of a seed; the first that differs is told with its rows, and kept."""
        folder = Path(tempfile.mkdtemp(prefix=f"footfall-history-{number}-"))
        verbose, by_key = self.options.verbose, _is_by_key(number)
        try:
            played = Play(workshop, models, folder, verbose, by_key).run(steps)
        except WorkshopError as error:
            print(f"seed {number}: {error}\n  kept in {folder}", flush=True)
            self.failed.append(f"seed {number}")
            return
        with self.lock:
            self.total.add(played)
        print(f"seed {number}: {len(steps)} steps, {played}", flush=True)
        if not played.step:
            shutil.rmtree(folder)
            return
        self.failed.append(f"seed {number} step {played.step}")
        if self.options.stop:
            self.left = None
        if len(self.failed) > 1:
            shutil.rmtree(folder)
            return
        steps = steps[: played.step]
        for count, step in enumerate(steps, start=1):
            print(f"  step {count}: {_described(step)}")
        print("\n".join(_shown(found) for found in played.differences))
        print(f"  kept in {folder}\n  again: make soak SEED={number} HISTORIES=1", flush=True)
        if self.options.reduce:
            print("the smallest history found that differs at its end:")
            for step in reduced(workshop, models, steps, self.options.reduce, by_key):
                print(f"  {step}", flush=True)


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
    parser.add_argument("--jobs", type=int, default=1, help="how many are played side by side")
    sys.exit(Soak(parser.parse_args()).run())


if __name__ == "__main__":
    main()
