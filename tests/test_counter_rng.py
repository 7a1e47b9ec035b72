"""splitmix64 against its published reference, and the streams against the uniform law."""

import numpy as np
from numba import njit
from scipy.stats import kstest

from influence_graph.counter_rng import key_of, mix, start, step, uniform

MASK = 2**64 - 1


def splitmix64(state):
    """The reference (Steele, Lea & Flood 2014; Vigna's splitmix64.c) in Python's integers."""
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


@njit
def numbers(state, count):
    out = np.empty(count, np.uint64)
    for i in range(count):
        state = step(state)
        out[i] = mix(state)
    return out


@njit
def first_uniforms(key, count):
    out = np.empty(count)
    for sample in range(count):
        out[sample] = uniform(start(key, sample))
    return out


def test_equals_the_published_generator():
    state, wanted = 1234567, []
    for _ in range(5):
        state, number = splitmix64(state)
        wanted.append(number)
    # The first numbers that Vigna's program prints for the seed 1234567.
    assert wanted[:2] == [6457827717110365317, 3203168211198807973]
    assert numbers(np.uint64(1234567), 5).tolist() == wanted


def test_uniforms_of_neighbouring_samples_are_uniform_and_uncorrelated():
    drawn = first_uniforms(np.uint64(3), 100_000)
    assert drawn.min() >= 0.0
    assert drawn.max() < 1.0
    assert kstest(drawn, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.02


def test_a_key_follows_the_generator_given():
    assert key_of(5) == key_of(5) == key_of(np.random.default_rng(5))
    assert key_of(5) != key_of(6)
    assert key_of(None) != key_of(None)
