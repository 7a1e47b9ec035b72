"""The report on a log: top people, distribution, agreement of methods, explanations, history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

import numpy as np
import polars as pl

from influence_graph.errors import ConfigError, DataError, counted
from influence_graph.evaluation._compare import compare
from influence_graph.evaluation.comparison import Comparison
from influence_graph.explaining._explain import explain_people
from influence_graph.explaining.attribution import MOST_PARTS
from influence_graph.explaining.explanation import Explanation, part_label
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.history._history import History
from influence_graph.history._score_history import score_history
from influence_graph.methods.declaration import get_method
from influence_graph.report.answers import answers
from influence_graph.report.inline import glyphs_of_the_browser, inline_svg
from influence_graph.report.network_figures import network_map
from influence_graph.report.page import Change, Column, Person, Section, Table, render
from influence_graph.report.score_figures import agreement_dots, distribution, history_lines, waterfall
from influence_graph.scoring._score import score
from influence_graph.scoring.scores import Scores

_PARTS_SHOWN = 8
_CHANGES_SHOWN = 6
#: Shares of people, of the table of the distribution.
_QUANTILES = (0.5, 0.9, 0.99)
#: Width of a figure in inches: on a phone its text is then as large as that of the page.
WIDTH = 3.0
#: Most times in a history.
_TIMES = 120
_STEPS = {
    "1m": 60, "10m": 600, "1h": 3_600, "6h": 21_600, "1d": 86_400, "1w": 604_800, "4w": 2_419_200,
}  # fmt: skip
_MEASURES = {
    "kendall_tau_b": "Kendall's tau-b",
    "spearman": "Spearman's rho",
    "top_k_overlap": "Top k",
    "rank_biased_overlap": "Rank-biased",
}
#: The formula of each scale.
_SCALES = {
    "log": "1 + 99·ln(1 + r)/ln(1 + top), r in the natural units of the method",
    "quantile": "1 + 99·(mid-rank − 1)/(n − 1)",
    "linear": "1 + 99·r/top",
}


def report_log(
    graph: InfluenceGraph,
    *,
    methods: Sequence[str] = ("pagerank", "engagement", "reactors"),
    people: Iterable[int | str] | None = None,
    every: str | None = None,
    top: int = 10,
    k: int | None = None,
    title: str = "Influence report",
    source: str = "",
    seed: int = 0,
) -> str:
    """Return the report on a graph as one HTML document.

    Parameters
    ----------
    graph : InfluenceGraph
        With layers and, for a history, the rows of its log.
    methods : sequence of str
        Registered methods. The first is explained and gets a history.
    people : iterable of ids, optional
        The people to explain. None: the three with the highest score.
    every : str, optional
        Step of the history: ``"1h"``, ``"1d"``. None: the shortest with at most 120 times.
    top : int
        How many people to list.
    k : int, optional
        Size of the top whose overlap is measured. Default: that of :func:`compare`.
    title, source : str
        Title of the page, and name of the log.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    str
        HTML without scripts or external resources. Two calls return the same bytes.

    Raises
    ------
    ConfigError
        If a method is unknown or named twice.
    DataError
        If a person is not in the graph, or it lacks what a method needs.

    Examples
    --------
    >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}))
    >>> report_log(graph, methods=["engagement"]).startswith("<!doctype html>")
    True
    """
    if not methods or len(set(methods)) < len(methods):
        raise ConfigError(f"methods is {list(methods)}; name at least one method, each once.")
    first = methods[0]
    chosen = None if people is None else list(people)
    if chosen is not None:
        graph.positions(chosen)
    scored = {name: score(graph, name, rng=seed) for name in methods}
    scored[first] = _with_intervals(graph, scored[first], seed)
    leader = scored[first].top(1)["id"][0]
    if chosen is None:
        chosen = scored[first].top(3)["id"].to_list()
    compared = compare(scored, k=k, rng=seed) if len(scored) > 1 else None
    history = _history_of(graph, first, list(dict.fromkeys([leader, *chosen])), every, seed)
    sections = [
        answers(scored, compared, _by_reactor(graph, [leader], first, seed)[0], history),
        _top_people(scored, top),
        *_network(graph, scored[first]),
        _distribution(scored),
        *([_agreement(compared)] if compared is not None else []),
        *_explained(graph, first, chosen, seed),
        *([_history(history, first, chosen)] if history is not None else []),
        _made(graph, scored),
    ]
    log = graph.log
    span = log.span if log is not None else None
    facts = [
        ("People", f"{graph.n:,}"),
        ("Edges", f"{graph.adjacency.nnz:,}"),
        *([("Rows of the log", f"{log.report.kept:,}")] if log is not None else []),
        ("Kinds", f"{len(graph.kinds):,}"),
        ("Networks", f"{len(graph.networks):,}"),
        *([("From", f"{span[0]:%Y-%m-%d}"), ("To", f"{span[1]:%Y-%m-%d}")] if span else []),
    ]
    subtitle = f"Influence scores from 1 to 100{f' of {source}' if source else ''}, by {_listed(methods)}."
    return render(title, subtitle, facts, [section for section in sections if section is not None])


def _with_intervals(graph: InfluenceGraph, scores: Scores, seed: int) -> Scores:
    """Return the scores with intervals, where the method has replicates and the log what they need."""
    if graph.log is None or get_method(scores.method).replicates is None:
        return scores
    try:
        return score(graph, scores.method, uncertainty="bootstrap", rng=seed)
    except DataError:
        return scores


def _network(graph: InfluenceGraph, scores: Scores) -> list[Section]:
    if graph.n < 2 or graph.adjacency.nnz == 0:
        return []
    shown = min(30, graph.n)
    with glyphs_of_the_browser():
        figure = network_map(graph, scores, people=shown, names=8, size=WIDTH)
    label = f"The {shown} people of highest score as dots, and the heaviest edges among them as arrows."
    caption = (
        f"The {shown} people of highest score by {scores.method}, and the heaviest edges among them. Arrows "
        "point at the person reacted to; colours are communities."
    )
    return [Section("network", "The network", figures=[(inline_svg(figure, label, "network"), caption)])]


def _top_people(scored: Mapping[str, Scores], top: int) -> Section:
    first, *others = scored
    best = scored[first].top(top)
    ranks = {name: dict(scored[name].frame.select("id", "rank").iter_rows()) for name in others}
    columns = [
        Column("Rank", interval=True), Column("Person", head=True), Column("Score", interval=True),
        Column("Of 100", meter=True, wide=True),
        *(Column(f"by {name}", number=True, wide=True) for name in others),
    ]  # fmt: skip
    rows = [
        [_bounded(row, "rank", _rank), str(row["id"]), _bounded(row, "score", "{:.1f}".format), row["score"],
         *(_rank(ranks[name][row["id"]]) for name in others)]
        for row in best.rename({"low": "score_low", "high": "score_high"}, strict=False).iter_rows(named=True)
    ]  # fmt: skip
    bounds = scored[first].intervals
    level = f" with {_percent(bounds.confidence)} intervals" if bounds is not None else ""
    also = ", and their ranks by other methods" if others else ""
    caption = f"The {len(rows)} highest by {first}{level}{also}"
    return Section(
        "top",
        "Top people",
        ["Scores of different methods are not comparable: compare methods by rank."],
        tables=[Table(caption, columns, rows)],
    )


def _bounded(row: Mapping[str, Any], name: str, text: Callable[[float], str]) -> tuple[str, str]:
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return text(row[name]), "" if low is None or high is None else f"{text(low)} to {text(high)}"


def _distribution(scored: Mapping[str, Scores]) -> Section:
    columns = [Column("Method", head=True)] + [
        Column(name, number=True) for name in (*(_percent(share) for share in _QUANTILES), "At 1")
    ]
    rows = []
    for name, one in scored.items():
        at = np.quantile(one.score, _QUANTILES)
        rows.append([name, *(f"{value:.1f}" for value in at), f"{np.mean(one.score == 1.0):.1%}"])
    figure = distribution(scored, size=WIDTH)
    label = "Histograms of the scores by " + _listed(list(scored)) + "; the table has their quantiles."
    return Section(
        "distribution",
        "Distribution of scores",
        figures=[
            (inline_svg(figure, label, "distribution"), "People by score; the axis of counts is logarithmic.")
        ],
        tables=[
            Table(
                f"Scores below which {_listed([_percent(share) for share in _QUANTILES])} of people are, "
                "and the share of people whose score is 1",
                columns,
                rows,
            )
        ],
    )


def _agreement(found: Comparison) -> Section:
    k = found.settings["k"]
    columns = [Column("Methods", head=True), *(Column(name, interval=True) for name in _MEASURES.values())]
    rows = [
        [f"{a} – {b}", *(_interval(found.table, a, b, measure) for measure in _MEASURES)]
        for a, b in found.table.select("a", "b").unique(maintain_order=True).rows()
    ]
    label = "Agreement of each pair of methods with its interval; the table has the numbers."
    level = _percent(found.settings["confidence"])
    caption = f"Dots: over all people. Lines: {level} intervals, by resampling people."
    return Section(
        "agreement",
        "Agreement of methods",
        ["1: same order; 0: no agreement. Tau and rho are over all people, the others over the top."],
        figures=[(inline_svg(agreement_dots(found, size=WIDTH), label, "agreement"), caption)],
        tables=[Table(f"Agreement of ranks, k = {k}", columns, rows, stacked=True)],
    )


def _interval(table: pl.DataFrame, a: str, b: str, measure: str) -> tuple[str, str]:
    pair = (pl.col("a") == a) & (pl.col("b") == b) & (pl.col("measure") == measure)
    row = table.filter(pair).row(0, named=True)
    if row["low"] is None:
        return f"{row['value']:.2f}", ""
    return f"{row['value']:.2f}", f"{row['low']:.2f} to {row['high']:.2f}"


def _explained(graph: InfluenceGraph, method: str, people: Sequence[Any], seed: int) -> list[Section]:
    declared = get_method(method).decomposition
    by = declared.by[:2] if declared and graph.layers else ()
    to = _attributed_to(graph, method)
    if not by and to is None:
        return []
    found = explain_people(graph, people, method, by=by, attribute_to=to, rng=seed)
    reactors = [
        other or one for one, other in zip(found, _by_reactor(graph, people, method, seed), strict=True)
    ]
    cards = [
        _person(one, who, number)
        for number, (one, who) in enumerate(zip(found, reactors, strict=True), start=1)
    ]
    texts = [
        "The attribution of a score to parts consists of Shapley values: the increase of the score when a "
        "part is added, averaged over all orders. They sum to the score. Counterfactuals are recomputed "
        "without the part, on the same scale.",
    ]
    if declared and by:
        note = f", {declared.note}." if declared.note else "."
        texts.append(
            f"The decomposition of the raw value of {method} is another question: its parts sum to it exactly"
            + note
        )
    return [Section("explained", f"Explanations ({method})", texts, people=cards)]


def _attributed_to(graph: InfluenceGraph, method: str) -> Literal["kind", "network"] | None:
    """Return what points are attributed to: kinds, or networks where there is one kind; None: to nothing."""
    if not graph.layers or not get_method(method).reads_edges:
        return None
    if len(graph.kinds) == 1 and 1 < len(graph.networks) <= MOST_PARTS:
        return "network"
    return "kind" if len(graph.kinds) <= MOST_PARTS else None


def _by_reactor(
    graph: InfluenceGraph, people: Sequence[Any], method: str, seed: int
) -> Sequence[Explanation | None]:
    """Return for each person the parts of the raw value by who reacted, None where the method has none."""
    declared = get_method(method).decomposition
    if declared is None or "reactor" not in declared.by or not graph.layers:
        return [None] * len(people)
    return explain_people(graph, people, method, by=("reactor",), attribute_to=None, rng=seed)


def _person(one: Explanation, reactors: Explanation, number: int) -> Person:
    tables = []
    if one.by:
        tables.append(_parts(one, f"Raw value by {' and '.join(one.by)}", " · ".join(one.by).capitalize()))
    if reactors is not one:
        tables.append(_parts(reactors, "Raw value by who reacted", "Person"))
    largest = one.counterfactuals.sort(pl.col("change").abs(), descending=True, maintain_order=True)
    shown = largest.head(_CHANGES_SHOWN)
    changes = [
        Change(
            "" if row["without"] == "kind" else f"{row['without']} ",
            row["part"],
            f"{row['score']:.1f}",
            f"{row['change']:+.1f}".replace("-", "−"),
            "down" if row["change"] < -0.05 else "up" if row["change"] > 0.05 else "soft",
        )
        for row in shown.iter_rows(named=True)
    ]
    drawn = {}
    if one.attribution.height:
        parts = ", ".join(f"{part} {points:+.1f}" for part, points in one.attribution.iter_rows())
        label = f"Waterfall of the score of {one.person}: {parts}; sum {one.score:.1f}."
        drawn = {
            "waterfall": inline_svg(waterfall(one.attribution, size=WIDTH), label, f"waterfall-{number}"),
            "waterfall_caption": "Every score starts from a base of 1. A negative part lowers the score.",
        }
    return Person(
        str(one.person),
        f"Rank {_rank(one.rank)} of {one.people:,} by {one.method}",
        f"{one.score:.1f}",
        one.attributed_to,
        changes=changes,
        unchanged=one.counterfactuals.height - shown.height,
        tables=tables,
        **drawn,  # type: ignore[arg-type]
    )


def _parts(one: Explanation, caption: str, name: str) -> Table:
    columns = [Column(name, head=True), Column("Value", number=True), Column("Share", number=True),
               Column("Of all", meter=True)]  # fmt: skip
    rows: list[list[Any]] = [
        [part_label(row, one.by), _amount(row["value"]), f"{row['share']:.1%}", 100.0 * row["share"]]
        for row in one.decomposition.head(_PARTS_SHOWN).iter_rows(named=True)
    ]
    more = one.decomposition.slice(_PARTS_SHOWN)
    if more.height:
        value, share = float(more["value"].sum()), float(more["share"].sum())
        rows.append([f"{more.height:,} more", _amount(value), f"{share:.1%}", 100.0 * share])
    return Table(f"{caption}: {_amount(one.raw)}", columns, rows)


def _history_of(
    graph: InfluenceGraph, method: str, people: Sequence[Any], every: str | None, seed: int
) -> History | None:
    log = graph.log
    if log is None or log.span is None:
        return None
    weighting = graph.weighting
    return score_history(
        log, method, every=every or _step(log.span[1] - log.span[0]), people=people, rng=seed,
        kinds=weighting.kinds, other=weighting.other,
        half_life=None if weighting.half_life is None else timedelta(seconds=weighting.half_life),
        saturation=weighting.saturation,
    )  # fmt: skip


def _history(found: History, method: str, people: Sequence[Any]) -> Section:
    shown = found.frame.filter(pl.col("id").is_in(people))
    label = (
        "Scores over time of "
        + _listed([str(person) for person in people])
        + "; the table has the last ones."
    )
    caption = (
        f"Every {found.every}, each from the interactions up to that time, on the scale of the last time."
    )
    start = found.drift.row(0, named=True)
    drift = (
        f"On the scale of the last time, the highest score at the first time was {start['top_score']:.1f}; "
        f"the number of people went from {start['people']:,} to {found.drift['people'][-1]:,}."
    )
    return Section(
        "history",
        f"History ({method})",
        [drift],
        figures=[(inline_svg(history_lines(shown, size=WIDTH), label, "history"), caption)],
        tables=[_changes(found, people)],
    )


def _changes(found: History, people: Sequence[Any]) -> Table:
    columns = [
        Column("Person", head=True), Column("First", number=True), Column("Highest", number=True),
        Column("Last", number=True), Column("Last rank", number=True),
    ]  # fmt: skip
    rows = []
    for person in people:
        one = found.frame.filter(pl.col("id") == person).sort("time")
        if one.height:
            points = one["score"].to_numpy()
            seen = (points[0], points.max(), points[-1])
            rows.append([str(person), *(f"{value:.1f}" for value in seen), _rank(one["rank"][-1])])
    return Table("First, highest and last score", columns, rows)


def _step(span: timedelta) -> str:
    for name, seconds in _STEPS.items():
        if span.total_seconds() / seconds <= _TIMES:
            return name
    return f"{span.total_seconds() / 86_400 / _TIMES:.0f}d"


def _made(graph: InfluenceGraph, scored: Mapping[str, Scores]) -> Section:
    listing = [("Weights", str(graph.weighting))]
    for name, one in scored.items():
        given = ", ".join(f"{key} = {value}" for key, value in one.parameters.items() if value is not None)
        listing.append((name, given or "no parameters"))
    listing.append(("Score", _SCALES[next(iter(scored.values())).scaled]))
    listing.append(("Fingerprint", graph.fingerprint))
    texts: list[str] = []
    notes = list(graph.notes)
    if graph.log is not None:
        texts.append(str(graph.log.report))
    texts += [
        f"{counted(count, 'row')} left out of the graph: {reason}" for reason, count in graph.report.items()
    ]
    return Section(
        "made", "How this was made", notes, listing=listing, code=["\n".join(texts)] if texts else []
    )


def _percent(share: float) -> str:
    return f"{100 * share:g}\u202f%"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.4g}"


def _rank(rank: float) -> str:
    return f"{rank:,.10g}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
