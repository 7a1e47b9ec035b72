"""What graph methods add to a model that knows all counts: deviance of people it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from scipy.stats import norm

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.evaluation._jackknife import Estimate, jackknife
from influence_graph.evaluation.count_model import deviance, fit_counts
from influence_graph.evaluation.effects import effects_frame
from influence_graph.evaluation.log_arrays import LogArrays
from influence_graph.evaluation.prediction import ACTIVE, Design, moment
from influence_graph.evaluation.truths import future_truths, reactors_within
from influence_graph.graph.build import build_graph
from influence_graph.methods.declaration import get_method
from influence_graph.scoring._score import raw_values

#: The set of all graph methods together.
ALL = "all graph methods"
_BEFORE = np.iinfo(np.int64).min // 2
INCREMENTS = {
    "method": pl.String,
    "fold": pl.Int64,
    "counts": pl.Float64,
    "both": pl.Float64,
    "mean": pl.Float64,
    "people": pl.Int64,
}


class Observations(NamedTuple):
    """Who was active before an origin: what the past says of each, and what followed.

    Attributes
    ----------
    person : ndarray of int64, shape (k,)
        Positions in the people of the log.
    counts : ndarray of float64, shape (k, c)
        Logarithms of all counts, decayed and not, and of recency.
    graph : mapping of str to ndarray of float64, shape (k,)
        Logarithms of the natural values of each graph method.
    future : ndarray of float64, shape (k,)
        Distinct people who react in the horizon.
    """

    person: IntArray
    counts: FloatArray
    graph: Mapping[str, FloatArray]
    future: FloatArray


def observe(past: LogArrays, whole: LogArrays, design: Design) -> Observations:
    """Return what the past says of the people active before an origin, and what followed in the whole log.

    Parameters
    ----------
    past : LogArrays
        What scores and counts are computed from: the log, or a rewired one of the same people.
    whole : LogArrays
        What followed, and who is asked.
    design : Design
        Origin, horizon, half-life and the graph methods.

    Raises
    ------
    DataError
        If nobody was active, or nobody is reacted to in the horizon.
    """
    origin, horizon = design.origin, design.horizon
    active = np.zeros(whole.n, dtype=bool)
    active[whole.source[whole.within(origin - horizon, origin)]] = True
    person = np.flatnonzero(active)
    future = future_truths(whole, origin, horizon)["reactors"][person]
    if not len(person) or not future.any():
        raise DataError(
            f"Nobody who was active before {moment(origin):%Y-%m-%d %H:%M} is reacted to in the horizon, so "
            "there is nothing to explain. Choose earlier origins or a longer horizon."
        )
    half_life = f"{max(1, (design.half_life or horizon) // 1_000_000)}s"
    graphs = [
        build_graph(past.log, **{**design.graph, "half_life": decay, "as_of": moment(origin)})
        for decay in (None, half_life)
    ]
    place = past.people.search_sorted(graphs[0].ids).to_numpy()
    columns = [_engagement(graph.in_strength, place, past.n) for graph in graphs]
    columns += [
        _engagement(np.asarray(graph.adjacency.sum(axis=1)).ravel(), place, past.n) for graph in graphs
    ]
    columns += [
        reactors_within(past, _BEFORE, origin),
        reactors_within(past, _BEFORE, origin, half_life=design.half_life or horizon),
        reactors_within(past, origin - horizon, origin),
        *_activity(past, origin, horizon),
    ]
    recency = [_since(past, origin, target) for target in (False, True)]
    counts = np.log1p(np.column_stack([*columns, *recency]))[person]
    found = {}
    for number, (label, (name, parameters)) in enumerate(design.methods.items()):
        stream = np.random.default_rng([design.seed, origin % 2**63, number])
        raw = raw_values(graphs[1], get_method(name), parameters, stream)
        found[label] = np.log1p(_engagement(raw.natural, place, past.n))[person]
    return Observations(person, counts, found, future)


def increments(seen: Sequence[Observations], folds: IntArray, *, parts: int = 5) -> pl.DataFrame:
    """Return the deviance of people a model has not seen, with counts alone and with each graph method.

    Parameters
    ----------
    seen : sequence of Observations
        One an origin; a person stands in the same fold at all.
    folds : ndarray of int64, shape (n,)
        The fold of each person of the log; models are fitted without ``parts`` groups of folds in turn.
    parts : int
        How many models are fitted.

    Returns
    -------
    DataFrame
        One row a method (and :data:`ALL`) and fold: ``counts`` and ``both``, sums of deviance by counts alone
        and with the method, ``mean`` by the mean alone, ``people``. The dispersion is that of the model with
        counts alone, so that the three compare.
    """
    person = np.concatenate([one.person for one in seen])
    counts = np.concatenate([one.counts for one in seen])
    future = np.concatenate([one.future for one in seen])
    labels = list(seen[0].graph)
    added = {label: np.concatenate([one.graph[label] for one in seen])[:, None] for label in labels}
    if len(labels) > 1:
        added[ALL] = np.column_stack([added[label] for label in labels])
    fold = folds[person]
    lost = {name: np.zeros(len(future)) for name in ("counts", "mean", *added)}
    for part in range(parts):
        held = fold % parts == part
        if not held.any() or not (future[~held] > 0).any():
            continue
        base = fit_counts(counts[~held], future[~held])
        mean = np.full(int(held.sum()), future[~held].mean())
        lost["counts"][held] = deviance(future[held], base.mean(counts[held]), base.dispersion)
        lost["mean"][held] = deviance(future[held], mean, base.dispersion)
        for label, more in added.items():
            columns = np.column_stack([counts, more])
            model = fit_counts(columns[~held], future[~held], dispersion=base.dispersion)
            lost[label][held] = deviance(future[held], model.mean(columns[held]), base.dispersion)
    number = int(folds.max()) + 1
    sums = {name: np.bincount(fold, values, minlength=number) for name, values in lost.items()}
    people = np.bincount(fold, minlength=number)
    rows: list[dict[str, Any]] = [
        {"method": label, "fold": one, "counts": sums["counts"][one], "both": sums[label][one],
         "mean": sums["mean"][one], "people": int(people[one])}
        for label in added for one in range(number)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=INCREMENTS)


def _engagement(values: FloatArray, place: IntArray, n: int) -> FloatArray:
    """Return the values of the people of a graph at their positions in the log; 0 for others."""
    whole = np.zeros(n)
    whole[place] = np.maximum(values, 0.0)
    return whole


def _activity(arrays: LogArrays, origin: int, horizon: int) -> list[FloatArray]:
    """Return the rows of each person as source: all, and within the last horizon."""
    spans = (arrays.time <= origin, (arrays.time <= origin) & (arrays.time > origin - horizon))
    return [np.bincount(arrays.source[rows], minlength=arrays.n).astype(np.float64) for rows in spans]


def _since(arrays: LogArrays, origin: int, target: bool) -> FloatArray:
    """Return the seconds since each person did something, or was reacted to; those since ever if never."""
    rows = (arrays.time <= origin) & (arrays.event if target else np.ones(len(arrays.time), dtype=bool))
    first = int(arrays.time[arrays.time > _BEFORE].min())
    last = np.full(arrays.n, first)
    ends = arrays.target if target else arrays.source
    np.maximum.at(last, ends[rows], arrays.time[rows])
    since: FloatArray = (origin - last) / 1e6
    return np.maximum(since, 0.0)


def increment_effects(
    drawn: pl.DataFrame, *, data: str, graph: str = "", confidence: float = 0.95
) -> pl.DataFrame:
    """Return what each method adds, as a share of the deviance, with the rewired null beside it.

    Parameters
    ----------
    drawn : DataFrame
        :func:`increments` with a column ``draw``: −1 for the log itself, others for rewired ones.
    data, graph : str
        Labels.
    confidence : float in (0, 1)
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        The table ``effects``. Contrasts, for a method m: ``"counts + m - counts"`` (interval by jackknife
        over folds of people, models kept); with rewired logs also ``"…, rewired"`` (the mean of the null and
        its quantiles), ``"…, against rewired"`` (the difference, both errors in its interval) and
        ``"…, smallest found"``: what would exceed the null's 95 % quantile with a chance of 80 %.
    """
    rows: list[dict[str, Any]] = []
    for key, part in drawn.group_by("method", maintain_order=True):
        name = f"counts + {key[0]} - counts"
        own = part.filter(pl.col("draw") == -1).sort("fold")
        gain, total = (own["counts"] - own["both"]).to_numpy(), own["mean"].to_numpy()
        if total.sum() <= 0.0:
            continue
        keep = 1.0 - np.eye(len(gain))
        found = jackknife(gain.sum() / total.sum(), keep @ gain / (keep @ total), confidence=confidence)
        shared = {"data": data, "graph": graph, "measure": "share of deviance", "among": ACTIVE,
                  "level": confidence, "people": int(own["people"].sum())}  # fmt: skip
        rows.append({**shared, "contrast": name, **_interval(found)})
        null = part.filter(pl.col("draw") >= 0).group_by("draw", maintain_order=True).agg(
            value=(pl.col("counts") - pl.col("both")).sum() / pl.col("mean").sum()
        )["value"].to_numpy()  # fmt: skip
        if len(null) < 2:
            continue
        tail = 0.5 - confidence / 2.0
        low, high = np.quantile(null, [tail, 1.0 - tail])
        rows.append(
            {**shared, "contrast": f"{name}, rewired", "value": float(null.mean()), "low": low, "high": high}
        )
        reach = float(np.nan_to_num(found.reach))
        error = float(np.hypot(found.error, null.std(ddof=1)))
        above = float(found.value) - float(null.mean())
        rows.append({**shared, "contrast": f"{name}, against rewired", "value": above,
                     "low": above - reach * error, "high": above + reach * error})  # fmt: skip
        smallest = float(np.quantile(null, 0.95) - null.mean() + norm.ppf(0.8) * found.error)
        rows.append({**shared, "contrast": f"{name}, smallest found", "value": smallest})
    return effects_frame(rows)


def _interval(found: Estimate) -> dict[str, float]:
    return {"value": float(found.value), "low": float(found.low), "high": float(found.high)}
