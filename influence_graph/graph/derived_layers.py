"""Layers that are made when one is first asked for: most methods need none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeAlias

from scipy.sparse import csr_array

Layer: TypeAlias = tuple[str, str]


class DerivedLayers(Mapping[Layer, csr_array]):
    """The layers of a graph by kind and network, of which at first only the names are known.

    Parameters
    ----------
    names : iterable of (kind, network)
        Every layer.
    make : callable
        Returns all layers in canonical form. It is called once, when a layer is first asked for, and holds
        what they are made from: mostly the log, whose rows as numbers take less memory than layers.

    Examples
    --------
    >>> from influence_graph.linalg.csr import empty
    >>> layers = DerivedLayers([("like", "x")], lambda: {("like", "x"): empty(2)})
    >>> list(layers), layers.made
    ([('like', 'x')], False)
    >>> layers["like", "x"].shape, layers.made
    ((2, 2), True)
    """

    def __init__(self, names: Iterable[Layer], make: Callable[[], Mapping[Layer, csr_array]]) -> None:
        self._names, self._make = tuple(names), make

    @property
    def made(self) -> bool:
        """Whether the layers have been made."""
        return "_layers" in vars(self)

    @cached_property
    def _layers(self) -> dict[Layer, csr_array]:
        found = self._make()
        return {name: found[name] for name in self._names}

    def __getitem__(self, name: Layer) -> csr_array:
        if name not in self._names:
            raise KeyError(name)
        return self._layers[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[Layer]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (self._layers,)
