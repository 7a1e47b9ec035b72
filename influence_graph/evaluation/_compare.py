"""Comparison of methods by their rankings of the same people."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, product
from numbers import Integral, Real
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import rankdata

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.engine import engine_of
from influence_graph.errors import ConfigError, DataError, counted
from influence_graph.evaluation.comparison import (
    CORRECTED,
    HALVES,
    LOG_PEARSON,
    MEASURES,
    POPULATIONS,
    SAME_LOG,
    Comparison,
)
from influence_graph.evaluation.deals import Figures, Measuring, agreement_over_deals
from influence_graph.evaluation.log_parts import LogParts, Values
from influence_graph.evaluation.rank_agreement import Cells, Places, Ranking, concordance, measures
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.limits import check_limits
from influence_graph.scoring.intervals import interval_levels
from influence_graph.scoring.scores import Scores
from influence_graph.threads import over_threads

_SCHEMA = {
    "a": pl.String, "b": pl.String, "log": pl.String, "over": pl.String, "measure": pl.String,
    "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "k": pl.Int64, "level": pl.Float64,
}  # fmt: skip


def compare(
    scores: Mapping[str, Scores],
    *,
    graph: InfluenceGraph | None = None,
    k: int | None = None,
    persistence: float = 0.98,
    resamples: int | None = None,
    deals: int = 20,
    confidence: float = 0.95,
    movers: int = 10,
    rng: np.random.Generator | int | None = 0,
) -> Comparison:
    """Compare every pair of scores by rank and percentile, never by points.

    Kendall's tau-b, Spearman's rho, the overlap of the top k and rank-biased overlap.
    :mod:`influence_graph.evaluation.rank_agreement` documents how each measure treats ties.

    With the graph that was scored, methods are run again on parts of its log, and the table says how they
    agree, over everybody and over people with a reaction,

    - on this log, whose noise the scores share;
    - across independent halves of its episodes, beside each method with itself. No figure of these may be
      divided by another;
    - corrected for noise (:mod:`influence_graph.evaluation.corrected`): the Pearson correlation of the
      expected log scores over logs of half the size. Over people with a reaction: of a third of the size,
      each person counting by the chance to have a reaction in another third.

    Without it, only the first: agreement of these scores, whether of one graph or of several. Intervals are
    then of another kind: they say how far the figure varies between samples of people.

    Parameters
    ----------
    scores : mapping of str to Scores
        At least two. Scores of different graphs are compared over the people that are in all of them.
    graph : InfluenceGraph, optional
        The graph that all the scores are of.
    k : int, optional
        Number of people that are the top. Default: 100, or a tenth of the people where they are under 1,000.
    persistence : float in (0, 1)
        Parameter p of rank-biased overlap.
    resamples : int, optional
        Number of replicates: of actors with a graph (default 100), of people without (default 200). With 0,
        ``low`` and ``high`` are null, but for corrected figures.
    deals : int
        Number of times that episodes are dealt into halves; figures are means over deals.
    confidence : float in (0, 1)
        Confidence level of the intervals.
    movers : int
        Number of people to list per pair of methods.
    rng : Generator, int or None
        Source of randomness (SPEC 7); every deal and every replicate has its own stream.

    Returns
    -------
    Comparison
        Without a graph in O(pairs · resamples · n log n). With one in 3 · resamples + 4 · deals + 80 runs
        of each method, mostly on halves of the log, on all threads.

    Raises
    ------
    DataError
        If there are fewer than two scores, they have no people in common, or one is not of the graph.
    ConfigError
        If a parameter is out of range.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph, score
    >>> edges = pl.DataFrame(
    ...     {"source": ["b", "c", "c"], "target": ["a", "a", "b"], "weight": [1.0, 2.0, 1.0]}
    ... )
    >>> graph = InfluenceGraph.from_edges(edges)
    >>> both = {name: score(graph, name) for name in ("pagerank", "engagement")}
    >>> compare(both, k=1, resamples=0).table["value"].to_list()
    [1.0, 1.0, 1.0, 1.0]
    >>> compare(both, graph=graph, k=1, resamples=10).table["log"].unique(maintain_order=True).to_list()
    ['this log', 'independent halves', 'corrected']
    """
    elsewhere = engine_of(*(scores.values() if isinstance(scores, Mapping) else ()))
    if elsewhere is None and graph is not None:
        elsewhere = engine_of(graph)
    if elsewhere is not None:
        return elsewhere.compare(scores, graph=graph)  # type: ignore[no-any-return]
    number = (200 if graph is None else 100) if resamples is None else resamples
    settings: dict[str, Any] = {"k": 100 if k is None else k, "persistence": persistence}
    settings |= {"resamples": number, "confidence": confidence} | ({} if graph is None else {"deals": deals})
    _check(scores, graph, settings, movers)
    seed = np.random.SeedSequence(int(np.random.default_rng(rng).integers(2**63)))
    ids, places = _in_all(scores)
    if not len(ids):
        raise DataError("No person is in all of these scores. Score graphs that have people in common.")
    if k is None:
        settings["k"] = min(100, max(1, len(ids) // 10))
    everybody = np.ones(len(ids), dtype=bool)
    groups = {"everybody": everybody}
    if graph is not None:
        groups["with a reaction"] = np.bincount(graph.adjacency.indices, minlength=graph.n) > 0
    values = Values.of(list(scores.values()), places, groups.get("with a reaction", everybody))
    failures: tuple[str, ...] = ()
    if graph is None:
        rows = _over_people(list(scores), values, settings, seed)
    else:
        rows, failures = _over_logs(scores, values, graph, settings, seed)
    return Comparison(
        table=pl.DataFrame(rows, _SCHEMA, orient="row"),
        movers=_movers(ids, list(scores), values, movers),
        people=len(ids),
        groups=_groups(list(scores), values, groups),
        missing={name: len(one.ids) - len(ids) for name, one in scores.items()},
        settings=settings,
        notes=failures,
    )


def _over_people(
    names: Sequence[str], values: Values, settings: Mapping[str, Any], seed: np.random.SeedSequence
) -> list[tuple[Any, ...]]:
    """Return the rows of agreement on one log each, with percentile intervals over resampled people."""
    n: int = values.raw.shape[1]
    cells = Cells.of([Ranking.of(raw, near) for raw, near in zip(values.raw, values.resolution, strict=True)])
    pairs = list(combinations(range(len(names)), 2))

    def measured(people: IntArray) -> FloatArray:
        counts = np.bincount(cells.cell[people], minlength=len(cells.single)).astype(np.int64, copy=False)
        places = [Places.of(one, counts, copies=cells.single) for one in cells.rankings]
        return np.array(
            [
                measures(
                    places[a], places[b], concordance(cells.rankings[a], cells.rankings[b], counts), **how
                )
                for a, b in pairs
            ]
        )

    how = {name: settings[name] for name in ("k", "persistence")}
    value = measured(np.arange(n))
    # One stream per replicate, and the same replicates for every pair.
    streams = seed.spawn(settings["resamples"])
    drawn = over_threads(
        lambda number: measured(np.random.default_rng(streams[number]).integers(0, n, n)), len(streams)
    )
    nothing = np.full_like(value, np.nan)
    low, high = nothing, nothing.copy()
    if drawn:
        levels = interval_levels(settings["confidence"])
        for place in np.ndindex(value.shape):
            known = np.array([one[place] for one in drawn])
            # A replicate in which a ranking is constant has no correlation.
            known = known[np.isfinite(known)]
            low[place], high[place] = np.quantile(known, levels) if len(known) else (math.nan, math.nan)
    named = [(names[a], names[b]) for a, b in pairs]
    shape = (len(pairs), 1, len(MEASURES))
    figures = Figures(*(one.reshape(shape) for one in (value, low, high)))
    return _rows(named, SAME_LOG, POPULATIONS[:1], figures, settings, bool(drawn))


def _over_logs(
    scores: Mapping[str, Scores],
    values: Values,
    graph: InfluenceGraph,
    settings: Mapping[str, Any],
    seed: np.random.SeedSequence,
) -> tuple[list[tuple[Any, ...]], tuple[str, ...]]:
    """Return the rows of agreement on this log, across halves and corrected, and what failed."""
    names = list(scores)
    parts = LogParts(graph, list(scores.values()))
    found = agreement_over_deals(
        parts,
        values,
        measuring=Measuring(settings["k"], settings["persistence"]),
        deals=settings["deals"],
        replicates=settings["resamples"],
        confidence=settings["confidence"],
        seed=seed,
    )
    pairs = list(combinations(range(len(names)), 2))
    named = [(names[a], names[b]) for a, b in pairs]
    own = [(name, name) for name in names]
    bounded = settings["resamples"] > 0
    corrected = Figures(*(np.array([one[:, a, b] for a, b in pairs])[:, :, None] for one in found.corrected))
    rows = [
        *_rows(named, SAME_LOG, POPULATIONS, found.same_log, settings, bounded),
        *_rows([*named, *own], HALVES, POPULATIONS, found.halves, settings, bounded),
        *_rows(named, CORRECTED, POPULATIONS, corrected, settings, True),
    ]
    counts = Counter(number for number, _ in parts.failures)
    notes = tuple(
        f"{names[number]} could not be run on {counted(times, 'part')} of the log: "
        f"{min(message for which, message in parts.failures if which == number)}"
        for number, times in sorted(counts.items())
    )
    return rows, notes


def _rows(
    pairs: Sequence[tuple[str, str]],
    log: str,
    populations: Sequence[str],
    figures: Figures,
    settings: Mapping[str, Any],
    bounded: bool,
) -> list[tuple[Any, ...]]:
    """Return the rows of a table of figures by pair, population and measure."""
    names = MEASURES if log != CORRECTED else (LOG_PEARSON,)
    rows: list[tuple[Any, ...]] = []
    for (number, (a, b)), (place, over), (column, measure) in product(
        enumerate(pairs), enumerate(populations), enumerate(names)
    ):
        value, low, high = (float(one[number, place, column]) for one in figures)
        interval = (low, high, settings["confidence"]) if bounded else (None, None, None)
        k = settings["k"] if measure == "top_k_overlap" else None
        rows.append((a, b, log, over, measure, value, *interval[:2], k, interval[2]))
    return rows


def _check(
    scores: Mapping[str, Scores], graph: InfluenceGraph | None, settings: Mapping[str, Any], movers: int
) -> None:
    if not isinstance(scores, Mapping) or not all(isinstance(one, Scores) for one in scores.values()):
        raise DataError(
            f"compare takes a mapping of names to Scores, such as {{'pagerank': score(graph)}}; "
            f"this is a {type(scores).__name__}."
        )
    if len(scores) < 2:
        raise DataError(f"A comparison takes at least two scores; {len(scores)} given.")
    ranges: list[tuple[str, type, Callable[[Any], bool]]] = [
        ("k", Integral, lambda value: value >= 1),
        ("persistence", Real, lambda value: 0 < value < 1),
        ("resamples", Integral, lambda value: value >= 0),
        ("deals", Integral, lambda value: value >= 1),
        ("confidence", Real, lambda value: 0 < value < 1),
        ("movers", Integral, lambda value: value >= 0),
    ]
    for name, kind, inside in ranges:
        value = ({"deals": 1, "movers": movers} | dict(settings))[name]
        good = isinstance(value, kind) and inside(value)
        if not good:
            raise ConfigError(
                f"compare: {name} is {value!r}, but k and deals should be at least 1, persistence and "
                "confidence between 0 and 1, resamples and movers at least 0; k, deals, resamples and movers "
                "integers."
            )
    check_limits({**settings, "movers": movers})
    if graph is not None and not isinstance(graph, InfluenceGraph):
        raise DataError(f"graph is a {type(graph).__name__}, but it should be the InfluenceGraph scored.")
    for name, one in scores.items():
        if graph is not None and one.fingerprint != graph.fingerprint:
            raise DataError(
                f"{name!r} is not a score of this graph. Score the graph, {name}=score(graph, "
                f"{one.method!r}); or leave graph out, to compare scores of different graphs."
            )


def _in_all(scores: Mapping[str, Scores]) -> tuple[pl.Series, list[IntArray]]:
    """Return the people who are in all scores, and their positions in each."""
    (name, first), *others = scores.items()
    ids = first.ids
    for other, one in others:
        if one.ids.dtype != ids.dtype:
            raise DataError(
                f"Ids are of type {first.ids.dtype} in {name!r} and {one.ids.dtype} in {other!r}. "
                "ids='text' makes both text: read_interactions(…, ids='text')."
            )
        ids = ids if one.ids.equals(ids) else ids.filter(ids.is_in(one.ids.implode()))
    same = [one.ids.equals(ids) for one in scores.values()]
    return ids, [
        np.arange(len(ids)) if whole else one.ids.search_sorted(ids).to_numpy().astype(np.int64)
        for whole, one in zip(same, scores.values(), strict=True)
    ]


def _groups(names: Sequence[str], values: Values, groups: Mapping[str, BoolArray]) -> pl.DataFrame:
    """Return the number of people of each population, and the share with the natural value 0."""
    zero = values.natural <= 0.0
    rows = [
        (over, int(inside.sum()), name, float(zero[number, inside].mean()))
        for over, inside in groups.items()
        for number, name in enumerate(names)
    ] + [
        (over, int(inside.sum()), "all of these", float(zero[:, inside].all(axis=0).mean()))
        for over, inside in groups.items()
    ]
    return pl.DataFrame(rows, ["over", "people", "scores", "at_zero"], orient="row")


def _movers(ids: pl.Series, names: Sequence[str], values: Values, most: int) -> pl.DataFrame:
    """Return the people whose percentiles among those compared differ most, by pair."""
    n = len(ids)
    tied = [Ranking.of(raw, near).codes for raw, near in zip(values.raw, values.resolution, strict=True)]
    percentiles = [100.0 * (rankdata(codes) - 0.5) / n for codes in tied]
    found = []
    for a, b in combinations(range(len(names)), 2):
        people = pl.DataFrame(
            {"id": ids, "percentile_a": percentiles[a], "percentile_b": percentiles[b]}
        ).with_columns(change=pl.col("percentile_b") - pl.col("percentile_a"))
        furthest = people.sort(pl.col("change").abs(), "id", descending=[True, False]).head(most)
        found.append(furthest.select(pl.lit(names[a]).alias("a"), pl.lit(names[b]).alias("b"), pl.all()))
    return pl.concat(found)
