"""A file that is no longer at its source: its rows stay, or go and come back with it."""

from pathlib import Path

import pytest

from tests.forks import Forks
from tests.ingestion.harness import Shop


class Source:
    """A folder of event files with a setting for missing ones."""

    def __init__(self, shop: Shop, forks: Forks) -> None:
        self.shop = shop
        self._forks = forks

    def configure(self, **settings: str) -> None:
        self.shop.configure(web={"on_missing": "remove", **settings})

    def ingest(self, location: object = "in") -> tuple[int, str]:
        fork = self._forks.start(
            "ingest", f"--source=web={location}", home=self.shop.home, cwd=self.shop.folder
        )
        return fork.wait(), fork.out + fork.err

    def manifest(self) -> list[tuple[str, str, int]]:
        """File, verdict and rows, in the order they were noted."""
        columns = "_source_file, status, row_count"
        return self.shop.sql(f"select {columns} from web._files order by _loaded_at, file_number")

    def remove(self, *names: str) -> None:
        for name in names:
            (self.shop.folder / "in" / name).unlink()


@pytest.fixture
def source(shop: Shop, forks: Forks) -> Source:
    """Two files landed."""
    made = Source(shop, forks)
    made.configure()
    for number in (1, 2):
        shop.write(f"in/{number}.jsonl", f"{number}\n")
    assert made.ingest()[0] == 0
    return made


LANDED = [("1.jsonl", "landed", 1), ("2.jsonl", "landed", 1)]


def test_by_default_rows_stay(source: Source) -> None:
    source.shop.configure()
    source.remove("1.jsonl")
    assert source.ingest() == (0, "web: 0 rows landed from 0 files\n")
    assert source.manifest() == LANDED


def test_a_missing_file_is_noted_once_and_again_when_it_returns(source: Source) -> None:
    source.remove("1.jsonl")
    code, said = source.ingest()
    assert (code, "1 file gone, rows taken out (on_missing: remove)" in said) == (0, True)
    noted = [*LANDED, ("1.jsonl", "missing", 0)]
    assert source.manifest() == noted
    assert source.ingest() == (0, "web: 0 rows landed from 0 files\n")
    assert source.manifest() == noted
    # The same bytes, at any time, need no second landing.
    source.shop.write("in/1.jsonl", "1\n")
    assert source.ingest()[0] == 0
    noted += [("1.jsonl", "redelivered", 0)]
    assert source.manifest() == noted
    source.remove("1.jsonl")
    source.ingest()
    # Other bytes land.
    source.shop.write("in/1.jsonl", "11\n")
    source.ingest()
    assert source.manifest() == [*noted, ("1.jsonl", "missing", 0), ("1.jsonl", "landed", 1)]
    assert source.shop.payloads() == ["1", "11", "2"]


def test_a_renamed_file_keeps_its_rows(source: Source) -> None:
    (source.shop.folder / "in" / "1.jsonl").rename(source.shop.folder / "in" / "3.jsonl")
    source.ingest()
    assert source.manifest()[2:] == [("1.jsonl", "missing", 0), ("3.jsonl", "redelivered", 0)]


def test_an_earlier_version_that_is_still_there_counts_again(source: Source) -> None:
    source.configure(file_key="name")
    source.shop.write("in/second/1.jsonl", "11\n")
    source.ingest()
    source.remove("second/1.jsonl")
    source.ingest()
    assert source.manifest()[2:] == [
        ("second/1.jsonl", "landed", 1),
        ("second/1.jsonl", "missing", 0),
        ("1.jsonl", "redelivered", 0),
    ]
    # The other way round nothing changes: the later version is there.
    source.shop.write("in/second/2.jsonl", "22\n")
    source.ingest()
    source.remove("2.jsonl")
    assert source.ingest() == (0, "web: 0 rows landed from 0 files\n")


def test_all_versions_go_where_they_add_up(source: Source) -> None:
    source.configure(on_restate="add")
    source.shop.write("in/1.jsonl", "11\n")
    source.ingest()
    source.remove("1.jsonl")
    source.ingest()
    gone = "select payload from web.events where _file_id in (select _file_id from web._files "
    gone += "where status = 'missing') order by payload"
    assert source.shop.sql(gone) == [("1",), ("11",)]


def test_an_empty_listing_removes_nothing(source: Source) -> None:
    source.remove("1.jsonl", "2.jsonl")
    code, said = source.ingest()
    assert (code, "no file in" in said) == (0, True)
    assert source.manifest() == LANDED


def test_another_folder_removes_nothing(source: Source, tmp_path: Path) -> None:
    source.shop.write("other/3.jsonl", "3\n")
    for _ in range(2):
        code, said = source.ingest("other")
        assert code == 2
        assert f"{tmp_path / 'other'} holds none of the 2 files known of events" in said
    assert source.manifest() == LANDED
    assert source.ingest("nowhere")[0] == 2
    assert source.manifest() == LANDED


def test_one_file_alone_says_nothing_of_the_others(source: Source) -> None:
    source.shop.write("in/1.jsonl", "11\n")
    assert source.ingest("in/1.jsonl")[0] == 0
    assert source.manifest() == [*LANDED, ("1.jsonl", "landed", 1)]


def test_only_files_can_be_missing(shop: Shop) -> None:
    shop.configure(shop={"on_missing": "remove"})
    done = shop.run("ingest", "--source=web=in")
    assert (done.code, "unknown key on_missing" in done.err) == (2, True)
