"""Delivered files: what lands is what was sent, once, whatever its name, packing or place."""

import gzip
import os
import shutil
from collections.abc import Callable
from decimal import Decimal

import boto3  # type: ignore[import-untyped]
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from moto.server import ThreadedMotoServer
from pytest_httpserver import HTTPServer

from tests.ingestion.harness import Shop
from tests.support import SHARED, needs

ARCHIVE = SHARED / "online_retail" / "online_retail_by_day.tar.gz"

LINES = ['{"a": 1.50}\r', "", "  ", '{"ä": "\\u0000"}', '{"last": true}']
PACKING: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("suffix", PACKING)
def test_json_lines_land_as_sent(shop: Shop, suffix: str) -> None:
    shop.write("in/day.jsonl" + suffix, PACKING[suffix]("\n".join(LINES).encode()))
    assert shop.ingest(web="in").code == 0
    assert shop.payloads() == LINES
    assert shop.sql("select min(_row_number), max(_row_number) from web.events") == [(1, 5)]


@pytest.mark.parametrize("suffix", PACKING)
def test_csv_lands_as_text(shop: Shop, suffix: str) -> None:
    text = 'id,ID,,note\n001,"a, ""b""\nc",,\n2,x,"",y\n'
    shop.write("in/day.csv" + suffix, PACKING[suffix](text.encode("utf-8-sig")))
    assert shop.ingest(till="in").code == 0
    assert shop.sql('select id, "ID_2", column_3, note from till.lines order by _row_number') == [
        ("001", 'a, "b"\nc', "", ""),
        ("2", "x", "", "y"),
    ]


def test_csv_in_another_encoding_and_with_another_delimiter(shop: Shop) -> None:
    shop.configure(till={"encoding": "latin-1", "delimiter": ";"})
    shop.write("in/day.csv", "id;name\n1;Käse\n".encode("latin-1"))
    assert shop.ingest(till="in").code == 0
    assert shop.sql("select name from till.lines") == [("Käse",)]


def test_new_columns_are_welcome_and_case_does_not_split_one(shop: Shop) -> None:
    shop.write("in/1.csv", "id,price\n1,2\n")
    assert shop.ingest(till="in").code == 0
    shop.write("in/2.csv", "ID,Price,colour\n2,3,red\n")
    assert shop.ingest(till="in").code == 0
    assert shop.sql("select id, price, colour from till.lines order by id") == [
        ("1", "2", None),
        ("2", "3", "red"),
    ]


def test_parquet_keeps_its_types(shop: Shop) -> None:
    table = pa.table(
        {
            "n": pa.array([1, None], pa.int32()),
            "big": pa.array([2**64 - 1, 0], pa.uint64()),
            "price": pa.array([Decimal("1.5"), None], pa.decimal128(18, 4)),
            "at": pa.array([0, 1], pa.timestamp("us")),
            "tag": pa.array(["a", "b"]).dictionary_encode(),
            "parts": pa.array([[1], []], pa.list_(pa.int8())),
            "nothing": pa.nulls(2),
        }
    )
    (shop.folder / "in").mkdir()
    pq.write_table(table, shop.folder / "in" / "a.parquet")
    assert shop.ingest(export="in").code == 0
    types = shop.sql("""
        select column_name, data_type from information_schema.columns
        where table_name = 'rows' and not starts_with(column_name, '_')
    """)
    assert dict(types) == {
        "n": "INTEGER",
        "big": "DECIMAL(20,0)",
        "price": "DECIMAL(18,4)",
        "at": "TIMESTAMP",
        "tag": "VARCHAR",
        "parts": "JSON",
    }
    assert shop.sql("select n, big::varchar, tag, parts from export.rows order by _row_number") == [
        (1, "18446744073709551615", "a", "[1]"),
        (None, "0", "b", "[]"),
    ]


def test_the_same_file_again_lands_nothing(shop: Shop) -> None:
    """Case 20."""
    path = shop.write("in/day.jsonl", "1\n2\n")
    assert shop.ingest(web="in").code == 0
    assert shop.ingest(web="in").code == 0
    os.utime(path)  # a copy tool that forgets the times
    assert shop.ingest(web="in").code == 0
    assert shop.payloads() == ["1", "2"]
    assert shop.sql("select count(*) from web._files") == [(1,)]


