"""Learn from the log how likely each person moves each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
from numba import njit

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError, nearest
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.propagation.action_log import (
    Actions,
    Exposures,
    actions_of,
    exposures,
    interactions_in_time,
    window_microseconds,
)

#: How probabilities are learned.
Rule: TypeAlias = Literal["bernoulli", "jaccard", "partial_credit", "em", "temporal_reachability"]
RULES = frozenset(get_args(Rule))
#: Goes up when a rule gives other probabilities than before.
VERSION = 1


@dataclass(frozen=True, eq=False)
class Learned:
    """Learned probabilities, usable wherever a model takes ``probability``.

    Attributes
    ----------
    values : ndarray of float64, shape (m,)
        p(a → b) for each entry [b, a] of ``adjacency``; in [0, 1].
    trials : ndarray of float64, shape (m,)
        How often a had its chance with b (the rule's denominator). 0: the value is the prior.
    successes : ndarray of float64, shape (m,)
        How often b followed (counts, or credits, or responsibilities).
    prior : float
        What an edge without trials gets.
    rule : str
        The rule.
    log_likelihood : tuple of float
        For EM, after each iteration, with the prior's part; it never falls.
    version : int
        Of the rules; probabilities of another version are refused. 0: not known, as in results stored
        before rules had one.
    """

    values: FloatArray
    trials: FloatArray
    successes: FloatArray
    prior: float
    rule: str
    log_likelihood: tuple[float, ...] = field(default=(), repr=False)
    version: int = 0

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """Let NumPy treat the result as its values."""
        return np.array(self.values, dtype=dtype, copy=copy)


def learn_probabilities(
    graph: InfluenceGraph,
    *,
    rule: Rule = "em",
    window: str | timedelta | None = None,
    prior: float | None = None,
    prior_trials: float = 1.0,
    tol: float = 1e-6,
    max_iterations: int = 1000,
) -> Learned:
    """Learn the chance with which each person moves each who attends to them.

    With A_v the actions v performed, A_v2u those that u performed after v (within ``window``), and
    A_v|u those that either performed:

    - ``"bernoulli"``: A_v2u / A_v (Goyal, Bonchi & Lakshmanan 2010);
    - ``"jaccard"``: A_v2u / A_v|u (the same);
    - ``"partial_credit"``: as Bernoulli, where an action of u counts 1/(number of people who may have
      moved u to it) (the same);
    - ``"em"``: the likeliest p under independent cascade, of which v's chance is an action that v
      performed and u had not (Saito, Nakano & Kimura 2008);
    - ``"temporal_reachability"``, for logs without items: of the moments at which v was active, the share
      that an event of u at v followed. It says that u was reached in time, not that a post of v was
      passed on: a log without items does not say which post it was.

    Edges seen rarely lean to a prior: values are (successes + prior_trials · prior)/(trials + prior_trials).

    Parameters
    ----------
    graph : InfluenceGraph
        Built from a log that it keeps, with timestamps. Its m edges are those that get a value.
    rule : {"em", "bernoulli", "jaccard", "partial_credit", "temporal_reachability"}
        How to learn.
    window : str or timedelta, optional
        Longest time between a cause and what follows it, such as ``"1h"``. Default: any.
    prior : float in [0, 1], optional
        What an edge never tried gets. Default: all successes over all trials.
    prior_trials : float ≥ 0
        How many trials the prior weighs. 0 leaves edges with trials alone.
    tol, max_iterations : float, int
        EM ends when no probability moves by more than ``tol``, or after this many iterations.

    Returns
    -------
    Learned
        One value an edge. O(performances · degree), and O(exposures) an EM iteration.

    Raises
    ------
    DataError
        If the log lacks what the rule needs: rows, timestamps, items.
    """
    if rule not in RULES:
        raise ConfigError(f"There is no rule {rule!r} to learn by. {nearest(rule, RULES)}")
    if prior is not None and not 0 <= prior <= 1:
        raise ConfigError(f"prior is {prior}, but it is a probability in [0, 1].")
    if not prior_trials >= 0:
        raise ConfigError(f"prior_trials is {prior_trials}, but it should be 0 or more.")
    length = window_microseconds(window)
    if rule == "temporal_reachability":
        trials, successes = _temporal_counts(graph, length)
        return _lean(trials, successes, prior, prior_trials, rule)
    actions = actions_of(graph, f"The rule {rule!r}")
    seen = exposures(graph, actions, length)
    m = graph.adjacency.nnz
    followed = np.bincount(seen.edge, minlength=m).astype(np.float64)
    if rule == "em":
        return _em(seen, len(actions.person), m, prior, prior_trials, tol, max_iterations)
    performed = np.bincount(actions.person, minlength=graph.n)
    rows = np.repeat(np.arange(graph.n), np.diff(graph.adjacency.indptr))
    trials = performed[graph.adjacency.indices].astype(np.float64)
    if rule == "jaccard":
        trials = trials + performed[rows] - _both(graph, actions, performed)
    if rule == "partial_credit":
        sources = np.bincount(seen.child, minlength=len(actions.person))
        credit = 1.0 / sources[seen.child]
        followed = np.bincount(seen.edge, weights=credit, minlength=m).astype(np.float64)
    return _lean(trials, followed, prior, prior_trials, rule)


def _lean(
    trials: FloatArray, successes: FloatArray, prior: float | None, weight: float, rule: str
) -> Learned:
    middle = _pooled(trials, successes) if prior is None else prior
    total = trials + weight
    values = np.full(len(trials), middle)
    tried = total > 0
    values[tried] = (successes[tried] + weight * middle) / total[tried]
    return Learned(np.clip(values, 0.0, 1.0), trials, successes, middle, rule, version=VERSION)


def _pooled(trials: FloatArray, successes: FloatArray) -> float:
    return float(successes.sum() / trials.sum()) if trials.sum() > 0 else 0.0


def _both(graph: InfluenceGraph, actions: Actions, performed: IntArray) -> FloatArray:
    """Actions that both ends of each edge performed, in whatever order."""
    forever = exposures(graph, actions, window_microseconds(None))
    after = np.bincount(forever.edge, minlength=graph.adjacency.nnz)
    # The source performed without a chance left: the other had performed before, or in the same moment.
    before = performed[graph.adjacency.indices] - forever.chances
    return np.asarray(after + before, dtype=np.float64)


def _em(
    seen: Exposures,
    performances: int,
    m: int,
    prior: float | None,
    weight: float,
    tol: float,
    max_iterations: int,
) -> Learned:
    trials = seen.chances.astype(np.float64)
    successes = np.bincount(seen.edge, minlength=m).astype(np.float64)
    middle = _pooled(trials, successes) if prior is None else prior
    p = np.full(m, middle)
    total = trials + weight
    tried = total > 0
    p[tried] = (successes[tried] + weight * middle) / total[tried]
    p = np.clip(p, 1e-12, 1.0)
    history: list[float] = []
    failed = seen.missed.astype(np.float64)
    starts = np.flatnonzero(np.append(True, seen.child[1:] != seen.child[:-1])) if len(seen.child) else None
    for _ in range(max_iterations):
        if starts is None:
            break
        spared = np.add.reduceat(np.log1p(-np.minimum(p[seen.edge], 1 - 1e-16)), starts)
        moved = -np.expm1(spared)
        history.append(_log_likelihood(p, moved, failed, middle, weight))
        share = p[seen.edge] / np.repeat(moved, np.diff(np.append(starts, len(seen.child))))
        successes = np.bincount(seen.edge, weights=share, minlength=m).astype(np.float64)
        new = p.copy()
        new[tried] = (successes[tried] + weight * middle) / total[tried]
        change = float(np.abs(new - p).max())
        p = new
        if change <= tol:
            break
    untried = ~tried
    p[untried] = middle
    return Learned(np.clip(p, 0.0, 1.0), trials, successes, middle, "em", tuple(history), VERSION)


def _log_likelihood(
    p: FloatArray, moved: FloatArray, failed: FloatArray, middle: float, weight: float
) -> float:
    """Log-likelihood of performances and failures, plus the prior's ``weight`` trials an edge."""
    with np.errstate(divide="ignore", invalid="ignore"):
        spared = np.log1p(-p)
        value = np.log(moved).sum() + (failed[failed > 0] * spared[failed > 0]).sum()
        if weight > 0:
            value += weight * (_times(middle, np.log(p)) + _times(1.0 - middle, spared)).sum()
    return float(value)


def _times(factor: float, logs: FloatArray) -> FloatArray:
    return factor * logs if factor > 0 else np.zeros_like(logs)


def _temporal_counts(graph: InfluenceGraph, window: int) -> tuple[FloatArray, FloatArray]:
    """Moments at which the source of each edge was active, and those that were followed."""
    who, on, when = interactions_in_time(graph, "The rule 'temporal_reachability'")
    moments, first = _moments(graph.n, who, when)
    followed, unseen = _followed(
        graph.adjacency.indptr.astype(np.int64),
        graph.adjacency.indices,
        who,
        on,
        when,
        first,
        moments,
        window,
    )
    trials = np.diff(first)[graph.adjacency.indices] + unseen[graph.adjacency.indices]
    return trials.astype(np.float64), followed.astype(np.float64)


def _moments(n: int, who: IntArray, when: IntArray) -> tuple[IntArray, IntArray]:
    """Times at which each person was active, each once, grouped by person; and where the groups start."""
    order = np.lexsort((when, who))
    person, time = who[order], when[order]
    new = np.ones(len(person), dtype=bool)
    new[1:] = (person[1:] != person[:-1]) | (time[1:] != time[:-1])
    first = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(person[new], minlength=n), out=first[1:])
    return time[new], first


