"""Invented histories of a small shop: what arrives, in which disorder, and what is run in between.

Shape   a History is a list of steps; a step is some changes at the sources, then one run
Units   instants are microseconds since 1970, UTC, until they are written
Few ids, few moments, few amounts: so that copies collide, sessions touch, ties are common and one
changed rate moves many orders. The moments lie around what is easily wrong: midnight and both
clock changes in Berlin, gaps of exactly 30 minutes, chains longer than 24 hours.
"""

import dataclasses
import gzip
import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


# In the evening before a clock change, so that slots of half an hour run over midnight and it.
ANCHORS = (
    instant("2025-10-25T21:00:00Z"),
    instant("2025-03-29T22:00:00Z"),
    instant("2025-06-15T12:00:00Z"),
)
MOMENTS = st.builds(
    lambda anchor, slot, days, off: anchor + slot * 30 * MINUTE + days * DAY + off,
    st.sampled_from(ANCHORS),
    st.sampled_from(range(24)),
    # As long as a cart lives, and as a visit is credited.
    st.sampled_from((0, 0, 0, 0, 0, 0, 7, 30)),
    # To the microsecond on either side of a gap of exactly 30 minutes, and well inside one.
    st.sampled_from((0, 0, 0, 1, -1, 1000, 10 * SECOND, 10 * MINUTE)),
)
VISITORS = ("v1", "v2", "v3")
CUSTOMERS = ("c1", "c2", "c3")
PRODUCTS = ("p1", "p2", "p3")
ORDERS = ("o1", "o2", "o3", "o4", "o5")
# KWD seldom has a rate, and is counted in thousandths.
CURRENCIES = ("EUR", "EUR", "USD", "USD", "GBP", "KWD")
AMOUNTS = ("19.90", "5.00", "0", "0.005")
# What a row is rejected for: about one in ten.
SHOP_CURRENCIES = (*CURRENCIES, *CURRENCIES, "EURO")
SHOP_AMOUNTS = (*AMOUNTS, *AMOUNTS, "1e3")
AGENTS = ("Mozilla/5.0 (X11)", "Googlebot/2.1", "CUBOT NOTE 20", None)
NAMES = (  # as versions 2 and 3 say it, and as version 1 does
    ("page_view", "page"),
    ("view_item", "view"),
    ("add_to_cart", "cart"),
    ("begin_checkout", "checkout"),
    ("purchase", "order"),
    ("purchase", "order"),
    ("login", "login"),
    ("remove_from_cart", "uncart"),
    ("view_cart", "view_cart"),
    ("search", "search"),
    ("view_search_results", "view_search_results"),
    ("logout", "logout"),
    ("session_start", "session_start"),
    (" Page_View", "PAGE "),
    ("wishlist_share", "wishlist_share"),
)
TERMS = ("tea", "tea", " Tea", "pot", None)
# Where a visit came from: source, medium and campaign as tagged, the page before, and what the
# page's address adds. Most events say nothing, as most of a visit's do.
Arrival = tuple[str | None, str | None, str | None, str | None, str]
NOWHERE: Arrival = (None, None, None, None, "")
ARRIVALS: tuple[Arrival, ...] = (
    *[NOWHERE] * 5,
    ("google", "cpc", "spring", None, ""),
    (" Google ", "organic", None, None, "?gclid=x"),
    ("newsletter", "email", "spring", "https://mail.example.org/", ""),
    (None, None, None, "https://www.google.de/", ""),
    (None, None, None, "https://www.google.de/", "?utm_source=bing&utm_medium=cpc"),
    (None, None, None, "https://www.facebook.com/", "?fbclid=y"),
    (None, None, None, "https://checkout.paypal.com/", ""),
    ("(direct)", "(none)", None, "https://blog.example.org/", ""),
)
FLAWS = (
    *[None] * 80,
    "bad price",
    "bad currency",
    "not json",
    "blank",
    "no object",
    "no id",
    "no actor",
    "no time",
    "future",
    "ancient",
    "bad quantity",
)


@dataclass(frozen=True, repr=False)
class Event:
    """One line of an event file. `clock` is the device's error, `held` the time until it sent."""

    number: int
    name: tuple[str, str]
    actor: tuple[str | None, str | None]
    at: int
    clock: int = 0
    held: int = 0
    stamps: str = "created sent received"
    product: str | None = "p1"
    second: bool = False
    quantity: str | None = None
    price: str | None = None
    currency: str | None = None
    order: str | None = None
    agent: str | None = None
    platform: str = "web"
    seq: int | None = None
    term: str | None = "tea"
    came: Arrival = NOWHERE
    version: int = 3
    offset: int = 0
    flaw: str | None = None

    def __repr__(self) -> str:
        shown = {
            each.name: getattr(self, each.name)
            for each in dataclasses.fields(self)
            if getattr(self, each.name) != each.default
        }
        return f"Event({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    def line(self) -> str:
        """The event as its version writes it."""
        match self.flaw:
            case "not json":
                return '{"schema_version": 3, "event_id": "e'
            case "blank":
                return "  "
            case "no object":
                return "[1]"
        ident = None if self.flaw == "no id" else f"e{self.number}"
        visitor, customer = (None, None) if self.flaw == "no actor" else self.actor
        quantity = "12.7" if self.flaw == "bad quantity" else self.quantity
        price = "1e3" if self.flaw == "bad price" else self.price
        currency = "EURO" if self.flaw == "bad currency" else self.currency
        at = {"future": instant("2099-01-01T00:00:00Z"), "ancient": instant("1999-12-31T23:59:59Z")}
        created = at.get(self.flaw or "", self.at) + self.clock
        stamps = "" if self.flaw == "no time" else self.stamps
        times = {
            "created": self._stamp(created) if "created" in stamps else None,
            "sent": self._stamp(created + self.held) if "sent" in stamps else None,
            "received": self._stamp(self.at + max(self.held, 0)) if "received" in stamps else None,
        }
        source, medium, campaign, before, query = self.came
        url = f"https://shop.example.com/{self.product}{query}"
        if self.version == 1:
            comma = price.replace(".", ",") if price else None
            document: dict[str, Any] = {
                "v": 1,
                "id": ident,
                "type": self.name[1],
                "visitor": visitor,
                "customer": customer,
                "ts": times["created"],
                "received": times["received"],
                "ua": self.agent,
                "url": url,
                "ref": before,
                "product": self.product,
                "qty": quantity,
                "price": comma,
                "cur": currency,
                "order": self.order,
                "total": comma,
                "q": self.term,
            }
        else:
            document = {
                "schema_version": self.version,
                "event_id": ident,
                "event_name": self.name[0],
                "client_id": visitor,
                "user_id": customer,
                "seq": self.seq,
                "user_agent": self.agent,
                "transaction_id": self.order,
                "currency": currency,
                "value": price,
                "search_term": self.term,
                "platform": self.platform,
            }
            item = {"item_id": self.product, "quantity": quantity, "price": price}
            if self.version == 3:
                items = [item, {**item, "item_id": "p3"}] if self.second else [item]
                page = {"url": url, "referrer": before}
                tags = {"source": source, "medium": medium, "campaign": campaign}
                document |= {"time": times, "items": items, "page": page, "traffic": tags}
            else:
                document |= item
                document |= {
                    "event_timestamp": times["created"],
                    "sent_at": times["sent"],
                    "received_at": times["received"],
                    "page_location": url,
                    "page_referrer": before,
                    "utm_source": source,
                    "utm_medium": medium,
                    "utm_campaign": campaign,
                }
        return json.dumps(document)

    def _stamp(self, at: int) -> str:
        zone = timezone(timedelta(minutes=self.offset))
        return (
            (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at))
            .astimezone(zone)
            .isoformat()
        )


