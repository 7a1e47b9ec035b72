"""Whether the score of an author says how an item will do, beyond what else is known of the author."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.evaluation._jackknife import folds_of
from influence_graph.evaluation._jackknife import jackknife as jackknife_of


def added_accuracy(
    outcome: npt.ArrayLike,
    controls: npt.ArrayLike,
    scores: Mapping[str, npt.ArrayLike],
    groups: npt.ArrayLike,
    *,
    folds: int = 10,
    jackknife: int = 40,
    confidence: float = 0.95,
    rng: np.random.Generator | int | None = 0,
) -> pl.DataFrame:
    """Measure the share of variance that each score explains out of sample beyond the controls.

    Linear regression of the outcome, cross-fitted: coefficients for the items of one fold of authors are
    those of the items of all others. R² = 1 − Σ (y − ŷ)²/Σ (y − ȳ)², ȳ the mean of the other folds.

    Parameters
    ----------
    outcome : array_like, shape (m,)
        Of m items, such as ln(1 + views).
    controls : array_like, shape (m, c)
        What is known anyway, such as ln(1 + followers) and its square. A constant is added.
    scores : mapping of str to array_like of shape (m,)
        What may add to it, such as ln(1 + natural value) of the author.
    groups : array_like of int, shape (m,)
        The author of each item: folds are of authors.
    folds : int
        Folds for cross-fitting.
    jackknife : int
        Folds of authors left out, one at a time, for the intervals; everything is fitted again.
    confidence : float in (0, 1)
        Confidence level.
    rng : Generator, int or None
        Source of randomness (SPEC 7): which author is in which fold.

    Returns
    -------
    DataFrame
        ``score``, ``r2`` of controls and score, ``low``, ``high``, ``added`` (over the controls alone),
        ``added_low``, ``added_high``. The first row, of score "", is of the controls alone.

    Raises
    ------
    DataError
        If there are fewer authors than twice the folds, or a value is not finite.

    Notes
    -----
    All sums of squares and products are summed once by fold, so a fit is the solution of a small system:
    O(m·p² + folds·jackknife·p³), p the number of columns.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> followers, score = rng.normal(size=(2, 2000))
    >>> views = followers + 0.5 * score + rng.normal(size=2000)
    >>> found = added_accuracy(views, followers[:, None], {"score": score}, np.arange(2000) // 4)
    >>> bool(0.08 < found["added"][1] < 0.15)
    True
    """
    y, known = np.asarray(outcome, dtype=np.float64), np.asarray(controls, dtype=np.float64)
    columns = [np.asarray(one, dtype=np.float64) for one in scores.values()]
    if not all(np.isfinite(one).all() for one in (y, known, *columns)):
        raise DataError("Outcomes, controls and scores should be finite. Remove items without a value.")
    _, author = np.unique(np.asarray(groups), return_inverse=True)
    authors = int(author.max(initial=-1)) + 1
    if authors < 2 * folds:
        raise DataError(
            f"The items have {authors} authors, and {folds} folds of authors take at least {2 * folds}. "
            "Use fewer folds, or more items."
        )
    # A fold of the cross-fit is made of whole folds of the jackknife.
    group = folds_of(authors, min(jackknife, authors) // folds * folds or folds, np.random.default_rng(rng))
    fold = group[author.ravel()]
    count = int(fold.max()) + 1
    base = np.column_stack([np.ones(len(y)), known])
    moments = [_moments(np.column_stack([base, *extra, y]), fold, count)
               for extra in ([], *([one] for one in columns))]  # fmt: skip
    whole = np.array([_r2(one, folds, ()) for one in moments])
    left_out = np.array([[_r2(one, folds, (number,)) for one in moments] for number in range(count)])
    found = jackknife_of(whole, left_out, confidence=confidence)
    added, added_others = whole - whole[0], left_out - left_out[:, :1]
    more = jackknife_of(added, added_others, confidence=confidence)
    return pl.DataFrame(
        {"score": ["", *scores], "r2": whole, "low": found.low, "high": found.high,
         "added": added, "added_low": more.low, "added_high": more.high}
    )  # fmt: skip


def _moments(columns: FloatArray, fold: IntArray, count: int) -> FloatArray:
    """Return the sums of products of columns by fold, shape (count, p, p)."""
    order = np.argsort(fold, kind="stable")
    sizes = np.append(0, np.cumsum(np.bincount(fold, minlength=count)))
    parts = [columns[order[sizes[f] : sizes[f + 1]]] for f in range(count)]
    return np.array([part.T @ part for part in parts])


def _r2(moments: FloatArray, folds: int, without: tuple[int, ...]) -> float:
    """Return the cross-fitted R²; the first column is the constant, the last the outcome."""
    kept = np.delete(np.arange(len(moments)), without)
    total = moments[kept].sum(axis=0)
    squares, deviations = 0.0, 0.0
    for number in range(folds):
        test = moments[kept[kept % folds == number]].sum(axis=0)
        train = total - test
        # A ridge of rounding size: a score that is constant in the other folds gets no weight.
        ridge = 1e-9 * np.diag(np.diag(train[:-1, :-1])) + 1e-12 * np.eye(len(train) - 1)
        slope = np.linalg.solve(train[:-1, :-1] + ridge, train[:-1, -1])
        mean = train[0, -1] / max(train[0, 0], 1.0)
        squares += test[-1, -1] - 2.0 * slope @ test[:-1, -1] + slope @ test[:-1, :-1] @ slope
        deviations += test[-1, -1] - 2.0 * mean * test[0, -1] + mean * mean * test[0, 0]
    return float(1.0 - squares / deviations) if deviations > 0.0 else float("nan")
