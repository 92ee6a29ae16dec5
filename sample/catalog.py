"""What the shop sells, at which price, in which currency, and who advertises it."""

import json
from bisect import bisect_right
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from sample.clock import DAY, HOUR, day_name, iso
from sample.rates import Rates
from sample.seeds import Every, generator
from sample.tally import Tally

TREE: dict[str, dict[str, list[str]]] = {
    "Home": {
        "Kitchen": ["Mug", "Teapot", "Bread knife", "Colander", "Cake tin"],
        "Textiles": ["Blanket", "Cushion", "Tea towel", "Curtain"],
        "Lighting": ["Lantern", "Table lamp", "Fairy lights"],
    },
    "Garden": {
        "Tools": ["Trowel", "Secateurs", "Watering can"],
        "Plants": ["Herb set", "Flower bulbs", "Cactus"],
    },
    "Toys & Games": {
        "Wooden toys": ["Train", "Puzzle", "Building blocks"],
        "Outdoor": ["Kite", "Skipping rope", "Ball"],
    },
    "Stationery": {"Paper": ["Notebook", "Calendar", "Gift wrap"], "Pens": ["Fountain pen"]},
    "Gift cards": {},
}
BRANDS = ["Nordlicht", "O'Hara", 'Atelier "Blau"', "Sōma", "Grün & Söhne", "Ostwind"]
COLOURS = ["red", "blue", "green", "white", "☕ brown", "dotted", "striped", "plain"]
ODD_ENDINGS = ['"½"', "'s", "☕", "\\n", "é😀", "a,b;c", "<i>"]
CURRENCIES = ("EUR", "USD", "GBP")
PRICE_LISTS = {"EUR": (100, 100), "USD": (115, 100), "GBP": (88, 100)}

# (source, medium, campaign, term, content, referrer, click id, weight); a source of None is direct.
Campaign = tuple[str | None, str | None, str | None, str | None, str | None, str | None, str, int]
CAMPAIGNS: list[Campaign] = [
    (None, None, None, None, None, None, "", 300),
    (None, None, None, None, None, "https://www.google.com/", "", 180),
    (None, None, None, None, None, "https://www.bing.com/", "", 30),
    (None, None, None, None, None, "https://chatgpt.com/", "", 20),
    (None, None, None, None, None, "https://www.instagram.com/", "", 30),
    (None, None, None, None, None, "https://blog.example.net/gifts", "", 20),
    (None, None, None, None, None, "https://www.google.com/", "gclid=Cj0KCQ", 30),
    ("google", "cpc", "spring-sale", "mug", "ad-a", "https://www.google.com/", "", 90),
    (" Google ", "CPC", "Brand", "footfall shop", None, "https://www.google.com/", "", 40),
    ("google", "cpc", "shopping-de", None, None, "https://www.google.com/", "gclid=EAIaIQ", 40),
    ("facebook", "paid_social", "spring-sale", None, "video-1", "https://l.facebook.com/", "", 50),
    ("tiktok", "cpc", "spring-sale", None, "clip", "https://www.tiktok.com/", "ttclid=E.C.P", 20),
    ("newsletter", "email", "2026-spring", None, "top", None, "", 70),
    ("partner-net", "affiliate", "coupon's", None, None, "https://deals.example.org/", "", 30),
    ("adnet", "interstitial", "retarget", None, None, None, "", 20),
    ("youtube", "video", "making-of ☕", None, None, "https://www.youtube.com/", "", 15),
    ("paypal", "referral", None, None, None, "https://www.paypal.com/", "", 10),
]

PAID_MEDIA = {"cpc", "paid_social", "interstitial", "affiliate"}

AGENTS = {
    "web": [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/143.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1.15 Version/18.2 Safari/605",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/142.0 Mobile",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    ],
    "ios": ["FootfallShop/4.2 (iPhone15,3; iOS 18.1)"],
    "android": ["FootfallShop/4.1 (Pixel 8; Android 15)"],
}
CRAWLERS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "SampleCrawler/1.0",
    "Baiduspider+(+http://www.baidu.com/search/spider.htm)",
]


def quoted(text: str | None, ascii_only: bool = False) -> str:
    """The JSON text of a string or null."""
    return json.dumps(text, ensure_ascii=ascii_only)


def cents(amount: int) -> str:
    """`1990` -> `19.90`."""
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"


