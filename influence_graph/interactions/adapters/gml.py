"""GML: Himsolt, "GML: A portable graph file format" (1997).

Read here and not by networkx, which refuses files in which labels lack or stand twice.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edges import add_edge, known_by_labels, note_unread, shown_edge
from influence_graph.interactions.adapters.records import read_text
from influence_graph.interactions.adapters.rows import Rows

_TOKEN = re.compile(r'"([^"]*)"|(^[ \t]*#[^\n]*)|([\[\]])|([^\s\[\]"]+)|(")', re.MULTILINE)
_KEY = re.compile(r"[A-Za-z][\w]*")
_DEEPEST = 100
#: Keys of an edge that are read.
_READ = frozenset(("source", "target", "weight", "value", "kind"))
_Pairs: TypeAlias = "list[tuple[str, Any]]"


def _recognise(head: bytes, name: str) -> bool:
    return re.search(rb"(?:^|\n)\s*graph\s*\[", head) is not None and not head.lstrip().startswith(b"{")


def _read(path: Path, rows: Rows) -> None:
    tokens = _tokens(read_text(path, "latin-1", rows=rows))
    graphs = [value for key, value in _pairs(tokens, path, 0) if key == "graph" and isinstance(value, list)]
    if len(graphs) > 1:
        raise SchemaError(f"{path}: there are {len(graphs)} graphs. Expected one graph a file.")
    unread: set[str] = set()
    for graph in graphs:
        if any(key in ("node", "edge") and not isinstance(value, list) for key, value in graph):
            raise SchemaError(f"{path}: a node or an edge is no list. Expected a GML file.")
        nodes = [dict(value) for key, value in graph if key == "node" and isinstance(value, list)]
        labels = {str(node.get("id")): _text(node.get("label")) for node in nodes}
        if len(labels) < len(nodes):
            raise SchemaError(f"{path}: two nodes have one id. Expected an id of its own for each node.")
        given = pl.Series(list(labels.values()), dtype=pl.String)
        by_label = known_by_labels(given, rows, what="id")
        names = {key: str(label) if by_label else key for key, label in labels.items()}
        directed = [value for key, value in graph if key == "directed"] or ["0"]
        if len(directed) > 1 or directed[0] not in ("0", "1"):
            raise SchemaError(f"{path}: directed is {directed!r:.80}. Expected 0 or 1, once.")
        for key, value in graph:
            if key == "edge" and isinstance(value, list):
                unread |= _add(value, names, directed == ["1"], rows)
    note_unread(rows, unread)


def _add(pairs: _Pairs, names: Mapping[str, str], directed: bool, rows: Rows) -> set[str]:
    """Add an edge, and return which of its keys say nothing that a log has."""
    edge = dict(pairs)
    if len(edge) < len(pairs) and any(
        n > 1 for key, n in Counter(k for k, _ in pairs).items() if key in _READ
    ):
        where = shown_edge(rows, str(edge.get("source")), str(edge.get("target")))
        rows.leave_out("an edge that says one thing twice", where=where)
        return set()
    source, target = names.get(str(edge.get("source"))), names.get(str(edge.get("target")))
    if source is None or target is None:
        where = shown_edge(rows, str(edge.get("source")), str(edge.get("target")))
        rows.leave_out("an edge of a node that is not declared", where=where)
    else:
        weight = edge.get("weight", edge.get("value"))
        add_edge(rows, source, target, directed=directed, weight=weight, kind=_text(edge.get("kind")))
    return set(edge) - _READ


def _text(value: Any) -> str | None:
    return None if value is None or isinstance(value, list) else html.unescape(str(value))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for found in _TOKEN.finditer(text):
        quoted, comment, bracket, word, lone = found.groups()
        if lone:
            yield "lone", f"a quote in line {text.count(chr(10), 0, found.start()) + 1:,} that is not closed"
        elif comment is None:
            yield ("text", quoted) if quoted is not None else ("mark", bracket) if bracket else ("word", word)


def _pairs(tokens: Iterator[tuple[str, str]], path: Path, depth: int) -> _Pairs:
    """Return the keys and values up to the bracket that closes this list."""
    pairs: _Pairs = []
    if depth > _DEEPEST:
        raise SchemaError(f"{path}: lists nest more than {_DEEPEST} deep. Expected a GML file.")
    for kind, key in tokens:
        if kind == "mark":
            if key == "]" and depth:
                return pairs
            raise SchemaError(f"{path}: a {key!r} stands where a key should. Expected a GML file.")
        if kind != "word" or not _KEY.fullmatch(key):
            shown = key if kind == "lone" else repr(key[:80])
            raise SchemaError(f"{path}: {shown} stands where a key should. Expected a GML file.")
        form, value = next(tokens, ("mark", "]"))
        if form == "mark" and value == "]":
            raise SchemaError(f"{path}: the key {key!r} has no value. Expected a GML file.")
        pairs.append((key, _pairs(tokens, path, depth + 1) if form == "mark" else value))
    if depth:
        raise SchemaError(f"{path}: the file ends inside a list. Get it again.")
    return pairs


GML = Adapter("gml", "a graph in GML", _recognise, _read, records=False)
