"""The latest value before a moment, against what Feast said once; where it differs, on purpose."""

import json
from pathlib import Path

from tests.oracles.point_in_time import EXAMPLE, Join, disagreements

PATH = Path(__file__).parent / "references" / "point_in_time.json"


def test_the_example_of_the_definitions_holds(tmp_path: Path) -> None:
    assert Join(tmp_path).answers(EXAMPLE) == [None, 1, 11, 3, 3]


def test_joins_equal_what_feast_said(tmp_path: Path) -> None:
    cases = json.loads(PATH.read_text(encoding="utf-8"))["cases"]
    join, differ = Join(tmp_path), 0
    for name, case in cases.items():
        ours = join.answers(case["given"])
        assert disagreements(case["given"], ours, case["expected"]) == [], name
        differ += ours != case["expected"]
    assert 0 < differ <= len(cases)
