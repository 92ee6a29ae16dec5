"""A column that changes its type goes on holding every value, old and new, exactly."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from ingestion.database_url import parse_url
from tests.forks import Forks
from tests.ingestion.harness import Shop
from tests.ingestion.test_a_killed_load_ends_as_if_undisturbed import JOB, STEPS, landed

LONG = Decimal("123456789012345678901234567890123456789012345.67")
NOON = datetime.fromisoformat("2026-01-05 12:00:00.000500")
NAIVE, ZONED = pa.timestamp("us"), pa.timestamp("us", "UTC")
# column: values before and after, their types, the type in landing, and what stands there
RETYPED: dict[str, tuple[Any, Any, Any, Any, str, list[str]]] = {
    "wider": (5, 2**40, pa.int32(), pa.int64(), "BIGINT", ["5", "1099511627776"]),
    "narrower": (2**40, 5, pa.int64(), pa.int16(), "BIGINT", ["1099511627776", "5"]),
    "id": (7, "007", pa.int64(), pa.string(), "VARCHAR", ["7", "007"]),
    "number": ("x", 7, pa.string(), pa.int64(), "VARCHAR", ["x", "7"]),
    "share": (5, 0.1, pa.int32(), pa.float64(), "VARCHAR", ["5", "0.1"]),
    "tiny": (5e-324, "x", pa.float64(), pa.string(), "VARCHAR", ["5e-324", "x"]),
    "price": (
        Decimal("1.50"),
        Decimal("12345678.50"),
        pa.decimal128(5, 2),
        pa.decimal128(12, 2),
        "DECIMAL(12,2)",
        ["1.50", "12345678.50"],
    ),
    "scale": (
        Decimal("1.50"),
        Decimal("1.5001"),
        pa.decimal128(10, 2),
        pa.decimal128(10, 4),
        "VARCHAR",
        ["1.50", "1.5001"],
    ),
    "digits": (
        Decimal("1.50"),
        LONG,
        pa.decimal128(10, 2),
        pa.decimal256(60, 2),
        "VARCHAR",
        ["1.50", str(LONG)],
    ),
    "flag": (True, 2, pa.bool_(), pa.int8(), "VARCHAR", ["true", "2"]),
    "day": (
        date(2026, 1, 5),
        NOON,
        pa.date32(),
        NAIVE,
        "VARCHAR",
        ["2026-01-05", "2026-01-05 12:00:00.0005"],
    ),
    "zone": (
        NOON,
        NOON.replace(tzinfo=UTC),
        NAIVE,
        ZONED,
        "VARCHAR",
        ["2026-01-05 12:00:00.0005", "2026-01-05 12:00:00.0005+00"],
    ),
    "no_zone": (
        NOON.replace(tzinfo=UTC),
        NOON,
        ZONED,
        NAIVE,
        "VARCHAR",
        ["2026-01-05 12:00:00.0005+00", "2026-01-05 12:00:00.0005"],
    ),
    "told": ("x", NOON, pa.string(), NAIVE, "VARCHAR", ["x", "2026-01-05 12:00:00.0005"]),
    "finer": (
        NOON.replace(microsecond=0),
        NOON,
        pa.timestamp("s"),
        NAIVE,
        "TIMESTAMP",
        ["2026-01-05 12:00:00", "2026-01-05 12:00:00.0005"],
    ),
    "bytes": (b"a\xff", "b", pa.binary(), pa.string(), "VARCHAR", ["a\\xFF", "b"]),
    "grown": (
        {"a": 1},
        {"a": 1, "b": "x"},
        pa.struct([("a", pa.int8())]),
        pa.struct([("a", pa.int8()), ("b", pa.string())]),
        "JSON",
        ['{"a":1}', '{"a":1,"b":"x"}'],
    ),
    "nested": (
        5,
        [{"n": LONG}],
        pa.int32(),
        pa.list_(pa.struct([("n", pa.decimal256(60, 2))])),
        "VARCHAR",
        ["5", json.dumps([{"n": str(LONG)}], separators=(",", ":"))],
    ),
}


@pytest.mark.parametrize("loads", [2, 1])
def test_parquet_columns_of_every_kind(shop: Shop, loads: int) -> None:
    (shop.folder / "in").mkdir()
    for number in (0, 1):
        if number == 1 and loads == 2:
            shop.load(export="in")
        columns = {n: pa.array([case[number]], case[2 + number]) for n, case in RETYPED.items()}
        pq.write_table(pa.table(columns), shop.folder / "in" / f"{number}.parquet")
    shop.load(export="in")
    types = dict(
        shop.sql("select column_name, data_type from duckdb_columns() where table_name = 'rows'")
    )
    for name, case in RETYPED.items():
        query = f'select cast("{name}" as varchar) from export.rows order by _source_file'
        assert [row[0] for row in shop.sql(query)] == case[5], name
        assert types[name] == case[4], name
    assert shop.load(export="in") == []


def test_text_reads_back_as_the_number_or_time_it_was(shop: Shop) -> None:
    doubles = [0.1, 0.1 + 0.2, 1e300, -1e-300, 2.0**53 + 1, -0.0, float("inf"), 1 / 3]
    times = [NOON, *map(datetime.fromisoformat, ("0001-01-01", "9999-12-31 23:59:59.999999"))]
    columns = {"n": pa.array(doubles), "at": pa.array((times * 3)[:8], NAIVE)}
    (shop.folder / "in").mkdir()
    pq.write_table(pa.table(columns), shop.folder / "in" / "1.parquet")
    shop.load(export="in")
    before = shop.sql('select n, "at" from export.rows order by _row_number')
    pq.write_table(pa.table({"n": ["x"], "at": ["y"]}), shop.folder / "in" / "2.parquet")
    shop.load(export="in")
    after = shop.sql("""
        select n::double, "at"::timestamp from export.rows where n <> 'x' order by _row_number
    """)
    assert [(repr(n), at) for n, at in after] == [(repr(n), at) for n, at in before]
    assert [n for n, _ in after] == doubles


def test_one_file_that_cannot_land_does_not_stop_the_others(shop: Shop) -> None:
    (shop.folder / "in").mkdir()
    good = pa.table({"m": [1]})
    bad = pa.table({"m": pa.array([[("k", LONG)]], pa.map_(pa.string(), pa.decimal256(60, 2)))})
    pq.write_table(good, shop.folder / "in" / "1.parquet")
    pq.write_table(bad, shop.folder / "in" / "2.parquet")
    # Sound at first: its second group of rows is damaged.
    half = shop.folder / "in" / "3.parquet"
    text = pa.table({"m": [str(n) for n in range(140_000)]})
    pq.write_table(text, half, row_group_size=70_000, compression="none", use_dictionary=False)
    data = bytearray(half.read_bytes())
    data[len(data) // 2 : -1000] = bytes(len(data) - len(data) // 2 - 1000)
    half.write_bytes(data)
    done = shop.ingest(export="in")
    assert done.code == 1
    for name in ("2.parquet", "3.parquet"):
        assert f"{name} is set aside" in done.err
    # What did not land changed no type.
    assert shop.sql("select m, typeof(m) from export.rows") == [(1, "BIGINT")]


def test_sqlite_columns_change_without_a_needless_version(shop: Shop) -> None:
    shop.configure(shop={"entities": {"t": {"table": "t", "key": ["id"]}}})
    path = shop.folder / "shop.sqlite"

    def rebuild(columns: str, select: str) -> None:
        with sqlite3.connect(path) as con:
            con.executescript(f"""
                create table new ({columns});
                insert into new select {select} from t;
                drop table t;
                alter table new rename to t;
            """)
        shop.load(shop=f"sqlite:///{path}")

    def current(columns: str) -> list[Any]:
        return shop.sql(f"""
            select {columns} from shop.t
            qualify row_number() over (partition by id order by _loaded_at desc) = 1
            order by id
        """)

    with sqlite3.connect(path) as con:
        con.executescript("""
            create table t (id integer primary key, n integer, r real, Note text);
            insert into t values (1, 5, 2.5, 'x'), (2, 7, 0.125, null), (3, null, null, 'z');
        """)
    shop.load(shop=f"sqlite:///{path}")
    # The key too: number to text.
    rebuild("id text primary key, n text, r text, Note text", "id, n, r, note")
    assert shop.sql("select count(*) from shop.t") == [(3,)]
    rebuild("id text primary key, n text, r text, Note text", "id, n || '0', r, note")
    assert current("id, n, r") == [("1", "50", "2.5"), ("2", "70", "0.125"), ("3", None, None)]
    count = shop.sql("select count(*) from shop.t")
    # And back again.
    rebuild("id integer primary key, n integer, r real, Note text", "*")
    assert shop.sql("select count(*) from shop.t") == count
    # A column that is gone keeps its last value, also in a row that changes otherwise.
    rebuild("id integer primary key, n integer, r real", "id, n + (id = 1), r")
    assert current("id, n, note") == [("1", "51", "x"), ("2", "70", None), ("3", None, "z")]
    rebuild("id integer primary key, n integer, r real, memo text", "id, n, r, 'm' || id")
    assert current("id, n, note, memo") == [
        ("1", "51", "x", "m1"),
        ("2", "70", None, "m2"),
        ("3", None, "z", "m3"),
    ]
    with sqlite3.connect(path) as con:
        con.execute("delete from t where id = 2")
    shop.load(shop=f"sqlite:///{path}")
    assert current("id, _is_deleted") == [("1", False), ("2", True), ("3", False)]


POSTGRES = {
    # column: declared before, value, declared after, conversion
    "i": ("int", "7", "bigint", "i"),
    "wide": ("numeric(10, 2)", "12.30", "numeric(14, 4)", "wide"),
    "scaled": ("int", "7", "numeric(10, 2)", "scaled"),
    "whole": ("numeric(10, 2)", "12.00", "int", "whole"),
    "code": ("int", "7", "text", "code"),
    "coded": ("text", "'7'", "int", "coded::int"),
    "money": ("numeric(10, 2)", "12.30", "double precision", "money"),
    "flag": ("boolean", "true", "int", "flag::int"),
    "flagged": ("int", "1", "boolean", "flagged::boolean"),
    "placed": ("timestamp", "'2026-01-05 10:00:00.5'", "timestamptz", "placed at time zone 'UTC'"),
    "local": ("timestamptz", "'2026-01-05 11:00+01'", "timestamp", "local at time zone 'UTC'"),
    "shown": ("timestamp", "'2026-01-05 10:00:00.5'", "text", "shown"),
    "read": ("text", "'2026-01-05T11:00:00+01:00'", "timestamptz", "read::timestamptz"),
    "day": ("date", "'2026-01-05'", "timestamp", "day"),
}


def test_postgresql_columns_change_without_a_needless_version(shop: Shop, postgres: str) -> None:
    shop.configure(shop={"entities": {"t": {"table": "t", "key": ["id"]}}})

    def sql(*statements: str) -> list[str]:
        engine = sa.create_engine(parse_url(postgres))
        with engine.begin() as con:
            for statement in statements:
                con.exec_driver_sql(statement)
        engine.dispose()
        return shop.load(shop=postgres)

    columns = ", ".join(f"{name} {case[0]}" for name, case in POSTGRES.items())
    values = ", ".join(case[1] for case in POSTGRES.values())
    sql(
        "drop table if exists t",
        f"create table t (id int primary key, {columns})",
        f"insert into t select id, {values} from generate_series(1, {len(POSTGRES)}) as ids (id)",
        f"insert into t values (0{', null' * len(POSTGRES)})",
    )
    before = shop.sql("select columns(*)::varchar from shop.t order by id")
    [warning] = sql(
        "set time zone 'America/New_York'",
        "alter table t alter id type bigint",
        *(
            f"alter table t alter {name} type {case[2]} using {case[3]}"
            for name, case in POSTGRES.items()
        ),
    )
    assert warning.count("retyped") == 1 + len(POSTGRES)
    # No row changed: none landed, and those there show the same text.
    assert shop.sql("select columns(*)::varchar from shop.t order by id") == before
    # A new value in any of them is a new version.
    changed = {name: f"{name} || '0'" for name in ("code", "shown")}
    changed |= {"flagged": "not flagged"}
    changed |= {name: f"{name} + interval '1 s'" for name in ("placed", "local", "read", "day")}
    sql(
        *(
            f"update t set {name} = {changed.get(name, f'{name} + 1')} where id = {number}"
            for number, name in enumerate(POSTGRES, start=1)
        )
    )
    versions = "select id, count(*) from shop.t group by id order by id"
    assert shop.sql(versions) == [(0, 1), *((n, 2) for n in range(1, 1 + len(POSTGRES)))]
    # A key that only grew is a number still, and its tombstone with it.
    assert sql("delete from t where id = 0") == []
    assert shop.sql("select id from shop.t where _is_deleted") == [(0,)]
    assert shop.sql(versions)[1:] == [(n, 2) for n in range(1, 1 + len(POSTGRES))]


KILLED = {
    "with a package extracted": STEPS["with a package extracted"],
    "before the first column is widened": "ingestion.pipeline - widen before 1",
    "after the columns are widened": "ingestion.pipeline - widen after 1",
    "with a job committed": f"{JOB} after 1",
    "with three jobs committed": f"{JOB} after 3",
}


class Retyped:
    """Two rounds of a Parquet folder and a database; in the second, columns change."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        shop.configure(shop={"entities": {"t": {"table": "t", "key": ["id"]}}})
        self.locations = {"export": "in", "shop": f"sqlite:///{shop.folder / 'shop.sqlite'}"}

    def first(self) -> None:
        (self.shop.folder / "in").mkdir()
        table = pa.table({"a": [1, 2], "b": [0.1, None], "c": [NOON, NOON]})
        pq.write_table(table, self.shop.folder / "in" / "1.parquet")
        with sqlite3.connect(self.shop.folder / "shop.sqlite") as con:
            con.execute("create table t (id integer primary key, n integer, note text)")
            con.executemany("insert into t values (?, ?, 'x')", [(n, n) for n in range(50)])

    def second(self) -> None:
        table = pa.table({"a": ["x"], "b": [Decimal("1.50")], "d": [True]})
        pq.write_table(table, self.shop.folder / "in" / "2.parquet")
        with sqlite3.connect(self.shop.folder / "shop.sqlite") as con:
            con.execute("create table u (id text primary key, n text)")
            con.execute("insert into u select id, case when id % 7 then n else 'x' || n end from t")
            con.executescript("drop table t; alter table u rename to t")

    def killed(self, forks: Forks, source: str, step: str) -> bool:
        """Ingest one source and die at a step."""
        fork = forks.start(
            "ingest",
            f"--source={source}={self.locations[source]}",
            home=self.shop.home,
            cwd=self.shop.folder,
            prelude=f"kill_at({KILLED[step]!r})",
        )
        return fork.wait() == -9


