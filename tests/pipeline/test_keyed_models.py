"""A keyed model makes anew exactly what changed; macros/engines/keyed.sql."""

import gzip
import json
import re
import shutil
import sys
from pathlib import Path

import duckdb
import pytest

from tests.support import footfall, opened, run, tables

MODELS = "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"
COUNTS = re.compile(r"(\d+) of (\d+) keys(?: above)?, (\d+) gone")

# The sample's last day.
LAST = "2026-03-31.jsonl.gz"

Counts = dict[str, tuple[int, int, int]]


def build(home: Path, *options: str) -> Counts:
    """Builds the models; keys made anew, keys there are and keys gone, of each keyed model.

    None at all of one that nobody looked at: it is made from what it was made from.
    """
    target = home / "target"
    command = (sys.executable, "-m", "dbt.cli.main", "build", "--target-path", str(target))
    done = run(*command, *MODELS, *options, home=home)
    assert done.returncode == 0, done.stdout[-3000:]
    counts = {}
    for result in json.loads((target / "run_results.json").read_text())["results"]:
        if found := COUNTS.fullmatch(result["message"] or ""):
            changed, present, gone = map(int, found.groups())
            counts[result["unique_id"].split(".")[-1]] = changed, present, gone
        elif result["message"] == "unchanged":
            counts[result["unique_id"].split(".")[-1]] = 0, 0, 0
    return counts


def forget(home: Path) -> None:
    """What tables were made from: each key is looked at, as after an update of the project."""
    with duckdb.connect(home / "footfall.duckdb") as con:
        # Not under which contract they stand: another one makes each of them whole.
        con.execute("delete from main.table_versions where table_name not like 'words of %'")


def fingerprints(home: Path, table: str, key: str) -> dict[str, int]:
    with opened(home / "footfall.duckdb") as con:
        found = con.execute(f"select distinct {key}, input_fingerprint from {table}").fetchall()
    assert len(found) == len(dict(found)), "two fingerprints of one key"
    return dict(found)


def persons(home: Path) -> dict[str, set[str]]:
    """Of every actor the persons its events are."""
    with opened(home / "footfall.duckdb") as con:
        found = con.execute(
            "select actor_id, list(distinct person_id_current) from marts.fct_events group by 1"
        ).fetchall()
    return {actor: set(ids) for actor, ids in found}


# A column that no model below takes over.
MARKS = {"marts.fct_events": "time_basis", "marts.fct_sessions": "source"}


def mark(home: Path, table: str) -> None:
    """Writes a word into every row that only a row made anew does not bear."""
    with duckdb.connect(home / "footfall.duckdb") as con:
        con.execute(f"update {table} set {MARKS[table]} = 'untouched'")


def untouched(home: Path, table: str) -> tuple[set[str], set[str]]:
    """The actors whose rows still bear that word, and those whose rows do not."""
    with opened(home / "footfall.duckdb") as con:
        found = con.execute(
            f"select actor_id, {MARKS[table]} = 'untouched' from {table} group by all"
        ).fetchall()
    return {actor for actor, is_old in found if is_old}, {a for a, is_old in found if not is_old}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small shop, built without its last day; that day's file is `held.gz`."""
    home = tmp_path_factory.mktemp("keyed") / "warehouse"
    footfall("sample", "--events", "4000", "--days", "20", home=home)
    shutil.move(home / "sample" / "web" / "delivery-1" / LAST, home / "held.gz")
    footfall("ingest", home=home)
    assert all(changed == present for changed, present, _ in build(home).values())
    return home


