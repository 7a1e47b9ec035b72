"""Figures of scores: what they show, and that names are text."""

import re
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from influence_graph.report._style import save_figure
from influence_graph.report.inline import inline_svg, picture
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


def test_inline_figures_share_no_ids_and_follow_the_page():
    one, two = (inline_svg(waterfall(PARTS), "A waterfall", name) for name in ("a", "b"))
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (one, two)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for svg, known in zip((one, two), ids, strict=True):
        assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg)) <= {(i, "") for i in known} | {
            ("", i) for i in known
        }
        assert "#000000" not in svg
        assert "currentColor" in svg
        assert 'role="img" aria-label="A waterfall"' in svg


def test_the_same_figure_is_the_same_bytes(tmp_path):
    assert inline_svg(waterfall(PARTS), "x", "f") == inline_svg(waterfall(PARTS), "x", "f")
    _, svg = save_figure(waterfall(PARTS), tmp_path / "w")
    shown = picture(svg, 'A "quoted" <label>')
    assert shown.startswith('<img alt="A &#34;quoted&#34; &lt;label&gt;" src="data:image/svg+xml;base64,')
