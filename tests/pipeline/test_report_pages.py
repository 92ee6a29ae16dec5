"""The pages of the reports in dbt docs: four parts, a query that runs, somebody who reads it."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import opened, run

PARTS = ("What a row is", "Assumptions", "Nuance", "Example query")
Nodes = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty shop: what a query says is seen elsewhere, here that it runs."""
    home = tmp_path_factory.mktemp("pages") / "warehouse"
    dbt = (sys.executable, "-m", "dbt.cli.main")
    target = ("--target-path", str(home / "target"))
    assert run(sys.executable, "-m", "ingestion.declare", home=home).returncode == 0
    done = run(*dbt, "build", "--exclude-resource-type", "test", *target, home=home)
    assert done.returncode == 0, done.stdout[-5000:]
    return home


@pytest.fixture(scope="module")
def manifest(home: Path) -> dict[str, Nodes]:
    return dict(json.loads((home / "target" / "manifest.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def pages(manifest: dict[str, Nodes]) -> dict[str, str]:
    """Descriptions of the reports, and of every model that has begun to say one of the parts."""
    return {
        node["name"]: node["description"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and (node["name"].startswith("rpt_") or any(part in node["description"] for part in PARTS))
    }


def test_every_page_has_the_four_parts_in_order(pages: dict[str, str]) -> None:
    assert len(pages) > 15
    told = {
        name: re.findall(r"^\*([^*]+)\* — ", page, re.MULTILINE) for name, page in pages.items()
    }
    assert {name: parts for name, parts in told.items() if tuple(parts) != PARTS} == {}


def test_every_example_query_runs(home: Path, pages: dict[str, str]) -> None:
    with opened(home / "footfall.duckdb") as con:
        for name, page in pages.items():
            (query,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
            assert f"marts.{name}" in query
            con.execute(query)


def test_every_report_has_an_exposure(manifest: dict[str, Nodes]) -> None:
    read = {name for each in manifest["exposures"].values() for name in each["depends_on"]["nodes"]}
    reports = {name for name in manifest["nodes"] if name.startswith("model.footfall.rpt_")}
    assert len(reports) > 5
    assert reports - read == set()
