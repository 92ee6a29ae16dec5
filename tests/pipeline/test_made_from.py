"""What is made from the same is not made again; macros/engines/made_from.sql.

A project of a few small models with Footfall's materializations. Whether a table was made is seen
in a remark on it; whether a test was asked, in rows that it would not let pass.
"""

import json
import shutil
import sys
from pathlib import Path

import duckdb
import pytest

from tests.macro_sql import expanded
from tests.support import PROJECT, run

DBT_PROJECT = """
name: footfall
version: "1.0"
profile: small
flags: {send_anonymous_usage_stats: false}
vars: {training_sets_every: week}
on-run-start:
  - "{{ record_versions() }}"
  - "{{ know_versions() }}"
on-run-end: "{{ record_passed() }}"
"""
PROFILES = """
small: {target: dev, outputs: {dev: {type: duckdb, path: small.duckdb, schema: main, threads: 2}}}
"""
TABLE = "{{ config(materialized='table') }}"
MODELS = {
    "sold": TABLE + " select item, amount from {{ ref('sales') }} where amount > 0",
    "named": "select item, amount, 'it' as named from {{ ref('sold') }}",
    "totals": TABLE + " select item, sum(amount) as total from {{ ref('named') }} group by item",
    "items": "{{ keyed_by('item', [{'model': 'sold', 'fingerprint': fingerprint(['amount'])}]) }}"
    " select sold.item, sum(sold.amount) as total, any_value(changed.input_fingerprint)"
    " as input_fingerprint from {{ ref('sold') }} as sold"
    " inner join {{ changed_keys() }} as changed on sold.item = changed.item group by sold.item",
    "of_items": TABLE + " select count(*) as item_count from {{ ref('items') }}",
    "today": TABLE + " select item, current_date as today from {{ ref('sold') }}",
    "of_today": TABLE + " select count(*) as row_count from {{ ref('today') }}",
    "a_clock": "select item, now() as now_at from {{ ref('sold') }}",
    "of_a_clock": TABLE + " select count(*) as row_count from {{ ref('a_clock') }}",
    "int_training_moment": TABLE + " select timestamp '2026-03-02' as known_at",
    "told": TABLE + " select item, amount, day::timestamp as available_as_of,"
    " case when item = 'c' then 'serve' else 'train' end as purpose from {{ ref('sales') }}",
    "seen": "{{ keyed_by('item', [{'model': 'told',"
    " 'fingerprint': fingerprint(['amount', 'available_as_of'])}]) }}"
    " select told.item, told.amount, told.available_as_of, changed.input_fingerprint"
    " from {{ ref('told') }} as told"
    " inner join {{ changed_keys() }} as changed on told.item = changed.item",
    # Says that something changed, and not what.
    "dated": TABLE + " select item, hash(max(day)) as input_fingerprint from {{ ref('sales') }}"
    " group by item",
    "of_dated": "{{ keyed_by('item', ['dated']) }} select * from {{ changed_keys() }} as changed",
    "of_known": "{{ keyed_by('item', ['seen']) }}"
    " select known.item, any_value(changed.input_fingerprint) as input_fingerprint"
    " from {{ known_rows(ref('seen')) }} as known"
    " inner join {{ changed_keys() }} as changed on known.item = changed.item group by known.item",
    # Of an item's rows the known ones stay, whatever its fingerprint.
    "learned_of_seen": TABLE + " select sum(amount) as total"
    " from {{ known_rows(ref('seen')) }} as known",
    "learned": TABLE + " select sum(amount) as total from {{ known_rows(ref('told')) }} as known",
    "learned_of_train": TABLE + " select sum(amount) as total"
    " from {{ known_rows(ref('told'), purpose='train') }} as known",
    "compared": TABLE + " select count(*) as row_count from {{ known_rows(ref('told')) }} as known"
    " inner join {{ ref('told') }} as every on known.amount = every.amount",
    # By another spelling than dbt's.
    "spelled": "{% set told = ref('told') %}" + TABLE + " select count(*) as row_count"
    " from {{ known_rows(told) }} as known, {{ told.schema }}.{{ told.identifier }} as every",
    "short": "{% set sold = ref('sold') %}" + TABLE + " select sum(amount) as total"
    " from {{ sold.schema }}.{{ sold.identifier }} as sold",
}
# Landed, with the columns that say which file and load brought a row, and by hand.
SOURCES = """
sources:
  - name: shop
    schema: main
    tables: [{name: landed}, {name: kept_by_hand}]
"""
OF_SOURCES = {
    "of_landed": TABLE + " select sum(amount) as total from {{ source('shop', 'landed') }}",
    "a_hand": "select * from {{ source('shop', 'kept_by_hand') }}",
    "of_a_hand": TABLE + " select sum(amount) as total from {{ ref('a_hand') }}",
    "stg_landing__files": TABLE + " select * from {{ ref('files') }}",
    "of_orders": TABLE + " select count(*) as file_count"
    " from {{ landed_files('shop', 'orders') }} as files",
    "of_orders_and_more": TABLE + " select count(*) as file_count"
    " from {{ landed_files('shop', 'orders') }} as files, {{ ref('stg_landing__files') }} as more",
}
FILES = """source,entity,status,file_id
shop,orders,landed,one
shop,refunds,landed,two
"""
TESTS = {
    "no_total_is_above_100": "select * from {{ ref('totals') }} where total > 100",
    "no_item_is_above_100": "select * from {{ ref('items') }} where total > 100",
}
SALES = """item,amount,day
a,5,2026-03-01
b,7,2026-03-01
b,0,2026-03-01
a,1,2026-03-05
"""


