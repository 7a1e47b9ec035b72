"""Pajek .net.

The manual: http://mrvar.fdv.uni-lj.si/pajek/

Read here and not by networkx, which loses relations, ``*Arcslist`` and vertices with one label.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from influence_graph.errors import SchemaError, counted
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edge_lines import fields_of
from influence_graph.interactions.adapters.edges import add_edge, add_edges, known_by_labels
from influence_graph.interactions.adapters.records import text_blocks
from influence_graph.interactions.adapters.rows import Rows

_SECTION = re.compile(r"^\*(\w+)\s*(.*)$")
_RELATION = re.compile(r":\s*\d+\s*(?:\"([^\"]*)\")?")
#: A line that begins a section, and a vertex with a label in quotes.
_BEGINS = re.compile(r"^[ \t]*\*[^\n]*\n?", re.MULTILINE)
_VERTEX = r'^[ \t]*(?<number>[0-9]+)[ \t]+"(?<label>[^"]*)"'
_NUMBERS = b"0123456789 \t\n.eE+-"
_WORD = re.compile(r"[a-z]{1,3}\d?", re.IGNORECASE)
_INTERVALS = re.compile(r"\[[\d*][\d*,-]*\]")
_NUMBER = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")


def _recognise(head: bytes, name: str) -> bool:
    return re.search(rb"(?im)^\*vertices\s+\d+", head) is not None


def _read(path: Path, rows: Rows) -> None:
    network, rows.unit = _Network(path, rows), "line"
    for number, block in _blocks(text_blocks(path, "cp1250", "latin-1", rows=rows)):
        if block.lstrip().startswith("*"):
            rows.number = number
            network.begin(block.strip())
        elif network.take(block):
            continue
        else:
            for at, line in enumerate(block.split("\n"), number):
                rows.number = at
                if line.strip() and not line.lstrip().startswith(("%", "/*")):
                    network.add(line.strip())
    network.finish()


def _blocks(blocks: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the number of its first line and each line that begins a section, or lines between such lines."""
    number = 1
    for block in blocks:
        start = 0
        for found in _BEGINS.finditer(block) if "*" in block else ():
            if found.start() > start:
                yield number, block[start : found.start()]
                number += block.count("\n", start, found.start())
            yield number, found[0]
            number, start = number + 1, found.end()
        if start < len(block):
            yield number, block[start:]
            number += block.count("\n", start)


