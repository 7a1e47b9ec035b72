"""The figure of the frontier: points where there is a cost, the toy cap hollow."""

import polars as pl

from influence_graph.report.frontier_figures import frontier_plane


def test_the_plane_marks_the_toy_cap_and_draws_the_frontier():
    rows = [
        ("reactors", 0.7, 100.0, 1.0, True),
        ("min(reactors, 10)", 0.6, 11.0, 0.11, False),
        ("pagerank", 0.65, None, None, False),
    ]
    table = pl.DataFrame(
        [
            {"data": "one", "method": name, "prediction": c, "prediction_low": c - 0.1,
             "prediction_high": c + 0.1, "cost": cost, "cost_low": cost, "cost_high": cost, "ratio": ratio,
             "people": 80, "on_frontier": edge}
            for name, c, cost, ratio, edge in rows
        ]
    )  # fmt: skip
    panel = frontier_plane(table).axes[0]
    points = {line.get_label(): line for line in panel.lines if not line.get_label().startswith("_")}
    # What nothing lifts has no cost, and no point.
    assert set(points) == {"reactors", "min(reactors, 10)"}
    assert points["min(reactors, 10)"].get_markerfacecolor() == "white"
    assert points["reactors"].get_markerfacecolor() != "white"