class Project:
    """The small project in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self) -> None:
        folder = self.folder
        shutil.copytree(PROJECT / "macros", folder / "macros")
        for name in ("models", "tests/generic", "seeds"):
            (folder / name).mkdir(parents=True)
        shutil.copy(PROJECT / "tests" / "generic" / "unique_by.sql", folder / "tests" / "generic")
        (folder / "dbt_project.yml").write_text(DBT_PROJECT)
        (folder / "profiles.yml").write_text(PROFILES)
        self.write("seeds/sales.csv", SALES)
        for name, sql in MODELS.items():
            self.write(f"models/{name}.sql", sql)
        for name, sql in TESTS.items():
            self.write(f"tests/{name}.sql", sql)
        assert self.dbt("build") == []

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text)

    def dbt(self, *command: str) -> list[str]:
        """Run a command; the nodes that failed."""
        dbt = (sys.executable, "-m", "dbt.cli.main", *command, "--profiles-dir", ".")
        done = run(*dbt, home=self.folder, cwd=self.folder)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        said = json.loads((self.folder / "target" / "run_results.json").read_text())
        return sorted(
            result["unique_id"].split(".")[2]
            for result in said["results"]
            if result["status"] not in ("success", "pass")
        )

    def execute(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(self.folder / "small.duckdb") as con:
            return con.execute(sql).fetchall()

    def tables_made_by(self, models: dict[str, str], *command: str) -> set[str]:
        """The tables that a command makes: they lose the remark that the others keep."""
        names = [name for name, sql in models.items() if TABLE in sql]
        for name in names:
            self.execute(f"comment on table {name} is 'as it was'")
        assert self.dbt(*command) == []
        kept = self.execute("select table_name from duckdb_tables() where comment = 'as it was'")
        return set(names) - {str(name) for (name,) in kept}

    def made_by(self, *command: str) -> set[str]:
        """The same, and `items`, of which a key may be made alone: its answer tells."""
        made = self.tables_made_by(MODELS, *command)
        said = json.loads((self.folder / "target" / "run_results.json").read_text())["results"]
        (items,) = (one["message"] for one in said if one["unique_id"] == "model.footfall.items")
        return made if items == "unchanged" or items.startswith("0 ") else {"items", *made}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made_from") / "small"
    Project(folder).begin()
    return folder


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Project:
    """As it was built once."""
    return Project(shutil.copytree(built, tmp_path / "small", symlinks=True))


# Made in each build. What is there now is the same all day, so that of_today need not be made.
ASK_THE_CLOCK = {"today", "of_a_clock"}
# They read all rows of a table beside those that were known.
BOTH = ("compared", "spelled")


def test_what_changes_nothing_makes_nothing(project: Project) -> None:
    assert project.made_by("build") == ASK_THE_CLOCK
    # A row that the first model leaves out, and that was known too late.
    project.write("seeds/sales.csv", SALES + "c,0,2026-03-09\n")
    assert project.made_by("build") == {"sold", "told", "dated", *BOTH} | ASK_THE_CLOCK
    # In which order a meta has its entries.
    meta = {"owner": "us", "tier": "one", "domain": "shop"}
    for entries in (meta, dict(reversed(meta.items()))):
        said = TABLE.replace(")", f", meta={entries})")
        project.write("models/totals.sql", MODELS["totals"].replace(TABLE, said))
        made = project.made_by("build")
    assert "totals" not in made


def test_a_row_makes_what_it_reaches(project: Project) -> None:
    project.write("seeds/sales.csv", SALES + "b,3,2026-03-09\n")
    # Of three items one fingerprint is another one, though there are as many.
    reached = {"sold", "told", "dated", *BOTH, "short", "totals", "items", "of_items", "of_today"}
    assert project.made_by("build") == reached | ASK_THE_CLOCK
    assert project.execute("select item, total from totals order by all") == [("a", 6), ("b", 10)]
    assert project.execute("select item, total from items order by all") == [("a", 6), ("b", 10)]
    assert project.execute("select total from learned") == [(12,)]
    assert project.execute("select max(available_as_of)::varchar from seen") == [
        ("2026-03-09 00:00:00",)
    ]
    # And one that was known by then.
    project.write("seeds/sales.csv", SALES + "b,3,2026-03-02\n")
    assert {"learned", "learned_of_seen", "learned_of_train"} <= project.made_by("build")
    assert project.execute("select total from learned") == [(15,)]
    assert project.execute("select total from learned_of_seen") == [(15,)]
    # As many rows as before.
    project.write("seeds/sales.csv", SALES + "b,4,2026-03-02\n")
    assert project.made_by("build") >= {"sold", "totals", "items", "learned"}
    assert project.execute("select item, total from totals order by all") == [("a", 6), ("b", 11)]
    assert project.execute("select item, total from items order by all") == [("a", 6), ("b", 11)]
    # One that was known, but nobody trains on it.
    project.write("seeds/sales.csv", SALES + "b,4,2026-03-02\nc,9,2026-03-02\n")
    made = project.made_by("build")
    assert "learned" in made
    assert "learned_of_train" not in made
    assert project.execute("select total from learned_of_train") == [(16,)]


def test_a_fingerprint_that_changes_reaches_who_goes_by_it(project: Project) -> None:
    """Also where no other column does, and where the rows that are read stay."""

    def stands() -> list[list[tuple[object, ...]]]:
        return [project.execute(f"from {name} order by all") for name in ("of_dated", "of_known")]

    moved = SALES.replace("b,7,2026-03-01", "b,7,2026-03-02")
    for sales in (moved, moved + "b,3,2026-03-09\n"):
        project.write("seeds/sales.csv", sales)
        assert project.dbt("build") == []
        found = stands()
        assert project.dbt("build", "--full-refresh") == []
        assert stands() == found


def test_an_edit_makes_what_it_reaches(project: Project) -> None:
    project.write("models/named.sql", MODELS["named"].replace("'it'", "'that'"))
    assert project.made_by("build") == {"totals"} | ASK_THE_CLOCK
    project.write("models/totals.sql", MODELS["totals"].replace("sum(", "max("))
    assert project.made_by("build") == {"totals"} | ASK_THE_CLOCK
    assert project.execute("select item, total from totals order by all") == [("a", 5), ("b", 7)]
    # The same numbers of another type.
    typed = MODELS["sold"].replace("amount from", "amount::smallint as amount from")
    project.write("models/sold.sql", typed)
    assert project.made_by("build") >= {"sold", "totals"}
    project.write("models/totals.yml", "models: [{name: totals, description: 'Of each item.'}]")
    assert project.made_by("build") == {"totals"} | ASK_THE_CLOCK


def test_rows_of_a_source_make_what_reads_them(project: Project) -> None:
    project.execute("""
        create table landed as
        select 'one' as _file_id, 1 as _row_number, 'a' as _dlt_load_id, 3 as amount;
        create table kept_by_hand as select 3 as amount
    """)
    project.write("models/sources.yml", SOURCES)
    project.write("seeds/files.csv", FILES)
    for name, sql in OF_SOURCES.items():
        project.write(f"models/{name}.sql", sql)

    def made(*changes: str) -> set[str]:
        for change in changes:
            project.execute(change)
        return project.tables_made_by(OF_SOURCES, "build", "--select", *OF_SOURCES, "files")

    assert project.dbt("build") == []
    assert made() == set()
    # One more, the same of another load or file in its place, another number, none.
    for change in (
        "insert into landed values ('one', 2, 'a', 3)",
        "update landed set _dlt_load_id = 'b' where _row_number = 2",
        "update landed set _file_id = 'two' where _row_number = 2",
        "update landed set _row_number = 3 where _row_number = 2",
        "delete from landed where _row_number = 3",
        # Rows say nothing of a column that only later ones have.
        "alter table landed add column more integer",
    ):
        assert made(change) == {"of_landed"}, change
        assert made() == set()
    assert made("update kept_by_hand set amount = 4") == {"of_a_hand"}
    assert project.execute("from of_a_hand") == [(4,)]
    # A file of another entity is nothing to the orders, but to who looks at all.
    project.write("seeds/files.csv", FILES + "shop,refunds,landed,three\n")
    assert made() == {"stg_landing__files", "of_orders_and_more"}
    project.write("seeds/files.csv", FILES + "shop,orders,landed,three\n")
    assert made() == {"stg_landing__files", "of_orders", "of_orders_and_more"}
    assert project.execute("from of_orders") == [(2,)]


def test_a_part_is_read_again_when_the_training_moment_moves(project: Project) -> None:
    later = MODELS["int_training_moment"].replace("03-02", "03-06")
    project.write("models/int_training_moment.sql", later)
    assert project.made_by("build") >= {"int_training_moment", "learned", "learned_of_train"}
    assert project.execute("select total from learned") == [(13,)]
    # Without the row that this brought, the rows are those that were known at the moment before.
    project.write("seeds/sales.csv", SALES.replace("a,1,2026-03-05\n", ""))
    assert project.made_by("build") >= {"learned", "learned_of_train"}
    assert project.execute("select total from learned") == [(12,)]


def test_a_full_refresh_makes_everything(project: Project) -> None:
    everything = {name for name, sql in MODELS.items() if TABLE in sql} | {"items"}
    assert project.made_by("build", "--full-refresh") == everything


def test_a_table_that_is_gone_is_made(project: Project) -> None:
    before = project.execute("from totals order by all"), project.execute("from items order by all")
    project.execute("drop table totals; drop table items; create view items as select 1 as one")
    assert project.dbt("build") == []
    after = project.execute("from totals order by all"), project.execute("from items order by all")
    assert after == before


def test_what_failed_is_made_the_next_time(project: Project) -> None:
    project.write("models/totals.sql", MODELS["totals"].replace("sum(amount)", "error('no')"))
    assert project.dbt("build") == ["no_total_is_above_100", "totals"]
    project.write("seeds/sales.csv", SALES + "b,3,2026-03-09\n")
    assert project.dbt("build") == ["no_total_is_above_100", "totals"]
    project.write("models/totals.sql", MODELS["totals"])
    assert project.dbt("build") == []
    assert project.execute("select item, total from totals order by all") == [("a", 6), ("b", 10)]


def test_a_test_that_passed_is_asked_of_other_rows_only(project: Project) -> None:
    project.execute("update totals set total = 101; update items set total = 101")
    assert project.dbt("build") == []
    assert project.dbt("test") == sorted(TESTS)
    project.write("seeds/sales.csv", SALES + "b,300,2026-03-09\n")
    # A test that failed is asked again, and again.
    for _ in range(2):
        assert project.dbt("build") == sorted([*TESTS, "of_items"])
    project.write("seeds/sales.csv", SALES)
    assert project.dbt("build") == []
    project.write(
        "tests/no_total_is_above_100.sql",
        TESTS["no_total_is_above_100"].replace("> 100", "> 6"),
    )
    assert project.dbt("build") == ["no_total_is_above_100"]


KEYS_OF_SEEN = """
models:
  - name: seen
    data_tests:
      - unique_by: {name: an_amount_is_of_one, arguments: {columns: [amount]}}
      - unique_by: {name: an_item_has_an_amount_once, arguments: {columns: [item, amount]}}
