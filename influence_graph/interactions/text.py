"""Text formats: delimited tables and edge lists, and lines of JSON, read with every column as text."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from influence_graph.errors import SchemaError, counted
from influence_graph.interactions.dialect import Dialect, TextLayout, called, find_dialect

#: A column of the reader's own: what a line holds beyond its last column.
SURPLUS = "\0surplus"  # no text file can have a column of this name
_HEAD = 1 << 20


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
    bare_spaces: bool = False


def open_delimited(name: str, content: bytes | Path, format: str, layout: TextLayout) -> TextTable:
    """Open lines of fields with a separator between them, every column as text unless it has a role."""
    content, head = _checked(name, content, layout.quote)
    if format == "edgelist" and layout.comment == "auto" and isinstance(content, bytes):
        content, head = _one_comment_mark(content), _one_comment_mark(head)
    # Not splitlines(): that also breaks at characters which end no line of a file.
    lines = head.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").removesuffix("\n").split("\n")
    dialect = find_dialect(name, lines, format, layout)
    if dialect.separator == " " and isinstance(content, bytes):
        content = _single_spaces(content)
    notes = dialect.notes + _comment_note(name, content, lines[: dialect.skip], dialect.comment)
    if layout.roles and isinstance(content, bytes):
        from influence_graph.interactions.typed_csv import typed_table

        marks = (dialect.separator, dialect.comment, dialect.quote)
        typed = typed_table(content, dialect.names, layout.roles, marks, skip=dialect.skip)
        if typed is not None:
            return TextTable(typed.lazy(), notes, typed=True, bare_spaces=_bare_spaces(content))
    return replace(_as_text(name, content, dialect, notes), bare_spaces=_bare_spaces(content))


def _checked(name: str, content: bytes | Path, quote: str | None) -> tuple[bytes | Path, bytes]:
    """Return the content as UTF-8 text whose lines end in one way, and the start of it."""
    if isinstance(content, bytes):
        content = _line_ends(check_text(name, content), quote)
        return content, content[:_HEAD]
    with content.open("rb") as file:
        head = file.read(_HEAD)
    check_text(name, head[: head.rfind(b"\n") + 1] or head)
    if b"\r" in head.replace(b"\r\n", b""):
        raise SchemaError(
            f"{name}: lines end in a carriage return, and a file of this size is not rewritten in memory. "
            f"Rewrite the line ends first, for example: tr -s '\\r' '\\n'."
        )
    return content, head


def _line_ends(content: bytes, quote: str | None) -> bytes:
    r"""Return the content with ``\n`` for every ``\r\r\n`` and every lone ``\r`` outside of quotes."""
    returns = content.count(b"\r")
    if not returns or returns == content.count(b"\r\n"):
        return content
    content = content.replace(b"\r\r\n", b"\r\n")
    if quote is None or quote.encode() not in content:
        return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = np.frombuffer(content, dtype=np.uint8).copy()
    inside = np.bitwise_xor.accumulate((data == ord(quote)).view(np.uint8)).view(bool)
    lone = data == ord("\r")
    lone[:-1] &= data[1:] != ord("\n")
    data[lone & ~inside] = ord("\n")
    return data.tobytes()


def _bare_spaces(content: bytes | Path) -> bool:
    """Whether no number in quotes has spaces around it: where one has, spaces are a part of the text."""
    if isinstance(content, Path) or b'"' not in content or (b'" ' not in content and b' "' not in content):
        return True
    return re.search(rb'"(?: +-?\d+ *|-?\d+ +)"', content) is None


def _one_comment_mark(content: bytes) -> bytes:
    """Return an edge list in which comments start with # where some start with # and some with %."""
    marked = [content.startswith(mark) or b"\n" + mark in content for mark in (b"#", b"%")]
    return re.sub(rb"(?m)^%", b"#", content) if all(marked) else content


def _comment_note(name: str, content: bytes | Path, above: list[str], comment: str | None) -> tuple[str, ...]:
    """Return a note where lines among the rows were read as comments."""
    if not comment:
        return ()
    later = _starting(content, comment.encode()) - sum(line.startswith(comment) for line in above)
    if not later:
        return ()
    lines_start = counted(later, "line among the rows starts", "lines among the rows start")
    read_as = "and was read as a comment" if later == 1 else "and were read as comments"
    return (f"{name}: {lines_start} with {comment!r} {read_as}; comment=None reads them as rows",)


def _as_text(name: str, content: bytes | Path, dialect: Dialect, notes: tuple[str, ...]) -> TextTable:
    """Return the rows with every column as text."""
    frame = pl.scan_csv(
        io.BytesIO(content) if isinstance(content, bytes) else content,
        has_header=False,
        schema=dict.fromkeys([*dialect.names, SURPLUS], pl.String()),
        separator=dialect.separator,
        comment_prefix=dialect.comment,
        quote_char=dialect.quote,
        skip_lines=dialect.skip,
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
        raise SchemaError(_unparsable(name, content, dialect.separator, dialect.quote, error)) from error
    lines_of_rows = content.count(b"\n") + (not content.endswith(b"\n")) - dialect.skip
    first_line = dialect.skip + 1 if lines_of_rows == table.height else None
    return TextTable(table.lazy(), notes, first_line=first_line)


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


def _unparsable(name: str, content: bytes, separator: str, quote: str | None, error: Exception) -> str:
    shown = called(separator)
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
