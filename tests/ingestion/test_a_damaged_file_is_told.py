"""What no longer is a sound database: the build is made anew, landing is left to its owner."""

import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ingestion import build as building
from ingestion.database_file import Damaged, damage, opened
from ingestion.pipeline import landing
from ingestion.report import Report
from tests.forks import Forks
from tests.ingestion.harness import Shop, published
from tests.support import PROJECT, make_build


def of_another_version(content: bytes) -> bytes:
    """A file as a later DuckDB would write it: the version raised, the checksum right."""
    header = bytearray(content[8:4096])
    assert header[:4] == b"DUCK"
    header[4:12] = struct.pack("<Q", 999)
    checksum = 5381
    for (word,) in struct.iter_unpack("<Q", header):
        checksum ^= word * 0xBF58476D1CE4E5B9 & (2**64 - 1)
    return struct.pack("<Q", checksum) + bytes(header) + content[4096:]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "noise": lambda content: b"noise" * 5000,
    "half of it": lambda content: content[: len(content) // 2],
    "the last byte missing": lambda content: content[:-1],
    "of another version": of_another_version,
}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Two blocks of rows, and what is needed to find them."""
    path = tmp_path / "some.duckdb"
    with duckdb.connect(path) as con:
        con.execute("create table t as select md5(i::varchar) as text from range(20000) as r(i)")
    return path


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_seen_when_a_file_is_opened(database: Path, kind: str) -> None:
    content = database.read_bytes()
    database.write_bytes(DAMAGE[kind](content))
    with pytest.raises(Damaged):
        opened(database)
    assert damage(database)
    database.write_bytes(content)
    opened(database).close()
    assert damage(database) is None


def test_a_changed_block_is_seen_when_it_is_read(database: Path) -> None:
    content = bytearray(database.read_bytes())
    content[len(content) - 100_000] ^= 1
    database.write_bytes(content)
    opened(database).close()
    assert "checksum" in str(damage(database))


def test_a_changed_block_is_seen_whatever_names_there_are(tmp_path: Path) -> None:
    """As a column may be called what the rows are called where they are read."""
    path = tmp_path / "some.duckdb"
    with duckdb.connect(path) as con:
        con.execute('create schema "a "".b"')
        con.execute('create table "a "".b"."t "" \' u" as select 1 as t, 2 as columns, 3 as n')
        con.execute(
            "create table t as select 1 as t, md5(i::varchar) as text from range(20000) r(i)"
        )
    assert damage(path) is None
    content = bytearray(path.read_bytes())
    content[len(content) - 100_000] ^= 1
    path.write_bytes(content)
    assert "checksum" in str(damage(path))


def test_nothing_of_the_users_own_is_removed(tmp_path: Path) -> None:
    make_build(tmp_path, 1)
    own = {f"footfall.duckdb{end}" for end in (".bak", ".2026-01-01", "-backup", ".wal.old")}
    for name in (*own, "footfall.duckdb.wal"):
        (tmp_path / name).write_text("mine")
    (tmp_path / "footfall.duckdb.tmp").mkdir()
    building.remove(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == own


@pytest.mark.parametrize("begun", ["", "create table rows (n integer)"])
def test_the_log_of_a_landing_that_was_moved_away_is_not_taken_over(
    tmp_path: Path, begun: str
) -> None:
    with landing(tmp_path) as con:
        con.execute(begun or "select 1")
    killed = "import duckdb, os, sys; con = duckdb.connect(sys.argv[1])\n"
    killed += (
        "con.execute('create table if not exists rows (n integer); insert into rows values (1)')"
    )
    path = tmp_path / "landing.duckdb"
    subprocess.run([sys.executable, "-c", killed + "\nos._exit(9)", path], check=False)
    assert path.with_name("landing.duckdb.wal").exists()
    path.unlink()
    with landing(tmp_path) as con:
        assert con.execute("from duckdb_tables()").fetchall() == []


def test_a_changed_log_is_seen(database: Path) -> None:
    log = database.with_name("some.duckdb.wal")
    with duckdb.connect(database) as con:
        con.execute("set checkpoint_threshold = '1GB'")
        for _ in range(3):
            con.execute("insert into t select 'x' from range(1000)")
        written = log.read_bytes()
    changed = bytearray(written)
    changed[len(changed) // 2] ^= 1
    log.write_bytes(changed)
    with pytest.raises(Damaged):
        opened(database)


def test_a_file_in_use_is_not_a_damaged_one(database: Path) -> None:
    with duckdb.connect(database, config={"threads": 1}):
        # The lock is a process's own: seen from another.
        code = (
            "import sys; from pathlib import Path; from ingestion.database_file import *\n"
            "assert damage(Path(sys.argv[1])) is None\n"
            "try: opened(Path(sys.argv[1]))\n"
            "except LockedFailure: print('in use')"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, database], capture_output=True, text=True, check=True
        )
    assert done.stdout == "in use\n"


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_landing_is_left_as_it_is(shop: Shop, forks: Forks, kind: str) -> None:
    shop.write("in/1.jsonl", "1\n")

    def said(*arguments: str) -> str:
        fork = forks.start(*arguments, home=shop.home, cwd=shop.folder)
        return f"{fork.wait()} {fork.err}"

    assert said("ingest", "--source=web=in") == "0 "
    landing = shop.home / "landing.duckdb"
    content = landing.read_bytes()
    damaged = DAMAGE[kind](content)
    landing.write_bytes(damaged)
    refused = said("ingest", "--source=web=in")
    assert refused.startswith(f"1 error: {landing} is damaged and was left as it is: ")
    assert refused.count("\n") == 1
    assert landing.read_bytes() == damaged
    # A file that lacks its last rows can be read up to there.
    status = said("status")
    assert status.startswith(f"1 error: {landing} cannot be read: ") or "missing" in kind
    landing.write_bytes(content)
    assert said("ingest", "--source=web=in") == "0 "
    assert shop.payloads() == ["1"]


def test_a_damaged_build_is_built_anew_while_readers_read(project: Shop) -> None:
    assert project.run("run", "--source=web=in").code == 0
    (project.home / "footfall.duckdb").write_bytes(b"noise" * 5000)
    project.write("in/2.jsonl", "3\n")
    seen, over = [], threading.Event()

    def read() -> None:
        while not over.is_set():
            query = "select count(*) from marts.marts.fct_lines"
            with duckdb.connect(project.home / "marts.duckdb", read_only=True) as con:
                seen.extend(con.execute(query).fetchall())
            over.wait(0.02)

    reader = threading.Thread(target=read)
    reader.start()
    done = project.run("run", "--source=web=in")
    over.set()
    reader.join()
    assert done.code == 0
    assert done.err.count("footfall.duckdb is damaged: ") == 2  # said, and said again at the end
    assert "It is removed and built anew from landing" in done.err
    assert published(project, "select count(*) from marts.marts.fct_lines") == [(3,)]
    assert {(2,)} <= set(seen) <= {(2,), (3,)}


def test_damage_that_dbt_meets_as_it_ends_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook that cannot write its last rows is among no results, and dbt ends with 2."""

    def ended(*_: object) -> int:
        results = tmp_path / "target" / "run_results.json"
        results.parent.mkdir()
        results.write_text('{"results": [{"status": "success", "message": "OK"}]}', "utf-8")
        (tmp_path / "footfall.duckdb").write_bytes(b"noise" * 5000)
        return 2

    monkeypatch.setattr(building, "_run", ended)
    with pytest.raises(building.DamagedBuild, match="is damaged"):
        building.build(PROJECT, tmp_path, full_refresh=False, report=Report())


def test_a_build_that_is_damaged_where_it_is_published(tmp_path: Path, forks: Forks) -> None:
    make_build(tmp_path, 1)
    build = tmp_path / "footfall.duckdb"
    content = bytearray(build.read_bytes())
    content[len(content) - 200_000] ^= 1
    build.write_bytes(content)
    fork = forks.start("publish", home=tmp_path)
    assert fork.wait() == 1
    assert f"not published: {build} is damaged: " in fork.err
    assert "Build it anew with: footfall run" in fork.err
