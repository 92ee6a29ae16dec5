"""The same columns by scikit-learn; where it has no such step, by NumPy and a line of Python."""

import hashlib
import warnings
from collections import Counter
from typing import Any

import numpy as np
from scipy.stats import median_abs_deviation
from sklearn.impute import SimpleImputer
from sklearn.model_selection import PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from tests.oracles.preprocessing import CATEGORIES, Case, Columns


def imputer(strategy: str, **options: Any) -> SimpleImputer:
    return SimpleImputer(strategy=strategy, keep_empty_features=True, **options)


def quantiles(count: int) -> QuantileTransformer:
    return QuantileTransformer(n_quantiles=count, output_distribution="uniform", subsample=None)


def bins(count: int, strategy: str) -> KBinsDiscretizer:
    return KBinsDiscretizer(
        n_bins=count, encode="ordinal", strategy=strategy, quantile_method="linear", subsample=None
    )


def signed_log() -> FunctionTransformer:
    return FunctionTransformer(lambda x: np.sign(x) * np.log1p(np.abs(x)))


STEPS = {
    "mean__imputed": lambda: imputer("mean"),
    "median__imputed": lambda: imputer("median"),
    "mode__imputed": lambda: imputer("most_frequent"),
    "constant__imputed": lambda: imputer("constant", fill_value=-1.5),
    "standard__standard": StandardScaler,
    "min_max__min_max": lambda: MinMaxScaler(clip=True),
    "robust__robust": lambda: RobustScaler(quantile_range=(25, 75), unit_variance=False),
    "quantile_2__quantile": lambda: quantiles(2),
    "quantile_7__quantile": lambda: quantiles(7),
    "quantile_100__quantile": lambda: quantiles(100),
    "bins_quantile_2__bin": lambda: bins(2, "quantile"),
    "bins_quantile_3__bin": lambda: bins(3, "quantile"),
    "bins_quantile_7__bin": lambda: bins(7, "quantile"),
    "bins_uniform_2__bin": lambda: bins(2, "uniform"),
    "bins_uniform_7__bin": lambda: bins(7, "uniform"),
    "filled_standard__standard": lambda: make_pipeline(imputer("mean"), StandardScaler()),
    "filled_log_robust__robust": lambda: make_pipeline(
        imputer("median"), signed_log(), RobustScaler()
    ),
    "log_standard__standard": lambda: make_pipeline(signed_log(), StandardScaler()),
    "filled_quantile__quantile": lambda: make_pipeline(imputer("most_frequent"), quantiles(7)),
    "flagged__imputed": lambda: imputer("mean"),
}


def columns(case: Case) -> Columns:
    """What the steps make of the rows to serve, by the names that the project gives them."""
    with warnings.catch_warnings():
        # Constants, empty columns and merged bins: that is what the cases are about.
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            return {**_numbers(case), **_categories(case)}


def _column(values: Any) -> Any:
    """A column as scikit-learn takes it: what is no finite number is missing."""
    column = np.array([[np.nan if v is None else v] for v in values], dtype=float).reshape(-1, 1)
    column[~np.isfinite(column)] = np.nan
    return column


def _numbers(case: Case) -> Columns:
    train, serve = _column(case.numbers), _column(case.serve_numbers)
    found: Columns = {}
    for name, make in STEPS.items():
        if name.startswith("bins_"):
            # It refuses what is missing.
            result = np.full(len(serve), np.nan)
            present = ~np.isnan(serve[:, 0])
            known = train[~np.isnan(train[:, 0])]
            if len(known) and present.any():
                result[present] = make().fit(known).transform(serve[present])[:, 0]
        else:
            result = make().fit(train).transform(serve)[:, 0]
        if name.endswith("__quantile") and np.isnan(train).all() and not name.startswith("filled"):
            # Of one row without a value it makes 0, of two nothing: ours is always nothing.
            result = np.full(len(serve), np.nan)
        found[name] = result.tolist()
    known = train[~np.isnan(train)]
    lows, highs, floors, ceilings = _fences(known)
    for name, output in (("winsor", "capped"), ("tukey", "capped"), ("mad", "capped")):
        found[f"{name}__{output}"] = np.clip(serve[:, 0], floors[name], ceilings[name]).tolist()
    capped = [np.clip(rows, floors["winsor"], ceilings["winsor"]) for rows in (train, serve)]
    pipeline = make_pipeline(imputer("median"), StandardScaler()).fit(capped[0])
    found["winsor_standard__standard"] = pipeline.transform(capped[1])[:, 0].tolist()
    pairs = {"winsor": "winsor", "tukey": "tukey", "mad": "mad", "flagged": "tukey"}
    for name, rule in {**pairs, "winsor_standard": "winsor"}.items():
        outside = (serve[:, 0] < lows[rule]) | (serve[:, 0] > highs[rule])
        found[f"{name}__is_outlier"] = outside.tolist()
    names = [name.rsplit("__", 1)[0] for name in found]
    for name in dict.fromkeys(names):
        found[f"{name}__is_missing"] = np.isnan(serve[:, 0]).tolist()
    return found


