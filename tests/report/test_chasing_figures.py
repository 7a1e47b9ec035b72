"""Figures of chasing: what is drawn is what is in the table of effects."""

import polars as pl
import pytest

from influence_graph.evaluation.effects import effects_frame
from influence_graph.report.chasing_figures import chasing_contrasts, chasing_map, chasing_shares

STARTS = ("off the optimum", "at the optimum")


def effects():
    rows = []
    for graph, value in (
        ("base: effort 0.5, answers 1×, strength 0.5", -2.0),
        ("effort 0, answers 1×, strength 0.5", 3.0),
        ("effort 0.5, answers 0×, strength 0.5", 0.0),
        ("effort 0.5, answers 1×, strength 1", 50.0),
    ):
        for start in STARTS:
            for contrast in ("chaser - steady", "steady - best honest rival"):
                for measure in ("score", "reactions"):
                    rows.append(
                        {"data": "model", "graph": graph, "contrast": contrast, "measure": measure,
                         "among": f"reactors, {start}", "value": value, "low": value - 1, "high": value + 1}
                    )  # fmt: skip
    for share in (0.1, 0.3):
        for name in ("direct", "spillover", "total"):
            rows.append(
                {"data": "model", "graph": f"share {share:g}", "contrast": f"chasing, {name}",
                 "measure": "score",
                 "among": "reactors", "value": share, "low": 0.0, "high": 2 * share}
            )  # fmt: skip
    return effects_frame(rows)


def test_contrasts_of_the_base_setting():
    figure = chasing_contrasts(effects())
    score, _, reactions, _ = figure.axes
    assert [label.get_text() for label in score.get_yticklabels()] == [
        "chaser − steady",
        "steady − best honest rival",
    ]
    assert [label.get_text() for label in reactions.get_yticklabels()] == ["chaser − steady"]
    assert [line.get_xdata()[0] for line in score.lines[1:]] == [-2, -2]
    assert score.collections[0].get_segments()[0][:, 0].tolist() == [-3, -1]


def test_the_map_leaves_other_strengths_out():
    panel = chasing_map(effects()).axes[0]
    assert sorted(text.get_text().split("\n")[0] for text in panel.texts) == ["-2.0", "0.0", "3.0"]
    colours = {tuple(round(c, 2) for c in patch.get_facecolor()[:3]) for patch in panel.patches}
    assert len(colours) == 3
    assert [label.get_text() for label in panel.get_yticklabels()] == ["0", "1"]


def test_shares_are_drawn_a_panel_a_method():
    (panel,) = chasing_shares(effects()).axes
    assert panel.get_title(loc="left") == "reactors"
    direct = panel.containers[0].lines[0]
    assert direct.get_ydata() == pytest.approx([0.1, 0.3])
    assert [text.get_text() for text in panel.get_legend().texts] == ["direct", "spillover", "total"]


def test_effects_without_intervals_are_drawn_as_points():
    bare = effects().with_columns(low=pl.lit(None, pl.Float64), high=pl.lit(None, pl.Float64))
    panel = chasing_contrasts(bare).axes[0]
    assert len(panel.lines) == 3
    assert not panel.collections
    assert len(chasing_map(bare).axes[0].patches) == 3
    chasing_shares(bare)
