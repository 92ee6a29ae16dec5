"""Whatever is wrong with what was delivered: a sentence, an exit code, nothing half loaded."""

import gzip
import os
import random
import socket
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from pytest_httpserver import HTTPServer

from ingestion import ledger
from ingestion.config import FilesSource, redact, redact_url
from ingestion.errors import BadFile, DataFailure, UsageFailure
from ingestion.sources.formats import read_rows
from tests.ingestion.harness import REPOSITORY, SOURCES, Shop

GOOD = b"id,price\n" + b"1,2\n" * 50
NO_UTF8 = pa.py_buffer(b"\xff\xfe")
NOISE = random.Random(7).randbytes(200_000)
PACKED = gzip.compress(b"id,price\n" + b"\n".join(b"%d,2" % n for n in range(100_000)))
BAD_CSV = {
    # name of the file: (its bytes, its reason, what the message says)
    "cut.csv.gz": (PACKED[: len(PACKED) // 2], "truncated_file", "ends early"),
    "cut_at_the_end.csv.gz": (PACKED[:-3], "truncated_file", "ends early"),
    "crc.csv.gz": (PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], "bad_checksum", "CRC"),
    "flipped.csv.gz": (PACKED[:9000] + b"\xff\xff" + PACKED[9002:], "bad_checksum", "Deliver"),
    "cut.csv.zst": (
        zstandard.compress(GOOD + b"3,4\n" * 9999)[:-9],
        "truncated_file",
        "ends early",
    ),
    "empty.csv.gz": (b"", "truncated_file", "0 bytes"),
    "plain.csv.gz": (GOOD + b"3,4\n", "unreadable", "its name says gzip"),
    "packed.csv": (gzip.compress(GOOD), "unreadable", "its content is gzip"),
    "table.csv": (b"PAR1" + NOISE, "unreadable", "its content is Parquet"),
    "book.csv": (b"PK\x03\x04" + NOISE, "unreadable", "its content is zip"),
    "wide.csv": (GOOD + b"1,2,3\n" + GOOD, "malformed_record", "line 52 has 3 fields"),
    "narrow.csv": (GOOD + b"1\n", "malformed_record", "line 52 has 1 fields"),
    "quote.csv": (GOOD + b'1,"2\n' + GOOD, "malformed_record", "line 52 is never closed"),
    "quotes.csv": (
        b'id,price\n1,27" tv\n2,"cut off\n3,4\n',
        "malformed_record",
        "the quote opened in the record of line 3 is never closed",
    ),
    "closed.csv": (
        GOOD + b'1,"Best" shoe\n',
        "malformed_record",
        "line 52 is closed before its field ends",
    ),
    "nul.csv": (b"id,pr\0ice\n1,2\n", "malformed_record", "line 1 holds a NUL byte"),
    "latin.csv": (GOOD + b"1,caf\xe9\n", "bad_encoding", "line 52 holds byte 0xe9"),
    "noise.csv": (b"\xff" + NOISE, "bad_encoding", "line 1"),
    "long.csv": (GOOD + b"1," + b"x" * 50_000_000 + b"\n", "oversize", "line 52"),
}


@pytest.mark.parametrize("name", BAD_CSV)
def test_a_bad_csv_is_set_aside_whole(shop: Shop, name: str) -> None:
    data, reason, says = BAD_CSV[name]
    shop.write("in/" + name, data)
    shop.write("in/good.csv", GOOD)
    done = shop.ingest(till="in")
    assert done.code == 1
    assert f"{name} is set aside" in done.err
    assert says in done.err
    assert shop.sql("select count(*), count(distinct _file_id) from till.lines") == [(50, 1)]
    query = "select status, reason, row_count from till._files where name = ?".replace(
        "?", f"'{name}'"
    )
    assert shop.sql(query) == [("set_aside", reason, 0)]

    # Known now: one warning, and the run goes on.
    again = shop.ingest(till="in")
    assert again.code == 0
    assert again.err.count(name) == 1
    assert shop.sql("select count(*) from till._files") == [(2,)]

    # Better bytes under the same name are taken.
    better = GOOD + b"9,9\n"
    packed = {".gz": gzip.compress(better), ".zst": zstandard.compress(better)}
    shop.write("in/" + name, packed.get(Path(name).suffix, better))
    assert shop.ingest(till="in").code == 0
    assert shop.sql("select count(*) from till.lines") == [(101,)]


@pytest.mark.parametrize(
    ("data", "reason", "says"),
    [
        (b"a,b\n1\n", "malformed_record", "line 2 has 1 fields"),
        (b"a,b\n1,2\n3\n", "malformed_record", "line 3 has 1 fields"),
        (b'a,b\n1,"2\n\n"\n3\n', "malformed_record", "line 5 has 1 fields"),
        (b'a,"b\nc"\r\n\r\n1\r\n', "malformed_record", "line 4 has 1 fields"),
        (b'a,b\n1,"2\n3,4\n', "malformed_record", "the record of line 2 is never closed"),
        (b'a,"b\n1,2\n3,4\n', "malformed_record", "the record of line 1 is never closed"),
        (b'a,b\n1,"2\n"\n1,"2\n\xe9"\n', "bad_encoding", "line 5 holds byte 0xe9"),
        # Python's csv module by itself takes no field of more than 131,072 characters.
        (b"a,b\n1," + b"x" * 150_000 + b"\n3\n", "malformed_record", "line 3 has 1 fields"),
        (b"a,b\n1," + b"x" * 500_000, "oversize", "begins on line 2 is longer than 200,000 bytes"),
        (b"a,b,c\n1,2,3\n" + b",".join([b"x" * 190_000] * 3), "oversize", "begins on line 3"),
    ],
)
def test_a_csv_error_names_the_line_that_an_editor_shows(
    tmp_path: Path, data: bytes, reason: str, says: str
) -> None:
    path = tmp_path / "day.csv"
    path.write_bytes(data)
    source = FilesSource.model_validate({**SOURCES["till"], "max_line_bytes": 200_000})
    with pytest.raises(BadFile) as refused:
        list(read_rows(path, path.name, source, lambda size: None))
    assert (refused.value.reason, says in refused.value.detail) == (reason, True), refused.value


@pytest.mark.parametrize(
    ("data", "reason", "says"),
    [
        (b"{}\n{}\n\xff\n", "bad_encoding", "line 3 holds byte 0xff"),
        (b"{}\n" + b"x" * 50_000_000 + b"\n{}\n", "oversize", "line 2"),
    ],
)
def test_bad_json_lines_are_set_aside_whole(
    shop: Shop, data: bytes, reason: str, says: str
) -> None:
    shop.write("in/bad.jsonl", data)
    shop.write("in/good.jsonl", b"{}\n")
    done = shop.ingest(web="in")
    assert (done.code, says in done.err) == (1, True)
    assert shop.payloads() == ["{}"]
    assert shop.sql("select reason from web._files where status = 'set_aside'") == [(reason,)]


def test_a_csv_with_the_name_of_json_lines_is_set_aside(shop: Shop) -> None:
    text = b"id,price\n\n" + b"1,2\n" * 200
    shop.write("in/day.jsonl", text)
    shop.write("in/packed.jsonl.gz", gzip.compress(text))
    shop.write("in/mixed.jsonl", text + b"{}\n")
    shop.write("in/blank.jsonl", b"\n \n")
    done = shop.ingest(web="in")
    assert done.code == 1
    for name in ("day.jsonl", "packed.jsonl.gz"):
        told = f"{name} is set aside, none of its rows landed: unreadable: its name says JSON lines"
        assert told in done.err
    assert shop.sql("select name, row_count from web._files where status = 'landed'") == [
        ("blank.jsonl", 2),
        ("mixed.jsonl", 203),
    ]
    assert shop.ingest(web="in").code == 0


def test_a_bad_file_that_had_spilled_leaves_nothing(shop: Shop) -> None:
    lines = b"".join(b'{"event_id": "%040d"}\n' % n for n in range(1_500_000))
    shop.write("in/a.jsonl", lines + b"\xff\n")
    assert shop.ingest(web="in").code == 1
    assert shop.sql("select count(*) from web._files") == [(1,)]
    assert not list((shop.home / "dlt").rglob("*.parquet"))


@pytest.mark.parametrize("data", [b"hello", b"", b"PAR1" + NOISE + b"PAR1"])
def test_a_file_that_is_no_parquet(shop: Shop, data: bytes) -> None:
    shop.write("in/a.parquet", data)
    done = shop.ingest(export="in")
    assert done.code == 1
    assert "a.parquet is set aside" in done.err


NANOSECONDS = ("of an instant", "of a clock", "in a struct", "in a list of two", "in a map")


def broken_parquet(kind: str, path: Path) -> None:
    """Sound to the eye that opens it, not to the one that reads it."""
    bad = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), NO_UTF8])
    match kind:
        case "text":
            table = pa.table({"id": bad})
        case "text in a list":
            table = pa.table({"id": pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), bad)})
        case "time":
            table = pa.table({"id": pa.array([2**61], pa.timestamp("ms"))})
        case "no time":
            table = pa.table({"id": pa.array([-(2**63)], pa.timestamp("us"))})
        case "nanoseconds of an instant":
            table = pa.table({"id": pa.array([1], pa.timestamp("ns", "UTC"))})
        case "nanoseconds in a struct":
            at = pa.array([1], pa.timestamp("ns", "UTC"))
            table = pa.table({"id": pa.StructArray.from_arrays([at], ["at"])})
        case "nanoseconds in a list of two":
            at = pa.array([1, 2], pa.timestamp("ns", "UTC"))
            table = pa.table({"id": pa.FixedSizeListArray.from_arrays(at, 2)})
        case "nanoseconds in a map":
            kind = pa.map_(pa.string(), pa.timestamp("ns", "UTC"))
            table = pa.table({"id": pa.array([[("at", 1)]], kind)})
        case "nanoseconds of a clock":
            table = pa.table({"id": pa.array([1], pa.time64("ns"))})
        case "no types":
            table = pa.table({"id": pa.nulls(3)})
        case _:
            table = pa.table({"id": list(range(5000))})
    pq.write_table(table, path, write_page_checksum=True, compression="none", use_dictionary=False)
    data = bytearray(path.read_bytes())
    if kind == "bytes":
        data[9000:9100] = b"\xff" * 100
    if kind == "name":
        data = data.replace(b"\x02id", b"\x02i\xff")
    path.write_bytes(data)


