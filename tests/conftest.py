"""No test is skipped where CI asks for all of them."""

import os
import signal
from collections.abc import Generator, Iterator

import pytest

from tests.forks import Forks, forks
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


# They take minutes. Begun first, so that at the end no process is alone with one of them.
FIRST = ["test_readme", "test_histories", "test_keyed_models", "test_online_retail"]
FIRST += ["test_export", "test_two_deliveries", "test_killed_between_models", "test_publish"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(FIRST)))


def pytest_configure() -> None:
    """Ctrl-C reaches the commands under test, also where a shell started the suite with `&`."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", name="forks")
def forks_of_the_session() -> Forks:
    """Starts the command without Python's imports."""
    return forks()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server; its password is `sesame`."""
    with postgres_server() as url:
        yield url
