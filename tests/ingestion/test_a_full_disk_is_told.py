"""A file may grow to so many bytes and no further, as on a full disk: told once, then made good."""

from collections.abc import Callable

import duckdb
import pytest

from tests.forks import Forks
from tests.ingestion.harness import Shop, published

ROWS = 20_000


@pytest.mark.parametrize(
    "limit",
    [
        20,  # the file that says who holds the lock
        1_000,  # the ledger
        9_000,  # a new landing
        30_000,  # the rows on their way
        550_000,  # landing's log
        1_200_000,  # landing
    ],
)
def test_while_loading(new_shop: Callable[[], Shop], forks: Forks, limit: int) -> None:
    shop = new_shop()
    shop.write("in/1.jsonl", "".join(f"1{n:019}\n" for n in range(ROWS)))
    shop.write("till/1.csv", "a\n1\n")

    def ingest(prelude: str) -> tuple[int, str]:
        sources = ["--source=web=in", "--source=till=till"]
        fork = forks.start("ingest", *sources, home=shop.home, cwd=shop.folder, prelude=prelude)
        return fork.wait(), fork.err

    code, said = ingest(f"file_limit({limit})")
    # Of few bytes the message has the first.
    assert code == 1, said
    assert said.count("error: ") == 1
    assert said.count("\n") == 1 or limit <= 1_000
    assert "the disk is full" in said or said == "error: the disk is f"
    assert ingest("") == (0, "")
    assert shop.sql("select count(*), count(distinct payload) from web.events") == [(ROWS, ROWS)]
    assert shop.sql("select count(*) from till.lines") == [(1,)]
    assert shop.sql("select count(*) from web._dlt_loads") == [(1,)]
    assert not list(shop.home.glob("landing.duckdb.*"))


def test_while_building(project: Shop, forks: Forks) -> None:
    project.write(
        "models/marts/fct_large.sql",
        "{{ config(materialized='table') }} select md5(i::varchar) as text\n"
        "from range(1500000) as r(i)",
    )
    assert project.ingest(web="in").code == 0

    def run(limit: int) -> tuple[int, str]:
        sources = "--source=web=in"
        prelude = f"file_limit({limit})"
        fork = forks.start("run", sources, home=project.home, cwd=project.folder, prelude=prelude)
        return fork.wait(), fork.err

    told = "error: nothing was built and published, the disk is full: "
    # Too little for dbt's own files, and too little for the table.
    for limit in (1_000_000, 18_000_000):
        code, said = run(limit)
        assert code == 1, said
        assert said.startswith(told)
        assert said.count("\n") == 1
        assert not (project.home / "marts.duckdb").exists()
    assert project.run("run", "--source=web=in").code == 0
    assert published(project, "select count(*) from marts.marts.fct_large") == [(1_500_000,)]
    with duckdb.connect(project.home / "footfall.duckdb", read_only=True) as con:
        assert con.execute("select count(distinct text) from marts.fct_large").fetchall() == [
            (1_500_000,)
        ]
    assert not [*project.home.glob("[fl]*.duckdb.*"), *project.home.glob("*.new*")]
