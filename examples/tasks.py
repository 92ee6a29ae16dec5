"""What the example predicts, and from what: names of tables and columns, nothing that computes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """A training set features.trn_<name>, with what a simple rule would look at.

    recent      how long ago something was: the less, the likelier
    frequent    how often something was done: the more, the likelier
    """

    spine: str
    tables: tuple[str, ...]
    keys: tuple[str, ...]  # by which a row of the spine finds its features
    recent: str
    frequent: str


CUSTOMER = ("ftr_customer__activity", "ftr_customer__calendar", "ftr_customer__commerce")

TASKS = {
    # Needs a tracker: does this visit buy?
    "session_purchase": Task(
        spine="ftr_spine__session_prefix",
        tables=("ftr_session__prefix",),
        keys=("actor_id", "session_id", "session_started_at"),
        recent="last_add_to_cart__age_seconds",
        frequent="view_item_count_session",
    ),
    "purchase_7d": Task(
        spine="ftr_spine__customer_day",
        tables=(*CUSTOMER, "ftr_customer__preferences"),
        keys=("customer_id",),
        recent="last_order__age_seconds",
        frequent="order_count_90d",
    ),
    # Orders are enough: does a customer come again within a month? The last order has just been
    # placed, so what counts as recent is how soon one followed the other.
    "repeat_30d": Task(
        spine="ftr_spine__customer_after_order",
        tables=CUSTOMER,
        keys=("customer_id",),
        recent="order_gap_mean_seconds",
        frequent="order_count_all",
    ),
}
