"""Figures of scores: what they show, and that names are text."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from influence_graph.report.inline import inline_svg
from influence_graph.report.score_figures import agreement_dots, distribution, history_lines, waterfall

PARTS = pl.DataFrame({"part": ["base", "reply", "like"], "points": [1.0, 50.0, -8.0]})


def test_a_waterfall_begins_each_part_where_the_last_ended():
    axes = waterfall(PARTS).axes[0]
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
    assert bars == [(0, 1), (1, 51), (51, 43), (0, 43)]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["base", "reply", "like", "score"]
    told = [text.get_text() for text in axes.texts]
    assert told == ["+1.0", "+50.0", "-8.0", "43.0"]


def test_a_waterfall_may_fall_below_zero():
    axes = waterfall(pl.DataFrame({"part": ["a", "b"], "points": [-3.0, 5.0]})).axes[0]
    assert axes.get_xlim()[0] < -3


def moments(n):
    return [datetime(2024, 1, 1, hour, tzinfo=UTC) for hour in range(n)]


def test_a_history_has_a_line_a_person_and_bands_where_there_are_intervals():
    frame = pl.DataFrame(
        {"time": [*moments(5)] * 2, "id": ["a"] * 5 + ["b"] * 5, "score": np.linspace(1, 100, 10)},
        schema_overrides={"time": pl.Datetime("us", "UTC")},
    )
    bare = history_lines(frame).axes[0]
    assert [line.get_ydata().tolist() for line in bare.lines] == [
        frame.filter(id=person)["score"].to_list() for person in "ab"
    ]
    assert not bare.collections
    banded = history_lines(frame.with_columns(low=pl.col("score") - 1, high=pl.col("score") + 1)).axes[0]
    assert len(banded.collections) == 2


def test_a_distribution_counts_everybody():
    points = np.array([1.0, 1.0, 50.0, 100.0])
    figure = distribution({"one": points, "two": points})
    for axes in figure.axes:
        assert sum(bar.get_height() for bar in axes.patches) == 4


def test_agreement_says_what_is_undefined():
    table = pl.DataFrame(
        [("x", "y", measure, value, low, high) for measure, value, low, high in (
            ("kendall_tau_b", -0.5, -0.6, -0.4), ("spearman", None, None, None),
            ("top_k_overlap", 0.5, None, None), ("rank_biased_overlap", 0.7, 0.6, 0.8))],
        schema=["a", "b", "measure", "value", "low", "high"], orient="row",
    )  # fmt: skip
    axes = agreement_dots(table, k=3).axes
    assert axes[0].get_xlim()[0] < -0.6
    assert [text.get_text() for text in axes[1].texts] == ["undefined"]
    assert axes[2].get_title(loc="left") == "Overlap of top 3"


@pytest.mark.parametrize(
    "name", ["$x_1$", "$", "_hidden", "<script>alert(1)</script>", "a\x00b", "日本語", "x" * 80, "\\frac"]
)
def test_names_are_text(name, tmp_path):
    frame = pl.DataFrame(
        {"time": moments(2), "id": [name] * 2, "score": [1.0, 2.0]},
        schema_overrides={"time": pl.Datetime("us", "UTC")},
    )
    for figure in (waterfall(pl.DataFrame({"part": [name], "points": [5.0]})), history_lines(frame)):
        svg = inline_svg(figure, f"about {name}", "f")
        assert "<script" not in svg
        if name.isascii() and name.isprintable() and len(name) < 20 and "<" not in name:
            assert f">{name}</text>" in svg


@pytest.mark.parametrize("value", ["low", "high"])
def test_the_band_is_that_of_the_interval(value):
    frame = pl.DataFrame(
        {
            "time": moments(3),
            "id": ["a"] * 3,
            "score": [10.0, 20.0, 30.0],
            "low": [8.0, 17.0, 26.0],
            "high": [11.0, 22.0, 33.0],
        },
        schema_overrides={"time": pl.Datetime("us", "UTC")},
    )
    (band,) = history_lines(frame).axes[0].collections
    corners = {float(y) for y in band.get_paths()[0].vertices[:, 1]}
    assert set(frame[value].to_list()) <= corners


def test_lines_of_agreement_end_where_intervals_end():
    table = pl.DataFrame(
        [("x", "y", "kendall_tau_b", 0.5, 0.25, 0.625)],
        schema=["a", "b", "measure", "value", "low", "high"],
        orient="row",
    )
    panel = agreement_dots(table, k=3).axes[0]
    assert panel.collections[0].get_segments()[0][:, 0].tolist() == [0.25, 0.625]
    assert panel.lines[0].get_xdata().tolist() == [0.5]
