"""Episodes: what varies together, and replicates that repeat it."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_graph import DataError, InfluenceGraph, build_graph, score
from influence_graph.episodes import deal, episodes_of

THREADS = {
    "source": ["b", "b", "c", "d", "b", "e", "e"],
    "target": ["a", "a", "a", "a", None, "a", "a"],
    "kind": ["reply", "like", "reply", "follow", "post", "follow", "unfollow"],
    "item": ["r1", None, "r2", None, "p", None, None],
    "parent": ["x", "r1", "y", None, None, None, None],
    "timestamp": [f"2024-01-0{day}" for day in range(1, 8)],
}


def random_log(seed, rows=60, people=8, days=5, items=False):
    rng = np.random.default_rng(seed)
    frame = {
        "source": rng.integers(people, size=rows),
        "target": rng.integers(people, size=rows),
        "kind": rng.choice(["reply", "like"], size=rows),
        "weight": rng.integers(1, 4, size=rows).astype(float),
        "timestamp": 1.6e9 + 86_400.0 * rng.integers(days, size=rows) + rng.integers(1_000, size=rows),
    }
    if items:
        frame["item"] = [f"i{row}" for row in range(rows)]
        frame["parent"] = [
            f"i{rng.integers(row)}" if row and rng.random() < 0.7 else None for row in range(rows)
        ]
    return pl.DataFrame(frame).filter(pl.col("source") != pl.col("target"))


def test_rows_of_a_thread_are_one_episode_and_each_follow_is_another():
    graph = build_graph(pl.DataFrame(THREADS), kinds={"reply": 1, "like": 2, "follow": 3})
    found = episodes_of(graph)
    first, like, second, follow, post, again, end = found.rows
    assert first == like
    assert len({first, second, follow, post, again, end}) == 6
    assert found.unit == "thread"
    # b reacts twice in one thread, with weights 1 and 2; e follows no longer.
    assert found.edge.tolist() == [0, 1, 2]
    assert found.weight.tolist() == [3.0, 1.0, 3.0]


def test_the_days_of_a_source_where_there_are_no_items():
    rows = pl.DataFrame(
        {
            "source": ["b", "b", "b", "c"],
            "target": ["a", "c", "a", "a"],
            "timestamp": [f"2024-01-{time}:00:00Z" for time in ("01T01", "01T23", "02T00", "01T01")],
        }
    )
    found = episodes_of(build_graph(rows))
    one, two, next_day, other = found.rows
    assert one == two
    assert len({one, next_day, other}) == 3
    assert found.unit == "source and day"


def test_pairs_where_there_are_neither_items_nor_times():
    graph = build_graph(pl.DataFrame({"source": ["b", "b", "c"], "target": ["a", "a", "a"]}))
    found = episodes_of(graph)
    assert found.unit == "pair"
    assert found.rows.tolist() == [0, 0, 1]
    without_log = episodes_of(InfluenceGraph.from_scipy(graph.adjacency))
    assert (without_log.count, without_log.weight.tolist()) == (2, [2.0, 1.0])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.booleans(), st.sampled_from([None, "log", 2.5]))
def test_edge_weights_are_those_of_the_log_with_its_episodes_repeated(seed, items, saturation):
    how = {"kinds": {"reply": 1.0, "like": 0.5}, "half_life": "2d", "saturation": saturation}
    graph = build_graph(random_log(seed, items=items), **how)
    found = episodes_of(graph)
    times = np.random.default_rng(seed).integers(0, 3, size=found.count)
    whole = found.replicate(times)
    edges = found.replicate(times, edges_only=True)
    np.testing.assert_allclose(whole.adjacency.toarray(), edges.adjacency.toarray(), rtol=1e-12)
    np.testing.assert_allclose(
        edges.adjacency.toarray()[graph.adjacency.nonzero()], found.edge_weights(times), rtol=1e-12
    )
    assert edges.nodes["reactors"].to_list() == whole.nodes["reactors"].to_list()
    assert whole.ids.equals(graph.ids)
    # By the definition: rows of the log, repeated.
    rows = graph.log.frame.collect()[np.repeat(np.arange(len(found.rows)), times[found.rows])]
    if len(rows):
        again = build_graph(rows, as_of=graph.weighting.as_of, **how)
        assert again.to_edges().equals(whole.to_edges())


def test_counting_every_episode_once_is_the_graph():
    graph = build_graph(random_log(3, items=True))
    found = episodes_of(graph)
    again = found.replicate(np.ones(found.count, dtype=int))
    assert again.nodes.select(graph.nodes.columns).equals(graph.nodes)
    for name, layer in graph.layers.items():
        np.testing.assert_array_equal(layer.toarray(), again.layers[name].toarray())


def test_people_who_are_absent_from_a_replicate_stay_in_its_graph():
    graph = build_graph(random_log(4))
    found = episodes_of(graph)
    times = np.zeros(found.count, dtype=int)
    nothing = found.replicate(times)
    assert nothing.adjacency.nnz == 0
    assert nothing.n == graph.n
    assert score(nothing, "activity").raw.tolist() == [0.0] * graph.n
    times[found.episode[0]] = 1
    few = found.replicate(times)
    assert few.ids.equals(graph.ids)
    assert (few.nodes["reactors"].to_numpy() == (few.adjacency.toarray() > 0).sum(axis=0)).all()


def test_halves_share_out_all_episodes():
    graph = build_graph(random_log(5))
    found = episodes_of(graph)
    one, two = deal(found.count, np.random.default_rng(1))
    assert set(one) == {0, 1}
    np.testing.assert_allclose(found.edge_weights(one) + found.edge_weights(two), graph.adjacency.data)


def test_a_log_that_does_not_make_the_edges_is_refused():
    graph = build_graph(random_log(6))
    with pytest.raises(DataError, match="do not add up"):
        episodes_of(dataclasses.replace(graph, adjacency=2 * graph.adjacency))
    with pytest.raises(DataError, match="do not add up"):
        episodes_of(dataclasses.replace(graph, adjacency=graph.adjacency.T.tocsr()))


def test_a_graph_without_its_log_repeats_edges_only():
    found = episodes_of(InfluenceGraph.from_edges(pl.DataFrame({"source": ["b"], "target": ["a"]})))
    assert found.replicate(np.array([3]), edges_only=True).to_edges().rows() == [("b", "a", 3.0)]
    with pytest.raises(DataError, match="Build it from the log"):
        found.replicate(np.array([3]))
