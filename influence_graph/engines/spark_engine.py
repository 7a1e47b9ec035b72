"""The engine "spark": public functions on logs and graphs that live on a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from influence_graph.arrays import FloatArray
from influence_graph.engine import Engine, engine
from influence_graph.engines.spark_graph import MOST_PEOPLE, SparkGraph, build
from influence_graph.engines.spark_history import history
from influence_graph.engines.spark_log import read_log
from influence_graph.engines.spark_methods import METHODS, SparkRaw, local_raw, spark_feature, spark_method
from influence_graph.engines.spark_session import check_running, here, kept, partitions, told
from influence_graph.errors import ConfigError, DataError
from influence_graph.interactions.log import is_event
from influence_graph.methods import get_method
from influence_graph.methods.natural_unit import NaturalUnit
from influence_graph.scoring._scale import Scale
from influence_graph.scoring._score import scores_of_raw
from influence_graph.scoring.frozen_scale import check_reference

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, eq=False)
class SparkScores:
    """Scores of more people than come to this process.

    Attributes
    ----------
    spark : pyspark.sql.DataFrame
        ``id``, ``raw``, ``score``, ``percentile``, ``rank``.
    method : str
        The method.
    parameters : mapping
        All its parameters.
    unit : NaturalUnit
        From raw to natural values.
    diagnostics : mapping
        Iterations, residual.
    """

    spark: DataFrame
    method: str
    parameters: Mapping[str, Any]
    unit: NaturalUnit
    diagnostics: Mapping[str, Any]
    engine: str = "spark"

    def top(self, k: int = 10) -> pl.DataFrame:
        """Return the rows of the k highest people."""
        check_running(self.spark.sparkSession)
        return here(self.spark.orderBy("rank", "id").limit(k))


def score(
    graph: SparkGraph,
    method: str = "pagerank",
    *,
    scale: Scale = "log",
    reference: Any = None,
    most_people: int = MOST_PEOPLE,
    rng: Any = None,
    uncertainty: str | None = None,
    **parameters: Any,
) -> Any:
    """Score the people of a graph on Spark; ``Scores`` where they are at most ``most_people``.

    Raises
    ------
    ConfigError
        If the method has no form on Spark, or a parameter is unknown or out of range.
    """
    check_running(graph.session)
    entry, compute = get_method(method), spark_method(method)
    if uncertainty is not None:
        raise ConfigError(
            "uncertainty= has no form on Spark: intervals resample the log in this process. Leave it out."
        )
    resolved = entry.resolve(parameters)
    frozen = getattr(reference, "reference", reference)
    if frozen is not None:
        check_reference(frozen, entry, resolved)
    with told():
        raw = compute(graph, resolved)
    if graph.n > most_people:
        return _on_the_cluster(graph, raw, method, resolved, scale, frozen)
    ids, found = local_raw(graph, raw)
    return scores_of_raw(ids, found, entry, resolved, scale, reference, graph.fingerprint)


def _on_the_cluster(
    graph: SparkGraph, raw: SparkRaw, method: str, parameters: Mapping[str, Any], scale: str, frozen: Any
) -> SparkScores:
    """Scale and rank without bringing a value here: values are counted, then joined back."""
    from pyspark.sql import functions as F

    if scale != "log":
        raise ConfigError(f"scale={scale!r} has no form on Spark for so many people; take 'log'.")
    if frozen is not None and not raw.unit.comparable:
        raise ConfigError(
            f"{method} has no natural unit with these parameters, so a reference over other people is "
            f"refused: {raw.unit.reason}. Compare percentiles or ranks."
        )
    # Merged, as a broadcast would pass through this process.
    values = raw.values.withColumn("natural", raw.natural).hint("merge")
    everybody = graph.nodes.select("id").join(values, "id", "left")
    everybody = kept(
        everybody.select("id", *(F.coalesce(name, F.lit(0.0)).alias(name) for name in ("raw", "natural")))
    )
    ranks = _ranks(everybody, partitions(graph.session))
    with told():
        found = everybody.agg(F.max("natural")).first()
    assert found is not None
    top = float(found[0]) if frozen is None else float(frozen.top)
    least = F.least(F.col("natural"), F.lit(top))
    points = (
        F.lit(1.0) + F.lit(99.0) * F.log1p(least) / F.log1p(F.lit(top))
        if top > 0
        else F.when(F.col("natural") > 0, 100.0).otherwise(1.0)
    )
    percentile = 100.0 * (F.lit(graph.n) - F.col("rank") + 0.5) / graph.n
    ranked = everybody.join(ranks.hint("merge"), "natural").select(
        "id", "raw", points.alias("score"), percentile.alias("percentile"), "rank"
    )
    return SparkScores(ranked, method, parameters, raw.unit, raw.diagnostics)


def _ranks(everybody: DataFrame, places: int) -> DataFrame:
    """Return the rank of each natural value: 1 is the highest, ties have their average.

    Values are dealt to places by their size; a place needs to know only how many people are in those above.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    ties = everybody.groupBy("natural").agg(F.count("*").alias("_ties"))
    ties = ties.repartitionByRange(places, F.col("natural").desc())
    ties = kept(ties.withColumn("_place", F.spark_partition_id()))
    sizes = here(ties.groupBy("_place").agg(F.sum("_ties").alias("people"))).sort("_place")
    before = sizes["people"].cum_sum() - sizes["people"]
    rows = list(zip(sizes["_place"].to_list(), before.to_list(), strict=True))
    above = everybody.sparkSession.createDataFrame(rows, "_place int, _above bigint")
    within = Window.partitionBy("_place").orderBy(F.col("natural").desc())
    so_far = F.coalesce(F.sum("_ties").over(within.rowsBetween(Window.unboundedPreceding, -1)), F.lit(0))
    rank = F.col("_above") + so_far + (F.col("_ties") + 1) / 2.0
    return ties.join(F.broadcast(above), "_place").select("natural", rank.alias("rank"))


