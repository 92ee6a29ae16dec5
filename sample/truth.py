"""What is right: counts for every file and entity, all sessions, all orders."""

from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from sample.orders import OrderTruth
from sample.sessions import TYPE_NAMES, Session, is_engaged

MONEY = pa.decimal128(18, 4)
EURO = pa.decimal128(28, 8)
TIME = pa.timestamp("us")
SESSIONS = pa.schema(
    [
        ("visitor_id", pa.string()),
        ("customer_id", pa.string()),  # the actor, when there is no visitor
        ("first_event_id", pa.string()),
        ("session_started_at", TIME),
        ("session_ended_at", TIME),
        ("event_count", pa.int32()),
        *[(f"{name}_count", pa.int32()) for name in TYPE_NAMES],
        ("purchase_value", MONEY),
        ("currency", pa.string()),
        ("purchase_value_eur", EURO),
        ("is_engaged", pa.bool_()),
        ("is_capped", pa.bool_()),
        ("is_crawler", pa.bool_()),
        ("is_stealth_bot", pa.bool_()),
    ]
)
ORDERS = pa.schema(
    [
        ("order_id", pa.string()),
        ("customer_id", pa.string()),
        ("ordered_at", TIME),
        ("status", pa.string()),
        ("currency", pa.string()),
        *[
            (f"{name}_total", MONEY)
            for name in ("gross", "discount", "tax", "shipping", "refund", "cancelled", "net")
        ],
        *[(f"{name}_total_eur", EURO) for name in ("sales", "refund", "cancelled", "net")],
        ("is_sold", pa.bool_()),
        ("customer_order_number", pa.int32()),
        ("in_web", pa.bool_()),
    ]
)
BATCH = 50_000
NOTHING = Decimal("0.0000")


class Table:
    """A Parquet file, written in batches of tuples in the schema's order."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.schema = schema
        self.writer = pq.ParquetWriter(path, schema)
        self.rows: list[tuple[Any, ...]] = []
        self.count = 0

    def add(self, row: tuple[Any, ...]) -> None:
        self.rows.append(row)
        if len(self.rows) >= BATCH:
            self._write()

    def _write(self) -> None:
        if self.rows:
            columns = [
                pa.array(values, type=field.type)
                for values, field in zip(zip(*self.rows, strict=True), self.schema, strict=True)
            ]
            self.writer.write_table(pa.table(columns, schema=self.schema))
            self.count += len(self.rows)
            self.rows = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._write()
        self.writer.close()


def session_row(
    session: Session,
    visitor: str | None,
    customer: str | None,
    is_crawler: bool,
    is_stealth_bot: bool,
    purchase_euro: Decimal | None,
) -> tuple[Any, ...]:
    """A row of sessions.parquet."""
    return (
        visitor,
        customer,
        session.first_event_id,
        session.started_at * 1000,
        session.ended_at * 1000,
        sum(session.counts),
        *session.counts,
        money(session.purchase_value),
        session.currency,
        purchase_euro,
        is_engaged(session),
        session.is_capped,
        is_crawler,
        is_stealth_bot,
    )


def write_orders(path: Path, orders: list[OrderTruth]) -> dict[str, Any]:
    """Write orders.parquet and return the totals."""
    numbers = _customer_order_numbers(orders)
    count: Counter[str] = Counter(accepted=len(orders))
    by_currency: defaultdict[str, Counter[str]] = defaultdict(Counter)
    euro, unconverted = Decimal("0.00000000"), 0
    with Table(path, ORDERS) as table:
        for truth in sorted(orders, key=lambda truth: truth.order.order_id):
            order = truth.order
            table.add(
                (
                    order.order_id,
                    order.customer,
                    order.ordered_at * 1000,
                    order.status,
                    order.currency,
                    *map(
                        money,
                        (
                            truth.gross,
                            order.discount,
                            order.tax,
                            order.shipping,
                            truth.refunded,
                            truth.cancelled,
                            truth.net,
                        ),
                    ),
                    truth.sales_euro,
                    truth.refund_euro,
                    truth.cancelled_euro,
                    truth.net_euro,
                    truth.is_sold,
                    numbers.get(order.order_id),
                    order.in_web,
                )
            )
            count["in_web"] += order.in_web
            count["not_in_web"] += not order.in_web
            if not truth.is_sold:
                continue
            count["sold"] += 1
            count["sold_cancelled"] += order.cancelled_at is not None
            count["sold_refunded"] += truth.refunded > 0
            revenue = by_currency[order.currency]
            revenue["orders"] += 1
            revenue["gross"] += truth.gross
            revenue["discount"] += order.discount
            revenue["refund"] += truth.refunded
            revenue["cancelled"] += truth.cancelled
            revenue["net"] += truth.net
            if truth.net_euro is None:
                unconverted += 1
            else:
                euro += truth.net_euro
    return {
        "orders": dict(sorted(count.items())),
        "revenue": {
            "by_currency": {
                currency: {
                    name: value if name == "orders" else str(money(value))
                    for name, value in sorted(sums.items())
                }
                for currency, sums in sorted(by_currency.items())
            },
            "net_eur": str(euro),
            "orders_without_eur": unconverted,
        },
    }


def _customer_order_numbers(orders: list[OrderTruth]) -> dict[str, int]:
    """Order number per customer among sold orders, by (ordered_at, order_id)."""
    counts: Counter[str] = Counter()
    numbers = {}
    sold = [truth.order for truth in orders if truth.is_sold and truth.order.customer]
    for order in sorted(sold, key=lambda order: (order.ordered_at, order.order_id)):
        assert order.customer
        counts[order.customer] += 1
        numbers[order.order_id] = counts[order.customer]
    return numbers


def money(amount: int) -> Decimal:
    """Cents as a decimal with four places."""
    if not amount:  # most sessions; a third of the time of their rows
        return NOTHING
    return Decimal(amount).scaleb(-2).quantize(Decimal("0.0001"))