EVENTS = st.builds(
    Event,
    number=st.sampled_from(range(150)),
    name=st.sampled_from(NAMES),
    actor=st.sampled_from(
        (("v1", None), ("v1", "c1"), ("v1", "c2"), ("v2", "c2"), ("v3", "c3"), (None, "c1"))
    ),
    at=MOMENTS,
    # Up to 10 minutes ahead is set back to the receipt, more is quarantined.
    clock=st.sampled_from((0, 0, 0, -2 * 60 * MINUTE, 9 * MINUTE, 11 * MINUTE)),
    # Up to 150 days offline; sent before it was made is a broken clock.
    held=st.sampled_from((0, 0, 0, 5 * SECOND, 9 * DAY, 150 * DAY, -5 * SECOND)),
    stamps=st.sampled_from(
        ("created sent received", "created received", "created", "sent received", "received")
    ),
    product=st.sampled_from((*PRODUCTS, *PRODUCTS, " p1", None)),
    second=st.sampled_from((False, False, True)),
    quantity=st.sampled_from((None, "1", "2")),
    price=st.sampled_from((None, *AMOUNTS)),
    currency=st.sampled_from((None, *CURRENCIES)),
    order=st.sampled_from((*ORDERS, None)),
    agent=st.sampled_from(AGENTS),
    platform=st.sampled_from(("web", "ios", "server")),
    seq=st.sampled_from((None, 1, 2)),
    term=st.sampled_from(TERMS),
    came=st.sampled_from(ARRIVALS),
    version=st.sampled_from((1, 2, 3)),
    offset=st.sampled_from((0, 120)),
    flaw=st.sampled_from(FLAWS),
)


@dataclass(frozen=True)
class Chain:
    """Every so many minutes an event of one visitor, longer than a day; some are left out."""

    visitor: str
    anchor: int
    count: int
    gap: int
    kept: int

    def events(self) -> list[Event]:
        first = 1000 * (1 + VISITORS.index(self.visitor) + 10 * ANCHORS.index(self.anchor))
        return [
            Event(
                number=first + n + self.gap * 100_000,
                name=NAMES[n % 2],
                actor=(self.visitor, None),
                at=self.anchor + n * self.gap * MINUTE,
                offset=120,
            )
            for n in range(self.count)
            if self.kept == 0 or n % 5 != self.kept
        ]


CHAINS = st.builds(
    Chain,
    visitor=st.sampled_from(VISITORS),
    anchor=st.sampled_from(ANCHORS),
    count=st.sampled_from((3, 50, 75, 110)),
    gap=st.sampled_from((20, 30)),
    kept=st.sampled_from((0, 0, 1)),
)


# What happens to a line that is sent once more.
AGAIN: dict[str, Callable[[Event], Event]] = {
    "same": lambda event: event,
    "later": lambda event: dataclasses.replace(event, held=event.held + DAY, price="8.88"),
    # Received before the copy that counted so far.
    "sooner": lambda event: dataclasses.replace(
        event, held=0, stamps="created sent received", price="6.66"
    ),
    "repriced": lambda event: dataclasses.replace(event, price="7.77"),
    "moved": lambda event: dataclasses.replace(event, at=event.at + 31 * MINUTE),
    "other visitor": lambda event: dataclasses.replace(event, actor=("v2", "c2")),
    "other customer": lambda event: dataclasses.replace(event, actor=(event.actor[0], "c3")),
    "other product": lambda event: dataclasses.replace(event, product="p2", second=False),
    "other order": lambda event: dataclasses.replace(event, order="o2"),
    "other currency": lambda event: dataclasses.replace(event, currency="GBP"),
    "other arrival": lambda event: dataclasses.replace(event, came=ARRIVALS[5]),
    "no arrival": lambda event: dataclasses.replace(event, came=NOWHERE),
    "other term": lambda event: dataclasses.replace(event, term="pot"),
    "other agent": lambda event: dataclasses.replace(event, agent="Googlebot/2.1"),
    "other version": lambda event: dataclasses.replace(event, version=event.version % 3 + 1),
    "from the server": lambda event: dataclasses.replace(event, platform="server"),
    "numbered": lambda event: dataclasses.replace(event, seq=3),
    "broken": lambda event: dataclasses.replace(event, flaw="bad quantity"),
    "mended": lambda event: dataclasses.replace(event, flaw=None),
}
REPEATS = st.tuples(st.sampled_from(range(100)), st.sampled_from(sorted(AGAIN)))


