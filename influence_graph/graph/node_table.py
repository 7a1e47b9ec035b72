"""The table of people: what each did, what each received, when each was seen."""

from __future__ import annotations

import polars as pl
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.graph.adjacency import reactors
from influence_graph.graph.aggregate import NEVER, Seen, Sums
from influence_graph.interactions.encoded_log import ALWAYS


def node_table(
    ids: pl.Series,
    posts: FloatArray,
    kinds: list[str],
    sums: Sums,
    seen: Seen | None,
    adjacency: csr_array,
) -> pl.DataFrame:
    """Return one row a person, as described for :class:`InfluenceGraph`.

    Parameters
    ----------
    ids : polars.Series
        The people.
    posts : ndarray of float64
        The weight of their posts.
    kinds : list of str
        The kinds of ``sums.given`` and ``sums.received``.
    sums : Sums
        What the acts add up to.
    seen : Seen or None
        When each was seen, where the log says when.
    adjacency : scipy.sparse.csr_array
        The edges, for the reactors.
    """
    columns: dict[str, pl.Series | FloatArray | IntArray] = {"id": ids, "posts": posts}
    for verb, table in (("given", sums.given), ("received", sums.received)):
        columns |= {f"{verb}_{kind}": table[code] for code, kind in enumerate(kinds)}
    columns["reactors"] = reactors(adjacency)
    if seen is not None:
        columns |= {
            "first_seen": moments(seen.first, NEVER),
            "last_seen": moments(seen.last, ALWAYS),
            "last_reaction": moments(seen.reaction, ALWAYS),
        }
    return pl.DataFrame(columns)


def moments(time: IntArray, missing: int) -> pl.Series:
    """Return microseconds since 1970 as datetimes in UTC; null for the one that is missing."""
    known = pl.Series(time).set(pl.Series(time == missing), None)
    return known.cast(pl.Datetime("us", "UTC"))
