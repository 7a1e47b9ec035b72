"""The rows of a graph's log with people as positions in the graph, from the numbers that the log keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.graph.record import GraphRecord


class LocatedRows(NamedTuple):
    """Rows in the order of the log; all arrays have one entry a row.

    ``source`` and ``target`` are positions in ``graph.ids``, −1 for nobody and for whoever is not in the
    graph; ``weight`` is that of the row times that of its kind; ``time`` is in microseconds since 1970, the
    least int64 where the row has none, and empty in a log without timestamps; ``label`` is a position in
    ``graph.log.rows.labels``.
    """

    source: IntArray
    target: IntArray
    weight: FloatArray
    time: IntArray
    label: IntArray


def located_rows(graph: GraphRecord, kinds: Mapping[str, float]) -> LocatedRows:
    """Return the rows of the graph's log that are of these kinds, which have these weights.

    Parameters
    ----------
    graph : InfluenceGraph
        With its log.
    kinds : mapping of kind to weight
        Rows of other kinds are left out.

    Returns
    -------
    LocatedRows
        O(rows), and O(n log n) for the positions.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import build_graph
    >>> graph = build_graph(
    ...     pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"], "kind": ["like", "reply"]})
    ... )
    >>> located_rows(graph, {"reply": 0.5})[:3]
    (array([2]), array([0]), array([0.5]))
    """
    assert graph.log is not None
    rows = graph.log.rows
    # The last stands for nobody.
    place = np.append(places(graph, rows.people), -1)
    factor = np.array([kinds.get(kind, np.nan) for kind, _ in rows.labels])
    none = np.zeros(0, np.int64)
    parts = [[none, none, np.zeros(0), none, none]]
    for batch in rows.batches:
        of_kind = factor[batch.label]
        kept = np.flatnonzero(~np.isnan(of_kind))
        source, target = (np.maximum(end[kept], -1) for end in (batch.source, batch.target))
        times = batch.times()
        time = times[kept] if len(times) else times
        weight, label = of_kind[kept] * batch.weight[kept], batch.label[kept]
        parts.append([place[source], place[target], weight, time, label])
    return LocatedRows(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def places(graph: GraphRecord, people: pl.Series) -> IntArray:
    """Return positions in ``graph.ids``, −1 for nobody (null) and for whoever is not in the graph.

    Examples
    --------
    >>> from influence_graph import build_graph
    >>> graph = build_graph(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    >>> places(graph, pl.Series(["c", None, "d"])).tolist()
    [2, -1, -1]
    """
    people = people.cast(graph.ids.dtype)
    found = graph.ids.search_sorted(people).to_numpy().astype(np.int64)
    inside = np.minimum(found, graph.n - 1)
    alike = graph.ids[inside] == people  # gather would start a query, which takes longer on a small graph
    known = (alike.fill_null(False) if alike.null_count() else alike).to_numpy()
    return np.where(known, inside, -1)