@pytest.mark.parametrize(
    "kind",
    [
        *("text", "text in a list", "bytes", "name", "no types", "time", "no time"),
        *(f"nanoseconds {where}" for where in NANOSECONDS),
    ],
)
def test_a_parquet_file_that_breaks_while_it_is_read(shop: Shop, kind: str) -> None:
    broken_parquet(kind, shop.write("in/broken.parquet", b""))
    pq.write_table(pa.table({"id": ["7"]}), shop.write("in/good.parquet", b""))
    done = shop.ingest(export="in")
    assert done.code == 1
    assert "broken.parquet is set aside" in done.err
    assert shop.sql("select id, _source_file from export.rows") == [("7", "good.parquet")]
    reason = "bad_checksum" if kind == "bytes" else "unreadable"
    assert shop.sql("select reason from export._files where status = 'set_aside'") == [(reason,)]


def test_a_parquet_file_whose_columns_have_no_type_is_not_foreign(shop: Shop) -> None:
    """As pandas writes a day without rows, or one on which nothing was said."""
    nothing = {"id": pa.nulls(0), "name": pa.nulls(0)}
    silent = {"id": pa.nulls(2), "name": pa.nulls(2), "extra": [1, 2]}
    for number, columns in enumerate([{"id": ["1"], "name": ["a"]}, nothing, silent], start=1):
        pq.write_table(pa.table(columns), shop.write(f"in/{number}.parquet", b""))
        done = shop.ingest(export="in")
        assert (done.code, "holds no rows" in done.err) == (0, number == 2), done.err
    assert shop.sql("select id, extra from export.rows order by all") == [
        ("1", None),
        (None, 1),
        (None, 2),
    ]


