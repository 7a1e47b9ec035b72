"""Methods in DataFrame form: joins and aggregations, no Python function per row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray
from influence_graph.centrality.personalization import equal_weights
from influence_graph.centrality.visits_unit import unit_of_shares, visits_unit
from influence_graph.engines.spark_graph import SparkGraph
from influence_graph.engines.spark_pagerank import Walk, starts, walk
from influence_graph.engines.spark_session import here
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.interactions.log import is_event
from influence_graph.methods import NaturalUnit, Raw, get_method
from influence_graph.methods.natural_unit import REACTION, REACTOR
from influence_graph.networks._features import feature_method
from influence_graph.networks._multinetwork import weights_by_network

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


@dataclass(frozen=True, eq=False)
class SparkRaw:
    """What a method returns on Spark.

    Attributes
    ----------
    values : pyspark.sql.DataFrame
        ``id``, ``raw``, and ``offset`` where that of the unit differs between people. People left out have 0.
    unit : NaturalUnit
        From raw to natural values.
    diagnostics : mapping
        Plain numbers and words.
    resolution : callable
        From values, shape (k,), to bounds on their numerical error.
    log_error : float
        Bound on the error of ln(1 + natural value).
    """

    values: DataFrame
    unit: NaturalUnit
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    resolution: Callable[[FloatArray], FloatArray | float] = lambda values: 0.0
    log_error: float = 0.0

    @property
    def natural(self) -> Column:
        """The values in the natural unit."""
        from pyspark.sql import functions as F

        given = "offset" in self.values.columns
        offset = F.col("offset") if given else F.lit(float(self.unit.offset))
        return F.greatest(F.col("raw") * F.lit(self.unit.factor) - offset, F.lit(0.0))


SparkMethod: TypeAlias = Callable[[SparkGraph, Mapping[str, Any]], SparkRaw]


def engagement(graph: SparkGraph, parameters: Mapping[str, Any]) -> SparkRaw:
    """Return the in-strengths."""
    from pyspark.sql import functions as F

    sums = graph.edges.groupBy(F.col("target").alias("id")).agg(F.sum("weight").alias("raw"))
    return SparkRaw(sums, REACTION)


def reactors(graph: SparkGraph, parameters: Mapping[str, Any]) -> SparkRaw:
    """Return the in-degrees."""
    return SparkRaw(_of_nodes(graph, "reactors"), REACTOR)


def posts(graph: SparkGraph, parameters: Mapping[str, Any]) -> SparkRaw:
    """Return the number of posts."""
    if graph.nodes.filter("posts > 0").isEmpty():
        raise DataError(
            "posts needs posts, and this log has none. Name the column of items, columns={'item': …}, or add "
            "a row of kind 'post' with an empty target for every post."
        )
    return SparkRaw(_of_nodes(graph, "posts"), NaturalUnit("one post"))


def received(graph: SparkGraph, parameters: Mapping[str, Any]) -> SparkRaw:
    """Return the reactions of one kind received, or of every kind of event, without kind weights."""
    from pyspark.sql import functions as F

    kind = parameters["kind"]
    if kind is not None and kind not in graph.kinds:
        raise ConfigError(f"There is no kind {kind!r}. {nearest(kind, graph.kinds)}")
    chosen = [name for name in graph.kinds if name == kind or (kind is None and is_event(name))]
    layers = graph.layer_edges.filter(F.col("kind").isin(*chosen))
    return SparkRaw(layers.groupBy(F.col("target").alias("id")).agg(F.sum("weight").alias("raw")), REACTION)


def followers(graph: SparkGraph, parameters: Mapping[str, Any]) -> SparkRaw:
    """Return the number of distinct people who follow, on any network."""
    from pyspark.sql import functions as F

    if "follow" not in graph.kinds:
        raise DataError(
            "followers needs who follows whom, and this graph does not tell. Add rows of kind 'follow' to "
            "the log."
        )
    follows = graph.layer_edges.filter("kind = 'follow'").groupBy(F.col("target").alias("id"))
    counts = follows.agg(F.countDistinct("source").cast("double").alias("raw"))
    return SparkRaw(counts, NaturalUnit("one follower"))


def activity(graph: SparkGraph, parameters: Mapping[str, Any]) -> SparkRaw:
    """Return what each person does: posts and interactions, none counted as both."""
    from pyspark.sql import functions as F

    done = F.col("posts")
    for name in graph.nodes.columns:
        if name.startswith("given_"):
            done = done + F.col(f"`{name}`")
    if "posts_given" in graph.nodes.columns:
        left = done - F.col("posts_given")
        near = F.abs(left - F.rint(left)) <= 1e-9 * F.greatest(done, F.lit(1.0))
        done = F.greatest(F.when(near, F.rint(left)).otherwise(left), F.lit(0.0))
    values = graph.nodes.select("id", done.cast("double").alias("raw"))
    return SparkRaw(values, NaturalUnit("one post or interaction"))


def last_reaction(graph: SparkGraph, parameters: Mapping[str, Any]) -> SparkRaw:
    """Return the seconds from the first row to the last reaction received, plus one."""
    from pyspark.sql import functions as F

    if "last_reaction" not in graph.nodes.columns:
        raise DataError(
            "last_reaction needs to know when things happened, and this log has no timestamps. "
            "Name the column that holds them: read_interactions(…, columns={'timestamp': …})."
        )
    first = graph.nodes.agg(F.unix_micros(F.min("first_seen"))).first()
    start = 0 if first is None or first[0] is None else first[0]
    # Polars divides by a constant by multiplying with its reciprocal: the last bit is the same this way.
    seconds = (F.unix_micros("last_reaction") - F.lit(start)) * F.lit(1 / 1e6) + F.lit(1.0)
    raw = graph.nodes.select("id", F.coalesce(seconds, F.lit(0.0)).alias("raw"))
    return SparkRaw(raw, NaturalUnit("one second"))


def pagerank(graph: SparkGraph, parameters: Mapping[str, Any]) -> SparkRaw:
    """Return PageRank."""
    from pyspark.sql import functions as F

    found = walk(graph, parameters)
    d, p = float(parameters["damping"]), parameters["personalization"]
    diagnostics = {
        "iterations": found.iterations,
        "residual": found.residual,
        "dangling_mass": found.dangling_mass,
    }
    # The shares are x = y/Σy of the visits y = p + d·Pᵀy.
    total = 1.0 / (1.0 - d if parameters["dangling"] == "self" else 1.0 - d + d * found.dangling_mass)
    values = found.state.select("id", F.col("x").alias("raw"))
    if p is None or parameters["dangling"] == "uniform":
        # This unit depends on nothing but the number of people.
        unit = unit_of_shares(SimpleNamespace(n=graph.n), total, p, parameters["dangling"])  # type: ignore[arg-type]
    else:
        weight = F.coalesce("weight", F.lit(0.0)).alias("offset")
        values = values.join(starts(graph, p), "id", "left").select("id", "raw", weight)
        unit = visits_unit(float(sum(p.values())) * total)
    return _with_errors(SparkRaw(values, unit, diagnostics), found, d)


def _with_errors(raw: SparkRaw, found: Walk, d: float) -> SparkRaw:
    """Return the result with bounds on its errors: d·residual/(1 − d), and where it is smaller a share."""
    absolute = d * found.residual / (1.0 - d)

    def resolution(values: FloatArray) -> FloatArray:
        return (
            np.minimum(absolute, found.error * values)
            if np.isfinite(found.error)
            else np.full(len(values), absolute)
        )

    log_error = min(raw.unit.factor * absolute, found.error)
    return replace(raw, resolution=resolution, log_error=log_error)


def trustrank(graph: SparkGraph, parameters: Mapping[str, Any]) -> SparkRaw:
    """Return PageRank that starts and restarts at seeds."""
    from pyspark.sql import functions as F

    given = {**parameters, "personalization": equal_weights(parameters["seeds"])}
    found = walk(graph, {**given, "dangling": "personalization"})
    d, diagnostics = (
        float(parameters["damping"]),
        {"iterations": found.iterations, "residual": found.residual},
    )
    values = found.state.select("id", F.col("x").alias("raw"))
    unit = NaturalUnit("all trust of the seeds")
    return _with_errors(SparkRaw(values, unit, diagnostics), found, d)


def multinetwork(graph: SparkGraph, parameters: Mapping[str, Any]) -> SparkRaw:
    """Return the weighted mean of the logarithms of features, by network, then by person."""
    from pyspark.sql import functions as F

    plan = weights_by_network(graph, parameters["weights"], parameters["networks"])  # type: ignore[arg-type]
    for weights in plan.values():
        for name in weights:
            spark_feature(name)
    used = [
        network
        for network in plan
        if any(
            layer.edges and graph.weighting.kinds[kind] > 0
            for (kind, of), layer in graph.layers.items()
            if of == network
        )
    ]
    parts, reasons, error = None, [], 0.0
    for network in used:
        part = graph.network(network)
        for name, weight in plan[network].items():
            of, own = spark_feature(name)
            raw = of(part, own)
            values = raw.values.select("id", (F.lit(weight) * F.log1p(raw.natural)).alias("part"))
            parts = values if parts is None else parts.unionByName(values)
            error += weight * raw.log_error
            if raw.unit.reason:
                reasons.append(f"{name}: {raw.unit.reason}")
    assert parts is not None
    found = parts.groupBy("id").agg(F.expm1(F.sum("part")).alias("raw"))
    diagnostics = {
        "networks": ", ".join(used),
        "network_weights": ", ".join(f"{network} {sum(plan[network].values()):.4g}" for network in used),
        "share_of_reactions": _share_of_reactions(graph, used),
    }
    unit = NaturalUnit("the weighted geometric mean of 1 + the features is 2", reason="; ".join(reasons))
    # d(e^S − 1) = e^S·dS.
    return SparkRaw(found, unit, diagnostics, lambda values: (1.0 + values) * error, error)


def _share_of_reactions(graph: SparkGraph, used: list[str]) -> float:
    """Return the share of all reactions that is on these networks and of a kind of weight above 0."""
    counted = {name: name[1] in used and graph.weighting.kinds[name[0]] > 0 for name in graph.layers}
    whole = sum(layer.weight for name, layer in graph.layers.items() if counted[name] or is_event(name[0]))
    part = sum(layer.weight for name, layer in graph.layers.items() if counted[name])
    return round(part / whole, 12) if whole else 0.0


def _of_nodes(graph: SparkGraph, column: str) -> DataFrame:
    from pyspark.sql import functions as F

    return graph.nodes.select("id", F.col(column).cast("double").alias("raw"))


METHODS: Mapping[str, SparkMethod] = {
    "activity": activity,
    "engagement": engagement,
    "followers": followers,
    "last_reaction": last_reaction,
    "multinetwork": multinetwork,
    "pagerank": pagerank,
    "posts": posts,
    "reactors": reactors,
    "received": received,
    "trustrank": trustrank,
}


def spark_method(name: str) -> SparkMethod:
    """Return the DataFrame form of a method.

    Raises
    ------
    ConfigError
        If it has none; the message lists those that have.
    """
    get_method(name)
    if name not in METHODS:
        raise ConfigError(
            f"{name} has no form on Spark. These have: {', '.join(METHODS)}. For the others bring the graph "
            "here: graph.to_local()."
        )
    return METHODS[name]


def spark_feature(name: str) -> tuple[SparkMethod, Mapping[str, Any]]:
    """Return the DataFrame form of a feature: a method, or ``received_<kind>``; and its parameters."""
    entry, parameters = feature_method(name)
    return spark_method(entry.name), parameters


def local_raw(graph: SparkGraph, raw: SparkRaw) -> tuple[pl.Series, Raw]:
    """Return the sorted ids and the values of everybody, 0 where there is none, in this process."""
    from pyspark.sql import functions as F

    names = [name for name in raw.values.columns if name != "id"]
    filled = [F.coalesce(name, F.lit(0.0)).alias(name) for name in names]
    table = here(graph.nodes.select("id").join(raw.values, "id", "left").select("id", *filled)).sort("id")
    unit = raw.unit
    if "offset" in names:
        unit = replace(unit, offset=table["offset"].to_numpy())
    values = table["raw"].to_numpy()
    return table["id"], Raw(values, diagnostics=raw.diagnostics, unit=unit, resolution=raw.resolution(values))
