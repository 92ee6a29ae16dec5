"""Spines, moments and features against a plain reading of DEFINITIONS.md, sections 21 and 22."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import log, sqrt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.pipeline.models import Models

ZONE = ZoneInfo("Europe/Berlin")
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LAG = timedelta(minutes=30)
PREFIXES = (1, 2, 4)
MOST_ACTS = 3
INPUTS = (
    "intermediate.int_watermarks",
    "intermediate.int_identity__components",
    "intermediate.int_event_items",
    "intermediate.int_products__versions",
    "marts.fct_events",
    "marts.fct_orders",
    "marts.fct_order_movements",
)
MODELS = (
    "int_serving_moment",
    "int_customers__events",
    "int_customers__movements",
    "int_customers__product_versions",
    "int_visitors__events",
    "int_visitors__products",
    "ftr_spine__customer_day",
    "ftr_spine__customer_after_order",
    "ftr_spine__session_prefix",
    "ftr_spine__visitor_product",
    "ftr_moments__customer",
    "ftr_moments__product",
    "ftr_moments__session",
    "ftr_moments__visitor",
    "ftr_moments__visitor_product",
    "ftr_customer__activity",
    "ftr_customer__commerce",
    "ftr_session__prefix",
    "ftr_visitor__activity",
    "ftr_visitor_product__affinity",
    "ftr_product__popularity",
    "ftr_moments__assortment",
    "ftr_assortment__products",
    "ftr_moments__category",
    "ftr_category__popularity",
    "ftr_product__standing",
    "ftr_product__covisits",
    "ftr_customer__preferences",
    "ftr_customer__calendar",
)
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
# Accounts, the last of them a placeholder; and who an event may be of besides: a device alone.
ACCOUNTS = ("c1", "c2", "test")
SOUND = ("c1", "c2")


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

    @property
    def counts(self) -> bool:
        return not self.is_robot and not self.is_internal

    @property
    def own_product(self) -> str | None:
        return self.products[0] if len(self.products) == 1 else None

    @property
    def actor(self) -> str:
        return self.visitor or f"customer {self.account}"

    def canonical(self) -> tuple[Any, ...]:
        return (self.at, self.seq is None, self.seq or 0, RANKS[self.type], f"e{self.number}")


@dataclass(frozen=True)
class Line:
    """One movement of an order, sold or not: a line of it, or what came of it later."""

    order: int
    number: int
    at: datetime
    known: datetime
    account: str | None = "c1"
    is_sold: bool = True
    kind: str = "sale"
    product: str | None = "p1"
    quantity: int = 1
    amount: Decimal | None = Decimal(10)  # without sign; null without a rate
    is_product: bool = True

    @property
    def signed(self) -> Decimal | None:
        back = self.kind in ("discount", "return", "cancel")
        return -self.amount if back and self.amount is not None else self.amount


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


@dataclass(frozen=True)
class Shop:
    events: tuple[Event, ...] = ()
    lines: tuple[Line, ...] = ()
    watermark: datetime | None = None
    versions: tuple[Version, ...] = ()

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


def load(models: Models, shop: Shop) -> None:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for account in ACCOUNTS:
        rows["int_identity__components"].append(
            {
                "identifier_type": "customer",
                "identifier": account,
                "alias_id": f"alias of {account}",
                "is_blocklisted": account == "test",
                "has_orders": True,
            }
        )
    for event in shop.events:
        rows["fct_events"].append(
            {
                "event_id": f"e{event.number}",
                "visitor_id": event.visitor,
                "actor_id": event.actor,
                "person_id_asof": (
                    f"alias of {event.account}" if event.account else f"alias of {event.visitor}"
                ),
                "session_id": event.session and f"{event.session} of {event.actor}",
                "product_id": event.own_product,
                "event_type": event.type,
                "event_rank": RANKS[event.type],
                "source_seq": event.seq,
                # What a device does later says nothing of what was known: features do not look.
                "is_bot": True,
                "is_bot_by_agent": event.is_robot,
                "is_internal": event.is_internal,
                "event_value_reporting": event.value,
                "event_on": local(event.at),
                "event_at": event.at,
                "available_at": event.known,
            }
        )
        for place, product in enumerate(event.products, start=1):
            rows["int_event_items"].append(
                {
                    "event_id": f"e{event.number}",
                    "item_number": place,
                    "product_id": product,
                    "is_several": len(event.products) > 1,
                }
            )
    for line in shop.lines:
        rows["fct_order_movements"].append(
            {
                "movement_id": f"m{line.order}-{line.number}",
                "order_id": f"o{line.order}",
                "customer_id": line.account,
                "original_order_id": f"o{line.order}",
                "product_id": line.product,
                "movement_kind": line.kind,
                "is_product": line.is_product,
                "is_sold": line.is_sold,
                "is_credit": False,
                "quantity": line.quantity,
                "amount_reporting": line.signed,
                "event_at": line.at,
                "available_at": line.known,
            }
        )
        if line.kind == "sale":
            rows["fct_orders"].append({"order_id": f"o{line.order}", "ordered_at": line.at})
    for version in shop.versions:
        rows["int_products__versions"].append(
            {
                "product_id": version.product,
                "version_id": f"{version.number:06d}",
                "unit_price": version.price,
                "category": version.category,
                "currency": version.currency,
                "valid_from": version.at,
                "available_at": version.known,
            }
        )
    if shop.watermark:
        rows["int_watermarks"] = [
            {"source": name, "watermark_at": shop.watermark} for name in ("web", "shop")
        ]
    models.run(**rows)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return Models(
        tmp_path_factory.mktemp("features") / "warehouse",
        INPUTS,
        MODELS,
        shop_timezone="Europe/Berlin",
        decision_lag_minutes=30,
        session_prefix_lengths=list(PREFIXES),
        customer_day_every_days=7,
        customer_day_active_days=90,
        visitor_product_serve_days=7,
        covisit_max_acts=MOST_ACTS,
    )


# What the definitions say, moment by moment.

Moment = tuple[datetime, datetime]  # prediction_at, available_as_of


def serving_day(shop: Shop) -> date | None:
    if not shop.times:
        return None
    after = local(max(shop.times)) + DAY
    return min(after, local(shop.watermark)) if shop.watermark else after


def midnights(shop: Shop) -> Iterator[date]:
    """Every day from the first act to the serving moment."""
    last = serving_day(shop)
    if last is not None:
        day = local(min(shop.times))
        while day <= last:
            yield day
            day += DAY


def sold(shop: Shop) -> list[Line]:
    return [
        line
        for line in shop.lines
        if line.is_sold and line.kind == "sale" and line.account in SOUND
    ]


def acts(shop: Shop, account: str) -> list[Moment]:
    """When an account did something, and since when that is known."""
    return [(e.at, e.known) for e in shop.events if e.counts and e.account == account] + [
        (line.at, line.known) for line in sold(shop) if line.account == account
    ]


def customer_days(shop: Shop) -> set[tuple[Any, ...]]:
    serving = serving_day(shop)
    found = set()
    for account in SOUND:
        done = acts(shop, account)
        for day in midnights(shop):
            t = midnight(day)
            if any(t - 90 * DAY <= at < t and known <= t + LAG for at, known in done):
                if day.isoweekday() == 1:
                    found.add((account, "train", t, t + LAG))
                if day == serving:
                    found.add((account, "serve", t, t + LAG))
    return found


def after_orders(shop: Shop) -> set[tuple[Any, ...]]:
    orders: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in sold(shop):
        assert line.account is not None
        orders[line.account, f"o{line.order}"].append(line)
    found = set()
    latest: dict[str, tuple[Any, ...]] = {}
    for (account, order), lines in orders.items():
        t = max(line.at for line in lines) + TICK
        as_of = max(t + LAG, *(line.known for line in lines))
        found.add((account, order, "train", t, as_of))
        latest[account] = max(latest.get(account, (t, order, as_of)), (t, order, as_of))
    return found | {
        (account, order, "serve", t, as_of) for account, (t, order, as_of) in latest.items()
    }


def prefixes(shop: Shop) -> set[tuple[Any, ...]]:
    visits: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in sorted(shop.events, key=Event.canonical):
        if event.session and event.counts:
            visits[event.actor, f"{event.session} of {event.actor}"].append(event)
    rows = []
    for (actor, session), events in visits.items():
        for length in PREFIXES:
            first, rest = events[:length], events[length:]
            if len(first) == length and not (rest and rest[0].at == first[-1].at):
                t = first[-1].at + TICK
                as_of = max(t + LAG, *(event.known for event in first))
                row = (first[0].visitor, actor, session, first[0].at, length, t, as_of)
                rows.append(row)
    latest: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        best = latest.get(row[1])
        if best is None or (row[3], row[2], row[4]) > (best[3], best[2], best[4]):
            latest[row[1]] = row
    return {(*row, "train") for row in rows} | {(*row, "serve") for row in latest.values()}


def visitor_products(shop: Shop) -> set[tuple[Any, ...]]:
    serving = serving_day(shop)
    found = set()
    for event in shop.events:
        for product in event.products if event.counts and event.visitor else ():
            for day in midnights(shop):
                t = midnight(day)
                if t > event.at and t + LAG >= event.known:
                    found.add((event.visitor, product, "train", t, t + LAG))
                    break
            if serving is not None:
                t = midnight(serving)
                if t - 7 * DAY <= event.at < t and event.known <= t + LAG:
                    found.add((event.visitor, product, "serve", t, t + LAG))
    return found


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
    return acted(known, t)


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
        (version.at, version.known, version.number, version.price)
        for version in shop.versions
        if version.product == product and version.at < t and version.known <= as_of
    )
    is_known = bool(seen or bought or versions)
    row: dict[str, Any] = {"is_cold_start": not is_known}
    for window in ("1d", "7d", "30d"):
        inside = [event for event in seen if event.at >= t - WINDOWS[window]]
        views = [event for event in inside if event.type == "view_item"]
        carts = [event for event in inside if event.type == "add_to_cart"]
        viewers = {event.visitor for event in views}
        both = viewers & {event.visitor for event in carts}
        sales = [line for line in bought if line.at >= t - WINDOWS[window]]
        found: dict[str, float] = {
            "view_item_count": len(views),
            "add_to_cart_count": len(carts),
            "viewer_count": len(viewers),
            "viewer_with_cart_count": len(both),
            "order_count": len({line.order for line in sales}),
            "unit_count": float(sum(line.quantity for line in sales)),
        }
        for name, value in found.items():
            row[f"{name}_{window}"] = value if is_known else None
        low = wilson(len(both), len(viewers)) if viewers else None
        row[f"view_to_cart_rate_low_{window}"] = low and pytest.approx(low, abs=1e-8)
    last = versions[-1] if versions else None
    price = last and last[3]
    row["unit_price"] = None if price is None else float(price)
    row["unit_price__age_seconds"] = (t - last[0]) / timedelta(seconds=1) if last else None
    return row


def version_of(shop: Shop, product: str, t: datetime, as_of: datetime) -> Version | None:
    """What held of a product before a moment, as known then."""
    known = [v for v in shop.versions if v.product == product and v.at < t and v.known <= as_of]
    return max(known, key=lambda v: (v.at, v.known, v.number), default=None)


def assortment(shop: Shop, product: str, t: datetime, as_of: datetime) -> dict[str, Any] | None:
    """What ftr_assortment__products says of any product at a moment of any."""
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
        **{f"{name}_{w}": found[f"{name}_{w}"] for name in names for w in ("7d", "30d")},
        "unit_price": version and version.price,
        "version__age_seconds": version and (t - version.at) / timedelta(seconds=1),
    }


def whole_assortment(shop: Shop, t: datetime, as_of: datetime) -> dict[str, dict[str, Any]]:
    products = {p for event in shop.events for p in event.products}
    products |= {version.product for version in shop.versions}
    rows = {product: assortment(shop, product, t, as_of) for product in products}
    return {product: row for product, row in rows.items() if row}


def category_popularity(shop: Shop, category: str, t: datetime, as_of: datetime) -> dict[str, Any]:
    """What ftr_category__popularity says of a category at a moment."""
    rows = whole_assortment(shop, t, as_of)
    members = {product: row for product, row in rows.items() if row["category"] == category}
    found: dict[str, Any] = {"product_count": len(members)}
    for w in ("7d", "30d"):
        for name in ("view_item_count", "add_to_cart_count", "viewer_count"):
            found[f"{name}_{w}"] = sum(row[f"{name}_{w}"] for row in members.values())
        both = sum(row[f"viewer_with_cart_count_{w}"] for row in members.values())
        found[f"viewer_with_cart_count_{w}"] = both
        viewed = [row for row in members.values() if row[f"view_item_count_{w}"]]
        found[f"viewed_product_count_{w}"] = len(viewed)
        n = found[f"viewer_count_{w}"]
        found[f"view_to_cart_rate_{w}"] = both / n if n else None
        sales = [
            line
            for line in shop.lines
            if line.is_sold
            and line.kind == "sale"
            and line.is_product
            and line.product in members
            and t - WINDOWS[w] <= line.at < t
            and line.known <= as_of
        ]
        found[f"order_count_{w}"] = len({line.order for line in sales})
        found[f"unit_count_{w}"] = float(sum(line.quantity for line in sales))
    return found


def standing(shop: Shop, product: str, t: datetime, as_of: datetime) -> dict[str, Any]:
    """What ftr_product__standing says of a product at a moment."""
    mine = popularity(shop, product, t, as_of)
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
    kept = [basket for basket in baskets.values() if product in basket and len(basket) <= MOST_ACTS]
    others = Counter(other for basket in kept for other in basket - {product})
    top = min(others, key=lambda other: (-others[other], other), default=None)
    cold = popularity(shop, product, t, as_of)["is_cold_start"]
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
        if line.is_sold and line.account == account and line.at < t and line.known <= as_of
    ]
    sales = [line for line in known if line.kind == "sale"]
    back = [line for line in known if line.kind in ("return", "cancel")]
    row: dict[str, Any] = {"is_cold_start": not known}

    def total(amounts: list[Decimal | None]) -> float | None:
        sound = [amount for amount in amounts if amount is not None]
        return float(sum(sound)) if known and len(sound) == len(amounts) else None

    for window in ("7d", "30d", "90d", "all"):
        inside = [line for line in known if line.at >= t - WINDOWS[window]]
        bought = [line for line in inside if line in sales]
        things = [line for line in bought if line.is_product]
        paid = [line.signed for line in inside if line.kind in ("sale", "discount")]
        gone = [line.signed for line in inside if line in back]
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
    returned = {line.order for line in back} & set(orders)
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
        values = [event.value for event in known if event.type == kind]
        sound = [value for value in values if value is not None]
        row[f"{kind}_value_session"] = float(sum(sound)) if sound == values else None
    second = timedelta(seconds=1)
    row["first_event__age_seconds"] = (t - min(event.at for event in known)) / second
    row["last_event__age_seconds"] = (t - max(event.at for event in known)) / second
    for kind in ("view_item", "add_to_cart"):
        times = [event.at for event in known if event.type == kind]
        row[f"last_{kind}__age_seconds"] = (t - max(times)) / second if times else None
    return row


# A Monday whose midnight is a day after the clocks went forward, and the midnight of that day.
MONDAY = midnight(date(2026, 3, 30))
SUNDAY = midnight(date(2026, 3, 29))
BACK = sorted({*WINDOWS.values(), timedelta(0), 6 * DAY, 97 * DAY} - {WINDOWS["all"]})
# At a moment, at the edges of its windows, and a microsecond to either side.
TIMES = st.builds(
    lambda anchor, back, off: anchor - back + off,
    st.sampled_from([MONDAY, SUNDAY, MONDAY + DAY, MONDAY + 5 * DAY]),
    st.sampled_from(BACK),
    st.sampled_from([timedelta(0), -TICK, TICK, HOUR]),
)
DELAYS = st.sampled_from(
    [timedelta(0), timedelta(0), TICK, LAG, LAG + TICK, LAG - TICK, DAY, 40 * DAY]
)
EVENTS = st.builds(
    lambda at, delay, **rest: Event(at=at, known=at + delay, **rest),
    at=TIMES,
    delay=DELAYS,
    number=st.integers(0, 10_000),
    type=st.sampled_from(list(RANKS)),
    visitor=st.sampled_from(["v1", "v1", "v2", None]),
    account=st.sampled_from(["c1", "c1", "c2", "test"]),
    session=st.sampled_from(["s1", "s1", "s2", None]),
    products=st.sampled_from([(), ("p1",), ("p2",), ("p3",), ("p1", "p2", "p1"), ("p3", "p4")]),
    seq=st.sampled_from([None, 1, 2]),
    is_robot=st.sampled_from([False] * 7 + [True]),
    is_internal=st.sampled_from([False] * 7 + [True]),
    value=st.sampled_from([Decimal("0.1"), Decimal("0.2"), Decimal(0), None]),
)
LINES = st.builds(
    lambda at, delay, **rest: Line(at=at, known=at + delay, **rest),
    at=TIMES,
    delay=DELAYS,
    order=st.sampled_from([1, 2, 3]),
    number=st.integers(0, 10_000),
    account=st.just(None),
    is_sold=st.just(True),
    kind=st.sampled_from(["sale", "sale", "sale", "discount", "return", "cancel", "shipping"]),
    product=st.sampled_from(["p1", "p1", "p2"]),
    quantity=st.sampled_from([1, 1, 3]),
    amount=st.sampled_from(
        [Decimal("0.1"), Decimal("0.2"), Decimal("7.33333333"), Decimal(0)] * 3 + [None]
    ),
    is_product=st.sampled_from([True, True, True, False]),
)


VERSIONS = st.builds(
    lambda at, delay, **rest: Version(at=at, known=at + delay, **rest),
    at=TIMES,
    delay=DELAYS,
    number=st.integers(0, 10_000),
    product=st.sampled_from(["p1", "p1", "p2", "p3"]),
    price=st.sampled_from([Decimal("9.9"), Decimal("8.4"), Decimal(0), None]),
    category=st.sampled_from(["a", "a", "b", None]),
    currency=st.sampled_from(["EUR", "EUR", "USD", None]),
)


@st.composite
def shops(draw: st.DrawFn, most_events: int = 14, most_lines: int = 5) -> Shop:
    events = draw(st.lists(EVENTS, max_size=most_events, unique_by=lambda event: event.number))
    lines = draw(st.lists(LINES, max_size=most_lines, unique_by=lambda line: line.number))
    # An order is of one account, and sold or not.
    owner = {n: draw(st.sampled_from(["c1", "c1", "c2", "test", None])) for n in (1, 2, 3)}
    is_sold = {n: draw(st.sampled_from([True, True, True, False])) for n in (1, 2, 3)}
    owned = (
        replace(line, account=owner[line.order], is_sold=is_sold[line.order]) for line in lines
    )
    watermark = draw(st.one_of(st.none(), TIMES))
    versions = draw(st.lists(VERSIONS, max_size=5, unique_by=lambda version: version.number))
    return Shop(tuple(events), tuple(owned), watermark, tuple(versions))


def same_instant(shop: Shop) -> Shop:
    """The shop with everything of it at one moment, and known then."""
    return Shop(
        tuple(
            Event(
                number=event.number,
                at=MONDAY - TICK,
                known=MONDAY - TICK,
                type=event.type,
                seq=event.seq,
            )
            for event in shop.events
        )
    )


def alone(*moments: Moment) -> Shop:
    """An account each, with one view; served is Monday, a week of it after the last of them."""
    events = [Event(n, at, known, account=SOUND[n]) for n, (at, known) in enumerate(moments)]
    late = Event(9, MONDAY + 7 * DAY, MONDAY + 7 * DAY, visitor="v2", account=None)
    return Shop((*events, late), watermark=MONDAY)


NINETY = MONDAY - 90 * DAY
EDGES = [
    alone((MONDAY, MONDAY), (MONDAY - TICK, MONDAY - TICK)),
    alone((NINETY, NINETY), (NINETY - TICK, NINETY - TICK)),
    alone((MONDAY - DAY, MONDAY + LAG), (MONDAY - DAY, MONDAY + LAG + TICK)),
    alone((MONDAY - 7 * DAY, MONDAY + LAG), (MONDAY - 8 * DAY, MONDAY + LAG + TICK)),
]
CORNER = Shop(
    events=(
        Event(1, MONDAY, MONDAY),  # at the moment: not before it
        Event(2, MONDAY - 7 * DAY, MONDAY - 7 * DAY, "search"),  # exactly as old as the window
        Event(3, MONDAY - 7 * DAY - TICK, MONDAY - 7 * DAY - TICK, "add_to_cart"),
        Event(4, MONDAY - HOUR, MONDAY + LAG),  # known when the decision is taken
        Event(5, MONDAY - HOUR, MONDAY + LAG + TICK),  # known a microsecond too late
        Event(6, MONDAY + 8 * DAY, MONDAY + 8 * DAY, account="c2"),
    ),
    lines=(
        Line(1, 1, MONDAY - DAY, MONDAY - DAY),
        Line(2, 2, MONDAY - DAY, MONDAY + 3 * DAY),
        Line(2, 3, MONDAY - DAY + HOUR, MONDAY - DAY + HOUR),
    ),
)


def seen(number: int, product: str, **rest: Any) -> Event:
    return Event(number, MONDAY - DAY, MONDAY - DAY, products=(product,), **rest)


def priced(number: int, product: str, price: str, **rest: Any) -> Version:
    at = MONDAY - 9 * DAY
    return Version(number, at, at, product, Decimal(price), **rest)


# Products among their own: dearer, cheaper, as dear, in another currency and of another category.
SHELF = Shop(
    events=(
        *(seen(n, f"p{n}", type="view_item", visitor="v1") for n in (1, 2)),
        *(seen(n, f"p{n - 2}", type="view_item", visitor="v2") for n in (3, 4, 5, 6)),
        seen(7, "p1", type="add_to_cart", visitor="v1"),
        seen(8, "p3", type="view_item", visitor="v3"),
        seen(9, "p5", type="view_item", visitor="v3"),
    ),
    lines=(
        Line(1, 1, MONDAY - DAY, MONDAY - DAY, product="p1"),
        Line(1, 2, MONDAY - DAY, MONDAY - DAY, product="p5"),
    ),
    versions=(
        priced(1, "p1", "6"),
        priced(2, "p2", "6"),
        priced(3, "p3", "3"),
        priced(4, "p4", "1", currency="USD"),
        priced(5, "p5", "2", category="b"),
        priced(6, "p6", "8"),
    ),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@example(CORNER)
@example(SHELF)
@example(EDGES[0])
@example(EDGES[1])
@example(EDGES[2])
@example(EDGES[3])
@example(Shop())
@given(st.one_of(shops(), shops(), shops(3, 2), shops().map(same_instant)))
def test_features_are_those_of_the_definitions(models: Models, shop: Shop) -> None:
    load(models, shop)
    keys = "purpose, prediction_at, available_as_of"

    def rows(query: str) -> list[tuple[Any, ...]]:
        found = models.rows(query)
        assert len(found) == len(set(found)), "a row stands twice"
        return found

    spines = {
        "customer_day": (f"customer_id, {keys}", customer_days(shop)),
        "customer_after_order": (f"customer_id, order_id, {keys}", after_orders(shop)),
        "session_prefix": (
            "visitor_id, actor_id, session_id, session_started_at, prefix_length, prediction_at, "
            "available_as_of, purpose",
            prefixes(shop),
        ),
        "visitor_product": (f"visitor_id, product_id, {keys}", visitor_products(shop)),
    }
    for name, (columns, right) in spines.items():
        assert set(rows(f"select {columns} from features.ftr_spine__{name}")) == right, name

    moments = {(row[0], *row[-2:]) for name in list(spines)[:2] for row in spines[name][1]}
    pairs = {(row[0], row[1], *row[-2:]) for row in spines["visitor_product"][1]}
    visits = {(*row[1:4], *row[5:7]) for row in spines["session_prefix"][1]}
    devices = {(row[0], *row[5:7]) for row in spines["session_prefix"][1] if row[0]}
    people = devices | {(row[0], *row[2:]) for row in pairs}
    products = {row[1:] for row in pairs}
    times = {row[1:] for row in products}
    assorted = {(product, *time) for time in times for product in whole_assortment(shop, *time)}
    versions = {row: version_of(shop, *row) for row in products}
    categories = {(v.category, *row[1:]) for row, v in versions.items() if v and v.category}
    for entity, right in {
        "customer": moments,
        "product": products,
        "assortment": times,
        "category": categories,
        "session": visits,
        "visitor": people,
        "visitor_product": pairs,
    }.items():
        assert set(rows(f"select * from features.ftr_moments__{entity}")) == right, entity

    tables: dict[str, tuple[list[str], set[tuple[Any, ...]], Callable[..., Any]]] = {
        "customer__activity": (["customer_id"], moments, activity),
        "customer__calendar": (["customer_id"], moments, calendar),
        "customer__commerce": (["customer_id"], moments, commerce),
        "customer__preferences": (["customer_id"], moments, preferences),
        "session__prefix": (["actor_id", "session_id", "session_started_at"], visits, prefix),
        "visitor__activity": (["visitor_id"], people, device_activity),
        "visitor_product__affinity": (["visitor_id", "product_id"], pairs, affinity),
        "product__popularity": (["product_id"], products, popularity),
        "assortment__products": (["product_id"], assorted, assortment),
        "category__popularity": (["category"], categories, category_popularity),
        "product__standing": (["product_id"], products, standing),
        "product__covisits": (["product_id"], products, covisits),
    }
    for table, (keys_of, right, said) in tables.items():
        result = models.con.execute(f"select * from features.ftr_{table}")
        names = [column[0] for column in result.description or []]
        features = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        for row in features:
            row.pop("input_fingerprint", None)
            moment = tuple(row.pop(name) for name in (*keys_of, "prediction_at", "available_as_of"))
            assert moment in right, table
            assert row == said(shop, *moment), (table, moment)
        assert len(features) == len(right), table
