"""The figures of gaming show every log and method that their tables have."""

import polars as pl

from influence_graph.report.gaming_figures import attack_costs, bites_back


def test_least_costs_have_a_panel_a_log_and_a_line_a_person():
    rows = [
        {"data": data, "method": method, "person": person, "top": 0.01, "cost": cost}
        for data in ("one", "other", "third")
        for method in ("a", "b")
        for person in ("newcomer", "median person")
        for cost in (1.0, 10.0, 30.0)
    ]  # fmt: skip
    figure = attack_costs(
        pl.DataFrame(rows), pl.DataFrame({"data": ["one", "other", "third"], "people": [90] * 3})
    )
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title("left").split(":")[0] for axes in shown] == ["one", "other", "third"]
    # A range and a point for each of two methods and two people.
    assert all(len(axes.lines) == 8 for axes in shown)
    ranges = [line.get_xdata() for line in shown[0].lines if len(line.get_xdata()) == 2]
    assert all(list(one) == [1.0, 30.0] for one in ranges)


def test_detection_shows_each_attack():
    rows = [
        {"data": "one", "method": "reactors", "attack": attack, "false_positive_rate": rate, "recall": 0.5,
         "fans_lost": 0.2, "others_lost": 0.1}
        for attack in ("ring", "star") for rate in (0.001, 0.01)
    ]  # fmt: skip
    left, right = bites_back(pl.DataFrame(rows)).axes
    assert [label.get_text() for label in left.get_yticklabels()] == [
        "one, reactors: ring",
        "one, reactors: star",
    ]
    assert len(right.patches) == 4
