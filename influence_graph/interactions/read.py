"""Read an interaction log from files or frames, and say what was left out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

import polars as pl

from influence_graph.errors import ConfigError, SchemaError, nearest
from influence_graph.interactions.canonical import (
    EMPTY_LINE,
    FILE,
    PROBLEM,
    ROW,
    UNITS,
    Problem,
    Reading,
    Rules,
    canonical,
    check_columns,
    id_type,
    survey,
    time_unit,
)
from influence_graph.interactions.log import COLUMNS, Interactions, ReadReport
from influence_graph.interactions.one_act import coincidences, recorded_twice
from influence_graph.interactions.people import as_people, check_distinct, read_identities, unseen
from influence_graph.interactions.sources import Columns, Part, open_source
from influence_graph.interactions.text import SURPLUS, TextLayout

OnError = Literal["raise", "skip"]
#: Raised when the reader makes other rows of the same file, so that fingerprints differ.
_VERSION = 1
_SELF = "self-interaction"
_MERGED = "self-interaction once accounts are people"
_REASON = "_reason"


def read_interactions(
    source: Any,
    *,
    format: str | None = None,
    columns: Columns | None = None,
    kind: str | None = None,
    network: str | None = None,
    kind_names: Mapping[str, str] | None = None,
    time_unit: Literal["s", "ms", "us", "ns"] | None = None,
    separator: str | None = None,
    header: bool | None = None,
    comment: str | None = "#",
    ids: Literal["auto", "text"] = "auto",
    orientation: Literal["attention", "influence"] = "attention",
    signed: bool = False,
    accounts: Literal["shared", "separate"] = "shared",
    identities: Any = None,
    one_act: Sequence[str] | None = None,
    on_error: OnError = "raise",
) -> Interactions:
    """Read a log of who acted on whom.

    A row says that ``source`` acted on ``target``: attention goes from source to target. Columns that
    the log does not know are left alone; ``report.notes`` names them.

    Parameters
    ----------
    source : path, list of paths, folder, glob or frame
        Files end in .parquet, .csv, .tsv, .txt or .edgelist (fields with spaces between them),
        .ndjson or .jsonl, and may be compressed (.gz, .zst). A folder is read with all below it,
        sorted by name. A frame is any object with the Arrow PyCapsule interface: polars, pandas,
        pyarrow, DuckDB. A LazyFrame is collected.
    format : {"parquet", "csv", "tsv", "edgelist", "ndjson"}, optional
        Where the name of a file does not tell.
    columns : mapping or list, optional
        A mapping from the log's name to the file's, ``{"source": "from"}``; or, by position, the
        names of the columns of a file without header, None for one that is not wanted.
    kind, network : str, optional
        The kind ("interaction") and network ("default") where there is no such column.
    kind_names : mapping of str to str, optional
        New names for kinds: ``{"RT": "retweet"}``.
    time_unit : {"s", "ms", "us", "ns"}, optional
        Unit of timestamps that are numbers. By default it is told from their size, and noted.
    separator : str, optional
        One character between fields; by default as the format has it.
    header : bool, optional
        Whether the first line names the columns. By default: no where ``columns`` is a list or the
        line is all numbers, else yes, for an edge list only if it holds a name that is looked for.
    comment : str or None, default "#"
        Lines of text files that start with this are no rows.
    ids : {"auto", "text"}
        "auto": integers stay integers, and text that is all whole numbers becomes integers.
    orientation : {"attention", "influence"}
        "influence" is for data recorded the way influence flows: source and target are swapped.
    signed : bool
        A weight below zero makes a row of kind ``distrust`` with the weight's size.
    accounts : {"shared", "separate"}
        Whether an id is one person on all networks, or a person a network (``network/account``, with
        ``/`` and ``%`` in each written ``%2F`` and ``%25``).
    identities : path or frame, optional
        Columns ``network``, ``account``, ``person``. A listed account becomes its person, one that
        is not listed stays a person of its own, ``network/account``.
    one_act : sequence of str, optional
        Kinds under which one act may be recorded several times. Of rows with equal source, target,
        network and timestamp those of the first of these kinds stay.
    on_error : {"raise", "skip"}
        What to do with rows that can't be used: raise, naming the first; or leave out and count.

    Returns
    -------
    Interactions
        Rows in the order of the files. Rows are left out in this order, and counted: those that
        can't be used, acts recorded twice, self-interactions, and self-interactions that arise when
        accounts become people.

    Raises
    ------
    SchemaError
        If the data is not a log; the message names file, row (1 is the first row of data), column
        and value, what was expected and what to do.
    ConfigError
        If a parameter is unknown or out of range.

    Notes
    -----
    Linear in the rows. A log of more than about 2 GiB is not loaded: Parquet and uncompressed
    delimited text are scanned, once here to check them and again by whoever uses the log.

    Examples
    --------
    >>> rows = pl.DataFrame({"from": ["bea", "cem", "ann"], "to": ["ann", "ann", "ann"]})
    >>> log = read_interactions(rows, columns={"source": "from", "target": "to"}, kind="retweet")
    >>> print(log.report)
    2 of 3 rows kept
      1 left out: self-interaction
    """
    check_columns(columns)
    _one_of("ids", ids, ("auto", "text"))
    _one_of("orientation", orientation, ("attention", "influence"))
    _one_of("accounts", accounts, ("shared", "separate"))
    _one_of("on_error", on_error, get_args(OnError))
    _one_of("time_unit", time_unit, (None, *UNITS))
    rules = Rules(columns, kind, network, dict(kind_names or {}), time_unit, ids, orientation, signed)
    by_place = columns if columns is not None and not isinstance(columns, Mapping) else None
    wanted = frozenset(COLUMNS) | frozenset(columns.values() if isinstance(columns, Mapping) else ())
    layout = TextLayout(separator, header, by_place, wanted, comment, on_error == "skip")
    people = None if identities is None else read_identities(identities)
    separate = accounts == "separate" or people is not None

    parts = open_source(source, format=format, layout=layout)
    tally = _Tally(parts)
    readings = [survey(part, rules) for part in parts]
    log = _usable(readings, rules, tally, skip=on_error == "skip", separate=separate)
    held = all(part.held for part in parts)
    log = _without_repeats(log, rules, tally, one_act, held=held)
    if separate:
        log = _people(log, people, tally, held=held)
    if not tally.kept:
        raise SchemaError(f"{tally.names}: no rows are left to use.\n{tally.report()}")
    frame = log.select(name for name in COLUMNS if name in log.collect_schema().names())

    parameters = (
        _VERSION, repr(rules), repr(layout), separate, None if one_act is None else tuple(one_act), on_error
    )  # fmt: skip
    return Interactions(frame, tally.report(), _fingerprint(frame, parts, people, parameters))


def _one_of(name: str, value: Any, known: Sequence[Any]) -> None:
    if value not in known:
        raise ConfigError(f"{name} is {value!r}. {nearest(value, known)}")


class _Tally:
    """Rows read, kept, and left out for each reason, file by file."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.files = [part.name for part in parts]
        self.read = [0] * len(parts)
        self.left_out: dict[tuple[int, str], int] = {}
        self.notes = [note for part in parts for note in part.notes]
        for file, part in enumerate(parts):
            for unread in part.unread:
                self.read[file] += unread.rows
                self.leave_out(file, unread.reason, unread.rows)

    def leave_out(self, file: int, reason: str, rows: int) -> None:
        self.left_out[file, reason] = self.left_out.get((file, reason), 0) + rows

    def kept_of(self, file: int) -> int:
        return self.read[file] - sum(rows for (where, _), rows in self.left_out.items() if where == file)

    @property
    def kept(self) -> int:
        return sum(map(self.kept_of, range(len(self.files))))

    @property
    def names(self) -> str:
        return self.files[0] if len(self.files) == 1 else f"{self.files[0]} and {len(self.files) - 1} more"

    def report(self) -> ReadReport:
        files = pl.DataFrame(
            {"file": self.files, "read": self.read, "kept": [self.kept_of(i) for i in range(len(self.files))]},
            schema={"file": pl.String, "read": pl.Int64, "kept": pl.Int64},
        )
        rows = [(self.files[file], reason, rows) for (file, reason), rows in sorted_by_file(self.left_out)]
        left_out = pl.DataFrame(
            rows, schema={"file": pl.String, "reason": pl.String, "rows": pl.Int64}, orient="row"
        )
        return ReadReport(files, left_out, tuple(self.notes))


