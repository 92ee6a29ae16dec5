"""What the macros make of a column is what scikit-learn makes of it, to nine digits."""

import pytest
from hypothesis import HealthCheck, assume, given

from tests.drawn import drawn
from tests.oracles import scikit_learn
from tests.oracles.cases import NASTY, any_case
from tests.oracles.preprocessing import Case, Preprocessing, differences


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Preprocessing:
    return Preprocessing(tmp_path_factory.mktemp("project"))


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_column_equals_scikit_learn(steps: Preprocessing, name: str) -> None:
    assert differences(steps.run(NASTY[name]), scikit_learn.columns(NASTY[name])) == []


@given(any_case())
@drawn(60, suppress_health_check=list(HealthCheck))
def test_any_column_equals_scikit_learn(steps: Preprocessing, case: Case) -> None:
    assert differences(steps.run(case), scikit_learn.columns(case)) == []


@given(any_case())
@drawn(40, suppress_health_check=list(HealthCheck))
def test_folds_encode_each_other_like_scikit_learn(steps: Preprocessing, case: Case) -> None:
    # It takes no fold that holds everything.
    assume(len(case.labels) >= 3)
    actual, expected = steps.folds(case), scikit_learn.folds(case)
    assert differences({"folds": actual}, {"folds": expected}) == []
