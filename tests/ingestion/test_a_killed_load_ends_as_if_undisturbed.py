"""kill -9 at a chosen step or at any time, then the same command: equal to an undisturbed run."""

import gzip
import json
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.ingestion.harness import Shop

# The child's own launcher: the product knows nothing of it. KILL_AT names a function and the call
# after (or before) which the process dies as if its power had gone.
LAUNCHER = """
import importlib, os, signal, sys

from ingestion import cli

module, owner, name, when, count = os.environ["KILL_AT"].split()
target = importlib.import_module(module)
if owner != "-":
    target = getattr(target, owner)
original = getattr(target, name)
calls = 0


def killing(*arguments, **options):
    global calls
    calls += 1
    mine = calls  # load jobs run in threads
    if when == "before" and mine == int(count):
        os.kill(os.getpid(), signal.SIGKILL)
    result = original(*arguments, **options)
    if when == "after" and mine == int(count):
        os.kill(os.getpid(), signal.SIGKILL)
    return result


setattr(target, name, killing)
cli.main()
"""
PACKAGES = "dlt.common.storages.load_package PackageStorage"
STEPS = {
    "while reading": "ingestion.spool _Writer finish after 1",
    "with a package extracted": "dlt.pipeline.pipeline Pipeline normalize before 1",
    "with a package normalized": "dlt.pipeline.pipeline Pipeline load before 1",
    "with the schema changed": "dlt.destinations.impl.duckdb.duck DuckDbCopyJob run before 1",
    "with a job committed": "dlt.destinations.impl.duckdb.duck DuckDbCopyJob run after 1",
    "with another job committed": "dlt.destinations.impl.duckdb.duck DuckDbCopyJob run after 2",
    "with a job noted": f"{PACKAGES} complete_job before 1",
    "with all jobs noted": "dlt.load.load Load complete_package before 1",
    "with the load completed": "dlt.common.storages.load_storage LoadStorage "
    "complete_load_package before 1",
}
KINDS = ("web", "shop", "feeds")


class Deliveries:
    """Two rounds of the same data for a files, a database and an API source."""

    def __init__(self, shop: Shop, server: HTTPServer) -> None:
        self.shop = shop
        self.pages: dict[str, str] = {}
        server.clear()
        server.expect_request("/products").respond_with_handler(self._answer)
        self.locations = {
            "web": "in",
            "shop": f"sqlite:///{shop.folder / 'shop.sqlite'}",
            "feeds": server.url_for(""),
        }

    def _answer(self, request: Request) -> Response:
        response = Response(self.pages[request.args.get("page", "1")])
        response.set_etag(str(hash(response.data)))
        response.make_conditional(request)
        return response

    def first(self) -> None:
        self.shop.write("in/1.jsonl", "".join(f"{n}\n" for n in range(3000)))
        with sqlite3.connect(self.shop.folder / "shop.sqlite") as con:
            con.executescript("""
                create table customers (customer_id integer primary key, email text);
                create table orders (order_id integer primary key, total text);
            """)
            con.executemany(
                "insert into customers values (?, ?)", [(n, f"{n}@") for n in range(99)]
            )
            con.executemany("insert into orders values (?, ?)", [(n, f"{n}.0") for n in range(500)])
        self._serve(3)

    def second(self) -> None:
        self.shop.write("in/1.jsonl", "".join(f"{n}\n" for n in range(3500)))  # restated
        self.shop.write(
            "in/2.jsonl.gz", gzip.compress(b"".join(b"x%d\n" % n for n in range(2000)), mtime=0)
        )
        self.shop.write("in/2b.jsonl", "".join(f"{n}\n" for n in range(3000)))  # known bytes
        self.shop.write("in/3.jsonl", b"\xff\n")
        with sqlite3.connect(self.shop.folder / "shop.sqlite") as con:
            con.execute("update orders set total = 'x' where order_id % 7 = 0")
            con.execute("delete from orders where order_id % 11 = 0")
            con.execute("insert into customers values (1000, 'new')")
        self._serve(5)

    def _serve(self, count: int) -> None:
        for number in range(1, count + 1):
            link = f"/products?page={number + 1}" if number < count else None
            items = [{"id": number * 100 + n} for n in range(50)]
            self.pages[str(number)] = json.dumps({"items": items, "next": link})


