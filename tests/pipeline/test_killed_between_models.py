"""A build that was killed between two models is made good by the next; `make soak` takes each."""

from pathlib import Path

import pytest

from tests.pipeline.between_models import differing


@pytest.mark.long
def test_killed_between_models(tmp_path: Path) -> None:
    kills, found = differing(tmp_path, every=60)
    assert kills >= 2
    assert found == []
