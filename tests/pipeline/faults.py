"""`python -m tests.pipeline.faults --kills 200`: the commands killed, then run again.

A trial starts with everything as it was before a delivery, or before a publishing; kills the
command, once or several times in a row; lets it end; and compares landing and marts, row by row,
with what they are when nothing is killed. Somebody reads marts.duckdb all the while.

First each boundary of a second delivery once: around every load job's commit and every load's row
in _dlt_loads, at every system call and every step of publishing. Then at random. Kills between two
models are those of tests/pipeline/between_models.py.
"""

import itertools
import multiprocessing
import os
import random
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

from ingestion.publish import NOWHERE
from tests.forks import Fork, Forks, forks, traced
from tests.support import PROJECT, difference, footfall, opened

# An id differs from load to load by nature, and so does what holds or hashes it.
HIDDEN = ("load_id", "_dlt_load_id", "input_fingerprint", "record")
# How often what is killed, of a hundred kills; a whole run takes twenty times as long.
SHARES = {"ingest": 60, "publish": 25, "run": 15}
# What a load does to landing, and around it: a job a table, then the load's row in _dlt_loads.
JOB = "dlt.destinations.impl.duckdb.duck DuckDbCopyJob run"
NOTE = "dlt.destinations.job_client_impl SqlJobClientBase complete_load"
PACKAGES = "dlt.common.storages.load_package PackageStorage complete_job"
# What publishing does after the copy; within it, the calls.
PUBLISHING = (
    "ingestion.publish - _copy",
    "ingestion.publish - sync",
    "ingestion.publish - keep_versions",
    "pathlib Path replace",
    "ingestion.ledger - append",
)
STEPS = {"ingest": (JOB, NOTE, PACKAGES), "publish": PUBLISHING}


