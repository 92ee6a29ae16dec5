"""The definitions applied to a sample's files by other code than the generator's.

Nothing here is imported from `sample`: what both say alike was worked out twice.
"""

import gzip
import hashlib
import json
import re
import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

CODES = {"EUR", "USD", "GBP"}  # the sample sells in no other currency of ISO 4217
RANKS = (
    "scroll|page_view screen_view|login sign_up|search|view_item|add_to_cart|remove_from_cart|"
    "view_cart|begin_checkout|add_shipping_info add_payment_info|purchase|refund"
)
RANK = {name: rank for rank, names in enumerate(RANKS.split("|")) for name in names.split()}
V1 = {
    "page": "page_view",
    "view": "view_item",
    "cart": "add_to_cart",
    "uncart": "remove_from_cart",
    "checkout": "begin_checkout",
    "order": "purchase",
    "search": "search",
    "login": "login",
    "signup": "sign_up",
}
NEEDS = {
    "view_item": "product_id",
    "add_to_cart": "product_id",
    "remove_from_cart": "product_id",
    "purchase": "order_id",
    "refund": "order_id",
    "search": "search_term",
    "login": "customer_id",
    "sign_up": "customer_id",
}
MINUTE = timedelta(minutes=1)
EIGHT = Decimal("1e-8")
LAST = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass
class Row:
    """A line with its verdict: '' while it is accepted."""

    file: str
    sha: str
    number: int
    verdict: str = ""
    event: dict[str, Any] = field(default_factory=dict)
    received: datetime | None = None
    at: datetime | None = None
    content: str = ""


def read_web(folder: Path) -> tuple[dict[str, str], list[Row]]:
    """Status of each file, and every landed row with its verdict."""
    statuses: dict[str, str] = {}
    landed: dict[str, str] = {}
    rows: list[Row] = []
    for path in sorted(folder.glob("web/*/*.jsonl.gz")):
        name = path.relative_to(folder).as_posix()
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        if sha in landed.values():
            statuses[name] = "redelivered"
            continue
        statuses[name] = "landed"
        replaced = [old for old in landed if old.endswith(f"/{path.name}")]
        for row in rows:
            if row.file in replaced:
                row.verdict = "duplicate same_name"
        landed[name] = sha
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            rows += [
                judge(line.removesuffix("\n"), Row(name, sha, number))
                for number, line in enumerate(lines, start=1)
            ]
    names = Counter(name.rsplit("/", 1)[1] for name in landed)
    for row in rows:
        base = row.file.rsplit("/", 1)[1]
        if names[base] == 2 and "delivery-1" in row.file:
            row.verdict = "duplicate superseded"
    copies = defaultdict(list)
    for row in rows:
        if not row.verdict:
            copies[row.event["id"]].append(row)
    for group in copies.values():
        group.sort(key=lambda row: (row.received or LAST, row.at, row.content, row.sha, row.number))
        for loser in group[1:]:
            same = loser.content == group[0].content
            loser.verdict = f"duplicate {'same_payload' if same else 'conflict'}"
    return statuses, rows


