"""Figures of experiments: what is drawn is what is in the tables, its levels included."""

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest

from influence_graph.errors import DataError
from influence_graph.report._style import DOUBLE_COLUMN, style
from influence_graph.report.figures import agreement

METHODS = ("engagement", "pagerank", "activity")


def tables(settings=(("a", ""),), n=40, low=0.1, k=10, confidence=0.95):
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
        ).with_columns(k=pl.lit(k), confidence=pl.lit(confidence)),
        pl.DataFrame(scores, ["data", "graph", "method", "id", "rank", "percentile"], orient="row"),
        pl.DataFrame(movers, ["data", "graph", "a", "b", "id"], orient="row"),
    )


def test_what_is_drawn_is_what_is_in_the_tables():
    figure = agreement(*tables())
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


@pytest.mark.parametrize(
    ("k", "confidence", "told"), [(10, 0.8, "80 %"), (25, 0.95, "95 %"), (7, 0.999, "99.9 %")]
)
def test_the_levels_are_those_of_the_table(k, confidence, told):
    figure = agreement(*tables(k=k, confidence=confidence))
    (legend,) = figure.legends
    assert legend.get_texts()[-1].get_text() == f"Agreement with engagement, and its {told} interval"
    assert figure.axes[3].get_xlabel() == f"Overlap of top {k}"


def test_no_interval_is_announced_where_there_is_none():
    table, scores, movers = tables()
    empty = pl.lit(None, pl.Float64)
    figure = agreement(table.with_columns(low=empty, high=empty), scores, movers)
    assert figure.legends[0].get_texts()[-1].get_text() == "Agreement with engagement"


def test_two_levels_in_one_figure_are_an_error():
    table, scores, movers = tables()
    mixed = pl.concat([table, table.with_columns(confidence=pl.lit(0.8))])
    with pytest.raises(DataError, match="'confidence' has the values"):
        agreement(mixed, scores, movers)


def test_one_mover_is_one_person():
    labels = [text.get_text() for text in agreement(*tables()).legends[0].get_texts()]
    assert labels[0] == "The 1 person whose ranks by engagement and pagerank differ most"


def test_another_baseline():
    table, scores, movers = tables()
    ranks, tau, *_ = agreement(
        table.filter(pl.col("b") == "activity"),
        scores.filter(pl.col("method") != "pagerank"),
        movers,
        baseline="activity",
    ).axes
    assert ranks.get_xlabel() == "Rank by activity"
    assert [label.get_text() for label in tau.get_yticklabels()] == ["engagement"]


def test_labels_are_text_and_never_mathematics(tmp_path):
    label = "$x_{$"
    drawn = agreement(
        *(one.with_columns(pl.col(pl.String).replace("pagerank", label)) for one in tables([(label, "")]))
    )
    with style(), mpl.rc_context({"svg.fonttype": "none"}):
        drawn.savefig(tmp_path / "text.svg")
    text = (tmp_path / "text.svg").read_text("utf-8")
    assert f"Rank by {label}" in text
