"""The engine "spark": public functions on logs and graphs that live on a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from influence_graph.engine import Engine, engine
from influence_graph.engines.spark_graph import SparkGraph, build
from influence_graph.engines.spark_log import SparkLog, read_log
from influence_graph.engines.spark_methods import aligned, spark_method
from influence_graph.engines.spark_session import check_installed, check_running
from influence_graph.errors import ConfigError, DataError
from influence_graph.methods import Raw, get_method
from influence_graph.methods.natural_unit import NaturalUnit
from influence_graph.scoring._scale import Scale
from influence_graph.scoring._score import scores_of_raw

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: Results of more people than this stay on the cluster.
MOST_PEOPLE = 20_000_000


@dataclass(frozen=True, eq=False)
class SparkScores:
    """Scores of more people than fit this process.

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
        found = pl.from_arrow(self.spark.orderBy("rank", "id").limit(k).toArrow())
        assert isinstance(found, pl.DataFrame)
        return found


def score(
    graph: SparkGraph,
    method: str = "pagerank",
    *,
    scale: Scale = "log",
    reference: Any = None,
    most_people: int = MOST_PEOPLE,
    rng: Any = None,
    **parameters: Any,
) -> Any:
    """Score the people of a graph on Spark; ``Scores`` where they are at most ``most_people``.

    Raises
    ------
    ConfigError
        If the method has no form on Spark, or a parameter is unknown or out of range.
    """
    check_running(graph.session)
    entry = get_method(method)
    compute = spark_method(method)
    for name in ("uncertainty", "ranks", "people", "replicates", "confidence"):
        if parameters.pop(name, None) is not None:
            raise ConfigError(
                f"{name}= has no form on Spark: intervals resample the log in this process. Leave it out."
            )
    resolved = entry.resolve(parameters)
    raw, unit, diagnostics = compute(graph, resolved)
    if graph.n > most_people:
        return _on_the_cluster(graph, raw, method, resolved, unit, diagnostics, scale, reference)
    ids, values = aligned(graph, raw)
    found = Raw(values, diagnostics=diagnostics, unit=unit)
    fingerprint = f"spark:{graph.n}:{graph.n_edges}:{graph.weighting}"
    return scores_of_raw(ids, found, entry, resolved, scale, reference, fingerprint)


def _on_the_cluster(
    graph: SparkGraph,
    raw: DataFrame,
    method: str,
    parameters: Mapping[str, Any],
    unit: NaturalUnit,
    diagnostics: Mapping[str, Any],
    scale: str,
    reference: Any,
) -> SparkScores:
    """Scale and rank without bringing a value here: values are counted, then joined back."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    if scale != "log":
        raise ConfigError(f"scale={scale!r} has no form on Spark for so many people; take 'log'.")
    frozen = getattr(reference, "reference", reference)
    everybody = (
        graph.nodes.select("id")
        .join(raw, "id", "left")
        .select("id", F.coalesce("raw", F.lit(0.0)).alias("raw"))
    )
    natural = F.greatest(F.col("raw") * F.lit(unit.factor) - F.lit(float(unit.offset)), F.lit(0.0))
    everybody = everybody.withColumn("natural", natural).persist()
    found = everybody.agg(F.max("natural")).first()
    top = float(frozen.top) if frozen is not None else float(found[0] if found is not None else 0.0)
    points = F.lit(1.0) + F.lit(99.0) * F.log1p(F.least("natural", F.lit(top))) / F.log1p(F.lit(top or 1.0))
    counts = everybody.groupBy("natural").agg(F.count("*").alias("_ties"))
    above = F.sum("_ties").over(
        Window.orderBy(F.col("natural").desc()).rowsBetween(Window.unboundedPreceding, -1)
    )
    rank = F.coalesce(above, F.lit(0)) + (F.col("_ties") + 1) / 2.0
    ranks = counts.select("natural", rank.alias("rank"))
    ranked = everybody.join(ranks, "natural").select(
        "id", "raw", points.alias("score"),
        (100.0 * (F.lit(graph.n) - F.col("rank") + 0.5) / graph.n).alias("percentile"), "rank",
    )  # fmt: skip
    return SparkScores(ranked, method, parameters, unit, diagnostics)


def to_local(graph: SparkGraph) -> Any:
    """Return the graph in this process, with its layers and table of people, without the rows of its log.

    Raises
    ------
    DataError
        If it has more people than ``MOST_PEOPLE``.
    """
    import numpy as np
    from scipy.sparse import coo_array

    from influence_graph.graph.graph import InfluenceGraph
    from influence_graph.linalg.csr import as_canonical

    if graph.n > MOST_PEOPLE:
        raise DataError(
            f"The graph has {graph.n:,} people, more than the {MOST_PEOPLE:,} that this process takes."
        )
    nodes = pl.from_arrow(graph.nodes.toArrow())
    assert isinstance(nodes, pl.DataFrame)
    nodes = nodes.sort("id").with_columns(pl.col(pl.Datetime).cast(pl.Datetime("us", "UTC")))
    ids = nodes["id"]

    def matrix(frame: DataFrame) -> Any:
        table = pl.from_arrow(frame.select("source", "target", "weight").toArrow())
        assert isinstance(table, pl.DataFrame)
        places = [ids.search_sorted(table[end]).to_numpy() for end in ("source", "target")]
        return as_canonical(
            coo_array((table["weight"].to_numpy(), places), shape=(len(ids), len(ids))).tocsr()
        )

    names = [(row[0], row[1]) for row in graph.layers.select("kind", "network").distinct().collect()]
    layers = {
        (kind, network): matrix(
            graph.layers.filter((graph.layers["kind"] == kind) & (graph.layers["network"] == network))
        )
        for kind, network in sorted(names)
    }
    adjacency = matrix(graph.edges)
    reactors = np.diff(adjacency.T.tocsr().indptr)
    return InfluenceGraph(
        ids=ids, layers=layers, adjacency=adjacency,
        nodes=nodes.with_columns(pl.Series("reactors", reactors)),
        weighting=graph.weighting, report=graph.report, notes=graph.notes,
    )  # fmt: skip


def compare(scores: Mapping[str, Any], **parameters: Any) -> Any:
    """Refuse scores that stay on the cluster; those that came here are compared like any others."""
    raise ConfigError(
        f"These scores are of more than {MOST_PEOPLE:,} people and stay on the cluster. Compare a part: "
        "scores.spark.sample(0.1), or score(graph, most_people=…) where this process has the memory."
    )


def features(graph: SparkGraph, **parameters: Any) -> Any:
    """Compute features in this process, from the graph brought here."""
    from influence_graph.networks._features import features as local

    return local(to_local(graph), **parameters)


def history(log: SparkLog, method: str = "pagerank", **parameters: Any) -> Any:
    """Score people at regular times, one graph a time."""
    raise ConfigError("history has no form on Spark yet. Build graphs with as_of= one after the other.")


@engine("spark")
def spark() -> Engine:
    """Return the engine."""
    check_installed()
    return Engine("spark", read_log, build, score, compare, features, history)
