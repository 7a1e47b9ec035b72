"""Weighted sums of matrices held against dense ones."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from influence_graph.linalg.add_csr import weighted_sum
from influence_graph.linalg.csr import as_canonical


@given(
    seed=st.integers(0, 999), n=st.integers(1, 150), weights=st.tuples(*2 * [st.sampled_from([0, -1, 2.5])])
)
def test_it_is_the_dense_sum_without_zeros(seed, n, weights):
    rng = np.random.default_rng(seed)
    a, b = (np.where(rng.random((n, n)) < 0.1, rng.integers(1, 4, (n, n)), 0.0) for _ in range(2))
    total = weighted_sum(as_canonical(csr_array(a)), weights[0], as_canonical(csr_array(b)), weights[1])
    assert (total.toarray() == weights[0] * a + weights[1] * b).all()
    assert total.data.all()
    assert (np.diff(total.indices)[np.diff(np.repeat(np.arange(n), np.diff(total.indptr))) == 0] > 0).all()
