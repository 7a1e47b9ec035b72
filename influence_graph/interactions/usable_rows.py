"""The rows that can be used: checked and counted, with one complaint about those that can not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from influence_graph.errors import SchemaError, counted, nearest
from influence_graph.interactions.inspect_columns import (
    Reading,
    look_closer,
    recognised_kinds,
    shown_row,
    type_of_ids,
    unit_of_time,
)
from influence_graph.interactions.log import COLUMNS
from influence_graph.interactions.reader_options import Rules
from influence_graph.interactions.sources import ROW, collect
from influence_graph.interactions.tally import Tally
from influence_graph.interactions.text import SURPLUS
from influence_graph.interactions.validate import NO_ERRORS, PROBLEM, Problem, validated

#: Unused columns whose names are compared with those of a log.
_UNUSED_COMPARED = 100


def usable_rows(
    readings: Sequence[Reading], rules: Rules, tally: Tally, *, skip: bool, separate: bool, secret: bool
) -> pl.LazyFrame:
    """Return the rows that can be used of all parts, counted."""
    readings = [look_closer(reading, rules) for reading in readings]
    names, notes = recognised_kinds(readings, rules)
    tally.notes += notes
    rules = replace(rules, kind_names={**rules.kind_names, **names})
    ids = pl.String() if separate else type_of_ids(readings, rules)
    unit, note = unit_of_time(readings, rules)
    tally.notes += [note] if note else []
    frames = []
    for file, reading in enumerate(readings):
        frame, problems = validated(reading, rules, ids=ids, unit=unit, file=file)
        if reading.part.held:
            frame = collect(reading.part, frame, engine="auto").lazy()
        # One pass: how many rows have each problem, and which is the first.
        found = collect(reading.part, frame.group_by(PROBLEM).agg(pl.len().alias("rows"), pl.col(ROW).min()))
        tally.add(file, int(found["rows"].sum()))
        bad = [(problems[code - 1], rows, row) for code, rows, row in found.sort(PROBLEM).iter_rows() if code]
        errors = [entry for entry in bad if entry[0].reason not in NO_ERRORS]
        nothing = found["rows"].sum() == sum(rows for _, rows, _ in bad)
        if skip and errors and nothing:
            tally.complaints.append(_complaint(reading, errors, secret=secret, remedy=""))
        if not skip:
            if errors:
                raise SchemaError(_complaint(reading, errors, secret=secret))
            if nothing and reading.part.adapter is None:
                raise SchemaError(
                    f"{reading.part.name}: there are columns and no rows. Expected at least one row."
                )
        for problem, rows, row in bad:
            tally.leave_out(file, problem.reason, rows, shown_row(reading, row, secret=secret))
        tally.notes += _notes_on_ids(reading)
        frames.append(frame.filter(pl.col(PROBLEM) == 0).drop(PROBLEM))
    note_unused(readings, tally)
    return pl.concat(frames, how="diagonal")


def _notes_on_ids(reading: Reading) -> list[str]:
    """Return notes on ids that were mended, and on rows that are there in both directions."""
    name, notes = reading.part.name, []
    if reading.padded:
        begin = counted(reading.padded, "id begins or ends", "ids begin or end")
        notes.append(f"{name}: {begin} with a space, kept as it is; fold='space' takes the spaces off")
    if reading.formulas:
        are = counted(reading.formulas, "id is", "ids are")
        notes.append(f'{name}: {are} written as Excel keeps text, ="007"; read without that')
    if reading.bent > reading.formulas:
        are = counted(reading.bent - reading.formulas, "id is a whole number", "ids are whole numbers")
        notes.append(f"{name}: {are} with .0 behind or spaces around; read without them")
    if reading.commas:
        have = counted(reading.commas, "weight has", "weights have")
        notes.append(f"{name}: {have} a comma before the fraction")
    if reading.undirected:
        notes.append(f"{name}: rows whose Type is undirected count in both directions, as two rows each")
    return notes


def _complaint(
    reading: Reading,
    errors: Sequence[tuple[Problem, int, int]],
    *,
    secret: bool,
    remedy: str = "Correct it, or leave such rows out with on_error='skip'. ",
) -> str:
    """Say what is wrong with the first row that can't be used; ``secret``: without its value."""
    problem, rows, row = min(errors, key=lambda entry: entry[2])
    column = problem.column
    line = "" if reading.part.first_line is None else f" (line {row + reading.part.first_line - 1:,})"
    wanted = reading.raw.filter(pl.col(ROW) == row)
    if secret:
        found = "there are too many fields" if column == SURPLUS else f"column {reading.labels[column]!r}"
    elif column == SURPLUS:
        fields = list(collect(reading.part, wanted.drop(ROW)).row(0))
        found = f"there is {fields[-1]!r} beyond the last column"
    else:
        there = reading.labels[column]
        label = repr(there) if there == column else f"{there!r} ({column})"
        value = collect(reading.part, wanted.select(column).head(1)).to_series()
        if value.dtype.is_temporal():  # Python has no datetime for every time that can't be used
            found = f"column {label} is {value.to_physical().item()!r} ({value.dtype})"
        else:
            found = f"column {label} is {value.item()!r}"
    count = counted(rows, "row has", "rows have")
    hint = _comment_hint(reading, wanted)
    others = "".join(f" {n:,} more: {other.reason}." for other, n, _ in errors if other is not problem)
    return (
        f"{reading.part.name}, row {row:,}{line}: {found}: {problem.reason}. Expected {problem.expected}. "
        f"{hint}{remedy}{count} this problem.{others}"
    )


def _comment_hint(reading: Reading, row: pl.LazyFrame) -> str:
    """Say how lines are read as comments where the row of a text file begins as one."""
    if not reading.part.text:
        return ""
    ends = collect(reading.part, row.select("source", "target").head(1)).row(0)
    mark = next((end[0] for end in ends if end and end[0] in "#%"), None)
    comments = f"If lines that begin with {mark!r} are comments, say comment={mark!r}. "
    return "" if mark is None else comments


def note_unused(readings: Sequence[Reading], tally: Tally) -> None:
    """Note columns that nobody asked for, once for all files that have the same."""
    unused: dict[str, list[str]] = {}
    for reading in readings:
        if reading.unused:
            unused.setdefault(_not_read(reading), []).append(reading.part.name)
    for note, names in unused.items():
        tally.notes.append(f"{names[0]}{f' and {len(names) - 1:,} more' if names[1:] else ''}: {note}")


def _not_read(reading: Reading) -> str:
    names = ", ".join(map(repr, reading.unused[:12])) + (" …" if len(reading.unused) > 12 else "")
    note = f"columns not read: {names}"
    for name in reading.unused[:_UNUSED_COMPARED]:
        meant = nearest(name, set(COLUMNS) - set(reading.labels))
        if meant.startswith("Did"):
            return f"{note}. {name!r}: {meant[0].lower()}{meant[1:]} columns= renames"
    return note
