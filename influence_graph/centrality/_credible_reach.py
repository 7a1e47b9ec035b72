"""Credible reach: distinct people who reacted, of whom those without a record count up to a bound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, NamedTuple

import numpy as np
from annotated_types import Ge, Len

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.graph.decay import decay
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.weighting import duration_seconds
from influence_graph.interactions.encoded_log import ALWAYS
from influence_graph.interactions.timestamps import microseconds
from influence_graph.methods import NaturalUnit, Raw, method

#: An audit of nobody changes nothing: what was verified is shrunk towards 9 of 10.
_PRIOR_REAL, _PRIOR_SIZE = 9.0, 10.0
#: After every timestamp.
_NEVER = np.iinfo(np.int64).max


class Reactors(NamedTuple):
    """Distinct pairs of a reactor and a target, sorted by target and reactor; k of them.

    ``age`` is that of the reactor's account at the last reaction in microseconds, 0 where a time is missing;
    ``weight`` what the graph's decay leaves of it.
    """

    source: IntArray
    target: IntArray
    age: FloatArray
    weight: FloatArray


@method("credible_reach", version=1, needs={"events", "timestamps"})
def credible_reach(
    graph: InfluenceGraph,
    *,
    tenure: Annotated[str, Len(2)] = "30d",
    floor: Annotated[float, Ge(0)] = 10.0,
    slope: Annotated[float, Ge(0)] = 3.0,
    seeds: tuple[int | str, ...] = (),
    audited: Mapping[int | str, bool] | None = None,
    permutation: Annotated[int, Ge(0)] | None = None,
) -> Raw:
    r"""Credible reach: distinct people who reacted, those without credit up to a bound (a candidate).

    A reactor has the credit 1 − e^(−age/tenure), with the age of the account, since its first row in the
    log, at its last reaction to the person. With T the sum of credits and U the sum of what they lack of 1,
    the value is T + min(U, floor + slope·T), times 10/9·(9 + verified)/(10 + sampled) after an audit. Whose
    reactors have a quarter of full credit is counted by distinct people, as ``reactors`` does; an audience of
    new accounts alone counts up to ``floor``. Honest people are not discounted, since that would lower the
    value that an attacker has to reach. One account counts at most once, and decays, where the graph does, by
    the age of its last reaction.

    No symmetric reputation is proof against sybils (Cheng & Friedman 2005): an account that waits earns
    credit. The gain is bounded by a price, and by an audit if there is one.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges, from a log with timestamps.
    tenure : str
        Age at which an account has 63 % of full credit: ``"30d"``. ``"none"``: none earns any.
    floor, slope : float
        Bound on what reactors without credit add.
    seeds : ids
        People known to be real. They, and whom they reacted to, have full credit.
    audited : mapping of id to bool, optional
        Accounts that were looked at: whether real. Per person, the reactors among them are ``sampled``, those
        found real ``verified``.
    permutation : int, optional
        Control: the seed with which ages are dealt at random to all pairs. Where a score gains by credit,
        it should lose by this.

    Returns
    -------
    Raw
        Distinct people, ≥ 0. O(rows · log).

    Raises
    ------
    DataError
        If the log has no timestamps, or a seed or an audited account is not in the graph.

    Notes
    -----
    .. math:: r_v = T_v + \min(U_v, \text{floor} + \text{slope} \cdot T_v)

    With T_v the sum of the credits of v's reactors and U_v what these credits lack of 1 each.

    Unit: one credible distinct person who reacted.

    Use: Where accounts are cheap and waiting is not; a candidate, see the experiment ``frontier``.

    Examples
    --------
    Three accounts that are new when they react, and one that is a month old:

    >>> import polars as pl
    >>> from influence_graph import build_graph
    >>> rows = pl.DataFrame(
    ...     {
    ...         "source": ["b", "c", "d", "e", "e"],
    ...         "target": ["a", "a", "a", "b", "a"],
    ...         "kind": ["like"] * 5,
    ...         "timestamp": ["2024-02-01"] * 3 + ["2024-01-01", "2024-01-31"],
    ...     }
    ... )
    >>> credible_reach(build_graph(rows), floor=1.0, slope=1.0).values.round(2)
    array([2.26, 1.  , 0.  , 0.  , 0.  ])
    """
    pairs = reactor_pairs(graph)
    age = pairs.age
    if permutation is not None:
        age = age[np.random.default_rng(permutation).permutation(len(age))]
    credit = credit_of(age, tenure)
    credit = np.where(_known(graph, seeds)[pairs.source], 1.0, credit) if seeds else credit
    trusted = _summed(pairs, pairs.weight * credit, graph.n)
    unknown = _summed(pairs, pairs.weight * (1.0 - credit), graph.n)
    values = bounded_reach(trusted, unknown, floor=floor, slope=slope)
    if audited:
        values = values * _verified_share(graph, pairs, audited)
    unit = NaturalUnit("one credible distinct person who reacted")
    # Sums of shares in another order differ in their last bits.
    return Raw(values, unit=unit, resolution=1e-12 * values)


def bounded_reach(trusted: FloatArray, unknown: FloatArray, *, floor: float, slope: float) -> FloatArray:
    """Return T + min(U, floor + slope·T), elementwise.

    Examples
    --------
    >>> bounded_reach(np.array([0.0, 5.0]), np.array([100.0, 100.0]), floor=10.0, slope=3.0)
    array([10., 30.])
    """
    return trusted + np.minimum(unknown, floor + slope * trusted)


def credit_of(age: FloatArray, tenure: str) -> FloatArray:
    """Return 1 − e^(−age/tenure) of ages in microseconds; 0 where the tenure is "none"."""
    if tenure == "none":
        return np.zeros(len(age))
    share: FloatArray = -np.expm1(-age / (1e6 * duration_seconds(tenure, "tenure")))
    return share


def reactor_pairs(graph: InfluenceGraph) -> Reactors:
    """Return who reacted to whom, with the age of the reactor's account at the last reaction.

    Kinds with a weight of 0, states and rows after the graph's moment are left out; an account's first row,
    of whatever kind, is its first.

    Raises
    ------
    DataError
        If the log has no timestamps.
    """
    log = graph.log
    if log is None or not log.has_timestamps:
        raise DataError(
            "credible_reach needs to know when each row happened, and this log has no timestamps. "
            "Name the column that holds them: read_interactions(…, columns={'timestamp': …})."
        )
    weighting = graph.weighting
    rows = log.rows
    source, target, label = (
        np.concatenate([np.asarray(getattr(batch, name), np.int64) for batch in rows.batches])
        for name in ("source", "target", "label")
    )
    time = np.concatenate([batch.times() for batch in rows.batches])
    now = None if weighting.as_of is None else microseconds(weighting.as_of)
    past = np.ones(len(time), dtype=bool) if now is None else time <= now
    n = len(rows.people)
    first = np.full(n, _NEVER)
    timed = past & (time != ALWAYS)
    np.minimum.at(first, source[timed], time[timed])
    counted = np.array([weighting.kinds.get(kind, 0.0) > 0.0 for kind, _ in rows.labels])[label]
    kept = past & counted & (target >= 0) & (source != target)
    pairs, place = np.unique(target[kept] * n + source[kept], return_inverse=True)
    last = np.full(len(pairs), ALWAYS)
    np.maximum.at(last, place, time[kept])
    known = last != ALWAYS
    who = pairs % n
    age = np.where(known, last - np.where(known, first[who], 0), 0).astype(np.float64)
    weight = np.ones(len(pairs))
    if weighting.half_life is not None and now is not None:
        weight[known] = decay((now - last[known]).astype(np.float64), weighting.half_life * 1e6)
    at = graph.ids.search_sorted(rows.people).to_numpy().astype(np.int64)
    return Reactors(at[who], at[pairs // n], age, weight)


def _known(graph: InfluenceGraph, seeds: tuple[int | str, ...]) -> BoolArray:
    known = np.zeros(graph.n, dtype=bool)
    at = np.unique(graph.positions(seeds))
    known[at] = True
    known[graph.adjacency[at].indices] = True
    return known


def _verified_share(graph: InfluenceGraph, pairs: Reactors, audited: Mapping[int | str, bool]) -> FloatArray:
    at = graph.positions(audited)
    found = np.zeros((2, graph.n))
    found[0, at], found[1, at] = 1.0, np.array(list(audited.values()), dtype=np.float64)
    sampled, verified = (_summed(pairs, one[pairs.source], graph.n) for one in found)
    share: FloatArray = (_PRIOR_REAL + verified) / (_PRIOR_SIZE + sampled) * (_PRIOR_SIZE / _PRIOR_REAL)
    return share


def _summed(pairs: Reactors, values: FloatArray, n: int) -> FloatArray:
    return np.bincount(pairs.target, values, minlength=n).astype(np.float64)
