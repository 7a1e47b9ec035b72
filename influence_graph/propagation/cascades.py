"""Monte-Carlo cascades: start from given seeds and count who is reached, many times."""

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
from scipy.special import ndtri

from influence_graph.arrays import FloatArray, Int32Array, IntArray
from influence_graph.counter_rng import Rng, key_of, mix, start, step, uniform
from influence_graph.errors import ConfigError, DataError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.limits import check_limits
from influence_graph.propagation.models import (
    SIR,
    IndependentCascade,
    LinearThreshold,
    Model,
    edge_probabilities,
    make_model,
)
from influence_graph.propagation.parallel_blocks import in_blocks

_BLOCK = 32
# Coins that take as long as finding one live entry: measured, and of no effect on the result's law.
_COIN_EDGES = 6.6
_HIGH = np.uint64(32)


@dataclass(frozen=True, eq=False)
class Simulation:
    """Result of many cascades from the same seeds.

    Attributes
    ----------
    spread : float
        Mean number of people reached, seeds included.
    low, high : float
        Its interval at the confidence level (normal, from the variance between runs).
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
    sizes: IntArray

    def __repr__(self) -> str:
        interval = f"[{self.low:.4g}, {self.high:.4g}]"
        return f"<Simulation: {self.spread:.4g} people {interval}, {len(self.sizes):,} runs>"


def simulate(
    graph: InfluenceGraph,
    seeds: Iterable[Any],
    *,
    model: Model | str = IndependentCascade(),  # noqa: B008 - frozen, and its fields show in help()
    runs: int = 10_000,
    confidence: float = 0.95,
    rng: Rng = None,
) -> Simulation:
    """Run cascades from these seeds and report who is reached.

    Parameters
    ----------
    graph : InfluenceGraph
        n people. Activity passes against the edges: from v to those who act on v.
    seeds : iterable of ids
        The people active at step 0; each once.
    model : IndependentCascade, LinearThreshold, SIR, or the name of one with its defaults
        The diffusion model.
    runs : int
        Number of cascades.
    confidence : float in (0, 1)
        Confidence level of the interval.
    rng : None, int, or numpy.random.Generator
        Source of randomness (SPEC 7). The same seed gives the same bits for any number of threads.

    Returns
    -------
    Simulation
        Spread with its interval, activation chances, sizes by step and by run. O(n) memory a thread;
        a cascade costs the edges of the people it reaches.

    Raises
    ------
    ConfigError
        If ``runs`` or ``confidence`` is out of range.
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
    check_limits({"runs": runs})
    if not 0 < confidence < 1:
        raise ConfigError(f"confidence is {confidence}, but it should be between 0 and 1, such as 0.95.")
    edges = forward_edges(graph, make_model(model))
    return run_cascades(
        edges, seed_positions(graph, seeds), runs=runs, key=key_of(rng), confidence=confidence
    )


def seed_positions(graph: InfluenceGraph, seeds: Iterable[Any]) -> IntArray:
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
    """The edges in the direction of activity: for each person v the people v may move, and with what chance.

    Short rows take a coin an edge: live where 32 random bits are not above ``coin`` (chances rounded to
    a multiple of 2⁻³²). In others the next live entry is found by inverting one uniform: row v lies in
    pieces ``first_piece[v]:first_piece[v + 1]``, piece i in entries ``pieces[i]:pieces[i + 1]``, and
    ``survival`` is the chance that no entry of the piece up to and with this one is live. Under linear
    threshold ``survival`` holds the weights instead.
    """

    indptr: IntArray
    by_coin: npt.NDArray[np.bool_]
    coin: npt.NDArray[np.uint32]
    first_piece: IntArray
    pieces: IntArray
    followers: Int32Array
    survival: FloatArray
    threshold: bool
    recovery: float


class Scratch(NamedTuple):
    """Arrays of one thread, each of shape (n,) except ``queue`` (n + 1,).

    ``counts``: cascades that reached each person; ``seen``: 0 between cascades; ``queue``: the active
    people in the order reached; ``load`` and ``threshold``: empty but for linear threshold.
    """

    counts: IntArray
    seen: npt.NDArray[np.uint8]
    queue: Int32Array
    load: FloatArray
    threshold: FloatArray


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
        return ForwardEdges(indptr, by_coin, no_coin, rows, indptr, followers, forward.data, True, 1.0)
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
        False,
        model.recovery if isinstance(model, SIR) else 1.0,
    )


