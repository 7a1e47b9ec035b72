"""Counts that serve as baselines, and controls that a good method has to beat.

Below the methods: how sums over in-edges fall into parts and follow time, for methods like them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.bootstrap import Replicates, resampled_counts, resampled_sums
from influence_graph.episodes import Episodes
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.linalg.csr import as_canonical
from influence_graph.methods.declaration import method
from influence_graph.methods.decomposition import Contributions, Decomposer, Decomposition
from influence_graph.methods.moment import Moment, Step
from influence_graph.methods.natural_unit import REACTION, REACTOR, NaturalUnit
from influence_graph.methods.raw import Raw


def in_strength_replicates(episodes: Episodes, parameters: Mapping[str, Any]) -> Replicates:
    """Return the bootstrap replicates of the in-strength."""
    return resampled_sums(episodes)


def in_degree_replicates(episodes: Episodes, parameters: Mapping[str, Any]) -> Replicates:
    """Return the bootstrap replicates of the in-degree."""
    return resampled_counts(episodes)


def in_strength_decomposer(
    graph: InfluenceGraph, raw: FloatArray, parameters: Mapping[str, Any]
) -> Decomposer:
    """Return the parts of the in-strength: the weight of each in-edge."""
    return Decomposer(raw, lambda person: Contributions(*_in_edges(graph, person)))


def in_degree_decomposer(graph: InfluenceGraph, raw: FloatArray, parameters: Mapping[str, Any]) -> Decomposer:
    """Return the parts of the in-degree: 1 for each in-edge."""

    def contributions(person: int) -> Contributions:
        source, weight = _in_edges(graph, person)
        return Contributions(source, np.ones(len(weight)))

    return Decomposer(raw, contributions)


def in_strength_over_time(parameters: Mapping[str, Any]) -> Step:
    """Return the step that sums the weights of in-edges at one moment."""
    return lambda moment: Raw(_received(moment, moment.edges.data), unit=REACTION)


def in_degree_over_time(parameters: Mapping[str, Any]) -> Step:
    """Return the step that counts the in-edges at one moment."""
    return lambda moment: Raw(_received(moment, (moment.edges.data > 0).astype(np.float64)), unit=REACTOR)


def _rate_decomposer(graph: InfluenceGraph, raw: FloatArray, parameters: Mapping[str, Any]) -> Decomposer:
    posts = graph.nodes["posts"].cast(pl.Float64).to_numpy()

    def contributions(person: int) -> Contributions:
        source, weight = _in_edges(graph, person)
        wrote = posts[person] > 0
        return Contributions(source, weight / posts[person] if wrote else np.zeros(len(weight)))

    return Decomposer(raw, contributions)


def _follower_replicates(episodes: Episodes, parameters: Mapping[str, Any]) -> Replicates:
    graph = episodes.graph
    only = dataclasses.replace(graph.weighting, kinds={"follow": 1.0}, saturation=None)
    follows = dataclasses.replace(graph, adjacency=as_canonical(_follows(graph)), weighting=only)
    return resampled_counts(episodes.of_part(follows))


def _follower_decomposer(graph: InfluenceGraph, raw: FloatArray, parameters: Mapping[str, Any]) -> Decomposer:
    follows = _follows(graph)

    def contributions(person: int) -> Contributions:
        entries = np.flatnonzero(follows.indices == person)
        source = np.searchsorted(follows.indptr, entries, side="right") - 1
        return Contributions(source, np.ones(len(source)))

    return Decomposer(raw, contributions, kinds=dict.fromkeys(graph.kinds, 0.0) | {"follow": 1.0})


@method(
    "engagement",
    version=1,
    replicates=in_strength_replicates,
    decomposition=Decomposition(in_strength_decomposer),
    over_time=in_strength_over_time,
)
def engagement(graph: InfluenceGraph) -> Raw:
    r"""Weighted count of reactions received: the in-strength.

    For a person v it is Σ_u w(u, v), with the kinds, decay and saturation the graph was built with.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.

    Returns
    -------
    Raw
        Reactions, ≥ 0. O(m).

    Notes
    -----
    .. math:: e_v = \sum_u w_{uv}

    With w_uv the weight of the edge from u to v.

    Unit: one reaction.

    Use: As the baseline that other methods have to beat. One busy account can raise it at will.

    References
    ----------
    Cha, Haddadi, Benevenuto & Gummadi (2010), "Measuring user influence in Twitter: the million follower
    fallacy", ICWSM, 10–17.

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
    return Raw(graph.in_strength, unit=REACTION)


