"""Text formats: delimited tables and edge lists, and lines of JSON, read with every column as text."""

from __future__ import annotations

import io
import mmap
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from influence_graph.errors import SchemaError, counted
from influence_graph.interactions.column_names import plain_name
from influence_graph.interactions.dialect import Dialect, TextLayout, called, find_dialect
from influence_graph.interactions.json_text import (
    LONGEST_LINE,
    NO_OBJECT,
    array_elements,
    half_characters,
    keys_twice,
    no_object,
    several_values,
    too_long,
    why_no_object,
)
from influence_graph.interactions.other_files import as_utf8, wide_encoding
from influence_graph.interactions.standard_input import temporary_folder

#: A column of the reader's own: what a line holds beyond its last column.
SURPLUS = "\0surplus"  # no text file can have a column of this name
_HEAD = 1 << 20
_BOM = b"\xef\xbb\xbf"
#: Types of JSON of which polars reads a value of another type in one way or not at all.
_PLAIN = frozenset((pl.String(), pl.Int64(), pl.Float64()))
#: Objects with more fields than this are cut down to those that are wanted before they become a table.
_WIDE = 2_000


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
        _check_lengths(name, content)
        return content, content[:_HEAD], unread
    with content.open("rb") as file:
        head = file.read(_HEAD)
        _check_narrow(name, head)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            _check_lengths(name, whole)
    check_text(name, head[: head.rfind(b"\n") + 1] or head)
    if b"\r" in head.replace(b"\r\n", b""):
        raise SchemaError(
            f"{name}: lines end in a carriage return, and a file of this size is not rewritten in memory. "
            f"Rewrite the line ends first, for example: tr -s '\\r' '\\n'."
        )
    return content, head, ()


def _check_narrow(name: str, head: bytes) -> None:
    encoding = wide_encoding(head[:64])
    if encoding is not None:
        raise SchemaError(
            f"{name}: the file is {encoding.upper()}, and one of this size is not rewritten in memory. Save "
            f"it as UTF-8: iconv -f {encoding.upper()} -t UTF-8 {name} > utf8.csv"
        )


def _without_marks(content: bytes, quote: str | None) -> bytes:
    """Return the content without byte order marks at the start of lines, as files put together have them."""
    first, *others = content.split(b"\n" + _BOM)
    if not others:
        return content
    pieces, mark = [first], (quote or "").encode()
    quotes = first.count(mark) if mark else 0
    for piece in others:
        pieces.append(b"\n" + (_BOM if quotes % 2 else b"") + piece)
        quotes += piece.count(mark) if mark else 0
    return b"".join(pieces)


def _check_lengths(name: str, content: bytes | mmap.mmap) -> None:
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
    data = as_utf8(name, data).removeprefix(_BOM)
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


def open_ndjson(name: str, content: bytes, layout: TextLayout) -> TextTable:
    """Open JSON objects, one a line or in one array; types are those of JSON."""
    plain = _wanted_fields(content.removeprefix(_BOM), layout)
    if plain is not None:
        return plain
    content, unread = check_text(name, content, skip=layout.skip)
    # Strings of JSON have neither line ends nor record separators (RFC 7464) in them.
    content = content.replace(b"\n" + _BOM, b"\n").replace(b"\x1e", b"")
    array = content[:_HEAD].lstrip()[:1] == b"["
    damaged: dict[int, bytes] = {}
    if array:
        content, damaged = _as_lines(array_elements(name, io.BytesIO(content), skip=layout.skip))
    names: tuple[str, ...] = ()
    if _is_wide(content):
        content, names = _narrowed(content, layout)
    wanted = frozenset(part for name in layout.wanted for part in name.split("."))
    why, suspect = "", half_characters(content) or keys_twice(content[:_HEAD], wanted)
    try:
        frame = None if suspect else _ndjson(content)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        frame, why = None, str(error).splitlines()[0]
    if frame is not None:
        lines = None if array or unread else content
        return replace(_table(frame, names or tuple(frame.columns), lines, layout), unread=unread)
    if not array and not unread and why_no_object(content[: content.find(b"\n") % (len(content) + 1)]):
        values = several_values(content.lstrip())
        if values and len(values) != sum(not line.isspace() for line in content.split(b"\n") if line):
            return open_ndjson(name, b"\n".join(values), layout)
    good: list[bytes] = []
    bad: list[tuple[int, bytes, str]] = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            wrong = why_no_object(line, wanted)
            if wrong is None:
                good.append(line)
            else:
                bad.append((number, line, wrong))
    if bad and not (layout.skip and good):
        number, line, wrong = bad[0]
        line = damaged.get(number, line)
        wrong = why_no_object(line) or wrong
        where = f"{name}, {'element' if array else 'line'} {number:,}"
        others = f" Lines with this problem: {len(bad):,}."
        raise SchemaError(no_object(where, line, wrong, secret=layout.secret, others=others))
    try:
        frame = _ndjson(b"\n".join(good) if bad else content)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        why = why or str(error).splitlines()[0]
        raise SchemaError(f"{name}: can't be read as lines of JSON objects: {why}") from None
    if bad:
        unread = (*unread, Unread(NO_OBJECT, len(bad), f"{'element' if array else 'line'} {bad[0][0]:,}"))
    return TextTable(frame.lazy(), names or tuple(frame.columns), unread=unread)


def _table(frame: pl.DataFrame, names: tuple[str, ...], lines: bytes | None, layout: TextLayout) -> TextTable:
    """Return objects as a table, typed where they are plain; ``lines``: the content, where each is a line."""
    from influence_graph.interactions.typed_csv import typed_columns

    typed = typed_columns(frame, layout.roles)
    first = None
    if lines is not None and lines.count(b"\n") + (not lines.endswith(b"\n")) == frame.height:
        first = 1
    found = frame if typed is None else typed
    return TextTable(found.lazy(), names, first_line=first, typed=typed is not None)