def test_a_parquet_file_with_a_name_twice(shop: Shop) -> None:
    path = shop.write("in/a.parquet", b"")
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array(["x"])], ["id", "id"]), path)
    assert shop.ingest(export="in").code == 0
    assert shop.sql("select id, id_2 from export.rows") == [(1, "x")]


def test_settings_that_admit_a_file_let_it_in(shop: Shop) -> None:
    shop.write("in/day.csv", "id\ncaf\xe9\n".encode("latin-1"))
    assert shop.ingest(till="in").code == 1
    shop.configure(till={"encoding": "latin-1"})
    assert shop.ingest(till="in").code == 0
    assert shop.sql("select id from till.lines") == [("caf\xe9",)]


@pytest.fixture
def anybody(shop: Shop) -> str | None:
    """The launcher of a command that heeds permissions, as root does not."""
    if os.geteuid() != 0:
        return None
    drop = "--bounding-set=-dac_override,-dac_read_search"
    command = f"['setpriv', '{drop}', sys.executable, '-m', 'ingestion', *sys.argv[1:]]"
    return str(shop.write("launcher.py", f"import os, sys\nos.execvp('setpriv', {command})\n"))


def test_an_unreadable_file_is_set_aside_and_tried_again(shop: Shop, anybody: str | None) -> None:
    shop.write("in/good.jsonl", "1\n")
    closed = shop.write("in/closed.jsonl", "2\n")
    closed.chmod(0)
    shop.write("till/day.csv", GOOD)
    command = ["ingest", "--source=web=in", "--source=till=till"]
    done = shop.run(*command, launcher=anybody)
    assert done.code == 1
    assert "closed.jsonl is set aside" in done.err
    assert "Permission denied. Check its permissions" in done.err
    assert shop.payloads() == ["1"]
    assert shop.sql("select count(*) from till.lines") == [(50,)]
    again = shop.run(*command, launcher=anybody)
    assert (again.code, again.err.count("closed.jsonl stays set aside")) == (0, 1)
    closed.chmod(0o644)
    assert shop.run(*command, launcher=anybody).code == 0
    assert shop.payloads() == ["2", "1"]


