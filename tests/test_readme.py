"""The README is true: its commands run, its queries answer, its new source works as written."""

import json
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from tests.support import PROJECT, opened, run

README = (PROJECT / "README.md").read_text(encoding="utf-8")
FLAGS = re.MULTILINE | re.DOTALL
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, FLAGS)
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
METRICFLOW = "dbt-metricflow==" + version("dbt-metricflow")
NOT_RUN = {
    "make test",  # is what is running now
    "make clean",  # comes last, below
    f".venv/bin/pip install {METRICFLOW}",  # is there, in the version that the tests lock
}
# A block that begins with a path is a file to write; one without is to run.
FILES = {
    match[1]: text for _, text in BLOCKS if (match := re.match(r"(?:#|--) (models/\S+)\n", text))
}
QUERIES = [text for kind, text in BLOCKS if kind == "sql" and text.startswith("select")]
ATTACH = next(text for kind, text in BLOCKS if kind == "sql" and text.startswith("attach"))
INVOICES = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom
536365,71053,WHITE METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850,United Kingdom
536367,22745,POPPY'S PLAYHOUSE BEDROOM,2,2010-12-01 08:34:00,2.10,13047,United Kingdom
"""
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", ".*_cache", "__pycache__", "warehouse", "target", "logs", "site"
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with an empty home, in which the README's commands were run."""
    checkout = tmp_path_factory.mktemp("readme") / "footfall"
    shutil.copytree(PROJECT, checkout, ignore=NOT_COPIED)
    # The environment is the one these tests run in; that setup makes it from nothing, CI shows.
    (checkout / ".venv").symlink_to(PROJECT / ".venv")
    (checkout / "invoices").mkdir()
    (checkout / "invoices" / "2010-12-01.csv").write_text(INVOICES, "utf-8")
    for command in COMMANDS:
        if command not in NOT_RUN:
            said = shell(checkout, command)
            (checkout.parent / f"{COMMANDS.index(command)}.txt").write_text(said, "utf-8")
    return checkout


def output(checkout: Path, command: str) -> str:
    said = (checkout.parent / f"{COMMANDS.index(command)}.txt").read_text("utf-8")
    return said.replace(f"{checkout}/", "")


def shell(checkout: Path, command: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("FOOTFALL", "MAKE"))}
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=checkout,
        env={**environment, "HOME": str(checkout.parent)},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout + done.stderr


def test_the_readme_shows_what_it_promises() -> None:
    """In the order of STYLE.md."""
    assert re.findall(r"^## (.*)$", README, re.MULTILINE) == [
        "Three commands",
        "The folders",
        "What each mart answers",
        "Adding a source",
        "Adding a model",
        "Adding a feature",
        "When something is wrong",
        "Licence",
    ]
    assert re.match(r"# Footfall\n\n[^\n.]*\.\n\n```\n files ┐", README)
    assert {*COMMANDS} >= NOT_RUN
    assert COMMANDS[:3] == ["make build", "make test", "make docs"]
    assert len(QUERIES) >= 4
    assert len(FILES) == 7


def test_its_commands_leave_marts_and_documentation(checkout: Path) -> None:
    assert (checkout / "warehouse" / "marts.duckdb").exists()
    assert "Footfall" in (checkout / "site" / "index.html").read_text(encoding="utf-8")


def test_the_documentation_opens_on_the_flow(checkout: Path) -> None:
    """On dbt's page: the drawing of this README, and a colour of its own for each layer."""
    manifest = json.loads((checkout / "site" / "target" / "manifest.json").read_text("utf-8"))
    overview = manifest["docs"]["doc.footfall.__overview__"]["block_contents"]
    assert README[README.index("```\n files ┐") : README.index("\n\nWhat it promises")] in overview
    links = re.findall(r"\(#!/model/(\S+)\)", overview)
    assert links
    assert {*links} <= {*manifest["nodes"]}

    colours: dict[str, set[str]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] in ("model", "seed"):
            layer = node["fqn"][1] if node["resource_type"] == "model" else "seeds"
            colours.setdefault(layer, set()).add(str(node["docs"]["node_color"]))
    assert "None" not in set.union(*colours.values())
    assert [len(found) for found in colours.values()] == [1] * len(colours), colours
    assert len(set.union(*colours.values())) == len(colours), colours
    assert {*re.findall(r"^\| (\w+) \| \w+ \|", overview, re.MULTILINE)} == {*colours}


