"""Features: what is known of a person on a network, each a method like any other.

A feature is a registered method, run on the graph of one network and given in its natural unit: whoever
adds a method adds a feature. ``received_<kind>`` stands for the method ``received`` with that kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.log import is_event
from influence_graph.methods import Method, get_method, method_names
from influence_graph.networks.per_network import network_graph

#: Features of the frame by default, after the reactions by kind, where the graph has what they need.
DEFAULT = (
    "reactors",
    "engagement_rate",
    "posts",
    "reciprocity",
    "recency",
    "growth",
    "audience_influence",
    "pagerank",
    "expected_spread",
)
_BY_KIND = "received_"


def feature_method(name: str) -> tuple[Method, dict[str, Any]]:
    """Return the method behind a feature, and its parameters.

    Raises
    ------
    ConfigError
        If there is no such feature, or its method has a parameter without a default.
    """
    if name.startswith(_BY_KIND) and name not in method_names():
        return get_method("received"), {"kind": name.removeprefix(_BY_KIND)}
    if name not in method_names():
        known = [*method_names(), _BY_KIND + "<kind>"]
        raise ConfigError(f"There is no feature {name!r}. {nearest(name, known)}")
    entry = get_method(name)
    return entry, entry.resolve({})


def feature_values(graph: InfluenceGraph, name: str, rng: np.random.Generator | None = None) -> FloatArray:
    """Return one feature of everybody in a graph, in its natural unit."""
    entry, parameters = feature_method(name)
    sampling = {"rng": rng if rng is not None else np.random.default_rng(0)} if entry.samples else {}
    values = entry.natural(np.asarray(entry.function(graph, **parameters, **sampling).values))
    if values.shape != (graph.n,) or not np.isfinite(values).all() or (values < 0).any():
        raise DataError(
            f"The feature {name!r} gave values of shape {values.shape} that should be {graph.n:,} finite "
            "numbers, 0 or more. Correct the method that made them."
        )
    return values


def features(
    graph: InfluenceGraph,
    names: Sequence[str] | None = None,
    *,
    networks: Sequence[str] | None = None,
    rng: np.random.Generator | int | None = None,
) -> pl.DataFrame:
    """Return what is known of each person on each network.

    Parameters
    ----------
    graph : InfluenceGraph
        With layers.
    names : sequence of str, optional
        Methods, or ``received_<kind>``. None: reactions by kind, distinct reactors, reactions a post,
        posts, reciprocity, recency, growth, the audience's own influence, PageRank and, where that
        method is installed, expected spread.
    networks : sequence of str, optional
        None: all that have an edge that counts.
    rng : Generator, int or None
        Source of randomness for features that sample (SPEC 7).

    Returns
    -------
    polars.DataFrame
        One row a person and network on which the person was seen, sorted: ``network``, ``id``, then a
        column a feature in its natural unit. Null where the network lacks what a default feature needs,
        and reactions a post for those who wrote none.

    Raises
    ------
    ConfigError
        If a feature or network is unknown.
    DataError
        If a feature that was named needs what the graph lacks.

    Examples
    --------
    >>> from influence_graph import build_graph
    >>> rows = pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"], "kind": ["like", "reply"]})
    >>> features(build_graph(rows), ["received_like", "reactors"]).rows()
    [('default', 'a', 1.0, 2.0), ('default', 'b', 0.0, 0.0), ('default', 'c', 0.0, 0.0)]
    """
    stream = np.random.default_rng(rng)
    kinds = [kind for kind in graph.kinds if is_event(kind)]
    chosen = list(names) if names is not None else [_BY_KIND + kind for kind in kinds]
    if names is None:
        chosen += [name for name in DEFAULT if name in method_names()]
    tables = []
    for network in networks if networks is not None else graph.networks:
        try:
            part, _ = network_graph(graph, network)
        except DataError:
            # No edge of it counts. Who asked for it by name hears so.
            if networks is not None or not graph.layers:
                raise
            continue
        columns: dict[str, Any] = {"id": part.ids}
        for name in chosen:
            if name.startswith(_BY_KIND) and name[len(_BY_KIND) :] in set(kinds) - set(part.kinds):
                columns[name] = np.zeros(part.n)
                continue
            try:
                columns[name] = feature_values(part, name, stream)
            except DataError:
                if names is not None:
                    raise
                columns[name] = pl.Series([None] * part.n, dtype=pl.Float64)
        table = pl.DataFrame(columns)
        if "engagement_rate" in columns:
            wrote = pl.Series((part.nodes["posts"] > 0).to_numpy())
            table = table.with_columns(pl.when(wrote).then("engagement_rate").alias("engagement_rate"))
        tables.append(table.select(pl.lit(network).alias("network"), pl.all()))
    if not tables:
        raise DataError("No network has an edge that counts, so there are no features.")
    return pl.concat(tables)


def person_features(
    graph: InfluenceGraph,
    names: Sequence[str] | None = None,
    *,
    networks: Sequence[str] | None = None,
    rng: np.random.Generator | int | None = None,
) -> pl.DataFrame:
    """Return the features with one row a person and a column ``network/feature``, for learning from pairs.

    Parameters
    ----------
    graph, names, networks, rng
        As for :func:`features`.

    Returns
    -------
    polars.DataFrame
        ``id`` and the columns, sorted by id; 0 where the person or the network has none.

    Examples
    --------
    >>> from influence_graph import build_graph
    >>> rows = pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"], "network": ["x", "y"]})
    >>> person_features(build_graph(rows), ["reactors"]).rows()
    [('a', 1.0, 1.0), ('b', 0.0, 0.0), ('c', 0.0, 0.0)]
    """
    long = features(graph, names, networks=networks, rng=rng)
    wide = pl.DataFrame({"id": graph.ids})
    for (network,), table in long.partition_by("network", as_dict=True, maintain_order=True).items():
        renamed = {name: f"{network}/{name}" for name in table.columns if name not in ("network", "id")}
        wide = wide.join(table.drop("network").rename(renamed), on="id", how="left", maintain_order="left")
    return wide.with_columns(pl.all().exclude("id").fill_null(0.0))
