"""Spines, moments and features against a plain reading of DEFINITIONS.md, sections 21 and 22."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import md5
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.drawn import drawn
from tests.oracles import last_times
from tests.pipeline.feature_reference import (
    DAY,
    HOUR,
    RANKS,
    TICK,
    WINDOWS,
    Event,
    Line,
    Rate,
    Shop,
    Version,
    activity,
    affinity,
    assortment,
    calendar,
    category_popularity,
    commerce,
    covisits,
    device_activity,
    learned,
    local,
    midnight,
    popularity,
    preferences,
    prefix,
    rate_moments,
    standing,
    version_of,
    whole_assortment,
)
from tests.pipeline.models import Models

LAG = timedelta(minutes=30)
GAP = timedelta(minutes=30)
PREFIXES = (1, 2, 4)
INPUTS = (
    "intermediate.int_watermarks",
    "intermediate.int_identity__components",
    "intermediate.int_event_items__several",
    "intermediate.int_products__versions",
    "intermediate.int_exchange_rates",
    "marts.fct_events",
    "marts.fct_orders",
    "marts.fct_order_movements",
)
MODELS = (
    "int_serving_moment",
    "int_customers__events",
    "int_exchange_rates__known",
    "int_customers__movements",
    "int_customers__known_movements",
    "int_actors__known_events",
    "int_customers__product_versions",
    "int_visitors__events",
    "int_visitors__products",
    "int_products__sales",
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
    "ftr_moments__assortment",
    "ftr_moments__sights",
    "ftr_assortment__products",
    "ftr_product__popularity",
    "ftr_moments__category",
    "ftr_category__popularity",
    "ftr_product__standing",
    "ftr_product__covisits",
    "ftr_customer__preferences",
    "ftr_customer__calendar",
    "ftr_visitor__calendar",
)
# Whose moments which spines ask for.
ENTITIES = {
    "customer": ("customer_id", ["customer_day", "customer_after_order"]),
    "product": ("product_id", ["visitor_product"]),
    "session": ("actor_id, session_id, session_started_at", ["session_prefix"]),
    "visitor": ("visitor_id", ["session_prefix", "visitor_product"]),
    "visitor_product": ("visitor_id, product_id", ["visitor_product"]),
}
# Of each moment, one by one: the model counts only what comes into sight and leaves.
SIGHTS = """
    select
        prediction_at,
        available_as_of,
        coalesce((
            select sum(hash(event_id, visitor_id, product_id, event_type, event_at, available_at))
            from intermediate.int_visitors__products as acts
            where
                acts.event_at < prediction_at
                and acts.event_at >= prediction_at - interval '30 days'
                and acts.available_at <= available_as_of
        ), 0),
        coalesce((
            select sum(hash(
                product_id, version_id, category, currency, unit_price, is_deleted, valid_from,
                available_at
            ))
            from intermediate.int_products__versions as versions
            where valid_from < prediction_at and versions.available_at <= available_as_of
        ), 0),
        coalesce((
            select sum(hash(event_id, visitor_id, product_id, event_type, event_at, available_at))
            from intermediate.int_visitors__products as acts
            where acts.event_at < prediction_at and acts.available_at <= available_as_of
        ), 0) + coalesce((
            select sum(hash(order_id, product_id, quantity, event_at, available_at))
            from intermediate.int_products__sales as sales
            where sales.event_at < prediction_at and sales.available_at <= available_as_of
        ), 0)
    from features.ftr_moments__assortment as moments
