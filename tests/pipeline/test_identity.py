"""Who an event belongs to, then and now (DEFINITIONS.md, section 8).

The models' own SQL against a union-find and a scan per event, on random shops; then one shop that
is loaded and built three times, each an incremental build compared with a full refresh.
"""

import json
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.drawn import drawn
from tests.pipeline.histories import Build as WholeBuild
from tests.pipeline.histories import Change, Rows, Shop
from tests.pipeline.soak import Play
from tests.pipeline.workshop import Workshop
from tests.support import PROJECT, opened, run

LIMIT = 3  # accounts a contact, and a person; small, so that random shops exceed it
BLOCKED = {("customer", "guest"), ("visitor", "null"), ("email", "h9")}
START = datetime(2026, 1, 1)  # noqa: DTZ001
RANKS = {"customer": 1, "email": 2, "phone": 3, "visitor": 9}


def digest(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def key(kind: str, identifier: str) -> str:
    return f"{RANKS[kind]}|{kind}|{digest(identifier)}"


def alias(kind: str, identifier: str) -> str:
    """The person an identifier would be if it belonged to nothing else."""
    return digest(key(kind, identifier))


@dataclass(frozen=True)
class Event:
    event_id: str
    visitor_id: str | None
    customer_id: str | None
    event_type: str
    source_seq: int | None
    at: int
    known: int

    @property
    def rank(self) -> int:
        return 20 if self.event_type == "page_view" else 25

    @property
    def order(self) -> tuple[Any, ...]:
        """The canonical order: time, number with null last, rank, id."""
        seq = (1, 0) if self.source_seq is None else (0, self.source_seq)
        return (self.at, seq, self.rank, self.event_id)


@dataclass(frozen=True)
class World:
    """All that identity is made of."""

    events: list[Event]
    contacts: list[tuple[str, str, str]]
    merges: list[tuple[str, str]]


# The reference: no window, no join, nothing of the models' ways.


class Forest:
    """Union-find."""

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}

    def root(self, node: str) -> str:
        self.parents.setdefault(node, node)
        while self.parents[node] != node:
            node = self.parents[node]
        return node

    def join(self, left: str, right: str) -> None:
        self.parents[self.root(left)] = self.root(right)

    def members(self, node: str) -> set[str]:
        return {other for other in list(self.parents) if self.root(other) == self.root(node)}


def is_blocked(kind: str, identifier: str) -> bool:
    return (kind, identifier) in BLOCKED


def persons(world: World) -> dict[tuple[str, str], str]:
    """Every account and device with its person."""
    linked: dict[str, set[str]] = {}
    accounts = {customer for customer, _, _ in world.contacts}
    accounts |= {customer for pair in world.merges for customer in pair}
    for event in world.events:
        if event.visitor_id:
            linked.setdefault(event.visitor_id, set())
        if event.customer_id:
            accounts.add(event.customer_id)
            if event.visitor_id:
                linked[event.visitor_id].add(event.customer_id)
    shared: dict[tuple[str, str], set[str]] = {}
    for customer, kind, identifier in world.contacts:
        if not is_blocked(kind, identifier) and not is_blocked("customer", customer):
            shared.setdefault((kind, identifier), set()).add(customer)
    sound_merges = [
        pair for pair in world.merges if not any(is_blocked("customer", each) for each in pair)
    ]
    everything, explicit = Forest(), Forest()
    for left, right in sound_merges:
        everything.join(left, right)
        explicit.join(left, right)
    for members in shared.values():
        if len(members) <= LIMIT:
            for customer in members:
                everything.join(customer, min(members))
    found = {}
    for customer in accounts:
        family = everything.members(customer) or {customer}
        if len(family) > LIMIT:
            family = explicit.members(customer) or {customer}
        found["customer", customer] = digest(min(key("customer", each) for each in family))
    for visitor, customers in linked.items():
        sound = {each for each in customers if not is_blocked("customer", each)}
        own = alias("visitor", visitor)
        if len(sound) == 1 and not is_blocked("visitor", visitor):
            own = found["customer", sound.pop()]
        found["visitor", visitor] = own
    return found


