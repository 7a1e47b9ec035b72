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
from scipy.special import ndtri

from influence_graph.arrays import FloatArray, Int32Array, IntArray
from influence_graph.counter_rng import Rng, key_of, start, step, uniform
from influence_graph.errors import ConfigError, DataError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.limits import check_limits
from influence_graph.propagation.forward_edges import ForwardEdges, forward_edges
from influence_graph.propagation.infectious import infectious_cascades, marks_of, runs_a_block, twice_as_long
from influence_graph.propagation.models import IndependentCascade, Model, make_model
from influence_graph.propagation.parallel_blocks import in_blocks

_BLOCK = 32


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


class Scratch(NamedTuple):
    """Arrays of one thread for linear threshold, each of shape (n,).

    ``counts``: cascades that reached each person; ``seen``: 0 between cascades; ``queue``: the active
    people in the order reached; ``load`` and ``threshold``: what a person has of weight, and needs.
    """

    counts: IntArray
    seen: npt.NDArray[np.uint8]
    queue: Int32Array
    load: FloatArray
    threshold: FloatArray


def run_cascades(
    edges: ForwardEdges, seeds: IntArray, *, runs: int, key: np.uint64, confidence: float = 0.95
) -> Simulation:
    """Run cascades on edges laid out by :func:`forward_edges`."""
    n = len(edges.indptr) - 1
    block = _BLOCK if edges.threshold else runs_a_block(n, runs)
    own = threading.local()
    counts: list[IntArray] = []

    def work(a: int, b: int) -> tuple[IntArray, IntArray]:
        if not hasattr(own, "scratch"):
            own.scratch = _scratch(n) if edges.threshold else marks_of(n, block)
            counts.append(own.scratch.counts)
        sizes = np.zeros(b - a, dtype=np.int64)
        cascades = _threshold_cascades if edges.threshold else infectious_cascades
        return sizes, cascades(edges, seeds, key, a, sizes, own.scratch)

    blocks = list(in_blocks(work, 0, runs, size=block, label="cascades"))
    sizes = np.concatenate([s for s, _ in blocks])
    reached: IntArray = np.sum(counts, axis=0)
    by_step = np.zeros(max(len(t) for _, t in blocks), dtype=np.int64)
    for _, steps in blocks:
        by_step[: len(steps)] += steps
    mean = float(sizes.mean())
    z = float(ndtri(0.5 + confidence / 2.0))
    half = z * float(sizes.std(ddof=1)) / math.sqrt(runs) if runs > 1 else math.inf
    return Simulation(
        mean, max(mean - half, len(seeds)), min(mean + half, n), reached / runs, by_step / runs, sizes
    )


def _scratch(n: int) -> Scratch:
    integers, bytes_, people = (
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.uint8),
        np.empty(n, dtype=np.int32),
    )
    return Scratch(integers, bytes_, people, np.zeros(n), np.zeros(n))


@njit(cache=True, nogil=True)
def _threshold_cascades(
    edges: ForwardEdges, seeds: IntArray, key: np.uint64, first: int, sizes: IntArray, scratch: Scratch
) -> IntArray:
    """Run ``len(sizes)`` cascades of linear threshold.

    In each step the weights of those newly active are added to the load of their followers, who turn
    active once it reaches their threshold. Fills and returns as
    :func:`infectious_cascades`.
    """
    indptr, followers, _, weight, _, _ = edges
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
                    by_step = twice_as_long(by_step)
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
