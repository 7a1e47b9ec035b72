"""One network at a time, and how much of what was seen of a person a score rests on."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import numpy as np
import polars as pl

from influence_graph.arrays import IntArray
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.graph.adjacency import combine, reactors, saturate
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.log import is_event
from influence_graph.linalg.csr import canonical


def network_graph(graph: InfluenceGraph, network: str) -> tuple[InfluenceGraph, IntArray]:
    """Return the graph of one network, weighed as the whole is, and where its people stand in the whole.

    Parameters
    ----------
    graph : InfluenceGraph
        With layers. Where the rows of its log are at hand, posts and times of the network are its own;
        else it has none, unless there is one network only.
    network : str
        One of ``graph.networks``.

    Returns
    -------
    graph : InfluenceGraph
        Of the people seen on this network.
    people : ndarray of int64
        Their positions among ``graph.ids``.

    Raises
    ------
    ConfigError
        If the graph has no such network.
    DataError
        If the graph has no layers, or the network has no edge that counts.

    Examples
    --------
    >>> from influence_graph import build_graph
    >>> rows = pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"], "network": ["x", "y"]})
    >>> part, people = network_graph(build_graph(rows), "y")
    >>> part.ids.to_list(), people
    (['a', 'c'], array([0, 2]))
    """
    if not graph.layers:
        raise DataError("This graph has no layers, so its networks can't be told apart. Build it with them.")
    if network not in graph.networks:
        raise ConfigError(f"There is no network {network!r}. {nearest(network, graph.networks)}")
    if len(graph.networks) == 1:
        return graph, np.arange(graph.n)
    if graph.log is not None:
        from influence_graph.graph.build import build_graph

        log, how = graph.log, graph.weighting
        part = log.where(pl.col("network") == network, reason=f"not on the network {network!r}")
        built = build_graph(
            part,
            kinds=how.kinds,
            other=how.other,
            half_life=how.half_life,
            as_of=how.as_of if log.has_timestamps else None,
            saturation=how.saturation,
        )
        # A kind that the whole graph has here, be it emptied, stays known: it counts 0.
        none = canonical(np.empty(0), np.empty(0, np.int32), np.zeros(built.n + 1, np.int32), built.n)
        known = {name: none for name in graph.layers if name[1] == network} | dict(built.layers)
        return dataclasses.replace(built, layers=known), graph.positions(built.ids)
    layers = {name: layer for name, layer in graph.layers.items() if name[1] == network}
    seen = np.zeros(graph.n, dtype=bool)
    for layer in layers.values():
        seen |= np.diff(layer.indptr) > 0
        seen[layer.indices] = True
    people = np.flatnonzero(seen)
    layers = {name: layer[people][:, people] for name, layer in layers.items()}
    adjacency = saturate(combine(layers, graph.weighting.kinds, len(people)), graph.weighting.saturation)
    if adjacency.nnz == 0:
        raise DataError(f"No edge of the network {network!r} counts. Give one of its kinds a weight above 0.")
    nodes = pl.DataFrame(
        {"id": graph.ids.gather(people), "posts": np.zeros(len(people)), "reactors": reactors(adjacency)}
    )
    return (
        dataclasses.replace(
            graph, ids=nodes["id"], layers=layers, adjacency=adjacency, nodes=nodes, report={}, notes=()
        ),
        people,
    )


def coverage(graph: InfluenceGraph, networks: Collection[str] | None = None) -> pl.DataFrame:
    """Return how much of the activity seen around each person counts.

    Activity is acts given and received, every kind of event on every network, decayed as the graph is. An
    act counts if its kind weighs more than 0 and its network is among those a score uses.

    Parameters
    ----------
    graph : InfluenceGraph
        With layers.
    networks : collection of str, optional
        Those that the score uses. None: all.

    Returns
    -------
    polars.DataFrame
        One row a person: ``id``, ``networks`` (those on which the person was seen and that count, sorted),
        ``received``, ``received_share`` (reactions received, and the share of them that counts) and
        ``activity_share`` (of acts given and received); the shares null where there was nothing.

    Raises
    ------
    ConfigError
        If a network is unknown.
    DataError
        If the graph has no layers.

    Examples
    --------
    >>> from influence_graph import build_graph
    >>> rows = pl.DataFrame(
    ...     {"source": ["b", "c", "c"], "target": ["a", "a", "b"], "network": ["x", "y", "y"]}
    ... )
    >>> coverage(build_graph(rows), ["x"]).select("id", "networks", "received_share").rows()
    [('a', ['x'], 0.5), ('b', ['x'], 0.0), ('c', [], None)]
    """
    if not graph.layers:
        raise DataError("This graph has no layers, so its networks can't be told apart. Build it with them.")
    used = graph.networks if networks is None else list(networks)
    for network in used:
        if network not in graph.networks:
            raise ConfigError(f"There is no network {network!r}. {nearest(network, graph.networks)}")
    n = graph.n
    received, given = np.zeros((2, n)), np.zeros((2, n))
    seen = {network: np.zeros(n, dtype=bool) for network in sorted(used)}
    for (kind, network), layer in sorted(graph.layers.items()):
        counts = network in seen and graph.weighting.kinds[kind] > 0
        if counts:
            seen[network] |= np.diff(layer.indptr) > 0
            seen[network][layer.indices] = True
        if not is_event(kind) and not counts:
            continue
        by_target = np.bincount(layer.indices, weights=layer.data, minlength=n)
        by_source = np.asarray(layer.sum(axis=1)).ravel()
        for total in (0, 1)[: 1 + counts]:
            received[total] += by_target
            given[total] += by_source
    names = list(seen)
    where = pl.DataFrame({name: seen[name] for name in names}).select(
        pl.concat_list(
            [pl.when(pl.col(name)).then(pl.lit(name)) for name in names] or [pl.lit(None, dtype=pl.String)]
        ).list.drop_nulls()
    )
    shares = [
        np.divide(part, whole, out=np.full(n, np.nan), where=whole > 0)
        for whole, part in (received, received + given)
    ]
    return pl.DataFrame(
        {
            "id": graph.ids,
            "networks": where.to_series() if names else pl.Series([[]] * n, dtype=pl.List(pl.String)),
            "received": received[0],
            "received_share": shares[0],
            "activity_share": shares[1],
        }
    ).with_columns(pl.col("^.*_share$").fill_nan(None))
