"""TwitterRank: PageRank by topic, among people who post on the same topics."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import polars as pl
from annotated_types import Ge, Gt, Interval

from influence_graph.arrays import FloatArray
from influence_graph.errors import ConfigError, nearest
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.located_rows import located_rows
from influence_graph.linalg.degree_order import Edges
from influence_graph.linalg.random_walk import expected_visits
from influence_graph.methods import NaturalUnit, Raw, method


@method("twitterrank", version=3, needs={"events", "topics"}, accuracy={"tol", "max_iterations"})
def twitterrank(
    graph: InfluenceGraph,
    *,
    topic: str | None = None,
    damping: Annotated[float, Interval(ge=0, lt=1)] = 0.85,
    tol: Annotated[float, Gt(0)] = 1e-10,
    max_iterations: Annotated[int, Ge(1)] = 1000,
) -> Raw:
    r"""TwitterRank: PageRank towards people who post more, and on the reader's own topics.

    From i the reader goes to j, one of those i acted on, with chance T_j / Σ_a T_a · sim_t(i, j),
    where sim_t(i, j) = 1 − abs(DT'_it − DT'_jt), T_j counts the rows of j, and DT' is each person's
    distribution over topics; otherwise to a person in proportion to their rows on topic t: TR_t =
    γ·P_tᵀ·TR_t + (1 − γ)·E_t (Weng, Lim, Jiang & He 2010). Over all topics the ranks are added with the
    topics' shares of the log as weights.

    E_t is the column of topic t of DT, the *counts*, scaled to sum to 1 (the paper's DT''), not a column of
    the row-normalised DT': who writes more on the topic is where readers more often begin.

    Natural unit: y = c_t + γ·P_tᵀ·y with c_t the counts, less c_t, added over topics: one row that readers
    of others come to. It compares between populations.

    The paper leaves open, for a log: a row with a topic counts for its source, who wrote it, and for its
    target, whose post it was about; T_j is the sum of these. An edge is one reaction or more, whatever
    its weight, where the paper has follows. Mass of rows that sum to less than 1 is lost, as in the
    paper; the result is scaled to sum to 1.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges, from a log with the column ``topic``.
    topic : str, optional
        Rank for this topic; default: for all, added up.
    damping : float in [0, 1)
        Chance γ to follow an edge.
    tol : float
        Bound on the relative L1 residual of each topic's ranks.
    max_iterations : int
        Most sweeps over the edges a topic.

    Returns
    -------
    Raw
        Shares, sum 1. Diagnostics: ``iterations``, ``residual`` (the largest), ``topics``. O(topics · m)
        a sweep.

    Raises
    ------
    ConvergenceError
        If a residual is above ``tol`` after ``max_iterations``.
    ConfigError
        If nobody wrote on the topic; the message names the nearest.
    DataError
        If the log has no topics.

    Notes
    -----
    .. math:: x_t = \gamma P_t^\top x_t + (1 - \gamma) E_t

    .. math:: P_t(i, j) = \frac{T_j}{\sum_a T_a} \left( 1 - |D'_{it} - D'_{jt}| \right)

    With a over those i acted on, T the rows of a person, and D' the distribution over topics.

    Unit: one row by others.

    Use: Where rows have topics, and influence is to be among people of the same interests.

    References
    ----------
    Weng, Lim, Jiang & He (2010), "TwitterRank: finding topic-sensitive influential twitterers", WSDM,
    261–270.
    """
    names, counts = topic_counts(graph)
    if topic is not None and topic not in names:
        raise ConfigError(f"twitterrank: no row of the log has the topic {topic!r}. {nearest(topic, names)}")
    written = counts.sum(axis=1)
    mixture = np.divide(counts, written[:, None], out=np.zeros_like(counts), where=written[:, None] > 0)
    chosen = list(range(len(names))) if topic is None else [names.index(topic)]
    order, ranks = graph.traversal, np.zeros(graph.n)
    iterations, residual, error = 0, 0.0, 0.0
    for t in chosen:
        shares = _chances(order.incoming, order.from_public(written), order.from_public(mixture[:, t]))
        edges = Edges(
            order.incoming.pointers, order.incoming.columns, shares, order.incoming.cuts, order.active
        )
        kept = int(edges.pointers[order.active])
        to_active = np.bincount(edges.columns[:kept], weights=shares[:kept], minlength=graph.n)
        visits = expected_visits(
            edges,
            np.asarray(to_active, dtype=np.float64),
            np.full(graph.n, damping),
            order.from_public(counts[:, t]),
            tol=tol,
            max_iterations=max_iterations,
            name="twitterrank",
        )
        iterations, residual = iterations + visits.iterations, max(residual, visits.residual)
        error = max(error, visits.error)
        # Started from counts, as shares of the topic times its share of the log are up to one factor.
        ranks += order.to_public(visits.values)
    total = float(ranks.sum())
    unit = NaturalUnit("one row by others", total, counts[:, chosen].sum(axis=1))
    ranks = ranks / total if total > 0 else ranks
    diagnostics = {"iterations": iterations, "residual": residual, "topics": len(chosen)}
    return Raw(ranks, diagnostics=diagnostics, unit=unit, resolution=error * ranks)


def topic_counts(graph: InfluenceGraph) -> tuple[list[str], FloatArray]:
    """Return the topics, sorted, and how many rows of each person are on each: shape (n, topics)."""
    assert graph.log is not None
    frame = graph.log.frame.select("topic", given=pl.col("topic").is_not_null()).collect()
    named, given = frame["topic"], frame["given"].to_numpy()
    names = named.unique().sort()
    names = names.slice(names.null_count())
    rows = located_rows(graph, dict.fromkeys((kind for kind, _ in graph.log.rows.labels), 1.0))
    at, topic = np.concatenate([rows.source, rows.target]), np.tile(names.search_sorted(named).to_numpy(), 2)
    known, width = (at >= 0) & np.tile(given, 2), len(names)
    cells = np.bincount(at[known] * width + topic[known], minlength=graph.n * width)
    table = cells.reshape(graph.n, width).astype(np.float64)
    seen = np.flatnonzero(table.any(axis=0))
    return names[seen].to_list(), table[:, seen]


def _chances(edges: Edges, written: FloatArray, mixture: FloatArray) -> FloatArray:
    """Return P_t of each in-edge u → v: |T_v| / Σ_a |T_a| over those u acts on, times the similarity."""
    rows = np.repeat(np.arange(len(written)), np.diff(edges.pointers))
    total = np.bincount(edges.columns, weights=written[rows], minlength=len(written))[edges.columns]
    share = np.divide(written[rows], total, out=np.zeros(len(rows)), where=total > 0)
    return np.asarray(share * (1.0 - np.abs(mixture[edges.columns] - mixture[rows])))
