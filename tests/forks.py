"""Commands as forks of one process that has imported everything, and parsed the project.

A fork is a process of its own, with its own environment and output, that runs what `python -m …`
would. Only the seconds that Python's imports and dbt's templates take are spent once, for hundreds
of commands. A `footfall run` starts dbt as it always does, or finds it forked in waiting.
"""

import atexit
import functools
import gc
import importlib
import json
import multiprocessing
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

REPOSITORY = Path(__file__).resolve().parent.parent
WAIT_SECONDS = 900.0

# A prelude runs in the fork before main(). This one gives `kill_at(step)`: a step names a function
# and the call before or after which the process dies as if its power had gone. And `kill_at(n)`:
# it dies before its n-th change to FOOTFALL_HOME, counting files made, written, moved and removed,
# a load job's commit and the row in _dlt_loads.
PRELUDE = """
import functools, importlib, os, resource, signal, sys, threading

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate"}
home = os.environ["FOOTFALL_HOME"]
ticks, lock = 0, threading.Lock()


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def wrapped(where, before, after):
    module, owner, name = where
    target = importlib.import_module(module)
    for part in owner.split(".") if owner != "-" else []:
        target = getattr(target, part)
    original = getattr(target, name)

    @functools.wraps(original)
    def replaced(*arguments, **options):
        mine = before()
        result = original(*arguments, **options)
        after(mine)
        return result

    setattr(target, name, replaced)


def kill_at_step(step):
    *where, when, count = step.split()
    calls = 0

    def before():
        nonlocal calls
        with lock:  # load jobs run in threads
            calls += 1
            mine = calls
        if when == "before" and mine == int(count):
            die()
        return mine

    def after(mine):
        if when == "after" and mine == int(count):
            die()

    wrapped(where, before, after)


def kill_at_tick(number):
    def count():
        global ticks
        with lock:
            ticks += 1
            if ticks == number:
                die()

    tick_at(count)


def tick_at(tell):
    def tick(*_):
        tell()

    def heard(event, arguments):
        if event in CHANGES or (
            event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        ):
            if any(str(path).startswith(home) for path in arguments[:2]):
                tick()

    for where in (
        ("dlt.destinations.impl.duckdb.duck", "DuckDbCopyJob", "run"),
        ("dlt.destinations.job_client_impl", "SqlJobClientBase", "complete_load"),
    ):
        wrapped(where, tick, tick)
    sys.addaudithook(heard)


def count_ticks(path):
    # One byte a change, so that a file's size says how many there were.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    tick_at(lambda: os.write(descriptor, b"."))


def kill_at(point):
    (kill_at_step if isinstance(point, str) else kill_at_tick)(point)


def wait_for_tracer():
    # Where a process may trace its descendants only: this one may be traced by anybody.
    import ctypes
    ctypes.CDLL(None).prctl(0x59616D61, -1, 0, 0, 0)
    # The tracer counts each thread by itself.
    import duckdb
    connect = duckdb.connect
    duckdb.connect = lambda *arguments, config=None, **options: connect(
        *arguments, config={**(config or {}), "threads": 1}, **options
    )
    os.kill(os.getpid(), signal.SIGSTOP)


def file_limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def clock(text):
    # Where the product takes the time for what it stamps, and dlt for a load's id.
    import datetime, time
    import dlt.common.storages.load_package
    import ingestion.clock
    now = datetime.datetime.fromisoformat(text)
    ingestion.clock.system_time = lambda: now
    # No two ids are the same, not even of two runs at one time.
    dlt.common.storages.load_package.increasing_precise_time = (
        lambda: now.timestamp() + time.monotonic() % 80_000
    )
"""


@dataclass
class Fork:
    """A command under way."""

    pid: int
    folder: Path
    _forks: "Forks"

    def wait(self, seconds: float = WAIT_SECONDS) -> int:
        """The exit code; -9 when it was killed.

        Errors  TimeoutError: it goes on
        """
        deadline = time.monotonic() + seconds
        while (code := self._forks.ask({"wait": self.pid})["code"]) is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"after {seconds} s it goes on")
            time.sleep(0.002)
        return int(code)

    def kill(self) -> None:
        """kill -9; it may have ended before."""
        os.kill(self.pid, signal.SIGKILL)  # not waited for yet: the number is still its own

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text()


# What changes a file, or tells the disk to keep it.
SYSTEM_CALLS = "openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink,symlink,close"