def test_nothing_new_makes_nothing_anew(home: Path) -> None:
    """Case 20."""
    forget(home)
    counts = build(home)
    assert len(counts) >= 11
    # A key without rows carries no fingerprint: a device not seen before the last midnight.
    with duckdb.connect(home / "footfall.duckdb", read_only=True) as con:
        (without_rows,) = con.execute("""
            select count(distinct visitor_id) from intermediate.int_visitors__products
            where visitor_id not in (select visitor_id from features.ftr_spine__visitor_product)
            and event_at <= (select serving_at from intermediate.int_serving_moment)
        """).fetchall()[0]
    assert counts.pop("ftr_spine__visitor_product")[::2] == (without_rows, 0)
    assert {(changed, gone) for changed, _, gone in counts.values()} == {(0, 0)}
    # And then no key is even looked at, and no table made: each can tell what it is made from.
    counts = build(home)
    nodes = json.loads((home / "target" / "manifest.json").read_text())["nodes"].values()
    made = ("seed", "table", "keyed")
    assert counts == {
        node["name"]: (0, 0, 0) for node in nodes if node["config"]["materialized"] in made
    }


def test_a_new_day_makes_only_its_actors_anew(home: Path) -> None:
    before = {table: fingerprints(home, table, "actor_id") for table in MARKS}
    were = persons(home)
    for table in MARKS:
        mark(home, table)
    shutil.copy(home / "held.gz", home / "sample" / "web" / "delivery-1" / LAST)
    footfall("ingest", home=home)
    counts = build(home)
    # An independent reading of the new file: whom do its lines name?
    with duckdb.connect() as con:
        con.execute(
            f"create table lines as select * from read_csv('{home}/held.gz', header=false, "
            "columns={'line': 'varchar'}, delim='\\0', quote='', escape='')"
        )
        named = {
            actor
            for (actor,) in con.execute(
                """
                select distinct coalesce(
                    j->>'client_id', j->>'visitor',
                    'customer ' || coalesce(j->>'user_id', j->>'customer')
                )
                from (select try_cast(line as json) as j from lines)
                """
            ).fetchall()
            if actor
        }
    # A person's devices move together: a direct visit takes its source from another one's.
    are = persons(home)
    touched = {person for actor in named for person in were.get(actor, set()) | are[actor]}
    related = {actor for actor in are if touched & (are[actor] | were.get(actor, set()))}
    assert related > named & are.keys()
    for table in MARKS:
        after = fingerprints(home, table, "actor_id")
        anew = {actor for actor, number in after.items() if before[table].get(actor) != number}
        gone = before[table].keys() - after.keys()
        assert counts[table.removeprefix("marts.")] == (len(anew), len(after), len(gone))
        assert 0 < len(anew) < len(after) / 2
        assert anew <= (named if table == "marts.fct_events" else related)
        assert untouched(home, table) == (after.keys() - anew, anew)
    build(home, "--full-refresh")


def test_what_the_source_takes_back_goes(home: Path) -> None:
    before = fingerprints(home, "marts.fct_events", "actor_id")
    # The day is sent again, with one blank line.
    with gzip.open(home / "sample" / "web" / "delivery-1" / LAST, "wt") as file:
        file.write("\n")
    footfall("ingest", home=home)
    counts = build(home)
    after = fingerprints(home, "marts.fct_events", "actor_id")
    gone = before.keys() - after.keys()
    assert gone
    assert counts["fct_events"][1:] == (len(after), len(gone))
    kept = tables(home / "footfall.duckdb")
    build(home, "--full-refresh")
    again = tables(home / "footfall.duckdb")
    assert {name: rows for name, rows in again.items() if kept[name] != rows} == {}


def test_what_no_moment_can_know_makes_nothing_anew(home: Path, tmp_path: Path) -> None:
    """An event known only after the last moment is no input of any features; one known at it is."""
    shutil.copytree(home, tmp_path / "home", symlinks=True)
    home = tmp_path / "home"

    def changed_after(change: str) -> int:
        with duckdb.connect(home / "footfall.duckdb") as con:
            con.execute(f"""
                update marts.fct_events set {change}
                where event_id = (
                    select min(event_id) from intermediate.int_visitors__products
                    where event_type in ('view_item', 'add_to_cart') and visitor_id in (
                        select visitor_id from features.ftr_visitor_product__affinity
                    )
                )
            """)
        forget(home)
        return build(home, "--select", "ftr_visitor_product__affinity")[
            "ftr_visitor_product__affinity"
        ][0]

    last = "select max(available_as_of) from features.ftr_moments__visitor_product"
    assert changed_after(f"available_at = ({last}) + interval 1 microsecond") == 1
    assert changed_after("event_type = 'add_to_cart'") == 0
    assert changed_after("event_type = 'view_item'") == 0
    assert changed_after(f"available_at = ({last})") == 1


