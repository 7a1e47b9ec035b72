"""PageRank on Spark: power iteration, one join with the edges and one sum by target an iteration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from influence_graph.engines.spark_graph import Shares, SparkGraph
from influence_graph.engines.spark_session import drop, kept, partitions
from influence_graph.errors import ConfigError, ConvergenceError, DataError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


@dataclass(frozen=True, eq=False)
class Walk:
    """What the iteration came to.

    Attributes
    ----------
    state : pyspark.sql.DataFrame
        ``id``, ``p`` (the start), ``out`` (whether a person has out-edges), ``x`` (the share).
    iterations : int
        Iterations.
    residual : float
        The L1 norm of the last change.
    error : float
        Bound on the relative error of every share; infinite where somebody is no start.
    dangling_mass : float
        The share of people without out-edges.
    """

    state: DataFrame
    iterations: int
    residual: float
    error: float
    dangling_mass: float


def walk(graph: SparkGraph, parameters: Mapping[str, Any]) -> Walk:
    """Return the shares of PageRank; the parameters are those of the method.

    Each state is a checkpoint, so that the loss of an executor costs what it was computing at the time, and
    the plan does not grow. People are in the place of their edges: an iteration moves one row for each pair
    of a place and a target, and the values of hubs.

    Raises
    ------
    ConvergenceError
        If the residual is above ``tol`` after ``max_iterations``.
    """
    from pyspark.sql import functions as F

    if parameters.get("initial") is not None:
        raise ConfigError(
            "initial= has no form on Spark. Leave it out: it changes the number of iterations only."
        )
    d, dangling, shares = float(parameters["damping"]), parameters["dangling"], graph.shares
    people = start(graph, parameters["personalization"]).repartition(partitions(graph.session), "id")
    sources = shares.sources.select(F.col("source").alias("id"), F.lit(True).alias("_out")).hint("merge")
    people = people.join(sources, "id", "left").select(
        "id", "p", F.coalesce("_out", F.lit(False)).alias("out"), F.col("p").alias("x")
    )
    state, (_, _, mass) = _kept_and_summed(people.sortWithinPartitions("id"), F.lit(0.0))
    everybody_starts = parameters["personalization"] is None
    residual, error, iterations = float("inf"), float("inf"), 0
    while residual > parameters["tol"]:
        if iterations == parameters["max_iterations"]:
            raise ConvergenceError(
                f"pagerank reached an L1 residual of {residual:.2e} after {iterations} iterations, not "
                f"{parameters['tol']:.2g}. Raise max_iterations or tol, or lower the damping."
            )
        iterations += 1
        flow, x = F.coalesce("flow", F.lit(0.0)), F.col("x")
        back = {
            "uniform": F.lit(mass / graph.n),
            "personalization": F.lit(mass) * F.col("p"),
            "self": F.when(F.col("out"), 0.0).otherwise(x),
        }[dangling]
        new = (1.0 - d) * F.col("p") + d * (flow + back)
        moved = state.hint("merge").join(flows(state, shares), "id", "left")
        moved = moved.select("id", "p", "out", new.alias("x"), F.abs(new - x).alias("by"))
        before = state
        state, (residual, largest, mass) = _kept_and_summed(moved, F.col("by"))
        drop(before)
        # |x − G(x)| ≤ ε(1 − d)p for everybody implies an error of at most ε·x, as nothing here is negative.
        error = largest * graph.n / (1.0 - d) if everybody_starts else float("inf")
    return Walk(state, iterations, residual, error, mass)


def flows(state: DataFrame, shares: Shares) -> DataFrame:
    """Return what flows to each target: ``id``, ``flow``."""
    from pyspark.sql import functions as F

    at = state.select(F.col("id").alias("source"), "x")
    parts = (
        at.hint("merge")
        .join(shares.light, "source")
        .select("target", (F.col("x") * F.col("share")).alias("part"))
    )
    if shares.hubs is not None:
        hubs = at.join(F.broadcast(shares.hubs.select("source").distinct()), "source", "left_semi")
        of_hubs = shares.hubs.join(F.broadcast(hubs), "source")
        parts = parts.unionByName(of_hubs.select("target", (F.col("x") * F.col("share")).alias("part")))
    return parts.groupBy(F.col("target").alias("id")).agg(F.sum("part").alias("flow"))


def start(graph: SparkGraph, personalization: Mapping[Any, float] | None) -> DataFrame:
    """Return where the walk starts: ``id`` and ``p``, which sums to 1.

    Raises
    ------
    DataError
        If somebody is not in the graph.
    ConfigError
        If no weight is above 0.
    """
    from pyspark.sql import functions as F

    people = graph.nodes.select("id")
    if personalization is None:
        return people.withColumn("p", F.lit(1.0 / graph.n))
    weights = starts(graph, personalization)
    unknown = weights.join(people, "id", "left_anti").first()
    if unknown is not None:
        raise DataError(f"{unknown[0]!r} is not among the {graph.n:,} people of this graph.")
    # In units of the largest, as the sum of weights near 1e300 overflows.
    largest = max(personalization.values(), default=0.0)
    total = sum(weight / largest for weight in personalization.values()) if largest > 0 else 0.0
    if not 0.0 < total < float("inf"):
        raise ConfigError(
            f"The weights of personalization sum to {total:g}; give at least one person a weight above 0."
        )
    share = F.coalesce(F.col("weight") / F.lit(float(largest)) / F.lit(total), F.lit(0.0))
    return people.join(weights, "id", "left").select("id", share.alias("p"))


def starts(graph: SparkGraph, personalization: Mapping[Any, float]) -> DataFrame:
    """Return the weights of a personalization as ``id``, ``weight``."""
    of = dict(graph.nodes.dtypes)["id"]
    rows = [(person, float(weight)) for person, weight in personalization.items()]
    wrong = next((person for person, _ in rows if isinstance(person, str) != (of == "string")), None)
    if wrong is not None:
        raise DataError(f"{wrong!r} is not among the people of this graph, whose ids are {of}.")
    return graph.session.createDataFrame(rows, f"id {of}, weight double")


def _kept_and_summed(state: DataFrame, by: Column) -> tuple[DataFrame, tuple[float, float, float]]:
    """Return a checkpoint of a state, and what is added up while it is written.

    That is the sum and the largest of a column, and the share of people without out-edges.
    """
    from pyspark.sql import Observation
    from pyspark.sql import functions as F

    dangling = F.sum(F.when(F.col("out"), 0.0).otherwise(F.col("x")))
    seen = Observation()
    sums = (F.sum(by).alias("sum"), F.max(by).alias("largest"), dangling.alias("dangling"))
    done = kept(state.observe(seen, *sums).select("id", "p", "out", "x"))
    found = seen.get
    return done, (float(found["sum"]), float(found["largest"]), float(found["dangling"]))
