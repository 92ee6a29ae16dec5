"""A landing file that an earlier version made takes new loads, and says what it lacked."""

import duckdb

from tests.forks import Forks
from tests.ingestion.harness import Shop

SOURCES = """
sources:
  - name: web
    database: landing
    tables:
      - name: events
        columns: [{name: payload}, {name: _source_file}, {name: colour, data_type: varchar}]
      - {name: _files}
"""
# A manifest with two columns less, as a version before them would have written it.
OLDER = """
from ingestion import declare, manifest
for name in ("next_page", "listing_version"):
    manifest.SCHEMA = manifest.SCHEMA.remove(manifest.SCHEMA.get_field_index(name))
    del declare.OWN_TABLES[manifest.TABLE][name]
manifest.read = lambda *_: {}
"""


def ingest(shop: Shop, forks: Forks, prelude: str = "") -> str:
    fork = forks.start(
        "ingest", "--source=web=in", home=shop.home, cwd=shop.folder, prelude=prelude
    )
    assert fork.wait() == 0, fork.err
    return fork.out


def test_a_manifest_without_a_later_column(shop: Shop, forks: Forks) -> None:
    shop.write("in/1.jsonl", "1\n")
    ingest(shop, forks, OLDER)
    shop.write("in/2.jsonl", "2\n")
    told = ingest(shop, forks)
    added = "added web._files.listing_version, web._files.next_page\n"
    assert f"landing lacked columns that this version reads; {added}" in told
    assert "lacked" not in ingest(shop, forks)
    assert shop.payloads() == ["1", "2"]
    assert shop.sql("select count(*), count(listing_version) from web._files") == [(2, 1)]


def test_columns_and_tables_that_are_gone(shop: Shop, forks: Forks) -> None:
    shop.write("models/staging/web/_web__sources.yml", SOURCES)
    shop.write("models/staging/till/_till__sources.yml", SOURCES.replace("web", "till"))
    shop.write("in/1.jsonl", "1\n")
    ingest(shop, forks)
    with duckdb.connect(shop.home / "landing.duckdb") as con:
        con.execute("alter table web._files drop column next_page")
        con.execute("alter table web.events drop column _source_file")
        con.execute("alter table web.events drop column colour")
        con.execute("drop table till.events")
    shop.write("in/2.jsonl", "2\n")
    told = ingest(shop, forks)
    assert "added web._files.next_page, web.events._source_file, web.events.colour\n" in told
    query = "select payload, _source_file, colour from web.events order by payload"
    assert shop.sql(query) == [("1", None, None), ("2", "2.jsonl", None)]
    assert shop.sql("select count(*) from till.events") == [(0,)]
