"""Influence–passivity against the iteration of the paper, pair by pair."""

import numpy as np
import pytest

from influence_graph import DataError, InfluenceGraph
from influence_graph.centrality import influence_passivity


def passivity_by_the_paper(reactions, posts, rounds=3000):
    """The paper's iteration over pairs (i, j): j reacted ``reactions[i, j]`` times to i's posts."""
    edges = reactions > 0
    f = reactions / np.maximum(posts, reactions.max(axis=1))[:, None]
    accept = np.divide(f, f.sum(axis=0), out=np.zeros_like(f), where=f.sum(axis=0) > 0)
    refused = np.where(edges, 1 - f, 0.0)
    total = refused.sum(axis=1, keepdims=True)
    reject = np.divide(refused, total, out=np.zeros_like(f), where=total > 0)
    influence = np.ones(len(posts))
    for _ in range(rounds):
        passive = reject.T @ influence
        influence = accept @ passive
        influence /= influence.sum()
    return influence, passive / passive.sum()


def test_influence_and_passivity_equal_the_paper_s_iteration(graph_of):
    rng = np.random.default_rng(0)
    people = [f"p{i}" for i in range(8)]
    posts = rng.integers(3, 9, 8)
    rows = [(people[i], None, "post", None) for i in range(8) for _ in range(posts[i])]
    reactions = rng.integers(0, 4, (8, 8)) * (1 - np.eye(8, dtype=int))
    for i, j in np.argwhere(reactions):
        rows += [(people[j], people[i], "retweet", None)] * int(reactions[i, j])
    graph = graph_of(rows)
    influence, passivity = passivity_by_the_paper(reactions.astype(float), posts)
    np.testing.assert_allclose(influence_passivity(graph).values, influence, atol=1e-8)
    np.testing.assert_allclose(influence_passivity(graph, role="passivity").values, passivity, atol=1e-8)


def test_no_influence_comes_back_along_a_chain(graph_of):
    rows = [(p, None, "post", None) for p in "aab"] + [("b", "a", "retweet", None)]
    graph = graph_of(rows)
    # b is passive to a only, and a alone moves b: all influence is a's.
    np.testing.assert_allclose(influence_passivity(graph).values, [1, 0])
    np.testing.assert_allclose(influence_passivity(graph, role="passivity").values, [0, 1])
    # Where b reacts to everything, nothing is let pass.
    graph = graph_of([("a", None, "post", None), ("b", "a", "retweet", None)])
    assert not influence_passivity(graph).values.any()


def test_fewer_posts_than_reactions_are_counted(graph_of):
    rows = [("a", None, "post", None), *[("b", "a", "retweet", None)] * 3, ("c", "a", "retweet", None)]
    result = influence_passivity(graph_of(rows))
    assert result.diagnostics["people_with_too_few_posts"] == 1
    with pytest.raises(DataError, match="needs posts"):
        influence_passivity(InfluenceGraph.from_scipy([[0, 1], [1, 0]]))


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_huge_and_tiny_weights(graph_of, unit):
    rng = np.random.default_rng(7)
    rows = [(str(v), None, "post", "art") for v in range(5) for _ in range(3)]
    rows += [
        (str(u), str(v), "reply", str(rng.choice(["art", "law"])))
        for u, v in (rng.choice(5, 2, replace=False) for _ in range(20))
    ]
    plain, extreme = graph_of(rows), graph_of(rows, kinds={"reply": unit}, other=0)
    assert np.isfinite(plain.adjacency.data).all()
    assert influence_passivity(extreme).values.sum() == pytest.approx(1)
