"""The graph of a log on Spark: edges, layers and the table of people as DataFrames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from influence_graph.engines.spark_log import ORDER, SparkLog
from influence_graph.engines.spark_session import check_running, checkpoint_folder
from influence_graph.errors import DataError, counted
from influence_graph.graph.weighting import (
    Weighting,
    check_saturation,
    half_life_seconds,
    parse_moment,
    resolve_kinds,
)
from influence_graph.interactions.log import CREATE_NO_ITEM, POST, STATES
from influence_graph.interactions.timestamps import microseconds

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession


@dataclass(frozen=True, eq=False)
class SparkGraph:
    """Who acted on whom, on a cluster; the attributes mean what those of ``InfluenceGraph`` do.

    Attributes
    ----------
    nodes : pyspark.sql.DataFrame
        One row a person, as ``InfluenceGraph.nodes``.
    layers : pyspark.sql.DataFrame
        ``kind``, ``network``, ``source``, ``target``, ``weight``: unsaturated sums.
    edges : pyspark.sql.DataFrame
        ``source``, ``target``, ``weight``, on two workers, so that the loss of one loses nothing.
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
    session : pyspark.sql.SparkSession
        Never stopped from here.
    """

    nodes: DataFrame
    layers: DataFrame
    edges: DataFrame
    n: int
    n_edges: int
    weighting: Weighting
    report: Mapping[str, int]
    notes: tuple[str, ...]
    log: SparkLog
    session: SparkSession
    engine: str = "spark"
    networks: tuple[str, ...] = field(default=())

    @cached_property
    def shares(self) -> DataFrame:
        """``source``, ``target``, ``share`` of the source's out-strength."""
        from pyspark.sql import functions as F

        out = self.edges.groupBy("source").agg(F.sum("weight").alias("_out"))
        shares = self.edges.join(out, "source").select(
            "source", "target", (F.col("weight") / F.col("_out")).alias("share")
        )
        return lasting(shares)

    def __repr__(self) -> str:
        return f"<SparkGraph: {self.n:,} people, {self.n_edges:,} edges; {self.weighting}>"


def lasting(frame: DataFrame) -> DataFrame:
    """Return a frame that is kept on two workers, and computed once."""
    from pyspark import StorageLevel

    return frame.persist(StorageLevel.MEMORY_AND_DISK_2)


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

    Shuffles the rows once, to the pairs of their source and target. ``layers`` changes nothing here.
    """
    from pyspark.sql import functions as F

    check_running(log.session)
    checkpoint_folder(log.session)
    saturation = check_saturation(saturation)
    seconds, moment = half_life_seconds(half_life), parse_moment(as_of)
    if not log.has_timestamps and (seconds is not None or moment is not None):
        raise DataError(
            f"{'half_life' if seconds is not None else 'as_of'} was given, but the log has no timestamps. "
            "Name the column that holds them, columns={'timestamp': …}, or leave it out."
        )
    rows, moment, report = _rows_up_to(log, moment)
    if seconds is not None:
        untimed = rows.filter((F.col("kind") != POST) & ~_is_state() & F.col("timestamp").isNull()).count()
        if untimed:
            raise DataError(
                f"half_life was given, but {counted(untimed, 'row has', 'rows have')} no timestamp. "
                "Fill them in, leave these rows out, or leave half_life out."
            )
    present = {row[0] for row in rows.select("kind").distinct().collect()}
    weights, other, notes = resolve_kinds(kinds, other, present)
    events = rows.filter(F.col("target").isNotNull() & ~_is_state())
    states = _holding(rows)
    left = F.lit(1.0) if seconds is None or moment is None else _left(moment, seconds)
    parts = events.select("kind", "network", "source", "target", (F.col("weight") * left).alias("weight"))
    parts = parts.unionByName(states.select("kind", "network", "source", "target", "weight"))
    summed = parts.groupBy("kind", "network", "source", "target").agg(F.sum("weight").alias("weight"))
    layer = lasting(summed)
    edges, pairs = _edges(layer, weights, saturation)
    n_edges = edges.count()
    if not n_edges:
        raise DataError(
            "No row makes an edge: every kind of the log weighs 0. "
            f"The kinds are {', '.join(sorted(present))}; give kinds={{…}}."
        )
    nodes = lasting(_nodes(rows, states, edges, log.has_timestamps))
    networks = tuple(sorted(row[0] for row in layer.select("network").distinct().collect()))
    report["pairs whose weight underflowed"] = pairs - n_edges
    return SparkGraph(
        nodes=nodes,
        layers=layer,
        edges=edges,
        n=nodes.count(),
        n_edges=n_edges,
        weighting=Weighting(weights, other, seconds, moment, saturation),
        report={reason: count for reason, count in report.items() if count},
        notes=notes,
        log=log,
        session=log.session,
        networks=networks,
    )


def _rows_up_to(log: SparkLog, moment: datetime | None) -> tuple[DataFrame, datetime | None, dict[str, int]]:
    """Return the rows that count, the moment they describe, and how many rows were left out."""
    from pyspark.sql import functions as F

    rows, later = log.frame, 0
    if moment is not None:
        cut = F.timestamp_micros(F.lit(microseconds(moment)))
        kept = rows.filter((F.col("timestamp") <= cut) | F.col("timestamp").isNull())
        later = rows.count() - kept.count()
        rows = kept
    own = F.coalesce(F.col("source") == F.col("target"), F.lit(False))
    selves = rows.filter(own).count()
    rows = lasting(rows.filter(~own))
    if not rows.count():
        raise DataError(
            "The log has no rows, so there is no graph to build."
            if moment is None
            else f"No row is left: as_of is {moment:%Y-%m-%d %H:%M:%S} UTC. Choose a later as_of."
        )
    if moment is None and log.has_timestamps:
        last = rows.agg(F.unix_micros(F.max("timestamp"))).first()
        if last is not None and last[0] is not None:
            moment = datetime.fromtimestamp(last[0] // 10**6, UTC) + timedelta(microseconds=last[0] % 10**6)
    return rows, moment, {"later than as_of": later, "self-interactions": selves}


def _is_state() -> Column:
    from pyspark.sql import functions as F

    return F.col("kind").isin(*sorted(STATES))


def _left(moment: datetime, seconds: float) -> Column:
    """Return 2^(−age/half-life)."""
    from pyspark.sql import functions as F

    age = F.lit(microseconds(moment)) - F.unix_micros("timestamp")
    return F.pow(F.lit(2.0), age / F.lit(-seconds * 1e6))


def _holding(rows: DataFrame) -> DataFrame:
    """Return the follows that no later unfollow ended: of each pair and network the last state."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    time = [F.col("timestamp").desc_nulls_last()] if "timestamp" in rows.columns else []
    pair = Window.partitionBy("source", "target", "network").orderBy(*time, F.col(ORDER).desc())
    last = rows.filter(_is_state()).withColumn("_place", F.row_number().over(pair)).filter("_place = 1")
    return last.filter(F.col("kind") == "follow").drop("_place")


