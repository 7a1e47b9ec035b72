"""A unit is affine, and never below 0."""

import numpy as np

from influence_graph.methods import OWN_VALUE, REACHED, NaturalUnit, share_without_unit


def test_values_in_a_unit():
    unit = NaturalUnit("one of two", factor=2.0, offset=np.array([0.0, 1.0, 9.0]))
    values = np.array([1.0, 2.0, 3.0])
    assert unit.of(values).tolist() == [2.0, 3.0, 0.0]
    assert unit.of(np.column_stack([values, values + 2])).tolist() == [[2.0, 6.0], [3.0, 7.0], [0.0, 1.0]]
    assert unit.of(values[[2, 1]] + 2, at=np.array([2, 1])).tolist() == [1.0, 7.0]
    assert REACHED.of(np.array([1.0, 4.0])).tolist() == [0.0, 3.0]
    assert OWN_VALUE.of(values) is values


def test_rounding_of_the_offset_is_zero_and_a_real_difference_is_not():
    unit = NaturalUnit("visits", factor=3.0, offset=1.0)
    natural = unit.of(np.array([1.0 / 3.0, np.nextafter(1.0 / 3.0, 1.0), (1.0 + 1e-9) / 3.0]))
    assert natural[:2].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(natural[2], 1e-9, rtol=1e-6)


def test_a_reason_makes_it_not_comparable():
    assert NaturalUnit("one").comparable
    without = share_without_unit(4, "everybody counts")
    assert not without.comparable
    assert without.of(np.full(4, 0.25)).tolist() == [1.0] * 4
