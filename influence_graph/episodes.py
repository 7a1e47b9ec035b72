"""Episodes of a log: the groups of interactions that vary together, and replicates in which they vary.

Interactions in one thread, or by one source on one day, depend on one another, so neither a row nor a pair
is a unit of sampling. An *episode* is

- for a row with an item or a parent: its thread, which is all rows that items and their parents connect;
- else, for an event or a post with a timestamp: what the source does on that day (UTC);
- else everything that the source does to the target.

A follow has an episode of its own. A replicate of the log counts each episode a whole number of times. The
bootstrap draws that number from Poisson(1), so a source none of whose episodes is drawn is absent from the
replicate; a deal into halves draws 1 in one half and 0 in the other.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
import polars as pl
from scipy.sparse import coo_array

from influence_graph.arrays import FloatArray, Int32Array, IntArray
from influence_graph.errors import DataError
from influence_graph.graph.adjacency import saturate
from influence_graph.graph.decay import decay_as_of
from influence_graph.graph.derived_layers import DerivedLayers
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.states import ENDS, last_states
from influence_graph.interactions.dictionary import Numbering
from influence_graph.interactions.encoded_log import ALWAYS
from influence_graph.interactions.log import STATES, Interactions, Narrowed, ReadReport
from influence_graph.linalg.csr import canonical

Unit: TypeAlias = Literal["thread", "source and day", "pair"]

_DAY = 86_400_000_000
_NO_PARTS = (np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32), np.empty(0))


@dataclass(frozen=True, eq=False)
class Episodes:
    """The weight of a graph by edge and episode.

    Attributes
    ----------
    graph : InfluenceGraph
        n people, m edges.
    count : int
        Number of episodes, E.
    unit : {"thread", "source and day", "pair"}
        What most episodes of the log are.
    edge : ndarray of int32, shape (p,)
        Position in ``graph.adjacency.data``, ascending; p parts, each of one edge and one episode.
    episode : ndarray of int32, shape (p,)
        Number of the episode, 0 … E − 1.
    weight : ndarray of float64, shape (p,)
        Decayed weight times the weight of the kind, above 0, before saturation.
    rows : ndarray of int32, shape (r,), or None
        Number of the episode of each row of ``graph.log``; None without a log.
    pairs : ndarray of int64, shape (E,), or None
        Without a log: the pair of each episode, source · n + target, ascending.
    """

    graph: InfluenceGraph
    count: int
    unit: Unit
    edge: Int32Array
    episode: Int32Array
    weight: FloatArray
    rows: Int32Array | None = None
    pairs: IntArray | None = None

    def edge_weights(self, multiplicity: IntArray | FloatArray) -> FloatArray:
        """Return the weight of each edge where every episode counts this number of times.

        Parameters
        ----------
        multiplicity : ndarray, shape (E,)
            0 or more.

        Returns
        -------
        ndarray of float64, shape (m,)
            Aligned with ``graph.adjacency.data``, saturated; 0 where no episode of the edge counts. O(p).
        """
        adjacency, m = self.graph.adjacency, self.graph.adjacency.nnz
        total: FloatArray = np.bincount(
            self.edge, weights=self.weight * multiplicity[self.episode], minlength=m
        ).astype(np.float64, copy=False)
        if self.rows is None:
            return total
        of_edges = canonical(total, adjacency.indices, adjacency.indptr, self.graph.n)
        return np.asarray(saturate(of_edges, self.graph.weighting.saturation).data)

    @cached_property
    def of_edge(self) -> IntArray:
        """How many episodes each edge has, shape (m,)."""
        return np.bincount(self.edge, minlength=self.graph.adjacency.nnz)

    @cached_property
    def received(self) -> tuple[IntArray, FloatArray]:
        """In how many episodes each person is reacted to, shape (n,), and how large these are.

        The sizes, shape (q,) for q pairs of an episode and a target, are weights over their mean. O(p log p).

        Examples
        --------
        >>> from influence_graph import build_graph
        >>> rows = {"source": ["b", "c", "d"], "target": ["a", "a", "a"], "kind": ["reply"] * 3}
        >>> log = pl.DataFrame(rows | {"item": ["1", "2", "3"], "parent": ["0", "0", "9"]})
        >>> times, sizes = episodes_of(build_graph(log)).received
        >>> times.tolist(), sizes.round(2).tolist()
        ([2, 0, 0, 0], [1.33, 0.67])
        """
        n, target = self.graph.n, self.graph.adjacency.indices[self.edge].astype(np.int64)
        pair = self.episode * np.int64(max(n, 1)) + target
        order = np.argsort(pair, kind="stable")
        first = np.flatnonzero(np.diff(pair[order], prepend=-1))
        if not len(first):
            return np.zeros(n, dtype=np.int64), np.empty(0)
        weight = self.weight / self.weight.max()
        sizes = np.add.reduceat(weight[order], first)
        return np.bincount(target[order][first], minlength=n), sizes / sizes.mean()

    def presence(self, multiplicity: IntArray) -> FloatArray:
        """Return how often each pair counts as one that interacted, with mean 1 over Poisson(1) draws.

        A pair of k episodes is absent from a replicate with probability e^(−k), so counting those present
        would shrink a count of pairs by up to 37 %. Here a pair of one episode counts as often as the
        episode (mean 1, variance 1), a pair of k ≥ 2 counts 1/(1 − e^(−k)) where any of them is drawn.

        Parameters
        ----------
        multiplicity : ndarray of int, shape (E,)
            0 or more.

        Returns
        -------
        ndarray of float64, shape (m,)
            Aligned with ``graph.adjacency.data``. O(p).
        """
        m, k = self.graph.adjacency.nnz, self.of_edge
        drawn = np.bincount(self.edge, weights=multiplicity[self.episode], minlength=m)
        several: FloatArray = (drawn > 0) / -np.expm1(-np.maximum(k, 1.0))
        return np.where(k == 1, drawn, several)

    def of_part(self, part: InfluenceGraph) -> Episodes:
        """Return the same episodes by the edges of another graph of the same log.

        Parameters
        ----------
        part : InfluenceGraph
            Its log is that of ``graph``, or some of its rows (:meth:`~influence_graph.interactions.log.
            Interactions.where`); or neither graph has one, and its edges are among the layers of ``graph``.

        Returns
        -------
        Episodes
            With the numbers of these, so that one draw serves both.

        Raises
        ------
        DataError
            If the graph is of another log.
        """
        log, graph = part.log, self.graph
        if log is None and self.pairs is not None:
            position = graph.positions(part.ids)
            at = _entries(self.pairs, position[_sources(part)] * graph.n + position[part.adjacency.indices])
            each = np.arange(len(at), dtype=np.int32)
            return Episodes(part, self.count, "pair", each, at.astype(np.int32), part.adjacency.data)
        if log is None or self.rows is None:
            raise _other_rows()
        labels = self.rows
        if isinstance(log, Narrowed) and len(log.mask) == len(labels):
            labels = labels[log.mask.to_numpy()]
        if log.report.kept != len(labels):
            raise _other_rows()
        return _checked(Episodes(part, self.count, self.unit, *_parts(part, log, labels), rows=labels))

    def replicate(self, multiplicity: IntArray, *, edges_only: bool = False) -> InfluenceGraph:
        """Return the graph of the log in which every episode counts this number of times.

        Parameters
        ----------
        multiplicity : ndarray of int, shape (E,)
            0 or more.
        edges_only : bool
            Whether edges are enough: the result has no layers and no log, and takes O(p). Otherwise it is
            built from a log in which the rows of an episode are repeated.

        Returns
        -------
        InfluenceGraph
            Of the same n people, at the same moment. An edge of weight 0 is no edge. A follow that is
            repeated in the log still holds once; among edges alone its weight is multiplied.

        Raises
        ------
        DataError
            If more than edges are wanted of a graph without its log.
        """
        graph = self.graph
        if edges_only:
            adjacency = canonical(
                self.edge_weights(multiplicity), graph.adjacency.indices, graph.adjacency.indptr, graph.n
            ).copy()
            adjacency.eliminate_zeros()
            counts = np.bincount(adjacency.indices, minlength=graph.n)
            nodes = graph.nodes.with_columns(pl.Series("reactors", counts))
            return dataclasses.replace(graph, adjacency=adjacency, nodes=nodes, layers={}, log=None)
        if graph.log is None or self.rows is None:
            raise DataError(
                "A graph without its log has no replicates for a method that reads more than edges. "
                "Build it from the log: build_graph(log)."
            )
        if not self.edge_weights(multiplicity).any():
            return _without_edges(graph, graph.log)
        times = multiplicity[self.rows].astype(np.int64, copy=False)
        return _among(graph, _rebuilt(graph, graph.log, np.repeat(np.arange(len(times)), times)))


def episodes_of(graph: InfluenceGraph) -> Episodes:
    """Return the episodes of the log from which a graph was built.

    Parameters
    ----------
    graph : InfluenceGraph
        A graph without its log has one episode an edge.

    Returns
    -------
    Episodes
        O(r log r) for r rows of the log.

    Raises
    ------
    DataError
        If the rows of the log do not add up to the edges of the graph.

    Examples
    --------
    >>> from influence_graph import build_graph
    >>> rows = {
    ...     "source": ["b", "b", "c"],
    ...     "target": ["a", "a", "a"],
    ...     "kind": ["reply"] * 3,
    ...     "timestamp": ["2024-01-01", "2024-01-02", "2024-01-02"],
    ... }
    >>> found = episodes_of(build_graph(pl.DataFrame(rows)))
    >>> found.count, found.unit, found.edge_weights(np.array([2, 1, 0])).tolist()
    (3, 'source and day', [3.0, 0.0])
    """
    if graph.log is None:
        pairs = _pairs(graph)
        whole = Episodes(graph, len(pairs), "pair", *_NO_PARTS, pairs=pairs)
        return dataclasses.replace(whole.of_part(graph), pairs=pairs)
    labels, count, unit = _row_episodes(graph.log)
    return _checked(Episodes(graph, count, unit, *_parts(graph, graph.log, labels), rows=labels))


def deal(count: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Return the multiplicities of two halves of a log: each episode is in one of them, by a fair coin.

    Examples
    --------
    >>> first, second = deal(4, np.random.default_rng(1))
    >>> (first + second).tolist()
    [1, 1, 1, 1]
    """
    first = rng.integers(2, size=count)
    return first, 1 - first


