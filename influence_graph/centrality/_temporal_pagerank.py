"""Temporal PageRank: walks whose steps are in the order of time."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from annotated_types import Interval
from numba import njit

from influence_graph.arrays import FloatArray
from influence_graph.errors import DataError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.located_rows import located_rows
from influence_graph.methods import NaturalUnit, Raw, method


@method("temporal_pagerank", version=1, needs={"events", "timestamps"})
def temporal_pagerank(
    graph: InfluenceGraph,
    *,
    damping: Annotated[float, Interval(ge=0, lt=1)] = 0.85,
    transition: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
) -> Raw:
    r"""Temporal PageRank: PageRank over the stream of events, whose walks follow the order of time.

    At an event (u, v), with α the damping and β the transition: r(u) += 1 − α; s(u) += 1 − α; r(v) +=
    α·s(u); s(v) += α·(1 − β)·s(u); s(u) = β·s(u). Here r counts visits of temporal walks and s the walks
    that are at a person, before the next event (Rozenshtein & Gionis 2016; the β = 1 of the paper, where
    no walk stays, is the 0 here). r is scaled to sum to 1. If edges come at random from a fixed
    distribution, r tends to the PageRank of that weighted graph. With β = 0 this is the program that
    the authors published; with β > 0 a walk that starts at the event may stay like all others, as in
    their text but not in the program.

    The paper leaves open, for a log: an event of weight w starts walks of weight w·(1 − α) instead of 1 −
    α; w is the row's weight times that of its kind, undecayed, as order is what time means here. Events at
    the same moment go in the order of the log.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, from a log with timestamps.
    damping : float in [0, 1)
        Chance to go on.
    transition : float in [0, 1)
        Share of the walks at u that stay there at an event of u.

    Returns
    -------
    Raw
        Shares, sum 1; all 0 where no event has a weight above 0. Exact, O(events · log) for their order.
        Diagnostics: ``events``.

    Raises
    ------
    DataError
        If the log has no timestamps.

    Notes
    -----
    .. math:: r_u \leftarrow r_u + 1 - \alpha, \quad s_u \leftarrow s_u + 1 - \alpha

    .. math:: r_v \leftarrow r_v + \alpha s_u, \quad s_v \leftarrow s_v + \alpha (1 - \beta) s_u

    .. math:: s_u \leftarrow \beta s_u

    At each event (u, v) in the order of time.

    Unit: one visit of a walk, of which an event starts 1 − damping.

    Use: Where the order of events matters: only what came later can follow.

    References
    ----------
    Rozenshtein & Gionis (2016), "Temporal PageRank", ECML PKDD, LNCS 9852, 674–689.
    """
    source, target, weight, largest = _events(graph)
    visits = _stream(source, target, weight, graph.n, damping, transition)
    total = visits.sum()
    return Raw(
        visits / total if total > 0 else visits,
        diagnostics={"events": len(source)},
        unit=NaturalUnit("one visit of a walk, of which an event starts 1 − damping", factor=total * largest),
    )


def _events(graph: InfluenceGraph) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], FloatArray, float]:
    """Return positions of source and target, and the weight, of events with a weight above 0, by time.

    Weights are in units of the largest, which comes last.
    """
    assert graph.log is not None
    if not graph.log.has_timestamps:
        raise DataError(
            "temporal_pagerank needs to know when each row happened, and this log has no timestamps. "
            "Name the column that holds them: read_interactions(…, columns={'timestamp': …})."
        )
    kinds = {kind: weight for kind, weight in graph.weighting.kinds.items() if weight > 0}
    source, target, weight, time, _ = located_rows(graph, kinds)
    kept = np.flatnonzero((target >= 0) & (source != target))
    kept = kept[np.argsort(time[kept], kind="stable")]
    weight = weight[kept]
    # Only ratios of weights matter; in units of the largest, sums near 1e300 don't overflow.
    largest = float(weight.max(initial=0.0))
    return source[kept], target[kept], weight / largest if len(weight) else weight, largest


@njit(cache=True)
def _stream(
    source: npt.NDArray[np.int64],
    target: npt.NDArray[np.int64],
    weight: FloatArray,
    n: int,
    damping: float,
    transition: float,
) -> FloatArray:
    r, s = np.zeros(n), np.zeros(n)
    for i in range(len(source)):
        u, v = source[i], target[i]
        new = (1.0 - damping) * weight[i]
        r[u] += new
        moving = damping * (s[u] + new)
        r[v] += moving
        s[u] = transition * (s[u] + new)
        s[v] += (1.0 - transition) * moving
    return r
