"""GraphML.

http://graphml.graphdrawing.org/primer/graphml-primer.html

Read here and not by networkx, which refuses edges that differ in direction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edges import add_edge, note_unread, shown_edge
from influence_graph.interactions.adapters.rows import Rows
from influence_graph.interactions.adapters.xml_elements import foreign_namespace, xml_elements

_USES = ("edge", "all", "node", "graph", "hyperedge", "port", "endpoint")


def _recognise(head: bytes, name: str) -> bool:
    return b"<graphml" in head[:4096]


def _read(path: Path, rows: Rows) -> None:
    graph = _Graph(path, rows)
    for event, tag, element in xml_elements(path):
        if event == "start" and tag == "graphml":
            rows.notes += foreign_namespace(element, "//graphml.graphdrawing.org/")
        elif event == "start" and tag == "graph":
            directed = _one_of(path, element, "edgedefault", ("directed", "undirected"))
            graph.directed = directed != "undirected"
            if directed is None:
                rows.notes.append("the graph has no edgedefault; its edges are read as directed")
        elif event == "start" and tag == "node":
            graph.nodes.add(element.get("id", ""))
        elif event == "end" and tag == "key":
            graph.add_key(element)
        elif event == "end" and tag == "edge":
            graph.add_edge(element)
        elif event == "end" and tag == "hyperedge":
            rows.leave_out("an edge of more than two nodes")
        if event == "end" and tag in ("edge", "node", "hyperedge"):
            element.clear()
    graph.finish()


def _one_of(path: Path, element: ElementTree.Element, name: str, words: tuple[str, str]) -> str | None:
    word = element.get(name)
    if word is not None and word not in words:
        raise SchemaError(f"{path}: {name} is {word!r}. Expected {words[0]!r} or {words[1]!r}.")
    return word


@dataclass
class _Graph:
    """What was declared so far, and edges of nodes that were not."""

    path: Path
    rows: Rows
    directed: bool = True
    edges: int = 0
    nodes: set[str] = field(default_factory=set)
    undeclared: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    keys: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    early: list[tuple[str, str, bool, dict[str, str]]] = field(default_factory=list)

    def add_key(self, element: ElementTree.Element) -> None:
        name = element.get("id", "")
        use = element.get("for", "all")
        if use not in _USES:
            raise SchemaError(f"{self.path}: the key {name!r} is for {use!r}. Expected {', '.join(_USES)}.")
        if use not in ("edge", "all"):
            return
        if self.edges:
            raise SchemaError(
                f"{self.path}: the key {name!r} is declared after edges that may have it. "
                "Expected keys before the graph, as GraphML has them."
            )
        default = next((child.text for child in element if child.tag.endswith("default")), None)
        self.keys[name] = (element.get("attr.name") or name).lower(), default

    def add_edge(self, element: ElementTree.Element) -> None:
        self.edges += 1
        found = {name: default for name, default in self.keys.values() if default is not None}
        for data in element:
            key = data.get("key", "")
            if key in self.keys and data.text:
                found[self.keys[key][0]] = data.text.strip()
                self.unread.add(self.keys[key][0])
            elif key not in self.keys and data.tag.endswith("data"):
                self.undeclared.add(key)
        own = _one_of(self.path, element, "directed", ("true", "false"))
        both = self.directed if own is None else own == "true"
        source, target = element.get("source", ""), element.get("target", "")
        if source in self.nodes and target in self.nodes:
            _add(source, target, both, found, self.rows)
        else:
            self.early.append((source, target, both, found))

    def finish(self) -> None:
        note_unread(self.rows, self.unread - {"weight", "kind"})
        if self.undeclared:
            names = ", ".join(map(repr, sorted(self.undeclared)[:5]))
            self.rows.notes.append(
                f"edges have data of keys that are not declared for edges, not read: {names}"
            )
        for source, target, both, found in self.early:
            if source in self.nodes and target in self.nodes:
                _add(source, target, both, found, self.rows)
            else:
                where = shown_edge(self.rows, source, target)
                self.rows.leave_out("an edge of a node that is not declared", where=where)


def _add(source: str, target: str, directed: bool, found: dict[str, str], rows: Rows) -> None:
    kind = found.get("kind")
    add_edge(rows, source, target, directed=directed, weight=found.get("weight"), kind=kind)


GRAPHML = Adapter("graphml", "a graph in GraphML", _recognise, _read, records=False)
