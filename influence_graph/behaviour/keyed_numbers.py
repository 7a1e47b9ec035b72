"""Random numbers keyed by (seed, world, person, step, use), the same in every arm of a simulation.

A stream that is read in order gives everybody other numbers as soon as one person draws once more. Here a
number is a function of its key alone, so that people whose strategy did not change draw the same numbers
whatever others do (common random numbers by name rather than by position).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.counter_rng import GAMMA, STRIDE, mix, uniform

#: What a number is used for: the last part of its key.
POSTS, POST_TIME, POST_QUALITY, REACTION, KIND, DELAY, PASSED_ON, UNFOLLOW, FOLLOW, ANSWERS, CHOICE = range(
    11
)
TRAIT, DIRECTION, TRIAL, NOISE, BAIT, POD, ASSIGNMENT, START = range(11, 19)
#: Largest mean of a Poisson number by inversion: e^−mean is still an ordinary float.
LARGEST_MEAN = 500.0


def world_key(seed: int, world: int) -> np.uint64:
    """Return the key of a world: all numbers of one simulated history come from it.

    Parameters
    ----------
    seed : int
        Seed of the experiment, at least 0.
    world : int
        Number of the replicate world, at least 0.

    Examples
    --------
    >>> len({int(world_key(1, 0)), int(world_key(1, 0)), int(world_key(1, 1))})
    2
    """
    words = np.random.SeedSequence([seed, world]).generate_state(1, np.uint64)
    return np.uint64(words[0])


@njit(cache=True, inline="always")
def keyed(key: np.uint64, use: int, person: int, step: int, number: int) -> float:
    """Return the uniform number in [0, 1) of this key.

    ``person`` and ``number`` may hold any 63 bits, so that a pair of people is one of them.
    """
    state = mix(key + np.uint64(use + 1) * GAMMA)
    state = mix((state ^ np.uint64(person)) + STRIDE)
    state = mix((state ^ np.uint64(step)) + GAMMA)
    return uniform((state ^ np.uint64(number)) + STRIDE)


@njit(cache=True)
def _uniforms(
    key: np.uint64, use: int, person: IntArray, step: int, number: IntArray, found: FloatArray
) -> None:
    for place in range(found.size):
        found[place] = keyed(key, use, person[place], step, number[place])


def uniforms(key: np.uint64, use: int, person: IntArray, step: int, number: IntArray | int = 0) -> FloatArray:
    """Return one uniform number in [0, 1) a person.

    Parameters
    ----------
    key : uint64
        From :func:`world_key`.
    use : int
        One of the constants of this module.
    person : array of int, shape (k,)
        The people, or other numbers that name what is drawn.
    step : int
        The step.
    number : int or array of int, shape (k,)
        Tells several numbers of one person and step apart.

    Returns
    -------
    array of float, shape (k,)

    Examples
    --------
    >>> key = world_key(1, 0)
    >>> both = uniforms(key, TRAIT, np.array([3, 7]), 0)
    >>> bool(uniforms(key, TRAIT, np.array([7]), 0)[0] == both[1])
    True
    """
    who = np.ascontiguousarray(person, dtype=np.int64)
    one = isinstance(number, int)
    which = np.full(who.shape, number) if one else np.ascontiguousarray(number, dtype=np.int64)
    found = np.empty(len(who))
    _uniforms(key, use, who, step, which, found)
    return found


@njit(cache=True)
def poisson_counts(key: np.uint64, use: int, step: int, mean: FloatArray) -> IntArray:
    """Return a Poisson number a person with these means, by inversion of one keyed uniform number.

    The count does not fall as the mean rises, person by person. Means are at most ``LARGEST_MEAN``.
    O(n + total).

    Examples
    --------
    >>> poisson_counts(world_key(0, 0), POSTS, 0, np.array([0.0, 0.0])).tolist()
    [0, 0]
    """
    found = np.zeros(mean.size, dtype=np.int64)
    for person in range(mean.size):
        rest = keyed(key, use, person, step, 0)
        term = np.exp(-mean[person])
        count = 0
        # The term falls to zero before a uniform number with 53 bits runs out of terms.
        while rest >= term and term > 0.0:
            rest -= term
            count += 1
            term *= mean[person] / count
        found[person] = count
    return found
