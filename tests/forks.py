"""The command as forks of one process that has imported everything: faults take hundreds of runs.

A fork is a process of its own, with its own environment and output, that calls main() as the
installed command does. Only the second that Python's imports take is spent once.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent

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

    def wait(self) -> int:
        """The exit code; -9 when it was killed."""
        return int(self._forks.ask({"wait": self.pid})["code"])

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
SYSTEM_CALLS = "openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink,close"


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

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self.server.stdin
        assert self.server.stdout
        self.server.stdin.write(json.dumps(question) + "\n")
        self.server.stdin.flush()
        answer: dict[str, Any] = json.loads(self.server.stdout.readline())
        return answer

    def start(self, *arguments: str, home: Path, cwd: Path = REPOSITORY, prelude: str = "") -> Fork:
        """`footfall …`; prelude: Python that runs before it, with what PRELUDE defines."""
        self.count += 1
        folder = self.folder / f"{self.count:06}"
        folder.mkdir()
        question = {
            "arguments": arguments,
            "cwd": str(cwd),
            "folder": str(folder),
            "environment": {"FOOTFALL_HOME": str(home)},
            "prelude": PRELUDE + prelude if prelude else "",
        }
        return Fork(int(self.ask(question)["pid"]), folder, self)


@contextmanager
def forked() -> Iterator[Forks]:
    with (
        tempfile.TemporaryDirectory(prefix="footfall-forks-") as folder,
        subprocess.Popen(
            [sys.executable, "-m", "tests.forks"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as server,
    ):
        yield Forks(server, Path(folder))
        assert server.stdin
        server.stdin.close()


def _serve() -> None:

    import ingestion.build
    import ingestion.declare
    import ingestion.pipeline
    import ingestion.publish
    import ingestion.run
    import ingestion.sources.database
    import ingestion.sources.files
    import ingestion.sources.rest
    import ingestion.status  # noqa: F401

    for line in sys.stdin:
        question = json.loads(line)
        if "wait" in question:
            _, status = os.waitpid(question["wait"], 0)
            answer = {"code": os.waitstatus_to_exitcode(status)}
        else:
            pid = os.fork()
            if not pid:
                _become(question)
            answer = {"pid": pid}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _become(question: dict[str, Any]) -> None:
    """Be the command, and never come back."""
    from ingestion import cli

    folder = Path(question["folder"])
    for number, path in enumerate((Path("/dev/null"), folder / "out", folder / "err")):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.update(question["environment"])
    os.chdir(question["cwd"])
    sys.argv = ["footfall", *question["arguments"]]
    scope: dict[str, Any] = {}
    code: object = 0
    try:
        exec(question["prelude"], scope)  # noqa: S102
        cli.main()
    except SystemExit as stopped:
        code = stopped.code
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 99
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(bool(code)))


if __name__ == "__main__":
    _serve()
