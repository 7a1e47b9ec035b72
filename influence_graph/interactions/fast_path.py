"""Typed columns that are a log as they stand: read once, and made numbers while they are looked through.

Every test here is sufficient, not necessary. Where one fails, the log is read the slower way, which
finds the rows that can't be used or shows that there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from influence_graph.errors import SchemaError
from influence_graph.interactions.deduplicate import ROWS_COMPARED, SAME_ACT, in_sample
from influence_graph.interactions.encoded_log import ALWAYS, Batch, Encoder, Rows
from influence_graph.interactions.inspect_columns import Reading, Rules, collect
from influence_graph.interactions.log import HELD_ROWS, POST
from influence_graph.interactions.timestamps import parse_timestamp
from influence_graph.interactions.validate import FILE

#: Text from the first of these to before the second starts with a mark that can be seen: it is not blank.
_SEEN = ("!", "\x7f")
_LABELS = ("item", "parent", "topic")


@dataclass(frozen=True, eq=False)
class Plain:
    """A log in which nothing is amiss.

    Attributes
    ----------
    frame : polars.LazyFrame
        The rows that act on others, and posts.
    counts : polars.DataFrame
        ``FILE``, ``kind``, ``rows``, ``untimed``, ``selves`` and ``targetless``, a row a file and kind,
        self-interactions included.
    rows : Rows or None
        The same rows as numbers, if they are not too many to keep.
    compared : polars.DataFrame or None
        Those by which acts recorded twice are found in a long log.
    """

    frame: pl.LazyFrame
    counts: pl.DataFrame
    rows: Rows | None
    compared: pl.DataFrame | None


def plain(readings: Sequence[Reading], rules: Rules, *, ids: pl.DataType) -> Plain | None:
    """Return a log that can be taken as it stands, or None where something may be amiss."""
    if rules.signed or rules.kind_names or not all(_typed(reading, ids) for reading in readings):
        return None
    timed = "timestamp" in readings[0].dtypes
    if any(("timestamp" in reading.dtypes) != timed for reading in readings):
        return None
    frames = [_frame(reading, rules) for reading in readings]
    heights = [
        collect(reading.part, frame.select(pl.len())).item()
        for reading, frame in zip(readings, frames, strict=True)
    ]
    total = sum(heights)
    encoder = Encoder(ids, timed=timed, total=total, keep=total <= HELD_ROWS)
    compare = timed and total > ROWS_COMPARED
    looks = [_Look(_words(reading, rules), compare) for reading in readings]
    for reading, frame, look, height in zip(readings, frames, looks, heights, strict=True):
        try:
            encoder.add(frame, look, words=look.words)
        except _AmissError:
            return None
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise SchemaError(
                f"{reading.part.name}: the file can't be read: {str(error).splitlines()[0]}"
            ) from error
        if not height:
            return None
    labels = encoder.labels
    if not all(kind.strip() and network.strip() for kind, network in labels):
        return None
    people = encoder.people
    if ids == pl.String() and not ((people >= _SEEN[0]) & (people < _SEEN[1])).all():
        return None
    # Of text files ids that end with a space are counted.
    if ids == pl.String() and any(r.part.typed for r in readings) and people.str.ends_with(" ").any():
        return None
    counts = [
        look.counts(labels).select(pl.lit(file, pl.UInt32).alias(FILE), pl.all())
        for file, look in enumerate(looks)
    ]
    found = pl.concat(counts)
    post, late = pl.col("kind") == POST, (pl.col("untimed") > 0) & (pl.col("kind") != "follow")
    if found.select((late | (pl.col("targetless") != pl.when(post).then("rows").otherwise(0))).any()).item():
        return None
    rows = encoder.rows() if total <= HELD_ROWS else None
    if found["selves"].sum():
        frames = [frame.filter((pl.col("source") != pl.col("target")).fill_null(True)) for frame in frames]
        rows = (
            None
            if rows is None
            else rows.filter(
                pl.Series(np.concatenate([batch.source != batch.target for batch in rows.batches]))
            )
        )
    samples = [sample for look in looks for sample in look.samples]
    return Plain(pl.concat(frames, how="diagonal"), found, rows, pl.concat(samples) if samples else None)


class _AmissError(Exception):
    """The log can't be taken as it stands."""


