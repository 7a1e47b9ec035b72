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

from influence_graph.errors import ConfigError, DataError
from influence_graph.graph.graph import FloatArray, InfluenceGraph
from influence_graph.propagation.blocks import Rng, in_blocks
from influence_graph.propagation.models import (
    SIR,
    IndependentCascade,
    LinearThreshold,
    Model,
    edge_probabilities,
    make_model,
)
from influence_graph.propagation.streams import key_of, mix, start, step, uniform

Int64Array = npt.NDArray[np.int64]
_BLOCK = 32
_TOP = np.uint64(2**64 - 1)


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
        return f"<Simulation: {self.spread:.4g} people [{self.low:.4g}, {self.high:.4g}], {len(self.sizes):,} runs>"


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
    >>> from influence_graph.propagation.exact import small_graph
    >>> chain = small_graph([("b", "a"), ("c", "b")])
    >>> simulate(chain, ["a"], model=IndependentCascade(1.0), runs=10, rng=0).by_step.tolist()
    [1.0, 1.0, 1.0]
    """
    if runs < 1:
        raise ConfigError(f"runs is {runs}, but at least 1 cascade has to be run.")
    chosen = make_model(model)
    return run_cascades(forward_edges(graph, chosen), seed_positions(graph, seeds), runs=runs, key=key_of(rng))


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

    ``threshold`` is the chance in units of 2⁻⁶⁴, less one: an edge is live when its bits are not above.
    """

    indptr: Int64Array
    followers: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.uint64]
    weight: FloatArray
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
    chance = forward.data
    bits = np.full(len(chance), _TOP, dtype=np.uint64)
    partial = chance < 1.0
    # Chances below 2⁻⁶⁴ round up to it.
    bits[partial] = np.maximum(np.ldexp(chance[partial], 64), 1.0).astype(np.uint64) - np.uint64(1)
    kind = 1 if isinstance(model, LinearThreshold) else 2 if isinstance(model, SIR) else 0
    return ForwardEdges(
        forward.indptr.astype(np.int64),
        forward.indices.astype(np.int32),
        bits,
        chance if kind == 1 else np.zeros(0),
        kind,
        model.recovery if isinstance(model, SIR) else 1.0,
    )


def run_cascades(edges: ForwardEdges, seeds: Int64Array, *, runs: int, key: np.uint64) -> Simulation:
    """Run cascades on edges laid out by :func:`forward_edges`."""
    n = len(edges.indptr) - 1
    own = threading.local()
    activations: list[Int64Array] = []

    def work(a: int, b: int) -> tuple[Int64Array, Int64Array]:
        if not hasattr(own, "counts"):
            own.counts = np.zeros(n, dtype=np.int64)
            own.seen = np.zeros(n, dtype=np.uint8)
            own.queue = np.empty(n, dtype=np.int32)
            own.load = np.zeros(n if edges.kind == 1 else 0)
            own.barrier = np.zeros(n if edges.kind == 1 else 0)
            activations.append(own.counts)
        sizes = np.empty(b - a, dtype=np.int64)
        steps = _cascades(edges, seeds, key, a, sizes, own.counts, own.seen, own.queue, own.load, own.barrier)
        return sizes, steps

    parts = list(in_blocks(work, 0, runs, size=_BLOCK, label="cascades"))
    sizes = np.concatenate([s for s, _ in parts])
    by_step = np.zeros(max(len(t) for _, t in parts), dtype=np.int64)
    for _, steps in parts:
        by_step[: len(steps)] += steps
    mean = float(sizes.mean())
    half = 1.959963984540054 * float(sizes.std(ddof=1)) / math.sqrt(runs) if runs > 1 else math.inf
    return Simulation(
        mean, max(mean - half, len(seeds)), min(mean + half, n), sum(activations) / runs, by_step / runs, sizes
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
    """Run ``len(sizes)`` cascades; add whom they reached to ``counts``. Returns newly reached by step, summed."""
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
                if edges.kind == 1:
                    for e in range(edges.indptr[v], edges.indptr[v + 1]):
                        b = edges.followers[e]
                        if seen[b] == 1:
                            continue
                        if seen[b] == 0:
                            # First touched: its threshold is drawn now, in (0, 1].
                            state = step(state)
                            barrier[b] = 1.0 - uniform(state)
                            load[b] = 0.0
                            seen[b] = 2
                        load[b] += edges.weight[e]
                        # Weights that sum to 1 up to rounding reach every threshold.
                        if load[b] >= barrier[b] or load[b] > 1.0 - 1e-12:
                            seen[b] = 1
                            queue[size] = b
                            size += 1
                else:
                    for e in range(edges.indptr[v], edges.indptr[v + 1]):
                        state = step(state)
                        if mix(state) <= edges.threshold[e]:
                            b = edges.followers[e]
                            if seen[b] == 0:
                                seen[b] = 1
                                queue[size] = b
                                size += 1
            at += 1
            if edges.kind == 2 and edges.recovery < 1.0:
                # Those who recover move to the front, out of the way.
                for i in range(begin, end):
                    state = step(state)
                    if uniform(state) < edges.recovery:
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
        if edges.kind == 1:
            for i in range(size):
                v = queue[i]
                for e in range(edges.indptr[v], edges.indptr[v + 1]):
                    seen[edges.followers[e]] = 0
        sizes[run] = size
    return by_step[: longest + 1].copy()
