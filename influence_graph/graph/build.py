"""From a log to a graph: rows in one fixed order, decayed, added up by pair, kind and network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from influence_graph.errors import DataError
from influence_graph.graph.acts import ALWAYS, Acts, ordered_acts, positions
from influence_graph.graph.adjacency import canonical, combine, no_edges, saturate
from influence_graph.graph.graph import FloatArray, InfluenceGraph, IntArray, Weighting
from influence_graph.graph.kernels import run_sums, stable_order
from influence_graph.graph.nodes import node_table
from influence_graph.graph.weighting import check_saturation, half_life_seconds, parse_moment, resolve_kinds
from influence_graph.interactions.log import POST, Interactions, derived

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    Time O(m log m) for m rows that are not in order of time, else O(m + n); memory O(m + n). Sums run
    over rows sorted by pair, kind, network, time and row, one after the other: the result does not
    depend on the number of threads.

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

    schema = log.frame.collect_schema()
    columns = ["source", "target", "kind", "network", "weight"] + ["timestamp"] * log.has_timestamps
    rows = log.frame.select(columns).with_columns(pl.col("target").cast(schema["source"])).collect()
    if rows.is_empty():
        raise DataError("The log has no rows, so there is no graph to build.")
    rows, moment, later = _up_to(rows, moment)
    weights, other, notes = resolve_kinds(kinds, other, rows["kind"].unique().to_list())

    ids = pl.concat([rows["source"].rename("id"), rows["target"].drop_nulls().rename("id")]).unique().sort()
    rows = rows.with_columns(u=positions(rows["source"], ids), v=positions(rows["target"], ids))
    is_self = (pl.col("u") == pl.col("v")) & (pl.col("kind") != POST)
    others = rows.filter(~is_self.fill_null(False))
    acts = ordered_acts(others.filter(pl.col("kind") != POST), len(ids))
    made, pairs = _layers(acts, _decay(acts, seconds, moment), weights, len(ids))
    whole = combine(made, weights, len(ids))
    adjacency = saturate(whole, saturation)
    if adjacency.nnz == 0:
        raise no_edges(weights, {kind for kind, _ in made}, pairs > 0)
    left_out = {
        "later than as_of": later,
        "self-interactions": rows.height - others.height,
        "pairs whose weight underflowed": pairs - whole.nnz,
    }
    return InfluenceGraph(
        ids=ids,
        layers=made if layers else {},
        adjacency=adjacency,
        nodes=node_table(ids, acts, rows, adjacency),
        weighting=Weighting(weights, other, seconds, moment, saturation),
        report={reason: count for reason, count in left_out.items() if count},
        notes=notes,
        log=_restricted(log, moment if later else None, left_out["self-interactions"] > 0),
    )


def _up_to(rows: pl.DataFrame, moment: datetime | None) -> tuple[pl.DataFrame, datetime | None, int]:
    """Return the rows up to the moment, that moment, and how many were later."""
    if "timestamp" not in rows.columns:
        return rows, None, 0
    if moment is None:
        last: Any = rows["timestamp"].max()
        return rows, parse_moment(last), 0
    kept = rows.filter((pl.col("timestamp") <= moment) | pl.col("timestamp").is_null())
    if kept.is_empty():
        first: Any = rows["timestamp"].min()
        raise DataError(
            f"No row is left: as_of is {moment:%Y-%m-%d %H:%M:%S} UTC, and the log starts at "
            f"{first:%Y-%m-%d %H:%M:%S} UTC. Choose a later as_of."
        )
    return kept, moment, rows.height - kept.height


def _decay(acts: Acts, seconds: float | None, moment: datetime | None) -> FloatArray:
    """Return what each act counts for before weights by kind: weight · 2^(−age/half-life)."""
    if seconds is None or moment is None:
        return acts.weight
    decays = ~acts.holds[acts.layer]
    if (acts.time[decays] == ALWAYS).any():
        raise DataError(
            f"half_life was given, but {int((acts.time[decays] == ALWAYS).sum()):,} rows have no timestamp. "
            "Fill them in, leave these rows out, or leave half_life out."
        )
    values = acts.weight.copy()
    age = (moment - _EPOCH) // timedelta(microseconds=1) - acts.time[decays]
    values[decays] *= np.exp2(-age / (seconds * 1e6))
    return values


def _layers(
    acts: Acts, values: FloatArray, weights: Mapping[str, float], n: int
) -> tuple[dict[tuple[str, str], csr_array], int]:
    """Return the sums by kind and network, and how many pairs should have an edge."""
    starts = acts.starts()
    source, target, layer = acts.source[starts], acts.target[starts], acts.layer[starts]
    sums = run_sums(starts, values)

    counts = np.array([weights[kind] > 0 for kind, _ in acts.names], dtype=bool)[layer]
    pairs = _distinct(source[counts], target[counts])

    order = stable_order(layer, len(acts.names), np.arange(layer.size))
    ends = np.cumsum(np.bincount(layer, minlength=len(acts.names)))
    made = {}
    for code, name in enumerate(acts.names):
        part = order[ends[code - 1] if code else 0 : ends[code]]
        part = part[sums[part] > 0]
        indptr = np.zeros(n + 1, dtype=np.int32 if part.size < 2**31 else np.int64)
        np.cumsum(np.bincount(source[part], minlength=n), out=indptr[1:])
        made[name] = canonical(sums[part], target[part].astype(indptr.dtype, copy=False), indptr, n)
    return made, pairs


def _distinct(source: IntArray, target: IntArray) -> int:
    if not source.size:
        return 0
    return 1 + int(np.count_nonzero((source[1:] != source[:-1]) | (target[1:] != target[:-1])))


def _restricted(log: Interactions, moment: datetime | None, selves: bool) -> Interactions:
    """Return the log without the rows that were left out, for the methods that read rows."""
    frame = log.frame
    if moment is not None:
        frame = frame.filter((pl.col("timestamp") <= moment) | pl.col("timestamp").is_null())
    if selves:
        is_self = (pl.col("source") == pl.col("target")) & (pl.col("kind") != POST)
        frame = frame.filter(~is_self.fill_null(False))
    if moment is None and not selves:
        return log
    return Interactions(frame, log.report, lambda: derived(log.fingerprint, "graph", moment, selves))
