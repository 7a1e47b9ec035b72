"""What a method declares about its parts is what explaining it takes: words, note and parts."""

import numpy as np
import polars as pl
import pytest

from influence_graph import ConfigError, InfluenceGraph, Raw, explain, method
from influence_graph.methods.decomposition import BY_INTERACTION, Contributions, Decomposer, Decomposition

EDGES = pl.DataFrame({"source": ["b", "c", "c"], "target": ["a", "a", "b"], "weight": [1.0, 2.0, 4.0]})
prepared = []


def in_halves(graph, raw, parameters):
    """Half of what a person received is named by source, half is called luck."""
    prepared.append(dict(parameters))
    into = graph.in_edges

    def of(person):
        row = slice(into.indptr[person], into.indptr[person + 1])
        received = into.data[row] / parameters["parts"]
        return Contributions(into.indices[row].astype(np.int64), received, {"luck": raw[person] / 2})

    return Decomposer(raw, of)


@method(
    "third_party_halves", version=1, decomposition=Decomposition(in_halves, by=("reactor",), note="halved")
)
def third_party_halves(graph: InfluenceGraph, *, parts: int = 2) -> Raw:
    """In-strength."""
    return Raw(graph.in_strength)


def test_by_default_parts_are_grouped_by_what_an_interaction_has():
    declared = Decomposition(in_halves)
    assert declared.by == BY_INTERACTION == ("kind", "network", "reactor", "period")
    assert declared.alone == ()
    assert Contributions(np.array([1]), np.array([2.0])).others == {}


def test_the_parts_are_those_that_the_method_declares():
    graph = InfluenceGraph.from_edges(EDGES)
    prepared.clear()
    parts = explain(graph, "a", "third_party_halves", by="reactor").decomposition
    assert {(row["part"], row["reactor"]): row["value"] for row in parts.iter_rows(named=True)} == {
        ("luck", None): 1.5,
        ("reactions", "b"): 0.5,
        ("reactions", "c"): 1.0,
    }
    assert parts["share"].sum() == pytest.approx(1)
    # All parameters, the defaults too, and once.
    assert prepared == [{"parts": 2}]


def test_other_words_are_refused_with_those_that_are_declared():
    graph = InfluenceGraph.from_edges(EDGES)
    with pytest.raises(ConfigError, match=r"can't be grouped by 'kind', only by reactor"):
        explain(graph, "a", "third_party_halves", by="kind")
