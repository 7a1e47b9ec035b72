"""Counting baselines, the thing everybody else does, and controls that a good method has to beat."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from influence_graph.bootstrap import resampled_sums
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import Raw, method


@method(
    "engagement",
    unit="count",
    version=1,
    resampled=lambda graph, raw, parameters: resampled_sums(graph.adjacency),
)
def engagement(graph: InfluenceGraph) -> Raw:
    """Weighted count of reactions received: the in-strength.

    For a person v it is Σ_u w(u, v), with the kinds, decay and saturation the graph was built with.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.

    Returns
    -------
    Raw
        Reactions, ≥ 0. O(m).

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame(
    ...     {"source": ["b", "c", "c"], "target": ["a", "a", "b"], "weight": [1.0, 2.0, 1.0]}
    ... )
    >>> engagement(InfluenceGraph.from_edges(edges)).values
    array([3., 1., 0.])
    """
    return Raw(graph.in_strength)


@method(
    "reactors",
    unit="count",
    version=1,
    resampled=lambda graph, raw, parameters: resampled_sums(_once_each(graph.adjacency)),
)
def reactors(graph: InfluenceGraph) -> Raw:
    """Number of distinct people who reacted: the in-degree.

    One account counts once, however loud it is. O(m).

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.

    Returns
    -------
    Raw
        People, ≥ 0.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame(
    ...     {"source": ["b", "c", "c"], "target": ["a", "a", "b"], "weight": [1.0, 2.0, 1.0]}
    ... )
    >>> reactors(InfluenceGraph.from_edges(edges)).values
    array([2., 1., 0.])
    """
    return Raw(_in_degree(graph.adjacency))


@method("engagement_rate", unit="count", version=1, needs={"posts"})
def engagement_rate(graph: InfluenceGraph) -> Raw:
    """Reactions received per post.

    Posts are counted undecayed; build the graph without a half-life for a rate in reactions a post.
    People without a post have no rate: their value is 0, and ``diagnostics["people_without_posts"]``
    counts them. O(m).

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges, from a log with rows of kind ``post``.

    Returns
    -------
    Raw
        Reactions a post, ≥ 0.

    Raises
    ------
    DataError
        If the log has no posts.
    """
    posts = graph.nodes["posts"].cast(pl.Float64).to_numpy()
    rate = np.divide(graph.in_strength, posts, out=np.zeros(graph.n), where=posts > 0)
    return Raw(rate, diagnostics={"people_without_posts": int((posts == 0).sum())})


@method(
    "followers",
    unit="count",
    version=1,
    needs={"follows"},
    resampled=lambda graph, raw, parameters: resampled_sums(_once_each(_follows(graph))),
)
def followers(graph: InfluenceGraph) -> Raw:
    """Number of distinct people who follow, on any network, as of the graph's moment.

    Kind weights do not matter here: a follow counts even where the edge weights leave follows out. O(m).

    Parameters
    ----------
    graph : InfluenceGraph
        Built with layers from a log with rows of kind ``follow``.

    Returns
    -------
    Raw
        People, ≥ 0.

    Raises
    ------
    DataError
        If the log has no follows.
    """
    return Raw(_in_degree(_follows(graph)))


@method("activity", unit="count", version=1)
def activity(graph: InfluenceGraph) -> Raw:
    """Control: how much a person does, posts and acts on others, whatever comes back.

    A method that agrees with it measures effort, not influence. Undecayed, every kind counts. O(n).

    Parameters
    ----------
    graph : InfluenceGraph
        n people.

    Returns
    -------
    Raw
        Acts, ≥ 0.
    """
    given = [name for name in graph.nodes.columns if name.startswith("given_")]
    return Raw(graph.nodes.select(pl.sum_horizontal("posts", *given).cast(pl.Float64)).to_series().to_numpy())


@method("last_reaction", unit="count", version=1, needs={"timestamps"})
def last_reaction(graph: InfluenceGraph) -> Raw:
    """Control: how recently anyone reacted.

    Seconds from the first row of the log to the last reaction received, plus one; 0 for people to
    whom nobody reacted. O(n).

    Parameters
    ----------
    graph : InfluenceGraph
        n people, from a log with timestamps.

    Returns
    -------
    Raw
        Seconds, ≥ 0.

    Raises
    ------
    DataError
        If the log has no timestamps.
    """
    since = pl.col("last_reaction") - pl.col("first_seen").min()
    seconds = since.dt.total_microseconds() / 1e6 + 1.0
    return Raw(graph.nodes.select(seconds.fill_null(0.0)).to_series().to_numpy())


@method("random", unit="count", version=1)
def random(graph: InfluenceGraph, *, rng: np.random.Generator | int | None = None) -> Raw:
    """Control: a uniform random number a person, what no method may lose to. O(n).

    Parameters
    ----------
    graph : InfluenceGraph
        n people.
    rng : Generator, int or None
        Source of randomness (SPEC 7).

    Returns
    -------
    Raw
        In [0, 1).
    """
    return Raw(np.random.default_rng(rng).random(graph.n))


def _follows(graph: InfluenceGraph) -> csr_array:
    """Return the sum of the layers of follows over all networks."""
    anywhere = csr_array((graph.n, graph.n), dtype=np.float64)
    for (kind, _), layer in graph.layers.items():
        if kind == "follow":
            anywhere = anywhere + layer
    return anywhere


def _once_each(matrix: csr_array) -> csr_array:
    """Return the matrix with 1 for every entry."""
    ones = np.ones(len(matrix.indices))
    return csr_array((ones, matrix.indices, matrix.indptr), shape=matrix.shape)


def _in_degree(matrix: csr_array) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.float64)
