"""A shop built from its files: what comes later changes no feature, what is served is right.

Flow   one sample shop, twice  ->  the second is poisoned  ->  ingest, dbt build  ->  compare
Cut    a local midnight; whatever was asked by then may know nothing that came after it
"""

import gzip
import json
import random
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.pipeline import deliveries, feature_facts
from tests.pipeline.compiled import change_keys, fill, memory
from tests.pipeline.feature_facts import Facts, read_facts, said_of
from tests.pipeline.scores import area, deviation, learned
from tests.pipeline.workshop import Workshop
from tests.support import footfall, opened, run

TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CUT = datetime.fromisoformat("2026-03-21 23:00:00")
# Of each table, by which columns a row is found besides its moment; and of the training sets.
TABLES = {
    "ftr_customer__activity": ["customer_id"],
    "ftr_customer__calendar": ["customer_id"],
    "ftr_customer__commerce": ["customer_id"],
    "ftr_customer__preferences": ["customer_id"],
    "ftr_visitor__activity": ["visitor_id"],
    "ftr_visitor__calendar": ["visitor_id"],
    "ftr_product__covisits": ["product_id"],
    "ftr_product__popularity": ["product_id"],
    "ftr_product__standing": ["product_id"],
    "ftr_category__popularity": ["category"],
    "ftr_visitor_product__affinity": ["visitor_id", "product_id"],
    "ftr_session__prefix": ["actor_id", "session_id", "session_started_at"],
    "trn_purchase_7d": ["customer_id"],
    "trn_repeat_30d": ["customer_id", "order_id"],
    "trn_churn_90d": ["customer_id", "order_id"],
    "trn_return_30d": ["customer_id", "order_id"],
    "trn_session_purchase": ["actor_id", "session_id", "session_started_at", "prefix_length"],
}
# What came of a moment is known later, of course.
ANSWERS = ("label", "split", "input_fingerprint")
# Every midnight, so that accounts are asked at the cut too; parts that a month of history fills.
VARIABLES = {
    "customer_day_every_days": 1,
    "decision_lag_minutes": 0,
    "splits": {
        "purchase_7d": {"valid_days": 0, "test_days": 7},
        "session_purchase": {"valid_days": 0, "test_days": 7},
        **{task: {"valid_days": 0} for task in ("repeat_30d", "churn_90d", "return_30d")},
    },
}
KINDS = ("view_item", "add_to_cart", "remove_from_cart", "begin_checkout", "purchase", "search")


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds") + "Z"


# Lines of the sample, in any of the tracker's three layouts; some are broken on purpose.