@method(
    "reactors",
    version=1,
    replicates=in_degree_replicates,
    decomposition=Decomposition(in_degree_decomposer),
    over_time=in_degree_over_time,
    # Every reactor counts by the age of the last reaction, whatever the credit.
    decayed=("credible_reach", {"tenure": "none", "floor": 1e300, "slope": 0.0}),
)
def reactors(graph: InfluenceGraph) -> Raw:
    """Number of distinct people who reacted: the in-degree.

    One account counts once, however often it reacts. O(m).

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges.

    Returns
    -------
    Raw
        People, ≥ 0.

    Notes
    -----
    .. math:: k_v = |R_v|

    With R_v the people who reacted to v.

    Unit: one distinct person who reacted.

    Use: As a baseline that no single busy account can raise.

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
    return Raw(_in_degree(graph.adjacency), unit=REACTOR)


@method(
    "engagement_rate",
    version=1,
    needs={"posts"},
    decomposition=Decomposition(_rate_decomposer),
)
def engagement_rate(graph: InfluenceGraph) -> Raw:
    r"""Reactions received per post.

    Posts are counted undecayed; build the graph without a half-life for a rate in reactions a post.
    People without a post have no rate: their value is 0, and ``diagnostics["people_without_posts"]``
    counts them. O(m).

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges, from a log with items or rows of kind ``post``.

    Returns
    -------
    Raw
        Reactions a post, ≥ 0.

    Raises
    ------
    DataError
        If the log has no posts.

    Notes
    -----
    .. math:: r_v = \frac{1}{p_v} \sum_u w_{uv}

    With w_uv the weight of the edge from u to v, and p_v the posts of v.

    Unit: one reaction a post.

    Use: To compare people who post at different rates. Unstable for people of few posts.

    References
    ----------
    Cha, Haddadi, Benevenuto & Gummadi (2010), "Measuring user influence in Twitter: the million follower
    fallacy", ICWSM, 10–17.
    """
    posts = graph.nodes["posts"].cast(pl.Float64).to_numpy()
    rate = np.divide(graph.in_strength, posts, out=np.zeros(graph.n), where=posts > 0)
    return Raw(
        rate,
        diagnostics={"people_without_posts": int((posts == 0).sum())},
        unit=NaturalUnit("one reaction a post"),
        defined=posts > 0,
    )


@method(
    "followers",
    version=1,
    needs={"follows"},
    replicates=_follower_replicates,
    decomposition=Decomposition(_follower_decomposer),
)
def followers(graph: InfluenceGraph) -> Raw:
    r"""Number of distinct people who follow, on any network, as of the graph's moment.

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

    Notes
    -----
    .. math:: f_v = |\{ u : u \text{ follows } v \}|

    Unit: one follower.

    Use: As the baseline that everybody knows: an audience, not a reaction.

    References
    ----------
    Cha, Haddadi, Benevenuto & Gummadi (2010), "Measuring user influence in Twitter: the million follower
    fallacy", ICWSM, 10–17.
    """
    return Raw(_in_degree(_follows(graph)), unit=NaturalUnit("one follower"))


@method("activity", version=1, needs={"nodes"}, reads_edges=False)
def activity(graph: InfluenceGraph) -> Raw:
    r"""Control: how much a person does, posts and interactions with others, whatever comes back.

    A method that agrees with it measures effort, not influence. Undecayed, every kind counts. Where a
    network has items, a reply is one post however many people it mentions, and no interaction besides. O(n).

    Parameters
    ----------
    graph : InfluenceGraph
        n people.

    Returns
    -------
    Raw
        Posts and interactions, ≥ 0.

    Notes
    -----
    .. math:: a_v = p_v + \sum_{u \neq v} n_{vu}

    With p_v the posts of v and n_vu the interactions of v with u that are no posts themselves.

    Unit: one post or interaction.

    Use: As a control: a method that agrees with it measures effort.
    """
    given = [name for name in graph.nodes.columns if name.startswith("given_")]
    done = graph.nodes.select(pl.sum_horizontal("posts", *given).cast(pl.Float64)).to_series().to_numpy()
    if "posts_given" in graph.nodes.columns:
        left = done - graph.nodes["posts_given"].to_numpy()
        # What is left of sums in another order is not an interaction.
        whole = np.rint(left)
        done = np.maximum(np.where(np.abs(left - whole) <= 1e-9 * np.maximum(done, 1.0), whole, left), 0.0)
    return Raw(done, unit=NaturalUnit("one post or interaction"))


@method("last_reaction", version=1, needs={"nodes", "timestamps"}, reads_edges=False)
def last_reaction(graph: InfluenceGraph) -> Raw:
    r"""Control: how recently anyone reacted.

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

    Notes
    -----
    .. math:: \ell_v = t_v - t_0 + 1

    With t_v the moment of the last reaction to v and t_0 that of the first row, in seconds.

    Unit: one second.

    Use: As a control: a method that agrees with it measures recency.
    """
    since = pl.col("last_reaction") - pl.col("first_seen").min()
    seconds = since.dt.total_microseconds() / 1e6 + 1.0
    values = graph.nodes.select(seconds.fill_null(0.0)).to_series().to_numpy()
    return Raw(values, unit=NaturalUnit("one second"))


@method("random", version=1, reads_edges=False)
def random(graph: InfluenceGraph, *, rng: np.random.Generator | int | None = None) -> Raw:
    r"""Control: a uniform random number for each person, which every method should beat. O(n).

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

    Notes
    -----
    .. math:: r_v \sim \mathrm{U}[0, 1)

    Unit: the value itself.

    Use: As a control: agreement with it is what chance gives.
    """
    unit = NaturalUnit("the value itself", reason="it is a random number for each person")
    return Raw(np.random.default_rng(rng).random(graph.n), unit=unit)


def _follows(graph: InfluenceGraph) -> csr_array:
    """Return the sum of the layers of follows over all networks."""
    anywhere = csr_array((graph.n, graph.n), dtype=np.float64)
    for (kind, _), layer in graph.layers.items():
        if kind == "follow":
            anywhere = anywhere + layer
    return anywhere


def _pattern(matrix: csr_array) -> csr_array:
    """Return the matrix with 1 for every entry."""
    ones = np.ones(len(matrix.indices))
    return csr_array((ones, matrix.indices, matrix.indptr), shape=matrix.shape)


def _in_degree(matrix: csr_array) -> FloatArray:
    return np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.float64)


def _in_edges(graph: InfluenceGraph, person: int) -> tuple[IntArray, FloatArray]:
    """Return the sources of a person's in-edges, ascending, and their weights."""
    edges = graph.in_edges
    row = slice(edges.indptr[person], edges.indptr[person + 1])
    return edges.indices[row].astype(np.int64), edges.data[row]


def _received(moment: Moment, weight: FloatArray) -> FloatArray:
    """Return the sum of ``weight``, one number for each edge, over the in-edges of those present."""
    received = np.zeros(len(moment.present))
    received += np.bincount(moment.edges.indices, weights=weight, minlength=len(received))
    return received[moment.present]
