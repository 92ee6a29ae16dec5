"""Fingerprints that are written out, column by column, name every column that is read of a table.

Which columns a model reads is taken from its compiled SQL, as a tree: qualified, without the
columns of `select *` that nobody uses. Most keyed models look at whole fingerprints of their
inputs; only the lists can forget a column.
"""

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest
from sqlglot import exp, parse_one
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from tests.support import run

# A model with a list, the table whose columns it lists, and what of them need not be in it: the
# key, what the list's rows are chosen by, or what follows from the rest. None: the model itself.
LISTS: list[tuple[str, str | None, set[str]]] = [
    ("stg_landing__files", None, set()),
    ("int_product_pair_windows", None, {"window_name"}),
    ("int_as_of_dates", None, {"as_of"}),
    ("int_as_of_dates", "int_buyers__days", set()),
    ("int_orders__conversions", "int_sessions__sources", {"person_id", "is_bot", "is_internal"}),
    ("int_orders__placed", None, set()),
    ("int_carts__actors", "int_purchases__products", {"actor_id"}),
    # Which rate it is, the event or the order says itself.
    ("int_actors", "int_exchange_rates", {"currency", "rate_on"}),
    ("int_buyers", "int_exchange_rates", {"currency", "rate_on"}),
]
# Looks at the fingerprints of rows only.
WITHOUT_LISTS = {"int_funnels__units"}
# A file is known by its bytes: of its rows only the number can change.
IMMUTABLE = {"web.events", "online_retail.invoice_lines"}
# Each of its numbers stands for something that a reader reads.
LOOKED_AT_WHOLE = {"int_training_sets"}
# Read by int_events, which is a view: of what it joins, the columns that its fingerprint lists.
JOINED = {"event_types": {"event_type"}, "int_user_agents": {"user_agent"}}
WHOLE_ROW = r"\b(\w+), typeof\(\1\)"  # as `fingerprint` hashes it, by the name of its table


@dataclass
class Model:
    """A model, the columns it reads by table, and what stands in its fingerprints: columns, tables.

    refers: what it names; a view is made of that whenever it is read
    """

    meta: dict[str, Any]
    reads: dict[str, set[str]]
    hashed: set[str]
    hashed_whole: set[str]
    columns: set[str]
    refers: set[str]
    is_view: bool
    alias: str


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Model]:
    """Every model of an empty shop."""
    home = tmp_path_factory.mktemp("lists") / "warehouse"
    assert run(sys.executable, "-m", "ingestion.declare", home=home).returncode == 0
    kinds = ("--resource-type", "model", "--resource-type", "seed")
    target = ("--target-path", str(home / "target"))
    done = run(sys.executable, "-m", "dbt.cli.main", "build", *kinds, *target, home=home)
    assert done.returncode == 0, done.stdout[-5000:]
    schema: dict[str, Any] = {"footfall": {}, "landing": {}}
    with duckdb.connect() as con:
        for name in schema:
            con.execute(f"attach '{home / name}.duckdb' as {name} (read_only)")
        for database, *names, kind in con.execute("""
            select database_name, schema_name, table_name, column_name, data_type
            from duckdb_columns() where not internal
        """).fetchall():
            schema_name, table, column = names
            columns = schema[database].setdefault(schema_name, {}).setdefault(table, {})
            columns[column] = kind
    manifest = json.loads((home / "target" / "manifest.json").read_text(encoding="utf-8"))
    results = json.loads((home / "target" / "run_results.json").read_text(encoding="utf-8"))
    found = {}
    for result in results["results"]:
        node = manifest["nodes"].get(result["unique_id"])
        if node and node["resource_type"] == "model":
            columns = set(schema["footfall"][node["schema"]][node["alias"]])
            found[node["name"]] = _model(result["compiled_code"], node, columns, schema)
    return found


