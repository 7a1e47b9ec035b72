"""Engines: where a log lives and who computes on it, if not this process.

An installed package announces an engine in the entry-point group ``influence_graph.engines``. The public
functions hand a log or graph of another engine to that engine, and know no more about it than this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from influence_graph.errors import DataError
from influence_graph.registry import Registry

LOCAL = "local"


@dataclass(frozen=True)
class Engine:
    """What an engine computes, each with the parameters of the public function of the same name.

    Attributes
    ----------
    name : str
        What ``read_interactions(engine=…)`` calls it. Logs and graphs of the engine have it as ``engine``.
    read : callable
        ``read(source, **options)`` returns a log.
    build : callable
        ``build(log, **parameters)`` returns a graph.
    score : callable
        ``score(graph, method, **parameters)`` returns scores.
    compare : callable
        ``compare(scores, **parameters)`` returns a comparison.
    features : callable
        ``features(graph, **parameters)`` returns a frame.
    history : callable
        ``history(log, method, **parameters)`` returns a history.
    """

    name: str
    read: Callable[..., Any]
    build: Callable[..., Any]
    score: Callable[..., Any]
    compare: Callable[..., Any]
    features: Callable[..., Any]
    history: Callable[..., Any]


_ENGINES = Registry[Engine]("influence_graph.engines", "engine")


def engine(name: str) -> Callable[[Callable[[], Engine]], Callable[[], Engine]]:
    """Register the engine that a function returns."""

    def register(function: Callable[[], Engine]) -> Callable[[], Engine]:
        _ENGINES.add(name, function(), function)
        return function

    return register


def get_engine(name: str) -> Engine:
    """Return the engine of this name.

    Raises
    ------
    ConfigError
        If there is none, or what it needs is not installed.
    """
    return _ENGINES.get(name)


def engine_names() -> list[str]:
    """Return the names of all engines, this process's own included, sorted."""
    return sorted({LOCAL, *_ENGINES.names()})


def engine_of(*values: Any) -> Engine | None:
    """Return the engine on which logs, graphs or scores live; None for those of this process.

    Raises
    ------
    DataError
        If they live on several.
    """
    names = {getattr(value, "engine", LOCAL) for value in values}
    if len(names) > 1:
        raise DataError(
            f"These live on several engines: {', '.join(sorted(names))}. Read and score all of them on one."
        )
    name = names.pop() if names else LOCAL
    return None if name == LOCAL else get_engine(name)
