"""Elasticities of reactions and of scores to posting, within person: by how many percent for one percent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConvergenceError, DataError, InfluenceGraphError
from influence_graph.evaluation._posting_panel import items_of
from influence_graph.evaluation.fixed_effects import (
    PoissonFit,
    permuted_coefficients,
    poisson_fixed_effects,
)
from influence_graph.graph.build import build_graph
from influence_graph.interactions.log import Interactions
from influence_graph.scoring._score import score

ELASTICITIES: Mapping[str, type[pl.DataType]] = {
    "outcome": pl.String,
    "regressor": pl.String,
    "model": pl.String,
    "among": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "null_low": pl.Float64,
    "null_high": pl.Float64,
    "p": pl.Float64,
    "rows": pl.Int64,
    "people": pl.Int64,
}
POISSON, PERSON_ONLY, LOG_LOG = (
    "person and list-period effects", "person effects", "log-log without zeros"
)  # fmt: skip
_FEW = 10


class _Model(NamedTuple):
    """A regression: its outcome, regressors (name → expression), rows, and name of the effects."""

    outcome: str
    regressors: Mapping[str, pl.Expr]
    model: str = POISSON
    among: str = "all"
    rows: pl.Expr = pl.lit(True)
    permuted: bool = False


def elasticities(
    panel: pl.DataFrame, *, draws: int, rng: np.random.Generator, level: float = 0.95, burst: float = 2.0
) -> tuple[pl.DataFrame, list[str]]:
    """Return the elasticities of reactions to items and to threads started, within person.

    Associations: months in which a person posts more differ from others in more than that.

    Parameters
    ----------
    panel : DataFrame
        As :func:`~influence_graph.evaluation._posting_panel.posting_panel` returns it.
    draws : int
        Permutations of each person's periods for the null of the main estimates.
    rng : numpy.random.Generator
        Of the permutations.
    level : float in (0, 1)
        Confidence level, robust to whatever varies together within a person.
    burst : float
        A period is a burst from this number of times the person's mean of items on the network.

    Returns
    -------
    DataFrame
        Columns of :data:`ELASTICITIES`. Outcomes are columns of the panel. Reactions to ``threads`` alone are
        those to the items that start them, among periods with one; ``threads, items held`` is next to
        ``items, threads held``. ``null_low``, ``null_high``: the interval of permuted ones; ``p``: their
        share that is as far from 0.
    list of str
        Estimates that the data do not allow, and why.
    """
    panel = panel.with_columns(
        burst=pl.col("items") >= burst * pl.col("items").mean().over("person", "network"),
        lagged=pl.col("items").shift(1).over("person", "network", order_by="period").fill_null(0.0).log1p(),
    )
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    for model in _models(panel):
        try:
            rows += _estimate(panel, model, draws, rng, level)
        except (DataError, ConvergenceError) as error:
            notes.append(f"{model.outcome} by {', '.join(model.regressors)} ({model.among}): {error}")
    return pl.DataFrame(rows, schema=dict(ELASTICITIES), orient="row"), notes


def _models(panel: pl.DataFrame) -> list[_Model]:
    items, threads = pl.col("items").log(), pl.col("threads").log()
    started, both = pl.col("threads") > 0, {"threads, items held": threads, "items, threads held": items}
    young = pl.col("since_first") < 365
    count = "reactions" if "reactions" in panel.columns else "received"
    found = [
        _Model(count, {"items": items}, permuted=True),
        _Model(count, {"items": items}, PERSON_ONLY),
        _Model(count, {"items": items}, LOG_LOG, rows=pl.col(count) > 0),
        _Model(count, {"items": items}, among="first year", rows=young),
        _Model(count, {"items": items}, among="later years", rows=~young),
        _Model(count, {"items": items}, among="no bursts", rows=~pl.col("burst")),
        _Model(count, {"items": items, "items of the period before": pl.col("lagged")}, among="lags"),
    ]
    if count == "received":
        return found
    return [
        *found,
        _Model("new_people", {"items": items}, permuted=True),
        _Model("to_threads", {"threads": threads}, rows=started, permuted=True),
        _Model("to_threads", {"threads": threads}, PERSON_ONLY, rows=started),
        _Model("to_threads", {"threads": threads}, LOG_LOG, rows=started & (pl.col("to_threads") > 0)),
        _Model("reactions", both, rows=started),
        _Model("new_people", both, rows=started),
    ]


def _estimate(
    panel: pl.DataFrame, model: _Model, draws: int, rng: np.random.Generator, level: float
) -> list[dict[str, Any]]:
    part = panel.filter(model.rows)
    if part.height < _FEW:
        raise DataError(f"{part.height} periods of people are too few.")
    people = _codes(part, "person")
    by = [people] if model.model == PERSON_ONLY else [people, _codes(part, "network", "period")]
    outcome = part[model.outcome].to_numpy().astype(np.float64)
    x = part.select(*(one.alias(name) for name, one in model.regressors.items())).to_numpy()
    if model.model == LOG_LOG:
        return [_log_log(model, outcome, x, part["person"].n_unique())]
    fit = poisson_fixed_effects(outcome, x, by, people)
    found = _rows(model, fit, level)
    if model.permuted and draws:
        one, null = permuted_coefficients(outcome, x, by, people, draws=draws, rng=rng)
        low, high = np.quantile(null, [0.5 - level / 2, 0.5 + level / 2])
        further = float((1 + (np.abs(null) >= abs(one)).sum()) / (1 + draws))
        found[0] |= {"null_low": float(low), "null_high": float(high), "p": further}
    return found


def _rows(model: _Model, fit: PoissonFit, level: float) -> list[dict[str, Any]]:
    return [
        {
            "outcome": model.outcome, "regressor": name, "model": model.model, "among": model.among,
            "value": float(value), "low": float(low), "high": float(high), "null_low": None,
            "null_high": None, "p": None, "rows": int(fit.kept.sum()), "people": fit.clusters,
        }
        for name, value, (low, high) in zip(
            model.regressors, fit.coefficients, fit.interval(level), strict=True
        )
    ]  # fmt: skip


def _log_log(model: _Model, outcome: FloatArray, x: FloatArray, people: int) -> dict[str, Any]:
    """Return the slope by least squares of logarithms, of what is left when zeros are dropped.

    It is shown for what it is: too low, since periods of few items are there only if somebody reacted.
    """
    slope = float(np.polyfit(x[:, 0], np.log(outcome), 1)[0])
    return {
        "outcome": model.outcome, "regressor": next(iter(model.regressors)), "model": model.model,
        "among": "reactions > 0", "value": slope, "low": None, "high": None, "null_low": None,
        "null_high": None, "p": None, "rows": len(outcome), "people": people,
    }  # fmt: skip


def score_elasticities(
    log: Interactions,
    methods: Sequence[tuple[str, str, Mapping[str, Any]]],
    *,
    window: str,
    graph: Mapping[str, Any] | None = None,
    rng: np.random.Generator,
    level: float = 0.95,
) -> tuple[pl.DataFrame, list[str]]:
    """Return the elasticity of each method's value to items and to threads started, within person.

    Each window is scored alone, from the interactions in it; effects of windows take out its size.

    Parameters
    ----------
    log : Interactions
        With items and timestamps.
    methods : sequence of (label, name, parameters)
        The methods.
    window : str
        Length, such as ``"6mo"``.
    graph : mapping, optional
        Parameters of ``build_graph``; ``as_of`` and ``half_life`` are left out.
    rng : numpy.random.Generator
        Of methods that sample.
    level : float in (0, 1)
        Confidence level.

    Returns
    -------
    DataFrame
        Columns of :data:`ELASTICITIES`; ``outcome`` is the label of the method.
    list of str
        Methods and windows left out, and why.
    """
    panel, notes = _score_panel(log, methods, window, graph or {}, rng)
    rows: list[dict[str, Any]] = []
    for label, _, _ in methods:
        if label not in panel.columns:
            continue
        here = panel.filter(pl.col(label).is_not_null())
        items, threads = pl.col("items").log(), pl.col("threads").log()
        both = {"threads, items held": threads, "items, threads held": items}
        models = [_Model(label, {"items": items}), _Model(label, both, rows=pl.col("threads") > 0)]
        for model in models if (here["threads"] < here["items"]).any() else models[:1]:
            try:
                rows += _estimate(here, model, 0, rng, level)
            except (DataError, ConvergenceError) as error:
                notes.append(f"{label} by {', '.join(model.regressors)}: {error}")
    return pl.DataFrame(rows, schema=dict(ELASTICITIES), orient="row"), notes


def _score_panel(
    log: Interactions,
    methods: Sequence[tuple[str, str, Mapping[str, Any]]],
    window: str,
    graph: Mapping[str, Any],
    rng: np.random.Generator,
) -> tuple[pl.DataFrame, list[str]]:
    """Return items, threads and natural values of each person in each window in which they posted."""
    items = items_of(log).with_columns(pl.col("timestamp").dt.truncate(window).alias("period"))
    posted = items.group_by("person", "period").agg(
        pl.len().cast(pl.Float64).alias("items"), pl.col("starts").sum().cast(pl.Float64).alias("threads")
    )
    settings = {name: value for name, value in graph.items() if name not in ("as_of", "half_life")}
    starts = posted["period"].unique().sort()
    ends = starts.dt.offset_by(window)
    seed = int(rng.integers(2**63))
    parts, notes = [], list[str]()
    failed: dict[str, int] = {}
    for start, end in zip(starts, ends, strict=True):
        try:
            built = build_graph(log.between(start, end), **settings)
        except DataError:
            failed["no interactions"] = failed.get("no interactions", 0) + 1
            continue
        values = {"person": built.ids}
        for label, name, parameters in methods:
            try:
                values[label] = pl.Series(score(built, name, rng=seed, **parameters).natural)
            except InfluenceGraphError as error:
                failed[f"{label}: {error}"] = failed.get(f"{label}: {error}", 0) + 1
        parts.append(pl.DataFrame(values).with_columns(period=pl.lit(start, starts.dtype)))
    notes += [f"{count} of {len(starts)} windows left out, {reason}" for reason, count in failed.items()]
    if not parts:
        return posted.with_columns(network=pl.lit("")), notes
    scored = pl.concat(parts, how="diagonal")
    panel = posted.join(scored, on=["person", "period"]).with_columns(network=pl.lit(""))
    return panel.sort("person", "period"), notes


def _codes(frame: pl.DataFrame, *columns: str) -> IntArray:
    """Return a number for each row, the same where these columns are the same."""
    return frame.select(pl.struct(columns).rank("dense") - 1).to_series().to_numpy().astype(np.int64)
