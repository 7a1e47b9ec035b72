"""Features: what is known of a person on a network, each a method like any other.

A feature is a registered method, run on the graph of one network and given in its natural unit: whoever
adds a method adds a feature. Besides the methods of other rooms (``engagement``, ``reactors``,
``engagement_rate``: reactions a post, ``followers``, ``pagerank``, ``expected_spread``) there are those
defined here; ``received_<kind>`` stands for ``received`` with that kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.graph.graph import FloatArray, InfluenceGraph
from influence_graph.graph.weighting import half_life_seconds
from influence_graph.interactions.log import is_event
from influence_graph.methods import Method, Raw, get_method, method, method_names
from influence_graph.resampling import Replicates, resampled_sums
from influence_graph.scoring.networks import network_graph

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


def _resampled_received(graph: InfluenceGraph, raw: FloatArray, parameters: dict[str, Any]) -> Replicates:
    return resampled_sums(_of_kind(graph, parameters["kind"]))


@method("received", unit="count", version=1, needs={"layers"}, resampled=_resampled_received)
def received(graph: InfluenceGraph, *, kind: str | None = None) -> Raw:
    """Reactions of one kind received: Σ_u of the layers of that kind, decayed, before weights.

    Parameters
    ----------
    graph : InfluenceGraph
        With layers.
    kind : str, optional
        One of ``graph.kinds``. None: every kind of event, each counting alike.

    Returns
    -------
    Raw
        Reactions, ≥ 0. O(m).

    Raises
    ------
    ConfigError
        If the graph has no such kind.
    """
    layer = _of_kind(graph, kind)
    return Raw(np.bincount(layer.indices, weights=layer.data, minlength=graph.n).astype(np.float64))


@method("posts", unit="count", version=1, needs={"posts"})
def posts(graph: InfluenceGraph) -> Raw:
    """Posts written, undecayed. O(n)."""
    return Raw(graph.nodes["posts"].cast(pl.Float64).to_numpy().copy())


@method("reciprocity", unit="count", version=1)
def reciprocity(graph: InfluenceGraph) -> Raw:
    """Share of one's reactors to whom one reacts, too; 0 without reactors.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.

    Returns
    -------
    Raw
        In [0, 1]. O(m).

    Examples
    --------
    >>> edges = pl.DataFrame({"source": ["b", "c", "a"], "target": ["a", "a", "b"]})
    >>> reciprocity(InfluenceGraph.from_edges(edges)).values
    array([0.5, 1. , 0. ])
    """
    adjacency, n = graph.adjacency, graph.n
    source = np.repeat(np.arange(n, dtype=np.int64), np.diff(adjacency.indptr))
    there = source * n + adjacency.indices
    back = adjacency.indices.astype(np.int64) * n + source
    # Rows and columns of the CSR are sorted, so the keys of its entries are, too.
    at = np.minimum(np.searchsorted(there, back), max(len(there) - 1, 0))
    mutual = there[at] == back
    both = np.bincount(adjacency.indices[mutual], minlength=n)
    reactors = np.bincount(adjacency.indices, minlength=n)
    return Raw(np.divide(both, reactors, out=np.zeros(n), where=reactors > 0))


@method("recency", unit="count", version=1, needs={"timestamps"})
def recency(graph: InfluenceGraph, *, fades: str | timedelta | float = "30d") -> Raw:
    """How recent the last reaction is: 2^(−age/fades), age as of the graph's moment; 0 if there is none.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, from a log with timestamps.
    fades : str, timedelta or float
        Age at which half is left.

    Returns
    -------
    Raw
        In [0, 1]. O(n).
    """
    half = half_life_seconds(fades)
    last = graph.nodes["last_reaction"]
    moment = graph.weighting.as_of or graph.nodes["last_seen"].max()
    age = pl.select((pl.lit(moment) - last).dt.total_microseconds() / 1e6).to_series()
    return Raw(np.exp2(-age.clip(0.0).fill_null(np.inf).to_numpy() / half))


@method("growth", unit="count", version=1, needs={"events", "timestamps"})
def growth(graph: InfluenceGraph, *, window: str | timedelta | float = "30d") -> Raw:
    """Reactions received in the last window against those in the window before: (new + ½)/(old + ½).

    Each event counts 1. The halves keep it finite; 1 means no change, also for those with no reaction.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, with the rows of its log and timestamps.
    window : str, timedelta or float
        Length of each of the two windows.

    Returns
    -------
    Raw
        Above 0. O(rows).
    """
    assert graph.log is not None
    length = pl.duration(microseconds=round((half_life_seconds(window) or 0.0) * 1e6))
    moment = graph.weighting.as_of or graph.nodes["last_seen"].max()
    counted = [kind for kind, weight in graph.weighting.kinds.items() if weight > 0 and is_event(kind)]
    age = pl.lit(moment) - pl.col("timestamp")
    rows = (
        graph.log.frame.filter(pl.col("kind").is_in(counted) & (age < 2 * length))
        .group_by(pl.col("target").cast(graph.ids.dtype))
        .agg(new=(age < length).sum(), all=pl.len())
        .collect(engine="streaming")
    )
    new, old = np.zeros(graph.n), np.zeros(graph.n)
    at = graph.ids.search_sorted(rows["target"]).to_numpy()
    new[at] = rows["new"].to_numpy()
    old[at] = rows["all"].to_numpy() - new[at]
    return Raw((new + 0.5) / (old + 0.5))


@method("audience_influence", unit="count", version=1)
def audience_influence(graph: InfluenceGraph) -> Raw:
    """Mean number of distinct reactors that one's own reactors have; 0 without reactors.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.

    Returns
    -------
    Raw
        People, ≥ 0. O(m).

    Examples
    --------
    >>> edges = pl.DataFrame({"source": ["b", "c", "c"], "target": ["a", "a", "b"]})
    >>> audience_influence(InfluenceGraph.from_edges(edges)).values
    array([0.5, 0. , 0. ])
    """
    adjacency, n = graph.adjacency, graph.n
    reactors = np.bincount(adjacency.indices, minlength=n).astype(np.float64)
    theirs = np.repeat(reactors, np.diff(adjacency.indptr))
    total = np.bincount(adjacency.indices, weights=theirs, minlength=n)
    return Raw(np.divide(total, reactors, out=np.zeros(n), where=reactors > 0))


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


def _of_kind(graph: InfluenceGraph, kind: str | None) -> csr_array:
    """Return the sum of the layers of a kind, or of all events, over all networks."""
    if kind is not None and kind not in graph.kinds:
        raise ConfigError(f"There is no kind {kind!r}. {nearest(kind, graph.kinds)}")
    total = csr_array((graph.n, graph.n), dtype=np.float64)
    for name, layer in sorted(graph.layers.items()):
        if name[0] == kind or (kind is None and is_event(name[0])):
            total = total + layer
    return total