@dataclass
class _Network:
    """What the lines so far said."""

    path: Path
    rows: Rows
    section: str = ""
    kind: str | None = None
    size: int = 0
    labels: list[pl.Series] = field(default_factory=list)
    known: int = 0
    others: dict[int, str | None] = field(default_factory=dict)
    people: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    matrix: int = 0
    timed: int = 0

    def wrong(self, what: str, line: str = "") -> SchemaError:
        shown = "" if self.rows.secret or not line else f": {line[:80]!r}"
        return SchemaError(f"{self.path}, line {self.rows.number:,}: {what}{shown}.")

    def begin(self, line: str) -> None:
        """Begin the section that this line names."""
        found = _SECTION.match(line)
        if found is None:
            raise self.wrong("a section without a name", line)
        self.section, rest = found[1].lower(), found[2]
        relation = _RELATION.search(rest)
        self.kind, self.matrix = (relation[1] or None) if relation else None, 0
        if self.section != "vertices":
            if not len(self.people):
                self._name_people()
            return
        if self.size:
            raise self.wrong("a second *Vertices. Expected one network a file")
        counts = re.match(r"(\d+)(?:\s+(\d+))?", rest)
        if counts is None:
            raise self.wrong("expected *Vertices and a number", line)
        if counts[2] and 0 < int(counts[2]) < int(counts[1]):
            raise self.wrong(
                f"the network has two modes, of {counts[2]} and {int(counts[1]) - int(counts[2])} vertices, "
                "of which one is no people. A log is of people and people: project it on one mode first"
            )
        self.size = int(counts[1])

    def _name_people(self) -> None:
        """Call people by their labels, or by their numbers."""
        rest = pl.Series([None], dtype=pl.String).new_from_index(0, self.size - self.known)
        labels = pl.concat([*self.labels, rest])
        if self.others:
            written = labels.to_list()
            for number, label in self.others.items():
                written[number - 1] = label
            labels = pl.Series(written, dtype=pl.String)
        self.labels = []
        numbers = pl.int_range(1, self.size + 1, eager=True).cast(pl.String)
        self.people = labels if known_by_labels(labels, self.rows, what="number") else numbers

    def _number(self, text: str) -> int | None:
        """Return the number of a vertex that is declared."""
        number = int(text) if text.isdecimal() and text.isascii() and len(text) < 20 else 0
        return number if 1 <= number <= self.size and str(number) == text else None

    def take(self, block: str) -> bool:
        """Take lines that are all plainly written at once; whether that was so."""
        if self.section == "vertices":
            return self._take_vertices(block)
        content = block.encode()
        if self.section not in ("arcs", "edges") or content.translate(None, _NUMBERS):
            return False
        try:
            frame = fields_of(self.path, content, 0)
        except SchemaError:
            return False
        ends = pl.col("source", "target")
        if frame.width not in (2, 3) or frame.schema["source"] != pl.Int64:
            return False
        if not all(frame.select(ends.is_between(1, self.size).all()).row(0)):
            return False
        if frame.width == 3 and not frame["third"].is_finite().fill_null(False).all():
            return False
        edges = frame.rename({"third": "weight"}, strict=False).with_columns(
            *(self.people.gather(frame[end] - 1).alias(end) for end in ("source", "target"))
        )
        if self.kind is not None:
            edges = edges.with_columns(pl.lit(self.kind).alias("kind"))
        add_edges(self.rows, edges, directed=self.section == "arcs")
        return True

    def _take_vertices(self, block: str) -> bool:
        found = pl.Series(block.removesuffix("\n").split("\n")).str.extract_groups(_VERTEX).struct.unnest()
        numbers = pl.int_range(self.known + 1, self.known + 1 + found.height, eager=True).cast(pl.String)
        if self.others or self.known + found.height > self.size:
            return False
        if not (found["number"] == numbers).fill_null(False).all():
            return False
        self.labels.append(found["label"].set(found["label"] == "", None))
        self.known += found.height
        return True

    def add(self, line: str) -> None:
        """Add what a line says."""
        if self.section == "vertices":
            vertex, label, whole = _vertex(line)
            number = self._number(vertex)
            if not whole or number is None or (self._label(number) or label) != label:
                raise self.wrong(
                    "a vertex whose label is not closed or is another above, or whose number is beyond "
                    "*Vertices",
                    line,
                )
            self.others[number] = label
        elif not self.section:
            raise self.wrong("a line before *Vertices, to be moved or deleted", line)
        elif self.section in ("arcs", "edges", "arcslist", "edgeslist", "matrix"):
            self._add_edges(line)

    def _label(self, number: int) -> str | None:
        if number > self.known:
            return self.others.get(number)
        return self.others.get(number) or str(pl.concat(self.labels)[number - 1] or "")

    def _add_edges(self, line: str) -> None:
        self.matrix += 1
        try:
            edges, timed = _ends(line, self.section, self.matrix, self.size)
        except ValueError:
            self.rows.leave_out("a line that is no edge")
            return
        self.timed += timed
        for source, target, weight in edges:
            ends = self._number(source), self._number(target)
            if ends[0] is None or ends[1] is None:
                self.rows.leave_out("an edge of a vertex that is not declared")
                continue
            one, other = self.people[ends[0] - 1], self.people[ends[1] - 1]
            directed = self.section in ("arcs", "arcslist", "matrix")
            add_edge(self.rows, one, other, directed=directed, weight=weight, kind=self.kind)

    def finish(self) -> None:
        """Note what was not read."""
        if self.timed:
            have = counted(self.timed, "line has", "lines have")
            self.rows.notes.append(f"{have} intervals of time, which count from no date and are not read")


def _vertex(line: str) -> tuple[str, str | None, bool]:
    """Return the number and the label of a vertex, and whether its quotes are closed."""
    vertex, *others = line.split(None, 1)
    rest = others[0].strip() if others else ""
    if rest.startswith('"'):
        label, closing, _ = rest[1:].partition('"')
        return vertex, label or None, bool(closing)
    word = rest.split()[0] if rest else None
    return vertex, word, rest.count('"') % 2 == 0 and '"' not in (word or "")


def _ends(line: str, section: str, row: int, size: int) -> tuple[list[tuple[str, str, str | None]], bool]:
    """Return the edges of a line, and whether it says when they hold."""
    fields = line.split() if '"' not in line else shlex.split(line, posix=True)
    if section == "matrix":
        cells = ((str(column), cell) for column, cell in enumerate(fields, 1))
        if len(fields) != size or row > size:
            raise ValueError(line)
        return [(str(row), column, cell) for column, cell in cells if float(cell) != 0], False
    if section in ("arcslist", "edgeslist"):
        return [(fields[0], target, None) for target in fields[1:]], False
    if len(fields) < 2:
        return [(fields[0], "", None)], False
    rest = fields[2:]
    weight = rest.pop(0) if rest and _NUMBER.match(rest[0]) else None
    # What follows are intervals of time, [5-9,12-*], and words with their values: w 5, c Blue, l "a label".
    timeless = [word for word in rest if not _INTERVALS.fullmatch(word)]
    timed, rest = len(timeless) < len(rest), timeless
    if rest and (len(rest) < 2 or not _WORD.fullmatch(rest[0])):
        raise ValueError(line)
    return [(fields[0], fields[1], weight)], timed


PAJEK = Adapter("pajek", "a graph in Pajek's format", _recognise, _read, records=False)
