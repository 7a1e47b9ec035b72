"""The table of people: what each did, what each received, when each was seen."""

from __future__ import annotations

import polars as pl
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.graph.adjacency import reactors
from influence_graph.graph.aggregate import NEVER
from influence_graph.graph.totals import Totals
from influence_graph.interactions.encoded_log import ALWAYS


def node_table(totals: Totals, adjacency: csr_array) -> pl.DataFrame:
    """Return one row a person, as described for :class:`InfluenceGraph`.

    Parameters
    ----------
    totals : Totals
        What the rows add up to, by person.
    adjacency : scipy.sparse.csr_array
        The edges, for the reactors.
    """
    sums, active = totals.sums, totals.activity
    columns: dict[str, pl.Series | FloatArray | IntArray] = {"id": totals.rows.people, "posts": totals.posts}
    if totals.posts_given is not None:
        columns["posts_given"] = totals.posts_given
    for verb, table in (("given", sums.given), ("received", sums.received)):
        columns |= {f"{verb}_{kind}": table[code] for code, kind in enumerate(totals.index.kinds)}
    columns["reactors"] = reactors(adjacency)
    if totals.rows.timed:
        columns |= {
            "first_seen": moments(active.first, NEVER),
            "last_seen": moments(active.last, ALWAYS),
            "last_reaction": moments(active.reaction, ALWAYS),
        }
    return pl.DataFrame(columns)


def moments(time: IntArray, missing: int) -> pl.Series:
    """Return microseconds since 1970 as datetimes in UTC, null where a time is ``missing``."""
    known = pl.Series(time).set(pl.Series(time == missing), None)
    return known.cast(pl.Datetime("us", "UTC"))