"""
# Accounts, the last of them a placeholder; and who an event may be of besides: a device alone.
ACCOUNTS = ("c1", "c2", "test")
SOUND = ("c1", "c2")


def filled(rates: Iterable[Rate]) -> Iterator[dict[str, Any]]:
    """Each rate on its day and those after it, until the next or for a week."""
    days = {(rate.currency, rate.on) for rate in rates}
    for rate in rates:
        day = rate.on
        while day == rate.on or ((rate.currency, day) not in days and day <= rate.on + 7 * DAY):
            yield {
                "currency": rate.currency,
                "rate_on": day,
                "published_on": rate.on,
                "rate": rate.rate,
                "available_at": rate.known,
            }
            day += DAY


def facts(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    """What is in the shop's tables."""
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
    positions: Counter[tuple[str, str | None]] = Counter()
    for event in sorted(shop.events, key=Event.canonical):
        positions[event.actor, event.session] += 1
        rows["fct_events"].append(
            {
                "session_position": positions[event.actor, event.session],
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
                "bot_known_at": event.exposed,
                "is_internal": event.is_internal,
                "currency": event.currency,
                "item_value": event.value if event.told is None else event.told,
                "event_on": local(event.at),
                "event_at": event.at,
                "available_at": event.known,
            }
        )
        for place, product in enumerate(event.products, start=1):
            if len(event.products) > 1:
                item = {"event_id": f"e{event.number}", "item_number": place}
                rows["int_event_items__several"].append({**item, "product_id": product})
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
                "currency": line.currency,
                "amount": line.signed() if line.paid is None else line.paid,
                "amount_reporting": line.signed(),
                "rated_on": local(line.at),
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
                "is_deleted": version.is_deleted,
                "valid_from": version.at,
                "available_at": version.known,
            }
        )
    rows["int_exchange_rates"] = [*filled(shop.rates)]
    if shop.watermark:
        rows["int_watermarks"] = [
            {"source": name, "watermark_at": shop.watermark} for name in ("web", "shop")
        ]
    return rows


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
        covisit_max_acts=Shop().most_acts,
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


def usable(event: Event) -> datetime:
    """When the event can be used."""
    return max(event.at + TICK + LAG, event.known)


def known_visits(shop: Shop) -> Iterator[tuple[datetime, bool, list[Event]]]:
    """Visits as they came to be known: since when, whether before another, and their events."""
    sessions: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in shop.events:
        if event.session and event.counts:
            sessions[event.actor, event.session].append(event)
    for events in sessions.values():
        visits: dict[tuple[datetime, bool], list[Event]] = defaultdict(list)
        latest = begun = None
        for event in sorted(events, key=lambda event: (usable(event), event.canonical())):
            if latest is None or begun is None or event.at > latest + GAP:
                begun = event.at
            latest = max(latest or event.at, event.at)
            visits[begun, event.at < begun - GAP].append(event)
        for (begun, is_earlier), known in visits.items():
            yield begun, is_earlier, known


def prefixes(shop: Shop) -> set[tuple[Any, ...]]:
    rows = []
    latest: dict[str, tuple[Any, ...]] = {}
    for since, is_earlier, events in known_visits(shop):
        actor = events[0].actor
        session = md5(f"{actor}|e{events[0].number}".encode(), usedforsecurity=False).hexdigest()
        moments = [
            (max(event.at for event in events[:length]) + TICK, usable(events[length - 1]))
            for length in range(1, len(events) + 1)
        ]
        for length in PREFIXES:
            if length in range(1, len(events) + 1) and moments[length - 1] not in moments[length:]:
                first = events[:length]
                begun = min(event.at for event in first)
                row = (first[-1].visitor, actor, session, begun, length, *moments[length - 1])
                rows.append(row)
                rank = (since, not is_earlier, session, length, row)
                latest[actor] = max(latest.get(actor, rank), rank)
    served = {rank[-1] for rank in latest.values()}
    found = {(*row, "train") for row in rows} | {(*row, "serve") for row in served}
    exposed = {event.actor: event for event in shop.events}
    return {row for row in found if not exposed[row[1]].is_exposed(row[6])}


def visitor_products(shop: Shop) -> set[tuple[Any, ...]]:
    serving = serving_day(shop)
    found = set()
    for event in shop.events:
        for product in event.products if event.counts and event.visitor else ():
            for day in midnights(shop):
                t = midnight(day)
                if t > event.at and t + LAG >= event.known:
                    if not event.is_exposed(t + LAG):
                        found.add((event.visitor, product, "train", t, t + LAG))
                    break
            if serving is not None:
                t = midnight(serving)
                is_seen = t - 7 * DAY <= event.at < t and event.known <= t + LAG
                if is_seen and not event.is_exposed(t + LAG):
                    found.add((event.visitor, product, "serve", t, t + LAG))
    return found


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
        [Decimal("0.1"), Decimal("0.2"), Decimal("7.3333"), Decimal(0)] * 3 + [None]
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
    is_deleted=st.sampled_from([False, False, False, True]),
)


RATES = st.builds(
    lambda at, back, delay, rate: Rate("USD", local(at) - back, rate, at - back + delay),
    at=TIMES,
    back=st.sampled_from([timedelta(0), DAY, DAY, 7 * DAY, 8 * DAY]),
    delay=DELAYS,
    rate=st.sampled_from([Decimal("1.1"), Decimal("0.9"), Decimal("1.25")]),
)


