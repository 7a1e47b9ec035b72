"""What a method reads besides the edges, and what to add to a graph that lacks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TypeAlias

from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.graph.graph import InfluenceGraph

Need: TypeAlias = Literal["events", "follows", "items", "layers", "nodes", "posts", "timestamps", "topics"]


def checked_needs(name: str, needs: Iterable[str]) -> frozenset[Need]:
    """Return the needs that a method declares.

    Raises
    ------
    ConfigError
        If one is unknown.
    """
    declared = frozenset([needs] if isinstance(needs, str) else needs)
    for need in sorted(declared):
        if need not in _NEEDS:
            raise ConfigError(f"{name} declares the need {need!r}. {nearest(need, _NEEDS)}")
    return declared  # type: ignore[return-value]


def check_needs(name: str, graph: InfluenceGraph, needs: frozenset[Need]) -> None:
    """Raise a DataError that says what to add where the graph lacks what a method needs."""
    for need in sorted(needs):
        has, remedy = _NEEDS[need]
        if not has(graph):
            raise DataError(f"{name} needs {remedy}")


def _has_column(graph: InfluenceGraph, column: str) -> bool:
    return graph.log is not None and column in graph.log.columns


_NEEDS: Mapping[str, tuple[Callable[[InfluenceGraph], bool], str]] = {
    "events": (
        lambda graph: graph.log is not None,
        "the rows of the log, and this graph came without them. Build it with build_graph(log).",
    ),
    "nodes": (
        lambda graph: "posts" in graph.nodes.columns,
        "the table of people, and this graph came without it. Build it with build_graph(log).",
    ),
    "timestamps": (
        lambda graph: _has_column(graph, "timestamp") or "last_seen" in graph.nodes.columns,
        "to know when things happened, and this log has no timestamps. "
        "Name the column that holds them: read_interactions(…, columns={'timestamp': …}).",
    ),
    "layers": (
        lambda graph: bool(graph.layers),
        "a graph with layers (kind × network). Build it with build_graph(log, layers=True).",
    ),
    "follows": (
        lambda graph: any(kind == "follow" for kind, _ in graph.layers),
        "who follows whom, and this graph does not tell. Add rows of kind 'follow' to the log, "
        "and keep its layers: build_graph(log, layers=True).",
    ),
    "posts": (
        lambda graph: "posts" in graph.nodes.columns and bool((graph.nodes["posts"] > 0).any()),
        "posts, and this log has none. Name the column of items, columns={'item': …}, or add a row of kind "
        "'post' with an empty target for every post.",
    ),
    "topics": (
        lambda graph: _has_column(graph, "topic"),
        "topics, and this log has none. Name the column that holds them: "
        "read_interactions(…, columns={'topic': …}).",
    ),
    "items": (
        lambda graph: _has_column(graph, "item") or _has_column(graph, "parent"),
        "to know which post each row reacted to. Name the columns 'item' and 'parent' in columns=.",
    ),
}
