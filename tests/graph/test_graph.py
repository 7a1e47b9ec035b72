"""What a graph answers by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph.errors import DataError
from influence_graph.graph.graph import InfluenceGraph


def of(ids):
    return InfluenceGraph.from_scipy(np.zeros((len(ids), len(ids))), ids)


@given(
    st.lists(st.integers(-9, 9), min_size=1, unique=True)
    | st.lists(st.text(max_size=2), min_size=1, unique=True)
)
def test_positions_find_everyone(ids):
    graph = of(ids)
    assert graph.positions(iter(ids)).tolist() == [sorted(ids).index(person) for person in ids]
    assert graph.positions([]).tolist() == []


def test_whole_numbers_written_as_text_are_found_among_integers():
    assert of([5, 3]).positions(["3", 5]).tolist() == [0, 1]


def test_positions_of_numpy_integers():
    assert of([5, 3]).positions(np.array([5, 3, 5])).tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("ids", "wanted", "message"),
    [
        (["anna", "bert"], ["bert", "ana"], "'ana' is not among the 2 people.*Did you mean 'anna'"),
        (["1", "2"], [1], "1 is not among .* ids are text"),
        ([1, 2], ["3"], "3 is not among .* ids are integers"),
        ([1, 2], ["one"], "'one' is not among .* ids are integers"),
        ([1, 2], [1.5], r"1\.5 is not among"),
        ([1, 2], [True], "True is not among"),
        ([1, 2], [None], "None is not among"),
        ([1, 2], [3], "3 is not among"),
        ([], [3], "3 is not among the 0 people"),
    ],
)
def test_positions_of_strangers(ids, wanted, message):
    with pytest.raises(DataError, match=message):
        of(ids).positions(iter(wanted))


def test_strengths():
    graph = InfluenceGraph.from_scipy(np.array([[0, 2.0, 1.0], [0, 0, 4.0], [0, 0, 0]]))
    assert graph.out_strength.tolist() == [3, 4, 0]
    assert graph.in_strength.tolist() == [0, 2, 5]
    assert graph.in_edges.toarray().tolist() == [[0, 0, 0], [2, 0, 0], [1, 4, 0]]


def test_fingerprints_tell_graphs_apart(log_of):
    from influence_graph.graph.build import build_graph

    like = {"source": "b", "target": "a", "kind": "like"}
    post = {"source": "b", "target": None, "kind": "post"}
    reply = like | {"kind": "reply"}
    kinds = {"like": 1, "reply": 0}
    graphs = [
        build_graph(log_of(like), kinds=kinds),
        build_graph(log_of(like | {"source": "c"}), kinds=kinds),
        build_graph(log_of(like | {"network": "x"}), kinds=kinds),
        build_graph(log_of(like, like), kinds=kinds),
        # The edges are those of the first; methods that count posts or replies tell them apart.
        build_graph(log_of(like, post), kinds=kinds),
        build_graph(log_of(like, reply), kinds=kinds),
        build_graph(log_of(like, reply, reply), kinds=kinds),
        build_graph(log_of(like), kinds=kinds, saturation=1),
    ]
    assert len({graph.fingerprint for graph in graphs}) == len(graphs)
    assert graphs[0].fingerprint == build_graph(log_of(like), kinds=kinds).fingerprint
