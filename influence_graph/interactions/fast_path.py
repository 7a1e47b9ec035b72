"""Fast path: columns that have a log's types already are validated while they are dictionary-encoded.

The rules are those of :func:`validated`, applied to distinct cases instead of row by row: each kind with and
without a target and a timestamp, the least and the greatest weight, each id. Where a rule is broken, the log
is validated row by row, which finds the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from influence_graph.arrays import IntArray
from influence_graph.errors import SchemaError
from influence_graph.interactions.deduplicate import (
    ROWS_COMPARED,
    coincidence_notes,
    cross_posts,
    may_coincide,
)
from influence_graph.interactions.dictionary import Words
from influence_graph.interactions.encoded_log import ALWAYS, Batch, Encoder, Rows
from influence_graph.interactions.id_spelling import (
    BENT,
    LOST,
    gone_notes,
    may_be_bent,
    same_names,
    spelling_notes,
)
from influence_graph.interactions.inspect_columns import Reading, recognised_kinds
from influence_graph.interactions.log import HELD_ROWS
from influence_graph.interactions.reader_options import Rules
from influence_graph.interactions.repeats import act_hashes, compared_rows, count_rows, may_repeat
from influence_graph.interactions.sources import ROW, collect
from influence_graph.interactions.time_span import outermost, span_of
from influence_graph.interactions.timestamps import FIRST_US, LAST_US, parse_timestamp
from influence_graph.interactions.validate import FILE, PROBLEM, label_columns, validated, words_of

#: Text from the first of these to before the second starts with a visible ASCII character: it is an id.
_VISIBLE = ("!", "\x7f")
#: Of each kind and network: whether rows lack a time, a target, a source, and whether some have a target; and
#: the least and the greatest weights.
Cases: TypeAlias = tuple[tuple[tuple[Any, ...], ...], frozenset[float]]
_COUNTS = ("rows", "untimed", "selves", "targetless", "sourceless")


@dataclass(frozen=True, eq=False)
class ValidLog:
    """A log in which every row is valid.

    Attributes
    ----------
    frame : polars.LazyFrame
        The rows without self-interactions.
    counts : polars.DataFrame
        ``FILE``, ``kind``, ``rows``, ``untimed``, ``selves`` and ``targetless``, a row a file and kind,
        self-interactions included.
    rows : Rows or None
        The same rows encoded, if they are not too many to keep.
    span : tuple of two datetimes or None
        First and last time; None without timestamps.
    notes : tuple of str
        What a careful reader should know of kinds, ids and times.
    """

    frame: pl.LazyFrame
    counts: pl.DataFrame
    rows: Rows | None
    span: tuple[datetime, datetime] | None = None
    notes: tuple[str, ...] = ()


def encode_valid(readings: Sequence[Reading], rules: Rules, *, ids: pl.DataType) -> ValidLog | None:
    """Return a log with all its rows, or None where a row may be invalid or must be changed."""
    if rules.signed or rules.kind_names or not all(_has_types(reading, ids) for reading in readings):
        return None
    timed = "timestamp" in readings[0].dtypes
    if any(("timestamp" in reading.dtypes) != timed for reading in readings):
        return None
    heights = [collect(reading.part, reading.part.frame.select(pl.len())).item() for reading in readings]
    if not all(heights):
        return None
    total = sum(heights)
    # Of more rows only a sample is compared: they are passed over once, and most are never asked for again.
    frames = [_frame(reading, rules, held=total <= ROWS_COMPARED) for reading in readings]
    encoder = Encoder(ids, timed=timed, total=total, keep=total <= HELD_ROWS)
    summaries = [_Summary(reading, rules, ids, encoder, total > ROWS_COMPARED) for reading in readings]
    for frame, summary in zip(frames, summaries, strict=True):
        try:
            encoder.add(frame, summary, words=summary.words)
        except _InvalidError:
            return None
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise SchemaError(
                f"{summary.reading.part.name}: the file can't be read: {str(error).splitlines()[0]}"
            ) from error
    people, notes = encoder.people, []
    if ids == pl.String():
        if _needs_a_closer_look(people, readings, rules):
            return None
        notes = spelling_notes(people) + gone_notes(people)
        people = people.filter(~((people >= _VISIBLE[0]) & (people < _VISIBLE[1])))
        # Ids of text files that begin or end with a space are counted, row by row.
        spaces = encoder.people.str.ends_with(" ").any() or people.str.starts_with(" ").any()
        if spaces and any(reading.part.typed for reading in readings):
            return None
    else:
        people = people.clear()  # any integer is an id
    if not all(summary.is_valid(people) for summary in summaries):
        return None
    counts = [
        summary.counts().select(pl.lit(file, pl.UInt32).alias(FILE), pl.all())
        for file, summary in enumerate(summaries)
    ]
    found = pl.concat(counts)
    items = any("item" in reading.dtypes for reading in readings)
    if any(recognised_kinds([replace(readings[0], kinds=tuple(found["kind"].unique()))], rules)):
        return None
    notes += same_names(sorted({network for _, network in encoder.labels}))
    if items and (found["selves"].sum() or _several_networks(encoder, frames, rules)):
        return None
    notes = _coincidences(summaries, encoder) + notes
    span, notes_on_times = span_of([ends for summary in summaries for ends in summary.ends])
    rows = encoder.rows() if total <= HELD_ROWS else None
    if found["selves"].sum():
        frames = [frame.filter((pl.col("source") != pl.col("target")).fill_null(True)) for frame in frames]
        if rows is not None:
            rows = rows.filter(pl.Series(np.concatenate([b.source != b.target for b in rows.batches])))
    return ValidLog(pl.concat(frames, how="diagonal"), found, rows, span, (*notes, *notes_on_times))


def _coincidences(summaries: Sequence[_Summary], encoder: Encoder) -> list[str]:
    """Return notes on kinds under which acts are recorded that are there under another kind too."""
    kinds, networks = (pl.Series([label[place] for label in encoder.labels]) for place in (0, 1))
    compared = [one for summary in summaries for one in summary.compared]
    if kinds.n_unique() < 2 or not compared:
        return []
    alike = may_repeat(np.concatenate([hashes for _, hashes in compared]))
    rows, again, some = Counter[str](), Counter[str](), []
    for batch, hashes in compared:
        some.append(np.flatnonzero(alike[: len(hashes)]))
        alike = alike[len(hashes) :]
        for counts, label in ((rows, batch.label), (again, batch.label[some[-1]])):
            for kind, count in zip(kinds, np.bincount(label, minlength=len(kinds)).tolist(), strict=True):
                counts[kind] += count
    if not may_coincide(again, rows):
        return []
    frames = [
        pl.DataFrame(
            {
                "source": act.source,
                "target": act.target,
                "network": networks.gather(act.label),
                "timestamp": act.times(),
                "kind": kinds.gather(act.label),
            }
        )
        for act in (batch.picked(kept) for (batch, _), kept in zip(compared, some, strict=True))
    ]
    found = pl.concat(frames).filter(pl.col("timestamp") != ALWAYS)
    return coincidence_notes(found, rows, sample=summaries[0].sample)


def _needs_a_closer_look(people: pl.Series, readings: Sequence[Reading], rules: Rules) -> bool:
    """Whether an id may be bent or a word for none, or a row of text repeats the header."""
    headers = {name for reading in readings if reading.part.typed for name in _header(reading)}
    if people.is_in([*rules.missing, *headers]).any():
        return True
    suspect = people.to_frame("id").filter(may_be_bent(pl.col("id")))["id"]
    return bool(suspect.str.contains(f"{BENT}|{LOST}").any())


def _header(reading: Reading) -> list[str]:
    names = [reading.labels[end] for end in ("source", "target") if end in reading.labels]
    return [form for name in names for form in (name, name.lower(), name.upper(), name.capitalize())]


def _several_networks(encoder: Encoder, frames: Sequence[pl.LazyFrame], rules: Rules) -> bool:
    """Whether an interaction is there on several networks, and not each row of it counts."""
    if rules.cross_posts == "each" or len({network for _, network in encoder.labels}) < 2:
        return False
    return cross_posts(pl.concat(frames, how="diagonal")) is not None


class _InvalidError(Exception):
    """A row of the batch is not valid."""


@dataclass(eq=False)
class _Summary:
    """What the rules need to know of the rows of one file, collected batch by batch."""

    reading: Reading
    rules: Rules
    ids: pl.DataType
    encoder: Encoder
    sample: bool
    compared: list[tuple[Batch, Words]] = field(default_factory=list)
    ends: list[IntArray] = field(default_factory=list)
    _counts: IntArray = field(default_factory=lambda: np.zeros((0, len(_COUNTS)), dtype=np.int64))
    _weights: set[float] = field(default_factory=set)
    _known: Cases | None = None

    def __post_init__(self) -> None:
        given = words_of(self.reading, self.rules)
        self.words = {name: word for name, word in given.items() if name not in self.reading.dtypes}

    def __call__(self, batch: Batch, time: IntArray) -> None:
        first, before, label = not len(self._counts), self._counts, batch.label.astype(np.int32, copy=False)
        self._counts = np.zeros((max(len(before), int(label.max()) + 1), len(_COUNTS)), dtype=np.int64)
        count_rows(batch.source, batch.target, label, time, self._counts, ALWAYS)
        untimed, selves = self._counts[:, 1:3].sum(axis=0).tolist()
        self._counts[: len(before)] += before
        if time.size:
            ends = outermost(time[time != ALWAYS] if untimed else time)
            if ends.size and not FIRST_US <= ends[0] <= ends[-1] <= LAST_US:
                raise _InvalidError
            if selves:
                ends = outermost(time[(time != ALWAYS) & (batch.source != batch.target)])
            self.ends.append(ends)
            rows = compared_rows(batch.source, batch.target, time, self.sample, ALWAYS)
            acts = batch if len(rows) == len(batch) else batch.picked(rows)
            self.compared.append((acts, act_hashes(acts.source, acts.target, acts.times())))
        self._weights |= {float(batch.weight.min()), float(batch.weight.max())}
        if first and not self.is_valid(pl.Series([], dtype=self.ids)):
            raise _InvalidError

    def _table(self) -> list[tuple[str, str, dict[str, int]]]:
        """Return the counts of each kind and network that the file has."""
        rows = [
            (*label, dict(zip(_COUNTS, counts, strict=True)))
            for label, counts in zip(self.encoder.labels, self._counts.tolist(), strict=False)
        ]
        return [row for row in rows if row[2]["rows"]]

    def counts(self) -> pl.DataFrame:
        """Return rows by kind: all, and those without a time, on oneself and without a target."""
        total: dict[str, dict[str, int]] = {}
        for kind, _, counts in self._table():
            known = total.setdefault(kind, dict.fromkeys(_COUNTS, 0))
            total[kind] = {name: known[name] + count for name, count in counts.items()}
        rows = [{"kind": kind, **total[kind]} for kind in sorted(total)]
        return pl.DataFrame(rows, schema={"kind": pl.String()} | dict.fromkeys(_COUNTS, pl.Int64()))

    def _cases(self) -> Cases:
        """Return what a rule can depend on: the distinct cases of a kind and network, and the weights."""
        labels = []
        for kind, network, counts in self._table():
            lacking = (counts[name] > 0 for name in ("untimed", "targetless", "sourceless"))
            labels.append((kind, network, *lacking, counts["targetless"] < counts["rows"]))
        return tuple(labels), frozenset(self._weights)

    def is_valid(self, people: pl.Series) -> bool:
        """Whether the rules hold for the rows so far and these ids, and leave kind and network unchanged."""
        cases = self._cases()
        if people.is_empty() and cases == self._known:
            return True
        examples = self._examples(cases, people)
        raw = examples.rename({"source": "target", "target": "source"} if self._turned else {})
        names = [name for name in raw.columns if name in {*self.reading.dtypes, "target", "source"}]
        dtypes = {name: raw.schema[name] for name in names}
        reading = replace(self.reading, raw=raw.lazy().select(names).with_row_index(ROW), dtypes=dtypes)
        frame, _ = validated(reading, self.rules, ids=self.ids, unit=None, file=0)
        found = frame.collect()
        same = found.select("kind", "network").equals(examples.select("kind", "network"))
        self._known = cases if same and not (found[PROBLEM] > 0).any() else None
        return self._known is not None

    @property
    def _turned(self) -> bool:
        return self.rules.orientation == "influence"

    def _examples(self, cases: Cases, people: pl.Series) -> pl.DataFrame:
        """Return rows that break a rule if and only if a row of the file does."""
        someone = pl.Series([0 if self.ids == pl.Int64() else "x"], dtype=self.ids)[0]
        moment = datetime(2000, 1, 1, tzinfo=UTC)
        timed = "timestamp" in self.reading.dtypes
        rows: list[dict[str, Any]] = []
        for kind, network, untimed, targetless, sourceless, targets in cases[0]:
            row = {"source": someone, "target": someone, "kind": kind, "network": network, "weight": 1.0}
            row |= {"timestamp": moment} if timed else {}
            without = {**row, "target": None}
            rows += [row] * targets + [without] * targetless
            rows += [{**rows[-1], "timestamp": None}] * (timed and untimed)
            rows += [{**rows[-1], "source": None}] * sourceless
        rows += [{**rows[0], "weight": weight} for weight in cases[1]]
        schema = {"source": self.ids, "target": self.ids, "weight": pl.Float64()}
        schema |= {"kind": pl.String(), "network": pl.String()}
        schema |= {"timestamp": pl.Datetime("us", "UTC")} if timed else {}
        examples = pl.DataFrame(rows, schema=schema)
        named = examples[:1].drop("source").join(people.to_frame("source"), how="cross")
        return pl.concat([examples, named.select(examples.columns)])


def _has_types(reading: Reading, ids: pl.DataType) -> bool:
    """Whether all columns are of the types that a log has."""
    expected = {"source": ids, "target": ids, "weight": pl.Float64()}
    expected |= dict.fromkeys(("kind", "network", "item", "parent", "topic"), pl.String())
    dtypes = reading.dtypes
    fits = all(dtypes[name] == dtype for name, dtype in expected.items() if name in dtypes)
    fits &= not reading.undirected
    return fits and not reading.part.text and isinstance(dtypes.get("timestamp", pl.Datetime()), pl.Datetime)


def _frame(reading: Reading, rules: Rules, *, held: bool) -> pl.LazyFrame:
    """Return the columns of a log; ``held``: in memory, if the file is."""
    frame = reading.part.frame.select(pl.col(there).alias(here) for here, there in reading.labels.items())
    if "kind" in reading.dtypes:
        frame = frame.with_columns(pl.col("kind").fill_null(""))  # which is refused as null is
    if held and reading.part.held:
        frame = collect(reading.part, frame).lazy()
    words, columns = words_of(reading, rules), label_columns(reading, rules)[0]
    if rules.orientation == "influence":
        columns |= {"source": pl.col("target"), "target": pl.col("source")}
    columns |= {name: pl.lit(word) for name, word in words.items() if name not in reading.dtypes}
    if "network" in reading.dtypes:
        columns["network"] = pl.col("network").fill_null(pl.lit(words["network"]))
    if "timestamp" in reading.dtypes and reading.dtypes["timestamp"] != pl.Datetime("us", "UTC"):
        columns["timestamp"], _, _ = parse_timestamp(reading.dtypes["timestamp"], unit=None, guessed=False)
    if "weight" not in reading.dtypes:
        columns["weight"] = pl.lit(1.0)
    return frame.with_columns(**columns)
