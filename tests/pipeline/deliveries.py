"""A shop small enough to count by hand, delivered twice: what does the second delivery make anew?

Flow   write -> footfall ingest -> dbt build, all in one process, which costs seconds
Run    python -m tests.pipeline.deliveries FOLDER: prints what is wrong, exit code 1 if anything is
"""

import gc
import json
import os
import re
import shutil
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import PROJECT, opened, tables

Counts = dict[str, tuple[int, int, int]]
# Every keyed model is upstream of these, or one of them.
KEYED = (
    "+fct_sessions",
    "+fct_attribution_touches",
    "+fct_carts",
    "+fct_searches",
    "+fct_funnel_units",
    "+fct_customer_rfm",
    "+fct_customer_clv",
    "+fct_product_pairs",
    "+int_product_covisits",
    "+int_orders__reconciled",
    "+ops_quarantine",
)
MARK = 4711
COUNTS = re.compile(r"(\d+) of (\d+) keys(?: above)?, (\d+) gone")

# Actors with one visit and one account each, which nothing touches, so that the touched keys are
# not the larger half: each searches, looks at a product and puts it into the cart.
QUIET = "LNOPQRST"
LOOKS: dict[str, Any] = {"event_name": "view_item", "items": [{"item_id": "P1"}]}
FILLS: dict[str, Any] = {"event_name": "add_to_cart", "items": [{"item_id": "P1", "price": "5"}]}
SEEKS: dict[str, Any] = {"event_name": "search", "search_term": "tea"}

# A visits twice, 50 minutes apart; a late line bridges the two. B looks at a product, and later
# buys; C does both and buys in pounds. 2 March comes again without V, who fills a cart, and E, who
# searches; D, who fills one too, is in it again. F's search is said again; so is H1, with other
# words and an earlier receipt. The first of the quiet ones placed s1, which is cancelled
# later.
FIRST_WEB: dict[str, list[Any]] = {
    "2026-03-01": [
        ("A1", "A", "10:00", {}),
        ("A2", "A", "10:50", {}),
        ("B1", "B", "10:00", LOOKS),
        None,
    ],
    "2026-03-02": [
        ("V1", "V", "10:00", FILLS),
        ("D1", "D", "10:00", FILLS),
        ("E1", "E", "10:00", {"user_id": "cE", **SEEKS}),
        None,
    ],
    "2026-03-03": [("E2", "E", "11:00", {"platform": "server"}), ("F1", "F", "12:00", SEEKS)],
    "2026-03-04": [
        ("H1", "H", "10:00", {}),
        # Rejected, whatever its currency.
        ("X1", None, "10:00", {"currency": "GBP"}),
        ("G1", "G", "10:00", {"user_agent": "curl/8"}),
        ("K1", "K", "10:00", {"user_agent": "Googlebot/2.1"}),
        ("I1", "I", "10:00", {"event_name": "scroll"}),
        ("J1", "J", "10:00", {"event_name": "logout"}),
    ],
    "2026-03-05": [
        ("B2", "B", "10:00", {"transaction_id": "W2", "currency": "USD", "value": 20}),
        ("C1", "C", "10:00", {"day": "2026-03-01", "event_name": "view_item", "product": "P1"}),
        (
            *("C2", "C", "10:05"),
            {"day": "2026-03-01", "transaction_id": "W1", "currency": "GBP", "value": 10},
        ),
    ],
    "2026-03-07": [
        *(
            (f"{actor}{number}", actor, f"10:0{number}", {"user_id": f"c{actor}", **does})
            for actor in QUIET
            for number, does in enumerate(({}, SEEKS, LOOKS, FILLS), start=1)
        ),
        ("N0", QUIET[0], "10:00", {"transaction_id": "s1", "currency": "EUR", "value": 10}),
    ],
}
SECOND_WEB: dict[str, list[Any]] = {
    "2026-03-02": [("D1", "D", "10:00", FILLS)],
    "2026-03-06": [
        ("A3", "A", "10:25", {"day": "2026-03-01", "user_id": "cA"}),
        ("F1", "F", "12:00", {"day": "2026-03-03", **SEEKS}),
        ("H1", "H", "10:00", {"day": "2026-03-04", "received": "09:59", "title": "another"}),
        ("M1", "M", "10:00", {}),
    ],
}