def _row_episodes(log: Interactions) -> tuple[Int32Array, int, Unit]:
    """Return the number of the episode of each row, how many there are, and what most of them are."""
    rows, total = log.rows, log.report.kept
    source, target, label, time = _columns(rows)
    threads = _threads(log)
    states = np.isin(label, [number for number, name in enumerate(rows.labels) if name[0] in STATES])
    day = np.floor_divide(time, _DAY)
    by_thread = (threads >= 0) & ~states
    by_day = ~by_thread & ~states & (time > ALWAYS)
    by_pair = ~by_thread & ~by_day & ~states
    labels, count, sizes = np.empty(total, dtype=np.int64), 0, {}
    for unit, members, keys in (
        ("thread", by_thread, (threads,)),
        ("source and day", by_day, (source, day)),
        ("pair", by_pair, (source, target)),
    ):
        labels[members], found = _dense(*(key[members] for key in keys))
        labels[members] += count
        count += found
        sizes[unit] = found
    labels[states] = count + np.arange(int(states.sum()))
    largest: Any = max(sizes, key=sizes.__getitem__)
    return labels.astype(np.int32), count + int(states.sum()), largest


def _threads(log: Interactions) -> IntArray:
    """Return the number of the thread of each row, −1 for a row without an item and a parent."""
    from scipy.sparse.csgraph import connected_components

    named = [name for name in ("item", "parent") if name in log.columns]
    if not named:
        return np.full(log.report.kept, -1, dtype=np.int64)
    frame = log.frame.select(named).collect(engine="streaming")
    items = Numbering(pl.String())
    codes = [items.codes(frame[name]) for name in named]
    first, last = codes[0], codes[-1]
    linked = (first >= 0) & (last >= 0)
    pairs = coo_array((np.ones(int(linked.sum()), dtype=bool), (first[linked], last[linked])),
                      shape=(len(items), len(items)))  # fmt: skip
    _, thread = connected_components(pairs, directed=False)
    own = np.where(last >= 0, last, first)
    return np.where(own >= 0, np.append(thread, -1)[own], -1).astype(np.int64)


