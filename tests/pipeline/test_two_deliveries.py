"""The second delivery of a small shop makes anew what a count by hand says, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import PROJECT


@pytest.mark.long
def test_a_second_delivery_makes_anew_what_was_counted_by_hand(tmp_path: Path) -> None:
    # A process of its own, in which dbt starts once for all builds.
    command = [sys.executable, "-m", "tests.pipeline.deliveries", str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-3000:]
