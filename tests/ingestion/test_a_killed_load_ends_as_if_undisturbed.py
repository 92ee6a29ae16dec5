"""kill -9 at a chosen step or at any change on disk, then the same command: as if undisturbed."""

import contextlib
import gzip
import itertools
import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.forks import Forks
from tests.ingestion.harness import Shop

JOB = "dlt.destinations.impl.duckdb.duck DuckDbCopyJob run"
NOTE = "dlt.destinations.job_client_impl SqlJobClientBase complete_load"
PACKAGES = "dlt.common.storages.load_package PackageStorage"
# What a load does to landing: a job a table, then the load's row in _dlt_loads.
COMMITS = (f"{JOB} before", f"{JOB} after", f"{NOTE} before", f"{NOTE} after")
# What stands around it, the same for every kind.
STEPS = {
    "with a new landing made": "duckdb - connect before 2",
    "while reading": "ingestion.spool _Writer finish after 1",
    "with a package extracted": "dlt.pipeline.pipeline Pipeline normalize before 1",
    "with a package normalized": "dlt.pipeline.pipeline Pipeline load before 1",
    "with a job noted": f"{PACKAGES} complete_job after 1",
    "with all jobs noted": "dlt.load.load Load complete_package before 1",
    "with the package put away": "dlt.common.storages.load_storage LoadStorage "
    "complete_load_package after 1",
    "before the declared tables are made": "ingestion.declare - declare before 2",
}
KINDS = ("web", "till", "export", "shop", "feeds")


class Deliveries:
    """Two rounds of data for every kind of source, each round saved as it was before its load."""

    def __init__(self, folder: Path, server: HTTPServer, forks: Forks) -> None:
        self.shop = Shop(folder / "shop")
        self.shop.folder.mkdir()
        self.shop.configure()
        self.forks = forks
        self._saved = folder
        self.ends: dict[int, dict[str, list[object]]] = {}
        self._pages: dict[str, str] = {}
        self._answers = {1: self._written(3), 2: self._written(5)}
        server.expect_request("/products").respond_with_handler(self._answer)
        self.locations = {
            "web": "jsonl",
            "till": "csv",
            "export": "parquet",
            "shop": f"sqlite:///{self.shop.folder / 'shop.sqlite'}",
            "feeds": server.url_for(""),
        }

    def deliver(self, number: int) -> None:
        """The next round."""
        (self._first if number == 1 else self._second)()
        shutil.copytree(self.shop.folder, self._saved / f"round-{number}")
        self._pages = self._answers[number]

    def restore(self, number: int) -> None:
        """Everything as it was when the round had just been delivered."""
        shutil.rmtree(self.shop.folder)
        shutil.copytree(self._saved / f"round-{number}", self.shop.folder)
        self._pages = self._answers[number]

    def undisturbed(self, *kinds: str) -> None:
        """Let each round end, and keep how."""
        for number in (1, 2):
            self.deliver(number)
            self.ingest(*kinds)
            self.ends[number] = landed(self.shop)
        assert self.ends[1] != self.ends[2]

    def ingest(self, *kinds: str, prelude: str = "") -> int:
        options = [f"--source={kind}={self.locations[kind]}" for kind in kinds]
        shop = self.shop
        fork = self.forks.start(
            "ingest", *options, home=shop.home, cwd=shop.folder, prelude=prelude
        )
        code = fork.wait()
        assert "Traceback" not in fork.err, fork.err
        assert code in (0, 1, -9), fork.err  # 1: a file was set aside
        return code

    def _answer(self, request: Request) -> Response:
        response = Response(self._pages[request.args.get("page", "1")])
        response.set_etag(str(hash(response.data)))
        response.make_conditional(request)
        return response

    def _first(self) -> None:
        self.shop.write("jsonl/1.jsonl", "".join(f"{n}\n" for n in range(300)))
        self.shop.write("csv/1.csv", "a,b\n" + "".join(f"{n},x\n" for n in range(300)))
        self._parquet("1", range(300))
        with sqlite3.connect(self.shop.folder / "shop.sqlite") as con:
            con.executescript("""
                create table customers (customer_id integer primary key, email text);
                create table orders (order_id integer primary key, total text);
            """)
            con.executemany(
                "insert into customers values (?, ?)", [(n, f"{n}@") for n in range(99)]
            )
            con.executemany("insert into orders values (?, ?)", [(n, f"{n}.0") for n in range(500)])

    def _second(self) -> None:
        self.shop.write("jsonl/1.jsonl", "".join(f"{n}\n" for n in range(350)))  # restated
        self.shop.write(
            "jsonl/2.jsonl.gz", gzip.compress(b"".join(b"x%d\n" % n for n in range(200)), mtime=0)
        )
        self.shop.write("jsonl/2b.jsonl", "".join(f"{n}\n" for n in range(300)))  # known bytes
        self.shop.write("jsonl/3.jsonl", b"\xff\n")
        # A new column.
        self.shop.write("csv/2.csv", "a,b,c\n" + "".join(f"{n},y,z\n" for n in range(300)))
        self._parquet("1", range(350))
        self._parquet("2", range(200))
        with sqlite3.connect(self.shop.folder / "shop.sqlite") as con:
            con.execute("update orders set total = 'x' where order_id % 7 = 0")
            con.execute("delete from orders where order_id % 11 = 0")
            con.execute("insert into customers values (1000, 'new')")

    def _parquet(self, name: str, numbers: range) -> None:
        path = self.shop.write(f"parquet/{name}.parquet", b"")
        pq.write_table(pa.table({"n": list(numbers), "name": [f"{n}" for n in numbers]}), path)

    def _written(self, count: int) -> dict[str, str]:
        pages = {}
        for number in range(1, count + 1):
            link = f"/products?page={number + 1}" if number < count else None
            items = [{"id": number * 100 + n} for n in range(50)]
            pages[str(number)] = json.dumps({"items": items, "next": link})
        return pages


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
        assert (
            shop.sql(f"""
            select load_id from "{schema}"._dlt_loads group by load_id having count(*) > 1
        """)
            == []
        )
    return rows