@dataclass
class Shop:
    """The sources as they stand, on disk and in mind."""

    folder: Path
    events: list[Event] = field(default_factory=list)
    # By what was written of it.
    lines: dict[str, Event] = field(default_factory=dict)
    # By path: the lines that stand there, and every earlier state of them.
    files: dict[str, list[str]] = field(default_factory=dict)
    earlier: dict[str, list[list[str]]] = field(default_factory=dict)
    rates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    feeds: dict[str, dict[tuple[str, ...], dict[str, Any]]] = field(default_factory=dict)
    file_count: int = 0

    def __post_init__(self) -> None:
        for name in ("web", "ecb", "retail", "feeds"):
            (self.folder / name).mkdir(parents=True)
        for name in ("products", "exchange_rates"):
            self.feed(name, [])
        with sqlite3.connect(self.folder / "shop.sqlite") as con:
            for table, columns in TABLES.items():
                body = ", ".join(f"{name} {kind}" for name, kind in columns.items())
                con.execute(f"create table {table} ({body}, primary key ({KEYS[table]}))")
        con.close()

    @property
    def locations(self) -> dict[str, str]:
        """Where each source is, as --source takes it."""
        places = {"web": "web", "ecb": "ecb", "online_retail": "retail"}
        return {name: str(self.folder / place) for name, place in places.items()} | {
            "shop": f"sqlite:///{self.folder / 'shop.sqlite'}"
        }

    def said(self, events: list[Event]) -> list[str]:
        """The lines of events, which can be sent again from now on."""
        lines = [event.line() for event in events]
        self.events += events
        self.lines |= dict(zip(lines, events, strict=True))
        return lines

    def write(self, path: str, lines: list[str]) -> None:
        """A file of lines, whole; gzip by its name, and the same bytes for the same lines."""
        if path in self.files:
            self.earlier.setdefault(path, []).append(self.files[path])
        self.files[path] = lines
        data = "".join(f"{line}\n" for line in lines).encode()
        if path.endswith(".gz"):
            data = gzip.compress(data, mtime=0)
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def chosen(self, folder: str, number: int) -> str | None:
        """One of the files that stand in a folder."""
        paths = sorted(path for path in self.files if path.startswith(folder + "/"))
        return paths[number % len(paths)] if paths else None

    def vanish(self, path: str) -> None:
        self.earlier.setdefault(path, []).append(self.files.pop(path))
        (self.folder / path).unlink()

    def feed(self, name: str, items: Iterable[dict[str, Any]]) -> None:
        """Add to what the API answers; an item with a known key takes the place of the old one."""
        known = self.feeds.setdefault(name, {})
        for item in items:
            known[tuple(str(item[column]) for column in FEED_KEYS[name])] = item
        text = json.dumps([known[key] for key in sorted(known)])
        (self.folder / "feeds" / f"{name}.json").write_text(text, encoding="utf-8")


class Change(ABC):
    """Something that happens at a source."""

    source = "web"

    @abstractmethod
    def apply(self, shop: Shop) -> None:
        """Put it into the shop's folder."""


@dataclass(frozen=True)
class Deliver(Change):
    """New event files: new events, earlier ones once more, in any order, in one load or several."""

    events: list[Event]
    chains: list[Chain]
    again: list[tuple[int, str]]
    parts: int
    delivery: int
    suffix: str
    backwards: bool

    def apply(self, shop: Shop) -> None:
        events = [*self.events, *(event for chain in self.chains for event in chain.events())]
        known = [*shop.events, *events]
        events += [AGAIN[how](known[pick % len(known)]) for pick, how in self.again if known]
        if self.backwards:
            events.reverse()
        lines = shop.said(events)
        for part in range(self.parts):
            shop.file_count += 1
            path = f"web/delivery-{self.delivery}/day-{shop.file_count}.jsonl{self.suffix}"
            shop.write(path, lines[part :: self.parts])


DELIVERIES = st.builds(
    Deliver,
    events=st.lists(EVENTS, min_size=4, max_size=24),
    chains=st.lists(CHAINS, max_size=1),
    again=st.lists(REPEATS, min_size=1, max_size=8),
    parts=st.sampled_from((1, 1, 2, 3)),
    delivery=st.sampled_from((1, 2)),
    suffix=st.sampled_from(("", ".gz")),
    backwards=st.booleans(),
)


@dataclass(frozen=True)
class Restate(Change):
    """A known file with other bytes: lines gone, changed, added; in place or in the next folder."""

    file: int
    left_out: int
    # The number of a line, and what happens to it.
    changed: list[tuple[int, str]]
    added: list[Event]
    in_place: bool
    backwards: bool

    def apply(self, shop: Shop) -> None:
        path = shop.chosen("web", self.file)
        if path is None:
            return
        lines = list(shop.files[path])
        for number, how in self.changed:
            if lines and (event := shop.lines.get(lines[number % len(lines)])):
                lines[number % len(lines) : number % len(lines) + 1] = shop.said(
                    [AGAIN[how](event)]
                )
        lines = [line for n, line in enumerate(lines) if n % 4 != self.left_out]
        lines += shop.said(self.added)
        if self.backwards:
            lines.reverse()
        name = path.rpartition("/")[2]
        shop.write(path if self.in_place else f"web/delivery-3/{name}", lines)


@dataclass(frozen=True)
class OfAFolder(Change):
    """Something that happens to a file of whichever source keeps it there."""

    folder: str
    file: int

    @property
    def source(self) -> str:  # type: ignore[override]
        return {"web": "web", "retail": "online_retail"}[self.folder]


@dataclass(frozen=True)
class Redeliver(OfAFolder):
    """What a known file says under names of its own, or under that of another file."""

    other: int | None
    # In one part and the same order, it is the same bytes.
    parts: int
    backwards: bool

    def apply(self, shop: Shop) -> None:
        path = shop.chosen(self.folder, self.file)
        if path is None:
            return
        lines = list(shop.files[path])
        # The first line of a CSV file names its columns.
        header = [lines.pop(0)] if self.folder == "retail" else []
        if self.backwards:
            lines.reverse()
        suffix = path.partition(".")[2]
        other = shop.chosen(self.folder, self.other) if self.other is not None else None
        for part in range(self.parts):
            shop.file_count += 1
            target = f"{self.folder}/delivery-2/again-{shop.file_count}.{suffix}"
            if other and other.endswith(suffix) and part == 0:
                target = other
            shop.write(target, header + lines[part :: self.parts])


