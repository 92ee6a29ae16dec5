"""One module per kind of source; all end in Parquet files for landing, rows as sent."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import duckdb

from ingestion.config import SAMPLE_LOCATION, DatabaseSource, FilesSource, RestSource, Source
from ingestion.fields import Fields
from ingestion.manifest import Entry, Known
from ingestion.report import Report
from ingestion.shapes import Shapes
from ingestion.spool import Spool


class Reader(Protocol):
    """What the pipeline asks of a source."""

    def has_news(self) -> bool:
        """False when the listing alone shows that nothing changed."""

    def extract(self, entity: str, spool: Spool) -> Iterator[Entry]:
        """Write the entity's new rows to the spool and say what became of each file."""


@contextmanager
def open_reader(
    source: Source,
    known: dict[str, Known],
    report: Report,
    home: Path,
    scratch: Path,
    shapes: Shapes,
    fields: Fields,
    con: duckdb.DuckDBPyConnection,
) -> Iterator[Reader]:
    """The reader for a source's kind; what it opened is closed afterwards."""
    # Imported here: SQLAlchemy and requests cost time that a folder of files does not need.
    if isinstance(source, FilesSource):
        from ingestion.sources.files import FilesReader

        yield FilesReader(source, known, report, scratch, shapes, fields)
    elif isinstance(source, DatabaseSource):
        from ingestion.sources.database import DatabaseReader

        database = DatabaseReader(source, known, report, scratch, shapes, fields, con)
        with closing(database):
            yield database
    else:
        from ingestion.sources.rest import RestReader

        with _base_url(source, home) as base_url:
            api = RestReader(source, base_url, known, report, fields)
            with closing(api):
                yield api


@contextmanager
def _base_url(source: RestSource, home: Path) -> Iterator[str]:
    """The API's address; `sample:` serves the sample shop's feeds over HTTP meanwhile."""
    if source.location != SAMPLE_LOCATION:
        yield str(source.location)
        return
    from sample.api import serve

    with serve(home / "sample") as base_url:
        yield base_url
