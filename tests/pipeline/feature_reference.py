"""What features are, by a plain reading of DEFINITIONS.md, sections 16, 21 and 22: slow, in Python.

Each function says what a table says of an entity at a moment; a number that the engine rounds is
approximate.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import log, sqrt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

ZONE = ZoneInfo("Europe/Berlin")
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
RANKS = {
    "page_view": 20,
    "search": 30,
    "view_item": 40,
    "add_to_cart": 50,
    "remove_from_cart": 55,
    "begin_checkout": 70,
    "purchase": 80,
}
WINDOWS = {
    "1h": HOUR,
    "1d": DAY,
    "7d": 7 * DAY,
    "14d": 14 * DAY,
    "30d": 30 * DAY,
    "90d": 90 * DAY,
    "all": 100_000 * DAY,
}
# Of products and categories: how far looks at them are counted back, and orders.
INTEREST = ("1d", "7d", "14d", "30d")
SALES = ("7d", "14d", "30d", "90d")

REPORTING = "EUR"
FIRST, LAST = datetime.fromisoformat("0001-01-01"), datetime.fromisoformat("9999-12-31")
Amounts = tuple[tuple[datetime, Decimal | None], ...]


def as_known(amount: Decimal | None, learned: Amounts, as_of: datetime) -> Decimal | None:
    for since, known in learned:
        if since <= as_of:
            amount = known
    return amount


@dataclass(frozen=True)
class Event:
    number: int
    at: datetime
    known: datetime
    type: str = "view_item"
    visitor: str | None = "v1"
    account: str | None = "c1"  # whose it was, as known then
    session: str | None = "s1"
    products: tuple[str, ...] = ("p1",)
    seq: int | None = None
    is_robot: bool = False
    is_internal: bool = False
    value: Decimal | None = Decimal(5)  # null without a rate
    of_actor: str | None = None
    learned: Amounts = ()  # since when the value was known to be so; else always as above
    currency: str = "EUR"
    told: Decimal | None = None  # the value in it; where rows are made of it
    exposed: datetime | None = None  # since when its device is known to be a program

    def is_exposed(self, as_of: datetime) -> bool:
        return self.exposed is not None and self.exposed <= as_of

    def value_at(self, as_of: datetime) -> Decimal | None:
        """In the reporting currency, as known at a moment."""
        return as_known(self.value, self.learned, as_of)

    @property
    def counts(self) -> bool:
        return not self.is_robot and not self.is_internal

    @property
    def own_product(self) -> str | None:
        return self.products[0] if len(self.products) == 1 else None

    @property
    def actor(self) -> str:
        return self.of_actor or self.visitor or f"customer {self.account}"

    def canonical(self) -> tuple[Any, ...]:
        return (self.at, self.seq is None, self.seq or 0, RANKS[self.type], f"e{self.number}")


@dataclass(frozen=True)
class Rate:
    """What a unit of the base costs from a day on, for a week at most, and since when."""

    currency: str
    on: date
    rate: Decimal
    known: datetime


Pair = tuple[Decimal | None, Decimal | None]


def rate_moments(rates: Sequence[Rate], currency: str, day: date) -> list[tuple[datetime, Pair]]:
    """When something became known of a day's rates: the currency's and the reporting one's."""
    near = [
        rate
        for rate in rates
        if rate.currency in (currency, REPORTING) and day - 7 * DAY <= rate.on <= day
    ]

    def latest(name: str, moment: datetime) -> Decimal | None:
        usable = [rate for rate in near if rate.currency == name and rate.known <= moment]
        return max(usable, key=lambda rate: rate.on).rate if usable else None

    return [
        (moment, (latest(currency, moment), latest(REPORTING, moment)))
        for moment in sorted({rate.known for rate in near})
    ]


def converted(paid: Decimal, pair: Pair) -> Decimal | None:
    """To eight places, half away from zero."""
    rate, reporting = pair
    if rate is None or reporting is None:
        return None
    exact = abs(Fraction(paid) * Fraction(reporting) / Fraction(rate)) * 10**8
    return Decimal(int(exact + Fraction(1, 2))).scaleb(-8).copy_sign(paid)