"""
TWICE = "insert into seen from seen where item = 'b' and amount = 7"


def test_a_key_that_was_one_is_asked_of_what_came_since(project: Project) -> None:
    both = ["an_amount_is_of_one", "an_item_has_an_amount_once"]

    def asked(*more: str) -> list[str]:
        project.write("seeds/sales.csv", SALES + "".join(f"{row},2026-03-05\n" for row in more))
        return project.dbt("build", "--select", "+seen")

    project.write("models/seen.yml", KEYS_OF_SEEN)
    assert asked() == []
    # What nobody made is not looked at while another item is made anew; by `dbt test` it is.
    project.execute(TWICE)
    assert asked("a,3") == []
    assert project.dbt("test") == both
    # A new row is compared with all there are, and again until it is right.
    assert asked("a,0") == both[:1]
    assert asked("a,0") == both[:1]
    # The whole table made anew: both items, of which one is wrong.
    assert asked("b,9", "b,9") == both
    assert asked() == []
    # What was made anew in two builds, of which the first did not ask, is asked as a whole.
    project.write("seeds/sales.csv", SALES + "a,3,2026-03-05\n")
    assert project.dbt("build", "--exclude", "resource_type:test") == []
    project.execute(TWICE)
    assert asked("a,4") == both
    # And where the table was written since by what keeps no such keys, as an older version did.
    assert project.dbt("build", "--full-refresh") == []
    project.write("seeds/sales.csv", SALES + "a,3,2026-03-05\n")
    assert project.dbt("build", "--exclude", "resource_type:test") == []
    project.execute(TWICE)
    project.execute("update table_versions set content = 'other' where table_name = 'main.seen'")
    assert asked("a,3") == both


ADDED_UP = """
{{ config(meta={'asked_by': 'item'}) }}
select items.item from {{ ref('items') }} as items
full join (select item, sum(amount) as total from {{ ref('seen') }} group by item) as sums
on items.item = sums.item where items.total is distinct from sums.total
"""
TOLD_AGAIN = """
{{ config(meta={'asked_by': 'item'}) }}
select items.item from {{ ref('items') }} as items
full join {{ ref('items_again') }} as again on items.item = again.item
where items.item is null or again.item is null
"""
BY_AMOUNT = """
{{ keyed_by('amount', [{'model': 'told', 'fingerprint': fingerprint(['item'])}]) }}
select told.amount, max(told.item) as item,
    any_value(changed.input_fingerprint) as input_fingerprint