def owners(world: World, event: Event, found: dict[tuple[str, str], str]) -> tuple[str, str]:
    """The event's person then, and now."""
    customer, visitor = event.customer_id, event.visitor_id
    if customer and not is_blocked("customer", customer):
        return alias("customer", customer), found["customer", customer]
    if visitor is None:
        assert customer
        return alias("customer", customer), found["customer", customer]
    then, now = alias("visitor", visitor), found["visitor", visitor]
    if is_blocked("visitor", visitor):
        return then, now
    of_device = sorted((e for e in world.events if e.visitor_id == visitor), key=lambda e: e.order)
    user_then = user_now = None
    has_begun = False
    for other in of_device:
        user = other.customer_id
        if user and is_blocked("customer", user):
            user = None
        if user is None and other.event_type != "logout":
            continue
        if other.order > event.order:
            # Nobody had logged in yet: whoever is first had it before.
            if user and not has_begun:
                user_now, has_begun = user, True
            continue
        has_begun = has_begun or user is not None
        if other.event_type == "logout":
            user = None
        user_now = user
        if other.known <= event.known:
            user_then = user
    if user_then:
        then = alias("customer", user_then)
    if user_now:
        now = found["customer", user_now]
    return then, now


# The models, compiled once, over tables in memory.


MODELS = (
    "int_actors",
    "int_identity__links",
    "int_identity__edges",
    "int_identity__components",
    "int_identity__actors",
    "int_identity__events",
)
TABLES = """
    attach ':memory:' as footfall;
    use footfall;
    create schema intermediate;
    create schema reference;
    create table reference.identity_blocklist (identifier_type varchar, identifier varchar);
    create table intermediate.int_exchange_rates (
        currency varchar, rate_on date, rate decimal(18, 8)
    );
    create table intermediate.int_events (
        event_id varchar, actor_id varchar, visitor_id varchar, customer_id varchar,
        event_type varchar, platform varchar, source_seq bigint, event_rank integer,
        event_at timestamp, available_at timestamp, event_fingerprint ubigint,
        event_value decimal(18, 4), currency varchar
    );
    create table intermediate.int_customers (customer_id varchar);
    create table intermediate.int_orders (order_id varchar, customer_id varchar);
    create table intermediate.int_shop__contacts (
        customer_id varchar, contact_type varchar, contact_hash varchar
    );
    create table intermediate.int_shop__customers (customer_id varchar, merged_into_id varchar);
"""


