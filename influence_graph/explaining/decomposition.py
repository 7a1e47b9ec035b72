"""Where a raw value comes from: exact parts that add up to it, without a remainder.

How the raw values of a method fall into parts is declared with the method; see
:class:`~influence_graph.methods.decomposition.Decomposition`. What one person contributed is shared among the
interactions behind it in proportion to their weights before saturation, so the parts by kind, network and
period add up too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from influence_graph.arrays import IntArray
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.explaining.interactions_received import interactions_received
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods.declaration import get_method, method_names
from influence_graph.methods.decomposition import (
    BY_INTERACTION,
    REACTIONS,
    Contributions,
    Decomposer,
    Decomposition,
)


def decomposable() -> list[str]:
    """Return the names of the methods that declare a decomposition, sorted. It imports every method.

    Examples
    --------
    >>> {"engagement", "multinetwork", "pagerank", "reactors"} <= set(decomposable())
    True
    """
    return [name for name in method_names() if get_method(name).decomposition is not None]


def checked_decomposition(graph: InfluenceGraph, method: str, by: Sequence[str]) -> Decomposition:
    """Return the decomposition that a method declares, if its parts can be grouped by these words.

    Raises
    ------
    ConfigError
        If the method declares none, or its parts can't be grouped by ``by``.
    DataError
        If the graph lacks the layers that kinds and networks are read from.
    """
    declared = get_method(method).decomposition
    if declared is None:
        raise ConfigError(
            f"The raw value of {method} has no decomposition. Methods that have one: "
            f"{', '.join(decomposable())}. Explain it with by=(), by its points alone."
        )
    known = (*declared.by, *declared.alone)
    for word in by:
        if word not in known:
            hint = nearest(word, known)
            raise ConfigError(
                f"The parts of {method} can't be grouped by {word!r}, only by {', '.join(known)}."
                + (f" {hint}" if hint.startswith("Did you mean") else "")
            )
        if word in declared.alone and len(set(by)) > 1:
            raise ConfigError(
                f"by=({word!r},) stands alone: the parts of {method} by {word} are not those by "
                f"{', '.join(declared.by)}."
            )
    if len(set(by)) < len(by):
        raise ConfigError(f"by names a word twice: {', '.join(by)}.")
    if {"kind", "network"} & set(by) and not graph.layers:
        raise DataError(
            "This graph was built with layers=False, so its parts can't be grouped by kind or network. "
            "Build it with build_graph(log, layers=True), or take by=('reactor',)."
        )
    return declared


def decompose(
    graph: InfluenceGraph, made: Decomposer, position: int, by: Sequence[str], period: str
) -> pl.DataFrame:
    """Return the parts of one person's raw value, the largest first.

    Parameters
    ----------
    graph : InfluenceGraph
        The graph that was scored.
    made : Decomposer
        How the raw values on it fall into parts.
    position : int
        Of the person.
    by : sequence of str
        Words that :func:`checked_decomposition` has accepted.
    period : str
        Length of a period.

    Returns
    -------
    polars.DataFrame
        ``part`` ("reactions", "features", or another part by its name), a column for each of ``by``,
        ``value`` and ``share`` (of the raw value). O(m) to find the interactions with the person.
    """
    if made.contributions is not None and set(by) <= set(BY_INTERACTION):
        parts = _of_contributions(graph, made, made.contributions(position), position, by, period)
    else:
        assert made.parts is not None, "a decomposition has contributions or parts"
        parts = _aggregate(made.parts(position), ["part", *by])
    total = float(made.raw[position])
    share = parts["value"] / total if total > 0 else parts["value"] * 0.0
    order = [name for name in parts.columns if name != "value"]
    return (
        parts.with_columns(share=share)
        .filter(pl.col("value") > 0)
        .sort("value", *order, descending=[True] + [False] * len(order), nulls_last=True)
        .select(*order, "value", "share")
    )


def _of_contributions(
    graph: InfluenceGraph,
    made: Decomposer,
    found: Contributions,
    position: int,
    by: Sequence[str],
    period: str,
) -> pl.DataFrame:
    """Return what people contributed to one person, grouped, and the other parts after it."""
    source, value, columns = found.source, found.value, dict[str, pl.Series]()
    if {"kind", "network", "period"} & set(by):
        received = interactions_received(
            graph, position, made.kinds or graph.weighting.kinds, period if "period" in by else None
        )
        row, contribution = _matched(received.source, found.source)
        weight = received.weight[row]
        whole = np.bincount(contribution, weights=weight, minlength=len(found.source))
        value = found.value[contribution] * (weight / whole[contribution])
        columns = {word: received.frame[row][word] for word in by if word != "reactor"}
        source = found.source[contribution]
    if "reactor" in by:
        columns["reactor"] = graph.ids.gather(source)
    parts = pl.DataFrame({"part": pl.repeat(REACTIONS, len(value), eager=True), **columns, "value": value})
    others = pl.DataFrame(
        {"part": list(found.others), "value": list(found.others.values())},
        schema={"part": pl.String, "value": pl.Float64},
    )
    return pl.concat([_aggregate(parts, ["part", *by]), others], how="diagonal")


def _matched(sources: IntArray, contributors: IntArray) -> tuple[IntArray, IntArray]:
    """Return which rows have a source among the contributors (ascending), and the place of each there.

    A pair whose weight underflowed has interactions and no edge.
    """
    if not len(contributors):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    place = np.minimum(np.searchsorted(contributors, sources), len(contributors) - 1)
    rows = np.flatnonzero(contributors[place] == sources)
    return rows, place[rows]


def _aggregate(rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return one row for each part, summed in the order of the rows, so that no bit depends on threads."""
    if rows.is_empty():
        return rows.select(*by, "value")
    code = rows.select(pl.struct(by).rank("dense").alias("code") - 1)["code"].to_numpy()
    sums = np.bincount(code, weights=rows["value"].to_numpy())
    first = np.full(len(sums), len(code))
    np.minimum.at(first, code, np.arange(len(code)))
    return rows[first].select(by).with_columns(value=pl.Series(sums))