from {{ ref('told') }} as told
inner join {{ changed_keys() }} as changed on told.amount = changed.amount group by told.amount
"""


def test_what_holds_item_by_item_is_asked_of_those_made_anew(project: Project) -> None:
    # Where more than half of the keys change all are made anew.
    others = [f"{item},{n}" for n, item in enumerate("pqrstuv", start=20)]

    def asked(*more: str) -> list[str]:
        rows = "".join(f"{row},2026-03-05\n" for row in (*others, *more))
        project.write("seeds/sales.csv", SALES + rows)
        return project.dbt("build")

    def spoilt() -> None:
        project.execute("update items set total = 70 where item = 'b'")

    project.write("tests/items_add_up.sql", ADDED_UP)
    assert asked() == []
    # Of two tables that say the same of an item, one is wrong where nothing was made anew.
    spoilt()
    assert asked("a,3") == []
    assert project.dbt("test") == ["items_add_up"]
    # A fall that no sale is: what was made anew fails, again and again; then all of it is right.
    assert asked("a,3", "a,-3", "b,1") == ["items_add_up"]
    assert asked("a,3", "a,-3", "b,1") == ["items_add_up"]
    assert asked("a,2") == []
    # An item that is gone from one of them, as it was gone from the other.
    assert asked("a,2", "c,4") == []
    assert asked("a,2") == []
    # A table that has no such key, or another, and what a view says may change for every item.
    project.write("models/by_amount.sql", BY_AMOUNT)
    for other in ("totals", "by_amount", "named"):
        also = f" or (select count(*) from {{{{ ref('{other}') }}}}) = -1"
        project.write("tests/items_add_up.sql", ADDED_UP + also)
        assert asked("b,1") == []
        spoilt()
        assert asked("b,1", "a,8") == ["items_add_up"]
        assert project.dbt("build", "--full-refresh") == []
    # A key of another table, of the same letters.
    project.write("tests/items_add_up.sql", ADDED_UP)
    assert asked("60,2") == []
    project.execute("update items set total = 70 where item = '60'")
    assert asked("60,2", "a,60") == []
    # Through a view a table has all its items.
    project.write("models/items_again.sql", "select * from {{ ref('items') }}")
    project.write("tests/items_add_up.sql", TOLD_AGAIN)
    assert asked("b,1") == []
    assert asked("b,1", "a,8") == []


FOLLOWING = """
{{ config(materialized='table', meta={'follows': 'seen', 'by': 'amount'}) }}
select item, amount, count(*) over (partition by amount) as row_count,
    (select count(*) from {{ ref('seen') }}) > 0 as is_seen