@dataclass(slots=True)
class Product:
    """A product with its price history in EUR cents."""

    number: int
    product_id: str
    name: str
    brand: str
    path: list[str]
    since: list[int]  # ms, rising; a price holds from here
    prices: list[int]
    deleted_at: int | None
    url: str = ""
    title_json: str = ""
    id_json: tuple[str, str] = ("", "")  # as UTF-8, with \u escapes

    def price(self, at: int, currency: str) -> int:
        """Cents in this currency at this moment; the first price before its time."""
        euro = self.prices[max(bisect_right(self.since, at) - 1, 0)]
        if currency == "EUR":
            return euro
        times, by = PRICE_LISTS[currency]
        return (euro * times + by // 2) // by


@dataclass(slots=True)
class Catalog:
    """The products and the accepted exchange rates, with the feeds that tell of them."""

    products: list[Product]
    product_items: list[dict[str, object]] = field(default_factory=list)
    rate_items: list[dict[str, object]] = field(default_factory=list)
    spend_items: list[dict[str, object]] = field(default_factory=list)
    spend: list[tuple[int, str, int]] = field(default_factory=list)  # day, currency, cents
    stock_items: list[dict[str, object]] = field(default_factory=list)
    rates: dict[str, list[tuple[int, Decimal]]] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    _found: dict[tuple[str, int], Decimal | None] = field(default_factory=dict)

    def to_euro(self, amount: int, currency: str, day: int) -> Decimal | None:
        """Cents as EUR, by the latest rate on or before the day, None if older than 7 days.

        Source  DEFINITIONS section 17: amount / rate, once rounded half away from zero to 8 places
        """
        value = Decimal(amount) / 100
        if currency == "EUR":
            return value.quantize(Decimal("1e-8"))
        if (currency, day) not in self._found:
            known = [rate for on, rate in self.rates[currency] if day - 7 <= on <= day]
            self._found[currency, day] = known[-1] if known else None
        rate = self._found[currency, day]
        return None if rate is None else (value / rate).quantize(Decimal("1e-8"), ROUND_HALF_UP)

    def spend_facts(self) -> dict[str, object]:
        """What the accepted figures of ad spend add up to, over those that have a rate."""
        euros = [self.to_euro(cost, currency, day) for day, currency, cost in self.spend]
        known = [euro for euro in euros if euro is not None]
        return {
            "eur": str(sum(known, Decimal("0.00000000"))),
            "without_eur": len(euros) - len(known),
        }


def make_catalog(seed: int, size: int, first: int, days: int, rates: Rates) -> Catalog:
    """Products with prices, and daily exchange rates, over a window of days since 1970."""
    catalog = Catalog(make_products(seed, size, first, days, rates))
    _feed_products(catalog, rates)
    _feed_rates(catalog, seed, first, days, rates)
    _feed_spend(catalog, seed, first, days, rates)
    _feed_stock(catalog, seed, first, days, rates)
    return catalog


def make_products(seed: int, size: int, first: int, days: int, rates: Rates) -> list[Product]:
    """Products in the category tree; a third of them change their price once or more."""
    rng = generator(seed, "products")
    leaves = [
        ([top, middle], word)
        for top, middles in TREE.items()
        for middle, words in middles.items()
        for word in words
    ] + [(["Gift cards"], "Gift card")]
    odd = Every(rates.odd_ids)
    products = []
    for number in range(size):
        path, word = leaves[number % len(leaves)]
        brand = BRANDS[int(rng.random() * len(BRANDS))]
        name = f"{word} {COLOURS[int(rng.random() * len(COLOURS))]} {brand}"
        product_id = f"P{number:05d}" + (ODD_ENDINGS[number % len(ODD_ENDINGS)] if odd() else "")
        since, prices = [(first - 400) * DAY], [int(199 + rng.random() ** 3 * 11_900)]
        for _ in range(int(rng.random() ** 2 * 3.5)):
            at = (first + int(rng.random() * days)) * DAY + int(rng.random() * 20) * HOUR
            if at > since[-1]:
                since.append(at)
                prices.append(max(99, int(prices[-1] * (0.75 + rng.random() / 2))))
        gone = (first + days * 4 // 5) * DAY if rng.random() < 0.03 else None
        if gone is not None and gone <= since[-1]:
            gone = None
        product = Product(number, product_id, name, brand, path, since, prices, gone)
        slug = "-".join(f"{word} {number}".lower().split())
        product.url = f"https://shop.example.com/p/{slug}"
        product.title_json = quoted(name)
        product.id_json = (quoted(product_id), quoted(product_id, ascii_only=True))
        products.append(product)
    return products


def _feed_products(catalog: Catalog, rates: Rates) -> None:
    tally = catalog.tallies["products"] = Tally()
    defects = _FeedDefects("price", rates)
    for product in catalog.products:
        ends = [] if product.deleted_at is None else [product.deleted_at]
        for at in product.since + ends:
            price = product.prices[min(len(product.prices), bisect_right(product.since, at)) - 1]
            item: dict[str, object] = {
                "product_id": product.product_id,
                "name": product.name,
                "category_path": product.path,
                "brand": product.brand,
                "price": cents(price),
                "currency": "EUR",
                "valid_from": iso(at),
                "updated_at": iso(at),
                "is_deleted": at == product.deleted_at,
            }
            defects.send(item, catalog.product_items, tally)


def _feed_rates(catalog: Catalog, seed: int, first: int, days: int, rates: Rates) -> None:
    tally = catalog.tallies["exchange_rates"] = Tally()
    defects = _FeedDefects("rate", rates)
    rng = generator(seed, "exchange rates")
    levels = {"USD": 1.0842, "GBP": 0.8541}
    catalog.rates = {currency: [] for currency in levels}
    # The pound's rate fails to come for 11 days: its last one grows older than 7 days.
    outage = range(first + days // 2, first + days // 2 + 11)
    for day in range(first - 160, first + days):
        if (day + 3) % 7 >= 5:  # 1970-01-01 was a Thursday; banks rest on Saturday and Sunday
            continue
        for currency, level in levels.items():
            levels[currency] = level * (1 + (rng.random() - 0.5) / 100)
            if currency == "GBP" and day in outage:
                continue
            rate = f"{levels[currency]:.4f}"
            item: dict[str, object] = {
                "rate_date": day_name(day),
                "base": "EUR",
                "currency": currency,
                "rate": rate,
                "published_at": iso(day * DAY + 15 * HOUR),
            }
            if defects.send(item, catalog.rate_items, tally):
                catalog.rates[currency].append((day, Decimal(rate)))


def _feed_spend(catalog: Catalog, seed: int, first: int, days: int, rates: Rates) -> None:
    """What each paid campaign cost a day; the social networks bill in dollars."""
    tally = catalog.tallies["ad_spend"] = Tally()
    defects = _FeedDefects("cost", rates)
    rng = generator(seed, "ad spend")
    paid = [each for each in CAMPAIGNS if each[1] and each[1].lower() in PAID_MEDIA]
    for day in range(first, first + days):
        for source, medium, campaign, _, _, _, _, weight in paid:
            cost = int(weight * (20 + rng.random() * 60))
            clicks = int(cost / (30 + rng.random() * 50))
            currency = "USD" if source in {"facebook", "tiktok"} else "EUR"
            item: dict[str, object] = {
                "date": day_name(day),
                "source": source,
                "medium": medium,
                "campaign": campaign,
                "cost": cents(cost),
                "currency": currency,
                "impressions": clicks * 40 + int(rng.random() * 40),
                "clicks": clicks,
                "published_at": iso((day + 1) * DAY + 6 * HOUR),
            }
            if defects.send(item, catalog.spend_items, tally):
                catalog.spend.append((day, currency, cost))


def _feed_stock(catalog: Catalog, seed: int, first: int, days: int, rates: Rates) -> None:
    """What lies on the shelves, counted every other week before the shop opens."""
    tally = catalog.tallies["inventory"] = Tally()
    defects = _FeedDefects("quantity", rates)
    rng = generator(seed, "stock")
    for day in range(first, first + days, 14):
        for product in catalog.products:
            item: dict[str, object] = {
                "product_id": product.product_id,
                "quantity": str(int(rng.random() ** 3 * 200)),
                "counted_at": iso(day * DAY + 5 * HOUR),
            }
            defects.send(item, catalog.stock_items, tally)


class _FeedDefects:
    """Sends items on, with at most one defect each."""

    def __init__(self, amount: str, rates: Rates) -> None:
        self.amount = amount
        self.currency = Every(rates.feed_unknown_currency, 0.9)
        self.text = Every(rates.feed_not_a_number, 0.7)
        self.negative = Every(rates.feed_negative, 0.5)
        self.twice = Every(rates.feed_duplicates, 0.3)

    def send(self, item: dict[str, object], items: list[dict[str, object]], tally: Tally) -> bool:
        """Append the item, broken or not; True if it is sound."""
        tally.raw += 1
        if "currency" in item and self.currency():
            items.append(item | {"currency": ("QQQ", "BTC")[len(items) % 2]})
            tally.reject("bad_enum:currency")
            return False
        if self.text():
            items.append(item | {self.amount: ("NaN", "1e3", "n/a")[len(items) % 3]})
            tally.reject(f"bad_type:{self.amount}")
            return False
        if item[self.amount] != "0" and self.negative():
            items.append(item | {self.amount: f"-{item[self.amount]}"})
            tally.reject(f"out_of_range:{self.amount}")
            return False
        items.append(item)
        if self.twice():
            tally.raw += 1
            tally.repeat("same_payload")
            items.insert(max(0, len(items) - 150), item)  # on another page, most of the time
        return True
