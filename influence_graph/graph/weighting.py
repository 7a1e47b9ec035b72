"""What a row counts: weights by kind, half-life, the moment described, saturation."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from numbers import Real
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.graph.graph import FloatArray, InfluenceGraph
from influence_graph.graph.nodes import reactors
from influence_graph.interactions.log import POST, STATES, is_event

_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}


def half_life_seconds(half_life: str | timedelta | float | None) -> float | None:
    """Return a half-life in seconds, or None for no decay.

    Parameters
    ----------
    half_life : str, timedelta, float or None
        ``"30d"``, ``"12h"``, ``"1w"``, ``"90min"``, ``"45s"``; a timedelta; or a number of seconds.

    Raises
    ------
    ConfigError
        If it can't be read, or is not above 0 and finite.

    Examples
    --------
    >>> half_life_seconds("12h"), half_life_seconds(60), half_life_seconds(None)
    (43200.0, 60.0, None)
    """
    if half_life is None:
        return None
    if isinstance(half_life, timedelta):
        seconds = half_life.total_seconds()
    elif isinstance(half_life, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)\s*", half_life)
        if not match or (match[2] or "s") not in _SECONDS:
            raise ConfigError(
                f"half_life is {half_life!r}, but it should be a number and a unit "
                f"(s, m or min, h, d, w), such as '30d' or '12h'."
            )
        seconds = float(match[1]) * _SECONDS[match[2] or "s"]
    elif isinstance(half_life, Real) and not isinstance(half_life, bool):
        seconds = float(half_life)
    else:
        raise ConfigError(
            f"half_life is {half_life!r}, but it should be text such as '30d', a timedelta, or seconds."
        )
    if not (math.isfinite(seconds) and seconds > 0):
        raise ConfigError(f"half_life is {half_life!r}, but it should be above 0 and finite; None: no decay.")
    return seconds


def parse_moment(as_of: str | date | None) -> datetime | None:
    """Return ``as_of`` as a datetime in UTC; without a zone it is taken as UTC.

    Raises
    ------
    ConfigError
        If it is not a datetime, a date or an ISO 8601 text.

    Examples
    --------
    >>> parse_moment("2012-07-04")
    datetime.datetime(2012, 7, 4, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if as_of is None:
        return None
    moment: Any = as_of
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment.strip())
        except ValueError:
            raise ConfigError(
                f"as_of is {as_of!r}, but it should be a time in ISO 8601, such as '2012-07-04' "
                "or '2012-07-04T12:00:00Z'."
            ) from None
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if not isinstance(moment, datetime):
        raise ConfigError(f"as_of is {as_of!r}, but it should be a datetime, a date or an ISO 8601 text.")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def check_saturation(saturation: Any) -> str | float | None:
    """Return a saturation that is None, "log" or a positive finite number; else raise a ConfigError."""
    if saturation is None or saturation == "log":
        return None if saturation is None else "log"
    if isinstance(saturation, Real) and not isinstance(saturation, bool):
        cap = float(saturation)
        if math.isfinite(cap) and cap > 0:
            return cap
    raise ConfigError(
        f"saturation is {saturation!r}, but it should be None, 'log' or a number above 0: "
        "the most that one pair can contribute."
    )


