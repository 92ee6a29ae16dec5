"""The right sessions of one actor, cut one event after the other (DEFINITIONS sections 4 and 9)."""

from dataclasses import dataclass

from sample.clock import DAY, MINUTE, SECOND
from sample.events import TYPES, Event, Visit

GAP = 30 * MINUTE
AHEAD = 10 * MINUTE
TYPE_NAMES = list(TYPES)


def event_time(created: int | None, sent: int | None, received: int | None) -> int:
    """When an accepted event happened, from its three stamps in ms."""
    if created is None or (sent is not None and sent < created):
        assert received is not None
        return received
    if sent is not None and received is not None:
        return received - (sent - created)
    if received is not None and received < created <= received + AHEAD:
        return received
    return created


@dataclass(slots=True)
class Session:
    """One session; times in ms, money in cents."""

    first_event_id: str
    started_at: int
    ended_at: int
    is_capped: bool
    counts: list[int]  # by TYPE_NAMES
    purchase_value: int
    currency: str | None
    purchases: list[tuple[int, int]]  # time, cents


def cut(events: list[tuple[int, int, int, str, Event]]) -> list[Session]:
    """Sessions of (time, sequence, rank, event id, event), all of one actor."""
    sessions: list[Session] = []
    previous = chain_start = piece = None
    for at, _, _, event_id, event in sorted(events, key=lambda item: item[:4]):
        is_new = previous is None or at - previous > GAP
        if is_new:
            chain_start, piece = at, 0
        assert chain_start is not None
        is_cut = (at - chain_start) // DAY != piece
        if is_new or is_cut:
            piece = (at - chain_start) // DAY
            sessions.append(
                Session(event_id, at, at, piece > 0, [0] * len(TYPE_NAMES), 0, None, [])
            )
        session = sessions[-1]
        session.ended_at = previous = at
        session.counts[event.type.index] += 1
        if event.type.name == "purchase":
            session.purchase_value += event.value_cents
            session.purchases.append((at, event.value_cents))
            session.currency = event.currency.strip('"')
    return sessions


def is_engaged(session: Session) -> bool:
    """More than 10 s, or two views, or a purchase or sign-up."""
    if session.ended_at - session.started_at > 10 * SECOND:
        return True
    count = dict(zip(TYPE_NAMES, session.counts, strict=True))
    views = count["page_view"] + count["screen_view"] or count["view_item"]
    return views >= 2 or count["purchase"] + count["sign_up"] >= 1


def order_key(event: Event, visit: Visit) -> tuple[int, int, int, str]:
    """The canonical order: time, sequence (nulls last), rank, id."""
    seq = 1 << 62 if visit.version == 1 else event.seq
    at = event_time(event.created, event.sent, event.received)
    return at, seq, event.type.rank, event.event_id
