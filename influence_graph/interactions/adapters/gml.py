"""GML: Himsolt, "GML: A portable graph file format" (1997).

Read here and not by networkx, which refuses files in which labels lack or stand twice.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edges import add_edge, names_of, shown_edge
from influence_graph.interactions.adapters.records import read_text
from influence_graph.interactions.adapters.rows import Rows

_TOKEN = re.compile(r'"([^"]*)"|(^[ \t]*#[^\n]*)|([\[\]])|([^\s\[\]"]+)', re.MULTILINE)
_DEEPEST = 100
_Pairs: TypeAlias = "list[tuple[str, Any]]"


def _recognise(head: bytes, name: str) -> bool:
    return re.search(rb"(?:^|\n)\s*graph\s*\[", head) is not None and not head.lstrip().startswith(b"{")


def _read(path: Path, rows: Rows) -> None:
    tokens = _tokens(read_text(path, "latin-1", rows=rows))
    graphs = [value for key, value in _pairs(tokens, path, 0) if key == "graph" and isinstance(value, list)]
    for graph in graphs:
        nodes = [dict(value) for key, value in graph if key == "node" and isinstance(value, list)]
        labels = {str(node.get("id")): _text(node.get("label")) for node in nodes}
        names = names_of(labels, rows, what="id")
        directed = str(dict(graph).get("directed", "0")) == "1"
        for key, value in graph:
            if key == "edge" and isinstance(value, list):
                _add(dict(value), names, directed, rows)


def _add(edge: dict[str, Any], names: Any, directed: bool, rows: Rows) -> None:
    source, target = names.get(str(edge.get("source"))), names.get(str(edge.get("target")))
    if source is None or target is None:
        where = shown_edge(rows, str(edge.get("source")), str(edge.get("target")))
        rows.leave_out("an edge of a node that is not declared", where=where)
        return
    weight = edge.get("weight", edge.get("value"))
    add_edge(rows, source, target, directed=directed, weight=weight, kind=_text(edge.get("kind")))


def _text(value: Any) -> str | None:
    return None if value is None or isinstance(value, list) else html.unescape(str(value))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for found in _TOKEN.finditer(text):
        quoted, comment, bracket, word = found.groups()
        if comment is None:
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
        form, value = next(tokens, ("mark", "]"))
        if form == "mark" and value == "]":
            raise SchemaError(f"{path}: the key {key!r} has no value. Expected a GML file.")
        pairs.append((key, _pairs(tokens, path, depth + 1) if form == "mark" else value))
    if depth:
        raise SchemaError(f"{path}: the file ends inside a list. Get it again.")
    return pairs


GML = Adapter("gml", "a graph in GML", _recognise, _read, records=False)