def left_over(shop: Shop) -> list[str]:
    """What a finished run leaves to nobody."""
    patterns = ("landing.duckdb.*", "dlt/_*/*", "dlt/*/load/*/*", "dlt/*/normalize/*/*")
    found = [path for pattern in patterns for path in shop.home.glob(pattern)]
    # dlt moves a file into place from one without an ending.
    found += [
        path for path in (shop.home / "dlt").rglob("*") if path.is_file() and "." not in path.name
    ]
    return sorted(map(str, found))


@pytest.fixture(scope="module")
def delivered(
    tmp_path_factory: pytest.TempPathFactory, forks: Forks
) -> Iterator[Callable[..., Deliveries]]:
    """Deliveries of some kinds, with the end of each of their rounds when nothing disturbs it."""
    made: dict[tuple[str, ...], Deliveries] = {}
    with contextlib.ExitStack() as servers:

        def deliveries(*kinds: str) -> Deliveries:
            if kinds not in made:
                server = servers.enter_context(HTTPServer(host="127.0.0.1", port=0))
                made[kinds] = Deliveries(tmp_path_factory.mktemp("shop"), server, forks)
                made[kinds].undisturbed(*kinds)
            return made[kinds]

        yield deliveries


@pytest.mark.parametrize(
    ("kind", "number"),
    [("web", 2), pytest.param("web", 1, marks=pytest.mark.long)]
    + [pytest.param(kind, 2, marks=pytest.mark.long) for kind in KINDS[1:]],
)
def test_killed_around_a_commit(
    delivered: Callable[..., Deliveries], kind: str, number: int
) -> None:
    deliveries = delivered(kind)
    killed = []
    for commit in COMMITS:
        for count in itertools.count(1):
            step = f"{commit} {count}"
            deliveries.restore(number)
            if deliveries.ingest(kind, prelude=f"kill_at({step!r})") != -9:
                break  # that was the last one
            killed.append(step)
            deliveries.ingest(kind)
            assert landed(deliveries.shop) == deliveries.ends[number], step
            assert not left_over(deliveries.shop), step
    # The entity's job and the manifest's, and the row that notes the load.
    assert len(killed) >= 6, killed


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step(delivered: Callable[..., Deliveries], step: str) -> None:
    deliveries = delivered("web")
    number = 1 if step == "with a new landing made" else 2
    deliveries.restore(number)
    killed = deliveries.ingest("web", prelude=f"kill_at({STEPS[step]!r})") == -9
    assert killed, "nothing was killed, the step has moved"
    deliveries.ingest("web")
    assert landed(deliveries.shop) == deliveries.ends[number]
    assert not left_over(deliveries.shop)


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_change_again_and_again(
    delivered: Callable[..., Deliveries], kind: str
) -> None:
    deliveries = delivered(kind)
    dice = random.Random(kind)
    deliveries.restore(2)
    changes = [dice.randrange(1, 120) for _ in range(3)]
    killed = [deliveries.ingest(kind, prelude=f"kill_at({change})") == -9 for change in changes]
    assert any(killed)
    deliveries.ingest(kind)
    assert landed(deliveries.shop) == deliveries.ends[2], changes
    assert not left_over(deliveries.shop), changes


def test_a_load_of_another_source_finishes_what_was_interrupted(
    delivered: Callable[..., Deliveries],
) -> None:
    deliveries = delivered("web", "till")
    for step in (f"{JOB} after 1", f"{NOTE} before 1"):
        deliveries.restore(2)
        assert deliveries.ingest("web", prelude=f"kill_at({step!r})") == -9
        deliveries.ingest("till")
        assert landed(deliveries.shop) == deliveries.ends[2]


def test_a_damaged_package_is_undone_and_read_again(delivered: Callable[..., Deliveries]) -> None:
    deliveries = delivered("web")
    deliveries.restore(1)
    step = STEPS["with a package normalized"]
    assert deliveries.ingest("web", prelude=f"kill_at({step!r})") == -9
    home = deliveries.shop.home
    damaged = [path for path in (home / "dlt").rglob("events*.parquet") if path.is_file()]
    assert damaged
    for path in damaged:
        Path(path).write_bytes(b"noise")
    assert deliveries.ingest("web") == 0
    assert landed(deliveries.shop) == deliveries.ends[1]


@pytest.mark.parametrize("jobs", [1, 2])
def test_rows_that_a_lost_log_held_are_read_again(
    delivered: Callable[..., Deliveries], jobs: int
) -> None:
    """Power fails: dlt has noted the job as done, and landing's log of it is gone."""
    deliveries = delivered("web")
    deliveries.restore(2)
    step = f"{PACKAGES} complete_job after {jobs}"
    assert deliveries.ingest("web", prelude=f"kill_at({step!r})") == -9
    log = deliveries.shop.home / "landing.duckdb.wal"
    assert log.stat().st_size
    log.unlink()
    deliveries.ingest("web")
    assert landed(deliveries.shop) == deliveries.ends[2]
