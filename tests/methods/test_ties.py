"""Runs of values nearer than the resolution are one value."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from influence_graph.methods.ties import ROUNDING, merge_ties


def by_gaps(values, resolution):
    """The definition: walk up the sorted values, and begin a new one after each gap."""
    reach = np.broadcast_to(resolution, values.shape)
    merged, lowest, before = np.empty_like(values), None, None
    for at in np.argsort(values, kind="stable"):
        near = before is not None and values[at] - values[before] <= max(
            reach[at], reach[before], ROUNDING * values[at]
        )
        lowest = lowest if near else values[at]
        merged[at], before = lowest, at
    return merged


whole = st.integers(0, 40).map(float)


@given(arrays(np.float64, st.integers(0, 30), elements=whole), st.sampled_from([0.0, 0.5, 1.0, 3.0]))
def test_equals_the_definition(values, resolution):
    np.testing.assert_array_equal(merge_ties(values, resolution), by_gaps(values, resolution))


@given(st.data())
def test_equals_the_definition_with_a_resolution_for_each(data):
    values = data.draw(arrays(np.float64, st.integers(0, 30), elements=whole, unique=True))
    resolution = data.draw(arrays(np.float64, len(values), elements=st.sampled_from([0.0, 1.0, 2.0])))
    np.testing.assert_array_equal(merge_ties(values, resolution), by_gaps(values, resolution))


def test_a_run_is_one_value_however_long_and_a_gap_ends_it():
    values = np.array([1.0, 1.9, 2.8, 3.7, 5.0])
    assert merge_ties(values, 1.0).tolist() == [1.0, 1.0, 1.0, 1.0, 5.0]


def test_sums_in_another_order_tie_and_nothing_to_merge_is_the_same_array():
    parts = np.random.default_rng(1).random(1000)
    values = np.array([parts.sum(), sum(parts.tolist()), sum(parts[::-1].tolist()), 2 * parts.sum()])
    assert len(set(values[:3])) > 1
    assert len(set(merge_ties(values, 0.0))) == 2
    apart = np.array([3.0, 1.0, 1.0 + 1e-9])
    assert merge_ties(apart, 0.0) is apart