@pytest.mark.long
def test_a_changed_var_makes_what_depends_on_it_anew(home: Path) -> None:
    counts = build(home, "--vars", "session_gap_minutes: 10")
    for model in ("int_sessions__starts", "int_sessions__events", "fct_events", "fct_sessions"):
        assert counts[model][0] == counts[model][1], model
    assert counts["stg_web__event_lines"][0] == 0
    assert counts["fct_orders"][0] == 0
    counts = build(home)
    assert counts["fct_sessions"][0] == counts["fct_sessions"][1]


def test_a_table_of_an_older_version_is_written_anew(home: Path) -> None:
    before = fingerprints(home, "marts.fct_orders", "buyer_id")
    with duckdb.connect(home / "footfall.duckdb") as con:
        con.execute("alter table marts.fct_orders drop column input_fingerprint")
        con.execute("alter table marts.fct_orders add column forgotten integer")
    forget(home)
    assert build(home)["fct_orders"][0] == len(before)
    assert fingerprints(home, "marts.fct_orders", "buyer_id") == before
    with opened(home / "footfall.duckdb") as con:
        columns = con.execute("describe marts.fct_orders").fetchall()
    assert "forgotten" not in {column for column, *_ in columns}


def test_a_table_without_rows_takes_over_a_new_column(home: Path) -> None:
    """Of no key it could be told that the model is another one."""
    table = "stg_online_retail__invoice_lines"
    with duckdb.connect(home / "footfall.duckdb") as con:
        before = con.execute(f"describe staging.{table}").fetchall()
        con.execute(f"alter table staging.{table} drop column {before[-2][0]}")
    forget(home)
    assert build(home, "--select", table)[table] == (0, 0, 0)
    with opened(home / "footfall.duckdb") as con:
        assert con.execute(f"describe staging.{table}").fetchall() == before
        assert con.execute(f"select count(*) from staging.{table}").fetchall() == [(0,)]


def test_a_key_whose_rows_disagree_is_made_anew(home: Path) -> None:
    before = tables(home / "footfall.duckdb")['marts."fct_events"']
    with duckdb.connect(home / "footfall.duckdb") as con:
        (actor,) = con.execute(
            "select actor_id from marts.fct_events group by all having count(*) > 2 limit 1"
        ).fetchall()[0]
        con.execute(
            "update marts.fct_events set input_fingerprint = 1 where event_id ="
            " (select min(event_id) from marts.fct_events where actor_id = ?)",
            [actor],
        )
    forget(home)
    assert build(home, "--select", "fct_events")["fct_events"][0] == 1
    assert tables(home / "footfall.duckdb")['marts."fct_events"'] == before


def test_one_row_tells_for_all_of_its_key(home: Path) -> None:
    nodes = json.loads((home / "target" / "manifest.json").read_text())["nodes"].values()
    told = {
        f"{node['schema']}.{node['alias']}": node["config"]["meta"]
        for node in nodes
        if node["config"].get("meta", {}).get("told_by", "true") != "true"
    }
    with opened(home / "footfall.duckdb") as con:
        for table, meta in told.items():
            tells = f"count(*) filter ({meta['told_by']})"
            found = con.execute(
                f"select {tells}, count(*) > 1 from {table} group by {meta['key']}"
            ).fetchall()
            assert {count for count, _ in found} == {1}
            assert True in {is_more for _, is_more in found}
    # Changed or lost, its key is made anew, with the rows that say nothing.
    table = "int_product_covisits"
    assert told.keys() == {f"intermediate.{table}"}
    before = tables(home / "footfall.duckdb")[f'intermediate."{table}"']
    for change in ("update {} set input_fingerprint = 1", "delete from {}"):
        with duckdb.connect(home / "footfall.duckdb") as con:
            con.execute(
                f"{change.format(f'intermediate.{table}')} where pair_type = 'none' and person_id ="
                f" (select max(person_id) from intermediate.{table} where pair_type <> 'none')"
            )
        assert tables(home / "footfall.duckdb")[f'intermediate."{table}"'] != before
        forget(home)
        assert build(home, "--select", table)[table][::2] == (1, 0)
        assert tables(home / "footfall.duckdb")[f'intermediate."{table}"'] == before


