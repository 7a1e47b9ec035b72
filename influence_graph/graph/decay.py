"""How much of an event is left after a time: 2^(−age/half-life)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.interactions.encoded_log import ALWAYS
from influence_graph.interactions.timestamps import microseconds

#: From times, in microseconds since 1970, to the shares that are left of their events.
Decay: TypeAlias = Callable[[IntArray], FloatArray]


def decay(age: Any, half_life: float) -> Any:
    """Return 2^(−age/half_life), the share of an event of this age that is left.

    Parameters
    ----------
    age : float or array of float or int
        Not negative, in any unit; ∞ leaves 0.
    half_life : float
        Above 0, in the unit of ``age``.

    Returns
    -------
    float or ndarray of float64
        In [0, 1].

    Examples
    --------
    >>> decay(np.array([0, 2, 4]), 2.0).tolist()
    [1.0, 0.5, 0.25]
    """
    return np.exp2(age / -half_life)


def decay_as_of(moment: datetime | None, half_life: float | None) -> Decay | None:
    """Return the function from times to what is left at a moment; None where nothing decays.

    Parameters
    ----------
    moment : datetime or None
        The moment that is described; None where the log has no timestamps.
    half_life : float or None
        In seconds.

    Returns
    -------
    callable or None
        Of an int64 array of microseconds since 1970, not later than ``moment``. An event without a time
        (``ALWAYS``) has no age, and is left whole.
    """
    if half_life is None or moment is None:
        return None
    now, length = microseconds(moment), half_life * 1e6

    def left(time: IntArray) -> FloatArray:
        age = now - time
        if time.min(initial=0) == ALWAYS:
            age[time == ALWAYS] = 0
        shares: FloatArray = decay(age, length)
        return shares

    return left
