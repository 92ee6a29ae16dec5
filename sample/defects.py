"""Trouble in event lines: what each kind does to an event, and what the line then counts as."""

from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from sample.catalog import ODD_ENDINGS, quoted
from sample.clock import DAY, HOUR, MINUTE, SECOND
from sample.events import KEYS, PRODUCT_TYPES, Event, Visit, copy, line
from sample.rates import Rates, line_kinds
from sample.visits import OLDEST

# Kinds that move the event's time away from its visit or need a true clock.
_NEEDS_TRUE_CLOCK = {"null_received", "null_sent"}
_NOT_OFFLINE = {"late", "clock_ahead", "null_created", "sent_before_created"} | _NEEDS_TRUE_CLOCK
_COPIES = {
    "duplicates_in_file",
    "resent_copies",
    "duplicates_across_files",
    "conflicting_copies",
    "rejected_copies",
}
_NAN = ("NaN", "1e3", "n/a")
_JUNK = ("", "   ", "not json at all", "{'v': 1}", "<event/>")


@dataclass(slots=True)
class Line:
    """One line for the file of one day (days since 1970); `verdict` '' means accepted."""

    day: int
    place: int  # lines are written in this order
    text: str
    verdict: str = ""


@dataclass(slots=True)
class Emitted:
    """The lines of one event, and the event as it counts (None: not at all)."""

    kind: str
    lines: list[Line]
    event: Event | None
    same_payload_days: tuple[int, ...] = ()  # the days whose files share one line