@njit(cache=True)
def _followed(
    indptr: IntArray,
    indices: npt.NDArray[np.int32],
    who: IntArray,
    on: IntArray,
    when: IntArray,
    first: IntArray,
    moments: IntArray,
    window: int,
) -> tuple[IntArray, IntArray]:
    """Count, for each edge, the moments of its source that an event of the other person followed.

    An event follows the latest moment before it. The target of an event before their first moment must
    have been active unseen: one more moment, the same for all (``unseen``).
    """
    followed = np.zeros(len(indices), dtype=np.int64)
    last = np.full(len(indices), -2, dtype=np.int64)
    unseen = np.zeros(len(indptr) - 1, dtype=np.int64)
    for i in range(len(who)):
        b, a = who[i], on[i]
        if a < 0:
            continue
        low, high = indptr[b], indptr[b + 1]
        while low < high:
            middle = (low + high) >> 1
            if indices[middle] < a:
                low = middle + 1
            else:
                high = middle
        if low == indptr[b + 1] or indices[low] != a:
            continue
        start, end = first[a], first[a + 1]
        while start < end:
            middle = (start + end) >> 1
            if moments[middle] < when[i]:
                start = middle + 1
            else:
                end = middle
        latest = start - 1
        if latest < first[a]:
            unseen[a] = 1
            latest = -1
        elif when[i] - moments[latest] > window:
            continue
        if last[low] != latest:
            last[low] = latest
            followed[low] += 1
    return followed, unseen
