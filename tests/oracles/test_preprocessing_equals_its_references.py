"""What the macros make of a column is what scikit-learn made of it, as the references say."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.oracles.preprocessing import Case, Preprocessing, differences

PATH = Path(__file__).parent / "references" / "preprocessing.json"
CASES: dict[str, dict[str, Any]] = json.loads(PATH.read_text(encoding="utf-8"))["cases"]


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Preprocessing:
    return Preprocessing(tmp_path_factory.mktemp("project"))


@pytest.mark.parametrize("name", CASES)
def test_a_column_equals_its_reference(steps: Preprocessing, name: str) -> None:
    given, expected = CASES[name]["given"], CASES[name]["expected"]
    assert differences(steps.run(Case(**given)), expected) == []