@dataclass(frozen=True)
class Revert(OfAFolder):
    """An earlier state of a file comes back, also of one that had vanished."""

    state: int

    def apply(self, shop: Shop) -> None:
        paths = sorted(path for path in shop.earlier if path.startswith(self.folder + "/"))
        if paths:
            path = paths[self.file % len(paths)]
            shop.write(path, shop.earlier[path][self.state % len(shop.earlier[path])])


@dataclass(frozen=True)
class Vanish(OfAFolder):
    """A file is gone from its folder: what it brought stays."""

    def apply(self, shop: Shop) -> None:
        if path := shop.chosen(self.folder, self.file):
            shop.vanish(path)


@dataclass(frozen=True)
class CutOff(Change):
    """Half a gzip file, under a new name or under that of a sound one: set aside."""

    file: int
    is_known: bool

    def apply(self, shop: Shop) -> None:
        path = shop.chosen("web", self.file) if self.is_known else None
        if path is None or not path.endswith(".gz"):
            shop.file_count += 1
            path = f"web/delivery-1/cut-{shop.file_count}.jsonl.gz"
            shop.files[path] = [f"line {n}" for n in range(50)]
        target = shop.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{line}\n" for line in shop.files[path]).encode()
        target.write_bytes(gzip.compress(lines, mtime=0)[:-9])


# As `footfall sample` makes them; SQLite gives back what it was given.
TABLES = {
    "customers": {
        "customer_id": "text",
        "email": "text",
        "phone": "text",
        "country": "text",
        "created_at": "datetime",
        "updated_at": "datetime",
    },
    "orders": {
        "order_id": "text",
        "customer_id": "text",
        "ordered_at": "datetime",
        "updated_at": "datetime",
        "status": "text",
        "payment_status": "text",
        "is_test": "boolean",
        "currency": "text",
        "discount_total": "text",
        "tax_total": "text",
        "shipping_total": "text",
        "coupon_code": "text",
        "cancelled_at": "datetime",
    },
    "order_items": {
        "order_id": "text",
        "line_number": "integer",
        "product_id": "text",
        "quantity": "integer",
        "unit_price": "text",
    },
    "refunds": {
        "refund_id": "text",
        "order_id": "text",
        "line_number": "integer",
        "quantity": "integer",
        "amount": "text",
        "refunded_at": "datetime",
        "reason": "text",
    },
}
KEYS = {
    "customers": "customer_id",
    "orders": "order_id",
    "order_items": "order_id, line_number",
    "refunds": "refund_id",
}


def written(form: str) -> Callable[[int], str]:
    """Write an instant as a naive text."""
    return lambda at: (datetime(1970, 1, 1) + timedelta(microseconds=at)).strftime(form)  # noqa: DTZ001


NAIVE = MOMENTS.map(written("%Y-%m-%d %H:%M:%S.%f"))
SHOP_ROWS = {
    "customers": st.tuples(
        st.sampled_from(CUSTOMERS),
        st.sampled_from((None, "a@example.org")),
        st.none(),
        st.sampled_from(("DE", "AT", None)),
        st.one_of(NAIVE, st.none()),
        NAIVE,
    ),
    "orders": st.tuples(
        st.sampled_from(ORDERS),
        st.sampled_from((*CUSTOMERS, "c9", None)),
        NAIVE,
        NAIVE,
        st.sampled_from((*("paid", "shipped", "cancelled", "pending") * 2, "lost")),
        st.sampled_from(("paid", "paid", "paid", "pending", "failed", None)),
        st.sampled_from((0, 0, 0, 1, None)),
        st.sampled_from(SHOP_CURRENCIES),
        st.sampled_from((None, "0", "1.00", "5.00", "0.001")),
        st.sampled_from((None, "1.90")),
        st.sampled_from((None, "4.90")),
        st.sampled_from((None, "MAY")),
        st.one_of(st.none(), NAIVE),
    ),
    "order_items": st.tuples(
        st.sampled_from(ORDERS),
        st.sampled_from((1, 2, 3)),
        st.sampled_from((*PRODUCTS, *PRODUCTS, "p9", None)),
        st.sampled_from((1, 1, 2, 2, 3, 3, 0)),
        st.sampled_from(SHOP_AMOUNTS),
    ),
    "refunds": st.tuples(
        st.sampled_from(("r1", "r2", "r3")),
        st.sampled_from(ORDERS),
        st.sampled_from((1, 2, None)),
        st.sampled_from((1, 2, 1, 2, 0)),
        st.sampled_from(("5.00", "2.50", "0.005", "1e3")),
        NAIVE,
        st.sampled_from((None, "broken")),
    ),
}


@dataclass(frozen=True)
class Rows(Change):
    """Rows inserted, changed and deleted in the shop's database."""

    puts: list[tuple[str, tuple[Any, ...]]]
    drops: list[tuple[str, int]] = field(default_factory=list)
    # A table, a row, a column, and the row that has the column's new value.
    tweaks: list[tuple[str, int, int, tuple[Any, ...]]] = field(default_factory=list)
    source = "shop"

    def apply(self, shop: Shop) -> None:
        with sqlite3.connect(shop.folder / "shop.sqlite") as con:
            for table, number in self.drops:
                rows = con.execute(f"select rowid from {table} order by {KEYS[table]}").fetchall()
                if rows:
                    con.execute(f"delete from {table} where rowid = ?", rows[number % len(rows)])
            for table, row in self.puts:
                marks, columns = ", ".join("?" * len(row)), ", ".join(TABLES[table])
                con.execute(f"insert or replace into {table} ({columns}) values ({marks})", row)
            for table, number, column, row in self.tweaks:
                rows = con.execute(f"select rowid from {table} order by {KEYS[table]}").fetchall()
                if rows:
                    change = f"update or ignore {table} set {list(TABLES[table])[column]} = ?"
                    rowid = rows[number % len(rows)]
                    con.execute(f"{change} where rowid = ?", (row[column], *rowid))
        con.close()


