"""Reading one delivered file to its end: CSV, JSON lines or Parquet; plain, gzip or zstd.

Flow    bytes -> decompressed and verified -> Arrow tables of rows as sent
Shape   csv: a text column per header column; jsonl: payload; parquet: the file's own columns, what
        is nested as JSON text
Errors  BadFile, with the line where there is one; the caller then lands no row of the file
"""

import codecs
import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from ingestion.config import FilesSource
from ingestion.errors import BadFile, first_line
from ingestion.fields import nested_types
from ingestion.shapes import NESTED
from ingestion.sources.quotes import Quotes
from ingestion.spool import LINEAGE

BLOCK_BYTES = 8 << 20
MAGIC = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd", "Parquet": b"PAR1", "zip": b"PK\x03\x04"}
BOM = codecs.BOM_UTF8
LISTS = {pa.list_(pa.null()).id, pa.large_list(pa.null()).id, pa.list_(pa.null(), 1).id}
LEFT_OUT = b"footfall.left_out"  # in a schema's metadata: columns without a type, all null
Advance = Callable[[int], None]


def compression(path: str) -> str | None:
    """The compression that a file's name promises."""
    return {".gz": "gzip", ".zst": "zstd"}.get(Path(path).suffix.lower())


class Delivered(io.RawIOBase):
    """A file's bytes, decompressed as its name says and transcoded to UTF-8 without a BOM.

    Errors  BadFile; kept in .error too, because Arrow may wrap what is raised inside a read
    """

    def __init__(
        self, path: Path, name: str, encoding: str, advance: Advance, delimiter: str = ""
    ) -> None:
        self.error: BadFile | None = None
        self._name = name
        self._advance = advance
        self._raw = path.open("rb")
        self._stream: Any = self._opened(self._raw, compression(name))
        self._decoder = None
        if codecs.lookup(encoding).name != "utf-8":
            self._decoder = codecs.getincrementaldecoder(encoding)()
        self._at_start = True
        self._position = 0
        # Of CSV, whose quotes are looked at as they pass.
        self._quotes = Quotes(delimiter) if delimiter else None

    def _opened(self, raw: IO[bytes], promised: str | None) -> Any:
        start = raw.read(4)
        raw.seek(0)
        found = next((kind for kind, magic in MAGIC.items() if start.startswith(magic)), None)
        if promised and not start:
            raise BadFile("truncated_file", "it is empty (0 bytes). Deliver it again.")
        if promised and found != promised:
            raise BadFile(
                "unreadable",
                f"its name says {promised}, its content is {found or 'something else'}. "
                "Deliver it again, or under the right name.",
            )
        if not promised and found:
            raise BadFile(
                "unreadable",
                f"its content is {found}, its name does not say so. Deliver it under the right "
                "name, or as what its name says.",
            )
        if promised == "gzip":
            return gzip.open(raw)  # checks length and CRC at the end
        if promised == "zstd":
            # Arrow's reader notices a missing end, the zstandard package's does not.
            return pa.CompressedInputStream(pa.PythonFile(raw), "zstd")
        return raw

    def readable(self) -> bool:
        return True

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self.read(BLOCK_BYTES), b""))

    def read(self, size: int = -1) -> bytes:
        if size is None or size < 0:
            return self.readall()
        try:
            data = self._read(size)
        except BadFile as error:
            self.error = error
            raise
        if self._quotes:
            self._quotes.saw(data)
        position = self._raw.tell()
        self._advance(position - self._position)
        self._position = position
        return data

    def has_odd_quotes(self) -> bool:
        """True when a quote stands where none can, or an open one is never closed."""
        return self._quotes is not None and self._quotes.are_odd()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer) // 4 if self._decoder else len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        while True:
            try:
                data = bytes(self._stream.read(size))
                end = not data
                if self._decoder:
                    data = self._decoder.decode(data, final=end).encode("utf-8")
            except EOFError:
                raise BadFile("truncated_file", "it ends early. Deliver it again.") from None
            except UnicodeDecodeError as error:
                raise BadFile(
                    "bad_encoding",
                    f"not {error.encoding}: {error.reason}. Set the source's encoding.",
                ) from None
            except UnicodeError as error:
                # UTF-16 and UTF-32 begin with a mark that says which.
                raise BadFile("bad_encoding", f"{error}. Set the source's encoding.") from None
            except (zlib.error, gzip.BadGzipFile) as error:
                raise BadFile("bad_checksum", f"{error}. Deliver it again.") from None
            except (pa.ArrowInvalid, OSError) as error:
                if "Truncated" in str(error):
                    raise BadFile("truncated_file", "it ends early. Deliver it again.") from None
                if compression(self._name) == "zstd" and not getattr(error, "errno", None):
                    raise BadFile("bad_checksum", f"{error}. Deliver it again.") from None
                raise BadFile("unreadable", f"{error}. Check the file and its disk.") from None
            if self._at_start and data:
                self._at_start = False
                data = data.removeprefix(BOM)
            if data or end:
                return data

    def close(self) -> None:
        self._raw.close()
        super().close()


