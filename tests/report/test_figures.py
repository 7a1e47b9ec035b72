"""Figures: the same bytes every time, fonts within, everything that was measured on the page."""

import re

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.figure import Figure

from influence_graph.report._style import DOUBLE_COLUMN, save_figure, style
from influence_graph.report.figures import agreement

METHODS = ("engagement", "pagerank", "activity")


def tables(settings=(("a", ""),), n=40, low=0.1):
    rng = np.random.default_rng(1)
    scores, table, movers = [], [], []
    for data, graph in settings:
        for method in METHODS:
            rank = rng.permutation(n) + 1.0
            scores += [
                (data, graph, method, f"p{i}", rank[i], 100 * (n - rank[i] + 0.5) / n) for i in range(n)
            ]
        for b in METHODS[1:]:
            for measure in ("kendall_tau_b", "spearman", "top_k_overlap", "rank_biased_overlap"):
                table.append((data, graph, "engagement", b, measure, low + 0.1, low, low + 0.3, n))
            movers.append((data, graph, "engagement", b, "p3"))
    return (
        pl.DataFrame(
            table, ["data", "graph", "a", "b", "measure", "value", "low", "high", "people"], orient="row"
        ),
        pl.DataFrame(scores, ["data", "graph", "method", "id", "rank", "percentile"], orient="row"),
        pl.DataFrame(movers, ["data", "graph", "a", "b", "id"], orient="row"),
    )


def test_what_is_drawn_is_what_is_in_the_tables():
    figure = agreement(*tables(), k=10)
    ranks, tau, *_ = figure.axes
    assert (ranks.get_xlabel(), ranks.get_ylabel()) == ("Rank by engagement", "Rank by pagerank")
    assert sum(ranks.collections[0].get_array()) == 40  # everybody is in one hexagon
    assert len(ranks.collections[1].get_offsets()) == 1  # the mover
    assert [label.get_text() for label in tau.get_yticklabels()] == ["pagerank", "activity"]
    assert [line.get_xdata()[0] for line in tau.lines] == [0.2, 0.2]
    assert tau.collections[0].get_segments()[0][:, 0].tolist() == [0.1, 0.4]
    assert figure.axes[3].get_xlabel() == "Overlap of top 10"


def test_one_row_of_panels_a_log_and_graph_as_wide_as_a_page():
    figure = agreement(*tables([("a", "half_life=1d"), ("a", "half_life=7d"), ("b", "")]))
    titles = [axes.get_title(loc="left") for axes in figure.axes if "people" in axes.get_title(loc="left")]
    assert titles == ["a · half_life=1d · 40 people", "a · half_life=7d · 40 people", "b · 40 people"]
    assert figure.get_figwidth() == DOUBLE_COLUMN


def test_negative_agreement_is_within_the_panel():
    tau = agreement(*tables(low=-0.6)).axes[1]
    assert tau.get_xlim()[0] < -0.6


def test_values_without_an_interval_or_undefined():
    table, scores, movers = tables()
    empty = pl.lit(None, pl.Float64)
    agreement(table.with_columns(low=empty, high=empty), scores, movers)
    tau = agreement(table.with_columns(value=empty), scores, movers).axes[1]
    assert [text.get_text() for text in tau.texts].count("undefined") == 2


def test_the_same_bytes_every_time_and_fonts_within(tmp_path, monkeypatch):
    saved = []
    for run in ("one", "two"):
        monkeypatch.setitem(mpl.rcParams, "font.size", 3 if run == "one" else 30)  # a user's own settings
        saved.append([path.read_bytes() for path in save_figure(agreement(*tables()), tmp_path / run)])
    assert saved[0] == saved[1]
    pdf, svg = saved[0]
    assert b"/FontFile2" in pdf
    assert b"CreationDate" not in pdf
    assert b"<text" not in svg  # outlines: no font is asked for
    assert not re.search(rb"<dc:date>", svg)


def test_no_settings_leak_out():
    before = dict(mpl.rcParams)
    with style():
        Figure()
    assert dict(mpl.rcParams) == before
