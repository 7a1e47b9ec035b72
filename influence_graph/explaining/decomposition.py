"""Where a raw value comes from: exact parts that add up to it, with nothing left over.

A raw value of these methods is a sum over the people who acted on someone, plus what nobody passed
on (PageRank's teleport and dangling mass). What one person passed is shared among their acts in proportion
to what each act weighs before saturation, so the parts by kind, network and period add up too.
`multinetwork` is no such sum: its parts are features on networks, and it says itself how they add up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.explaining.contributions import acts_received
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import get_method

By: TypeAlias = Literal["kind", "network", "reactor", "period", "origin", "feature"]
REACTIONS = "reactions"
FEATURES = "features"
_OF_ACTS: tuple[By, ...] = ("kind", "network", "reactor", "period")


@dataclass(frozen=True, eq=False)
class Passed:
    """What makes one person's raw value.

    Attributes
    ----------
    source : ndarray of int64, shape (k,)
        Positions of those who passed something on, each once, ascending.
    value : ndarray of float64, shape (k,)
        How much each passed.
    others : mapping of str to float
        Parts that came from nobody in particular.
    """

    source: IntArray
    value: FloatArray
    others: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Decomposer:
    """How the raw values of a method on a graph fall into parts.

    Attributes
    ----------
    raw : ndarray of float64, shape (n,)
        The values that the parts add up to.
    passed : callable, optional
        From a person's position to what others passed to them.
    kinds : mapping of str to float, optional
        Weights by which one person's part is shared among kinds. None: the graph's.
    origins : callable, optional
        From a person's position to a frame ``part``, ``origin`` (position), ``value``.
    parts : callable, optional
        In place of ``passed``: from a person's position to a frame of ``value`` and the words that tell
        the parts apart.
    """

    raw: FloatArray
    passed: Callable[[int], Passed] | None = None
    kinds: Mapping[str, float] | None = None
    origins: Callable[[int], pl.DataFrame] | None = None
    parts: Callable[[int], pl.DataFrame] | None = None


Prepare: TypeAlias = Callable[[InfluenceGraph, FloatArray, Mapping[str, Any]], Decomposer]
_DECOMPOSERS: dict[str, tuple[Prepare, tuple[By, ...]]] = {}


def decomposes(method: str, *, by: tuple[By, ...] = _OF_ACTS) -> Callable[[Prepare], Prepare]:
    """Register a function as the decomposition of a method: ``prepare(graph, raw, parameters)``.

    Parameters
    ----------
    method : str
        Name of a registered method.
    by : tuple of str
        What its parts can be told apart by; the first two are the default. Origins need no mention.
    """

    def register(prepare: Prepare) -> Prepare:
        _DECOMPOSERS[method] = prepare, by
        return prepare

    return register


def decomposable() -> list[str]:
    """Return the names of the methods whose raw values can be decomposed, sorted.

    Examples
    --------
    >>> decomposable()
    ['engagement', 'engagement_rate', 'followers', 'multinetwork', 'pagerank', 'reactors']
    """
    return sorted(_DECOMPOSERS)


def words_of(method: str) -> tuple[By, ...]:
    """Return what the parts of a method can be told apart by; empty where it has no decomposition."""
    return _DECOMPOSERS[method][1] if method in decomposable() else ()


def check_by(graph: InfluenceGraph, method: str, by: Sequence[str]) -> None:
    """Check that the raw values of a method can be told apart by these words.

    Raises
    ------
    ConfigError
        If the method has no decomposition, or ``by`` names something that its parts are not told apart
        by: kind, network, reactor, period or origin alone; of ``multinetwork`` feature and network.
    DataError
        If the graph has no layers to tell kinds and networks apart.
    """
    get_method(method)
    known = decomposable()
    if method not in known:
        raise ConfigError(
            f"The raw value of {method} has no decomposition. Methods that have one: {', '.join(known)}. "
            "Explain it with by=(), by its points alone."
        )
    for word in by:
        if word not in get_args(By):
            raise ConfigError(f"by names {word!r}. {nearest(word, get_args(By))}")
        if word != "origin" and word not in words_of(method):
            raise ConfigError(
                f"The parts of {method} can't be told apart by {word}, but by {', '.join(words_of(method))}."
            )
    if len(set(by)) < len(by):
        raise ConfigError(f"by names a part twice: {', '.join(by)}.")
    if "origin" in by and len(by) > 1:
        raise ConfigError("by=('origin',) stands alone: mass has an origin before it has a kind.")
    if {"kind", "network"} & set(by) and not graph.layers:
        raise DataError(
            "This graph was built with layers=False, so its kinds and networks can't be told apart. "
            "Build it with build_graph(log, layers=True), or take by=('reactor',)."
        )


def decomposer(
    graph: InfluenceGraph, method: str, raw: FloatArray, parameters: Mapping[str, Any], by: Sequence[str]
) -> Decomposer:
    """Return how the raw values of this method fall into parts; ``by`` has been checked.

    Raises
    ------
    ConfigError
        If origins are asked for and the method has none.
    """
    made = _DECOMPOSERS[method][0](graph, raw, parameters)
    if "origin" in by and made.origins is None:
        raise ConfigError(
            f"{method} has no origins: what it is made of is told apart by {', '.join(words_of(method))}."
        )
    return made


def decompose(
    graph: InfluenceGraph, made: Decomposer, position: int, by: Sequence[str], period: str
) -> pl.DataFrame:
    """Return the parts of one person's raw value, the largest first.

    Returns
    -------
    polars.DataFrame
        ``part`` ("reactions", "features", or what nobody passed), a column for each of ``by``, ``value`` and
        ``share`` (of the raw value). O(m) to find the person's acts.
    """
    total = float(made.raw[position])
    if tuple(by) == ("origin",):
        assert made.origins is not None
        found = made.origins(position)
        frame = found.with_columns(origin=graph.ids.gather(found["origin"]))
        return _finished(frame, total)
    if made.parts is not None:
        named = made.parts(position).with_columns(part=pl.lit(FEATURES))
        return _finished(_added_up(named, ["part", *by]), total)
    assert made.passed is not None
    passed = made.passed(position)
    columns: dict[str, pl.Series] = {}
    value = passed.value
    if {"kind", "network", "period"} & set(by):
        acts = acts_received(
            graph, position, made.kinds or graph.weighting.kinds, period if "period" in by else None
        )
        place = np.searchsorted(passed.source, acts.source)
        # A pair whose weight underflowed has acts and no edge.
        inside = np.minimum(place, max(len(passed.source) - 1, 0))
        kept = np.flatnonzero(passed.source[inside] == acts.source) if len(passed.source) else place[:0]
        place = place[kept]
        weight = acts.weight[kept]
        whole = np.bincount(place, weights=weight, minlength=len(passed.source))
        value = passed.value[place] * (weight / whole[place])
        frame = acts.frame[kept]
        columns = {word: frame[word] for word in by if word != "reactor"}
        source = passed.source[place]
    else:
        source = passed.source
    if "reactor" in by:
        columns["reactor"] = graph.ids.gather(source)
    parts = pl.DataFrame({"part": pl.repeat(REACTIONS, len(value), eager=True), **columns, "value": value})
    parts = _added_up(parts, ["part", *by])
    rest = pl.DataFrame(
        {"part": list(passed.others), "value": list(passed.others.values())},
        schema={"part": pl.String, "value": pl.Float64},
    )
    return _finished(pl.concat([parts, rest], how="diagonal"), total)


def _added_up(rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return one row a part; sums in the order of the rows, whatever the threads."""
    if rows.is_empty():
        return rows.select(*by, "value")
    code = rows.select(pl.struct(by).rank("dense").alias("code") - 1)["code"].to_numpy()
    sums = np.bincount(code, weights=rows["value"].to_numpy())
    first = np.full(len(sums), len(code))
    np.minimum.at(first, code, np.arange(len(code)))
    return rows[first].select(by).with_columns(value=pl.Series(sums))


