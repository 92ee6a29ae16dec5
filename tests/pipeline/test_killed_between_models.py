"""A build that was killed between two models is made good by the next; `make soak` takes each."""

from pathlib import Path

from tests.pipeline.between_models import differing
from tests.pipeline.workshop import Workshop


def test_killed_between_models(workshop: Workshop, tmp_path: Path) -> None:
    kills, found = differing(workshop, tmp_path, every=80)
    assert kills >= 2
    assert found == []