class Models:
    """The compiled text of each model."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def run(self, world: World) -> duckdb.DuckDBPyConnection:
        """A database in which they were built from nothing."""
        con = duckdb.connect(config={"threads": 1})
        con.execute(TABLES)
        con.executemany(
            "insert into reference.identity_blocklist values (?, ?)",
            # A contact is written as it is typed; h9 stands for the hash of this one.
            [(kind, each if kind != "email" else "nine@example.com") for kind, each in BLOCKED],
        )
        rows = [
            (
                *(e.event_id, e.visitor_id or f"customer {e.customer_id}", e.visitor_id),
                *(e.customer_id, e.event_type, "web", e.source_seq, e.rank),
                *(START + timedelta(minutes=e.at), START + timedelta(minutes=e.known)),
                *(n, None, None),
            )
            for n, e in enumerate(world.events)
        ]
        contacts = [
            (customer, kind, digest("nine@example.com") if each == "h9" else each)
            for customer, kind, each in world.contacts
        ]
        for table, values in (
            ("int_events", rows),
            ("int_shop__contacts", contacts),
            ("int_shop__customers", world.merges),
        ):
            if values:
                marks = ", ".join("?" * len(values[0]))
                con.executemany(f"insert into intermediate.{table} values ({marks})", values)
        for name in MODELS:
            con.execute(f"""
                create or replace temporary table "{name}__keys" as
                select distinct actor_id, 1::ubigint as input_fingerprint, true as is_changed
                from intermediate.int_events
            """)
            con.execute(f"create table intermediate.{name} as {self.texts[name]}")
        return con


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    home = tmp_path_factory.mktemp("compiled")
    declared = run(sys.executable, "-m", "ingestion.declare", home=home)
    assert declared.returncode == 0, declared.stderr
    variables = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    shop = variables["sources"]["shop"]
    # No source says which accounts it merged: any model lends its name, and a table in memory its
    # columns.
    shop["feeds"]["int_customer_merges"] = "int_shop__customers"
    limits = dict.fromkeys(("contact", "person"), LIMIT)
    given = {f"identity_max_customers_per_{name}": limit for name, limit in limits.items()}
    command = (sys.executable, "-m", "dbt.cli.main", "compile", "--target-path", str(home / "t"))
    selected = (
        "--select",
        *MODELS,
        "--vars",
        json.dumps({**given, "sources": variables["sources"]}),
    )
    done = run(*command, *selected, home=home)
    assert done.returncode == 0, done.stdout[-3000:]
    compiled = home / "t" / "compiled" / "footfall" / "models"
    return Models({name: next(compiled.rglob(f"{name}.sql")).read_text() for name in MODELS})


VISITORS = ("v1", "v2", "v3", "null", None)
CUSTOMERS = ("c1", "c2", "c3", "c4", "c5", "guest")
EVENTS = st.builds(
    Event,
    event_id=st.just(""),
    visitor_id=st.sampled_from(VISITORS),
    customer_id=st.sampled_from((None, None, *CUSTOMERS)),
    event_type=st.sampled_from(("page_view", "login", "login", "logout")),
    source_seq=st.sampled_from((None, None, 1, 2)),
    at=st.integers(0, 6),
    known=st.integers(0, 9),
)
WORLDS = st.builds(
    lambda events, contacts, merges: World(
        [
            Event(f"e{n}", *list(event.__dict__.values())[1:])
            for n, event in enumerate(events)
            if event.visitor_id or event.customer_id
        ],
        sorted({(customer, kind, f"h{n}") for customer, kind, n in contacts}),
        sorted(set(merges)),
    ),
    st.lists(EVENTS, min_size=1, max_size=25),
    st.lists(
        st.tuples(
            st.sampled_from(CUSTOMERS),
            st.sampled_from(("email", "email", "phone")),
            st.sampled_from((1, 2, 3, 4, 9)),
        ),
        max_size=8,
    ),
    st.lists(st.tuples(st.sampled_from(CUSTOMERS), st.sampled_from(CUSTOMERS)), max_size=3).map(
        lambda pairs: [pair for pair in pairs if pair[0] != pair[1]]
    ),
)


@drawn(100, suppress_health_check=[HealthCheck.too_slow])
@given(WORLDS)
def test_persons_are_those_of_a_union_find_and_a_scan_per_event(
    models: Models, world: World
) -> None:
    found = persons(world)
    with models.run(world) as con:
        components = con.execute("""
            select identifier_type, identifier, alias_id, person_id
            from intermediate.int_identity__components
            where identifier_type in ('customer', 'visitor')
        """).fetchall()
        rows = con.execute("""
            select event_id, person_id_asof, person_id_current
            from intermediate.int_identity__events
        """).fetchall()
        split = con.execute("""
            select edges.identifier, edges.customer_id
            from intermediate.int_identity__edges as edges
            inner join intermediate.int_identity__components as own
                using (identifier_type, identifier)
            inner join intermediate.int_identity__components as account
                on edges.customer_id = account.identifier and account.identifier_type = 'customer'
            where edges.suppressed_reason is null and own.person_id <> account.person_id
        """).fetchall()
    assert {(kind, each): person for kind, each, _, person in components} == found
    assert len(components) == len(found)
    assert all(alias(kind, each) == own for kind, each, own, _ in components)
    assert split == []
    said = {event_id: (then, now) for event_id, then, now in rows}
    assert len(said) == len(rows)
    for event in world.events:
        # As fct_events does: of a device without any login the model says nothing.
        own = alias("visitor", event.visitor_id or "")
        then, now = said[event.event_id]
        assert (then or own, now or own) == owners(world, event, found), event


def test_a_chain_of_merges_is_followed_to_its_end(models: Models) -> None:
    """Two hundred accounts merged one into the next, and named against their order."""
    merges = [(f"c{(n * 7) % 200:03}", f"c{((n + 1) * 7) % 200:03}") for n in range(199)]
    with models.run(World([], [], merges)) as con:
        found = con.execute(
            "select count(*), count(distinct person_id) from intermediate.int_identity__components"
        ).fetchone()
    assert found == (200, 1)


def test_a_chain_of_households_joins_nobody(models: Models) -> None:
    """Each shares an address with the next: one component, far over the limit."""
    contacts = [(f"c{n + side}", "email", f"h{n}x") for n in range(50) for side in (0, 1)]
    with models.run(World([], contacts, [])) as con:
        found = con.execute("""
            select count(distinct person_id) from intermediate.int_identity__components
            where identifier_type = 'customer'
        """).fetchone()
        reasons = con.execute("""
            select distinct suppressed_reason from intermediate.int_identity__edges
        """).fetchall()
    assert found == (51,)
    assert reasons == [("large_component",)]


# One shop, three builds; in the third a seed has changed too.


def event(
    event_id: str, visitor: str | None, at: str, customer: str | None = None, name: str = ""
) -> str:
    """A line of version 3 on 5 January 2026, received at once."""
    moment = f"2026-01-05T{at}:00Z"
    document = {"schema_version": 3, "event_id": event_id, "client_id": visitor, "platform": "web"}
    document |= {"event_name": name or ("login" if customer else "page_view")}
    document |= {"user_id": customer} if customer else {}
    return json.dumps({**document, "time": {"created": moment, "received": moment}})


def account(customer: str, email: str | None) -> tuple[str, tuple[Any, ...]]:
    at = "2026-01-01 00:00:00"
    return ("customers", (customer, email, None, "DE", at, at))


@dataclass(frozen=True)
class Files(Change):
    """Event files by name, as they now stand."""

    files: dict[str, list[str]]

    def apply(self, shop: Shop) -> None:
        for name, lines in self.files.items():
            shop.write(f"web/{name}.jsonl", lines)


SHARED = [
    event("s09", "shared", "09:00"),
    event("s10", "shared", "10:00", "c1"),
    event("s11", "shared", "11:00"),
    event("s12", "shared", "12:00", "c2"),
    event("s13", "shared", "13:00"),
    event("s14", "alone", "14:00"),
]
FIRST: list[Change] = [
    Files(
        {
            "first": [
                *SHARED,
                event("l09", "late", "09:00"),
                event("l11", "late", "11:00"),
                event("m1", "left", "09:00", "m"),
                event("m2", "right", "09:00"),
                event("p1", "placeholder", "09:00", "Guest"),
                event("p2", "placeholder", "10:00"),
                event("r2", "removed", "11:00"),
                event("h1", "first-of-house", "09:00", "h1"),
                event("h2", "second-of-house", "09:00", "h2"),
                event("h3", "second-of-house", "10:00"),
                event("a1", None, "09:00", "h2", "page_view"),
                # Nothing happens to these, so that a table is not written anew as a whole.
                *(event(f"q{n}", f"quiet{n}", "09:00", f"q{n}") for n in range(20)),
            ],
            "to-be-restated": [event("r1", "removed", "10:00", "r"), event("x", "other", "10:00")],
        }
    ),
    Rows([account("h1", "house@example.com"), account("h2", "second@example.com")]),
    Rows(
        [
            (
                "orders",
                ("o1", "h2", *["2026-01-04 10:00:00"] * 2, "paid", "paid", 0, "EUR", *[None] * 5),
            )
        ]
    ),
]
SECOND: list[Change] = [
    Files({"late": [event("l10", "late", "10:00", "l"), event("m3", "right", "12:00", "m")]}),
    Rows([account("h2", " House@Example.com")]),
]
THIRD: list[Change] = [
    Files({"to-be-restated": [event("x", "other", "10:00")]}),
    Rows([account("h2", "second@example.com")]),
]


@dataclass
class Built:
    """What stood after each build, and where it differed from a full refresh."""

    folder: Path
    differences: list[list[dict[str, Any]]]

    def rows(self, build: int, query: str) -> list[tuple[Any, ...]]:
        with opened(self.folder / f"after-{build}.duckdb") as con:
            return con.execute(query).fetchall()

    def persons(self, build: int, visitor: str) -> list[tuple[str, str, str]]:
        """event_id, person then, person now; a person in words where its alias is known."""
        words = {alias("customer", each): each for each in ("c1", "c2", "l", "m", "r", "h1", "h2")}
        words |= {alias("visitor", each): each for each in (visitor, "left")}
        query = f"""
            select event_id, person_id_asof, person_id_current from marts.fct_events
            where visitor_id = '{visitor}' order by event_id
        """
        return [(e, words[then], words[now]) for e, then, now in self.rows(build, query)]

    def anew(self, table: str, build: int, key: str = "actor_id") -> set[str]:
        """The keys whose rows were made anew since the build before."""
        query = f"select distinct {key}, input_fingerprint from marts.{table}"
        before = dict(self.rows(build - 1, query))
        return {each for each, mark in self.rows(build, query) if before.get(each) != mark}


@pytest.fixture(scope="module")
def built(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("identity")
    play = Play(workshop, [], folder / "play")
    built = Built(folder, [])
    variants = (None, None, "seeded placeholders")
    for number, changes in enumerate((FIRST, SECOND, THIRD)):
        play.ingest(changes)
        play.build_and_compare(WholeBuild(variant=variants[number]))
        built.differences.append(play.played.differences)
        shutil.copy(play.home / "footfall.duckdb", folder / f"after-{number + 1}.duckdb")
    return built


def test_each_build_equals_a_full_refresh(built: Built) -> None:
    assert built.differences == [[], [], []]


def test_a_shared_device_is_cut_in_time(built: Built) -> None:
    """Case 12: C1 logs in at 10:00, C2 at 12:00; two persons, 11:00 is C1's and 13:00 C2's."""
    assert built.persons(1, "shared") == [
        ("s09", "shared", "c1"),
        ("s10", "c1", "c1"),
        ("s11", "c1", "c1"),
        ("s12", "c2", "c2"),
        ("s13", "c2", "c2"),
    ]
    assert built.persons(1, "alone") == [("s14", "alone", "alone")]
    members = built.rows(
        1,
        "select customer_count, visitor_count, event_count from marts.dim_persons "
        f"where person_id in ('{alias('customer', 'c1')}', '{alias('visitor', 'shared')}') "
        "order by all",
    )
    assert members == [(0, 1, 0), (1, 0, 3)]


def test_a_late_login_gives_its_device_to_the_account(built: Built) -> None:
    """What was known then stays: nothing at 09:00 and 11:00, which were read before the login."""
    assert built.persons(1, "late") == [("l09", "late", "late"), ("l11", "late", "late")]
    assert built.persons(2, "late") == [
        ("l09", "late", "l"),
        ("l10", "l", "l"),
        ("l11", "late", "l"),
    ]


def test_a_login_joins_two_devices(built: Built) -> None:
    assert built.persons(1, "right") == [("m2", "right", "right")]
    assert built.persons(2, "right") == [("m2", "right", "m"), ("m3", "m", "m")]
    counts = f"where person_id = '{alias('customer', 'm')}'"
    assert built.rows(2, f"select visitor_count, event_count from marts.dim_persons {counts}") == [
        (2, 3)
    ]


def test_a_link_taken_back_is_forgotten(built: Built) -> None:
    assert built.persons(2, "removed") == [("r1", "r", "r"), ("r2", "r", "r")]
    assert built.persons(3, "removed") == [("r2", "removed", "removed")]


def test_a_placeholder_is_nobody(built: Built) -> None:
    assert built.persons(1, "placeholder") == [
        ("p1", "placeholder", "placeholder"),
        ("p2", "placeholder", "placeholder"),
    ]


def test_a_shared_address_joins_accounts_until_it_changes(built: Built) -> None:
    """No event of the second device changed: its rows follow their account's person."""
    one, _ = sorted(("h1", "h2"), key=lambda each: key("customer", each))
    joined = [("h2", "h2", one), ("h3", "h2", one)]
    apart = [("h2", "h2", "h2"), ("h3", "h2", "h2")]
    assert [built.persons(n, "second-of-house") for n in (1, 2, 3)] == [apart, joined, apart]
    query = "select person_id from marts.fct_orders where order_id = 'o1'"
    assert built.rows(2, query) == [(alias("customer", one),)]
    assert built.rows(3, query) == [(alias("customer", "h2"),)]


