"""Exact spread of small graphs, by summing over all live-edge graphs: a reference for the estimators."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np

from influence_graph import InfluenceGraph
from influence_graph.propagation.models import SIR, LinearThreshold, edge_probabilities

_MOST_WORLDS = 2**20


def exact_spread(graph, *, model):
    """Return the expected number of people a cascade from each person reaches, without sampling.

    Sums the reach over all live-edge graphs, each with its probability (Kempe, Kleinberg & Tardos
    2003, section 2): 2^m of them under independent cascade, Π(d + 1) under linear threshold.
    O(worlds · n³).
    """
    assert not isinstance(model, SIR), "SIR has no live-edge form with independent edges"
    p = edge_probabilities(graph, model)
    indptr, sources = graph.adjacency.indptr, graph.adjacency.indices
    rows = np.repeat(np.arange(graph.n), np.diff(indptr))
    if isinstance(model, LinearThreshold):
        choices = [
            [((), 1.0 - p[a:b].sum()), *(((e,), p[e]) for e in range(a, b))] for a, b in pairwise(indptr)
        ]
    else:
        choices = [[((), 1.0 - q), ((e,), q)] for e, q in enumerate(p)]
    worlds = float(np.prod([float(len(c)) for c in choices]))
    assert worlds <= _MOST_WORLDS, f"{worlds:.3g} live-edge graphs are too many"
    spread = np.zeros(graph.n)
    for world in product(*choices):
        chance = float(np.prod([c for _, c in world]))
        if chance == 0.0:
            continue
        live = [e for edges, _ in world for e in edges]
        reach = np.eye(graph.n, dtype=bool)
        reach[sources[live], rows[live]] = True
        for via in range(graph.n):
            reach |= reach[:, via : via + 1] & reach[via]
        spread += chance * reach.sum(axis=1)
    return spread


def small_graph(pairs, weights=None, ids=None):
    """Return the graph of the edges (u, v), u acted on v, of weight 1 or of these weights."""
    pairs = list(pairs)
    edges = {"source": [u for u, _ in pairs], "target": [v for _, v in pairs]}
    if weights is not None:
        edges["weight"] = list(weights)
    return InfluenceGraph.from_edges(edges, ids)
