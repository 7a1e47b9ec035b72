"""From a log to a graph: interactions are decayed and added up by pair, kind and network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from influence_graph.engine import engine_of
from influence_graph.errors import DataError
from influence_graph.graph.adjacency import checked, combine, no_edges, saturate
from influence_graph.graph.derived_layers import DerivedLayers
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.node_table import node_table
from influence_graph.graph.totals import check_layers, layer_sums, log_totals
from influence_graph.graph.weighting import (
    Weighting,
    check_saturation,
    half_life_seconds,
    parse_moment,
    resolve_kinds,
)
from influence_graph.interactions.log import HELD_ROWS, Interactions


def sample_notes(log: Any) -> tuple[str, ...]:
    """Return a note where the log is a sample: it is about scores and ranks of every kind."""
    sampled = log.report.sampled
    if sampled is None:
        return ()
    return (f"the log is a sample ({sampled}): no interval of a score or a rank covers what it lacks",)


def build_graph(
    log: Interactions | Any,
    *,
    kinds: Mapping[str, float] | None = None,
    other: float | None = None,
    half_life: str | timedelta | float | None = None,
    as_of: str | date | None = None,
    saturation: str | float | None = None,
    layers: bool = True,
) -> InfluenceGraph:
    """Build the weighted directed graph of who acted on whom.

    The edge from u to v says how much u acted on v. Its weight is

        w(u, v) = Σ kinds[kind_i] · weight_i · 2^(−(as_of − t_i) / half_life)

    over the interactions i of u on v up to ``as_of``, then saturated. A follow does not decay: it
    counts, with the weight of the last follow, while no unfollow came after it (by time, then by the
    order of the rows).

    Parameters
    ----------
    log : Interactions, or whatever ``read_interactions`` accepts
        The log: who acted on whom, how, where, when.
    kinds : mapping of str to float, optional
        Weight of each kind, 0 or more; 0 leaves a kind out. Every kind of the log needs one, except
        ``post`` and ``unfollow``, which make no edge. None: each kind of event weighs 1, and
        follows and distrust weigh 0; ``graph.notes`` says so.
    other : float, optional
        Weight of the kinds of event that ``kinds`` does not name.
    half_life : str or timedelta, optional
        Age at which an event counts half: ``"30d"``, ``"12h"`` or a timedelta; a number without a unit is an
        error. None: no decay.
    as_of : datetime, date or str, optional
        The moment that the graph describes. Later rows are left out, and counted in ``graph.report``.
        None: the last timestamp of the log.
    saturation : "log" or float, optional
        What one pair can contribute: ``"log"`` takes ln(1 + w), a number takes min(w, number).
    layers : bool
        Whether the graph has the sums by kind and network, which :meth:`InfluenceGraph.reweight` needs. They
        are made from the rows of the log when they are first asked for.

    Returns
    -------
    InfluenceGraph
        Everyone whom the log names up to ``as_of``, also those without an edge.

    Raises
    ------
    ConfigError
        If a parameter is out of range, or a kind of the log has no weight.
    DataError
        If ``half_life`` or ``as_of`` is given for a log without timestamps, no row is left, or no
        row makes an edge.

    Notes
    -----
    The log is read once, a batch at a time: a plain one (see :func:`read_interactions`) while it is checked,
    and its rows are kept as numbers for the next graph. Time O(m + n) for m rows, and a sort where they are
    not in order of time; memory 14 to 25 bytes a row and 12 an edge, so that a log larger than memory works.
    Layers take a second pass over the numbers, once, if something asks for them, and 12 bytes an entry.
    Sums run over rows sorted by pair, kind, network, time and row, one after the other, and those of the
    table of people over pairs: the result depends neither on the number of threads nor on batches.
    A long log shows its progress on a terminal.

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame(
    ...     {
    ...         "source": ["b", "c", "c"],
    ...         "target": ["a", "a", "a"],
    ...         "kind": ["retweet"] * 3,
    ...         "timestamp": ["2024-01-01", "2024-01-01", "2024-01-03"],
    ...     }
    ... )
    >>> graph = build_graph(rows, half_life="2d")
    >>> graph.to_edges().rows()
    [('b', 'a', 0.5), ('c', 'a', 1.5)]
    """
    if (elsewhere := engine_of(log)) is not None:
        given = {"kinds": kinds, "other": other, "half_life": half_life, "as_of": as_of}
        return elsewhere.build(log, **given, saturation=saturation, layers=layers)  # type: ignore[no-any-return]
    saturation = check_saturation(saturation)
    seconds, moment = half_life_seconds(half_life), parse_moment(as_of)
    if not isinstance(log, Interactions):
        from influence_graph.interactions.read import read_interactions

        log = read_interactions(log)
    if not log.has_timestamps and (seconds is not None or moment is not None):
        raise DataError(
            f"{'half_life' if seconds is not None else 'as_of'} was given, but the log has no timestamps. "
            "Name the column that holds them, read_interactions(…, columns={'timestamp': …}), "
            "or leave it out."
        )

    # Rows that the log does not keep as numbers are read once only.
    at_once = layers and log.report.kept > HELD_ROWS
    resolve = partial(resolve_kinds, kinds, other)
    totals = log_totals(log, half_life=seconds, as_of=moment, separate=at_once, resolve=resolve)
    if layers:
        check_layers(totals.index)
    weights, other, notes = totals.resolved
    sums, ids = totals.sums, totals.rows.people
    merged = combine(sums.layers, weights, len(ids)) if sums.merged is None else checked(sums.merged)
    adjacency = saturate(merged, saturation)
    if adjacency.nnz == 0:
        raise no_edges(weights, totals.index.kinds, sums.pairs > 0)
    left_out = {
        "later than as_of": totals.later,
        "self-interactions": totals.selves,
        "pairs whose weight underflowed": sums.pairs - merged.nnz,
    }
    later = partial(layer_sums, totals.log, half_life=seconds, moment=totals.moment)
    return InfluenceGraph(
        ids=ids,
        layers=DerivedLayers(totals.index.names, later) if layers and not at_once else sums.layers,
        adjacency=adjacency,
        nodes=node_table(totals, adjacency),
        weighting=Weighting(weights, other, seconds, totals.moment, saturation),
        report={reason: count for reason, count in left_out.items() if count},
        notes=notes + sample_notes(log),
        log=totals.log,
    )
