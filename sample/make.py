"""Makes the sample shop: the same parameters give the same content, on every machine.

Flow       seed  ->  visits and orders, day by day  ->  web/, shop database, feeds/, truth/
Publisher  nobody: the shop is invented
Run        footfall sample
"""

import gc
import glob
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine

from ingestion.database_url import open_engine
from sample import database as shop
from sample.catalog import Catalog, cents, make_catalog, quoted
from sample.clock import DAY, MINUTE, SECOND, berlin_day, day_name, day_number, naive
from sample.defects import Defects, Emitted
from sample.events import TYPES, Event, Visit, line
from sample.files import EventFiles
from sample.orders import Order, Orders, Refund
from sample.rates import Rates
from sample.seeds import Every, generator, hexadecimal
from sample.sessions import cut, order_key
from sample.tally import Tally
from sample.truth import ORDERS, SESSIONS, OrderTable, Table, session_row
from sample.visits import OLDEST, Chunk, Crowd

FORMAT = 2  # raise it when the same parameters give other content
NO_EURO = Decimal("0.00000000")
# The window ends here; it crosses 2026-03-29, when Berlin's clocks jump from 2 to 3.
LAST_DAY = date(2026, 3, 31)


class SampleError(Exception):
    """The sample cannot be written; the message says what to do."""


def generate(
    to: Path,
    *,
    seed: int = 1,
    events: int = 50_000,
    days: int = 90,
    database: str | None = None,
    rates: Rates | None = None,
) -> dict[str, Any]:
    """Write the sample shop to a folder and return its truth, as in truth/truth.json.

    Does nothing when the folder holds the same sample already. About `events` lines are written.
    `database` is a SQLAlchemy URL, default shop.sqlite in the folder.

    Errors  SampleError: the folder holds something else
            UsageFailure: `database` is no URL, or of a kind that is not installed
            sqlalchemy.exc.SQLAlchemyError: the database does not take the tables
    """
    if events < 1 or days < 1:
        raise SampleError(f"events and days must be at least 1, got {events} and {days}")
    rates = rates or Rates()
    to = to.expanduser().absolute()
    engine = open_engine(database, "footfall sample: --database") if database else None
    parameters = {
        "format": FORMAT,
        "seed": seed,
        "events": events,
        "days": days,
        "database": engine.url.render_as_string(hide_password=True) if engine else None,
        "rates": asdict(rates),
    }
    known = read_truth(to)
    if (
        known
        and known["parameters"] == parameters
        and (engine is None or shop.count_orders(engine) == known["shop"]["orders"]["raw"])
    ):
        return known
    if to.exists() and known is None and (not to.is_dir() or any(to.iterdir())):
        raise SampleError(f"{to} holds something that is no sample; choose an empty folder")
    with _replace(to) as folder, _few_collections():
        return _Shop(folder, seed, events, days, rates).write(
            engine or shop.sqlite_file(folder / "shop.sqlite"), parameters
        )


