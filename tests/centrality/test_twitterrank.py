"""TwitterRank against dense algebra."""

import numpy as np
import pytest

from influence_graph import ConfigError
from influence_graph.centrality import twitterrank


def twitterrank_densely(adjacency, counts, damping, weights):
    written = counts.sum(axis=1)
    mixture = np.divide(counts, written[:, None], out=np.zeros_like(counts), where=written[:, None] > 0)
    edges = adjacency > 0
    total = (edges * written).sum(axis=1, keepdims=True)
    chance = np.divide(edges * written, total, out=np.zeros(edges.shape), where=total > 0)
    rank = np.zeros(len(written))
    for t, weight in enumerate(weights):
        similar = 1 - np.abs(mixture[:, t][:, None] - mixture[:, t])
        start = counts[:, t] / counts[:, t].sum()
        system = np.eye(len(written)) - damping * (chance * similar).T
        rank += weight * np.linalg.solve(system, (1 - damping) * start)
    return rank / rank.sum()


def test_twitterrank_equals_dense_algebra(graph_of):
    rng = np.random.default_rng(3)
    rows = []
    for _ in range(60):
        u, v = rng.choice(7, 2, replace=False)
        rows.append((f"p{u}", f"p{v}", "reply", rng.choice(["art", "law", "war"])))
    graph = graph_of(rows)
    counts = np.zeros((graph.n, 3))
    place = {person: i for i, person in enumerate(graph.ids)}
    for source, target, _, topic in rows:
        for person in (source, target):
            counts[place[person], ["art", "law", "war"].index(topic)] += 1
    dense = graph.adjacency.toarray()
    shares = counts.sum(axis=0) / counts.sum()
    ours = twitterrank(graph, tol=1e-13).values
    np.testing.assert_allclose(ours, twitterrank_densely(dense, counts, 0.85, shares), atol=1e-10)
    ours = twitterrank(graph, topic="law", tol=1e-13).values
    np.testing.assert_allclose(ours, twitterrank_densely(dense, counts, 0.85, [0, 1, 0]), atol=1e-10)
    with pytest.raises(ConfigError, match="Did you mean 'law'"):
        twitterrank(graph, topic="laws")


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_huge_and_tiny_weights(graph_of, unit):
    rng = np.random.default_rng(7)
    rows = [(str(v), None, "post", "art") for v in range(5) for _ in range(3)]
    rows += [
        (str(u), str(v), "reply", str(rng.choice(["art", "law"])))
        for u, v in (rng.choice(5, 2, replace=False) for _ in range(20))
    ]
    plain, extreme = graph_of(rows), graph_of(rows, kinds={"reply": unit}, other=0)
    np.testing.assert_allclose(twitterrank(extreme).values, twitterrank(plain).values, rtol=1e-9)
