"""dbt with the functions of ingestion/dbt_lean.py gives what dbt gives without them."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

# What one process of dbt does; told: how often it compiled a template and wrote a manifest, and of
# each node what its context holds, macros by what they are and whose.
DBT = """
import json, sys
from dbt.cli.main import dbtRunner
from dbt.clients.jinja import MacroGenerator
from dbt.context import providers
from dbt.contracts.graph.manifest import Manifest
from jinja2 import Environment
from ingestion import dbt_lean

told = {"compiled": 0, "manifests": 0, "contexts": {}, "heard": []}
if not json.loads(sys.argv[1]):
    dbt_lean.KNOWN = {"dbt-core": "0."}

compile = Environment.compile
def counted(*arguments, **options):
    told["compiled"] += 1
    return compile(*arguments, **options)
Environment.compile = dbt_lean._compile = counted

write = Manifest.write
def written(*arguments):
    told["manifests"] += 1
    write(*arguments)
Manifest.write = written

generate = providers.generate_runtime_model_context
def watched(model, config, manifest):
    made = generate(model, config, manifest)
    told["contexts"][model.unique_id] = sorted(
        [name, value.macro.unique_id, value.node is None, value.context is made]
        if isinstance(value, MacroGenerator) else [name, type(value).__name__]
        for name, value in made.items()
    )
    return made
import dbt.compilation, dbt.task.run
dbt.compilation.generate_runtime_model_context = watched

# Whoever calls dbt from Python may listen.
listeners = [lambda said: told["heard"].append(said.info.name)] if json.loads(sys.argv[2]) else []
done = dbtRunner(callbacks=listeners).invoke(sys.argv[3:])
told["success"] = done.success
told["replaced"] = dbt_lean.replace()
print(json.dumps(told))
"""

FILES = {
    "dbt_project.yml": """
name: small
profile: small
flags: {send_anonymous_usage_stats: false, log_level_file: info}
""",
    "profiles.yml": f"""
small:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: small.duckdb
      threads: 1
      module_paths: ["{Path(__file__).parents[2]}"]
      plugins: [{{module: ingestion.dbt_plugin}}]
