"""Figures of one number a person: what is drawn is what is in the tables."""

import polars as pl

from influence_graph.report.one_number_figures import one_number, points_again

PASTS = ("the same network", "the other networks", "all networks")
MODELS = ("one number", "two numbers", "a number a network")


def tables():
    cells = [("d", "x", "x", 0.8), ("d", "x", "y", 0.6), ("d", "y", "y", 0.75)]
    matrix = pl.DataFrame(cells, ["data", "past", "future", "value"], orient="row")
    rows = [("d", "any", past, (7 + n) / 10, 0.6, 0.95) for n, past in enumerate(PASTS)]
    predictors = pl.DataFrame(rows, ["data", "network", "past", "value", "low", "high"], orient="row")
    rows = [
        ("d", controls, model, 0.1 * n, None, None) for controls in "ab" for n, model in enumerate(MODELS)
    ]
    schema = {"data": pl.String, "controls": pl.String, "model": pl.String, "value": pl.Float64,
              "low": pl.Float64, "high": pl.Float64}  # fmt: skip
    return matrix, predictors, pl.DataFrame(rows, schema, orient="row")


def test_matrix_pasts_and_numbers_are_drawn_as_they_are():
    matrix, pasts, needed, *_ = one_number(*tables()).axes
    texts = {text.xyann if hasattr(text, "xyann") else text.xy: text.get_text() for text in matrix.texts}
    assert texts == {(0, 0): ".80", (1, 0): ".60", (1, 1): ".75"}
    drawn = {line.get_label(): line.get_xdata()[0] for line in pasts.lines if line.get_marker() != "None"}
    assert drawn == {PASTS[0]: 0.7, PASTS[1]: 0.8, PASTS[2]: 0.9}
    assert [list(line.get_ydata()) for line in needed.lines[:2]] == [[0.0, 0.1, 0.2]] * 2


def test_a_log_without_numbers_has_an_empty_panel():
    matrix, predictors, numbers = tables()
    assert not one_number(matrix, predictors, numbers.clear()).axes[2].axison


def test_stability_shows_every_value_and_leaves_out_missing_ones():
    rows = [
        ("d", "", "pagerank", "halves of a period", 0.4, 0.3, 0.5),
        ("d", "", "reactors", "adjacent periods", None, None, None),
    ]
    table = pl.DataFrame(rows, ["data", "graph", "method", "between", "value", "low", "high"], orient="row")
    (panel,) = points_again(table).axes
    assert [line.get_xdata()[0] for line in panel.lines if line.get_marker() in "os"] == [0.4]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["pagerank", "reactors"]
