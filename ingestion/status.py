"""`footfall status`: what landed, what was set aside, how the last runs ended."""

import glob
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from rich.markup import escape
from rich.table import Table

from ingestion.config import Source
from ingestion.database_file import IN_USE
from ingestion.errors import DataFailure, LockedFailure, first_line
from ingestion.manifest import has_table
from ingestion.report import Report

LAST_RUNS = 5


def status(home: Path, sources: dict[str, Source], report: Report) -> None:
    """Print three tables: sources, files set aside, last runs.

    Errors  LockedFailure: a run is writing landing right now; DataFailure: it is damaged
    """
    report.line(f"home: {home}")
    landing = home / "landing.duckdb"
    if landing.exists():
        try:
            with duckdb.connect(landing, read_only=True) as con:
                con.execute("set TimeZone = 'UTC'")
                _sources(con, sources, report)
        except duckdb.Error as error:
            if IN_USE in str(error):
                raise LockedFailure(
                    f"{landing} is being written by another run. Look again when it is done."
                ) from None
            raise DataFailure(f"{landing} cannot be read: {first_line(error)}.") from None
    else:
        report.line(
            "nothing has landed yet; start with: footfall run --source NAME=LOCATION, or make a "
            "sample shop: footfall sample"
        )
    _runs(home, report)
    marts = home / "marts.duckdb"
    if marts.exists():
        published = datetime.fromtimestamp(marts.stat().st_mtime, UTC)
        report.line(f"published at: {published:%Y-%m-%d %H:%M:%S} UTC")
    else:
        report.line("published at: never")


def _sources(con: duckdb.DuckDBPyConnection, sources: dict[str, Source], report: Report) -> None:
    overview = _table("Sources", "source", "kind", "last load (UTC)", "rows", "files", "set aside")
    aside = _table("Files set aside", "source", "file", "reason", "detail")
    for name, source in sources.items():
        if not has_table(con, name, "_files"):
            overview.add_row(name, source.kind, "never", "0", "0", "0")
            continue
        # A file counts as set aside until the same path brings something better.
        latest = f"""
            select * from "{name}"._files qualify row_number() over (
                partition by entity, _source_file
                order by _loaded_at desc, _dlt_load_id desc, file_number desc
            ) = 1
        """
        bad = con.execute(
            f"select _source_file, reason, detail from ({latest}) where status = 'set_aside' "
            "order by all"
        ).fetchall()
        loaded_at, rows, files = con.execute(f"""
            select max(_loaded_at)::varchar, coalesce(sum(row_count), 0),
                count(*) filter (where status = 'landed') from "{name}"._files
        """).fetchone() or (None, 0, 0)
        overview.add_row(
            name, source.kind, (loaded_at or "never")[:19], f"{rows:,}", f"{files:,}", f"{len(bad)}"
        )
        for file in bad:
            aside.add_row(name, *(escape(str(each)) for each in file))
    report.show(overview)
    if aside.row_count:
        report.show(aside)


def _runs(home: Path, report: Report) -> None:
    folder = home / "ledger" / "runs"
    if not any(folder.glob("*.parquet")):
        return
    asked = """
        select strftime(started_at at time zone 'UTC', '%Y-%m-%d %H:%M:%S'), command,
            date_diff('second', started_at, finished_at), exit_code, is_published, message
        from read_parquet($files, union_by_name = true) order by started_at desc limit $count
    """
    files = f"{glob.escape(str(folder))}/*.parquet"
    try:
        runs: list[Any] = duckdb.execute(asked, {"files": files, "count": LAST_RUNS}).fetchall()
    except duckdb.Error as error:
        raise DataFailure(
            f"{folder} cannot be read: {first_line(error)}. Move the broken file away."
        ) from None
    if runs:
        table = _table(
            "Last runs", "started (UTC)", "command", "seconds", "exit", "published", "message"
        )
        for run in runs:
            published = "yes" if run[4] else "no"
            cells = (run[0], run[1], str(run[2]), str(run[3]), published, run[5] or "")
            table.add_row(*map(escape, cells))
        report.show(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
