"""Same parameters, same bytes; one rate, one kind of trouble; never half a sample."""

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import sqlalchemy as sa

from ingestion.database_url import parse_url
from sample import Rates, generate
from sample.rates import line_kinds
from tests.sample import reread

PROJECT = Path(__file__).resolve().parents[2]
SCHEMA = PROJECT / "models/staging/web/web_event.schema.json"
SCRIPT = "import sys; from pathlib import Path; from sample import generate; generate({})"
# What a line of each kind counts as, in sound company; '' is accepted.
OUTCOMES = {
    **dict.fromkeys(
        (
            "late",
            "out_of_order",
            "clock_ahead",
            "null_created",
            "sent_before_created",
            "null_received",
            "null_sent",
            "untidy_names",
            "odd_event_ids",
        ),
        "",
    ),
    "duplicates_in_file": "duplicate same_payload",
    "resent_copies": "duplicate same_payload",
    "duplicates_across_files": "duplicate same_payload",
    "conflicting_copies": "duplicate conflict",
    "rejected_copies": "bad_type:quantity",
    "malformed": "malformed_json",
    "missing_event_id": "missing_field:event_id",
    "missing_event_name": "missing_field:event_name",
    "missing_actor": "missing_actor",
    "missing_time": "missing_time",
    "missing_customer": "missing_field:customer_id",
    "missing_product": "missing_field:product_id",
    "missing_order": "missing_field:order_id",
    "missing_search_term": "missing_field:search_term",
    "bad_quantity": "bad_type:quantity",
    "bad_price": "bad_type:unit_price",
    "comma_price": "bad_type:unit_price",
    "bad_value": "bad_type:value",
    "negative_price": "out_of_range:unit_price",
    "low_quantity": "out_of_range:quantity",
    "unknown_currency": "bad_enum:currency",
    "future": "future_timestamp",
    "ancient": "ancient_timestamp",
    "unknown_type": "unknown_event_type",
}


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run(folder: Path, arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(arguments), str(folder)],
        cwd=PROJECT,
        env=os.environ | environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_same_parameters_make_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for number, (hash_seed, zone) in enumerate([("1", "UTC"), ("2", "Asia/Tokyo")]):
        folder = tmp_path / str(number)
        with run(folder, "Path(sys.argv[1]), events=6000", PYTHONHASHSEED=hash_seed, TZ=zone):
            pass
        found.append(digests(folder))
    assert found[0] == found[1]
    assert {"shop.sqlite", "truth/truth.json", "feeds/products.json"} <= found[0].keys()
    other = generate(tmp_path / "other", events=6000, seed=2)
    assert (
        other["web"]["files"]
        != json.loads((tmp_path / "0/truth/truth.json").read_text("utf-8"))["web"]["files"]
    )


def test_without_rates_nothing_is_wrong(tmp_path: Path) -> None:
    truth = generate(tmp_path / "shop", events=6000, rates=Rates.none())
    parts = [truth["web"], *truth["shop"].values(), *truth["feeds"].values()]
    assert all(part["raw"] == part["accepted"] > 0 or part["raw"] == 0 for part in parts)
    assert truth["web"]["planted"] == {}
    assert truth["web"]["shared_visitors"] == truth["orders"]["not_in_web"] == 0
    assert len(truth["web"]["files"]) == 90
    _, rows = reread.read_web(tmp_path / "shop")
    assert {row.verdict for row in rows} == {""}
    assert all(row.event["agent"] for row in rows if row.event["platform"] != "server")
    # Nothing is late but the pause between making and sending.
    sent = [row for row in rows if row.event["version"] > 1]
    assert max(row.received - row.at for row in sent if row.received and row.at).seconds < 4


def test_outcomes_name_every_kind() -> None:
    assert OUTCOMES.keys() == set(line_kinds())


@pytest.mark.parametrize("kind", OUTCOMES)
def test_a_kind_alone_counts_exactly(kind: str, tmp_path: Path) -> None:
    truth = generate(tmp_path / "shop", events=2500, days=40, rates=Rates.none(**{kind: 0.5}))
    web, outcome = truth["web"], OUTCOMES[kind]
    assert web["planted"].keys() == {kind}
    planted = web["planted"][kind]
    assert planted > 5
    _, rows = reread.read_web(tmp_path / "shop")
    verdicts = dict.fromkeys(("", outcome), 0)
    for row in rows:
        verdicts[row.verdict] = verdicts.get(row.verdict, 0) + 1
    assert verdicts.keys() == {"", outcome}
    copies = verdicts[outcome] if outcome else 0
    if kind == "duplicates_across_files":  # a third of them twice
        assert planted < copies < 2 * planted
    else:
        assert copies == (planted if outcome else 0)
    assert web["raw"] == verdicts[""] + copies


@pytest.mark.parametrize("kind", [item.name for item in fields(Rates)])
def test_every_rate_alone_changes_something(kind: str, tmp_path: Path) -> None:
    sound = _sound(tmp_path)
    generate(tmp_path / "shop", events=2500, days=40, rates=Rates.none(**{kind: 0.9}))
    changed = digests(tmp_path / "shop")
    assert {name for name in changed | sound if changed.get(name) != sound.get(name)} > {
        "truth/truth.json"
    }


_SOUND: dict[str, str] = {}


def _sound(folder: Path) -> dict[str, str]:
    if not _SOUND:
        generate(folder / "sound", events=2500, days=40, rates=Rates.none())
        _SOUND.update(digests(folder / "sound"))
    return _SOUND


def test_rates_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="late must lie between 0 and 1, got 2"):
        Rates(late=2)
    with pytest.raises(ValueError, match=r"add up to 1\.2"):
        Rates.none(late=0.6, malformed=0.6)


