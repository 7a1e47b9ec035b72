"""Monte-Carlo cascades: start from given people and see whom they move, many times."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray
from influence_graph.counter_rng import Rng, key_of, mix, start, step, uniform
from influence_graph.errors import ConfigError, DataError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.propagation.models import (
    SIR,
    IndependentCascade,
    LinearThreshold,
    Model,
    edge_probabilities,
    make_model,
)
from influence_graph.propagation.parallel_blocks import in_blocks

Int64Array = npt.NDArray[np.int64]
_BLOCK = 32
# Coins that take as long as finding one live entry: measured, and of no effect on the result's law.
_COIN_EDGES = 6.6
_HIGH = np.uint64(32)


@dataclass(frozen=True, eq=False)
class Simulation:
    """What many cascades from the same seeds did.

    Attributes
    ----------
    spread : float
        Mean number of people reached, seeds included.
    low, high : float
        Its 95 % interval (normal, from the variance between runs).
    activation : ndarray of float64, shape (n,)
        Share of the runs in which each person was reached; aligned with ``graph.ids``.
    by_step : ndarray of float64
        Mean number newly reached at each step; step 0 are the seeds. Sums to ``spread``.
    sizes : ndarray of int64, shape (runs,)
        People reached in each run.
    """

    spread: float
    low: float
    high: float
    activation: FloatArray
    by_step: FloatArray
    sizes: Int64Array

    def __repr__(self) -> str:
        interval = f"[{self.low:.4g}, {self.high:.4g}]"
        return f"<Simulation: {self.spread:.4g} people {interval}, {len(self.sizes):,} runs>"


def simulate(
    graph: InfluenceGraph,
    seeds: Iterable[Any],
    *,
    model: Model | str = IndependentCascade(),  # noqa: B008 - frozen, and its fields show in help()
    runs: int = 10_000,
    rng: Rng = None,
) -> Simulation:
    """Run cascades from these people and report whom they reach.

    Parameters
    ----------
    graph : InfluenceGraph
        n people. Activity passes against the edges: from v to those who act on v.
    seeds : iterable of ids
        The people active at step 0; each once.
    model : IndependentCascade, LinearThreshold, SIR, or the name of one with its defaults
        How activity passes on.
    runs : int
        Number of cascades.
    rng : None, int, or numpy.random.Generator
        Where randomness comes from (SPEC 7). The same seed gives the same bits for any number of threads.

    Returns
    -------
    Simulation
        Spread with its interval, activation chances, sizes by step and by run. O(n) memory a thread;
        a cascade costs the edges of the people it reaches.

    Raises
    ------
    DataError
        If a seed is not in the graph, is named twice, or there is none.

    Examples
    --------
    >>> chain = InfluenceGraph.from_edges({"source": ["b", "c"], "target": ["a", "b"]})
    >>> simulate(chain, ["a"], model=IndependentCascade(1.0), runs=10, rng=0).by_step.tolist()
    [1.0, 1.0, 1.0]
    """
    if runs < 1:
        raise ConfigError(f"runs is {runs}, but at least 1 cascade has to be run.")
    chosen = make_model(model)
    return run_cascades(
        forward_edges(graph, chosen), seed_positions(graph, seeds), runs=runs, key=key_of(rng)
    )


def seed_positions(graph: InfluenceGraph, seeds: Iterable[Any]) -> Int64Array:
    """Return the positions of seeds, each of which is in the graph and named once."""
    if isinstance(seeds, str):
        raise DataError(f"seeds is the text {seeds!r}, but it is a list of ids. Write [{seeds!r}].")
    people = list(seeds)
    if not people:
        raise DataError("There is no seed. Name at least one person from whom the cascade starts.")
    at = graph.positions(people)
    values, times = np.unique(at, return_counts=True)
    if len(values) < len(at):
        raise DataError(f"The seed {graph.ids[int(values[times > 1][0])]!r} is named twice. Name each once.")
    return at


class ForwardEdges(NamedTuple):
    """For each person v the people whom v may move, and with what chance.

    Short rows take a coin an edge: live where 32 random bits are not above ``coin`` (chances rounded to
    a multiple of 2⁻³²). In others the next live entry is found by inverting one uniform: row v lies in
    pieces ``first_piece[v]:first_piece[v + 1]``, piece i in entries ``pieces[i]:pieces[i + 1]``, and
    ``survival`` is the chance that no entry of the piece up to and with this one is live. Under linear
    threshold ``survival`` holds the weights instead.
    """

    indptr: Int64Array
    by_coin: npt.NDArray[np.bool_]
    coin: npt.NDArray[np.uint32]
    first_piece: Int64Array
    pieces: Int64Array
    followers: npt.NDArray[np.int32]
    survival: FloatArray
    kind: int
    recovery: float


def forward_edges(graph: InfluenceGraph, model: Model) -> ForwardEdges:
    """Lay out the edges in the direction activity runs. O(m)."""
    p = edge_probabilities(graph, model)
    matrix = csr_array((p, graph.adjacency.indices, graph.adjacency.indptr), shape=graph.adjacency.shape)
    if (p == 0).any():
        matrix = matrix.copy()
        matrix.eliminate_zeros()
    forward = matrix.T.tocsr()
    forward.sort_indices()
    indptr = forward.indptr.astype(np.int64)
    followers = forward.indices.astype(np.int32)
    if isinstance(model, LinearThreshold):
        by_coin = np.zeros(len(indptr) - 1, dtype=np.bool_)
        no_coin = np.zeros(0, dtype=np.uint32)
        rows = np.arange(len(indptr))
        return ForwardEdges(indptr, by_coin, no_coin, rows, indptr, followers, forward.data, 1, 1.0)
    first_piece, pieces, survival = _pieces(indptr, forward.data)
    coin = np.maximum(np.rint(np.ldexp(forward.data, 32)), 1.0) - 1.0
    live = np.asarray(forward.sum(axis=1)).ravel()
    return ForwardEdges(
        indptr,
        np.diff(indptr) < _COIN_EDGES * (1.0 + live),
        coin.astype(np.uint32),
        first_piece,
        pieces,
        followers,
        survival,
        2 if isinstance(model, SIR) else 0,
        model.recovery if isinstance(model, SIR) else 1.0,
    )


@njit(cache=True)
def _pieces(indptr: Int64Array, p: FloatArray) -> tuple[Int64Array, Int64Array, FloatArray]:
    # A piece ends where nothing survives (p = 1) and before the product would lose its digits.
    n = len(indptr) - 1
    first_piece = np.zeros(n + 1, dtype=np.int64)
    pieces = np.zeros(len(p) + n + 1, dtype=np.int64)
    survival = np.empty(len(p))
    used = 0
    for v in range(n):
        product = 1.0
        for e in range(indptr[v], indptr[v + 1]):
            product *= 1.0 - p[e]
            survival[e] = product
            if product < 1e-100 or e + 1 == indptr[v + 1]:
                used += 1
                pieces[used] = e + 1
                product = 1.0
        first_piece[v + 1] = used
    return first_piece, pieces[: used + 1].copy(), survival


def run_cascades(edges: ForwardEdges, seeds: Int64Array, *, runs: int, key: np.uint64) -> Simulation:
    """Run cascades on edges laid out by :func:`forward_edges`."""
    n = len(edges.first_piece) - 1
    own = threading.local()
    activations: list[Int64Array] = []

    def work(a: int, b: int) -> tuple[Int64Array, Int64Array]:
        if not hasattr(own, "counts"):
            own.counts = np.zeros(n, dtype=np.int64)
            own.seen = np.zeros(n, dtype=np.uint8)
            own.queue = np.empty(n + 1, dtype=np.int32)  # a coin writes before it knows
            own.load = np.zeros(n if edges.kind == 1 else 0)
            own.barrier = np.zeros(n if edges.kind == 1 else 0)
            activations.append(own.counts)
        sizes = np.empty(b - a, dtype=np.int64)
        steps = _cascades(edges, seeds, key, a, sizes, own.counts, own.seen, own.queue, own.load, own.barrier)
        return sizes, steps

    parts = list(in_blocks(work, 0, runs, size=_BLOCK, label="cascades"))
    sizes = np.concatenate([s for s, _ in parts])
    reached: Int64Array = np.sum(activations, axis=0)
    by_step = np.zeros(max(len(t) for _, t in parts), dtype=np.int64)
    for _, steps in parts:
        by_step[: len(steps)] += steps
    mean = float(sizes.mean())
    half = 1.959963984540054 * float(sizes.std(ddof=1)) / math.sqrt(runs) if runs > 1 else math.inf
    return Simulation(
        mean, max(mean - half, len(seeds)), min(mean + half, n), reached / runs, by_step / runs, sizes
    )


@njit(cache=True, nogil=True)
def _cascades(
    edges: ForwardEdges,
    seeds: Int64Array,
    key: np.uint64,
    first: int,
    sizes: Int64Array,
    counts: Int64Array,
    seen: npt.NDArray[np.uint8],
    queue: npt.NDArray[np.int32],
    load: FloatArray,
    barrier: FloatArray,
) -> Int64Array:
    """Run ``len(sizes)`` cascades; add to ``counts`` whom they reached. Returns newly reached by step."""
    # Unpacked once: taking an array out of a tuple counts a reference, which costs more than its use.
    indptr, by_coin, coin, first_piece, pieces, followers, survival, kind, recovery = edges
    by_step = np.zeros(64, dtype=np.int64)
    longest = 0
    for run in range(len(sizes)):
        state = start(key, first + run)
        # The people of queue[begin:] are active and have not recovered; those from `fresh` on are new.
        size = 0
        for v in seeds:
            seen[v] = 1
            queue[size] = v
            size += 1
        begin, end, at = 0, size, 0
        by_step[0] += size
        while begin < end:
            for i in range(begin, end):
                v = queue[i]
                if by_coin[v]:
                    # Without a branch on what the coin shows, which nothing could foresee.
                    e = indptr[v]
                    while e < indptr[v + 1]:
                        state = step(state)
                        bits = mix(state)
                        b = followers[e]
                        new = np.uint8(np.uint32(bits) <= coin[e]) & (seen[b] ^ np.uint8(1))
                        queue[size] = b
                        seen[b] |= new
                        size += new
                        e += 1
                        if e < indptr[v + 1]:
                            b = followers[e]
                            new = np.uint8(np.uint32(bits >> _HIGH) <= coin[e]) & (seen[b] ^ np.uint8(1))
                            queue[size] = b
                            seen[b] |= new
                            size += new
                            e += 1
                    continue
                for piece in range(first_piece[v], first_piece[v + 1]):
                    low, high = pieces[piece], pieces[piece + 1]
                    if kind == 1:
                        size, state = _press(
                            followers, survival, low, high, state, seen, queue, size, load, barrier
                        )
                        continue
                    left = 1.0
                    while low < high:
                        state = step(state)
                        bar = uniform(state) * left
                        if survival[high - 1] > bar:
                            break
                        # The next live entry is the first whose survival is not above the bar.
                        end_at = high - 1
                        while end_at - low > 8:
                            middle = (low + end_at) >> 1
                            if survival[middle] > bar:
                                low = middle + 1
                            else:
                                end_at = middle
                        while survival[low] > bar:
                            low += 1
                        left = survival[low]
                        b = followers[low]
                        low += 1
                        if seen[b] == 0:
                            seen[b] = 1
                            queue[size] = b
                            size += 1
            at += 1
            if kind == 2 and recovery < 1.0:
                # Those who recover move to the front, out of the way.
                for i in range(begin, end):
                    state = step(state)
                    if uniform(state) < recovery:
                        queue[begin], queue[i] = queue[i], queue[begin]
                        begin += 1
            else:
                begin = end
            if size > end or begin < end:
                if at >= len(by_step):
                    longer = np.zeros(2 * len(by_step), dtype=np.int64)
                    longer[: len(by_step)] = by_step
                    by_step = longer
                by_step[at] += size - end
                if size > end:
                    longest = max(longest, at)
            end = size
        for i in range(size):
            v = queue[i]
            counts[v] += 1
            seen[v] = 0
        if kind == 1:
            for i in range(size):
                v = queue[i]
                for e in range(pieces[v], pieces[v + 1]):
                    seen[followers[e]] = 0
        sizes[run] = size
    return by_step[: longest + 1].copy()


@njit(cache=True, nogil=True)
def _press(
    followers: npt.NDArray[np.int32],
    survival: FloatArray,
    low: int,
    high: int,
    state: np.uint64,
    seen: npt.NDArray[np.uint8],
    queue: npt.NDArray[np.int32],
    size: int,
    load: FloatArray,
    barrier: FloatArray,
) -> tuple[int, np.uint64]:
    """Linear threshold: one active person adds to the load of those of entries [low, high)."""
    for e in range(low, high):
        b = followers[e]
        if seen[b] == 1:
            continue
        if seen[b] == 0:
            # First touched: its threshold is drawn now, in (0, 1].
            state = step(state)
            barrier[b] = 1.0 - uniform(state)
            load[b] = 0.0
            seen[b] = 2
        load[b] += survival[e]
        # Weights that sum to 1 up to rounding reach every threshold.
        if load[b] >= barrier[b] or load[b] > 1.0 - 1e-12:
            seen[b] = 1
            queue[size] = b
            size += 1
    return size, state
