"""Move a graph forward in time: its sums decay, and those of new rows are added.

``influence_graph.history.timeline`` also does so, for a log whose pairs are all known beforehand: a step of
6 hours over Higgs takes it 12 ms, and 310 ms here, where people and pairs are merged. Both use one decay.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import boolean, float64, int32, int64, njit, types, void
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.compilation import kernel
from influence_graph.errors import DataError
from influence_graph.graph.adjacency import checked, combine, no_edges, reactors, saturate, summed
from influence_graph.graph.aggregate import NEVER
from influence_graph.graph.decay import decay
from influence_graph.graph.derived_layers import DerivedLayers
from influence_graph.graph.node_table import moments, node_table
from influence_graph.graph.record import GraphRecord
from influence_graph.graph.states import ENDS, IS_STATE, last_states
from influence_graph.graph.totals import ResolvedKinds, Totals, layer_sums, log_totals
from influence_graph.graph.weighting import Weighting, resolve_kinds
from influence_graph.interactions.encoded_log import ALWAYS
from influence_graph.interactions.log import POST, STATES, Interactions
from influence_graph.linalg.csr import canonical, empty
from influence_graph.threads import over_threads

_Graph = TypeVar("_Graph", bound=GraphRecord)
_PAIR = ["source", "target", "network"]
#: Edges that one thread renames at a time.
_PIECE = 1 << 18
_i4, _i8, _f8 = (types.Array(number, 1, "C", readonly=True) for number in (int32, int64, float64))
Layers: TypeAlias = Mapping[tuple[str, str], csr_array]
Places: TypeAlias = npt.NDArray[np.int32]
#: Everybody, and where those of the graph and those of the new rows are among them.
People: TypeAlias = tuple[pl.Series, Places, Places]


def updated(graph: _Graph, log: Interactions | Any) -> _Graph:
    """Return the graph with more rows; see :meth:`InfluenceGraph.update`."""
    if not isinstance(log, Interactions):
        from influence_graph.interactions.read import read_interactions

        log = read_interactions(log)
    _check(graph, log)
    weighting = graph.weighting
    known = {*graph.kinds, *([POST] if (graph.nodes["posts"] > 0).any() else [])}

    def resolve(present: set[str]) -> ResolvedKinds:
        return resolve_kinds(weighting.kinds, weighting.other, present | known)

    new = log_totals(
        log,
        half_life=weighting.half_life,
        as_of=None,
        separate=_needs_layers(graph, log),
        resolve=resolve,
        not_before=weighting.as_of,
    )
    weights, other, notes = new.resolved
    ids, old_places, new_places = together(graph.ids, new.rows.people)
    n = len(ids)

    factor = 1.0
    if weighting.half_life is not None and weighting.as_of is not None and new.moment is not None:
        age = (new.moment - weighting.as_of) / timedelta(seconds=1)
        factor = float(decay(age, weighting.half_life))
    whole = None if graph.log is None else graph.log.concat(new.log)
    names = sorted({*graph.layers, *new.index.names})
    layers: Layers
    if new.sums.merged is None:
        layers, lost = _grown_layers(graph, log, new, names, (ids, old_places, new_places), factor)
        merged = combine(layers, weights, n)
    else:
        assert whole is not None  # as _needs_layers() found
        merged, lost = _grown(graph.adjacency, old_places, factor, new.sums.merged, new_places, n)
        merged = checked(merged)
        layers = DerivedLayers(names, partial(_layers_of, whole, names, n, weighting.half_life, new.moment))
    adjacency = saturate(merged, weighting.saturation)
    if adjacency.nnz == 0:
        raise no_edges(weights, {kind for kind, _ in layers}, lost > 0)
    report = dict(graph.report)
    more = {"self-interactions": new.selves, "pairs whose weight underflowed": lost}
    for reason, count in more.items():
        if count:
            report[reason] = report.get(reason, 0) + count
    return dataclasses.replace(
        graph,
        ids=ids,
        layers=layers,
        adjacency=adjacency,
        nodes=_nodes(graph, new, (ids, old_places, new_places), layers, adjacency),
        weighting=Weighting(weights, other, weighting.half_life, new.moment, weighting.saturation),
        report=report,
        notes=notes,
        log=whole,
    )


def together(known: pl.Series, new: pl.Series) -> People:
    """Return the ids of both, of which each are sorted, and where those of each are among them."""
    place = known.search_sorted(new).to_numpy().astype(np.int64)
    there = known.gather(np.minimum(place, len(known) - 1)) == new
    lacking = ~there.to_numpy()
    places = np.arange(len(known)) + np.cumsum(np.bincount(place[lacking], minlength=len(known) + 1))[:-1]
    new_places = place + np.cumsum(lacking) - lacking
    order = np.empty(len(known) + np.count_nonzero(lacking), dtype=np.int64)
    order[places] = np.arange(len(known))
    order[new_places[lacking]] = np.arange(len(known), len(order))
    ids = pl.concat([known, new.filter(lacking)]).gather(order).rename("id")
    return ids, places.astype(np.int32), new_places.astype(np.int32)


def _needs_layers(graph: GraphRecord, log: Interactions) -> bool:
    """Whether edges grow from the layers: where a state holds, or the weights of pairs have been capped."""
    return (
        not isinstance(graph.layers, DerivedLayers)
        or graph.log is None
        or graph.weighting.saturation is not None
        or not STATES.isdisjoint({*graph.kinds, *(kind for kind, _ in log.rows.labels)})
    )


def _grown_layers(
    graph: GraphRecord,
    log: Interactions,
    new: Totals,
    names: Sequence[tuple[str, str]],
    where: People,
    factor: float,
) -> tuple[Layers, int]:
    """Return the layers with the new rows, and how many entries decayed to nothing."""
    states, (ids, *places), lost = _states(graph, log), where, 0
    layers = {}
    for name in names:
        old, more = graph.layers.get(name), new.sums.layers.get(name)
        if name[0] == "follow":
            parts = _with_states(_moved(old, places[0], len(ids)), states.filter(network=name[1]), ids)
            layers[name] = summed([(part, 1.0) for part in parts if part.nnz], len(ids))
        else:
            layers[name], gone = _grown(old, places[0], factor, more, places[1], len(ids))
            lost += gone
    return layers, lost


def _grown(
    old: csr_array | None, place: Places, factor: float, new: csr_array | None, new_place: Places, n: int
) -> tuple[csr_array, int]:
    """Return what is left of a matrix plus the new sums, and how many entries decayed to nothing."""
    parts = [(_moved(old, place, n), factor), (_moved(new, new_place, n), 1.0)]
    weights = parts[0][0].data
    vanishes = weights.size > 0 and weights.min() * factor == 0
    lost = int(np.count_nonzero(weights * factor == 0)) if vanishes else 0
    return summed([part for part in parts if part[0].nnz], n), lost


def _layers_of(
    log: Interactions,
    names: Sequence[tuple[str, str]],
    n: int,
    half_life: float | None,
    moment: datetime | None,
) -> Layers:
    """Return the layers of all rows, also those of which no row is left."""
    return dict.fromkeys(names, empty(n)) | layer_sums(log, half_life=half_life, moment=moment)


def _check(graph: GraphRecord, log: Interactions) -> None:
    if not graph.layers:
        raise DataError(
            "This graph has no layers, so rows can't be added to it. "
            "Build it with build_graph(log, layers=True)."
        )
    timed = graph.weighting.as_of is not None
    if timed != log.has_timestamps:
        which = "The new rows have no timestamps, and the graph has some"
        if not timed:
            which = "The new rows have timestamps, and the graph has none"
        raise DataError(f"{which}. Build the graph anew from all rows, read in one way.")
    if log.schema["source"] != graph.ids.dtype:
        raise DataError(
            f"Ids are {_word(graph.ids.dtype)} in the graph and "
            f"{_word(log.schema['source'])} in the new rows, so nobody can be known in both. "
            "ids='text' makes all text: read_interactions(…, ids='text')."
        )


def _word(ids: pl.DataType) -> str:
    return "text" if ids == pl.String else "integers"


def _moved(layer: csr_array | None, places: Places, n: int) -> csr_array:
    """Return a layer among n people, of whom its own are at these places."""
    if layer is None:
        return empty(n)
    if layer.shape[0] == n:
        return layer
    counts = np.zeros(n + 1, dtype=layer.indptr.dtype)
    counts[places + 1] = np.diff(layer.indptr)
    # NumPy asks for large pages of memory, which a kernel's own arrays do without.
    indices = np.empty_like(layer.indices)
    cuts = np.arange(0, indices.size + _PIECE, _PIECE)

    def rename(piece: int) -> None:
        some = slice(*cuts[piece : piece + 2])
        _rename(places, layer.indices[some], indices[some])

    over_threads(rename, len(cuts) - 1)
    return canonical(layer.data, indices, np.cumsum(counts, dtype=counts.dtype), n)


@njit(cache=True, nogil=True)
def _rename(places: Places, indices: Any, renamed: Any) -> None:
    """Write ``places[indices]`` in the type of ``indices``; numpy would copy those to 64 bits first."""
    for entry in range(indices.size):
        renamed[entry] = places[np.uint64(indices[entry])]


def _states(graph: GraphRecord, log: Interactions) -> pl.DataFrame:
    """Return the last state of each pair and network that the new rows name: by time, then by row."""
    columns = [*_PAIR, "kind", "weight"] + ["timestamp"] * log.has_timestamps
    of_states = IS_STATE & (pl.col("source") != pl.col("target"))
    rows = log.frame.select(columns).filter(of_states).collect(engine="streaming")
    as_of = graph.weighting.as_of
    late = rows.filter((pl.col("timestamp") < as_of).fill_null(True)) if as_of is not None else rows.clear()
    if late.height:
        if graph.log is None:
            raise DataError(
                f"{late.height:,} follows or unfollows are older than the graph's as_of, "
                f"{as_of:%Y-%m-%d %H:%M:%S} UTC, and a loaded graph does not have the rows that say "
                "what came after them. "
                "Build the graph anew from all rows."
            )
        earlier = graph.log.frame.select(columns).filter(of_states)
        named = late.lazy().select(_PAIR).unique()
        earlier = earlier.join(named, on=_PAIR, how="semi", maintain_order="left")
        rows = pl.concat([earlier.collect(engine="streaming"), rows])
    return last_states(rows, _PAIR)


def _with_states(layer: csr_array, states: pl.DataFrame, ids: pl.Series) -> list[csr_array]:
    """Return a layer of follows with these states in the place of what it says of their pairs."""
    n = layer.shape[0]
    u, v = (ids.search_sorted(states[end]).to_numpy().astype(np.int32) for end in ("source", "target"))
    follows = states.select(~ENDS).to_series().to_numpy()
    if len(states):
        named = csr_array((np.ones(len(states)), (u, v)), shape=(n, n))
        layer = layer - layer.multiply(named).tocsr()
    now = csr_array((states["weight"].to_numpy()[follows], (u[follows], v[follows])), shape=(n, n))
    return [layer, now]


def _nodes(
    graph: GraphRecord,
    new: Totals,
    where: People,
    layers: Layers,
    adjacency: csr_array,
) -> pl.DataFrame:
    """Return the table of people, with the columns in the order in which a build has them."""
    (ids, *places), timed = where, new.rows.timed
    n = len(ids)
    fresh = node_table(new, empty(len(new.rows.people)))
    kinds = sorted({kind for kind, _ in layers})
    columns: dict[str, Any] = {"id": ids}
    items = ["posts_given"] * any("posts_given" in table.columns for table in (graph.nodes, fresh))
    for name in ("posts", *items, *(f"{verb}_{kind}" for verb in ("given", "received") for kind in kinds)):
        total = columns[name] = np.zeros(n)
        for table, place in zip((graph.nodes, fresh), places, strict=True):
            if name in table.columns:
                _add(total, table[name].to_numpy(), place)
    for axis, verb in ((1, "given"), (0, "received")):
        follows = [layers[name] for name in layers if name[0] == "follow"]
        if follows:
            columns[f"{verb}_follow"] = sum(np.asarray(layer.sum(axis=axis)) for layer in follows)
    columns["reactors"] = reactors(adjacency)
    if timed:
        active = new.activity
        for name, missing, more in (
            ("first_seen", NEVER, active.first),
            ("last_seen", ALWAYS, active.last),
            ("last_reaction", ALWAYS, active.reaction),
        ):
            time = np.full(n, missing, dtype=np.int64)
            before = graph.nodes[name].to_physical().fill_null(missing).to_numpy()
            for of_people, place in zip((before, more), places, strict=True):
                _spread_out(time, of_people, place, missing == ALWAYS)
            columns[name] = moments(time, missing)
    return pl.DataFrame(columns)


@kernel(void(float64[::1], _f8, _i4))
def _add(total: FloatArray, values: FloatArray, places: Places) -> None:
    """Add each value to what is at its place."""
    for entry in range(values.size):
        total[np.uint64(places[entry])] += values[entry]


@kernel(void(int64[::1], _i8, _i4, boolean))
def _spread_out(ends: IntArray, times: IntArray, places: Places, last: bool) -> None:
    """Take the earlier, or with ``last`` the later, of each time and what is at its place."""
    for entry in range(times.size):
        at, time = np.uint64(places[entry]), times[entry]
        ends[at] = max(ends[at], time) if last else min(ends[at], time)
