"""Bootstrap replicates of raw values: how far they vary with which actors happened to react.

A two-level Bayesian bootstrap (Rubin 1981). Each actor draws a weight from Exp(1), the same wherever the
actor counts. Within an actor, what goes to each target draws from Exp(1), and what goes to a target that was
not seen from Gamma(``NOT_SEEN``): only the actor's shares among targets change. A method that normalises rows
(PageRank, spread) sees them, a sum does not, because a sum over independent actors has, by actor weights
alone, the variance of a compound Poisson sum. A second factor of Exp(1) on top would treble the variance of
a single reaction (Owen & Eckles 2012 on product weights). All interactions of one person with another are one
unit, since they come in bursts. A Poisson bootstrap of interactions is worse for counts of people: it loses
those with one interaction with probability 1/e.

A person who has not reacted yet could: to each value every replicate adds Gamma(½, 1) times what one reactor
adds on average. A count of k then has the law Gamma(k + ½), the posterior of a Poisson mean under Jeffreys'
prior, which also gives people without a reaction an upper end. Their lower end is that without the unseen
reactors, as nobody may ever react (Brown, Cai & DasGupta 2001, on binomial counts of zero).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.graph.graph import InfluenceGraph

#: Replicates in a batch: n·16 floats fit in memory, and one pass over the edges serves all.
BATCH = 16
#: Weight of the pair that was not seen, in pairs that were: the concentration of a Dirichlet process.
#: Coverage of PageRank's true top 100 by ``benchmarks/intervals.py choose``, sparse logs: 0 pairs 61 %,
#: 1 pair 89 %, 2 pairs 91 %, 3 pairs 92 %, 6 pairs 92 %.
NOT_SEEN = 3


@dataclass(frozen=True, eq=False)
class Draws:
    """The random weights of b replicates.

    Attributes
    ----------
    actors : ndarray of float64, shape (n, b)
        Exp(1): the weight of each actor.
    unseen : ndarray of float64, shape (n, b)
        Gamma(½, 1): how many people could have reacted to each person and have not.
    seeds : tuple of numpy.random.SeedSequence
        One stream for each replicate, for what is drawn within actors.
    """

    actors: FloatArray
    unseen: FloatArray
    seeds: tuple[np.random.SeedSequence, ...]

    def of(self, people: IntArray, use: int) -> Draws:
        """Return the weights of these people, with independent streams within actors."""
        seeds = tuple(
            np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, use)) for seed in self.seeds
        )
        return Draws(self.actors[people], self.unseen[people], seeds)

    def within(self, replicate: int) -> np.random.Generator:
        """Return the generator of one replicate for draws within actors."""
        seed = self.seeds[replicate]
        return np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, 0)))


class Values(NamedTuple):
    """The raw values of b replicates.

    Attributes
    ----------
    seen : ndarray of float64, shape (n, b)
        From the reactors in the log.
    all : ndarray of float64, shape (n, b)
        With the unseen reactors.
    """

    seen: FloatArray
    all: FloatArray


#: From draws to the values of their replicates.
Replicates: TypeAlias = Callable[[Draws], Values]
#: What a method declares: ``replicates(graph, raw, parameters)`` prepares its replicates once.
PrepareReplicates: TypeAlias = Callable[[InfluenceGraph, FloatArray, dict[str, Any]], Replicates]


def draw_replicates(n: int, replicates: int, seed: np.random.SeedSequence) -> Iterator[Draws]:
    """Yield the draws of all replicates, in batches of at most ``BATCH``.

    Each replicate has a stream of its own, so the numbers depend neither on the batches nor on threads.
    O(n) for each replicate.

    Examples
    --------
    >>> batches = list(draw_replicates(3, 20, np.random.SeedSequence(1)))
    >>> [draws.actors.shape for draws in batches]
    [(3, 16), (3, 4)]
    """
    seeds = seed.spawn(replicates)
    for first in range(0, replicates, BATCH):
        batch = tuple(seeds[first : first + BATCH])
        # A replicate is a column, and fills it in one go.
        actors, unseen = (np.empty((n, len(batch)), order="F") for _ in range(2))

        def fill(
            column: int, actors: FloatArray = actors, unseen: FloatArray = unseen, batch: Any = batch
        ) -> None:
            stream = np.random.default_rng(batch[column])
            actors[:, column] = stream.standard_exponential(n)
            normal = stream.standard_normal(n)
            # Half a squared normal is Gamma(½, 1).
            unseen[:, column] = normal * normal / 2.0

        side_by_side(fill, len(batch))
        yield Draws(actors, unseen, batch)


def side_by_side(task: Callable[[int], None], count: int) -> None:
    """Run ``task(0)`` … ``task(count − 1)`` on as many threads as numba may use."""
    import numba

    with ThreadPoolExecutor(max(1, min(numba.get_num_threads(), count))) as pool:
        for _ in pool.map(task, range(count)):
            pass


def resampled_sums(contributions: csr_array) -> Replicates:
    """Return the replicates of a method that sums what each actor contributes.

    Parameters
    ----------
    contributions : csr_array, shape (n, n)
        Entry [u, v]: what actor u adds to the value of v.

    Returns
    -------
    callable
        From draws to Σ_u weight_u · contributions[u, v], without and with the unseen reactors; O(m) for
        each replicate.

    Examples
    --------
    >>> import polars as pl
    >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    >>> draws = Draws(np.array([[9.0], [2.0], [0.5]]), np.full((3, 1), 0.1), ())
    >>> resampled_sums(graph.adjacency)(draws).all.ravel()
    array([2.6, 0.1, 0.1])
    """
    received = contributions.T.tocsr()
    counts = np.diff(received.indptr)
    worth = worth_of_a_reaction(np.asarray(received.sum(axis=1)).ravel(), counts)

    def replicates(draws: Draws) -> Values:
        seen = np.asarray(received @ draws.actors)
        return Values(seen, seen + worth[:, None] * draws.unseen)

    return replicates


def worth_of_a_reaction(caused: FloatArray, reactors: IntArray) -> FloatArray:
    """Return what one reactor adds to each person's value: the person's own mean, else that of everybody."""
    overall = caused.sum() / max(int(reactors.sum()), 1)
    worth: FloatArray = np.divide(caused, reactors, out=np.full(len(caused), overall), where=reactors > 0)
    return worth
