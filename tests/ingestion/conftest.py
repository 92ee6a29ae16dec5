"""A project of its own for every test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ingestion.harness import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A configured project without any data."""
    made = Shop(tmp_path)
    made.configure()
    return made


@pytest.fixture
def project(shop: Shop) -> Shop:
    """A project that dbt builds, in seconds."""
    shop.make_buildable()
    return shop


@pytest.fixture
def new_shop(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Shop]:
    """More projects in the same test, to compare with."""

    def make() -> Shop:
        made = Shop(tmp_path_factory.mktemp("shop"))
        made.configure()
        return made

    return make