class SampleShop:
    """The sample shop in some deliveries."""

    def __init__(self, folder: Path, rounds: int = 3) -> None:
        self.rounds = rounds
        self._folder = folder
        self._whole = folder / "whole"
        footfall("sample", "--events=1000", "--days=6", f"--to={self._whole}", home=folder / "none")

    def deliver(self, number: int, home: Path) -> None:
        """Make a round's delivery; the rounds follow each other, from 1."""
        folder = self._folder / str(number)
        shutil.copytree(self._whole, folder, symlinks=True)
        files = sorted(path for path in (folder / "web").rglob("*") if path.is_file())
        for path in files[len(files) * number // self.rounds :]:
            path.unlink()
        with sqlite3.connect(folder / "shop.sqlite") as con:
            later = f"rowid % {self.rounds} >= {number}"
            for table in ("orders", "order_items", "refunds"):
                con.execute(f"delete from {table} where {later}")
            # Some rows change with the next round, one vanishes.
            con.execute(f"update customers set country = null where {later}")
            if number < self.rounds:
                con.execute("insert into customers (customer_id) values ('gone')")
        shutil.copytree(folder / "feeds", home / "sample" / "feeds", dirs_exist_ok=True)
        rates = home / "sample" / "feeds" / "exchange_rates.json"
        lines = rates.read_text(encoding="utf-8").splitlines()  # a list, an item a line
        items = [line.rstrip(",") for line in lines[1:-1]]
        kept = items[: len(items) * number // self.rounds]
        rates.write_text("[\n" + ",\n".join(kept) + "\n]\n", encoding="utf-8")

    def options(self, number: int) -> list[str]:
        """--source options for it."""
        folder = self._folder / str(number)
        shop = f"sqlite:///{folder / 'shop.sqlite'}"
        places = {"web": folder / "web", "shop": shop, "feeds": "sample:"}
        return [f"--source={name}={place}" for name, place in places.items()]


@dataclass
class Totals:
    """What a soak did and found."""

    kills: Counter[str] = field(default_factory=Counter)
    trials: int = 0
    lost: int = 0
    duplicated: int = 0
    differing: int = 0
    failed: int = 0
    left_over: int = 0
    reads: int = 0
    bad_reads: int = 0

    @property
    def is_clean(self) -> bool:
        return not (
            self.lost
            + self.duplicated
            + self.differing
            + self.failed
            + self.left_over
            + self.bad_reads
        )

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {what}" for what, count in sorted(self.kills.items()))
        return (
            f"{self.kills.total()} kills ({kinds}) in {self.trials} trials\n"
            f"rows: {self.lost} lost, {self.duplicated} duplicated, {self.differing} differing\n"
            f"{self.failed} reruns failed, {self.left_over} files left over\n"
            f"{self.reads} reads, {self.bad_reads} bad"
        )


@dataclass
class Command:
    """One that is killed: from which state on, for how long, through which steps."""

    name: str
    number: int
    arguments: list[str]
    before: Path
    seconds: float = 0
    changes: int = 0
    calls: list[str] = field(default_factory=list)


class Faults:
    """A shop, how it ends undisturbed, and one home in which things go wrong."""

    def __init__(self, shop: SampleShop, folder: Path, forks: Forks, dice: random.Random) -> None:
        self.home = folder / "home"
        self.commands: list[Command] = []
        self.totals = Totals()
        self._shop = shop
        self._folder = folder
        self._forks = forks
        self._dice = dice
        self.home.mkdir()
        for number in range(1, shop.rounds + 1):
            self._undisturbed(number)
        self.fingerprints = {
            fingerprint(folder / f"marts-{number}.duckdb") for number in range(1, shop.rounds + 1)
        }

    def trial(self, command: Command, points: list[str]) -> int:
        """Kill a command at some points, one after the other, let it end, and compare.

        Returns how many it reached; when it reached none, nothing is compared
        """
        self._restore(command.before)
        reached = [point for point in points if self._kill(command, point)]
        if points and not reached:
            return 0
        self.totals.trials += 1
        self.totals.kills[command.name] += len(reached)
        where = f"{command.name}, round {command.number}, killed {', '.join(reached)}"
        fork = self._start(command)
        if fork.wait() != 0:
            self.totals.failed += 1
            print(f"{where}: the rerun failed: {fork.out[-2000:]}{fork.err}", flush=True)
            return len(reached)
        found = Counter[str]()
        if command.name != "publish":
            found += compared(
                self._folder / f"landing-{command.number}.duckdb", self.home / "landing.duckdb"
            )
        if command.name != "ingest":
            found += compared(
                self._folder / f"marts-{command.number}.duckdb", self.home / "marts.duckdb"
            )
        found["left over"] = len(left_over(self.home))
        self.totals.lost += found["lost"]
        self.totals.duplicated += found["duplicated"]
        self.totals.differing += found["differing"]
        self.totals.left_over += found["left over"]
        if found.total():
            print(f"{where}: {dict(found)} {left_over(self.home)}", flush=True)
        return len(reached)

    def each_boundary(self, command: Command, every: int = 1) -> None:
        """One trial for each; every: of the system calls only each so-manieth."""
        for step, when in itertools.product(STEPS[command.name], ("before", "after")):
            counts = itertools.count(1)
            while self.trial(command, [f"step {step} {when} {next(counts)}"]):
                pass
            # It ended without being killed: the step is not done as often, but it is done.
            assert next(counts) > 2, f"{command.name} is never killed {when} {step}: it has moved"
        if command.name == "publish":
            assert command.calls, "system calls need strace: apt-get install strace"
            for call in command.calls[::every]:
                self.trial(command, [f"call {call}"])

    def somewhere(self, command: Command) -> str:
        """A point, by chance."""
        ways = ["time"]
        if command.changes:
            ways.append("change")
        if command.calls:
            ways.append("call")
        if command.name == "run":
            ways.append("dbt")
        way = self._dice.choice(ways)
        if way == "change":
            return f"change {self._dice.randint(1, command.changes)}"
        if way == "call":
            return f"call {self._dice.choice(command.calls)}"
        return f"{way} {self._dice.uniform(0, command.seconds):.2f}"

    def _kill(self, command: Command, point: str) -> bool:
        """Start and kill; False: it had ended before.

        point: "step …" as kill_at takes it; before "change N" or "call NAME N"; after so many
        seconds, "time S" the command and "dbt S" only its dbt
        """
        way, _, where = point.partition(" ")
        if way == "step":
            return self._start(command, f"kill_at({where!r})").wait() == -9
        if way == "change":
            return self._start(command, f"kill_at({where})").wait() == -9
        if way == "call":
            fork = self._start(command, "wait_for_tracer()")
            traced(fork, *self._files(), kill_at=where)
            return fork.wait() == -9
        fork = self._start(command)
        time.sleep(float(where))
        if way == "dbt":
            # Only dbt dies, for want of memory, say: the run itself tells of it and ends.
            for child in Path(f"/proc/{fork.pid}/task/{fork.pid}/children").read_text().split():
                os.kill(int(child), 9)
                return fork.wait() != 0
        fork.kill()
        return fork.wait() == -9

    def _undisturbed(self, number: int) -> None:
        """Let a round end, keep how, and learn where its commands can be killed."""
        options = self._shop.options(number)
        self._shop.deliver(number, self.home)
        before = self._saved(f"before-{number}")
        ingest = Command("ingest", number, ["ingest", *options], before)
        run = Command("run", number, ["run", *options], before)
        for command, made in ((ingest, "landing"), (run, "marts")):
            started = time.monotonic()
            fork = self._start(command)
            assert fork.wait() == 0, fork.out[-3000:] + fork.err
            command.seconds = time.monotonic() - started
            shutil.copy(self.home / f"{made}.duckdb", self._folder / f"{made}-{number}.duckdb")
        run.seconds += ingest.seconds
        if number > 1:
            shutil.copy(self._folder / f"marts-{number - 1}.duckdb", self.home / "marts.duckdb")
        else:
            (self.home / "marts.duckdb").unlink()
        publish = Command("publish", number, ["publish"], self._saved(f"built-{number}"))
        for command in (ingest, publish):
            self._restore(command.before)
            ticks = self._folder / "ticks"
            ticks.write_bytes(b"")
            started = time.monotonic()
            fork = self._start(command, f"count_ticks({str(ticks)!r})")
            assert fork.wait() == 0, fork.err
            command.seconds = time.monotonic() - started
            command.changes = ticks.stat().st_size
            if shutil.which("strace"):
                self._restore(command.before)
                fork = self._start(command, "wait_for_tracer()")
                command.calls = traced(fork, *self._files())
                assert fork.wait() == 0, fork.err
        self.commands += [ingest, run, publish]
        # How the round ended, for the next.
        self._restore(publish.before)
        shutil.copy(self._folder / f"marts-{number}.duckdb", self.home / "marts.duckdb")

    def _start(self, command: Command, prelude: str = "") -> Fork:
        # The same clock each time, so that the rows are the same.
        clock = f"clock('2026-06-{command.number:02}T10:00:00+00:00'); "
        return self._forks.start(
            *command.arguments, home=self.home, cwd=PROJECT, prelude=clock + prelude
        )

    def _files(self) -> list[Path]:
        names = ("landing.duckdb", "marts.duckdb", "marts.duckdb.new")
        files = [self.home / f"{name}{end}" for name in names for end in ("", ".wal")]
        return [self.home, *files]

    def _saved(self, name: str) -> Path:
        return Path(shutil.copytree(self.home, self._folder / name, symlinks=True))

    def _restore(self, saved: Path) -> None:
        """Bring a state back; whoever reads marts.duckdb meanwhile finds it whole, or not there."""
        marts = "marts.duckdb"
        for path in self.home.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != marts:
                path.unlink()
        fresh = self._folder / "fresh"
        if (saved / marts).exists():
            shutil.copy(saved / marts, fresh)
            fresh.replace(self.home / marts)
        else:
            (self.home / marts).unlink(missing_ok=True)
        shutil.copytree(
            saved,
            self.home,
            dirs_exist_ok=True,
            symlinks=True,
            ignore=shutil.ignore_patterns("marts.duckdb*"),
        )


def compared(expected: Path, found: Path) -> Counter[str]:
    """Rows that one database has more than the other; rows that landed twice."""
    counts = Counter[str]()
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach '{expected}' as expected (read_only)")
        con.execute(f"attach '{found}' as found (read_only)")
        tables = [_tables(con, name) for name in ("expected", "found")]
        counts["differing"] += len(tables[0].keys() ^ tables[1].keys())
        for table in tables[0].keys() & tables[1].keys():
            columns = ", ".join(sorted(tables[0][table]))
            rows = difference(
                con,
                f"select {columns} from expected.{table}",
                f"select {columns} from found.{table}",
                limit=1_000_000,
            )
            for row in rows[:2] + rows[-2:]:
                print(f"{table}: {row}"[:2000], flush=True)
            sides = Counter(row[0] for row in rows)
            counts["lost"] += sides["left only"]
            counts["differing"] += sides["right only"]
            if {'"_file_id"', '"_row_number"'} <= tables[1][table]:
                keys = "select count(*) - count(distinct (_file_id, _row_number))"
                (doubled,) = con.execute(f"{keys} from found.{table}").fetchone() or (0,)
                counts["duplicated"] += doubled
    return counts


def _tables(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, set[str]]:
    """Every table with its columns, quoted, but dlt's own and those that hold ids of loads."""
    rows = con.execute(
        """
        select format('"{}"."{}"', schema_name, table_name), format('"{}"', column_name)
        from duckdb_columns()
        where database_name = $database and not starts_with(table_name, '_dlt')
            and not list_contains($hidden, column_name)
        """,
        {"database": database, "hidden": list(HIDDEN)},
    ).fetchall()
    tables: dict[str, set[str]] = {}
    for table, column in rows:
        tables.setdefault(table, set()).add(column)
    return tables


def left_over(home: Path) -> list[str]:
    """What a finished command leaves to nobody."""
    patterns = ("*.duckdb.*", "dlt/_*/*", "dlt/*/load/*/*", "dlt/*/normalize/*/*", "ledger/*/*.tmp")
    found = (path for pattern in patterns for path in home.glob(pattern))
    # But for what keeps a client from writing beside the published file.
    return sorted(
        str(path) for path in found if not (path.is_symlink() and os.readlink(path) == NOWHERE)
    )


def fingerprint(path: Path) -> str:
    """One number for all rows of a published file, read twice within one connection."""
    with opened(path) as con:
        tables = _tables(con, "shop")
        query = " union all ".join(
            f"select '{table}', count(*), sum(hash({', '.join(sorted(tables[table]))}))::varchar "
            f"from {table}"
            for table in sorted(tables)
        )
        first, second = (str(sorted(con.execute(query).fetchall())) for _ in range(2))
    return first if first == second else f"{first} and then {second}"


def _read(path: Path, over: Event, answer: Any) -> None:
    """Read the published file until it is over; every result once, and how often it was read."""
    seen: Counter[str] = Counter()
    parent = os.getppid()
    while not over.is_set() and os.getppid() == parent:
        was_there = path.exists()
        try:
            seen[fingerprint(path)] += 1
        except duckdb.Error as error:
            # Before the first publishing there is none; it may come while this one looks for it.
            if "does not exist" not in str(error) or (was_there and path.exists()):
                seen[str(error)] += 1
        over.wait(0.05)
    answer.send(seen)


@contextmanager
def a_reader(faults: Faults) -> Iterator[None]:
    """Somebody who reads what is published, again and again."""
    spawn = multiprocessing.get_context("spawn")
    over, (receive, send) = spawn.Event(), spawn.Pipe(duplex=False)
    reader = spawn.Process(target=_read, args=(faults.home / "marts.duckdb", over, send))
    reader.start()
    try:
        yield
    finally:
        over.set()
        seen = receive.recv()
        reader.join()
        faults.totals.reads = seen.total()
        for what, count in seen.items():
            if what not in faults.fingerprints:
                faults.totals.bad_reads += count
                print(f"{count} bad reads: {what[:500]}", flush=True)


def undisturbed(faults: Faults) -> bool:
    """Whether nothing differs where nothing is killed; else nothing would show what is compared."""
    for command in faults.commands:
        if command.name != "run":
            faults.trial(command, [])
    return faults.totals.is_clean


def sweep(folder: Path, forks: Forks, every: int) -> Totals:
    """Each boundary of a second delivery; whoever reads sees the first or the second."""
    faults = Faults(SampleShop(folder / "shop", rounds=2), folder, forks, random.Random(0))
    if undisturbed(faults):
        with a_reader(faults):
            for command in faults.commands:
                if command.number == 2 and command.name in STEPS:
                    faults.each_boundary(command, every)
                    print(f"{faults.totals.trials} trials up to {command.name}", flush=True)
    return faults.totals


def soak(folder: Path, forks: Forks, kills: int, seed: int) -> Totals:
    """Trials until so many kills have hit."""
    dice = random.Random(seed)
    faults = Faults(SampleShop(folder / "shop"), folder, forks, dice)
    if not undisturbed(faults):
        return faults.totals
    print("undisturbed: 3 rounds", flush=True)
    with a_reader(faults):
        while (done := faults.totals.kills).total() < kills:
            # Whatever lags behind its share.
            name = min(SHARES, key=lambda what: done[what] / SHARES[what])
            command = dice.choice([each for each in faults.commands if each.name == name])
            before = done.total()
            faults.trial(command, [faults.somewhere(command) for _ in range(dice.randint(1, 3))])
            if before // 10 < done.total() // 10:
                print(f"{done.total()} kills in {faults.totals.trials} trials", flush=True)
    return faults.totals


def main(
    kills: Annotated[int, typer.Option(min=0, help="Random kills that hit.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed throws the same dice.")] = 0,
    every: Annotated[int, typer.Option(min=1, help="Only each so-manieth system call.")] = 1,
) -> None:
    """Kill ingest, publish and run, at each boundary and at random; that changes nothing."""
    is_clean = True
    server = forks()
    parts: dict[str, Callable[[Path], Totals]] = {
        "each boundary": lambda folder: sweep(folder, server, every),
    }
    if kills:
        parts[f"seed {seed}"] = lambda folder: soak(folder, server, kills, seed)
    for what, part in parts.items():
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="footfall-faults-") as folder:
            totals = part(Path(folder))
        print(f"{totals}\n{what}, {time.monotonic() - started:.0f} s", flush=True)
        is_clean = is_clean and totals.is_clean
    raise typer.Exit(0 if is_clean else 1)


if __name__ == "__main__":
    typer.run(main)
