"""The graph of a log on Spark: edges, layers and the table of people as DataFrames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray
from influence_graph.engines.spark_columns import ORDER
from influence_graph.engines.spark_log import SparkLog
from influence_graph.engines.spark_people import is_state, people_table
from influence_graph.engines.spark_session import (
    check_running,
    drop,
    here,
    is_stopped,
    kept,
    leaf,
    partitions,
    told,
)
from influence_graph.errors import DataError, counted
from influence_graph.graph.adjacency import no_edges
from influence_graph.graph.build import sample_notes
from influence_graph.graph.weighting import (
    Weighting,
    check_saturation,
    half_life_seconds,
    parse_moment,
    resolve_kinds,
)
from influence_graph.interactions.log import POST, STATES, derived
from influence_graph.interactions.timestamps import instant, microseconds

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

    from influence_graph.graph.graph import InfluenceGraph

#: A person with more edges than this and than a partition's share has them in all partitions.
HUB_EDGES = 100_000
#: Results of more people than this stay on the cluster.
MOST_PEOPLE = 20_000_000


@dataclass(frozen=True, eq=False)
class Layer:
    """What is known here of one layer: its edges and the sum of their weights."""

    edges: int
    weight: float

    @property
    def data(self) -> FloatArray:
        """One number with the sum of the weights, where a layer of this process has each."""
        return np.array([self.weight])


@dataclass(frozen=True, eq=False)
class Shares:
    """The share of each source's out-strength that each of its edges has.

    Attributes
    ----------
    light : pyspark.sql.DataFrame
        ``source``, ``target``, ``share``: each source's edges in one place, sorted.
    hubs : pyspark.sql.DataFrame or None
        The edges of the few sources that have more than one place should hold, in all places.
    sources : pyspark.sql.DataFrame
        ``source`` of everybody with an edge, in the place of their edges.
    """

    light: DataFrame
    hubs: DataFrame | None
    sources: DataFrame


@dataclass(frozen=True, eq=False)
class SparkGraph:
    """Who acted on whom, on a cluster; the attributes mean what those of ``InfluenceGraph`` do.

    Attributes
    ----------
    nodes : pyspark.sql.DataFrame
        One row a person, as ``InfluenceGraph.nodes``.
    layer_edges : pyspark.sql.DataFrame
        ``kind``, ``network``, ``source``, ``target``, ``weight``: unsaturated sums.
    layers : mapping of (kind, network) to Layer
        What each layer has.
    edges : pyspark.sql.DataFrame
        ``source``, ``target``, ``weight``.
    n, n_edges : int
        People and edges.
    weighting : Weighting
        How interactions became weights.
    report : mapping of str to int
        Rows left out while building, and pairs whose weight underflowed.
    notes : tuple of str
        What a careful reader should know.
    log : SparkLog
        The rows it was built from.
    cached : tuple of pyspark.sql.DataFrame
        What the cluster keeps for it.
    parts : dict of str to SparkGraph
        The graphs of its networks that were asked for.
    """

    nodes: DataFrame
    layer_edges: DataFrame
    layers: Mapping[tuple[str, str], Layer]
    edges: DataFrame
    n: int
    n_edges: int
    weighting: Weighting
    report: Mapping[str, int]
    notes: tuple[str, ...]
    log: SparkLog
    cached: tuple[DataFrame, ...] = ()
    parts: dict[str, SparkGraph] = field(default_factory=dict)
    engine: str = "spark"

    @property
    def session(self) -> SparkSession:
        """The session of the log, never stopped from here."""
        return self.log.session

    @property
    def networks(self) -> list[str]:
        """Networks of the layers, sorted."""
        return sorted({network for _, network in self.layers})

    @property
    def kinds(self) -> list[str]:
        """Kinds of the layers, sorted."""
        return sorted({kind for kind, _ in self.layers})

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of the log's fingerprint and of how its rows were weighted."""
        return derived(self.log.fingerprint, self.weighting)

    @cached_property
    def shares(self) -> Shares:
        """The edges as PageRank reads them: a checkpoint."""
        from pyspark.sql import functions as F

        places = partitions(self.session)
        out = self.edges.groupBy("source").agg(F.sum("weight").alias("_out"), F.count("*").alias("_edges"))
        out = kept(out.repartition(places, "source"))
        most = max(HUB_EDGES, self.n_edges // places)
        large = out.filter(F.col("_edges") > most)
        share = (F.col("weight") / F.col("_out")).alias("share")
        of = self.edges.repartition(places, "source").join(
            out.filter(F.col("_edges") <= most).hint("merge"), "source"
        )
        light = kept(of.select("source", "target", share).sortWithinPartitions("source"))
        hubs = None
        if not large.isEmpty():
            hubs = kept(self.edges.join(F.broadcast(large), "source").select("source", "target", share))
        return Shares(light, hubs, out)

    def free(self) -> None:
        """Give back what the cluster keeps of this graph; it is computed again where needed."""
        if is_stopped(self.session):
            return
        for frame in self.cached:
            frame.unpersist()
        while self.parts:
            self.parts.popitem()[1].free()
        if (shares := self.__dict__.pop("shares", None)) is not None:
            for frame in (shares.light, shares.sources, *([shares.hubs] if shares.hubs else [])):
                drop(frame)

    def network(self, network: str) -> SparkGraph:
        """Return the graph of one network, with the weights of this one; it is built once."""
        if self.networks == [network]:
            return self
        if network not in self.parts:
            frame = self.log.frame.filter(self.log.frame["network"] == network)
            log = SparkLog(frame, self.log.report, self.session)
            self.parts[network] = build(log, **self.weighting.parameters())
        return self.parts[network]

    def to_local(self) -> InfluenceGraph:
        """Return the graph in this process, with its layers and table of people, without the rows of its log.

        Raises
        ------
        DataError
            If it has more people than this process takes.
        """
        from scipy.sparse import coo_array

        from influence_graph.graph.graph import InfluenceGraph
        from influence_graph.linalg.csr import as_canonical

        if self.n > MOST_PEOPLE:
            raise DataError(
                f"The graph has {self.n:,} people, more than the {MOST_PEOPLE:,} that this process takes."
            )
        nodes = here(self.nodes).sort("id")
        ids = nodes["id"]

        def matrix(table: pl.DataFrame) -> Any:
            places = [ids.search_sorted(table[end]).to_numpy() for end in ("source", "target")]
            entries = coo_array((table["weight"].to_numpy(), tuple(places)), shape=(len(ids), len(ids)))
            return as_canonical(entries.tocsr())

        every = here(self.layer_edges)
        layers = {name: matrix(every.filter(kind=name[0], network=name[1])) for name in sorted(self.layers)}
        return InfluenceGraph(
            ids=ids,
            layers=layers,
            adjacency=matrix(here(self.edges)),
            nodes=nodes.with_columns(pl.col("reactors").cast(pl.Int64)),
            weighting=self.weighting,
            report=dict(self.report),
            notes=self.notes,
        )

    def __repr__(self) -> str:
        return f"<SparkGraph: {self.n:,} people, {self.n_edges:,} edges; {self.weighting}>"


def build(
    log: SparkLog,
    *,
    kinds: Mapping[str, float] | None = None,
    other: float | None = None,
    half_life: str | timedelta | float | None = None,
    as_of: str | date | None = None,
    saturation: str | float | None = None,
    layers: bool = True,
) -> SparkGraph:
    """Build the graph of a log; the parameters are those of :func:`influence_graph.build_graph`.

    Shuffles the rows once, to the layer and pair of each, after adding up those of one place. ``layers``
    changes nothing here.
    """
    from pyspark.sql import functions as F

    check_running(log.session)
    saturation = check_saturation(saturation)
    seconds, moment = half_life_seconds(half_life), parse_moment(as_of)
    if not log.has_timestamps and (seconds is not None or moment is not None):
        raise DataError(
            f"{'half_life' if seconds is not None else 'as_of'} was given, but the log has no timestamps. "
            "Name the column that holds them, columns={'timestamp': …}, or leave it out."
        )
    rows, counts = log.frame, _counts(log, moment)
    if moment is not None:
        rows = rows.filter(~_later(moment))
    elif log.has_timestamps and (last := counts["last"].max()) is not None:
        moment = instant(int(last))  # type: ignore[arg-type]
    present = counts.filter(pl.col("rows") > 0)
    _check_rows(present, seconds, as_of=moment)
    weights, other, notes = resolve_kinds(kinds, other, set(present["kind"]))
    states = _holding(rows, set(present["kind"]))
    events = rows.filter(F.col("target").isNotNull() & ~is_state())
    left = F.lit(1.0) if seconds is None or moment is None else _left(moment, seconds)
    parts = events.select("kind", "network", "source", "target", (F.col("weight") * left).alias("weight"))
    parts = parts.unionByName(states.select("kind", "network", "source", "target", "weight"))
    summed = parts.groupBy("kind", "network", "source", "target").agg(F.sum("weight").alias("weight"))
    cached = [_lasting(summed)]
    held = _layers(cached[0], present)
    layer_edges = leaf(cached[0])
    pairs, n_edges, underflowed = _pairs(layer_edges, weights, saturation)
    cached.append(pairs)
    edges = leaf(pairs).filter("_sum > 0").drop("_sum")
    if not n_edges:
        raise no_edges(weights, sorted({kind for kind, _ in held}), underflowed > 0)
    networks = present.filter(pl.col("items") > 0)["network"].unique().to_list()
    cached.append(_lasting(people_table(rows, states, edges, sorted({kind for kind, _ in held}), networks)))
    with told():
        n = cached[-1].count()
    states.unpersist()
    report = {"later than as_of": int(counts["later"].sum()), "pairs whose weight underflowed": underflowed}
    return SparkGraph(
        nodes=leaf(cached[-1]),
        layer_edges=layer_edges,
        layers=held,
        edges=edges,
        n=n,
        n_edges=n_edges,
        weighting=Weighting(weights, other, seconds, moment, saturation),
        report={reason: count for reason, count in report.items() if count},
        notes=notes + sample_notes(log),
        log=log,
        cached=tuple(cached),
    )


def _lasting(frame: DataFrame) -> DataFrame:
    """Return a frame that is computed once; what a lost worker held of it is computed again."""
    from pyspark import StorageLevel

    return frame.persist(StorageLevel.MEMORY_AND_DISK)


def _counts(log: SparkLog, moment: datetime | None) -> pl.DataFrame:
    """Return what is counted over all rows, by ``kind`` and ``network``, in one pass."""
    from pyspark.sql import functions as F

    later = F.lit(False) if moment is None else _later(moment)

    def counted_where(condition: Column) -> Column:
        return F.sum((~later & condition).cast("bigint"))

    yes, no = F.lit(True), F.lit(False)
    timed = log.has_timestamps
    items = F.col("item").isNotNull() if "item" in log.frame.columns else no
    last = F.max(F.when(~later, F.unix_micros("timestamp"))) if timed else F.lit(None).cast("bigint")
    return here(
        log.frame.groupBy("kind", "network").agg(
            F.sum(later.cast("bigint")).alias("later"),
            counted_where(yes).alias("rows"),
            counted_where(F.col("timestamp").isNull() if timed else yes).alias("untimed"),
            counted_where(items).alias("items"),
            last.alias("last"),
        )
    )


def _layers(layer_edges: DataFrame, present: pl.DataFrame) -> dict[tuple[str, str], Layer]:
    """Return what each layer has, those without edges included, sorted; an unfollow belongs to its follow."""
    from pyspark.sql import functions as F

    found = here(layer_edges.groupBy("kind", "network").agg(F.count("*"), F.sum("weight")))
    held = {(kind, network): Layer(edges, weight) for kind, network, edges, weight in found.iter_rows()}
    for kind, network in present.filter(pl.col("kind") != POST).select("kind", "network").iter_rows():
        held.setdefault(("follow" if kind == "unfollow" else kind, network), Layer(0, 0.0))
    return dict(sorted(held.items()))


def _check_rows(present: pl.DataFrame, half_life: float | None, *, as_of: datetime | None) -> None:
    if not len(present):
        raise DataError(
            "The log has no rows, so there is no graph to build."
            if as_of is None
            else f"No row is left: as_of is {as_of:%Y-%m-%d %H:%M:%S} UTC. Choose a later as_of."
        )
    untimed = int(present.filter(~pl.col("kind").is_in([POST, *STATES]))["untimed"].sum())
    if half_life is not None and untimed:
        raise DataError(
            f"half_life was given, but {counted(untimed, 'row has', 'rows have')} no timestamp. "
            "Fill them in, leave these rows out, or leave half_life out."
        )


def _later(moment: datetime) -> Column:
    from pyspark.sql import functions as F

    cut = F.timestamp_micros(F.lit(microseconds(moment)))
    return F.coalesce(F.col("timestamp") > cut, F.lit(False))


def _left(moment: datetime, seconds: float) -> Column:
    """Return 2^(−age/half-life)."""
    from pyspark.sql import functions as F

    age = F.lit(microseconds(moment)) - F.unix_micros("timestamp")
    return F.pow(F.lit(2.0), age / F.lit(-seconds * 1e6))


def _holding(rows: DataFrame, kinds: set[str]) -> DataFrame:
    """Return the follows that no later unfollow ended, persisted: of each pair and network the last state."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    if STATES.isdisjoint(kinds):
        return rows.filter(F.lit(False))  # known to be empty: planned away
    time = [F.col("timestamp").desc_nulls_last()] if "timestamp" in rows.columns else []
    pair = Window.partitionBy("source", "target", "network").orderBy(*time, F.col(ORDER).desc())
    last = rows.filter(is_state()).withColumn("_place", F.row_number().over(pair)).filter("_place = 1")
    return last.filter(F.col("kind") == "follow").drop("_place").persist()


def _pairs(
    layers: DataFrame, weights: Mapping[str, float], saturation: str | float | None
) -> tuple[DataFrame, int, int]:
    """Return pairs and weights, the number that are edges, and of those whose weight underflowed."""
    from pyspark.sql import functions as F

    factor = F.lit(0.0)
    for kind, weight in weights.items():
        factor = F.when(F.col("kind") == kind, F.lit(float(weight))).otherwise(factor)
    counting = layers.withColumn("_factor", factor).filter("_factor > 0")
    pairs = counting.groupBy("source", "target").agg(
        F.sum(F.col("_factor") * F.col("weight")).alias("weight")
    )
    total = F.col("weight")
    if saturation == "log":
        total = F.log1p(total)
    elif saturation is not None:
        total = F.least(total, F.lit(float(saturation)))
    pairs = _lasting(pairs.select("source", "target", total.alias("weight"), F.col("weight").alias("_sum")))
    positive = F.sum((F.col("_sum") > 0).cast("bigint"))
    with told():
        found = pairs.agg(F.count("*"), positive, F.max("_sum")).first()
    assert found is not None
    if found[2] is not None and found[2] == float("inf"):
        raise DataError(
            "The weight of a pair is too large for a 64-bit float. "
            "Divide the weights of the log, or those of kinds=, by one large number."
        )
    edges = int(found[1] or 0)
    return pairs, edges, int(found[0]) - edges
