"""The acts of a log as arrays, in the one order in which they are added up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.graph.graph import FloatArray, IntArray
from influence_graph.graph.kernels import stable_order

#: Time of a row without a timestamp: before everything.
ALWAYS = np.iinfo(np.int64).min


@dataclass(frozen=True, eq=False)
class Acts:
    """What counts of a log's acts, sorted by source, target, layer, time and row.

    Attributes
    ----------
    source, target : ndarray of int32
        Positions among the ids.
    layer : ndarray of int32
        Positions among ``names``.
    weight : ndarray of float64
        As in the log.
    time : ndarray of int64
        Microseconds since 1970 in UTC; ``ALWAYS`` where the log says not when.
    names : list of (kind, network)
        Sorted; an unfollow belongs to its follow.
    holds : ndarray of bool
        For each name, whether it is a state, which holds and does not decay.
    """

    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    layer: npt.NDArray[np.int32]
    weight: FloatArray
    time: IntArray
    names: list[tuple[str, str]]
    holds: npt.NDArray[np.bool_]

    def starts(self) -> IntArray:
        """Return where each run of one source, target and layer starts."""
        return np.flatnonzero(_opens(self.source, self.target, self.layer))


def ordered_acts(rows: pl.DataFrame, n: int) -> Acts:
    """Return the acts among these rows, all with a target, in order; of the follows those that hold.

    The columns ``u`` and ``v`` are the positions of source and target among the n people. A follow
    holds unless an unfollow of the same pair and network came after it, by time, then by the order of
    the rows. Of several follows the last one counts.
    """
    source, target = int32(rows["u"]), int32(rows["v"])
    ends = (rows["kind"] == "unfollow").to_numpy()
    layer, names = _layer_codes(rows)
    time = microseconds(rows)

    order = np.arange(rows.height)
    if time.size and (time[1:] < time[:-1]).any():
        order = np.argsort(time, kind="stable")
    for keys, n_keys in ((layer, len(names)), (target, n), (source, n)):
        order = stable_order(keys, n_keys, order)
    source, target, layer = source[order], target[order], layer[order]

    holds = np.array([kind == "follow" for kind, _ in names], dtype=bool)
    kept: Any = slice(None)
    if holds.any():
        last = np.append(_opens(source, target, layer)[1:], True)
        kept = ~holds[layer] | (last & ~ends[order])
    return Acts(
        source=source[kept],
        target=target[kept],
        layer=layer[kept],
        weight=rows["weight"].to_numpy()[order][kept],
        time=time[order][kept],
        names=names,
        holds=holds,
    )


def positions(values: pl.Series, known: pl.Series) -> pl.Series:
    """Return where each value stands among the known ones, as Int32; null for null."""
    table = pl.DataFrame({"value": known, "position": np.arange(len(known), dtype=np.int32)})
    return values.to_frame("value").join(table, on="value", how="left", maintain_order="left")["position"]


def int32(column: pl.Series) -> npt.NDArray[np.int32]:
    """Return a column of positions, none of them null, as an array."""
    return column.to_numpy().astype(np.int32, copy=False)


def microseconds(rows: pl.DataFrame) -> IntArray:
    """Return when each row happened, in microseconds since 1970 in UTC, or ``ALWAYS``."""
    if "timestamp" not in rows.columns:
        return np.full(rows.height, ALWAYS, dtype=np.int64)
    return rows["timestamp"].to_physical().fill_null(ALWAYS).to_numpy().astype(np.int64)


def _layer_codes(rows: pl.DataFrame) -> tuple[npt.NDArray[np.int32], list[tuple[str, str]]]:
    kind = rows["kind"].replace({"unfollow": "follow"})
    kinds, networks = kind.unique().sort(), rows["network"].unique().sort()
    row, column = int32(positions(kind, kinds)), int32(positions(rows["network"], networks))
    crossed = row.astype(np.int64) * len(networks) + column
    present = np.flatnonzero(np.bincount(crossed, minlength=len(kinds) * len(networks)))
    code = np.zeros(len(kinds) * len(networks), dtype=np.int32)
    code[present] = np.arange(present.size)
    names = [(kinds[int(c) // len(networks)], networks[int(c) % len(networks)]) for c in present]
    return code[crossed], names


def _opens(
    source: npt.NDArray[np.int32], target: npt.NDArray[np.int32], layer: npt.NDArray[np.int32]
) -> npt.NDArray[np.bool_]:
    """Return whether each act is the first of its source, target and layer."""
    opens = np.ones(source.size, dtype=bool)
    opens[1:] = (source[1:] != source[:-1]) | (target[1:] != target[:-1]) | (layer[1:] != layer[:-1])
    return opens
