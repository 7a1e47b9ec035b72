"""The figure of rank ranges: who is certain, who is possible."""

import polars as pl

from influence_graph.report.weights_figures import rank_ranges


def test_ranges_of_the_band_are_drawn_and_counted():
    key = {"data": "a", "graph": "", "space": "kinds", "region": "within a factor of 4"}
    ranges = pl.DataFrame(
        [
            key | {"id": "x", "rank": 1, "low": 1, "high": 2, "seen_low": 1.0, "seen_high": 1.0},
            key | {"id": "y", "rank": 2, "low": 1, "high": 7, "seen_low": 2.0, "seen_high": 5.0},
        ]
    )
    summary = pl.DataFrame([key | {"k": 2, "certain": 1, "possible": 4}])
    other = pl.lit("interior").alias("region")
    figure = rank_ranges(
        pl.concat([ranges, ranges.with_columns(other)]), pl.concat([summary, summary.with_columns(other)])
    )
    panel, *rest = figure.axes
    assert not any(one.axison for one in rest)
    assert "1 of 2 certain, 4 possible" in panel.get_title(loc="left")
    bounds, undecided, certain = (
        [[tuple(point) for point in part] for part in lines.get_segments()] for lines in panel.collections
    )
    assert bounds == [[(1, 1), (2, 1)], [(1, 2), (7, 2)]]
    assert undecided == [[(2, 2), (5, 2)]]
    assert certain == [[(1, 1), (1, 1)]]
