"""From rows to sums by person and pair: rows go to parts by source, each part is sorted and added up."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from influence_graph.graph import kernels
from influence_graph.graph.adjacency import canonical
from influence_graph.graph.graph import FloatArray, IntArray
from influence_graph.graph.numbering import Spread
from influence_graph.graph.rows import ALWAYS, Batch, Rows, microseconds
from influence_graph.interactions.log import POST, is_event

#: Rows in a part, so that it is sorted in a core's own cache; the graph does not depend on it.
PART = 1 << 16
NEVER = np.iinfo(np.int64).max
_TABLES = 2
#: The rows are let go in so many steps, while the edges are made of them.
_GROUPS = 8
_AHEAD = 32


@dataclass(frozen=True, eq=False)
class Layout:
    """What the labels of a log mean.

    Attributes
    ----------
    names : list of (kind, network)
        The layers, sorted; an unfollow belongs to its follow.
    layer : ndarray of int32
        The layer of each label; of a post, 0.
    event, ends : ndarray of bool
        Whether a label is an event, and whether it ends what its layer holds.
    holds : ndarray of bool
        Whether a layer is a state, which holds and does not decay.
    kinds : list of str
        The kinds that have a layer, sorted.
    kind : ndarray of int64
        The kind of each layer.
    """

    names: list[tuple[str, str]]
    layer: npt.NDArray[np.int32]
    event: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.bool_]
    holds: npt.NDArray[np.bool_]
    kinds: list[str]
    kind: IntArray

    @classmethod
    def of(cls, labels: list[tuple[str, str]]) -> Layout:
        """Return the layout of these labels."""
        turned = [("follow" if kind == "unfollow" else kind, network) for kind, network in labels]
        names = sorted({name for name in turned if name[0] != POST})
        kinds = sorted({kind for kind, _ in names})
        return cls(
            names,
            np.array([0 if name[0] == POST else names.index(name) for name in turned], dtype=np.int32),
            np.array([is_event(kind) for kind, _ in labels], dtype=bool),
            np.array([kind == "unfollow" for kind, _ in labels], dtype=bool),
            np.array([kind == "follow" for kind, _ in names], dtype=bool),
            kinds,
            np.array([kinds.index(kind) for kind, _ in names], dtype=np.int64),
        )


@dataclass(frozen=True, eq=False)
class Seen:
    """When each person was seen, in microseconds since 1970 (``NEVER``, ``ALWAYS``: not); acts of each."""

    first: IntArray
    last: IntArray
    reaction: IntArray
    rows: IntArray
    selves: int
    untimed: int


def place(rows: Rows, layout: Layout, rank: npt.NDArray[np.int32], spread: Spread) -> Seen:
    """Turn the numbers of people in all batches into their positions, and look when each was seen."""
    n = rank.size
    decays = ~layout.holds[layout.layer] if layout.holds.size else np.ones(layout.layer.size, dtype=bool)
    groups = [rows.batches[start::_TABLES] for start in range(_TABLES)]

    def fill(group: list[Batch]) -> tuple[IntArray, int, int]:
        seen = np.empty((n, 4), dtype=np.int64)
        seen[:] = NEVER, ALWAYS, ALWAYS, 0
        selves = untimed = 0
        for batch in group:
            label = batch.label.astype(np.int32, copy=False)
            time = batch.times() if rows.timed else np.empty(0, dtype=np.int64)
            found = kernels.place(
                batch.source, batch.target, label, time, rank, layout.event, decays, seen, ALWAYS
            )
            selves, untimed = selves + found[0], untimed + found[1]
        return seen, selves, untimed

    tables = list(spread(fill, [group for group in groups if group]))
    seen, selves, untimed = tables[0]
    for table, more, lacking in tables[1:]:
        np.minimum(seen[:, 0], table[:, 0], out=seen[:, 0])
        np.maximum(seen[:, 1:3], table[:, 1:3], out=seen[:, 1:3])
        seen[:, 3] += table[:, 3]
        selves, untimed = selves + more, untimed + lacking
    first, last, reaction, acts = (np.ascontiguousarray(column) for column in seen.T)
    return Seen(first, last, reaction, acts, selves, untimed)


def post_sums(rows: Rows, n: int) -> FloatArray:
    """Return the weight of each person's posts, added up by time, then in the order of the rows."""
    written = [batch for batch in rows.batches if (batch.target < 0).any()]
    if not written:
        return np.zeros(n)
    picks = [batch.target < 0 for batch in written]
    person = np.concatenate([batch.source[pick] for batch, pick in zip(written, picks, strict=True)])
    weight = np.concatenate([batch.weight[pick] for batch, pick in zip(written, picks, strict=True)])
    if rows.timed:
        time = np.concatenate([batch.times()[pick] for batch, pick in zip(written, picks, strict=True)])
        if (time[1:] < time[:-1]).any():
            order = np.argsort(time, kind="stable")
            person, weight = person[order], weight[order]
    return np.bincount(person, weights=weight, minlength=n).astype(np.float64, copy=False)


