"""`footfall run`: readers see a build that passed its tests, or the one before it."""

import errno
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from ingestion import build
from ingestion.cli import app
from ingestion.errors import DATA, DONE, LOCKED, USAGE, DataFailure
from ingestion.remarks import without_rows
from tests.ingestion.harness import MODELS, Shop, published

# Busy for a quarter of an hour.
SLOW = """{{ config(materialized='table') }}
select count(*) from range(1000000) as a (n), range(1000000) as b (n) where (a.n + b.n) % 7 = 3"""
LAUNCHER = """
import os
import signal

from dlt.load.load import Load
from ingestion import cli
from ingestion.spool import Spool


def stop(*_, **options):
    os.kill(os.getpid(), signal.SIGTERM)


def stop_and_break(*_):
    try:
        stop()
    finally:
        raise OSError("broken on the way out")


{where}
cli.main()
"""


def ledger(shop: Shop, table: str) -> list[dict[str, Any]]:
    rows = pq.read_table(shop.home / "ledger" / table).to_pylist()
    return sorted(rows, key=lambda row: str(row["run_id"]))


def test_a_run_is_published_whole(project: Shop) -> None:
    done = project.run("run", "--source=web=in")
    assert done.code == 0, done.text
    assert published(
        project, "select payload, price::varchar from marts.marts.fct_lines order by 1"
    ) == [
        ("1", "1.5000"),
        ("2", "1.5000"),
    ]
    # A view became a table: the file needs no other.
    assert published(project, "select line_count from marts.marts.rpt_lines") == [(4,)]
    assert published(project, "select table_name, comment from duckdb_tables() order by 1") == [
        ("fct_lines", "One row a line."),
        ("rpt_lines", None),
    ]
    comments = "select comment from duckdb_columns() where column_name = 'payload'"
    assert published(project, comments) == [("As sent, 'quoted'.",)]
    assert not list(project.home.glob("marts.duckdb.new*"))

    [run] = ledger(project, "runs")
    assert (run["command"], run["exit_code"], run["is_published"]) == ("run", 0, True)
    [load] = ledger(project, "loads")
    assert (load["source"], load["row_count"], load["landed_count"]) == ("web", 2, 1)
    assert {row["status"] for row in ledger(project, "models")} == {"success"}
    [test] = ledger(project, "tests")
    assert (test["severity"], test["status"], test["failure_count"]) == ("error", "pass", 0)

    # A view is read from landing while it is published.
    with duckdb.connect(project.home / "landing.duckdb"):
        done = project.run("publish")
    assert (done.code, "landing.duckdb" in done.err) == (75, True)


def test_a_run_says_what_its_warnings_are_about(project: Shop) -> None:
    """The first rows, in order; all of them are kept. A test that keeps none is counted."""
    project.write("in/2.jsonl", "3\n" * 6)
    asked = "{{ config(severity='warn', store_failures=STORED) }} select payload, "
    rows = "cast(null as date) as on_day, date '2026-01-05' as last_on from {{ ref('fct_lines') }}"
    # Kept the other way round than told.
    project.write("tests/kept.sql", asked.replace("STORED", "true") + rows + " order by 1 desc")
    only_one = asked.replace("STORED", "false") + rows + " where payload = '1'"
    project.write("tests/counted.sql", only_one)
    done = project.run("run", "--source=web=in")
    assert done.code == 0
    assert done.err.splitlines()[-2:] == [
        "warning: counted: 1 row; to keep them: dbt test --store-failures --select counted",
        "warning: kept: 8 rows: payload 1, last_on 2026-01-05; payload 2, last_on 2026-01-05; "
        "payload 3, last_on 2026-01-05; and 5 more in footfall.dbt_test__audit.kept",
    ]
    assert "no rows in" not in done.text


def test_a_run_names_the_marts_without_a_row(project: Shop) -> None:
    for name in ("fct_nothing", "dim_nothing"):
        project.write(f"models/marts/{name}.sql", "select 1 as one where false")
    done = project.run("run", "--source=web=in")
    assert done.code == 0
    assert done.out.splitlines()[-1] == "no rows in dim_nothing, fct_nothing"