@pytest.mark.parametrize("name", ["in", "in/day-2"])
def test_a_folder_without_permission_is_not_taken_for_empty(
    shop: Shop, anybody: str | None, name: str
) -> None:
    shop.write("in/day-1/events.jsonl", "1\n")
    shop.write("in/day-2/events.jsonl", "2\n")
    folder = shop.folder / name
    folder.chmod(0)
    try:
        done = shop.run("ingest", "--source=web=in", launcher=anybody)
    finally:
        folder.chmod(0o755)
    assert done.code == 2
    assert f"{folder}'). Check its permissions." in done.err


def test_bytes_under_a_better_name_are_tried_again(shop: Shop) -> None:
    path = shop.write("in/day.csv.gz", GOOD)
    done = shop.ingest(till="in")
    assert (done.code, "under the right name" in done.err) == (1, True)
    path.rename(path.with_suffix(""))
    assert shop.ingest(till="in").code == 0
    assert shop.sql("select count(*) from till.lines") == [(50,)]


def test_the_same_bad_bytes_are_told_under_every_name(shop: Shop) -> None:
    """An empty file with a packed one's name is cut off, though an empty plain one is known."""
    shop.write("in/1.jsonl", b"")
    shop.load(web="in")
    names = ["2.jsonl.gz", "3.jsonl.zst", "4.jsonl.gz"]
    for name in names:
        shop.write("in/" + name, b"")
        with pytest.raises(DataFailure, match=r"set aside, .*: 1 file"):
            shop.load(web="in")
    stay = [f"source web: {name} stays set aside (truncated_file: it is empty" for name in names]
    assert [line.split(" (0 bytes)")[0] for line in shop.load(web="in")] == stay
    # The same bytes stay refused, whatever the clock says; other settings try again.
    os.utime(shop.folder / "in/2.jsonl.gz")
    assert len(shop.load(web="in")) == 3
    shop.configure(web={"max_line_bytes": 2048})
    with pytest.raises(DataFailure, match=r"set aside, .*: 3 files"):
        shop.load(web="in")
    query = "select name, count(*) from web._files where status = 'set_aside' group by all"
    assert sorted(shop.sql(query)) == [(name, 2) for name in names]


def test_a_link_to_nowhere_is_set_aside_and_tried_again(shop: Shop) -> None:
    shop.write("in/good.jsonl", "1\n")
    path = shop.folder / "in" / "odd.jsonl"
    path.symlink_to(shop.folder / "gone.jsonl")
    done = shop.ingest(web="in")
    assert shop.payloads() == ["1"]
    assert done.code == 1
    assert "odd.jsonl" in done.err
    shop.write("gone.jsonl", "2\n")
    assert shop.ingest(web="in").code == 0
    assert shop.payloads() == ["1", "2"]


def test_a_missing_folder(shop: Shop) -> None:
    shop.write("in/day.jsonl", "1\n")
    done = shop.ingest(till="nowhere", web="in")
    assert done.code == 2
    assert "source till" in done.err
    assert "nowhere does not exist" in done.err
    assert "not loaded: till. The reasons are above; the other sources are loaded." in done.err
    assert shop.payloads() == ["1"]
    alone = shop.ingest(till="nowhere")
    assert alone.err.endswith("not loaded: till. The reasons are above.\n")


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (None, "cannot be reached (Cannot connect to host 127.0.0.1:"),
        (500, "cannot be reached (500, message='INTERNAL SERVER ERROR'"),
        (404, "does not exist. Create it, or correct the location."),
    ],
)
def test_a_web_server_that_does_not_answer_is_no_missing_folder(
    shop: Shop,
    httpserver: HTTPServer,
    capsys: pytest.CaptureFixture[str],
    status: int | None,
    says: str,
) -> None:
    url = httpserver.url_for("/in")
    httpserver.expect_request("/in").respond_with_data("", status=status or 200)
    if status is None:
        url = f"http://127.0.0.1:{closed_port()}/in"
    with pytest.raises(UsageFailure, match="not loaded: web"):
        shop.load(web=url)
    assert f"source web: {url} {says}" in capsys.readouterr().err


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_named_file_that_no_pattern_takes(shop: Shop) -> None:
    entities = {"lines": {"pattern": "lines*.csv"}, "orders": {"pattern": "orders*.csv"}}
    shop.configure(till={"entities": entities})
    shop.write("in/stock.csv", GOOD)
    done = shop.ingest(till="in/stock.csv")
    assert done.code == 2
    assert "stock.csv does not match lines*.csv (lines) or orders*.csv (orders)" in done.err
    # One is enough.
    shop.write("in/lines-1.csv", GOOD)
    done = shop.ingest(till="in/lines-1.csv")
    assert (done.code, done.err) == (0, "")
    assert shop.sql("select count(*) from till.lines") == [(50,)]