def landed(shop: Shop) -> dict[str, list[object]]:
    """Everything in landing but what differs from load to load by nature."""
    tables = shop.sql("""
        select schema_name, table_name from duckdb_tables()
        where not starts_with(table_name, '_dlt') order by all
    """)
    hidden = "_loaded_at, _dlt_load_id, listing_version"
    rows = {}
    for schema, table in tables:
        name = f'"{schema}"."{table}"'
        exclude = hidden if table == "_files" else "_loaded_at, _dlt_load_id"
        rows[f"{schema}.{table}"] = shop.sql(
            f"select * exclude ({exclude}) from {name} order by all"
        )
        # Every row of a load is in its manifest, and every load was completed.
        incomplete = f"""
            select distinct _dlt_load_id from {name}
            where _dlt_load_id not in (select load_id from "{schema}"._dlt_loads where status = 0)
        """
        assert shop.sql(incomplete) == []
    return rows


def undisturbed(shop: Shop, server: HTTPServer, kind: str) -> dict[str, list[object]]:
    deliveries = Deliveries(shop, server)
    for deliver in (deliveries.first, deliveries.second):
        deliver()
        shop.ingest(**{kind: deliveries.locations[kind]})
    return landed(shop)


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_a_step(kind: str, new_shop: Callable[[], Shop], httpserver: HTTPServer) -> None:
    expected = undisturbed(new_shop(), httpserver, kind)
    assert expected
    # The steps are dlt's, the same for all: a database and an API need not see each.
    steps = list(STEPS) if kind == "web" else ["while reading", "with a job committed"]
    for step in steps:
        shop = new_shop()
        launcher = str(shop.write("launcher.py", LAUNCHER))
        deliveries = Deliveries(shop, httpserver)
        option = f"--source={kind}={deliveries.locations[kind]}"
        shop.environment = {"KILL_AT": STEPS[step]}
        killed = 0
        for deliver in (deliveries.first, deliveries.second):
            deliver()
            killed += shop.run("ingest", option, launcher=launcher).code == -9
            assert shop.ingest(**{kind: deliveries.locations[kind]}).code in (0, 1)
        assert killed, f"{step}: nothing was killed, the step has moved"
        assert landed(shop) == expected, step


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_time(
    kind: str, new_shop: Callable[[], Shop], httpserver: HTTPServer
) -> None:
    expected = undisturbed(new_shop(), httpserver, kind)
    dice = random.Random(kind)
    shop = new_shop()
    deliveries = Deliveries(shop, httpserver)
    location = {kind: deliveries.locations[kind]}
    killed = 0
    for deliver in (deliveries.first, deliveries.second):
        deliver()
        for _ in range(3):
            killed += shop.ingest_killed(dice.uniform(0.5, 2.5), **location)
        assert shop.ingest(**location).code in (0, 1)
    assert killed
    assert landed(shop) == expected


def test_a_damaged_package_is_undone_and_read_again(shop: Shop) -> None:
    launcher = str(shop.write("launcher.py", LAUNCHER))
    shop.write("in/1.jsonl", "1\n2\n")
    shop.environment = {"KILL_AT": STEPS["with a package normalized"]}
    assert shop.run("ingest", "--source=web=in", launcher=launcher).code == -9
    damaged = [path for path in (shop.home / "dlt").rglob("events*.parquet") if path.is_file()]
    assert damaged
    for path in damaged:
        Path(path).write_bytes(b"noise")
    assert shop.ingest(web="in").code == 0
    assert shop.payloads() == ["1", "2"]
