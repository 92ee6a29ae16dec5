"""dbt and dlt without their start-up: one warm process, forked anew for every command.

A dbt command spends four seconds on imports and parsing before its first model. Here one process
imports and parses once and never opens a database; each command runs in a child forked from it, so
that a build costs its nodes, and its locks are gone when the child is. Builds that do not touch the
same file run side by side.

A full refresh is the same statements each time, whatever landed: dbt says them once to an empty
shop, and from then on they are run without it. That it would say the same again is seen in the
compiled text of every other build.

Flow   Workshop (the test)  --a JSON line-->  this module as a program  --fork-->  the command
Ends   with the test that started it: its input closes
"""

import gc
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.support import PROJECT

# Below these a table is made key by key however many changed; see macros/engines/keyed.sql.
WRITTEN_WHOLE = (
    "rows == 0 or (2 * going > rows if above else 2 * changed > present or present == 0)"
)
KEY_BY_KEY = "rows == 0"
KEYED = "macro.footfall._compare_keys"
# Comments on views count in fingerprints; those on tables are for readers, and of versions a build
# knows that goes on from another one.
NOT_REPLAYED = re.compile(
    r"(select|describe|begin|commit|attach|comment on (table|column)"
    r"|(delete from|insert into) main.(table_versions|rebuilt_keys)) ",
    re.I,
)
REMARK = re.compile(r"\s*/\*.*?\*/\s*", re.S)
# Compared with nothing: they tell of builds. Of no table is a column left out.
NOT_COMPARED = {"main.last_build", "main.table_versions", "main.rebuilt_keys"}
# What a keyed model says; see macros/engines/keyed.sql.
KEYS = re.compile(r"(\d+) of (\d+) keys(?: above)?, (\d+) gone")
SHOWN_ROWS = 6
READ_ROWS = 1000
ENVIRONMENT = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "NO_COLOR": "1",
    # A child that ends, or is killed, leaves its locks to the tracker, which speaks of leaks.
    "PYTHONWARNINGS": "ignore:resource_tracker",
}
CHILD_SECONDS = 3600


@dataclass
class Answer:
    """What a command gave back: code 0 is done, below 0 killed by that signal.

    cpu: seconds of processor time
    """

    code: int
    value: Any
    printed: str
    cpu: float


class WorkshopError(Exception):
    """A command that should have gone well did not: no verdict on the models."""


class Workshop:
    """The warm process, seen from the test."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.pipeline.workshop"],
            cwd=PROJECT,
            env={**os.environ, **ENVIRONMENT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Workshop":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(BrokenPipeError):
            self._process.communicate()

    def run(self, *jobs: dict[str, Any]) -> list[Answer]:
        """Run jobs side by side: each {"do": the name of a command, its arguments}.

        Errors  WorkshopError: the project does not parse; what is wrong was printed
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(jobs) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise WorkshopError("the workshop has ended")
        return [Answer(**answer) for answer in json.loads(line)]


# What follows runs in the warm process and its children.


