"""A table lands whole once; afterwards only new, changed and vanished keys do."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from ingestion.database_url import parse_url
from ingestion.errors import DataFailure
from tests.ingestion.harness import Shop

TABLES = """
create table customers (customer_id text primary key, email text, created_at text);
create table orders (order_id text primary key, customer_id text, total text, updated_at text);
insert into customers values ('c1', 'a@x.example', '2026-01-01'), ('c2', null, '2026-01-02');
insert into orders values ('o1', 'c1', '10.00', '2026-01-03'), ('o2', 'c2', '1e3', '2026-01-04');
"""
CURRENT = """
    select order_id, total, _is_deleted from shop.orders
    qualify row_number() over (partition by order_id order by _loaded_at desc) = 1 order by 1
"""
LATEST_OF_2 = 'select "at" from shop.t where id = 2 order by _loaded_at desc limit 1'


@pytest.fixture
def sqlite(shop: Shop) -> Path:
    path = shop.folder / "shop.sqlite"
    with sqlite3.connect(path) as con:
        con.executescript(TABLES)
    return path


def change(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as con:
        for statement in statements:
            con.execute(statement)


def test_sqlite_lands_new_changed_and_vanished_rows(shop: Shop, sqlite: Path) -> None:
    url = f"sqlite:///{sqlite}"
    assert shop.ingest(shop=url).code == 0
    assert shop.sql(CURRENT) == [("o1", "10.00", False), ("o2", "1e3", False)]
    assert shop.sql("select email from shop.customers order by customer_id") == [
        ("a@x.example",),
        (None,),
    ]

    # The same again lands nothing.
    assert shop.ingest(shop=url).code == 0
    assert shop.sql("select count(*) from shop.orders") == [(2,)]

    change(
        sqlite,
        "update orders set total = '11.00' where order_id = 'o1'",
        "delete from orders where order_id = 'o2'",
        "insert into orders values ('o3', 'c1', '5', '2026-01-05')",
    )
    assert shop.ingest(shop=url).code == 0
    assert shop.sql(CURRENT) == [("o1", "11.00", False), ("o2", None, True), ("o3", "5", False)]
    assert shop.sql("select count(*) from shop.orders") == [(5,)]
    assert shop.sql("select count(*) from shop.customers") == [(2,)]
    manifest = "select entity, row_count, mode from shop._files order by _loaded_at, entity"
    assert shop.sql(manifest) == [
        ("customers", 2, "backfill"),
        ("orders", 2, "backfill"),
        ("orders", 3, "live"),
    ]

    # A key that comes back is a new version.
    change(sqlite, "insert into orders values ('o2', 'c2', '1e3', '2026-01-04')")
    assert shop.ingest(shop=url).code == 0
    assert shop.sql(CURRENT)[1] == ("o2", "1e3", False)


def test_an_added_column_lands_and_an_empty_table_has_its_columns(shop: Shop) -> None:
    path = shop.folder / "shop.sqlite"
    with sqlite3.connect(path) as con:
        con.executescript(TABLES.partition("insert")[0])
    assert shop.ingest(shop=f"sqlite:///{path}").code == 0
    assert shop.sql("select order_id, total, _row_hash from shop.orders") == []

    change(path, "alter table orders add column note text")
    change(path, "insert into orders values ('o1', 'c1', '1', '2026', 'gift')")
    assert shop.ingest(shop=f"sqlite:///{path}").code == 0
    assert shop.sql("select order_id, note from shop.orders") == [("o1", "gift")]


def test_columns_named_like_ours_land_beside_them(shop: Shop) -> None:
    path = shop.folder / "shop.sqlite"
    shop.configure(shop={"entities": {"t": {"table": "t", "key": ["_FILE_ID"]}}})
    change(path, 'create table t ("_FILE_ID" integer, _row_hash integer, _is_deleted text)')
    change(path, "insert into t values (1, 10, 'no'), (2, 20, 'yes')")
    url = f"sqlite:///{path}"
    assert shop.ingest(shop=url).code == 0
    change(path, "update t set _row_hash = 11 where _file_id = 1")
    change(path, "delete from t where _file_id = 2")
    done = shop.ingest(shop=url)
    assert (done.code, "2 rows landed" in done.out) == (0, True)
    query = """
        select "_FILE_ID_2", _row_hash_2, _is_deleted_2, _is_deleted, length(_row_hash),
            length(_file_id)
        from shop.t order by _loaded_at, "_FILE_ID_2"
    """
    assert shop.sql(query) == [
        (1, 10, "no", False, 32, 64),
        (2, 20, "yes", False, 32, 64),
        (1, 11, "no", False, 32, 64),
        (2, None, None, True, 32, 64),
    ]


def test_a_column_named_rowid_lands_once_a_version(shop: Shop) -> None:
    """DuckDB would take it for its own number of the row."""
    path = shop.folder / "shop.sqlite"
    shop.configure(shop={"entities": {"t": {"table": "t", "key": ["id"]}}})
    change(path, 'create table t (id integer primary key, "RowID" integer, v text)')
    change(path, "insert into t values (1, 7, 'a')")
    for value in ("b", "c", "d", "d"):
        assert shop.ingest(shop=f"sqlite:///{path}").code == 0
        change(path, f"update t set v = '{value}'")
    change(path, "delete from t")
    assert shop.ingest(shop=f"sqlite:///{path}").code == 0
    query = 'select v, "RowID_2", _is_deleted from shop.t order by _loaded_at'
    assert shop.sql(query) == [
        ("a", 7, False),
        ("b", 7, False),
        ("c", 7, False),
        ("d", 7, False),
        (None, None, True),
    ]


def test_sqlite_values_land_as_stored(shop: Shop) -> None:
    path = shop.folder / "shop.sqlite"
    shop.configure(shop={"entities": {"t": {"table": "t", "key": ["id"]}}})
    with sqlite3.connect(path) as con:
        con.execute("create table t (id integer primary key, n integer, m int, d decimal, r real)")
        rows = [
            (1, 1.5, 7, 0.1 + 0.2, 0.1),
            (2, "abc", 2**63 - 1, 1234567890123.4567, None),
            (3, 3, None, "12.50x", 1e300),
        ]
        con.executemany("insert into t values (?, ?, ?, ?, ?)", rows)
    url = f"sqlite:///{path}"
    assert shop.ingest(shop=url).code == 0
    assert shop.sql("select id, n, m, d, r from shop.t order by id") == [
        (1, "1.5", 7, "0.30000000000000004", 0.1),
        (2, "abc", 2**63 - 1, "1234567890123.4568", None),
        (3, "3", None, "12.50x", 1e300),
    ]
    assert float("1234567890123.4568") == rows[1][3]

    # What landed as text stays text; what landed as a number is text once a value is none.
    change(path, "update t set n = id")
    assert shop.ingest(shop=url).code == 0
    assert shop.sql("select n from shop.t where n in ('1', '2') order by n") == [("1",), ("2",)]
    change(path, "update t set m = 'many' where id = 1")
    assert shop.ingest(shop=url).code == 0
    assert shop.sql("select id, m, d from shop.t where m = 'many' or m like '9%' order by id") == [
        (1, "many", "0.30000000000000004"),
        (2, "9223372036854775807", "1234567890123.4568"),
        (2, "9223372036854775807", "1234567890123.4568"),
    ]


def test_a_missing_key_lands_once(shop: Shop, sqlite: Path) -> None:
    change(sqlite, "insert into orders values (null, 'c1', '5', '2026-01-05')")
    for _ in range(2):
        assert shop.ingest(shop=f"sqlite:///{sqlite}").code == 0
    assert shop.sql("select count(*) from shop.orders") == [(3,)]
    change(sqlite, "delete from orders where order_id is null")
    for _ in range(2):
        assert shop.ingest(shop=f"sqlite:///{sqlite}").code == 0
    assert shop.sql("select count(*) from shop.orders where _is_deleted") == [(1,)]


def test_a_table_that_was_emptied_is_told(shop: Shop, sqlite: Path) -> None:
    url = f"sqlite:///{sqlite}"
    assert shop.load(shop=url) == []
    change(sqlite, "delete from orders")
    (told,) = shop.load(shop=url)
    assert "table orders is empty now; the 2 it held count as deleted" in told
    assert shop.load(shop=url) == []
    assert shop.sql(CURRENT) == [("o1", None, True), ("o2", None, True)]


def test_postgresql_values_without_a_number_or_a_date(shop: Shop, postgres: str) -> None:
    def sql(text: str) -> None:
        engine = sa.create_engine(parse_url(postgres))
        with engine.begin() as con:
            con.exec_driver_sql(text)
        engine.dispose()

    shop.configure(shop={"entities": {"t": {"table": "t", "key": ["id"]}}})
    sql("""
        drop table if exists t;
        create table t (id int primary key, n numeric(10, 2), at timestamp);
        insert into t values (1, 'NaN', '2026-01-05'), (2, 1.50, null);
    """)
    assert shop.ingest(shop=postgres).code == 0
    assert shop.sql("select n from shop.t order by id") == [("NaN",), ("1.50",)]
    for value in ("infinity", "-infinity", "0044-03-15 10:00:00 BC"):
        sql(f"update t set at = '{value}' where id = 2")
        assert shop.ingest(shop=postgres).code == 0
        # The first row is as it was, and lands no second time.
        assert shop.sql('select "at" from shop.t where id = 1') == [("2026-01-05 00:00:00",)]
        assert shop.sql(LATEST_OF_2) == [(value,)]
    sql("update t set at = '2026-01-06' where id = 2")
    assert shop.ingest(shop=postgres).code == 0
    assert shop.sql(LATEST_OF_2) == [("2026-01-06 00:00:00",)]
    assert shop.sql("select count(*) from shop.t where id = 1") == [(1,)]


def test_postgresql_keeps_its_types(shop: Shop, postgres: str) -> None:
    engine = sa.create_engine(parse_url(postgres))
    with engine.begin() as con:
        con.exec_driver_sql("""
            drop table if exists customers, orders;
            create table customers (customer_id bigint primary key, extra jsonb, card xml);
            create table orders (order_id int primary key, total numeric(10, 2), rate numeric,
                thousands numeric(5, -3),
                paid boolean, ordered_at timestamp, shipped_at timestamptz, day date);
            insert into customers values (1, '{"a": 1.50}', '<n>Ann</n>');
            insert into orders values (7, 12.30, 1.23456789012345678901, 71600, true,
                '2026-01-05 10:00', '2026-01-05 10:00+01', '2026-01-05');
        """)
    engine.dispose()
    done = shop.ingest(shop=postgres)
    assert (done.code, done.err) == (0, "")
    types = dict(
        shop.sql("""
            select column_name, data_type from information_schema.columns
            where table_schema = 'shop' and table_name in ('orders', 'customers')
        """)
    )
    assert types["order_id"] == "INTEGER"
    assert types["total"] == "DECIMAL(10,2)"
    assert types["ordered_at"] == "TIMESTAMP"
    assert types["shipped_at"] == "TIMESTAMP WITH TIME ZONE"
    assert shop.sql("select rate, thousands, paid, day::varchar from shop.orders") == [
        ("1.23456789012345678901", "72000", True, "2026-01-05")
    ]
    assert shop.sql("select extra, card from shop.customers") == [('{"a": 1.50}', "<n>Ann</n>")]
    assert shop.ingest(shop=postgres).code == 0
    assert shop.sql("select count(*) from shop.orders") == [(1,)]


def test_postgresql_values_land_the_same_whatever_the_role_has_set(
    shop: Shop, postgres: str
) -> None:
    """Another text of the same value would be a version of a row that nobody changed."""
    engine = sa.create_engine(parse_url(postgres))
    with engine.begin() as con:
        con.exec_driver_sql("""
            drop table if exists t;
            drop role if exists odd;
            create table t (id int primary key, f float8, fs float8[], lasted interval,
                days date[], seen timestamptz[], raw bytea[], note text);
            insert into t values (1, 0.30000000000000004, '{0.30000000000000004}',
                '1 day 02:03:04', '{2026-01-31}', '{2026-01-31 10:00+01}', '{a}', '9 € ☺');
            create role odd superuser login password 'sesame';
            alter role odd set extra_float_digits = 0;
            alter role odd set intervalstyle = 'iso_8601';
            alter role odd set datestyle = 'German, DMY';
            alter role odd set bytea_output = 'escape';
            alter role odd set timezone = 'Asia/Tokyo';
            alter role odd set client_encoding = 'LATIN1';
        """)
    engine.dispose()
    shop.configure(shop={"entities": {"t": {"table": "t", "key": ["id"]}}})
    for role in ("odd", "shop"):
        done = shop.ingest(shop=postgres.replace("//shop:", f"//{role}:"))
        assert (done.code, done.err) == (0, "")
        assert shop.sql("select f, fs, lasted, days, seen, raw, note from shop.t") == [
            (
                0.30000000000000004,
                "{0.30000000000000004}",
                "1 day 02:03:04",
                "{2026-01-31}",
                '{"2026-01-31 09:00:00+00"}',
                '{"\\\\x61"}',
                "9 € ☺",
            )
        ]


def test_text_that_is_no_utf8_is_told_with_its_table(shop: Shop, postgres: str) -> None:
    server = sa.create_engine(parse_url(postgres), isolation_level="AUTOCOMMIT")
    with server.connect() as con:
        con.exec_driver_sql("drop database if exists bytes")
        con.exec_driver_sql(
            "create database bytes template template0 encoding 'SQL_ASCII' "
            "lc_collate 'C' lc_ctype 'C'"
        )
    server.dispose()
    location = postgres.replace("/postgres", "/bytes")
    shop.configure(shop={"entities": {"t": {"table": "t", "key": ["id"]}}})
    bytes_of = sa.create_engine(parse_url(location))
    with bytes_of.begin() as con:
        con.exec_driver_sql("create table t (id int primary key, v text)")
        con.exec_driver_sql(r"insert into t values (1, E'caf\303\251')")
    # Such a database does not know its letters; most hold UTF-8.
    done = shop.ingest(shop=location)
    assert (done.code, done.err) == (0, "")
    assert shop.sql("select v from shop.t") == [("café",)]
    with bytes_of.begin() as con:
        con.exec_driver_sql(r"insert into t values (2, E'caf\351')")
    bytes_of.dispose()
    done = shop.ingest(shop=location)
    assert done.code == 1
    assert "table t of postgresql://shop:***@" in done.err
    assert "0xe9. Convert the value, or the whole database, to UTF-8 and run again." in done.err


def test_text_that_a_driver_cannot_decode_is_told_with_its_table(
    shop: Shop, sqlite: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not every driver makes an error of the database out of it, as SQLite's does."""

    def decoded(*_: object) -> None:
        b"caf\xe9".decode("ascii")

    monkeypatch.setattr(sa.engine.Result, "partitions", decoded)
    with pytest.raises(DataFailure):
        shop.load(shop=f"sqlite:///{sqlite}")
    told = capsys.readouterr().err
    assert "table customers of sqlite://" in told
    assert "byte 0xe9" in told
    assert "Convert the value, or the whole database, to UTF-8 and run again." in told