def read_rows(path: Path, name: str, source: FilesSource, advance: Advance) -> Iterator[pa.Table]:
    """Every row of a file, in order, in tables of a few MB. The last one proves its end."""
    if source.format == "parquet":
        yield from _parquet(path, name, advance)
        return
    delimiter = source.delimiter if source.format == "csv" else ""
    with Delivered(path, name, source.encoding, advance, delimiter) as stream:
        if source.format == "jsonl":
            yield from _lines(stream, source.max_line_bytes)
            return
        try:
            yield from _csv(stream, path, name, source)
        except (pa.ArrowInvalid, pa.ArrowCapacityError, OSError) as error:
            if stream.error:
                raise stream.error from None
            # Arrow refuses a header without its newline, too.
            if _explain_csv(path, name, source):
                raise BadFile("malformed_record", f"{error}. Deliver it again.") from None


def _lines(stream: Delivered, max_line_bytes: int) -> Iterator[pa.Table]:
    """One row per line, without its newline; blank lines and a trailing \\r are kept."""
    rest = b""
    line = 1
    while block := stream.read(BLOCK_BYTES):
        cut = block.rfind(b"\n")
        if cut < 0:
            rest += block
            if len(rest) > max_line_bytes:
                raise _oversize(line, max_line_bytes)
            continue
        text, rest = rest + block[:cut], block[cut + 1 :]
        rows = _split(text, line, max_line_bytes)
        line += rows.num_rows
        yield rows
    if rest:
        yield _split(rest, line, max_line_bytes)


def _split(text: bytes, number: int, max_line_bytes: int) -> pa.Table:
    if not text.isascii():
        try:
            text.decode("utf-8")
        except UnicodeDecodeError as error:
            line = number + text.count(b"\n", 0, error.start)
            raise _bad_utf8(line, error) from None
    whole = pa.Array.from_buffers(
        pa.string(),
        1,
        [None, pa.array([0, len(text)], pa.int32()).buffers()[1], pa.py_buffer(text)],
    )
    # Bytes stay in Arrow: no Python object per line.
    lines = pc.split_pattern(whole, "\n").flatten()
    longest = pc.max(pc.binary_length(lines)).as_py()
    if longest > max_line_bytes:
        index = pc.index(pc.binary_length(lines), longest).as_py()
        raise _oversize(number + index, max_line_bytes)
    return pa.table({"payload": lines})


def _oversize(line: int, limit: int) -> BadFile:
    return BadFile(
        "oversize",
        f"line {line} is longer than {limit:,} bytes. Correct it, or raise the source's "
        "max_line_bytes.",
    )


def _bad_utf8(line: int, error: UnicodeDecodeError) -> BadFile:
    byte = error.object[error.start]
    return BadFile(
        "bad_encoding",
        f"line {line} holds byte 0x{byte:02x}, which is not UTF-8. Deliver it in UTF-8 or set the "
        "source's encoding.",
    )


# dlt's `direct` naming puts an underscore for each of these; no name holds a NUL.
UNFIT = str.maketrans("\n\r'\"▶\0", "______")


def column_names(header: list[str], ours: tuple[str, ...] = LINEAGE) -> list[str]:
    """Names as in the file; a blank one becomes column_<n>, one that repeats <name>_2.

    So does one of ours, the columns that we add, and `rowid`, by which DuckDB tells rows apart:
    a column of that name would stand before its own. Case does not tell names apart. What dlt would
    change (blanks around, quotes) is changed before they are compared, so that two names cannot
    become one later.

    >>> column_names(["id", "ID", " ", 'a"b', "a_b", "_File_ID", "RowID"])
    ['id', 'ID_2', 'column_3', 'a_b', 'a_b_2', '_File_ID_2', 'RowID_2']
    """
    taken = {*ours, "rowid"}
    names = []
    for position, given in enumerate(header, start=1):
        plain = given.strip().translate(UNFIT) or f"column_{position}"
        name, copy = plain, 2
        while name.lower() in taken:
            name = f"{plain}_{copy}"
            copy += 1
        taken.add(name.lower())
        names.append(name)
    return names


