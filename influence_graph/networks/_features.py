"""Features of a person on a network.

A feature is a registered method, run on the graph of one network, in its natural unit: every method that is
added is a feature, too. ``received_<kind>`` is the method ``received`` with that kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from influence_graph.engine import engine_of
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.log import is_event
from influence_graph.methods import Method, Raw, get_method, method_names
from influence_graph.networks.per_network import network_graph
from influence_graph.scoring._score import raw_values

#: Default features after the reactions by kind; null where the graph lacks what they need.
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


def feature_values(graph: InfluenceGraph, name: str, rng: np.random.Generator | None = None) -> Raw:
    """Return one feature of all people of a graph; ``natural`` has it in its natural unit."""
    entry, parameters = feature_method(name)
    stream = rng if rng is not None else np.random.default_rng(0)
    return raw_values(graph, entry, parameters, stream)


def features(
    graph: InfluenceGraph,
    names: Sequence[str] | None = None,
    *,
    networks: Sequence[str] | None = None,
    rng: np.random.Generator | int | None = None,
) -> pl.DataFrame:
    """Return the features of each person on each network.

    Parameters
    ----------
    graph : InfluenceGraph
        With layers.
    names : sequence of str, optional
        Methods, or ``received_<kind>``. None: reactions by kind, distinct reactors, reactions per post,
        posts, reciprocity, recency, growth, influence of the audience, PageRank and expected spread.
    networks : sequence of str, optional
        None: all networks with an edge of weight above 0.
    rng : Generator, int or None
        Source of randomness for features that sample (SPEC 7).

    Returns
    -------
    polars.DataFrame
        One row per network and person seen on it, sorted: ``network``, ``id``, then one column per feature
        in its natural unit. Null where the network lacks what a default feature needs, and for people of
        whom the method has no value (``Raw.defined``): reactions per post of people without posts.

    Raises
    ------
    ConfigError
        If a feature or network is unknown.
    DataError
        If a feature in ``names`` needs what the graph lacks.

    Examples
    --------
    >>> from influence_graph import build_graph
    >>> rows = pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"], "kind": ["like", "reply"]})
    >>> features(build_graph(rows), ["received_like", "reactors"]).rows()
    [('default', 'a', 1.0, 2.0), ('default', 'b', 0.0, 0.0), ('default', 'c', 0.0, 0.0)]
    """
    if (elsewhere := engine_of(graph)) is not None:
        return elsewhere.features(graph, names=names, networks=networks, rng=rng)  # type: ignore[no-any-return]
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
            # It has no edge of weight above 0: an error only if it was named.
            if networks is not None or not graph.layers:
                raise
            continue
        columns: dict[str, Any] = {"id": part.ids}
        for name in chosen:
            if name.startswith(_BY_KIND) and name[len(_BY_KIND) :] in set(kinds) - set(part.kinds):
                columns[name] = np.zeros(part.n)
                continue
            try:
                raw = feature_values(part, name, stream)
            except DataError:
                if names is not None:
                    raise
                columns[name] = pl.Series([None] * part.n, dtype=pl.Float64)
                continue
            values = pl.Series(raw.natural)
            columns[name] = values if raw.defined is None else values.set(pl.Series(~raw.defined), None)
        table = pl.DataFrame(columns)
        tables.append(table.select(pl.lit(network).alias("network"), pl.all()))
    if not tables:
        raise DataError(
            "No network has an edge of weight above 0, so there are no features. Give a kind one."
        )
    return pl.concat(tables)


def person_features(
    graph: InfluenceGraph,
    names: Sequence[str] | None = None,
    *,
    networks: Sequence[str] | None = None,
    rng: np.random.Generator | int | None = None,
) -> pl.DataFrame:
    """Return the features with one row per person and a column ``network/feature``, to learn from pairs.

    Parameters
    ----------
    graph, names, networks, rng
        As for :func:`features`.

    Returns
    -------
    polars.DataFrame
        ``id`` and the columns, sorted by id; 0 where :func:`features` has null or no row.

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
