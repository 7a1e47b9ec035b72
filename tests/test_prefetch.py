"""A prefetch compiles to the processor's instruction and changes no value."""

import numpy as np
import pytest
from numba import njit

from influence_graph.prefetch import prefetch


@njit
def sum_at(values, at):
    total = 0.0
    for i in range(len(at)):
        prefetch(values, at[min(i + 8, len(at) - 1)])
        total += values[at[i]]
    return total


@pytest.mark.parametrize("dtype", [np.float64, np.int32, np.uint8])
def test_sums_are_those_without_it(dtype):
    values = np.arange(100).astype(dtype)
    at = np.random.default_rng(0).integers(0, 100, 1_000)
    assert sum_at(values, at) == values[at].astype(float).sum()
    assert any("llvm.prefetch" in code for code in sum_at.inspect_llvm().values())
