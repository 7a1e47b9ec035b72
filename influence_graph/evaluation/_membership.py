"""Whether scores rank the members of a group above others, once activity and tenure are taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.evaluation._jackknife import folds_of, jackknife
from influence_graph.evaluation.log_parts import LogParts
from influence_graph.evaluation.rank_agreement import Ranking
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.log import Interactions
from influence_graph.scoring.scores import Scores

_DAY = 86_400_000_000


def octaves(*controls: npt.ArrayLike) -> IntArray:
    """Return the stratum of each person: the same where every control is within one power of two.

    Parameters
    ----------
    *controls : array_like, shape (n,)
        Finite, 0 or more. The classes of each are 0 to 1, 1 to 3, 3 to 7, …: ⌊log₂(1 + x)⌋.

    Returns
    -------
    ndarray of int64, shape (n,)
        0 … number of strata − 1.

    Examples
    --------
    >>> octaves([0, 1, 2, 3], [5, 5, 5, 5]).tolist()
    [0, 1, 1, 2]
    """
    classes = np.stack([np.floor(np.log2(1.0 + np.asarray(one, dtype=np.float64))) for one in controls])
    _, stratum = np.unique(classes, axis=1, return_inverse=True)
    return np.asarray(stratum, dtype=np.int64).ravel()


def group_concordance(
    score: npt.ArrayLike,
    member: npt.ArrayLike,
    *,
    strata: npt.ArrayLike | None = None,
    resolution: npt.ArrayLike | None = None,
) -> tuple[float, int]:
    """Of pairs of a member and somebody else, the share in which the member has the higher score, ties half.

    Parameters
    ----------
    score : array_like, shape (n,)
        Finite.
    member : array_like of bool, shape (n,)
        Who is a member.
    strata : array_like of int, shape (n,), optional
        Only pairs within a stratum are compared. Without: all pairs, and the result is C (the area under
        the ROC curve).
    resolution : float or array_like of shape (n,), optional
        Bound on the error of the score: neighbours no further apart tie.

    Returns
    -------
    concordance : float
        In [0, 1]; NaN where there is no such pair.
    pairs : int
        How many pairs are compared. O(n log n).

    Examples
    --------
    >>> group_concordance([3, 1, 2, 2], [True, False, True, False])
    (0.875, 4)
    >>> group_concordance([3, 1, 2, 2], [True, False, True, False], strata=[0, 0, 1, 1])
    (0.75, 2)
    """
    inside = np.asarray(member, dtype=bool)
    codes = Ranking.of(score, resolution).codes
    stratum = np.zeros(len(codes), np.int64) if strata is None else np.asarray(strata, dtype=np.int64)
    if not len(codes):
        return float("nan"), 0
    # Cells of equal stratum and value, sorted; within a stratum the others below are a difference of sums.
    _, cell = np.unique(stratum * (int(codes.max()) + 1) + codes, return_inverse=True)
    members = np.bincount(cell, weights=inside)
    others = np.bincount(cell, weights=~inside)
    of_cell = np.zeros(len(members), dtype=np.int64)
    of_cell[cell] = np.unique(stratum, return_inverse=True)[1].ravel()
    up_to = np.cumsum(others)
    before = np.append(0.0, up_to)[np.searchsorted(of_cell, of_cell)]
    in_stratum = np.bincount(of_cell, weights=others)[of_cell]
    pairs = float(members @ in_stratum)
    right = float(members @ (up_to - others - before + others / 2.0))
    return (right / pairs if pairs else float("nan")), int(pairs)


def activity_and_tenure(log: Interactions, ids: pl.Series) -> tuple[FloatArray, FloatArray | None]:
    """Return of how many rows each person is the source, and the days from the first to the last of them.

    Parameters
    ----------
    log : Interactions
        Any log.
    ids : polars.Series
        n people, of the type of the log's ids.

    Returns
    -------
    activity : ndarray of float64, shape (n,)
        0 for who is never a source.
    tenure : ndarray of float64, shape (n,), or None
        In days; None for a log without timestamps.
    """
    time = pl.col("timestamp")
    span = [(time.max() - time.min()).dt.total_microseconds().alias("tenure")] if log.has_timestamps else []
    own = log.frame.group_by("source").agg(pl.len().alias("rows"), *span).collect(engine="streaming")
    of_ids = ids.to_frame("source").join(own, on="source", how="left", maintain_order="left").fill_null(0)
    tenure = of_ids["tenure"].to_numpy() / _DAY if span else None
    return of_ids["rows"].to_numpy().astype(np.float64), tenure


def membership(
    scores: Mapping[str, Scores],
    graph: InfluenceGraph,
    member: npt.ArrayLike,
    *,
    among: npt.ArrayLike | None = None,
    controls: Sequence[npt.ArrayLike] = (),
    folds: int = 40,
    confidence: float = 0.95,
    rng: np.random.Generator | int | None = 0,
) -> pl.DataFrame:
    """Measure how well scores of one graph tell the members of a group from other people.

    Parameters
    ----------
    scores : mapping of str to Scores
        Of this graph. The first is what the others are compared with.
    graph : InfluenceGraph
        n people.
    member : array_like of bool, shape (n,)
        Who is a member, aligned with ``graph.ids``.
    among : array_like of bool, shape (n,), optional
        Who is compared. Default: everybody.
    controls : sequence of array_like of shape (n,)
        Held fixed in the partial figures: pairs are compared whose controls are within one power of two
        (:func:`octaves`). For example activity and tenure.
    folds : int
        Folds of people for the jackknife. A fold leaves as people compared and as actors: every method runs
        again without what they did.
    confidence : float in (0, 1)
        Confidence level.
    rng : Generator, int or None
        Source of randomness (SPEC 7): who is in which fold, and methods that sample.

    Returns
    -------
    DataFrame
        ``method``, ``measure`` ("C", and with controls "C within strata"), ``value``, ``low``, ``high``,
        ``above_first`` (the value minus that of the first method), ``above_low``, ``above_high``, ``pairs``.

    Raises
    ------
    DataError
        If nobody or everybody compared is a member.
    """
    inside = np.asarray(member, dtype=bool)
    compared = np.ones(graph.n, dtype=bool) if among is None else np.asarray(among, dtype=bool)
    if not (inside & compared).any() or not (~inside & compared).any():
        raise DataError("Of the people compared, nobody or everybody is a member: no pair can be compared.")
    measures: dict[str, IntArray | None] = {"C": None}
    if controls:
        measures["C within strata"] = octaves(*controls)
    on_folds, on_methods = np.random.SeedSequence(int(np.random.default_rng(rng).integers(2**63))).spawn(2)
    fold = folds_of(graph.n, min(folds, graph.n), np.random.default_rng(on_folds))

    def measured(raw: Sequence[FloatArray], near: Sequence[npt.ArrayLike], kept: BoolArray) -> FloatArray:
        at = np.flatnonzero(kept)
        return np.array([
            [
                group_concordance(
                    one[at], inside[at], strata=None if stratum is None else stratum[at],
                    resolution=np.broadcast_to(close, one.shape)[at],
                )[0] if np.isfinite(one[at]).all() else np.nan
                for one, close in zip(raw, near, strict=True)
            ]
            for stratum in measures.values()
        ])  # fmt: skip

    near = [one.resolution for one in scores.values()]
    whole = measured([one.raw for one in scores.values()], near, compared)
    parts = LogParts(graph, list(scores.values()))
    everything = parts.part(np.ones(parts.episodes.count, dtype=bool))
    others = []
    for number in range(int(fold.max()) + 1):
        # The same draws for every fold: a jackknife would multiply the noise of other ones.
        stream = np.random.SeedSequence(entropy=on_methods.entropy, spawn_key=on_methods.spawn_key)
        values = parts.values(everything, kept=fold != number, seed=stream)
        others.append(measured(list(values.raw), values.resolution, compared & (fold != number)))
    left_out = np.array(others)
    found = jackknife(whole, left_out, confidence=confidence)
    low, high = np.clip(found.low, 0.0, 1.0), np.clip(found.high, 0.0, 1.0)
    above = jackknife(whole - whole[:, :1], left_out - left_out[:, :, :1], confidence=confidence)
    first, figures = next(iter(scores.values())).raw, (whole, low, high, above.value, above.low, above.high)
    rows = [
        (name, measure, *(float(one[place, number]) for one in figures),
         group_concordance(first[compared], inside[compared],
                           strata=None if stratum is None else stratum[compared])[1])
        for place, (measure, stratum) in enumerate(measures.items())
        for number, name in enumerate(scores)
    ]  # fmt: skip
    columns = ["method", "measure", "value", "low", "high", "above_first", "above_low", "above_high", "pairs"]
    return pl.DataFrame(rows, columns, orient="row").fill_nan(None)