def learned(paid: Decimal | None, moments: list[tuple[datetime, Pair]]) -> Amounts:
    """What an amount in another currency was known to be, since when."""
    if paid is None:
        return ()
    return ((FIRST, None), *((at, converted(paid, pair)) for at, pair in moments))


@dataclass(frozen=True)
class Line:
    """One movement of an order, sold or not: a line of it, or what came of it later."""

    order: int | str
    number: int
    at: datetime
    known: datetime
    account: str | None = "c1"
    is_sold: bool = True
    kind: str = "sale"
    product: str | None = "p1"
    quantity: int = 1
    amount: Decimal | None = Decimal(10)  # without sign; null without a rate
    learned: Amounts = ()  # with its sign, since when known to be so; else always as above
    is_product: bool = True
    is_credit: bool = False  # on a credit document, which is not sold
    of_order: str | None = None  # that it takes back something of
    currency: str = "EUR"
    paid: Decimal | None = None  # in it, with its sign; where rows are made of it

    @property
    def original(self) -> int | str:
        return self.of_order or self.order

    def signed(self, as_of: datetime = LAST) -> Decimal | None:
        """In the reporting currency, as known at a moment."""
        back = self.kind in ("discount", "return", "cancel")
        amount = -self.amount if back and self.amount is not None else self.amount
        return as_known(amount, self.learned, as_of)


@dataclass(frozen=True)
class Version:
    """What a product cost from some time on, and since when that is known."""

    number: int
    at: datetime
    known: datetime
    product: str = "p1"
    price: Decimal | None = Decimal(10)
    category: str | None = "a"
    currency: str | None = "EUR"
    is_deleted: bool = False

    def as_told(self) -> "Version":
        """What is gone is of no category and has no price."""
        gone = replace(self, price=None, category=None, currency=None)
        return gone if self.is_deleted else self


@dataclass(frozen=True)
class Shop:
    events: tuple[Event, ...] = ()
    lines: tuple[Line, ...] = ()
    watermark: datetime | None = None
    versions: tuple[Version, ...] = ()
    most_acts: int = 3  # var covisit_max_acts
    rates: tuple[Rate, ...] = ()  # where rows are made of them

    @cached_property
    def memory(self) -> dict[Any, Any]:
        """What was worked out already."""
        return {}

    def of(self, product: str) -> "Shop":
        """What has to do with a product."""
        if "products" not in self.memory:
            events, lines, versions = defaultdict(list), defaultdict(list), defaultdict(list)
            for event in self.events:
                for name in set(event.products):
                    events[name].append(event)
            for line in self.lines:
                lines[line.product].append(line)
            for version in self.versions:
                versions[version.product].append(version)
            self.memory["products"] = {
                name: replace(
                    self,
                    events=tuple(events[name]),
                    lines=tuple(lines[name]),
                    versions=tuple(versions[name]),
                )
                for name in {*events, *lines, *versions}
                if name
            }
        found: Shop = self.memory["products"].get(product, Shop())
        return found

    @property
    def times(self) -> list[datetime]:
        return [event.at for event in self.events] + [
            line.at for line in self.lines if line.kind == "sale"
        ]


def local(at: datetime) -> date:
    return at.replace(tzinfo=UTC).astimezone(ZONE).date()


def midnight(day: date) -> datetime:
    """In UTC, without zone."""
    at = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    return at.astimezone(UTC).replace(tzinfo=None)


def activity(shop: Shop, account: str, t: datetime, as_of: datetime) -> dict[str, Any]:
    """What ftr_customer__activity says of an account at a moment."""
    known = [
        event
        for event in shop.events
        if event.counts and event.account == account and event.at < t and event.known <= as_of
    ]
    return acted(known, t)


def device_activity(shop: Shop, visitor: str, t: datetime, as_of: datetime) -> dict[str, Any]:
    """What ftr_visitor__activity says of a device at a moment."""
    known = [
        event
        for event in shop.events
        if event.counts and event.visitor == visitor and event.at < t and event.known <= as_of
    ]
    row = acted(known, t)
    week = sum(event.at >= t - 7 * DAY for event in known)
    before = sum(t - 30 * DAY <= event.at < t - 7 * DAY for event in known)
    row["event_count_trend_7d"] = (week + 1) / (before + 1) if known else None
    times = sorted(event.at for event in known)
    row["event_gap_mean_seconds"] = (
        (times[-1] - times[0]) / timedelta(seconds=1) / (len(times) - 1) if len(times) > 1 else None
    )
    return row