def judge(text: str, row: Row) -> Row:
    """Parse a line and say what it counts as by itself."""
    try:
        raw = json.loads(text)
    except ValueError:
        row.verdict = "malformed_json"
        return row
    event = row.event = flatten(raw)
    reasons = []
    if event["id"] is None:
        reasons.append("missing_field:event_id")
    if event["name"] is None:
        reasons.append("missing_field:event_name")
    elif event["type"] not in RANK:
        reasons.append("unknown_event_type")
    if event["visitor_id"] is None and event["customer_id"] is None:
        reasons.append("missing_actor")
    created, sent, row.received = (moment(event[key]) for key in ("created", "sent", "received"))
    row.at = estimate(created, sent, row.received)
    if row.at is None:
        reasons.append("missing_time")
    elif row.received and row.at > row.received + 10 * MINUTE:
        reasons.append("future_timestamp")
    elif row.at < datetime(2000, 1, 1, tzinfo=UTC):
        reasons.append("ancient_timestamp")
    elif row.received:
        row.at = min(row.at, row.received)
    needed = NEEDS.get(event["type"])
    if needed and event[needed] is None:
        reasons.append(f"missing_field:{needed}")
    if event["quantity"] is not None:
        if not re.fullmatch("-?[0-9]+", json_text(event["quantity"])):
            reasons.append("bad_type:quantity")
        elif int(event["quantity"]) <= 0:
            reasons.append("out_of_range:quantity")
    for name in ("unit_price", "value"):
        if event[name] is not None:
            amount = decimal(event[name], comma=raw.get("v") == 1)
            if amount is None:
                reasons.append(f"bad_type:{name}")
            elif amount < 0:
                reasons.append(f"out_of_range:{name}")
            event[name] = amount
    if event["currency"] is not None and event["currency"] not in CODES:
        reasons.append("bad_enum:currency")
    assert len(reasons) <= 1, (reasons, text)
    row.verdict = "".join(reasons)
    row.content = json.dumps(
        {key: str(value) for key, value in event.items() if key not in ("sent", "received")}
    )
    return row


def flatten(raw: dict[str, Any]) -> dict[str, Any]:
    """One set of names for the three versions."""
    version = raw.get("schema_version", raw.get("v"))
    item = {"item_id": raw.get("item_id")} | raw
    time, page, keys = raw, raw, ("event_timestamp", "sent_at", "received_at")
    if version == 3:
        time, page, keys = raw["time"], raw["page"], ("created", "sent", "received")
        item = (raw["items"] or [{}])[0] if len(raw["items"]) < 2 else {}
    elif version == 1:
        keys = ("ts", "sent", "received")
        item = {"item_id": raw.get("product"), "quantity": raw["qty"], "price": raw["price"]}
    first = version == 1
    name = raw.get("type" if first else "event_name")
    tidy = name.strip().lower() if name else None
    return {
        "version": version,
        "id": raw.get("id" if first else "event_id"),
        "name": tidy,
        "type": V1.get(tidy or "") if first else tidy,
        "visitor_id": raw.get("visitor" if first else "client_id"),
        "customer_id": raw.get("customer" if first else "user_id"),
        "created": time.get(keys[0]),
        "sent": time.get(keys[1]),
        "received": time.get(keys[2]),
        "seq": raw.get("seq"),
        "url": page.get("url", page.get("page_location")),
        "agent": raw.get("ua" if first else "user_agent"),
        "platform": raw.get("platform", "web"),
        "product_id": item.get("item_id"),
        "quantity": item.get("quantity"),
        "unit_price": item.get("price"),
        "item_count": len(raw["items"]) if version == 3 else int(item.get("item_id") is not None),
        "order_id": raw.get("order" if first else "transaction_id"),
        "currency": raw.get("cur" if first else "currency"),
        "value": raw.get("total" if first else "value"),
        "search_term": raw.get("q" if first else "search_term"),
    }


def json_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def decimal(text: str, comma: bool = False) -> Decimal | None:
    """A plain decimal number, else None."""
    number = text.strip().replace(",", ".") if comma else text.strip()
    return Decimal(number) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", number) else None


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def estimate(
    created: datetime | None, sent: datetime | None, received: datetime | None
) -> datetime | None:
    """DEFINITIONS section 4."""
    if created is None or (sent and sent < created):
        return received
    if sent is None or received is None:
        return created
    return received - (sent - created)


