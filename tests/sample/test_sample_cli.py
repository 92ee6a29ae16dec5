"""`footfall sample`, through Typer, without the rest of the command line."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from sample.cli import sample
from sample.rates import Rates

APP = typer.Typer()
APP.command("sample")(sample)
APP.command("other")(lambda: None)  # two commands, or Typer drops the name


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(APP, ["sample", *arguments], env={"COLUMNS": "200"})
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--late", "0.9", "--ancient", "0.9"], "add up to"),
        (["--late", "1.5"], "less than or equal to 1"),
        (["--events", "0"], "greater than or equal to 1"),
        (["--database", "nonsense"], "SQLAlchemy URL"),
        (["--database", "postgresql://nobody@127.0.0.1:1/x"], "refused"),
    ],
)
def test_mistakes_end_in_a_sentence(tmp_path: Path, arguments: list[str], message: str) -> None:
    code, output = invoke("--to", str(tmp_path / "shop"), *arguments)
    assert code == 2
    assert message in output
    assert "Traceback" not in output
    assert list(tmp_path.iterdir()) == []
