"""Exports are ordered files: the same bytes for the same rows, and never half of one."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from ingestion.config import engine_config
from ingestion.errors import UsageFailure
from ingestion.export import export
from ingestion.report import Report
from tests.support import PROJECT, difference, footfall, opened, run

Machine = tuple[str, str]
MACHINES = [
    ("FOOTFALL_THREADS=1", "TZ=UTC"),
    ("FOOTFALL_THREADS=2", "TZ=America/New_York"),
    ("FOOTFALL_THREADS=4", "TZ=Asia/Kolkata"),
]
ODD = """
    (7, '', 1.5, -1, timestamp '2026-01-01 10:00:00', '2026-01-01 10:00:00+02', true),
    (3, '-5', -1.5, 0, timestamp '2026-01-01 10:00:00.123', null, false),
    (1, '=1+1', 0.0001, 170141183460469231, null, null, null),
    (2, '+49 30', null, null, null, null, null),
    (4, '@x', null, null, null, null, null),
    (5, chr(9) || 'x', null, null, null, null, null),
    (6, chr(13) || 'x', null, null, null, null, null),
    (8, null, null, null, null, null, null),
    (9, 'a "b", c' || chr(10) || 'd', null, null, null, null, null),
    (10, ' = ünï · 日本', null, null, null, null, null)
"""
# By hand from RFC 4180: lines end in CRLF, a cell with a quote, comma or line break is quoted.
ODD_CSV = [
    "note,odd_id,amount,huge,happened_at,zoned_at,is_odd",
    "'=1+1,1,0.0001,170141183460469231,,,",
    "'+49 30,2,,,,,",
    "'-5,3,-1.5000,0,2026-01-01T10:00:00.123000Z,,false",
    "'@x,4,,,,,",
    "'\tx,5,,,,,",
    '"\'\rx",6,,,,,',
    '"",7,1.5000,-1,2026-01-01T10:00:00.000000Z,2026-01-01T08:00:00.000000Z,true',
    ",8,,,,,",
    '"a ""b"", c\nd",9,,,,,',
    " = ünï · 日本,10,,,,,",
    "",
]


def on(machine: Machine, *module: str, home: Path) -> None:
    """A module run as on that machine; it must succeed."""
    done = run("env", *machine, sys.executable, "-m", *module, home=home)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]


def publish_by_hand(home: Path, order: str) -> None:
    """A marts.duckdb with what no mart of ours holds: odd text, and rows in any order."""
    home.mkdir()
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach '{home / 'marts.duckdb'}' as shop")
        con.execute("use shop")
        for schema in ("marts", "features", "ops", "reference"):
            con.execute(f"create schema {schema}")
        con.execute(f"""
            create table marts.fct_odd as
            select
                note, odd_id, amount::decimal(18, 4) as amount, huge::hugeint as huge, happened_at,
                zoned_at::timestamptz as zoned_at, is_odd
            from (values {ODD}) as t (odd_id, note, amount, huge, happened_at, zoned_at, is_odd)
            order by {order.replace("i", "odd_id")}
        """)
        # More than two row groups, and no key: some rows differ in their last column only.
        con.execute(f"""
            create table marts.fct_many as
            select
                i % 1000 as bucket, md5((i % 5000)::varchar) as word,
                timestamptz '2026-01-01 00:00:00Z' + to_seconds(i % 7000) as zoned_at,
                i / 8 as share
            from range(300000) as t (i) order by {order}
        """)
        # A guarded text would sort before the bracket; and a name that marts has already.
        con.execute("create table features.trn_odd as from (values ('+1'), ('(1')) as t (note)")
        con.execute("create table features.fct_odd as select 1 as one")
        con.execute("create table ops.row_accounting as select 1 as one")
        con.execute(
            "create table main.table_keys (schema_name text, table_name text, key_columns text[])"
        )
        con.execute("insert into main.table_keys values ('marts', 'fct_odd', ['odd_id'])")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("odd") / "warehouse"
    publish_by_hand(home, "hash(i)")
    return home


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One landing, built, published and exported as on three machines."""
    folder = tmp_path_factory.mktemp("builds")
    footfall("sample", "--events", "10000", "--days", "12", home=folder / "first")
    footfall("ingest", home=folder / "first")
    # So small a shop would be read by one thread. Told to verify its parallelism, DuckDB hands
    # out every 2,048 rows apart.
    (folder / "apart.py").write_text(
        "from dbt.adapters.duckdb.plugins import BasePlugin\n\n"
        "class Plugin(BasePlugin):\n"
        "    def configure_cursor(self, cursor):\n"
        "        cursor.execute('pragma verify_parallelism')\n"
    )
    profile = (PROJECT / "profiles.yml").read_text(encoding="utf-8")
    for there, more in {
        "[.]": f"[., '{folder}']",
        "dbt_plugin}": "dbt_plugin}, {module: apart}",
    }.items():
        assert profile.count(there) == 1
        profile = profile.replace(there, more)
    (folder / "profiles.yml").write_text(profile)

    def built(machine: Machine) -> Path:
        home = folder / machine[0].rpartition("=")[2]
        home.mkdir()
        shutil.copy(folder / "first" / "landing.duckdb", home)
        dbt = ["dbt.cli.main", "build", "--threads", home.name, "--profiles-dir", str(folder)]
        dbt += ["--exclude-resource-type", "unit_test"]
        dbt += ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
        on(machine, *dbt, home=home)
        on(machine, "ingestion", "publish", home=home)
        with opened(home / "marts.duckdb") as con:
            names = con.execute(
                "select schema_name || '.' || table_name from duckdb_tables() "
                "where database_name = 'shop' and schema_name <> 'main'"
            ).fetchall()
        out = ("--to", str(home / "out"), *(name for (name,) in names))
        for form in ("parquet", "csv"):
            on(machine, "ingestion", "export", "--format", form, *out, home=home)
        return home

    # At the same time: most of a small build is dbt itself, on one core.
    with ThreadPoolExecutor() as pool:
        return list(pool.map(built, MACHINES))


