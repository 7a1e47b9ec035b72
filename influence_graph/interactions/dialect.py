"""How a delimited text file is written: its separator, comments, header, and the names of its columns."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from influence_graph.errors import SchemaError, counted
from influence_graph.interactions.column_names import ALIASES, plain_name, proposed

_SEPARATOR_NAMES = {",": "comma", "\t": "tab", " ": "space", ";": "semicolon", "|": "bar"}
#: What marks a comment in an edge list: SNAP has the first, KONECT and Network Repository the second.
EDGE_LIST_COMMENTS = ("#", "%")
#: The first line that Excel writes and reads: the separator of the lines below.
_EXCEL_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
#: Lines by which a first line of words above numbers is known as a header.
_LINES_COMPARED = 100


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
        Names of columns that are read where a file has them: a header is known by them.
    comment : str or None
        Lines that start with this are comments. "auto": in an edge list lines that start with # or %, in
        other files lines above the header that start with #.
    quote : str or None
        What stands around fields that hold the separator or a line end.
    skip : bool
        Whether lines that can't be read are left out (and counted) instead of raising.
    secret : bool
        Whether messages show nothing of the rows.
    roles : mapping of str to str
        Columns that may be typed at once, by their name in the file; see :func:`typed_table`. Empty: every
        column is text.
    """

    separator: str | None = None
    header: bool | None = None
    names: Sequence[str | None] | None = None
    wanted: frozenset[str] = frozenset()
    comment: str | None = "auto"
    quote: str | None = '"'
    skip: bool = False
    secret: bool = field(default=False, repr=False)
    roles: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Dialect:
    """How one file is written.

    Attributes
    ----------
    separator : str
        One character.
    comment : str or None
        Lines among the rows that start with this are comments.
    quote : str or None
        What stands around fields.
    names : tuple of str
        The columns.
    skip : int
        Lines before the first row.
    notes : tuple of str
        What was decided that a reader of the log should know.
    """

    separator: str
    comment: str | None
    quote: str | None
    names: tuple[str, ...]
    skip: int
    notes: tuple[str, ...] = ()


def find_dialect(name: str, lines: Sequence[str], format: str, layout: TextLayout) -> Dialect:
    """Return how a file is written, from its first lines.

    Parameters
    ----------
    name : str
        The file, for messages.
    lines : sequence of str
        Its first lines.
    format : {"csv", "tsv", "edgelist"}
        The format.
    layout : TextLayout
        What the caller said.

    Raises
    ------
    SchemaError
        If there is no row, one column only, or no way to tell which column is which.

    Examples
    --------
    >>> find_dialect("log.txt", ["% asym", "1 2"], "edgelist", TextLayout()).skip
    1
    >>> find_dialect("log.csv", ["sep=;", "source;target", "b;a"], "csv", TextLayout()).names
    ('source', 'target')
    """
    declared, at = _excel_separator(lines)
    separator = layout.separator or declared
    comment = _comment(lines, format, layout)
    above = "#" if layout.comment == "auto" else layout.comment
    while at < len(lines) and _is_no_row(lines[at], comment or above, separator or ",", layout):
        at += 1
    if at == len(lines):
        raise SchemaError(f"{name}: the file holds no rows, only blank lines or comments. Expected a log.")
    first = lines[at]
    separator = separator or _separator(first, format)
    if separator == " ":
        first = " ".join(first.split())
    fields = split(name, first, separator, layout.quote, secret=layout.secret)
    if len(fields) < 2:
        later = _header_below(lines[at + 1 : at + _LINES_COMPARED], separator, layout)
        raise SchemaError(
            _one_column(name, at + 1, first, separator, later and later + at + 1, secret=layout.secret)
        )
    mark = None if separator == " " else separator
    below = [line.split(mark) for line in lines[at + 1 :][:_LINES_COMPARED]]
    header = _has_header(fields, below, format, layout)
    if header and layout.names is None and _numbered_rows(fields, lines[at + 1 :], separator, layout):
        # As R writes a table: the header has no name for the numbers of the rows.
        fields = ["", *fields]
    names, notes = _names(name, fields, format, separator, layout, header=header)
    return Dialect(separator, comment, layout.quote, tuple(names), at + header, notes)


