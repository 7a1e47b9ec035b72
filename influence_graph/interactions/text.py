"""Text formats: delimited tables and edge lists, and lines of JSON, read with every column as text."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from influence_graph.errors import SchemaError, counted

#: A column of the reader's own: what a line holds beyond its last column.
SURPLUS = "\0surplus"  # no text file can have a column of this name
_HEAD = 1 << 20
_SEPARATOR_NAMES = {",": "comma", "\t": "tab", " ": "space", ";": "semicolon", "|": "bar"}


@dataclass(frozen=True)
class TextLayout:
    """How the lines of a text file are laid out; None: see the file.

    Attributes
    ----------
    separator : str or None
        One character between fields.
    header : bool or None
        Whether the first line names the columns.
    names : sequence of str or None
        The names of the columns of a file without header, by position.
    wanted : frozenset of str
        Names that a header may hold, to know a header by.
    comment : str or None
        Lines that start with this are no rows.
    quote : str or None
        What stands around fields that hold the separator or a line end.
    skip : bool
        Whether lines that can't be read are left out (and counted) instead of raising.
    roles : mapping of str to str
        Columns that may be typed at once, by their name in the file; see :func:`typed_table`. Empty: all
        is text.
    """

    separator: str | None = None
    header: bool | None = None
    names: Sequence[str | None] | None = None
    wanted: frozenset[str] = frozenset()
    comment: str | None = "#"
    quote: str | None = '"'
    skip: bool = False
    roles: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Unread:
    """Lines left out because they are no rows: why, and how many."""

    reason: str
    rows: int


@dataclass(frozen=True)
class TextTable:
    """A text file opened as a table; see :class:`Part` for what the attributes mean."""

    frame: pl.LazyFrame
    notes: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    first_line: int | None = None
    typed: bool = False


def open_delimited(name: str, content: bytes | Path, format: str, layout: TextLayout) -> TextTable:
    """Open lines of fields with a separator between them, every column as text unless it has a role."""
    if isinstance(content, bytes):
        content = check_text(name, content)
        if b"\n" not in content:  # the line ends of old Macs
            content = content.replace(b"\r", b"\n")
        head = content[:_HEAD]
    else:
        with content.open("rb") as file:
            head = file.read(_HEAD)
        check_text(name, head[: head.rfind(b"\n") + 1] or head)
    # Not splitlines(): that also breaks at characters which end no line of a file.
    lines = head.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").removesuffix("\n").split("\n")
    skipped = 0
    while skipped < len(lines) and _no_row(lines[skipped], layout.comment):
        skipped += 1
    if skipped == len(lines):
        raise SchemaError(f"{name}: the file holds no rows, only blank lines or comments. Expected a log.")
    first = lines[skipped]
    separator = layout.separator or _separator(first, format)
    if separator == " ":
        first = " ".join(first.split())
        if isinstance(content, bytes):
            content = _single_spaces(content)
    fields = _split(name, first, separator, layout.quote)
    if len(fields) < 2:
        shown = _SEPARATOR_NAMES.get(separator, repr(separator))
        other = next((mark for mark in _SEPARATOR_NAMES if mark in first and mark != separator), None)
        remedy = "A log needs source and target." if other is None else f"Say separator={other!r}."
        raise SchemaError(
            f"{name}, line {skipped + 1:,}: {first[:80]!r} has no {shown}, so the file has one column. "
            f"{remedy}"
        )
    header = _has_header(fields, format, layout)
    names = _names(name, fields, header, separator, layout)
    skipped += header

    notes: tuple[str, ...] = ()
    if layout.comment:
        before = sum(line.startswith(layout.comment) for line in lines[:skipped])
        later = _starting(content, layout.comment.encode()) - before
        if later:
            start = repr(layout.comment)
            lines_start = counted(later, "line among the rows starts", "lines among the rows start")
            read_as = "and was read as a comment" if later == 1 else "and were read as comments"
            notes = (f"{name}: {lines_start} with {start} {read_as}",)
    if layout.roles and isinstance(content, bytes):
        from influence_graph.interactions.typed_csv import typed_table

        marks = (separator, layout.comment, layout.quote)
        typed = typed_table(content, names, layout.roles, marks, skip=skipped)
        if typed is not None:
            return TextTable(typed.lazy(), notes, typed=True)
    schema = dict.fromkeys([*names, SURPLUS], pl.String())
    frame = pl.scan_csv(
        io.BytesIO(content) if isinstance(content, bytes) else content,
        has_header=False,
        schema=schema,
        separator=separator,
        comment_prefix=layout.comment,
        quote_char=layout.quote,
        skip_lines=skipped,
        truncate_ragged_lines=True,
        missing_columns="insert",
        raise_if_empty=False,
        glob=False,
    )
    if not isinstance(content, bytes):
        return TextTable(frame, notes)
    try:
        table = frame.collect()
    except pl.exceptions.PolarsError as error:
        raise SchemaError(_unparsable(name, content, separator, layout.quote, error)) from error
    lines_of_rows = content.count(b"\n") + (not content.endswith(b"\n")) - skipped
    return TextTable(table.lazy(), notes, first_line=skipped + 1 if lines_of_rows == table.height else None)


def _split(name: str, line: str, separator: str, quote: str | None) -> list[str]:
    if quote is None:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator, quotechar=quote))
    except csv.Error as error:
        raise SchemaError(f"{name}: the first line can't be read, {line[:80]!r}: {error}.") from error


def _single_spaces(content: bytes) -> bytes:
    """Return the lines with one space between fields and none at the ends."""
    untidy = (b"  ", b"\t", b"\n ", b" \n", b" \r")
    if content.startswith((b" ", b"\t")) or any(mark in content for mark in untidy):
        content = re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", content)
        content = re.sub(rb"[ \t]+", b" ", content)
    return content


def _starting(content: bytes | Path, prefix: bytes) -> int:
    """Return how many lines start with a prefix."""
    if isinstance(content, bytes):
        return content.startswith(prefix) + content.count(b"\n" + prefix)
    found, last = 0, b"\n"
    with content.open("rb") as file:
        while block := file.read(1 << 26):
            found += (last + block).count(b"\n" + prefix)
            last = (last + block)[-len(prefix) :]
    return found


def check_text(name: str, data: bytes) -> bytes:
    """Return the data without byte-order mark, or raise where it is no UTF-8 text."""
    if data[:4] == b"PAR1":
        raise SchemaError(f"{name}: this is a Parquet file. Say format='parquet', or rename it to .parquet.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SchemaError(f"{name}: the file is UTF-16. Expected UTF-8: iconv -f UTF-16 -t UTF-8.")
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise SchemaError(f"{name}, line {line:,}: a zero byte: the file is binary. Expected UTF-8 text.")
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            found = data[error.start : error.start + 1]
            raise SchemaError(
                f"{name}, line {line:,}: byte {found!r} is not UTF-8. "
                "Save the file as UTF-8, for example: iconv -f LATIN1 -t UTF-8."
            ) from error
    return data


def _no_row(line: str, comment: str | None) -> bool:
    return not line.strip() or (comment is not None and line.startswith(comment))


def _separator(first: str, format: str) -> str:
    if format == "csv":
        return ","
    if format == "tsv" or "\t" in first:
        return "\t"
    if format == "edgelist" and " " not in first.strip() and "," in first:
        return ","
    return " "


def _has_header(fields: Sequence[str], format: str, layout: TextLayout) -> bool:
    if layout.header is not None:
        return layout.header
    if layout.names is not None:
        return False
    if all(_is_number(field) for field in fields):
        return False
    # An edge list seldom has a header, and its ids may be words.
    return format != "edgelist" or bool(layout.wanted.intersection(fields))


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _names(name: str, fields: Sequence[str], header: bool, separator: str, layout: TextLayout) -> list[str]:
    if layout.names is not None:
        if len(layout.names) != len(fields):
            shown = _SEPARATOR_NAMES.get(separator, repr(separator))
            raise SchemaError(
                f"{name}: columns= names {len(layout.names)} columns, and the first line has {len(fields)} "
                f"fields with a {shown} between them: {separator.join(fields)[:80]!r}. Name each column "
                "(None for one that is not wanted), or say separator=."
            )
        return [given or f"_unnamed_{i}" for i, given in enumerate(layout.names)]
    if not header:
        if len(fields) == 2:
            return ["source", "target"]
        raise SchemaError(
            f"{name}: the file has no header and {len(fields)} columns, the first line being "
            f"{separator.join(fields)[:80]!r}. Name them: columns=['source', 'target', 'timestamp', …]."
        )
    names = [field.strip() for field in fields]
    twice = next((field for field in names if names.count(field) > 1 and field), None)
    if twice is not None:
        raise SchemaError(f"{name}: two columns are called {twice!r}. Give each column a name of its own.")
    return [field or f"_unnamed_{i}" for i, field in enumerate(names)]


def _unparsable(name: str, content: bytes, separator: str, quote: str | None, error: Exception) -> str:
    shown = _SEPARATOR_NAMES.get(separator, repr(separator))
    lines = content.split(b"\n")
    mark = (quote or "").encode()
    odd = next((i for i, line in enumerate(lines, 1) if mark and line.count(mark) % 2), None)
    if odd is not None:
        line = lines[odd - 1].decode()[:80]
        return (
            f"{name}, line {odd:,}: a quote is opened and not closed, or stands inside a field: {line!r}. "
            "Close it, double it within a quoted field, or say quote=None where quotes are plain characters."
        )
    return f"{name}: can't be read as lines with a {shown} between fields: {str(error).splitlines()[0]}"


def open_ndjson(name: str, content: bytes, layout: TextLayout) -> TextTable:
    """Open lines that are JSON objects; types are those of JSON."""
    content = check_text(name, content)
    unread: tuple[Unread, ...] = ()
    try:
        frame = _ndjson(content)
    except pl.exceptions.PolarsError as error:
        good: list[tuple[int, bytes]] = []
        bad: list[tuple[int, bytes]] = []
        for number, line in enumerate(content.split(b"\n"), 1):
            if line.strip():
                (good if _is_object(line) else bad).append((number, line))
        if not bad:
            why = str(error).splitlines()[0]
            raise SchemaError(f"{name}: can't be read as lines of JSON objects: {why}") from error
        number, line = bad[0]
        if not layout.skip or not good:
            raise SchemaError(
                f"{name}, line {number:,}: {line.decode()[:80]!r} is not a JSON object. Expected one object "
                "a line. Correct it, or leave such lines out with on_error='skip'. "
                f"Lines with this problem: {len(bad):,}."
            ) from error
        frame = _ndjson(b"\n".join(line for _, line in good))
        unread = (Unread("not a JSON object", len(bad)),)
    return TextTable(frame.lazy(), unread=unread)


def _ndjson(content: bytes) -> pl.DataFrame:
    if content.lstrip()[:1] == b"[":
        return pl.read_json(io.BytesIO(content), infer_schema_length=None)
    return pl.read_ndjson(io.BytesIO(content), infer_schema_length=None)


def _is_object(line: bytes) -> bool:
    try:
        parsed: Any = json.loads(line)
    except ValueError:
        return False
    return isinstance(parsed, dict)
