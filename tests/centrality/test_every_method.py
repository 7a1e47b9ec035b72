"""What holds for all rank methods: orientation, relabelling, extremes, the same bits on any threads."""

from contextlib import suppress

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array

from influence_graph import ConvergenceError, InfluenceGraph, personalized_pagerank
from influence_graph.methods import get_method

PLAIN = [
    ("pagerank", {}),
    ("pagerank", {"dangling": "self"}),
    ("hits", {}),
    ("hits", {"role": "hub"}),
    ("salsa", {}),
    ("salsa", {"role": "hub"}),
    ("katz", {}),
    ("eigenvector", {}),
    ("leaderrank", {}),
    ("leaderrank", {"alpha": 1.0}),
    ("coreness", {}),
    ("coreness", {"degree": "all", "weighted": True}),
    ("h_index", {}),
    ("local_h_index", {}),
    ("collective_influence", {}),
    ("voterank", {}),
    ("betweenness", {}),
    ("closeness", {}),
    ("hitting_time", {"walks": 20_000, "rng": 3}),
]
SEEDED = [("trustrank", {"seeds": (0,)}), ("truetop", {"seeds": (0,)})]
SAMPLED = {"hitting_time"}
names = pytest.mark.parametrize(
    ("name", "options"),
    PLAIN + SEEDED,
    ids=[f"{name}-{'-'.join(map(str, options.values()))}" for name, options in PLAIN + SEEDED],
)


def values(name, graph, options):
    result = get_method(name).function(graph, **options)
    assert result.values.shape == (graph.n,)
    assert result.values.dtype == np.float64
    assert np.isfinite(result.values).all()
    assert (result.values >= 0).all()
    return result.values


@names
def test_influence_runs_against_attention(name, options):
    # 1 acts on 2 and 3, who act on 0; 3 also on 2; 0 on 1: 0 gets most attention.
    dense = np.zeros((6, 6))
    for u, v in ((1, 2), (1, 3), (2, 0), (3, 0), (3, 2), (0, 1), (4, 0), (5, 0)):
        dense[u, v] = 1
    if name == "collective_influence":
        options = {"distance": 1}
    if name == "truetop":
        options = {"seeds": (4,), "max_iterations": 1}
    forward = values(name, InfluenceGraph.from_scipy(dense), options)
    backward = values(name, InfluenceGraph.from_scipy(dense.T), options)
    if options.get("role") == "hub":
        forward, backward = backward, forward
    if name != "betweenness" and options.get("degree") != "all":
        assert forward[0] == forward.max()
        assert not np.allclose(forward, backward)
        assert forward[0] >= backward[0] or name in {"trustrank", "truetop"}
    else:
        np.testing.assert_allclose(forward, backward)


@names
@settings(max_examples=15)
@given(data=st.data())
def test_relabelling_permutes(matrices, name, options, data):
    matrix = data.draw(matrices(smallest=0.5, heaviest=2))
    order = np.array(data.draw(st.permutations(range(matrix.shape[0]))))
    permuted = {**options}
    if "seeds" in options:
        permuted["seeds"] = (int(np.flatnonzero(order == 0)[0]),)
    first = InfluenceGraph.from_scipy(matrix)
    second = InfluenceGraph.from_scipy(matrix[order][:, order])
    try:
        one, other = values(name, first, options), values(name, second, permuted)
    except ConvergenceError:
        return
    if name == "voterank":
        # Ties go by id; the number elected does not.
        assert (one > 0).any() == (other > 0).any()
    elif name in {"eigenvector", "hits"}:
        # Nearly equal eigenvalues leave the vector uncertain by residual over gap.
        dense = matrix.toarray()
        spectrum = np.sort(np.abs(np.linalg.eigvals(dense if name == "eigenvector" else dense.T @ dense)))
        if len(spectrum) == 1 or spectrum[-2] < 0.9 * spectrum[-1]:
            np.testing.assert_allclose(other, one[order], atol=1e-6)
    else:
        atol = 0.03 if name in SAMPLED else 1e-8
        np.testing.assert_allclose(other, one[order], atol=atol, rtol=1e-6)