def test_sqlite_text_that_is_no_utf8_is_told_with_its_table(shop: Shop, sqlite: Path) -> None:
    change(sqlite, "update orders set total = cast(x'636166e9' as text) where order_id = 'o1'")
    done = shop.ingest(shop=f"sqlite:///{sqlite}")
    assert (done.code, "table orders of" in done.err) == (1, True)
    assert "'total'" in done.err
    assert "Convert the value, or the whole database, to UTF-8 and run again." in done.err


def test_an_sqlite_file_that_somebody_writes_is_no_broken_one(shop: Shop, sqlite: Path) -> None:
    writer = sqlite3.connect(sqlite, isolation_level=None)
    writer.execute("begin exclusive")
    done = shop.ingest(shop=f"sqlite:///{sqlite}?timeout=0")
    assert done.code == 1
    assert "is locked: another program is writing it. Run again when it is done." in done.err
    writer.execute("commit")
    writer.close()
    assert shop.ingest(shop=f"sqlite:///{sqlite}").code == 0


def test_a_wrong_password_is_one_sentence_and_never_shown(shop: Shop, postgres: str) -> None:
    shop.write("in/a.jsonl", "{}\n")
    wrong = postgres.replace("sesame", "hunter2")
    done = shop.ingest(shop=wrong, web="in")
    assert done.code == 2
    assert "source shop: no connection" in done.err
    assert "password" in done.err
    assert shop.payloads() == ["{}"]
    everything = done.text + "".join(
        path.read_bytes().decode("latin-1") for path in shop.home.rglob("*") if path.is_file()
    )
    assert "hunter2" not in everything


