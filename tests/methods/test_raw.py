"""What a method returns."""

import numpy as np

from influence_graph.methods import OWN_VALUE, NaturalUnit, Raw


def test_natural_values_are_tied_values_in_the_unit():
    raw = Raw(np.array([3.0, 1.0, 1.0 + 1e-7]), unit=NaturalUnit("half", factor=2.0), resolution=1e-6)
    assert raw.tied.tolist() == [3.0, 1.0, 1.0]
    assert raw.natural.tolist() == [6.0, 2.0, 2.0]
    assert np.asarray(raw).tolist() == raw.values.tolist()


def test_by_default_the_value_itself():
    raw = Raw(np.array([2.0, 0.0]))
    assert raw.unit is OWN_VALUE
    assert raw.natural.tolist() == [2.0, 0.0]
    assert raw.defined is None
