"""Delimited tables and edge lists, read with every column as text."""

from __future__ import annotations

import io
import mmap
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from influence_graph.errors import SchemaError, counted
from influence_graph.interactions.column_names import plain_name
from influence_graph.interactions.dialect import Dialect, TextLayout, called, find_dialect
from influence_graph.interactions.json_text import (
    LONGEST_LINE,
    too_long,
)
from influence_graph.interactions.other_files import as_utf8, wide_encoding

#: A column of the reader's own: what a line holds beyond its last column.
SURPLUS = "\0surplus"  # no text file can have a column of this name
#: Bytes of the beginning by which a file is judged; a byte-order mark.
HEAD = 1 << 20
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Unread:
    """Lines left out because they are no rows: why, how many, and where the first is."""

    reason: str
    rows: int
    first: str = ""


@dataclass(frozen=True)
class TextTable:
    """A text file opened as a table; see :class:`Part` for what the attributes mean."""

    frame: pl.LazyFrame
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    first_line: int | None = None
    typed: bool = False
    bare_spaces: bool = False


def open_delimited(name: str, content: bytes | Path, format: str, layout: TextLayout) -> TextTable:
    """Open lines of fields with a separator between them, every column as text unless it has a role.

    Of the columns those are read that may be wanted, and all are named.
    """
    content, head, unread = _checked(name, content, layout)
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
        kept = _kept(dialect.names, layout)
        typed = typed_table(content, dialect.names, layout.roles, marks, skip=dialect.skip, kept=kept)
        if typed is not None:
            table = TextTable(typed.lazy(), dialect.names, notes, unread, typed=True)
            first_line = None if unread else _first_line(content, dialect, typed)
            return replace(table, first_line=first_line, bare_spaces=_bare_spaces(content))
    table = _as_text(name, content, dialect, notes, layout)
    first_line = None if unread else table.first_line
    return replace(table, unread=unread, first_line=first_line, bare_spaces=_bare_spaces(content))


def _checked(
    name: str, content: bytes | Path, layout: TextLayout
) -> tuple[bytes | Path, bytes, tuple[Unread, ...]]:
    """Return the content as UTF-8 text whose lines end in one way, the start of it, and what is left out."""
    if isinstance(content, bytes):
        content, unread = check_text(name, content, skip=layout.skip)
        content = _line_ends(_without_marks(content, layout.quote), layout.quote)
        check_lengths(name, content)
        return content, content[:HEAD], unread
    with content.open("rb") as file:
        head = file.read(HEAD)
        check_narrow(name, head)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            check_lengths(name, whole)
    check_text(name, head[: head.rfind(b"\n") + 1] or head)
    if b"\r" in head.replace(b"\r\n", b""):
        raise SchemaError(
            f"{name}: lines end in a carriage return, and a file of this size is not rewritten in memory. "
            f"Rewrite the line ends first, for example: tr -s '\\r' '\\n'."
        )
    return content, head, ()


def check_narrow(name: str, head: bytes) -> None:
    """Raise if the text is UTF-16 or UTF-32: a file of this size is not converted in memory."""
    encoding = wide_encoding(head[:64])
    if encoding is not None:
        raise SchemaError(
            f"{name}: the file is {encoding.upper()}, and one of this size is not rewritten in memory. Save "
            f"it as UTF-8: iconv -f {encoding.upper()} -t UTF-8 {name} > utf8.csv"
        )


def _without_marks(content: bytes, quote: str | None) -> bytes:
    """Return the content without byte order marks at the start of lines, as files put together have them."""
    first, *others = content.split(b"\n" + BOM)
    if not others:
        return content
    pieces, mark = [first], (quote or "").encode()
    quotes = first.count(mark) if mark else 0
    for piece in others:
        pieces.append(b"\n" + (BOM if quotes % 2 else b"") + piece)
        quotes += piece.count(mark) if mark else 0
    return b"".join(pieces)


def check_lengths(name: str, content: bytes | mmap.mmap) -> None:
    """Raise where a line is longer than can be held; looks at one place in each such length."""
    start, size = 0, len(content)
    while size - start > LONGEST_LINE:
        end = content.rfind(b"\n", start, start + LONGEST_LINE + 1)
        if end < 0:
            raise too_long(name, "a line")
        start = end + 1


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


def _kept(names: Sequence[str], layout: TextLayout) -> list[str]:
    """Return the columns that may be wanted; others are not even split into values."""
    if not layout.wanted:
        return list(names)
    return [name for name in names if name in layout.wanted or plain_name(name) == "type"]


