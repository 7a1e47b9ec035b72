"""Why someone has this score: parts that add up, points by part, and what would change it."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from influence_graph.explaining.attribution import (
    AttributeTo,
    Recomputed,
    drop_actors,
    shapley,
    without_each,
)
from influence_graph.explaining.decomposition import (
    FEATURES,
    REACTIONS,
    check_by,
    decompose,
    decomposer,
    words_of,
)
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.scoring._scale import Reference, Scale
from influence_graph.scoring._score import score
from influence_graph.scoring.scores import Scores

_ROWS_SHOWN = 8


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where one person's score comes from.

    Attributes
    ----------
    person : int or str
        The id.
    people : int
        How many were scored.
    method : str
        The method, and
    parameters : mapping
        all its parameters.
    scaled : str
        How raw values became points.
    raw, score, percentile, rank : float
        As in :class:`Scores`. For PageRank ``raw`` is solved to 1e-12 of itself, closer than the ``tol``
        at which scoring stops.
    by : tuple of str
        What the decomposition tells apart.
    decomposition : polars.DataFrame
        The raw value in parts: ``part`` ("reactions"; of PageRank also "teleport" and "dangling"; of
        ``multinetwork`` "features"), a column for each of ``by``, ``value``, ``share``. The values
        add up to ``raw``.
    attributed_to : str or None
        What the points are attributed to.
    attribution : polars.DataFrame
        ``part``, ``points``: the base of 1, then the Shapley value of each part, which may be
        negative. They add up to ``score``.
    counterfactuals : polars.DataFrame
        ``without`` ("kind", "network", "reactor"), ``part``, ``score``, ``change``: the score that the
        person would have without a part, recomputed on the same scale.
    fingerprint : str
        Of the graph.
    """

    person: int | str
    people: int
    method: str
    parameters: Mapping[str, Any]
    scaled: str
    raw: float
    score: float
    percentile: float
    rank: float
    by: tuple[str, ...]
    decomposition: pl.DataFrame
    attributed_to: str | None
    attribution: pl.DataFrame
    counterfactuals: pl.DataFrame
    fingerprint: str

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers, words and lists."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        frames = ("decomposition", "attribution", "counterfactuals")
        told |= {name: getattr(self, name).to_dicts() for name in frames}
        return told | {"by": list(self.by), "parameters": dict(self.parameters)}

    def to_json(self) -> str:
        """Return :meth:`to_dict` as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, default=str)

    def sentence(self) -> str:
        """Return the score in one sentence."""
        return (
            f"{self.person} has {self.score:.1f} of 100 points by {self.method}: "
            f"rank {self.rank:,.10g} of {self.people:,} (percentile {_cut(self.percentile)})."
        )

    def changes(self) -> list[str]:
        """Return the counterfactuals as text: ``without replies: 43 instead of 57``."""
        found = []
        for row in self.counterfactuals.iter_rows(named=True):
            of = "" if row["without"] == "kind" else f"{row['without']} "
            found.append(f"without {of}{row['part']}: {row['score']:.1f} instead of {self.score:.1f}")
        return found

    def __str__(self) -> str:
        lines = [self.sentence()]
        if self.by:
            lines.append(f"Raw value {self.raw:.6g}, by {', '.join(self.by)}:")
            rows = self.decomposition.head(_ROWS_SHOWN)
            for row in rows.iter_rows(named=True):
                lines.append(f"  {row['value']:>12.6g}  {row['share']:>6.1%}  {part_label(row, self.by)}")
            more = self.decomposition.slice(_ROWS_SHOWN)
            if more.height:
                value, share = float(more["value"].sum()), float(more["share"].sum())
                lines.append(f"  {value:>12.6g}  {share:>6.1%}  {more.height:,} more parts")
        if self.attribution.height:
            lines.append(f"Points by {self.attributed_to} (Shapley values):")
            lines += [f"  {points:>+12.2f}  {part}" for part, points in self.attribution.iter_rows()]
            lines.append(f"  {self.score:>12.2f}  together")
        if self.counterfactuals.height:
            lines.append("Recomputed:")
            lines += [f"  {change}" for change in self.changes()]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def part_label(row: Mapping[str, Any], by: Sequence[str]) -> str:
    """Return what a row of a decomposition is called."""
    words = []
    for word in by:
        value = row.get(word)
        if value is not None:
            words.append(f"{value:%Y-%m-%d %H:%M}".removesuffix(" 00:00") if word == "period" else str(value))
    if row["part"] in (REACTIONS, FEATURES):
        return " · ".join(words) or str(row["part"])
    # In brackets, so that nobody takes it for a person of that name.
    return " · ".join([f"({row['part']})", *words])


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
    exactly: counts are sums over acts; PageRank is linear in who handed it on (the last hop, by ``kind``,
    ``network``, ``reactor``, ``period``) or in where it started (``origin``), teleport and dangling
    mass being parts of their own. What one pair contributes after saturation is shared among its acts in
    proportion to what they weigh before it. ``multinetwork`` is e^S − 1, where only S is a sum (over
    features and networks), so it is shared in proportion to the parts of S. The *attribution* splits the
    points, which are no sum, by exact Shapley values over few parts: how much the score rises when a
    part is added, averaged over all orders. *Counterfactuals* are scores recomputed without a part. What
    ``multinetwork`` weighs keeps its weight when it is left out: a network without edges counts 0.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges, with layers.
    person : int or str
        An id of the graph.
    method : str
        A registered method.
    by : sequence of str, optional
        What the decomposition tells apart: any of "kind", "network", "reactor", "period", or
        "origin" alone (PageRank); of ``multinetwork`` "feature" and "network". None: "kind" and
        "network", or "feature" and "network". Empty: no decomposition.
    period : str
        Length of a period, counted from 1970 in UTC.
    attribute_to : {"kind", "network", "layer"} or None
        What points are attributed to, at most 12 parts; None: no attribution.
    without : iterable of ids
        People without whose acts the score is to be recomputed.
    scale, reference, rng, **parameters
        As in :func:`influence_graph.score`.

    Returns
    -------
    Explanation
        O(2^k) scores for k parts, and O(m).

    Raises
    ------
    DataError
        If the person is not in the graph (the message names ids alike), or it lacks layers or rows.
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

    Parameters, errors and results are those of :func:`explain`, one a person.

    Examples
    --------
    >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    >>> [one.score for one in explain_people(graph, ["a", "b"], "reactors")]
    [100.0, 1.0]
    """
    people = list(people)
    if by is None:
        # A method without a decomposition is told so by check_by.
        by = words_of(method)[:2] or ("kind", "network")
    by = (by,) if isinstance(by, str) else tuple(by)
    positions = graph.positions(people)
    if by:
        check_by(graph, method, by)
    seed = int(np.random.default_rng(rng).integers(2**63))
    full = score(graph, method, scale=scale, reference=reference, rng=seed, **parameters)
    values = Recomputed(graph, full, positions, seed)
    attribution = _attribution(values, attribute_to)
    changes = _counterfactuals(values, attribute_to, list(without))
    made = decomposer(graph, method, full.raw, full.parameters, by) if by else None
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
            attribution=pl.DataFrame(
                {
                    "part": [part for part, _ in attribution],
                    "points": [points[i] for _, points in attribution],
                },
                schema={"part": pl.String, "points": pl.Float64},
            ),
            counterfactuals=pl.DataFrame(
                [(of, part, points[i], points[i] - full.score[position]) for of, part, points in changes],
                schema={"without": pl.String, "part": pl.String, "score": pl.Float64, "change": pl.Float64},
                orient="row",
            ),
            fingerprint=full.fingerprint,
        )
        for i, (person, position) in enumerate(zip(people, positions, strict=True))
    ]


def _attribution(values: Recomputed, to: AttributeTo | None) -> list[tuple[str, Any]]:
    if to is None:
        return []
    parts = values.parts(to)
    base = values.value([])
    return [("base", base), *zip(parts, shapley(values, parts), strict=True)]


def _counterfactuals(
    values: Recomputed, to: AttributeTo | None, actors: Sequence[int | str]
) -> list[tuple[str, str, Any]]:
    """Return the scores without each kind and network, where there are several, and without each actor."""
    found: list[tuple[str, str, Any]] = []
    if to is not None:
        for of in ("kind", "network"):
            parts = values.parts(of)
            if len(parts) > 1:
                found += zip([of] * len(parts), parts, without_each(values, parts), strict=True)
    for actor, position in zip(actors, values.graph.positions(actors), strict=True):
        found.append(("reactor", str(actor), values.of(drop_actors(values.graph, np.array([position])))))
    return found


def _cut(percentile: float) -> str:
    """Return a percentile that is never rounded up to 100."""
    return (
        f"{np.floor(percentile * 10) / 10:.1f}"
        if percentile < 99.9
        else f"{np.floor(percentile * 1000) / 1000:.3f}"
    )