def test_known_bytes_under_a_new_name_are_only_noted(shop: Shop) -> None:
    shop.write("in/a.jsonl", "1\n2\n")
    shop.write("in/b.jsonl", "1\n2\n")
    assert shop.ingest(web="in").code == 0
    shop.write("in/c.jsonl", "1\n2\n")
    assert shop.ingest(web="in").code == 0
    assert shop.payloads() == ["1", "2"]
    assert shop.sql("select name, status, row_count from web._files order by name") == [
        ("a.jsonl", "landed", 2),
        ("b.jsonl", "redelivered", 0),
        ("c.jsonl", "redelivered", 0),
    ]


def test_new_bytes_under_a_known_name_are_a_new_version(shop: Shop) -> None:
    shop.write("in/day.jsonl", "1\n")
    assert shop.ingest(web="in").code == 0
    shop.write("in/day.jsonl", "1\n2\n")
    assert shop.ingest(web="in").code == 0
    versions = "select name, status, row_count, mode from web._files order by _loaded_at"
    assert shop.sql(versions) == [
        ("day.jsonl", "landed", 1, "backfill"),
        ("day.jsonl", "landed", 2, "live"),
    ]
    # The first version comes back: known bytes, but now they are what the name stands for.
    shop.write("in/day.jsonl", "1\n")
    assert shop.ingest(web="in").code == 0
    assert shop.sql(versions)[2] == ("day.jsonl", "redelivered", 0, "live")
    assert shop.sql("select count(*) from web.events") == [(3,)]


def test_a_file_that_is_packed_later_stands_for_the_same(shop: Shop) -> None:
    """As when old files are archived where they are; staging has the newer replace the older."""
    shop.write("in/day.jsonl", "1\n2\n")
    assert shop.load(web="in") == []
    shop.write("in/day.jsonl.gz", gzip.compress(b""))
    (told,) = shop.load(web="in")
    assert "day.jsonl.gz holds no rows, and stands for the 2 that it held before" in told


def test_a_file_key_of_name_looks_past_the_folder(shop: Shop) -> None:
    shop.configure(web={"file_key": "name"})
    shop.write("in/delivery-1/day.jsonl", "1\n")
    shop.write("in/delivery-2/day.jsonl", "1\n2\n")
    assert shop.ingest(web="in").code == 0
    expected = [("day.jsonl", 1, "delivery-1/day.jsonl"), ("day.jsonl", 2, "delivery-2/day.jsonl")]
    query = "select name, file_number, _source_file from web._files order by all"
    assert shop.sql(query) == expected
    assert shop.ingest(web="in").code == 0
    assert shop.sql(query) == expected


def test_a_file_key_pattern_looks_past_the_delivery_only(shop: Shop) -> None:
    shop.configure(web={"file_key": "(?:delivery-[0-9]+/)?(.*)"})
    shop.write("in/delivery-1/day-1/part.jsonl", "1\n")
    shop.write("in/delivery-1/day-2/part.jsonl", "2\n")
    shop.write("in/delivery-2/day-1/part.jsonl", "1\n3\n")
    assert shop.ingest(web="in").code == 0
    # Its bytes are those the name stands for: nothing new, not even a note.
    shop.write("in/delivery-3/day-2/part.jsonl", "2\n")
    assert shop.ingest(web="in").code == 0
    assert shop.sql("select name, status, _source_file from web._files order by file_number") == [
        ("day-1/part.jsonl", "landed", "delivery-1/day-1/part.jsonl"),
        ("day-2/part.jsonl", "landed", "delivery-1/day-2/part.jsonl"),
        ("day-1/part.jsonl", "landed", "delivery-2/day-1/part.jsonl"),
    ]
    # What the expression does not take stands for itself.
    shop.configure(web={"file_key": "(a)?day.jsonl"})
    shop.write("in/day.jsonl", "4\n")
    assert shop.ingest(web="in").code == 0
    query = "select name from web._files where _source_file = 'day.jsonl'"
    assert shop.sql(query) == [("day.jsonl",)]


def test_one_file_and_hidden_files(shop: Shop) -> None:
    shop.write("in/day.jsonl", "1\n")
    shop.write("in/.day.jsonl.part", "2\n")
    assert shop.ingest(web="in/day.jsonl").code == 0
    assert shop.ingest(web="in").code == 0
    assert shop.payloads() == ["1"]


def test_a_file_without_rows_is_known(shop: Shop) -> None:
    shop.write("in/day.csv", "id,price")
    shop.write("in/day.jsonl", b"")
    assert shop.ingest(till="in", web="in").code == 0
    assert (
        shop.sql(
            "select status, row_count from till._files union all from "
            "(select status, row_count from web._files)"
        )
        == [("landed", 0)] * 2
    )