def told_in_dollars(event: Event, rates: tuple[Rate, ...]) -> Event:
    """The event with what was its value told in dollars."""
    moments = rate_moments(rates, "USD", local(event.at))
    return replace(event, currency="USD", told=event.value, learned=learned(event.value, moments))


def in_dollars(line: Line, rates: tuple[Rate, ...]) -> Line:
    """The line with what was its amount paid in dollars."""
    paid = line.signed()
    moments = rate_moments(rates, "USD", local(line.at))
    return replace(line, currency="USD", paid=paid, learned=learned(paid, moments))


@st.composite
def shops(draw: st.DrawFn, most_events: int = 14, most_lines: int = 5) -> Shop:
    events = draw(st.lists(EVENTS, max_size=most_events, unique_by=lambda event: event.number))
    lines = draw(st.lists(LINES, max_size=most_lines, unique_by=lambda line: line.number))
    # An order is of one account, and sold or not.
    owner: dict[int | str, str | None] = {
        n: draw(st.sampled_from(["c1", "c1", "c2", "test", None])) for n in (1, 2, 3)
    }
    is_sold: dict[int | str, bool] = {
        n: draw(st.sampled_from([True, True, True, False])) for n in (1, 2, 3)
    }
    dollars = draw(st.lists(RATES, max_size=4, unique_by=lambda rate: rate.on))
    # The base costs itself.
    rates = (*dollars, *(Rate("EUR", rate.on, Decimal(1), rate.known) for rate in dollars))
    owned = (
        in_dollars(replace(line, account=owner[line.order], is_sold=is_sold[line.order]), rates)
        if line.order == 2
        else replace(line, account=owner[line.order], is_sold=is_sold[line.order])
        for line in lines
    )
    watermark = draw(st.one_of(st.none(), TIMES))
    versions = draw(st.lists(VERSIONS, max_size=5, unique_by=lambda version: version.number))
    told = (told_in_dollars(event, rates) if event.seq == 2 else event for event in events)
    exposed = {device: draw(st.one_of(st.none(), st.none(), TIMES)) for device in ("v1", "v2")}
    seen = tuple(replace(event, exposed=exposed.get(event.visitor or "")) for event in told)
    return Shop(seen, tuple(owned), watermark, tuple(versions), rates=rates)


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


# Two rates of dollars: of Saturday, and of Sunday, known when Monday's decision is taken already.
DOLLARS = (
    Rate("USD", local(SUNDAY) - DAY, Decimal("1.1"), SUNDAY - HOUR),
    Rate("USD", local(SUNDAY), Decimal("1.25"), MONDAY + LAG + TICK),
)
EUROS = tuple(Rate("EUR", rate.on, Decimal(1), rate.known) for rate in DOLLARS)
ABROAD = Shop(
    events=(
        Event(1, MONDAY + 8 * DAY, MONDAY + 8 * DAY, account="c2"),
        *(
            told_in_dollars(event, (*DOLLARS, *EUROS))
            for event in (
                Event(2, SUNDAY - 2 * HOUR, SUNDAY - 2 * HOUR),  # before any rate is known
                Event(3, SUNDAY + 9 * HOUR, SUNDAY + 9 * HOUR, session="s2"),
                Event(4, SUNDAY + 9 * HOUR + TICK, MONDAY + LAG + TICK, session="s2"),
            )
        ),
    ),
    lines=tuple(
        in_dollars(line, (*DOLLARS, *EUROS))
        for line in (
            Line(2, 1, SUNDAY + 9 * HOUR, SUNDAY + 9 * HOUR),
            Line(2, 2, SUNDAY + 9 * HOUR, SUNDAY + 10 * HOUR, kind="discount", amount=Decimal(1)),
            Line(3, 3, SUNDAY - 2 * HOUR, SUNDAY - 2 * HOUR),  # before any rate is known
        )
    ),
    rates=(*DOLLARS, *EUROS),
)


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
        priced(7, "p7", "7", is_deleted=True),
    ),
)