# Invoice, article, pieces, pounds, customer. C302 finds I101; C501 asks for more than is left of
# it. 2 March comes again without customer 3's return and with fewer pieces for customer 4.
FIRST_INVOICES = {
    "2026-03-01": [
        ("I101", "P1", 10, "1.00", "1"),
        ("I101", "POST", 1, "4.00", "1"),
        ("I102", "P1", 3, "1.00", "2"),
        ("I105", "P2", 3, "2.00", "9"),
    ],
    "2026-03-02": [
        ("I103", "P2", 4, "2.00", "4"),
        ("I201", "P1", 4, "1.50", "3"),
        ("C202", "P1", -2, "1.50", "3"),
    ],
    "2026-03-03": [
        ("C302", "P1", -4, "1.00", "1"),
        ("I301", "P3", 5, "3.00", "5"),
        ("C303", "P3", -1, "3.00", "5"),
        ("C304", "P2", -1, "2.00", "4"),
    ],
    "2026-03-04": [
        ("I402", "P3", 5, "3.00", "6"),
        ("C406", "P3", -1, "3.00", "6"),
        ("I403", "P3", 5, "3.00", "7"),
        ("C407", "P3", -1, "3.00", "7"),
        ("I404", "P3", 5, "3.00", "8"),
        ("I405", "BANK CHARGES", 1, "7.00", ""),
    ],
    "2026-03-06": [("I410", "P3", 5, "3.00", "10"), ("I411", "P3", 5, "3.00", "11")],
    "2026-03-07": [
        (f"I4{number}", article, 5, "3.00", str(number))
        for number in range(12, 22)
        for article in ("P3", "P4")
    ],
}
SECOND_INVOICES = {
    "2026-03-02": [("I103", "P2", 3, "2.00", "4"), ("I201", "P1", 4, "1.50", "3")],
    "2026-03-05": [("C501", "P1", -7, "1.00", "1"), ("C502", "P1", -3, "1.00", "2")],
}

# The pound of 1 March is mended: for C's purchase, for customers 1, 2 and 9, for S8 and S9.
FIRST_RATES = "Date,USD,GBP\n2026-03-05,1.25,0.8\n2026-03-02,1.2,0.8\n2026-03-01,1.2,0.8\n"
SECOND_RATES = FIRST_RATES.replace("2026-03-01,1.2,0.8", "2026-03-01,1.2,0.9")

# s8 was cancelled, and s9 refunded, at the rate of 1 March; s10 has no lines.
TABLES = """
create table customers (customer_id text primary key, email text, created_at text);
create table orders (order_id text primary key, customer_id text, status text, payment_status text,
    currency text, ordered_at text, updated_at text, cancelled_at text);
create table order_items (order_id text, line_number integer, product_id text, quantity integer,
    unit_price text, primary key (order_id, line_number));
create table refunds (refund_id text primary key, order_id text, line_number integer,
    quantity integer, amount text, refunded_at text, reason text);
with numbers as (select value as n from json_each('[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]'))
insert into orders
    select 's' || n, 'S' || n, 'paid', 'paid', 'EUR', '2026-03-02 10:00:00', '2026-03-02 10:00:00',
        null
    from numbers;
insert into order_items
    select order_id, 1, 'P9', 2, '5.00' from orders where order_id <> 's10';
update orders set currency = 'GBP', ordered_at = '2026-02-27 10:00:00'
    where order_id in ('s8', 's9');
update orders set status = 'cancelled', cancelled_at = '2026-03-01 10:00:00' where order_id = 's8';
insert into refunds values
    ('f4', 's4', 1, 1, '5.00', '2026-03-03 10:00:00', 'broken'),
    ('f6', 's6', 1, 1, '5.00', '2026-03-03 10:00:00', 'broken'),
    ('f9', 's9', 1, 1, '5.00', '2026-03-01 10:00:00', 'broken');
"""
# Cancelled, refunded, a line, a reason and a payment changed, a refund taken back, an order gone.
CHANGES = """
update orders set status = 'cancelled', cancelled_at = '2026-03-05 10:00:00' where order_id = 's1';
insert into refunds values ('f2', 's2', 1, 1, '5.00', '2026-03-05 10:00:00', 'broken');
update order_items set quantity = 3 where order_id = 's3';
update refunds set reason = 'late' where refund_id = 'f4';
update orders set payment_status = 'failed' where order_id = 's5';
delete from refunds where refund_id = 'f6';
delete from order_items where order_id = 's7';
delete from orders where order_id = 's7';
"""
# Taken out of landing by hand: B's first line, and all that customer 10 bought.
ERASED = """
delete from web.events where payload like '%"B1"%';
delete from online_retail.invoice_lines where invoiceno = 'I410';
"""

