"""What was loaded last counts, whatever the machine's clock showed."""

import sqlite3

import pyarrow.parquet as pq

from tests.forks import Forks
from tests.ingestion.harness import Shop

JOB = "dlt.destinations.impl.duckdb.duck DuckDbCopyJob run"
LATER, EARLIER = "2027-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"


def ingest(shop: Shop, forks: Forks, prelude: str, /, **sources: object) -> str:
    options = [f"--source={name}={location}" for name, location in sources.items()]
    fork = forks.start("ingest", *options, home=shop.home, cwd=shop.folder, prelude=prelude)
    assert fork.wait() in (0, -9), fork.err
    return fork.err


def test_the_newest_load_stays_the_newest(shop: Shop, forks: Forks) -> None:
    database = shop.folder / "shop.sqlite"
    with sqlite3.connect(database) as con:
        con.executescript("""
            create table customers (customer_id integer primary key, email text);
            create table orders (order_id integer primary key, total text);
            insert into orders values (1, 'old');
        """)
    shop.write("in/day.jsonl", '"old"\n')
    sources = {"web": "in", "shop": f"sqlite:///{database}"}
    assert "clock" not in ingest(shop, forks, f"clock({LATER!r})", **sources)

    shop.write("in/day.jsonl", '"new"\n')
    with sqlite3.connect(database) as con:
        con.execute("update orders set total = 'new'")
    said = ingest(shop, forks, f"clock({EARLIER!r})", **sources)
    assert "clock shows 2026-01-01 00:00:00 UTC, the last load says 2027-01-01 00:00:00" in said

    newest = "qualify row_number() over (order by _loaded_at desc) = 1"
    assert shop.sql(f"select payload from web.events {newest}") == [('"new"',)]
    assert shop.sql(f"select total from shop.orders {newest}") == [("new",)]
    # What landed is known: the second version of the row does not come a third time.
    ingest(shop, forks, f"clock({EARLIER!r})", **sources)
    assert shop.sql("select count(*) from shop.orders") == [(2,)]
    # No two loads at the same time, of whichever source.
    assert shop.sql("""
        select count(distinct _loaded_at), count(distinct _dlt_load_id)
        from (from web._files union all by name from shop._files)
    """) == [(4, 4)]
    # Once the clock is right again, nothing is said.
    shop.write("in/day.jsonl", '"newer"\n')
    assert "clock" not in ingest(shop, forks, "clock('2028-01-01T00:00:00+00:00')", web="in")

    runs = pq.read_table(shop.home / "ledger" / "runs").sort_by("started_at").to_pylist()
    names = sorted(path.name for path in (shop.home / "ledger" / "runs").glob("[0-9]*"))
    assert [f"{run['run_id']}.parquet" for run in runs] == names
    assert [run["started_at"].year for run in runs] == [2027, 2027, 2027, 2028]
    assert all(run["started_at"] < run["finished_at"] for run in runs)


def test_an_interrupted_load_is_finished_under_an_earlier_clock(shop: Shop, forks: Forks) -> None:
    shop.write("in/1.jsonl", "1\n2\n")
    ingest(shop, forks, f"clock({LATER!r})", web="in")
    shop.write("in/2.jsonl", "3\n4\n")
    for count in (1, 2):  # the rows' job or the manifest's
        prelude = f"clock({EARLIER!r}); kill_at('{JOB} after {count}')"
        ingest(shop, forks, prelude, web="in")
    ingest(shop, forks, f"clock({EARLIER!r})", web="in")
    assert shop.payloads() == ["1", "2", "3", "4"]
    assert shop.sql("select count(*) from web._files") == [(2,)]


def test_an_abandoned_load_is_undone_under_an_earlier_clock(shop: Shop, forks: Forks) -> None:
    shop.write("in/1.jsonl", "1\n2\n")
    ingest(shop, forks, f"clock({LATER!r})", web="in")
    shop.write("in/2.jsonl", "3\n4\n")
    ingest(shop, forks, f"clock({EARLIER!r}); kill_at('{JOB} after 2')", web="in")
    for path in (shop.home / "dlt").rglob("*.parquet"):
        path.write_bytes(b"noise")
    ingest(shop, forks, f"clock({EARLIER!r})", web="in")
    assert shop.payloads() == ["1", "2", "3", "4"]
    assert shop.sql("select count(*) from web._files") == [(2,)]
