"""What holds for every method: finite values, relabelling, order of rows, extremes, threads.

One table gives every method its parameters. A method that is not in it fails here.
"""

from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points

import numba
import numpy as np
import polars as pl
import pytest
from scipy.sparse import coo_array, csr_array

from influence_graph import InfluenceGraph, InfluenceGraphError, build_graph, read_interactions
from influence_graph.methods import get_method

#: Parameters by method. "seeds" are people's names below.
PARAMETERS = {
    "activity": {},
    "audience_influence": {},
    "betweenness": {"pivots": 40},
    "closeness": {"pivots": 40},
    "collective_influence": {},
    "coreness": {"weighted": True, "degree": "all"},
    "credit_distribution": {},
    "eigenvector": {},
    "engagement": {},
    "engagement_rate": {},
    "expected_spread": {"samples": 50_000},
    "followers": {},
    "growth": {},
    "h_index": {},
    "hits": {},
    "hitting_time": {"walks": 200_000},
    "influence_passivity": {},
    "katz": {},
    "last_reaction": {},
    "leaderrank": {},
    "local_h_index": {},
    "multinetwork": {},
    "pagerank": {},
    "posts": {},
    "random": {},
    "reactors": {},
    "received": {},
    "recency": {},
    "reciprocity": {},
    "salsa": {},
    "temporal_pagerank": {},
    "temporal_reachability": {},
    "truetop": {"seeds": ("p3",)},
    "trustrank": {"seeds": ("p3",)},
    "twitterrank": {},
    "viral_centrality": {},
    "voterank": {},
}
#: Sampled values: the tolerance that relabelling leaves, in shares of the largest value.
SAMPLED = {"hitting_time": 0.02, "expected_spread": 0.03}
#: Ties go by id, or values have nothing to do with the graph.
NOT_EQUIVARIANT = {"random", "voterank"}
#: Rank methods in which the target of attention has the largest value.
ORIENTED = {
    "closeness": {},
    "collective_influence": {"distance": 1},
    "coreness": {},
    "eigenvector": {},
    "h_index": {},
    "hits": {},
    "hitting_time": {"walks": 20_000},
    "katz": {},
    "leaderrank": {},
    "local_h_index": {},
    "pagerank": {},
    "salsa": {},
    "trustrank": {"seeds": (4,)},
    "truetop": {"seeds": (4,), "max_iterations": 1},
    "voterank": {},
}
#: As announced, without those that other tests register.
ANNOUNCED = sorted(
    entry.name
    for entry in entry_points(group="influence_graph.methods")
    if entry.value.startswith("influence_graph.")
)
every_method = pytest.mark.parametrize("name", ANNOUNCED)


def rows_of(seed=3, people=25, events=260):
    """A log with events, posts, follows, topics, items and two networks; no two rows at one moment."""
    rng, start, rows = np.random.default_rng(seed), datetime(2024, 1, 1, tzinfo=UTC), []
    for j in range(2 * people):
        rows.append((f"p{j % people}", None, "post", "x", "art", f"post{j}", None, len(rows)))
    for i in range(events):
        u, v = rng.choice(people, 2, replace=False)
        kind = str(rng.choice(["retweet", "reply", "like", "follow"]))
        parent = None if kind == "follow" else f"post{v + people * rng.integers(0, 2)}"
        topic = str(rng.choice(["art", "law"]))
        rows.append((f"p{u}", f"p{v}", kind, "xy"[i % 2], topic, f"item{i}", parent, len(rows)))
    schema = ["source", "target", "kind", "network", "topic", "item", "parent", "at"]
    frame = pl.DataFrame(rows, schema=schema, orient="row", infer_schema_length=None)
    return frame.with_columns(
        timestamp=pl.Series([start + timedelta(minutes=at) for at in frame["at"]])
    ).drop("at")


def graph_of(frame, **options):
    return build_graph(read_interactions(frame), **options)


def result(name, graph, **more):
    entry = get_method(name)
    assert name in PARAMETERS, f"{name} is a new method: add its parameters to the table of this file"
    options = {**PARAMETERS[name], **more}
    if entry.samples:
        options["rng"] = 1
    found = entry.function(graph, **options)
    assert found.values.shape == (graph.n,)
    assert found.values.dtype == np.float64
    assert np.isfinite(found.values).all()
    assert (found.values >= 0).all()
    if found.low is not None:
        assert (found.low <= found.high).all()
    return found.values


