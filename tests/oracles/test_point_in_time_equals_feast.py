"""The latest value before a moment is Feast's, but for what was not known yet."""

from pathlib import Path

from tests.oracles.point_in_time import (
    AT_ITS_END,
    EXAMPLE,
    Join,
    asked,
    disagreements,
    drawn,
    drawn_without_ties,
)


def test_drawn_joins_equal_feast(tmp_path: Path) -> None:
    cases = {str(seed): drawn(seed) for seed in range(100, 140)}
    cases |= {"example": EXAMPLE, "at its end": AT_ITS_END}
    cases["without ties"] = drawn_without_ties(140, 1_000)
    join, answers = Join(tmp_path), asked(cases)
    for name, case in cases.items():
        assert disagreements(case, join.answers(case), answers[name]) == [], name
