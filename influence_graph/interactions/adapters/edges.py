"""What all graph files share: directions, weights and names of people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import polars as pl

from influence_graph.errors import counted
from influence_graph.interactions.adapters.rows import Rows
from influence_graph.interactions.log import DISTRUST

_ZERO = "an edge of weight 0"
_UNUSABLE = "an edge whose weight is no number"


def add_edge(
    rows: Rows,
    source: str,
    target: str,
    *,
    directed: bool,
    weight: float | str | None = None,
    kind: str | None = None,
    time: str | int | None = None,
) -> None:
    """Add an edge: both directions, with the full weight each, where it has none; loops once.

    A weight below zero is distrust of its size; an edge of weight 0 is none.
    """
    try:
        strength = 1.0 if weight is None else float(weight)
    except ValueError:
        strength = math.nan
    if not math.isfinite(strength) or strength == 0:
        rows.leave_out(_ZERO if strength == 0 else _UNUSABLE, where=shown_edge(rows, source, target))
        return
    if strength < 0:
        kind = DISTRUST
        rows.signs.add(kind, [(source, target, strength)], 1)
    ends = [(source, target)] if directed or source == target else [(source, target), (target, source)]
    rows.record += 1
    for one, other in ends:
        rows.add(one, other, kind, time, weight=abs(strength))


def add_edges(rows: Rows, edges: pl.DataFrame, *, directed: bool, positive: str | None = None) -> None:
    """Add a frame of edges by the rules of :func:`add_edge`.

    ``positive`` is the kind of edges of a weight above 0, where that says something.
    """
    whole = all(edges.schema[end].is_integer() for end in ("source", "target"))
    edges = edges.with_columns(pl.col("source", "target").cast(pl.Int64 if whole else pl.String))
    if "weight" in edges.columns:
        edges = edges.with_columns(pl.col("weight").cast(pl.Float64))
        usable = edges["weight"].is_finite().fill_null(False)
        for reason, which in ((_ZERO, edges["weight"] == 0), (_UNUSABLE, ~usable)):
            lost = edges.filter(which)
            if lost.height:
                rows.leave_out(reason, lost.height, where=shown_edge(rows, *lost["source", "target"].row(0)))
        edges = edges.filter(usable & (pl.col("weight") != 0))
        add_signs(rows, edges, DISTRUST)
        sign = pl.when(pl.col("weight") < 0).then(pl.lit(DISTRUST)).otherwise(pl.lit(positive, pl.String))
        edges = edges.with_columns(
            (pl.coalesce(sign, "kind") if "kind" in edges.columns else sign).alias("kind"),
            pl.col("weight").abs(),
        )
    if not directed:
        back = edges.filter(pl.col("source") != pl.col("target"))
        back = back.with_columns(source=pl.col("target"), target=pl.col("source"))
        order = pl.int_range(pl.len()).alias("_order")
        keys = edges.with_columns(order).filter(pl.col("source") != pl.col("target"))["_order"]
        edges = pl.concat([edges.with_columns(order), back.with_columns(keys)]).sort(
            "_order", maintain_order=True
        )
        edges = edges.drop("_order")
    rows.add_frame(edges)


def shown_edge(rows: Rows, source: str | int, target: str | int) -> str:
    """Return how a message shows an edge."""
    return "an edge" if rows.secret else f"the edge {source!r} → {target!r}"


def add_signs(rows: Rows, edges: pl.DataFrame, kind: str) -> None:
    """Count the edges of a frame whose weight below zero makes them of this kind."""
    below = edges.filter(pl.col("weight") < 0).select("source", "target", "weight")
    rows.signs.add(kind, below.head(2).rows(), below.height)


def note_count(rows: Rows, announced: int | None, found: int) -> None:
    """Note where a file says how many edges it has, and has another number."""
    if announced is not None and announced != found:
        rows.notes.append(
            f"{counted(announced, 'edge is', 'edges are')} announced, and {found:,} there: the file may be "
            "cut short"
        )


def note_unread(rows: Rows, names: Iterable[str]) -> None:
    """Note attributes of edges that say nothing that a log has."""
    there = sorted(set(names))
    if there:
        shown = ", ".join(map(repr, there[:12])) + (" …" if len(there) > 12 else "")
        rows.notes.append(f"attributes of edges that are not read: {shown}")


def known_by_labels(labels: pl.Series, rows: Rows, *, what: Literal["id", "number"]) -> bool:
    """Whether people are called by their labels: where everybody has one and none stands twice."""
    given = labels.filter((labels != "").fill_null(False))
    if len(given) and len(given) == len(labels) == given.n_unique():
        return True
    if len(given):
        why = "some have none" if len(given) < len(labels) else "some stand twice"
        rows.notes.append(f"people are known by their {what}, not by their label: of the labels {why}")
    return False