# The days around each anchor, two weeks long: an older rate is none.
RATE_DAYS = [
    written("%Y-%m-%d")(anchor + day * DAY) for anchor in ANCHORS for day in (-9, -2, -1, 0, 1, 2)
]
# What is advertised is what visits come from, and a campaign that nobody came from.
ADS = (ARRIVALS[5], ARRIVALS[5], ARRIVALS[7], ("bing", "cpc", None, None, ""))
RATES = ("1.05", "1.10", "0.80", "0.82", "N/A", "x")

# Lines outnumber what they belong to.
PUTS = st.sampled_from(("customers", "orders", "orders", "order_items", "order_items", "refunds"))
PUTS_OF_ROWS = PUTS.flatmap(lambda table: st.tuples(st.just(table), SHOP_ROWS[table]))
RATE_LINES = st.tuples(st.sampled_from(RATE_DAYS), st.sampled_from(RATES), st.sampled_from(RATES))
TWEAKS = st.sampled_from(sorted(TABLES)).flatmap(
    lambda table: st.tuples(
        st.just(table),
        st.sampled_from(range(12)),
        st.sampled_from(range(1, len(TABLES[table]))),
        SHOP_ROWS[table],
    )
)
DROPS = st.tuples(st.sampled_from(sorted(TABLES)), st.sampled_from(range(8)))


@dataclass(frozen=True)
class Rates(Change):
    """The central bank's history file anew: days added, changed, taken back."""

    days: list[tuple[str, str, str]]
    gone: list[int]
    source = "ecb"

    def apply(self, shop: Shop) -> None:
        for number in self.gone:
            if shop.rates:
                del shop.rates[sorted(shop.rates)[number % len(shop.rates)]]
        shop.rates |= {day: (usd, gbp) for day, usd, gbp in self.days}
        lines = [
            f"{day},{usd},{gbp}," for day, (usd, gbp) in sorted(shop.rates.items(), reverse=True)
        ]
        shop.write("ecb/eurofxref-hist.csv", ["Date,USD,GBP,", *lines])


FEED_KEYS = {
    "products": ("product_id", "valid_from"),
    "exchange_rates": ("currency", "rate_date"),
    "ad_spend": ("date", "source", "medium", "campaign"),
    "inventory": ("product_id", "counted_at"),
}


@dataclass(frozen=True)
class Feeds(Change):
    """The API's products, rates, ad spend and stock: new ones, and known ones corrected."""

    products: list[tuple[str, str, str, str, bool]]
    rates: list[tuple[str, str, str]]
    spend: list[tuple[str, Arrival, str, str]] = field(default_factory=list)
    stock: list[tuple[str, str, int]] = field(default_factory=list)
    source = "feeds"

    def apply(self, shop: Shop) -> None:
        shop.feed(
            "products",
            [
                {
                    "product_id": product,
                    "name": f"Tea {price}",
                    "category_path": ["Home", "Tea"],
                    "brand": None,
                    "price": price,
                    "currency": "EUR",
                    "valid_from": valid_from,
                    "updated_at": updated_at,
                    "is_deleted": is_deleted,
                }
                for product, valid_from, updated_at, price, is_deleted in self.products
            ],
        )
        shop.feed(
            "exchange_rates",
            [
                {
                    "rate_date": day,
                    "base": "EUR",
                    "currency": currency,
                    "rate": rate,
                    "published_at": f"{day}T15:00:00Z",
                }
                for day, currency, rate in self.rates
            ],
        )
        # Of these two a shop may have none at all: then the API does not know them.
        if self.spend:
            shop.feed(
                "ad_spend",
                [
                    {
                        "date": day,
                        "source": ad[0],
                        "medium": ad[1],
                        "campaign": ad[2],
                        "cost": cost,
                        "currency": currency,
                        "impressions": "100",
                        "clicks": "10",
                        "published_at": f"{day}T20:00:00Z",
                    }
                    for day, ad, cost, currency in self.spend
                ],
            )
        if self.stock:
            shop.feed(
                "inventory",
                [
                    {"product_id": product, "quantity": quantity, "counted_at": counted_at}
                    for product, counted_at, quantity in self.stock
                ],
            )


RETAIL_HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


@dataclass(frozen=True)
class Invoices(Change):
    """A day's invoice file, new or restated; equal lines are both real."""

    day: int
    lines: list[tuple[str, ...]]
    source = "online_retail"

    def apply(self, shop: Shop) -> None:
        lines = [",".join(line) for line in self.lines]
        shop.write(f"retail/day-{self.day}.csv", [RETAIL_HEADER, *lines])


@dataclass(frozen=True)
class Retouch(Change):
    """One field of one line of an invoice file."""

    file: int
    number: int
    column: int
    line: tuple[str, ...]
    source = "online_retail"

    def apply(self, shop: Shop) -> None:
        path = shop.chosen("retail", self.file)
        if path is None or len(shop.files[path]) < 2:
            return
        lines = list(shop.files[path])
        number = 1 + self.number % (len(lines) - 1)
        fields = lines[number].split(",")
        fields[self.column] = self.line[self.column]
        lines[number] = ",".join(fields)
        shop.write(path, lines)


@dataclass(frozen=True)
class NewColumn(OfAFolder):
    """A file of invoices comes again with a column more, at its end or before the others."""

    is_first: bool

    def apply(self, shop: Shop) -> None:
        if path := shop.chosen(self.folder, self.file):
            said = ["Channel", *["app"] * (len(shop.files[path]) - 1)]
            pairs = zip(said, shop.files[path], strict=True)
            shop.write(path, [f"{a},{b}" if self.is_first else f"{b},{a}" for a, b in pairs])


