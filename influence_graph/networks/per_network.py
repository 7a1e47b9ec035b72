"""The graph of one network, and the coverage of a person's activity by a score."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.graph.adjacency import combine, reactors, saturate
from influence_graph.graph.derived_layers import DerivedLayers
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.log import is_event
from influence_graph.linalg.csr import canonical, read_only


def network_graph(graph: InfluenceGraph, network: str) -> tuple[InfluenceGraph, IntArray]:
    """Return the graph of one network with the weights of the whole, and the positions of its people.

    Parameters
    ----------
    graph : InfluenceGraph
        With layers. With its log, the result has the posts and timestamps of the network; without, it has
        none, unless there is only one network.
    network : str
        One of ``graph.networks``.

    Returns
    -------
    graph : InfluenceGraph
        Graph of the k people seen on this network.
    people : ndarray of int64, shape (k,)
        Their positions among ``graph.ids``. O(rows), or O(m) without a log, once: the graph keeps the
        result, which takes as much memory as the graph of a log of these rows.

    Raises
    ------
    ConfigError
        If the graph has no such network.
    DataError
        If the graph has no layers, or the network no edge of weight above 0.

    Examples
    --------
    >>> from influence_graph import build_graph
    >>> rows = pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"], "network": ["x", "y"]})
    >>> part, people = network_graph(build_graph(rows), "y")
    >>> part.ids.to_list(), people
    (['a', 'c'], array([0, 2]))
    """
    _check_networks(graph, [network])
    if len(graph.networks) == 1:
        return graph, np.arange(graph.n)
    if network not in graph.of_networks:
        graph.of_networks[network] = _taken_apart(graph, network)
    return graph.of_networks[network]


def _taken_apart(graph: InfluenceGraph, network: str) -> tuple[InfluenceGraph, IntArray]:
    if graph.log is not None:
        from influence_graph.graph.build import build_graph

        log, how = graph.log, graph.weighting
        part = log.where(pl.col("network") == network, reason=f"not on the network {network!r}")
        built = build_graph(part, **how.parameters())
        # A kind that the whole graph has on this network stays known, even without edges.
        none = canonical(np.empty(0), np.empty(0, np.int32), np.zeros(built.n + 1, np.int32), built.n)
        known = {name: none for name in graph.layers if name[1] == network}
        all_of = DerivedLayers(dict.fromkeys([*known, *built.layers]), lambda: known | dict(built.layers))
        return dataclasses.replace(built, layers=all_of), read_only(graph.positions(built.ids))
    layers = {name: layer for name, layer in graph.layers.items() if name[1] == network}
    seen = np.zeros(graph.n, dtype=bool)
    for layer in layers.values():
        seen |= np.diff(layer.indptr) > 0
        seen[layer.indices] = True
    people = np.flatnonzero(seen)
    layers = {name: layer[people][:, people] for name, layer in layers.items()}
    adjacency = saturate(combine(layers, graph.weighting.kinds, len(people)), graph.weighting.saturation)
    if adjacency.nnz == 0:
        raise DataError(
            f"No edge of the network {network!r} has a weight above 0. Raise that of one of its kinds."
        )
    nodes = pl.DataFrame(
        {"id": graph.ids.gather(people), "posts": np.zeros(len(people)), "reactors": reactors(adjacency)}
    )
    return (
        dataclasses.replace(
            graph, ids=nodes["id"], layers=layers, adjacency=adjacency, nodes=nodes, report={}, notes=()
        ),
        read_only(people),
    )


def coverage(graph: InfluenceGraph, networks: Collection[str] | None = None) -> pl.DataFrame:
    """Return the share of each person's events that a score uses.

    Events given and received, of every kind and network, with the decay of the graph. An event is used if its
    kind has a weight above 0 and its network is one of ``networks``.

    Parameters
    ----------
    graph : InfluenceGraph
        With layers.
    networks : collection of str, optional
        The networks that the score uses. None: all.

    Returns
    -------
    polars.DataFrame
        One row per person: ``id``, ``networks`` (the used ones on which the person was seen, sorted),
        ``received`` (events received), ``received_share`` (share of them that is used) and
        ``activity_share`` (share of events given and received that is used); a share of none is null. O(m).

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
    used = graph.networks if networks is None else list(networks)
    _check_networks(graph, used)
    n = graph.n
    received, given, seen = _events(graph, used)
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


def share_received(graph: InfluenceGraph, networks: Collection[str]) -> float:
    """Return the share of all events received that a score over these networks uses; 0 where there are none.

    ``coverage`` has it by person.
    """
    whole, used = np.zeros((2, graph.n))
    for _, layer, counts in _layers_of_events(graph, networks):
        received = np.bincount(layer.indices, weights=layer.data, minlength=graph.n)
        whole += received
        if counts:
            used += received
    total = float(whole.sum())
    return float(used.sum()) / total if total else 0.0


def _layers_of_events(graph: InfluenceGraph, used: Collection[str]) -> Iterator[tuple[str, csr_array, bool]]:
    """Yield network and layer of all events, and of all that counts; and whether it counts."""
    for (kind, network), layer in sorted(graph.layers.items()):
        counts = network in used and graph.weighting.kinds[kind] > 0
        if counts or is_event(kind):
            yield network, layer, counts


def _events(
    graph: InfluenceGraph, used: Collection[str]
) -> tuple[FloatArray, FloatArray, dict[str, BoolArray]]:
    """Return events received and given, of all and of those used, by person; and who is on each network."""
    n = graph.n
    received, given = np.zeros((2, n)), np.zeros((2, n))
    seen = {network: np.zeros(n, dtype=bool) for network in sorted(used)}
    for network, layer, counts in _layers_of_events(graph, used):
        if counts:
            seen[network] |= np.diff(layer.indptr) > 0
            seen[network][layer.indices] = True
        by_target = np.bincount(layer.indices, weights=layer.data, minlength=n)
        by_source = np.asarray(layer.sum(axis=1)).ravel()
        for total in (0, 1)[: 1 + counts]:
            received[total] += by_target
            given[total] += by_source
    return received, given, seen


def _check_networks(graph: InfluenceGraph, networks: Collection[str]) -> None:
    if not graph.layers:
        raise DataError(
            "This graph has no layers, so its networks can't be separated. Build it with "
            "build_graph(log, layers=True)."
        )
    for network in networks:
        if network not in graph.networks:
            raise ConfigError(f"There is no network {network!r}. {nearest(network, graph.networks)}")