def test_a_password_that_the_driver_takes_apart_is_never_shown(shop: Shop, postgres: str) -> None:
    for secret in ("aaa@hunter2/zz", "a hunter2@b", "x://hunter2"):
        wrong = postgres.replace("sesame", secret)
        done = shop.ingest(shop=wrong)
        assert (done.code, "source shop: no connection" in done.err) == (2, True), secret
        kept = [path.read_bytes() for path in shop.home.rglob("*") if path.is_file()]
        assert "hunter2" not in done.text + b"".join(kept).decode("latin-1")


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("sqlite:///missing.sqlite", "does not exist"),
        ("sqlite:///broken.sqlite", "Check that the file is an SQLite database"),
        ("nonsense", "SQLAlchemy URL"),
        ("postgresql+psycopg2://u:hunter2@127.0.0.1:1/x", "no connection"),
        ("oracle://u:hunter2@h/x", "driver for oracle://u:***@h/x is not installed"),
    ],
)
def test_a_wrong_location_is_one_sentence(shop: Shop, location: str, says: str) -> None:
    shop.write("broken.sqlite", "no database")
    done = shop.ingest(shop=location)
    assert done.code == 2
    assert says in done.err
    assert "hunter2" not in done.text


def test_a_relative_sqlite_file_is_the_projects(shop: Shop, sqlite: Path) -> None:
    shop.configure(shop={"location": f"sqlite:///{sqlite.name}"})
    script = "import os\nfrom ingestion import cli\nos.chdir('/')\ncli.main()\n"
    launcher = str(shop.write("launcher.py", script))
    done = shop.run("ingest", f"--project-dir={shop.folder}", "--source=shop", launcher=launcher)
    assert done.code == 0
    assert shop.sql("select count(*) from shop.orders") == [(2,)]


def test_a_table_or_key_that_is_not_there(shop: Shop, sqlite: Path) -> None:
    change(sqlite, "drop table orders")
    done = shop.ingest(shop=f"sqlite:///{sqlite}")
    assert (done.code, "no table orders" in done.err) == (2, True)
    # Nothing of the source is half loaded.
    tables = shop.sql("select table_name from duckdb_tables() where schema_name = 'shop'")
    assert ("customers",) not in tables


def test_a_key_that_is_not_unique(shop: Shop, sqlite: Path) -> None:
    entities = {"orders": {"table": "orders", "key": ["customer_id"]}}
    shop.configure(shop={"entities": entities})
    change(sqlite, "update orders set customer_id = 'c1'")
    done = shop.ingest(shop=f"sqlite:///{sqlite}")
    assert done.code == 2
    assert "several rows with (customer_id) = ('c1',)" in done.err