@dataclass(frozen=True)
class OtherColumns(Change):
    """A table of the shop has a column more, of which few rows say anything, or one of another
    type.
    """

    table: str
    column: int
    # Of the column; without one, a new column comes.
    kind: str | None
    source = "shop"

    def apply(self, shop: Shop) -> None:
        with sqlite3.connect(shop.folder / "shop.sqlite") as con:
            found = con.execute(f"select name, type from pragma_table_info('{self.table}')")
            columns = dict(found.fetchall())
            if self.kind is None:
                if "note" not in columns:
                    con.execute(f"alter table {self.table} add column note text")
                con.execute(
                    f"update {self.table} set note = 'x' where rowid % 3 = {self.column % 3}"
                )
            else:
                name = list(columns)[self.column % len(columns)]
                columns[name] = self.kind
                body = ", ".join(f"{each} {kind}" for each, kind in columns.items())
                con.executescript(f"""
                    create table retyped ({body}, primary key ({KEYS[self.table]}));
                    insert into retyped select * from {self.table};
                    drop table {self.table};
                    alter table retyped rename to {self.table};
                """)
        con.close()


INVOICE_LINES = st.tuples(
    st.sampled_from(("100", "101", "C102", "C103")),
    st.sampled_from(("10001", "10001", "10001", "10002", "POST", "BANK CHARGES")),
    st.sampled_from(("TEA", "TEA POT", "")),
    st.sampled_from(("2", "1", "3", "-1", "-2", "-1", "12.7")),
    MOMENTS.map(written("%Y-%m-%d %H:%M:%S")),
    st.sampled_from(("1.25", "1.25", "1.25", "0")),
    st.sampled_from(("12347", "12347", "12348.0", "")),
    st.sampled_from(("United Kingdom", "France")),
)
BYSTANDERS = 12


@dataclass(frozen=True)
class Bystanders(Change):
    """Many visitors, customers and files of whom little more is heard.

    A build that finds most of a table changed may write it anew; only beside them does it keep and
    replace rows. What they share with the others are days, rates, products, ads and user agents.
    """

    source: str

    def apply(self, shop: Shop) -> None:
        for n in range(BYSTANDERS):
            at = ANCHORS[n % 3] + n * 31 * MINUTE
            naive = written("%Y-%m-%d %H:%M:%S")(at)
            match self.source:
                case "web":
                    who = (f"z{n}", f"z{n}" if n % 4 == 0 else None)
                    currency, order = CURRENCIES[n % 6], f"z{n}"
                    view = Event(9000 + n, NAMES[n % 4], who, at, agent=AGENTS[n % 4])
                    view = dataclasses.replace(view, came=ARRIVALS[n % len(ARRIVALS)])
                    sale = Event(9500 + n, ("purchase", "order"), who, at + MINUTE, order=order)
                    sale = dataclasses.replace(sale, price="5.00", currency=currency)
                    shop.write(f"web/delivery-1/z{n}.jsonl", shop.said([view, sale]))
                case "shop":
                    status = ("paid", "cancelled")[n % 5 == 0]
                    money = (CURRENCIES[n % 6], "1.00", None, None, None, None)
                    order_row = (f"z{n}", f"z{n}", naive, naive, status, "paid", 0, *money)
                    rows: list[tuple[str, tuple[Any, ...]]] = [("orders", order_row)]
                    rows += [("order_items", (f"z{n}", i, f"p{i}", i, "5.00")) for i in (1, 2)]
                    if n % 3 == 0:
                        rows += [("refunds", (f"z{n}", f"z{n}", 1, 1, "2.50", naive, None))]
                    Rows(rows).apply(shop)
                case "online_retail":
                    goods = ("10001", "TEA", "2", naive, "1.25", f"2{n}", "France")
                    later = written("%Y-%m-%d %H:%M:%S")(at + DAY)
                    back = ("10001", "TEA", "-1", later, "1.25", f"2{n}", "France")
                    lines = [",".join((f"2{n}", *goods)), ",".join((f"C2{n}", *back))]
                    shop.write(f"retail/z{n}.csv", [RETAIL_HEADER, *lines])
                case "feeds":
                    day, counted_at = RATE_DAYS[n % len(RATE_DAYS)], f"{naive}Z"
                    spend = [(day, ADS[n % len(ADS)], "5.00", CURRENCIES[n % 6])]
                    Feeds([], [], spend, [(f"p{n % 3 + 1}", counted_at, n)]).apply(shop)


INSTANT_TEXTS = st.sampled_from(
    [written("%Y-%m-%dT%H:%M:%SZ")(anchor + n * DAY) for anchor in ANCHORS for n in (-1, 1)]
)
NUMBERS = st.sampled_from(range(20))
FOLDERS = st.sampled_from(("web", "web", "retail"))
CHANGES: dict[str, st.SearchStrategy[Change]] = {
    "deliver": DELIVERIES,
    "restate": st.builds(
        Restate,
        file=NUMBERS,
        left_out=st.sampled_from((0, 1, 2, 3, 4, 4, 4, 4)),
        changed=st.lists(REPEATS, max_size=4),
        added=st.lists(EVENTS, max_size=3),
        in_place=st.booleans(),
        backwards=st.booleans(),
    ),
    "redeliver": st.builds(
        Redeliver,
        folder=FOLDERS,
        file=NUMBERS,
        other=st.one_of(st.none(), NUMBERS),
        parts=st.sampled_from((1, 1, 2)),
        backwards=st.booleans(),
    ),
    "revert": st.builds(Revert, folder=FOLDERS, file=NUMBERS, state=NUMBERS),
    "vanish": st.builds(Vanish, folder=FOLDERS, file=NUMBERS),
    "cut off": st.builds(CutOff, file=NUMBERS, is_known=st.booleans()),
    "rows": st.builds(
        Rows,
        puts=st.lists(PUTS_OF_ROWS, max_size=4),
        drops=st.lists(DROPS, max_size=2),
        tweaks=st.lists(TWEAKS, min_size=1, max_size=4),
    ),
    "rates": st.builds(
        Rates,
        days=st.lists(RATE_LINES, min_size=1, max_size=4),
        gone=st.lists(NUMBERS, max_size=2),
    ),
    "feeds": st.builds(
        Feeds,
        products=st.lists(
            st.tuples(
                st.sampled_from((*PRODUCTS, *PRODUCTS, " p1")),
                INSTANT_TEXTS,
                INSTANT_TEXTS,
                st.sampled_from(AMOUNTS),
                st.sampled_from((False, False, True)),
            ),
            max_size=4,
        ),
        rates=st.lists(
            st.tuples(
                st.sampled_from(RATE_DAYS),
                st.sampled_from(("USD", "GBP", "KWD")),
                st.sampled_from(("1.05", "1.20", "1e3")),
            ),
            max_size=4,
        ),
        spend=st.lists(
            st.tuples(
                st.sampled_from(RATE_DAYS),
                st.sampled_from(ADS),
                st.sampled_from(SHOP_AMOUNTS),
                st.sampled_from(SHOP_CURRENCIES),
            ),
            max_size=4,
        ),
        stock=st.lists(
            st.tuples(
                st.sampled_from((*PRODUCTS, "p9")),
                INSTANT_TEXTS,
                st.sampled_from((0, 1, 5, -1)),
            ),
            max_size=3,
        ),
    ),
    "invoices": st.builds(
        Invoices,
        day=st.sampled_from((1, 2, 3)),
        lines=st.lists(INVOICE_LINES, max_size=10),
    ),
    "retouch": st.builds(
        Retouch,
        file=NUMBERS,
        number=NUMBERS,
        column=st.sampled_from(range(8)),
        line=INVOICE_LINES,
    ),
    "new column": st.builds(
        NewColumn, folder=st.just("retail"), file=NUMBERS, is_first=st.booleans()
    ),
    "other columns": st.builds(
        OtherColumns,
        table=st.sampled_from(sorted(TABLES)),
        column=NUMBERS,
        kind=st.sampled_from((None, "text", "real")),
    ),
}
# How often each is taken: events and orders change every hour, a file is cut off once a year.
WEIGHTS = {
    "deliver": 6,
    "restate": 4,
    "redeliver": 2,
    "revert": 2,
    "rows": 6,
    "rates": 3,
    "feeds": 2,
    "invoices": 2,
    "retouch": 2,
}
SOME_CHANGE = st.sampled_from(
    [name for name in CHANGES for _ in range(WEIGHTS.get(name, 1))]
).flatmap(CHANGES.__getitem__)