@dataclass(frozen=True, eq=False)
class Sums:
    """What the rows add up to.

    Attributes
    ----------
    given, received : ndarray of float64, shape (kinds, n)
        Weights without decay; of follows, those that hold.
    layers : dict of (kind, network) to csr_array
        Sums with decay; empty unless asked for.
    whole : csr_array or None
        Σ weights·layer, where no layers were asked for.
    pairs : int
        Pairs with a layer that counts.
    """

    given: FloatArray
    received: FloatArray
    layers: dict[tuple[str, str], csr_array]
    whole: csr_array | None
    pairs: int


def add_up(
    rows: Rows,
    layout: Layout,
    seen: Seen,
    *,
    half_life: float | None,
    weights: Mapping[str, float],
    apart: bool,
    spread: Spread,
) -> Sums:
    """Return the sums of the acts, whose people have been placed; ``rows.batches`` is used up.

    Parts follow one another in the order of sources. In a part rows are sorted by source, target, layer,
    time and place in the log, and runs of one source, target and layer are added up from left to right.
    """
    n = seen.rows.size
    target_bits, layer_bits = max(n - 1, 1).bit_length(), max(len(layout.names) - 1, 0).bit_length()
    part = kernels.parts_of(seen.rows, PART, 1 << (62 - target_bits - layer_bits))
    firsts = np.flatnonzero(np.diff(part, prepend=-1))
    acts = int(seen.rows.sum())

    groups = np.unique(np.linspace(0, firsts.size, _GROUPS + 1).astype(np.int64))
    group_of = np.searchsorted(groups, np.arange(firsts.size), side="right") - 1
    parted = [
        list(some)
        for some in zip(*spread(partial(_to_parts, part=part, groups=groups), rows.batches), strict=True)
    ]
    rows.batches.clear()
    by_layer = np.array([weights[kind] for kind, _ in layout.names])
    decay = None
    if half_life is not None and rows.moment is not None:
        decay = partial(_decay, moment=microseconds(rows.moment), half_life=half_life * 1e6)

    def merge(number: int) -> _Part:
        return _merge(
            _Pieces.of(parted[group_of[number]], number, timed=rows.timed),
            layout,
            by_layer,
            int(firsts[number]),
            (target_bits, layer_bits),
            decay,
            apart=apart,
        )

    given, received = np.zeros((len(layout.kinds), n)), np.zeros((len(layout.kinds), n))
    # As large as they can get: memory that is not written to is not taken.
    targets, values = np.empty(acts, dtype=np.int32), np.empty(acts)
    codes = np.empty(acts if apart else 0, dtype=np.min_scalar_type(max(len(layout.names) - 1, 0)))
    counts = np.zeros(n, dtype=np.int64)
    filled = pairs = 0
    for number, made in enumerate(_in_turn(merge, firsts.size, spread)):
        if number + 1 in groups:
            parted[group_of[number]].clear()
        source, target, layer, plain = made.runs
        kernels.tally(source, target, layer, plain, layout.kind, given, received)
        source, target, value = made.sums
        some = slice(filled, filled + source.size)
        targets[some], values[some] = target, value
        if apart:
            codes[some] = made.runs[2]
        filled += source.size
        pairs += made.pairs
        if source.size:
            counts[source[0] : source[-1] + 1] += np.bincount(source - source[0])
    indptr = np.concatenate([[0], np.cumsum(counts)])
    if not apart:
        targets.resize(filled, refcheck=False)
        values.resize(filled, refcheck=False)
        return Sums(given, received, {}, _matrix(values, targets, indptr, n), pairs)
    layers = {}
    for code, name in enumerate(layout.names):
        there = np.flatnonzero((codes[:filled] == code) & (values[:filled] > 0))
        layers[name] = _matrix(values[there], targets[there], np.searchsorted(there, indptr), n)
    return Sums(given, received, layers, None, pairs)


