"""From a graph to Scores."""

import numpy as np
import polars as pl
import pytest

from influence_graph import ConfigError, DataError, InfluenceGraph, Raw, method, score

EDGES = pl.DataFrame(
    {"source": ["b", "c", "c", "d"], "target": ["a", "a", "b", "b"], "weight": [1.0, 2.0, 1.0, 2.0]}
)


@pytest.fixture
def graph():
    return InfluenceGraph.from_edges(EDGES)


def test_frame_by_hand(graph):
    frame = score(graph, "engagement").frame
    assert frame.columns == ["id", "raw", "score", "percentile", "rank"]
    assert frame["id"].to_list() == ["a", "b", "c", "d"]
    assert frame["raw"].to_list() == [3, 3, 0, 0]
    assert frame["score"].to_list() == [100, 100, 1, 1]
    assert frame["rank"].to_list() == [1.5, 1.5, 3.5, 3.5]
    assert frame["percentile"].to_list() == [75, 75, 25, 25]


def test_pagerank_is_scaled_in_readers_who_come_from_others(graph):
    scores = score(graph, "pagerank")
    # c and d have no reaction; y = 1 + d·Pᵀy with dangling rows zero.
    shares = graph.adjacency.toarray()
    shares = np.divide(shares, shares.sum(axis=1, keepdims=True), where=shares > 0, out=np.zeros_like(shares))
    natural = np.linalg.solve(np.eye(graph.n) - 0.85 * shares.T, np.ones(graph.n)) - 1
    np.testing.assert_allclose(scores.natural, natural, atol=1e-9)
    np.testing.assert_allclose(scores.score, 1 + 99 * np.log1p(natural) / np.log1p(natural.max()))


def test_all_parameters_are_recorded(graph):
    scores = score(graph, "pagerank", damping=0.5)
    assert scores.parameters["damping"] == 0.5
    assert scores.parameters["dangling"] == "uniform"
    assert scores.diagnostics["residual"] <= scores.parameters["tol"]
    assert scores.fingerprint == graph.fingerprint


def test_a_reference_from_earlier_scores(graph):
    earlier = score(graph, "engagement")
    doubled = InfluenceGraph.from_edges(EDGES.with_columns(pl.col("weight") * 2))
    later = score(doubled, "engagement", reference=earlier)
    assert later.score.tolist() == [100, 100, 1, 1]
    assert later.diagnostics["above_reference"] == 2
    with pytest.raises(ConfigError, match="made by 'engagement', and this score is by 'reactors'"):
        score(graph, "reactors", reference=earlier)


def test_shows_itself_in_terminal_and_notebook(graph):
    scores = score(graph, "engagement")
    assert "4 people by engagement" in repr(scores)
    assert "<table" in scores._repr_html_()


def test_ids_are_text_never_markup():
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["<b>x</b>"], "target": ["<script>"]}))
    assert "<script>" not in score(graph, "reactors")._repr_html_()


def test_arguments_of_another_type_are_told(graph):
    with pytest.raises(DataError, match="this is a DataFrame"):
        score(EDGES, "reactors")
    with pytest.raises(ConfigError, match="reference is of type int"):
        score(graph, "reactors", reference=3)


def test_above_reference_counts_values_above_the_top_not_at_it(graph):
    same = score(graph, "engagement", reference=score(graph, "engagement"))
    assert same.diagnostics["above_reference"] == 0
    one_more = EDGES.with_columns(weight=pl.Series([1.0, 2.0, 1.0, 2.5]))
    later = score(InfluenceGraph.from_edges(one_more), "engagement", reference=score(graph, "engagement"))
    assert later.diagnostics["above_reference"] == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (lambda graph: graph.in_strength[1:], r"of shape \(3,\) for 4 people"),
        (lambda graph: graph.in_strength - 1, r"gave 'c' the raw value -1\.0.*People with this problem: 2"),
        (lambda graph: graph.in_strength / 0.0, r"gave 'a' the raw value inf"),
    ],
)
def test_what_a_method_returns_is_validated(graph, values, message):
    @method("faulty", version=1)
    def faulty(graph):
        """Return values that no method may return."""
        with np.errstate(all="ignore"):
            return Raw(values(graph))

    with pytest.raises(DataError, match=message):
        score(graph, "faulty")