@dataclass(frozen=True)
class Build:
    """A whole build, then the comparison with a full refresh."""

    is_full_refresh: bool = False
    variant: str | None = None


@dataclass(frozen=True)
class Skip:
    """Ingested, not built."""


@dataclass(frozen=True)
class Killed:
    """dbt, also of a variant, is killed some time after it began with one of its nodes."""

    percent: int
    milliseconds: int
    variant: str | None = None


@dataclass(frozen=True)
class Part:
    """Some models only, as if the build had stopped between models."""

    picks: list[int]


Run = Build | Skip | Killed | Part


@dataclass(frozen=True)
class Variant:
    """The project with other vars or another text; built once, then the project itself again."""

    variables: dict[str, Any] = field(default_factory=dict)
    # A file, a text in it, and what stands there instead.
    edit: tuple[str, str, str] | None = None


VARIANTS = {
    "shorter gap": Variant({"session_gap_minutes": 10}),
    "shorter cap": Variant({"session_cap_hours": 2}),
    "other zone": Variant({"shop_timezone": "America/New_York"}),
    "older rates": Variant({"rate_max_age_days": 1}),
    "slow engagement": Variant({"engaged_seconds": 1200}),
    "shorter credit": Variant({"attribution_window_days": 1, "attribution_half_life_days": 1}),
    "impatient carts": Variant({"cart_abandoned_hours": 1, "cart_lifetime_hours": 6}),
    "robots counted": Variant({"exclude_bots": False}),
    "one date": Variant({"as_of_dates": ["2025-04-03"], "rfm_lookback_days": 5}),
    "looser pairs": Variant({"product_pair_min_orders": 1, "covisit_min_persons": 1}),
    "any funnel": Variant(
        {
            "funnels": [
                {
                    "name": "any",
                    "steps": ["view_item", "add_to_cart", "purchase"],
                    "mode": "any_order",
                    "unit": "person",
                    "exclusions": ["remove_from_cart"],
                    "breakdowns": ["utm_source"],
                },
                {"name": "strict", "steps": ["search", "view_item"], "mode": "strict"},
            ]
        }
    ),
    "seeded channels": Variant(
        edit=("seeds/channel_rules.csv", "4,1,category,equals,search,", "4,1,category,equals,ai,")
    ),
    "seeded referrers": Variant(
        edit=("seeds/referrer_hosts.csv", ",google,organic", ",googol,organic")
    ),
    "seeded robots": Variant(
        edit=(
            "seeds/user_agent_rules.csv",
            "priority,pattern,is_bot,reason\n",
            "priority,pattern,is_bot,reason\n0,mozilla,true,everybody\n",
        )
    ),
    "seeded types": Variant(
        edit=("seeds/event_type_map.csv", "web,page_view,page_view,", "web,page_view,screen_view,")
    ),
    "seeded placeholders": Variant(
        edit=(
            "seeds/identity_blocklist.csv",
            "identifier_type,identifier,reason\n",
            "identifier_type,identifier,reason\ncustomer, C2 ,everybody\n",
        )
    ),
    "edited macro": Variant(edit=("macros/sessions/session_id.sql", "|| '|' ||", "|| '/' ||")),
    "other windows": Variant(
        {"product_pair_windows": {"all": None, "90_days": 30}, "basket_max_products": 1}
    ),
    "eager robots": Variant(
        {
            "bot_behaviour": {
                "fast_events": 2,
                "products_without_cart": 2,
                "steady_events": 5,
                "steady_share": 0.5,
                "hours_of_a_day": 3,
            }
        }
    ),
    "nearer covisits": Variant(
        {
            "covisit_hours": {
                "view_view": 1,
                "view_cart": 2,
                "view_buy": 3,
                "cart_cart": 4,
                "cart_buy": 5,
                "buy_buy": 6,
            },
            "covisit_max_acts": 4,
        }
    ),
    "dollars": Variant({"reporting_currency": "USD"}),
    "rates in dollars": Variant({"rates_base_currency": "USD"}),
    "strict clocks": Variant(
        {"clock_ahead_minutes": 0, "earliest_event_at": "2025-04-01 00:00:00"}
    ),
    "contacts of nobody": Variant(
        {"identity_max_customers_per_contact": 1, "identity_max_customers_per_person": 1}
    ),
    "short demand": Variant({"inventory_demand_days": 1, "smoothing_cases": 3}),
    "short retention": Variant({"retention_days": 3, "retention_weeks": 2, "retention_months": 1}),
    "robots and staff": Variant({"exclude_internal": False, "missing_ua_is_bot": True}),
    "late decisions": Variant(
        {
            "decision_lag_minutes": 90,
            "training_sets_every": "day",
            "customer_day_every_days": 1,
            "customer_day_active_days": 5,
            "session_prefix_lengths": [1, 2],
            "visitor_product_serve_days": 30,
            "served_hours": {
                "customer": 2,
                "visitor": 1,
                "product": 3,
                "category": 5,
                "visitor_product": 1,
                "session": 2,
            },
        }
    ),
    "other labels": Variant(
        {
            "labels": {
                "purchase_7d": {"spine": "customer_day", "horizon_days": 7, "lateness_days": 0},
                "repeat_30d": {"spine": "customer_after_order", "horizon_days": 30, "gap_hours": 1},
                "churn_90d": {"spine": "customer_after_order", "horizon_days": 90, "gap_hours": 2},
                "return_30d": {"spine": "customer_after_order", "horizon_days": 30},
                "session_purchase": {"spine": "session_prefix", "horizon_days": 2},
            },
            "splits": {
                "purchase_7d": {"test_days": 20, "valid_days": 20, "entity_disjoint": True},
                "repeat_30d": {"test_days": 2, "valid_days": 0},
                "churn_90d": {"test_days": 9, "valid_days": 9},
                "return_30d": {"test_days": 5, "valid_days": 0, "entity_disjoint": True},
                "session_purchase": {"test_days": 3, "valid_days": 3},
            },
        }
    ),
    "said to be complete": Variant(
        edit=(
            "dbt_project.yml",
            "max_delay_minutes: 1440\n",
            'complete_through: "2025-06-15T12:00:00+00:00"\n',
        )
    ),
}
RUNS: dict[str, st.SearchStrategy[Run]] = {
    "build": st.just(Build()),
    "refresh": st.just(Build(is_full_refresh=True)),
    "variant": st.builds(Build, st.just(False), st.sampled_from(sorted(VARIANTS))),
    "skip": st.just(Skip()),
    "killed": st.builds(
        Killed,
        st.sampled_from(range(0, 100, 4)),
        st.sampled_from((0, 1, 5, 20, 60)),
        st.one_of(st.none(), st.sampled_from(sorted(VARIANTS))),
    ),
    "part": st.builds(Part, st.lists(st.sampled_from(range(100)), min_size=1, max_size=12)),
}
RUN_WEIGHTS = {"build": 7, "killed": 2, "part": 2}
SOME_RUN = st.sampled_from(
    [name for name in RUNS for _ in range(RUN_WEIGHTS.get(name, 1))]
).flatmap(RUNS.__getitem__)


