"""Only a whole build whose tests passed reaches the readers."""

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
