"""The shop's operational database: four tables, money as decimal text, times naive UTC."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from sample.orders import Row

METADATA = sa.MetaData()
TABLES = {
    table.name: table
    for table in (
        sa.Table(
            "customers",
            METADATA,
            sa.Column("customer_id", sa.Text, primary_key=True),
            sa.Column("email", sa.Text),
            sa.Column("phone", sa.Text),
            sa.Column("country", sa.Text),
            sa.Column("created_at", sa.DateTime),
            sa.Column("updated_at", sa.DateTime),
        ),
        sa.Table(
            "orders",
            METADATA,
            sa.Column("order_id", sa.Text, primary_key=True),
            sa.Column("customer_id", sa.Text),
            sa.Column("ordered_at", sa.DateTime),
            sa.Column("updated_at", sa.DateTime),
            sa.Column("status", sa.Text),
            sa.Column("payment_status", sa.Text),
            sa.Column("is_test", sa.Boolean),
            sa.Column("currency", sa.Text),
            sa.Column("discount_total", sa.Text),
            sa.Column("tax_total", sa.Text),
            sa.Column("shipping_total", sa.Text),
            sa.Column("coupon_code", sa.Text),
            sa.Column("cancelled_at", sa.DateTime),
        ),
        sa.Table(
            "order_items",
            METADATA,
            sa.Column("order_id", sa.Text, primary_key=True),
            sa.Column("line_number", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("product_id", sa.Text),
            sa.Column("quantity", sa.Integer),
            sa.Column("unit_price", sa.Text),
        ),
        sa.Table(
            "refunds",
            METADATA,
            sa.Column("refund_id", sa.Text, primary_key=True),
            sa.Column("order_id", sa.Text),
            sa.Column("line_number", sa.Integer),
            sa.Column("quantity", sa.Integer),
            sa.Column("amount", sa.Text),
            sa.Column("refunded_at", sa.DateTime),
            sa.Column("reason", sa.Text),
        ),
    )
}
BATCH = 20_000


class Database:
    """Collects rows and inserts them in batches."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.rows: dict[str, list[Row]] = {name: [] for name in TABLES}

    def add(self, table: str, rows: list[Row]) -> None:
        waiting = self.rows[table]
        waiting += rows
        if len(waiting) >= BATCH:
            self._insert(table)

    def _insert(self, table: str) -> None:
        if rows := self.rows[table]:
            self.connection.execute(TABLES[table].insert(), rows)
            self.rows[table] = []

    def finish(self) -> None:
        for table in TABLES:
            self._insert(table)


@contextmanager
def write(engine: sa.Engine) -> Iterator[Database]:
    """Fresh tables, all in one transaction: readers see the old shop or the new one.

    Errors  sqlalchemy.exc.SQLAlchemyError: no such server, wrong password, no right to create
    """
    try:
        with engine.begin() as connection:
            METADATA.drop_all(connection)
            METADATA.create_all(connection)
            database = Database(connection)
            yield database
            database.finish()
    finally:
        engine.dispose()


def count_orders(engine: sa.Engine) -> int | None:
    """Rows in orders, None if there is no such table."""
    try:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table("orders"):
                return None
            return connection.execute(
                sa.select(sa.func.count()).select_from(TABLES["orders"])
            ).scalar_one()
    finally:
        engine.dispose()


def sqlite_file(path: Path) -> sa.Engine:
    """A SQLite file, whatever characters its path has."""
    return sa.create_engine(sa.URL.create("sqlite", database=str(path)))
