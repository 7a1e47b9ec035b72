"""GEXF, the format of Gephi: https://gexf.net/schema.html, versions 1.1 to 1.3.

Read here and not by networkx, which refuses edges that differ in direction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from influence_graph.errors import counted
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edges import add_edge, note_unread, shown_edge
from influence_graph.interactions.adapters.rows import Rows
from influence_graph.interactions.adapters.xml_elements import foreign_namespace, xml_elements


def _recognise(head: bytes, name: str) -> bool:
    return b"<gexf" in head[:4096]


def _read(path: Path, rows: Rows) -> None:
    graph = _Graph(rows)
    kinds = ""
    for event, tag, element in xml_elements(path):
        if event == "start":
            if tag == "gexf":
                rows.notes += foreign_namespace(element, "gexf.net/")
            elif tag == "graph":
                graph.usual = element.get("defaultedgetype", "undirected")
                graph.dates = element.get("timeformat", "") in ("date", "datetime", "dateTime")
            elif tag == "attributes":
                kinds = element.get("class", "")
            elif tag == "attribute" and kinds == "edge":
                graph.titles[element.get("id", "")] = element.get("title", "").lower()
            elif tag == "node":
                graph.nodes.add(element.get("id", ""))
        elif tag == "edge":
            graph.add(element)
            element.clear()
        elif tag == "node":
            element.clear()
    graph.finish()


@dataclass
class _Graph:
    """What was declared so far, edges of nodes that were not, and what could not be read."""

    rows: Rows
    usual: str = "undirected"
    dates: bool = False
    titles: dict[str, str] = field(default_factory=dict)
    nodes: set[str] = field(default_factory=set)
    early: list[tuple[str, str, bool, str | None, str | None, str | None]] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    timed: int = 0
    untimed: int = 0
    changing: int = 0

    def add(self, element: ElementTree.Element) -> None:
        """Add an edge, or keep it until all nodes are known."""
        values = [
            (self.titles[value.get("for", "")], value.get("value", ""))
            for value in element.iter()
            if value.tag.endswith("attvalue") and value.get("for", "") in self.titles
        ]
        found = dict(values)
        self.changing += sum(title == "weight" for title, _ in values) > 1
        self.unread |= set(found) - {"weight", "kind"}
        time = self._time(element)
        self.timed, self.untimed = self.timed + (time is not None), self.untimed + (time is None)
        form = element.get("type", self.usual)
        ends = element.get("source", ""), element.get("target", "")
        if form not in ("directed", "undirected", "mutual"):
            where = shown_edge(self.rows, *ends)
            self.rows.leave_out("an edge whose type is none of directed, undirected, mutual", where=where)
            return
        weight = element.get("weight") or found.get("weight")
        kind = found.get("kind") or element.get("kind") or None
        if self.nodes.issuperset(ends):
            add_edge(self.rows, *ends, directed=form == "directed", weight=weight, kind=kind, time=time)
        else:
            self.early.append((*ends, form == "directed", weight, kind, time))

    def _time(self, element: ElementTree.Element) -> str | None:
        """Return when an edge begins, where that is one date."""
        if not self.dates:
            return None
        spells = [
            one.get("start") for one in element.iter() if one.tag.endswith("}spell") or one.tag == "spell"
        ]
        if len(spells) == 1:
            return spells[0]
        return None if spells else element.get("start") or element.get("timestamp")

    def finish(self) -> None:
        """Add edges that came before their nodes, and note what was not read."""
        rows = self.rows
        for source, target, directed, weight, kind, time in self.early:
            if not self.nodes or self.nodes.issuperset((source, target)):
                add_edge(rows, source, target, directed=directed, weight=weight, kind=kind, time=time)
            else:
                where = shown_edge(rows, source, target)
                rows.leave_out("an edge of a node that is not declared", where=where)
        if self.timed and self.untimed:
            rows.memory["untimed"] = True
            have = counted(self.timed, "edge has", "edges have")
            rows.notes.append(f"{have} a start and {self.untimed:,} have none: read without times")
        elif self.untimed and self.dates:
            rows.notes.append("no edge has one date at which it begins: read without times")
        if self.changing:
            have = counted(self.changing, "edge has a weight that changes", "edges have weights that change")
            rows.notes.append(f"{have} with time: the last is read")
        note_unread(rows, self.unread)


GEXF = Adapter("gexf", "a graph in GEXF", _recognise, _read, records=False)
