"""The target of a row on Spark that only names its parent: the author of that item in the same log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from influence_graph.engines.spark_columns import ORDER, text
from influence_graph.interactions.log import POST
from influence_graph.interactions.parents import NO_POST

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def with_targets(frame: DataFrame, options: Mapping[str, Any]) -> DataFrame:
    """Return the frame with the targets that the parents of rows tell; it always has a column ``target``.

    Where the author is not known the row becomes a post of its own item, without parent; a retweet or a
    like, or a row without item, keeps no target, which makes it unusable.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
        With columns as the log calls them.
    options : mapping
        Those of ``read_interactions``.
    """
    from pyspark.sql import functions as F

    types = dict(frame.dtypes)
    if not {"source", "item", "parent"} <= set(types):
        return frame
    without = "target" not in types
    if without:
        frame = frame.withColumn("target", F.lit(None).cast(types["source"]))
        types = dict(frame.dtypes)
    value = {name: text(name, types, ()) for name in ("source", "target", "item", "parent")}
    place = F.lit(options["network"] or "default")
    value["network"] = F.coalesce(text("network", types, ()), place) if "network" in types else place
    kind = text("kind", types, ()) if "kind" in types else F.lit(options["kind"] or "interaction")
    posts = [POST, *(old for old, new in options["kind_names"].items() if new == POST)]
    frame = frame.withColumn("kind", kind)
    reacts = F.coalesce(~F.col("kind").isin(*posts), F.lit(True))
    lacks = F.coalesce(value["target"].isNull() & value["parent"].isNotNull() & reacts, F.lit(False))
    if not without and frame.filter(lacks).isEmpty():
        return frame if "kind" in types else frame.drop("kind")
    items = frame.filter(value["item"].isNotNull()).select(
        value["network"].alias("_network"), value["item"].alias("_item"), F.col("source").alias("_by"), ORDER
    )
    # Of rows that name one item the first is its author's.
    here = items.groupBy("_network", "_item").agg(F.min_by("_by", ORDER).alias("_author"))
    anywhere = here.groupBy(F.col("_item").alias("_item_anywhere")).agg(
        F.when(F.countDistinct("_author") == 1, F.first("_author")).alias("_author_anywhere")
    )
    # Only rows that need an author are joined: the others, without a parent, would all meet in one place.
    needy = frame.filter(lacks).withColumns({"_here": value["network"], "_parent": value["parent"]})
    both = (F.col("_here") == F.col("_network")) & (F.col("_parent") == F.col("_item"))
    joined = needy.join(here, both, "left").join(
        anywhere, F.col("_parent") == F.col("_item_anywhere"), "left"
    )
    author = F.coalesce("_author", "_author_anywhere")
    no_post = F.coalesce(F.col("kind").isin(*NO_POST), F.lit(False)) | value["item"].isNull()
    fell_back = author.isNull() & ~no_post
    found = joined.withColumns(
        {
            "target": author.cast(types["target"]),
            "kind": F.when(fell_back, F.lit(POST)).otherwise(F.col("kind")),
            "parent": F.when(~fell_back, F.col("parent")),
        }
    )
    others = frame.filter(~lacks)
    if without:
        # A file without targets: a row that has no parent either is a post, where its kind can be one.
        opens = value["parent"].isNull() & value["item"].isNotNull() & ~F.col("kind").isin(*NO_POST)
        others = others.withColumn("kind", F.when(opens, F.lit(POST)).otherwise(F.col("kind")))
    return others.unionByName(found.select(*frame.columns))