def test_a_failed_test_publishes_nothing(project: Shop) -> None:
    assert project.run("run", "--source=web=in").code == 0
    project.write("in/2.jsonl", '"bad"\n')
    project.write("tests/kept.sql", "{{ config(store_failures=true) }}\nselect 7 as share")
    done = project.run("run", "--source=web=in", "--full-refresh")
    assert done.code == 1
    assert "nothing was published" in done.err
    assert "error: kept: 1 row: share 7" in done.err.splitlines()
    project.folder.joinpath("tests/kept.sql").unlink()
    assert published(project, "select count(*) from marts.marts.fct_lines") == [(2,)]
    assert project.run("publish").code == 1
    assert published(project, "select count(*) from marts.marts.fct_lines") == [(2,)]
    run = ledger(project, "runs")[1]
    assert (run["exit_code"], run["is_published"], run["is_full_refresh"]) == (1, False, True)
    assert ledger(project, "tests")[1]["status"] == "fail"

    # Corrected by its publisher: published.
    project.write("in/2.jsonl", "3\n")
    project.write(
        "models/marts/fct_lines.sql",
        MODELS["models/marts/fct_lines.sql"] + " where payload <> '\"bad\"'",
    )
    assert project.run("run", "--source=web=in", "--full-refresh").code == 0
    assert published(project, "select count(*) from marts.marts.fct_lines") == [(3,)]
    assert project.run("publish").code == 0


def test_a_model_that_does_not_parse_is_usage(project: Shop) -> None:
    project.write("models/marts/fct_lines.sql", "select {{ nothing(")
    done = project.run("run", "--source=web=in")
    assert done.code == 2
    assert not (project.home / "marts.duckdb").exists()