def compare(scores: Mapping[str, Any], **parameters: Any) -> Any:
    """Refuse what stays on the cluster; scores that came here are compared like any others."""
    if parameters.get("graph") is not None:
        raise ConfigError(
            "compare(graph=…) deals the episodes of a log into halves in this process, and this graph's log "
            "is on Spark. Leave graph out: that compares the scores as they are."
        )
    raise DataError(
        "These scores stay on the cluster, and compare works in this process. Score again with a larger "
        "most_people=, where the memory is, or compare a sample of scores.spark."
    )


def features(
    graph: SparkGraph,
    names: Sequence[str] | None = None,
    *,
    networks: Sequence[str] | None = None,
    rng: Any = None,
) -> pl.DataFrame:
    """Return the features of each person on each network, those by default that have a form on Spark.

    Raises
    ------
    ConfigError
        If a feature is unknown or has no form on Spark, or there is no such network.
    DataError
        If a network lacks what a feature needs.
    """
    check_running(graph.session)
    kinds = [kind for kind in graph.kinds if is_event(kind)]
    chosen = list(names) if names is not None else [f"received_{kind}" for kind in kinds]
    if names is None:
        chosen += [name for name in ("reactors", "posts", "pagerank") if name in METHODS]
    tables = []
    for network in networks if networks is not None else graph.networks:
        try:
            part = graph.network(network)
        except DataError:
            if networks is not None:
                raise
            continue
        columns: dict[str, pl.Series | FloatArray] = {}
        people: pl.Series | None = None
        for name in chosen:
            kind = name.removeprefix("received_")
            compute, parameters = spark_feature(name)
            if name.startswith("received_") and kind in kinds and kind not in part.kinds:
                columns[name] = pl.zeros(part.n, eager=True)
                continue
            try:
                ids, found = local_raw(part, compute(part, parameters))
            except DataError:
                if names is not None:
                    raise
                columns[name] = pl.Series([None] * part.n, dtype=pl.Float64)
                continue
            people, columns[name] = ids, found.natural
        if people is None:
            people = here(part.nodes.select("id")).to_series().sort()
        tables.append(pl.DataFrame({"network": [network] * part.n, "id": people, **columns}))
    if not tables:
        raise DataError(
            "No network has an edge of weight above 0, so there are no features. Give a kind one."
        )
    return pl.concat(tables)


@engine("spark")
def spark() -> Engine:
    """Return the engine; what it needs is looked for when a log is read."""
    return Engine("spark", read_log, build, score, compare, features, history)
