"""The edges of a graph in the direction of activity, laid out for cascades."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, Int32Array, IntArray
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.propagation.models import SIR, LinearThreshold, Model, edge_probabilities


class ForwardEdges(NamedTuple):
    """For each person v the people v may move, and with what chance.

    An edge is live in a run where 32 random bits are not above ``coin`` (chances rounded to a multiple of
    2⁻³²). ``hazard`` holds the running sums of −log(1 − p) in each row: over them the gaps between live
    edges are exponential. Under linear threshold it holds the weights instead, and ``coin`` is empty.
    """

    indptr: IntArray
    followers: Int32Array
    coin: npt.NDArray[np.uint32]
    hazard: FloatArray
    threshold: bool
    recovery: float


def forward_edges(graph: InfluenceGraph, model: Model) -> ForwardEdges:
    """Lay out the edges in the direction activity runs. O(m)."""
    p = edge_probabilities(graph, model)
    matrix = csr_array((p, graph.adjacency.indices, graph.adjacency.indptr), shape=graph.adjacency.shape)
    if (p == 0).any():
        matrix = matrix.copy()
        matrix.eliminate_zeros()
    forward = matrix.T.tocsr()
    forward.sort_indices()
    indptr = forward.indptr.astype(np.int64)
    followers = forward.indices.astype(np.int32)
    if isinstance(model, LinearThreshold):
        return ForwardEdges(indptr, followers, np.zeros(0, dtype=np.uint32), forward.data, True, 1.0)
    hazard = _hazard(indptr, forward.data)
    recovery = model.recovery if isinstance(model, SIR) else 1.0
    return ForwardEdges(indptr, followers, as_coin(forward.data), hazard, False, recovery)


def as_coin(p: FloatArray) -> npt.NDArray[np.uint32]:
    """Return the coins that show heads with these chances, which are above 0."""
    return np.asarray(np.maximum(np.rint(np.ldexp(p, 32)), 1.0) - 1.0).astype(np.uint32)


@njit(cache=True)
def _hazard(indptr: IntArray, p: FloatArray) -> FloatArray:
    sums = np.empty(len(p))
    for v in range(len(indptr) - 1):
        total = 0.0
        for e in range(indptr[v], indptr[v + 1]):
            # A gap is at most 53·log 2 = 36.8: none passes over an edge that is certain.
            total += -math.log1p(-p[e]) if p[e] < 1.0 else 64.0
            sums[e] = total
    return sums