def test_every_exposure_reads_what_is_published(checkout: Path) -> None:
    manifest = json.loads((checkout / "site" / "target" / "manifest.json").read_text("utf-8"))
    nodes = manifest["nodes"]
    exposures = manifest["exposures"].values()
    assert len(exposures) >= 5
    for exposure in exposures:
        assert exposure["description"]
        assert exposure["owner"]["email"]
        read = [nodes[name] for name in exposure["depends_on"]["nodes"]]
        assert read
        assert {node["access"] for node in read} == {"public"}, exposure["name"]
        # What is named in quotes in a description is there, and read.
        for name in re.findall(r"`(\w+_\w+)`", exposure["description"]):
            assert name in {node["name"] for node in read}


def test_a_client_says_what_it_warns_of(checkout: Path) -> None:
    with (
        duckdb.connect(checkout / "warehouse" / "marts.duckdb", read_only=True) as con,
        pytest.raises(duckdb.BinderException) as refused,
    ):
        con.execute("select * from marts.rpt_segments")
    [shown] = re.findall(r"^\| `(Ambiguous [^`]*)`", README, re.MULTILINE)
    assert shown in str(refused.value)


def test_a_build_says_what_it_shows(checkout: Path) -> None:
    said = output(checkout, "make build")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", README, FLAGS)
    shown = next(text for kind, text in blocks if not kind and text.startswith("made "))
    lines = shown.splitlines()
    # How long it takes is the machine's.
    assert lines[0].startswith("made warehouse/sample in ")
    assert "made warehouse/sample in " in said
    assert [line for line in lines[1:] if line not in said] == []


def test_a_folder_of_invoices_is_all_that_a_real_shop_needs(checkout: Path) -> None:
    with opened(checkout / "retail" / "marts.duckdb") as con:
        lines = con.execute(
            "select order_id, line_type, line_total from marts.fct_order_items order by line_total"
        ).fetchall()
    assert [(str(order)[-6:], kind, float(total)) for order, kind, total in lines] == [
        ("536367", "sale", 4.2),
        ("536365", "sale", 15.3),
        ("536365", "sale", 20.34),
    ]
    told = output(checkout, "FOOTFALL_HOME=retail .venv/bin/footfall status")
    assert re.search(r"online_retail *│ files *│ .* │ 3 *│ 1 *│ 0", told)


def test_its_other_ways_to_ask_answer(checkout: Path) -> None:
    [python] = [command for command in COMMANDS if command.startswith(".venv/bin/python -c")]
    assert re.search("│ online_retail|│ web ", output(checkout, python))
    [metric] = [command for command in COMMANDS if command.startswith(".venv/bin/mf query")]
    assert re.search(r"2026-01-01T00:00:00\s+[0-9.]+", output(checkout, metric))


@pytest.mark.parametrize("query", QUERIES)
def test_its_queries_answer(checkout: Path, query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout)
    with duckdb.connect() as con:
        con.execute(ATTACH)
        assert con.execute(query).fetchall()