# Keys made anew, keys there are, keys gone, of the second delivery; counted from the lists above.
# Files: one comes new, one comes again, which concerns the replaced one too, of one a line goes.
# Actors: A, B, C, D, E, F, H, M of these and 12 others; V is gone, E has no visit any more.
# With an account: A is new, E has none any more, 8 others. So A's visits are the account's
# person's, and the device's own is gone as well. Of the others one placed an order that is other
# now.
# Orders: I103, I201, C501, C502 and, from the file of the line that went, I411, whose buyer has
# what he had. Buyers: 1, 2, 3, 4, 9 and S1 to S6, S8, S9; 10 and S7 are gone. Of these the sold
# orders of 1, 2, 4, 9, S1, S2, S3 and S6 have other net sales; S5 sold nothing after all.
# Carts: D's anew, V's gone, 8 others. Searches: F's anew, E's gone. Funnels, of visits and of
# persons: C's anew, B's gone with the look at a product, 8 others each.
# Purchases: the buyers' 13 invoices and orders, and C's, whose rate is mended; I410 and s7 are
# gone; 30 orders that are no credit, with those of B and C. Persons who look, fill a cart or buy:
# the 12 buyers but S5; what C looked at and D put in is the same, of another file or rate; B, V,
# 10, S5 and S7 are gone; of the others 8 look and 15 buy.
# Both windows of pairs end on the last day, which sells as before, but reach back to the others.
# Visits' sources and searches are looked at for the actors of events that came anew or went.
# Customers are described as of 1 March, before anything changed, and 8 March.
# Of the cuts only those of 8 March are looked at.
EXPECTED: Counts = {
    "stg_web__event_lines": (4, 8, 0),
    "int_sessions__starts": (7, 19, 2),
    "int_sessions__events": (7, 19, 2),
    "int_identity__links": (1, 9, 1),
    "int_identity__events": (1, 9, 1),
    "fct_events": (8, 20, 1),
    "int_sessions__sources": (7, 7, 2),
    "int_sessions__last_non_direct": (7, 19, 3),
    "fct_attribution_touches": (8, 27, 3),
    "fct_sessions": (8, 19, 2),
    "stg_online_retail__invoice_lines": (4, 8, 0),
    "int_online_retail__order_items": (5, 28, 2),
    "int_online_retail__returns_matched": (3, 6, 1),
    "fct_order_items": (13, 29, 2),
    "fct_refunds": (6, 9, 2),
    "fct_orders": (13, 30, 2),
    "ops_quarantine": (0, 2, 1),
    "fct_carts": (1, 9, 1),
    "fct_searches": (1, 1, 1),
    "fct_funnel_units": (2, 18, 2),
    "int_orders__reconciled": (14, 32, 2),
    "int_product_covisits": (12, 37, 5),
    "int_product_pairs__counts": (2, 2, 0),
    "fct_product_pairs": (2, 2, 0),
    "int_buyers__days": (13, 30, 2),
    "int_customers__rfm": (1, 2, 0),
    "int_customers__rfm_cuts": (1, 1, 0),
    "fct_customer_rfm": (1, 2, 0),
    "fct_customer_clv": (1, 2, 0),
}
# More than half of their keys are touched: these tables are written anew, the others are not.
WRITTEN_ANEW = {"fct_refunds", "int_product_pairs__counts", "fct_product_pairs"}

# Edits of the project, in rounds: what is edited, and of each file path, old and new text. What one
# round makes anew would hide that another is not noticed.
EDITS = [
    (
        ["currencies", "non_product_codes", "fct_order_items"],
        [
            ("seeds/currencies.csv", "GBP,", "GBX,"),
            ("seeds/non_product_codes.csv", "online_retail,POST,Postage,false\n", ""),
            (
                "models/marts/fct_order_items.sql",
                "        quantity,",
                "        quantity + 1 as quantity,",
            ),
        ],
    ),
    (
        ["event_type_map", "fct_refunds"],
        [
            ("seeds/event_type_map.csv", "web,view_item,view_item,", "web,view_item,select_item,"),
            (
                "models/marts/fct_refunds.sql",
                "dated.amount,",
                "cast(dated.amount + 1 as decimal(18, 4)) as amount,",
            ),
        ],
    ),
    (
        # Each concerns one actor: G, K, I and J.
        ["user_agent_rules", "event_types"],
        [
            ("seeds/user_agent_rules.csv", "true,http library", "true,library"),
            ("seeds/user_agent_rules.csv", "true,search engine\n3", "false,search engine\n3"),
            ("seeds/event_types.csv", "scroll,10,true", "scroll,10,false"),
            ("seeds/event_types.csv", "logout,25,false", "logout,26,false"),
        ],
    ),
    (
        ["channel_rules"],
        [("seeds/channel_rules.csv", "12,2,medium,equals,organic", "12,2,medium,equals,seo")],
    ),
    (
        ["stg_web__events"],
        [("models/staging/web/stg_web__events.sql", "'web' as source", "'site' as source")],
    ),
    (
        ["fct_events"],
        [("models/marts/fct_events.sql", "dated.platform,", "upper(dated.platform) as platform,")],
    ),
    (
        ["int_sessions__starts"],
        [
            (
                "models/intermediate/events/int_sessions__starts.sql",
                "event_at as chain_started_at,",
                "event_at as chain_started_at, 1 as another_column,",
            )
        ],
    ),
]