def test_a_file_set_aside_stops_the_run_once(project: Shop) -> None:
    project.write("in/2.jsonl", b"\xff\n")
    done = project.run("run", "--source=web=in")
    assert done.code == 1
    assert not (project.home / "footfall.duckdb").exists()
    again = project.run("run", "--source=web=in")
    assert again.code == 0
    # Said when it was seen, and once more below dbt's lines.
    assert again.err.count("stays set aside") == 2
    assert "stays set aside" in again.text.splitlines()[-1]
    assert published(project, "select count(*) from marts.marts.fct_lines") == [(2,)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_stopped_while_dbt_builds_ends_dbt_and_publishes_nothing(
    project: Shop, number: signal.Signals
) -> None:
    project.write("models/marts/rpt_slow.sql", SLOW)
    process = project.start("run", "--source=web=in")
    assert process.stdout
    for line in process.stdout:
        if "START sql table model" in line and "rpt_slow" in line:
            break
    [dbt] = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    if number == signal.SIGINT:
        # A terminal's Ctrl-C reaches dbt as well, and here first: it must leave the word to us.
        os.kill(int(dbt), number)
        time.sleep(1)
    process.send_signal(number)
    try:
        # Ends with the last process that holds the pipes: dbt too is gone.
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.kill(int(dbt), signal.SIGKILL)
        raise
    assert process.returncode == 128 + number
    assert err == "error: stopped from outside before the end. Run again to finish.\n"
    assert out == ""
    [run] = ledger(project, "runs")
    assert (run["exit_code"], run["is_published"]) == (128 + number, False)
    assert run["message"] == "stopped from outside"
    # The lock is free, and what stands there half built is not published.
    done = project.run("publish")
    assert (done.code, "it did not end" in done.err) == (1, True)
    assert not (project.home / "marts.duckdb").exists()


@pytest.mark.parametrize("where", ["Load.complete_package = stop", "Spool.take = stop_and_break"])
def test_a_run_stopped_while_it_loads_does_not_build(project: Shop, where: str) -> None:
    launcher = str(project.write("launcher.py", LAUNCHER.format(where=where)))
    done = project.run("run", "--source=web=in", launcher=launcher)
    assert done.code == 143, done.text
    assert done.err == "error: stopped from outside before the end. Run again to finish.\n"
    assert [row["exit_code"] for row in ledger(project, "runs")] == [143]
    assert not (project.home / "footfall.duckdb").exists()
    # What was begun is finished by the next.
    assert project.ingest(web="in").code == 0
    assert project.payloads() == ["1", "2"]


def test_a_build_open_in_another_program_is_named(project: Shop) -> None:
    # A folder whose name has the word in it must not make a lock of every error.
    project.environment = {"FOOTFALL_HOME": str(project.folder / "locked")}
    home = project.folder / "locked"
    build = home / "footfall.duckdb"
    home.mkdir()
    for mode in (False, True):
        with duckdb.connect(build, read_only=mode):
            done = project.run("run", "--source=web=in")
        assert done.code == 75
        assert f"{build} is open in another program. Close it there and run again" in done.err
    with duckdb.connect(build):
        done = project.run("publish")
    assert done.code == 75
    assert f"{build} is open in another program" in done.err
    runs = pq.read_table(home / "ledger" / "runs").to_pylist()
    assert [(run["exit_code"], run["is_published"]) for run in runs] == [(75, False)] * 3
    assert not (home / "marts.duckdb").exists()


def test_the_results_of_an_earlier_build_are_not_those_of_this_run(project: Shop) -> None:
    assert project.run("run", "--source=web=in").code == 0
    built = len(ledger(project, "models"))
    assert built
    with duckdb.connect(project.home / "footfall.duckdb"):
        assert project.run("run", "--source=web=in").code == 75
    assert len(ledger(project, "models")) == built


def test_what_was_published_is_said_whatever_comes_after(
    project: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client may take the new file at once, and the ledger may have no room."""
    assert project.run("run", "--source=web=in").code == 0

    def no_room(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    # In the client's own process DuckDB refuses to open it otherwise, as it does a locked file.
    with duckdb.connect(project.home / "marts.duckdb"):
        assert without_rows(project.home) is None
    monkeypatch.setattr("ingestion.ledger.append", no_room)
    monkeypatch.setenv("FOOTFALL_HOME", str(project.home))
    done = CliRunner().invoke(app, ["publish", f"--project-dir={project.folder}"])
    assert isinstance(done.exception, DataFailure)
    assert str(done.exception).startswith("done and published, but the ledger could not be written")


@pytest.mark.parametrize("content", [b"", b"no such", "older"])
def test_a_ledger_that_cannot_be_read_is_told(shop: Shop, content: bytes | str) -> None:
    shop.home.mkdir()
    assert shop.run("publish").code == 2
    path = shop.home / "ledger" / "runs" / "20200101T000000000000-1.parquet"
    if isinstance(content, bytes):
        path.write_bytes(content)
        done = shop.run("status")
        assert done.code == 1
        assert f"{path.parent} cannot be read: " in done.err
        assert done.err.count("\n") == 1
    else:
        # Of a version that had fewer columns.
        rows = pq.read_table(path.parent).slice(0, 1)
        pq.write_table(rows.drop_columns(["is_published", "message"]), path)
        assert shop.run("status").code == 0


def test_a_reader_keeps_its_snapshot(project: Shop) -> None:
    assert project.run("run", "--source=web=in").code == 0
    with duckdb.connect(project.home / "marts.duckdb", read_only=True) as reader:
        project.write("in/2.jsonl", "3\n")
        assert project.run("run", "--source=web=in", "--full-refresh").code == 0
        assert reader.execute("select count(*) from marts.marts.fct_lines").fetchall() == [(2,)]
    assert published(project, "select count(*) from marts.marts.fct_lines") == [(3,)]


def test_publishing_before_building(shop: Shop) -> None:
    done = shop.run("publish")
    assert (done.code, "footfall run" in done.err) == (2, True)


def test_status_tells_what_there_is(project: Shop) -> None:
    assert "nothing has landed yet" in project.run("status").out
    project.write("in/2.jsonl", b"\xff\n")
    project.run("run", "--source=web=in")
    project.environment = {"COLUMNS": "200"}
    out = project.run("status").out
    for part in ("web", "2.jsonl", "bad_encoding", "line 1 holds byte 0xff", "published at: never"):
        assert part in out
    # Every column has a heading.
    headings = [line.strip("┃\n").split("┃") for line in out.splitlines() if "┃" in line]
    assert len(headings) == 3
    assert all(heading.strip() for columns in headings for heading in columns)
    project.run("run", "--source=web=in")
    assert "published at: 20" in project.run("status").out


def test_what_stands_in_brackets_or_colons_is_shown_as_it_is(shop: Shop) -> None:
    """To rich they are styles and emoji, to DuckDB patterns."""
    shop.environment = {"FOOTFALL_HOME": str(shop.folder / "shop[1]"), "COLUMNS": "200"}
    shop.write("in/export [final][/y] :house:.jsonl", b"\xff\n")
    done = shop.ingest(web="in")
    assert (done.code, ":house:" in done.err) == (1, True)
    done = shop.run("status")
    assert done.code == 0
    assert "export [final][/y] :house:.jsonl" in done.out
    assert "ingest" in done.out


def test_a_home_may_have_any_other_sign_in_its_name(shop: Shop) -> None:
    """`config.home_folder` refuses those that something takes for its own."""
    odd = Shop(shop.folder / 'Zoë s; {a} {{b}} $HOME *[1] "shop" & a,b: -- c')
    odd.folder.mkdir()
    odd.configure()
    odd.make_buildable()
    odd.write("till/1.csv", "name,v\nAnn,2\n")
    done = odd.run("run", "--source=web=in", "--source=till=till")
    assert (done.code, done.err) == (0, "")
    assert odd.sql("select name, v from till.lines") == [("Ann", "2")]
    assert published(odd, "select payload from marts.marts.fct_lines order by 1") == [
        ("1",),
        ("2",),
    ]


@pytest.mark.parametrize("command", ["run", "ingest"])
def test_help_says_what_is_loaded_and_how_it_ends(command: str) -> None:
    done = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "100"})
    said = " ".join(re.sub("[│╭╮╰╯─]", " ", done.output).split())
    assert "Without it: every source that has a location in dbt_project.yml, or the sample" in said
    for code in (DONE, DATA, USAGE, LOCKED):
        assert re.search(rf"Exit codes: .*\b{code} \w", said), code


def test_the_sample_shop_is_used_when_nothing_is_configured(shop: Shop) -> None:
    shop.write("warehouse/sample/web/delivery-1/2026-01-05.jsonl", "{}\n")
    feeds = shop.home / "sample" / "feeds"
    feeds.mkdir(parents=True)
    done = shop.run("ingest")
    # The shop's file is missing and the feeds are empty; the web events are there.
    assert "shop.sqlite does not exist" in done.err
    assert shop.payloads() == ["{}"]


def test_whoever_stops_reading_stops_nothing(project: Shop) -> None:
    """As `footfall run | head -1`: the marts are there, and the ledger says so."""
    project.write("in/2.jsonl", "3\n")
    running = project.start("run", "--source=web=in")
    assert running.stdout is not None
    running.stdout.readline()
    running.stdout.close()
    assert running.wait(timeout=120) == 0, running.stderr and running.stderr.read()
    told = project.run("status").out
    assert "published" in told
    assert "stopped from outside" not in told


def test_a_small_machine_gives_less_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOOTFALL_MEMORY_LIMIT", raising=False)
    own = build._own_limit()
    assert re.fullmatch(r"[0-9.]+ [KMGT]iB", own)
    monkeypatch.setattr(build, "_own_limit", lambda: "3.1 GiB")
    assert build._memory() == {"FOOTFALL_MEMORY_LIMIT": "3.1 GiB"}
    monkeypatch.setattr(build, "_own_limit", lambda: "19.2 GiB")
    assert build._memory() == {}
    monkeypatch.setattr(build, "_own_limit", lambda: "800.5 MiB")
    monkeypatch.setenv("FOOTFALL_MEMORY_LIMIT", "1GB")
    assert build._memory() == {}
