r"""How PageRank falls into parts, by linearity.

With x = d·Pᵀx + d·D·q + (1 − d)·p (see :func:`influence_graph.centrality._pagerank.pagerank`):

*Last hop*: x(v) = Σ_u d·P(u, v)·x(u) + d·D·q(v) + (1 − d)·p(v): what each u handed to v, the dangling
mass that falls on v, and the teleport to v.

*Origin*: x(v) = Σ_u [(1 − d)·p(u) + d·D·q(u)]·g(u), where g = (I − d·P)⁻¹·e(v) is the expected number of
visits to v of a reader who starts at u and stops when it stops following edges. One solution of the
transposed system gives every origin's part at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray
from influence_graph.centrality.personalization import start_distribution
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.linalg.residual_push import solve_locally
from influence_graph.linalg.row_shares import transition_shares
from influence_graph.methods.decomposition import Contributions, Decomposer, Decomposition

#: Relative accuracy of every single value: parts add up to 1e-9 of the value also for people whose share
#: is a millionth of the L1 norm that ``tol`` bounds.
ACCURACY = 1e-12


@dataclass(frozen=True, eq=False)
class _System:
    """PageRank solved to ``ACCURACY``, and its terms."""

    graph: InfluenceGraph
    damping: float
    #: d·P(u, v) by out-edge, and by in-edge.
    out: FloatArray
    into: FloatArray
    x: FloatArray
    #: What starts at each person: by teleport (1 − d)·p, by the dangling mass d·D·q.
    teleport: FloatArray
    dangling: FloatArray
    #: What the mass of a person without out-edges is multiplied by where it stays.
    stay: FloatArray


def pagerank_decomposer(graph: InfluenceGraph, raw: FloatArray, parameters: Mapping[str, Any]) -> Decomposer:
    """Return how PageRank with these parameters falls into parts, by last hop and by origin."""
    system = _solve(graph, raw, parameters)
    return Decomposer(system.x, partial(_last_hop, system), parts=partial(_origins, system))


#: Declared by ``pagerank``.
pagerank_decomposition = Decomposition(
    pagerank_decomposer, alone=("origin",), note="by who passed it on in the last step"
)


def _solve(graph: InfluenceGraph, raw: FloatArray, parameters: Mapping[str, Any]) -> _System:
    d, where = parameters["damping"], parameters["dangling"]
    n, adjacency = graph.n, graph.adjacency
    out = d * transition_shares(adjacency)
    # The k-th in-edge in the order of in_edges is this out-edge: a stable sort by target.
    into = out[np.argsort(adjacency.indices, kind="stable")]
    p = start_distribution(graph, parameters["personalization"])
    q = np.full(n, 1.0 / n) if where == "uniform" else p
    sinks = np.diff(adjacency.indptr) == 0
    stay = np.where(sinks & (where == "self"), 1.0 / (1.0 - d), 1.0)

    def visits(start: FloatArray, guess: FloatArray) -> FloatArray:
        solve_locally(adjacency.indptr, adjacency.indices, out, start, guess, relative=ACCURACY)
        return guess

    y = visits(p, raw / stay)
    if where == "self":
        teleport, dangling = (1.0 - d) * p, np.zeros(n)
        return _System(graph, d, out, into, (1.0 - d) * y * stay, teleport, dangling, stay)
    z = y if q is p or (q == p).all() else visits(q, raw.copy())
    # D = (1 − d)·a + d·D·b, with a and b what y(p) and y(q) leave on people without out-edges.
    mass = (1.0 - d) * y[sinks].sum() / (1.0 - d * z[sinks].sum())
    x = (1.0 - d) * y + d * mass * z
    return _System(graph, d, out, into, x, (1.0 - d) * p, d * mass * q, stay)


def _last_hop(system: _System, v: int) -> Contributions:
    edges = system.graph.in_edges
    row = slice(edges.indptr[v], edges.indptr[v + 1])
    source = edges.indices[row].astype(np.int64)
    value = system.into[row] * system.x[source]
    stays = float(system.x[v]) * (1.0 - 1.0 / float(system.stay[v]))
    others = {"teleport": float(system.teleport[v]), "dangling": float(system.dangling[v]) + stays}
    return Contributions(source, value, others)


def _origins(system: _System, v: int) -> pl.DataFrame:
    """Return the mass at v by where it started; dangling mass that stays counts with its origin."""
    n, ids = system.graph.n, system.graph.ids
    if system.x[v] == 0.0:
        return pl.DataFrame(schema={"part": pl.String, "origin": ids.dtype, "value": pl.Float64})
    start = np.zeros(n)
    start[v] = 1.0
    edges = system.graph.in_edges
    begins = system.teleport + system.dangling
    # A residual of at most ``bound`` for each person adds at most Σ begins · bound/(1 − d) to x(v).
    bound = ACCURACY * float(system.x[v]) * (1.0 - system.damping) / float(begins.sum())
    g = np.zeros(n)
    # Transposed: the in-edges of v are where mass at v came from.
    solve_locally(edges.indptr, edges.indices, system.into, start, g, absolute=bound)
    g *= system.stay[v]
    found = [
        pl.DataFrame(
            {
                "part": pl.repeat(part, len(at), eager=True),
                "origin": ids.gather(at),
                "value": mass[at] * g[at],
            }
        )
        for part, mass in (("teleport", system.teleport), ("dangling", system.dangling))
        for at in [np.flatnonzero((g > 0) & (mass > 0))]
    ]
    return pl.concat(found)
