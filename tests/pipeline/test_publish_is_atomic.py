"""Readers see the last build or the one before it, wherever publishing is killed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.forks import Forks, traced
from tests.pipeline.faults import left_over
from tests.support import BUILT, PROJECT, make_build, opened, tables

# Between any two statements of the copy, and around each step that follows it.
STEPS = [f"ingestion.publish - literal before {count}" for count in (1, 3, 5)]
STEPS += [
    f"{function} {when}"
    for function in (
        "ingestion.publish - _copy",
        "ingestion.publish - sync",
        "pathlib Path replace",
        "ingestion.ledger - append",
    )
    for when in ("before 1", "after 1")
]
STEPS += [f"ingestion.publish - sync {when} 2" for when in ("before", "after")]

READER = """
import sys, time
from pathlib import Path
import duckdb
import pyarrow.parquet as pq

path, stop, tables = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
query = " union all ".join(f"select distinct version from {table}" for table in tables)
seen = [0]
while True:
    last = stop.exists()
    with duckdb.connect() as con:
        con.execute(f"attach '{path}' as shop (read_only); use shop")
        versions = [row[0] for row in con.execute(query).fetchall()]
        time.sleep(0.01)
        versions += [row[0] for row in con.execute(query).fetchall()]
    if len(versions) != 2 * len(tables) or len(set(versions)) != 1 or versions[0] < seen[-1]:
        sys.exit(f"after version {seen[-1]}: {versions}")
    if versions[0] != seen[-1]:
        seen.append(versions[0])
    if last:
        break
print(*seen[1:])
"""


def versions(home: Path) -> set[int]:
    """What a new reader sees."""
    query = " union all ".join(f"select version from {table}" for table in BUILT)
    with opened(home / "marts.duckdb") as con:
        return {row[0] for row in con.execute(query).fetchall()}


@pytest.fixture
def home(tmp_path: Path, forks: Forks) -> Path:
    """The first version published, the second built."""
    home = tmp_path / "warehouse"
    make_build(home, 1)
    assert forks.start("publish", home=home).wait() == 0
    make_build(home, 2)
    return home


def published_again(home: Path, forks: Forks, version: int = 2) -> None:
    """After a kill: one version whole, and the same command ends as if undisturbed."""
    assert versions(home) in ({version - 1}, {version})
    again = forks.start("publish", home=home)
    assert again.wait() == 0, again.err
    assert versions(home) == {version}
    with duckdb.connect(home / "marts.duckdb", read_only=True) as con:
        counted = con.execute("select estimated_size, comment from duckdb_tables()").fetchall()
    assert counted == [(5000, "one row a row")] * len(BUILT)
    assert {path.name for path in home.iterdir()} == {
        "footfall.duckdb",
        "marts.duckdb",
        "marts.duckdb.wal",
        "ledger",
        "run.lock",
    }


@contextmanager
def readers(home: Path) -> Iterator[list[str]]:
    """Two that never stop, and see all tables of one version, then of a later one.

    What they saw is in the list after the end, a line each
    """
    stop = home.with_name("stop")
    command = [sys.executable, "-c", READER, str(home / "marts.duckdb"), str(stop), *BUILT]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    seen: list[str] = []
    try:
        yield seen
        stop.touch()
        seen += [reader.communicate(timeout=60)[0] for reader in started]
    finally:
        for reader in started:
            reader.kill()
    assert [reader.returncode for reader in started] == [0, 0], seen


def test_killed_at_a_step(home: Path, forks: Forks) -> None:
    with readers(home):
        for version, step in enumerate(STEPS, start=2):
            make_build(home, version)
            fork = forks.start("publish", home=home, prelude=f"kill_at({step!r})")
            assert fork.wait() == -9, step
            published_again(home, forks, version)


def test_killed_at_a_system_call(home: Path, forks: Forks) -> None:
    if not shutil.which("strace"):
        pytest.skip("strace is not installed: apt-get install strace")
    names = ("marts.duckdb", "marts.duckdb.wal", "marts.duckdb.new", "marts.duckdb.new.wal")
    files = (home, *(home / name for name in names))
    calls = traced(forks.start("publish", home=home, prelude="wait_for_tracer()"), *files)
    end = calls.index("rename 1")
    # On the disk before it is seen, and seen after the power failed.
    around = [call.split()[0] for call in calls[end - 3 : end + 4]]
    sync = ["openat", "fsync", "close"]
    assert around == [*sync, "rename", *sync]
    # One of five while the copy is written; `python -m tests.pipeline.faults` takes any by chance.
    with readers(home):
        for version, call in enumerate([*calls[: end - 8 : 5], *calls[end - 8 :]], start=3):
            make_build(home, version)
            fork = forks.start("publish", home=home, prelude="wait_for_tracer()")
            traced(fork, *files, kill_at=call)
            assert fork.wait() == -9, call
            is_seen = calls.index(call) > end
            assert versions(home) == {version if is_seen else version - 1}, call
            published_again(home, forks, version)
    # Neither of the copies nor what the random kills would take for one.
    assert left_over(home) == []
    (home / "marts.duckdb.new.wal").touch()
    assert left_over(home) == [str(home / "marts.duckdb.new.wal")]


def test_readers_that_never_stop_see_one_version_after_the_other(home: Path, forks: Forks) -> None:
    with readers(home) as seen:
        for version in range(2, 22):
            make_build(home, version)
            fork = forks.start("publish", home=home)
            assert fork.wait() == 0, fork.err
    for text in seen:
        # A reader may be too slow for some of them.
        assert text.split()[-1] == "21"
        assert len(text.split()) > 5


def test_a_client_keeps_what_it_opened(home: Path, forks: Forks) -> None:
    with duckdb.connect(home / "marts.duckdb", read_only=True) as client:
        assert forks.start("publish", home=home).wait() == 0
        assert client.execute("select distinct version from marts.marts.orders").fetchall() == [
            (1,)
        ]
        assert read(home) == "2"


def read(home: Path) -> str:
    """What a reader says that begins now."""
    reader = [sys.executable, "-c", READER, str(home / "marts.duckdb"), str(home), *BUILT]
    done = subprocess.run(reader, capture_output=True, text=True, check=True, cwd=PROJECT)
    return done.stdout.strip()


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize(
    "statement",
    [
        "create table notes as select 1",
        "update marts.marts.orders set version = 99",
        "insert into marts.marts.orders from marts.marts.orders",
        "drop table marts.marts.orders",
    ],
)
def test_what_a_client_writes_is_in_no_file_that_others_read(
    home: Path, forks: Forks, statement: str, version: int
) -> None:
    """Its log beside a new file would be taken for that file's."""
    with duckdb.connect(home / "marts.duckdb") as client:
        if version:
            assert forks.start("publish", home=home).wait() == 0
        with pytest.raises(duckdb.Error, match="Cannot open file"):
            client.execute(statement)
        if version:
            assert read(home) == "2"
        found = client.execute("select distinct version from marts.marts.orders").fetchall()
        assert found == [(1,)]
    assert versions(home) == {version + 1}


