"""From weights by id to a probability distribution over the people of a graph."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError
from influence_graph.graph.graph import InfluenceGraph


def distribution(graph: InfluenceGraph, personalization: Mapping[int | str, float] | None) -> FloatArray:
    """Return the personalization as n probabilities; None: uniform.

    Examples
    --------
    >>> import polars as pl
    >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b"], "target": ["a"]}))
    >>> distribution(graph, None), distribution(graph, {"b": 3})
    (array([0.5, 0.5]), array([0., 1.]))
    """
    if personalization is None:
        return np.full(graph.n, 1.0 / max(graph.n, 1))
    teleport = np.zeros(graph.n)
    at, shares = scaled_weights(graph, personalization)
    teleport[at] = shares
    return teleport


def scaled_weights(
    graph: InfluenceGraph, personalization: Mapping[int | str, float]
) -> tuple[IntArray, FloatArray]:
    """Return the positions of the ids, and their weights scaled to sum to 1.

    Raises
    ------
    ConfigError
        If no weight is above 0, or their sum is not finite.
    DataError
        If an id is not in the graph.
    """
    at = graph.positions(personalization)
    shares = np.array(list(personalization.values()), dtype=np.float64)
    if shares.max(initial=0.0) > 0:
        shares = shares / shares.max()
    total = shares.sum()
    if not 0.0 < total < np.inf:
        raise ConfigError(
            f"The weights of personalization sum to {total:g}; give at least one person a weight above 0."
        )
    return at, shares / total