def test_a_home_that_is_a_file(shop: Shop) -> None:
    shop.write("in/day.jsonl", "1\n")
    shop.environment = {"FOOTFALL_HOME": str(shop.write("file", ""))}
    for command in (["run", "--source=web=in"], ["publish"], ["status"]):
        done = shop.run(*command)
        assert (done.code, done.out) == (2, "")
        assert f"{shop.folder}/file is a file. Let FOOTFALL_HOME name a folder." in done.err
    shop.environment = {"FOOTFALL_HOME": str(shop.folder / "file" / "below")}
    done = shop.ingest(web="in")
    assert done.code == 2
    assert "file/below cannot be used: Not a directory." in done.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--source=nobody=in"], "unknown source 'nobody'"),
        (["--source=postgresql://u:hunter2==@h/db"], "unknown source before the first ="),
        (["--source=web=~nobody-of-this-name/in"], "names the home folder of nobody here"),
        (["--source=web"], "source web has no location"),
        (["--source=web="], "--source web= names no location"),
        (["--source=web= "], "the location of source web is blank"),
        (["--source=web=in", "--source=web=in"], "given twice"),
        ([], "no source is configured"),
    ],
)
def test_a_wrong_request(shop: Shop, arguments: list[str], says: str) -> None:
    done = shop.run("ingest", *arguments)
    assert (done.code, says in done.err, "hunter2" in done.text) == (2, True, False)


@pytest.mark.parametrize("document", ["vars: {day: 2011-02-30}", "[1]", "vars: [1]"])
def test_a_project_that_cannot_be_read(shop: Shop, document: str) -> None:
    path = shop.write("dbt_project.yml", document)
    for command in (["ingest"], ["status"]):
        done = shop.run(*command)
        assert (done.code, f"{path} cannot be read: " in done.err) == (2, True), done.text


def test_homes_that_cannot_be(shop: Shop) -> None:
    (shop.folder / "loop").symlink_to(shop.folder / "loop")
    for home, says in {
        "~nobody-of-this-name/x": "names the home folder of nobody here",
        str(shop.folder / ("x" * 300)): "cannot be used: File name too long.",
        str(shop.folder / "loop"): "cannot be used: its links lead in a circle.",
        # To DuckDB the end of a name, to dbt that of an address; and no glob finds it.
        str(shop.folder / "what?"): "what? cannot be used.",
        str(shop.folder / "a#b"): "a#b cannot be used.",
        str(shop.folder / "a\\b"): "a\\b cannot be used.",
        str(shop.folder / "caf\udce9"): "caf\\udce9 cannot be used.",
        # Between quotes in SQL, a place for a value, and to DuckDB a column of every row.
        str(shop.folder / "o'brien"): "o'brien cannot be used.",
        str(shop.folder / "100%"): "100% cannot be used.",
        str(shop.folder / "name=acme" / "wh"): "name=acme/wh cannot be used.",
    }.items():
        shop.environment = {"FOOTFALL_HOME": home}
        for command in (["ingest", "--source=web=in"], ["status"], ["publish"]):
            done = shop.run(*command)
            assert (done.code, says in done.err) == (2, True), done.text


def test_the_default_home_is_refused_for_the_same_signs(shop: Shop) -> None:
    shop.write("o'brien/dbt_project.yml", (shop.folder / "dbt_project.yml").read_bytes())
    shop.write("in/day.jsonl", "1\n")
    shop.environment = {"FOOTFALL_HOME": ""}
    ingest = ["ingest", f"--project-dir={shop.folder}/o'brien", "--source=web=in"]
    done = shop.run(*ingest)
    assert done.code == 2
    assert "o'brien/warehouse cannot be used. Let FOOTFALL_HOME name a folder" in done.err
    # What it says helps.
    shop.environment = {"FOOTFALL_HOME": str(shop.home)}
    assert shop.run(*ingest).code == 0
    assert shop.payloads() == ["1"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"colour": "red"}, "source web: unknown key colour"),
        ({"kind": "fax"}, "kind must be files, database or rest"),
        ({"format": "xml"}, "source web: format"),
        ({"file_key": "(.*"}, "source web: file_key: must be path, name or a regular expression"),
        ({"file_key": ".*"}, "source web: file_key: must be path, name or a regular expression"),
        ({"entities": {}}, "source web: entities"),
        ({"entities": {"_files": {"pattern": "*"}}}, "entities._files must be lower case"),
        ({"entities": {"../up": {"pattern": "*"}}}, "entities.../up must be lower case"),
        ({"entities": {"Rows": {"pattern": "*"}}}, "entities.Rows must be lower case"),
        ({"enabled": "off"}, "source web: enabled: Input should be a valid boolean"),
        ({"lag_minutes": "5"}, "source web: lag_minutes: Input should be a valid integer"),
        ({"time_zone": ""}, "source web: time_zone: must be the IANA name"),
        ({"entities": {"events": {"glob": "*"}}}, "entities.events"),
        ({"location": "${NOT_SET_ANYWHERE}/x"}, "NOT_SET_ANYWHERE is not set"),
        ({"location": "s3://x?token=hunter2"}, "location holds a secret"),
        ({"enabled": False, "location": "in"}, "switched off"),
    ],
)
def test_a_wrong_configuration(shop: Shop, change: dict[str, object], says: str) -> None:
    shop.configure(web=change)
    done = shop.run("ingest", "--source=web")
    assert done.code == 2
    assert says in done.err
    assert "hunter2" not in done.text