def test_killed_while_columns_are_widened(new_shop: Callable[[], Shop], forks: Forks) -> None:
    undisturbed = Retyped(new_shop())
    for deliver in (undisturbed.first, undisturbed.second):
        deliver()
        undisturbed.shop.load(**undisturbed.locations)
    expected = landed(undisturbed.shop)
    assert len(expected["shop.t"]) == 58
    assert len(expected["export._fields"]) > 3
    # The steps are the same for both; a database has one more reason to be right in the middle.
    cases = [("export", step) for step in KILLED] + [("shop", "after the columns are widened")]
    for source, step in cases:
        retyped = Retyped(new_shop())
        retyped.first()
        retyped.shop.load(**retyped.locations)
        retyped.second()
        assert retyped.killed(forks, source, step), f"{source}, {step}: the step has moved"
        warnings = retyped.shop.load(**retyped.locations)
        assert landed(retyped.shop) == expected, f"{source}, {step}"
        # The load that was cut off had not said it.
        table = {"export": "export.rows: a", "shop": "shop.t: n"}[source]
        assert f"{table} retyped" in warnings[0], f"{source}, {step}"


def test_a_type_widened_for_a_load_that_is_given_up_loses_nothing(shop: Shop, forks: Forks) -> None:
    retyped = Retyped(shop)
    retyped.first()
    shop.load(**retyped.locations)
    before = shop.sql("select a::varchar, b::varchar, c::varchar from export.rows order by all")
    retyped.second()
    assert retyped.killed(forks, "export", "after the columns are widened")
    for path in (shop.home / "dlt").rglob("rows*.parquet"):
        Path(path).write_bytes(b"noise")
    (shop.folder / "in" / "2.parquet").unlink()
    shop.load(export="in")
    assert (
        shop.sql("select a::varchar, b::varchar, c::varchar from export.rows order by all")
        == before
    )
    assert shop.changes("export") == []
    # Numbers go on landing in what is text now.
    pq.write_table(pa.table({"a": [3]}), shop.folder / "in" / "3.parquet")
    shop.load(export="in")
    assert shop.sql("select a from export.rows order by a") == [("1",), ("2",), ("3",)]
