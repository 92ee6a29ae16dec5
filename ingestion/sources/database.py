"""Tables of a SQL database, read whole and compared: no cursor column that could miss a row.

Flow       table  ->  landing.<source>.<entity>, a row per new or changed version of a key
Publisher  the shop's own database, anything SQLAlchemy speaks
Run        footfall ingest --source NAME[=SQLALCHEMY_URL]

Shape   the table's columns and types, _row_hash, _is_deleted; a vanished key lands once more, its
        other columns NULL and _is_deleted true
Units   _file_id: sha256 of the delta before it and its rows' hashes
"""

import hashlib
import warnings
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from ingestion.config import DatabaseEntity, DatabaseSource, redact_url
from ingestion.database_url import open_engine, reason
from ingestion.errors import BadFile, DataFailure, UsageFailure
from ingestion.fields import Fields, columns
from ingestion.manifest import Entry, Known, has_table
from ingestion.report import Report
from ingestion.shapes import Shapes, widest
from ingestion.sources.formats import column_names
from ingestion.spool import LINEAGE, Spool

BATCH_ROWS = 50_000
REMEDY = (
    "Check the address, the user and the password, whose at sign is written %40, and slash %2F."
)
REMEDIES = {"sqlite": "Check that the file is an SQLite database, whole, and may be read."}
# A value that lands as text has one text, whatever the server or the role has set. All but
# lc_monetary, which says what an amount of money is: its currency, and where its decimals begin.
SETTINGS = (
    "time zone 'UTC'",  # as DuckDB writes an instant
    "datestyle = 'ISO, MDY'",  # psycopg2 sees to it, other drivers need not
    "intervalstyle = 'postgres'",
    "extra_float_digits = 3",  # every digit that tells a number from its neighbours
    "bytea_output = 'hex'",
)
UNREADABLE = (SQLAlchemyError, UnicodeDecodeError)
NO_UTF8 = ("22021", "22P05")  # PostgreSQL's codes
OURS = (*LINEAGE, "_row_hash", "_is_deleted")
NUMBERS = {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE"}


class DatabaseReader:
    """One database, read inside one transaction: its tables agree with each other.

    Errors  UsageFailure: no connection, no such table or key; DataFailure: unreadable rows, or
            a locked file
    """

    def __init__(
        self,
        source: DatabaseSource,
        known: dict[str, Known],
        report: Report,
        scratch: Path,
        shapes: Shapes,
        fields: Fields,
        landing: duckdb.DuckDBPyConnection,
    ) -> None:
        self.source = source
        self._known = known
        self._report = report
        self._scratch = scratch
        self._shapes = shapes
        self._fields = fields
        self._landing = landing
        self._engine = self._opened()
        self._connection = self._connected()

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def has_news(self) -> bool:
        return True  # only reading tells

    def extract(self, entity: str, spool: Spool) -> Iterator[Entry]:
        """Compare the table with what landed, and land the difference."""
        settings = self.source.entities[entity]
        known = self._known.setdefault(entity, Known())
        with self._report.progress(f"{self.source.name}.{entity}", None):
            snapshot, keys = self._snapshot(entity, settings)
        count = self._difference(entity, settings, keys)
        schema = pq.read_schema(self._scratch / "snapshot.parquet")
        seen = columns(schema, schema.names)
        if not count and known.landed and not self._fields.changes(entity, seen):
            return
        file_id = self._delta_id(known.last_landed)
        if count and not pq.read_metadata(self._scratch / "snapshot.parquet").num_rows:
            self._report.warning(
                f"source {self.source.name}: table {settings.table} is empty now; the "
                f"{count:,} it held count as deleted. If it should not be, fill it and run again."
            )
        with spool.one_file(entity, file_id, settings.table) as rows:
            reader = self._landing.execute("select * from delta order by rowid").to_arrow_reader(
                BATCH_ROWS
            )
            for batch in reader:
                rows.write(pa.Table.from_batches([batch]))
            if not count:
                # Its columns are known then: of an empty table, or one whose columns changed.
                rows.write(reader.schema.empty_table())
        entry = Entry(
            file_id=file_id,
            entity=entity,
            name=settings.table,
            source_file=settings.table,
            status="landed",
            listing_version=None,
            byte_count=snapshot,
            row_count=count,
        )
        self._fields.saw(entry, seen)
        known.add(entry)
        yield entry

    def _opened(self) -> sa.Engine:
        location = str(self.source.location)
        engine = open_engine(location, f"source {self.source.name}")
        url = engine.url
        path = url.database if url.get_backend_name() == "sqlite" else None
        if path and path != ":memory:" and not Path(path.removeprefix("file:")).exists():
            # SQLite would create it, empty.
            raise UsageFailure(
                f"source {self.source.name}: the SQLite file {path} does not exist. "
                "Create it, or correct the location."
            )
        return engine

    def _connected(self) -> sa.Connection:
        try:
            if self._engine.dialect.name == "postgresql":
                connection = self._engine.connect().execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            else:
                connection = self._engine.connect()
            if self._engine.dialect.name == "postgresql":
                for setting in SETTINGS:
                    connection.exec_driver_sql(f"set {setting}")
            if self._engine.dialect.name == "sqlite":
                # Python's sqlite3 opens no transaction for a select.
                connection.exec_driver_sql("BEGIN")
                connection.exec_driver_sql("select count(*) from sqlite_master")
            return connection
        except SQLAlchemyError as error:
            url = str(self.source.location)
            if str(getattr(error, "orig", None)) == "database is locked":  # SQLite's words
                raise DataFailure(
                    f"source {self.source.name}: {redact_url(url)} is locked: another program is "
                    "writing it. Run again when it is done."
                ) from None
            raise UsageFailure(
                f"source {self.source.name}: no connection to {redact_url(url)}: "
                f"{reason(error, url)}. {REMEDIES.get(self._engine.dialect.name, REMEDY)}"
            ) from None

    def _snapshot(self, entity: str, settings: DatabaseEntity) -> tuple[int, list[str]]:
        """Copy the table into scratch/snapshot.parquet.

        Returns its size in memory, in bytes, and the names under which its key lands.
        """
        schema_name, _, table_name = settings.table.rpartition(".")
        try:
            with warnings.catch_warnings():
                # A type that SQLAlchemy does not know lands as text.
                warnings.filterwarnings("ignore", "Did not recognize type", sa.exc.SAWarning)
                table = sa.Table(
                    table_name,
                    sa.MetaData(),
                    schema=schema_name or None,
                    autoload_with=self._connection,
                    resolve_fks=False,
                )
        except NoSuchTableError:
            raise UsageFailure(
                f"source {self.source.name}: the database has no table {settings.table} "
                f"({entity}). Correct the entity's table."
            ) from None
        except UNREADABLE as error:
            raise self._unreadable(settings.table, error) from None
        missing = [key for key in settings.key if key not in table.columns]
        if missing:
            raise UsageFailure(
                f"source {self.source.name}: table {settings.table} has no column {missing[0]}. "
                "Correct the entity's key."
            )
        columns = list(table.columns)
        dialect = self._engine.dialect.name
        names = column_names([column.name for column in columns], OURS)
        types = self._types(settings.table, columns)
        selected: list[Any]
        if dialect == "sqlite":
            # As stored: a cast to text would round a float to 15 digits.
            selected = [sa.type_coerce(c, sa.types.NullType()).label(c.name) for c in columns]
        else:
            selected = [
                column if kind is not None else sa.cast(column, sa.Text).label(column.name)
                for column, kind in zip(columns, types, strict=True)
            ]
        schema = pa.schema(
            [(name, kind or pa.string()) for name, kind in zip(names, types, strict=True)]
        )
        try:
            schema = pa.schema(
                [
                    field.with_name(name)
                    for field, name in zip(schema, self._shapes.names(entity, schema), strict=True)
                ]
            )
        except BadFile as error:
            raise DataFailure(
                f"source {self.source.name}: table {settings.table}: {error.detail}"
            ) from None
        size = 0
        with pq.ParquetWriter(self._scratch / "snapshot.parquet", schema) as writer:
            try:
                result = self._connection.execution_options(
                    stream_results=True, yield_per=BATCH_ROWS
                ).execute(sa.select(*selected))
                for rows in result.partitions():
                    batch = self._arrow(settings.table, rows, schema)
                    size += batch.nbytes
                    writer.write_table(batch)
            except UNREADABLE as error:
                raise self._unreadable(settings.table, error) from None
        landed = dict(zip((column.name for column in columns), schema.names, strict=True))
        return size, [landed[key] for key in settings.key]

    def _types(self, table: str, columns: list[sa.Column[Any]]) -> list[pa.DataType | None]:
        """The Arrow type of each column, None for text: as declared where every value allows it."""
        dialect = self._engine.dialect.name
        types = [_arrow_type(column.type, dialect) for column in columns]
        odd = [_is_odd(c, kind, dialect) for c, kind in zip(columns, types, strict=True)]
        counts = [sa.func.count(sa.case((test, 1))) for test in odd if test is not None]
        if not counts:
            return types
        try:
            row = iter(
                self._connection.execute(sa.select(*counts).select_from(columns[0].table)).one()
            )
        except UNREADABLE as error:
            raise self._unreadable(table, error) from None
        return [
            None if test is not None and next(row) else kind
            for test, kind in zip(odd, types, strict=True)
        ]

    def _unreadable(self, table: str, error: SQLAlchemyError | UnicodeDecodeError) -> DataFailure:
        remedy = REMEDIES.get(self._engine.dialect.name, "Run again when the database answers.")
        if _is_no_utf8(error):
            remedy = "Convert the value, or the whole database, to UTF-8 and run again."
        return DataFailure(
            f"source {self.source.name}: table {table} of {redact_url(str(self.source.location))} "
            f"could not be read: {reason(error, str(self.source.location))}. {remedy}"
        )

    def _arrow(self, table: str, rows: Any, schema: pa.Schema) -> pa.Table:
        arrays = []
        for field, values in zip(schema, zip(*rows, strict=True), strict=True):
            try:
                exact = map(_text, values) if field.type == pa.string() else values
                arrays.append(pa.array(exact, field.type))
            except (pa.ArrowInvalid, pa.ArrowTypeError, ValueError, TypeError) as error:
                raise DataFailure(
                    f"source {self.source.name}: table {table}, column {field.name}: "
                    f"{str(error).splitlines()[0]}. Correct the row in the database, or its type."
                ) from None
        return pa.Table.from_arrays(arrays, schema=schema)

    def _difference(self, entity: str, settings: DatabaseEntity, keys: list[str]) -> int:
        """Make the temporary table `delta`: new, changed and vanished keys, in key order.

        Rows are compared by what they hold now and what landing shows, not by their stored hash:
        a column that came, went or changed its type makes no new version of a row by itself.
        """
        con = self._landing
        path = str(self._scratch / "snapshot.parquet").replace("'", "''")
        given = _types_of(con, f"select * from read_parquet('{path}')")
        key_list = ", ".join(map(_quoted, keys))
        table = f"{_quoted(self.source.name)}.{_quoted(entity)}"
        landed: dict[str, str] = {}
        if has_table(con, self.source.name, entity) and self._known[entity].landed:
            columns_landed = _types_of(con, f"from {table}")
            landed = {n.lower(): kind for n, kind in columns_landed.items() if n not in OURS}
        new = {n: _comparable(n, kind, landed.get(n.lower(), kind)) for n, kind in given.items()}
        old = {n: text if n.lower() in landed else "null" for n, text in new.items()}
        con.execute(f"""
            create or replace temp table snapshot as
            select
                *,
                {_row_hash({n: _as_text(n) for n in given})} as _row_hash,
                false as _is_deleted,
                {_row_hash(new)} as _footfall_values,
                [{", ".join(new[key] for key in keys)}] as _footfall_key
            from read_parquet('{path}')
        """)
        doubled = con.execute(f"""
            select {key_list} from snapshot group by all having count(*) > 1 limit 1
        """).fetchone()
        if doubled:
            raise UsageFailure(
                f"source {self.source.name}: table {settings.table} has several rows with "
                f"({', '.join(keys)}) = {doubled}. Name the columns that identify a row as key."
            )
        current = "select * from snapshot where false"
        if landed:
            current = f"""
                select
                    *,
                    {_row_hash(old)} as _footfall_values,
                    [{", ".join(old[key] for key in keys)}] as _footfall_key
                from {table}
                where rowid in (
                    select rowid from {table} qualify row_number() over (
                        partition by {", ".join(old[key] for key in keys)}
                        order by _loaded_at desc, _dlt_load_id desc
                    ) = 1
                )
            """
        # What the table no longer has keeps the value it last had.
        gone = landed.keys() - {name.lower() for name in given}
        kept = "".join(f", current.{_quoted(name)}" for name in sorted(gone))
        # A vanished key whose type changed is text, as it is in landing from now on.
        lost = [
            f"cast(current.{_quoted(key)} as {widest(landed.get(key.lower(), kind), kind)})"
            f" as {_quoted(key)}"
            for key, kind in given.items()
            if key in keys
        ]
        con.execute(f"""
            create or replace temp table delta as
            with current as ({current}),
            changed as (
                select snapshot.* exclude (_footfall_values, _footfall_key){kept}
                from snapshot
                left join current on snapshot._footfall_key = current._footfall_key
                where snapshot._footfall_values is distinct from current._footfall_values
                or current._is_deleted
            ),
            vanished as (
                select {", ".join(lost)}, md5('deleted') as _row_hash, true as _is_deleted
                from current
                anti join snapshot on snapshot._footfall_key = current._footfall_key
                where not current._is_deleted
            )
            select * from (select * from changed union all by name select * from vanished)
            order by {key_list}
        """)
        con.execute("drop table snapshot")
        counted = con.execute("select count(*) from delta").fetchone()
        return int(counted[0]) if counted else 0

    def _delta_id(self, previous: str) -> str:
        digest = hashlib.sha256(previous.encode())
        reader = self._landing.execute(
            "select _row_hash from delta order by rowid"
        ).to_arrow_reader(BATCH_ROWS)
        for batch in reader:
            digest.update("\n".join(batch.column(0).to_pylist()).encode())
        return digest.hexdigest()


def _is_no_utf8(error: Exception) -> bool:
    """True when a database holds text whose bytes are not those of its encoding."""
    original = getattr(error, "orig", None) or error
    return (
        isinstance(original, UnicodeDecodeError)
        or getattr(original, "pgcode", None) in NO_UTF8
        or "Could not decode to UTF-8" in str(original)  # SQLite's driver
    )


def _arrow_type(kind: Any, dialect: str) -> pa.DataType | None:
    """The Arrow type that holds a column exactly; None: take it as text."""
    if dialect == "sqlite" and not isinstance(kind, (sa.Integer, sa.Float, sa.LargeBinary)):
        return None  # SQLite keeps what it was given, whatever the column is called
    match kind:
        case sa.Boolean():
            return pa.bool_()
        case sa.SmallInteger() if dialect != "sqlite":
            return pa.int16()
        case sa.BigInteger():
            return pa.int64()
        case sa.Integer():
            return pa.int64() if dialect == "sqlite" else pa.int32()
        case sa.Float():
            return pa.float64()
        # PostgreSQL knows scales below 0, and above the precision.
        case sa.Numeric(precision=int(precision), scale=scale) if (
            0 <= (scale or 0) <= precision <= 38
        ):
            return pa.decimal128(precision, scale or 0)
        case sa.DateTime(timezone=timezone):
            return pa.timestamp("us", tz="UTC" if timezone else None)
        case sa.Date():
            return pa.date32()
        case sa.LargeBinary():
            return pa.binary()
        case sa.Enum():
            return None
        case sa.String():
            return pa.string()
    return None


def _is_odd(column: sa.Column[Any], kind: pa.DataType | None, dialect: str) -> Any:
    """SQL: true for a value that its column's Arrow type cannot hold; None: there is none."""
    if kind is None:
        return None
    if dialect == "sqlite":  # any value goes into any column
        stored = {"int64": "integer", "double": "real", "binary": "blob"}[str(kind)]
        return sa.func.typeof(column).not_in([stored, "null"])
    if dialect == "postgresql" and pa.types.is_decimal(kind):
        return sa.cast(column, sa.Text).in_(["NaN", "Infinity", "-Infinity"])
    if dialect == "postgresql" and (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        # The driver gives infinity as the year 9999, and knows no year before 1.
        year = sa.extract("year", column)
        return sa.or_(sa.not_(sa.func.isfinite(column)), sa.not_(year.between(1, 9999)))
    return None


def _text(value: Any) -> str | None:
    """A stored value as text that stands for exactly that value."""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return f"X'{value.hex().upper()}'"
    return value if value is None or isinstance(value, str) else str(value)


def _types_of(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    """The columns of a query and their DuckDB types."""
    return {row[0]: row[1] for row in con.execute(f"describe {query}").fetchall()}


def _comparable(name: str, kind: str, landed: str) -> str:
    """SQL: a column's value as text, the same for the same value in the table and in landing.

    kind: the type the table has now; landed: the one in landing. A change of type alone is no
    new value: 5 landed as text is the number 5, and 12.30 is 12.3.
    """
    text = _as_text(name)
    if kind == landed:
        return text
    if kind in NUMBERS or kind.startswith("DECIMAL"):
        return (
            f"case when regexp_full_match({text}, '-?[0-9]+[.][0-9]+') "
            f"then rtrim(rtrim({text}, '0'), '.') "
            f"when {text} = 'true' then '1' when {text} = 'false' then '0' else {text} end"
        )
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"coalesce(cast(try_cast({text} as timestamptz) as varchar), {text})"
    return text


def _as_text(name: str) -> str:
    return f"cast({_quoted(name)} as varchar)"


def _row_hash(texts: dict[str, str]) -> str:
    """SQL: a fingerprint of a row's values; lengths keep ('ab', 'c') apart from ('a', 'bc')."""
    parts = [f"coalesce(length({text}) || ':' || {text}, '-')" for _, text in sorted(texts.items())]
    return f"md5(concat({', '.join(parts)}))"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
