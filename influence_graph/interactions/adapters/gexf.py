"""GEXF, the format of Gephi: https://gexf.net/schema.html, versions 1.1 to 1.3.

Read here and not by networkx, which refuses edges that differ in direction.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from influence_graph.errors import counted
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.edges import add_edge, shown_edge
from influence_graph.interactions.adapters.rows import Rows
from influence_graph.interactions.adapters.xml_elements import foreign_namespace, xml_elements


def _recognise(head: bytes, name: str) -> bool:
    return b"<gexf" in head[:4096]


def _read(path: Path, rows: Rows) -> None:
    titles: dict[str, str] = {}
    usual, dates, kinds = "undirected", False, ""
    timed = untimed = 0
    for event, tag, element in xml_elements(path):
        if event == "start":
            if tag == "gexf":
                rows.notes += foreign_namespace(element, "gexf.net/")
            elif tag == "graph":
                usual = element.get("defaultedgetype", "undirected")
                dates = element.get("timeformat", "") in ("date", "datetime", "dateTime")
            elif tag == "attributes":
                kinds = element.get("class", "")
            elif tag == "attribute" and kinds == "edge":
                titles[element.get("id", "")] = element.get("title", "").lower()
        elif tag == "edge":
            time = element.get("start") if dates else None
            timed, untimed = timed + (time is not None), untimed + (time is None)
            _add(element, titles, usual, time, rows)
            element.clear()
        elif tag == "node":
            element.clear()
    if timed and untimed:
        rows.memory["untimed"] = True
        have = counted(timed, "edge has", "edges have")
        rows.notes.append(f"{have} a start and {untimed:,} have none: read without times")


def _add(
    element: ElementTree.Element, titles: dict[str, str], usual: str, time: str | None, rows: Rows
) -> None:
    found = {
        titles[value.get("for", "")]: value.get("value", "")
        for value in element.iter()
        if value.tag.endswith("attvalue") and value.get("for", "") in titles
    }
    form = element.get("type", usual)
    ends = element.get("source", ""), element.get("target", "")
    if form not in ("directed", "undirected", "mutual"):
        where = shown_edge(rows, *ends)
        rows.leave_out("an edge whose type is none of directed, undirected, mutual", where=where)
        return
    directed = form == "directed"
    weight = element.get("weight") or found.get("weight")
    kind = found.get("kind") or element.get("kind") or None
    add_edge(rows, *ends, directed=directed, weight=weight, kind=kind, time=time)


GEXF = Adapter("gexf", "a graph in GEXF", _recognise, _read, records=False)
