"""`footfall training-set`: a task's rows as known at a moment, as Parquet with a manifest.

Beside them what preprocessing learns from those that train. The queries stand in the published
registry: the code that built the tables also makes the set. What becomes known later is in no
earlier set, so the same moment gives the same bytes.
"""

import json
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

import duckdb

from ingestion.config import engine_config
from ingestion.database_file import connected
from ingestion.errors import DataFailure, UsageFailure, first_line
from ingestion.export import OPTIONS, written_aside
from ingestion.manifest import has_table
from ingestion.publish import literal
from ingestion.report import Report

Manifest = dict[str, Any]
# What may make two sets of a task differ, in the words of a manifest.
REASONS = {
    "as_known_at": "another moment",
    "code_hash": "other code",
    "params_version": "other parameters",
}
# The places that the registry's queries leave for the moment, and for the rows to learn from.
PLACE = "{as_known_at}"
RELATION = "{training_set}"


def training_set(home: Path, task: str, as_known_at: str, folder: Path, report: Report) -> None:
    """Write trn_<task>.parquet, what is learned from it, and trn_<task>.json; say what differs from
    those in `folder`.

    Errors  UsageFailure: nothing published, an unknown task, no time, one after what was delivered
            or before there was anything to learn, a folder that cannot be used;
            DataFailure: a file could not be written; those in the folder are then as they were
    """
    moment = _moment(as_known_at)
    published = home / "marts.duckdb"
    if not published.exists():
        raise UsageFailure(
            f"nothing was published yet: {published} does not exist. Run: footfall run"
        )
    name = f"trn_{task}"
    try:
        with connected(config=engine_config()) as con:
            con.execute("set TimeZone = 'UTC'")
            # The name under which the query knows its tables.
            con.execute(f"attach '{literal(published)}' as footfall (read_only)")
            con.execute("use footfall")
            registered = _registered(con, task, moment)
            earlier = _earlier(folder / f"{name}.json")
            names = [f"{name}.parquet", f"{name}.json"]
            if registered["parameters_query"]:
                names.append(f"{name}__parameters.parquet")
            # What an earlier set was prepared by says nothing of this one.
            gone = [] if registered["parameters_query"] else [f"{name}__parameters.parquet"]
            with written_aside(folder, names, gone) as aside:
                con.execute("set temp_directory = $folder", {"folder": str(aside / "spilled")})
                path = aside / f"{name}.parquet"
                manifest = _write(con, registered, task, moment, path)
                text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
                (aside / f"{name}.json").write_text(text, encoding="utf-8")
                told = _told(con, earlier, manifest, folder / path.name, path)
    except (duckdb.Error, OSError) as error:
        raise DataFailure(
            f"not exported, the files in {folder} are as they were: {first_line(error)}."
        ) from None
    counts = ", ".join(f"{split} {count:,}" for split, count in manifest["splits"].items())
    report.line(f"{name}: {manifest['row_count']:,} rows as known at {moment} ({counts})")
    report.line(told)
    if not manifest["splits"].get("train"):
        report.warning(
            "no row trains: labels that look into the test are purged. Take a later --as-known-at, "
            f"or shorten test_days and valid_days of splits.{task} in dbt_project.yml."
        )


