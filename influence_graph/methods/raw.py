"""What a method returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from influence_graph.arrays import BoolArray, FloatArray
from influence_graph.methods.natural_unit import OWN_VALUE, NaturalUnit
from influence_graph.methods.ties import merge_ties


@dataclass(frozen=True, eq=False)
class Raw:
    """What a method returns: one value a person, what 1 means, and how it was reached.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        Aligned with ``graph.ids``; finite and not negative.
    low, high : ndarray of float64, shape (n,), or None
        An interval for each value, where the method has one of its own: the error of a method that samples.
    diagnostics : mapping
        Plain numbers and words: iterations, residual, samples, people without a value.
    unit : NaturalUnit
        From raw to natural values. Default: the value itself.
    resolution : float, or ndarray of float64 of shape (n,)
        Bound on the numerical error of ``values``. Values no further apart are one value: they tie in ranks,
        percentiles, the top k and agreement. The random error of a method that samples is not part of it.
    defined : ndarray of bool, shape (n,), or None
        Who has a value at all: nobody without a post has a rate per post, and gets 0. None: everybody.
    """

    values: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    unit: NaturalUnit = OWN_VALUE
    resolution: float | FloatArray = 0.0
    defined: BoolArray | None = None

    @cached_property
    def tied(self) -> FloatArray:
        """The values, those no further apart than the resolution being one value, shape (n,)."""
        return merge_ties(self.values, self.resolution)

    @cached_property
    def natural(self) -> FloatArray:
        """The tied values in the natural unit, shape (n,)."""
        return self.unit.of(self.tied)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """Let NumPy treat the result as its values."""
        return np.array(self.values, dtype=dtype, copy=copy)
