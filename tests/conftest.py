"""No test is skipped where CI asks for all of them."""

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With FOOTFALL_REQUIRE_ALL set, a skipped test is a failed one."""
    report = yield
    if report.skipped and os.environ.get("FOOTFALL_REQUIRE_ALL"):
        report.outcome = "failed"
        report.longrepr = f"skipped where every test must run: {report.longrepr}"
    return report