def read_truth(folder: Path) -> dict[str, Any] | None:
    """The truth of a finished sample, None if there is none."""
    try:
        truth: dict[str, Any] = json.loads((folder / "truth" / "truth.json").read_text("utf-8"))
        # Of another program's folder nothing is replaced.
        return truth if "format" in truth["parameters"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def _replace(to: Path) -> Iterator[Path]:
    """A folder that takes the place of `to` when all went well."""
    to.parent.mkdir(parents=True, exist_ok=True)
    for path in to.parent.glob(f".{glob.escape(to.name)}.*"):
        owner = re.fullmatch(r".*\.(new|old)-(\d+)", path.name)
        if owner and not _is_alive(int(owner[2])):
            shutil.rmtree(path)  # left behind by a run that was killed
    new, old = (to.parent / f".{to.name}.{part}-{os.getpid()}" for part in ("new", "old"))
    new.mkdir()
    try:
        yield new
        if to.exists():
            to.rename(old)
        new.rename(to)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Nothing here is cyclic, and looking for cycles takes a fifteenth of the time."""
    thresholds = gc.get_threshold()
    gc.set_threshold(1_000_000)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class _Shop:
    """One run of the generator."""

    def __init__(self, folder: Path, seed: int, events: int, days: int, rates: Rates) -> None:
        self.folder = folder
        self.seed = seed
        self.days = days
        self.rates = rates
        self.last = day_number(LAST_DAY)
        self.first = self.last - days + 1
        self.end = (self.last + 1) * DAY
        size = min(5_000, 240 + events // 5_000)
        self.catalog: Catalog = make_catalog(seed, size, self.first, days, rates)
        self.crowd = Crowd(seed, events, self.first, days, rates, self.catalog)
        self.orders = Orders(self.catalog, rates, self.end)
        self.defects = Defects(rates, self.last)
        window = range(self.first, self.last + 1)
        restated, redelivered = Every(rates.restated_files), Every(rates.redelivered_files, 0.2)
        marked = {day for day in window if restated()}
        self.files = EventFiles(
            folder, seed, marked, {day for day in window if redelivered()} - marked
        )
        self.planted: Counter[str] = Counter()
        self.by_type = [0] * len(TYPES)  # accepted events
        self.bots: Counter[str] = Counter()
        self.session_count: Counter[str] = Counter()
        self.items = 0
        # 1: seen in an accepted event
        self.visitors = bytearray(self.crowd.people_on(self.last + 1) * 4)
        self.other_visitors: set[str] = set()
        self.customers: set[str] = set()
        self.on_shared_devices: dict[str, set[str]] = {}
        self.test_orders: list[str] = []
        self.chunks = 0

    def write(self, engine: Engine, parameters: dict[str, Any]) -> dict[str, Any]:
        truth_folder = self.folder / "truth"
        truth_folder.mkdir()
        with (
            shop.write(engine) as database,
            Table(truth_folder / "sessions.parquet", SESSIONS) as sessions,
            Table(truth_folder / "orders.parquet", ORDERS) as order_rows,
        ):
            order_table = OrderTable(order_rows)
            for day in range(self.first - OLDEST, self.last + 1):
                self.write_day(day, sessions, database)
                # A stretch reaches into the next day at most, so this day's orders are complete.
                order_table.add_day(self.orders.truth.pop(day, []))
            customers = self.write_customers(database)
        self.write_feeds()
        files = self.files.facts()
        web = Tally()
        for facts in files.values():
            _add(web, facts)
        truth = {
            "parameters": parameters,
            "window": {
                "first_day": day_name(self.first),
                "last_day": day_name(self.last),
                "time_zone": "UTC",
            },
            "web": {
                **web.facts(),
                "files": files,
                "planted": dict(sorted(self.planted.items())),
                "accepted_by_type": {
                    name: self.by_type[each.index]
                    for name, each in sorted(TYPES.items())
                    if self.by_type[each.index]
                },
                "accepted_items": self.items,
                "visitors": sum(self.visitors) + len(self.other_visitors),
                "customers": len(self.customers),
                "shared_visitors": sum(len(each) > 1 for each in self.on_shared_devices.values()),
            },
            "shop": {
                "customers": customers.facts(),
                **{name: tally.facts() for name, tally in self.orders.tallies.items()},
            },
            "feeds": {name: tally.facts() for name, tally in sorted(self.catalog.tallies.items())},
            "ad_spend": self.catalog.spend_facts(),
            "sessions": dict(sorted(self.session_count.items())),
            "bots": dict(sorted(self.bots.items())),
            **order_table.totals(),
            "web_only_purchases": self.test_orders,
        }
        text = json.dumps(truth, indent=1, ensure_ascii=False)
        (truth_folder / "truth.json").write_text(text + "\n", "utf-8")
        return truth

    def write_day(self, day: int, sessions: Table, database: shop.Database) -> None:
        if day >= self.first:
            self.files.open(day)
        rng = generator(self.seed, "lines", day)
        for chunk in self.crowd.day(day, self.orders):
            self.write_chunk(chunk, rng, day, sessions)
            for order in chunk.orders:
                for table, rows in self.orders.rows(order).items():
                    database.add(table, rows)
                self.write_refund_events(order)
        if day >= self.first:
            self.files.close()

    def write_chunk(self, chunk: Chunk, rng: Random, day: int, sessions: Table) -> None:
        """The lines of a stretch, and its sessions from what was accepted."""
        visit = chunk.visit
        self.chunks += 1
        prefix = hexadecimal(self.seed, "chunk", day, self.chunks)
        orders = {quoted(order.order_id): order for order in chunk.orders}
        random, add = rng.random, self.files.add
        total = 0.0 if visit.is_sound else self.defects.total
        skew, latency, uploaded = visit.skew, visit.latency, visit.uploaded_at
        is_v1 = visit.version == 1
        kept = []
        customers = set()
        for number, intended in enumerate(chunk.events):
            event = intended
            sent = uploaded or event.at + int(random() * 3 * SECOND)
            if visit.is_sound:
                sent = event.at
            event.event_id = f'"{prefix}-{number:03x}"'
            event.name = f'"{event.type.v1 if is_v1 else event.type.name}"'
            event.visitor = visit.visitor_json
            event.created = event.at + skew
            event.sent = None if is_v1 else sent + skew
            event.received = received = sent + latency
            draw = random()
            if draw < total and (emitted := self.defects.apply(draw, event, visit, rng)):
                if self.book(emitted) is None:
                    continue
                event = emitted.event or event
            else:
                add(received // DAY, received, line(event, visit))
            kept.append((*order_key(event, visit), event))
            if event.customer is not None:
                customers.add(event.customer)
            if event.type.name == "purchase":
                if event.order in orders:
                    orders[event.order].in_web = True
                else:
                    self.test_orders.append(json.loads(event.order))
        if kept:
            self.keep(visit, kept, customers, sessions)

    def book(self, emitted: Emitted) -> Event | None:
        """Put the lines of an event with a kind into their files; the event if it counts."""
        self.planted[emitted.kind] += 1
        for each in emitted.lines:
            self.files.add(each.day, each.place, each.text, each.verdict)
        if emitted.same_payload_days:
            self.files.copies[emitted.same_payload_days] += 1
        return emitted.event

    def keep(
        self,
        visit: Visit,
        kept: list[tuple[int, int, int, str, Event]],
        customers: set[str],
        sessions: Table,
    ) -> None:
        """Book the accepted events of a stretch and cut them into sessions."""
        customer = None
        if visit.visitor is None:
            (customer,) = customers
        elif visit.person < 0:
            self.other_visitors.add(visit.visitor)
        else:
            place = visit.person * 4 + visit.device
            self.visitors[place] = 1
        self.customers |= customers
        if visit.is_shared and visit.visitor is not None:
            self.on_shared_devices.setdefault(visit.visitor, set()).update(customers)
        by_type = self.by_type
        for item in kept:
            event = item[4]
            by_type[event.type.index] += 1
            if event.items is not None:
                self.items += event.items.count('"item_id"')
            elif event.product != "null":
                self.items += 1
        if visit.is_crawler or visit.is_stealth_bot:
            name = "crawler" if visit.is_crawler else "stealth"
            self.bots[f"{name}_events"] += len(kept)
        for session in cut(kept):
            session.first_event_id = json.loads(session.first_event_id)
            euro: Decimal | None = NO_EURO
            for at, value in session.purchases:
                assert session.currency
                part = self.catalog.to_euro(value, session.currency, berlin_day(at))
                euro = None if euro is None or part is None else euro + part
            sessions.add(
                session_row(
                    session, visit.visitor, customer, visit.is_crawler, visit.is_stealth_bot, euro
                )
            )
            self.session_count["all"] += 1
            self.session_count["capped"] += session.is_capped
            self.session_count["crawler"] += visit.is_crawler
            self.session_count["stealth_bot"] += visit.is_stealth_bot

    def write_refund_events(self, order: Order) -> None:
        """The shop's server tells of refunds itself, in version 3; no session sees them."""
        if order.customer is None or order.is_test:
            return
        for refund in order.refunds:
            received = refund.at + 70
            if refund.at >= (self.first + self.days * 3 // 4) * DAY and received < self.end:
                event, visit = _refund_event(order, refund)
                self.files.add(received // DAY, received, line(event, visit))
                self.by_type[event.type.index] += 1
                self.customers.add(order.customer)

    def write_customers(self, database: shop.Database) -> Tally:
        tally = Tally()
        for number in range(self.crowd.people_on(self.last + 1)):
            person = self.crowd.person(number)
            if person.customer is None or person.created_at >= self.end:
                continue
            tally.raw += 1
            # Households share a mailbox, and a call centre types its own for everybody.
            mailbox = f"shopper{number - number % 40 % 2}@example.com"
            if number % 60 == 7:
                mailbox = "noreply@example.com"
            database.add(
                "customers",
                [
                    {
                        "customer_id": person.customer,
                        "email": None if number % 23 == 5 else mailbox,
                        "phone": None if number % 3 else f"+49 30 {number:07d}",
                        "country": person.country,
                        "created_at": naive(person.created_at),
                        "updated_at": naive(person.created_at + number % 7 * MINUTE),
                    }
                ],
            )
        return tally

    def write_feeds(self) -> None:
        folder = self.folder / "feeds"
        folder.mkdir()
        for name, items in (
            ("exchange_rates", self.catalog.rate_items),
            ("products", self.catalog.product_items),
            ("ad_spend", self.catalog.spend_items),
            ("inventory", self.catalog.stock_items),
        ):
            lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
            (folder / f"{name}.json").write_text(f"[\n{lines}\n]\n", "utf-8")


def _refund_event(order: Order, refund: Refund) -> tuple[Event, Visit]:
    visit = Visit(None, "null", 3, "server", "null", 0, 70)
    event = Event(TYPES["refund"], refund.at, 1, quoted(order.customer))
    event.event_id = quoted(f"srv-{refund.refund_id}")
    event.name = '"refund"'
    event.created = event.sent = refund.at
    event.received = refund.at + 70
    event.order = quoted(order.order_id)
    event.currency = quoted(order.currency)
    event.value = f'"{cents(refund.amount)}"'
    return event, visit


def _add(total: Tally, facts: dict[str, Any]) -> None:
    total.raw += facts["raw"]
    for reason, count in facts["duplicate"].items():
        total.repeat(reason, count)
    for code, count in facts["quarantined"].items():
        total.reject(code, count)