def _wanted_fields(content: bytes, layout: TextLayout) -> TextTable | None:
    """Return lines of objects as a table of the wanted fields, or None where it might differ from one of all.

    The types are those of the first lines. polars refuses a number of another type, and makes text of all
    that stands in a column of text, as it does where it has seen every line before.
    """
    if not content.startswith(b"{") or half_characters(content):
        return None
    start = content[:_HEAD]
    head = start if len(start) == len(content) else start[: start.rfind(b"\n") + 1]
    try:
        schema = _ndjson(head).schema
        paths = [[name] if name in schema else name.split(".") for name in layout.wanted]
        found = _types_of(schema, [path for path in paths if path[0] in schema])
        if not found or None in found.values() or _is_wide(head):
            return None
        if keys_twice(head, {part for path in paths if path[0] in schema for part in path}):
            return None
        kept = {name: dtype for name, dtype in found.items() if dtype is not None}
        words = {
            name for name, dtype in schema.items() if dtype == pl.String() and plain_name(name) == "type"
        }
        kept |= dict.fromkeys(sorted(words), pl.String())
        # What the first lines lack is looked for in the others.
        absent: dict[str, pl.DataType] = dict.fromkeys(
            sorted({path[0] for path in paths} - set(kept)), pl.String()
        )
        frame = pl.read_ndjson(io.BytesIO(content), schema=kept | absent)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    if any(frame[name].null_count() < frame.height for name in absent):
        return None
    return _table(frame.select(name for name in schema if name in kept), tuple(schema), content, layout)


def _types_of(types: Mapping[str, Any], paths: Sequence[Sequence[str]]) -> dict[str, pl.DataType | None]:
    """Return the types of fields by their paths, structs with nothing else; None for one not plain."""
    below: dict[str, list[Sequence[str]]] = {}
    for first, *rest in paths:
        below.setdefault(first, []).append(rest)
    found: dict[str, pl.DataType | None] = {}
    for name in [*(name for name in types if name in below), *sorted(below.keys() - set(types))]:
        dtype, rests = types.get(name), below[name]
        found[name] = dtype if dtype in _PLAIN and not any(rests) else None
        if isinstance(dtype, pl.Struct) and all(rests):
            inner = _types_of({one.name: one.dtype for one in dtype.fields}, rests)
            if None not in inner.values():
                found[name] = pl.Struct({name: one for name, one in inner.items() if one is not None})
    return found


def _as_lines(elements: Iterator[bytes]) -> tuple[bytes, dict[int, bytes]]:
    """Return elements of an array as lines, and those that are no JSON, for which a comma stands."""
    lines, damaged = [], {}
    for number, element in enumerate(elements, 1):
        try:
            lines.append(msgspec.json.format(element, indent=-1) if b"\n" in element else element or b",")
        except (msgspec.MsgspecError, RecursionError):
            lines.append(b",")
            damaged[number] = element
    return b"\n".join(lines), damaged


def _is_wide(content: bytes) -> bool:
    """Whether the first object has so many fields that a table of all would take long to make."""
    first = content[: content.find(b"\n") % (len(content) + 1)]
    if first.count(b":") <= _WIDE:
        return False
    try:
        return len(msgspec.json.decode(first, type=dict[str, msgspec.Raw])) > _WIDE
    except (msgspec.MsgspecError, RecursionError):
        return False


def _narrowed(content: bytes, layout: TextLayout) -> tuple[bytes, tuple[str, ...]]:
    """Return the objects with the fields that may be wanted, and the names of all; others as they are."""
    wanted = {name.split(".")[0] for name in layout.wanted}
    names: dict[str, None] = {}
    kept = []
    for line in content.split(b"\n"):
        try:
            fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
        except (msgspec.MsgspecError, RecursionError):
            kept.append(line)
            continue
        names |= dict.fromkeys(fields)
        kept.append(msgspec.json.encode({name: raw for name, raw in fields.items() if name in wanted}))
    return b"\n".join(kept), tuple(names)


def scan_ndjson(name: str, path: Path, layout: TextLayout) -> TextTable:
    """Open JSON objects of a file too large to be held; an array becomes lines in a temporary file."""
    with path.open("rb") as file:
        head = file.read(_HEAD).removeprefix(_BOM)
        _check_narrow(name, head)
        check_text(name, head[: head.rfind(b"\n") + 1])
        if head.lstrip().startswith(b"["):
            file.seek(0)
            file.seek(3 if file.read(3) == _BOM else 0)
            path = temporary_folder() / "elements.ndjson"
            with path.open("wb") as out:
                for element in array_elements(name, file, skip=layout.skip):
                    out.write(_as_lines(iter([element]))[0] + b"\n")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        _check_lengths(name, whole)
        halves = half_characters(whole)
    try:
        frame = pl.scan_ndjson(path, infer_schema_length=None)
        frame.collect_schema()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        why = "a line" if layout.secret else str(error).splitlines()[0]
        raise SchemaError(f"{name}: can't be read as lines of JSON objects: {why}. Correct it.") from None
    if halves:
        raise SchemaError(
            f"{name}: a \\u escape is half of a character, and a file of this size is not mended in memory. "
            "Leave its lines out, for example: grep -avE '\\\\u[dD][89a-fA-F]'."
        )
    return TextTable(frame, tuple(frame.collect_schema().names()))


def _ndjson(content: bytes) -> pl.DataFrame:
    return pl.read_ndjson(io.BytesIO(content), infer_schema_length=None)
