"""How well a score tells labels apart, and the score of a simple model."""

from bisect import bisect, bisect_left
from collections.abc import Callable, Sequence
from math import inf, sqrt

Value = float | None


def area(pairs: Sequence[tuple[Value, int]]) -> float:
    """Area under the ROC curve: how often a 1 has a higher score than a 0; ties are half.

    No score is above all others.
    """
    scores = sorted((_known(score), label) for score, label in pairs)
    ranks = {}
    position = 0
    while position < len(scores):
        end = position
        while end < len(scores) and scores[end][0] == scores[position][0]:
            end += 1
        ranks[scores[position][0]] = (position + end + 1) / 2
        position = end
    ones = sum(label for _, label in scores)
    zeros = len(scores) - ones
    return (sum(ranks[score] for score, label in scores if label) - ones * (ones + 1) / 2) / (
        ones * zeros
    )


def deviation(labels: Sequence[int]) -> float:
    """The standard deviation of the area under the curve of a score that knows nothing."""
    ones = sum(labels)
    return sqrt((len(labels) + 1) / (12 * ones * (len(labels) - ones)))


def learned(
    rows: Sequence[Sequence[Value]], labels: Sequence[int], most: int = 5
) -> Callable[[Sequence[Value]], float]:
    """Of the columns that told most: a value's place among those learned from, by how much."""
    told = []
    for place, values in enumerate(zip(*rows, strict=True)):
        weight = area(list(zip(values, labels, strict=True))) - 0.5
        told.append((weight, place, sorted(_known(value) for value in values)))
    best = sorted(told, key=lambda one: -abs(one[0]))[:most]

    def score(row: Sequence[Value]) -> float:
        return sum(
            weight * (bisect_left(values, _known(row[place])) + bisect(values, _known(row[place])))
            for weight, place, values in best
        )

    return score


def _known(value: Value) -> float:
    """Nulls come last."""
    return inf if value is None else value
