"""One call explains the score that ``score`` gives."""

import polars as pl
import pytest

from influence_graph import (
    ConfigError,
    DataError,
    InfluenceGraph,
    build_graph,
    explain,
    score,
)


def test_the_scale_and_its_reference_are_those_of_the_score(graph):
    earlier = score(graph, "reactors", scale="quantile")
    person = earlier.top(3)["id"][2]
    one = explain(graph, person, "reactors", scale="quantile", reference=earlier)
    assert one.score == earlier.frame.filter(id=person)["score"][0]
    assert one.attribution["points"].sum() == pytest.approx(one.score, rel=1e-9)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"by": ("knid",)}, ConfigError, "Did you mean 'kind'"),
        ({"by": ("kind", "kind")}, ConfigError, "twice"),
        ({"by": ("origin", "kind")}, ConfigError, "stands alone"),
        ({"period": "soon"}, ConfigError, r"^period is 'soon'"),
        ({"without": ["nobody"]}, DataError, "not among the"),
        ({"damping": 2}, ConfigError, "damping"),
    ],
)
def test_bad_questions(graph, options, error, message):
    with pytest.raises(error, match=message):
        explain(graph, graph.ids[0], **options)


def test_someone_else_is_an_error_with_ids_alike(graph):
    with pytest.raises(DataError, match="Did you mean 'p"):
        explain(graph, graph.ids[0] + "0")


def test_what_a_graph_lacks_is_said(log):
    merged = build_graph(log, layers=False)
    with pytest.raises(DataError, match="layers=True"):
        explain(merged, merged.ids[0])
    with pytest.raises(DataError, match="layers=True"):
        explain(merged, merged.ids[0], by=("reactor",))
    assert explain(merged, merged.ids[0], by=("reactor",), attribute_to=None).attribution.height == 0
    bare = InfluenceGraph.from_edges(pl.DataFrame({"source": [1], "target": [2]}))
    with pytest.raises(DataError, match="rows of the log"):
        explain(bare, 2, by=("period",))


@pytest.mark.parametrize("name", ["engagement", "pagerank", "multinetwork"])
def test_the_default_grouping_is_the_first_two_words_that_the_method_declares(graph, name):
    expected = ("feature", "network") if name == "multinetwork" else ("kind", "network")
    assert explain(graph, graph.ids[0], name, attribute_to=None).by == expected
