"""Exact spread of small graphs, by going through every random world."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise, product
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import coo_array

from influence_graph.arrays import FloatArray
from influence_graph.errors import ConfigError, DataError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.weighting import Weighting
from influence_graph.propagation.models import SIR, LinearThreshold, Model, edge_probabilities

_MOST_WORLDS = 2**20


def exact_spread(graph: InfluenceGraph, *, model: Model) -> FloatArray:
    """Expected number of people a cascade from each person reaches, without sampling.

    Sums the reach over all live-edge graphs, each with its probability (Kempe, Kleinberg & Tardos
    2003, section 2): 2^m of them under independent cascade, Π(d + 1) under linear threshold. To check
    estimators with, and to teach.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges; at most 2²⁰ worlds.
    model : IndependentCascade or LinearThreshold
        What passes on.

    Returns
    -------
    ndarray of float64, shape (n,)
        σ(u) ≥ 1. O(worlds · n³).

    Examples
    --------
    >>> from influence_graph.propagation.models import IndependentCascade
    >>> chain = small_graph([("b", "a"), ("c", "b")])
    >>> exact_spread(chain, model=IndependentCascade(0.5)).tolist()  # 1 + p + p², 1 + p, 1
    [1.75, 1.5, 1.0]
    """
    if isinstance(model, SIR):
        raise ConfigError("SIR has no live-edge form with independent edges; simulate() it.")
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
    if worlds > _MOST_WORLDS:
        raise DataError(
            f"This graph has {worlds:.3g} random worlds, and at most {_MOST_WORLDS:,} are gone through. "
            "Use expected_spread, which samples."
        )
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


def small_graph(edges: Iterable[tuple[Any, Any]], weights: Iterable[float] | None = None) -> InfluenceGraph:
    """Return a graph of edges ``(u, v)``, u acted on v, for examples and checks.

    Examples
    --------
    >>> small_graph([("b", "a")]).adjacency.toarray().tolist()
    [[0.0, 0.0], [1.0, 0.0]]
    """
    pairs = list(edges)
    ids = pl.Series("id", sorted({person for pair in pairs for person in pair}))
    place = {person: i for i, person in enumerate(ids)}
    values = np.ones(len(pairs)) if weights is None else np.asarray(list(weights), dtype=np.float64)
    at = ([place[u] for u, _ in pairs], [place[v] for _, v in pairs])
    matrix = coo_array((values, at), shape=(len(ids), len(ids))).tocsr()
    matrix.sum_duplicates()
    return InfluenceGraph(ids, {}, matrix, pl.DataFrame({"id": ids}), Weighting({}))