from {{ ref('seen') }} where amount is not null
"""


def test_a_table_that_follows_makes_values_of_rebuilt_rows_anew(project: Project) -> None:
    query = "select item, amount, row_count from following order by all"

    def made(*rows: str) -> list[tuple[object, ...]]:
        project.write(
            "seeds/sales.csv", "item,amount,day\n" + "".join(f"{row},2026-03-01\n" for row in rows)
        )
        assert project.dbt("build", "--select", "+following") == []
        return project.execute(query)

    def told(*rows: str) -> list[tuple[object, ...]]:
        pairs = [(item, int(amount)) for item, amount in (row.split(",") for row in rows)]
        return sorted((*pair, sum(other[1] == pair[1] for other in pairs)) for pair in pairs)

    first = ("a,5", "b,5", "b,7", "c,9", "d,9", "e,1", "f,2")
    project.write("models/following.sql", FOLLOWING)
    assert made(*first) == told(*first)
    # Here nobody looks: of this amount no row changes in what follows.
    project.execute("update following set row_count = 70 where amount = 1")
    spoilt = ("e", 1, 70)
    for rows in (
        # A row more of an amount that others have, or none has; one that goes, and one that moves.
        ("a,5", "b,5", "b,7", "c,9", "d,9", "f,2", "f,5"),
        ("a,5", "b,5", "b,7", "c,9", "d,9", "f,2", "f,5", "g,3"),
        ("a,5", "b,7", "c,9", "f,2", "g,3"),
        ("a,5", "b,9", "c,9", "f,7", "g,3"),
    ):
        assert made(*rows, "e,1") == sorted([*told(*rows), spoilt])
    # What nobody saw made, other code and a full refresh make all of it.
    project.write("seeds/sales.csv", SALES + "e,1,2026-03-01\n")
    assert project.dbt("build", "--select", "+seen") == []
    assert made("k,4", "e,1") == told("k,4", "e,1")
    project.execute("update following set row_count = 70 where amount = 1")
    project.write("models/following.sql", FOLLOWING + " and amount < 9")
    assert made("a,1", "e,1", "g,3", "h,9") == told("a,1", "e,1", "g,3")
    project.execute("update following set row_count = 70 where amount = 3")
    assert project.dbt("build", "--select", "+following", "--full-refresh") == []
    assert project.execute(query) == told("a,1", "e,1", "g,3")


BESIDE = (
    "{{ config(materialized='table', meta={'rebuilt_by': 'item'}) }} select * from "
    "{{ ref('days') }}"
)
# What it has of an item, it has of two tables' rows of that item.
BELOW = """
{{ keyed_by('item', [
    {'model': 'seen', 'fingerprint': fingerprint(['amount'])},
    {'model': 'of_beside', 'follows': ['beside'], 'fingerprint': fingerprint(['day'])},
], constants=['moment']) }}
select changed.item, sum(seen.amount) as total, min(beside.day) as day,
    min(changed.input_fingerprint) as input_fingerprint