def _numbered_rows(fields: Sequence[str], below: Sequence[str], separator: str, layout: TextLayout) -> bool:
    """Whether each row has one field more than the header has names, and these number the rows from 1."""
    lines = [line for line in below[:_LINES_COMPARED] if line.strip()]
    if not lines or layout.quote is None:
        return False
    try:
        rows = list(csv.reader(lines, delimiter=separator, quotechar=layout.quote))
    except csv.Error:
        return False
    long = all(len(row) == len(fields) + 1 for row in rows)
    return long and [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]


def split(name: str, line: str, separator: str, quote: str | None, *, secret: bool = False) -> list[str]:
    """Return the fields of one line; ``secret``: messages don't show it."""
    if quote is None:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator, quotechar=quote))
    except csv.Error as error:
        shown = "" if secret else f", {line[:80]!r}"
        raise SchemaError(f"{name}: the first line can't be read{shown}: {error}.") from None


def called(separator: str) -> str:
    """Return the word for a separator."""
    return _SEPARATOR_NAMES.get(separator, repr(separator))


def _excel_separator(lines: Sequence[str]) -> tuple[str | None, int]:
    """Return the separator that the first line declares, and how many lines that took."""
    declared = _EXCEL_SEPARATOR.fullmatch(lines[0]) if lines else None
    return (declared[1], 1) if declared else (None, 0)


def _comment(lines: Sequence[str], format: str, layout: TextLayout) -> str | None:
    """Return what marks comments among the rows of this file."""
    if layout.comment != "auto":
        return layout.comment
    if format != "edgelist":
        return None
    return next((m for m in EDGE_LIST_COMMENTS if any(line.startswith(m) for line in lines)), "#")


def _is_no_row(line: str, comment: str | None, separator: str, layout: TextLayout) -> bool:
    """Whether a line above the rows is blank or a comment; a header may begin with the mark."""
    if not line.strip():
        return True
    if comment is None or not line.startswith(comment):
        return False
    if layout.comment != "auto":
        return True
    fields = [part.strip(" \"'\ufeff#") for part in line.split(separator)]
    if layout.names is not None:
        return len(fields) != len(layout.names)
    return not {"source", "target"} <= set(fields) and len(layout.wanted.intersection(fields)) < 3


def _header_below(lines: Sequence[str], separator: str, layout: TextLayout) -> int | None:
    """Return which of these lines is a header, from 1: one that names both ends."""
    for place, line in enumerate(lines, 1):
        names = {part.strip(" \"'\ufeff#") for part in line.split(separator)}
        if {"source", "target"} <= names or {"source", "target"} <= set(proposed(names)):
            return place
    return None


def _one_column(name: str, line: int, first: str, separator: str, header: int | None, *, secret: bool) -> str:
    if header is not None:
        shown = "" if secret else f" ({first[:80]!r})"
        return (
            f"{name}, line {line:,}: a line above the header{shown}, which is line {header:,}. Delete the "
            f"lines above it, or read what is below them: tail -n +{header} {name} | influence-graph check -"
        )
    # Words of a name have spaces between them, too.
    marks = sorted(_SEPARATOR_NAMES, key=lambda mark: (mark != " ", first.count(mark)), reverse=True)
    other = next((mark for mark in marks if mark in first and mark != separator), None)
    remedy = "A log needs source and target." if other is None else f"Say separator={other!r}."
    if other == "\t":  # a terminal completes names where a tab is typed
        remedy = "Say format='tsv'."
    shown = "this" if secret else repr(first[:80])
    found = f"{shown} has no {called(separator)}, so the file has one column"
    return f"{name}, line {line:,}: {found}. {remedy}"


def _separator(first: str, format: str) -> str:
    if format == "csv":
        return ","
    if format == "tsv" or "\t" in first:
        return "\t"
    if format == "edgelist" and " " not in first.strip() and "," in first:
        return ","
    return " "


