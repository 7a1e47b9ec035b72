"""Live edges: which people, of those b attends to, moved b this time.

A cascade is reachability over edges that came out live (Kempe et al. 2003, section 2), so every
sampler of this subpackage is a walk over live edges. Drawing them one coin an edge costs the whole row;
here the *number* of live edges of a row is drawn first, then that many places: the cost is that of
the live edges. Where probabilities in a row differ, entries are grouped by powers of two and thinned
(SUBSIM: Guo, Wang, Wei & Chen 2020).
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.compilation import inner_kernel
from influence_graph.counter_rng import step, uniform
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.propagation.models import (
    LinearThreshold,
    Model,
    edge_probabilities,
    row_probabilities,
)

#: A run of entries whose probabilities are at most ``top`` and more than half of it, and its kind. Small,
#: since fetching it is most of what a visit of a person costs; kinds are few, so they are always near.
SEGMENT = np.dtype([("first", "i8"), ("count", "i4"), ("kind", "i4")])
KIND = np.dtype([("top", "f8"), ("none", "f8"), ("one", "f8"), ("thin", "i8")])
# Mean number of live entries above which they are found by skipping (no chance underflows there).
_SKIP = 24.0


class LiveEdges(NamedTuple):
    """The rows of a matrix of probabilities, laid out for drawing live entries.

    ``segments[pointer[b]:pointer[b + 1]]`` are the runs of row b (``pointer`` is empty where every row
    is one run); ``neighbours`` and ``probability`` are the entries, each row by falling probability.
    Linear threshold has ``cumulative`` sums a row instead of probabilities. ``threshold`` is True there and
    None elsewhere, so that what is not drawn is not compiled.
    """

    segments: npt.NDArray[Any]
    kinds: npt.NDArray[Any]
    pointer: IntArray
    neighbours: npt.NDArray[np.int32]
    probability: FloatArray
    threshold: Literal[True] | None


def live_edges(graph: InfluenceGraph, model: Model) -> LiveEdges:
    """Lay out the rows of ``graph.adjacency`` for sampling under this model.

    O(m) where the probabilities of each row are equal, else O(m log m).
    """
    rows = row_probabilities(graph, model)
    threshold = isinstance(model, LinearThreshold)
    if rows is None:
        return lay_out(graph.adjacency, edge_probabilities(graph, model), threshold=threshold)
    return _lay_out_rows(graph.adjacency, rows, threshold=threshold)


def lay_out(matrix: csr_array, p: FloatArray, *, threshold: bool) -> LiveEdges:
    """Return the layout of a matrix whose entries are live with chance ``p`` (or weighted, LT)."""
    indptr, indices = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32, copy=False)
    n = len(indptr) - 1
    if _equal_rows(indptr, p):
        rows = np.zeros(n)
        filled = np.diff(indptr) > 0
        rows[filled] = p[indptr[:-1][filled]]
        return _lay_out_rows(matrix, rows, threshold=threshold)
    if threshold:
        count = np.diff(indptr)
        segments, kinds = _segments(indptr[:-1], count, np.zeros(n), np.zeros(n, dtype=bool))
        return LiveEdges(segments, kinds, np.zeros(0, dtype=np.int64), indices, _cumulative(indptr, p), True)
    rows = np.repeat(np.arange(n), np.diff(indptr))
    order = np.lexsort((indices, -p, rows))
    p, indices, rows = p[order], indices[order], rows[order]
    keep = p > 0
    p, indices, rows = p[keep], indices[keep], rows[keep]
    per_row = np.bincount(rows, minlength=n)
    # Below 1/length all together expect one candidate at most: one group, as in SUBSIM.
    group = np.minimum(-np.frexp(p)[1], np.ceil(np.log2(np.maximum(per_row, 1)))[rows].astype(np.int64) + 1)
    group[p == 1.0] = -1
    fresh = np.ones(len(p), dtype=bool)
    fresh[1:] = (rows[1:] != rows[:-1]) | (group[1:] != group[:-1])
    first = np.flatnonzero(fresh)
    count = np.diff(np.append(first, len(p)))
    last = p[first + count - 1] if len(first) else p[:0]
    segments, kinds = _segments(first, count, p[first], last < p[first])
    pointer = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows[first], minlength=n), out=pointer[1:])
    return LiveEdges(segments, kinds, pointer, indices, p, None)


def _equal_rows(indptr: IntArray, p: FloatArray) -> bool:
    if len(p) < 2:
        return True
    same = np.ones(len(p), dtype=bool)
    np.equal(p[1:], p[:-1], out=same[1:])
    same[indptr[:-1][np.diff(indptr) > 0]] = True
    return bool(same.all())


def _lay_out_rows(matrix: csr_array, rows: FloatArray, *, threshold: bool) -> LiveEdges:
    """Lay out a matrix whose entries in row b all have chance ``rows[b]``: nothing has to be sorted."""
    count = np.diff(matrix.indptr).astype(np.int64)
    segments, kinds = _segments(matrix.indptr[:-1], count, rows, np.zeros(len(rows), dtype=bool))
    indices = matrix.indices.astype(np.int32, copy=False)
    none = np.zeros(0, dtype=np.int64)
    return LiveEdges(segments, kinds, none, indices, np.zeros(0), threshold or None)


def _segments(
    first: npt.NDArray[Any], count: npt.NDArray[Any], top: FloatArray, thin: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Describe runs: one kind a length where runs of a length are alike, else each its own."""
    segments = np.zeros(len(first), dtype=SEGMENT)
    segments["first"], segments["count"] = first, count
    shape = np.arange(len(first))
    if len(first):
        of_length = np.zeros(int(count.max()) + 1)
        of_length[count] = top
        if np.array_equal(of_length[count], top) and not thin.any():
            present = np.zeros(len(of_length), dtype=np.int32)
            present[count] = 1
            number = np.cumsum(present, dtype=np.int32) - 1
            segments["kind"] = number[count]
            shape = np.zeros(number[-1] + 1, dtype=np.int64)
            shape[segments["kind"]] = np.arange(len(first))
        else:
            segments["kind"] = shape
    kinds = np.zeros(len(shape), dtype=KIND)
    kinds["top"], kinds["thin"] = top[shape], thin[shape]
    kinds["none"] = _none_live(kinds["top"], count[shape])
    drawn = kinds["none"] > 0
    odds = kinds["top"][drawn] / (1.0 - kinds["top"][drawn])
    kinds["one"][drawn] = kinds["none"][drawn] * (1.0 + count[shape][drawn] * odds)
    return segments, kinds


