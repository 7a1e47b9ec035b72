"""Names beside dots: none over another, none over a dot, the first in the order first."""

import numpy as np
from matplotlib.figure import Figure

from influence_graph.report.name_places import write_names


def drawn(places, names, order):
    figure = Figure(figsize=(3, 3))
    axes = figure.subplots()
    axes.scatter(*places.T)
    return axes, write_names(figure, axes, places, names, width=np.full(len(places), 6.0), order=order)


def test_a_name_alone_stands_to_the_right():
    axes, written = drawn(np.array([[0.5, 0.5], [0.1, 0.1]]), ["ann", "bob"], [0])
    assert written == [0]
    assert axes.texts[0].get_horizontalalignment() == "left"


def test_where_all_dots_are_at_one_place_only_some_are_named_and_the_first_is():
    places = np.full((80, 2), 0.5) + np.random.default_rng(1).normal(0, 1e-3, (80, 2))
    places[0] = 0.0
    axes, written = drawn(places, [f"somebody {n}" for n in range(80)], range(79, -1, -1))
    assert written[0] > written[-1]
    assert 1 <= len(written) < 80
    assert len(axes.texts) == len(written)


def test_unprintable_and_long_names():
    axes, _ = drawn(np.array([[0.2, 0.2], [0.8, 0.8]]), ["a\x00b", "x" * 40], [0, 1])
    assert [text.get_text() for text in axes.texts] == ["a b", "x" * 17 + "…"]