def _model(text: str, node: dict[str, Any], columns: set[str], schema: dict[str, Any]) -> Model:
    meta = node["config"]["meta"]
    whole = set(re.findall(WHOLE_ROW, text))
    refers = {id_.split(".")[-1] for id_ in node["depends_on"]["nodes"]}
    # A whole row, as a value: it reads what the relation has, and no column by its name.
    text = re.sub(WHOLE_ROW, "'row'", text).replace("to_json(landed)", "'row'")
    tree = parse_one(text, dialect="duckdb")
    for table in tree.find_all(exp.Table):
        if table.name.endswith("__keys"):
            keys = {meta["key"]: "varchar", "input_fingerprint": "ubigint", "is_changed": "boolean"}
            schema["footfall"].setdefault("keys", {})[table.name] = keys
            table.set("catalog", exp.to_identifier("footfall"))
            table.set("db", exp.to_identifier("keys"))
    hashes = [call for call in tree.find_all(exp.Anonymous) if call.name.lower() == "hash"]
    hashed = {column.name for call in hashes for column in call.find_all(exp.Column)}
    tree = pushdown_projections(qualify(tree, schema=schema, dialect="duckdb"))
    reads: dict[str, set[str]] = {}
    for scope in traverse_scope(tree):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table):
                name = source.name if source.catalog == "footfall" else f"{source.db}.{source.name}"
                reads.setdefault(name, set()).add(column.name)
    is_view = node["config"]["materialized"] == "view"
    return Model(meta, reads, hashed, whole, columns, refers, is_view, node["alias"])


def named(*expressions: str) -> set[str]:
    """The columns in SQL expressions."""
    trees = (parse_one(expression, dialect="duckdb") for expression in expressions)
    return {column.name for tree in trees for column in tree.find_all(exp.Column)}


def held(condition: str) -> set[str]:
    """The columns whose values a condition holds fast; one that is only not null may change."""
    tree = parse_one(condition, dialect="duckdb")
    of_null = [test for test in tree.find_all(exp.Is) if isinstance(test.expression, exp.Null)]
    loose = {id(column) for test in of_null for column in test.find_all(exp.Column)}
    return {column.name for column in tree.find_all(exp.Column) if id(column) not in loose}


def keyed_on(models: dict[str, Model], names: Iterable[str]) -> dict[str, set[str]]:
    """The keyed models that look at these, or at one that does; by what columns they choose."""
    found: dict[str, set[str]] = {}
    names = set(names)
    while True:
        for name, model in models.items():
            inputs = model.meta.get("inputs", [])
            mine = [spec for spec in inputs if spec.get("model") in names]
            if mine:
                found[name] = named(*(spec[part] for spec in mine for part in ("key", "where")))
        if found.keys() <= names:
            return found
        names |= found.keys()


def test_a_list_of_a_keyed_model_has_all_that_it_reads(models: dict[str, Model]) -> None:
    lists = 0
    for name, model in models.items():
        for spec in model.meta.get("inputs", []):
            table = spec.get("model") or ".".join(spec["source"])
            said = named(spec["fingerprint"], spec["key"]) | held(spec["where"])
            if table in IMMUTABLE or said & {"input_fingerprint", "whole_row"}:
                continue
            lists += 1
            if table in model.reads:
                assert model.reads[table] - said == set(), f"{name} reads more of {table}"
                continue
            # Read for its fingerprints only, which stand for what both of them read.
            digest = models[table]
            if table in LOOKED_AT_WHOLE:
                # How many rows train, the rows say.
                unseen = digest.columns - said - {"train_count"}
                assert unseen == set(), f"{name} looks at a part of {table}"
            for shared in (model.reads.keys() & digest.reads.keys()) - digest.hashed_whole:
                more = model.reads[shared] - digest.hashed - said - {spec["key"]}
                assert more == set(), f"{name} reads more of {shared} than {table} does"
    assert lists > 10


