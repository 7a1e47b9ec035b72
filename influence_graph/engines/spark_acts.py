"""Rows of a log on Spark that tell one act twice, tell none, or are copies on several networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from influence_graph.engines.spark_columns import PROBLEM
from influence_graph.engines.spark_session import here
from influence_graph.engines.spark_tally import Tally
from influence_graph.errors import SchemaError, counted
from influence_graph.interactions.deduplicate import ROWS_COMPARED, SAME_ACT, SAME_POST, notes_of_pairs
from influence_graph.interactions.log import CREATE_NO_ITEM, POST

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_REASON, _OWN = "_reason", "_own_answer"
_SELF = "self-interaction"


def with_reasons(
    log: DataFrame, options: Mapping[str, Any], one_act: Sequence[str] | None
) -> tuple[DataFrame, pl.DataFrame]:
    """Add why an act counts once only or not at all; return what is counted over all rows, too, in one pass.

    That is for each ``PROBLEM``, reason, kind and network the rows, those without a time, and the answers to
    oneself, which are posts.
    """
    from pyspark.sql import functions as F

    timed = "timestamp" in log.columns
    if one_act is not None and not timed:
        raise SchemaError(
            "one_act compares timestamps, and the log has none. Name the column: columns={'timestamp': …}."
        )
    own = F.lit(False)
    if "item" in log.columns:
        # An answer to oneself that created an item is activity, and no reaction.
        creates = F.col("item").isNotNull() & ~F.col("kind").isin(*sorted(CREATE_NO_ITEM), POST)
        own = F.coalesce((F.col("source") == F.col("target")) & creates, F.lit(False))
    log = log.withColumn(_OWN, own).withColumns(
        {
            "kind": F.when(F.col(_OWN), F.lit(POST)).otherwise(F.col("kind")),
            "target": F.when(~F.col(_OWN), F.col("target")),
        }
    )
    reason = F.when(F.col("source") == F.col("target"), F.lit(_SELF))
    if options["leave_out"]:
        named = [F.col(end).cast("string").isin(*options["leave_out"]) for end in ("source", "target")]
        unwanted = named[0] | F.coalesce(named[1], F.lit(False))
        reason = F.when(unwanted, F.lit("names an id of leave_out")).otherwise(reason)
    if one_act is not None:
        twice = F.format_string("recorded twice: a %s that is there as another kind", "kind")
        reason = F.when(_recorded_twice(one_act), twice).otherwise(reason)
    log = log.withColumn(_REASON, reason)
    untimed = F.sum(F.col("timestamp").isNull().cast("int") if timed else F.lit(1)).alias("untimed")
    rows, owned = F.count("*").alias("rows"), F.sum(F.col(_OWN).cast("int")).alias("own")
    found = here(log.groupBy(PROBLEM, _REASON, "kind", "network").agg(rows, untimed, owned))
    return log, found.sort(PROBLEM, _REASON, "kind")


def deduplicated(
    log: DataFrame,
    found: pl.DataFrame,
    options: Mapping[str, Any],
    tally: Tally,
    one_act: Sequence[str] | None,
) -> tuple[DataFrame, list[str]]:
    """Leave out rows with a problem or a reason, and count the reasons; return the networks too.

    The first two are what :func:`with_reasons` returned.
    """
    from pyspark.sql import functions as F

    timed, found = "timestamp" in log.columns, found.filter(pl.col(PROBLEM) == 0)
    _check_times(found, timed)
    if own_answers := int(found["own"].sum()):
        are = counted(own_answers, "answer to oneself counts", "answers to oneself count")
        tally.notes.insert(0, f"{are} as a {POST}, not as a reaction")
    for why, count in found.drop_nulls(_REASON).select(_REASON, "rows").iter_rows():
        tally.leave_out(why, count)
    kinds = set(found["kind"])
    absent = [old for old, new in options["kind_names"].items() if new not in kinds]
    tally.notes += [f"kind_names: no row is of kind {old!r}" for old in absent]
    if one_act is not None and len(kinds.intersection(one_act)) < 2:
        tally.notes.append(f"one_act: the log has fewer than two of the kinds {', '.join(one_act)}")
    log = log.filter(F.col(_REASON).isNull() & (F.col(PROBLEM) == 0)).drop(PROBLEM, _REASON, _OWN)
    if timed and len(kinds) > 1:
        tally.notes += _coincidences(log, tally.kept)
    return log, sorted(found.filter(pl.col(_REASON).is_null())["network"].unique())


def split_cross_posts(log: DataFrame, tally: Tally) -> DataFrame:
    """Return the log with each interaction of several networks weighing what one does."""
    from pyspark.sql import functions as F

    if "item" not in log.columns:
        return log
    counts = F.count("*").cast("double").alias("_copies"), F.countDistinct("network").alias("_networks")
    several = (
        log.filter("item IS NOT NULL").groupBy(*SAME_POST).agg(*counts).filter("_networks > 1").persist()
    )
    found = several.agg(F.count("*"), F.sum("_copies")).first()
    if found is None or not found[0]:
        return log
    tally.notes.append(
        f"{int(found[1]):,} rows are copies of {counted(found[0], 'interaction')} on several networks: each "
        "of m copies weighs 1/m; cross_posts='each' counts them all"
    )
    renamed = several.select(*(F.col(name).alias(f"_{name}") for name in SAME_POST), "_copies")
    same = [log[name].eqNullSafe(renamed[f"_{name}"]) for name in SAME_POST]
    joined = log.join(renamed, same[0] & same[1] & same[2] & same[3], "left")
    split = joined.withColumn("weight", F.col("weight") / F.coalesce("_copies", F.lit(1.0)))
    return split.drop("_copies", *(f"_{name}" for name in SAME_POST))


def _check_times(found: pl.DataFrame, timed: bool) -> None:
    if not timed and "unfollow" in found["kind"]:
        raise SchemaError(
            "There are rows of kind 'unfollow' and no timestamps, so nobody can say what holds. Name the "
            "column that has them, columns={'timestamp': …}; or leave the unfollows out."
        )


def _recorded_twice(kinds: Sequence[str]) -> Column:
    """Whether a row repeats, as a later one of these kinds, an act that is there as an earlier one."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    place = F.lit(None).cast("int")
    for number, name in enumerate(kinds):
        of = (F.col("kind") == name) & (F.col(PROBLEM) == 0)
        place = F.when(of, F.lit(number)).otherwise(place)
    first = F.min(place).over(Window.partitionBy(*SAME_ACT))
    return F.coalesce((place > first) & F.col("target").isNotNull(), F.lit(False))