def traced(fork: Fork, *paths: Path, kill_at: str = "") -> list[str]:
    """Let a fork go that waits for its tracer; kill_at: before which call on some files it dies.

    Returns the calls it made on them, such as "fsync 3", the third.
    """
    out = fork.folder / "calls"
    command = ["strace", "-f", "-qq", "-p", str(fork.pid), "-o", str(out)]
    command += ["-e", f"trace={SYSTEM_CALLS}", "-e", "signal=none"]
    command += [part for path in paths for part in ("-P", str(path))]
    if kill_at:
        name, _, count = kill_at.partition(" ")
        command += ["-e", f"inject={name}:signal=KILL:when={count}"]
    status = Path(f"/proc/{fork.pid}/status")
    while "State:\tT" not in status.read_text():
        time.sleep(0.001)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as tracer:
        while "TracerPid:\t0" in status.read_text():
            assert tracer.poll() is None, "strace could not attach"
            time.sleep(0.001)
        os.kill(fork.pid, signal.SIGCONT)
    names = re.findall(r"^\d+ +(\w+)\(", out.read_text(), re.MULTILINE)
    return [f"{name} {names[: n + 1].count(name)}" for n, name in enumerate(names)]


@dataclass
class Forks:
    """The process that forks."""

    server: subprocess.Popen[str]
    folder: Path
    count: int = field(default=0)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self.server.stdin
        assert self.server.stdout
        with self._lock:
            self.server.stdin.write(json.dumps(question) + "\n")
            self.server.stdin.flush()
            answer: dict[str, Any] = json.loads(self.server.stdout.readline())
        return answer

    def start(self, *arguments: str, home: Path, cwd: Path = REPOSITORY, prelude: str = "") -> Fork:
        """`footfall …`; prelude: Python that runs before it, with what PRELUDE defines."""
        environment = {**os.environ, "FOOTFALL_HOME": str(home)}
        return self.begin("ingestion", arguments, environment, cwd, PRELUDE + prelude)

    def begin(
        self,
        module: str,
        arguments: tuple[str, ...],
        environment: Mapping[str, str],
        cwd: Path,
        prelude: str = "",
    ) -> Fork:
        """`python -m module …`; without a prelude, `footfall run` has dbt waiting."""
        self.count += 1
        folder = self.folder / f"{self.count:06}"
        folder.mkdir()
        question = {
            "module": module,
            "arguments": arguments,
            "cwd": str(cwd),
            "folder": str(folder),
            "environment": dict(environment),
            "prelude": prelude,
        }
        return Fork(int(self.ask(question)["pid"]), folder, self)

    def run(
        self, module: str, arguments: tuple[str, ...], environment: Mapping[str, str], cwd: Path
    ) -> subprocess.CompletedProcess[str]:
        """`python -m module …` to its end, as subprocess.run has it."""
        fork = self.begin(module, arguments, environment, cwd)
        try:
            code = fork.wait()
        except BaseException:
            fork.kill()
            raise
        return subprocess.CompletedProcess(arguments, code, fork.out, fork.err)


