"""Methods that read the log: influence–passivity, TwitterRank, temporal PageRank."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph import ConfigError, DataError, InfluenceGraph, build_graph, read_interactions
from influence_graph.centrality._influence_passivity import influence_passivity
from influence_graph.centrality._pagerank import pagerank
from influence_graph.centrality._temporal_pagerank import temporal_pagerank
from influence_graph.centrality._twitterrank import twitterrank

START = datetime(2024, 1, 1, tzinfo=UTC)


def graph_of(rows, **options):
    """Graph of rows (source, target, kind, topic), one a minute."""
    frame = pl.DataFrame(
        rows,
        schema={"source": pl.String, "target": pl.String, "kind": pl.String, "topic": pl.String},
        orient="row",
    ).with_columns(timestamp=pl.Series([START + timedelta(minutes=i) for i in range(len(rows))]))
    return build_graph(read_interactions(frame), **options)


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


def test_influence_and_passivity_equal_the_paper_s_iteration():
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


def test_no_influence_comes_back_along_a_chain():
    rows = [(p, None, "post", None) for p in "aab"] + [("b", "a", "retweet", None)]
    graph = graph_of(rows)
    # b is passive to a only, and a alone moves b: all influence is a's.
    np.testing.assert_allclose(influence_passivity(graph).values, [1, 0])
    np.testing.assert_allclose(influence_passivity(graph, role="passivity").values, [0, 1])
    # Where b reacts to everything, nothing is let pass.
    graph = graph_of([("a", None, "post", None), ("b", "a", "retweet", None)])
    assert not influence_passivity(graph).values.any()


def test_fewer_posts_than_reactions_are_counted():
    rows = [("a", None, "post", None), *[("b", "a", "retweet", None)] * 3, ("c", "a", "retweet", None)]
    result = influence_passivity(graph_of(rows))
    assert result.diagnostics["people_with_too_few_posts"] == 1
    with pytest.raises(DataError, match="needs posts"):
        influence_passivity(InfluenceGraph.from_scipy([[0, 1], [1, 0]]))


def twitterrank_densely(adjacency, counts, damping, weights):
    written = counts.sum(axis=1)
    mixture = np.divide(counts, written[:, None], out=np.zeros_like(counts), where=written[:, None] > 0)
    edges = adjacency > 0
    total = (edges * written).sum(axis=1, keepdims=True)
    chance = np.divide(edges * written, total, out=np.zeros(edges.shape), where=total > 0)
    rank = np.zeros(len(written))
    for t, weight in enumerate(weights):
        similar = 1 - np.abs(mixture[:, t][:, None] - mixture[:, t])
        start = mixture[:, t] / mixture[:, t].sum()
        system = np.eye(len(written)) - damping * (chance * similar).T
        rank += weight * np.linalg.solve(system, (1 - damping) * start)
    return rank / rank.sum()


def test_twitterrank_equals_dense_algebra():
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


def temporal_by_definition(events, n, damping, transition):
    """All temporal walks, one by one: the sum of the chances of each that is a suffix's start."""
    r, s = np.zeros(n), np.zeros(n)
    for u, v in events:
        r[u] += 1 - damping
        s[u] += 1 - damping
        r[v] += s[u] * damping
        s[v] += s[u] * (1 - transition) * damping
        s[u] *= transition
    return r / r.sum()


def test_temporal_worked_by_hand():
    # a → b, then b → c: the walk a → b → c is in time. The other way round it is not.
    d = 0.85
    forward = temporal_pagerank(graph_of([("a", "b", "x", None), ("b", "c", "x", None)])).values
    r = np.array([1 - d, d * (1 - d) + (1 - d), d * (d * (1 - d) + (1 - d))])
    np.testing.assert_allclose(forward, r / r.sum())
    backward = temporal_pagerank(graph_of([("b", "c", "x", None), ("a", "b", "x", None)])).values
    r = np.array([1 - d, (1 - d) + d * (1 - d), d * (1 - d)])
    np.testing.assert_allclose(backward, r / r.sum())


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda e: e[0] != e[1]), min_size=1),
    st.sampled_from([0.0, 0.4]),
)
def test_temporal_equals_the_algorithm(events, transition):
    rows = [(str(u), str(v), "x", None) for u, v in events]
    graph = graph_of(rows)
    place = {person: i for i, person in enumerate(graph.ids)}
    placed = [(place[str(u)], place[str(v)]) for u, v in events]
    wanted = temporal_by_definition(placed, graph.n, 0.85, transition)
    np.testing.assert_allclose(temporal_pagerank(graph, transition=transition).values, wanted, rtol=1e-12)


def test_temporal_tends_to_pagerank_of_the_distribution_events_come_from():
    rng = np.random.default_rng(5)
    chance = rng.random((5, 5)) * (1 - np.eye(5))
    chance /= chance.sum()
    drawn = rng.choice(25, 40_000, p=chance.ravel())
    graph = graph_of([(str(e // 5), str(e % 5), "x", None) for e in drawn])
    start = {str(v): share for v, share in enumerate(chance.sum(axis=1))}
    static = pagerank(InfluenceGraph.from_scipy(chance, ids=list("01234")), personalization=start).values
    np.testing.assert_allclose(temporal_pagerank(graph).values, static, atol=0.005)


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_huge_and_tiny_weights_in_a_log(unit):
    rng = np.random.default_rng(7)
    rows = [(str(v), None, "post", "art") for v in range(5) for _ in range(3)]
    rows += [
        (str(u), str(v), "reply", str(rng.choice(["art", "law"])))
        for u, v in (rng.choice(5, 2, replace=False) for _ in range(20))
    ]
    plain, extreme = graph_of(rows), graph_of(rows, kinds={"reply": unit}, other=0)
    for method in (twitterrank, temporal_pagerank):
        np.testing.assert_allclose(method(extreme).values, method(plain).values, rtol=1e-9)
    assert np.isfinite(influence_passivity(extreme).values).all()
    assert influence_passivity(extreme).values.sum() == pytest.approx(1)