class Manifests:
    """The parsed project, as it is and with the changes of a variant."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._parsed: dict[str, tuple[Any, Path]] = {}
        self._scripts: dict[str, Script] = {}

    def get(self, variables: dict[str, Any], edit: list[str] | None) -> tuple[Any, Path]:
        """The manifest, and the folder it was parsed in."""
        from dbt.cli.main import dbtRunner

        key = json.dumps([variables, edit])
        if key not in self._parsed:
            project = self._edited(*edit) if edit else PROJECT
            # A folder of its own: nothing of another variant's parse is taken over.
            home = Path(tempfile.mkdtemp(dir=self._scratch))
            os.environ["FOOTFALL_HOME"] = str(home)
            parsed = dbtRunner().invoke(["parse", *_options(project, home, variables)])
            if not parsed.success:
                sys.exit(f"the project does not parse: {parsed.exception}")
            self._parsed[key] = parsed.result, project
            # What is here stays: children need not look through it, and so do not copy it. Nor do
            # they look for garbage of their own: that takes an eighth of a small build.
            gc.collect()
            gc.freeze()
            gc.disable()
        return self._parsed[key]

    def script(self, variables: dict[str, Any], edit: list[str] | None) -> "Script":
        """What dbt says in a full refresh of that project."""
        key = json.dumps([variables, edit])
        if key not in self._scripts:
            home = Path(tempfile.mkdtemp(dir=self._scratch))
            job = {"home": str(home), "variables": variables, "parsed": self.get(variables, edit)}
            done = _finish(_forked(recorded, job, home / "slot"), home / "slot")
            if done["code"]:
                sys.exit(f"no full refresh of an empty shop: {done['printed']}")
            self._scripts[key] = done["value"]
        return self._scripts[key]

    def _edited(self, path: str, old: str, new: str) -> Path:
        project = Path(tempfile.mkdtemp(dir=self._scratch))
        for name in ("models", "macros", "seeds", "tests"):
            shutil.copytree(PROJECT / name, project / name)
        for name in ("dbt_project.yml", "profiles.yml"):
            shutil.copy(PROJECT / name, project)
        text = (project / path).read_text(encoding="utf-8")
        if old not in text:
            sys.exit(f"{path} does not say {old!r} any more: correct the variant")
        (project / path).write_text(text.replace(old, new), encoding="utf-8")
        return project


def _options(project: Path, home: Path, variables: dict[str, Any]) -> list[str]:
    options = ["--project-dir", str(project), "--profiles-dir", str(project)]
    options += ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
    options += ["--log-level-file", "none", "--log-level", "none", "--quiet", "--no-write-json"]
    return [*options, "--vars", json.dumps(variables)]


def ingest(home: str, sources: dict[str, str], feeds: str | None) -> int:
    """`footfall ingest`: its exit code. feeds: the folder whose API is served meanwhile."""
    from ingestion.errors import Failure
    from ingestion.report import Report
    from ingestion.run import ingest as ingest_sources
    from sample.api import serve

    with ExitStack() as stack:
        if feeds:
            # Small pages: a longer feed moves every item behind it to another page.
            api = serve(Path(feeds), per_second=1e6, burst=1000, page_size=3)
            sources = {**sources, "feeds": stack.enter_context(api)}
        requested = [f"{name}={location}" for name, location in sources.items()]
        try:
            ingest_sources(PROJECT, Path(home), requested, Report())
        except Failure as error:
            print(error)
            return error.exit_code
    return 0


def build(
    parsed: tuple[Any, Path],
    home: str,
    variables: dict[str, Any],
    arguments: list[str],
    kill: tuple[int, int] | None = None,
    by_key: bool = False,
    environment: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Every seed and model, no tests.

    Shape  success; keys: of every keyed model how many it made anew, how many there are, how many
           went; compiled: a digest of the SQL of every model
    kill: when so many nodes have begun, and so many milliseconds later, the process kills itself
    by_key: no table is written whole because much of it changed
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    manifest, project = parsed
    if by_key:
        _never_written_whole(manifest.macros[KEYED])
    os.environ |= {"FOOTFALL_HOME": home, **(environment or {})}
    callbacks = [_killer(*kill)] if kill else []
    kinds = ["--resource-type", "seed", "--resource-type", "model"]
    done = dbtRunner(manifest=manifest, callbacks=callbacks).invoke(
        ["build", *kinds, *_options(project, Path(home), variables), *arguments]
    )
    # As at the end of a dbt process: closed, nothing left in a write-ahead log.
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    gc.collect()
    if done.exception:
        print(done.exception)
    results = getattr(done.result, "results", [])
    for result in results:
        if result.status not in ("success", "pass"):
            print(f"{result.node.name}: {result.status}: {result.message}")
    messages = (KEYS.fullmatch(str(result.message)) for result in results)
    keys = [[int(count) for count in found.groups()] for found in messages if found]
    texts = {
        f"{result.node.schema}.{result.node.alias}": result.node.compiled_code
        for result in results
        if getattr(result.node, "compiled_code", None)
    }
    compiled = {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}
    return {"success": done.success, "keys": keys, "compiled": compiled}


def _never_written_whole(macro: Any) -> None:
    """Let dbt compile another text of a macro; its own counts in the code of a training set."""
    from dbt_common.clients.jinja import template_cache

    text = macro.macro_sql
    assert WRITTEN_WHOLE in text, "correct what is left out of macros/engines/keyed.sql"
    macro.macro_sql = text.replace(WRITTEN_WHOLE, KEY_BY_KEY)
    template_cache.file_cache[text] = template_cache.get_node_template(macro)
    macro.macro_sql = text


# statements, and compiled as of a build.
Script = dict[str, Any]


def recorded(parsed: tuple[Any, Path], home: str, variables: dict[str, Any]) -> Script:
    """What dbt says to the engine in a full refresh, with one thread and so in an order."""
    import duckdb
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

    from ingestion.declare import declare, read_declared
    from ingestion.pipeline import landing

    said: list[str] = []
    settings: dict[str, Any] = {}
    execute = DuckDBCursorWrapper.execute

    def listened(self: Any, sql: str, bindings: Any = None) -> Any:
        assert bindings is None, f"to be said again with its values: {sql}"
        settings.update(DuckDBConnectionManager.env().creds.settings or {})
        said.append(sql)
        return execute(self, sql, bindings)  # type: ignore[no-untyped-call]

    DuckDBCursorWrapper.execute = listened  # type: ignore[method-assign]
    with landing(Path(home)) as connection:
        declare(connection, read_declared(PROJECT))
    done = build(parsed, home, variables, ["--full-refresh", "--threads", "1"])
    assert done["success"], "it went wrong"
    statements = [f"set {name} = '{value}'" for name, value in settings.items()]
    for sql in said:
        for statement in duckdb.extract_statements(sql):
            text = REMARK.sub("", statement.query, count=1).strip()
            if not NOT_REPLAYED.match(text + " "):
                statements.append(text)
    return {"statements": statements, "compiled": done["compiled"]}


def refresh(script: Script, home: str) -> Script:
    """A full refresh of what landed, by what dbt said in one."""
    import duckdb

    with duckdb.connect(config={"threads": "1"}) as con:
        con.execute(f"attach '{home}/landing.duckdb' as landing (read_only)")
        con.execute(f"attach '{home}/footfall.duckdb' as footfall; use footfall; begin")
        for statement in script["statements"]:
            con.execute(statement)
        con.execute("commit")
    return {"compiled": script["compiled"]}


def _killer(nodes: int, milliseconds: int) -> Callable[[Any], None]:
    begun = 0

    def on_event(event: Any) -> None:
        nonlocal begun
        begun += event.info.name == "NodeStart"
        if event.info.name == "NodeStart" and begun == nodes:
            us = os.getpid(), signal.SIGKILL
            if not milliseconds:
                os.kill(*us)
            threading.Timer(milliseconds / 1000, os.kill, us).start()

    return on_event


def names(parsed: tuple[Any, Path]) -> list[str]:
    """The project's models."""
    nodes = parsed[0].nodes.values()
    return sorted(node.name for node in nodes if node.resource_type == "model")


