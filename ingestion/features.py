"""`footfall features`: what is published to decide by of one customer, product or other entity.

Entities and their keys are those of the tables ftr_<entity>__latest; nothing lists them here.
"""

import json
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

import duckdb
from rich.markup import escape
from rich.table import Table

from ingestion.clock import system_time
from ingestion.config import engine_config
from ingestion.errors import DataFailure, UsageFailure, as_text, first_line
from ingestion.manifest import has_table
from ingestion.publish import literal
from ingestion.report import Report

Row = dict[str, Any]
SUFFIXES = ("_id", "_at", "_as_of")
TIMES = ("prediction_at", "available_as_of", "expires_at")
NAME = r"^ftr_(.*)__latest$"


def features(home: Path, entity: str, ids: list[str], as_json: bool, report: Report) -> None:
    """Print keys, moment, expiry and features of one entity; as_json: as one JSON document.

    Errors  UsageFailure: nothing published, an unknown entity, too many or few ids, nothing served
            of them; DataFailure: the published file cannot be read
    """
    published = home / "marts.duckdb"
    if not published.exists():
        raise UsageFailure(
            f"nothing was published yet: {published} does not exist. Run: footfall run"
        )
    try:
        with duckdb.connect(config=engine_config()) as con:
            con.execute("set TimeZone = 'UTC'")
            con.execute(f"attach '{literal(published)}' as shop (read_only)")
            con.execute("use shop")
            keys = _keys(con, entity, [*map(as_text, ids)])
            row = _row(con, entity, keys)
    except duckdb.Error as error:
        raise DataFailure(f"{published} cannot be read: {first_line(error)}.") from None
    # By key and suffix: which thing it is and when; the rest are features.
    about = {
        name: _cell(row.pop(name)) for name in [*row] if name in keys or name.endswith(SUFFIXES)
    }
    expires_at = datetime.fromisoformat(about["expires_at"])
    is_expired = expires_at <= system_time()
    if as_json:
        # JSON has no NaN.
        is_none = {name: isinstance(v, float) and not isfinite(v) for name, v in row.items()}
        values = {name: None if is_none[name] else value for name, value in row.items()}
        document = {"entity": entity, **about, "is_expired": is_expired, "features": values}
        report.document(json.dumps(document, indent=2, ensure_ascii=False, default=str))
        return
    others = [f"{name} {value}" for name, value in about.items() if name not in TIMES]
    report.line(f"{entity}: {', '.join(others)}")
    report.line(f"as of {about['prediction_at']}, known by {about['available_as_of']}")
    expired = "EXPIRED, too old to decide by: it was good until" if is_expired else "good until"
    report.line(f"{expired} {about['expires_at']}")
    table = Table("feature", "value")
    for name, value in row.items():
        table.add_row(name, escape(json.dumps(value, ensure_ascii=False, default=str)))
    report.show(table)


def _keys(con: duckdb.DuckDBPyConnection, entity: str, ids: list[str]) -> dict[str, str]:
    """The entity's key columns with the ids that were given for them.

    Errors  UsageFailure: there is no such entity, or its key has more or fewer columns
    """
    served: dict[str, list[str]] = {}
    if has_table(con, "main", "table_keys"):
        served = dict(
            con.execute(
                """
                select regexp_extract(table_name, $name, 1), key_columns from main.table_keys
                where schema_name = 'features' and regexp_matches(table_name, $name)
                order by all
                """,
                {"name": NAME},
            ).fetchall()
        )
    if entity not in served:
        told = ", ".join(served) or "none; run: footfall run"
        raise UsageFailure(f"unknown entity {entity!r}. Served: {told}.")
    if len(ids) != len(served[entity]):
        raise UsageFailure(
            f"a {entity} is named by {' and '.join(served[entity])}, got {len(ids)}: "
            f"{' '.join(ids)}. Write: footfall features {entity} {' '.join(served[entity]).upper()}"
        )
    return dict(zip(served[entity], ids, strict=True))


def _row(con: duckdb.DuckDBPyConnection, entity: str, keys: dict[str, str]) -> Row:
    """What is served of it.

    Errors  UsageFailure: nothing is
    """
    where = " and ".join(f'"{name}" = ?' for name in keys)
    found = con.execute(f'from features."ftr_{entity}__latest" where {where}', [*keys.values()])
    names = [column[0] for column in found.description or []]
    row = found.fetchone()
    if row is None:
        raise UsageFailure(
            f"no {entity} {' '.join(keys.values())!r} is served: it is unknown, or did nothing of "
            f"late. Who is: features.ftr_{entity}__latest"
        )
    served = dict(zip(names, row, strict=True))
    # By it a build knows which rows are right; of the entity it tells nothing.
    served.pop("input_fingerprint", None)
    return served


def _cell(value: object) -> str:
    """An id, or an instant in UTC."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds") + "Z"
    return str(value)