def acted(known: list[Event], t: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {"is_cold_start": not known}

    def count(name: str, windows: list[str], value: Callable[[list[Event]], int]) -> None:
        for window in windows:
            inside = [event for event in known if event.at >= t - WINDOWS[window]]
            row[f"{name}_{window}"] = value(inside) if known else None

    def age(name: str, times: list[datetime]) -> None:
        row[f"{name}__age_seconds"] = (t - times[0]) / timedelta(seconds=1) if times else None

    count("event_count", list(WINDOWS), len)
    for kind in list(RANKS)[1:]:
        count(f"{kind}_count", list(WINDOWS), lambda e, k=kind: sum(x.type == k for x in e))  # type: ignore[misc]
    count(
        "product_count", list(WINDOWS), lambda e: len({x.own_product for x in e if x.own_product})
    )
    count("active_day_count", list(WINDOWS)[2:], lambda e: len({local(x.at) for x in e}))
    times = sorted((event.at for event in known), reverse=True)
    age("first_event", times[-1:])
    age("last_event", times[:1])
    for kind in list(RANKS)[1:]:
        age(f"last_{kind}", sorted((e.at for e in known if e.type == kind), reverse=True)[:1])
    return row


def affinity(
    shop: Shop, visitor: str, product: str, t: datetime, as_of: datetime
) -> dict[str, Any]:
    """What ftr_visitor_product__affinity says of a device and a product at a moment."""
    known = [
        event
        for event in shop.events
        if event.counts
        and event.visitor == visitor
        and product in event.products
        and event.at < t
        and event.known <= as_of
    ]
    row: dict[str, Any] = {"is_cold_start": not known}
    kinds = ("view_item", "add_to_cart", "remove_from_cart", "purchase")
    for window in ("1d", "7d", "30d", "all"):
        inside = [event for event in known if event.at >= t - WINDOWS[window]]
        row[f"event_count_{window}"] = len(inside) if known else None
        for kind in kinds:
            n = sum(event.type == kind for event in inside)
            row[f"{kind}_count_{window}"] = n if known else None
        if window != "1d":
            days = len({local(event.at) for event in inside})
            row[f"active_day_count_{window}"] = days if known else None
    times = {kind: [event.at for event in known if event.type == kind] for kind in kinds}
    ages = {"last_event": [event.at for event in known]} | {f"last_{k}": times[k] for k in kinds}
    for name, found in ages.items():
        age = (t - max(found)) / timedelta(seconds=1) if found else None
        row[f"{name}__age_seconds"] = age
    first = (t - min(event.at for event in known)) / timedelta(seconds=1) if known else None
    row["first_event__age_seconds"] = first
    return row


def age_within(times: list[datetime], t: datetime, length: timedelta) -> float | None:
    """Seconds since the last of them, if that was so long ago at most."""
    recent = [at for at in times if at >= t - length]
    return (t - max(recent)) / timedelta(seconds=1) if recent else None


def popularity(shop: Shop, product: str, t: datetime, as_of: datetime) -> dict[str, Any]:
    """What ftr_product__popularity says of a product at a moment."""
    seen = [
        event
        for event in shop.events
        if event.counts
        and event.visitor
        and product in event.products
        and event.at < t
        and event.known <= as_of
    ]
    bought = [
        line
        for line in shop.lines
        if line.is_sold
        and line.kind == "sale"
        and line.is_product
        and line.product == product
        and line.at < t
        and line.known <= as_of
    ]
    versions = sorted(
        (version.at, version.known, version.number, version.as_told().price)
        for version in shop.versions
        if version.product == product and version.at < t and version.known <= as_of
    )
    is_known = bool(seen or bought or versions)
    row: dict[str, Any] = {"is_cold_start": not is_known}
    for window in INTEREST:
        inside = [event for event in seen if event.at >= t - WINDOWS[window]]
        views = [event for event in inside if event.type == "view_item"]
        carts = [event for event in inside if event.type == "add_to_cart"]
        viewers = {event.visitor for event in views}
        both = viewers & {event.visitor for event in carts}
        found: dict[str, float] = {
            "view_item_count": len(views),
            "add_to_cart_count": len(carts),
            "viewer_count": len(viewers),
            "viewer_with_cart_count": len(both),
        }
        for name, value in found.items():
            row[f"{name}_{window}"] = value if is_known else None
        low = wilson(len(both), len(viewers)) if viewers else None
        row[f"view_to_cart_rate_low_{window}"] = low and pytest.approx(low, abs=1e-8)
    for window in SALES:
        sales = [line for line in bought if line.at >= t - WINDOWS[window]]
        orders = len({line.order for line in sales})
        row[f"order_count_{window}"] = orders if is_known else None
        units = float(sum(line.quantity for line in sales))
        row[f"unit_count_{window}"] = units if is_known else None
    looks = [event.at for event in seen if event.type == "view_item"]
    row["last_view_item__age_seconds"] = age_within(looks, t, 30 * DAY)
    row["last_order__age_seconds"] = age_within([line.at for line in bought], t, 90 * DAY)
    last = versions[-1] if versions else None
    price = last and last[3]
    row["unit_price"] = None if price is None else float(price)
    row["unit_price__age_seconds"] = (t - last[0]) / timedelta(seconds=1) if last else None
    return row


def version_of(shop: Shop, product: str, t: datetime, as_of: datetime) -> Version | None:
    """What held of a product before a moment, as known then."""
    known = [v for v in shop.versions if v.product == product and v.at < t and v.known <= as_of]
    last = max(known, key=lambda v: (v.at, v.known, v.number), default=None)
    return last and last.as_told()


def assortment(shop: Shop, product: str, t: datetime, as_of: datetime) -> dict[str, Any] | None:
    """What ftr_assortment__products says of any product at a moment of any."""
    everything, shop = shop, shop.of(product)
    found = popularity(shop, product, t, as_of)
    version = version_of(shop, product, t, as_of)
    lively = any(
        event.counts and event.visitor and product in event.products
        for event in shop.events
        if t - 30 * DAY <= event.at < t and event.known <= as_of
    )
    if version is None and not lively:
        return None
    names = ("view_item_count", "add_to_cart_count", "viewer_count", "viewer_with_cart_count")
    return {
        "category": version and version.category,
        "currency": version and version.currency,
        **{f"{name}_{w}": found[f"{name}_{w}"] for name in names for w in INTEREST},
        "last_view_item__age_seconds": found["last_view_item__age_seconds"],
        **category_counts(everything, version.category if version else None, t, as_of),
        "unit_price": version and version.price,
        "version__age_seconds": version and (t - version.at) / timedelta(seconds=1),
    }


def category_devices(
    shop: Shop, t: datetime, as_of: datetime
) -> dict[tuple[str, str, str], set[str]]:
    """Which devices did what with any product of a category: by category, type and window.

    Of a category are the products that were known to be of it at the moment.
    """
    if ("devices", t, as_of) not in shop.memory:
        named = sorted(
            (v.at, v.known, v.number, v.product, v.as_told().category)
            for v in shop.versions
            if v.at < t and v.known <= as_of
        )
        category_of = {product: category for *_, product, category in named}
        devices: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for event in shop.events:
            if not (event.counts and event.visitor and event.at < t and event.known <= as_of):
                continue
            for category in {category_of.get(product) for product in event.products} - {None}:
                for window, length in WINDOWS.items():
                    if event.at >= t - length:
                        devices[str(category), event.type, window].add(event.visitor)
        shop.memory["devices", t, as_of] = devices
    found: dict[tuple[str, str, str], set[str]] = shop.memory["devices", t, as_of]
    return found


def category_counts(
    shop: Shop, category: str | None, t: datetime, as_of: datetime
) -> dict[str, int | None]:
    """What ftr_assortment__products says of a product's category."""
    found: dict[str, int | None] = {}
    for w in INTEREST:
        devices = category_devices(shop, t, as_of)
        viewers = devices[category, "view_item", w] if category else set()
        both = viewers & devices[category, "add_to_cart", w] if category else set()
        found[f"category_viewer_count_{w}"] = len(viewers) if category else None
        found[f"category_viewer_with_cart_count_{w}"] = len(both) if category else None
    return found


def whole_assortment(shop: Shop, t: datetime, as_of: datetime) -> dict[str, dict[str, Any]]:
    if (t, as_of) not in shop.memory:
        products = {p for event in shop.events for p in event.products}
        products |= {version.product for version in shop.versions}
        rows = {product: assortment(shop, product, t, as_of) for product in products}
        shop.memory[t, as_of] = {product: row for product, row in rows.items() if row}
    found: dict[str, dict[str, Any]] = shop.memory[t, as_of]
    return found


def category_popularity(shop: Shop, category: str, t: datetime, as_of: datetime) -> dict[str, Any]:
    """What ftr_category__popularity says of a category at a moment."""
    rows = whole_assortment(shop, t, as_of)
    members = {product: row for product, row in rows.items() if row["category"] == category}
    found: dict[str, Any] = {"product_count": len(members)}
    devices = category_devices(shop, t, as_of)
    categories = {row["category"] for row in rows.values()} - {None}
    for w in INTEREST:
        for name in ("view_item_count", "add_to_cart_count"):
            found[f"{name}_{w}"] = sum(row[f"{name}_{w}"] for row in members.values())
        viewed = [row for row in members.values() if row[f"view_item_count_{w}"]]
        found[f"viewed_product_count_{w}"] = len(viewed)
        viewers = {name: devices[name, "view_item", w] for name in categories}
        both = {name: viewers[name] & devices[name, "add_to_cart", w] for name in categories}
        k, n = len(both[category]), len(viewers[category])
        found[f"viewer_count_{w}"], found[f"viewer_with_cart_count_{w}"] = n, k
        shop_n = sum(map(len, viewers.values()))
        rate = None
        if shop_n:
            rate = float((k + 20 * Fraction(sum(map(len, both.values())), shop_n)) / (n + 20))
        found[f"view_to_cart_rate_{w}"] = rate and pytest.approx(rate, abs=1e-8)
    views = [row["view_item_count_30d"] for row in members.values() if row["view_item_count_30d"]]
    n = sum(views)
    entropy = -sum(count / n * log(count / n) for count in views)
    found["viewed_product_entropy_30d"] = pytest.approx(entropy, abs=1e-11) if views else None
    bought = [
        line
        for line in shop.lines
        if line.is_sold
        and line.kind == "sale"
        and line.is_product
        and line.product in members
        and line.at < t
        and line.known <= as_of
    ]
    for w in SALES:
        sales = [line for line in bought if line.at >= t - WINDOWS[w]]
        found[f"order_count_{w}"] = len({line.order for line in sales})
        found[f"unit_count_{w}"] = float(sum(line.quantity for line in sales))
    for name in ("view_item_count", "order_count"):
        week, month = found[f"{name}_7d"], found[f"{name}_30d"]
        found[f"{name}_trend_7d"] = (week + 1) / (month - week + 1)
    ages = [row["last_view_item__age_seconds"] for row in members.values()]
    found["last_view_item__age_seconds"] = min((x for x in ages if x is not None), default=None)
    found["last_order__age_seconds"] = age_within([line.at for line in bought], t, 90 * DAY)
    return found


def standing(shop: Shop, product: str, t: datetime, as_of: datetime) -> dict[str, Any]:
    """What ftr_product__standing says of a product at a moment."""
    mine = popularity(shop.of(product), product, t, as_of)
    rows = whole_assortment(shop, t, as_of)
    row = rows.get(product, {})
    category = row.get("category")
    found: dict[str, Any] = {
        "is_cold_start": mine["is_cold_start"],
        "category": category,
        "category__age_seconds": row.get("version__age_seconds"),
    }
    for w in ("7d", "30d"):
        near = [other for other in rows.values() if category and other["category"] == category]
        if not sum(other[f"viewer_count_{w}"] for other in near):
            near = list(rows.values())
        n = sum(other[f"viewer_count_{w}"] for other in near)
        k = sum(other[f"viewer_with_cart_count_{w}"] for other in near)
        rate = None
        if n and not mine["is_cold_start"]:
            drawn = mine[f"viewer_with_cart_count_{w}"] + 20 * Fraction(k, n)
            rate = float(drawn / (mine[f"viewer_count_{w}"] + 20))
        found[f"view_to_cart_rate_{w}"] = rate and pytest.approx(rate, abs=1e-8)
    for name in ("view_item_count", "order_count"):
        week, month = mine[f"{name}_7d"], mine[f"{name}_30d"]
        found[f"{name}_trend_7d"] = (
            None if mine["is_cold_start"] else (week + 1) / (month - week + 1)
        )
    price, position, ratio = row.get("unit_price"), None, None
    if category and price is not None and row["currency"]:
        prices = [
            other["unit_price"]
            for other in rows.values()
            if other["unit_price"] is not None
            and (other["category"], other["currency"]) == (category, row["currency"])
        ]
        below = sum(other < price for other in prices)
        equal = sum(other == price for other in prices) - 1
        if len(prices) > 1:
            position = pytest.approx((below + equal / 2) / (len(prices) - 1))
        ratio = pytest.approx(float(price * len(prices) / sum(prices))) if sum(prices) else None
    return {**found, "price_position": position, "price_to_category_mean": ratio}


def covisits(shop: Shop, product: str, t: datetime, as_of: datetime) -> dict[str, Any]:
    """What ftr_product__covisits says of a product at a moment."""
    baskets: dict[str, set[str]] = defaultdict(set)
    for event in shop.events:
        known = t - 7 * DAY <= event.at < t and event.known <= as_of
        if known and event.counts and event.visitor and event.type == "view_item":
            baskets[event.visitor] |= set(event.products)
    kept = [
        basket for basket in baskets.values() if product in basket and len(basket) <= shop.most_acts
    ]
    others = Counter(other for basket in kept for other in basket - {product})
    top = min(others, key=lambda other: (-others[other], other), default=None)
    cold = popularity(shop.of(product), product, t, as_of)["is_cold_start"]
    return {
        "is_cold_start": cold,
        "top_coviewed_product_id_7d": top,
        "coviewed_product_count_7d": None if cold else len(others),
        "top_coviewed_product_share_7d": others[top] / len(kept) if top else None,
    }


def wilson(k: int, n: int) -> float:
    """As statistics books write it."""
    z = 1.959963984540054
    p = k / n
    root = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (p + z * z / (2 * n) - root) / (1 + z * z / n))


