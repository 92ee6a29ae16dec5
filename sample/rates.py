"""How often each kind of trouble is planted. Every kind has one rate; 0 plants none of it."""

from dataclasses import dataclass, field, fields
from typing import Any


def _rate(default: float, text: str, line: bool = False) -> Any:
    return field(default=default, metadata={"help": text, "line": line})


def _line(default: float, text: str) -> Any:
    """A kind drawn once per event line, so that a line has at most one of them."""
    return _rate(default, text, line=True)


@dataclass(frozen=True)
class Rates:
    """Shares from 0 to 1, of what the help text names.

    The line kinds are drawn together, once per event; an event that cannot have the kind
    drawn (a page view has no price) stays sound. Their sum is at most 1.
    """

    # Sound lines that look odd: accepted, at the time DEFINITIONS section 4 gives.
    late: float = _line(0.010, "events received an hour to 150 days after they happened")
    out_of_order: float = _line(0.010, "lines up to 6 hours away from their place in the file")
    clock_ahead: float = _line(
        0.002, "events 1 s to 10 min ahead of their receipt, not sent-stamped"
    )
    null_created: float = _line(0.001, "events without device time: their receipt counts")
    sent_before_created: float = _line(0.001, "events sent before they were created")
    null_received: float = _line(0.001, "events without a receipt stamp")
    null_sent: float = _line(0.001, "v2 and v3 events without a sending stamp")
    untidy_names: float = _line(0.002, "event names with other case and blanks around")
    odd_event_ids: float = _line(0.002, "event ids with quotes, backslashes, emoji")
    # Copies: the event itself stays sound and wins.
    duplicates_in_file: float = _line(0.006, "events whose line is twice in its file")
    resent_copies: float = _line(0.002, "events sent again, with later times of transport")
    duplicates_across_files: float = _line(0.004, "events whose line is again in later files")
    conflicting_copies: float = _line(0.002, "events with a later copy of other content")
    rejected_copies: float = _line(0.001, "product events with an earlier copy that is unreadable")
    # Lines that end in quarantine.
    malformed: float = _line(0.001, "lines that are no JSON")
    missing_event_id: float = _line(0.0005, "events without id")
    missing_event_name: float = _line(0.0005, "events without name")
    missing_actor: float = _line(0.0005, "events without visitor and customer")
    missing_time: float = _line(0.0005, "events without any time")
    missing_customer: float = _line(0.010, "logins and sign-ups without customer")
    missing_product: float = _line(0.001, "view, cart and uncart events without product")
    missing_order: float = _line(0.010, "purchases without order id")
    missing_search_term: float = _line(0.010, "searches without term")
    bad_quantity: float = _line(0.001, "product events with a quantity that is no whole number")
    bad_price: float = _line(0.001, "product events with a price like NaN or 1e3")
    comma_price: float = _line(0.001, "v2 and v3 product events with a decimal comma")
    bad_value: float = _line(0.010, "purchases with a value like NaN or 1e3")
    negative_price: float = _line(0.001, "product events with a negative price")
    low_quantity: float = _line(0.001, "product events with a quantity of 0 or less")
    unknown_currency: float = _line(0.001, "priced events in a currency outside ISO 4217")
    future: float = _line(0.0005, "events more than 10 min ahead of their receipt")
    ancient: float = _line(0.0005, "events before the year 2000")
    unknown_type: float = _line(0.001, "events of a type nobody declared")
    # Devices and visits.
    clock_skew: float = _rate(0.030, "devices whose clock is minutes to days wrong (v2, v3)")
    null_user_agents: float = _rate(0.010, "devices without user agent")
    shared_devices: float = _rate(0.020, "customers' devices on which another customer logs in too")
    odd_ids: float = _rate(0.010, "visitors, customers, products with odd characters in the id")
    bots: float = _rate(0.010, "crawler visits, per human visit")
    stealth_bots: float = _rate(0.001, "visits of bots with a browser's name, per human visit")
    offline_visits: float = _rate(0.005, "visits uploaded as a whole, up to 150 days later")
    customer_only: float = _rate(0.005, "logged-in devices that send no visitor id")
    ad_blocked: float = _rate(0.040, "orders whose purchase event is never sent")
    test_purchases: float = _rate(0.0005, "purchases on the staging host, per human visit")
    # Files.
    restated_files: float = _rate(0.030, "days whose file is delivered again with other bytes")
    redelivered_files: float = _rate(0.030, "days whose file is delivered again under another name")
    # Orders: what happens in a shop.
    discounts: float = _rate(0.200, "orders with a coupon")
    refunds: float = _rate(0.080, "paid orders with a partial refund")
    cancellations: float = _rate(0.050, "paid orders cancelled later")
    failed_payments: float = _rate(0.030, "orders never paid")
    test_orders: float = _rate(0.010, "orders of the shop's own staff")
    # Rows of the shop database; each row has at most one defect.
    shop_unknown_currency: float = _rate(0.005, "orders in a currency outside ISO 4217")
    shop_not_a_number: float = _rate(0.005, "orders, lines, refunds with an amount like NaN")
    shop_negative: float = _rate(0.005, "orders, lines, refunds with a negative amount")
    shop_bad_status: float = _rate(0.005, "orders with an unknown status")
    shop_missing: float = _rate(0.005, "orders, lines, refunds without a required field")
    # Items of the feeds; each has at most one defect.
    feed_unknown_currency: float = _rate(0.010, "feed items in a currency outside ISO 4217")
    feed_not_a_number: float = _rate(0.010, "feed items with an amount like NaN")
    feed_negative: float = _rate(0.010, "feed items with a negative amount")
    feed_duplicates: float = _rate(0.010, "feed items sent twice")

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if not 0 <= value <= 1:
                raise ValueError(f"rate {item.name} must lie between 0 and 1, got {value}")
        total = sum(getattr(self, name) for name in line_kinds())
        if total > 1 + 1e-9:
            raise ValueError(
                f"the rates of the line kinds add up to {total:.3f}, more than 1: an event line "
                "has at most one kind; lower some of them"
            )

    @classmethod
    def none(cls, **rates: float) -> "Rates":
        """Every rate 0, except those given."""
        return cls(**({item.name: 0.0 for item in fields(cls)} | rates))


def line_kinds() -> list[str]:
    """The kinds of which an event line has at most one, in the order of the draw."""
    return [item.name for item in fields(Rates) if item.metadata["line"]]