def write(folder: Path, second: bool) -> dict[str, str]:
    """Writes a delivery beside what came before; where each source is."""
    for number, files in enumerate((FIRST_WEB, SECOND_WEB)[: 2 if second else 1], start=1):
        for day, lines in files.items():
            path = folder / "web" / f"delivery-{number}" / f"{day}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            texts = [_event(day, *line) if line else "{ broken" for line in lines]
            path.write_text("\n".join(texts) + "\n")
    for days in (FIRST_INVOICES, SECOND_INVOICES)[: 2 if second else 1]:
        for day, rows in days.items():
            path = folder / "invoices" / f"{day}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            head = (
                "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
            )
            text = [
                f"{invoice},{article},thing,{pieces},{day} {12 if pieces < 0 else 10}:00:00,"
                f"{price},{customer},Utopia"
                for invoice, article, pieces, price, customer in rows
            ]
            path.write_text("\n".join([head, *text]) + "\n")
    (folder / "rates").mkdir(exist_ok=True)
    (folder / "rates" / "rates.csv").write_text(SECOND_RATES if second else FIRST_RATES)
    with sqlite3.connect(folder / "shop.sqlite") as con:
        con.executescript(CHANGES if second else TABLES)
    return {
        "web": str(folder / "web"),
        "online_retail": str(folder / "invoices"),
        "ecb": str(folder / "rates"),
        "shop": f"sqlite:///{folder / 'shop.sqlite'}",
    }


def _event(
    file_day: str, event_id: str, actor: str | None, time: str, more: dict[str, object]
) -> str:
    rest = dict(more)
    day = rest.pop("day", file_day)
    received = rest.pop("received", time)
    title = rest.pop("title", "page")
    name = "purchase" if "value" in rest else "page_view"
    document = {
        "schema_version": 3,
        "event_id": event_id,
        "event_name": name,
        "client_id": actor,
        "time": {"created": f"{day}T{time}:00Z", "received": f"{day}T{received}:00Z"},
        "page": {"title": title},
    }
    return json.dumps({**document, **rest})


def land(folder: Path) -> None:
    """Leaves landing as it is after each delivery: first.duckdb and second.duckdb."""
    import duckdb

    from ingestion.report import Report
    from ingestion.run import ingest

    for name in ("first", "second"):
        sources = write(folder, second=name == "second")
        requested = [f"{source}={location}" for source, location in sources.items()]
        ingest(PROJECT, folder / "home", requested, Report())
        gc.collect()
        shutil.copy(folder / "home" / "landing.duckdb", folder / f"{name}.duckdb")
    with duckdb.connect(folder / "second.duckdb") as con:
        con.execute(ERASED)


