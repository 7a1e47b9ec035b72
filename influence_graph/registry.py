"""Functions known by name: registered by a decorator, or announced by an installed package's entry points."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from influence_graph.errors import ConfigError, nearest

T = TypeVar("T")


class Registry(Generic[T]):
    """What is registered under each name.

    Parameters
    ----------
    group : str
        The entry-point group in which installed packages announce theirs (``name = "module:function"``).
        An announced function is imported when its name is first asked for.
    noun : str
        What messages call an entry: "method", "template".

    Examples
    --------
    >>> colours = Registry[int]("example.colours", "colour")
    >>> colours.add("red", 0xFF0000, len)
    >>> colours.get("red")
    16711680
    >>> colours.get("rad")
    Traceback (most recent call last):
        ...
    influence_graph.errors.ConfigError: There is no colour 'rad'. Did you mean 'red'?
    """

    def __init__(self, group: str, noun: str) -> None:
        self.group, self.noun = group, noun
        self._entries: dict[str, tuple[T, str]] = {}

    @cached_property
    def _announced(self) -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in entry_points(group=self.group)}

    def add(self, name: str, entry: T, function: Callable[..., Any]) -> None:
        """Register an entry that is made from a function; the same function may be registered again.

        Raises
        ------
        ConfigError
            If another function is registered under this name.
        """
        defined = f"{function.__module__}.{function.__qualname__}"
        _, known = self._entries.get(name, (entry, defined))
        if known != defined:
            raise ConfigError(f"Two {self.noun}s are called {name!r}: {known} and {defined}. Rename one.")
        self._entries[name] = entry, defined

    def get(self, name: str) -> T:
        """Return the entry of this name, importing it where it is only announced.

        Raises
        ------
        ConfigError
            If there is none; the message names the nearest.
        """
        if name not in self._entries:
            if name not in self._announced:
                raise ConfigError(f"There is no {self.noun} {name!r}. {nearest(name, self.names())}")
            self._announced[name].load()
            if name not in self._entries:
                raise ConfigError(
                    f"The entry point {name!r} = {self._announced[name].value!r} of the group {self.group!r} "
                    f"registers no {self.noun} of that name. Decorate its function with the name {name!r}."
                )
        return self._entries[name][0]

    def names(self) -> list[str]:
        """Return all names, of this package and of installed ones, sorted."""
        return sorted({*self._entries, *self._announced})
