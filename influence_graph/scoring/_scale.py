"""From raw values to points between 1 and 100."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.arrays import FloatArray
from influence_graph.errors import ConfigError, DataError, nearest

Scale: TypeAlias = Literal["log", "quantile", "linear"]


@dataclass(frozen=True, eq=False)
class Reference:
    """A frozen scale: the raw values of one population.

    Scores made with the same reference compare over time and between networks.

    Attributes
    ----------
    distribution : ndarray of float64
        Raw values of that population in the method's natural unit, ascending.
    method : str
        The method that returned them; empty if unknown.
    parameters : mapping
        Its parameters.
    version : int or None
        The version of the method; None if unknown.
    people : polars.Series or None
        The population, if the unit of the method is not comparable: the scale holds for these people alone.
    """

    distribution: FloatArray
    method: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None
    people: pl.Series | None = None

    @classmethod
    def of(cls, raw: npt.ArrayLike) -> Reference:
        """Freeze the scale of these raw values (natural units), made by hand."""
        return cls(np.sort(_checked(raw)))

    @property
    def top(self) -> float:
        """The largest raw value: the one that gets 100."""
        return float(self.distribution[-1]) if len(self.distribution) else 0.0


def scale(raw: npt.ArrayLike, how: Scale = "log", *, reference: Reference | None = None) -> FloatArray:
    """Map raw values to 1–100, preserving order and ties.

    ``"log"``: 1 + 99·ln(1 + r)/ln(1 + r_top). Zero maps to 1, the top to 100.

    ``"linear"``: 1 + 99·r/r_top.

    ``"quantile"``: 1 + 99·(mid-rank − 1)/(n − 1); ties have their average rank.

    Where every value is zero all get 1; a single person is scaled as ``"log"``.

    Parameters
    ----------
    raw : array_like, shape (n,)
        Finite values ≥ 0 in the method's natural unit: one reaction, the average person, one person
        reached.
    how : {"log", "quantile", "linear"}
        The mapping.
    reference : Reference, optional
        A frozen scale, used in place of that of the values. Values above its top get 100.

    Returns
    -------
    ndarray of float64, shape (n,)
        Points between 1 and 100. O(n); "quantile" O(n log n).

    Raises
    ------
    DataError
        If a value is NaN, infinite or negative, or the reference has no values.
    ConfigError
        If there is no such mapping.

    Examples
    --------
    >>> scale([0, 1, 9, 99]).round(2)
    array([  1. ,  15.9,  50.5, 100. ])
    >>> scale([0, 1, 9, 99], "quantile")
    array([  1.,  34.,  67., 100.])
    """
    if how not in get_args(Scale):
        raise ConfigError(f"There is no scale {how!r}. {nearest(how, get_args(Scale))}")
    values = _checked(raw)
    if reference is None:
        reference = Reference.of(values)
    elif not len(reference.distribution):
        raise DataError("The reference scale has no values, so it has no top. Make it from a scored log.")
    if reference.top == 0.0:
        # Every positive value is above a top of zero.
        return np.where(values > 0.0, 100.0, 1.0)
    values = np.minimum(values, reference.top)
    if how == "quantile" and len(reference.distribution) > 1:
        below = np.searchsorted(reference.distribution, values, side="left")
        up_to = np.searchsorted(reference.distribution, values, side="right")
        position: FloatArray = np.clip((below + up_to - 1) / 2.0, 0.0, len(reference.distribution) - 1.0)
        return 1.0 + 99.0 * (position / (len(reference.distribution) - 1))
    if how == "linear":
        return 1.0 + 99.0 * (values / reference.top)
    share: FloatArray = np.log1p(values) / np.log1p(reference.top)
    return 1.0 + 99.0 * share


def _checked(raw: npt.ArrayLike) -> FloatArray:
    values = np.asarray(raw, dtype=np.float64)
    if values.ndim != 1:
        raise DataError(f"Raw values have shape {values.shape}; expected (n,): one number a person.")
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0.0)))
    if len(wrong):
        raise DataError(
            f"Raw value {values[wrong[0]]} at position {wrong[0]}, but raw values should be finite and not "
            f"negative. Values with this problem: {len(wrong):,}. Correct the method that returned them."
        )
    return values