from {{ changed_keys() }} as changed
left join {{ ref('seen') }} as seen on changed.item = seen.item
left join {{ ref('of_beside') }} as beside on changed.item = beside.item
group by changed.item
"""


def test_keys_are_looked_at_where_something_above_them_changed(project: Project) -> None:
    sales = dict.fromkeys("abcdefgh", 1)
    days = dict.fromkeys("abcdefgh", 1)
    project.write("models/moment.sql", TABLE + " select 1 as moment")
    project.write("models/beside.sql", BESIDE)
    project.write("models/of_beside.sql", "select item, day from {{ ref('beside') }}")
    project.write("models/below.sql", BELOW)

    def build(select: str = "+below", *options: str) -> None:
        rows = "".join(f"{item},{amount},2026-03-01\n" for item, amount in sales.items())
        project.write("seeds/sales.csv", "item,amount,day\n" + rows)
        rows = "".join(f"{item},{day}\n" for item, day in days.items())
        project.write("seeds/days.csv", "item,day\n" + rows)
        assert project.dbt("build", "--select", select, *options) == []

    def made() -> dict[object, tuple[object, object]]:
        found = project.execute("select item, total, day from below")
        assert len(found) == len({item for item, *_ in found})
        return {item: (total, day) for item, total, day in found}

    def told() -> dict[object, tuple[object, object]]:
        return {i: (sales.get(i), days.get(i)) for i in sales.keys() | days.keys()}

    def spoil() -> None:
        """A row that whoever looks at its key makes anew."""
        project.execute("update below set total = 70, input_fingerprint = 1 where item = 'e'")

    def is_looked_at(select: str = "+below", *options: str) -> bool:
        spoil()
        build(select, *options)
        right, spoilt = told(), {"e": (70, days["e"])}
        assert made() in (right, right | spoilt)
        return made() == right

    build()
    assert made() == told()
    # Changed, new, gone and gone from one of the two; in either table and in both.
    sales["a"] = 2
    assert not is_looked_at()
    days["b"] = 2
    assert not is_looked_at()
    sales["i"], days["j"], sales["c"], days["c"] = 3, 3, 3, 3
    assert not is_looked_at()
    del sales["a"], days["b"], sales["i"]
    assert not is_looked_at()
    del sales["b"], days["a"]
    assert "a" not in told()
    assert not is_looked_at()
    # One that nobody saw being rebuilt, of which this command does not know the keys.
    sales["d"] = 2
    build("+seen")
    assert is_looked_at()
    days["d"] = 2
    build("+beside")
    sales["d"] = 3
    assert is_looked_at()
    # What every key goes by, the code of a view and of the model, and a full refresh.
    project.write("models/moment.sql", TABLE + " select 2 as moment")
    sales["d"] = 4
    assert is_looked_at()
    project.write("models/of_beside.sql", "select item, day, 1 as one from {{ ref('beside') }}")
    sales["d"] = 5
    assert is_looked_at()
    project.write("models/below.sql", BELOW.replace("min(beside.day)", "max(beside.day)"))
    sales["d"] = 6
    assert is_looked_at()
    sales["d"] = 7
    assert is_looked_at("+below", "--full-refresh")
    sales["d"] = 8
    assert not is_looked_at()
    # Where most rows are others, all are made anew.
    for item in "cdfgh":
        sales[item] = 9
    assert is_looked_at()
    # Of a view that says nothing, any key may be another.
    project.write("models/below.sql", BELOW.replace("'follows': ['beside'], ", ""))
    build()
    sales["d"] = 9
    assert not is_looked_at()
    days["d"] = 9
    assert is_looked_at()

    # So may each where all go by the followed table, or where that tells by another column.
    project.write("models/below.sql", BELOW.replace("['moment']", "['moment', 'seen']"))
    build()
    sales["d"] = 10
    assert is_looked_at()
    project.write("models/below.sql", BELOW)
    worded = BESIDE.replace("select *", "select *, 'x' || day as word")
    project.write("models/beside.sql", worded.replace("'item'", "'word'"))
    build()
    days["d"] = 10
    assert is_looked_at()


# As many rows as were sold; of a day, as a moment.
MANY = """
{{ keyed_by('item', ['seen']) }}
select changed.item, unnest(range(seen.amount)) as number, changed.input_fingerprint
from {{ changed_keys() }} as changed
inner join {{ ref('seen') }} as seen on changed.item = seen.item
"""
BY_DAY = """
{{ keyed_by('day', [{'model': 'told', 'key': 'available_as_of::date', 'fingerprint': '1'}]) }}
select changed.day, changed.input_fingerprint from {{ changed_keys() }} as changed
"""
RETYPED = """
{{ keyed_by('day', ['by_day']) }}
select changed.day::timestamp as day, changed.input_fingerprint from {{ changed_keys() }} as changed
"""


def test_keys_above_are_not_all_that_is_written(project: Project) -> None:
    def build(*rows: str) -> None:
        project.write("seeds/sales.csv", "item,amount,day\n" + "".join(f"{r}\n" for r in rows))
        assert project.dbt("build", "--select", "+many", "+retyped") == []

    project.write("models/many.sql", MANY)
    project.write("models/by_day.sql", BY_DAY)
    project.write("models/retyped.sql", RETYPED)
    others = [f"{item},1,2026-03-0{day}" for day, item in enumerate("bcdefgh", start=2)]
    build("a,50,2026-03-01", *others)
    # One key of eight has most rows: the table is written whole, with the other keys.
    build("a,49,2026-03-01", *others)
    assert project.execute("select count(*), count(distinct item) from many") == [(56, 8)]
    # A day goes that the table below spells as a moment.
    build("a,49,2026-03-01", *others[1:])
    assert project.execute("select count(*) from by_day") == [(7,)]
    assert project.execute("select count(*) from retyped") == [(7,)]


CONTRACT = """
models:
  - name: items
    description: Of an item
    config: {contract: {enforced: true}, persist_docs: {relation: true, columns: true}}
    columns:
      - {name: item, data_type: varchar, description: What is sold}
      - {name: total, data_type: hugeint}
      - {name: input_fingerprint, data_type: ubigint}
  - name: totals
    config: {contract: {enforced: true}}
    columns: [{name: item, data_type: varchar}, {name: total, data_type: hugeint}]
