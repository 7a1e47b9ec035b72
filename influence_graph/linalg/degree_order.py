"""Edges relabelled by descending degree, for methods that sweep over them many times.

A sweep over an R-MAT graph with 2²⁰ people and 16M edges takes 28 ms in this order and 95 ms in the order of
``graph.ids``: the few people who take part in most edges share cache lines.

A kernel is one serial function over a range of rows, called for chunks of rows by threads that wait for each
other asleep. Numba's parallel loops compile five times as long, and their threads wait by spinning: with six
processes at two cores HITS took a hundred times as long by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.linalg.csr import read_only
from influence_graph.linalg.row_shares import row_totals
from influence_graph.prefetch import prefetch
from influence_graph.threads import over_threads

#: Edges that one chunk of a sweep holds. Sums are taken within chunks, then over them in order, so
#: that the bits do not depend on the number of threads.
CHUNK_EDGES = 1 << 17
CHUNKS = 128

#: How many edges before its use a random read is prefetched. Unsigned, as all indices of the sweeps are: of a
#: signed one a kernel asks for each edge whether it counts from the end, which takes as long as the product.
PREFETCH_DISTANCE = np.uint64(32)


@dataclass(frozen=True, eq=False)
class Edges:
    """One direction of the edges in CSR over people in rank order; row i lists ``columns``.

    Attributes
    ----------
    pointers : ndarray of int64, shape (n + 1,)
    columns : ndarray of int32, shape (m,)
    shares : ndarray of float64, shape (m,)
        w(u, v) / Σ_v w(u, v): the chance that a walk at u goes on to v, in both directions of the edges.
    cuts : ndarray of int64
        Boundaries of the chunks of rows of one sweep.
    active : int
        Rows below this one belong to people who have both in-edges and out-edges.
    """

    pointers: IntArray
    columns: npt.NDArray[np.int32]
    shares: FloatArray
    cuts: IntArray
    active: int

    def __post_init__(self) -> None:
        for name in ("pointers", "columns", "shares", "cuts"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @cached_property
    def from_inactive(self) -> tuple[IntArray, npt.NDArray[np.int32], FloatArray]:
        """Row, column and share of the edges of active rows whose column is not active."""
        kept = int(self.pointers[self.active])
        at = np.flatnonzero(self.columns[:kept] >= self.active)
        rows = np.searchsorted(self.pointers, at, side="right") - 1
        return rows, self.columns[at], self.shares[at]

    def weighted_sum(
        self, x: FloatArray, plus: FloatArray | None = None, *, first: int = 0, last: int | None = None
    ) -> FloatArray:
        """Return plus + Σ_u share · x(u) over the columns u of each row from first to last − 1. O(m)."""
        last = len(self.pointers) - 1 if last is None else last
        result = np.zeros(last) if plus is None else plus[:last].copy()
        inner = self.cuts[np.searchsorted(self.cuts, first, "right") : np.searchsorted(self.cuts, last)]
        # Two chunks are one: that is how small graphs are summed without threads.
        cuts = [first, *(inner.tolist() if len(self.cuts) > 3 else ()), last]
        csr = self.pointers, self.columns, self.shares
        over_threads(lambda c: _add_weighted_sums(*csr, cuts[c], cuts[c + 1], x, result), len(cuts) - 1)
        return result[first:]


@dataclass(frozen=True, eq=False)
class TraversalOrder:
    """People by descending number of edges, in three groups.

    First the ``active`` people, who have in-edges and out-edges, then those with in-edges only, then
    all others: a linear system over the edges needs iteration only on the first group.

    Attributes
    ----------
    order : ndarray of int64, shape (n,)
        ``order[i]`` is the position in ``graph.ids`` of the person at rank i.
    ranks : ndarray of int64, shape (n,)
        The inverse: ``ranks[order[i]] == i``.
    active : int
        How many people have both in-edges and out-edges.
    reached : int
        How many people have in-edges.
    strength : ndarray of float64, shape (n,)
        Out-strength in rank order, divided by ``largest`` (so that weights near 1e300 don't overflow).
    largest : float
        The largest edge weight; 1 without edges.
    """

    order: IntArray
    ranks: IntArray
    active: int
    reached: int
    strength: FloatArray
    largest: float
    _adjacency: csr_array
    _in_edges: csr_array
    _totals: tuple[FloatArray, FloatArray]

    @cached_property
    def incoming(self) -> Edges:
        """Row v lists the sources of v's in-edges, with the share of the source's out-weight."""
        return self._relabel(self._in_edges, by_row=False)

    @cached_property
    def outgoing(self) -> Edges:
        """Row u lists the targets of u's out-edges, with the share of u's out-weight."""
        return self._relabel(self._adjacency, by_row=True)

    @cached_property
    def active_share(self) -> FloatArray:
        """Share of each person's out-weight that goes to active people."""
        edges = self.incoming
        kept = int(edges.pointers[self.active])
        sums = np.bincount(edges.columns[:kept], weights=edges.shares[:kept], minlength=len(self.order))
        share: FloatArray = read_only(np.asarray(sums, dtype=np.float64))
        return share

    def _relabel(self, matrix: csr_array, by_row: bool) -> Edges:
        pointers = np.zeros(len(self.order) + 1, dtype=np.int64)
        np.cumsum(np.diff(matrix.indptr)[self.order], out=pointers[1:])
        cuts = row_cuts(pointers, self.active)
        # Allocated here: numpy asks for large pages, a kernel does not.
        columns, shares = np.empty(matrix.nnz, np.int32), np.empty(matrix.nnz)
        old = matrix.indptr, matrix.indices, matrix.data, self.order, self.ranks, *self._totals, by_row

        def relabel(c: int) -> None:
            _relabel_rows(pointers, *old, cuts[c], cuts[c + 1], columns, shares)

        over_threads(relabel, len(cuts) - 1)
        return Edges(pointers, columns, shares, cuts, self.active)

    def to_public(self, values: FloatArray) -> FloatArray:
        """Return an array in rank order in the order of ``graph.ids``."""
        return np.ascontiguousarray(values[self.ranks])

    def from_public(self, values: FloatArray) -> FloatArray:
        """Return an array in the order of ``graph.ids`` in rank order."""
        return np.ascontiguousarray(values[self.order])


def traversal_order(adjacency: csr_array, in_edges: csr_array) -> TraversalOrder:
    """Order the people of a graph. O(n log n), and O(m) when edges are first asked for.

    Parameters
    ----------
    adjacency, in_edges : csr_array
        The graph and its transpose.
    """
    outs, ins = np.diff(adjacency.indptr), np.diff(in_edges.indptr)
    active = (outs > 0) & (ins > 0)
    group = np.where(active, 0, np.where(ins > 0, 1, 2))
    order = np.lexsort((-(outs + ins), group)).astype(np.int64)
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(order))
    largest = float(adjacency.data.max()) if adjacency.nnz else 1.0
    top, total = row_totals(adjacency.indptr, adjacency.data, row_cuts(adjacency.indptr, 0))
    strength = (top / largest * total)[order]
    order, ranks, strength, top, total = map(read_only, (order, ranks, strength, top, total))
    return TraversalOrder(
        order,
        ranks,
        int(active.sum()),
        int((ins > 0).sum()),
        strength,
        largest,
        adjacency,
        in_edges,
        (top, total),
    )


