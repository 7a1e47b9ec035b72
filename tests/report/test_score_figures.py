"""Figures of scores: what they show, and that names are text."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from influence_graph import ConfigError, DataError, InfluenceGraph, compare, explain, score
from influence_graph.report import forest, rank_against_rank, sweep_lines
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
    ).with_columns(k=pl.lit(3))  # fmt: skip
    axes = agreement_dots(table).axes
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
    panel = agreement_dots(table).axes[0]
    assert panel.collections[0].get_segments()[0][:, 0].tolist() == [0.25, 0.625]
    assert panel.lines[0].get_xdata().tolist() == [0.5]


@pytest.fixture(scope="module")
def graph():
    rng = np.random.default_rng(2)
    u, v = rng.integers(0, 40, (2, 300))
    return InfluenceGraph.from_edges(pl.DataFrame({"source": u, "target": v}).filter(pl.col("source") != v))


@pytest.fixture(scope="module")
def scored(graph):
    return {name: score(graph, name) for name in ("engagement", "pagerank")}


def test_results_are_drawn_as_they_are(graph, scored):
    comparison = compare(scored, k=7, resamples=0)
    axes = agreement_dots(comparison).axes
    assert axes[2].get_title(loc="left") == "Overlap of top 7"
    assert (
        axes[0].lines[0].get_xdata()[0]
        == comparison.figure("engagement", "pagerank", "kendall_tau_b")["value"]
    )
    why = explain(graph, scored["engagement"].top(1)["id"][0], "engagement")
    assert waterfall(why).axes[0].texts[-1].get_text() == "100.0"
    (panel,) = distribution(scored["engagement"]).axes
    assert sum(bar.get_height() for bar in panel.patches) == graph.n


def test_a_forest_reads_its_level_from_the_scores(graph):
    scores = score(graph, "engagement", uncertainty="bootstrap", replicates=20, confidence=0.9, rng=1)
    (axes,) = forest(scores, top=4).axes
    assert axes.get_xlabel() == "Score and its 90 % interval"
    top = scores.top(4)
    assert [line.get_xdata()[0] for line in axes.lines] == top["score"].to_list()
    ends = [bar.get_segments()[0][:, 0].tolist() for bar in axes.collections]
    assert ends == [list(row) for row in top.select("low", "high").rows()]
    assert [label.get_text() for label in axes.get_yticklabels()] == [str(one) for one in top["id"]]


def test_ranks_lie_on_the_diagonal_where_they_are_equal(scored):
    axes = rank_against_rank(scored["engagement"], scored["engagement"], movers=3).axes[0]
    x, y = axes.collections[1].get_offsets().T
    assert x.tolist() == y.tolist()
    assert axes.get_xlabel() == "Rank by engagement (1)"
    a, b = scored.values()
    figure = rank_against_rank(a, b, movers=5, names=True)
    both = a.frame.join(b.frame, on="id", suffix="_b").with_columns(
        change=(pl.col("percentile_b") - pl.col("percentile")).abs()
    )
    wanted = both.sort("change", "id", descending=[True, False]).head(5)
    circles = figure.axes[0].collections[1].get_offsets()
    assert sorted(circles.tolist()) == sorted([x, y] for x, y in wanted.select("rank", "rank_b").rows())
    assert {text.get_text() for text in figure.axes[0].texts} <= {str(one) for one in wanted["id"]}
    with pytest.raises(DataError, match="Nobody is in both"):
        rank_against_rank(a, score(InfluenceGraph.from_edges({"source": [98], "target": [99]}), "engagement"))


def test_a_sweep_has_a_line_a_method():
    table = pl.DataFrame(
        {"damping": [0.9, 0.5, 0.5, 0.9], "method": ["a", "a", "b", "b"], "value": [2.0, 1.0, 3.0, 4.0]}
    )
    (axes,) = sweep_lines(table, x="damping").axes
    assert [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in axes.lines] == [
        ([0.5, 0.9], [1.0, 2.0]), ([0.5, 0.9], [3.0, 4.0])
    ]  # fmt: skip
    assert axes.get_xscale() == "linear"
    assert (
        sweep_lines(table.with_columns(damping=pl.col("damping") ** 9), x="damping").axes[0].get_xscale()
        == "log"
    )
    words = table.with_columns(damping=pl.Series(["30d", "7d", "7d", "30d"]))
    (axes,) = sweep_lines(words, x="damping").axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["30d", "7d"]
    with pytest.raises(DataError, match=r"several values at damping = 0.5"):
        sweep_lines(pl.concat([table, table]).filter(damping=0.5), x="damping")
    with pytest.raises(DataError, match="no column 'dampin'"):
        sweep_lines(table, x="dampin")


def test_axes_sizes_and_palettes(scored):
    mine = Figure()
    one, two = mine.subplots(1, 2)
    assert waterfall(PARTS, ax=one) is mine
    distribution(scored, ax=two)
    assert [label.get_text() for label in two.get_legend().get_texts()] == ["engagement", "pagerank"]
    column, page, slide = (waterfall(PARTS, size=size) for size in ("column", "page", "slide"))
    assert [figure.get_figwidth() for figure in (column, page, slide)] == [3.5, 7.2, 10.0]
    sizes = [figure.axes[0].get_yticklabels()[0].get_fontsize() for figure in (column, page, slide)]
    assert sizes == [7, 7, 14]
    assert waterfall(PARTS, palette=["#123456"]).axes[0].patches[1].get_facecolor()[0] == 0x12 / 255
    with pytest.raises(ConfigError, match="column, page, slide"):
        waterfall(PARTS, size="poster")


@pytest.mark.parametrize("size", ["column", "page", "slide"])
def test_a_long_legend_leaves_room_for_what_is_drawn(size):
    names = ["a method with a rather long name", *(f"method {number}" for number in range(10))]
    table = pl.DataFrame([{"damping": x, "value": x, "method": name} for name in names for x in (0.1, 0.9)])
    figure = sweep_lines(table, x="damping", size=size)
    figure.draw_without_rendering()
    box, frame = figure.axes[0].get_window_extent(), figure.bbox
    assert box.height > (1.2 if size != "slide" else 2.0) * figure.dpi
    assert frame.contains(box.x0, box.y0)
    assert frame.contains(box.x1, box.y1)
    if size == "slide":
        assert figure.get_figheight() == 5.6


@pytest.mark.parametrize("size", ["column", "page", "slide"])
def test_names_stand_clear_of_axes_and_colours(scored, size):
    figure = rank_against_rank(scored["engagement"], scored["pagerank"], names=True, size=size)
    (panel,) = figure.axes
    renderer = figure.canvas.get_renderer()
    (colours,) = panel.child_axes
    title = colours.title.get_window_extent(renderer)
    assert title.x1 <= figure.bbox.x1, "People is not cut"
    names = [Text.get_window_extent(text, renderer) for text in panel.texts]
    assert names
    assert not any(name.overlaps(colours.get_tightbbox(renderer)) for name in names)
    # The colours stand beside the panel, also where the figure is wide.
    assert (
        colours.get_window_extent().x0 - panel.get_window_extent().x1 < 0.1 * panel.get_window_extent().width
    )
