"""The interactions behind one person's in-edges, by kind, network and period.

A contribution of one person is shared among these in proportion to their weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.graph.decay import decay_as_of
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.states import ENDS, IS_STATE, last_states
from influence_graph.graph.weighting import duration_seconds
from influence_graph.interactions.encoded_log import ALWAYS
from influence_graph.interactions.log import POST


@dataclass(frozen=True, eq=False)
class InteractionsReceived:
    """Interactions with one person, aggregated by source, kind, network and (if asked for) period.

    Attributes
    ----------
    source : ndarray of int64
        Positions of the sources, ascending.
    weight : ndarray of float64
        Weight by kind × decayed weight, before saturation; above 0.
    frame : polars.DataFrame
        ``kind``, ``network`` and, if asked for, ``period``: when it starts.
    """

    source: IntArray
    weight: FloatArray
    frame: pl.DataFrame


def interactions_received(
    graph: InfluenceGraph, position: int, kinds: Mapping[str, float], period: str | None
) -> InteractionsReceived:
    """Return the interactions whose target is the person at this position.

    Parameters
    ----------
    graph : InfluenceGraph
        With layers; for periods, with the rows of its log.
    position : int
        Of the person.
    kinds : mapping of str to float
        Weight of each kind; kinds of weight 0 are left out.
    period : str or None
        Length of a period, such as ``"1d"``; None: not grouped by period.

    Raises
    ------
    ConfigError
        If the period is no length of time.
    DataError
        If periods are asked for and the graph has no rows with timestamps.
    """
    rows = (
        _from_layers(graph, position, kinds) if period is None else _from_log(graph, position, kinds, period)
    )
    source = rows["source"].to_numpy().astype(np.int64)
    return InteractionsReceived(source, rows["weight"].to_numpy(), rows.drop("source", "weight"))


def _from_layers(graph: InfluenceGraph, position: int, kinds: Mapping[str, float]) -> pl.DataFrame:
    schema = {"source": pl.Int64, "kind": pl.String, "network": pl.String, "weight": pl.Float64}
    found = [pl.DataFrame(schema=schema)]
    for (kind, network), layer in sorted(graph.layers.items()):
        if kinds[kind] == 0:
            continue
        entries = np.flatnonzero(layer.indices == position)
        source = np.searchsorted(layer.indptr, entries, side="right") - 1
        found.append(
            pl.DataFrame(
                {
                    "source": source,
                    "kind": pl.repeat(kind, len(source), eager=True),
                    "network": pl.repeat(network, len(source), eager=True),
                    "weight": kinds[kind] * layer.data[entries],
                },
                schema=schema,
            )
        )
    return pl.concat(found).filter(pl.col("weight") > 0).sort("source", maintain_order=True)


def _from_log(graph: InfluenceGraph, position: int, kinds: Mapping[str, float], period: str) -> pl.DataFrame:
    if graph.log is None or not graph.log.has_timestamps:
        raise DataError(
            "Parts by period need the rows of the log and when they happened, and this graph has none. "
            "Build it with build_graph(log) from a log with timestamps."
        )
    microseconds = int(duration_seconds(period, "period") * 1e6)
    rows = (
        graph.log.frame.filter((pl.col("target") == graph.ids[position]) & (pl.col("kind") != POST))
        .filter(pl.col("source") != pl.col("target"))
        .select("source", "kind", "network", "weight", "timestamp")
        .collect()
        .sort("timestamp", maintain_order=True, nulls_last=False)
    )
    counted = pl.concat([rows.filter(~IS_STATE), last_states(rows, ["source", "network"]).filter(~ENDS)])
    weighed = counted.with_columns(
        pl.col("weight") * pl.col("kind").replace_strict(dict(kinds), return_dtype=pl.Float64),
        source=pl.Series(graph.positions(counted["source"])),
    ).with_columns(weight=pl.col("weight") * _decayed(graph, counted))
    started = weighed.with_columns(
        (pl.col("timestamp").dt.epoch("us") // microseconds * microseconds)
        .cast(pl.Datetime("us"))
        .dt.replace_time_zone("UTC")
        .alias("period")
    )
    ordered = started.sort("source", "kind", "network", "period", maintain_order=True)
    return ordered.select("source", "kind", "network", "period", "weight").filter(pl.col("weight") > 0)


def _decayed(graph: InfluenceGraph, rows: pl.DataFrame) -> pl.Series:
    """Return what is left of each row at the moment of the graph; states hold."""
    decay = decay_as_of(graph.weighting.as_of, graph.weighting.half_life)
    if decay is None:
        return pl.repeat(1.0, rows.height, eager=True)
    left = decay(rows["timestamp"].to_physical().fill_null(ALWAYS).to_numpy())
    states = rows.select(IS_STATE).to_series().to_numpy()
    return pl.Series(np.where(states, 1.0, left))
