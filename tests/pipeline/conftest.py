"""What the tests of a process share."""

from collections.abc import Iterator

import pytest

from tests.pipeline.workshop import Workshop


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    """The project parsed once, and what dbt says in a full refresh recorded once."""
    with Workshop() as workshop:
        yield workshop
