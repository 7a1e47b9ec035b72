"""From a log to a graph: rows in one fixed order, decayed, added up by pair, kind and network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import polars as pl

from influence_graph.arrays import FloatArray
from influence_graph.errors import DataError, counted
from influence_graph.graph.adjacency import checked, combine, no_edges, saturate
from influence_graph.graph.aggregate import Seen, Sums, add_up, look, post_sums
from influence_graph.graph.graph import InfluenceGraph, Weighting
from influence_graph.graph.layer_index import Layout
from influence_graph.graph.node_table import node_table
from influence_graph.graph.partition import half_lives
from influence_graph.graph.weighting import check_saturation, half_life_seconds, parse_moment, resolve_kinds
from influence_graph.interactions.encoded_log import Rows, threads
from influence_graph.interactions.log import Interactions
from influence_graph.interactions.timestamps import instant, microseconds


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
    half_life : str, timedelta or float, optional
        Age at which an event counts half: ``"30d"``, ``"12h"``, a timedelta, or seconds. None: no decay.
    as_of : datetime, date or str, optional
        The moment that the graph describes. Later rows are left out, and counted in ``graph.report``.
        None: the last timestamp of the log.
    saturation : "log" or float, optional
        What one pair can contribute: ``"log"`` takes ln(1 + w), a number takes min(w, number).
    layers : bool
        Whether to keep the sums by kind and network, which :meth:`InfluenceGraph.reweight` needs.

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

    built = sum_up(
        log, half_life=seconds, as_of=moment, apart=layers, resolve=partial(resolve_kinds, kinds, other)
    )
    weights, other, notes = built.resolved
    rows, layout, sums, ids = built.rows, built.layout, built.sums, built.rows.people
    whole = combine(sums.layers, weights, len(ids)) if sums.whole is None else checked(sums.whole)
    adjacency = saturate(whole, saturation)
    if adjacency.nnz == 0:
        raise no_edges(weights, layout.kinds, sums.pairs > 0)
    left_out = {
        "later than as_of": built.later,
        "self-interactions": built.selves,
        "pairs whose weight underflowed": sums.pairs - whole.nnz,
    }
    return InfluenceGraph(
        ids=ids,
        layers=sums.layers,
        adjacency=adjacency,
        nodes=node_table(ids, built.posts, layout.kinds, sums, built.seen if rows.timed else None, adjacency),
        weighting=Weighting(weights, other, seconds, built.moment, saturation),
        report={reason: count for reason, count in left_out.items() if count},
        notes=notes,
        log=built.log,
    )


@dataclass(frozen=True, eq=False)
class Built:
    """What a log adds up to, before it becomes one matrix.

    ``posts`` is aligned with the people of the rows; ``moment`` is what the sums describe, ``later`` how many
    rows came after it, and ``selves`` how many of the others act on oneself; ``resolved`` is what ``resolve``
    made of the kinds; ``log`` is the log without the rows left out.
    """

    log: Interactions
    rows: Rows
    moment: datetime | None
    later: int
    selves: int
    layout: Layout
    seen: Seen
    posts: FloatArray
    sums: Sums
    resolved: Any


def sum_up(
    log: Interactions,
    *,
    half_life: float | None,
    as_of: datetime | None,
    apart: bool,
    resolve: Callable[[set[str]], tuple[dict[str, float], float | None, tuple[str, ...]]],
    not_before: datetime | None = None,
) -> Built:
    """Return what the rows of a log up to ``as_of`` add up to, as of that moment or ``not_before``."""
    with threads(log.report.kept) as spread:
        every = log.rows
        rows = every
        if as_of is not None and every.span is not None and every.span[1] > microseconds(as_of):
            time = pl.col("timestamp")
            part = log.where((time <= as_of) | time.is_null(), reason="later than as_of")
            log, rows = part, every.filter(part.mask, spread)
        later, selves = len(every) - len(rows), rows.self_interactions
        if selves:
            other = (pl.col("source") != pl.col("target")).fill_null(True)
            part = log.where(other, reason="self-interactions")
            log, rows = part, rows.filter(part.mask, spread)
        if not len(rows):
            raise _no_rows(every, as_of)
        moment = as_of
        if moment is None and rows.span is not None:
            moment = instant(rows.span[1])
        if not_before is not None and moment is not None:
            moment = max(moment, not_before)
        resolved = resolve({kind for kind, _ in rows.labels})
        layout = Layout.of(rows.labels)
        seen = look(rows, layout, spread)
        if half_life is not None and seen.untimed:
            raise DataError(
                f"half_life was given, but {counted(seen.untimed, 'row has', 'rows have')} no timestamp. "
                "Fill them in, leave these rows out, or leave half_life out."
            )
        decay = half_lives(half_life, moment)
        sums = add_up(rows, layout, seen, decay=decay, weights=resolved[0], apart=apart, spread=spread)
        posts = post_sums(rows, len(rows.people))
    return Built(log, rows, moment, later, selves, layout, seen, posts, sums, resolved)


def _no_rows(rows: Rows, as_of: datetime | None) -> DataError:
    if as_of is None or rows.span is None:
        return DataError("The log has no rows, so there is no graph to build.")
    return DataError(
        f"No row is left: as_of is {as_of:%Y-%m-%d %H:%M:%S} UTC, and the log starts at "
        f"{instant(rows.span[0]):%Y-%m-%d %H:%M:%S} UTC. Choose a later as_of."
    )