def compare(kept: str, fresh: str, landing: str, order: list[str]) -> dict[str, Any]:
    """Every table and view of two builds, every column, as bags of rows.

    Shape  rows: how much was compared, by table; differences: one a table, upstream first, with
           what differs in some of its rows
    """
    import duckdb

    with duckdb.connect(config={"threads": "1"}) as con:
        con.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false")
        con.execute(f"attach '{landing}' as landing (read_only)")
        sides = {"kept": kept, "fresh": fresh}
        found = {side: _looked_at(con, side, path) for side, path in sides.items()}
        left, right = found["kept"], found["fresh"]
        rank = {name: number for number, name in enumerate(order)}
        rows = {}
        differences = []
        for name in sorted(left.keys() | right.keys(), key=lambda n: (rank.get(n, 1000), n)):
            if left.get(name) != right.get(name):
                differences.append(_unlike(name, left.get(name), right.get(name)))
                continue
            kind, columns = right[name]
            here, there = (
                f'memory.{side}_views."{name}"' if kind == "view" else f"{side}.{name}"
                for side in sides
            )
            rows[name] = con.execute(f"select count(*) from {there}").fetchall()[0][0]
            if different := _difference(con, here, there, list(columns)):
                differences.append({"table": name, **different})
    return {"rows": rows, "differences": differences}


