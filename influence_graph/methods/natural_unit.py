"""The natural unit of a method: in which 1 means something, and which strangers can't move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from influence_graph.arrays import FloatArray, IntArray

_ROUNDING = 1e-14


@dataclass(frozen=True, eq=False)
class NaturalUnit:
    """How raw values become natural values: max(factor · value − offset, 0).

    It depends on the graph and on the parameters, so a method states it with each result. A unit is
    *comparable* if people who join without an edge to or from anybody who was there move nobody's natural
    value. Only then do points on a frozen scale mean the same in another population.

    Attributes
    ----------
    name : str
        What 1 is: "one reaction", "one person reached".
    factor : float
        See above.
    offset : float, or ndarray of float64 of shape (n,)
        What a person has without any reaction, in natural units.
    reason : str
        Why the unit is not comparable; empty if it is.

    Examples
    --------
    >>> NaturalUnit("one person reached", offset=1.0).of(np.array([1.0, 3.5]))
    array([0. , 2.5])
    """

    name: str
    factor: float = 1.0
    offset: float | FloatArray = 0.0
    reason: str = ""

    @property
    def comparable(self) -> bool:
        """Whether natural values of different populations compare."""
        return not self.reason

    def of(self, values: FloatArray, *, at: IntArray | None = None) -> FloatArray:
        """Return raw values, shape (n,) or (n, k), in this unit; with ``at``, those of these positions."""
        if self.factor == 1.0 and isinstance(self.offset, float) and self.offset == 0.0:
            return values
        offset = self.offset
        if isinstance(offset, np.ndarray):
            offset = offset if at is None else offset[at]
            offset = offset[:, None] if values.ndim == 2 else offset
        natural: FloatArray = values * self.factor - offset
        # What is left of values that are equal but for rounding.
        return np.where(natural > _ROUNDING * offset, natural, 0.0)

    def to_raw(self, natural: FloatArray) -> FloatArray:
        """Return the raw values, shape (n,), of these natural values."""
        raw: FloatArray = (natural + self.offset) / self.factor if self.factor else np.zeros_like(natural)
        return raw


#: Units that need no graph.
REACTION = NaturalUnit("one reaction")
REACTOR = NaturalUnit("one distinct person who reacted")
REACHED = NaturalUnit("one person reached besides oneself", offset=1.0)
OWN_VALUE = NaturalUnit("the value itself")


def share_without_unit(n: int, reason: str) -> NaturalUnit:
    """Return n·x for shares that no comparable unit is known of: 1 is the average person."""
    return NaturalUnit("the average person", factor=float(n), reason=reason)