@drawn(60, derandomize=True)
@example(CORNER)
@example(SHELF)
@example(ABROAD)
@example(EDGES[0])
@example(EDGES[1])
@example(EDGES[2])
@example(EDGES[3])
@example(Shop())
@given(st.one_of(shops(), shops(), shops(3, 2), shops().map(same_instant)))
def test_features_are_those_of_the_definitions(models: Models, shop: Shop) -> None:
    models.run(**facts(shop))
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
        told = "columns(name -> name not in ('is_served', 'input_fingerprint'))"
        assert set(rows(f"select {told} from features.ftr_moments__{entity}")) == right, entity
    served = {
        entity: {
            row
            for name in names
            for row in rows(
                f"select distinct {key}, prediction_at, available_as_of "
                f"from features.ftr_spine__{name} where purpose = 'serve'"
            )
            if row[0]
        }
        for entity, (key, names) in ENTITIES.items()
    }
    kinds = ((version_of(shop, *row), row) for row in served["product"])
    served["category"] = {(v.category, *row[1:]) for v, row in kinds if v and v.category}
    for entity, right in served.items():
        query = f"select * from features.ftr_moments__{entity} where is_served"
        key = ENTITIES.get(entity, ("category",))[0]
        found = rows(f"select {key}, prediction_at, available_as_of from ({query})")
        assert set(found) == right, entity
    assert set(rows("select * from features.ftr_moments__sights")) == set(rows(SIGHTS))

    tables: dict[str, tuple[list[str], set[tuple[Any, ...]], Callable[..., Any]]] = {
        "customer__activity": (["customer_id"], moments, activity),
        "customer__calendar": (["customer_id"], moments, calendar),
        "customer__commerce": (["customer_id"], moments, commerce),
        "customer__preferences": (["customer_id"], moments, preferences),
        "session__prefix": (["actor_id", "session_id", "session_started_at"], visits, prefix),
        "visitor__calendar": (["visitor_id"], people, calendar),
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


def sessions(events: Iterable[Event]) -> tuple[Event, ...]:
    """The events with the visits that fct_sessions makes of them, if no other ever turns up."""
    found: list[Event] = []
    last: dict[str, Event] = {}
    for event in sorted(events, key=Event.canonical):
        before = last.get(event.actor)
        if before is None or event.at > before.at + GAP:
            session = f"s{len(found)}"
        else:
            session = str(before.session)
        last[event.actor] = replace(event, session=session)
        found.append(last[event.actor])
    return tuple(found)


ARRIVALS = st.builds(
    lambda minutes, delay, **rest: Event(
        at=MONDAY + minutes * timedelta(minutes=1),
        known=MONDAY + minutes * timedelta(minutes=1) + delay,
        **rest,
    ),
    minutes=st.sampled_from([0, 0, 10, 25, 30, 31, 40, 60, 61, 70, 100]),
    delay=st.sampled_from([timedelta(0), timedelta(0), TICK, LAG, HOUR, 2 * HOUR, DAY]),
    number=st.integers(0, 10_000),
    visitor=st.sampled_from(["v1", "v1", "v1", "v2"]),
)


@drawn(200, derandomize=True)
@given(st.lists(ARRIVALS, min_size=1, max_size=7, unique_by=lambda event: event.number))
def test_what_turns_up_later_leaves_a_visit_as_it_was_known(
    models: Models, events: list[Event]
) -> None:
    whole = Shop(sessions(events))
    # The limit that DECISIONS.md names: what seemed a visit of its own before another one.
    assume(not any(is_earlier for _, is_earlier, _ in known_visits(whole)))

    def moments(shop: Shop) -> set[tuple[Any, ...]]:
        models.give(**facts(shop))
        models.run_only("ftr_spine__session_prefix")
        query = "select * from features.ftr_spine__session_prefix where purpose = 'train'"
        return set(models.rows(query))

    later = moments(whole)
    for known_at in {usable(event) for event in events}:
        then = moments(Shop(sessions(event for event in events if usable(event) <= known_at)))
        assert then == {row for row in later if row[7] <= known_at}


def test_last_times_are_those_that_feast_says(models: Models) -> None:
    """What Feast said once, of events that happen together, at a moment, and are known late."""
    con = models.con
    last_times.put_reference(con)
    for table, rows in (
        ("intermediate.int_visitors__events", "events"),
        ("features.ftr_moments__visitor", "moments"),
    ):
        con.execute(f"truncate {table}")
        con.execute(f"insert into {table} by name from {rows}")
    models.run_only("ftr_visitor__activity")
    found = last_times.compared(con, "features.ftr_visitor__activity", "events")
    assert {kind: wrong for kind, (_, _, wrong) in found.items() if wrong} == {}
    # Of each kind it has answers, some of which nobody knew by then.
    assert min(answers for answers, _, _ in found.values()) > 20
    assert min(too_early for _, too_early, _ in found.values()) >= 5