def _parts(
    graph: InfluenceGraph, log: Interactions, labels: Int32Array
) -> tuple[Int32Array, Int32Array, FloatArray]:
    """Return edge, episode and weight of each pair of an edge and an episode, sorted."""
    rows, weighting = log.rows, graph.weighting
    source, target, label, time = _columns(rows)
    weight = np.concatenate([batch.weight for batch in rows.batches]).astype(np.float64)
    kind_weight = np.array([weighting.kinds.get(kind, 0.0) for kind, _ in rows.labels])
    state = np.array([kind in STATES for kind, _ in rows.labels])
    holds = ~state[label]
    if state.any():
        holds[_follows_that_hold(log)] = True
    weight *= kind_weight[label]
    decay = decay_as_of(weighting.as_of, weighting.half_life)
    if decay is not None:
        fading = ~state[label]
        weight[fading] *= decay(time[fading])
    used = np.flatnonzero(holds & (weight > 0.0) & (target >= 0) & (target != source))
    position = graph.positions(rows.people)
    known = _sources(graph) * graph.n + graph.adjacency.indices
    edge = _entries(known, position[source[used]] * graph.n + position[target[used]])
    part = edge * np.int64(int(labels.max(initial=-1)) + 1) + labels[used]
    order = np.argsort(part, kind="stable")
    part, used, edge = part[order], used[order], edge[order]
    first = np.flatnonzero(np.diff(part, prepend=-1))
    summed = np.add.reduceat(weight[used], first) if len(first) else np.empty(0)
    return edge[first].astype(np.int32), labels[used[first]], summed


