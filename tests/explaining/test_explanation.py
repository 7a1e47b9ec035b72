"""An explanation as text, JSON and frames."""

import json

import pytest

from influence_graph import explain, score
from influence_graph.explaining.explanation import part_label


def test_text_and_json_say_the_same(graph):
    person = score(graph).top(1)["id"][0]
    one = explain(graph, person, by=("kind", "reactor"))
    told = json.loads(one.to_json())
    assert told["person"] == person
    assert told["decomposition"][0]["value"] == one.decomposition["value"][0]
    assert sum(part["points"] for part in told["attribution"]) == pytest.approx(told["score"])
    text = str(one)
    assert f"{one.score:.1f} of 100 points by pagerank" in text
    assert "more parts" in text
    assert f"without reply: {one.counterfactuals.filter(part='reply')['score'][0]:.1f} instead of" in text
    assert explain(graph, person, by=("kind", "reactor")).to_json() == one.to_json()


def test_labels():
    assert part_label({"part": "reactions", "kind": "like", "network": None}, ("kind", "network")) == "like"
    assert part_label(
        {"part": "features", "feature": "reactors", "network": "x"}, ("feature", "network")
    ) == ("reactors · x")
    assert part_label({"part": "teleport", "origin": 7}, ("origin",)) == "(teleport) · 7"
    assert part_label({"part": "reactions"}, ()) == "reactions"


def test_a_percentile_is_never_rounded_up_to_100(graph):
    from dataclasses import replace

    one = explain(graph, graph.ids[0], "engagement", by=(), attribute_to=None)
    assert "(percentile 99.999)" in replace(one, percentile=99.9999).sentence()
    assert "(percentile 50.0)" in replace(one, percentile=50.06).sentence()
