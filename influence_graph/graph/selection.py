"""Parts of a graph: neighbors, subgraphs, ego networks; and columns of one's own beside each person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError, DataError
from influence_graph.graph.adjacency import reactors
from influence_graph.graph.derived_layers import DerivedLayers
from influence_graph.graph.record import GraphRecord
from influence_graph.linalg.csr import as_canonical

_Graph = TypeVar("_Graph", bound=GraphRecord)


def row_of(graph: GraphRecord, person: Any, *, incoming: bool) -> pl.DataFrame:
    """Return who a person acts on, or who acts on the person, and the weights, largest first.

    Parameters
    ----------
    graph : GraphRecord
        n people.
    person : int or str
        An id.
    incoming : bool
        Whether edges end at the person.

    Returns
    -------
    polars.DataFrame
        ``id``, ``weight``. O(degree).
    """
    matrix = graph.in_edges if incoming else graph.adjacency
    place = int(graph.positions([person])[0])
    first, last = int(matrix.indptr[place]), int(matrix.indptr[place + 1])
    found = pl.DataFrame(
        {"id": graph.ids.gather(matrix.indices[first:last]), "weight": matrix.data[first:last].copy()}
    )
    return found.sort("weight", "id", descending=[True, False])


def subgraph(graph: _Graph, people: Iterable[Any]) -> _Graph:
    """See :meth:`InfluenceGraph.subgraph`."""
    return _among(graph, np.unique(graph.positions(list(people))))


def ego(graph: _Graph, person: Any, radius: int) -> _Graph:
    """See :meth:`InfluenceGraph.ego`."""
    if radius < 1:
        raise ConfigError(f"ego: radius is {radius!r}, but it should be 1 or more.")
    reached = np.zeros(graph.n)
    reached[graph.positions([person])] = 1.0
    for _ in range(radius):
        reached = _step(graph, reached)
    return _among(graph, np.flatnonzero(reached))


def with_nodes(graph: _Graph, frame: Any) -> _Graph:
    """See :meth:`InfluenceGraph.with_nodes`."""
    given = frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(frame)
    if "id" not in given.columns:
        raise DataError(f"The frame has the columns {given.columns}, and none of them is 'id'. Rename one.")
    own = [name for name in given.columns if name != "id"]
    taken = [name for name in own if name in graph.nodes.columns]
    if taken:
        raise DataError(f"The graph has a column {taken[0]!r} already. Rename that of the frame.")
    if given["id"].dtype.is_integer():
        given = given.with_columns(pl.col("id").cast(pl.Int64))
    twice = given.filter(pl.col("id").is_duplicated())
    if len(twice):
        raise DataError(f"The frame names {twice['id'][0]!r} more than once; give each person one row.")
    graph.positions(given["id"].to_list())
    nodes = graph.nodes.join(given, on="id", how="left", maintain_order="left")
    return replace(graph, nodes=nodes)


def _step(graph: GraphRecord, reached: FloatArray) -> FloatArray:
    """Mark those who are marked, and everybody with an edge to or from one of them."""
    return np.asarray((graph.adjacency @ reached + graph.in_edges @ reached + reached > 0).astype(np.float64))


def _among(graph: _Graph, places: IntArray) -> _Graph:
    def among(matrix: csr_array) -> csr_array:
        return as_canonical(matrix[places][:, places])

    adjacency, layers = among(graph.adjacency), graph.layers
    nodes = graph.nodes[places].with_columns(pl.Series("reactors", reactors(adjacency)))
    left = graph.n - len(places)
    note = (
        f"{len(places):,} of {graph.n:,} people and the edges among them; what they gave and received in the "
        "table of people is of the whole graph, all but reactors"
    )
    return replace(
        graph,
        ids=graph.ids.gather(places),
        layers=DerivedLayers(layers, lambda: {name: among(layer) for name, layer in layers.items()}),
        adjacency=adjacency,
        nodes=nodes,
        notes=(*graph.notes, note) if left else graph.notes,
        log=None if left else graph.log,
    )