def edges_within(matrix: csr_array, people: IntArray, factor: float) -> Edges:
    """Return the part of a matrix that these people, ascending, make up, times a factor, in their order."""
    part = matrix[people][:, people]
    pointers = part.indptr.astype(np.int64)
    cuts = row_cuts(pointers, len(people))
    return Edges(pointers, part.indices.astype(np.int32, copy=False), part.data * factor, cuts, len(people))


def row_cuts(pointers: IntArray, active: int) -> IntArray:
    """Return boundaries of chunks of rows with about equal edges; one boundary is ``active``.

    The chunks depend on the graph only, never on the number of threads.
    """
    n = len(pointers) - 1

    def cut(start: int, stop: int) -> IntArray:
        work = pointers[start : stop + 1] + 4 * np.arange(stop - start + 1)
        pieces = int(min(CHUNKS, 1 + (work[-1] - work[0]) // CHUNK_EDGES))
        inner = np.searchsorted(work, np.linspace(work[0], work[-1], pieces + 1)[1:-1]) + start
        return np.concatenate([[start], inner, [stop]]).astype(np.int64)

    return np.unique(np.concatenate([cut(0, active), cut(active, n)]))


@njit(cache=True, nogil=True)
def _add_weighted_sums(
    pointers: IntArray,
    columns: npt.NDArray[np.int32],
    shares: FloatArray,
    first: int,
    last: int,
    x: FloatArray,
    result: FloatArray,
) -> None:
    end = np.uint64(len(columns) - 1)
    for v in range(first, last):
        total = result[v]
        for e in range(np.uint64(pointers[v]), np.uint64(pointers[v + 1])):
            prefetch(x, np.uint64(columns[min(e + PREFETCH_DISTANCE, end)]))
            total += shares[e] * x[np.uint32(columns[e])]
        result[v] = total


@njit(cache=True, nogil=True)
def _relabel_rows(
    new_pointers: IntArray,
    pointers: IntArray,
    indices: IntArray,
    weights: FloatArray,
    order: IntArray,
    ranks: IntArray,
    largest: FloatArray,
    total: FloatArray,
    by_row: bool,
    first: int,
    last: int,
    columns: npt.NDArray[np.int32],
    shares: FloatArray,
) -> None:
    """Write columns and shares of the rows first … last − 1 in rank order."""
    end, distance = len(indices) - 1, np.int64(PREFETCH_DISTANCE)
    for i in range(first, last):
        row = order[i]
        start, to = pointers[row], new_pointers[i]
        for j in range(pointers[row + 1] - start):
            ahead = indices[min(start + j + distance, end)]
            column = indices[start + j]
            prefetch(ranks, np.int64(ahead))
            columns[to + j] = ranks[column]
            source = row if by_row else column
            if not by_row:
                prefetch(largest, np.int64(ahead))
                prefetch(total, np.int64(ahead))
            shares[to + j] = weights[start + j] / largest[source] / total[source]