def _header(path: Path, name: str, source: FilesSource) -> list[str]:
    with _text(path, name, source) as text:
        try:
            header = next(csv.reader(text, delimiter=source.delimiter), None)
        except UnicodeDecodeError as error:
            # The text is decoded some lines ahead.
            raise _bad_utf8(1 + error.object.count(b"\n", 0, error.start), error) from None
        except csv.Error as error:
            raise BadFile("malformed_record", f"line 1: {error}. Deliver it again.") from None
    if header is None:
        return []
    if not header:
        raise BadFile("malformed_record", "line 1 is blank; the column names belong there.")
    if any("\0" in column for column in header):
        # Arrow would take the first record for a part of it.
        raise BadFile("malformed_record", "line 1 holds a NUL byte. Correct the column names.")
    return header


def _text(path: Path, name: str, source: FilesSource) -> io.TextIOWrapper:
    stream = Delivered(path, name, source.encoding, lambda size: None)
    return io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-8", newline="")


def _csv(stream: Delivered, path: Path, name: str, source: FilesSource) -> Iterator[pa.Table]:
    csv.field_size_limit(source.max_line_bytes)
    names = column_names(_header(path, name, source))
    if not names:
        return  # an empty file: zero rows
    # A header without records still says which columns there are.
    yield pa.schema([(column, pa.string()) for column in names]).empty_table()
    plain = [str(position) for position in range(len(names))]
    reader = pacsv.open_csv(
        stream,
        read_options=pacsv.ReadOptions(
            column_names=plain, skip_rows_after_names=1, block_size=source.max_line_bytes
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=source.delimiter,
            newlines_in_values=True,
            # A blank line is no record, unless an empty value is all that a record can be.
            ignore_empty_lines=len(names) > 1,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(plain, pa.string()), strings_can_be_null=False
        ),
    )
    for batch in reader:
        yield pa.Table.from_batches([batch]).rename_columns(names)
    if stream.has_odd_quotes():
        # Arrow takes an open quote for a long field, and leaves out what it cannot place.
        _explain_csv(path, name, source)


def _explain_csv(path: Path, name: str, source: FilesSource) -> bool:
    """Read a CSV file that looks wrong once more, slowly, to name the line. Raises BadFile.

    Returns when nothing is wrong but stray quotes inside fields: true when there are records.
    """
    limit = source.max_line_bytes
    has_records = False
    with _text(path, name, source) as text:
        records = csv.reader(text, delimiter=source.delimiter, strict=True)
        # Lines as an editor counts them: the header's is 1, a line break in quotes begins another.
        line = 1
        try:
            width = len(next(records))
            line = records.line_num + 1
            for record in records:
                has_records = True
                if record and len(record) != width:
                    raise BadFile(
                        "malformed_record",
                        f"line {line} has {len(record)} fields, the header has {width}. Correct "
                        "the line and deliver the file again.",
                    )
                if len(source.delimiter.join(record).encode()) > limit:
                    raise _long_record(line, limit)
                line = records.line_num + 1
        except UnicodeDecodeError as error:
            before = error.object[: error.start].count(b"\n")
            raise _bad_utf8(records.line_num + 1 + before, error) from None
        except csv.Error as error:
            if "field limit" in str(error):
                raise _long_record(line, limit) from None
            why = "is never closed"
            if "expected after" in str(error):
                why = "is closed before its field ends; one that is meant is written twice"
            raise BadFile(
                "malformed_record",
                f"the quote opened in the record of line {line} {why}. Correct the line and "
                "deliver the file again.",
            ) from None
    return has_records


def _long_record(line: int, limit: int) -> BadFile:
    return BadFile(
        "oversize",
        f"the record that begins on line {line} is longer than {limit:,} bytes: an open quote, or "
        "raise the source's max_line_bytes.",
    )


def _parquet(path: Path, name: str, advance: Advance) -> Iterator[pa.Table]:
    packed: pa.BufferReader | None = None
    if compression(name):
        with Delivered(path, name, "utf-8", advance) as stream:
            packed = pa.BufferReader(stream.readall())
    try:
        with pq.ParquetFile(packed or path, page_checksum_verification=True) as file:
            given = file.schema_arrow
            # By their place: two columns may have one name.
            kept = [
                place for place, field in enumerate(given) if not pa.types.is_null(_plain(field))
            ]
            target = _storable(given)
            bare = [field.name for place, field in enumerate(given) if place not in kept]
            note = {LEFT_OUT: json.dumps(bare)}
            names = column_names(target.names)
            if file.metadata.num_rows and not kept:
                raise BadFile(
                    "unreadable",
                    f"none of its columns has a type, so its {file.metadata.num_rows:,} rows hold "
                    "nothing. Deliver it again.",
                )
            nested = {
                name: nested_types(field.type)
                for name, field in zip(names, target, strict=True)
                if pa.types.is_nested(field.type)
            }
            if not file.metadata.num_rows:
                empty = target.empty_table().rename_columns(names)
                empty = _as_json(empty, nested) if nested else empty
                yield empty.replace_schema_metadata(note)
            for batch in file.iter_batches(batch_size=1 << 16):
                rows = pa.Table.from_batches([batch]).select(kept).cast(target)
                _refuse_unstorable(rows)
                rows = rows.rename_columns(names)
                rows = _as_json(rows, nested) if nested else rows
                yield rows.replace_schema_metadata(note)
    except (pa.ArrowException, duckdb.Error, ValueError, OSError) as error:
        said = first_line(error)
        reason = "bad_checksum" if "CRC" in said else "unreadable"
        raise BadFile(reason, f"not a sound Parquet file ({said}). Deliver it again.") from None
    if packed is None:
        advance(path.stat().st_size)


