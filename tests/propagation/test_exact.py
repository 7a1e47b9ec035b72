"""The exact spreads that other tests check against, themselves checked by hand."""

import numpy as np
import pytest
from propagation.exact import exact_spread, small_graph

from influence_graph.propagation.models import SIR, IndependentCascade, LinearThreshold

CHAIN = small_graph([("b", "a"), ("c", "b")])


def test_a_chain_and_a_diamond_by_hand():
    p = 0.5
    assert exact_spread(CHAIN, model=IndependentCascade(p)).tolist() == [1 + p + p**2, 1 + p, 1.0]
    # a moves b and c, each moves d: d misses both with chance (1 − p²)².
    diamond = small_graph([("b", "a"), ("c", "a"), ("d", "b"), ("d", "c")])
    values = exact_spread(diamond, model=IndependentCascade(0.3))
    assert values[0] == pytest.approx(1 + 2 * 0.3 + 1 - (1 - 0.09) ** 2)
    # Linear threshold with weights 1/2: d turns with chance ½·P(b) + ½·P(c), and b and c are certain.
    assert exact_spread(diamond, model=LinearThreshold()).tolist() == pytest.approx([4.0, 1.5, 1.5, 1.0])


def test_what_can_not_be_summed_is_refused():
    with pytest.raises(AssertionError, match="SIR"):
        exact_spread(CHAIN, model=SIR(0.5))
    many = small_graph([(u, v) for u in range(6) for v in range(6) if u != v])
    with pytest.raises(AssertionError, match="too many"):
        exact_spread(many, model=IndependentCascade(np.full(30, 0.5)))
