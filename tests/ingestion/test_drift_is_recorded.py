"""A field that is new, gone, back or of another type is recorded, said once, and breaks nothing."""

import json
import sqlite3
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pytest_httpserver import HTTPServer

from tests.ingestion.harness import Shop
from tests.ingestion.test_api_pages_land_once import page, serve


def lines(*documents: object) -> str:
    return "".join(json.dumps(document) + "\n" for document in documents)


def test_a_csv_column_that_is_new_gone_or_back(shop: Shop) -> None:
    shop.write("in/1.csv", "id,price\n1,2\n")
    assert shop.load(till="in") == []
    # Another order, another case, or no row at all: the same fields.
    shop.write("in/2.csv", "PRICE,Id\n3,2\n")
    shop.write("in/3.csv", "Id,PRICE\n")
    shop.write("in/4.csv", "")
    assert len(shop.load(till="in")) == 2  # two files without rows
    assert shop.changes("till") == []

    # Renamed: one is missing, one is new.
    shop.write("in/5.csv", "id,cost\n3,4\n")
    [warning] = shop.load(till="in")
    assert warning.startswith(
        "fields are not as they were: till.lines: cost added as VARCHAR; till.lines: price missing."
    )
    assert shop.sql("select id, price, cost from till.lines order by id") == [
        ("1", "2", None),
        ("2", "3", None),
        ("3", None, "4"),
    ]
    assert shop.load(till="in") == []
    shop.write("in/6.csv", "id,price\n4,5\n")
    shop.write("in/7.csv", "id\n")  # a header speaks without rows too
    [_, warning] = shop.load(till="in")
    assert "cost missing; till.lines: price returned as VARCHAR; till.lines: price mis" in warning
    assert shop.changes("till") == [
        ("cost", "added", None, "VARCHAR"),
        ("price", "missing", "VARCHAR", None),
        ("cost", "missing", "VARCHAR", None),
        ("price", "returned", "VARCHAR", "VARCHAR"),
        ("price", "missing", "VARCHAR", None),
    ]
    assert shop.sql("""
        select distinct name, _source_file, entity, _file_id in (select _file_id from till._files)
        from till._fields where change = 'returned'
    """) == [("6.csv", "6.csv", "lines", True)]


def test_the_first_delivery_is_the_baseline_whatever_its_files_hold(shop: Shop) -> None:
    shop.write("in/1.csv", "id,old\n1,2\n")
    shop.write("in/2.csv", "id,new\n1,2\n")
    assert shop.load(till="in") == []
    shop.write("in/3.csv", "id,new\n3,2\n")
    assert shop.load(till="in") == []
    assert shop.changes("till") == []
    shop.write("in/4.csv", "id,old\n4,2\n")
    shop.load(till="in")
    assert shop.changes("till") == [
        ("new", "missing", "VARCHAR", None),
        ("old", "returned", "VARCHAR", "VARCHAR"),
    ]


def test_json_fields_at_every_level(shop: Shop) -> None:
    old = {"id": "1", "n": 1, "page": {"url": "x", "ms": 5}, "items": [{"sku": "a", "price": 1.5}]}
    shop.write("in/1.jsonl", lines(old, {**old, "n": None}))
    assert shop.load(web="in") == []
    new = {"id": 1, "N": 1, "page": {"url": "x", "ms": "5"}, "items": [{"sku": "a", "tax": True}]}
    shop.write("in/2.jsonl", lines(new))
    [warning] = shop.load(web="in")
    for told in ("id retyped from string to number", "N added as number", "n missing"):
        assert f"web.events: {told}" in warning
    assert shop.changes("web") == [
        ("N", "added", None, "number"),
        ("id", "retyped", "string", "number"),
        ("items[].price", "missing", "number", None),
        ("items[].tax", "added", None, "boolean"),
        ("n", "missing", "number", None),
        ("page.ms", "retyped", "number", "string"),
    ]
    # The lines are as sent.
    assert [json.loads(text) for text in shop.payloads()] == [old, {**old, "n": None}, new]
    # A type that was seen before is no news, nor is a null or a whole number for a fraction.
    shop.write("in/3.jsonl", lines({**new, "id": "7", "N": 0.5, "page": None}))
    shop.load(web="in")
    assert shop.changes("web")[6:] == [
        ("page.ms", "missing", "number, string", None),
        ("page.url", "missing", "string", None),
    ]