def _edges(
    layers: DataFrame, weights: Mapping[str, float], saturation: str | float | None
) -> tuple[DataFrame, int]:
    """Return the edges, each source's in one place, and the number of pairs before weights underflowed."""
    from pyspark.sql import functions as F

    factor = F.lit(0.0)
    for kind, weight in weights.items():
        factor = F.when(F.col("kind") == kind, F.lit(float(weight))).otherwise(factor)
    counted_layers = layers.withColumn("_factor", factor).filter("_factor > 0")
    pairs = counted_layers.groupBy("source", "target").agg(
        F.sum(F.col("_factor") * F.col("weight")).alias("weight")
    )
    total = F.col("weight")
    if saturation == "log":
        total = F.log1p(total)
    elif saturation is not None:
        total = F.least(total, F.lit(float(saturation)))
    pairs = lasting(pairs)
    return lasting(pairs.filter("weight > 0").withColumn("weight", total)), pairs.count()


def _nodes(rows: DataFrame, states: DataFrame, edges: DataFrame, timed: bool) -> DataFrame:
    """Return the table of people."""
    from pyspark.sql import functions as F

    people = (
        rows.select(F.col("source").alias("id"))
        .unionByName(rows.filter("target IS NOT NULL").select(F.col("target").alias("id")))
        .distinct()
    )
    acts = rows.filter(F.col("target").isNotNull() & ~_is_state()).select(
        "source", "target", "kind", "weight"
    )
    acts = acts.unionByName(states.select("source", "target", "kind", "weight"))
    kinds = sorted(row[0] for row in acts.select("kind").distinct().collect())
    tables = [_posts(rows)]
    for verb, end in (("given", "source"), ("received", "target")):
        sums = [
            F.sum(F.when(F.col("kind") == kind, F.col("weight")).otherwise(F.lit(0.0))).alias(
                f"{verb}_{kind}"
            )
            for kind in kinds
        ]
        tables.append(acts.groupBy(F.col(end).alias("id")).agg(*sums))
    tables.append(edges.groupBy(F.col("target").alias("id")).agg(F.count("*").alias("reactors")))
    for table in tables:
        people = people.join(table, "id", "left")
    people = people.fillna(0)
    return people.join(_seen(rows), "id", "left") if timed else people


def _posts(rows: DataFrame) -> DataFrame:
    """Return what each person posts: distinct items created where a network has items, else rows of posts."""
    from pyspark.sql import functions as F

    posts = rows.filter(F.col("kind") == POST)
    networks = []
    if "item" in rows.columns:
        networks = [row[0] for row in rows.filter("item IS NOT NULL").select("network").distinct().collect()]
    if not networks:
        return posts.groupBy(F.col("source").alias("id")).agg(F.sum("weight").alias("posts"))
    here = F.col("network").isin(*networks) & F.col("item").isNotNull()
    created = (
        rows.filter(here & ~F.col("kind").isin(*sorted(CREATE_NO_ITEM)))
        .groupBy(F.col("source").alias("id"))
        .agg(
            F.countDistinct("item").cast("double").alias("_items"),
            F.sum(F.when(F.col("target").isNotNull(), F.col("weight"))).alias("posts_given"),
        )
    )
    own = posts.filter(~here).groupBy(F.col("source").alias("id")).agg(F.sum("weight").alias("_rows"))
    both = created.join(own, "id", "full").fillna(0)
    return both.select("id", (F.col("_items") + F.col("_rows")).alias("posts"), "posts_given")


def _seen(rows: DataFrame) -> DataFrame:
    """Return when each person was first and last seen, and last reacted to."""
    from pyspark.sql import functions as F

    none = F.lit(None).cast("timestamp")
    reaction = F.when(
        (F.col("kind") != POST) & ~_is_state() & (F.col("kind") != "distrust"), F.col("timestamp")
    )
    ends = rows.select(F.col("source").alias("id"), "timestamp", none.alias("_reaction")).unionByName(
        rows.filter("target IS NOT NULL").select(
            F.col("target").alias("id"), "timestamp", reaction.alias("_reaction")
        )
    )
    return ends.groupBy("id").agg(
        F.min("timestamp").alias("first_seen"),
        F.max("timestamp").alias("last_seen"),
        F.max("_reaction").alias("last_reaction"),
    )