def _none_live(top: FloatArray, count: IntArray) -> FloatArray:
    """Chance that no entry of a run is live; −1 where all are, −2 where skipping is the way."""
    with np.errstate(divide="ignore", invalid="ignore"):
        none = np.exp(count * np.log1p(-top))
    none[top * count > _SKIP] = -2.0
    none[(top >= 1.0) & (count > 0)] = -1.0
    return np.asarray(none)


@njit(cache=True)
def _cumulative(indptr: IntArray, p: FloatArray) -> FloatArray:
    sums = np.empty(len(p))
    for b in range(len(indptr) - 1):
        total = 0.0
        for e in range(indptr[b], indptr[b + 1]):
            total += p[e]
            sums[e] = total
        # A row that sums to 1 up to rounding always turns.
        if indptr[b + 1] > indptr[b] and abs(total - 1.0) < 1e-9:
            sums[indptr[b + 1] - 1] = 1.0
    return sums


@inner_kernel(forceinline=True)
def chosen(
    segments: npt.NDArray[Any], kinds: npt.NDArray[Any], probability: FloatArray, b: int, state: np.uint64
) -> int:
    """Linear threshold: the place of the one entry that moved b, or −1 (Kempe et al. 2003, claim 2.6)."""
    s = segments[b]
    if s.count == 0:
        return -1
    u = uniform(state)
    if len(probability) == 0:
        top = kinds[s.kind].top
        place = int(u / top) if top > 0 else s.count
        # u just below 1 over 1/d may round to d; the weights then sum to 1 and the last one is meant.
        if place == s.count and top * s.count >= 1.0 - 1e-9:
            place -= 1
        return s.first + place if place < s.count else -1
    low, high = s.first, s.first + s.count
    while low < high:
        middle = (low + high) >> 1
        if probability[middle] > u:
            high = middle
        else:
            low = middle + 1
    return low if low < s.first + s.count else -1


