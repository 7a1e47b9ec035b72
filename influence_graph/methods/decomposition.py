"""How a method says of what its raw values are made: exact parts that add up to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.graph.graph import InfluenceGraph

#: By what contributions of people can be grouped: each is shared among the interactions behind it.
BY_INTERACTION = ("kind", "network", "reactor", "period")
#: The ``part`` of what people contributed, and of what a method made of features. All other parts are named.
REACTIONS, FEATURES = "reactions", "features"


@dataclass(frozen=True, eq=False)
class Contributions:
    """What one person's raw value is the sum of.

    Attributes
    ----------
    source : ndarray of int64, shape (k,)
        Positions of the people who contributed, each once, ascending.
    value : ndarray of float64, shape (k,)
        How much each contributed.
    others : mapping of str to float
        Named parts that nobody in particular contributed, such as PageRank's teleport.
    """

    source: IntArray
    value: FloatArray
    others: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Decomposer:
    """How the raw values on one graph fall into parts.

    Attributes
    ----------
    raw : ndarray of float64, shape (n,)
        The values that the parts add up to.
    contributions : callable, optional
        From a person's position to :class:`Contributions`.
    kinds : mapping of str to float, optional
        Weights by which one person's contribution is shared among kinds. None: the graph's.
    parts : callable, optional
        For words other than those of interactions: from a person's position to a frame with the columns
        ``part``, one for each such word, and ``value``.
    """

    raw: FloatArray
    contributions: Callable[[int], Contributions] | None = None
    kinds: Mapping[str, float] | None = None
    parts: Callable[[int], pl.DataFrame] | None = None


#: From a graph, the raw values and all parameters to how they fall into parts.
Prepare: TypeAlias = Callable[[InfluenceGraph, FloatArray, Mapping[str, Any]], Decomposer]


@dataclass(frozen=True)
class Decomposition:
    """What a method declares with ``decomposition=``.

    Attributes
    ----------
    prepare : callable
        ``prepare(graph, raw, parameters)`` to a :class:`Decomposer`; called once for many people.
    by : tuple of str
        Words by which parts can be grouped, in any combination; the first two are the default.
    alone : tuple of str
        Words that group the parts in another way, each on its own.
    note : str
        What a report adds about the parts: "by who passed it on in the last step".
    """

    prepare: Prepare
    by: tuple[str, ...] = BY_INTERACTION
    alone: tuple[str, ...] = ()
    note: str = ""