@functools.cache
def forks() -> Forks:
    """One for all tests of this process; it ends with it."""
    folder = tempfile.mkdtemp(prefix="footfall-forks-")
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.forks", folder],
        cwd=REPOSITORY,
        # A child that ends, or is killed, leaves its locks to the tracker, which speaks of leaks.
        env={**os.environ, "PYTHONWARNINGS": "ignore:resource_tracker"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(server.communicate)
    return Forks(server, Path(folder))


# What follows runs in that process and its forks.

LOADED = ["dbt.cli.main", "dbt.task.build", "dlt", "duckdb", "sample.make"]
LOADED += [f"ingestion.{name}" for name in ("build", "cli", "declare", "export", "pipeline")]
LOADED += [f"ingestion.{name}" for name in ("publish", "run", "status")]
LOADED += [f"ingestion.sources.{name}" for name in ("database", "files", "rest")]


def _serve(folder: str) -> None:
    for name in LOADED:
        importlib.import_module(name)
    from ingestion import dbt_lean

    dbt_lean.replace()
    _freeze()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        question = json.loads(line)
        if "wait" in question:
            pid, status = os.waitpid(question["wait"], os.WNOHANG)
            answer = {"code": os.waitstatus_to_exitcode(status) if pid else None}
        elif "parse" in question:
            answer = _parse(question["parse"], Path(folder) / "parsed")
            _freeze()
        else:
            sys.stdout.flush()
            pid = os.fork()
            if not pid:
                answers.close()
                _become(question)
            answer = {"pid": pid}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    shutil.rmtree(folder, ignore_errors=True)


def _freeze() -> None:
    """What is here stays: forks need not look through it, and so do not copy it.

    Nor do they look for garbage of their own: that takes an eighth of a small build.
    """
    gc.collect()
    gc.freeze()
    gc.disable()


def _parse(project: str, folder: Path) -> dict[str, Any]:
    """dbt's parse of the project, and what it compares the connection by; see tests/parsed.py."""
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import ManifestLoader
    from dbt_common.clients.jinja import get_environment
    from dbt_extractor import py_extract_from_source  # type: ignore[import-untyped]

    connections = []
    check = ManifestLoader.build_manifest_state_check

    def heard(loader: ManifestLoader) -> Any:
        connections.append(sorted(loader.root_project.credentials.connection_info()))
        return check(loader)  # type: ignore[no-untyped-call]

    os.environ["FOOTFALL_HOME"] = str(folder)
    options = ["--project-dir", project, "--profiles-dir", project, "--quiet"]
    options += ["--target-path", str(folder), "--log-path", str(folder)]
    # What dbt extracts with has threads, which a fork would lack and wait for: none are begun here.
    options.append("--no-static-parser")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as elsewhere:

        def extracted(text: str) -> Any:
            return elsewhere.submit(py_extract_from_source, text).result()

        with (
            patch("dbt.parser.unit_tests.py_extract_from_source", extracted),
            patch.object(ManifestLoader, "build_manifest_state_check", heard),
        ):
            done = dbtRunner().invoke(["parse", *options])
    if isinstance(done.result, Manifest):
        _go_on_from(folder)
        # Macros and models, as a build will compile them: forks then find them.
        known = get_environment()
        for found in (*done.result.macros.values(), *done.result.nodes.values()):
            known.compile(str(getattr(found, "macro_sql", None) or getattr(found, "raw_code", "")))
    return {
        "success": done.success,
        "error": str(done.exception),
        "connection": repr(connections[-1:]),
        "folder": str(folder),
    }


def _go_on_from(folder: Path) -> None:
    """Let forks have that parse without reading it again.

    Shape  DBT_PARTIAL_PARSE_FILE_PATH: <folder>/<checksum of the connection it is asked for>
    """
    from dbt.contracts.graph.manifest import Manifest
    from dbt.flags import get_flags
    from dbt.parser import manifest as parser

    read = parser.ManifestLoader.read_manifest_for_partial_parse
    stored = (folder / "partial_parse.msgpack").read_bytes()
    parsed: Any = Manifest.from_msgpack(stored, decoder=parser.extended_mashumuro_decoder)

    def kept(loader: parser.ManifestLoader) -> Any:
        asked = get_flags().PARTIAL_PARSE_FILE_PATH  # type: ignore[no-untyped-call]
        path = Path(asked or "")
        if path.parent != folder:
            return read(loader)
        parsed.state_check.profile_hash.checksum = path.name
        parsable, _ = loader.is_partial_parsable(parsed)
        return parsed if parsable else None

    parser.ManifestLoader.read_manifest_for_partial_parse = kept  # type: ignore[method-assign, assignment]


def _become(question: dict[str, Any]) -> None:
    """Be the command, and never come back."""
    folder = Path(question["folder"])
    for number, path in enumerate((Path("/dev/null"), folder / "out", folder / "err")):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY)
        os.dup2(descriptor, number)
        os.close(descriptor)
    _move_to(question["environment"])
    os.chdir(question["cwd"])
    if question["module"] == "ingestion" and not question["prelude"]:
        import ingestion.build

        ingestion.build._run = _dbt_in_waiting(ingestion.build._run)  # type: ignore[assignment]
    sys.argv = ["footfall", *question["arguments"]]
    scope: dict[str, Any] = {}

    def command() -> None:
        exec(question["prelude"], scope)  # noqa: S102
        _main(question["module"])

    _end_with(command, question["module"] == "dbt.cli.main")


def _move_to(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()


def _main(module: str) -> None:
    if module == "ingestion":
        from ingestion.cli import main

        main()
    elif module == "dbt.cli.main":
        from dbt.cli.main import cli

        cli()
    else:
        runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with(command: Callable[[], object], is_dbt: bool = False) -> None:
    """Run it and end with its exit code, cleaning up nothing that the server still uses.

    is_dbt: no connection is left to Python's garbage, of which there is much
    """
    code: object = 0
    try:
        command()
    except SystemExit as stopped:
        code = stopped.code
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 99
    # As at the end of a process: closed, nothing left in a write-ahead log.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if not is_dbt:
        gc.collect()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(bool(code)))


Run = Callable[[list[str], dict[str, str]], int]


def _dbt_in_waiting(run: Run) -> Run:
    """`ingestion.build._run` of a fork that has no database open yet, once; after that as ever."""
    told, tell = os.pipe()
    waiting: list[int] = [os.fork()]
    if not waiting[0]:
        os.close(tell)
        _be_dbt(told)
    os.close(told)

    def run_waiting(command: list[str], environment: dict[str, str]) -> int:
        if not waiting:
            return run(command, environment)
        pid = waiting.pop()
        os.write(tell, json.dumps([command, environment]).encode() + b"\n")
        try:
            _, status = os.waitpid(pid, 0)
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            raise
        return os.waitstatus_to_exitcode(status)

    return run_waiting


def _be_dbt(told: int) -> None:
    """What dbt's start says after the imports, as soon as it is told the command."""
    from ingestion.build import DBT

    # Its stdin: whoever tells it the command holds it open.
    os.dup2(told, 0)
    os.close(told)
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            os._exit(0)
        line += byte
    command, environment = json.loads(line)
    _move_to(environment)
    sys.argv = ["-c", *command[command.index(DBT) + 1 :]]
    _end_with(lambda: exec(DBT, {}), is_dbt=True)  # noqa: S102


if __name__ == "__main__":
    _serve(sys.argv[1])
