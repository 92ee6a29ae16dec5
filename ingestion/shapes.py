"""What a landed table can take: a file that does not fit is refused before a row of it lands."""

from typing import Any

import dlt
import pyarrow as pa
from dlt.common.libs.pyarrow import (
    UnsupportedArrowTypeException,
    py_arrow_to_table_schema_columns,
)

from ingestion.errors import BadFile


class Shapes:
    """The columns of the landed tables, so that a new file fits them or is refused by itself."""

    def __init__(self, pipeline: dlt.Pipeline) -> None:
        tables: Any = {}
        if pipeline.default_schema_name:
            tables = pipeline.default_schema.tables
        self._columns: dict[str, dict[str, Any]] = {
            table: {name.lower(): column for name, column in settings["columns"].items()}
            for table, settings in tables.items()
        }

    def fit(self, table: str, schema: pa.Schema) -> list[str]:
        """The names under which a file's columns land: as in the table, whatever their case.

        Errors  BadFile: a column has another type than the table's
        """
        columns = self._columns.setdefault(table, {})
        try:
            found = py_arrow_to_table_schema_columns(schema)
        except UnsupportedArrowTypeException as error:
            raise BadFile(
                "malformed_record",
                f"column {error.field_name} is {error.arrow_type}, which cannot land. Deliver it "
                "with another type.",
            ) from None
        names = []
        for given in schema.names:
            column = columns.setdefault(given.lower(), found[given])
            if not _fits(found[given], column):
                raise BadFile(
                    "malformed_record",
                    f"column {given} is {_kind(found[given])}, in landing it is {_kind(column)}. "
                    "Deliver it with the type it had.",
                )
            names.append(column["name"])
        return names


def _fits(new: Any, old: Any) -> bool:
    """True when every value of one dlt column type can be stored in the other."""
    if new["data_type"] != old["data_type"]:
        return False
    if new["data_type"] == "decimal":
        whole = [column["precision"] - (column.get("scale") or 0) for column in (new, old)]
        return whole[0] <= whole[1] and (new.get("scale") or 0) <= (old.get("scale") or 0)
    widest = 64 if new["data_type"] == "bigint" else 6
    if new.get("timezone", True) != old.get("timezone", True):
        return False
    return (new.get("precision") or widest) <= (old.get("precision") or widest)


def _kind(column: Any) -> str:
    sizes = [str(column[key]) for key in ("precision", "scale") if column.get(key) is not None]
    zone = " without zone" if column.get("timezone") is False else ""
    size = f"({', '.join(sizes)})" if sizes else ""
    return f"{column['data_type']}{size}{zone}"
