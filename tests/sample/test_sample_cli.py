"""`footfall sample`, through Typer, without the rest of the command line."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
import sqlalchemy as sa
import typer
from sqlalchemy.exc import SQLAlchemyError
from typer.testing import CliRunner

from ingestion.errors import Failure, disk_is_full
from sample.cli import sample
from sample.rates import Rates
from tests.forks import Forks

APP = typer.Typer()
APP.command("sample")(sample)
APP.command("other")(lambda: None)  # two commands, or Typer drops the name


def invoke(*arguments: str) -> tuple[int, str]:
    """The exit code and what is said; a failure says and decides both, as in ingestion.cli."""
    result = CliRunner().invoke(APP, ["sample", *arguments], env={"COLUMNS": "200"})
    if isinstance(result.exception, Failure):
        return result.exception.exit_code, f"{result.output}{result.exception}"
    return result.exit_code, result.output


def test_it_makes_a_sample_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_HOME", str(tmp_path))
    code, output = invoke("--events", "2000", "--late", "0.5", "--malformed", "0")
    assert code == 0, output
    truth = json.loads((tmp_path / "sample/truth/truth.json").read_text("utf-8"))
    assert truth["parameters"]["rates"]["late"] == 0.5
    assert truth["web"]["planted"]["late"] > 500
    assert "malformed" not in truth["web"]["planted"]
    assert f"made {tmp_path / 'sample'}" in output
    assert str(truth["web"]["raw"]) in output
    code, output = invoke("--events", "2000", "--late", "0.5", "--malformed", "0")
    assert (code, "holds this sample already" in output) == (0, True)


def test_every_rate_is_an_option() -> None:
    _, output = invoke("--help")
    for item in fields(Rates):
        assert f"--{item.name.replace('_', '-')}" in output
        assert item.metadata["help"]


def test_a_sample_of_a_day_is_told_in_good_english(tmp_path: Path) -> None:
    code, output = invoke("--to", str(tmp_path / "shop"), "--events", "1", "--days", "1")
    assert code == 0, output
    assert " in 1 file, 2026-03-31 to 2026-03-31\n" in output
    assert " 1 session of 1 visitor\n" in output
    assert "net 0.00000000 EUR\n" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--late", "0.9", "--ancient", "0.9"], "add up to 1.8"),
        (["--late", "1.5"], "less than or equal to 1"),
        (["--events", "0"], "greater than or equal to 1"),
        (["--days", "3651"], "less than or equal to 3650"),
        (
            ["--database", "nonsense"],
            "footfall sample: --database: nonsense is no usable SQLAlchemy URL (Could not parse",
        ),
        (["--database", "nonsense://"], "(Can't load plugin: sqlalchemy.dialects:nonsense). Write"),
        (
            ["--database", "mysql://a:hunter2@h/x"],
            "the driver for mysql://a:***@h/x is not installed (No module named 'MySQLdb'). SQLite",
        ),
        (["--database", "oracle://a:hunter2@h/x"], "install others into .venv."),
        (
            ["--database", "postgresql://nobody:hunter2@127.0.0.1:1/x"],
            "footfall sample: postgresql://nobody:***@127.0.0.1:1/x does not take the shop: ",
        ),
        (["--database", "postgresql://nobody@127.0.0.1:1/x"], "Check the address, the user, the"),
        (["--database", "sqlite:////nowhere/x.db"], "unable to open database file. Check"),
    ],
)
def test_mistakes_end_in_a_sentence(tmp_path: Path, arguments: list[str], message: str) -> None:
    code, output = invoke("--to", str(tmp_path / "shop"), *arguments)
    assert code == 2
    assert message in output
    for unwanted in ("Traceback", "sqlalche.me", "hunter2", ".."):
        assert unwanted not in output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, output = invoke("--to", str(tmp_path / "file" / "shop"))
    assert (code, output.endswith("or name a folder with --to.")) == (2, True)
    code, output = invoke("--to", str(tmp_path / "file"))
    assert (code, "file holds something that is no sample; choose an" in output) == (2, True)


def test_a_full_disk_is_told_as_of_every_command(tmp_path: Path, forks: Forks) -> None:
    arguments = ["sample", "--events", "20000", "--days", "3", "--to", str(tmp_path / "shop")]

    def said(limit: int) -> str:
        fork = forks.start(*arguments, home=tmp_path / "home", prelude=f"file_limit({limit})")
        return f"{fork.wait()} {fork.err}"

    full = said(100_000)
    assert full.startswith("1 error: the disk is full: ")
    assert "Make room and run again" in full
    # SQLite does not say why it could not write.
    assert said(5_000).startswith(f"2 error: footfall sample: shop.sqlite in {tmp_path / 'shop'}")
    assert not list(tmp_path.glob("*shop*"))


def test_a_full_disk_is_known_by_what_sqlite_says() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as con:
        con.exec_driver_sql("pragma max_page_count = 2")
        with pytest.raises(SQLAlchemyError) as full:
            con.exec_driver_sql("create table t as select hex(randomblob(9000)) as text")
    assert disk_is_full(full.value)
    engine.dispose()