def read(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Each line, and the document in it; empty where there is none."""
    lines = gzip.decompress(path.read_bytes()).decode("utf-8", "surrogateescape").splitlines()
    found = []
    for line in lines:
        try:
            document = json.loads(line)
        except ValueError:
            document = None
        found.append((line, document if isinstance(document, dict) else {}))
    return found


def write(path: Path, lines: list[str]) -> None:
    text = "".join(line + "\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode("utf-8", "surrogateescape"), mtime=0))


def read_rates(sample: Path) -> list[dict[str, Any]]:
    """Those of a day, whatever else is wrong with them."""
    items = json.loads((sample / "feeds" / "exchange_rates.json").read_text("utf-8"))
    return [item for item in items if isinstance(item, dict) and item.get("rate_date")]


def event_id(line: dict[str, Any]) -> str:
    return str(line.get("event_id") or line.get("id")).strip()


def visitor(line: dict[str, Any]) -> str | None:
    return line.get("client_id") or line.get("visitor")


def happened(line: dict[str, Any]) -> datetime:
    """By the device; after the cut where it says nothing."""
    times = line.get("time") if isinstance(line.get("time"), dict) else {}
    text = (times or {}).get("created") or line.get("event_timestamp") or line.get("ts")
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return CUT
    return (at.astimezone(UTC) if at.tzinfo else at).replace(tzinfo=None)


def received(line: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The same, received at another time; sent then too, so that it happened when it did."""
    if "time" in line:
        return {**line, "time": {**line["time"], "sent": stamp(at), "received": stamp(at)}}
    if "event_timestamp" in line:
        return {**line, "sent_at": stamp(at), "received_at": stamp(at)}
    return {**line, "received": stamp(at)}


class Poison:
    """What comes after the cut, or becomes known after it, at random."""

    def __init__(self, sample: Path, seed: int) -> None:
        self.random = random.Random(seed)
        lines = [line for path in web_files(sample) for _, line in read(path)]
        self.visitors = sorted({found for line in lines if (found := visitor(line))})
        with sqlite3.connect(sample / "shop.sqlite") as con:
            rows = con.execute("select customer_id from customers order by 1").fetchall()
        self.customers = [customer for (customer,) in rows]
        products = json.loads((sample / "feeds" / "products.json").read_text("utf-8"))
        self.products = sorted({item["product_id"] for item in products})
        past = {event_id(line) for line in lines if happened(line) < CUT - HOUR}
        self.delayed = {
            each: self.after() + TICK for each in sorted(past) if self.random.random() < 0.15
        }
        days = {str(rate["rate_date"]) for rate in read_rates(sample)}
        self.late_rates = {
            day for day in sorted(days) if day < f"{CUT:%Y-%m-%d}" and self.random.random() < 0.4
        }

    def after(self) -> datetime:
        """The cut itself, a microsecond later, or within ten days."""
        days = timedelta(seconds=self.random.uniform(0, 10 * 86400))
        return CUT + self.random.choice([timedelta(0), TICK, days, days, days])

    def before(self) -> datetime:
        return CUT - self.random.choice([HOUR, DAY, 20 * DAY]) * self.random.random() - TICK

    def event(self, number: int) -> dict[str, Any]:
        """After the cut; or before it, but received later."""
        is_late = self.random.random() < 0.5
        at = self.before() if is_late else self.after()
        received = max(at, self.after() + TICK) if is_late else at
        kind = self.random.choice([*KINDS, "login"])
        user = self.random.choice(self.customers)
        return {
            "schema_version": 3,
            "event_id": f"poison-{number}",
            "event_name": kind,
            "client_id": self.random.choice(self.visitors),
            "user_id": user if kind == "login" or self.random.random() < 0.5 else None,
            "time": {"created": stamp(at), "sent": stamp(received), "received": stamp(received)},
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "search_term": "poison",
            "transaction_id": f"poison-{number}",
            "currency": "EUR",
            "value": "99.90",
            "items": [{"item_id": self.random.choice(self.products), "price": "9.90"}],
        }

    def orders(self, con: sqlite3.Connection) -> None:
        """New ones, some just before the cut; old ones called off or given back after it."""
        for number in range(200):
            # Of the last day before the cut, an order was not known yet; var sources, lag_minutes.
            early = CUT - self.random.random() * DAY
            at = self.random.choice([self.after(), early]).isoformat(" ", "microseconds")
            con.execute(
                "insert into orders values (?, ?, ?, ?, 'paid', 'paid', 0, 'EUR', '1.00', '0', "
                "'4.95', null, null)",
                (f"poison-{number}", self.random.choice(self.customers), at, at),
            )
            con.execute(
                "insert into order_items values (?, 1, ?, ?, '77.70')",
                (f"poison-{number}", self.random.choice(self.products), self.random.randint(1, 9)),
            )
        sold = con.execute(
            "select orders.order_id, line_number, quantity, unit_price from orders "
            "join order_items using (order_id) where ordered_at < ? and payment_status = 'paid' "
            "and cancelled_at is null and is_test = 0 order by 1, 2",
            (CUT.isoformat(" ", "microseconds"),),
        ).fetchall()
        for order, line, quantity, price in sold:
            at = self.after().isoformat(" ", "microseconds")
            if self.random.random() < 0.3:
                con.execute(
                    "insert or ignore into refunds values (?, ?, ?, ?, ?, ?, 'poison')",
                    (f"poison-{order}-{line}", order, line, quantity, price, at),
                )
            elif self.random.random() < 0.3:
                con.execute(
                    "update orders set status = 'cancelled', cancelled_at = ?, updated_at = ? "
                    "where order_id = ?",
                    (at, at, order),
                )

    def version(self, product: str) -> dict[str, Any]:
        """Another price and category, from after the cut or told of after it."""
        is_late = self.random.random() < 0.5
        at = self.before() if is_late else self.after()
        return {
            "product_id": product,
            "name": "poison",
            "category_path": ["Poison"],
            "brand": "Poison",
            "price": "666.00",
            "currency": "EUR",
            "valid_from": stamp(at),
            "updated_at": stamp(max(at, self.after() + TICK)),
            "is_deleted": False,
        }

    def rates(self, sample: Path, *, are_late: bool) -> None:
        """Rates of some days, wild ones, become known after the cut; or are never published."""
        kept = []
        for rate in read_rates(sample):
            if str(rate["rate_date"]) not in self.late_rates:
                kept.append(rate)
            elif are_late:
                at = stamp(self.after() + TICK)
                kept.append({**rate, "rate": "7.7700", "published_at": at})
        path = sample / "feeds" / "exchange_rates.json"
        path.write_text("[\n" + ",\n".join(map(json.dumps, kept)) + "\n]\n", "utf-8")

    def into(self, sample: Path) -> None:
        """The sample's delayed events are received late, and poison is added to every source."""
        for path in web_files(sample):
            lines = [
                json.dumps(received(document, self.delayed[event_id(document)]))
                if event_id(document) in self.delayed
                else line
                for line, document in read(path)
            ]
            write(path, lines)
        extra = [json.dumps(self.event(number)) for number in range(1500)]
        write(sample / "web" / "delivery-1" / "2026-04-01.jsonl.gz", extra)
        with sqlite3.connect(sample / "shop.sqlite") as con:
            self.orders(con)
        path = sample / "feeds" / "products.json"
        items = json.loads(path.read_text("utf-8"))
        items += [self.version(product) for product in self.products[::3]]
        path.write_text(json.dumps(items), "utf-8")
        self.rates(sample, are_late=True)

    def out_of(self, sample: Path) -> None:
        """The sample without what will be delayed: as if it had never been."""
        for path in web_files(sample):
            write(path, [line for line, found in read(path) if event_id(found) not in self.delayed])
        self.rates(sample, are_late=False)


def web_files(sample: Path) -> list[Path]:
    return sorted((sample / "web").rglob("*.jsonl.gz"))


@dataclass
class Built:
    """One shop twice, under their homes: as it was, and poisoned."""

    clean: Path
    poisoned: Path
    poison: Poison


@pytest.fixture(scope="module")
def built(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    sample = folder / "sample"
    footfall("sample", "--events", "6000", "--days", "30", "--to", str(sample), home=folder)
    poison = Poison(sample, seed=5)
    homes = {name: folder / name for name in ("clean", "poisoned")}
    for name, home in homes.items():
        shutil.copytree(sample, home / "sample")
        (poison.into if name == "poisoned" else poison.out_of)(home / "sample")

    def each(do: str, **more: Any) -> None:
        jobs = [{"do": do, "home": str(home), **more} for home in homes.values()]
        for job in jobs if do == "ingest" else ():
            place = f"{job['home']}/sample"
            job["sources"] = {"web": f"{place}/web", "shop": f"sqlite:///{place}/shop.sqlite"}
            job["feeds"] = place
        for answer in workshop.run(*jobs):
            assert answer.code == 0, answer.printed
            assert answer.value == 0 or answer.value["success"], answer.printed

    each("ingest")
    features = ["--select", "+path:models/features"]
    each("build", variables=VARIABLES, arguments=features, kill=None)
    return Built(homes["clean"], homes["poisoned"], poison)


@pytest.fixture(scope="module")
def both(built: Built) -> Iterator[duckdb.DuckDBPyConnection]:
    """Features of the two, as schemas clean and poisoned, asked by the cut."""
    with duckdb.connect() as con:
        for name, home in (("clean", built.clean), ("poisoned", built.poisoned)):
            con.execute(f"attach '{home / 'footfall.duckdb'}' as {name}_build (read_only)")
            con.execute(f"create schema {name}")
            for table in TABLES:
                con.execute(f"""
                    create table {name}.{table} as from {name}_build.features.{table}
                    where greatest(prediction_at, available_as_of) <= timestamp '{CUT}'
                """)
        con.execute("""
            create table long_visits as
            select actor_id from clean_build.intermediate.int_sessions__events where is_capped
            union
            select actor_id from poisoned_build.intermediate.int_sessions__events where is_capped
        """)
        yield con


@pytest.mark.parametrize("table", TABLES)
def test_what_comes_later_changes_no_feature(both: duckdb.DuckDBPyConnection, table: str) -> None:
    """Nor what becomes known later: of one shop it happened and was told late, of one never."""
    moment = [*TABLES[table], "prediction_at", "available_as_of"]
    columns = [row[0] for row in both.execute(f"describe clean.{table}").fetchall()]
    features = [name for name in columns if not name.startswith(ANSWERS) and name not in moment]
    assert features
    differs = " or ".join(f"clean.{name} is distinct from poisoned.{name}" for name in features)
    shared, asked, changed = both.execute(f"""
        select
            count(poisoned.prediction_at),
            count(*),
            count(*) filter (poisoned.prediction_at is not null and ({differs}))
        from clean.{table} as clean
        left join poisoned.{table} as poisoned using ({", ".join(moment)})
    """).fetchall()[0]
    assert changed == 0
    assert asked >= 15
    # Visits of more than a day are cut by what is known of them now.
    who = next((name for name in ("actor_id", "visitor_id") if name in moment), None)
    long = f"{who} in (from long_visits)" if who else "false"
    gone = both.execute(f"""
        select count(*) from clean.{table} as clean
        anti join poisoned.{table} as poisoned using ({", ".join(moment)})
        where not {long}
    """).fetchall()
    assert gone == [(0,)]
    assert shared > 0.99 * asked


# What is served, once more from the facts by plain Python.

SERVED = {
    "customer": ["activity", "calendar", "commerce", "preferences"],
    "visitor": ["activity", "calendar"],
    "product": ["popularity", "standing", "covisits"],
    "category": ["popularity"],
    "visitor_product": ["affinity"],
    "session": ["prefix"],
}


@pytest.fixture(scope="module")
def facts(built: Built) -> dict[Path, Facts]:
    """Of either home."""
    found = {}
    for home in (built.clean, built.poisoned):
        # Under its own name, by which its views know their tables.
        with duckdb.connect(str(home / "footfall.duckdb"), read_only=True) as con:
            found[home] = read_facts(con)
    return found


@pytest.mark.parametrize("entity", SERVED)
def test_what_is_served_is_what_plain_python_says(
    built: Built, facts: dict[Path, Facts], entity: str
) -> None:
    tables = [f"ftr_{entity}__{theme}" for theme in SERVED[entity]]
    keys = feature_facts.TABLES[tables[0]][0]
    with opened(built.poisoned / "footfall.duckdb") as con:
        found = con.execute(f"from features.ftr_{entity}__latest order by all")
        names = [column[0] for column in found.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    # There are few categories: all of them.
    count = len(rows) if entity == "category" else 40
    assert len(rows) > (8 if entity == "category" else 40)
    for row in random.Random(entity).sample(rows, count):
        row.pop("input_fingerprint", None)
        key = [row.pop(name) for name in keys]
        moment = [*key, row.pop("prediction_at"), row.pop("available_as_of")]
        hours = 1 if entity == "session" else 48
        assert row.pop("expires_at") == moment[-2] + hours * HOUR
        right = {}
        for table in tables:
            for name, value in said_of(facts[built.poisoned], table, moment).items():
                told = f"{table[4:]}__{name}" if name == "is_cold_start" else name
                assert told not in right
                right[told] = value
        assert row == right, moment


def test_what_is_served_is_what_is_trained_on(built: Built) -> None:
    with duckdb.connect(str(built.poisoned / "footfall.duckdb"), read_only=True) as con:
        shared = " and ".join(
            f"served.{name} is not distinct from learned.{name}"
            for (name,) in con.execute("""
                select column_name from duckdb_columns() where table_name = 'ftr_customer__latest'
                intersect select column_name from duckdb_columns()
                where table_name = 'trn_purchase_7d' order by all
            """).fetchall()
        )
        assert "served.event_count_7d is" in shared
        served, same = con.execute(f"""
            select count(*), count(*) filter ({shared}) from features.ftr_customer__latest as served
            inner join features.trn_purchase_7d as learned using (customer_id, prediction_at)
        """).fetchall()[0]
    assert served > 40
    assert same == served


# Labels that know nothing, all the way from the label to the columns that a model is given.

# Of each task that has enough rows here: where a feature stands that may give the label away.
LEARNED = {
    "purchase_7d": ("ftr_customer__activity", "event_count_7d"),
    "session_purchase": ("ftr_session__prefix", "event_count_session"),
}
TIMES_PERMUTED = 4
Sets = tuple[duckdb.DuckDBPyConnection, dict[str, str]]


@pytest.fixture(scope="module")
def sets(built: Built) -> Iterator[Sets]:
    """The features of the clean shop, and the SQL of all that is made of them and of labels."""
    folder = built.clean / "target" / "compiled" / "footfall" / "models"
    sql = {path.stem: path.read_text("utf-8") for path in folder.rglob("*.sql")}
    with memory() as con:
        con.execute(f"attach '{built.clean / 'footfall.duckdb'}' as built (read_only)")
        tables = con.execute(
            "select table_name from duckdb_tables() "
            "where database_name = 'built' and schema_name = 'features'"
        ).fetchall()
        for (name,) in tables:
            con.execute(f"create table features.{name} as from built.features.{name}")
        # Late enough for every label that there is.
        watermarks = {"source": "varchar", "watermark_at": "timestamp"}
        known = [{"source": name, "watermark_at": CUT + 365 * DAY} for name in ("web", "shop")]
        fill(con, "intermediate.int_watermarks", watermarks, known)
        moment = [{"known_at": CUT + 365 * DAY}]
        fill(con, "intermediate.int_training_moment", {"known_at": "timestamp"}, moment)
        tasks = ", ".join(f"('{task}')" for task in LEARNED)
        change_keys(con, "int_fitted_parameters", "task", f"values {tasks}")
        yield con, sql


def permute(con: duckdb.DuckDBPyConnection, task: str, seed: int) -> None:
    """The labels that there are, each at the moment of another."""
    table = f"features.lbl_{task}"
    labels = [label for (label,) in con.execute(f"select label from {table}").fetchall()]
    random.Random(seed).shuffle(labels)
    con.register("permuted", pa.table({"label": labels, "place": range(len(labels))}))
    con.execute(f"update {table} set label = permuted.label from permuted where place = rowid")
    con.unregister("permuted")


def learned_from(sets: Sets, task: str) -> list[tuple[str, int, list[float | None]]]:
    """Of each row its split, its label, and every number that a model may be given, by time."""
    con, sql = sets
    for model, table in (
        (f"trn_{task}", f"features.trn_{task}"),
        ("int_fitted_parameters", "intermediate.int_fitted_parameters"),
        ("ftr_fitted_parameters", "features.fitted_parameters"),
        (f"trn_{task}__transformed", f"features.trn_{task}__transformed"),
    ):
        con.execute(f"create or replace table {table} as {sql[model]}")
    numbers = [
        f"cast({table}.{name} as double)"
        for table in (f"trn_{task}", f"trn_{task}__transformed")
        for name, type_, *_ in con.execute(f"describe features.{table}").fetchall()
        if type_ in ("INTEGER", "BIGINT", "DOUBLE", "BOOLEAN") and name != "label"
    ]
    keys = ", ".join([*TABLES[f"trn_{task}"], "prediction_at"])
    found = con.execute(f"""
        select trn_{task}.split, trn_{task}.label, {", ".join(numbers)}
        from features.trn_{task} inner join features.trn_{task}__transformed using ({keys})
        order by prediction_at, {keys}
    """).fetchall()
    return [(split, label, list(values)) for split, label, *values in found]


@pytest.mark.parametrize("is_leaked", [False, True])
@pytest.mark.parametrize("task", LEARNED)
def test_permuted_labels_teach_nothing(sets: Sets, task: str, is_leaked: bool) -> None:
    """Learned from half of what trains, nothing of the rest; but where a feature is the label."""
    con, _ = sets
    table, feature = LEARNED[task]
    areas: dict[str, list[float]] = {"train": [], "test": []}
    chance = {}
    con.execute(f"create temporary table kept as from features.{table}")
    for seed in range(TIMES_PERMUTED):
        permute(con, task, seed)
        if is_leaked:
            moment = (*TABLES[table], "prediction_at")
            con.execute(
                f"update features.{table} as leaky set {feature} = labels.label "
                f"from features.lbl_{task} as labels where "
                + " and ".join(f"leaky.{name} = labels.{name}" for name in moment)
            )
        rows = learned_from(sets, task)
        trained = [row for row in rows if row[0] == "train"]
        half = len(trained) // 2
        assert half > 100
        score = learned([row[2] for row in trained[:half]], [row[1] for row in trained[:half]])
        tested = [row for row in rows if row[0] == "test"]
        for part, tried in (("train", trained[half:]), ("test", tested)):
            areas[part].append(area([(score(values), label) for _, label, values in tried]))
            chance[part] = deviation([label for _, label, _ in tried]) / TIMES_PERMUTED**0.5
    con.execute(f"create or replace table features.{table} as from kept; drop table kept")
    for part, found in areas.items():
        off = sum(found) / TIMES_PERMUTED - 0.5
        # Four standard deviations of what knows nothing.
        assert off > 0.2 if is_leaked else abs(off) < 4 * chance[part], (part, off)


# A spine of one's own, with moments that nobody should ask for.

MINE = """
-- Grain: one row per account and moment, some of them twice.
select
    customer_id,
    purpose,
    prediction_at,
    prediction_at as available_as_of
from (
    values
    ('{known}', 'train', timestamp '2026-03-20 12:00:00'),
    ('{known}', 'train', timestamp '2026-03-20 12:00:00'),
    ('{known}', 'serve', timestamp '2026-03-20 12:00:00'),
    ('{known}', 'train', timestamp '2000-01-01 00:00:00'),
    ('{known}', 'serve', timestamp '2099-01-01 00:00:00'),
    ('nobody', 'serve', timestamp '2026-03-20 12:00:00')
) as t (customer_id, purpose, prediction_at)
"""
MINE_YAML = """
models:
  - name: ftr_spine__mine
    data_tests:
      - unique_by:
          name: ftr_spine__mine_has_one_row_per_moment
          arguments: {columns: [customer_id, prediction_at, purpose]}
          # So that the rest is built all the same.
          config: {severity: warn}
    columns:
      - {name: customer_id, data_type: varchar}
      - {name: purpose, data_type: varchar}
      - {name: prediction_at, data_type: timestamp}
      - {name: available_as_of, data_type: timestamp}
"""


@dataclass
class Own:
    """The clean shop, built on with one more spine by a copy of the project."""

    home: Path
    known: str
    said: str  # by dbt, of models and tests


@pytest.fixture(scope="module")
def own(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Own:
    folder = tmp_path_factory.mktemp("own")
    project = deliveries.copy(folder / "project")
    home = folder / "home"
    home.mkdir()
    for name in ("footfall.duckdb", "landing.duckdb"):
        shutil.copy(built.clean / name, home)
    with opened(home / "footfall.duckdb") as con:
        query = f"""
            select max(customer_id) from features.ftr_customer__latest
            where event_count_7d > 0 and first_event__age_seconds > {20 * 86400}
        """
        [(known,)] = con.execute(query).fetchall()
    spines = project / "models" / "features" / "spines"
    (spines / "ftr_spine__mine.sql").write_text(MINE.format(known=known))
    (spines / "_mine__models.yml").write_text(MINE_YAML)
    settings = project / "dbt_project.yml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("\n  spines:\n", "\n  spines:\n    mine: [customer_id]\n"))

    select = ("--select", "ftr_spine__mine+", "--exclude-resource-type", "unit_test")
    command = (sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "build", *select)
    done = run(*command, "--vars", json.dumps(VARIABLES), home=home, cwd=project)
    assert done.returncode == 0, done.stdout[-3000:]
    return Own(home, known, done.stdout)


def test_a_spine_of_ones_own_is_a_model_and_a_line(
    built: Built, facts: dict[Path, Facts], own: Own
) -> None:
    """Its moments have features like all others, each once however often it stands there."""
    for theme in SERVED["customer"]:
        table = f"ftr_customer__{theme}"
        with opened(own.home / "footfall.duckdb") as con:
            found = con.execute(f"""
                from features.{table}
                where customer_id = 'nobody' or customer_id = '{own.known}'
                    and prediction_at in ('2000-01-01', '2026-03-20 12:00:00', '2099-01-01')
            """)
            names = [column[0] for column in found.description or []]
            rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        assert len(rows) == 4
        for row in rows:
            row.pop("input_fingerprint", None)
            moment = [row.pop(n) for n in ("customer_id", "prediction_at", "available_as_of")]
            assert row == said_of(facts[built.clean], table, moment), moment
            # Before all data, and of whom nobody heard: nothing is known. Of the future: all that
            # is known so far.
            if theme == "activity":
                is_nothing = moment[0] == "nobody" or moment[1].year == 2000
                assert row["is_cold_start"] == is_nothing


def test_a_moment_that_stands_twice_is_told_by_the_spines_own_test(own: Own) -> None:
    """And by no other: whatever reads the spine has it once."""
    assert "WARN 1 ftr_spine__mine_has_one_row_per_moment" in own.said
    assert "WARN=1 ERROR=0 SKIP=0" in own.said


def test_what_is_served_of_nobody_and_of_the_future(own: Own) -> None:
    """A row that knows nothing says so; a moment to come is served as far as it is known."""
    with opened(own.home / "footfall.duckdb") as con:
        found = con.execute(f"""
            select customer_id, customer__activity__is_cold_start, event_count_7d, prediction_at
            from features.ftr_customer__latest where customer_id in ('nobody', '{own.known}')
            order by customer_id = 'nobody'
        """).fetchall()
    assert found == [
        (own.known, False, 0, datetime.fromisoformat("2099-01-01")),
        ("nobody", True, None, datetime.fromisoformat("2026-03-20 12:00:00")),
    ]