def _coincidences(log: DataFrame, rows: int) -> list[str]:
    """Return notes on kinds whose rows coincide with another's, judged by a million rows of whole acts."""
    from pyspark.sql import functions as F

    share = -(-rows // ROWS_COMPARED)
    acts = log.filter(F.col("target").isNotNull()).select(*SAME_ACT, "kind")
    if share > 1:
        acts = acts.filter(F.pmod(F.xxhash64(*SAME_ACT), F.lit(share)) == 0)
    by_kind = acts.repartition(*SAME_ACT).groupBy(*SAME_ACT, "kind").agg(F.count("*").alias("rows"))
    there = by_kind.groupBy(*SAME_ACT).agg(F.collect_list(F.struct("kind", "rows")).alias("_there"))
    each = there.select("timestamp", "_there", F.explode("_there").alias("_one"))
    both = each.select("timestamp", "_one", F.explode("_there.kind").alias("kind_other"))
    # Rows without a time agree with none; a kind beside itself has all its rows.
    kept = F.col("timestamp").isNotNull() | (F.col("_one.kind") == F.col("kind_other"))
    counts = both.filter(kept).groupBy(F.col("_one.kind").alias("kind"), "kind_other")
    pairs = here(counts.agg(F.sum("_one.rows").alias("rows")))
    alone = pl.col("kind") == pl.col("kind_other")
    totals = dict(pairs.filter(alone).select("kind", "rows").iter_rows())
    return notes_of_pairs(pairs.filter(~alone), totals, sample=share > 1)