def test_every_file_without_rows_is_told(shop: Shop) -> None:
    """All empty files have the same bytes, as have all CSVs of one header."""
    for day in ("mon", "tue"):
        shop.write(f"in/{day}.csv", "id,price\n")
        shop.write(f"in/{day}.jsonl", b"")
    told = shop.load(till="in", web="in")
    shop.write("in/wed.jsonl", b"")
    told += shop.load(till="in", web="in")
    assert all("holds no rows" in line for line in told)
    names = [line.split()[2] for line in told]
    assert names == ["mon.csv", "tue.csv", "mon.jsonl", "tue.jsonl", "wed.jsonl"]
    assert shop.sql("select name, status, row_count from web._files order by name") == [
        ("mon.jsonl", "landed", 0),
        ("tue.jsonl", "redelivered", 0),
        ("wed.jsonl", "redelivered", 0),
    ]


def test_a_file_emptied_says_what_it_takes_away(shop: Shop) -> None:
    shop.write("in/day.csv", "id\n" + "7\n" * 1200)
    assert shop.load(till="in") == []
    for bytes_left in (b"", b"id\n"):
        shop.write("in/day.csv", bytes_left)
        (told,) = shop.load(till="in")
        assert ("stands for the 1,200 that it held before" in told) is (bytes_left == b"")


def test_columns_land_with_or_without_rows(shop: Shop) -> None:
    shop.write("in/1.csv", "id,price")
    shop.write("in/2.csv", "id,colour\n")
    pq.write_table(pa.table({"n": pa.array([], pa.int16())}), shop.folder / "in" / "1.parquet")
    assert shop.ingest(till="in", export="in").code == 0
    assert shop.sql("select id, price, colour from till.lines") == []
    assert shop.sql("select typeof(max(n)) from export.rows") == [("SMALLINT",)]
    shop.write("in/3.csv", "id\n7\n")
    assert shop.ingest(till="in").code == 0
    assert shop.sql("select id, price, colour from till.lines") == [("7", None, None)]


def test_a_blank_line_is_a_record_where_one_value_makes_a_record(shop: Shop) -> None:
    shop.write("in/one.csv", 'id\n1\n\n""\n2\n\n')
    shop.write("in/two.csv", "id,price\r\n\r\n3,4\r\n\r\n")
    assert shop.ingest(till="in").code == 0
    rows = "select _row_number, id from till.lines where _source_file = '{}' order by 1"
    assert shop.sql(rows.format("one.csv")) == [(1, "1"), (2, ""), (3, ""), (4, "2"), (5, "")]
    assert shop.sql(rows.format("two.csv")) == [(1, "3")]
    assert shop.sql("select row_count from till._files order by name") == [(5,), (1,)]


def test_large_files_spill_and_keep_their_order(shop: Shop) -> None:
    count = 400_000
    lines = [f'{{"event_id": "{n:040}", "page": "{n % 977}"}}' for n in range(count)]
    shop.write("in/a.jsonl", "\n".join(lines))
    shop.write("in/b.jsonl", '"small"\n')
    assert shop.ingest(web="in").code == 0
    assert shop.payloads() == [*lines, '"small"']


def test_nothing_is_written_outside_the_home(shop: Shop) -> None:
    shop.write("in/day.jsonl", "1\n")
    assert shop.ingest(web="in").code == 0
    assert {path.name for path in shop.folder.iterdir()} == {"dbt_project.yml", "in", "warehouse"}
    # Loaded jobs do not stay behind.
    assert not list((shop.home / "dlt").rglob("*.parquet"))


def test_the_dlt_folder_can_be_lost(shop: Shop) -> None:
    shop.write("in/day.jsonl", "1\n")
    assert shop.ingest(web="in").code == 0
    shutil.rmtree(shop.home / "dlt")
    shop.write("in/next.jsonl", "2\n")
    assert shop.ingest(web="in").code == 0
    assert shop.payloads() == ["1", "2"]


def test_declared_tables_and_columns_exist_without_a_load(shop: Shop) -> None:
    shop.write(
        "models/staging/web/_web__sources.yml",
        """
sources:
  - name: till
    database: landing
    tables:
      - name: lines
        columns: [{name: id}, {name: quantity, data_type: bigint}]
  - name: web
    database: landing
    tables: [{name: events, columns: [{name: payload}]}]
""",
    )
    shop.write("in/day.jsonl", "1\n")
    assert shop.ingest(web="in").code == 0
    assert shop.sql("select id, quantity, _file_id, _row_number from till.lines") == []
    assert shop.sql("select status, file_number from till._files") == []
    # The first load brings its own columns, the declared ones stay.
    shop.write("in/day.csv", "id,price\n1,2\n")
    assert shop.ingest(till="in").code == 0
    assert shop.sql("select id, price, quantity from till.lines") == [("1", "2", None)]