def test_version_3_keeps_its_schema(tmp_path: Path) -> None:
    """Accepted lines are valid and rejected ones are not, where a schema can tell."""
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    validator.check_schema(validator.schema)
    for example in validator.schema["examples"]:
        validator.validate(example)
    generate(tmp_path / "shop", events=20_000)
    _, rows = reread.read_web(tmp_path / "shop")
    verdicts = {(row.file, row.number): row.verdict for row in rows}
    seen: dict[str, int] = {}
    for path in sorted(tmp_path.glob("shop/web/*/*.gz")):
        name = path.relative_to(tmp_path / "shop").as_posix()
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, start=1):
                verdict = verdicts.get((name, number), "redelivered")
                if verdict == "malformed_json" or '"schema_version":3' not in line:
                    continue
                event = json.loads(line)
                if event.get("event_name"):
                    event["event_name"] = event["event_name"].strip().lower()
                seen[verdict] = seen.get(verdict, 0) + 1
                if not verdict:
                    validator.validate(event)
                elif verdict.startswith(("missing", "bad_type", "out_of_range", "unknown")):
                    assert not validator.is_valid(event), line
    assert seen[""] > 5000
    assert len(seen) > 12


def test_the_same_sample_is_not_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    first = generate(folder, events=3000)
    stamps = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    started = time.monotonic()
    assert generate(folder, events=3000) == first
    assert time.monotonic() - started < 0.2
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == stamps
    assert generate(folder, events=3000, seed=2) != first
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_a_strange_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(Exception, match="holds something that is no sample"):
        generate(tmp_path, events=1000)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("truth", ["{}", "[1]", '{"parameters": 1}', '{"parameters": {}}', "1"])
def test_a_folder_with_another_truth_is_left_alone(tmp_path: Path, truth: str) -> None:
    """A file of that name is not enough to replace the rest of a folder."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "truth.json").write_text(truth)
    with pytest.raises(Exception, match="holds something that is no sample"):
        generate(tmp_path, seed=1, events=100, days=1)
    assert (tmp_path / "photos").is_dir()


def test_a_kill_leaves_no_half_sample(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    process = run(folder, "Path(sys.argv[1]), events=400_000")
    while not any(tmp_path.glob(".shop.new-*/web/delivery-1/*")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not folder.exists()
    truth = generate(folder, events=2000)
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]
    assert json.loads((folder / "truth/truth.json").read_text("utf-8")) == truth


def test_memory_stays_bounded_and_time_short(tmp_path: Path) -> None:
    """A loose bar, for a busy machine: 150,000 lines, 400 MB, 12,000 lines a second."""
    script = (
        "import re, sys, time; from pathlib import Path; from sample import generate\n"
        "started = time.process_time()\n"
        "truth = generate(Path(sys.argv[1]), events=150_000)\n"
        "seconds = time.process_time() - started\n"
        # Not getrusage: its peak is inherited from the process that started this one.
        "status = Path('/proc/self/status').read_text()\n"
        "peak = int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) / 1024\n"
        "print(truth['web']['raw'], seconds, peak)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "shop")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines, seconds, peak = map(float, done.stdout.split())
    assert 135_000 < lines < 165_000
    assert peak < 400
    assert lines / seconds > 12_000


def test_the_size_is_about_what_was_asked_for(tmp_path: Path) -> None:
    truth = generate(tmp_path / "shop")
    assert 45_000 < truth["web"]["raw"] < 55_000


def test_any_database_takes_the_shop(tmp_path: Path) -> None:
    """Another SQLite file: the tables are replaced as a whole, and a lost database is remade."""
    url = f"sqlite:///{tmp_path / 'other.db'}"
    truth = generate(tmp_path / "shop", events=3000, database=url)
    assert not (tmp_path / "shop/shop.sqlite").exists()
    engine = sa.create_engine(url)
    counting = sa.select(sa.func.count()).select_from(sa.table("orders"))
    with engine.begin() as connection:
        count = connection.execute(counting).scalar_one()
        assert count == truth["shop"]["orders"]["raw"]
        connection.execute(sa.text("delete from orders"))
    generate(tmp_path / "shop", events=3000, database=url)
    with engine.connect() as connection:
        again = connection.execute(counting).scalar_one()
    engine.dispose()
    assert again == count


@pytest.fixture
def empty_database(postgres: str) -> str:
    """The URL of a database that no other test writes to."""
    engine = sa.create_engine(parse_url(postgres), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("create database sample")
    engine.dispose()
    return postgres.removesuffix("postgres") + "sample"


def test_postgresql_holds_the_same_rows(empty_database: str, tmp_path: Path) -> None:
    plain = generate(tmp_path / "plain", events=3000)
    truth = generate(tmp_path / "shop", events=3000, database=empty_database)
    assert truth["shop"] == plain["shop"]
    engines = [
        sa.create_engine(f"sqlite:///{tmp_path / 'plain/shop.sqlite'}"),
        sa.create_engine(parse_url(empty_database)),
    ]
    for table in ("customers", "orders", "order_items", "refunds"):
        rows = []
        for engine in engines:
            with engine.connect() as connection:
                columns = sa.Table(table, sa.MetaData(), autoload_with=connection)
                found = connection.execute(sa.select(columns)).all()
                rows.append(sorted(str(tuple(row)) for row in found))
        assert rows[0] == rows[1]
        assert rows[0]
    for engine in engines:
        engine.dispose()
    # Known again: nothing is written.
    started = (tmp_path / "shop/truth/truth.json").stat().st_mtime_ns
    generate(tmp_path / "shop", events=3000, database=empty_database)
    assert (tmp_path / "shop/truth/truth.json").stat().st_mtime_ns == started
