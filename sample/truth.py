"""What is right: counts for every file and entity, all sessions, all orders.

truth.json
    parameters          what the sample was made with
    window              first_day, last_day of the event files, UTC
    web                 raw, accepted, duplicate by reason, quarantined by code, over all files
      files             the same by path, with sha256 and status landed or redelivered (raw 0)
      planted           events that got each line kind of `rates`
      accepted_by_type  accepted events by canonical type
      accepted_items    products named by accepted events
      visitors, customers, shared_visitors
                        different ids in accepted events; visitors with two customers or more
    shop, feeds         by entity: raw, accepted, duplicate, quarantined
    ad_spend            accepted figures in EUR, and how many have no rate
    sessions            all, capped (begun by the 24 h cut), crawler, stealth_bot
    bots                accepted events of crawlers (by user agent) and stealth bots (by behaviour)
    orders              accepted headers: in_web, not_in_web, sold, sold_cancelled, sold_refunded
    revenue             of sold orders: by_currency, net_eur over those that have rates,
                        orders_without_eur (their rate was older than 7 days)
    web_only_purchases  order ids of accepted purchases that the shop never had

sessions.parquet has a row per session, orders.parquet one per accepted order header; amounts
are exact decimals in the order's currency, `_eur` ones null where a rate is missing. An order's
lines and refunds count if they were accepted themselves.
"""

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
BATCH = 20_000
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


class OrderTable:
    """orders.parquet, written day by day, and the totals over it."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.count: Counter[str] = Counter()
        self.by_currency: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.euro = Decimal("0.00000000")
        self.unconverted = 0
        self.sold_before: Counter[str] = Counter()  # orders per customer

    def add_day(self, orders: list[OrderTruth]) -> None:
        """The orders of one day; the days come in order, so that customers' orders do too."""
        numbers = {}
        for truth in sorted(orders, key=lambda each: (each.order.ordered_at, each.order.order_id)):
            if truth.is_sold and truth.order.customer:
                self.sold_before[truth.order.customer] += 1
                numbers[truth.order.order_id] = self.sold_before[truth.order.customer]
        for truth in sorted(orders, key=lambda each: each.order.order_id):
            self._add(truth, numbers.get(truth.order.order_id))

    def _add(self, truth: OrderTruth, number: int | None) -> None:
        order = truth.order
        amounts = (
            truth.gross,
            truth.discount,
            order.tax,
            order.shipping,
            truth.refunded,
            truth.cancelled,
            truth.net,
        )
        self.table.add(
            (
                order.order_id,
                order.customer,
                order.ordered_at * 1000,
                order.status,
                order.currency,
                *map(money, amounts),
                truth.sales_euro,
                truth.refund_euro,
                truth.cancelled_euro,
                truth.net_euro,
                truth.is_sold,
                number,
                order.in_web,
            )
        )
        self.count["accepted"] += 1
        self.count["in_web" if order.in_web else "not_in_web"] += 1
        if not truth.is_sold:
            return
        self.count["sold"] += 1
        self.count["sold_cancelled"] += order.cancelled_at is not None
        self.count["sold_refunded"] += truth.refunded > 0
        revenue = self.by_currency[order.currency]
        revenue["orders"] += 1
        for name, amount in zip(("gross", "discount", "tax", "shipping"), amounts, strict=False):
            revenue[name] += amount
        revenue["refund"] += truth.refunded
        revenue["cancelled"] += truth.cancelled
        revenue["net"] += truth.net
        if truth.net_euro is None:
            self.unconverted += 1
        else:
            self.euro += truth.net_euro

    def totals(self) -> dict[str, Any]:
        """Counts of accepted orders, and the revenue of the sold ones."""
        names = ("accepted", "in_web", "not_in_web", "sold", "sold_cancelled", "sold_refunded")
        return {
            "orders": {name: self.count[name] for name in names},
            "revenue": {
                "by_currency": {
                    currency: {
                        name: value if name == "orders" else str(money(value))
                        for name, value in sorted(sums.items())
                    }
                    for currency, sums in sorted(self.by_currency.items())
                },
                "net_eur": str(self.euro),
                "orders_without_eur": self.unconverted,
            },
        }


def money(amount: int) -> Decimal:
    """Cents as a decimal with four places."""
    if not amount:  # most sessions; a third of the time of their rows
        return NOTHING
    return Decimal(amount).scaleb(-2).quantize(Decimal("0.0001"))
