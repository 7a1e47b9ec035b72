"""The table of people: what each did, what each received, when each was seen."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from influence_graph.graph.acts import ALWAYS, Acts, int32, microseconds
from influence_graph.graph.graph import FloatArray, IntArray
from influence_graph.interactions.log import POST, is_event


def node_table(ids: pl.Series, acts: Acts, rows: pl.DataFrame, adjacency: csr_array) -> pl.DataFrame:
    """Return one row a person, as described for :class:`InfluenceGraph`.

    Parameters
    ----------
    ids : polars.Series
        The people.
    acts : Acts
        What counts of the acts.
    rows : polars.DataFrame
        All rows, with the positions ``u`` and ``v`` of source and target: for posts, first and last seen.
    adjacency : scipy.sparse.csr_array
        The edges, for the reactors.
    """
    n = len(ids)
    posts = rows.filter(pl.col("kind") == POST)
    if "timestamp" in rows.columns:
        posts = posts.sort("timestamp", maintain_order=True)
    written = np.bincount(int32(posts["u"]), weights=posts["weight"].to_numpy(), minlength=n)
    columns: dict[str, pl.Series | FloatArray | IntArray] = {"id": ids, "posts": written}

    kinds = sorted({kind for kind, _ in acts.names})
    kind_of_layer = np.array([kinds.index(kind) for kind, _ in acts.names], dtype=np.int64)
    kind = kind_of_layer[acts.layer]
    for verb, person in (("given", acts.source), ("received", acts.target)):
        # One after the other, in the fixed order of the acts: the bits do not depend on threads.
        sums = np.bincount(kind * n + person, weights=acts.weight, minlength=len(kinds) * n)
        columns |= {f"{verb}_{name}": sums[code * n : (code + 1) * n] for code, name in enumerate(kinds)}
    columns["reactors"] = reactors(adjacency)
    if "timestamp" in rows.columns:
        columns |= _seen(n, acts, rows)
    return pl.DataFrame(columns)


def reactors(adjacency: csr_array) -> IntArray:
    """Return how many people have an edge to each person."""
    return np.bincount(adjacency.indices, minlength=adjacency.shape[0]).astype(np.int64)


def _seen(n: int, acts: Acts, rows: pl.DataFrame) -> dict[str, pl.Series]:
    time = microseconds(rows)
    never = np.iinfo(np.int64).max
    first, last, reaction = np.full(n, never), np.full(n, ALWAYS), np.full(n, ALWAYS)
    timed = time != ALWAYS
    for column in ("u", "v"):
        there = timed & rows[column].is_not_null().to_numpy()
        person = int32(rows[column].filter(pl.Series(there)))
        np.minimum.at(first, person, time[there])
        np.maximum.at(last, person, time[there])
    event = np.array([is_event(kind) for kind, _ in acts.names], dtype=bool)[acts.layer]
    np.maximum.at(reaction, acts.target[event], acts.time[event])
    return {
        "first_seen": _moments(first, never),
        "last_seen": _moments(last, ALWAYS),
        "last_reaction": _moments(reaction, ALWAYS),
    }


def _moments(time: IntArray, missing: int) -> pl.Series:
    known = pl.Series(time).set(pl.Series(time == missing), None)
    return known.cast(pl.Datetime("us", "UTC"))
