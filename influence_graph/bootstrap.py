"""Bootstrap replicates of natural values: how far they vary with the episodes that happened to be logged.

A Poisson bootstrap: each episode of the log (see :mod:`influence_graph.episodes`) counts Poisson(1) times in
a replicate, so a person none of whose episodes is drawn has no edges in it. A replicate is a draw of these
multiplicities, and every method is computed from the edge weights that they give.

A person who has not reacted yet could: to each value, every replicate adds Gamma(½, 1) times what one reactor
adds on average. For a count of k reactions, each an episode, the sum has the mean k + ½ and the variance
k + ½ of the posterior of a Poisson mean under Jeffreys' prior, which also gives people without a reaction an
upper end. Their lower end is 0, as nobody may ever react (Brown, Cai & DasGupta 2001, on counts of zero).
In a log of threads it is a thread that could still come: what one adds on average, times the size of a random
thread over the mean size, so that the next may be as lucky as any in the log.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.episodes import Episodes
from influence_graph.threads import over_threads

Float32Array: TypeAlias = npt.NDArray[np.float32]

#: Weight of the edge that was not seen, in mean episodes of its source: in a normalised row (PageRank,
#: spread) a source with one target would otherwise have the same share in every replicate. Lowest coverage of
#: PageRank over the deciles, in 12 dense logs of ``benchmarks/intervals.py``: .81 with 0, .90 with 1, .93
#: with 2, .95 with 3.
UNSEEN_EDGE = 2
#: What is added to a value before its root is taken, in reactions of mean worth (Anscombe 1948).
ANSCOMBE = 0.375
#: People with this number of reactors or fewer are not shifted where replicates are centred.
FEW = 2
_WITHIN, _NEVER_SEEN = 0, 1


@dataclass(frozen=True, eq=False)
class Draw:
    """One replicate of a log.

    Attributes
    ----------
    multiplicity : ndarray of int64, shape (E,)
        How many times each episode counts.
    seed : numpy.random.SeedSequence
        For whatever else a method draws in this replicate.
    unseen : bool
        Whether edges are added that were not observed, by methods that normalise rows: intervals of values
        need them, rank sets do not.
    """

    multiplicity: IntArray
    seed: np.random.SeedSequence
    unseen: bool = True

    def stream(self, use: int = _WITHIN) -> np.random.Generator:
        """Return a generator of this replicate; each use has numbers of its own."""
        return np.random.default_rng(_child(self.seed, use))

    def of_part(self, number: int) -> Draw:
        """Return the same replicate for one of several parts, which draw independently of one another."""
        return dataclasses.replace(self, seed=_child(self.seed, 2 + number))


@dataclass(frozen=True, eq=False)
class Replicates:
    """How the natural values of one method on one graph are computed for a replicate.

    Attributes
    ----------
    values : callable
        From a :class:`Draw` to natural values, shape (n,).
    caused : callable or None
        From the natural values of the log to the part of them that reactions cause, which one more reaction
        would add to in proportion; None: not known, and no reactions are added that were not seen.
    centred : bool
        Whether values are shifted on ln(1 + value), person by person, so that their median over replicates
        is the value of the log: for a method that is not linear in the edges, which is biased on replicates.
        Not so for people with ``FEW`` reactors or fewer, whose value may well be 0.
    unseen : bool
        Whether ``values`` depends on ``Draw.unseen``.
    threaded : bool
        Whether several threads may call ``values`` at a time.
    most : float
        No natural value is above this.
    """

    values: Callable[[Draw], FloatArray]
    caused: Callable[[FloatArray], FloatArray] | None = lambda natural: natural
    centred: bool = False
    unseen: bool = False
    threaded: bool = True
    most: float = np.inf


#: What a method declares with ``replicates=``: prepares its replicates once, from the episodes of the graph
#: and the parameters. None: with these parameters there is no other way than to run the method on replicates.
PrepareReplicates: TypeAlias = Callable[[Episodes, Mapping[str, Any]], Replicates | None]


def draw_replicate(episodes: int, seed: np.random.SeedSequence) -> Draw:
    """Return a replicate: each of this number of episodes counts Poisson(1) times.

    Examples
    --------
    >>> draw_replicate(5, np.random.SeedSequence(1)).multiplicity.shape
    (5,)
    """
    return Draw(np.random.default_rng(seed).poisson(1.0, episodes), seed)


def replicated_logs(
    replicates: Replicates,
    episodes: Episodes,
    natural: FloatArray,
    *,
    count: int,
    seed: np.random.SeedSequence,
) -> Float32Array:
    """Return ln(1 + natural value) of all people in all replicates; see :func:`replicated`."""
    nobody = np.empty(0, dtype=np.int64)
    return replicated(replicates, episodes, natural, count=count, seed=seed, ranked=nobody)[0]


def replicated(
    replicates: Replicates,
    episodes: Episodes,
    natural: FloatArray,
    *,
    count: int,
    seed: np.random.SeedSequence,
    ranked: IntArray,
) -> tuple[Float32Array, Float32Array]:
    """Return replicates of values for their intervals, and of the same draws those for sets of ranks.

    Intervals need what was not observed, in reactions and in edges, and the shift to the median of the log.
    Sets of ranks compare people, whom these affect alike: they are made from the episodes alone, and with
    all of that they would be two to six times wider.

    Each replicate has a stream of its own, so results depend neither on how many there are nor on threads.

    Parameters
    ----------
    replicates : Replicates
        Of one method on one graph.
    episodes : Episodes
        Those of the graph.
    natural : ndarray of float64, shape (n,)
        The values of the log itself.
    count : int
        Number of replicates, b.
    seed : numpy.random.SeedSequence
        Spawns one stream a replicate.
    ranked : ndarray of int64, shape (r,)
        Whose replicates for ranks are wanted.

    Returns
    -------
    logs : ndarray of float32, shape (n, b)
        ln(1 + natural value) of all people.
    roots : ndarray of float32, shape (r, b)
        Square roots of the natural values of some, see :func:`stable_roots`, nothing unseen and nothing
        shifted. O(b) evaluations of the method, 2·b if it adds unseen edges and ranks are wanted, and
        4·(n + r)·b bytes.
    """
    n = episodes.graph.n
    logs, roots = (np.empty((rows, count), dtype=np.float32) for rows in (n, len(ranked)))
    reactors, caused = reactors_of(episodes), natural
    if replicates.caused is not None:
        caused = replicates.caused(natural)
    worth = np.zeros(n)
    # A thread that was not observed brings as much as a thread; another episode is one person's reaction.
    times, sizes = episodes.received if episodes.unit == "thread" else (reactors, np.ones(1))
    if replicates.caused is not None:
        worth = worth_of_a_reaction(caused, times)
    seeds = seed.spawn(count)

    def fill(column: int) -> None:
        draw = draw_replicate(episodes.count, seeds[column])
        stream = draw.stream(_NEVER_SEEN)
        normal = stream.standard_normal(n)
        size = sizes[stream.integers(0, len(sizes), n)] if len(sizes) > 1 else 1.0
        # Half a squared normal is Gamma(½, 1).
        values = replicates.values(draw)
        if len(ranked):
            seen = replicates.values(dataclasses.replace(draw, unseen=False)) if replicates.unseen else values
            roots[:, column] = stable_roots(seen[ranked], natural, caused, reactors)
        with np.errstate(over="ignore"):
            values = values + worth * size * normal * normal / 2.0
            logs[:, column] = np.log1p(np.minimum(values, replicates.most))

    if replicates.threaded:
        over_threads(fill, count)
    else:
        for column in range(count):
            fill(column)
    if replicates.centred:
        for person in np.flatnonzero(reactors > FEW):
            row = logs[person]
            shifted = row + np.float32(np.log1p(natural[person]) - np.median(row))
            np.clip(shifted, 0.0, np.log1p(replicates.most), out=row)
    return logs, roots


def stable_roots(
    values: FloatArray, natural: FloatArray, caused: FloatArray, reactors: IntArray
) -> FloatArray:
    """Return √((value + ⅜ of the mean worth of a reaction) / the largest value of the log).

    Of counts, the root has about the same variance at every value. It does not depend on the unit.

    Parameters
    ----------
    values : ndarray of float64
        Natural values of anybody, in the log or in a replicate.
    natural, caused : ndarray of float64, shape (n,)
        Natural values of the log, and the part of them that reactions cause.
    reactors : ndarray of int64, shape (n,)
        How many people reacted to each.

    Examples
    --------
    >>> natural = np.array([3.0, 1.0])
    >>> stable_roots(natural, natural, natural, np.array([3, 1])) ** 2 * 3
    array([3.375, 1.375])
    """
    largest = float(natural.max(initial=0.0)) or 1.0
    added = ANSCOMBE * (caused.sum() / largest) / max(int(reactors.sum()), 1)
    return np.asarray(np.sqrt(values / largest + added))


def resampled_sums(episodes: Episodes) -> Replicates:
    """Return the replicates of the in-strength: Σ_u w*(u, v) over the replicate's edge weights. O(m) each.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> from influence_graph.episodes import episodes_of
    >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    >>> draw = Draw(np.array([2, 0]), np.random.SeedSequence(1))
    >>> resampled_sums(episodes_of(graph)).values(draw)
    array([2., 0., 0.])
    """
    return Replicates(lambda draw: _received(episodes, episodes.edge_weights(draw.multiplicity)))


def resampled_counts(episodes: Episodes) -> Replicates:
    """Return the replicates of the in-degree; see :meth:`~.Episodes.presence`. O(m) each."""
    return Replicates(lambda draw: _received(episodes, episodes.presence(draw.multiplicity)))


def reactors_of(episodes: Episodes) -> IntArray:
    """Return how many people have an edge to each person."""
    return np.bincount(episodes.graph.adjacency.indices, minlength=episodes.graph.n)


def worth_of_a_reaction(caused: FloatArray, times: IntArray) -> FloatArray:
    """Return what one of so many reactions adds to each value: the person's own mean, else everybody's."""
    overall = caused.sum() / max(int(times.sum()), 1)
    worth: FloatArray = np.divide(caused, times, out=np.full(len(caused), overall), where=times > 0)
    return worth


def chance_to_act(parts: FloatArray | IntArray) -> float:
    """Return the chance that a person who did not act in this log does so in another of the same length.

    The number of people who act in the other log and not in this one is f₁ − f₂ + f₃ − …, with f_k the number
    of people who act in k episodes (Good & Toulmin 1956); it is shared out over all who did not act.

    Parameters
    ----------
    parts : ndarray of float64, shape (n,)
        In how many episodes each person acts.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> chance_to_act(np.array([1.0, 1, 1, 2, 0, 0, 0, 0]))
    0.5
    """
    frequency = np.bincount(parts.astype(np.int64))
    new = frequency[1::2].sum() - frequency[2::2].sum()
    return float(np.clip(new / max(frequency[0], 1), 0.0, 1.0)) if len(parts) else 0.0


def unseen_edges(
    present: BoolArray, indices: Any, chance: float, stream: np.random.Generator
) -> tuple[IntArray, FloatArray, Any]:
    """Return one edge that was not observed for each person who acts in a replicate.

    Whoever has an episode in the replicate acts, and each of the others does with a chance. Targets are drawn
    in proportion to their number of reactors plus ½ (as under Ferguson's Dirichlet process, 1973).

    Parameters
    ----------
    present : ndarray of bool, shape (n,)
        Whether an episode is drawn in which the person acts.
    indices : ndarray, shape (m,)
        The targets of all edges of the log.
    chance : float
        As :func:`chance_to_act` gives it.
    stream : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    actors : ndarray of int64, shape (a,)
        Who they are, ascending.
    weight : ndarray of float64, shape (a,)
        Gamma(``UNSEEN_EDGE``), in mean episodes of the person.
    to : ndarray, shape (a,)
        To whom; where it is the person, there is no edge.
    """
    n = len(present)
    actors = np.flatnonzero(present | (stream.random(n) < chance))
    # Gamma(k, 1) is the sum of k Exp(1), and drawn faster so.
    weight = stream.standard_exponential((UNSEEN_EDGE, len(actors))).sum(axis=0)
    return actors, weight, random_targets(indices, n, len(actors), stream)


def random_targets(indices: Any, n: int, count: int, stream: np.random.Generator) -> Any:
    """Return this number of random people, in proportion to their number of reactors plus ½.

    Parameters
    ----------
    indices : ndarray, shape (m,)
        The targets of all edges.
    n, count : int
        Number of people, and how many to draw.
    stream : numpy.random.Generator
        Source of randomness.
    """
    anybody = stream.integers(0, max(n, 1), count).astype(indices.dtype)
    if not len(indices):
        return anybody
    at = stream.random(count) * (len(indices) + 0.5 * n)
    return np.where(at < len(indices), indices[np.minimum(at, len(indices) - 1).astype(np.int64)], anybody)


def _received(episodes: Episodes, weight: FloatArray) -> FloatArray:
    graph = episodes.graph
    received = np.zeros(graph.n)
    received += np.bincount(graph.adjacency.indices, weights=weight, minlength=graph.n)
    return received


def _child(seed: np.random.SeedSequence, number: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, number))