def _looked_at(con: Any, side: str, path: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Attach a build under the name of its side, its views as tables of the schema side_views."""
    # A view names its database: whichever is looked at is called what dbt calls it.
    con.execute(f"attach '{path}' as footfall (read_only); create schema memory.{side}_views")
    relations = _relations(con)
    for name, (kind, _) in relations.items():
        if kind == "view":
            con.execute(f'create table memory.{side}_views."{name}" as from footfall.{name}')
    con.execute(f"detach footfall; attach '{path}' as {side} (read_only)")
    return relations


def _relations(con: Any) -> dict[str, tuple[str, dict[str, str]]]:
    """schema.name: table or view, and its columns with their types."""
    found = con.execute("""
        select schema_name || '.' || table_name as name, 'table' as kind from duckdb_tables()
        where database_name = 'footfall'
        union all
        select schema_name || '.' || view_name, 'view' from duckdb_views()
        where database_name = 'footfall' and not internal
        order by all
    """).fetchall()
    return {
        name: (
            kind,
            {row[0]: row[1] for row in con.execute(f"describe footfall.{name}").fetchall()},
        )
        for name, kind in found
        if name not in NOT_COMPARED
    }


def _unlike(name: str, left: Any, right: Any) -> dict[str, Any]:
    """Two relations that cannot be compared row by row."""
    if left is None or right is None:
        why = "only after the full refresh" if left is None else "not after a full refresh"
    else:
        sides = [{kind: kind, **columns}.items() for kind, columns in (left, right)]
        why = f"kept {dict(sides[0] - sides[1])}, full refresh {dict(sides[1] - sides[0])}"
    return {"table": name, "why": why, "rows": [], "counts": [0, 0]}


def _difference(con: Any, here: str, there: str, columns: list[str]) -> dict[str, Any] | None:
    """Rows of either side that the other does not have as often; None: there are none."""
    listed = ", ".join(f'"{name}"' for name in columns)
    lacking = "(select {listed} from {one}) except all (select {listed} from {other})"
    # Of two bags of one size neither lacks anything if one does not.
    sizes, lost = (
        f"(select count(*) from {here}) = (select count(*) from {there})",
        f"exists ({lacking.format(listed=listed, one=here, other=there)})",
    )
    if con.execute(f"select {sizes} and not {lost}").fetchone()[0]:
        return None
    counts, sides = [], []
    for one, other in ((here, there), (there, here)):
        missing = lacking.format(listed=listed, one=one, other=other)
        con.execute(f"create or replace table memory.main.lacking as {missing}")
        counts += con.execute("select count(*) from memory.main.lacking").fetchone()
        texts = ", ".join(f'cast("{name}" as varchar)' for name in columns)
        query = f"select {texts} from memory.main.lacking order by all limit {READ_ROWS}"
        rows = con.execute(query).fetchall()
        sides.append([dict(zip(columns, row, strict=True)) for row in rows])
    return {"why": "", "counts": counts, "rows": _told(columns, *sides)}


def _told(columns: list[str], kept: list[dict[str, Any]], fresh: list[dict[str, Any]]) -> list[str]:
    """Some rows in few words: ids, which come first in our tables, and of a row what differs."""
    for width in (1, 2, 3):
        ids = columns[:width]
        sides = [{tuple(row[name] for name in ids): row for row in side} for side in (kept, fresh)]
        if len(sides[0]) == len(kept) and len(sides[1]) == len(fresh):
            break
    told = []
    for key in sorted(sides[0].keys() | sides[1].keys(), key=str):
        left, right = sides[0].get(key), sides[1].get(key)
        name = " ".join(str(part) for part in key)
        if left is None or right is None:
            told.append(
                f"{name}: only {'in the full refresh' if left is None else 'in what stands'}"
            )
        else:
            changes = [f"{c} {left[c]}, not {right[c]}" for c in columns if left[c] != right[c]]
            told.append(f"{name}: {'; '.join(changes)}")
    # A changed row says more than one that is not there.
    return sorted(told, key=lambda line: ": only in " in line)[:SHOWN_ROWS]


COMMANDS: dict[str, Callable[..., Any]] = {
    "ingest": ingest,
    "build": build,
    "refresh": refresh,
    "names": names,
    "compare": compare,
}


def _start(job: dict[str, Any], manifests: Manifests, slot: Path) -> int:
    command = COMMANDS[job.pop("do")]
    if command in (build, names):
        edit = job.pop("edit", None)
        job["parsed"] = manifests.get(job.get("variables", {}), edit)
    if command is refresh:
        job["script"] = manifests.script(job.pop("variables"), job.pop("edit"))
    return _forked(command, job, slot)


def _forked(command: Callable[..., Any], job: dict[str, Any], slot: Path) -> int:
    """Fork; the child leaves what it prints and gives back in files named after the slot."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        printed = os.open(f"{slot}.printed", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        signal.alarm(CHILD_SECONDS)
        Path(f"{slot}.value").write_text(json.dumps(command(**job)), encoding="utf-8")
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # No clean-up of what the parent still uses.
        os._exit(code)


def _finish(process: int, slot: Path) -> dict[str, Any]:
    _, status, used = os.wait4(process, 0)
    code = os.waitstatus_to_exitcode(status)
    value = Path(f"{slot}.value")
    given = json.loads(value.read_text(encoding="utf-8")) if value.exists() else None
    value.unlink(missing_ok=True)
    printed = Path(f"{slot}.printed").read_text(encoding="utf-8", errors="replace")
    cpu = used.ru_utime + used.ru_stime
    return {"code": code, "value": given, "printed": printed, "cpu": cpu}


def main() -> None:
    """Answer every line of jobs with a line of answers, until the input closes."""
    # Loaded before the first fork, so that no child has to.
    for name in ("dlt", "duckdb", "dbt.cli.main", "ingestion.run", "ingestion.pipeline"):
        importlib.import_module(name)
    # Answers go where nothing else is printed to.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from ingestion import dbt_lean

    dbt_lean.replace()
    with tempfile.TemporaryDirectory(prefix="footfall-workshop-") as scratch:
        manifests = Manifests(Path(scratch))
        for line in sys.stdin:
            slots = [(job, Path(scratch) / str(n)) for n, job in enumerate(json.loads(line))]
            children = [(_start(job, manifests, slot), slot) for job, slot in slots]
            answers.write(json.dumps([_finish(*child) for child in children]) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