def _in_turn(merge: Callable[[int], _Part], n_parts: int, spread: Spread) -> Iterator[_Part]:
    """Give the parts in order; few are made ahead, as each takes memory."""
    for begin in range(0, n_parts, _AHEAD):
        yield from spread(merge, range(begin, min(begin + _AHEAD, n_parts)))


@dataclass(frozen=True, eq=False)
class _Pieces:
    """The rows of one part, in the order of the log."""

    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    label: npt.NDArray[np.int32]
    weight: FloatArray
    time: IntArray

    @classmethod
    def of(cls, batches: list[_Parted], number: int, *, timed: bool) -> _Pieces:
        pieces = [(some.batch, some.rows(number)) for some in batches]
        return cls(
            np.concatenate([batch.source[some] for batch, some in pieces]),
            np.concatenate([batch.target[some] for batch, some in pieces]),
            np.concatenate([batch.label[some] for batch, some in pieces], dtype=np.int32),
            np.concatenate([batch.weight[some] for batch, some in pieces], dtype=np.float64),
            np.concatenate([batch.times(some) for batch, some in pieces])
            if timed
            else np.empty(0, dtype=np.int64),
        )

    def by_time(self) -> _Pieces:
        if not (self.time[1:] < self.time[:-1]).any():
            return self
        order = np.argsort(self.time, kind="stable")
        return _Pieces(
            self.source[order], self.target[order], self.label[order], self.weight[order], self.time[order]
        )


@dataclass(frozen=True, eq=False)
class _Part:
    """The runs of one part, and their sums: by run, or by pair."""

    runs: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32], FloatArray]
    sums: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], FloatArray]
    pairs: int


@dataclass(frozen=True, eq=False)
class _Parted:
    """The acts of a batch in some consecutive parts, in the order of these."""

    batch: Batch
    first: int
    starts: IntArray

    def rows(self, number: int) -> slice:
        place = number - self.first
        return slice(self.starts[place], self.starts[place + 1])


def _to_parts(batch: Batch, *, part: npt.NDArray[np.int32], groups: IntArray) -> list[_Parted]:
    """Return the acts of a batch by groups of parts; the batch is used up."""
    order, starts = kernels.by_part(batch.source, batch.target, part, int(groups[-1]))
    made = []
    for first, end in itertools.pairwise(groups.tolist()):
        begin = starts[first]
        made.append(_Parted(batch.picked(order[begin : starts[end]]), first, starts[first : end + 1] - begin))
    batch.empty()
    return made


def _decay(time: IntArray, *, moment: int, half_life: float) -> FloatArray:
    """Return 2^(−age/half-life); a row without a time has no age."""
    age = np.where(time == ALWAYS, 0, moment - time) if (time == ALWAYS).any() else moment - time
    return np.exp2(-age / half_life)


def _merge(
    rows: _Pieces,
    layout: Layout,
    weights: FloatArray,
    first: int,
    bits: tuple[int, int],
    decay: Callable[[IntArray], FloatArray] | None,
    *,
    apart: bool,
) -> _Part:
    rows = rows.by_time()
    keys, order = kernels.in_order(rows.source, rows.target, layout.layer[rows.label], first, *bits)
    values = np.empty((rows.weight.size, 1 if decay is None else 2))
    values[:, 0] = rows.weight
    if decay is not None:
        np.multiply(rows.weight, decay(rows.time), out=values[:, 1])
        if layout.holds.any():
            lasting = layout.holds[layout.layer[rows.label]]
            values[lasting, 1] = rows.weight[lasting]
    ends = layout.ends[rows.label] if layout.ends.any() else np.empty(0, dtype=bool)
    runs = kernels.run_sums(keys, order, ends, values, layout.holds, first, *bits)
    if apart:
        source, target, _, sums = runs
        return _Part(runs, (source, target, sums[:, -1]), kernels.pair_sums(*runs, weights)[-1])
    source, target, sums, pairs = kernels.pair_sums(*runs, weights)
    return _Part(runs, (source, target, sums), pairs)


def _matrix(data: FloatArray, indices: Any, indptr: IntArray, n: int) -> csr_array:
    """Return a CSR array with indices of 32 bits wherever they do."""
    kind = np.int32 if data.size < 2**31 else np.int64
    return canonical(data, indices.astype(kind, copy=False), indptr.astype(kind), n)
