"""What a report on a log answers first, in sentences: who, how sure, do methods agree, since when, why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from influence_graph.errors import counted
from influence_graph.evaluation.comparison import Comparison
from influence_graph.explaining.explanation import Explanation, part_label
from influence_graph.history._history import History
from influence_graph.report.page import Section
from influence_graph.scoring.scores import Scores


def answers(
    scored: Mapping[str, Scores],
    compared: Comparison | None,
    reactors: Explanation | None,
    history: History | None,
) -> Section:
    """Return the first section of a report; a question that the log can't answer has no sentence.

    Parameters
    ----------
    scored : mapping of str to Scores
        The first is the method of the report, with intervals where it has some.
    compared : Comparison or None
        Of all methods.
    reactors : Explanation or None
        Of the person of highest score, by who reacted.
    history : History or None
        In which that person is.
    """
    method, first = next(iter(scored.items()))
    texts = [_who(method, first), _how_sure(first)]
    if compared is not None:
        texts += [_agreement(method, other, compared) for other in list(scored)[1:2]]
    leader = first.top(1)["id"][0]
    if history is not None:
        texts.append(_since(leader, history))
    if reactors is not None and reactors.decomposition.height:
        texts.append(_why(reactors))
    return Section("answers", "In short", [text for text in texts if text])


def _who(method: str, scores: Scores) -> str:
    leader, *others = scores.top(3).select("id", "score").rows()
    people = counted(len(scores.raw), "person", "people")
    told = f"By {method}, {leader[0]} is the most influential of {people}"
    named = [f"{person} ({points:.1f})" for person, points in others]
    told += f", with {leader[1]:.1f} of 100 points"
    if not named:
        return f"{told}."
    return f"{told}; {' and '.join(named)} {'come' if len(named) > 1 else 'comes'} next."


def _how_sure(scores: Scores) -> str:
    if scores.intervals is None:
        return ""
    top = scores.top(10).drop_nulls(["rank_low", "rank_high"])
    if top.is_empty():
        return ""
    level = f"{100 * scores.intervals.confidence:g}\u202f%"
    told = [
        f"the rank of {row['id']} is {_between(row['rank_low'], row['rank_high'])}"
        for row in (top.row(0, named=True), top.row(-1, named=True))[: min(2, top.height)]
    ]
    return f"As sure as this log can be ({level} intervals, its episodes drawn again): {', '.join(told)}."


def _agreement(method: str, other: str, found: Comparison) -> str:
    tau, overlap = (found.figure(method, other, name) for name in ("kendall_tau_b", "top_k_overlap"))
    k = int(found.settings["k"])
    return (
        f"{method} and {other} order people alike to a tau-b of {tau['value']:.2f} (1: the same order), and "
        f"share {100 * overlap['value']:.0f}\u202f% of the top {k:,}."
    )


def _since(person: Any, history: History) -> str:
    own = history.frame.filter(pl.col("id") == person).sort("time")
    if own.is_empty() or own["rank"][-1] != 1:
        return ""
    behind = own.filter(pl.col("rank") != 1)
    start = own.filter(pl.col("time") > behind["time"].max())["time"][0] if behind.height else own["time"][0]
    return f"{person} has been first since {start:%Y-%m-%d}, in steps of {history.every}."


def _why(one: Explanation) -> str:
    parts = one.decomposition
    largest = parts.row(0, named=True)
    if parts.height == 1:
        return f"All of the raw value of {one.person} came by {part_label(largest, one.by)}."
    half = int((parts["share"].cum_sum() < 0.5).sum()) + 1
    people = counted(parts.height, "person", "people")
    most = f"{largest['share']:.0%} came by {part_label(largest, one.by)}"
    return f"Of the raw value of {one.person}, {most}, and half by {half:,} of {people} who reacted."


def _between(low: float, high: float) -> str:
    return f"{low:,.0f}" if low == high else f"between {low:,.0f} and {high:,.0f}"