def values_or_one_clear_error(name, graph, **more):
    """A method gives values, or says in words what it lacks."""
    try:
        result(name, graph, **more)
    except InfluenceGraphError as error:
        message = str(error)
        if len(message) < 20:
            pytest.fail(f"{name} says only {message!r}")


def test_the_table_names_only_methods_that_exist():
    assert set(PARAMETERS) == set(ANNOUNCED)


@pytest.mark.parametrize("name", ORIENTED)
def test_influence_runs_against_the_edges(name):
    # 1 acts on 2 and 3, who act on 0; 3 also on 2; 0 on 1: 0 gets most attention.
    dense = np.zeros((6, 6))
    for u, v in ((1, 2), (1, 3), (2, 0), (3, 0), (3, 2), (0, 1), (4, 0), (5, 0)):
        dense[u, v] = 1
    forward, backward = (
        get_method(name).function(InfluenceGraph.from_scipy(matrix), **ORIENTED[name]).values
        for matrix in (dense, dense.T)
    )
    assert forward[0] == forward.max()
    assert not np.allclose(forward, backward)


@every_method
def test_relabelling_permutes_the_values(name):
    frame = rows_of()
    order = np.random.default_rng(0).permutation(25)
    names = {f"p{i}": f"q{order[i]:02}" for i in range(25)}
    renamed = frame.with_columns(pl.col("source", "target").replace(names))
    one, other = graph_of(frame), graph_of(renamed)
    more = (
        {"seeds": tuple(names[s] for s in PARAMETERS[name]["seeds"])} if "seeds" in PARAMETERS[name] else {}
    )
    at = other.positions([names[person] for person in one.ids])
    before, after = result(name, one), result(name, other, **more)[at]
    if name in NOT_EQUIVARIANT:
        assert (before > 0).sum() == (after > 0).sum()
    else:
        atol = SAMPLED.get(name, 1e-9) * before.max()
        np.testing.assert_allclose(after, before, atol=atol, rtol=1e-6)


@every_method
def test_the_order_of_rows_changes_no_bit(name):
    frame = rows_of()
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=4)
    np.testing.assert_array_equal(result(name, graph_of(shuffled)), result(name, graph_of(frame)))


@every_method
def test_no_people_one_person_and_no_edges(name):
    for size in (0, 1, 4):
        graph = InfluenceGraph.from_scipy(csr_array((size, size)), ids=[f"p{i + 3}" for i in range(size)])
        values_or_one_clear_error(name, graph)


@every_method
@pytest.mark.parametrize("weight", [1e-300, 1e300])
def test_extreme_weights(name, weight):
    frame = rows_of().with_columns(weight=pl.lit(weight))
    values_or_one_clear_error(name, graph_of(frame))


@pytest.fixture(scope="module")
def large():
    """A graph of several chunks, for methods that read edges only."""
    rng = np.random.default_rng(0)
    n, m = 20_000, 400_000
    ends = (n * rng.random((2, m)) ** 2).astype(int)
    matrix = coo_array((rng.random(m) + 0.01, ends), shape=(n, n))
    graph = InfluenceGraph.from_scipy(matrix, ids=[f"p{i}" for i in range(n)])
    assert len(graph.traversal.incoming.cuts) > 3
    return graph


@every_method
def test_the_same_bits_for_one_thread_and_two(large, name):
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("this machine gives numba one thread only")
    fewer = {
        "betweenness": {"pivots": 12},
        "closeness": {"pivots": 12},
        "collective_influence": {"distance": 1},
    }
    results, before = [], numba.get_num_threads()
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            # viral_centrality takes O(n · m).
            if get_method(name).needs or name == "viral_centrality":
                graph = graph_of(rows_of())
            else:
                graph = InfluenceGraph.from_scipy(large.adjacency, ids=large.ids.to_list())
            results.append(result(name, graph, **fewer.get(name, {})).tobytes())
    finally:
        numba.set_num_threads(before)
    assert results[0] == results[1]