def sorted_by_file(left_out: Mapping[tuple[int, str], int]) -> list[tuple[tuple[int, str], int]]:
    """Return the counts file by file, reasons in the order they were found."""
    return sorted(left_out.items(), key=lambda entry: entry[0][0])


def _usable(
    readings: Sequence[Reading], rules: Rules, tally: _Tally, *, skip: bool, separate: bool
) -> pl.LazyFrame:
    """Return the rows that can be used of all parts, counted."""
    dtype = pl.String() if separate else id_type(readings, rules)
    unit, note = time_unit(readings, rules)
    tally.notes += [note] if note else []
    frames = []
    for file, reading in enumerate(readings):
        frame, problems = canonical(reading, rules, dtype, unit, file)
        if reading.part.held:
            frame = frame.collect().lazy()
        found = frame.group_by(PROBLEM).agg(pl.len().alias("rows"), pl.col(ROW).min())
        counts = {
            code: (rows, first) for code, rows, first in found.collect(engine="streaming").sort(PROBLEM).iter_rows()
        }
        good, _ = counts.pop(0, (0, 0))
        tally.read[file] += good + sum(rows for rows, _ in counts.values())
        bad = [(problems[code - 1], rows, first) for code, (rows, first) in counts.items()]
        raised = [entry for entry in bad if entry[0].reason != EMPTY_LINE]
        if raised and not skip:
            raise SchemaError(_complaint(reading, raised))
        for problem, rows, _ in bad:
            tally.leave_out(file, problem.reason, rows)
        if not tally.read[file] and not skip:
            raise SchemaError(f"{reading.part.name}: there are no rows below the header. Expected at least one.")
        if reading.unused:
            tally.notes.append(f"{reading.part.name}: columns not read: {', '.join(reading.unused)}")
        frames.append(frame.filter(pl.col(PROBLEM) == 0).drop(PROBLEM, ROW))
    return pl.concat(frames, how="diagonal")


