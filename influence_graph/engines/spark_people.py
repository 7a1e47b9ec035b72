"""The table of people of a graph on Spark: what the rows of a log say of each, added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from influence_graph.interactions.log import CREATE_NO_ITEM, POST, STATES

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


def people_table(
    rows: DataFrame, states: DataFrame, edges: DataFrame, kinds: list[str], networks: list[str]
) -> DataFrame:
    """Return the table of people: what each row says of its ends, added up once.

    ``networks`` are those that have items.
    """
    from pyspark.sql import functions as F

    given, received = (
        {f"{verb}_{kind}": F.sum(_where(F.col("_role") == verb, F.col("kind") == kind)) for kind in kinds}
        for verb in ("given", "received")
    )
    sums = {"posts": F.sum(_where(F.col("_role") == "post"))}
    if networks:
        sums["posts_given"] = F.sum(_where(F.col("_role") == "given", F.col("_creates")))
    sums |= given | received
    sums["reactors"] = F.count_if(F.col("_role") == "edge")
    if "timestamp" in rows.columns:
        sums["first_seen"], sums["last_seen"] = F.min("timestamp"), F.max("timestamp")
        reaction = (F.col("_role") == "received") & (F.col("kind") != "distrust")
        sums["last_reaction"] = F.max(F.when(reaction, F.col("timestamp")))
    said = _said(rows, states, edges, networks)
    people = said.groupBy("id").agg(*(column.alias(name) for name, column in sums.items()))
    if not networks:
        return people
    made = rows.filter(_creates(networks)).groupBy(F.col("source").alias("id"))
    items = made.agg(F.countDistinct("item").cast("double").alias("_items"))
    both = F.col("posts") + F.coalesce("_items", F.lit(0.0))
    return people.join(items, "id", "left").withColumn("posts", both).drop("_items")


def _where(role: Column, also: Column | bool = True) -> Column:
    """Return the weight where both hold, else 0."""
    from pyspark.sql import functions as F

    return F.when(role & also, F.col("weight")).otherwise(F.lit(0.0))


def _creates(networks: list[str]) -> Column:
    """Whether a row creates an item, on one of these networks."""
    from pyspark.sql import functions as F

    return _has_item(networks) & ~F.col("kind").isin(*sorted(CREATE_NO_ITEM))


def _has_item(networks: list[str]) -> Column:
    """Whether a row has an item, on one of these networks; without networks there may be no such column."""
    from pyspark.sql import functions as F

    return F.col("network").isin(*networks) & F.col("item").isNotNull() if networks else F.lit(False)


def _said(rows: DataFrame, states: DataFrame, edges: DataFrame, networks: list[str]) -> DataFrame:
    """Return what rows say of people, a row for each end, with the role that it has there.

    A role is that in an act, "given" or "received"; "post" for one without an item, which is not counted
    among the items; "edge" for a reactor; and "seen" for what only tells that somebody was there.
    """
    from pyspark.sql import functions as F

    time = F.col("timestamp") if "timestamp" in rows.columns else F.lit(None).cast("timestamp")

    def of(frame: DataFrame, end: str, role: Column, *, at: Column, creates: Column) -> DataFrame:
        columns = [F.col(end).alias("id"), role.alias("_role"), creates.alias("_creates"), "kind", "weight"]
        return frame.select(*columns, at.alias("timestamp"))

    none, no = F.lit(None).cast("timestamp"), F.lit(False)
    acts = F.col("target").isNotNull() & ~is_state()
    posts = (F.col("kind") == POST) & ~_has_item(networks)
    role = F.when(acts, F.lit("given")).when(posts, F.lit("post")).otherwise(F.lit("seen"))
    said = of(rows, "source", role, at=time, creates=_creates(networks))
    there = rows.filter("target IS NOT NULL")
    role = F.when(acts, F.lit("received")).otherwise(F.lit("seen"))
    said = said.unionByName(of(there, "target", role, at=time, creates=no))
    for end, verb in (("source", "given"), ("target", "received")):
        said = said.unionByName(of(states, end, F.lit(verb), at=none, creates=no))
    edge = edges.withColumn("kind", F.lit(None).cast("string"))
    return said.unionByName(of(edge, "target", F.lit("edge"), at=none, creates=no))


def is_state() -> Column:
    """Whether a row begins or ends a state, as a follow does, rather than being an act."""
    from pyspark.sql import functions as F

    return F.col("kind").isin(*sorted(STATES))
