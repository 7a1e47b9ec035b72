"""Derived elasticities are those of expectations over Poisson reactions, by brute force."""

import numpy as np
import polars as pl
import pytest

from influence_graph import InfluenceGraph
from influence_graph.interventions._derived_elasticity import derived_elasticity

N = 40


def graph_of(counts):
    source, target = np.nonzero(counts)
    edges = pl.DataFrame({"source": source, "target": target, "weight": counts[source, target].astype(float)})
    return InfluenceGraph.from_edges(edges)


def value(method, counts):
    if method == "engagement":
        return counts[:, 0].sum()
    if method == "reactors":
        return (counts[:, 0] > 0).sum()
    given = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, given, out=np.zeros_like(counts, dtype=float), where=given > 0)
    return np.linalg.solve(np.eye(N) - 0.85 * share.T, np.ones(N))[0] - 1


@pytest.mark.parametrize("method", ["engagement", "reactors", "pagerank"])
def test_the_mean_of_what_is_derived_is_the_slope_of_the_mean(method):
    """Reactions to person 0 are Poisson with means times m; readers 1 to 19 are reacted to by nobody."""
    rng = np.random.default_rng(0)
    mean = rng.gamma(0.3, 1.0, (N, N)) * (1 - np.eye(N))
    mean[0], mean[20:], mean[:, 1:20] = 0.0, 0.0, 0.0
    ups, downs, derived, weights = [], [], [], []
    for _ in range(400):
        others = rng.poisson(mean)
        low = rng.poisson(mean[:, 0] * 0.9)
        high = low + rng.poisson(mean[:, 0] * 0.2)
        middle = others.copy()
        middle[:, 0] = rng.poisson(mean[:, 0])
        for found, column in ((downs, low), (ups, high)):
            counts = others.copy()
            counts[:, 0] = column
            found.append(value(method, counts))
        graph = graph_of(middle)
        who = np.flatnonzero(graph.ids.to_numpy() == 0)
        derived.append(derived_elasticity(method, graph, who, 0.0))
        weights.append(value(method, middle))
    slope = (np.mean(ups) - np.mean(downs)) / 0.2 / np.mean(weights)
    # Weighted by the values, since each is a derivative over its own value.
    ok = np.isfinite(derived)
    expected = np.average(np.array(derived)[ok], weights=np.array(weights)[ok])
    assert expected == pytest.approx(slope, rel=0.08)


def test_an_elasticity_of_reactions_per_post_carries_over():
    counts = np.zeros((N, N), dtype=int)
    counts[1:4, 0], counts[1, 2] = [1, 2, 1], 1
    graph = graph_of(counts)
    who = np.flatnonzero(graph.ids.to_numpy() == 0)
    for method in ("engagement", "reactors", "pagerank"):
        whole = derived_elasticity(method, graph, who, 0.0)
        assert derived_elasticity(method, graph, who, -0.4) == pytest.approx(0.6 * whole)
        assert derived_elasticity(method, graph, who, -1.0) == pytest.approx(0)
    assert derived_elasticity("reactors", graph, who, 0.0) == pytest.approx(2 / 3)
    assert derived_elasticity("engagement_rate", graph, who, -0.4) == -0.4
    assert np.isnan(derived_elasticity("hits", graph, who, 0.0))
    nobody = np.flatnonzero(graph.ids.to_numpy() == 3)
    assert np.isnan(derived_elasticity("reactors", graph, nobody, 0.0))
