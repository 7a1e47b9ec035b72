"""Personalization: where a random walk starts, as a distribution over people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError
from influence_graph.graph.graph import InfluenceGraph


def start_distribution(
    graph: InfluenceGraph, personalization: Mapping[int | str, float] | None
) -> FloatArray:
    """Return the distribution p over people, shape (n,): uniform without a personalization.

    Raises
    ------
    ConfigError
        If no weight is above 0.
    DataError
        If an id is not in the graph.
    """
    if personalization is None:
        return np.full(graph.n, 1.0 / max(graph.n, 1))
    p = np.zeros(graph.n)
    at, shares = start_shares(graph, personalization)
    p[at] = shares
    return p


def start_shares(
    graph: InfluenceGraph, personalization: Mapping[int | str, float]
) -> tuple[IntArray, FloatArray]:
    """Return the positions of the ids of a personalization, and its weights scaled to sum to 1."""
    at = graph.positions(personalization)
    shares = np.array(list(personalization.values()), dtype=np.float64)
    # In units of the largest, as the sum of weights near 1e300 overflows.
    if shares.max(initial=0.0) > 0:
        shares = shares / shares.max()
    total = shares.sum()
    if not 0.0 < total < np.inf:
        raise ConfigError(
            f"The weights of personalization sum to {total:g}; give at least one person a weight above 0."
        )
    return at, shares / total


def equal_weights(
    seeds: int | str | Iterable[int | str] | Mapping[int | str, float],
) -> dict[int | str, float]:
    """Return the personalization of one id or several seeds; a mapping stays as it is."""
    if isinstance(seeds, Mapping):
        return dict(seeds)
    return dict.fromkeys([seeds] if isinstance(seeds, int | str | np.integer) else seeds, 1.0)