def test_what_a_keyed_model_reads_its_inputs_are_made_of(models: dict[str, Model]) -> None:
    def made_of(name: str) -> set[str]:
        above = models[name].refers if name in models else set()
        return {name}.union(*(made_of(each) for each in above))

    def is_known(name: str, known: set[str]) -> bool:
        model = models.get(name)
        return name in known or (
            model is not None
            and model.is_view
            and all(is_known(each, known) for each in model.refers)
        )

    names = {model.alias: name for name, model in models.items()}
    keyed = 0
    for name, model in models.items():
        if "key" in model.meta:
            keyed += 1
            looked_at = [spec.get("model") or spec["source"][1] for spec in model.meta["inputs"]]
            looked_at += model.meta["constants"]
            known = set[str]().union(*(made_of(each) for each in looked_at))
            tables = {table.split(".")[-1] for table in model.reads if not table.endswith("__keys")}
            read = {names.get(table, table) for table in tables}
            assert {table for table in read if not is_known(table, known)} == set(), name
    assert keyed > 30


# Of these, what is read stands in a list by which the model's keys are chosen, if not as the rows'
# fingerprint then as their values; see LISTS.
LISTED = {
    ("fct_attribution_touches", "int_sessions__sources"),
    ("fct_carts", "fct_events"),
    ("fct_customer_clv", "int_buyers__days"),
    ("fct_funnel_units", "fct_events"),
    ("int_customers__rfm", "int_buyers__days"),
    ("int_fitted_parameters", "ftr_customer__preferences"),
    ("int_online_retail__returns_matched", "int_online_retail__order_items"),
    ("int_product_covisits", "fct_order_items"),
    ("int_product_pairs__counts", "fct_order_items"),
    ("int_product_pairs__counts", "fct_orders"),
    ("ops_missing_impact", "ftr_customer__preferences"),
    ("ops_treatment_impact", "ftr_customer__preferences"),
}


def test_a_keyed_table_that_is_read_says_when_it_changed(models: dict[str, Model]) -> None:
    """Rows made by other code, or at another time, of the same inputs: only they tell."""
    names = {model.alias: name for name, model in models.items()}

    def told_by(name: str) -> set[str]:
        """The tables whose fingerprints are in that of a model's rows."""
        meta = models[name].meta if name in models else {}
        specs = [spec for spec in meta.get("inputs", []) if spec.get("model")]
        carried = [spec["model"] for spec in specs if spec["fingerprint"] == "input_fingerprint"]
        named = {spec["model"] for spec in specs} | {*meta.get("constants", [])}
        return named.union(*(told_by(each) for each in carried))

    untold = set()
    for name, model in models.items():
        if "key" in model.meta:
            tables = {table.split(".")[-1] for table in model.reads if not table.endswith("__keys")}
            read = {names.get(table, table) for table in tables}
            keyed = {each for each in read if each in models and "key" in models[each].meta}
            untold |= {(name, each) for each in keyed - told_by(name)}
    assert untold == LISTED


@pytest.mark.parametrize(("lister", "of", "others"), LISTS)
def test_a_list_has_all_that_is_read_by_whom_it_is_for(
    models: dict[str, Model], lister: str, of: str | None, others: set[str]
) -> None:
    table = of or lister
    readers = keyed_on(models, [lister])
    assert readers
    for name, chosen in readers.items():
        read = models[name].reads.get(table, set()) - {"input_fingerprint"}
        # Of a model itself, what it is chosen by is in it; where that changes, so do the keys.
        said = models[lister].hashed | others | (set() if of else chosen)
        assert read - said == set(), f"{name} reads more of {table} than {lister} lists"
    assert any(table in models[name].reads for name in readers)


@pytest.mark.parametrize("table", JOINED)
def test_the_fingerprint_of_an_event_has_all_that_is_joined_to_it(
    models: dict[str, Model], table: str
) -> None:
    read = models["int_events"].reads[table] - JOINED[table]
    if table in models:
        assert "agent_fingerprint" in models["int_events"].hashed
        assert read - models[table].hashed == {"agent_fingerprint"}
    else:
        assert read - models["int_events"].hashed == set()


def test_every_list_is_looked_at(models: dict[str, Model]) -> None:
    makers = {
        name
        for name, model in models.items()
        if "input_fingerprint" in model.columns and model.hashed and "key" not in model.meta
    }
    assert makers == {lister for lister, *_ in LISTS} | WITHOUT_LISTS
