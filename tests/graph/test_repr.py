"""How a graph shows itself."""

from datetime import UTC, datetime

from influence_graph.graph.build import build_graph


def make(log_of):
    return build_graph(
        log_of(
            {"source": "<b>", "target": "a", "kind": "like", "timestamp": datetime(2024, 1, 1, tzinfo=UTC)},
            {"source": "c", "target": "a", "kind": "follow", "timestamp": datetime(2024, 1, 2, tzinfo=UTC)},
            {"source": "c", "target": "a", "kind": "like", "timestamp": datetime(2024, 1, 9, tzinfo=UTC)},
        ),
        half_life="12h",
        as_of="2024-01-03",
        saturation=2,
    )


def test_in_a_terminal(log_of):
    assert repr(make(log_of)) == "\n".join(
        [
            "<InfluenceGraph: 3 people, 1 edge>",
            "  layers    follow on default: 1",
            "            like on default: 1",
            "  span      2024-01-01 00:00 to 2024-01-02 00:00 UTC",
            "  weights   follow 0, like 1 · half-life 0.5 d · as of 2024-01-03 00:00:00 UTC · saturation 2.0",
            "  left out  1 later than as_of",
            "  note      not named in kinds, so weighed by default: 'like': 1; 'follow': 0",
        ]
    )


def test_in_a_notebook(log_of):
    html = make(log_of)._repr_html_()
    assert "3 people, 1 edge" in html
    assert "a (1)" in html
    assert "&lt;b&gt;" in html
    assert "<b>," not in html


def test_without_layers(log_of):
    log = log_of({"source": "b", "target": "a", "kind": "like"})
    assert "layers    not kept" in repr(build_graph(log, layers=False))
