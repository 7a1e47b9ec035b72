"""The network itself: one person's neighbourhood, or the strongest edges among the top people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError, DataError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.report._style import COLOURS, Size, panels
from influence_graph.report.name_places import write_names
from influence_graph.scoring.scores import Scores

_OTHERS = "#8a8a8a"


def network_map(
    graph: InfluenceGraph,
    scores: Scores,
    *,
    person: Any = None,
    people: int = 40,
    edges: int | None = None,
    names: int = 15,
    ax: Axes | None = None,
    size: Size = "column",
    palette: Sequence[str] = COLOURS,
) -> Figure:
    """Draw the people of highest score, or those around one person, and the strongest edges among them.

    The larger the dot the higher the score; an arrow points at the person reacted to, and is as wide as the
    weight is large. Colours are communities (fast greedy modularity: Clauset, Newman & Moore 2004), grey for
    one or two people. The layout is that of Kamada & Kawai (1989), from a circle: the same graph gives
    the same picture.

    Parameters
    ----------
    graph : InfluenceGraph
        n people.
    scores : Scores
        Of these people.
    person : int or str, optional
        Draw this person and the neighbours of highest score. Default: the highest scores of all.
    people : int
        How many are drawn at most, 300 or fewer.
    edges : int, optional
        How many of the heaviest edges are drawn, besides the heaviest of each person. Default: twice the
        number of people.
    names : int
        How many people are named, the highest first; a name that finds no free place is left out.
    ax, size, palette : optional
        As in the other figures.

    Returns
    -------
    Figure
        O(m + people³).

    Raises
    ------
    ConfigError
        If ``people`` is not between 2 and 300.
    DataError
        If the scores are not of these people.
    """
    if not 2 <= people <= 300:
        raise ConfigError(
            f"people is {people}, but it should be between 2 and 300: more can't be told apart."
        )
    part, points = _part(graph, scores, person, people)
    kept = _strongest(part, 2 * part.n if edges is None else edges)
    places, groups = _arranged(part, kept)
    with panels(ax, size, 3.4) as (figure, (axes,), factor):
        axes.set_axis_off()
        width = (2 + 9 * np.sqrt(points / 100)) * factor
        _arrows(axes, part, kept, places, width, factor)
        colours = [palette[group % len(palette)] if group >= 0 else _OTHERS for group in groups]
        axes.scatter(
            places[:, 0],
            places[:, 1],
            s=width**2,
            c=colours,
            edgecolors="white",
            linewidths=0.6 * factor,
            zorder=3,
            clip_on=False,
        )
        axes.set(xlim=(-0.1, 1.1), ylim=(-0.1, 1.1))
        order = np.lexsort((np.arange(part.n), -points))[:names]
        if person is not None:
            own = int(part.positions([person])[0])
            order = np.r_[own, order[order != own]]
        write_names(figure, axes, places, part.ids.cast(pl.String).to_list(), width=width, order=order)
    return figure


def _part(
    graph: InfluenceGraph, scores: Scores, person: Any, people: int
) -> tuple[InfluenceGraph, FloatArray]:
    """Return the graph of those who are drawn, and their scores, shape (people,)."""
    around = graph if person is None else graph.ego(person)
    frame = pl.DataFrame({"id": around.ids}).join(scores.frame.select("id", "score"), on="id", how="left")
    if frame["score"].null_count():
        missing = frame.filter(pl.col("score").is_null())["id"][0]
        raise DataError(f"The scores lack {missing!r}, who is in the graph. Give scores of this graph.")
    if person is not None:
        frame = pl.concat([frame.filter(pl.col("id") == person), frame.filter(pl.col("id") != person)])
        first, others = frame.head(1), frame.slice(1).sort("score", "id", descending=[True, False])
        chosen = pl.concat([first, others.head(people - 1)])
    else:
        chosen = frame.sort("score", "id", descending=[True, False]).head(people)
    part = graph.subgraph(chosen["id"].to_list())
    points = pl.DataFrame({"id": part.ids}).join(chosen, on="id", how="left", maintain_order="left")["score"]
    return part, points.to_numpy().astype(np.float64)


def _strongest(part: InfluenceGraph, edges: int) -> IntArray:
    """Return the positions of the heaviest edges, and of each person's heaviest, in order of the matrix."""
    weights = part.adjacency.data
    source = np.repeat(np.arange(part.n), np.diff(part.adjacency.indptr))
    target = part.adjacency.indices
    order = np.lexsort((np.arange(len(weights)), -weights))
    heaviest = set(order[:edges].tolist())
    for ends in (source, target):
        _, first = np.unique(ends[order], return_index=True)
        heaviest |= set(order[first].tolist())
    return np.array(sorted(heaviest), dtype=np.int64)


def _arranged(part: InfluenceGraph, kept: IntArray) -> tuple[FloatArray, IntArray]:
    """Return places, shape (people, 2), and communities from the largest, −1 for one of one or two people."""
    import igraph

    source = np.repeat(np.arange(part.n), np.diff(part.adjacency.indptr))[kept]
    drawn = igraph.Graph(n=part.n, edges=np.column_stack([source, part.adjacency.indices[kept]]))
    drawn.es["weight"] = part.adjacency.data[kept].tolist()
    drawn.simplify(combine_edges="sum")
    if not drawn.ecount():
        return _stretched(drawn.layout_circle().coords), np.full(part.n, -1)
    places = drawn.layout_kamada_kawai(seed=drawn.layout_circle().coords)
    member = np.array(drawn.community_fastgreedy(weights="weight").as_clustering().membership)
    sizes = np.bincount(member)
    order = np.lexsort((np.arange(len(sizes)), -sizes))
    number = np.empty(len(sizes), dtype=np.int64)
    number[order] = np.where(sizes[order] > 2, np.arange(len(sizes)), -1)
    return _stretched(places.coords), number[member]


def _stretched(coordinates: Sequence[Sequence[float]]) -> FloatArray:
    """Return places that fill the frame from 0 to 1: only who is near whom has a meaning."""
    places = np.array(coordinates)
    extent = np.ptp(places, axis=0)
    flat = extent < 1e-9
    return np.where(flat, 0.5, (places - places.min(axis=0)) / np.where(flat, 1.0, extent))


def _arrows(
    axes: Axes, part: InfluenceGraph, kept: IntArray, places: FloatArray, width: FloatArray, factor: float
) -> None:
    source = np.repeat(np.arange(part.n), np.diff(part.adjacency.indptr))
    largest = part.adjacency.data[kept].max(initial=0.0)
    for edge in kept:
        u, v = int(source[edge]), int(part.adjacency.indices[edge])
        strength = (0.3 + 1.2 * np.sqrt(part.adjacency.data[edge] / largest)) * factor
        arrow = FancyArrowPatch(
            tuple(places[u]), tuple(places[v]), connectionstyle="arc3,rad=0.12", arrowstyle="-|>",
            shrinkA=width[u] / 2, shrinkB=width[v] / 2, mutation_scale=4.5 * factor, color="#9a9a9a",
            linewidth=strength, zorder=1,
        )  # fmt: skip
        axes.add_patch(arrow)