def test_object_store(shop: Shop) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        shop.environment = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        s3 = boto3.client(
            "s3",
            endpoint_url=shop.environment["AWS_ENDPOINT_URL"],
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - moto takes anything
            region_name="us-east-1",
        )
        s3.create_bucket(Bucket="shop")
        s3.put_object(Bucket="shop", Key="web/x/1.jsonl.gz", Body=gzip.compress(b"1\n2\n"))
        assert shop.ingest(web="s3://shop/web").code == 0
        assert shop.payloads() == ["1", "2"]
        assert shop.sql("select name from web._files") == [("x/1.jsonl.gz",)]
        s3.put_object(Bucket="shop", Key="web/x/2.jsonl", Body=b"3\n")
        assert shop.ingest(web="s3://shop/web").code == 0
        assert shop.payloads() == ["1", "2", "3"]
        missing = shop.ingest(web="s3://shop/nothing")
        assert (missing.code, "does not exist" in missing.err) == (2, True)
    finally:
        server.stop()


@needs(ARCHIVE)
def test_online_retail_lands_whole(shop: Shop) -> None:
    shutil.unpack_archive(ARCHIVE, shop.folder / "in")
    assert shop.ingest(till="in").code == 0
    assert shop.sql("""
        select count(*), count(distinct _file_id), count(distinct InvoiceNo),
            sum(Quantity::bigint) filter (where CustomerID != '') from till.lines
    """)[0][:3] == (541_909, 305, 25_900)


def test_names_that_would_become_one_stay_apart(shop: Shop) -> None:
    """A header may end with a blank name (the ECB's daily file does), or hold quotes."""
    shop.write("in/a.csv", 'id, ,"a""b",a_b,ID,_Row_Number\n1,2,3,4,5,6\n')
    pq.write_table(pa.table({"_file_id": [7]}), shop.folder / "in" / "a.parquet")
    assert shop.ingest(till="in", export="in").code == 0
    # Our own columns are none of theirs.
    assert shop.sql('select "_Row_Number_2", _row_number from till.lines') == [("6", 1)]
    assert shop.sql("select _file_id_2, length(_file_id) from export.rows") == [(7, 64)]
    assert shop.sql('select id, column_2, a_b, a_b_2, "ID_2" from till.lines') == [
        ("1", "2", "3", "4", "5")
    ]


def test_a_server_that_names_no_version_is_read_each_time(
    shop: Shop, httpserver: HTTPServer
) -> None:
    for body in ("id,n\n1,2\n", "id,n\n9,9\n", "id,n\n9,9\n"):
        httpserver.clear()
        httpserver.expect_request("/day.csv").respond_with_data(body)
        assert shop.ingest(till=httpserver.url_for("/day.csv?key=sesame")).code == 0
    assert shop.sql("select id from till.lines order by _loaded_at") == [("1",), ("9",)]
    # What follows the question mark is no part of the name, and may be a key.
    names = "select distinct name, _source_file from till._files"
    assert shop.sql(names) == [("day.csv", "day.csv")]


def test_a_name_that_is_not_utf_8_lands_as_text(shop: Shop) -> None:
    shop.write("in/a.csv", "id\n1\n")
    shop.write(os.fsdecode(b"in/ao\xfbt.csv"), "id\n2\n")
    assert shop.ingest(till="in").code == 0
    assert shop.ingest(till="in").code == 0
    assert shop.sql("select id, _source_file from till.lines order by id") == [
        ("1", "a.csv"),
        ("2", "ao\\udcfbt.csv"),
    ]
    missing = shop.ingest(till=os.fsdecode(b"ao\xfbt"))
    assert (missing.code, "does not exist" in missing.err) == (2, True)


def test_utf_16_without_its_mark_is_set_aside_alone(shop: Shop) -> None:
    shop.configure(till={"encoding": "utf-16"})
    shop.write("in/1.csv", "id\n1\n".encode("utf-16-le"))
    shop.write("in/2.csv", "id\n2\n".encode("utf-16"))
    done = shop.ingest(till="in")
    assert (done.code, "1.csv" in done.err, "BOM" in done.err) == (1, True, True)
    assert shop.sql("select id from till.lines") == [("2",)]
