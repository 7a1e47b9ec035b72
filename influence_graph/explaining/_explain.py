"""Why a person has this score: parts that add up, points by part, and counterfactuals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray
from influence_graph.errors import ConfigError
from influence_graph.explaining.attribution import (
    MOST_PARTS,
    AttributeTo,
    CoalitionScores,
    drop_actors,
    shapley,
    without_each,
)
from influence_graph.explaining.decomposition import checked_decomposition, decompose
from influence_graph.explaining.explanation import Explanation
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.weighting import duration_seconds
from influence_graph.methods.declaration import get_method
from influence_graph.scoring._scale import Reference, Scale
from influence_graph.scoring._score import score
from influence_graph.scoring.scores import Scores


def explain(
    graph: InfluenceGraph,
    person: int | str,
    method: str = "pagerank",
    *,
    by: Sequence[str] | None = None,
    period: str = "1d",
    attribute_to: AttributeTo | None = "kind",
    without: Iterable[int | str] = (),
    scale: Scale = "log",
    reference: Reference | Scores | None = None,
    rng: np.random.Generator | int | None = 0,
    **parameters: Any,
) -> Explanation:
    """Explain one person's score.

    Two questions, never mixed. The *decomposition* splits the raw value into parts that add up to it
    exactly: counts are sums over interactions; PageRank is linear in who handed it on (the last hop, by
    ``kind``, ``network``, ``reactor``, ``period``) or in where it started (``origin``), and teleport and
    dangling mass are separate parts. What one pair contributes after saturation is shared among its
    interactions in proportion to their weights before it. ``multinetwork`` is e^S − 1, where only S is a sum
    (over features and networks), so it is shared in proportion to the parts of S. The *attribution* splits
    the points, which are no sum, by exact Shapley values over few parts: how much the score rises when a
    part is added, averaged over all orders. *Counterfactuals* are scores recomputed without a part. In
    ``multinetwork`` a network keeps its weight when it is left out, and counts 0.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges, with layers.
    person : int or str
        An id of the graph.
    method : str
        A registered method.
    by : sequence of str, optional
        How the decomposition is grouped, by words that the method declares: any of "kind", "network",
        "reactor", "period" for counts and PageRank, or "origin" alone for PageRank; "feature" and "network"
        for ``multinetwork``. None: the first two that it declares. Empty: no decomposition.
    period : str
        Length of a period, counted from 1970 in UTC.
    attribute_to : {"kind", "network", "layer"} or None
        What points are attributed to, at most 12 parts; None: no attribution. The score is also recomputed
        without each kind and each network, of more than 12 those by which the person received most.
    without : iterable of ids
        People; for each the score is recomputed without the interactions of which they are the source.
    scale, reference, rng, **parameters
        As in :func:`influence_graph.score`.

    Returns
    -------
    Explanation
        O(2^k) scores for k parts, and O(m).

    Raises
    ------
    DataError
        If the person is not in the graph (the message names similar ids), or it lacks layers or rows.
    ConfigError
        If the method has no decomposition, or a parameter is unknown or out of range.

    Examples
    --------
    >>> rows = pl.DataFrame(
    ...     {"source": ["b", "c", "c"], "target": ["a", "a", "b"], "kind": ["retweet", "reply", "reply"]}
    ... )
    >>> from influence_graph import build_graph
    >>> explain(build_graph(rows), "a", "engagement")
    a has 100.0 of 100 points by engagement: rank 1 of 3 (percentile 83.3).
    Raw value 2, by kind, network:
                 1   50.0%  reply · default
                 1   50.0%  retweet · default
    Points by kind (Shapley values):
             +1.00  base
            +49.50  reply
            +49.50  retweet
            100.00  together
    Recomputed:
      without reply: 63.5 instead of 100.0
      without retweet: 63.5 instead of 100.0
    """
    return explain_people(
        graph, [person], method, by=by, period=period, attribute_to=attribute_to, without=without,
        scale=scale, reference=reference, rng=rng, **parameters,
    )[0]  # fmt: skip


def explain_people(
    graph: InfluenceGraph,
    people: Iterable[int | str],
    method: str = "pagerank",
    *,
    by: Sequence[str] | None = None,
    period: str = "1d",
    attribute_to: AttributeTo | None = "kind",
    without: Iterable[int | str] = (),
    scale: Scale = "log",
    reference: Reference | Scores | None = None,
    rng: np.random.Generator | int | None = 0,
    **parameters: Any,
) -> list[Explanation]:
    """Explain the scores of several people; what does not depend on the person is computed once.

    Parameters and errors are those of :func:`explain`. The result has one explanation for each person.

    Examples
    --------
    >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    >>> [one.score for one in explain_people(graph, ["a", "b"], "reactors")]
    [100.0, 1.0]
    """
    people = list(people)
    if by is None:
        declared = get_method(method).decomposition
        by = declared.by[:2] if declared else ("kind", "network")
    by = (by,) if isinstance(by, str) else tuple(by)
    positions = graph.positions(people)
    decomposition = checked_decomposition(graph, method, by) if by else None
    duration_seconds(period, "period")
    seed = int(np.random.default_rng(rng).integers(2**63))
    full = score(graph, method, scale=scale, reference=reference, rng=seed, **parameters)
    scores = CoalitionScores(graph, full, positions, seed)
    attribution = _attribution(scores, attribute_to)
    changes = _counterfactuals(scores, attribute_to, list(without))
    made = decomposition.prepare(graph, full.raw, full.parameters) if decomposition else None
    raw = made.raw if made else full.raw
    return [
        Explanation(
            person=person,
            people=graph.n,
            method=method,
            parameters=full.parameters,
            scaled=scale,
            raw=float(raw[position]),
            score=float(full.score[position]),
            percentile=float(full.percentile[position]),
            rank=float(full.rank[position]),
            by=by,
            decomposition=decompose(graph, made, int(position), by, period) if made else pl.DataFrame(),
            attributed_to=attribute_to,
            attribution=_attribution_frame(attribution, i),
            counterfactuals=_counterfactual_frame(changes, i, float(full.score[position])),
            fingerprint=full.fingerprint,
        )
        for i, (person, position) in enumerate(zip(people, positions, strict=True))
    ]


def _attribution(scores: CoalitionScores, to: AttributeTo | None) -> list[tuple[str, FloatArray]]:
    """Return the base and the Shapley value of each part, an array of one number for each person."""
    if to is None:
        return []
    parts = scores.parts(to)
    if len(parts) > MOST_PARTS:
        raise ConfigError(
            f"Shapley values over {len(parts)} parts by {to} take 2^{len(parts)} scores; "
            f"at most {MOST_PARTS} parts. Take attribute_to='kind' or 'network', or None."
        )
    base = scores.value([])
    return [("base", base), *zip(parts, shapley(scores, parts), strict=True)]


def _attribution_frame(attribution: list[tuple[str, FloatArray]], i: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"part": [part for part, _ in attribution], "points": [points[i] for _, points in attribution]},
        schema={"part": pl.String, "points": pl.Float64},
    )


def _counterfactuals(
    scores: CoalitionScores, to: AttributeTo | None, actors: Sequence[int | str]
) -> list[tuple[str, str, FloatArray]]:
    """Return the scores without each kind and network (where there are several) and without each actor.

    Of more than :data:`MOST_PARTS` networks, those by which these people received most.
    """
    found: list[tuple[str, str, FloatArray]] = []
    if to is not None:
        for grouping in ("kind", "network"):
            parts = scores.heaviest(scores.parts(grouping))
            if len(parts) > 1:
                found += zip([grouping] * len(parts), parts, without_each(scores, parts), strict=True)
    for actor, position in zip(actors, scores.graph.positions(actors), strict=True):
        left = drop_actors(scores.graph, np.array([position]))
        found.append(("reactor", str(actor), scores.on(left)))
    return found


def _counterfactual_frame(changes: list[tuple[str, str, FloatArray]], i: int, score: float) -> pl.DataFrame:
    return pl.DataFrame(
        [(grouping, part, points[i], points[i] - score) for grouping, part, points in changes],
        schema={"without": pl.String, "part": pl.String, "score": pl.Float64, "change": pl.Float64},
        orient="row",
    )