def _storable(schema: pa.Schema) -> pa.Schema:
    """The types DuckDB can hold: unsigned numbers one size up, views and dictionaries plain.

    A number of more than 38 digits is text. A column without a type (all null) is left out until
    it has one.
    """
    fields = []
    for field in schema:
        kind = _plain(field)
        if not pa.types.is_null(kind):
            fields.append(pa.field(field.name, _storable_type(kind)))
    return pa.schema(fields)


def left_out(schema: pa.Schema) -> list[str]:
    """The columns that a file has but for their type."""
    names: list[str] = json.loads((schema.metadata or {}).get(LEFT_OUT, b"[]"))
    return names


def _plain(field: pa.Field) -> pa.DataType:
    return field.type.value_type if pa.types.is_dictionary(field.type) else field.type


def _refuse_unstorable(rows: pa.Table) -> None:
    """What Arrow holds unread and DuckDB would stumble over: then it is the load that fails.

    Errors  pa.ArrowInvalid: a text that is not UTF-8; a time that microseconds cannot say
    """
    rows.validate(full=True)
    for column in rows.columns:
        _refuse_odd_times(column)


def _refuse_odd_times(values: pa.ChunkedArray) -> None:
    kind = values.type
    if pa.types.is_struct(kind):
        for place in range(kind.num_fields):
            _refuse_odd_times(pc.struct_field(values, [place]))
    elif pa.types.is_map(kind):
        for part, of in (("keys", kind.key_type), ("items", kind.item_type)):
            chunks = [getattr(chunk, part) for chunk in values.chunks]
            _refuse_odd_times(pa.chunked_array(chunks, of))
    elif kind.id in LISTS:
        _refuse_odd_times(pc.list_flatten(values))
    elif pa.types.is_timestamp(kind):
        # DuckDB has nanoseconds, but not of an instant; and one number that is no time.
        if kind.unit != "ns" or kind.tz:
            values = values.cast(pa.timestamp("us", kind.tz))
        if kind.unit != "ns" and pc.min(values.cast(pa.int64())).as_py() == -(2**63):
            raise pa.ArrowInvalid("a timestamp before all that there are")
    elif pa.types.is_time64(kind) and kind.unit == "ns":
        values.cast(pa.time64("us"))


def _storable_type(kind: pa.DataType) -> pa.DataType:
    wider = {
        pa.uint8(): pa.int16(),
        pa.uint16(): pa.int32(),
        pa.uint32(): pa.int64(),
        pa.uint64(): pa.decimal128(20, 0),
        pa.float16(): pa.float32(),
        pa.string_view(): pa.string(),
        pa.binary_view(): pa.binary(),
    }
    return wider.get(kind, _exact_type(kind))


def _exact_type(kind: pa.DataType) -> pa.DataType:
    """The same without numbers of more than 38 digits, which DuckDB would misread."""
    if pa.types.is_decimal256(kind):
        fits = kind.precision <= 38
        return pa.decimal128(kind.precision, kind.scale) if fits else pa.string()
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_exact_type(field.type)) for field in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(kind.value_field.with_type(_exact_type(kind.value_type)))
    return kind


def _as_json(rows: pa.Table, nested: dict[str, dict[str, str]]) -> pa.Table:
    """The rows with every nested column as JSON text; the field keeps what was in it."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        for name, kinds in nested.items():
            position = rows.schema.get_field_index(name)
            column = pa.table({"value": rows.column(position)})
            con.register("nested", column)
            texts = con.execute("select cast(cast(value as json) as varchar) from nested")
            text = pa.field(name, pa.string(), metadata={NESTED: json.dumps(kinds)})
            rows = rows.set_column(position, text, texts.to_arrow_table().column(0))
    return rows