def sessions(rows: list[Row]) -> list[dict[str, Any]]:
    """DEFINITIONS section 9, over accepted rows, in the order of truth/sessions.parquet's keys."""
    by_actor: dict[tuple[str | None, str | None], list[Row]] = defaultdict(list)
    for row in rows:
        event = row.event
        if event["platform"] != "server":
            customer = event["customer_id"] if event["visitor_id"] is None else None
            by_actor[event["visitor_id"], customer].append(row)
    found = []
    for (visitor, customer), mine in by_actor.items():
        mine.sort(key=canonical)
        chains: list[list[Row]] = []
        for row in mine:
            assert row.at
            if not chains or row.at - chains[-1][-1].at > 30 * MINUTE:  # type: ignore[operator]
                chains.append([])
            chains[-1].append(row)
        for chain in chains:
            start = chain[0].at
            pieces = defaultdict(list)
            for row in chain:
                pieces[(row.at - start) // timedelta(hours=24)].append(row)  # type: ignore[operator]
            for number, piece in sorted(pieces.items()):
                types = Counter(row.event["type"] for row in piece)
                purchases = [row for row in piece if row.event["type"] == "purchase"]
                found.append(
                    {
                        "visitor_id": visitor,
                        "customer_id": customer,
                        "first_event_id": piece[0].event["id"],
                        "session_started_at": naive(piece[0].at),
                        "session_ended_at": naive(piece[-1].at),
                        "event_count": len(piece),
                        "types": types,
                        "purchase_value": sum(
                            (row.event["value"] for row in purchases), Decimal(0)
                        ),
                        "is_capped": number > 0,
                    }
                )
    return found


def canonical(row: Row) -> tuple[Any, ...]:
    event = row.event
    seq = event["seq"]
    return row.at, seq is None, seq or 0, RANK[event["type"]], event["id"].encode()


def naive(at: datetime | None) -> datetime:
    assert at
    return at.astimezone(UTC).replace(tzinfo=None)


class Shop:
    """The accepted rows of the shop database and the feeds, and what follows from them."""

    def __init__(self, folder: Path) -> None:
        self.tallies: dict[str, Counter[str]] = defaultdict(Counter)
        self.rates: dict[str, dict[date, Decimal]] = defaultdict(dict)
        for item in self._feed(folder, "exchange_rates", "rate"):
            self.rates[item["currency"]][date.fromisoformat(item["rate_date"])] = Decimal(
                item["rate"]
            )
        self._feed(folder, "products", "price")
        self._feed(folder, "ad_spend", "cost")
        self._feed(folder, "inventory", "quantity")
        with sqlite3.connect(folder / "shop.sqlite") as connection:
            connection.row_factory = sqlite3.Row
            tables = {
                name: [dict(row) for row in connection.execute(f"select * from {name}")]
                for name in ("customers", "orders", "order_items", "refunds")
            }
        connection.close()
        self.customers = tables["customers"]
        self.orders = self._accept("orders", tables["orders"], _judge_order)
        self.items = self._accept("order_items", tables["order_items"], _judge_item)
        self.refunds = self._accept("refunds", tables["refunds"], _judge_refund)

    def _feed(self, folder: Path, name: str, amount: str) -> list[dict[str, Any]]:
        seen, sound = set(), []
        for item in json.loads((folder / "feeds" / f"{name}.json").read_text("utf-8")):
            value = decimal(item[amount])
            text = json.dumps(item)
            if "currency" in item and item["currency"] not in CODES:
                self.tallies[name]["bad_enum:currency"] += 1
            elif value is None:
                self.tallies[name][f"bad_type:{amount}"] += 1
            elif value < 0:
                self.tallies[name][f"out_of_range:{amount}"] += 1
            elif text in seen:
                self.tallies[name]["duplicate same_payload"] += 1
            else:
                seen.add(text)
                sound.append(item)
                self.tallies[name][""] += 1
        return sound

    def _accept(self, name: str, rows: list[dict[str, Any]], judge: Any) -> list[dict[str, Any]]:
        sound = []
        for row in rows:
            verdict = judge(row)
            self.tallies[name][verdict] += 1
            if not verdict:
                sound.append(row)
        return sound

    def euro(self, amount: Decimal, currency: str, at: str) -> Decimal | None:
        """By the latest rate on or before the Berlin day, at most 7 days old."""
        if currency == "EUR":
            return amount
        utc = datetime.fromisoformat(at).replace(tzinfo=UTC)
        day = utc.astimezone(ZoneInfo("Europe/Berlin")).date()
        for age in range(8):
            if rate := self.rates[currency].get(day - timedelta(days=age)):
                return (amount / rate).quantize(EIGHT, ROUND_HALF_UP)
        return None

    def totals(self) -> dict[str, dict[str, Any]]:
        """Per accepted order: exact totals, EUR where there are rates, and the order's number."""
        lines, backs = defaultdict(list), defaultdict(list)
        for item in sorted(self.items, key=lambda item: item["line_number"]):
            lines[item["order_id"]].append(item["quantity"] * Decimal(item["unit_price"]))
        for refund in self.refunds:
            backs[refund["order_id"]].append(refund)
        found = {}
        for order in self.orders:
            currency, sales = order["currency"], lines[order["order_id"]]
            # Without an accepted line there is nothing to discount.
            discount = Decimal(order["discount_total"]) if sales else Decimal(0)
            gross = sum(sales, Decimal(0))
            refunded = sum(
                (Decimal(back["amount"]) for back in backs[order["order_id"]]), Decimal(0)
            )
            rest = Decimal(0)
            if order["cancelled_at"]:
                rest = max(gross - discount - refunded, Decimal(0))
            shares = share_out(sales, discount) if sales else []
            parts = [self.euro(part, currency, order["ordered_at"]) for part in shares]
            parts += [
                negated(self.euro(Decimal(back["amount"]), currency, back["refunded_at"]))
                for back in backs[order["order_id"]]
            ]
            if rest:
                parts.append(negated(self.euro(rest, currency, order["cancelled_at"])))
            known = [part for part in parts if part is not None]
            found[order["order_id"]] = {
                "customer_id": order["customer_id"],
                "ordered_at": datetime.fromisoformat(order["ordered_at"]),
                "currency": currency,
                "gross_total": gross,
                "discount_total": discount,
                "tax_total": Decimal(order["tax_total"]),
                "shipping_total": Decimal(order["shipping_total"]),
                "refund_total": refunded,
                "cancelled_total": rest,
                "net_total": gross - discount - refunded - rest,
                "net_total_eur": sum(known, Decimal(0)) if len(known) == len(parts) else None,
                "is_sold": order["payment_status"] == "paid"
                and not order["is_test"]
                and any(sale > 0 for sale in sales),
                "customer_order_number": None,
            }
        by_time = sorted(found.items(), key=lambda pair: (pair[1]["ordered_at"], pair[0]))
        counts: Counter[str] = Counter()
        for _, order in by_time:
            if order["is_sold"] and order["customer_id"]:
                counts[order["customer_id"]] += 1
                order["customer_order_number"] = counts[order["customer_id"]]
        return found


def share_out(sales: list[Decimal], discount: Decimal) -> list[Decimal]:
    """Lines after their share of the discount: cumulative, in cents, half up (section 17)."""
    gross, running, taken, parts = sum(sales, Decimal(0)), Decimal(0), Decimal(0), []
    for number, sale in enumerate(sales, start=1):
        running += sale
        ratio = running / gross if gross else Decimal(number) / len(sales)
        share = (discount * ratio).quantize(Decimal("0.01"), ROUND_HALF_UP) - taken
        taken += share
        parts.append(sale - share)
    return parts


def negated(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else -amount


def _judge_order(order: dict[str, Any]) -> str:
    if order["currency"] is None:
        return "missing_field:currency"
    if order["currency"] not in CODES:
        return "bad_enum:currency"
    if order["status"] not in ("paid", "shipped", "cancelled", "pending"):
        return "bad_enum:status"
    return next(
        (
            verdict
            for name in ("discount_total", "tax_total", "shipping_total")
            if (verdict := _judge_amount(order, name))
        ),
        "",
    )


def _judge_item(item: dict[str, Any]) -> str:
    if item["product_id"] is None:
        return "missing_field:product_id"
    if item["quantity"] <= 0:
        return "out_of_range:quantity"
    return _judge_amount(item, "unit_price")


def _judge_refund(refund: dict[str, Any]) -> str:
    return _judge_amount(refund, "amount")


def _judge_amount(row: dict[str, Any], name: str) -> str:
    if row[name] is None:
        return f"missing_field:{name}"
    value = decimal(row[name])
    if value is None:
        return f"bad_type:{name}"
    return f"out_of_range:{name}" if value < 0 else ""
