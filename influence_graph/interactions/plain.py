"""Typed columns that are a log as they stand: looked through once, without a test a row and a reason.

Every test here is sufficient, not necessary. Where one fails, the log is read the slower way, which
finds the rows that can't be used or shows that there are none.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from influence_graph.interactions.canonical import FILE
from influence_graph.interactions.log import POST
from influence_graph.interactions.survey import Reading, Rules, collect
from influence_graph.interactions.timestamps import parse_timestamp

#: Text from the first of these to before the second starts with a mark that can be seen: it is not blank.
_SEEN = ("!", "\x7f")
_LABELS = ("item", "parent", "topic")


def plain(
    readings: Sequence[Reading], rules: Rules, *, ids: pl.DataType
) -> tuple[pl.LazyFrame, pl.DataFrame] | None:
    """Return the rows of a log and counts of them, or None where something may be amiss.

    The rows are those that act on others, and posts. The counts are ``FILE``, ``kind``, ``rows``,
    ``untimed`` and ``selves``, a row a file and kind, self-interactions included.
    """
    if rules.signed or rules.kind_names or not all(_typed(reading, ids) for reading in readings):
        return None
    frames, counts = [], []
    for file, reading in enumerate(readings):
        frame = reading.part.frame.select(pl.col(there).alias(here) for here, there in reading.labels.items())
        if reading.part.held:
            frame = collect(reading.part, frame).lazy()
        frame = frame.with_columns(**_columns(reading, rules))
        found = collect(reading.part, _counted(frame, reading))
        if found.is_empty() or not found["in_order"].all():
            return None
        if any(not (word or "").strip() for word in found["kind"]):
            return None
        if any(word is not None and not word.strip() for word in found["network"]):
            return None
        found = found.group_by("kind").agg(pl.col("rows", "untimed", "selves").sum()).sort("kind")
        counts.append(found.select(pl.lit(file, pl.UInt32).alias(FILE), pl.all()))
        if found["selves"].sum():
            frame = frame.filter((pl.col("source") != pl.col("target")).fill_null(True))
        frames.append(frame)
    return pl.concat(frames, how="diagonal"), pl.concat(counts)


def _typed(reading: Reading, ids: pl.DataType) -> bool:
    """Whether all columns are of the types that a log has."""
    expected = {"source": ids, "target": ids, "weight": pl.Float64()}
    expected |= dict.fromkeys(("kind", "network", *_LABELS), pl.String())
    dtypes = reading.dtypes
    fits = all(dtypes[name] == dtype for name, dtype in expected.items() if name in dtypes)
    return fits and not reading.part.text and isinstance(dtypes.get("timestamp", pl.Datetime()), pl.Datetime)


def _columns(reading: Reading, rules: Rules) -> dict[str, pl.Expr]:
    """Return the columns that are not in the file as they are."""
    columns: dict[str, pl.Expr] = {}
    if rules.orientation == "influence":
        columns |= {"source": pl.col("target"), "target": pl.col("source")}
    if "kind" not in reading.dtypes:
        columns["kind"] = pl.lit(rules.kind or "interaction")
    network = pl.lit(rules.network or "default")
    columns["network"] = pl.col("network").fill_null(network) if "network" in reading.dtypes else network
    if "timestamp" in reading.dtypes and reading.dtypes["timestamp"] != pl.Datetime("us", "UTC"):
        columns["timestamp"], _, _ = parse_timestamp(reading.dtypes["timestamp"], unit=None, guessed=False)
    if "weight" not in reading.dtypes:
        columns["weight"] = pl.lit(1.0)
    for name in _LABELS:
        if name in reading.dtypes:
            columns[name] = pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name))
    return columns


def _counted(frame: pl.LazyFrame, reading: Reading) -> pl.LazyFrame:
    """Return rows by kind and network, and whether all of them can be used."""
    source, target, weight, time = (pl.col(name) for name in ("source", "target", "weight", "timestamp"))
    post = pl.col("kind").first() == POST
    targets = pl.when(post).then(target.null_count() == pl.len()).otherwise(target.null_count() == 0)
    tests = [source.null_count() == 0, targets]
    if reading.dtypes["source"] == pl.String:
        for end in (source, target):
            tests.append(((end >= _SEEN[0]) & (end < _SEEN[1])).all())
    if "weight" in reading.dtypes:
        tests += [weight.null_count() == 0, ((weight > 0) & (weight < float("inf"))).all()]
    untimed = pl.len()
    if "timestamp" in reading.dtypes:
        untimed = time.null_count()
        tests.append((untimed == 0) | (pl.col("kind").first() == "follow"))
    return frame.group_by("kind", "network").agg(
        rows=pl.len(), untimed=untimed, selves=(source == target).sum(), in_order=pl.all_horizontal(tests)
    )
