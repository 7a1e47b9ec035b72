"""The parts of PageRank are those of dense algebra."""

import numpy as np
import polars as pl
import pytest

from influence_graph import InfluenceGraph, build_graph, explain, load_dataset, score
from influence_graph.explaining._explain import explain_people

WEIGHTS = {"retweet": 2.0, "reply": 0.5, "like": 1.0, "mention": 1.0, "follow": 0.3}


@pytest.fixture(scope="module")
def log():
    return load_dataset("synthetic", people=120, days=15, rng=3)


@pytest.fixture(scope="module")
def graph(log):
    return build_graph(log, kinds=WEIGHTS, half_life="4d", saturation="log")


def dense_pagerank_parts(graph, damping, p, q):
    """Return what started where by teleport and by the dangling mass, and ended where: two n×n arrays."""
    dense = graph.adjacency.toarray()
    total = dense.sum(axis=1, keepdims=True)
    walk = np.divide(dense, total, out=np.zeros_like(dense), where=total > 0)
    sinks = total[:, 0] == 0
    n = graph.n
    x = np.linalg.solve(np.eye(n) - damping * (walk + np.outer(sinks, q)).T, (1 - damping) * p)
    visits = np.linalg.inv(np.eye(n) - damping * walk)
    return (
        x,
        (1 - damping) * p[:, None] * visits,
        (damping * x[sinks].sum() * q)[:, None] * visits,
        damping * walk * x[:, None],
    )


@pytest.mark.parametrize("dangling", ["uniform", "personalization"])
@pytest.mark.parametrize("personal", [False, True])
def test_pagerank_parts_are_those_of_dense_algebra(graph, dangling, personal):
    n = graph.n
    p = np.full(n, 1 / n)
    options = {"dangling": dangling, "damping": 0.7}
    if personal:
        chosen = graph.ids[:5].to_list()
        p = np.where(np.arange(n) < 5, 0.2, 0.0)
        options["personalization"] = dict.fromkeys(chosen, 1.0)
    q = p if dangling == "personalization" else np.full(n, 1 / n)
    x, teleport, dangle, hop = dense_pagerank_parts(graph, 0.7, p, q)
    people = graph.ids.to_list()
    origins = explain_people(graph, people, by=("origin",), attribute_to=None, **options)
    hops = explain_people(graph, people, by=("reactor",), attribute_to=None, **options)
    for v in range(n):
        assert origins[v].raw == pytest.approx(x[v], rel=1e-10)
        for one, part, truth in (
            (origins[v], "teleport", teleport[:, v]),
            (origins[v], "dangling", dangle[:, v]),
            (hops[v], "reactions", hop[:, v]),
        ):
            found = one.decomposition.filter(part=part)
            told = np.zeros(n)
            told[graph.positions(found[one.by[0]])] = found["value"]
            np.testing.assert_allclose(told, truth, rtol=1e-9, atol=1e-11 * x[v])
        last = dict(
            hops[v].decomposition.filter(pl.col("part") != "reactions").select("part", "value").iter_rows()
        )
        assert last.get("teleport", 0.0) == pytest.approx((1 - 0.7) * p[v])
        assert last.get("dangling", 0.0) == pytest.approx(
            0.7 * x[np.diff(graph.adjacency.indptr) == 0].sum() * q[v]
        )


@pytest.mark.parametrize("by", ["reactor", "origin"])
def test_pagerank_whose_dangling_mass_stays_adds_up(by):
    edges = pl.DataFrame({"source": ["b", "c", "c"], "target": ["a", "a", "b"], "weight": [1.0, 2.0, 1.0]})
    graph = InfluenceGraph.from_edges(edges)
    raw = score(graph, dangling="self").raw
    for one, value in zip(
        explain_people(graph, ["a", "b", "c"], by=by, attribute_to=None, dangling="self"), raw, strict=True
    ):
        assert one.decomposition["value"].sum() == pytest.approx(value, rel=1e-9)


def test_someone_whom_no_mass_reaches_has_no_parts():
    edges = pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]})
    graph = InfluenceGraph.from_edges(edges)
    one = explain(graph, "c", by="origin", personalization={"b": 1}, dangling="personalization")
    assert (one.raw, one.score, one.decomposition.height) == (0.0, 1.0, 0)
