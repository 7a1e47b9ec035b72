"""Which follows hold: of several follows and unfollows of one pair, the last one stands.

This is the rule for rows in a frame. Rows that are dictionary-encoded and sorted by pair and time are
aggregated by :func:`influence_graph.graph.kernels.sum_runs`, where the last row of a run stands.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from influence_graph.interactions.log import STATES

#: Rows that are states, not events.
IS_STATE = pl.col("kind").is_in(sorted(STATES))
#: States that end a follow.
ENDS = pl.col("kind") == "unfollow"


def last_states(rows: pl.DataFrame, pair: Sequence[str]) -> pl.DataFrame:
    """Return the last state of each pair: by time, then by the order of the rows.

    Parameters
    ----------
    rows : polars.DataFrame
        Rows of a log with ``kind``, the columns of ``pair`` and, where known, ``timestamp``. Rows
        without a timestamp come before all others. Rows that are not states are left out.
    pair : sequence of str
        The columns that identify a pair: ``source``, ``target`` and ``network``, or those of them that
        differ.

    Returns
    -------
    polars.DataFrame
        Follows, which hold, and unfollows, which end them: one row a pair.

    Examples
    --------
    >>> rows = pl.DataFrame({"source": ["a", "a", "b"], "kind": ["follow", "unfollow", "follow"]})
    >>> last_states(rows, ["source"]).rows()
    [('a', 'unfollow'), ('b', 'follow')]
    """
    states = rows.filter(IS_STATE)
    if "timestamp" in states.columns:
        states = states.sort("timestamp", maintain_order=True, nulls_last=False)
    return states.unique(pair, keep="last", maintain_order=True)
