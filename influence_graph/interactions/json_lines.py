"""Lines of JSON objects, and arrays of them, opened as one table with the types of JSON."""

from __future__ import annotations

import io
import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from influence_graph.errors import SchemaError
from influence_graph.interactions.column_names import plain_name
from influence_graph.interactions.dialect import TextLayout
from influence_graph.interactions.json_text import (
    NO_OBJECT,
    array_elements,
    half_characters,
    keys_twice,
    no_object,
    several_values,
    why_no_object,
)
from influence_graph.interactions.standard_input import temporary_folder
from influence_graph.interactions.text import (
    BOM,
    HEAD,
    TextTable,
    Unread,
    check_lengths,
    check_narrow,
    check_text,
)

#: Types of JSON of which polars reads a value of another type in one way or not at all.
_PLAIN = frozenset((pl.String(), pl.Int64(), pl.Float64()))
#: Objects with more fields than this are cut down to those that are wanted before they become a table.
_WIDE = 2_000


def open_ndjson(name: str, content: bytes, layout: TextLayout) -> TextTable:
    """Open JSON objects, one a line or in one array; types are those of JSON."""
    plain = _wanted_fields(content.removeprefix(BOM), layout)
    if plain is not None:
        return plain
    content, unread = check_text(name, content, skip=layout.skip)
    # Strings of JSON have neither line ends nor record separators (RFC 7464) in them.
    content = content.replace(b"\n" + BOM, b"\n").replace(b"\x1e", b"")
    array = content[:HEAD].lstrip()[:1] == b"["
    damaged: dict[int, bytes] = {}
    if array:
        content, damaged = _as_lines(array_elements(name, io.BytesIO(content), skip=layout.skip))
    names: tuple[str, ...] = ()
    if _is_wide(content):
        content, names = _narrowed(content, layout)
    wanted = frozenset(part for name in layout.wanted for part in name.split("."))
    why, suspect = "", half_characters(content) or keys_twice(content[:HEAD], wanted)
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
    start = content[:HEAD]
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
        head = file.read(HEAD).removeprefix(BOM)
        check_narrow(name, head)
        check_text(name, head[: head.rfind(b"\n") + 1])
        if head.lstrip().startswith(b"["):
            file.seek(0)
            file.seek(3 if file.read(3) == BOM else 0)
            path = temporary_folder() / "elements.ndjson"
            with path.open("wb") as out:
                for element in array_elements(name, file, skip=layout.skip):
                    out.write(_as_lines(iter([element]))[0] + b"\n")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        check_lengths(name, whole)
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