""",
    "macros/words.sql": """
{% macro word() %}'one'{% endmacro %}
{# One of dbt's own: the project's is the one that is called. #}
{% macro hash(field) %}md5({{ field }}){% endmacro %}
""",
    "models/words.sql": "select {{ word() }} as word, {{ hash(word()) }} as hashed",
    "models/more.sql": "select * from {{ ref('words') }} where word <> {{ dbt.hash(word()) }}",
    # A package's node sees the project's macros, after its own.
    "packages.yml": "packages: [{local: dbt_packages/other}]",
    "dbt_packages/other/dbt_project.yml": "name: other",
    "dbt_packages/other/macros/words.sql": "{% macro hash(x) %}sha256({{ x }}){% endmacro %}",
    "dbt_packages/other/models/others.sql": "select {{ hash(word()) }} as hashed",
    "models/models.yml": """
models:
  - name: words
    columns: [{name: word, data_tests: [not_null, unique]}]
  - name: more
    columns: [{name: word, data_tests: [not_null]}]
""",
}


@dataclass
class Small:
    """A project of two models and three tests, and one process of dbt after the other on it."""

    folder: Path
    told: dict[str, Any] = field(default_factory=dict)

    def build(self, lean: bool, *options: str, listening: bool = False) -> list[dict[str, Any]]:
        """Returns  what dbt wrote into its log"""
        for name in ("logs/dbt.log", "small.duckdb"):
            (self.folder / name).unlink(missing_ok=True)
        asked = [json.dumps(lean), json.dumps(listening), "build", "--log-format-file", "json"]
        done = subprocess.run(
            [sys.executable, "-c", DBT, *asked, *options],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder)},
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.told = json.loads(done.stdout.splitlines()[-1])
        assert self.told["success"], done.stdout
        assert self.told["replaced"] is lean, "these are not the functions of this dbt"
        log = (self.folder / "logs" / "dbt.log").read_text().splitlines()
        return [json.loads(line)["info"] for line in log]

    def artefacts(self) -> dict[str, Any]:
        """What dbt wrote of nodes and of results, but when."""
        folder = self.folder / "target"
        nodes = json.loads((folder / "manifest.json").read_text())["nodes"]
        results = json.loads((folder / "run_results.json").read_text())["results"]
        moves = {"created_at", "timing", "thread_id", "execution_time"}
        return {
            key: {name: told for name, told in one.items() if name not in moves}
            for key, one in [*nodes.items(), *((one["unique_id"] + " ran", one) for one in results)]
        }

    def compiled(self) -> dict[str, str]:
        found = (self.folder / "target").glob("*/*/models/**/*.sql")
        return {str(path.relative_to(self.folder)): path.read_text() for path in found}


@pytest.fixture
def small(tmp_path: Path) -> Small:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Small(tmp_path)


def events(log: list[dict[str, Any]], *levels: str) -> Counter[tuple[str, str]]:
    """What was said, but how long it took, and which thread took whose connection."""
    return Counter(
        (line["name"], re.sub("[0-9.]+", "0", line["msg"]) if line["level"] == "info" else "")
        for line in log
        if line["level"] in levels and "Connection" not in line["name"]
    )


def test_nodes_see_what_they_saw_and_listeners_hear_what_they_heard(small: Small) -> None:
    said = small.build(False, "--log-level-file", "debug", "--no-partial-parse")
    before, contexts, artefacts = small.compiled(), small.told["contexts"], small.artefacts()
    assert small.told["manifests"] == 2, "dbt alone writes it when it has parsed, and as it ends"
    again = small.build(True, "--log-level-file", "debug", "--no-partial-parse")
    assert len(contexts) == 6
    assert small.told["contexts"] == contexts
    assert len(before) > 6
    assert small.compiled() == before
    assert len(artefacts) == 12
    assert small.artefacts() == artefacts
    assert small.told["manifests"] == 1
    # That manifest, and the one of metrics beside it.
    once = Counter({("ArtifactWritten", ""): 2})
    assert events(again, "debug", "info") == events(said, "debug", "info") - once

    small.build(True, listening=True)
    assert {"NodeFinished", "SQLQuery"} <= set(small.told["heard"])
    heard = small.build(True)
    assert {line["level"] for line in heard} == {"info"}
    assert events(heard, "info") == events(said, "info")


def test_the_manifest_of_a_build_says_what_it_compiled(small: Small) -> None:
    """By the command itself: what it imports, and when, decides which functions it calls."""
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-m", "dbt.cli.main", "build", "--quiet"],
            cwd=small.folder,
            env={"PATH": "/usr/bin:/bin", "HOME": str(small.folder)},
            check=True,
        )
        path = small.folder / "target" / "manifest.json"
        nodes = json.loads(path.read_text())["nodes"]
        assert len(nodes) == 6
        assert all(node["compiled_code"] for node in nodes.values())
        path.unlink()
    assert not path.with_name("graph.gpickle").exists()


def test_another_project_may_have_an_ingestion_of_its_own(small: Small) -> None:
    (small.folder / "ingestion").mkdir()
    (small.folder / "ingestion" / "__init__.py").touch()
    profile = small.folder / "profiles.yml"
    profile.write_text(profile.read_text().partition("      module_paths")[0])
    subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "build", "--quiet"], cwd=small.folder, check=True
    )


def test_a_compiled_file_is_written_where_it_differs(small: Small) -> None:
    words = small.folder / "models" / "words.sql"
    words.write_text(words.read_text() + " -- {{ '\\r' }}")
    small.build(True)
    words.write_text(words.read_text().replace("\\r", "\\n"))
    small.build(True)
    assert b"\r" not in (small.folder / "target/compiled/small/models/words.sql").read_bytes()
    compiled = small.compiled()
    same, changed, gone = sorted((small.folder / "target" / "compiled").rglob("*.sql"))[:3]
    changed.write_text("select 1")
    gone.unlink()
    os.utime(same, (0, 0))
    small.build(True)
    assert small.compiled() == compiled
    assert same.stat().st_mtime == 0


def test_a_template_is_compiled_once_and_again_when_it_changed(small: Small) -> None:
    small.build(True)
    anew, words = small.told["compiled"], small.compiled()
    small.build(True)
    again = small.told["compiled"]
    assert anew - again > 20
    assert small.compiled() == words

    stored = list((small.folder / "target" / "templates").iterdir())
    assert stored
    for number, path in enumerate(stored):
        path.write_bytes(path.read_bytes()[: 7 * (number % 9)])
    macro = small.folder / "macros" / "words.sql"
    macro.write_text(macro.read_text().replace("one", "two"))
    small.build(True)
    assert small.compiled() == {
        name: text.replace("'one'", "'two'") for name, text in words.items()
    }
