"""GraphML.

http://graphml.graphdrawing.org/primer/graphml-primer.html

Read here and not by networkx, which refuses edges that differ in direction.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edges import add_edge
from influence_graph.interactions.adapters.records import open_binary
from influence_graph.interactions.adapters.rows import Rows


def _recognise(head: bytes, name: str) -> bool:
    return b"<graphml" in head[:4096]


def _read(path: Path, rows: Rows) -> None:
    keys: dict[str, tuple[str, str | None]] = {}
    nodes: set[str] = set()
    early: list[tuple[str, str, bool, dict[str, str]]] = []
    directed = True
    with open_binary(path) as file:
        try:
            for event, element in ElementTree.iterparse(file, events=("start", "end")):
                tag = element.tag.rpartition("}")[2]
                if event == "start":
                    if tag == "graph":
                        directed = element.get("edgedefault", "directed") == "directed"
                    elif tag == "node":
                        nodes.add(element.get("id", ""))
                elif tag == "key" and element.get("for") in ("edge", "all"):
                    default = next((child.text for child in element if child.tag.endswith("default")), None)
                    name = (element.get("attr.name") or element.get("id", "")).lower()
                    keys[element.get("id", "")] = name, default
                elif tag == "edge":
                    found = {name: default for name, default in keys.values() if default is not None}
                    for data in element:
                        if data.get("key", "") in keys and data.text:
                            found[keys[data.get("key", "")][0]] = data.text.strip()
                    own = element.get("directed")
                    both = directed if own is None else own == "true"
                    source, target = element.get("source", ""), element.get("target", "")
                    if source in nodes and target in nodes:
                        _add(source, target, both, found, rows)
                    else:
                        early.append((source, target, both, found))
                    element.clear()
                elif tag == "node":
                    element.clear()
        except ElementTree.ParseError as error:
            raise SchemaError(f"{path}: not a whole XML file ({error}). Get it again.") from error
    for source, target, both, found in early:
        if source in nodes and target in nodes:
            _add(source, target, both, found, rows)
        else:
            rows.leave_out("an edge of a node that is not declared")


def _add(source: str, target: str, directed: bool, found: dict[str, str], rows: Rows) -> None:
    kind = found.get("kind")
    add_edge(rows, source, target, directed=directed, weight=found.get("weight"), kind=kind)


GRAPHML = Adapter("graphml", "a graph in GraphML", _recognise, _read, records=False)
