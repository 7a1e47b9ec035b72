"""Points by part, and the score without a part: the score recomputed on parts of the data.

v(S) is a person's score on the graph that keeps only the coalition S of kinds and networks, on the scale
frozen from the full data; v(∅) = 1 is the base that everybody has. Parameters are those of the full score: a
network with a weight in ``multinetwork`` that is left out counts 0, and the weights of the others do not
change.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from math import comb
from typing import Literal, TypeAlias

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError, DataError
from influence_graph.graph.adjacency import combine, saturate
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.log import POST, Interactions
from influence_graph.linalg.csr import canonical
from influence_graph.methods.declaration import get_method
from influence_graph.scoring._scale import Scale
from influence_graph.scoring._score import score
from influence_graph.scoring.scores import Scores

AttributeTo: TypeAlias = Literal["kind", "network", "layer"]
Layer: TypeAlias = tuple[str, str]
#: 2^12 = 4,096 scores of the whole graph: a few minutes on a large one.
MOST_PARTS = 12


def keep_layers(graph: InfluenceGraph, kept: Collection[Layer]) -> InfluenceGraph:
    """Return the graph of the same people with only these kinds and networks.

    Posts stay. The table of people stays as it is but for ``reactors``. A layer that goes is empty
    and not gone, so the weights by kind need no change.

    Parameters
    ----------
    graph : InfluenceGraph
        With layers.
    kept : collection of (kind, network)
        The layers to keep.

    Examples
    --------
    >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    >>> keep_layers(graph, []).adjacency.nnz
    0
    """
    n = graph.n
    empty = canonical(np.empty(0), np.empty(0, np.int32), np.zeros(n + 1, np.int32), n)
    layers = {name: layer if name in kept else empty for name, layer in graph.layers.items()}
    adjacency = saturate(combine(layers, graph.weighting.kinds, n), graph.weighting.saturation)
    return _with_edges(graph, layers, adjacency, _log_of(graph.log, kept))


def drop_actors(graph: InfluenceGraph, positions: IntArray) -> InfluenceGraph:
    """Return the graph of the same people without the interactions of which these are the source."""
    stays = np.ones(graph.n, dtype=bool)
    stays[positions] = False

    def without(matrix: csr_array) -> csr_array:
        lengths = np.where(stays, np.diff(matrix.indptr), 0)
        entries = np.repeat(stays, np.diff(matrix.indptr))
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(matrix.indptr.dtype)
        return canonical(matrix.data[entries], matrix.indices[entries], indptr, graph.n)

    layers = {name: without(layer) for name, layer in graph.layers.items()}
    gone = graph.ids.gather(positions)
    log = graph.log
    if log is not None:
        stay = ~pl.col("source").is_in(gone.implode()) | (pl.col("kind") == POST)
        log = log.where(stay, reason="of actors left out")
    return _with_edges(graph, layers, without(graph.adjacency), log)


def _with_edges(
    graph: InfluenceGraph, layers: Mapping[Layer, csr_array], adjacency: csr_array, log: Interactions | None
) -> InfluenceGraph:
    reactors = np.bincount(adjacency.indices, minlength=graph.n).astype(np.int64)
    nodes = (
        graph.nodes.with_columns(pl.Series("reactors", reactors))
        if "reactors" in graph.nodes
        else graph.nodes
    )
    return dataclasses.replace(graph, layers=layers, adjacency=adjacency, nodes=nodes, log=log)


def _log_of(log: Interactions | None, kept: Collection[Layer]) -> Interactions | None:
    """Return the rows of these layers, for methods that read rows, and all posts."""
    if log is None:
        return None
    kind = pl.col("kind").replace({"unfollow": "follow"})
    inside = pl.col("kind") == POST
    for name, network in sorted(kept):
        inside |= (kind == name) & (pl.col("network") == network)
    return log.where(inside, reason="of layers left out")


class CoalitionScores:
    """v(S) for k people; each coalition of layers is scored once.

    Parameters
    ----------
    graph : InfluenceGraph
        The full graph.
    full : Scores
        Of the full graph; holds method, parameters and the frozen scale.
    positions : ndarray of int64, shape (k,)
        The people.
    seed : int
        Of methods that sample: the same draws for every coalition.
    """

    def __init__(self, graph: InfluenceGraph, full: Scores, positions: IntArray, seed: int) -> None:
        self.graph, self.full, self.positions, self.seed = graph, full, positions, seed
        weights = graph.weighting.kinds
        self.method = get_method(full.method)
        needs = self.method.needs
        #: The layers that the score depends on: those with edges and a weight, or all that the method reads.
        self.layers = frozenset(
            (kind, network)
            for (kind, network), layer in graph.layers.items()
            if layer.nnz
            and (weights[kind] > 0 or "layers" in needs or (kind == "follow" and "follows" in needs))
        )
        self._known = {
            frozenset[Layer](): np.ones(len(positions)),
            self.layers: full.score[positions].astype(np.float64),
        }

    def value(self, kept: Iterable[Layer]) -> FloatArray:
        """Return v(S), shape (k,)."""
        wanted = frozenset(kept) & self.layers
        if wanted not in self._known:
            self._known[wanted] = self.on(keep_layers(self.graph, wanted))
        return self._known[wanted]

    def on(self, graph: InfluenceGraph) -> FloatArray:
        """Return the scores on another graph of the same people, on the frozen scale, shape (k,)."""
        scale: Scale = self.full.scaled  # type: ignore[assignment]
        parameters = dict(self.full.parameters)
        again = score(
            graph, self.full.method, scale=scale, reference=self.full.reference, rng=self.seed, **parameters
        )
        return again.score[self.positions]

    def parts(self, to: AttributeTo) -> dict[str, frozenset[Layer]]:
        """Return the layers of each part, by its name, sorted.

        Raises
        ------
        ConfigError
            If the method declares that it does not read edges.
        DataError
            If the graph has no layers.
        """
        if not self.method.reads_edges:
            raise ConfigError(
                f"{self.method.name} does not depend on the edges, so its points have no parts by {to}. "
                "Take attribute_to=None."
            )
        if not self.layers:
            raise DataError(
                "Points by part need a graph with layers (kind × network). "
                "Build it with build_graph(log, layers=True), or take attribute_to=None."
            )
        names: dict[str, set[Layer]] = {}
        for kind, network in sorted(self.layers):
            name = {"kind": kind, "network": network, "layer": f"{kind} on {network}"}[to]
            names.setdefault(name, set()).add((kind, network))
        return {name: frozenset(layers) for name, layers in sorted(names.items())}

    def heaviest(self, parts: Mapping[str, frozenset[Layer]]) -> dict[str, frozenset[Layer]]:
        """Return the parts by which the people received most, at most :data:`MOST_PARTS`."""
        chosen = np.zeros(self.graph.n, dtype=bool)
        chosen[self.positions] = True

        def received(name: str) -> float:
            layers = (self.graph.layers[layer] for layer in parts[name])
            return sum(float(layer.data[chosen[layer.indices]].sum()) for layer in layers)

        most = sorted(parts, key=lambda name: (-received(name), name))[:MOST_PARTS]
        return {name: parts[name] for name in sorted(most)}


def shapley(scores: CoalitionScores, parts: Mapping[str, frozenset[Layer]]) -> FloatArray:
    """Return the exact Shapley value of each part and person.

    φ(p) = Σ_{S ∌ p} |S|!·(k − |S| − 1)!/k! · [v(S ∪ p) − v(S)]   (Shapley 1953)

    Parameters
    ----------
    scores : CoalitionScores
        v.
    parts : mapping of str to set of layers
        The k parts. 2^k graphs are scored, each once.

    Returns
    -------
    ndarray of float64, shape (k, people)
        May be negative. With v(∅) they add up to v of all parts.
    """
    names = list(parts)
    k = len(names)
    found = np.zeros((k, len(scores.positions)))
    for size in range(k):
        # |S|!·(k − |S| − 1)!/k! = 1/(k·C(k − 1, |S|))
        weight = 1.0 / (k * comb(k - 1, size))
        for chosen in combinations(range(k), size):
            before = scores.value(_union(parts, [names[i] for i in chosen]))
            for p in set(range(k)) - set(chosen):
                after = scores.value(_union(parts, [names[i] for i in sorted((*chosen, p))]))
                found[p] += weight * (after - before)
    return found


def without_each(scores: CoalitionScores, parts: Mapping[str, frozenset[Layer]]) -> FloatArray:
    """Return v without each part, shape (k, people)."""
    return np.array([scores.value(scores.layers - layers) for layers in parts.values()])


def _union(parts: Mapping[str, frozenset[Layer]], names: Sequence[str]) -> frozenset[Layer]:
    return frozenset[Layer]().union(*(parts[name] for name in names))
