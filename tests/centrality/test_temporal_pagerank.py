"""Temporal PageRank against a sum over all time-respecting walks."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph import DataError, InfluenceGraph, build_graph, read_interactions
from influence_graph.centrality import pagerank, temporal_pagerank


def test_temporal_worked_by_hand(graph_of):
    # a → b, then b → c: the walk a → b → c is in time. The other way round it is not.
    d = 0.85
    forward = temporal_pagerank(graph_of([("a", "b", "x", None), ("b", "c", "x", None)])).values
    r = np.array([1 - d, d * (1 - d) + (1 - d), d * (d * (1 - d) + (1 - d))])
    np.testing.assert_allclose(forward, r / r.sum())
    backward = temporal_pagerank(graph_of([("b", "c", "x", None), ("a", "b", "x", None)])).values
    r = np.array([1 - d, (1 - d) + d * (1 - d), d * (1 - d)])
    np.testing.assert_allclose(backward, r / r.sum())


def test_temporal_tends_to_pagerank_of_the_distribution_events_come_from(graph_of):
    rng = np.random.default_rng(5)
    chance = rng.random((5, 5)) * (1 - np.eye(5))
    chance /= chance.sum()
    drawn = rng.choice(25, 40_000, p=chance.ravel())
    graph = graph_of([(str(e // 5), str(e % 5), "x", None) for e in drawn])
    start = {str(v): share for v, share in enumerate(chance.sum(axis=1))}
    static = pagerank(InfluenceGraph.from_scipy(chance, ids=list("01234")), personalization=start).values
    np.testing.assert_allclose(temporal_pagerank(graph).values, static, atol=0.005)


def by_all_walks(events, n, d, beta):
    """Expected visits, summed over walks one by one.

    A walk starts at the source of an event i, with weight (1 − d)·w_i, and is then at the source of event i.
    At each event whose source is where the walk is, it ends with chance 1 − d unless it stays: in one reading
    of the update, of what is at u a part d is counted at v, of which 1 − β stays at v, while β of what was at
    u stays at u. Each walk is a sequence of choices "move" or "stay" over the later events.
    """
    visits = np.zeros(n)

    def follow(place, weight, index):
        """Extend a walk that is at ``place`` before event ``index``."""
        for later in range(index, len(events)):
            u, v, _ = events[later]
            if u == place:
                visits[v] += d * weight
                follow(v, d * (1 - beta) * weight, later + 1)
                if beta:
                    follow(u, beta * weight, later + 1)
                return

    for i, (u, _, weight) in enumerate(events):
        visits[u] += (1 - d) * weight
        follow(u, (1 - d) * weight, i)
    return visits / visits.sum()


EVENTS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(0.1, 9)).filter(lambda e: e[0] != e[1]),
    min_size=1,
    max_size=9,
)


@given(EVENTS, st.sampled_from([0.0, 0.4]), st.sampled_from([0.5, 0.85]))
def test_equals_the_sum_over_all_walks_with_weights(events, transition, damping):
    frame = pl.DataFrame(
        [
            (str(u), str(v), "x", w, datetime(2024, 1, 1, 0, i, tzinfo=UTC))
            for i, (u, v, w) in enumerate(events)
        ],
        schema=["source", "target", "kind", "weight", "timestamp"],
        orient="row",
    )
    graph = build_graph(read_interactions(frame))
    place = {person: i for i, person in enumerate(graph.ids)}
    placed = [(place[str(u)], place[str(v)], w) for u, v, w in events]
    wanted = by_all_walks(placed, graph.n, damping, transition)
    ours = temporal_pagerank(graph, damping=damping, transition=transition).values
    np.testing.assert_allclose(ours, wanted, rtol=1e-12)


def test_weights_of_rows_and_of_kinds_count(graph_of):
    rows = [("a", "b", "x", None), ("c", "d", "y", None)]
    even, uneven = graph_of(rows), graph_of(rows, kinds={"x": 3.0, "y": 1.0})
    np.testing.assert_allclose(temporal_pagerank(even).values[0], temporal_pagerank(even).values[2])
    values = temporal_pagerank(uneven).values
    assert values[0] == pytest.approx(3 * values[2])
    assert values[1] == pytest.approx(3 * values[3])


def test_without_timestamps_it_says_what_to_add():
    log = read_interactions(pl.DataFrame({"source": ["b"], "target": ["a"], "kind": ["x"]}))
    with pytest.raises(DataError, match="timestamps"):
        temporal_pagerank(build_graph(log))


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_huge_and_tiny_weights(graph_of, unit):
    rng = np.random.default_rng(7)
    rows = [(str(v), None, "post", "art") for v in range(5) for _ in range(3)]
    rows += [
        (str(u), str(v), "reply", str(rng.choice(["art", "law"])))
        for u, v in (rng.choice(5, 2, replace=False) for _ in range(20))
    ]
    plain, extreme = graph_of(rows), graph_of(rows, kinds={"reply": unit}, other=0)
    np.testing.assert_allclose(temporal_pagerank(extreme).values, temporal_pagerank(plain).values, rtol=1e-9)
