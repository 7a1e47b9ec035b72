"""Measures of a person besides counts and centralities: methods that serve as features."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from influence_graph.bootstrap import Replicates, resampled_sums
from influence_graph.episodes import Episodes
from influence_graph.errors import ConfigError, nearest
from influence_graph.graph.adjacency import summed
from influence_graph.graph.decay import decay
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.located_rows import located_rows
from influence_graph.graph.weighting import duration_seconds
from influence_graph.interactions.log import is_event
from influence_graph.methods import REACTION, NaturalUnit, Raw, method


def _resampled_received(episodes: Episodes, parameters: Mapping[str, Any]) -> Replicates:
    graph, kind = episodes.graph, parameters["kind"]
    kinds = {name: 1.0 for name in graph.kinds if name == kind or (kind is None and is_event(name))}
    only = dataclasses.replace(graph.weighting, kinds=kinds, saturation=None)
    part = dataclasses.replace(graph, adjacency=_of_kind(graph, kind), weighting=only)
    return resampled_sums(episodes.of_part(part))


@method("received", version=1, needs={"layers"}, replicates=_resampled_received)
def received(graph: InfluenceGraph, *, kind: str | None = None) -> Raw:
    r"""Reactions of one kind received: the column sums of its layers, with decay, without kind weights.

    Parameters
    ----------
    graph : InfluenceGraph
        With layers.
    kind : str, optional
        One of ``graph.kinds``. None: every kind of event, with equal weights.

    Returns
    -------
    Raw
        Reactions, ≥ 0. O(m).

    Raises
    ------
    ConfigError
        If the graph has no such kind.

    Notes
    -----
    .. math:: r_v = \sum_n \sum_u w_{uv}^{(k, n)}

    With k the kind, over all networks n: the layers, without kind weights.

    Unit: one reaction.

    Use: As a feature of multinetwork, one for each kind.
    """
    layer = _of_kind(graph, kind)
    return Raw(
        np.bincount(layer.indices, weights=layer.data, minlength=graph.n).astype(np.float64), unit=REACTION
    )


@method("posts", version=1, needs={"posts"}, reads_edges=False)
def posts(graph: InfluenceGraph) -> Raw:
    r"""Number of posts, without decay. O(n).

    Parameters
    ----------
    graph : InfluenceGraph
        n people.

    Returns
    -------
    Raw
        Posts, ≥ 0.

    Notes
    -----
    .. math:: p_v = |\{ i : i \text{ is a post of } v \}|

    Unit: one post.

    Use: As a feature, and as a control: a method that agrees with it measures effort.
    """
    return Raw(graph.nodes["posts"].cast(pl.Float64).to_numpy().copy(), unit=NaturalUnit("one post"))


@method("reciprocity", version=1)
def reciprocity(graph: InfluenceGraph) -> Raw:
    r"""Share of a person's reactors to whom the person reacts, too; 0 without reactors.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.

    Returns
    -------
    Raw
        In [0, 1]. O(m).

    Notes
    -----
    .. math:: \rho_v = \frac{|R_v \cap S_v|}{|R_v|}

    With R_v the people who reacted to v, and S_v those to whom v reacted.

    Unit: every reactor is reacted to.

    Use: To tell exchange among friends from one-way attention; as a feature among others.

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
    # The CSR is canonical, so the keys of its entries are sorted.
    at = np.minimum(np.searchsorted(there, back), max(len(there) - 1, 0))
    mutual = there[at] == back
    both = np.bincount(adjacency.indices[mutual], minlength=n)
    reactors = np.bincount(adjacency.indices, minlength=n)
    share = np.divide(both, reactors, out=np.zeros(n), where=reactors > 0)
    return Raw(share, unit=NaturalUnit("every reactor is reacted to"))


@method("recency", version=1, needs={"nodes", "timestamps"}, reads_edges=False)
def recency(graph: InfluenceGraph, *, fades: str | timedelta | float = "30d") -> Raw:
    """Recency of the last reaction: 2^(−age/fades), age at the ``as_of`` of the graph; 0 without reactions.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, from a log with timestamps.
    fades : str, timedelta or float
        Half-life: the age at which the value is ½.

    Returns
    -------
    Raw
        In [0, 1]. O(n).

    Notes
    -----
    .. math:: q_v = 2^{-(T - t_v) / h}

    With T the moment of the graph, t_v that of the last reaction to v, and h the half-life.

    Unit: a reaction just now.

    Use: As a feature, where it matters who is read now.
    """
    half = duration_seconds(fades, "fades")
    last = graph.nodes["last_reaction"]
    moment = graph.weighting.as_of or graph.nodes["last_seen"].max()
    age = pl.select((pl.lit(moment) - last).dt.total_microseconds() / 1e6).to_series()
    values = decay(age.clip(0.0).fill_null(np.inf).to_numpy(), half)
    return Raw(values, unit=NaturalUnit("a reaction just now"))


@method("growth", version=1, needs={"events", "timestamps"})
def growth(graph: InfluenceGraph, *, window: str | timedelta | float = "30d") -> Raw:
    r"""Ratio of events received in the last window to those in the window before: (new + ½)/(old + ½).

    Each event of a kind of weight above 0 counts 1, without decay. The halves keep the ratio finite; it is 1
    without reactions.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, with its log and timestamps.
    window : str, timedelta or float
        Length of each of the two windows.

    Returns
    -------
    Raw
        Above 0. O(rows).

    Notes
    -----
    .. math:: g_v = \frac{N_v(T - \ell, T] + 1/2}{N_v(T - 2 \ell, T - \ell] + 1/2}

    With N_v the events received in an interval of time, T the moment of the graph and ℓ the window.

    Unit: as many reactions as in the window before.

    Use: To see who is on the way up; as a feature besides a level.
    """
    length = round(duration_seconds(window, "window") * 1e6)
    moment: Any = graph.weighting.as_of or graph.nodes["last_seen"].max()
    counted = {kind: 1.0 for kind, weight in graph.weighting.kinds.items() if weight > 0 and is_event(kind)}
    rows = located_rows(graph, counted)
    now = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    known = rows.target >= 0
    new, both = (
        np.bincount(rows.target[known & (rows.time > now - windows * length)], minlength=graph.n)
        for windows in (1, 2)
    )
    old = both - new
    return Raw((new + 0.5) / (old + 0.5), unit=NaturalUnit("as many reactions as in the window before"))


@method("audience_influence", version=1)
def audience_influence(graph: InfluenceGraph) -> Raw:
    r"""Mean number of distinct reactors of a person's reactors; 0 without reactors.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.

    Returns
    -------
    Raw
        People, ≥ 0. O(m).

    Notes
    -----
    .. math:: a_v = \frac{1}{|R_v|} \sum_{u \in R_v} |R_u|

    With R_v the people who reacted to v.

    Unit: one reactor of the mean reactor.

    Use: To tell apart people whose readers are read themselves; best as a feature among others.

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
    mean = np.divide(total, reactors, out=np.zeros(n), where=reactors > 0)
    return Raw(mean, unit=NaturalUnit("one reactor of the mean reactor"))


def _of_kind(graph: InfluenceGraph, kind: str | None) -> csr_array:
    """Return the sum of the layers of one kind, or of all kinds of event, over all networks."""
    if kind is not None and kind not in graph.kinds:
        raise ConfigError(f"There is no kind {kind!r}. {nearest(kind, graph.kinds)}")
    chosen = [
        (layer, 1.0)
        for name, layer in sorted(graph.layers.items())
        if name[0] == kind or (kind is None and is_event(name[0]))
    ]
    return summed(chosen, graph.n)