@dataclass(frozen=True)
class Step:
    changes: list[Change]
    run: Run


History = list[Step]


@st.composite
def histories(draw: st.DrawFn, most_steps: int = 6) -> History:
    """A shop with something in every source, then steps; the last is built and compared."""
    orders = [("orders", (order, *draw(SHOP_ROWS["orders"])[1:])) for order in ORDERS]
    opening = [
        *(Bystanders(source) for source in ("web", "shop", "online_retail", "feeds")),
        draw(DELIVERIES),
        Rows([*orders, *draw(st.lists(PUTS_OF_ROWS, min_size=8, max_size=16))]),
        Rates(draw(st.lists(RATE_LINES, min_size=6, max_size=12)), []),
        draw(CHANGES["feeds"]),
        Invoices(1, draw(st.lists(INVOICE_LINES, min_size=8, max_size=16))),
    ]
    changes = st.lists(SOME_CHANGE, min_size=1, max_size=3)
    later = draw(st.lists(st.builds(Step, changes, SOME_RUN), min_size=2, max_size=most_steps - 2))
    return [
        Step(opening, draw(SOME_RUN)),
        *later,
        Step(draw(changes), Build()),
    ]


def history(number: int) -> History:
    """The history of a seed: the same in every process that has loaded of ours only tests.

    Of other modules Hypothesis takes the constants up into what it draws.
    """
    drawn: list[History] = []

    @seed(number)
    # Of the first examples one is the simplest and some are small; none is kept in a database.
    @settings(
        max_examples=10,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(histories())
    def draw(example: History) -> None:
        drawn.append(example)

    draw()
    return drawn[-1]


def smaller(steps: History) -> Iterator[History]:
    """The history with one thing less, the largest things first; the last step's run stays."""
    for n in range(len(steps) - 1):
        yield [*steps[:n], *steps[n + 1 :]]
    for n, step in enumerate(steps):

        def instead(new: Step, n: int = n) -> History:
            return [*steps[:n], new, *steps[n + 1 :]]

        if n < len(steps) - 1 and step.run != Skip():
            yield instead(dataclasses.replace(step, run=Skip()))
        for m, change in enumerate(step.changes):
            rest = step.changes[m + 1 :]
            yield instead(dataclasses.replace(step, changes=[*step.changes[:m], *rest]))
            for less in _smaller_change(change):
                yield instead(dataclasses.replace(step, changes=[*step.changes[:m], less, *rest]))


def _smaller_change(change: Change) -> Iterator[Change]:
    """The change with one of its lists halved, then with one element less."""
    lists = {
        each.name: getattr(change, each.name)
        for each in dataclasses.fields(change)  # type: ignore[arg-type]
        if isinstance(getattr(change, each.name), list)
    }
    for name, values in lists.items():
        half = len(values) // 2
        if half > 1:
            yield dataclasses.replace(change, **{name: values[:half]})  # type: ignore[type-var]
            yield dataclasses.replace(change, **{name: values[half:]})  # type: ignore[type-var]
    for name, values in lists.items():
        for n in range(len(values)):
            less = [*values[:n], *values[n + 1 :]]
            yield dataclasses.replace(change, **{name: less})  # type: ignore[type-var]
