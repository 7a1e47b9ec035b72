"""Kernels of the builder: putting rows in one fixed order, and adding them up in that order.

The float sums of a data frame library depend on how its threads split the rows. Here rows are put in
order by counting sorts, which are stable, and each run is added up from left to right, so the bits
depend on the rows alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit, types

# One compiled version for arrays that may be written to and for those that may not.
_keys = types.Array(types.int32, 1, "C", readonly=True)
_order = types.Array(types.int64, 1, "C", readonly=True)
_values = types.Array(types.float64, 1, "C", readonly=True)


@njit(types.int64[::1](_keys, types.int64, _order), cache=True)
def stable_order(
    keys: npt.NDArray[np.int32], n_keys: int, order: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return ``order`` sorted by ``keys[order]``, in [0, n_keys); equal keys stay as they were."""
    heads = np.zeros(n_keys + 1, dtype=np.int64)
    for row in range(keys.size):
        heads[keys[row] + 1] += 1
    for key in range(n_keys):
        heads[key + 1] += heads[key]
    result = np.empty(order.size, dtype=np.int64)
    for position in range(order.size):
        row = order[position]
        key = keys[row]
        result[heads[key]] = row
        heads[key] += 1
    return result


@njit(types.float64[::1](_order, _values), cache=True)
def run_sums(starts: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the sum of each run of ``values``; run r is ``starts[r]`` to ``starts[r + 1]``."""
    sums = np.empty(starts.size, dtype=np.float64)
    for run in range(starts.size):
        end = starts[run + 1] if run + 1 < starts.size else values.size
        total = 0.0
        for position in range(starts[run], end):
            total += values[position]
        sums[run] = total
    return sums
