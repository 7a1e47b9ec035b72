"""Many seeds at once, local push and TrustRank against igraph and PageRank one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array

from influence_graph import ConfigError, ConvergenceError, DataError, InfluenceGraph
from influence_graph.centrality import personalized_top_k as local_push
from influence_graph.centrality._pagerank import pagerank, personalized_pagerank, trustrank
from influence_graph.centrality.personalized_top_k import personalized_pagerank_top


@given(st.data())
def test_columns_equal_igraph(matrices, as_igraph, data):
    matrix = data.draw(matrices())
    n = matrix.shape[0]
    graph = InfluenceGraph.from_scipy(matrix)
    together = personalized_pagerank(graph, list(range(n)), tol=1e-12)
    peer = as_igraph(matrix)
    for seed in range(n):
        # igraph spreads the mass of dangling people over all; give them an edge back to the seed.
        looped = matrix.tolil()
        for v in np.flatnonzero(np.diff(matrix.indptr) == 0):
            looped[v, seed] = 1.0
        other = as_igraph(looped.tocsr()).personalized_pagerank(reset_vertices=[seed], weights="weight")
        np.testing.assert_allclose(together[:, seed], other, atol=1e-8)
    assert peer.vcount() == n


def test_more_than_a_sweep_of_columns_on_a_large_graph():
    rng = np.random.default_rng(0)
    n = 20_000
    dense = rng.integers(0, n, (2, 16 * n))
    graph = InfluenceGraph.from_scipy(coo_array((rng.random(16 * n), dense), shape=(n, n)))
    assert len(graph.traversal.incoming.cuts) > 3
    seeds = [{0: 1.0, 5: 3.0}, [1, 2], *range(18)]
    together = personalized_pagerank(graph, seeds)
    np.testing.assert_allclose(together.sum(axis=0), 1.0)
    alone = pagerank(graph, personalization={0: 1.0, 5: 3.0}, dangling="personalization").values
    assert np.abs(together[:, 0] - alone).sum() < 1e-8
    alone = pagerank(graph, personalization={17: 2.0}, dangling="personalization").values
    assert np.abs(together[:, 19] - alone).sum() < 1e-8


@given(st.data(), st.integers(1, 5), st.sampled_from([0.3, 0.85, 0.95]), st.sampled_from([-1, 5, 1 << 16]))
def test_push_brackets_the_truth_and_finds_the_top(matrices, data, k, damping, budget):
    with pytest.MonkeyPatch.context() as patch:
        # With little or no budget, what is not found by then is computed from all edges.
        patch.setattr(local_push, "_budget", lambda graph: budget)
        check_top(matrices, data, k, damping)


def check_top(matrices, data, k, damping):
    matrix = data.draw(matrices())
    graph = InfluenceGraph.from_scipy(matrix)
    seed = data.draw(st.integers(0, graph.n - 1))
    exact = personalized_pagerank(graph, [seed], damping=damping, tol=1e-13)[:, 0]
    found = personalized_pagerank_top(graph, seed, k, damping=damping)
    ids = found.frame["id"].to_numpy()
    assert (exact[ids] >= found.frame["low"].to_numpy() - 1e-11).all()
    assert (exact[ids] <= found.frame["high"].to_numpy() + 1e-11).all()
    if found.certain and len(ids):
        others = np.delete(exact, ids)
        assert exact[ids].min() >= others.max(initial=0.0) - 1e-11


def test_push_touches_little():
    rng = np.random.default_rng(1)
    n = 50_000
    ring = np.arange(n)
    ends = np.concatenate([ring, ring]), np.concatenate([(ring + 1) % n, (ring + 2) % n])
    graph = InfluenceGraph.from_scipy(coo_array((rng.random(2 * n) + 0.5, ends), shape=(n, n)))
    found = personalized_pagerank_top(graph, 7, 5)
    assert found.certain
    assert found.touched < 500
    exact = personalized_pagerank(graph, [7])[:, 0]
    assert set(found.frame["id"]) == set(np.argsort(-exact)[:5])


def test_pushing_from_a_hub_ends_in_sweeps():
    rng = np.random.default_rng(2)
    n, m = 20_000, 200_000
    # Half of all acts are of or on the first few, so that every push goes nearly everywhere.
    ends = np.floor(n * rng.random((2, m)) ** 6).astype(np.int64)
    graph = InfluenceGraph.from_scipy(coo_array((np.ones(m), ends), shape=(n, n)).tocsr())
    found = personalized_pagerank_top(graph, 0, 10, tol=1e-9)
    assert found.touched == graph.n
    exact = personalized_pagerank(graph, [0], tol=1e-12)[:, 0]
    assert set(found.frame["id"]) == set(np.argsort(-exact)[:10].tolist())
    assert found.certain


def test_trust_stays_with_what_seeds_reach():
    # 0 → 1 → 2, and a farm of 3, 4 that acts on 5 and on 2's neighbour 0.
    dense = np.zeros((6, 6))
    dense[0, 1] = dense[1, 2] = dense[3, 5] = dense[4, 5] = dense[5, 0] = 1
    values = trustrank(InfluenceGraph.from_scipy(dense), seeds=(0,)).values
    np.testing.assert_allclose(values[3:], 0.0)
    np.testing.assert_allclose(values[1:3] / values[0], [0.85, 0.85**2])


def test_columns_that_do_not_converge_are_an_error():
    rng = np.random.default_rng(2)
    graph = InfluenceGraph.from_scipy(rng.random((40, 40)) * (1 - np.eye(40)))
    with pytest.raises(ConvergenceError, match="max_iterations"):
        personalized_pagerank(graph, [0, 1], max_iterations=2)


@pytest.mark.parametrize("damping", [0.0, 0.5, 0.99])
def test_swinging_chains_and_slow_modes_converge(damping):
    # Two pairs that act on each other all but only, and a ring of two.
    dense = np.zeros((7, 7))
    dense[0, 1] = dense[1, 0] = dense[2, 3] = dense[3, 2] = dense[4, 5] = dense[5, 4] = 1
    dense[0, 2] = dense[3, 1] = 1e-3
    dense[5, 6] = 1e-3
    total = dense.sum(axis=1, keepdims=True)
    p = np.divide(dense, total, out=np.zeros_like(dense), where=total > 0)
    exact = np.linalg.inv(np.eye(7) - damping * p.T)
    found = personalized_pagerank(
        InfluenceGraph.from_scipy(dense), list(range(7)), damping=damping, max_iterations=5_000
    )
    np.testing.assert_allclose(found, exact / exact.sum(axis=0), atol=1e-8)


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_huge_and_tiny_weights(unit):
    dense = np.array([[0, 1, 2, 0], [3, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 0.0]])
    plain, extreme = InfluenceGraph.from_scipy(dense), InfluenceGraph.from_scipy(dense * unit)
    np.testing.assert_allclose(
        personalized_pagerank(extreme, [0, 1]), personalized_pagerank(plain, [0, 1]), rtol=1e-12
    )
    found, wanted = (personalized_pagerank_top(graph, 0, 3).frame for graph in (extreme, plain))
    assert found["id"].to_list() == wanted["id"].to_list()


def test_one_person_no_edges_and_nobody():
    from scipy.sparse import csr_array

    assert personalized_pagerank(InfluenceGraph.from_scipy(csr_array((1, 1))), [0]).tolist() == [[1.0]]
    alone = InfluenceGraph.from_scipy(csr_array((3, 3)))
    assert personalized_pagerank(alone, [2, 0]).tolist() == [[0, 1], [0, 0], [1, 0]]
    assert personalized_pagerank_top(alone, 2, 2).frame["id"].to_list() == [2]
    assert personalized_pagerank(InfluenceGraph.from_scipy(csr_array((0, 0))), []).shape == (0, 0)


def test_hostile_input():
    graph = InfluenceGraph.from_scipy([[0, 1], [1, 0]])
    with pytest.raises(DataError, match="9 is not among"):
        personalized_pagerank(graph, [0, 9])
    with pytest.raises(ConfigError, match="damping"):
        personalized_pagerank(graph, [0], damping=1.5)
    with pytest.raises(ConfigError, match="at least 1"):
        personalized_pagerank_top(graph, 0, 0)
    with pytest.raises(ConfigError, match="at least one person"):
        trustrank(graph, seeds=())
    assert personalized_pagerank(graph, []).shape == (2, 0)