@njit(cache=True)
def _pieces(indptr: IntArray, p: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
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


def run_cascades(
    edges: ForwardEdges, seeds: IntArray, *, runs: int, key: np.uint64, confidence: float = 0.95
) -> Simulation:
    """Run cascades on edges laid out by :func:`forward_edges`."""
    n = len(edges.first_piece) - 1
    cascades = _threshold_cascades if edges.threshold else _infectious_cascades
    own = threading.local()
    of_threads: list[Scratch] = []

    def work(a: int, b: int) -> tuple[IntArray, IntArray]:
        if not hasattr(own, "scratch"):
            loads = n if edges.threshold else 0
            own.scratch = Scratch(
                np.zeros(n, dtype=np.int64),
                np.zeros(n, dtype=np.uint8),
                np.empty(n + 1, dtype=np.int32),  # a coin writes before it knows
                np.zeros(loads),
                np.zeros(loads),
            )
            of_threads.append(own.scratch)
        sizes = np.empty(b - a, dtype=np.int64)
        return sizes, cascades(edges, seeds, key, a, sizes, own.scratch)

    blocks = list(in_blocks(work, 0, runs, size=_BLOCK, label="cascades"))
    sizes = np.concatenate([s for s, _ in blocks])
    reached: IntArray = np.sum([scratch.counts for scratch in of_threads], axis=0)
    by_step = np.zeros(max(len(t) for _, t in blocks), dtype=np.int64)
    for _, steps in blocks:
        by_step[: len(steps)] += steps
    mean = float(sizes.mean())
    z = float(ndtri(0.5 + confidence / 2.0))
    half = z * float(sizes.std(ddof=1)) / math.sqrt(runs) if runs > 1 else math.inf
    return Simulation(
        mean, max(mean - half, len(seeds)), min(mean + half, n), reached / runs, by_step / runs, sizes
    )


@njit(cache=True, nogil=True)
def _infectious_cascades(
    edges: ForwardEdges, seeds: IntArray, key: np.uint64, first: int, sizes: IntArray, scratch: Scratch
) -> IntArray:
    """Run ``len(sizes)`` cascades of SIR or, where recovery is certain, independent cascade.

    In each step every infectious person tries once at each follower who is not active, then recovers with
    chance ``recovery``. Fills ``sizes``, adds to ``scratch.counts`` who was reached; returns the newly
    reached by step.
    """
    # Unpacked once: taking an array out of a tuple counts a reference, which costs more than its use.
    indptr, by_coin, coin, first_piece, pieces, followers, survival, _, recovery = edges
    counts, seen, queue, _, _ = scratch
    by_step = np.zeros(64, dtype=np.int64)
    longest = 0
    for run in range(len(sizes)):
        state = start(key, first + run)
        # The people of queue[begin:end] are infectious; those from ``end`` on are new in this step.
        size = _activate(seeds, seen, queue)
        begin, end, at = 0, size, 0
        by_step[0] += size
        while begin < end:
            for i in range(begin, end):
                v = queue[i]
                if by_coin[v]:
                    size, state = _try_by_coin(
                        indptr[v], indptr[v + 1], followers, coin, state, seen, queue, size
                    )
                else:
                    for piece in range(first_piece[v], first_piece[v + 1]):
                        low, high, left = pieces[piece], pieces[piece + 1], 1.0
                        while low < high:
                            state = step(state)
                            bar = uniform(state) * left
                            if survival[high - 1] > bar:
                                break
                            low = _next_live(survival, low, high - 1, bar)
                            left = survival[low]
                            b = followers[low]
                            low += 1
                            if seen[b] == 0:
                                seen[b] = 1
                                queue[size] = b
                                size += 1
            at += 1
            if recovery < 1.0:
                # Those who recover move to the front, out of the way.
                for i in range(begin, end):
                    state = step(state)
                    if uniform(state) < recovery:
                        queue[begin], queue[i] = queue[i], queue[begin]
                        begin += 1
            else:
                begin = end
            if size > end:
                if at >= len(by_step):
                    by_step = _twice_as_long(by_step)
                by_step[at] += size - end
                longest = max(longest, at)
            end = size
        for i in range(size):
            counts[queue[i]] += 1
            seen[queue[i]] = 0
        sizes[run] = size
    return by_step[: longest + 1].copy()


@njit(cache=True, nogil=True)
def _threshold_cascades(
    edges: ForwardEdges, seeds: IntArray, key: np.uint64, first: int, sizes: IntArray, scratch: Scratch
) -> IntArray:
    """Run ``len(sizes)`` cascades of linear threshold.

    In each step the weights of those newly active are added to the load of their followers, who turn
    active once it reaches their threshold. Fills and returns as :func:`_infectious_cascades`.
    """
    indptr, _, _, _, _, followers, weight, _, _ = edges
    counts, seen, queue, load, threshold = scratch
    by_step = np.zeros(64, dtype=np.int64)
    longest = 0
    for run in range(len(sizes)):
        state = start(key, first + run)
        size = _activate(seeds, seen, queue)
        begin, end, at = 0, size, 0
        by_step[0] += size
        while begin < end:
            for i in range(begin, end):
                v = queue[i]
                size, state = _add_load(
                    indptr[v], indptr[v + 1], followers, weight, state, seen, queue, size, load, threshold
                )
            at += 1
            if size > end:
                if at >= len(by_step):
                    by_step = _twice_as_long(by_step)
                by_step[at] += size - end
                longest = max(longest, at)
            begin, end = end, size
        for i in range(size):
            v = queue[i]
            counts[v] += 1
            seen[v] = 0
            for e in range(indptr[v], indptr[v + 1]):
                seen[followers[e]] = 0
        sizes[run] = size
    return by_step[: longest + 1].copy()


@njit(cache=True)
def _activate(seeds: IntArray, seen: npt.NDArray[np.uint8], queue: Int32Array) -> int:
    """Mark and queue the seeds; return how many."""
    for i in range(len(seeds)):
        seen[seeds[i]] = 1
        queue[i] = seeds[i]
    return len(seeds)


@njit(cache=True)
def _twice_as_long(by_step: IntArray) -> IntArray:
    """Return a copy of twice the length, zero at the end."""
    longer = np.zeros(2 * len(by_step), dtype=np.int64)
    for i in range(len(by_step)):  # assigning to a slice compiles the text of its error message: 4 s
        longer[i] = by_step[i]
    return longer


@njit(cache=True, forceinline=True)
def _try_by_coin(
    low: int,
    high: int,
    followers: Int32Array,
    coin: npt.NDArray[np.uint32],
    state: np.uint64,
    seen: npt.NDArray[np.uint8],
    queue: Int32Array,
    size: int,
) -> tuple[int, np.uint64]:
    """One active person tries at each follower of entries [low, high), with a coin of 32 bits each.

    Without a branch on what the coin shows, which no processor could predict: a follower is written to
    the queue first, and stays there if new.
    """
    e = low
    while e < high:
        state = step(state)
        bits = mix(state)
        b = followers[e]
        new = np.uint8(np.uint32(bits) <= coin[e]) & (seen[b] ^ np.uint8(1))
        queue[size] = b
        seen[b] |= new
        size += new
        e += 1
        if e < high:
            b = followers[e]
            new = np.uint8(np.uint32(bits >> _HIGH) <= coin[e]) & (seen[b] ^ np.uint8(1))
            queue[size] = b
            seen[b] |= new
            size += new
            e += 1
    return size, state


@njit(cache=True, forceinline=True)
def _next_live(survival: FloatArray, low: int, high: int, bar: float) -> int:
    """Return the first entry of [low, high] whose survival is not above the bar; the last one's is not."""
    while high - low > 8:
        middle = (low + high) >> 1
        if survival[middle] > bar:
            low = middle + 1
        else:
            high = middle
    while survival[low] > bar:
        low += 1
    return low


@njit(cache=True)
def _add_load(
    low: int,
    high: int,
    followers: Int32Array,
    weight: FloatArray,
    state: np.uint64,
    seen: npt.NDArray[np.uint8],
    queue: Int32Array,
    size: int,
    load: FloatArray,
    threshold: FloatArray,
) -> tuple[int, np.uint64]:
    """Linear threshold: one active person adds to the load of the followers of entries [low, high).

    ``seen`` is 0 for a person that no weight has reached, 2 for one with a load, 1 for one who is active.
    """
    for e in range(low, high):
        b = followers[e]
        if seen[b] == 1:
            continue
        if seen[b] == 0:
            # First reached: the threshold is drawn now, in (0, 1].
            state = step(state)
            threshold[b] = 1.0 - uniform(state)
            load[b] = 0.0
            seen[b] = 2
        load[b] += weight[e]
        # Weights that sum to 1 up to rounding reach every threshold.
        if load[b] >= threshold[b] or load[b] > 1.0 - 1e-12:
            seen[b] = 1
            queue[size] = b
            size += 1
    return size, state