def _has_header(
    fields: Sequence[str], below: Sequence[Sequence[str]], format: str, layout: TextLayout
) -> bool:
    if layout.header is not None:
        return layout.header
    if any(_is_number(field) for field in fields[:2]) and all(map(_is_number, fields)):
        return False
    if format != "edgelist" and layout.names is None:
        return True
    if layout.names is None and layout.wanted.intersection(fields):
        return True
    # The ids of an edge list may be words. Words above numbers, and words for the two ends, are a header.
    numbered = [line for line in below if len(line) >= 2]
    if numbered and not any(map(_is_number, fields[:2])):
        ends = layout.names or ("source", "target")
        places = [i for i, end in enumerate(ends) if end in ("source", "target") and i < len(fields)]
        if places and all(_is_number(line[i]) for line in numbered for i in places if i < len(line)):
            return True
    return plain_name(fields[0]) in ALIASES["source"] and plain_name(fields[1]) in ALIASES["target"][:-1]


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _names(
    name: str, fields: Sequence[str], format: str, separator: str, layout: TextLayout, *, header: bool
) -> tuple[list[str], tuple[str, ...]]:
    """Return the names of the columns, and a note where they are not simply those of the header."""
    shown = "" if layout.secret else f", the first line being {separator.join(fields)[:80]!r}"
    if layout.names is not None:
        if len(layout.names) != len(fields):
            raise SchemaError(
                f"{name}: columns= names {counted(len(layout.names), 'column')}, and the first line has "
                f"{counted(len(fields), 'field')} with a {called(separator)} between them{shown}. Name each "
                "column (None for one that is not wanted), or say separator=."
            )
        first = "" if layout.secret else f", {separator.join(fields)[:80]!r},"
        notes = (f"{name}: the first line{first} was read as a header",) * header
        return [given or f"_unnamed_{i}" for i, given in enumerate(layout.names)], notes
    if not header:
        if len(fields) == 2:
            return ["source", "target"], ()
        if any(field.startswith("{") for field in fields[2:3]):
            raise SchemaError(
                f"{name}: an edge list of networkx with data{shown}. Give the graph: InfluenceGraph."
                f"from_networkx(networkx.read_edgelist({name!r}, create_using=networkx.DiGraph))."
            )
        raise SchemaError(
            f"{name}: the file has no header and {counted(len(fields), 'column')}{shown}. "
            f"Name them: columns={_by_place(fields)}."
        )
    names = [field.strip() for field in fields]
    if names[0].startswith("#") and names[0][1:].strip() in layout.wanted:
        names[0] = names[0][1:].strip()
    if format == "edgelist" and not layout.wanted.intersection(names):
        return _edge_list_names(name, names)
    return _distinct(name, names, layout.wanted), _note_nameless(name, names)


def _by_place(fields: Sequence[str]) -> str:
    """Return names for the columns of a file without header, as far as their values tell."""
    rest = []
    for value in fields[2:]:
        timed = re.match(r"\d{4}-\d\d|\d{9,}(\.\d*)?$", value) is not None
        rest.append("timestamp" if timed else "weight" if _is_number(value) else "…")
    if "…" in rest or len(set(rest)) < len(rest):
        return "['source', 'target', 'timestamp', …]"
    return repr(["source", "target", *rest])


def _note_nameless(name: str, names: Sequence[str]) -> tuple[str, ...]:
    """Note columns without a name, but for the first: pandas writes its index so."""
    nameless = [f"{place:,}" for place, one in enumerate(names, 1) if not one and place > 1]
    if not nameless:
        return ()
    shown = ", ".join(nameless[:12]) + (" …" if len(nameless) > 12 else "")
    have = "column has" if len(nameless) == 1 else "columns have"
    return (
        f"{name}: {len(nameless):,} {have} no name in the header and {'is' if len(nameless) == 1 else 'are'} "
        f"not read, by place: {shown}; columns=['source', 'target', …] names all by place",
    )


def _edge_list_names(name: str, names: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Name the columns of an edge list by what its header calls them, or two columns by position."""
    found = proposed(names)
    if not {"source", "target"} <= set(found):
        if len(names) != 2:
            return _distinct(name, names, frozenset()), ()
        found = {"source": names[0], "target": names[1]}
    told = ", ".join(f"{there!r} as {here}" for here, there in found.items())
    renamed = {there: here for here, there in found.items()}
    return [renamed.get(one, one) for one in names], (f"{name}: the header reads {told}",)


def _distinct(name: str, names: Sequence[str], wanted: frozenset[str]) -> list[str]:
    """Return the names, unwanted columns of one name numbered by their position."""
    counts = Counter(names)
    twice = next((one for one in names if one in wanted and counts[one] > 1), None)
    if twice is not None:
        raise SchemaError(f"{name}: two columns are called {twice!r}. Give each column a name of its own.")
    first: dict[str, int] = {}
    for i, one in enumerate(names):
        first.setdefault(one, i)
    return [
        f"_unnamed_{i}" if not one else one if first[one] == i else f"_{one}_{i + 1}"
        for i, one in enumerate(names)
    ]