def _finished(parts: pl.DataFrame, total: float) -> pl.DataFrame:
    share = parts["value"] / total if total > 0 else parts["value"] * 0.0
    order = [name for name in parts.columns if name != "value"]
    return (
        parts.with_columns(share=share)
        .filter(pl.col("value") > 0)
        .sort("value", *order, descending=[True] + [False] * len(order), nulls_last=True)
        .select(*order, "value", "share")
    )


def _reactors_of(graph: InfluenceGraph, position: int) -> tuple[IntArray, FloatArray]:
    """Return who acted on a person, and the weights of their edges."""
    edges = graph.in_edges
    row = slice(edges.indptr[position], edges.indptr[position + 1])
    return edges.indices[row].astype(np.int64), edges.data[row]


@decomposes("engagement")
def _engagement(graph: InfluenceGraph, raw: FloatArray, parameters: Mapping[str, Any]) -> Decomposer:
    return Decomposer(raw, lambda v: Passed(*_reactors_of(graph, v)))


@decomposes("reactors")
def _reactors(graph: InfluenceGraph, raw: FloatArray, parameters: Mapping[str, Any]) -> Decomposer:
    def passed(v: int) -> Passed:
        source, weight = _reactors_of(graph, v)
        return Passed(source, np.ones(len(weight)))

    return Decomposer(raw, passed)


@decomposes("engagement_rate")
def _engagement_rate(graph: InfluenceGraph, raw: FloatArray, parameters: Mapping[str, Any]) -> Decomposer:
    posts = graph.nodes["posts"].cast(pl.Float64).to_numpy()

    def passed(v: int) -> Passed:
        source, weight = _reactors_of(graph, v)
        return Passed(source, weight / posts[v] if posts[v] > 0 else np.zeros(len(weight)))

    return Decomposer(raw, passed)


@decomposes("followers")
def _followers(graph: InfluenceGraph, raw: FloatArray, parameters: Mapping[str, Any]) -> Decomposer:
    kinds = dict.fromkeys(graph.kinds, 0.0) | {"follow": 1.0}

    def passed(v: int) -> Passed:
        source = np.unique(acts_received(graph, v, kinds, None).source)
        return Passed(source, np.ones(len(source)))

    return Decomposer(raw, passed, kinds)