@pytest.mark.parametrize(
    "password", ["hunter2", "hun:ter2", "x${HOME}", "s3cr/et-PW", "a?b#c", "a@b/c"]
)
def test_a_password_in_the_project_file_is_refused(shop: Shop, password: str) -> None:
    shop.configure(shop={"location": f"postgresql://me:{password}@127.0.0.1/shop"})
    done = shop.run("ingest", "--source=shop")
    assert done.code == 2
    assert "location holds a password" in done.err
    assert password not in done.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at postgresql://me:s3cr/et-PW@host/shop.", "at postgresql://me:***@host/shop."),
        ("https://me:a@b/c@host/x", "https://me:***@host/x"),
        ("at s3://k:a@d and pg://u:x@h/ me@home", "at s3://k:***@d and pg://u:***@h/ me@home"),
        ("no http://user@corp:s3cret@h/x.", "no http://user@corp:***@h/x."),
        ("Write pg://user:${PASSWORD}@host.", "Write pg://user:${PASSWORD}@host."),
        ("http://host:8080/x@y", "http://host:8080/x@y"),
        ("10:30@shop.csv holds no rows", "10:30@shop.csv holds no rows"),
        ("GET /x?API-Key=a&n=1&sig=b&monkey=c", "GET /x?API-Key=***&n=1&sig=***&monkey=c"),
        ("?access_key=a&pass=b&x%2Dapi%2Dkey=c", "?access_key=***&pass=***&x%2Dapi%2Dkey=***"),
    ],
)
def test_a_secret_in_a_sentence_is_masked_and_nothing_else(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize("place", ["memory://k:my hunter2@b", "memory://user@corp:hunter2@b"])
def test_a_place_that_is_not_there_is_told_without_its_password(shop: Shop, place: str) -> None:
    done = shop.ingest(web=place)
    assert (done.code, "does not exist" in done.err) == (2, True)
    kept = [path.read_bytes() for path in shop.home.rglob("*") if path.is_file()]
    assert "hunter2" not in done.text + b"".join(kept).decode("latin-1")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:my p@ss://word@host/shop", "postgresql://me:***@host/shop"),
        ("pg://a user@server:s3cret#?@h", "pg://a user@server:***@h"),
        ("--source=shop=pg://u:a b@h", "--source=shop=pg://u:***@h"),
        ("http://user@corp:s3cret@h/x", "http://user@corp:***@h/x"),
        ("https://s3cret@h/x", "https://***@h/x"),
        ("http://host:8080/x@y?page=a b&token=c d#e", "http://host:8080/x@y?page=a b&token=***"),
        ("postgresql:/shop:s3cret@h", "postgresql:/shop:***@h"),
        ("postgresql//shop:s3cret@h", "postgresql//shop:***@h"),
        ("shop:s3cret@h", "shop:***@h"),
        ("s3://k:a@d", "s3://k:***@d"),
        ("pg://u:${PW}@h", "pg://u:${PW}@h"),
        ("pg:///?odbc_connect=DRIVER={A B};x&y;PWD=s3cret", "pg:///?odbc_connect=***"),
    ],
)
def test_a_secret_in_a_url_is_masked_and_nothing_else(url: str, shown: str) -> None:
    assert redact_url(url) == shown


def test_the_ledger_keeps_no_secret(tmp_path: Path) -> None:
    text = "no connection to postgresql://me:s3cr/et@host/shop"
    load = {"source": "shop", "status": "refused", "message": text}
    ledger.append(tmp_path, ledger.Record("ingest", loads=[load]), 2, text)
    for name in ("runs", "loads"):
        (row,) = pq.read_table(tmp_path / "ledger" / name).to_pylist()
        assert row["message"] == "no connection to postgresql://me:***@host/shop"