def _follows_that_hold(log: Interactions) -> IntArray:
    """Return the numbers of the rows whose follow no later state of the pair replaces."""
    columns = ["source", "target", "network", "kind", *(["timestamp"] if log.has_timestamps else [])]
    frame = log.frame.select(columns).collect(engine="streaming").with_row_index("row")
    last = last_states(frame, ["source", "target", "network"]).filter(~ENDS)
    return last["row"].to_numpy().astype(np.int64)


def _sources(graph: InfluenceGraph) -> IntArray:
    """Return the source of each edge."""
    return np.repeat(np.arange(graph.n, dtype=np.int64), np.diff(graph.adjacency.indptr))


def _pairs(graph: InfluenceGraph) -> IntArray:
    """Return source · n + target of every pair with an edge or an entry in a layer, ascending."""
    keys = [
        np.repeat(np.arange(graph.n, dtype=np.int64), np.diff(matrix.indptr)) * graph.n + matrix.indices
        for matrix in (graph.adjacency, *graph.layers.values())
    ]
    return keys[0] if len(keys) == 1 else np.unique(np.concatenate(keys))


def _entries(known: IntArray, wanted: IntArray) -> IntArray:
    """Return the positions of these pairs among known ones, which are sorted."""
    at = np.searchsorted(known, wanted)
    if len(wanted) and (not len(known) or (known[np.minimum(at, len(known) - 1)] != wanted).any()):
        raise _other_rows()
    return at


def _checked(found: Episodes) -> Episodes:
    """Return these episodes, whose parts must add up to the edges."""
    whole = found.edge_weights(np.ones(found.count))
    if not np.allclose(whole, found.graph.adjacency.data, rtol=1e-9, atol=0.0):
        raise _other_rows()
    return found