def test_a_source_is_added_as_it_says(checkout: Path) -> None:
    entry = next(text for kind, text in BLOCKS if kind == "yaml" and "feeds:" in text)
    project = checkout / "dbt_project.yml"
    before = project.read_text(encoding="utf-8")
    project.write_text(before.replace("  sources:\n", "  sources:\n" + entry), encoding="utf-8")
    write(checkout, "wholesale")

    deliveries = checkout / "deliveries"
    deliveries.mkdir()
    since = datetime(2026, 1, 5, 9, tzinfo=UTC).replace(tzinfo=None)
    rows = [(n, "DE", since) for n in range(1, 39)] + [(2, "BE", since), (None, "NL", since)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    pq.write_table(pa.table(columns, ["id", "land", "since"]), deliveries / "first.parquet")
    shell(checkout, ".venv/bin/footfall run --source wholesale=deliveries/")

    with opened(checkout / "warehouse" / "marts.duckdb") as con:
        customers = con.execute(
            "select customer_id, country, registered_at from marts.dim_customers "
            "where source = 'wholesale' order by all"
        ).fetchall()
        accounts = con.execute(
            "select raw_count, accepted_count, duplicate_count, quarantined_count "
            "from ops.row_accounting where source = 'wholesale'"
        ).fetchall()
        refused = con.execute(
            "select reject_reasons from ops.quarantine where source = 'wholesale'"
        ).fetchall()
    assert customers == sorted((f"W{n}", "DE", since) for n in range(1, 39))
    assert accounts == [(40, 38, 1, 1)]
    assert refused == [("missing_field:id",)]


def write(checkout: Path, part: str) -> None:
    """The files that it shows with this part of a name."""
    for path, text in FILES.items():
        if part in path:
            (checkout / path).parent.mkdir(exist_ok=True)
            (checkout / path).write_text(text, encoding="utf-8")


def insert(path: Path, before: str, text: str) -> None:
    """Put a text in front of wherever another one stands."""
    whole = path.read_text(encoding="utf-8")
    assert before in whole, path
    path.write_text(whole.replace(before, text + before), encoding="utf-8")


def test_a_feature_is_added_as_it_says(checkout: Path) -> None:
    spine, column, task = (
        next(text for kind, text in BLOCKS if kind == "yaml" and text.strip().startswith(begin))
        for begin in ("customer_after_search:", "- name: add_payment_info", "interest_7d:")
    )
    measure = next(text for kind, text in BLOCKS if "windowed_count(" in text)
    tables = next(text for kind, text in BLOCKS if kind == "jinja")
    for part in ("customer_after_search", "interest_7d"):
        write(checkout, part)
    settings = checkout / "dbt_project.yml"
    insert(settings, "    customer_day: [customer_id]\n", spine)
    insert(settings, "    purchase_7d: {}\n", task)
    insert(
        checkout / "macros" / "training" / "training_features.sql",
        "        'purchase_7d': {",
        tables,
    )
    features = checkout / "models" / "features"
    activity = features / "customers" / "ftr_customer__activity.sql"
    insert(activity, "        {{ seconds_since_first('events') }}", measure)
    insert(
        features / "customers" / "_customers__models.yml", "      - name: event_count_1h\n", column
    )
    told = "name: customer__activity__is_cold_start"
    insert(features / "serving" / "_serving__models.yml", f"      - {told}\n", column)
    learned = (features / "training").glob("_*__models.yml")
    for path in [path for path in learned if told in path.read_text(encoding="utf-8")]:
        insert(path, f"      - {{{told},", column)
    selected = "ftr_spine__customer_after_search+ ftr_customer__activity+ trn_interest_7d+"
    shell(checkout, f".venv/bin/dbt build --select {selected}")

    with opened(checkout / "warehouse" / "footfall.duckdb") as con:
        moments, found = con.execute("""
            select count(*), count(activity.event_count_7d)
            from features.ftr_spine__customer_after_search as spine
            left join features.ftr_customer__activity as activity
                using (customer_id, prediction_at, available_as_of)
        """).fetchall()[0]
        assert moments == found > 100
        counts = con.execute(
            "select count(*) filter (add_payment_info_count_30d > 0), "
            "count(*) filter (add_payment_info_count_30d = 0) from features.ftr_customer__latest"
        ).fetchall()
        splits = con.execute("select distinct split from features.trn_interest_7d").fetchall()
        tasks = con.execute("select task from features.trn_registry order by task").fetchall()
    assert min(*counts[0]) > 0
    assert ("train",) in splits
    assert ("interest_7d",) in tasks


def test_make_clean_comes_last_and_waits_for_a_run(checkout: Path) -> None:
    home = checkout / "warehouse"
    with FileLock(home / "run.lock"):
        before = sorted(path.name for path in home.iterdir())
        done = run("make", "clean", home=home, cwd=checkout)
        assert sorted(path.name for path in home.iterdir()) == before
    assert done.returncode == 2
    assert f"error: another run is at work in {home}: " in done.stderr
    assert {"landing.duckdb", "marts.duckdb", "sample"} <= {*before}
    # What is not ours stays.
    (home / "mine.txt").touch()
    shell(checkout, "make clean")
    assert [path.name for path in home.iterdir()] == ["mine.txt"]
    assert (checkout / ".venv").exists()
    assert not (checkout / "site").exists()
    # Where there is nothing, nothing is wrong, and nothing comes of it.
    shutil.rmtree(home)
    shell(checkout, "make clean")
    assert not home.exists()
