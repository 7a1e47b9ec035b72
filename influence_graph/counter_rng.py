"""Random numbers by counter: one stream per sample, so that no thread decides what is drawn.

The generator is splitmix64 (Steele, Lea & Flood 2014): a counter and a mixing function. Sample i of a
run with key s starts at ``mix(mix(s) + i·γ)``, wherever and whenever it is computed, which makes every
result the same bits for any number of threads.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numba import njit

#: Source of randomness as in SPEC 7.
Rng: TypeAlias = int | np.random.SeedSequence | np.random.BitGenerator | np.random.Generator | None

GAMMA = np.uint64(0x9E3779B97F4A7C15)
STRIDE = np.uint64(0xD1342543DE82EF95)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53


def key_of(rng: Rng) -> np.uint64:
    """Draw the key of a run's streams from a NumPy generator (SPEC 7: None, a seed or a generator)."""
    return np.random.default_rng(rng).integers(0, 2**64, dtype=np.uint64)


@njit(cache=True, inline="always")
def mix(z: np.uint64) -> np.uint64:
    """Finish one number: neighbouring counters give unrelated bits."""
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


@njit(cache=True, inline="always")
def start(key: np.uint64, sample: int) -> np.uint64:
    """Where the stream of this sample starts."""
    return mix(mix(key) + np.uint64(sample) * STRIDE)


@njit(cache=True, inline="always")
def step(state: np.uint64) -> np.uint64:
    """Move a stream on by one; the number itself is ``mix`` of the state."""
    return state + GAMMA


@njit(cache=True, inline="always")
def uniform(state: np.uint64) -> float:
    """The number at this state as a float64 in [0, 1)."""
    return (mix(state) >> _S11) * _UNIT