def test_an_optional_json_field_does_not_flap(shop: Shop) -> None:
    both = lines({"id": 1, "coupon": "X"}, {"id": 2})
    shop.write("in/0.jsonl", both)
    for number in range(1, 7):
        shop.write(
            f"in/{number}.jsonl", both + " " * number if number % 2 else lines({"id": 9 + number})
        )
        assert shop.load(web="in") == []
    # One that was in every line is missed at once; when it was back, it is optional too.
    for number in range(7, 13):
        line: dict[str, object] = {"coupon": "Y"} if number % 2 else {"id": number}
        shop.write(f"in/{number:02}.jsonl", lines(line, line | {"number": number}))
        shop.load(web="in")
    assert [row[:2] for row in shop.changes("web") if row[0] == "id"] == [
        ("id", "missing"),
        ("id", "returned"),
    ]


def test_a_long_file_without_a_usual_field_is_missing_it(shop: Shop) -> None:
    shop.write("in/1.jsonl", lines(*({"n": n} | ({"sum": n} if n % 5 else {}) for n in range(500))))
    shop.write("in/2.jsonl", lines(*({"n": n} for n in range(24))))
    assert shop.load(web="in") == []
    shop.configure()
    shop.write("in/3.jsonl", lines(*({"n": -n} for n in range(500))))
    assert shop.load(web="in") == []  # the short file had none: it is optional


def test_a_usual_field_is_missed_in_a_long_file_only(shop: Shop) -> None:
    usual = [{"n": n} | ({"sum": n} if n % 5 else {}) for n in range(500)]
    shop.write("in/1.jsonl", lines(*usual))
    assert shop.load(web="in") == []
    shop.write("in/2.jsonl", lines(*({"n": -n} for n in range(25))))
    shop.load(web="in")
    assert shop.changes("web") == [("sum", "missing", "number", None)]  # 0.8 of 25 is 20


def test_parquet_columns_and_what_is_nested_in_them(shop: Shop) -> None:
    def deliver(name: str, **columns: object) -> None:
        (shop.folder / "in").mkdir(exist_ok=True)
        pq.write_table(pa.table(columns), shop.folder / "in" / name)

    deliver("1.parquet", n=pa.array([1], pa.int32()), at=["x"], s=[{"a": 1}], l=[["x"]])
    assert shop.load(export="in") == []
    deliver("2.parquet", n=pa.array([1], pa.int64()), s=[{"a": "1", "b": 2}], l=[[3]], d=[True])
    shop.load(export="in")
    assert shop.changes("export") == [
        ("at", "missing", "VARCHAR", None),
        ("d", "added", None, "BOOLEAN"),
        ("l[]", "retyped", "VARCHAR", "BIGINT"),
        ("n", "retyped", "INTEGER", "BIGINT"),
        ("s.a", "retyped", "BIGINT", "VARCHAR"),
        ("s.b", "added", None, "BIGINT"),
    ]


def test_database_columns(shop: Shop) -> None:
    shop.configure(shop={"entities": {"t": {"table": "t", "key": ["id"]}}})
    path = shop.folder / "shop.sqlite"

    def change(*statements: str) -> list[str]:
        with sqlite3.connect(path) as con:
            for statement in statements:
                con.execute(statement)
        return shop.load(shop=f"sqlite:///{path}")

    table = "create table t (id integer primary key, n integer, note text)"
    assert change(table, "insert into t values (1, 5, 'x'), (2, 7, 'y')") == []
    # Nothing but the columns changed: no row lands, and it is known all the same.
    [warning] = change("alter table t add column extra text")
    assert "shop.t: extra added as VARCHAR" in warning
    assert shop.sql("select count(*), count(extra) from shop.t") == [(2, 0)]
    assert change() == []
    change(
        "create table u (id integer primary key, n text, extra text)",
        "insert into u select id, n, extra from t",
        "drop table t",
        "alter table u rename to t",
    )
    assert shop.changes("shop") == [
        ("extra", "added", None, "VARCHAR"),
        ("n", "retyped", "BIGINT", "VARCHAR"),
        ("note", "missing", "VARCHAR", None),
    ]
    assert shop.sql("select id, n, note from shop.t order by id") == [(1, "5", "x"), (2, "7", "y")]
    assert shop.sql("select row_count from shop._files order by _loaded_at") == [(2,), (0,), (0,)]
    assert change() == []


