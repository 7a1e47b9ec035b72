"""What each person posts in each period, and the reactions to it: the panel of elasticities to posting."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from influence_graph.arrays import IntArray
from influence_graph.errors import DataError
from influence_graph.interactions.log import CREATE_NO_ITEM, STATES, Interactions

#: Spans from which a period is a month, and a week; below, it is a day.
_MONTHS, _WEEKS = timedelta(days=730), timedelta(days=90)


def default_period(log: Interactions) -> str:
    """Return a period that the log has at least a dozen or so of: a month, a week or a day.

    Examples
    --------
    >>> from influence_graph.interactions.read import read_interactions
    >>> rows = {"source": ["b", "b"], "target": ["a", "a"], "timestamp": ["2020-01-01", "2020-06-01"]}
    >>> default_period(read_interactions(pl.DataFrame(rows)))
    '1w'
    """
    span = log.span
    length = span[1] - span[0] if span is not None else timedelta(0)
    return "1mo" if length >= _MONTHS else "1w" if length >= _WEEKS else "1d"


def items_of(log: Interactions) -> pl.DataFrame:
    """Return the items of a log: who created each, when, and whether it starts a thread.

    Parameters
    ----------
    log : Interactions
        With items and timestamps.

    Returns
    -------
    DataFrame
        One row an item: ``item``, ``network``, ``person``, ``timestamp``, ``parent``, ``thread`` (a number,
        one for all items that parents connect to one first item) and ``starts`` (whether it has no parent).
        An item on several networks has a row for each. O(r log r).

    Raises
    ------
    DataError
        If the log has no items, or no timestamps.

    Examples
    --------
    >>> from influence_graph.interactions.read import read_interactions
    >>> rows = {
    ...     "source": ["a", "b"],
    ...     "target": [None, "a"],
    ...     "kind": ["post", "reply"],
    ...     "timestamp": ["2024-01-01", "2024-01-02"],
    ...     "item": ["1", "2"],
    ...     "parent": [None, "1"],
    ... }
    >>> items_of(read_interactions(pl.DataFrame(rows))).select("item", "person", "thread", "starts").rows()
    [('1', 'a', 0, True), ('2', 'b', 0, False)]
    """
    if "item" not in log.columns or not log.has_timestamps:
        lacks = "items" if log.has_timestamps else "timestamps"
        raise DataError(f"The log has no {lacks}, so it does not say what a person posted when.")
    parent = pl.col("parent") if "parent" in log.columns else pl.lit(None, pl.String).alias("parent")
    creates = pl.col("item").is_not_null() & ~pl.col("kind").is_in(sorted(CREATE_NO_ITEM))
    items = (
        log.frame.filter(creates & pl.col("timestamp").is_not_null())
        .select("item", "network", pl.col("source").alias("person"), "timestamp", parent)
        .collect()
        .unique(["network", "item"], keep="first", maintain_order=True)
    )
    if items.is_empty():
        raise DataError("No row of the log names an item that it created.")
    at = items["parent"].replace_strict(
        dict(zip(items["item"], range(items.height), strict=True)), default=None, return_dtype=pl.Int64
    )
    own = np.arange(items.height)
    above = np.where(at.is_null().to_numpy(), own, at.fill_null(0).to_numpy())
    return items.with_columns(thread=pl.Series(_roots(above)), starts=pl.col("parent").is_null())


def posting_panel(log: Interactions, *, period: str) -> pl.DataFrame:
    """Return what each person posted on each network in each period, and what it caused.

    Periods in which a person posted nothing there have no row. A period in which nobody reacted has one,
    with zeros: leaving it out is what makes elasticities negative.

    Parameters
    ----------
    log : Interactions
        With items and timestamps. With parents a reaction belongs to the item reacted to, whenever it comes;
        without, to the person acted on, on that network in the period in which it comes: ``received``.
    period : str
        Length, such as ``"1mo"``, ``"1w"`` or ``"1d"``.

    Returns
    -------
    DataFrame
        ``person``, ``network``, ``period`` (its start), ``items`` (created), ``threads`` (started),
        ``reactions`` (of others to these items), ``new_people`` (those of them by people who had not
        written in the thread), ``to_threads`` (those to the items that start threads), ``since_first``
        (days since the person's first item anywhere). Without parents ``received`` (events in the period) is
        there in place of the three.

    Raises
    ------
    DataError
        As :func:`items_of`.
    """
    items = items_of(log).with_columns(pl.col("timestamp").dt.truncate(period).alias("period"))
    cell = ["person", "network", "period"]
    first = items.group_by("person").agg(pl.col("timestamp").min().alias("first"))
    made = items.group_by(cell).agg(items=pl.len(), threads=pl.col("starts").sum())
    attributed = "parent" in log.columns and items["parent"].is_not_null().any()
    caused = _by_parent(log, items) if attributed else _by_time(log, period)
    outcomes = [name for name in caused.columns if name not in cell]
    panel = (
        made.join(caused, on=cell, how="left")
        .join(first, on="person")
        .with_columns(pl.col(outcomes).fill_null(0))
        .with_columns(since_first=(pl.col("period") - pl.col("first")).dt.total_days().clip(0))
    )
    numbers = ["items", "threads", *outcomes, "since_first"]
    return panel.select(*cell, pl.col(numbers).cast(pl.Float64)).sort(cell)


def _by_parent(log: Interactions, items: pl.DataFrame) -> pl.DataFrame:
    """Return the reactions to the items of each person, network and period."""
    author = items.select(
        pl.col("item").alias("parent"), "network", "person", "period", "thread", "starts"
    ).unique(["network", "parent"], keep="first", maintain_order=True)
    item = pl.col("item") if "item" in log.columns else pl.lit(None, pl.String).alias("item")
    rows = (
        log.frame.filter(pl.col("parent").is_not_null() & ~pl.col("kind").is_in(sorted(STATES)))
        .select("source", "network", "parent", item, "timestamp")
        .collect()
        .unique(["source", "network", "parent", "item"], keep="first", maintain_order=True)
        .join(author, on=["network", "parent"], maintain_order="left")
        .filter(pl.col("source") != pl.col("person"))
    )
    # New to the thread: nothing written in it, nor reacted to, before.
    written = items.select(pl.col("person").alias("source"), "thread", "timestamp")
    seen = pl.concat([written, rows.select("source", "thread", "timestamp")])
    since = seen.group_by("source", "thread").agg(pl.col("timestamp").min().alias("since"))
    rows = rows.join(since, on=["source", "thread"], how="left", maintain_order="left")
    once = rows.select(pl.struct("source", "thread").is_first_distinct()).to_series()
    return (
        rows.with_columns(new=(pl.col("timestamp") <= pl.col("since")) & once)
        .group_by("person", "network", "period")
        .agg(
            reactions=pl.len(),
            new_people=pl.col("new").sum(),
            to_threads=pl.col("starts").sum(),
        )
    )


def _by_time(log: Interactions, period: str) -> pl.DataFrame:
    """Return the events that each person received on each network in each period."""
    from influence_graph.interactions.log import is_event

    kinds = [kind for kind in log.kinds if is_event(kind)]
    return (
        log.frame.filter(pl.col("kind").is_in(kinds) & (pl.col("target") != pl.col("source")))
        .group_by(
            pl.col("target").alias("person"),
            "network",
            pl.col("timestamp").dt.truncate(period).alias("period"),
        )
        .agg(received=pl.len())
        .collect()
    )


def _roots(above: IntArray) -> IntArray:
    """Return the root of each node of a forest given by the node above each, by pointer doubling."""
    roots = above
    # A chain of 2^40 parents is longer than any log; a circle of parents is cut there.
    for _ in range(40):
        further = roots[roots]
        if (further == roots).all():
            break
        roots = further
    return roots