def _complaint(reading: Reading, found: Sequence[tuple[Problem, int, int]]) -> str:
    """Say what is wrong with the first row that can't be used, and how many there are."""
    problem, rows, row = min(found, key=lambda entry: entry[2])
    columns = [problem.column] if problem.column != SURPLUS else list(reading.labels)
    shown = reading.raw.filter(pl.col(ROW) == row).select(columns).collect().row(0)
    there = reading.labels.get(problem.column, problem.column)
    label = repr(there) if there == problem.column else f"{there!r} ({problem.column})"
    value = f"column {label} is {shown[0]!r}" if problem.column != SURPLUS else f"{list(shown)} is not all"
    line = "" if reading.part.first_line is None else f" (line {row + reading.part.first_line - 1:,})"
    count = "1 row has" if rows == 1 else f"{rows:,} rows have"
    others = "".join(f" {n:,} more: {other.reason}." for other, n, _ in found if other is not problem)
    return (
        f"{reading.part.name}, row {row:,}{line}: {value}: {problem.reason}. Expected {problem.expected}. "
        f"Correct it, or leave such rows out with on_error='skip'. {count} this problem.{others}"
    )


def _without_repeats(
    log: pl.LazyFrame, rules: Rules, tally: _Tally, one_act: Sequence[str] | None, *, held: bool
) -> pl.LazyFrame:
    """Leave out acts recorded twice, then self-interactions, and look at the kinds."""
    timed = "timestamp" in log.collect_schema().names()
    reason = pl.when((pl.col("source") == pl.col("target")).fill_null(False)).then(pl.lit(_SELF))
    if one_act is not None:
        if isinstance(one_act, str) or len(set(one_act)) != len(one_act) or len(one_act) < 2:
            raise ConfigError(f"one_act is {one_act!r}. Expected two or more kinds, the one that stays first.")
        if not timed:
            raise SchemaError(
                "one_act compares timestamps, and the log has none. Name the column: columns={'timestamp': …}."
            )
        twice = pl.format("recorded twice: {} that is there as another kind", "kind")
        reason = pl.when(recorded_twice(one_act)).then(twice).otherwise(reason)
    log = log.with_columns(reason.alias(_REASON))
    if held:
        log = log.collect().lazy()
    counts = log.group_by(FILE, _REASON, "kind").agg(pl.len().alias("rows")).collect(engine="streaming")
    for file, why, _, rows in counts.drop_nulls(_REASON).sort(FILE, _REASON, "kind").iter_rows():
        tally.leave_out(file, why, rows)
    kinds = set(counts["kind"])
    if "unfollow" in kinds and not timed:
        raise SchemaError(
            f"{tally.names}: there are rows of kind 'unfollow' and no timestamps, so no one can say what holds. "
            "Name the column that has them: columns={'timestamp': …}; or leave the unfollows out."
        )
    tally.notes += [
        f"kind_names: no row has the kind {old!r}" for old, new in rules.kind_names.items() if new not in kinds
    ]
    log = log.filter(pl.col(_REASON).is_null()).drop(_REASON)
    if timed and len(kinds) > 1:
        tally.notes += coincidences(log, sample=not held)
    return log


def _people(log: pl.LazyFrame, people: pl.DataFrame | None, tally: _Tally, *, held: bool) -> pl.LazyFrame:
    """Make accounts people, and leave out what the merge turns into self-interactions."""
    if people is not None:
        networks = log.select("network").unique().collect(engine="streaming")["network"].sort().to_list()
        check_distinct(people, networks)
        absent = unseen(log, people)
        if absent:
            tally.notes.append(f"identities: {absent:,} of {len(people):,} listed accounts are not in the log")
    log = as_people(log, people)
    if held:
        log = log.collect().lazy()
    merged = (pl.col("source") == pl.col("target")).fill_null(False)
    counts = log.filter(merged).group_by(FILE).agg(pl.len()).collect(engine="streaming").sort(FILE)
    for file, rows in counts.iter_rows():
        tally.leave_out(file, _MERGED, rows)
    return log.filter(~merged)


def _fingerprint(
    frame: pl.LazyFrame, parts: Sequence[Part], people: pl.DataFrame | None, parameters: tuple[Any, ...]
) -> Callable[[], str]:
    def compute() -> str:
        digest = hashlib.sha256(repr(parameters).encode())
        if people is not None:
            _hash_frame(digest, people)
        for part in parts:
            if part.digest is None:
                _hash_frame(digest, frame.collect())
            else:
                digest.update(part.digest())
        return digest.hexdigest()

    return compute


def _hash_frame(digest: Any, frame: pl.DataFrame) -> None:
    import io

    # Chunks and the spare bits of buffers differ between equal frames; a deep copy by row numbers has neither.
    buffer = io.BytesIO()
    frame.rechunk().write_ipc(buffer, compression="uncompressed")
    digest.update(buffer.getbuffer())
