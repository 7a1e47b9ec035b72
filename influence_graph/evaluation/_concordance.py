"""C: how often a score orders two people as the truth does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.evaluation.rank_agreement import Ranking


def concordance(
    score: npt.ArrayLike,
    truth: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    resolution: npt.ArrayLike = 0.0,
) -> float:
    """Of pairs whose truth differs, the share that the score orders rightly; ties in the score count half.

    C = (D + 1)/2 with Somers' D of the score given the truth (Somers 1962); with a binary truth it is the
    area under the ROC curve. A constant score has .5.

    Parameters
    ----------
    score, truth : array_like, shape (n,)
        Finite values of the same people.
    weights : array_like, shape (n,), optional
        Weights of the people, ≥ 0; a pair weighs their product. 0 leaves a person out, an integer repeats one
        (who does not form a pair with the own copies). Default 1.
    resolution : float or array_like of shape (n,)
        Bound on the error of the score: neighbours no further apart tie.

    Returns
    -------
    float
        In [0, 1]. NaN where no two people differ in truth: no pair says anything.

    Raises
    ------
    DataError
        If the arrays differ in length, or a value is not finite or a weight negative.

    Notes
    -----
    O(n log n): people are visited by ascending truth, with a Fenwick tree over the ranks of the score.

    Examples
    --------
    >>> concordance([1, 2, 3, 3], [0, 0, 1, 5])
    0.9
    """
    values, truths = np.asarray(score, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if values.shape != truths.shape:
        raise DataError(
            f"The score has shape {values.shape} and the truth {truths.shape}: give each one value a person."
        )
    weight = np.ones(values.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    if weight.shape != values.shape or not np.isfinite(weight).all() or (weight < 0.0).any():
        raise DataError("Weights should be one finite number a person, 0 or more.")
    # Only where an error is stated does it merge values: neighbours one rounding apart are otherwise two.
    stated = np.any(np.asarray(resolution) > 0.0)
    by_score, by_truth = Ranking.of(values, resolution if stated else None), Ranking.of(truths)
    right, untied = _ordered_rightly(by_truth.order, by_truth.codes, by_score.codes, weight)
    return float(right / untied) if untied > 0.0 else float("nan")


def concordance_of_codes(score: IntArray, truth: IntArray, order: IntArray) -> float:
    """Return C from ranks ≥ 0 of score and truth, and the people by ascending truth; NaN without a pair."""
    right, untied = _ordered_rightly(order, truth, score, np.ones(len(score)))
    return float(right / untied) if untied > 0.0 else float("nan")


def share_of_top(score: IntArray, truth: FloatArray, share: float) -> float:
    """Return the share of the truth that the top by ranks ≥ 0 holds; ties across its end break at random.

    The top is ⌈share·n⌉ people, and the value the expectation over ties. NaN where the truth is 0. O(n).

    Examples
    --------
    >>> share_of_top(np.array([3, 1, 1, 0]), np.array([6.0, 1.0, 3.0, 0.0]), 0.5)
    0.8
    """
    n, total = len(score), float(truth.sum())
    if not n or total <= 0.0:
        return float("nan")
    k = int(np.ceil(share * n))
    counts = np.bincount(score)
    end = len(counts) - 1 - int(np.searchsorted(np.cumsum(counts[::-1]), k))
    above, tied = score > end, score == end
    inside = float(truth[above].sum()) + float(truth[tied].sum()) * (k - int(above.sum())) / int(tied.sum())
    return inside / total


@njit(cache=True, nogil=True)
def _ordered_rightly(
    order: IntArray, truth: IntArray, score: IntArray, weight: FloatArray
) -> tuple[float, float]:
    """Return the weight of pairs ordered rightly, ties half, and of all pairs whose truth differs."""
    size = score.max() + 1 if len(score) else 0
    tree = np.zeros(size + 1)
    inside, right, untied = 0.0, 0.0, 0.0
    start = 0
    while start < len(order):
        stop = start
        while stop < len(order) and truth[order[stop]] == truth[order[start]]:
            person = order[stop]
            if weight[person] > 0.0 and inside > 0.0:
                below = 0.0
                node = score[person]
                while node > 0:
                    below += tree[node]
                    node -= node & -node
                up_to = 0.0
                node = score[person] + 1
                while node > 0:
                    up_to += tree[node]
                    node -= node & -node
                right += weight[person] * (0.5 * below + 0.5 * up_to)
                untied += weight[person] * inside
            stop += 1
        for i in range(start, stop):
            person = order[i]
            inside += weight[person]
            node = score[person] + 1
            while node <= size:
                tree[node] += weight[person]
                node += node & -node
        start = stop
    return right, untied