class Defects:
    """Draws a kind for an event and applies it."""

    def __init__(self, rates: Rates, last_day: int) -> None:
        self.kinds = line_kinds()
        self.limits = list(accumulate(getattr(rates, kind) for kind in self.kinds))
        self.total = self.limits[-1]
        self.last_day = last_day
        self.end = (last_day + 1) * DAY

    def apply(self, draw: float, event: Event, visit: Visit, rng: Random) -> Emitted | None:
        """The lines of an event that drew a kind; None if it cannot have that kind."""
        kind = self.kinds[bisect(self.limits, draw)]
        assert event.received is not None
        place, day = event.received, event.received // DAY
        if visit.skew and kind in _NEEDS_TRUE_CLOCK:
            return None
        if visit.uploaded_at is not None and kind in _NOT_OFFLINE:
            return None
        if kind == "late":
            return self._late(event, visit, rng)
        if kind in _COPIES:
            return self._copies(kind, event, visit, rng)
        if kind == "malformed":
            choice = int(rng.random() * 2 * len(_JUNK))
            text = line(event, visit)
            text = _JUNK[choice] if choice < len(_JUNK) else text[: len(text) * 2 // 3]
            return Emitted(kind, [Line(day, place, text, "malformed_json")], None)
        if kind == "out_of_order":
            place += int((rng.random() - 0.5) * 12 * HOUR)
            return Emitted(kind, [Line(day, place, line(event, visit))], event)
        spoil, code, fields = _SPOILERS[kind]
        spoilt = copy(event)
        if not spoil(spoilt, visit, rng):
            return None
        text = line(spoilt, visit)
        if fields and rng.random() < 0.5:  # the key is missing, not only its value
            for name in fields:
                text = text.replace(f'"{KEYS[name][visit.version - 1]}":null,', "", 1)
        return Emitted(kind, [Line(day, place, text, code)], None if code else spoilt)

    def _late(self, event: Event, visit: Visit, rng: Random) -> Emitted | None:
        room = min(OLDEST * DAY, self.end - event.at - MINUTE)
        if room <= HOUR:
            return None
        late = copy(event)
        sent = event.at + HOUR + int(rng.random() ** 2 * (room - HOUR))
        late.sent = None if visit.version == 1 else sent + visit.skew
        late.received = sent + visit.latency
        return Emitted("late", [Line(late.received // DAY, late.received, line(late, visit))], late)

    def _copies(self, kind: str, event: Event, visit: Visit, rng: Random) -> Emitted | None:
        assert event.received is not None
        day, place = event.received // DAY, event.received
        text = line(event, visit)
        own = Line(day, place, text)
        if kind == "duplicates_in_file":
            again = Line(day, place + int(rng.random() * HOUR), text, "same_payload")
            return Emitted(kind, [own, again], event)
        if kind == "duplicates_across_files":
            after = [day + 1 + int(rng.random() ** 3 * 30) for _ in range(1 + (rng.random() < 0.3))]
            days = sorted({other for other in after if other <= self.last_day})
            if not days:
                return None
            # Whose copy wins depends on the files' hashes, which nobody knows yet.
            lines = [own] + [Line(d, d * DAY + place % DAY, text, "?") for d in days]
            return Emitted(kind, lines, event, (day, *days))
        other = copy(event)
        later = SECOND + int(rng.random() ** 4 * 3 * DAY)
        if kind == "rejected_copies":
            # It comes first: whoever numbers copies before judging them loses the event.
            if event.type.name not in PRODUCT_TYPES or (place - SECOND) // DAY < day:
                return None
            other.received = place - SECOND
            other.quantity = '"two"'
            code = "bad_type:quantity"
        elif place + later >= self.end:
            return None
        elif kind == "resent_copies":
            other.received = place + later
            other.sent = None if event.sent is None else event.sent + later
            code = "same_payload"
        else:
            other.received = place + later
            other.url = '"https://shop.example.com/rewritten"'
            if other.price != "null":
                other.price = '"77,70"' if visit.version == 1 else '"77.70"'
            code = "conflict"
        copied = Line(other.received // DAY, other.received, line(other, visit), code)
        return Emitted(kind, [own, copied], event)


# Each takes an event, changes it, and says whether it could.
Spoiler = Callable[[Event, Visit, Random], bool]


def _clear(*fields: str) -> Spoiler:
    def spoil(event: Event, visit: Visit, rng: Random) -> bool:
        for name in fields:
            setattr(event, name, None if name in ("created", "sent", "received") else "null")
        return True

    return spoil


def _for_types(types: frozenset[str], spoil: Spoiler) -> Spoiler:
    def guarded(event: Event, visit: Visit, rng: Random) -> bool:
        return event.type.name in types and spoil(event, visit, rng)

    return guarded


def _choose(field: str, *texts: str) -> Spoiler:
    def spoil(event: Event, visit: Visit, rng: Random) -> bool:
        setattr(event, field, texts[int(rng.random() * len(texts))])
        return True

    return spoil


def _missing_actor(event: Event, visit: Visit, rng: Random) -> bool:
    event.visitor = event.user = "null"
    return event.type.name not in _LOGIN  # these would lack their customer as well


def _missing_customer(event: Event, visit: Visit, rng: Random) -> bool:
    event.user = "null"
    return event.visitor != "null"  # else there is no actor either


def _clock_ahead(event: Event, visit: Visit, rng: Random) -> bool:
    assert event.received is not None
    ahead = 10 * MINUTE if rng.random() < 0.2 else SECOND + int(rng.random() * 599 * SECOND)
    event.created, event.sent = event.received + ahead, None
    return True


def _future(event: Event, visit: Visit, rng: Random) -> bool:
    assert event.received is not None
    far = (10 * MINUTE + 1, 2 * DAY, 73 * 365 * DAY)[int(rng.random() * 3)]
    event.created, event.sent = event.received + far, None
    return True


def _ancient(event: Event, visit: Visit, rng: Random) -> bool:
    choice = int(rng.random() * 3)
    event.created = (0, 946_684_799_999, 0)[choice]
    if choice < 2:
        event.sent = None  # the third one is aged by the skew formula
    return True


def _sent_before_created(event: Event, visit: Visit, rng: Random) -> bool:
    if event.sent is None:
        return False
    event.created = event.sent + SECOND + int(rng.random() * MINUTE)
    return True


def _null_sent(event: Event, visit: Visit, rng: Random) -> bool:
    known, event.sent = event.sent is not None, None
    return known


def _untidy_name(event: Event, visit: Visit, rng: Random) -> bool:
    name = event.name.strip('"')
    event.name = (f'" {name}"', f'"{name.upper()}"', f'"{name.title()}  "')[int(rng.random() * 3)]
    return True


def _odd_event_id(event: Event, visit: Visit, rng: Random) -> bool:
    ending = ODD_ENDINGS[int(rng.random() * len(ODD_ENDINGS))]
    event.event_id = quoted(event.event_id.strip('"') + ending, visit.version == 1)
    return True


def _negative_price(event: Event, visit: Visit, rng: Random) -> bool:
    event.price = '"-' + event.price[1:]
    return True


def _comma_price(event: Event, visit: Visit, rng: Random) -> bool:
    event.price = event.price.replace(".", ",")
    return visit.version > 1


def _unknown_currency(event: Event, visit: Visit, rng: Random) -> bool:
    known = event.currency != "null"
    event.currency = ('"QQQ"', '"BTC"')[int(rng.random() * 2)]
    return known


def _bad(field: str) -> Spoiler:
    def spoil(event: Event, visit: Visit, rng: Random) -> bool:
        texts = (*_NAN, "1.000,00" if visit.version == 1 else "1,000.00")
        setattr(event, field, f'"{texts[int(rng.random() * len(texts))]}"')
        return True

    return spoil


_PURCHASE = frozenset({"purchase"})
_SEARCH = frozenset({"search"})
_LOGIN = frozenset({"login", "sign_up"})
# kind: how, the reject code ('' for a line that is accepted), the fields whose key may go too
_SPOILERS: dict[str, tuple[Spoiler, str, tuple[str, ...]]] = {
    "clock_ahead": (_clock_ahead, "", ("sent",)),
    "null_created": (_clear("created"), "", ("created",)),
    "sent_before_created": (_sent_before_created, "", ()),
    "null_received": (_clear("received"), "", ("received",)),
    "null_sent": (_null_sent, "", ("sent",)),
    "untidy_names": (_untidy_name, "", ()),
    "odd_event_ids": (_odd_event_id, "", ()),
    "missing_event_id": (_clear("event_id"), "missing_field:event_id", ("event_id",)),
    "missing_event_name": (_clear("name"), "missing_field:event_name", ("name",)),
    "missing_actor": (_missing_actor, "missing_actor", ("visitor", "user")),
    "missing_time": (
        _clear("created", "sent", "received"),
        "missing_time",
        ("created", "sent", "received"),
    ),
    "missing_customer": (
        _for_types(_LOGIN, _missing_customer),
        "missing_field:customer_id",
        ("user",),
    ),
    "missing_product": (
        _for_types(PRODUCT_TYPES, _clear("product")),
        "missing_field:product_id",
        ("product",),
    ),
    "missing_order": (
        _for_types(_PURCHASE, _clear("order")),
        "missing_field:order_id",
        ("order",),
    ),
    "missing_search_term": (
        _for_types(_SEARCH, _clear("term")),
        "missing_field:search_term",
        ("term",),
    ),
    "bad_quantity": (
        _for_types(PRODUCT_TYPES, _choose("quantity", '"two"', '"1.5"', "1.5", '"1e3"', "true")),
        "bad_type:quantity",
        (),
    ),
    "bad_price": (_for_types(PRODUCT_TYPES, _bad("price")), "bad_type:unit_price", ()),
    "comma_price": (_for_types(PRODUCT_TYPES, _comma_price), "bad_type:unit_price", ()),
    "bad_value": (_for_types(_PURCHASE, _bad("value")), "bad_type:value", ()),
    "negative_price": (
        _for_types(PRODUCT_TYPES, _negative_price),
        "out_of_range:unit_price",
        (),
    ),
    "low_quantity": (
        _for_types(PRODUCT_TYPES, _choose("quantity", "0", "-1")),
        "out_of_range:quantity",
        (),
    ),
    "unknown_currency": (_unknown_currency, "bad_enum:currency", ()),
    "future": (_future, "future_timestamp", ("sent",)),
    "ancient": (_ancient, "ancient_timestamp", ()),
    "unknown_type": (
        _choose("name", '"wishlist_share"', '"heartbeat"'),
        "unknown_event_type",
        (),
    ),
}
