"""The edges of a log over time: sorted once, then updated from one moment to the next.

Interactions are sorted by time and grouped by pair, kind and network once. A step multiplies all sums by
2^(−Δ/half-life) and adds the interactions since: O(pairs) without sorting, while building a graph sorts all
rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.arrays import IntArray
from influence_graph.errors import DataError
from influence_graph.graph.adjacency import saturate
from influence_graph.graph.decay import decay
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.weighting import Weighting, check_saturation, half_life_seconds, resolve_kinds
from influence_graph.interactions.log import POST, Interactions
from influence_graph.interactions.timestamps import instant
from influence_graph.linalg.csr import canonical
from influence_graph.methods.edges_only import EdgesOnly
from influence_graph.methods.moment import Moment

#: Of a row without a timestamp: before everything.
_ALWAYS = np.iinfo(np.int64).min


class Timeline:
    """A log prepared for walking through its moments in order of time.

    Parameters
    ----------
    log : Interactions
        With timestamps.
    kinds, other, half_life, saturation
        As in :func:`influence_graph.build_graph`.

    Raises
    ------
    DataError
        If the log has no rows or no timestamps, or half_life is given and events lack one.
    ConfigError
        If a parameter is out of range, or a kind of the log has no weight.
    """

    def __init__(
        self,
        log: Interactions,
        *,
        kinds: Mapping[str, float] | None,
        other: float | None,
        half_life: str | timedelta | float | None,
        saturation: str | float | None,
    ) -> None:
        if not log.has_timestamps:
            raise DataError(
                "A history needs to know when things happened, and this log has no timestamps. "
                "Name the column that holds them: read_interactions(…, columns={'timestamp': …})."
            )
        dtype = log.frame.collect_schema()["source"]
        rows = log.frame.select(
            "source", pl.col("target").cast(dtype), "kind", "network", "weight", "timestamp"
        ).collect()
        if rows["timestamp"].drop_nulls().is_empty():
            raise DataError("No row of this log has a timestamp, so there is no history.")
        self.saturation = check_saturation(saturation)
        self.seconds = half_life_seconds(half_life)
        self.weights, self.other, _ = resolve_kinds(kinds, other, rows["kind"].unique().to_list())
        self.ids = (
            pl.concat([rows["source"].alias("id"), rows["target"].drop_nulls().alias("id")]).unique().sort()
        )
        rows = rows.select(
            pl.Series("u", _places(rows["source"], self.ids)),
            pl.Series("v", _places(rows["target"], self.ids)),
            "kind",
            "network",
            "weight",
            time=pl.col("timestamp").to_physical().fill_null(_ALWAYS),
        )
        people = pl.concat(
            [rows.select("u", "time"), rows.filter(pl.col("v") >= 0).select("v", "time").rename({"v": "u"})]
        )
        #: When each person is first named.
        self.seen: IntArray = people.group_by("u").agg(pl.col("time").min()).sort("u")["time"].to_numpy()
        known = rows["time"].filter(rows["time"] > _ALWAYS)
        self.first, self.last = int(known.min()), int(known.max())  # type: ignore[arg-type]
        self._order_events(rows)

    def _order_events(self, rows: pl.DataFrame) -> None:
        ends = pl.col("kind") == "unfollow"
        counts = [kind for kind, weight in self.weights.items() if weight > 0]
        counted = (
            rows.filter((pl.col("kind") != POST) & (pl.col("u") != pl.col("v")))
            .with_columns(pl.when(ends).then(0.0).otherwise(pl.col("weight")).alias("weight"))
            .with_columns(pl.col("kind").replace({"unfollow": "follow"}))
            .filter(pl.col("kind").is_in(counts))
            .sort("time", maintain_order=True)
        )
        states = (counted["kind"] == "follow").to_numpy()
        untimed = int(((counted["time"] == _ALWAYS).to_numpy() & ~states).sum())
        if self.seconds is not None and untimed:
            raise DataError(
                f"half_life was given, but {untimed:,} {'row has' if untimed == 1 else 'rows have'} no "
                "timestamp. Fill in the timestamps, leave these rows out, or leave half_life out."
            )
        layer = counted.select(pl.struct("kind", "network").rank("dense").alias("layer"))["layer"].to_numpy()
        n, layers = len(self.ids), int(layer.max()) + 1 if len(layer) else 1
        u, v = counted["u"].to_numpy().astype(np.int64), counted["v"].to_numpy().astype(np.int64)
        keys, first, entry = np.unique((u * n + v) * layers + layer, return_index=True, return_inverse=True)
        #: The interactions in order of time: the sum each belongs to, its weight, its time, what it is.
        self.entry, self.weight, self.time = entry, counted["weight"].to_numpy(), counted["time"].to_numpy()
        self.is_state = states
        #: For each sum (pair, kind and network): the weight of its kind, whether it is a state.
        self.kind_weight = np.array(
            [self.weights[kind] for kind in counted["kind"].gather(first)], dtype=np.float64
        )
        self.entry_is_state = states[first]
        pair = keys // layers
        #: The first sum of each pair, and the pairs as CSR.
        self.starts = np.flatnonzero(np.diff(pair, prepend=-1))
        source = pair[self.starts] // n
        self.targets = (pair[self.starts] % n).astype(np.int32)
        self.indptr = np.zeros(n + 1, dtype=np.int32)
        np.cumsum(np.bincount(source, minlength=n), out=self.indptr[1:])

    def places(self, people: Iterable[int | str]) -> IntArray:
        """Return the positions of these people among ``ids``.

        Raises
        ------
        DataError
            If the log does not name one; the message names those most alike.
        """
        everyone = canonical(
            np.empty(0), np.empty(0, np.int32), np.zeros(len(self.ids) + 1, np.int32), len(self.ids)
        )
        weighting = Weighting(self.weights, self.other, self.seconds, None, self.saturation)
        return InfluenceGraph(self.ids, {}, everyone, pl.DataFrame({"id": self.ids}), weighting).positions(
            people
        )

    def walk(self, times: Sequence[int]) -> Iterator[Moment]:
        """Yield the edges at each of these times (microseconds since 1970, ascending).

        Only rows up to a time count for it.
        """
        sums = np.zeros(len(self.kind_weight))
        decays = ~self.entry_is_state
        done, before = 0, None
        for time in times:
            until = int(np.searchsorted(self.time, time, side="right"))
            new = slice(done, until)
            if self.seconds is not None and before is not None:
                sums[decays] *= decay(time - before, self.seconds * 1e6)
            state = self.is_state[new]
            entry, weight = self.entry[new], self.weight[new]
            event = ~state
            value = weight[event]
            if self.seconds is not None:
                value = value * decay(time - self.time[new][event], self.seconds * 1e6)
            np.add.at(sums, entry[event], value)
            # In order of time: of several follows and unfollows the last one holds.
            sums[entry[state]] = weight[state]
            done, before = until, time
            data = np.add.reduceat(sums * self.kind_weight, self.starts) if len(sums) else sums
            edges = canonical(data, self.targets, self.indptr, len(self.ids))
            yield Moment(instant(time), self.seen <= time, saturate(edges, self.saturation))

    def graph(self, moment: Moment, method: str) -> EdgesOnly:
        """Return the edges of a moment as a graph of those present, for the method of this name to read."""
        edges, present = moment.edges, moment.present
        n = int(present.sum())
        number = np.cumsum(present, dtype=np.int32) - 1
        alive = edges.data > 0
        before = np.zeros(len(alive) + 1, dtype=np.int32)
        np.cumsum(alive, out=before[1:])
        indptr = np.zeros(n + 1, dtype=np.int32)
        np.cumsum(np.diff(before[edges.indptr])[present], out=indptr[1:])
        adjacency = canonical(edges.data[alive], number[edges.indices[alive]], indptr, n)
        ids = self.ids.filter(pl.Series(present))
        weighting = Weighting(self.weights, self.other, self.seconds, moment.time, self.saturation)
        return EdgesOnly.of(ids, adjacency, weighting, method=method)


def _places(values: pl.Series, ids: pl.Series) -> npt.NDArray[Any]:
    """Return the position of each value among the sorted ids; −1 for null."""
    found = ids.search_sorted(values).to_numpy().astype(np.int32)
    return np.where(values.is_null().to_numpy(), -1, found).astype(np.int32)
