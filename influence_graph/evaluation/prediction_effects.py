"""From measures at single origins to effects: means over origins, with intervals by jackknife over people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from scipy.stats import norm

from influence_graph.arrays import BoolArray, FloatArray
from influence_graph.evaluation._jackknife import Estimate, jackknife
from influence_graph.evaluation.effects import EFFECTS
from influence_graph.evaluation.prediction import EVERYBODY, LAST_SEEN

NO_DECAY = "no decay"
_KEYS = ("graph", "method", "truth", "among", "measure")
#: Origins × (everybody, each fold of people, each of pairs), and the mean number of people, by measure.
Blocks: TypeAlias = Mapping[tuple[str, ...], tuple[FloatArray, float]]
#: Columns of the table of estimates: those of the effects, the standard error, the margin and the origins.
ESTIMATES: Mapping[str, type[pl.DataType]] = {
    **EFFECTS,
    "error": pl.Float64,
    "margin": pl.Float64,
    "origins": pl.Int64,
}


def prediction_effects(
    measured: pl.DataFrame, *, data: str, baseline: str = "reactors", confidence: float = 0.95
) -> pl.DataFrame:
    """Return every estimate with its interval: levels, contrasts, and what decay adds.

    Parameters
    ----------
    measured : DataFrame
        :func:`~influence_graph.evaluation.prediction.measure_origin` over origins and decays, with the
        columns ``origin`` and ``graph``.
    data : str
        Label of the log.
    baseline : str
        The method that the others are compared with at equal decay.
    confidence : float in (0, 1)
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        The columns of ``EFFECTS`` and ``error`` (standard error), ``margin`` (of a criterion of equality that
        two equal designs pass with a chance of 80 %) and ``origins``. Contrasts: a method alone;
        ``"a - b"`` with b the baseline or, among everybody, ``last seen``; ``"a, decayed - not"``;
        ``newcomers``; ``ceiling``. The measure is ``C``, ``top 1 %`` … of the distinct future reactors, or
        with ``" of "`` and another truth. The estimand is the mean over origins at which all folds have one,
        the same at every decay; where there is none, it is over all origins, without an interval. Two methods
        that agree at every origin, whatever is left out, differ by 0 for sure.
    """
    blocks, folds = _blocks(measured)
    usable = _usable(blocks)
    rows = []
    for key, contrast, matrix, people in _contrasts(blocks, baseline):
        whole = matrix[usable[key[1:]] & np.isfinite(matrix).all(axis=1)]
        if not len(whole):  # too few people for a fold to be left out: the value alone
            whole = matrix[np.isfinite(matrix[:, 0]), :1]
        if not len(whole):
            continue
        means = whole.mean(axis=0)
        pairs = means[1 + folds :] if len(means) > 1 + folds else None
        found = jackknife(means[0], means[1 : 1 + folds], pairs_left_out=pairs, confidence=confidence)
        graph, truth, among, measure = key
        named = measure if truth == "reactors" else f"{measure} of {truth}"
        row = {"data": data, "graph": graph, "contrast": contrast, "measure": named, "among": among}
        rows.append({**row, **_numbers(found, same=len(means) > 1 and not means.any()), "level": confidence,
                     "people": round(people), "origins": len(whole)})  # fmt: skip
    return pl.DataFrame(rows, schema=dict(ESTIMATES))


def stability(
    measured: pl.DataFrame, *, data: str, baseline: str = "reactors", blocks: int = 4
) -> pl.DataFrame:
    """Return the contrasts with the baseline without each network, and in each block of time.

    Parameters
    ----------
    measured, data, baseline
        As for :func:`prediction_effects`.
    blocks : int
        How many blocks of consecutive origins.

    Returns
    -------
    DataFrame
        ``data``, ``graph``, ``contrast``, ``measure``, ``among``, ``by`` (``"network left out"`` or
        ``"block of time"``), ``part``, ``value``: C of the distinct future reactors, as a mean over origins.
    """
    only = measured.filter(
        (pl.col("truth") == "reactors")
        & (pl.col("measure") == "C")
        & (pl.col("fold") == -1)
        & (pl.col("pairs") == -1)
    )
    keys = ["graph", "among", "origin", "network"]
    base = only.filter(pl.col("method") == baseline).select(*keys, pl.col("value").alias("base"))
    both = only.filter(pl.col("method") != baseline).join(base, on=keys, how="inner", maintain_order="left")
    both = both.filter(pl.col("method") != "").with_columns(
        value=pl.col("value") - pl.col("base"), contrast=pl.format("{} - {}", "method", pl.lit(baseline))
    )
    moments = measured["origin"].unique().sort()
    block = {one: f"{place * blocks // len(moments) + 1} of {blocks}" for place, one in enumerate(moments)}
    timed = both.filter(pl.col("network") == "").with_columns(
        by=pl.lit("block of time"), part=pl.col("origin").replace_strict(block, return_dtype=pl.String)
    )
    hidden = both.filter(pl.col("network") != "").with_columns(by=pl.lit("network left out"), part="network")
    grouped = pl.concat([hidden, timed]).group_by(
        "graph", "contrast", "measure", "among", "by", "part", maintain_order=True
    )
    return grouped.agg(pl.col("value").mean()).select(pl.lit(data).alias("data"), pl.all())


def _blocks(measured: pl.DataFrame) -> tuple[Blocks, int]:
    """Return the matrices, and how many folds of people are left out."""
    whole = measured.filter(pl.col("network") == "")
    left_out = whole.select("pairs", "fold").unique().sort("pairs", "fold")
    whole = whole.join(left_out.with_row_index("column"), on=["pairs", "fold"], maintain_order="left")
    moments = {one: place for place, one in enumerate(whole["origin"].unique().sort().to_list())}
    found: dict[tuple[str, ...], tuple[FloatArray, float]] = {}
    for key, part in whole.group_by(*_KEYS, maintain_order=True):
        columns = len(left_out) if part["column"].max() else 1
        matrix = np.full((len(moments), columns), np.nan)
        at = part["origin"].replace_strict(moments).to_numpy(), part["column"].to_numpy()
        matrix[at] = part["value"].fill_null(np.nan).to_numpy()
        seen = part.filter(pl.col("column") == 0)["people"].mean()
        found[tuple(map(str, key))] = matrix, float(seen) if isinstance(seen, float) else 0.0
    return found, left_out.filter(pl.col("fold") >= 0).height


def _usable(blocks: Blocks) -> dict[tuple[str, ...], BoolArray]:
    """Return at which origins every fold has a value, by truth, among and measure, whatever the decay."""
    usable: dict[tuple[str, ...], BoolArray] = {}
    for (_, _, *key), (matrix, _) in blocks.items():
        here: BoolArray = np.isfinite(matrix).all(axis=1).astype(bool)
        before = usable.get(tuple(key))
        both: BoolArray = here & (True if before is None else before)
        usable[tuple(key)] = both
    return usable


def _contrasts(
    blocks: Blocks, baseline: str
) -> Iterator[tuple[tuple[str, str, str, str], str, FloatArray, float]]:
    """Yield graph, truth, among and measure; the contrast in words; origins × folds; and people."""
    for (graph, method, truth, among, measure), (matrix, people) in blocks.items():
        where = (graph, truth, among, measure)
        if not method:
            yield where, measure, matrix, people
            continue
        yield where, method, matrix, people
        lines = [baseline, LAST_SEEN] if among == EVERYBODY else [baseline]
        for line in lines:
            other = blocks.get((graph, line, truth, among, measure))
            if other is not None and method != line:
                yield where, f"{method} - {line}", matrix - other[0], people
        still = blocks.get((NO_DECAY, method, truth, among, measure))
        if graph != NO_DECAY and still is not None and still[0].shape == matrix.shape \
                and not np.array_equal(still[0], matrix, equal_nan=True):  # fmt: skip
            yield where, f"{method}, decayed - not", matrix - still[0], people


def _numbers(found: Estimate, *, same: bool) -> dict[str, Any]:
    """Return value, interval, error and margin, None where there is none; 0 for two that are the same."""
    value = float(found.value)
    if same:
        return dict.fromkeys(("value", "low", "high", "error", "margin"), 0.0)
    if not np.isfinite(found.error):
        return {"value": value, "low": None, "high": None, "error": None, "margin": None}
    # Two equal designs: the interval lies within ±margin with a chance of 80 % if 1.28 more errors fit.
    margin = float((found.reach + norm.ppf(0.9)) * found.error)
    return {"value": value, "low": float(found.low), "high": float(found.high), "error": float(found.error),
            "margin": margin}  # fmt: skip


def effects_of(estimates: pl.DataFrame) -> pl.DataFrame:
    """Return the table ``effects`` of a table of estimates."""
    return estimates.select(list(EFFECTS))


def origin_values(measured: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return the values of everybody at each origin, with these columns first."""
    whole = measured.filter((pl.col("fold") == -1) & (pl.col("pairs") == -1) & (pl.col("network") == ""))
    return whole.select(*columns, "method", "truth", "among", "measure", "value", "people")
