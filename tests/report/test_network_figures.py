"""The picture of a network: who is in it, which edges, and that it is the same each time."""

import io
import random

import numpy as np
import polars as pl
import pytest
from matplotlib.patches import FancyArrowPatch

from influence_graph import ConfigError, DataError, InfluenceGraph, score
from influence_graph.report import network_map
from influence_graph.report._style import style


@pytest.fixture(scope="module")
def graph():
    rng = np.random.default_rng(5)
    u, v = rng.integers(0, 60, (2, 400))
    frame = pl.DataFrame({"source": u, "target": v, "weight": rng.integers(1, 9, 400).astype(float)})
    return InfluenceGraph.from_edges(frame.filter(pl.col("source") != pl.col("target")))


@pytest.fixture(scope="module")
def scores(graph):
    return score(graph, "engagement")


def drawn(figure):
    (axes,) = figure.axes
    arrows = [one for one in axes.patches if isinstance(one, FancyArrowPatch)]
    return axes.collections[0], arrows, [text.get_text() for text in axes.texts]


def test_the_top_people_and_their_heaviest_edges(graph, scores):
    dots, arrows, names = drawn(network_map(graph, scores, people=20, edges=10, names=5))
    assert len(dots.get_offsets()) == 20
    among = graph.subgraph(scores.top(20)["id"]).to_edges().sort("weight", descending=True)
    # The ten heaviest, and at most the heaviest from and to each of the others.
    assert min(10, among.height) <= len(arrows) <= 10 + 2 * 20
    assert set(names) <= {str(one) for one in scores.top(5)["id"]}
    assert names


def test_a_person_with_neighbors_only(graph, scores):
    person = int(scores.top(30)["id"][29])
    around = set(graph.neighbors(person)["id"]) | set(graph.predecessors(person)["id"]) | {person}
    dots, _, names = drawn(network_map(graph, scores, person=person, people=300, names=300))
    assert len(dots.get_offsets()) == len(around)
    assert str(person) in names
    assert set(names) <= {str(one) for one in around}


def test_the_same_picture_whatever_the_state_of_random_numbers(graph, scores):
    pictures = []
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        written = io.BytesIO()
        with style():
            network_map(graph, scores).savefig(written, format="svg", metadata={"Date": None})
        pictures.append(written.getvalue())
    assert pictures[0] == pictures[1]


def test_names_do_not_overlap(graph, scores):
    figure = network_map(graph, scores, people=60, names=60)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.arrow_patch is None]
    assert len(boxes) > 10
    assert not any(a.overlaps(b) for n, a in enumerate(boxes) for b in boxes[:n])


def test_errors(graph, scores):
    with pytest.raises(ConfigError, match="between 2 and 300"):
        network_map(graph, scores, people=1)
    with pytest.raises(DataError, match="The scores lack"):
        network_map(graph, score(graph.subgraph([1, 2, 3]), "engagement"))


def test_people_without_edges():
    graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["a"], "target": ["b"]}), ids=["a", "b", "c"])
    dots, arrows, names = drawn(network_map(graph, score(graph, "engagement")))
    assert (len(dots.get_offsets()), len(arrows), sorted(names)) == (3, 1, ["a", "b", "c"])
    alone = graph.subgraph(["a", "c"])
    assert len(drawn(network_map(alone, score(alone, "engagement")))[1]) == 0
