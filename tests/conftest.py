"""No test is skipped where CI asks for all of them."""

import os
import signal
from collections.abc import Generator, Iterator

import pytest

from tests.forks import Forks, forked
from tests.postgres import postgres_server
from tests.support import SHARED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With FOOTFALL_REQUIRE_ALL set, a skipped test is a failed one."""
    report = yield
    # The real data is not part of the project; a machine without it says so and goes on.
    excused = not SHARED.exists() and str(SHARED) in str(report.longrepr)
    if report.skipped and os.environ.get("FOOTFALL_REQUIRE_ALL") and not excused:
        report.outcome = "failed"
        report.longrepr = f"skipped where every test must run: {report.longrepr}"
    return report


def pytest_configure() -> None:
    """Ctrl-C reaches the commands under test, also where a shell started the suite with `&`."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Starts the command without Python's imports."""
    with forked() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server; its password is `sesame`."""
    with postgres_server() as url:
        yield url