def resolve_kinds(
    kinds: Mapping[str, float] | None, other: float | None, present: Collection[str]
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the weight of each kind, and what a reader should know about them.

    Parameters
    ----------
    kinds : mapping of str to float, or None
        The weights asked for; None: every event kind weighs 1, all others 0.
    other : float or None
        Weight of the event kinds that ``kinds`` does not name.
    present : collection of str
        The kinds that the log has. ``post`` and ``unfollow`` need no weight and take none.

    Raises
    ------
    ConfigError
        If a weight is not a finite number ≥ 0, or a kind of the log has no weight.
    """
    edges = sorted({"follow" if kind in STATES else kind for kind in present if kind != POST})
    notes: list[str] = []
    if kinds is None and other is None:
        weights = {kind: 1.0 if is_event(kind) else 0.0 for kind in edges}
        counted = [kind for kind in edges if weights[kind]]
        silent = [kind for kind in edges if not weights[kind]] + ([POST] if POST in present else [])
        if silent:
            notes.append(
                f"no weights by kind were given: {_listed(counted)} weigh 1 each, {_listed(silent)} weigh 0"
            )
        elif len(counted) > 1:
            notes.append(f"no weights by kind were given: {_listed(counted)} weigh 1 each")
        return weights, tuple(notes)

    if kinds is not None and not isinstance(kinds, Mapping):
        raise ConfigError(f"kinds is {kinds!r}, but it should be a mapping such as {{'retweet': 1, 'reply': 0.5}}.")
    weights = {str(kind): _weight(f"kinds[{kind!r}]", weight) for kind, weight in (kinds or {}).items()}
    for kind in (POST, "unfollow"):
        if weights.pop(kind, 0.0):
            raise ConfigError(
                f"kinds gives {kind!r} a weight, but "
                + ("a post acts on nobody: it makes no edge." if kind == POST else "it only ends a follow.")
                + f" Leave {kind!r} out of kinds."
            )
    absent = [kind for kind in weights if kind not in edges]
    lacking = [kind for kind in edges if kind not in weights]
    if lacking and other is None:
        spelling = next((f" {nearest(kind, lacking)}" for kind in absent), "")
        raise ConfigError(
            f"The log has kinds without a weight: {_listed(lacking)}. kinds names {_listed(sorted(weights))}."
            f"{spelling} Give each a weight (0 leaves it out), or other= for all of them."
        )
    if other is not None:
        rest = _weight("other", other)
        weights |= {kind: rest if is_event(kind) else 0.0 for kind in lacking}
        silent = [kind for kind in lacking if not is_event(kind)]
        if silent:
            notes.append(f"other= weighs events only: {_listed(silent)} weigh 0")
    notes += [f"kinds names {kind!r}, which the log does not have. {nearest(kind, edges)}" for kind in absent]
    return dict(sorted(weights.items())), tuple(notes)


def combine(layers: Mapping[tuple[str, str], csr_array], kinds: Mapping[str, float], n: int) -> csr_array:
    """Return Σ kinds[kind]·layer, added in the sorted order of the layers, without stored zeros.

    It may share its arrays with a layer where that layer alone counts, once.
    """
    total: csr_array | None = None
    for kind, network in sorted(layers):
        layer, weight = layers[kind, network], kinds[kind]
        if weight == 0 or layer.nnz == 0:
            continue
        part = layer if weight == 1 else canonical(weight * layer.data, layer.indices, layer.indptr, n)
        total = part if total is None else total + part
    if total is None:
        return canonical(np.empty(0), np.empty(0, np.int32), np.zeros(n + 1, np.int32), n)
    if not np.isfinite(total.data).all():
        raise DataError(
            "The weight of a pair is too large for a 64-bit float. Divide the weights of the log, or of kinds=, "
            "by one large number: scores by rank do not change."
        )
    if not total.data.all():
        total = total.copy()
        total.eliminate_zeros()
    total.has_canonical_format = True
    return total


def saturate(adjacency: csr_array, saturation: str | float | None) -> csr_array:
    """Return the matrix with each pair's weight w as ln(1 + w), or as min(w, saturation)."""
    if saturation is None:
        return adjacency
    data = adjacency.data
    capped: FloatArray = np.log1p(data) if saturation == "log" else np.minimum(data, float(saturation))
    return canonical(capped, adjacency.indices, adjacency.indptr, adjacency.shape[0])


def canonical(data: Any, indices: Any, indptr: Any, n: int) -> csr_array:
    """Return the n×n CSR array of these parts, which are in canonical order already."""
    matrix = csr_array((data, indices, indptr), shape=(n, n), copy=False)
    # Said here, not found out: finding out reads every entry.
    matrix.has_canonical_format = True
    return matrix


def reweighted(
    graph: InfluenceGraph, kinds: Mapping[str, float] | None, other: float | None, saturation: str | float | None
) -> InfluenceGraph:
    """Return the graph with other weights by kind; see :meth:`InfluenceGraph.reweight`."""
    if not graph.layers:
        raise DataError(
            "This graph was built with layers=False, so its kinds can't be weighed anew. "
            "Build it with build_graph(log, layers=True)."
        )
    saturation = check_saturation(saturation)
    weights, notes = resolve_kinds(kinds, other, {*graph.kinds, *([POST] if (graph.nodes["posts"] > 0).any() else [])})
    whole = combine(graph.layers, weights, graph.n)
    adjacency = saturate(whole, saturation)
    counted = [layer for (kind, _), layer in graph.layers.items() if weights[kind] > 0]
    if adjacency.nnz == 0:
        raise no_edges(weights, graph.kinds, any(layer.nnz for layer in counted))
    return dataclasses.replace(
        graph,
        adjacency=adjacency,
        nodes=graph.nodes.with_columns(pl.Series("reactors", reactors(adjacency))),
        weighting=dataclasses.replace(graph.weighting, kinds=weights, saturation=saturation),
        notes=notes,
    )


def no_edges(weights: Mapping[str, float], present: Collection[str], underflowed: bool) -> DataError:
    """Return the error that says why a log makes no edge."""
    if not present:
        return DataError(
            "The log makes no edge: nobody in it acts on anybody else. Add rows with a source and another target."
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


def _weight(name: str, weight: Any) -> float:
    if isinstance(weight, Real) and not isinstance(weight, bool) and math.isfinite(weight) and weight >= 0:
        return float(weight)
    raise ConfigError(
        f"{name} is {weight!r}, but a weight should be a finite number, 0 or more; 0 leaves the kind out."
    )


def _listed(words: Collection[str]) -> str:
    return ", ".join(map(repr, words)) or "nothing"
