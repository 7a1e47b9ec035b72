"""Methods in DataFrame form: joins and aggregations, no Python function per row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from influence_graph.centrality.visits_unit import visits_unit
from influence_graph.engines.spark_graph import SparkGraph
from influence_graph.errors import ConfigError, ConvergenceError, DataError, nearest
from influence_graph.methods import NaturalUnit
from influence_graph.methods.natural_unit import REACTION, REACTOR

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: From a graph and parameters to ``id``, ``raw`` (people left out have 0), the unit, diagnostics.
Computed: TypeAlias = tuple["DataFrame", NaturalUnit, dict[str, Any]]
SparkMethod: TypeAlias = Callable[[SparkGraph, Mapping[str, Any]], Computed]


def engagement(graph: SparkGraph, parameters: Mapping[str, Any]) -> Computed:
    """Return the in-strengths."""
    from pyspark.sql import functions as F

    return graph.edges.groupBy(F.col("target").alias("id")).agg(F.sum("weight").alias("raw")), REACTION, {}


def reactors(graph: SparkGraph, parameters: Mapping[str, Any]) -> Computed:
    """Return the in-degrees."""
    from pyspark.sql import functions as F

    return graph.nodes.select("id", F.col("reactors").cast("double").alias("raw")), REACTOR, {}


def activity(graph: SparkGraph, parameters: Mapping[str, Any]) -> Computed:
    """Return what each person does: posts and interactions, none counted as both."""
    from pyspark.sql import functions as F

    done = F.col("posts")
    for name in graph.nodes.columns:
        if name.startswith("given_"):
            done = done + F.col(name)
    if "posts_given" in graph.nodes.columns:
        left = done - F.col("posts_given")
        near = F.abs(left - F.rint(left)) <= 1e-9 * F.greatest(done, F.lit(1.0))
        done = F.greatest(F.when(near, F.rint(left)).otherwise(left), F.lit(0.0))
    return graph.nodes.select("id", done.alias("raw")), NaturalUnit("one post or interaction"), {}


def last_reaction(graph: SparkGraph, parameters: Mapping[str, Any]) -> Computed:
    """Return the seconds from the first row to the last reaction received, plus one."""
    from pyspark.sql import functions as F

    if "last_reaction" not in graph.nodes.columns:
        raise DataError(
            "last_reaction needs timestamps, and the log has none. "
            "Name their column: columns={'timestamp': …}."
        )
    first = graph.nodes.agg(F.unix_micros(F.min("first_seen"))).first()
    start = 0 if first is None or first[0] is None else first[0]
    seconds = (F.unix_micros("last_reaction") - F.lit(start)) / F.lit(1e6) + F.lit(1.0)
    raw = graph.nodes.select("id", F.coalesce(seconds, F.lit(0.0)).alias("raw"))
    return raw, NaturalUnit("one second"), {}


def pagerank(graph: SparkGraph, parameters: Mapping[str, Any]) -> Computed:
    """Return PageRank by power iteration: one join with the edges and one sum by target an iteration.

    Each iteration is written to the session's checkpoint folder, so that a lost executor costs the iteration
    it was lost in, and the plan does not grow.
    """
    from pyspark.sql import functions as F

    dangling, d = parameters["dangling"], float(parameters["damping"])
    start = _start(graph, parameters["personalization"])
    shares = graph.shares
    has_out = shares.select(F.col("source").alias("id")).distinct().withColumn("_out", F.lit(True))
    people = start.join(has_out, "id", "left").select(
        "id", "p", F.coalesce("_out", F.lit(False)).alias("out"), F.col("p").alias("x")
    )
    state = people.checkpoint()
    residual, mass, iterations = float("inf"), 0.0, 0
    while residual > parameters["tol"]:
        if iterations == parameters["max_iterations"]:
            raise ConvergenceError(
                f"pagerank reached an L1 residual of {residual:.2e} after {iterations} iterations, not "
                f"{parameters['tol']:.2g}. Raise max_iterations or tol, or lower the damping."
            )
        iterations += 1
        totals = state.agg(F.sum(F.when(F.col("out"), 0.0).otherwise(F.col("x")))).first()
        mass = 0.0 if totals is None else float(totals[0] or 0.0)
        flows = (
            state.filter("x > 0")
            .select(F.col("id").alias("source"), "x")
            .join(shares, "source")
            .groupBy(F.col("target").alias("id"))
            .agg(F.sum(F.col("x") * F.col("share")).alias("flow"))
        )
        flow, x = F.coalesce("flow", F.lit(0.0)), F.col("x")
        back = {
            "uniform": F.lit(mass / graph.n),
            "personalization": F.lit(mass) * F.col("p"),
            "self": F.when(F.col("out"), 0.0).otherwise(x),
        }[dangling]
        new = (1.0 - d) * F.col("p") + d * (flow + back)
        moved = state.join(flows, "id", "left").select(
            "id", "p", "out", new.alias("x"), F.abs(new - x).alias("by")
        )
        # Eager: the rows are written before the ones that they replace go.
        state = moved.checkpoint()
        change = state.agg(F.sum("by")).first()
        residual = float(change[0]) if change is not None else 0.0
    mass = float(
        (state.agg(F.sum(F.when(F.col("out"), 0.0).otherwise(F.col("x")))).first() or [0.0])[0] or 0.0
    )
    unit = _unit(graph, parameters, d, mass)
    return state.select("id", F.col("x").alias("raw")), unit, {"iterations": iterations, "residual": residual}


def _start(graph: SparkGraph, personalization: Mapping[Any, float] | None) -> DataFrame:
    from pyspark.sql import functions as F

    people = graph.nodes.select("id")
    if personalization is None:
        return people.withColumn("p", F.lit(1.0 / graph.n))
    total = float(sum(personalization.values()))
    rows = [(person, weight / total) for person, weight in personalization.items()]
    of = dict(people.dtypes)["id"]
    weights = graph.session.createDataFrame(rows, f"id {of}, p double")
    unknown = weights.join(people, "id", "left_anti").first()
    if unknown is not None:
        raise DataError(f"personalization: {unknown[0]!r} is not among the {graph.n:,} people of this graph.")
    return people.join(F.broadcast(weights), "id", "left").select(
        "id", F.coalesce("p", F.lit(0.0)).alias("p")
    )


def _unit(graph: SparkGraph, parameters: Mapping[str, Any], d: float, mass: float) -> NaturalUnit:
    """Return the unit y − 1; with a personalization the unit depends on weights a person, and is left out."""
    if parameters["personalization"] is not None:
        return NaturalUnit(
            "the average person", factor=float(graph.n),
            reason="on Spark a personalised PageRank has no natural unit yet",
        )  # fmt: skip
    factor = graph.n / (1.0 - d) if parameters["dangling"] == "self" else graph.n / (1.0 - d + d * mass)
    return visits_unit(factor)


METHODS: Mapping[str, SparkMethod] = {
    "activity": activity,
    "engagement": engagement,
    "last_reaction": last_reaction,
    "pagerank": pagerank,
    "reactors": reactors,
}


def spark_method(name: str) -> SparkMethod:
    """Return the DataFrame form of a method.

    Raises
    ------
    ConfigError
        If it has none; the message lists those that have.
    """
    if name not in METHODS:
        raise ConfigError(
            f"{name} has no form on Spark. These have: {', '.join(METHODS)}. {nearest(name, METHODS)} For "
            "the others bring the graph here: graph.to_local()."
        )
    return METHODS[name]


def aligned(graph: SparkGraph, raw: DataFrame) -> tuple[Any, np.ndarray[Any, np.dtype[np.float64]]]:
    """Return the sorted ids and the values of everybody, 0 where there is none, in this process."""
    import polars as pl
    from pyspark.sql import functions as F

    everybody = graph.nodes.select("id").join(raw, "id", "left").select("id", F.coalesce("raw", F.lit(0.0)))
    table = pl.from_arrow(everybody.toArrow())
    assert isinstance(table, pl.DataFrame)
    table = table.sort("id")
    return table["id"], table.to_series(1).to_numpy()
