"""Sweeps: a list in place of a single value becomes one table per value."""

from __future__ import annotations

import inspect
import itertools
import re
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import ConfigDict, TypeAdapter, ValidationError

from influence_graph.errors import ConfigError

Accepts: TypeAlias = Callable[[Sequence[str], Sequence[Any]], bool]


def sweep(values: Mapping[str, Any], accepts: Accepts) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Expand a table in which lists stand in place of single values.

    Parameters
    ----------
    values : mapping
        A table of a config; nested tables are expanded too.
    accepts : callable
        ``accepts(path, list)``: whether the list is a valid value of the key at ``path``.

    Yields
    ------
    tuple of dict and dict
        The table with single values, and the swept values by dotted name. The last list varies fastest.

    Examples
    --------
    >>> for table, swept in sweep({"damping": [0.5, 0.85], "tol": 1e-9}, lambda path, value: False):
    ...     print(table, swept)
    {'damping': 0.5, 'tol': 1e-09} {'damping': 0.5}
    {'damping': 0.85, 'tol': 1e-09} {'damping': 0.85}
    """
    lists = list(_lists(values, (), accepts))
    for chosen in itertools.product(*(choices for _, choices in lists)):
        table = _copied(values)
        swept: dict[str, Any] = {}
        for (way, _), value in zip(lists, chosen, strict=True):
            inner = table
            for name in way[:-1]:
                inner = inner[name]
            inner[way[-1]] = value
            swept[".".join(way)] = value
        yield table, swept


def _lists(
    values: Mapping[str, Any], way: tuple[str, ...], accepts: Accepts
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in values.items():
        here = (*way, name)
        if isinstance(value, Mapping):
            yield from _lists(value, here, accepts)
        elif isinstance(value, list) and not accepts(here, value):
            if not value:
                raise ConfigError(f"{'.'.join(here)!r} is an empty list; a sweep needs at least one value.")
            yield here, value


def _copied(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _copied(value) if isinstance(value, Mapping) else value for name, value in values.items()}


def takes_lists(function: Callable[..., Any]) -> Accepts:
    """Return a function that tells whether a list is a valid value of a parameter, by its annotation."""
    hints = typing.get_type_hints(inspect.unwrap(function), include_extras=True)

    def accepts(way: Sequence[str], value: Sequence[Any]) -> bool:
        if len(way) != 1 or way[0] not in hints:
            return False
        try:
            TypeAdapter(hints[way[0]], config=ConfigDict(arbitrary_types_allowed=True)).validate_python(value)
        except ValidationError:
            return False
        return hints[way[0]] is not Any

    return accepts


def labelled(label: str, swept: Mapping[str, Any]) -> str:
    """Return a label with the swept values, unique within the sweep."""
    if not swept:
        return label
    return f"{label}({', '.join(f'{name}={value}' for name, value in swept.items())})".lstrip()


def swept_values(label: str) -> dict[str, str]:
    """Return the swept values, as text, of a label that :func:`labelled` gave to a graph.

    Examples
    --------
    >>> swept_values("kinds={'reply': 1, 'like': 2}, half_life=7d")
    {'kinds': "{'reply': 1, 'like': 2}", 'half_life': '7d'}
    """
    parts = re.split(r", (?=[\w.]+=)", label)
    return dict(part.split("=", 1) for part in parts if "=" in part)