def test_api_items(shop: Shop, httpserver: HTTPServer) -> None:
    pages = {"1": page('{"id": 1, "brand": "A"}, {"id": 2}', 2), "2": page('{"id": 3}', None)}
    serve(httpserver, pages)
    url = httpserver.url_for("")
    assert shop.load(feeds=url) == []
    pages["2"] = page('{"id": "3", "sku": 4}', 3)
    pages["3"] = page("5", None)
    [warning] = shop.load(feeds=url)
    assert "feeds.products: id retyped from number to string" in warning
    assert shop.changes("feeds") == [
        ("id", "retyped", "number", "string"),
        ("sku", "added", None, "number"),
    ]
    assert shop.sql("select distinct name from feeds._fields where change is not null") == [
        ("/products?page=2",)
    ]


def test_a_file_set_aside_changes_nothing_that_is_known(shop: Shop) -> None:
    shop.write("in/1.jsonl", lines({"a": 1}))
    shop.load(web="in")
    shop.write("in/2.jsonl", lines({"b": 1}).encode() + b"\xff\n")
    assert shop.ingest(web="in").code == 1
    assert shop.changes("web") == []


def test_many_changes_are_one_warning(shop: Shop) -> None:
    shop.write("in/1.csv", "id\n1\n")
    shop.write("in/1.jsonl", lines({"a": 1}))
    shop.load(till="in", web="in")
    shop.write("in/2.csv", "id," + ",".join(f"c{n}" for n in range(30)) + "\n1" + ",2" * 30 + "\n")
    shop.write("in/2.jsonl", lines({"a": 1, "b": 2}))
    [warning] = shop.load(till="in", web="in")
    assert warning.count("\n") == 0
    assert "; and 11 more." in warning
    assert "ops.schema_changes" in warning


@pytest.mark.parametrize("rerun", [False, True])
def test_a_landing_of_an_older_version(shop: Shop, rerun: bool) -> None:
    """Its load is made without the table: it knows no fields, and goes on without a warning."""
    script = (
        "from ingestion import cli, fields\nfields.Fields.table = lambda *_: None\ncli.main()\n"
    )
    launcher = str(shop.write("launcher.py", script))
    path = shop.folder / "shop.sqlite"
    with sqlite3.connect(path) as con:
        con.executescript("""
            create table customers (customer_id text primary key, email text);
            create table orders (order_id text primary key, total text);
            insert into customers values ('c1', 'a@x.example');
        """)
    shop.write("in/1.csv", "id,price\n1,2\n")
    options = ["--source=till=in", f"--source=shop=sqlite:///{path}"]
    assert shop.run("ingest", *options, launcher=launcher).code == 0
    with duckdb.connect(shop.home / "landing.duckdb") as con:
        for source in ("till", "shop"):
            con.execute(f"drop table {source}._fields")

    if rerun:
        assert shop.load(till="in", shop=f"sqlite:///{path}") == []
        assert shop.sql("select count(*) from shop.customers") == [(1,)]
    shop.write("in/2.csv", "id,cost\n3,4\n")
    assert shop.load(till="in", shop=f"sqlite:///{path}") == []
    assert shop.sql("select id, price, cost from till.lines order by id") == [
        ("1", "2", None),
        ("3", None, "4"),
    ]
    # From here on it is watched.
    shop.write("in/3.csv", "id,price\n4,5\n")
    with sqlite3.connect(path) as con:
        con.execute("alter table orders add column note text")
    shop.load(till="in", shop=f"sqlite:///{path}")
    assert shop.changes("till") == [
        ("cost", "missing", "VARCHAR", None),
        ("price", "added", None, "VARCHAR"),
    ]
    assert shop.changes("shop") == [("note", "added", None, "VARCHAR")]
    assert Path(launcher).exists()