@dataclass(eq=False)
class _Look:
    """Looks at the batches of a file, and counts rows by label."""

    words: dict[str, str]
    compare: bool
    samples: list[pl.DataFrame] = field(default_factory=list)
    _counts: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def __call__(self, batch: Batch, some: pl.DataFrame) -> None:
        if not (batch.weight.min() > 0 and batch.weight.max() < np.inf) or batch.source.min() < 0:
            raise _AmissError
        untimed = batch.time == ALWAYS if batch.time.dtype == np.int64 else np.zeros(0, dtype=bool)
        for name, rows in (
            ("selves", batch.source == batch.target),
            ("untimed", untimed),
            ("targetless", batch.target < 0),
        ):
            counted = np.bincount(batch.label[rows]) if rows.any() else np.zeros(0, dtype=np.int64)
            self._counts.setdefault(name, []).append(counted)
        self._counts.setdefault("rows", []).append(np.bincount(batch.label))
        if self.compare:
            words = {name: pl.lit(word) for name, word in self.words.items()}
            self.samples.append(some.filter(in_sample()).with_columns(**words).select(*SAME_ACT, "kind"))

    def counts(self, labels: Sequence[tuple[str, str]]) -> pl.DataFrame:
        """Return rows by kind: all, and those without a time, on oneself and without a target."""
        columns = {}
        for name, counted in self._counts.items():
            total = np.zeros(len(labels), dtype=np.int64)
            for some in counted:
                total[: some.size] += some
            columns[name] = total
        table = pl.DataFrame({"kind": [kind for kind, _ in labels], **columns})
        table = table.filter(pl.col("rows") > 0)
        return (
            table.group_by("kind").agg(pl.col("rows", "untimed", "selves", "targetless").sum()).sort("kind")
        )


def _typed(reading: Reading, ids: pl.DataType) -> bool:
    """Whether all columns are of the types that a log has."""
    expected = {"source": ids, "target": ids, "weight": pl.Float64()}
    expected |= dict.fromkeys(("kind", "network", *_LABELS), pl.String())
    dtypes = reading.dtypes
    fits = all(dtypes[name] == dtype for name, dtype in expected.items() if name in dtypes)
    return fits and not reading.part.text and isinstance(dtypes.get("timestamp", pl.Datetime()), pl.Datetime)


def _frame(reading: Reading, rules: Rules) -> pl.LazyFrame:
    """Return the columns of a log."""
    frame = reading.part.frame.select(pl.col(there).alias(here) for here, there in reading.labels.items())
    if "kind" in reading.dtypes:
        frame = frame.with_columns(pl.col("kind").fill_null(""))  # which is no word, so it will be seen
    if reading.part.held:
        frame = collect(reading.part, frame).lazy()
    return frame.with_columns(**_columns(reading, rules))


def _words(reading: Reading, rules: Rules) -> dict[str, str]:
    """Return the kind and the network, where they are the same in all rows."""
    words = {"kind": rules.kind or "interaction", "network": rules.network or "default"}
    return {name: word for name, word in words.items() if name not in reading.dtypes}


def _columns(reading: Reading, rules: Rules) -> dict[str, pl.Expr]:
    """Return the columns that are not in the file as they are."""
    columns: dict[str, pl.Expr] = {}
    if rules.orientation == "influence":
        columns |= {"source": pl.col("target"), "target": pl.col("source")}
    columns |= {name: pl.lit(word) for name, word in _words(reading, rules).items()}
    if "network" in reading.dtypes:
        columns["network"] = pl.col("network").fill_null(pl.lit(rules.network or "default"))
    if "timestamp" in reading.dtypes and reading.dtypes["timestamp"] != pl.Datetime("us", "UTC"):
        columns["timestamp"], _, _ = parse_timestamp(reading.dtypes["timestamp"], unit=None, guessed=False)
    if "weight" not in reading.dtypes:
        columns["weight"] = pl.lit(1.0)
    for name in _LABELS:
        if name in reading.dtypes:
            columns[name] = pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name))
    return columns
