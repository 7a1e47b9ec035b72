"""Accounts of a log on Spark become people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from influence_graph.engines.spark_tally import Tally
from influence_graph.errors import counted
from influence_graph.interactions.identities import check_distinct, read_identities

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_MERGED = "self-interaction once accounts are people"


def as_people(log: DataFrame, identities: Any, networks: Sequence[str], tally: Tally) -> DataFrame:
    """Make accounts people, and leave out what the merge turns into self-interactions."""
    from pyspark.sql import functions as F

    table = None if identities is None else read_identities(identities)
    known = None
    if table is not None:
        check_distinct(table, list(networks))
        known = log.sparkSession.createDataFrame(table.to_arrow())
        ends = [log.select("network", F.col(end).alias("account")) for end in ("source", "target")]
        seen = known.join(ends[0].unionByName(ends[1]), ["network", "account"], "left_semi").count()
        if seen < len(table):
            listed = counted(len(table), "listed account")
            tally.notes.append(f"identities: of {listed} the log lacks {len(table) - seen:,}")
    for end in ("source", "target"):
        parts = [
            F.replace(F.replace(F.col(of), F.lit("%"), F.lit("%25")), F.lit("/"), F.lit("%2F"))
            for of in ("network", end)
        ]
        account = F.concat(parts[0], F.lit("/"), parts[1])
        if known is None:
            log = log.withColumn(end, account)
            continue
        renamed = known.select(
            F.col("network").alias("_network"), F.col("account").alias("_account"), "person"
        )
        matches = (F.col("network") == F.col("_network")) & (F.col(end) == F.col("_account"))
        joined = log.withColumn("_own", account).join(renamed, matches, "left")
        log = joined.withColumn(end, F.coalesce("person", "_own"))
        log = log.drop("person", "_own", "_account", "_network")
    merged = F.coalesce(F.col("source") == F.col("target"), F.lit(False))
    tally.leave_out(_MERGED, log.filter(merged).count())
    return log.filter(~merged)