"""
NEVER = "    constraints: [{type: check, expression: 1 = 0}]\n"


def test_a_contract_is_kept_to_where_no_row_changed(project: Project) -> None:
    comments = """
        select comment from duckdb_tables() where table_name = 'items'
        union all
        select comment from duckdb_columns() where table_name = 'items' and column_index = 1
    """
    project.write("models/contract.yml", CONTRACT)
    assert project.dbt("build") == []
    assert project.execute(comments) == [("Of an item",), ("What is sold",)]
    for name in ("items", "totals"):
        begins = CONTRACT.index(f"name: {name}\n")
        to = begins + len(f"name: {name}\n")
        project.write("models/contract.yml", CONTRACT[:to] + NEVER + CONTRACT[to:])
        assert name in project.dbt("build")
        retyped = CONTRACT[begins:].replace("hugeint", "decimal(28,2)", 1)
        project.write("models/contract.yml", CONTRACT[:begins] + retyped)
        assert name in project.dbt("build")
    # What is said no longer goes, too.
    told = CONTRACT.replace("    description: Of an item\n", "")
    project.write("models/contract.yml", told.replace(", description: What is sold", ""))
    assert project.dbt("build") == []
    assert project.execute(comments) == [(None,), (None,)]


def test_rows_that_failed_a_test_go_when_it_passes(project: Project) -> None:
    stored = "select count(*) from duckdb_tables() where table_name = 'no_total_is_above_100'"
    keeps = "{{ config(store_failures=true) }} " + TESTS["no_total_is_above_100"]
    project.write("tests/no_total_is_above_100.sql", keeps)
    assert project.dbt("build") == []
    assert project.execute(stored) == [(0,)]
    project.write("seeds/sales.csv", SALES + "b,300,2026-03-09\n")
    assert "no_total_is_above_100" in project.dbt("build")
    assert project.execute(stored) == [(1,)]
    # It passed on these rows before, and is not asked again.
    project.write("seeds/sales.csv", SALES)
    assert project.dbt("build") == []
    assert project.execute(stored) == [(0,)]


ASKING = (
    "select now()",
    "select Current_Date",
    "select current_timestamp as at",
    "select random() as r",
    "select * from read_csv('a.csv')",
    "select * from 'a.parquet'",
    'select * from "a.parquet"',
    "select age(at) from t",
    "select * from t join 'a.parquet' as p using (i)",
    "select * from information_schema.tables",
    "select * from duckdb_tables()",
)
SETTLED = (
    "select trim(both 'x' from name), extract(hour from at) from t",
    "select is_current, now_at, t.today from t",
    "select known('x'), average from t",
    'select * from "shop"."main"."sales" as s',
)


def test_what_may_say_something_else_tomorrow_is_seen(tmp_path: Path) -> None:
    calls = {
        f"m{n}": f"select {{{{ is_volatile({json.dumps(sql)}) }}}} as is_volatile"
        for n, sql in enumerate([*ASKING, *SETTLED])
    }
    sql, _ = expanded(tmp_path / "project", calls)
    found = {name: " True " in text for name, text in sql.items()}
    assert found == {f"m{n}": n < len(ASKING) for n in range(len(calls))}
