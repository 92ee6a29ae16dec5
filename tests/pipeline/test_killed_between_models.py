"""A build that was killed between two models is made good by the next; `make soak` takes each."""

from pathlib import Path

from tests.pipeline.between_models import differing


def test_killed_between_models(tmp_path: Path) -> None:
    kills, found = differing(tmp_path, every=80)
    assert kills >= 2
    assert found == []