@dataclass
class Shop:
    """A project and the one FOOTFALL_HOME it is built in; dbt keeps what it parsed there."""

    project: Path
    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def database(self) -> Path:
        return self.home / "footfall.duckdb"

    def dbt(self, *arguments: str) -> tuple[bool, Counts]:
        """One command: whether all went well, and what the keyed models counted."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        os.environ["FOOTFALL_HOME"] = str(self.home)
        places = ["--project-dir", str(self.project), "--profiles-dir", str(self.project)]
        places += ["--target-path", str(self.home / "target"), "--log-path", str(self.home)]
        quiet = ["--quiet", "--log-level-file", "none", "--no-use-colors", "--no-write-json"]
        done = dbtRunner().invoke([*arguments, *places, *quiet])
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        gc.collect()
        if done.exception:
            print(done.exception)
        counts = {}
        for result in getattr(done.result, "results", []):
            if found := COUNTS.fullmatch(result.message or ""):
                changed, present, gone = map(int, found.groups())
                counts[result.node.name] = changed, present, gone
        return done.success, counts

    def build(self, *options: str, select: tuple[str, ...] = KEYED) -> Counts:
        """The keyed models and what they read, without tests; the keyed models' counts."""
        kinds = ["--resource-type", "seed", "--resource-type", "model"]
        done, counts = self.dbt("build", "--select", *select, *kinds, *options)
        if not done:
            raise BuildError
        return counts

    def receive(self, delivery: str) -> None:
        shutil.copy(self.folder / f"{delivery}.duckdb", self.home / "landing.duckdb")

    def mark(self) -> None:
        """Leaves on every keyed table what a table in its place would not have."""
        import duckdb

        with duckdb.connect(self.database) as con:
            for schema, table in _keyed_tables(con):
                con.execute(
                    f"alter table {schema}.{table} alter input_fingerprint set default {MARK}"
                )

    def written_anew(self) -> set[str]:
        with opened(self.database) as con:
            query = "select table_name from duckdb_columns() where column_default = ?"
            marked = {table for (table,) in con.execute(query, [str(MARK)]).fetchall()}
            return {table for _, table in _keyed_tables(con)} - marked

    def rows(self) -> dict[str, str]:
        found = tables(self.database)
        return {name: digest for name, digest in found.items() if "last_build" not in name}


class BuildError(Exception):
    """A build that should have gone well did not; dbt has printed why."""


def check(shop: Shop) -> list[str]:
    """Builds after each delivery and edit; what is not as counted, or not as made from nothing."""
    shop.database.unlink(missing_ok=True)
    shop.receive("first")
    faults = []
    for model, (changed, present, gone) in sorted(shop.build().items()):
        if (changed, gone) != (present, 0):
            faults.append(f"{model}, first build: {changed} of {present} keys, {gone} gone")
    shop.mark()
    shop.receive("second")
    counts = shop.build()
    for model in sorted(EXPECTED.keys() | counts.keys()):
        if counts.get(model) != EXPECTED.get(model):
            faults.append(f"{model}: {counts.get(model)}, counted by hand {EXPECTED.get(model)}")
    if (anew := shop.written_anew()) != WRITTEN_ANEW:
        faults.append(f"written anew: {sorted(anew)}, not only {sorted(WRITTEN_ANEW)}")
    if faults := faults or _unlike(shop, "the second delivery"):
        return faults
    for edited, edits in EDITS:
        for path, old, new in edits:
            text = (shop.project / path).read_text(encoding="utf-8")
            if text.count(old) != 1:
                raise ValueError(f"{path} should say {old!r} once: correct the edit")
            (shop.project / path).write_text(text.replace(old, new), encoding="utf-8")
        concerned = tuple(f"{node}+,{keyed}" for node in edited for keyed in KEYED)
        shop.build(select=concerned)
        if faults := _unlike(shop, f"an edit of {', '.join(edited)}", concerned):
            return faults
    return []


def _keyed_tables(con: Any) -> list[tuple[str, str]]:
    """Schema and table; macros/project/generate_alias_name.sql."""
    names = [model.removeprefix("ops_") for model in EXPECTED]
    found = con.execute(
        "select schema_name, table_name from duckdb_tables() where list_contains(?, table_name)",
        [names],
    )
    return list(found.fetchall())


def _unlike(shop: Shop, occasion: str, edited: tuple[str, ...] = ()) -> list[str]:
    """Builds from nothing, or what was edited in a full refresh; compares; puts back what stood."""
    rows = shop.rows()
    kept = shutil.copy(shop.database, shop.folder / "kept.duckdb")
    if edited:
        # A full refresh looks at nothing that stands.
        _spoil(shop.database)
        shop.build("--full-refresh", select=edited)
    else:
        shop.database.unlink()
        shop.build()
    fresh = shop.rows()
    shutil.move(kept, shop.database)
    return [f"{name} is not as made from nothing, {occasion}" for name in _differing(rows, fresh)]


def _differing(left: dict[str, str], right: dict[str, str]) -> list[str]:
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def _spoil(database: Path) -> None:
    import duckdb

    with duckdb.connect(database) as con:
        con.execute("update marts.fct_sessions set source = 'spoilt'")


def copy(project: Path) -> Path:
    """What dbt reads of the project, in a folder of its own that may be edited."""
    for name in ("models", "macros", "seeds", "tests"):
        shutil.copytree(PROJECT / name, project / name)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, project)
    return project


def main(folder: Path) -> int:
    """Prints what is wrong; the exit code."""
    land(folder)
    faults = check(Shop(copy(folder / "project"), folder))
    print("\n".join(faults))
    return min(len(faults), 1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
