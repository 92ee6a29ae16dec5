"""Only a whole build whose tests passed reaches the readers."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from tests.support import PROJECT, footfall, opened, run, tables

DBT = (sys.executable, "-m", "dbt.cli.main")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sample shop, run once."""
    home = tmp_path_factory.mktemp("publish") / "warehouse"
    footfall("sample", "--events", "2000", "--days", "10", home=home)
    footfall("run", home=home)
    return home


def publish(home: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "ingestion", "publish", home=home)


def test_the_build_is_published_again_on_request(home: Path) -> None:
    before = tables(home / "marts.duckdb")
    assert publish(home).returncode == 0
    assert tables(home / "marts.duckdb") == before


def test_any_client_of_this_major_version_opens_what_is_published(home: Path) -> None:
    """The format's number stands after a checksum and a magic word; 64 is that of 1.0."""
    formats = [
        int.from_bytes((home / name).read_bytes()[12:20], "little")
        for name in ("landing.duckdb", "footfall.duckdb", "marts.duckdb")
    ]
    assert formats[0] == formats[2] == 64 < formats[1]


def test_what_was_fitted_is_kept_once_and_only_when_published(home: Path, tmp_path: Path) -> None:
    """A version is in the ledger before anybody sees it, and stays as it was."""
    shutil.copytree(home, tmp_path / "home", symlinks=True)
    home = tmp_path / "home"
    ledger = home / "ledger"
    before = {path: path.read_bytes() for path in ledger.glob("*s/[0-9a-f]*.parquet")}
    folders = {path.parent.name for path in before}
    assert folders >= {"fitted_parameters", "training_sets"}
    # The same again is no other version; of another one, published twice, it is written once.
    for version in (None, "new", "new"):
        if version:
            with duckdb.connect(home / "footfall.duckdb") as con:
                con.execute(
                    "update features.fitted_parameters set params_version = 'new' "
                    "where task = 'purchase_7d'"
                )
        assert publish(home).returncode == 0
        kept = set((ledger / "fitted_parameters").glob("*.parquet")) - {*before}
        assert [path.name for path in kept] == (["new.parquet"] if version else [])
    with duckdb.connect(home / "marts.duckdb", read_only=True) as con:
        told = con.execute(
            "from features.fitted_parameters where params_version = 'new' order by all"
        ).fetchall()
        assert told
        assert (
            con.execute(f"from '{ledger}/fitted_parameters/new.parquet' order by all").fetchall()
            == told
        )
    assert all(path.read_bytes() == content for path, content in before.items())
    broken = ledger / "fitted_parameters" / "broken.parquet"
    broken.write_bytes(b"PAR1")
    refused = publish(home)
    assert refused.returncode == 1
    assert "not published" in refused.stderr
    assert broken.name in refused.stderr
    assert "Traceback" not in refused.stderr
    broken.unlink()
    # What nobody saw is not kept.
    with duckdb.connect(home / "footfall.duckdb") as con:
        con.execute("update features.fitted_parameters set params_version = 'unseen'")
        con.execute("update last_build set failed_count = 1, first_failed = 'a test'")
    assert publish(home).returncode == 1
    assert not [*ledger.glob("*/unseen.parquet")]


@pytest.mark.long
def test_a_failed_test_publishes_nothing(home: Path) -> None:
    before = (home / "marts.duckdb").read_bytes()
    # A row that landing has and the manifest does not know of: a lost count.
    with duckdb.connect(home / "landing.duckdb") as con:
        con.execute("update web._files set row_count = row_count + 1 where file_number = 1")
    done = run(sys.executable, "-m", "ingestion", "run", home=home)
    assert done.returncode == 1
    assert "every_landed_row_has_one_verdict" in done.stdout
    assert "nothing was published" in done.stderr
    assert "Traceback" not in done.stderr
    refused = publish(home)
    assert refused.returncode == 1
    assert "every_landed_row_has_one_verdict" in refused.stderr
    assert (home / "marts.duckdb").read_bytes() == before
    with duckdb.connect(home / "landing.duckdb") as con:
        con.execute("update web._files set row_count = row_count - 1 where file_number = 1")
    footfall("run", home=home)


@pytest.mark.parametrize(
    "part",
    [
        ("--select", "dim_dates"),
        ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
        ("--empty", "--exclude-resource-type", "unit_test"),
    ],
)
def test_part_of_a_build_is_not_published(home: Path, part: tuple[str, ...]) -> None:
    before = (home / "marts.duckdb").read_bytes()
    run(*DBT, "build", *part, home=home)
    done = publish(home)
    assert done.returncode == 1
    assert "not published: the last" in done.stderr
    assert (home / "marts.duckdb").read_bytes() == before


def test_a_plain_build_is_published(home: Path) -> None:
    assert run(*DBT, "build", home=home).returncode == 0
    assert publish(home).returncode == 0


@pytest.mark.long
def test_a_killed_build_is_not_published(home: Path) -> None:
    before = (home / "marts.duckdb").read_bytes()
    log = home / "logs" / "dbt.log"
    log.unlink(missing_ok=True)
    command = [*DBT, "build", "--log-path", str(home / "logs")]
    environment = {"FOOTFALL_HOME": str(home), "PATH": "/usr/bin:/bin", "HOME": str(home)}
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 120
        while "OK created sql table model" not in (log.read_text() if log.exists() else ""):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()
    done = publish(home)
    assert done.returncode == 1
    assert "it did not end" in done.stderr
    assert (home / "marts.duckdb").read_bytes() == before
    footfall("run", home=home)


def test_a_reader_keeps_what_it_opened(home: Path) -> None:
    with opened(home / "marts.duckdb") as con:
        before = con.execute("select count(*), sum(hash(t)) from marts.fct_events as t").fetchone()
        assert publish(home).returncode == 0
        after = con.execute("select count(*), sum(hash(t)) from marts.fct_events as t").fetchone()
    assert before == after
