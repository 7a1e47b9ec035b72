"""Pajek .net.

The manual: http://mrvar.fdv.uni-lj.si/pajek/

Read here and not by networkx, which loses relations, ``*Arcslist`` and vertices with one label.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edges import add_edge, names_of
from influence_graph.interactions.adapters.records import text_lines
from influence_graph.interactions.adapters.rows import Rows

_SECTION = re.compile(r"^\*(\w+)\s*(.*)$")
_RELATION = re.compile(r":\s*\d+\s*(?:\"([^\"]*)\")?")
_WORD = re.compile(r"[a-z]{1,3}\d?", re.IGNORECASE)
_INTERVALS = re.compile(r"\[[\d*][\d*,-]*\]")
_NUMBER = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")


def _recognise(head: bytes, name: str) -> bool:
    return re.search(rb"(?im)^\*vertices\s+\d+", head) is not None


def _read(path: Path, rows: Rows) -> None:
    section, kind, rows.unit = "", None, "line"
    labels: dict[str, str | None] = {}
    names: Mapping[str, str] = {}
    matrix = 0
    for number, line in enumerate(text_lines(path, "cp1250", "latin-1", rows=rows), 1):
        line, rows.number = line.strip(), number
        if not line or line.startswith("%"):
            continue
        found = _SECTION.match(line)
        if found is not None:
            section, rest = found[1].lower(), found[2]
            relation = _RELATION.search(rest)
            kind, matrix = (relation[1] or None) if relation else None, 0
            if section == "vertices" and labels:
                raise SchemaError(
                    f"{path}, line {number:,}: a second *Vertices. Expected one network a file."
                )
            if section == "vertices":
                count = re.match(r"\d+", rest)
                if count is None:
                    shown = "" if rows.secret else f" {line[:80]!r}:"
                    raise SchemaError(f"{path}, line {number:,}:{shown} expected *Vertices and a number.")
                labels = {str(vertex): None for vertex in range(1, int(count[0]) + 1)}
            else:
                names = names or names_of(labels, rows, what="number")
        elif section == "vertices":
            vertex, label, whole = _vertex(line)
            if not whole or vertex not in labels or (labels[vertex] or label) != label:
                shown = "" if rows.secret else f": {line[:80]!r}"
                raise SchemaError(
                    f"{path}, line {number:,}: a vertex whose label is not closed or is another "
                    f"above, or whose number is beyond *Vertices{shown}. Correct it."
                )
            labels[vertex] = label
        elif not section:
            shown = "" if rows.secret else f": {line[:80]!r}"
            raise SchemaError(
                f"{path}, line {number:,}: a line before *Vertices{shown}. Move it or delete it."
            )
        elif section in ("arcs", "edges", "arcslist", "edgeslist", "matrix"):
            matrix += 1
            try:
                ends = _ends(line, section, matrix)
            except ValueError:
                rows.leave_out("a line that is no edge")
                continue
            for source, target, weight in ends:
                if source not in names or target not in names:
                    rows.leave_out("an edge of a vertex that is not declared")
                    continue
                directed = section in ("arcs", "arcslist", "matrix")
                add_edge(rows, names[source], names[target], directed=directed, weight=weight, kind=kind)


def _vertex(line: str) -> tuple[str, str | None, bool]:
    """Return the number and the label of a vertex, and whether its quotes are closed."""
    vertex, _, rest = line.partition(" ")
    rest = rest.strip()
    if rest.startswith('"'):
        label, closing, _ = rest[1:].partition('"')
        return vertex, label or None, bool(closing)
    word = rest.split()[0] if rest else None
    return vertex, word, rest.count('"') % 2 == 0 and '"' not in (word or "")


def _ends(line: str, section: str, row: int) -> list[tuple[str, str, str | None]]:
    fields = line.split() if '"' not in line else shlex.split(line, posix=True)
    if section == "matrix":
        cells = ((str(column), cell) for column, cell in enumerate(fields, 1))
        return [(str(row), column, cell) for column, cell in cells if float(cell) != 0]
    if section in ("arcslist", "edgeslist"):
        return [(fields[0], target, None) for target in fields[1:]]
    if len(fields) < 2:
        return [(fields[0], "", None)]
    rest = fields[2:]
    weight = rest.pop(0) if rest and _NUMBER.match(rest[0]) else None
    # What follows are intervals of time, [5-9,12-*], and words with their values: w 5, c Blue, l "a label".
    rest = [word for word in rest if not _INTERVALS.fullmatch(word)]
    if rest and (len(rest) < 2 or not _WORD.fullmatch(rest[0])):
        raise ValueError(line)
    return [(fields[0], fields[1], weight)]


PAJEK = Adapter("pajek", "a graph in Pajek's format", _recognise, _read, records=False)