def _as_text(
    name: str, content: bytes | Path, dialect: Dialect, notes: tuple[str, ...], layout: TextLayout
) -> TextTable:
    """Return the rows with every column as text."""
    names = (*dialect.names, SURPLUS)
    frame = pl.scan_csv(
        io.BytesIO(content) if isinstance(content, bytes) else content,
        has_header=False,
        schema=dict.fromkeys(names, pl.String()),
        separator=dialect.separator,
        comment_prefix=dialect.comment,
        quote_char=dialect.quote,
        skip_lines=dialect.skip,
        truncate_ragged_lines=True,
        missing_columns="insert",
        raise_if_empty=False,
        glob=False,
    ).select(*_kept(dialect.names, layout), SURPLUS)
    if not isinstance(content, bytes):
        return TextTable(frame, names, notes)
    try:
        table = frame.collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise SchemaError(_unparsable(name, content, dialect, error, secret=layout.secret)) from None
    return TextTable(table.lazy(), names, notes, first_line=_first_line(content, dialect, table))


def _first_line(content: bytes, dialect: Dialect, table: pl.DataFrame) -> int | None:
    """Return the line of row 1 where every line is a row."""
    lines_of_rows = content.count(b"\n") + (not content.endswith(b"\n")) - dialect.skip
    return dialect.skip + 1 if lines_of_rows == table.height else None


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


def check_text(name: str, data: bytes, *, skip: bool = False) -> tuple[bytes, tuple[Unread, ...]]:
    """Return UTF-8 text without byte-order mark, or raise; ``skip``: without the lines that are none."""
    if data[:4] == b"PAR1":
        raise SchemaError(f"{name}: this is a Parquet file. Say format='parquet', or rename it to .parquet.")
    data = as_utf8(name, data).removeprefix(BOM)
    where = data.find(b"\0")
    if where < 0 and not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            where = error.start
    if where < 0:
        return data, ()
    if skip and b"\n" in data[:where]:
        return _readable_lines(name, data)
    line = data[:where].count(b"\n") + 1
    if data[where] == 0:
        raise SchemaError(
            f"{name}, line {line:,}: a zero byte: the file is binary. Expected UTF-8 text. Where single "
            "lines are damaged, leave them out with on_error='skip'."
        )
    raise SchemaError(
        f"{name}, line {line:,}: byte {data[where : where + 1]!r} is not UTF-8. "
        f"Save the file as UTF-8, for example: iconv -f LATIN1 -t UTF-8 {name} > utf8.csv. Or leave such "
        "lines out with on_error='skip'."
    )


def _readable_lines(name: str, data: bytes) -> tuple[bytes, tuple[Unread, ...]]:
    """Return the text without the lines that are not UTF-8 or hold a zero byte, and how many these are."""
    kept, lost, quotes, first = [], 0, 0, 0
    for line in data.split(b"\n"):
        try:
            good = b"\0" not in line and (line.isascii() or bool(line.decode()))
        except UnicodeDecodeError:
            good = False
        if good:
            kept.append(line)
            quotes += line.count(b'"')
        elif quotes % 2 or line.count(b'"') % 2:
            raise SchemaError(
                f"{name}, line {len(kept) + lost + 1:,}: a byte that is not UTF-8 within a quoted field, so "
                "nobody can say where its row ends. Save the file as UTF-8: iconv -f LATIN1 -t UTF-8."
            )
        else:
            lost += 1
            first = first or len(kept) + lost
    return b"\n".join(kept), (Unread("a line that is not UTF-8 text", lost, f"line {first:,}"),)


def _unparsable(name: str, content: bytes, dialect: Dialect, error: BaseException, *, secret: bool) -> str:
    lines = content.split(b"\n")
    mark = (dialect.quote or "").encode()
    odd = next((i for i, line in enumerate(lines, 1) if mark and line.count(mark) % 2), None)
    if odd is not None:
        line = "" if secret else f": {lines[odd - 1].decode()[:80]!r}"
        return (
            f"{name}, line {odd:,}: a quote is opened and not closed, or stands inside a field{line}. "
            "Close it, double it within a quoted field, or say quote=None where quotes are plain characters."
        )
    why = "" if secret else f": {str(error).splitlines()[0]}"
    return f"{name}: can't be read as lines with a {called(dialect.separator)} between fields{why}"
