"""How a graph shows itself in a terminal and in a notebook."""

from __future__ import annotations

from html import escape
from typing import Any

from influence_graph.errors import counted
from influence_graph.graph.record import GraphRecord


def facts(graph: GraphRecord) -> list[tuple[str, list[str]]]:
    """Return what a reader first asks of a graph, as (name, lines)."""
    shown: list[tuple[str, list[str]]] = []
    if graph.layers:
        layers = sorted(graph.layers.items())
        counts = [f"{kind} on {network}: {layer.nnz:,}" for (kind, network), layer in layers]
        more = [f"… and {len(counts) - 12:,} more"] if len(counts) > 12 else []
        shown.append(("layers", counts[:12] + more))
    else:
        shown.append(("layers", ["not kept"]))
    if "first_seen" in graph.nodes.columns:
        first: Any = graph.nodes["first_seen"].min()
        last: Any = graph.nodes["last_seen"].max()
        if first is not None:
            shown.append(("span", [f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"]))
    shown.append(("weights", [str(graph.weighting)]))
    if graph.report:
        shown.append(("left out", [f"{count:,} {reason}" for reason, count in graph.report.items()]))
    if graph.notes:
        shown.append(("note", list(graph.notes)))
    return shown


def as_text(graph: GraphRecord) -> str:
    """Return the graph in a few lines."""
    lines = [f"<InfluenceGraph: {_size(graph)}>"]
    for name, values in facts(graph):
        lines += [f"  {name if not row else '':<9} {value}" for row, value in enumerate(values)]
    return "\n".join(lines)


def as_html(graph: GraphRecord) -> str:
    """Return the graph as a small HTML table, with the people who have most reactors."""
    rows = "".join(_row(escape(name), "<br>".join(map(escape, values))) for name, values in facts(graph))
    top = graph.nodes.sort("reactors", "id", descending=[True, False]).head(5)
    first = top.select("id", "reactors").iter_rows()
    people = ", ".join(f"{escape(str(id_))} ({count:,})" for id_, count in first)
    rows += _row("most reactors", people)
    return f"<div><b>InfluenceGraph</b>: {_size(graph)}<table>{rows}</table></div>"


def _row(name: str, value: str) -> str:
    left = "style='text-align:left;vertical-align:top'"
    return f"<tr><th {left}>{name}</th><td {left}>{value}</td></tr>"


def _size(graph: GraphRecord) -> str:
    return f"{counted(graph.n, 'person', 'people')}, {counted(graph.adjacency.nnz, 'edge')}"
