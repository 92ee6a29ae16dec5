"""How good a model is, and a rule of one column to compare it with."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from examples.rows import Numbers

BINS = 10
Measures = dict[str, float | None]


class Rule:
    """Ranks by one column. How likely is learned too: the share of positives in its tenth."""

    def __init__(self, values: Numbers, labels: Numbers) -> None:
        known = values[~np.isnan(values)]
        self.edges = (
            np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
            if len(known)
            else known
        )
        bins = self._bins(values)
        mean = labels.mean()
        self.shares = np.array(
            [
                # Thin tenths are drawn towards the mean, as if 20 rows had shown it.
                (labels[bins == n].sum() + 20 * mean) / ((bins == n).sum() + 20)
                for n in range(len(self.edges) + 2)
            ]
        )

    def _bins(self, values: Numbers) -> NDArray[np.int64]:
        return np.where(
            np.isnan(values), len(self.edges) + 1, np.searchsorted(self.edges, values, side="right")
        )

    def probabilities(self, values: Numbers) -> Numbers:
        return self.shares[self._bins(values)]


def measured(labels: Numbers, scores: Numbers, probabilities: Numbers) -> Measures:
    """How well scores rank, and probabilities say how likely; nothing without both answers."""
    if len(set(labels)) < 2:
        return dict.fromkeys(("auc", "pr_auc", "brier", "calibration_error"))
    return {
        "auc": float(roc_auc_score(labels, scores)),
        "pr_auc": float(average_precision_score(labels, scores)),
        "brier": float(brier_score_loss(labels, probabilities)),
        "calibration_error": calibration_error(labels, probabilities),
    }


def calibration_error(labels: Numbers, probabilities: Numbers) -> float:
    """How far what was said lies from what came, on average over tenths of what was said."""
    order = np.argsort(probabilities, kind="stable")
    tenths = [tenth for tenth in np.array_split(order, BINS) if len(tenth)]
    gaps = [len(t) * abs(probabilities[t].mean() - labels[t].mean()) for t in tenths]
    return float(sum(gaps) / len(labels))


def report(
    version: str,
    labels: dict[str, Numbers],
    results: dict[str, Measures],
    served: int,
) -> str:
    """A line for what it was made of, a table of how good it is."""
    sizes = ", ".join(
        f"{part} {len(y):,} ({y.mean():.1%})" if len(y) else f"{part} 0"
        for part, y in labels.items()
    )
    lines = [f"{version}: {sizes} rows (positive); {served:,} predicted for now"]
    width = max(map(len, results))
    lines.append("  ".join([" " * width, "   AUC", "PR-AUC", " Brier", "calibration error"]))
    for name, result in results.items():
        shown = ["     -" if value is None else f"{value:6.3f}" for value in result.values()]
        lines.append("  ".join([name.ljust(width), *shown]))
    if results["gradient boosting"]["auc"] is None:
        lines.append("The test part has only one of both answers: there is nothing to measure.")
    return "\n".join(lines)
