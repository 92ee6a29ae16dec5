"""Where a disk refuses something, each command says what became of what it did."""

import errno
import os
import signal
import stat
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ingestion import export, ledger
from ingestion.errors import DATA, USAGE, DataFailure, UsageFailure
from ingestion.report import Report
from ingestion.run import _recorded, publish_build


def refusing(monkeypatch: pytest.MonkeyPatch, number: int, kind: Any = stat.S_ISDIR) -> None:
    fsync = os.fsync

    def refused(descriptor: int) -> None:
        if kind(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refused)


def runs(home: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(home / "ledger" / "runs").to_pylist()
    return rows


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_folder_that_cannot_be_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with monkeypatch.context() as patch:
        refusing(patch, number)
        with _recorded(tmp_path, ledger.Record("publish"), Report()):
            pass
        with export.written_aside(tmp_path / "out", ["a.csv"]) as aside:
            (aside / "a.csv").write_text("a")
    assert [row["exit_code"] for row in runs(tmp_path)] == [0]
    assert (tmp_path / "out" / "a.csv").read_text() == "a"

    refusing(monkeypatch, number, stat.S_ISREG)
    with pytest.raises(OSError, match=os.strerror(number)):
        ledger.sync(tmp_path / "out" / "a.csv")


def test_an_export_says_which_files_are_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("old")
    refusing(monkeypatch, errno.EIO)
    with (
        pytest.raises(DataFailure, match=f"the files in {tmp_path} are new, but"),
        export.written_aside(tmp_path, ["a.csv"]) as aside,
    ):
        (aside / "a.csv").write_text("new")
    assert (tmp_path / "a.csv").read_text() == "new"


def test_a_stop_is_a_stop_where_the_ledger_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ledger, "append", full)
    with (
        pytest.raises(SystemExit) as stopped,
        _recorded(tmp_path, ledger.Record("publish"), Report()),
    ):
        raise SystemExit(128 + signal.SIGTERM)
    assert stopped.value.code == 128 + signal.SIGTERM


@pytest.mark.parametrize(
    ("error", "code"),
    [(PermissionError(errno.EACCES, "no", "/x"), USAGE), (OSError("broken"), DATA)],
)
def test_a_run_that_ends_in_an_error_of_the_system_is_recorded(
    tmp_path: Path, error: OSError, code: int
) -> None:
    with (
        pytest.raises(type(error), match=str(error.strerror or error)),
        _recorded(tmp_path, ledger.Record("publish"), Report()),
    ):
        raise error
    assert [(row["exit_code"], row["is_published"]) for row in runs(tmp_path)] == [(code, False)]


def test_publish_makes_no_home(tmp_path: Path) -> None:
    with pytest.raises(UsageFailure, match=r"none does not exist\. Correct FOOTFALL_HOME"):
        publish_build(tmp_path / "none", Report())
    assert not (tmp_path / "none").exists()