def preferences(shop: Shop, account: str, t: datetime, as_of: datetime) -> dict[str, Any]:
    """What ftr_customer__preferences says of an account at a moment."""
    known = [
        event
        for event in shop.events
        if event.counts and event.account == account and event.at < t and event.known <= as_of
    ]
    versions = sorted(
        (version.at, version.known, version.number, version)
        for version in shop.versions
        if version.at < t and version.known <= as_of
    )
    # The later one takes the earlier one's place.
    category = {version.product: version.category for *_, version in versions}
    views = Counter(
        category[event.own_product]
        for event in known
        if event.type == "view_item"
        and event.at >= t - 90 * DAY
        and event.own_product
        and category.get(event.own_product)
    )
    n = sum(views.values())
    top = min(views, key=lambda name: (-views[name], name or "")) if views else None
    entropy = -sum(count / n * log(count / n) for count in views.values())
    return {
        "is_cold_start": not known,
        "top_viewed_category_90d": top,
        "viewed_category_count_90d": len(views) if known else None,
        "top_viewed_category_share_90d": views[top] / n if views else None,
        "viewed_category_entropy_90d": pytest.approx(entropy, abs=1e-11) if views else None,
    }


def calendar(_: Shop, __: str, t: datetime, ___: datetime) -> dict[str, Any]:
    """What ftr_customer__calendar says of a moment."""
    here = t.replace(tzinfo=UTC).astimezone(ZONE)
    return {
        "local_hour": here.hour,
        "iso_weekday": here.isoweekday(),
        "is_weekend": here.isoweekday() in (6, 7),
        "day_of_month": here.day,
        "month_of_year": here.month,
    }


