"""The commands: what each does, in order, under one lock and with one line in the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from ingestion import clock, ledger
from ingestion.build import DamagedBuild, build, remove
from ingestion.config import Source, engine_config, read_sources, select_sources
from ingestion.errors import (
    DATA,
    USAGE,
    DataFailure,
    Failure,
    FullDisk,
    UsageFailure,
    first_line,
    is_forbidden,
)
from ingestion.lock import only_run
from ingestion.publish import publish
from ingestion.remarks import found_by_tests, without_rows
from ingestion.report import Report

# A clock is set back by seconds every now and then; nobody needs to know.
CLOCK_TOLERANCE = timedelta(seconds=10)
TOLD_CHANGES = 20  # of a run, on one line


def ingest(project: Path, home: Path, requested: list[str], report: Report) -> None:
    """`footfall ingest`: bring what is new of each source into landing."""
    sources = select_sources(read_sources(project), requested, project, home)
    with only_run(home), _recorded(home, ledger.Record("ingest"), report) as record:
        _ingest(project, home, sources, record, report)


def run(
    project: Path, home: Path, requested: list[str], full_refresh: bool, report: Report
) -> None:
    """`footfall run`: ingest, build, and publish when every test passed."""
    engine_config()  # a mistake is told before anything lands
    sources = select_sources(read_sources(project), requested, project, home)
    with only_run(home), _recorded(home, ledger.Record("run", full_refresh), report) as record:
        _ingest(project, home, sources, record, report)
        record.built = True
        # dbt names the tests; their rows say what to look at.
        try:
            published = _built_and_published(project, home, full_refresh, report)
        except DataFailure:
            for line in found_by_tests(home, "fail"):
                report.error(line)
            raise
        record.is_published = True
        report.line(published)
        if empty := without_rows(home):
            report.line(empty)
        report.warnings += found_by_tests(home, "warn")
        report.repeat_warnings()


def _built_and_published(project: Path, home: Path, full_refresh: bool, report: Report) -> str:
    try:
        build(project, home, full_refresh, report)
        return publish(home)
    except DamagedBuild as error:
        remove(home)
        report.warning(
            f"{error} It is removed and built anew from landing; readers keep marts.duckdb."
        )
    build(project, home, full_refresh, report)
    return publish(home)


def publish_build(home: Path, report: Report) -> None:
    """`footfall publish`: the last build again, when it passed its tests."""
    if not home.is_dir():  # and is not made one
        raise UsageFailure(
            f"{home} does not exist. Correct FOOTFALL_HOME, or build it first with: footfall run"
        )
    with only_run(home), _recorded(home, ledger.Record("publish"), report) as record:
        try:
            published = publish(home)
        except DamagedBuild as error:
            raise DataFailure(f"not published: {error} Build it anew with: footfall run") from None
        record.is_published = True
        report.line(published)


def _ingest(
    project: Path, home: Path, sources: list[Source], record: ledger.Record, report: Report
) -> None:
    """Load every source; one that fails does not stop the others, but it stops the run.

    Errors  the worst of what happened, said once more in short
    """
    from ingestion import pipeline  # dlt takes most of a second to import
    from ingestion.declare import declare, read_declared

    pipeline.configure(home)
    failures: dict[str, Failure] = {}
    set_aside = 0
    changes: list[str] = []
    declared = read_declared(project)
    with pipeline.landing(home) as con:
        if added := declare(con, declared):
            report.line(f"landing lacked columns that this version reads; added {', '.join(added)}")
        _check_clock(con, report)
        pipeline.settle(con, home, report, {source.name for source in sources})
        for source in sources:
            row: dict[str, Any] = {"source": source.name, "started_at": record.now()}
            try:
                outcome = pipeline.load(source, con, home, report)
            except FullDisk:
                raise
            except Failure as error:
                report.error(str(error))
                failures[source.name] = error
                row |= {"status": "refused", "message": str(error)}
            else:
                report.line(_told(outcome))
                set_aside += outcome.count("set_aside")
                changes += outcome.changes
                row |= {"status": "done", **outcome.counts()}
            record.loads.append(row | {"finished_at": record.now()})
        declare(con, declared)
    if changes:
        report.warning(_changed(changes))
    if failures:
        names = ", ".join(failures)
        kind = UsageFailure if any(f.exit_code > DATA for f in failures.values()) else DataFailure
        others = "; the other sources are loaded" if len(failures) < len(sources) else ""
        raise kind(f"not loaded: {names}. The reasons are above{others}.")
    if set_aside:
        raise DataFailure(
            f"set aside, landing nothing until its bytes change: {_counted(set_aside, 'file')}. "
            "Deliver again, or run again to go on without."
        )


def _check_clock(con: Any, report: Report) -> None:
    from ingestion.manifest import last_loaded_at

    last, now = last_loaded_at(con), clock.system_time()
    if last and now < last - CLOCK_TOLERANCE:
        report.warning(
            f"this machine's clock shows {now:%Y-%m-%d %H:%M:%S} UTC, the last load says "
            f"{last:%Y-%m-%d %H:%M:%S}. One of them is wrong; set the clock right. What lands now "
            "is stamped just after the last load, so that loads keep their order."
        )


def _told(outcome: Any) -> str:
    counts = outcome.counts()
    thing = {"files": "file", "rest": "page", "database": "table"}[outcome.kind]
    text = f"{outcome.source}: {_counted(counts['row_count'], 'row')} landed from "
    text += _counted(counts["landed_count"], thing)
    if counts["redelivered_count"]:
        text += f", {counts['redelivered_count']:,} known under another name"
    if gone := len({entry.name for entry in outcome.entries if entry.status == "missing"}):
        text += f", {_counted(gone, 'file')} gone, rows taken out (on_missing: remove)"
    return text


def _changed(changes: list[str]) -> str:
    text = "; ".join(changes[:TOLD_CHANGES])
    if len(changes) > TOLD_CHANGES:
        text += f"; and {len(changes) - TOLD_CHANGES:,} more"
    return (
        f"fields are not as they were: {text}. Every value landed, and what landed before is as "
        "it was; ops.schema_changes keeps the list."
    )


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


@contextmanager
def _recorded(home: Path, record: ledger.Record, report: Report) -> Iterator[ledger.Record]:
    """Write the ledger when the block ends, however it ends; say so when that was from outside."""
    ledger.prepare(home, record)
    try:
        yield record
    except Failure as error:
        with suppress(OSError):  # the disk is full, and the failure says so
            ledger.append(home, record, error.exit_code, str(error))
        raise
    except (Exception, SystemExit) as error:
        # A signal, see cli.main; DuckDB at work hands it on as an error of its own.
        stopped = error if isinstance(error, SystemExit) else error.__cause__
        if not isinstance(stopped, SystemExit):
            with suppress(OSError):
                code = USAGE if is_forbidden(error) else DATA
                ledger.append(home, record, code, first_line(error))
            raise
        with suppress(OSError):
            ledger.append(home, record, int(stopped.code or 0), "stopped from outside")
        report.error("stopped from outside before the end. Run again to finish.")
        raise stopped from None
    try:
        ledger.append(home, record, 0, None)
    except PermissionError:
        raise  # told with its remedy, see cli.main
    except OSError as error:
        raise DataFailure(
            f"done{' and published' if record.is_published else ''}, but the ledger could not be "
            f"written: {first_line(error)}."
        ) from None
