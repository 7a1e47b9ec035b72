"""How a comparison is shown, and how its figures are found."""

import numpy as np
import polars as pl
import pytest

from influence_graph import InfluenceGraph, compare, score


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(0)
    edges = pl.DataFrame({"source": rng.integers(0, 80, 300), "target": rng.integers(0, 30, 300)})
    graph = InfluenceGraph.from_edges(edges.filter(pl.col("source") != pl.col("target")))
    scores = {name: score(graph, name) for name in ("reactors", "engagement")}
    return compare(scores, graph=graph, k=7, resamples=5, deals=3)


def test_groups_count_people_and_who_ties_at_zero(found):
    groups = {(row["over"], row["scores"]): row for row in found.groups.rows(named=True)}
    everybody = groups["everybody", "all of these"]
    reacted = groups["with a reaction", "all of these"]
    assert everybody["people"] == found.people
    assert everybody["at_zero"] == pytest.approx(1 - reacted["people"] / found.people)
    assert reacted["at_zero"] == 0.0


def test_text_says_what_each_table_is(found):
    shown = repr(found)
    for part in ("tie at zero", "top 7", "no figure is to be divided", "half the size", "kendall_tau_b"):
        assert part in shown
    assert "<table" in found._repr_html_()
    assert "half the size" in found._repr_html_()


def test_a_figure_by_its_names(found):
    row = found.figure("reactors", "engagement", "top_k_overlap", over="with a reaction")
    assert (row["k"], row["log"]) == (7, "this log")
    with pytest.raises(KeyError, match="no figure"):
        found.figure("reactors", "pagerank", "spearman")


def test_a_top_of_more_than_half_is_said():
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["a", "b", "c"], "target": ["b", "c", "b"]}))
    scores = {name: score(graph, name) for name in ("reactors", "engagement")}
    assert "top 2: more than half of the people" in repr(compare(scores, k=2, resamples=5))
    assert "more than half" not in repr(compare(scores, k=1, resamples=5))
