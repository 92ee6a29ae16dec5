"""People, their devices, and what they do in the shop on a day.

Nobody is stored: what is known about person 4711 follows from the seed and the number. A device
is active in at most one stretch of 20 hours a day that begins at its own time of day, so its
sessions never reach into the next stretch, and a day can be forgotten when it is written.
"""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import log
from random import Random
from urllib.parse import quote_plus

from sample.catalog import AGENTS, CAMPAIGNS, CRAWLERS, ODD_ENDINGS, Catalog, cents, quoted
from sample.clock import DAY, HOUR, MINUTE, SECOND, berlin_offset
from sample.events import TYPES, Event, Visit
from sample.orders import Order, Orders
from sample.rates import Rates
from sample.seeds import Every, generator, hexadecimal, hit, numbers

STRETCH = 20 * HOUR
OLDEST = 150  # days; nothing is later than this
EVENTS_PER_VISIT = 7.6  # seen with the default rates, duplicates and bots included
SHOP = "https://shop.example.com"
STAGING = "https://staging.shop.example.com"
CATEGORY_PAGES = ["home", "garden", "toys", "stationery", "sale", "new"]
TERMS = ["mug", "tea pot", "gift", "kite ☕", 'lamp "blue"', "o'hara", "wolle", "%20", "sōma"]
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


def _landing(
    tags: tuple[str | None, ...], referrer: str | None, click: str
) -> tuple[str, str, tuple[str, ...] | None]:
    """Query string, referrer and traffic fields of a first page, as JSON text."""
    parts = [f"{name}={quote_plus(tag)}" for name, tag in zip(UTM, tags, strict=True) if tag]
    query = "&".join(parts + [click] * bool(click))
    traffic = tuple(quoted(tag) for tag in tags) if any(tags) else None
    return f"?{query}" if query else "", quoted(referrer), traffic


LANDINGS = [_landing(each[:5], each[5], each[6]) for each in CAMPAIGNS]
LIMITS = list(accumulate(each[7] for each in CAMPAIGNS))
# Visits by hour of the day, UTC.
HOURS = [2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 10, 10, 9, 9, 9, 10, 11, 12, 13, 13, 12, 11, 10]
STARTS = [
    hour * HOUR + part * HOUR // weight
    for hour, weight in enumerate(HOURS)
    for part in range(weight)
]


@dataclass(slots=True)
class Person:
    """A regular visitor, maybe with an account."""

    number: int
    devices: int
    customer: str | None
    created_at: int  # of the account
    signs_up: bool  # in the window, on the first device
    country: str
    currency: str


@dataclass(slots=True)
class Device:
    """A browser or app of a person."""

    visitor: str
    start: int  # ms after midnight UTC
    platform: str
    agent: str | None
    skew: int
    switch: float  # when it updates its tracker, from -0.1 to 0.1 of the window around the thirds
    partner: str | None  # another customer who logs in here too
    customer_only: bool


@dataclass(slots=True)
class Chunk:
    """All that a device does in one stretch; `orders` came of it."""

    visit: Visit
    events: list[Event]
    orders: list[Order]