@names
def test_one_person_no_edges_and_parts(name, options):
    alone = values(name, InfluenceGraph.from_scipy(csr_array((1, 1))), options)
    assert alone.shape == (1,)
    nothing = values(name, InfluenceGraph.from_scipy(csr_array((4, 4))), options)
    if "seeds" not in options and name not in SAMPLED:
        assert (nothing == nothing[0]).all()
    apart = np.zeros((7, 7))
    apart[0, 1] = apart[1, 0] = apart[2, 3] = apart[3, 4] = apart[4, 2] = 1
    values(name, InfluenceGraph.from_scipy(apart), options)


@pytest.mark.parametrize(("name", "options"), PLAIN)
def test_nobody_at_all(name, options):
    assert values(name, InfluenceGraph.from_scipy(csr_array((0, 0))), options).shape == (0,)


@names
def test_a_weight_of_0_is_no_edge(name, options):
    ends = np.array([0, 1, 2, 3, 0]), np.array([1, 2, 0, 0, 3])
    stored = csr_array((np.array([1.0, 2.0, 1.0, 1.0, 0.0]), ends), shape=(4, 4))
    without = csr_array((np.array([1.0, 2.0, 1.0, 1.0]), (ends[0][:4], ends[1][:4])), shape=(4, 4))
    found, wanted = (values(name, InfluenceGraph.from_scipy(matrix), options) for matrix in (stored, without))
    np.testing.assert_array_equal(found, wanted)


@names
def test_nobody_has_less_than_an_isolated_person(name, options):
    # 3 acts on 0 and has no in-edges, 4 is in-edge only (dangling), 5 is alone.
    dense = np.zeros((6, 6))
    dense[0, 1] = dense[1, 2] = dense[2, 0] = dense[3, 0] = dense[0, 4] = 1
    found = values(name, InfluenceGraph.from_scipy(dense), options)
    if options.get("dangling") == "self":
        # Mass stays where there is no way on: with the isolated person all that the teleport brings.
        assert found[5] == pytest.approx(1 / 6)
        return
    assert found[5] <= found.min() + (0.01 if name in SAMPLED else 1e-12)


@names
def test_huge_and_tiny_weights(name, options):
    dense = np.array([[0, 1, 2, 0], [3, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 0.0]])
    plain = values(name, InfluenceGraph.from_scipy(dense), options)
    for unit in (1e-300, 1e300):
        extreme = values(name, InfluenceGraph.from_scipy(dense * unit), options)
        if name == "coreness" and options.get("weighted"):
            extreme = extreme / np.sqrt(unit)
        np.testing.assert_allclose(extreme, plain, rtol=1e-7)
    mixed = dense.copy()
    mixed[0, 1], mixed[1, 0], mixed[2, 3] = 1e300, 1e-300, 1e-300
    with suppress(ConvergenceError):
        values(name, InfluenceGraph.from_scipy(mixed), options)


@pytest.fixture(scope="module")
def large():
    rng = np.random.default_rng(0)
    n, m = 6_000, 300_000
    ends = (rng.pareto(1.2, (2, m)) * 40).astype(int) % n
    return InfluenceGraph.from_scipy(coo_array((rng.random(m) + 0.01, ends), shape=(n, n)))


def test_many_columns_have_the_same_bits_for_one_thread_and_two(large):
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("this machine gives numba one thread only")
    results, before = [], numba.get_num_threads()
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            fresh = InfluenceGraph.from_scipy(large.adjacency)
            results.append(personalized_pagerank(fresh, [0, [1, 2], *range(3, 20)]).tobytes())
    finally:
        numba.set_num_threads(before)
    assert results[0] == results[1]


@names
def test_the_same_bits_for_one_thread_and_two(large, name, options):
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("this machine gives numba one thread only")
    if name in {"betweenness", "closeness"}:
        options = {**options, "pivots": 12, "rng": 0}
    if name == "collective_influence":
        options = {"distance": 1}
    results = []
    before = numba.get_num_threads()
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            fresh = InfluenceGraph.from_scipy(large.adjacency)
            results.append(values(name, fresh, options).tobytes())
    finally:
        numba.set_num_threads(before)
    assert results[0] == results[1]