def older(home: Path) -> None:
    """As a version left it that kept nobody from writing."""
    (home / "marts.duckdb.wal").unlink()


def test_a_client_that_wrote_stays_with_the_old_file(home: Path, forks: Forks) -> None:
    older(home)
    with duckdb.connect(home / "marts.duckdb") as client:
        client.execute("create table notes as select 1")
        client.execute("update marts.marts.orders set version = 99")
        assert (home / "marts.duckdb.wal").is_file()
        assert forks.start("publish", home=home).wait() == 0
        client.execute("insert into notes values (2)")
        assert client.execute("select count(*) from notes").fetchall() == [(2,)]
        assert read(home) == "2"
    assert versions(home) == {2}


def test_the_log_of_a_killed_client_is_not_taken_over(home: Path, forks: Forks) -> None:
    older(home)
    write = "import duckdb, os, sys; con = duckdb.connect(sys.argv[1]); "
    write += "con.execute('update marts.marts.orders set version = 99'); os._exit(9)"
    subprocess.run([sys.executable, "-c", write, home / "marts.duckdb"], check=False)
    assert (home / "marts.duckdb.wal").is_file()
    assert forks.start("publish", home=home).wait() == 0
    assert versions(home) == {2}


@pytest.mark.parametrize("content", [b"", b"noise" * 5000])
def test_damaged_marts_are_replaced(home: Path, forks: Forks, content: bytes) -> None:
    (home / "marts.duckdb").write_bytes(content)
    older(home)
    (home / "marts.duckdb.wal").write_bytes(content)
    assert forks.start("publish", home=home).wait() == 0
    assert versions(home) == {2}


def test_no_room_for_the_copy(home: Path, forks: Forks) -> None:
    before = tables(home / "marts.duckdb")
    size = os.stat(home / "marts.duckdb").st_size
    for limit in (1000, 5000, size // 2, size - 1):
        fork = forks.start("publish", home=home, prelude=f"file_limit({limit})")
        assert fork.wait() == 1, fork.err
        assert "Traceback" not in fork.err, fork.err
        assert fork.err.count("\n") == 1, fork.err
        assert "the disk is full" in fork.err
        assert tables(home / "marts.duckdb") == before
        assert not list(home.glob("marts.duckdb.new*"))
    assert forks.start("publish", home=home).wait() == 0
    assert versions(home) == {2}


def test_stopped_in_the_middle_of_the_copy(home: Path, forks: Forks) -> None:
    """Ctrl-C reaches DuckDB at work: a line in the ledger, a sentence, what was published stays."""
    endless = """
import threading, ingestion.publish
def copy(*_):
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with ingestion.publish.connected() as con:
        con.execute("select sum(hash(range)) from range(1000000000000)").fetchall()
ingestion.publish._copy = copy
"""
    stopped = forks.start("publish", home=home, prelude=endless)
    assert stopped.wait() == 130
    assert stopped.err == "error: stopped from outside before the end. Run again to finish.\n"
    runs = pq.read_table(home / "ledger" / "runs").sort_by("started_at").to_pylist()
    assert (runs[-1]["exit_code"], runs[-1]["message"]) == (130, "stopped from outside")
    published_again(home, forks)