def _columns(rows: Any) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return source, target and label of all rows, and their times (``ALWAYS`` where there is none)."""
    if not rows.batches:
        return (np.empty(0, dtype=np.int64),) * 4
    source, target, label = (
        np.concatenate([getattr(batch, name) for batch in rows.batches]).astype(np.int64)
        for name in ("source", "target", "label")
    )
    if not rows.timed:
        return source, target, label, np.full(len(source), ALWAYS)
    return source, target, label, np.concatenate([batch.times() for batch in rows.batches])


def _dense(*keys: IntArray) -> tuple[IntArray, int]:
    """Return the number of the group of each row, groups being rows with equal keys, and how many there are.

    Groups are numbered in the order of their keys.
    """
    if len(keys) == 1:
        keys = (np.zeros_like(keys[0]), keys[0])
    order = np.lexsort(keys[::-1])
    new = np.zeros(len(order), dtype=bool)
    for key in keys:
        new[1:] |= np.diff(key[order]) != 0
    number = np.cumsum(new)
    groups = np.empty(len(order), dtype=np.int64)
    groups[order] = number
    return groups, int(number[-1]) + 1 if len(number) else 0


def _rebuilt(graph: InfluenceGraph, log: Interactions, taken: IntArray) -> InfluenceGraph:
    """Return the graph of these rows of a log, with the weighting of another."""
    from influence_graph.graph.build import build_graph

    frame = log.frame.collect(engine="streaming")[taken]
    files = pl.DataFrame({"file": ["a replicate"], "read": [len(frame)], "kept": [len(frame)]})
    report = ReadReport(files, log.report.left_out.clear())
    replicate = Interactions(frame.lazy(), report, lambda: log.fingerprint)
    return build_graph(replicate, **graph.weighting.parameters(), layers=bool(graph.layers))


def _among(graph: InfluenceGraph, part: InfluenceGraph) -> InfluenceGraph:
    """Return a graph of some of the people as one of all of them."""
    at, n = graph.positions(part.ids), graph.n

    def wide(matrix: Any) -> Any:
        length = np.zeros(n, dtype=matrix.indptr.dtype)
        length[at] = np.diff(matrix.indptr)
        return canonical(matrix.data, at[matrix.indices], np.append(0, np.cumsum(length)), n)

    layers, known = part.layers, dict.fromkeys(graph.layers, canonical([], [], np.zeros(n + 1), n))
    numbers = [name for name, kind in part.nodes.schema.items() if kind.is_numeric() and name != "id"]
    nodes = graph.nodes.select("id").join(part.nodes, on="id", how="left", maintain_order="left")
    return dataclasses.replace(
        part,
        ids=graph.ids,
        layers=DerivedLayers(known, lambda: known | {name: wide(layer) for name, layer in layers.items()}),
        adjacency=wide(part.adjacency),
        nodes=nodes.with_columns(pl.col(numbers).fill_null(0)),
        weighting=graph.weighting,
    )


def _without_edges(graph: InfluenceGraph, log: Interactions) -> InfluenceGraph:
    """Return the graph of the same people for a replicate in which no edge is left."""
    nothing = canonical([], [], np.zeros(graph.n + 1), graph.n)
    times = [name for name, kind in graph.nodes.schema.items() if kind.is_temporal()]
    return dataclasses.replace(
        graph,
        adjacency=nothing,
        layers=dict.fromkeys(graph.layers, nothing),
        nodes=graph.nodes.select(
            "id",
            pl.all().exclude("id", *times) * 0,
            *(pl.lit(None, dtype=graph.nodes.schema[name]).alias(name) for name in times),
        ),
        log=log.where(pl.lit(False), reason="not in this replicate"),
    )


def _other_rows() -> DataError:
    return DataError(
        "The rows of graph.log do not add up to the edges of the graph, so the log has no replicates. "
        "Build the graph from its log: build_graph(log)."
    )
