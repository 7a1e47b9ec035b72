"""What any log can say about behaviour: tails, delays, reciprocity, persistence, response to answers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray
from influence_graph.evaluation._response_to_answers import response_to_answers
from influence_graph.interactions.log import POST, Interactions, is_event

#: The moments, and what each is.
MOMENTS: Mapping[str, str] = {
    "acts_per_person": "posts and events a person",
    "activity_top_tenth": "share of posts and events by the most active tenth of people",
    "received_top_tenth": "share of events received by the most reacted-to tenth of people",
    "reactions_per_post": "events received by posts and replies, a post or reply",
    "posts_without_reaction": "share of items without a reaction by somebody else",
    "reactions_top_tenth": "share of reactions that go to the tenth of items with most",
    "delay_within_day": "share of reactions within a day of what they react to",
    "reciprocity": "share of linked pairs that are linked in both directions",
    "tie_persistence": "share of pairs of the first half that interact in the second, both being there",
    "response_to_answer": "later reactions of answered readers over those of others in the same thread",
}
DAY = 86_400_000_000


def log_moments(log: Interactions) -> dict[str, float]:
    """Measure what a log says about behaviour; NaN where it does not say.

    Parameters
    ----------
    log : Interactions
        Any log. Items are needed for what concerns posts, timestamps for delays and persistence.

    Returns
    -------
    dict of str to float
        By the names of :data:`MOMENTS`. O(rows log rows).

    Examples
    --------
    >>> from influence_graph.interactions.read import read_interactions
    >>> rows = {"source": [1, 2, 3], "target": [2, 1, 1], "kind": ["like"] * 3}
    >>> found = log_moments(read_interactions(pl.DataFrame(rows)))
    >>> found["reciprocity"], found["delay_within_day"]
    (0.5, nan)
    """
    frame = log.frame.collect()
    kinds = [kind for kind in frame["kind"].unique() if is_event(kind)]
    events = frame.filter(pl.col("kind").is_in(kinds) & pl.col("target").is_not_null())
    acts = frame.filter(pl.col("kind").is_in([*kinds, POST]))
    people = pl.concat([events["source"], events["target"], acts["source"]]).n_unique()
    found = dict.fromkeys(MOMENTS, float("nan"))
    if not events.height:
        return found
    found["acts_per_person"] = acts.height / people
    found["activity_top_tenth"] = top_share(acts.group_by("source").len()["len"].to_numpy(), people)
    found["received_top_tenth"] = top_share(events.group_by("target").len()["len"].to_numpy(), people)
    found["reciprocity"] = _reciprocity(events)
    if log.has_timestamps:
        found["tie_persistence"] = _persistence(events)
    if {"item", "parent"} <= log.columns and frame["item"].is_not_null().any():
        found |= _of_items(frame, events)
        if log.has_timestamps:
            found["response_to_answer"] = _response(log)
    return found


def top_share(counts: FloatArray, people: int, share: float = 0.1) -> float:
    """Return the share of a total that the highest counts have; people without a count have 0.

    Examples
    --------
    >>> top_share(np.array([8, 1, 1]), 10)
    0.8
    """
    ordered = np.sort(np.asarray(counts, dtype=np.float64))[::-1]
    most = share * people
    whole = int(most)
    head = ordered[:whole].sum() + (ordered[whole] * (most - whole) if whole < len(ordered) else 0.0)
    return float(head / ordered.sum())


def _reciprocity(events: pl.DataFrame) -> float:
    pairs = events.select("source", "target").unique()
    back = pairs.join(pairs, left_on=["source", "target"], right_on=["target", "source"], how="semi")
    mutual = back.height / 2
    return float(mutual / (pairs.height - mutual))


def _persistence(events: pl.DataFrame) -> float:
    timed = events.filter(pl.col("timestamp").is_not_null())
    if not timed.height:
        return float("nan")
    # Halves by the number of events: logs grow, and a half by the clock may be empty.
    middle = timed["timestamp"].median()
    first, second = timed.filter(pl.col("timestamp") <= middle), timed.filter(pl.col("timestamp") > middle)
    pairs = first.select("source", "target").unique()
    there = pairs.join(second.select("source").unique(), on="source", how="semi").join(
        second.select("target").unique(), on="target", how="semi"
    )
    again = there.join(second, on=["source", "target"], how="semi")
    return float(again.height / there.height) if there.height else float("nan")


def _of_items(frame: pl.DataFrame, events: pl.DataFrame) -> dict[str, float]:
    items = frame.filter(pl.col("item").is_not_null()).unique("item", keep="first", maintain_order=True)
    reactions = events.filter(pl.col("parent").is_not_null() & (pl.col("source") != pl.col("target")))
    count = reactions.group_by("parent").agg(pl.len())
    known = items.join(count, left_on="item", right_on="parent", how="left")["len"].fill_null(0).to_numpy()
    found = {
        "reactions_per_post": float(known.mean()),
        "posts_without_reaction": float((known == 0).mean()),
        "reactions_top_tenth": top_share(known, len(known)) if known.any() else float("nan"),
    }
    if "timestamp" in frame.columns:
        wrote = items.select(parent="item", wrote="timestamp")
        late = reactions.join(wrote, on="parent").select(pl.col("timestamp") - pl.col("wrote")).to_series()
        if late.len():
            found["delay_within_day"] = float(
                (late <= pl.Series([DAY]).cast(pl.Duration("us"))[0]).mean() or 0
            )
    return found


def _response(log: Interactions) -> float:
    span = log.span
    days = (span[1] - span[0]).total_seconds() / 86_400 if span else 0.0
    # Half a year where the log is long, a quarter of it where it is short.
    return response_to_answers(log, horizon=min(180.0, days / 4)).ratio if days > 28 else float("nan")