def test_a_row_without_a_key_goes(home: Path) -> None:
    table = "int_sessions__starts"
    before = tables(home / "footfall.duckdb")[f'intermediate."{table}"']
    with duckdb.connect(home / "footfall.duckdb") as con:
        con.execute(
            f"insert into intermediate.{table}"
            f" select * replace (null as actor_id) from intermediate.{table} limit 1"
        )
    forget(home)
    assert build(home, "--select", table)[table][::2] == (0, 1)
    assert tables(home / "footfall.duckdb")[f'intermediate."{table}"'] == before


def test_an_edited_view_makes_what_reads_it_anew(home: Path) -> None:
    assert build(home, "--select", "fct_events")["fct_events"][0] == 0
    with duckdb.connect(home / "footfall.duckdb") as con:
        con.execute("comment on view intermediate.int_events is 'code of another text'")
    changed, present, _ = build(home, "--select", "fct_events")["fct_events"]
    assert changed == present > 0


def test_another_engine_makes_everything_anew(home: Path) -> None:
    """A hash may change from version to version of DuckDB; here somebody says it is another one."""
    with duckdb.connect(home / "footfall.duckdb") as con:
        con.execute("create macro main.version() as 'another'")
    changed, present, _ = build(home, "--select", "fct_orders")["fct_orders"]
    assert changed == present > 0
    with duckdb.connect(home / "footfall.duckdb") as con:
        con.execute("drop macro main.version")
    assert build(home, "--select", "fct_orders")["fct_orders"] == (changed, present, 0)


def test_an_edited_contract_reaches_a_table_of_which_no_row_changes(home: Path) -> None:
    """As it was made under another one: a column that might be null, and no key that changed."""
    nullable = "select is_nullable from duckdb_columns() where table_name = 'fct_orders' "
    nullable += "and column_name = 'order_id'"
    with duckdb.connect(home / "footfall.duckdb") as con:
        assert con.execute(nullable).fetchall() == [(False,)]
        con.execute("alter table marts.fct_orders alter column order_id drop not null")
        con.execute("""
            update main.table_versions set content = 'another ' || split_part(content, ' ', 2)
            where table_name = 'words of marts.fct_orders'
        """)
    forget(home)
    assert build(home, "--select", "fct_orders")["fct_orders"][0] == 0
    with opened(home / "footfall.duckdb") as con:
        assert con.execute(nullable).fetchall() == [(False,)]


def test_an_edited_description_reaches_a_table_of_which_no_row_changes(home: Path) -> None:
    comments = """
        select comment from duckdb_tables() where table_name = 'fct_orders'
        union all
        select comment from duckdb_columns()
        where table_name = 'fct_orders' and column_name = 'order_id'
    """
    with opened(home / "footfall.duckdb") as con:
        before = con.execute(comments).fetchall()
    with duckdb.connect(home / "footfall.duckdb") as con:
        con.execute("comment on table marts.fct_orders is 'said before'")
        con.execute("comment on column marts.fct_orders.order_id is 'said before'")
        con.execute("""
            update main.table_versions set content = split_part(content, ' ', 1) || ' others'
            where table_name = 'words of marts.fct_orders'
        """)
    forget(home)
    assert build(home, "--select", "fct_orders")["fct_orders"][0] == 0
    with opened(home / "footfall.duckdb") as con:
        assert con.execute(comments).fetchall() == before