def commerce(shop: Shop, account: str, t: datetime, as_of: datetime) -> dict[str, Any]:
    """What ftr_customer__commerce says of an account at a moment."""
    known = [
        line
        for line in shop.lines
        if (line.is_sold or line.is_credit)
        and line.account == account
        and line.at < t
        and line.known <= as_of
    ]
    sales = [line for line in known if line.is_sold and line.kind == "sale"]
    back = [line for line in known if line.kind in ("return", "cancel")]
    row: dict[str, Any] = {"is_cold_start": not known}

    def total(amounts: list[Decimal | None]) -> float | None:
        sound = [amount for amount in amounts if amount is not None]
        return float(sum(sound)) if known and len(sound) == len(amounts) else None

    for window in ("7d", "30d", "90d", "all"):
        inside = [line for line in known if line.at >= t - WINDOWS[window]]
        bought = [line for line in inside if line in sales]
        things = [line for line in bought if line.is_product]
        paid = [x.signed(as_of) for x in inside if x.is_sold and x.kind in ("sale", "discount")]
        gone = [line.signed(as_of) for line in inside if line in back]
        n = len({line.order for line in bought})
        row[f"order_count_{window}"] = n if known else None
        row[f"unit_count_{window}"] = float(sum(x.quantity for x in things)) if known else None
        row[f"ordered_product_count_{window}"] = len({x.product for x in things}) if known else None
        row[f"sales_{window}"] = total(paid)
        row[f"returns_{window}"] = total([amount and -amount for amount in gone])
        row[f"net_sales_{window}"] = total(paid + gone)
        value = row[f"sales_{window}"]
        row[f"order_value_mean_{window}"] = value / n if n and value is not None else None
    before = {line.order for line in sales if t - 60 * DAY <= line.at < t - 30 * DAY}
    row["order_count_trend_30d"] = (
        (row["order_count_30d"] + 1) / (len(before) + 1) if known else None
    )
    orders = {n: min(x.at for x in sales if x.order == n) for n in {x.order for x in sales}}
    times = sorted(orders.values())
    second = timedelta(seconds=1)
    gaps = [Fraction((b - a) // TICK, 10**6) for a, b in pairwise(times)]
    mean = sum(gaps) / len(gaps) if gaps else Fraction(0)
    row["order_gap_mean_seconds"] = float(mean) if gaps else None
    row["order_gap_sd_seconds"] = (
        sqrt(sum((gap - mean) ** 2 for gap in gaps) / (len(gaps) - 1)) if len(gaps) > 1 else None
    )
    returned = {line.original for line in back} & set(orders)
    recent = {n for n, at in orders.items() if at >= t - 90 * DAY}
    share = Fraction(len(returned), len(orders)) if orders else Fraction(0)
    drawn = (len(returned & recent) + 20 * share) / (len(recent) + 20)
    row["return_share_90d"] = pytest.approx(float(drawn), abs=1e-8) if orders else None
    row["return_share_all"] = float(share) if orders else None
    for name, lines in (("first_order", sales), ("last_order", sales), ("last_return", back)):
        found = sorted((line.at for line in lines), reverse=name != "first_order")
        row[f"{name}__age_seconds"] = (t - found[0]) / second if found else None
    return {
        name: pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
        for name, value in row.items()
    }


def prefix(
    shop: Shop, actor: str, _: str, began: datetime, t: datetime, as_of: datetime
) -> dict[str, Any]:
    """What ftr_session__prefix says of a visit at a moment."""
    known = [
        event
        for event in shop.events
        if event.counts and event.actor == actor and began <= event.at < t and event.known <= as_of
    ]
    row: dict[str, Any] = {"is_cold_start": not known}
    row["event_count_session"] = len(known)
    for kind in RANKS:
        row[f"{kind}_count_session"] = sum(event.type == kind for event in known)
    row["product_count_session"] = len({e.own_product for e in known if e.own_product})
    for kind in ("view_item", "add_to_cart", "remove_from_cart"):
        values = [event.value_at(as_of) for event in known if event.type == kind]
        sound = [value for value in values if value is not None]
        row[f"{kind}_value_session"] = float(sum(sound)) if sound == values else None
    second = timedelta(seconds=1)
    row["first_event__age_seconds"] = (t - min(event.at for event in known)) / second
    last = sorted(event.at for event in known)[-2:]
    row["last_event_gap_seconds"] = (last[1] - last[0]) / second if len(last) == 2 else None
    for kind in ("view_item", "add_to_cart"):
        times = [event.at for event in known if event.type == kind]
        row[f"last_{kind}__age_seconds"] = (t - max(times)) / second if times else None
    return row
