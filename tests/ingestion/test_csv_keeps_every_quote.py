"""What CSV lands is what Python's strict reader reads; where that refuses a file, so do we."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestion.config import FilesSource
from ingestion.errors import BadFile
from ingestion.sources.formats import read_rows
from ingestion.sources.quotes import Quotes
from tests.drawn import drawn
from tests.ingestion.harness import SOURCES

TEXTS = st.text(st.sampled_from('",\n"a" ,é'), max_size=24)


def read_strictly(text: str) -> list[list[str]] | None:
    """Records of two fields; none where there is another, or a quote that cannot be placed."""
    try:
        records = [record for record in csv.reader(io.StringIO(text, ""), strict=True) if record]
    except csv.Error:
        return None
    return records if all(len(record) == 2 for record in records) else None


@drawn(400)
@example('1,27" tv\n2,"cut off\n3,x\n4,y\n')
@example('1,27" tv\n2,ok\n3,"cut o')
@example('2,"Top\n3,"Flop\n')
@example('1,"Best" shoe\n')
@example('1,27" tv, 30" tv\n')
@example('1,"a ""b"" c"\n"2",""\n')
@given(TEXTS)
def test_it_lands_as_it_is_read_strictly(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "day.csv"
    path.write_bytes(f"id,name\n{text}".encode())
    assert landed(path) == read_strictly(text)


def landed(path: Path) -> list[list[str]] | None:
    """The records of a file, or none where it is refused."""
    source = FilesSource.model_validate({**SOURCES["till"], "max_line_bytes": 200_000})
    try:
        tables = list(read_rows(path, path.name, source, lambda size: None))
    except BadFile:
        return None
    return [[row["id"], row["name"]] for table in tables for row in table.to_pylist()]


@drawn(400)
@given(st.lists(TEXTS.map(str.encode), max_size=6))
def test_quotes_are_judged_alike_in_any_blocks(blocks: list[bytes]) -> None:
    """And none are sound that the strict reader refuses."""
    judged = []
    for parts in (blocks, [b"".join(blocks)]):
        quotes = Quotes(",")
        for part in filter(None, parts):
            quotes.saw(part)
        quotes.saw(b"")
        judged.append(quotes.are_odd())
    assert judged[0] == judged[1]
    if not judged[0]:
        text = b"".join(blocks).decode()
        list(csv.reader(io.StringIO(text, ""), strict=True))