def test_a_full_disk(shop: Shop) -> None:
    shop.write("in/small.jsonl", "1\n")
    assert shop.ingest(web="in").code == 0
    lines = "\n".join(f"1{n:099}" for n in range(300_000))
    shop.write("in/big.jsonl", lines)
    command = 'ulimit -f 8000; exec "$@"'  # in units of 1 KiB: 8 MB a file
    python = [sys.executable, "-m", "ingestion", "ingest", "--source=web=in"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "FOOTFALL_HOME": str(shop.home),
    }
    done = subprocess.run(
        ["/bin/bash", "-c", command, "bash", *python],
        cwd=shop.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "source web: nothing landed" in done.stderr
    assert "space" in done.stderr or "large" in done.stderr
    assert shop.payloads() == ["1"]
    # With room again, the same command finishes the work.
    assert shop.ingest(web="in").code == 0
    assert shop.sql("select count(*), count(distinct payload) from web.events") == [
        (300_001, 300_001)
    ]


def test_a_second_run_at_the_same_time(shop: Shop) -> None:
    lines = "\n".join(f"1{n:099}" for n in range(600_000))
    shop.write("in/big.jsonl", lines)
    first = shop.start("ingest", "--source=web=in")
    holder = shop.home / "run.lock.json"
    deadline = time.monotonic() + 30
    while not holder.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    second = shop.run("ingest", "--source=web=in")
    first.communicate()
    assert first.returncode == 0
    assert second.code == 75
    assert f"pid {first.pid}, `footfall ingest --source=web=in`, since" in second.err
    assert shop.sql("select count(*) from web.events") == [(600_000,)]


def test_landing_open_in_another_program(shop: Shop) -> None:
    shop.write("in/1.jsonl", "1\n")
    assert shop.ingest(web="in").code == 0
    shop.write("in/2.jsonl", "2\n")
    with duckdb.connect(shop.home / "landing.duckdb", read_only=True):
        done = shop.ingest(web="in")
    assert (done.code, "open in another program" in done.err) == (75, True)
    assert shop.ingest(web="in").code == 0
    assert shop.payloads() == ["1", "2"]


def test_a_memory_limit_without_a_unit(shop: Shop) -> None:
    shop.write("in/1.jsonl", "1\n")
    shop.environment = {"FOOTFALL_MEMORY_LIMIT": "512"}
    done = shop.ingest(web="in")
    assert (done.code, "FOOTFALL_MEMORY_LIMIT is '512'. Write a number" in done.err) == (2, True)
    shop.environment = {"FOOTFALL_MEMORY_LIMIT": "512 MB"}
    assert shop.ingest(web="in").code == 0


def test_a_contract_that_no_model_reads_is_refused(shop: Shop) -> None:
    shop.write("models/intermediate/int_orders.sql", "{{ union_feeds('int_orders', {}) }}")
    shop.configure(till={"feeds": {"int_orders": "stg_till__orders"}})
    shop.write("in/good.csv", GOOD)
    assert shop.ingest(till="in").code == 0
    shop.configure(till={"feeds": {"int_order": "stg_till__orders"}})
    done = shop.ingest(till="in")
    assert done.code == 2
    assert "source till: feeds: int_order is no contract. Name one of int_orders." in done.err


@pytest.mark.parametrize("content", [b"name: caf\xe9", b"on: 2026-02-31", None])
def test_a_sources_file_that_cannot_be_read(shop: Shop, content: bytes | None) -> None:
    path = shop.folder / "models/staging/till/_till__sources.yml"
    shop.write("in/good.csv", GOOD)
    # A model's text is read for what it feeds, in whatever encoding.
    shop.write("models/marts/a.sql", b"-- caf\xe9")
    (shop.folder / "models/marts/b.sql").mkdir()
    assert shop.ingest(till="in").code == 0
    path.parent.mkdir(parents=True)
    path.mkdir() if content is None else path.write_bytes(content)
    done = shop.ingest(till="in")
    assert (done.code, f"{path} " in done.err, done.err.count("\n")) == (2, True, 1), done.text


def test_a_csv_without_its_header_is_set_aside(shop: Shop) -> None:
    sources = """
sources:
  - name: till
    database: landing
    tables:
      - {name: lines, columns: [{name: id, data_type: varchar}, {name: Price, data_type: varchar}]}
"""
    shop.write("models/staging/till/_till__sources.yml", sources)
    shop.write("in/bare.csv", GOOD.split(b"\n", 1)[1])
    shop.write("in/good.csv", GOOD)
    # What is known may be renamed, in part, or come in another case.
    shop.write("in/renamed.csv", GOOD.replace(b"id,price", b"number,PRICE"))
    done = shop.ingest(till="in")
    assert done.code == 1
    assert "bare.csv is set aside" in done.err
    assert "it names none of the columns that lines has (id, price, " in done.err
    assert shop.sql("select count(*), count(price) from till.lines") == [(100, 100)]


def test_a_foreign_parquet_file_is_told(shop: Shop) -> None:
    for name, columns in (("1", ["id", "price"]), ("2", ["PRICE", "colour"]), ("3", ["city"])):
        path = shop.write(f"in/{name}.parquet", b"")
        pq.write_table(pa.table({column: [1] for column in columns}), path)
        done = shop.ingest(export="in")
    assert (done.code, "3.parquet is set aside" in done.err) == (1, True)
    assert "names none of the columns that rows has (colour, id, price, " in done.err
    assert shop.sql("select id, price, colour from export.rows order by all") == [
        (1, 1, None),
        (None, 1, 1),
    ]


def test_good_bytes_that_come_back_are_no_longer_set_aside(shop: Shop) -> None:
    for data, status in ((GOOD, "landed"), (b"id,price\n1\n", "set_aside"), (GOOD, "redelivered")):
        shop.write("in/day.csv", data)
        shop.ingest(till="in")
        query = "select status from till._files order by _dlt_load_id desc limit 1"
        assert shop.sql(query) == [(status,)]
    assert shop.sql("select count(*) from till.lines") == [(50,)]
    assert "day.csv" not in shop.run("status").out
    # Known again: nothing more is noted.
    shop.ingest(till="in")
    assert shop.sql("select count(*) from till._files") == [(3,)]


def test_a_name_with_a_nul(shop: Shop) -> None:
    pq.write_table(pa.table({"a\0b": [1]}), shop.write("in/a.parquet", b""))
    assert shop.ingest(export="in").code == 0
    assert shop.sql("select a_b from export.rows") == [(1,)]


def test_a_folder_whose_name_would_chain_two_addresses(shop: Shop) -> None:
    shop.write("in::zip/good.csv", GOOD)
    assert shop.ingest(till="in::zip").code == 0
    assert shop.sql("select count(*) from till.lines") == [(50,)]


def test_a_pipe_in_the_folder_is_passed_over(shop: Shop) -> None:
    shop.write("in/good.csv", GOOD)
    os.mkfifo(shop.folder / "in" / "pipe.csv")
    (shop.folder / "in" / "link.csv").symlink_to(shop.folder / "in" / "pipe.csv")
    assert shop.ingest(till="in").code == 0
    assert shop.sql("select count(*) from till.lines") == [(50,)]


def test_a_zone_that_is_none_is_refused_before_anything_lands(shop: Shop) -> None:
    shop.write("in/good.csv", GOOD)
    shop.configure(till={"time_zone": "Europe/Berln"})
    done = shop.ingest(till="in")
    assert done.code == 2
    assert "source till: time_zone: " in done.err
    assert "must be the IANA name of a time zone" in done.err
    shop.configure()
    path = shop.folder / "dbt_project.yml"
    path.write_text(path.read_text().replace("vars:\n", "vars:\n  shop_timezone: Europe/Berln\n"))
    done = shop.ingest(till="in")
    assert done.code == 2
    assert "shop_timezone: 'Europe/Berln' is no time zone" in done.err
    assert not (shop.home / "landing.duckdb").exists()


def test_a_home_that_became_read_only_is_told(shop: Shop, anybody: str | None) -> None:
    shop.write("in/day.jsonl", "1\n")
    assert shop.ingest(web="in").code == 0
    shop.home.chmod(0o555)
    try:
        done = shop.run("ingest", "--source=web=in", launcher=anybody)
    finally:
        shop.home.chmod(0o755)
    assert done.code == 2
    assert "run.lock.json cannot be written: Permission denied" in done.err
    assert "Traceback" not in done.err


def test_a_part_of_the_home_that_is_read_only_is_told(shop: Shop, anybody: str | None) -> None:
    shop.write("in/day.jsonl", "1\n")
    assert shop.ingest(web="in").code == 0
    shop.write("in/day.jsonl", "2\n")
    for path in (shop.home / "run.lock", shop.home / "ledger" / "loads"):
        mode = path.stat().st_mode
        path.chmod(0o444 if path.is_file() else 0o555)
        try:
            done = shop.run("ingest", "--source=web=in", launcher=anybody)
        finally:
            path.chmod(mode)
        assert done.code == 2
        assert f"{path}" in done.err
        assert "Correct its permissions" in done.err
        assert "Traceback" not in done.err
