"""From layers to one weighted matrix: Σ kinds[k]·layer, then saturation."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import numpy as np
import polars as pl
from numba import njit
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, Int32Array, IntArray
from influence_graph.errors import DataError
from influence_graph.graph.record import GraphRecord
from influence_graph.graph.weighting import check_saturation, resolve_kinds
from influence_graph.interactions.log import POST
from influence_graph.linalg.add_csr import weighted_sum
from influence_graph.linalg.csr import as_canonical, canonical, empty, without_zeros
from influence_graph.threads import over_threads

_Graph = TypeVar("_Graph", bound=GraphRecord)
#: Tables of counts that are filled at a time.
_TABLES = 2


def combine(layers: Mapping[tuple[str, str], csr_array], kinds: Mapping[str, float], n: int) -> csr_array:
    """Return Σ kinds[kind]·layer, added in the sorted order of the layers, without stored zeros.

    It may share its arrays with a layer where that layer alone counts, once.
    """
    counted = [(layers[name], kinds[name[0]]) for name in sorted(layers)]
    return checked(summed([(layer, weight) for layer, weight in counted if weight != 0 and layer.nnz], n))


def summed(parts: Sequence[tuple[csr_array, float]], n: int) -> csr_array:
    """Return Σ weight·matrix, added in this order, without stored zeros; it may share arrays with one."""
    if not parts:
        return empty(n)
    total, factor = parts[0]
    for part, weight in parts[1:]:
        total, factor = weighted_sum(total, factor, part, weight), 1.0
    if factor != 1:
        total = canonical(factor * total.data, total.indices, total.indptr, n)
    # A sum of several has no zeros.
    return total if len(parts) > 1 else without_zeros(as_canonical(total))


def checked(total: csr_array) -> csr_array:
    """Return the matrix, whose weights must be finite."""
    if not np.isfinite(total.data).all():
        raise DataError(
            "The weight of a pair is too large for a 64-bit float. "
            "Divide the weights of the log, or those of kinds=, by one large number."
        )
    return total


def saturate(adjacency: csr_array, saturation: str | float | None) -> csr_array:
    """Return the matrix with each pair's weight w as ln(1 + w), or as min(w, saturation)."""
    if saturation is None:
        return adjacency
    data = adjacency.data
    capped: FloatArray = np.log1p(data) if saturation == "log" else np.minimum(data, float(saturation))
    return canonical(capped, adjacency.indices, adjacency.indptr, adjacency.shape[0])


def reactors(adjacency: csr_array) -> IntArray:
    """Return how many people have an edge to each person."""
    sources, n = adjacency.indices, adjacency.shape[0]
    cuts = np.linspace(0, sources.size, _TABLES + 1).astype(np.int64)
    counts = np.zeros((_TABLES, n), dtype=np.int64)
    over_threads(lambda part: _count(sources[cuts[part] : cuts[part + 1]], counts[part]), _TABLES)
    total: IntArray = counts.sum(axis=0)
    return total


@njit(cache=True, nogil=True)
def _count(values: Int32Array, counts: IntArray) -> None:
    """Add to the count of each value; numpy's bincount would copy 32-bit numbers first."""
    for position in range(values.size):
        counts[np.uint64(values[position])] += 1


def reweighted(
    graph: _Graph,
    kinds: Mapping[str, float] | None,
    other: float | None,
    saturation: str | float | None,
) -> _Graph:
    """Return the graph with other weights by kind; see :meth:`InfluenceGraph.reweight`."""
    if not graph.layers:
        raise DataError(
            "This graph was built with layers=False, so its kinds can't be given other weights. "
            "Build it with build_graph(log, layers=True)."
        )
    saturation = check_saturation(saturation)
    has_posts = bool((graph.nodes["posts"] > 0).any())
    weights, other, notes = resolve_kinds(kinds, other, {*graph.kinds, *([POST] if has_posts else [])})
    whole = combine(graph.layers, weights, graph.n)
    adjacency = saturate(whole, saturation)
    counted = [layer for (kind, _), layer in graph.layers.items() if weights[kind] > 0]
    if adjacency.nnz == 0:
        raise no_edges(weights, graph.kinds, any(layer.nnz for layer in counted))
    return dataclasses.replace(
        graph,
        adjacency=adjacency,
        nodes=graph.nodes.with_columns(pl.Series("reactors", reactors(adjacency))),
        weighting=dataclasses.replace(graph.weighting, kinds=weights, other=other, saturation=saturation),
        notes=notes,
    )


def no_edges(weights: Mapping[str, float], present: Collection[str], underflowed: bool) -> DataError:
    """Return the error that says why a log makes no edge."""
    if not present:
        return DataError(
            "The log makes no edge: nobody in it acts on anybody else. "
            "Add rows with a source and another target."
        )
    if underflowed:
        return DataError(
            "The graph has no edge: every pair's weight underflows to 0, or its follow has ended. "
            "Take a longer half_life, or an earlier as_of."
        )
    kinds = sorted(present)
    weighed = ", ".join(f"{kind!r} weighs {weights[kind]:g}" for kind in kinds)
    if all(weights[kind] > 0 for kind in kinds):
        return DataError(f"The graph has no edge: {weighed}, but every follow was ended by an unfollow.")
    example = ", ".join(f"{kind!r}: 1" for kind in kinds)
    return DataError(f"The log makes no edge: {weighed}. To count them, give kinds={{{example}}}.")