@inner_kernel(forceinline=True)
def draw_run(
    segments: npt.NDArray[Any],
    kinds: npt.NDArray[Any],
    probability: FloatArray,
    run: int,
    state: np.uint64,
    places: IntArray,
    lane: int,
    end: int,
) -> tuple[int, np.uint64]:
    """Append the live entries of one run to ``places[lane, :end]``; return the new end, and the stream.

    Their number is Binomial(count, top), by inversion of one uniform; the places are a uniform subset.
    """
    s = segments[np.uint64(run)]
    first, count = s.first, s.count
    kind = kinds[np.uint64(s.kind)]
    state = step(state)
    u = uniform(state)
    if u < kind.none:
        return end, state
    begin = end
    if u < kind.one:
        # Nobody and one are three of four draws where one is expected: no division, no loop.
        state = step(state)
        places[lane, np.uint64(end)] = first + int(uniform(state) * count)
        end += 1
    elif kind.none >= 0.0:
        end, state = _draw_several(first, count, kind.top, kind.none, u, state, places, lane, end)
    elif kind.none == -1.0:
        for i in range(count):
            places[lane, end + i] = first + i
        return end + count, state
    else:
        end, state = _draw_by_skipping(first, count, kind.top, state, places, lane, end)
    if kind.thin != 0:
        end, state = _thin(probability, kind.top, state, places, lane, begin, end)
    return end, state


@inner_kernel()
def _draw_several(
    first: int,
    count: int,
    top: float,
    none: float,
    u: float,
    state: np.uint64,
    places: IntArray,
    lane: int,
    end: int,
) -> tuple[int, np.uint64]:
    """Append as many places of [first, first + count) as ``u`` says: the inverse of the binomial law."""
    odds = top / (1.0 - top)
    mass = none
    number = 0
    while u >= mass and number < count:
        u -= mass
        number += 1
        mass *= odds * (count - number + 1) / number
    begin = end
    if 2 * number > count:
        # Selection sampling (Knuth 3.4.2, S): a pass over the run, where most are taken.
        for i in range(count):
            state = step(state)
            if uniform(state) * (count - i) < number:
                places[lane, end] = first + i
                end += 1
                number -= 1
        return end, state
    while end < begin + number:
        state = step(state)
        place = first + int(uniform(state) * count)
        new = True
        for j in range(begin, end):
            if places[lane, j] == place:
                new = False
                break
        if new:
            places[lane, end] = place
            end += 1
    return end, state


@inner_kernel()
def _draw_by_skipping(
    first: int, count: int, top: float, state: np.uint64, places: IntArray, lane: int, end: int
) -> tuple[int, np.uint64]:
    """Append places of [first, first + count), each with chance ``top``: the gaps are geometric."""
    scale = 1.0 / math.log1p(-top)
    at = -1
    while True:
        state = step(state)
        # 1 − u is in (0, 1]: its logarithm is finite.
        skip = math.log(1.0 - uniform(state)) * scale
        if skip >= count - at - 1:
            return end, state
        at += 1 + int(skip)
        places[lane, end] = first + at
        end += 1


@inner_kernel()
def _thin(
    probability: FloatArray,
    top: float,
    state: np.uint64,
    places: IntArray,
    lane: int,
    begin: int,
    end: int,
) -> tuple[int, np.uint64]:
    """Keep each of ``places[lane, begin:end]`` with chance probability / ``top``; return the new end."""
    kept = begin
    for j in range(begin, end):
        state = step(state)
        if uniform(state) * top < probability[places[lane, j]]:
            places[lane, kept] = places[lane, j]
            kept += 1
    return kept, state
