"""Orders: what a purchase becomes until the end of the window, and its database rows."""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from sample.catalog import Catalog, Product, cents
from sample.clock import DAY, HOUR, MINUTE, berlin_day, day_name, naive
from sample.rates import Rates
from sample.seeds import Every
from sample.tally import Tally

NOT_NUMBERS = ("NaN", "1e3", "n/a")


@dataclass(slots=True)
class Refund:
    """Money back for some pieces of one line; amount in cents."""

    refund_id: str
    line_number: int
    quantity: int
    amount: int
    at: int
    reason: str


@dataclass(slots=True)
class Order:
    """An order as it stands at the end of the window; money in cents of its currency."""

    order_id: str
    customer: str | None
    ordered_at: int
    currency: str
    lines: list[tuple[Product, int, int]]  # product, quantity, unit price
    discount: int
    tax: int
    shipping: int
    coupon: str | None
    is_test: bool
    status: str = "paid"
    payment: str = "paid"
    updated_at: int = 0
    cancelled_at: int | None = None
    refunds: list[Refund] = field(default_factory=list)
    in_web: bool = False  # an accepted purchase event tells of it

    @property
    def goods(self) -> int:
        """Goods after discount, before tax and shipping: what the purchase event says."""
        return sum(quantity * price for _, quantity, price in self.lines) - self.discount


@dataclass(slots=True)
class OrderTruth:
    """An accepted order header with its accepted lines and refunds."""

    order: Order
    gross: int
    discount: int  # 0 without an accepted line: a discount is of something
    refunded: int
    cancelled: int
    is_sold: bool
    sales_euro: Decimal | None  # lines after their share of the discount
    refund_euro: Decimal | None
    cancelled_euro: Decimal | None

    @property
    def net(self) -> int:
        return self.gross - self.discount - self.refunded - self.cancelled

    @property
    def net_euro(self) -> Decimal | None:
        """None as soon as one movement has no rate."""
        if self.sales_euro is None or self.refund_euro is None or self.cancelled_euro is None:
            return None
        return self.sales_euro - self.refund_euro - self.cancelled_euro


Row = dict[str, Any]