def _fences(known: Any) -> tuple[dict[str, float], ...]:
    """Beyond which a value is flagged, and at which it is capped."""
    infinite = {"winsor": np.inf, "tukey": np.inf, "mad": np.inf}
    lows, highs = {k: -v for k, v in infinite.items()}, dict(infinite)
    if not len(known):
        return lows, highs, dict(lows), dict(highs)
    lows["winsor"], highs["winsor"] = np.percentile(known, [1, 99])
    first, third = np.percentile(known, [25, 75])
    lows["tukey"], highs["tukey"] = first - 1.5 * (third - first), third + 1.5 * (third - first)
    spread = 1.4826 * median_abs_deviation(known)
    if spread > 0:
        median = np.median(known)
        lows["mad"], highs["mad"] = median - 3.5 * spread, median + 3.5 * spread
    floors, ceilings = dict(lows), dict(highs)
    if first == third:
        floors["tukey"], ceilings["tukey"] = -np.inf, np.inf
    return lows, highs, floors, ceilings


def _categories(case: Case) -> Columns:
    train, serve = list(case.categories), list(case.serve_categories)
    counts = Counter(value for value in train if value is not None)
    # By count, of as many the smaller in bytes.
    ranked = sorted(counts, key=lambda value: (-counts[value], value.encode()))
    fill = ranked[0] if ranked else None
    found: Columns = {
        "text_mode__imputed": [fill if value is None else value for value in serve],
        **_one_hot(ranked[:3], serve),
        "ordinal__ordinal": _ordinal(train, serve),
        "filled_ordinal__ordinal": _ordinal(
            [fill if value is None else value for value in train],
            [fill if value is None else value for value in serve],
        ),
        "frequency__frequency": [
            train.count(value) / len(train) if train else 0.0 for value in serve
        ],
        "hash__hash": [
            7 if value is None else int(hashlib.md5(value.encode()).hexdigest()[:8], 16) % 7  # noqa: S324
            for value in serve
        ],
    }
    encoder = TargetEncoder(smooth=10.0, target_type="continuous")
    encoder.fit(_objects(train), np.array(case.labels))
    found["target__target"] = encoder.transform(_objects(serve))[:, 0].tolist()
    for name in CATEGORIES:
        found[f"{name}__is_missing"] = [value is None for value in serve]
    return found


def folds(case: Case) -> list[float]:
    """The rows to learn from, each third of them encoded by the labels of the others."""
    split = PredefinedSplit(np.arange(len(case.labels)) % 3)
    encoder = TargetEncoder(smooth=10.0, target_type="continuous", cv=split)
    encoded = encoder.fit_transform(_objects(list(case.categories)), np.array(case.labels))
    return list(encoded[:, 0].tolist())


def _objects(values: list[Any]) -> Any:
    column = np.empty((len(values), 1), dtype=object)
    column[:, 0] = values
    return column


def _one_hot(vocabulary: list[str], serve: list[str | None]) -> Columns:
    hot = np.zeros((len(serve), 3))
    if vocabulary:
        encoder = OneHotEncoder(
            categories=[np.array(vocabulary, dtype=object)],
            handle_unknown="ignore",
            sparse_output=False,
        )
        made = encoder.fit(_objects(list(vocabulary))).transform(_objects(serve))
        hot[:, : made.shape[1]] = made
    missing = np.array([value is None for value in serve])
    return {
        **{f"one_hot__top_{rank}": hot[:, rank - 1].tolist() for rank in (1, 2, 3)},
        "one_hot__other": ((hot.sum(axis=1) == 0) & ~missing).astype(int).tolist(),
        "one_hot__null": missing.astype(int).tolist(),
    }


def _ordinal(train: list[str | None], serve: list[str | None]) -> list[float]:
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
    )
    # What is missing is NaN to it, and known only where it has been seen; ours always is.
    learned, applied = (
        _objects([np.nan if value is None else value for value in values])
        for values in ([*train, None], serve)
    )
    return list(encoder.fit(learned).transform(applied)[:, 0].tolist())