def _moment(text: str) -> datetime:
    """In UTC, without zone; one without an offset is UTC already."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageFailure(
            f"--as-known-at {text!r} is no time. Write it as 2026-03-01 or "
            "2026-03-01T12:00:00+01:00"
        ) from None
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError:
        raise UsageFailure(f"--as-known-at {text!r} is before all time, or after it.") from None


def _registered(con: duckdb.DuckDBPyConnection, task: str, moment: datetime) -> Manifest:
    """The task's row of the registry.

    Errors  UsageFailure: there is none, or the moment is after what was delivered
    """
    rows: list[Manifest] = []
    if has_table(con, "features", "trn_registry"):
        found = con.execute("from features.trn_registry where is_current order by task")
        names = [column[0] for column in found.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    tasks = {row["task"]: row for row in rows}
    if task not in tasks:
        told = ", ".join(tasks) or "none; run: footfall run"
        raise UsageFailure(f"unknown task {task!r}. Published: {told}.")
    known_at = tasks[task]["known_through"]
    if known_at is None or moment > known_at:
        until = f"only through {known_at}" if known_at else "through no moment that is known"
        raise UsageFailure(
            f"what was known at {moment} (UTC) is not here yet: the sources delivered {until}. "
            "Take an earlier --as-known-at, or load more with: footfall run"
        )
    return tasks[task]


def _write(
    con: duckdb.DuckDBPyConnection, registered: Manifest, task: str, moment: datetime, path: Path
) -> Manifest:
    """Write the rows; returns what is to be said of them.

    Errors  UsageFailure: there is none
    """
    query = registered["query"].replace(PLACE, f"{moment}")
    con.execute(f"create temp table learned as {query}")
    splits = dict(
        con.execute("select split, count(*) from learned group by split order by split").fetchall()
    )
    if not splits:
        raise UsageFailure(
            f"nothing to learn of {task} was known at {moment} (UTC): no label was. Take a later "
            "--as-known-at."
        )
    _copy(con, "learned", path)
    window = con.execute(
        "select min(prediction_at), max(prediction_at) from learned"
    ).fetchone() or (None, None)
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return {
        "task": task,
        "as_known_at": f"{moment}",
        "code_hash": registered["code_hash"],
        "params_version": _write_parameters(con, registered, moment, path),
        "first_prediction_at": f"{window[0]}",
        "last_prediction_at": f"{window[1]}",
        "row_count": sum(splits.values()),
        "splits": splits,
        "file_sha256": digest,
    }


def _write_parameters(
    con: duckdb.DuckDBPyConnection, registered: Manifest, moment: datetime, path: Path
) -> str | None:
    """Write what preprocessing learns from the rows at `path`, beside them; returns its version."""
    query = registered["parameters_query"]
    if query is None:
        return None
    query = query.replace(PLACE, f"{moment}").replace(RELATION, "learned")
    con.execute(f"create temp table parameters as {query}")
    _copy(con, "parameters", path.with_name(f"{path.stem}__parameters.parquet"))
    found = con.execute("select max(params_version) from parameters").fetchone() or (None,)
    return None if found[0] is None else str(found[0])


def _copy(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    """The same rows give the same bytes."""
    con.execute(
        f"copy (select * from {table} order by all asc nulls last) to $path ({OPTIONS['parquet']})",
        {"path": str(path)},
    )


def _earlier(path: Path) -> Manifest | None:
    """The manifest of the export before, if there is one that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _told(
    con: duckdb.DuckDBPyConnection, earlier: Manifest | None, now: Manifest, old: Path, new: Path
) -> str:
    """Whether the set is that of the export before, and what made it another."""
    if earlier is None:
        return "no earlier export is there to compare with"
    reasons = {
        key: f"{reason} ({earlier.get(key)}, now {now[key]})"
        for key, reason in REASONS.items()
        if earlier.get(key) != now[key]
    }
    if earlier.get("file_sha256") != now["file_sha256"]:
        told = ", ".join([*reasons.values(), _changed_rows(con, old, new)])
        return f"differs from the export before: {told}"
    if "params_version" in reasons:
        return f"the same rows as the export before, with {reasons['params_version']}"
    return "the same bytes as the export before"


def _changed_rows(con: duckdb.DuckDBPyConnection, old: Path, new: Path) -> str:
    # A folder a=b in their path is no column of theirs.
    files = [f"'{literal(path)}', hive_partitioning = false" for path in (old, new)]
    try:
        gone, come = (
            con.execute(
                f"select count(*) from (from read_parquet({left}) "
                f"except all from read_parquet({right}))"
            ).fetchall()[0][0]
            for left, right in (files, reversed(files))
        )
    except duckdb.Error:
        return "other columns, or the earlier file is gone"
    return f"rows ({gone:,} of the earlier are gone or changed, {come:,} are new or changed)"