class Orders:
    """Makes orders, turns them into rows, and keeps the truth about them."""

    def __init__(self, catalog: Catalog, rates: Rates, end: int) -> None:
        self.catalog = catalog
        self.rates = rates
        self.end = end
        self.truth: dict[int, list[OrderTruth]] = {}  # by day (UTC), until it is written
        self.tallies = {name: Tally() for name in ("orders", "order_items", "refunds")}
        self._numbers: dict[int, int] = {}
        self._coupon = Every(rates.discounts)
        self._test = Every(rates.test_orders)
        self._failed = Every(rates.failed_payments)
        self._cancelled = Every(rates.cancellations, 0.3)
        self._refunded = Every(rates.refunds)
        # Starts differ, so that a row is not due for two defects at once all the time.
        self._defects = {
            table: {
                "currency": Every(rates.shop_unknown_currency, 0.9),
                "text": Every(rates.shop_not_a_number, 0.8),
                "negative": Every(rates.shop_negative, 0.7),
                "status": Every(rates.shop_bad_status, 0.6),
                "missing": Every(rates.shop_missing, 0.5),
            }
            for table in self.tallies
        }

    def place(
        self,
        rng: Random,
        at: int,
        customer: str | None,
        currency: str,
        cart: dict[int, int],
    ) -> Order:
        """The order of this cart (product number: quantity), with its whole later life."""
        day = at // DAY
        number = self._numbers[day] = self._numbers.get(day, 0) + 1
        lines = [
            (product, quantity, product.price(at, currency))
            for product, quantity in ((self.catalog.products[n], q) for n, q in cart.items())
        ]
        if rng.random() < 0.02:  # a free gift: a line at price 0
            lines.append((self.catalog.products[int(rng.random() * 9)], 1, 0))
        gross = sum(quantity * price for _, quantity, price in lines)
        is_test = self._test()
        with_coupon = self._coupon()
        discount = gross * (5, 10, 15)[int(rng.random() * 3)] // 100 if with_coupon else 0
        shipping = 0 if gross - discount >= 5000 else 495
        order = Order(
            order_id=f"O{day_name(day).replace('-', '')}-{number:04d}",
            customer=customer,
            ordered_at=at,
            currency=currency,
            lines=lines,
            discount=discount,
            tax=(gross - discount) * {"EUR": 19, "GBP": 20, "USD": 0}[currency] // 100,
            shipping=shipping,
            coupon="STAFFTEST" if is_test else ("SPRING10" if with_coupon else None),
            is_test=is_test,
            updated_at=at,
        )
        self._live_on(order, rng)
        return order

    def _live_on(self, order: Order, rng: Random) -> None:
        at = order.ordered_at
        waiting = int(rng.random() * 3 * DAY) + HOUR
        days = 2 + int(rng.random() * 28)
        pick = int(rng.random() * sum(price > 0 for _, _, price in order.lines))
        if self._failed():
            order.payment = "failed"
            order.status = "cancelled"
            order.cancelled_at = at + 30 * MINUTE
            order.updated_at = order.cancelled_at
            if order.cancelled_at >= self.end:
                order.status, order.cancelled_at, order.updated_at = "pending", None, at
            return
        if at + waiting // 4 >= self.end:
            order.payment = order.status = "pending"
            return
        order.updated_at = at + waiting // 4
        if at + waiting < self.end:
            order.status, order.updated_at = "shipped", at + waiting
        if self._refunded() and at + days * DAY < self.end:
            order.refunds.append(self._refund(order, rng, pick, at + days * DAY))
            order.updated_at = at + days * DAY
        if self._cancelled() and at + 2 * waiting < self.end:
            order.status = "cancelled"
            order.cancelled_at = at + 2 * waiting
            order.updated_at = max(order.updated_at, order.cancelled_at)

    def _refund(self, order: Order, rng: Random, pick: int, at: int) -> Refund:
        _, quantity, price = order.lines[pick]
        pieces = 1 + int(rng.random() * quantity)
        gross = order.goods + order.discount
        # The coupon's share stays with the shop, so that nobody gets more than was paid.
        amount = pieces * price * order.goods // gross if gross else 0
        return Refund(
            refund_id=f"R{order.order_id[1:]}-1",
            line_number=pick + 1,
            quantity=pieces,
            amount=max(amount, 1),
            at=at,
            reason=("damaged", "does not fit", "didn't like it 😕")[int(rng.random() * 3)],
        )

    def rows(self, order: Order) -> dict[str, list[Row]]:
        """The order's rows by table, some of them broken; books what they count for."""
        header = {
            "order_id": order.order_id,
            "customer_id": order.customer,
            "ordered_at": naive(order.ordered_at),
            "updated_at": naive(order.updated_at),
            "status": order.status,
            "payment_status": order.payment,
            "is_test": order.is_test,
            "currency": order.currency,
            "discount_total": cents(order.discount),
            "tax_total": cents(order.tax),
            "shipping_total": cents(order.shipping),
            "coupon_code": order.coupon,
            "cancelled_at": None if order.cancelled_at is None else naive(order.cancelled_at),
        }
        amount = ("discount_total", "tax_total", "shipping_total")[self.tallies["orders"].raw % 3]
        sound = self._judge("orders", header, amount, "currency")
        items: list[Row] = []
        sales: list[int] = []
        for position, (product, quantity, price) in enumerate(order.lines, start=1):
            items.append(
                {
                    "order_id": order.order_id,
                    "line_number": position,
                    "product_id": product.product_id,
                    "quantity": quantity,
                    "unit_price": cents(price),
                }
            )
            if self._judge("order_items", items[-1], "unit_price", "product_id"):
                sales.append(quantity * price)
        refunds: list[Row] = []
        returned: list[Refund] = []
        for refund in order.refunds:
            refunds.append(
                {
                    "refund_id": refund.refund_id,
                    "order_id": order.order_id,
                    "line_number": refund.line_number,
                    "quantity": refund.quantity,
                    "amount": cents(refund.amount),
                    "refunded_at": naive(refund.at),
                    "reason": refund.reason,
                }
            )
            if self._judge("refunds", refunds[-1], "amount", "amount"):
                returned.append(refund)
        if sound:
            truth = self._sum_up(order, sales, returned)
            self.truth.setdefault(order.ordered_at // DAY, []).append(truth)
        return {"orders": [header], "order_items": items, "refunds": refunds}

    def _judge(self, table: str, row: Row, amount: str, required: str) -> bool:
        """Break the row if a defect is due, book it; True if it is sound."""
        tally, due = self.tallies[table], self._defects[table]
        tally.raw += 1
        if table == "orders" and due["currency"]():
            row["currency"] = ("QQQ", "BTC")[tally.raw % 2]
            tally.reject("bad_enum:currency")
        elif table == "orders" and due["status"]():
            row["status"] = ("on hold", "PAID!")[tally.raw % 2]
            tally.reject("bad_enum:status")
        elif due["text"]():
            row[amount] = NOT_NUMBERS[tally.raw % 3]
            tally.reject(f"bad_type:{amount}")
        elif due["negative"]():
            if table == "order_items" and tally.raw % 2:
                row["quantity"] = -row["quantity"]
                tally.reject("out_of_range:quantity")
            else:
                row[amount] = "-5.00"
                tally.reject(f"out_of_range:{amount}")
        elif due["missing"]():
            row[required] = None
            tally.reject(f"missing_field:{required}")
        else:
            return True
        return False

    def _sum_up(self, order: Order, sales: list[int], refunds: list[Refund]) -> OrderTruth:
        """Totals of the accepted rows; every movement converts at its own day."""
        to_euro = self.catalog.to_euro
        day = berlin_day(order.ordered_at)
        gross = sum(sales)
        discount = order.discount if sales else 0
        refunded = sum(refund.amount for refund in refunds)
        cancelled = 0
        if order.cancelled_at is not None:
            cancelled = max(gross - discount - refunded, 0)
        cancelled_euro: Decimal | None = Decimal("0.00000000")
        if order.cancelled_at is not None and cancelled:
            cancelled_euro = to_euro(cancelled, order.currency, berlin_day(order.cancelled_at))
        shares = allocate(discount, sales)
        amounts = [sale - share for sale, share in zip(sales, shares, strict=True)]
        return OrderTruth(
            order=order,
            gross=gross,
            discount=discount,
            refunded=refunded,
            cancelled=cancelled,
            is_sold=order.payment == "paid" and not order.is_test and any(sales),
            sales_euro=_add([to_euro(amount, order.currency, day) for amount in amounts]),
            refund_euro=_add(
                [to_euro(back.amount, order.currency, berlin_day(back.at)) for back in refunds]
            ),
            cancelled_euro=cancelled_euro,
        )


def allocate(amount: int, weights: list[int]) -> list[int]:
    """Parts of an amount in cents, by weight, that sum to it exactly.

    Source  DEFINITIONS section 17, cumulative rounding; without any weight, equal parts
    """
    total = sum(weights)
    if not total:
        weights, total = [1] * len(weights), len(weights)
    parts, running, before = [], 0, 0
    for weight in weights:
        running += weight
        after = (2 * amount * running + total) // (2 * total)
        parts.append(after - before)
        before = after
    return parts


def _add(amounts: list[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal("0.00000000")) if len(known) == len(amounts) else None
