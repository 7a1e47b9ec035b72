"""Graphs from and to networkx, igraph, scipy and edge frames.

Everything comes in through :func:`from_scipy`, which checks the weights and puts the people in order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import polars as pl
from scipy.sparse import coo_array, csr_array

from influence_graph.errors import DataError, nearest
from influence_graph.graph.adjacency import reactors
from influence_graph.graph.record import GraphRecord
from influence_graph.graph.selection import with_nodes
from influence_graph.graph.weighting import Weighting
from influence_graph.linalg.csr import canonical

_Graph = TypeVar("_Graph", bound=GraphRecord)
_LAYER = ("edge", "default")


def from_scipy(kind: type[_Graph], matrix: Any, ids: Iterable[Any] | None = None) -> _Graph:
    """See :meth:`InfluenceGraph.from_scipy`."""
    try:
        entries = coo_array(matrix)
        weights = entries.data.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"This is no matrix of numbers: {error}.") from None
    if entries.ndim != 2 or entries.shape[0] != entries.shape[1]:
        raise DataError(f"The matrix has shape {entries.shape}, but a graph of n people needs (n, n).")
    people = as_ids(range(entries.shape[0]) if ids is None else ids)
    if len(people) != entries.shape[0]:
        raise DataError(f"There are {len(people):,} ids for the {entries.shape[0]:,} rows of the matrix.")
    source, target = entries.coords
    return _graph(kind, people, source, target, weights)


def from_edges(kind: type[_Graph], edges: Any, ids: Iterable[Any] | None = None) -> _Graph:
    """See :meth:`InfluenceGraph.from_edges`."""
    frame = edges if isinstance(edges, pl.DataFrame) else pl.DataFrame(edges)
    for column in ("source", "target"):
        if column not in frame.columns:
            raise DataError(f"The edges have no column {column!r}. {nearest(column, frame.columns)}")
    ends = [as_column(frame[column]) for column in ("source", "target")]
    if ends[0].dtype != ends[1].dtype:
        raise DataError(
            f"source is {frame['source'].dtype} and target is {frame['target'].dtype}, but ids must be all "
            "integers or all text. Cast one."
        )
    named = pl.concat([ends[0].rename("id"), ends[1].rename("id")]).unique()
    people = (named if ids is None else as_ids(ids)).sort()
    if people.dtype != named.dtype:
        raise DataError(f"ids are {people.dtype}, but the edges name {named.dtype}. Cast one.")
    strangers = named.filter(~named.is_in(people.implode())).sort()
    if len(strangers):
        hint = nearest(strangers[0], people)
        raise DataError(f"The edges name {strangers[0]!r}, who is not among the ids. {hint}")
    weights = _numbers(frame["weight"]) if "weight" in frame.columns else np.ones(frame.height)
    source, target = (people.search_sorted(end).to_numpy() for end in ends)
    return _graph(kind, people, source, target, weights)


def from_networkx(
    kind: type[_Graph], graph: Any, weight: str = "weight", attributes: tuple[str, ...] = ()
) -> _Graph:
    """See :meth:`InfluenceGraph.from_networkx`."""
    if not graph.is_directed():
        raise DataError(
            "The graph is undirected, and influence has a direction. "
            "Give graph.to_directed(), which turns every edge into two."
        )
    nodes = list(graph)
    people = as_ids(nodes)
    place = {node: position for position, node in enumerate(nodes)}
    edges = [(place[u], place[v], w) for u, v, w in graph.edges(data=weight, default=1.0)]
    made = _from_list(kind, people, edges, weight)
    columns = {of: [graph.nodes[node].get(of) for node in nodes] for of in attributes}
    return _with_attributes(made, people, columns)


def from_igraph(
    kind: type[_Graph],
    graph: Any,
    weight: str = "weight",
    name: str = "name",
    attributes: tuple[str, ...] = (),
) -> _Graph:
    """See :meth:`InfluenceGraph.from_igraph`."""
    if not graph.is_directed():
        raise DataError(
            "The graph is undirected, and influence has a direction. "
            "Give graph.as_directed(), which turns every edge into two."
        )
    has_names = name in graph.vs.attributes()
    people = as_ids(graph.vs[name] if has_names else range(graph.vcount()))
    values = graph.es[weight] if weight in graph.es.attributes() else [1.0] * graph.ecount()
    edges = [(u, v, w) for (u, v), w in zip(graph.get_edgelist(), values, strict=True)]
    made = _from_list(kind, people, edges, weight)
    for of in attributes:
        if of not in graph.vs.attributes():
            raise DataError(f"The vertices have no attribute {of!r}. {nearest(of, graph.vs.attributes())}")
    return _with_attributes(made, people, {of: graph.vs[of] for of in attributes})


def _with_attributes(graph: _Graph, people: pl.Series, columns: dict[str, list[Any]]) -> _Graph:
    """Return the graph with attributes of its nodes as columns."""
    if not columns:
        return graph
    try:
        return with_nodes(graph, pl.DataFrame({"id": people, **columns}, strict=False))
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise DataError(
            f"The attributes {sorted(columns)} are no columns of one type each: {error}."
        ) from None


def to_edges(graph: GraphRecord) -> pl.DataFrame:
    """See :meth:`InfluenceGraph.to_edges`."""
    matrix = graph.adjacency
    source = np.repeat(np.arange(graph.n), np.diff(matrix.indptr))
    return pl.DataFrame(
        {
            "source": graph.ids.gather(source),
            "target": graph.ids.gather(matrix.indices),
            "weight": matrix.data.copy(),
        }
    )


def to_networkx(graph: GraphRecord, nodes: Any = None) -> Any:
    """See :meth:`InfluenceGraph.to_networkx`."""
    import networkx as nx

    made = nx.DiGraph()
    made.add_nodes_from(graph.ids.to_list())
    if nodes is not None:
        for row in _node_table(graph, nodes).iter_rows(named=True):
            made.nodes[row["id"]].update({k: v for k, v in row.items() if k != "id" and v is not None})
    made.add_weighted_edges_from(to_edges(graph).iter_rows())
    return made


def to_igraph(graph: GraphRecord, nodes: Any = None) -> Any:
    """See :meth:`InfluenceGraph.to_igraph`."""
    import igraph

    matrix = graph.adjacency
    source = np.repeat(np.arange(graph.n), np.diff(matrix.indptr))
    return igraph.Graph(
        n=graph.n,
        edges=np.column_stack([source, matrix.indices]),
        directed=True,
        vertex_attrs={"name": graph.ids.to_list(), **(_columns(graph, nodes) if nodes is not None else {})},
        edge_attrs={"weight": matrix.data.tolist()},
    )


def _columns(graph: GraphRecord, nodes: Any) -> dict[str, list[Any]]:
    """Return the columns of a frame of people as lists in the order of the graph."""
    return _node_table(graph, nodes).drop("id").to_dict(as_series=False)


def _node_table(graph: GraphRecord, nodes: Any) -> pl.DataFrame:
    """Return a frame of people, one row for each person of the graph, in its order."""
    bare = replace(graph, nodes=graph.nodes.select("id"))
    return with_nodes(bare, nodes).nodes


def as_ids(people: Iterable[Any]) -> pl.Series:
    """Return people as a series of Int64 or String, in their order.

    Raises
    ------
    DataError
        If they are not all integers or all text, or one is there twice.
    """
    listed = people if isinstance(people, pl.Series) else list(people)
    if not isinstance(listed, pl.Series):
        listed = [item.item() if isinstance(item, np.generic) else item for item in listed]
        kinds = {type(item) for item in listed}
        if kinds - {int} and kinds - {str}:
            others = sorted(kind.__name__ for kind in kinds)
            example = next(item for item in listed if type(item) is not type(listed[0]) or len(kinds) == 1)
            raise DataError(
                f"Ids must be all integers or all text, but these are {' and '.join(others)}, "
                f"such as {example!r}. Make them text: networkx.relabel_nodes(graph, str)."
            )
        try:
            listed = pl.Series("id", listed, dtype=pl.String if kinds == {str} else pl.Int64)
        except (OverflowError, TypeError) as error:
            raise DataError(f"Ids do not fit 64-bit integers: {error}. Make them text.") from None
    listed = as_column(listed)
    twice = listed.filter(listed.is_duplicated())
    if len(twice):
        times = int((twice == twice[0]).sum())
        raise DataError(f"The id {twice[0]!r} is there {times} times; each person needs one.")
    return listed


def as_column(people: pl.Series) -> pl.Series:
    """Return a series of people as Int64 or String, named "id"; nulls and other types are DataErrors."""
    if people.null_count():
        row = int(people.is_null().arg_max() or 0)
        raise DataError(f"{people.name!r} is empty in row {row}; every id must be given.")
    if people.dtype.is_integer():
        try:
            return people.cast(pl.Int64).rename("id")
        except pl.exceptions.InvalidOperationError:
            raise DataError(f"{people.name!r} has ids beyond 64-bit integers. Make them text.") from None
    if people.dtype in (pl.String, pl.Categorical, pl.Enum):
        return people.cast(pl.String).rename("id")
    if not len(people):
        return people.cast(pl.Int64).rename("id")
    raise DataError(f"{people.name!r} holds {people.dtype}, but ids are integers or text. Cast it.")


def _from_list(
    kind: type[_Graph], people: pl.Series, edges: list[tuple[int, int, Any]], weight: str
) -> _Graph:
    for u, v, value in edges:
        if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
            edge = f"The edge {people[u]!r} → {people[v]!r}"
            raise DataError(f"{edge} has {weight}={value!r}, which is no number.")
    source, target = (np.array([edge[end] for edge in edges], dtype=np.int64) for end in (0, 1))
    return _graph(kind, people, source, target, np.array([edge[2] for edge in edges], dtype=np.float64))


def _numbers(weights: pl.Series) -> Any:
    if not weights.dtype.is_numeric():
        raise DataError(f"'weight' holds {weights.dtype}, but weights are numbers. Cast it.")
    # A null becomes NaN, which is refused with its row like any other.
    return weights.cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()


def _graph(kind: type[_Graph], people: pl.Series, source: Any, target: Any, weights: Any) -> _Graph:
    """Return the graph of these edges between positions among people, who may be in any order."""
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        first = int(np.argmax(bad))
        edge = f"The edge {people[int(source[first])]!r} → {people[int(target[first])]!r}"
        raise DataError(f"{edge} weighs {weights[first]}, but a weight should be finite and not negative.")
    n, order = len(people), people.arg_sort().to_numpy()
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    selves, nothing = source == target, weights == 0
    kept = ~(selves | nothing)
    matrix: csr_array = coo_array(
        (weights[kept], (rank[source[kept]], rank[target[kept]])), shape=(n, n)
    ).tocsr()
    matrix.sort_indices()
    if not np.isfinite(matrix.data).all():
        raise DataError(
            "The weights of a pair add up to more than a 64-bit float holds. Divide all by one number."
        )
    adjacency = canonical(matrix.data, matrix.indices, matrix.indptr, n)
    ids = people.gather(order).rename("id")
    nodes = pl.DataFrame(
        {
            "id": ids,
            "posts": np.zeros(n),
            "given_edge": np.asarray(adjacency.sum(axis=1)).ravel(),
            "received_edge": np.bincount(adjacency.indices, weights=adjacency.data, minlength=n),
            "reactors": reactors(adjacency),
        }
    )
    left_out = {"self-interactions": int(selves.sum()), "edges of weight 0": int((nothing & ~selves).sum())}
    return kind(
        ids=ids,
        layers={_LAYER: adjacency},
        adjacency=adjacency,
        nodes=nodes,
        weighting=Weighting(kinds={"edge": 1.0}),
        report={reason: count for reason, count in left_out.items() if count},
    )