def digests(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def refused(home: Path, *arguments: str) -> str:
    """`footfall export …`, which must be refused as a mistake of its user; returns the message."""
    done = run(sys.executable, "-m", "ingestion", "export", *arguments, home=home)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.long
def test_a_build_exports_the_same_bytes_on_every_machine(builds: list[Path]) -> None:
    first, *others = [digests(home / "out") for home in builds]
    # 8 marts, 5 tables of ops and 5 seeds, twice: with one landing not even ops may differ.
    assert len(first) >= 36
    for other in others:
        assert {name for name in first if first[name] != other.get(name)} == set()
        assert other.keys() == first.keys()


@pytest.mark.long
def test_the_build_knows_the_keys_of_its_tables(builds: list[Path]) -> None:
    with opened(builds[0] / "marts.duckdb") as con:
        keys = dict(
            con.execute(
                "select schema_name || '.' || table_name, key_columns from main.table_keys"
            ).fetchall()
        )
    assert keys["marts.fct_order_items"] == ["order_id", "line_number"]
    assert keys["ops.files"] == ["source", "entity", "load_id", "file_number"]
    assert {name.partition(".")[0] for name in keys} == {"features", "marts", "ops", "reference"}


@pytest.mark.long
def test_a_publish_goes_on_while_an_export_reads(builds: list[Path], tmp_path: Path) -> None:
    home = tmp_path / "warehouse"
    home.mkdir()
    for name in ("landing.duckdb", "footfall.duckdb", "marts.duckdb"):
        shutil.copy(builds[0] / name, home)
    with duckdb.connect(home / "footfall.duckdb") as con:
        for table in ("dim_dates", "fct_orders", "fct_sessions"):
            con.execute(f"delete from marts.{table}")

    class ComesBetween(Report):
        lines = 0

        def line(self, text: str) -> None:
            self.lines += 1
            if self.lines == 1:
                # Nor do exports wait for each other.
                footfall("export", "--to", str(tmp_path / "beside"), home=home)
                footfall("publish", home=home)

    export(home, tmp_path / "during", [], "parquet", ComesBetween())
    export(home, tmp_path / "after", [], "parquet", Report())
    before = digests(builds[0] / "out")
    during, beside, after = [digests(tmp_path / name) for name in ("during", "beside", "after")]
    # All of it is what was published when the export began.
    assert during == beside
    assert during.items() <= before.items()
    assert {name for name in during if during[name] != after[name]} == {
        "dim_dates.parquet",
        "fct_orders.parquet",
        "fct_sessions.parquet",
    }


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_threads_zone_and_stored_order_do_not_change_a_byte(
    home: Path, tmp_path: Path, form: str
) -> None:
    publish_by_hand(tmp_path / "other", "i desc")
    found = []
    for machine, source in zip(MACHINES, (home, tmp_path / "other", home), strict=True):
        out = tmp_path / machine[0]
        on(machine, "ingestion", "export", "--format", form, "--to", str(out), home=source)
        found.append(digests(out))
    assert found[0] == found[1] == found[2]
    names = ("fct_odd", "fct_many", "trn_odd", "features.fct_odd")
    assert found[0].keys() == {f"{name}.{form}" for name in names}


def test_a_csv_file_is_written_as_its_standard_says(home: Path, tmp_path: Path) -> None:
    footfall("export", "--format", "csv", "--to", str(tmp_path), "fct_odd", "trn_odd", home=home)
    assert (tmp_path / "fct_odd.csv").read_bytes() == "\r\n".join(ODD_CSV).encode()
    assert (tmp_path / "trn_odd.csv").read_bytes() == b"note\r\n(1\r\n'+1\r\n"


def test_a_parquet_file_holds_the_rows_by_key_and_nothing_of_the_moment(
    home: Path, tmp_path: Path
) -> None:
    footfall("export", "--to", str(tmp_path), home=home)
    odd = pq.read_table(tmp_path / "fct_odd.parquet")
    assert odd["odd_id"].to_pylist() == list(range(1, 11))
    assert odd["note"].to_pylist()[:1] == ["=1+1"]
    assert odd["huge"].to_pylist()[0] == Decimal("170141183460469231")
    with opened(home / "marts.duckdb") as con:
        for mart in ("fct_odd", "fct_many"):
            published = f"select * from marts.{mart}"
            assert not difference(con, published, f"select * from '{tmp_path / mart}.parquet'")
    metadata = pq.ParquetFile(tmp_path / "fct_many.parquet").metadata
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    assert [group.num_rows for group in groups] == [122_880, 122_880, 54_240]
    assert {group.column(0).compression for group in groups} == {"ZSTD"}
    assert not metadata.metadata
    assert f"v{duckdb.__version__}" in metadata.created_by


def test_marts_are_named_with_or_without_their_schema(home: Path, tmp_path: Path) -> None:
    printed = footfall(
        "export",
        "--to",
        str(tmp_path / "new" / "folder"),
        "marts.fct_odd",
        "ops.row_accounting",
        home=home,
    )
    assert digests(tmp_path / "new" / "folder").keys() == {
        "fct_odd.parquet",
        "ops.row_accounting.parquet",
    }
    assert "fct_odd: 10 rows\nops.row_accounting: 1 row\nexported 2 tables to " in printed


def test_an_unknown_name_is_refused_with_those_close_to_it(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    message = refused(home, "--to", str(out), "fct_odd", "fct_od")
    assert message == "error: unknown mart 'fct_od'. Close to it: fct_odd, trn_odd.\n"
    assert "Close to it: ops.row_accounting." in refused(home, "--to", str(out), "row_accounting")
    far = refused(home, "--to", str(out), "../../etc/passwd")
    assert far.endswith(
        "Published: fct_many, fct_odd, features.fct_odd, ops.row_accounting, trn_odd.\n"
    )
    assert not out.exists()


def test_what_cannot_be_done_is_refused_in_a_sentence(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "nothing was published yet" in (message := refused(tmp_path, "--to", str(out)))
    assert "Run: footfall run" in message
    assert not out.exists()
    out.write_text("a file")
    assert f"{out} cannot be used as a folder" in refused(home, "--to", str(out))
    assert f"{out / 'x'} cannot be used as a folder" in refused(home, "--to", str(out / "x"))
    (tmp_path / "fct_many.parquet").mkdir()
    assert "fct_many.parquet is a folder" in refused(home, "--to", str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {"out", "fct_many.parquet"}


@pytest.mark.parametrize("threads", ["many", "0", "-1", "1.5"])
def test_threads_that_are_no_number_are_refused_before_anything_lands(
    tmp_path: Path, threads: str
) -> None:
    command = ("env", f"FOOTFALL_THREADS={threads}", sys.executable, "-m", "ingestion", "run")
    done = run(*command, home=tmp_path / "home")
    assert done.returncode == 2
    assert done.stderr == (
        f"error: FOOTFALL_THREADS must be a whole number above 0, got '{threads}'.\n"
    )
    assert not (tmp_path / "home").exists()


def test_the_engine_takes_what_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    for threads, limit, given in [
        ("", "", {}),
        ("2", "", {"threads": "2"}),
        ("", "1GB", {"memory_limit": "1GB"}),
        ("2", "1GB", {"memory_limit": "1GB", "threads": "2"}),
        ("", "0.1 gb", {"memory_limit": "0.1 gb"}),
    ]:
        monkeypatch.setenv("FOOTFALL_THREADS", threads)
        monkeypatch.setenv("FOOTFALL_MEMORY_LIMIT", limit)
        assert engine_config() == given
    for limit in ("lots", "0GB", "1KB", "99.9MB", "4GB\n"):
        monkeypatch.setenv("FOOTFALL_MEMORY_LIMIT", limit)
        with pytest.raises(UsageFailure, match="no less than 100MB"):
            engine_config()


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    home = tmp_path / "warehouse"
    home.mkdir()
    with duckdb.connect(home / "marts.duckdb") as con:
        con.execute("create schema marts.marts")
        con.execute('create table marts.marts."../escaped" as select 1 as one')
        con.execute("create table marts.marts.fct_odd as select 1 as one")
    out = tmp_path / "out"
    for arguments in ([], ["../escaped"], ["marts.../escaped"]):
        assert "cannot be the name of a file" in refused(home, "--to", str(out), *arguments)
    # A link is replaced, not followed.
    out.mkdir()
    (tmp_path / "kept").write_text("kept")
    (out / "fct_odd.parquet").symlink_to(tmp_path / "kept")
    footfall("export", "--to", str(out), "fct_odd", home=home)
    assert (tmp_path / "kept").read_text() == "kept"
    assert {path.name for path in tmp_path.iterdir()} == {"warehouse", "out", "kept"}


def test_files_of_the_same_name_are_replaced_and_others_left_alone(
    home: Path, tmp_path: Path
) -> None:
    for name in ("fct_odd.parquet", "fct_odd.csv", "mine.txt", ".footfall-export-of-mine"):
        (tmp_path / name).write_text("old")
    footfall("export", "--to", str(tmp_path), "fct_odd", home=home)
    assert pq.read_table(tmp_path / "fct_odd.parquet").num_rows == 10
    for name in ("fct_odd.csv", "mine.txt", ".footfall-export-of-mine"):
        assert (tmp_path / name).read_text() == "old"
    assert len(digests(tmp_path)) == 4


def test_a_full_disk_leaves_every_file_as_it_was(home: Path, tmp_path: Path) -> None:
    for name in ("fct_odd.parquet", "fct_many.parquet"):
        (tmp_path / name).write_text("old")
    # No file may grow beyond this; the first mart fits, the second does not.
    command = f"ulimit -f 64; exec {sys.executable} -m ingestion export --to {tmp_path}"
    done = run("sh", "-c", f"{command} fct_odd fct_many", home=home)
    assert done.returncode == 1
    assert "fct_odd: 10 rows" in done.stdout
    assert done.stderr.startswith(f"error: not exported, the files in {tmp_path} are as they were")
    assert done.stderr.count("\n") == 1
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "fct_odd.parquet": "old",
        "fct_many.parquet": "old",
    }


def begun(folder: Path, name: str, process: subprocess.Popen[Any]) -> Path:
    """The half file of an export, once there is one."""
    deadline = time.monotonic() + 60
    while True:
        for half in folder.glob(f".footfall-export-*/{name}"):
            if half.stat().st_size:
                return half
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_an_export_beside_another_takes_nothing_from_it(home: Path, tmp_path: Path) -> None:
    """Whatever its number is: in a container of its own each program may have the same."""
    command = [sys.executable, "-m", "ingestion", "export", "--format=csv", f"--to={tmp_path}"]
    environment = {**os.environ, "FOOTFALL_HOME": str(home)}
    with subprocess.Popen([*command, "fct_many"], cwd=PROJECT, env=environment) as process:
        half = begun(tmp_path, "fct_many.csv", process)
        process.send_signal(signal.SIGSTOP)
        try:
            export(home, tmp_path, ["fct_odd"], "csv", Report())
            assert half.exists()
        finally:
            process.send_signal(signal.SIGCONT)
        assert process.wait() == 0
    assert {path.name for path in tmp_path.iterdir()} == {"fct_many.csv", "fct_odd.csv"}


@pytest.mark.parametrize(("signal_number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143)])
def test_a_killed_export_leaves_no_half_file(
    home: Path, tmp_path: Path, signal_number: signal.Signals, code: int
) -> None:
    (tmp_path / "fct_many.csv").write_text("old")
    command = [
        sys.executable,
        "-m",
        "ingestion",
        "export",
        "--format",
        "csv",
        "--to",
        str(tmp_path),
    ]
    environment = {**os.environ, "FOOTFALL_HOME": str(home)}
    with subprocess.Popen(
        [*command, "fct_odd", "fct_many"], cwd=PROJECT, env=environment, stderr=subprocess.PIPE
    ) as process:
        half = begun(tmp_path, "fct_many.csv", process)
        process.send_signal(signal_number)
        told = process.communicate()[1]
    assert process.returncode == code
    assert told == b""
    assert (tmp_path / "fct_many.csv").read_text() == "old"
    left = {path.name for path in tmp_path.iterdir()} - {"fct_many.csv"}
    assert left == ({half.parent.name} if signal_number == signal.SIGKILL else set())
    # The next export removes what is left.
    footfall(*command[3:], "fct_odd", home=home)
    assert {path.name for path in tmp_path.iterdir()} == {"fct_many.csv", "fct_odd.csv"}
