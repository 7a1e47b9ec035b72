"""Layers that are made when one is first asked for."""

import copy
import pickle

import pytest

from influence_graph.graph.build import build_graph
from influence_graph.graph.derived_layers import DerivedLayers
from influence_graph.linalg.csr import empty
from influence_graph.scoring import score

LIKE, REPLY = ("like", "x"), ("reply", "x")


def counted_layers():
    calls = []

    def make():
        calls.append(1)
        return {LIKE: empty(2), REPLY: empty(3)}

    return DerivedLayers([LIKE, REPLY], make), calls


def test_names_are_known_before_layers_are_made():
    layers, calls = counted_layers()
    assert list(layers) == [LIKE, REPLY]
    assert (len(layers), bool(layers), LIKE in layers, ("like", "y") in layers) == (2, True, True, False)
    assert layers.get(("like", "y")) is None
    with pytest.raises(KeyError):
        layers["like", "y"]
    assert (calls, layers.made) == ([], False)


def test_they_are_made_once():
    layers, calls = counted_layers()
    assert layers[LIKE].shape == (2, 2)
    assert {name: layer.shape for name, layer in layers.items()} == {LIKE: (2, 2), REPLY: (3, 3)}
    assert (len(calls), layers.made) == (1, True)


def test_a_copy_has_them_without_what_makes_them():
    for copied in (pickle.loads, copy.deepcopy):
        layers, _ = counted_layers()
        with pytest.raises(AttributeError):
            pickle.dumps(layers._make)  # a function of this test
        made = copied(pickle.dumps(layers) if copied is pickle.loads else layers)
        assert type(made) is dict
        assert {name: layer.shape for name, layer in made.items()} == {LIKE: (2, 2), REPLY: (3, 3)}


def test_a_score_by_edges_makes_none(log_of):
    graph = build_graph(
        log_of(
            {"source": "b", "target": "a", "kind": "like", "network": "x"},
            {"source": "c", "target": "a", "kind": "reply", "network": "x"},
            {"source": "a", "target": "b", "kind": "reply", "network": "x"},
        )
    )
    kept = graph.subgraph(["a", "b"])
    score(graph, "pagerank")
    assert not graph.layers.made
    assert not kept.layers.made
    assert kept.layers[REPLY].toarray().tolist() == [[0, 1], [0, 0]]
    assert graph.layers.made