class Crowd:
    """Who visits on which day."""

    def __init__(
        self, seed: int, events: int, first: int, days: int, rates: Rates, catalog: Catalog
    ) -> None:
        self.seed = seed
        self.first = first
        self.days = days
        self.end = (first + days) * DAY
        self.rates = rates
        self.catalog = catalog
        self.visits = max(1, round(events / EVENTS_PER_VISIT))
        self.people = max(20, self.visits // 3)  # before the window
        self.newcomers = round(self.visits / days * 0.04)  # a day; they sign up at once
        self.person = lru_cache(maxsize=20_000)(self._person)
        self._bots = Every(rates.bots)
        self._stealth = Every(rates.stealth_bots)
        self._tests = Every(rates.test_purchases)
        self._early = Every(min(1.0, rates.offline_visits * days / OLDEST))
        self.ad_blocked = Every(rates.ad_blocked)

    def people_on(self, day: int) -> int:
        """Everybody known when this day begins; numbers below it are people."""
        return self.people + max(0, day - self.first) * self.newcomers

    def _person(self, number: int) -> Person:
        h = numbers(self.seed, "person", number)
        signs_up = number >= self.people
        if signs_up:
            day = self.first + (number - self.people) // self.newcomers
            created_at = day * DAY + _start(numbers(self.seed, "device", number, 0)[0])
        else:
            created_at = self.first * DAY - h[3] * 1000 * SECOND - h[4] * 10 - 1
        customer = f"C{number:07d}" if signs_up or hit(h[1], 0.45) else None
        if customer and hit(h[5], self.rates.odd_ids):
            customer += ODD_ENDINGS[number % len(ODD_ENDINGS)]
        country = ("DE", "DE", "DE", "DE", "FR", "NL", "AT", "US", "US", "GB", "GB")[h[6] % 11]
        currency = {"US": "USD", "GB": "GBP"}.get(country, "EUR")
        devices = 1 + hit(h[0], 0.35) + hit(h[0], 0.08)
        return Person(number, devices, customer, created_at, signs_up, country, currency)

    def device(self, person: Person, number: int) -> Device:
        h = numbers(self.seed, "device", person.number, number)
        rates = self.rates
        visitor = hexadecimal(self.seed, "visitor", person.number, number)
        if hit(h[1], rates.odd_ids):
            visitor += ODD_ENDINGS[h[1] % len(ODD_ENDINGS)]
        platform = ("web", "web", "web", "web", "ios", "android")[h[2] % 6]
        agents = AGENTS[platform]
        skew = 0
        if hit(h[4], rates.clock_skew):
            skew = (h[5] - 32_768) * (3 if h[4] % 2 else 300) * SECOND // 10
        shared = person.customer is not None and hit(h[6], rates.shared_devices)
        return Device(
            visitor=visitor,
            start=_start(h[0]),
            platform=platform,
            agent=None if hit(h[3], rates.null_user_agents) else agents[h[3] % len(agents)],
            skew=skew,
            switch=(h[7] / 65_536 - 0.5) / 5,
            partner=self._partner(person) if shared else None,
            customer_only=number == 0
            and not shared
            and person.customer is not None
            and not person.signs_up
            and hit(h[5], rates.customer_only),
        )

    def _partner(self, person: Person) -> str | None:
        for step in range(1, 60):
            other = self.person((person.number + step) % self.people)
            if other.customer and not other.signs_up and other.number != person.number:
                return other.customer
        return None

    def day(self, day: int, orders: Orders) -> Iterator[Chunk]:
        """The stretches that begin on this day; before the window, only offline devices."""
        rng = generator(self.seed, "visits", day)
        in_window = day >= self.first
        if in_window:
            # Weekends are stronger, and the shop grows a little.
            weight = (1.25 if (day + 3) % 7 >= 5 else 0.9) * (
                0.8 + 0.4 * (day - self.first) / self.days
            )
            count = round(self.visits / self.days * weight)
        else:
            share = self.visits / self.days
            count = sum(self._early() for _ in range(max(1, round(share))))
        known = self.people_on(day)
        plan: dict[tuple[int, int], int] = {}
        for _ in range(count):
            number = int(known * rng.random() ** 1.5)
            key = (number, int(rng.random() * self.person(number).devices))
            plan[key] = plan.get(key, 0) + 1
        if in_window:
            plan |= {(number, 0): 1 for number in range(known, self.people_on(day + 1))}
        for (number, device), times in plan.items():
            chunk = self._stretch(rng, day, number, device, min(times, 3), orders)
            if chunk.events:
                yield chunk
        if in_window:
            yield from self._others(rng, day, count, orders)

    def _stretch(
        self, rng: Random, day: int, number: int, which: int, times: int, orders: Orders
    ) -> Chunk:
        person = self.person(number)
        device = self.device(person, which)
        version = self._version(day, device.switch)
        zone = {"USD": -300, "GBP": 0}.get(person.currency)
        start = day * DAY + device.start + int(rng.random() * 10 * MINUTE)
        stop = min(day * DAY + device.start + STRETCH - 2 * HOUR, self.end - MINUTE)
        visit = Visit(
            visitor=None if device.customer_only else device.visitor,
            visitor_json="null" if device.customer_only else quoted(device.visitor, version == 1),
            version=version,
            platform=device.platform,
            agent_json=quoted(device.agent),
            zone=berlin_offset(start) if zone is None else zone,
            latency=40 + int(rng.random() * 400),
            skew=0 if version == 1 else device.skew,
            is_shared=device.partner is not None,
            person=number,
            device=which,
        )
        if day < self.first or rng.random() < self.rates.offline_visits:
            earliest = max(stop + 2 * HOUR, self.first * DAY)
            latest = min(day * DAY + OLDEST * DAY, self.end - MINUTE)
            if earliest < latest:
                visit.uploaded_at = earliest + int(rng.random() ** 2 * (latest - earliest))
            elif day < self.first:
                return Chunk(visit, [], [])
        walk = _Walk(self, rng, visit, person.currency, start, stop, orders)
        for _ in range(times):
            customer = person.customer if walk.at >= person.created_at else None
            signs_up = bool(
                customer and person.signs_up and which == 0 and person.created_at // DAY == day
            )
            if device.customer_only and customer is None:  # nobody could be told from the events
                break
            if device.partner and rng.random() < 0.5:
                customer, signs_up = device.partner, False
            walk.browse(customer, signs_up, always_known=device.customer_only)
            walk.at += int((1 + 3 * rng.random()) * HOUR)
        return Chunk(visit, walk.events, walk.orders)

    def _version(self, day: int, switch: float) -> int:
        share = (day - self.first) / self.days
        return 1 + (share >= 1 / 3 + switch) + (share >= 2 / 3 + switch)

    def _others(self, rng: Random, day: int, count: int, orders: Orders) -> Iterator[Chunk]:
        """Crawlers, stealthy bots, shop staff, and screens that never sleep."""
        crawlers = sum(self._bots() for _ in range(count))
        for number in range(crawlers):
            yield self._robot(rng, day, ("crawler", number), crawler=True)
        for number in range(sum(self._stealth() for _ in range(count))):
            yield self._robot(rng, day, ("stealth", number), crawler=False)
        for number in range(sum(self._tests() for _ in range(count))):
            yield self._staff(rng, day, number, orders)
        place = day - self.first
        if place == self.days // 3 and self.days >= 30:
            # An event every 20 min for 50 h: three sessions, the later two capped, and a bot.
            gaps = [20 * MINUTE] * 150
            yield self._screen(rng, day, 2 * HOUR, gaps)
        if place == self.days // 2 and self.days >= 30:
            # 30 h of a restless human-like screen: two sessions, no rule calls it a bot.
            gaps = [int((2 + 26 * rng.random()) * MINUTE) for _ in range(120)]
            yield self._screen(rng, day, 10 * HOUR, gaps)

    def _plain_visit(self, rng: Random, day: int, name: tuple[object, ...]) -> Visit:
        visitor = hexadecimal(self.seed, *name)
        agents = AGENTS["web"]
        return Visit(
            visitor=visitor,
            visitor_json=quoted(visitor),
            version=self._version(day, 0.0),
            platform="web",
            agent_json=quoted(agents[int(rng.random() * len(agents))]),
            zone=0,
            latency=40 + int(rng.random() * 400),
        )

    def _robot(self, rng: Random, day: int, name: tuple[str, int], crawler: bool) -> Chunk:
        visit = self._plain_visit(rng, day, name)
        start = day * DAY + _start(numbers(self.seed, *name)[0])
        walk = _Walk(self, rng, visit, "EUR", start, self.end - MINUTE, None)
        if crawler:
            visit.is_crawler = True
            visit.agent_json = quoted(CRAWLERS[int(rng.random() * len(CRAWLERS))])
            for _ in range(15 + int(rng.random() * 50)):
                walk.look(int((1 + 4 * rng.random()) * SECOND))
            return Chunk(visit, walk.events, [])
        visit.is_stealth_bot = visit.is_sound = True
        if (day + name[1]) % 3:
            for _ in range(40):  # one every 5 s: only the rhythm gives it away
                walk.look(5 * SECOND)
        else:
            for number in range(220):  # too fast, and too many products for anybody's taste
                walk.look(100 + int(rng.random() * 300), number)
        return Chunk(visit, walk.events, [])

    def _screen(self, rng: Random, day: int, after: int, gaps: list[int]) -> Chunk:
        visit = self._plain_visit(rng, day, ("screen", day))
        visit.is_sound = True
        visit.is_stealth_bot = len(set(gaps)) == 1
        walk = _Walk(self, rng, visit, "EUR", day * DAY + after, self.end - MINUTE, None)
        for gap in [0, *gaps]:
            walk.look(gap)
        return Chunk(visit, walk.events, [])

    def _staff(self, rng: Random, day: int, number: int, orders: Orders) -> Chunk:
        """A purchase on the staging host; the shop's database never hears of it."""
        visit = self._plain_visit(rng, day, ("staff", day, number))
        walk = _Walk(self, rng, visit, "EUR", day * DAY + 9 * HOUR, self.end - MINUTE, orders)
        walk.host = STAGING
        for _ in range(3):
            walk.look(20 * SECOND)
        product = walk.pick()
        if walk.step("add_to_cart", 10 * SECOND, product=product, quantity=1):
            price = self.catalog.products[product].price(walk.at, "EUR")
            walk.pay(f"TEST-{day}-{number}", price, {product: 1})
        return Chunk(visit, walk.events, [])


def _start(number: int) -> int:
    """A time of day, by the shop's daily curve."""
    start = STARTS[number % len(STARTS)]
    return start + number // len(STARTS) * SECOND


class _Walk:
    """Events of one device, one after the other; `at` is the true time."""

    def __init__(
        self,
        crowd: Crowd,
        rng: Random,
        visit: Visit,
        currency: str,
        at: int,
        stop: int,
        orders: Orders | None,
    ) -> None:
        self.crowd = crowd
        self.random = rng.random
        self.rng = rng
        self.visit = visit
        self.currency = currency
        self.currency_json = f'"{currency}"'
        self.at = at
        self.stop = stop
        self.book = orders
        self.host = SHOP
        self.events: list[Event] = []
        self.orders: list[Order] = []
        self.customer: str | None = None
        self.user = "null"
        self.url = "null"
        self.page = "page_view" if visit.platform == "web" else "screen_view"
        if visit.version == 1:
            self.page = "page_view"
        self.is_v1 = visit.version == 1
        self.point = "," if self.is_v1 else "."

    def gap(self) -> int:
        """Milliseconds of thought; now and then exactly at the edge of a session."""
        u = self.random()
        if u < 0.016:
            if u < 0.012:
                return 30 * MINUTE + (-1 if u < 0.004 else 0 if u < 0.008 else 1)
            return int((31 + u * 10_000) * MINUTE)
        return min(400 - int(log(1 - u) * 22_000), 25 * MINUTE)

    def pick(self) -> int:
        """A product that is still sold; the first ones are the favourites."""
        products = self.crowd.catalog.products
        number = int(len(products) * self.random() ** 2)
        gone = products[number].deleted_at
        return number if gone is None or gone > self.at else (number + 1) % len(products)

    def step(
        self, name: str, gap: int, product: int | None = None, quantity: int | None = None
    ) -> bool:
        """Add an event after this gap; False when the stretch is over or v1 lacks the type."""
        kind = TYPES[name]
        if self.is_v1 and kind.v1 is None:
            return False
        at = self.at + gap
        if at >= self.stop:
            self.at = self.stop
            return False
        self.at = at
        events = self.events
        event = Event(kind, at, len(events) + 1, self.user)
        event.customer = self.customer
        event.referrer = self.url
        if product is not None:
            item = self.crowd.catalog.products[product]
            event.product = item.id_json[self.is_v1]
            amount = item.price(at, self.currency)
            event.price = f'"{amount // 100}{self.point}{amount % 100:02d}"'
            event.currency = self.currency_json
            if quantity is not None:
                event.quantity = str(quantity)
            event.title = item.title_json
            self.url = f'"{item.url}"' if self.host == SHOP else f'"{self.host}/p"'
        event.url = self.url
        events.append(event)
        return True

    def look(self, gap: int, product: int | None = None) -> None:
        """A product page; any product if none is named."""
        self.step("view_item", gap, product=self.pick() if product is None else product)

    def land(self) -> None:
        """The first page, with what brought the visitor here."""
        query, referrer, traffic = LANDINGS[bisect(LIMITS, self.random() * LIMITS[-1])]
        event = self.events[-1]
        page = CATEGORY_PAGES[int(self.random() * len(CATEGORY_PAGES))]
        event.url = self.url = f'"{self.host}/{page}{query}"'
        event.referrer = referrer
        event.title = f'"{page}"'
        event.traffic = traffic

    def browse(self, customer: str | None, signs_up: bool, always_known: bool) -> None:
        """One visit: land, look around, maybe buy."""
        random = self.random
        self.customer, self.user, self.url = None, "null", "null"
        if always_known and customer:
            self.log_in(customer, None)
        if not self.step(self.page, 0):
            return
        self.land()
        if customer and signs_up:
            self.log_in(customer, "sign_up")
        elif customer and self.customer is None and random() < 0.35:
            self.log_in(customer, "login")
        cart: dict[int, int] = {}
        for _ in range(int(-log(1 - random()) * 4.6)):
            r = random()
            if r < 0.08:
                if self.step("search", self.gap()):
                    term = TERMS[int(random() * len(TERMS))]
                    self.events[-1].term = quoted(term, self.is_v1)
            elif r < 0.66:
                product = self.pick()
                if not self.step("view_item", self.gap(), product):
                    break
                if random() < 0.22:
                    quantity = 1 + int(random() ** 3 * 3)
                    said = None if quantity == 1 and random() < 0.2 else quantity
                    if self.step("add_to_cart", self.gap(), product, said):
                        cart[product] = cart.get(product, 0) + quantity
            elif r < 0.69 and cart:
                product, quantity = cart.popitem()
                self.step("remove_from_cart", self.gap(), product, quantity)
            elif r < 0.75:
                self.step("scroll", self.gap())
            else:
                self.url = f'"{self.host}/{CATEGORY_PAGES[int(random() * len(CATEGORY_PAGES))]}"'
                if not self.step(self.page, self.gap()):
                    break
        if cart and random() < 0.5 and self.visit.uploaded_at is None:
            self.check_out(customer, cart)

    def log_in(self, customer: str, how: str | None) -> None:
        self.customer, self.user = customer, quoted(customer, self.is_v1)
        if how:
            self.step(how, self.gap())

    def check_out(self, customer: str | None, cart: dict[int, int]) -> None:
        random = self.random
        self.url = f'"{self.host}/cart"'
        self.step("view_cart", self.gap())
        if customer and self.customer is None and random() < 0.8:
            self.log_in(customer, "login")
        self.url = f'"{self.host}/checkout"'
        for name in ("begin_checkout", "add_shipping_info", "add_payment_info"):
            self.step(name, self.gap())
            if random() < 0.08:
                return
        gap = self.gap()
        if self.book is None or self.at + gap >= self.stop:
            return
        order = self.book.place(self.rng, self.at + gap, self.customer, self.currency, cart)
        self.orders.append(order)
        if self.crowd.ad_blocked():
            self.at += gap
        else:
            self.pay(order.order_id, order.goods, cart, gap)

    def pay(self, order_id: str, goods: int, cart: dict[int, int], gap: int = 0) -> None:
        """The purchase event; version 3 lists the items, the older ones only the total."""
        if not self.step("purchase", gap):
            return
        event = self.events[-1]
        event.order = quoted(order_id)
        event.value = f'"{goods // 100}{self.point}{goods % 100:02d}"'
        event.currency = self.currency_json
        event.value_cents = goods
        if self.visit.version == 3:
            products = self.crowd.catalog.products
            items = [
                f'{{"item_id":{products[n].id_json[0]},"quantity":{q},'
                f'"price":"{cents(products[n].price(self.at, self.currency))}"}}'
                for n, q in cart.items()
            ]
            event.items = f"[{','.join(items)}]"