def test_only_actors_whose_events_or_persons_changed_are_made_anew(built: Built) -> None:
    """By hand: a late login, a joined device, and of the house those whose id was not kept.

    Then the restated file's two devices, the house again, and the device of a new placeholder.
    """
    _, moved = sorted(("h1", "h2"), key=lambda each: key("customer", each))
    house = {"h1": {"first-of-house"}, "h2": {"second-of-house", "customer h2"}}[moved]
    assert built.anew("fct_events", 2) == {"late", "right", *house}
    # A visit also says its person's last source: whoever shares a person that changed comes along.
    persons = {"late", "right", "left", "first-of-house", "second-of-house", "customer h2"}
    assert built.anew("fct_sessions", 2) == persons
    assert built.anew("fct_events", 3) == {"removed", "other", "shared", *house}
    assert built.anew("fct_orders", 2, "buyer_id") == ({"h2"} if moved == "h2" else set())


def test_a_new_placeholder_concerns_those_who_used_it(built: Built) -> None:
    """The seed of the third build names c2, case and blanks aside."""
    assert built.persons(3, "shared") == [
        ("s09", "shared", "c1"),
        ("s10", "c1", "c1"),
        ("s11", "c1", "c1"),
        ("s12", "c1", "c1"),
        ("s13", "c1", "c1"),
    ]
