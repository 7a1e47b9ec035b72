"""Values from elsewhere as scores."""

import networkx as nx
import numpy as np
import polars as pl
import pytest

from influence_graph import DataError, InfluenceGraph, Scores, compare, score

EDGES = [("b", "a"), ("c", "a"), ("c", "b"), ("d", "c")]


@pytest.fixture
def graph():
    return InfluenceGraph.from_networkx(nx.DiGraph(EDGES))


def test_a_result_of_networkx_is_that_of_the_method(graph):
    theirs = Scores.from_values(graph, nx.pagerank(nx.DiGraph(EDGES), tol=1e-12), name="NetworkX")
    ours = score(graph, "pagerank", tol=1e-12)
    np.testing.assert_allclose(theirs.raw, ours.raw, atol=1e-9)
    np.testing.assert_array_equal(theirs.rank, ours.rank)
    assert theirs.score.max() == 100
    agreement = compare({"NetworkX": theirs, "pagerank": ours})
    assert agreement.figure("NetworkX", "pagerank", "kendall_tau_b")["value"] == pytest.approx(1)


def test_mapping_frame_and_array_are_the_same(graph):
    values = {"d": 1.0, "a": 4.0, "c": 2.0, "b": 3.0}
    frame = pl.DataFrame({"mine": list(values.values()), "id": list(values)})
    made = [
        Scores.from_values(graph, given) for given in (values, frame, [4, 3, 2, 1], np.array([4, 3, 2, 1]))
    ]
    for one in made:
        np.testing.assert_array_equal(one.raw, [4, 3, 2, 1])
        assert one.ids.to_list() == ["a", "b", "c", "d"]


def test_shares_are_in_units_of_the_average_person(graph):
    assert Scores.from_values(graph, [0.4, 0.3, 0.2, 0.1]).natural.tolist() == [1.6, 1.2, 0.8, 0.4]
    assert Scores.from_values(graph, [4, 3, 2, 1]).natural.tolist() == [4, 3, 2, 1]


def test_errors_say_what_to_give(graph):
    for values, message in (
        ([1, 2], r"shape \(2,\), and the graph 4 people"),
        ({"a": 1, "b": 1, "c": 1}, "no value for 1 people, such as 'd'"),
        ({"a": 1, "b": 1, "c": 1, "dd": 1}, "Did you mean 'd'"),
        (["x", 1, 2, 3], "these are no numbers"),
        ([1, 2, 3, -1], "'d' the value -1.0"),
        ([1, 2, 3, np.nan], "'d' the value nan"),
        (pl.DataFrame({"id": ["a"], "x": [1], "y": [1]}), "Select them"),
        (pl.DataFrame({"id": ["a", "a"], "x": [1, 1]}), "more than once"),
    ):
        with pytest.raises(DataError, match=message):
            Scores.from_values(graph, values)
    with pytest.raises(DataError, match="this is a DiGraph"):
        Scores.from_values(nx.DiGraph(EDGES), {})
