import numpy as np
import pytest
from propagation.exact import small_graph

from influence_graph.propagation.forward_edges import as_coin, forward_edges
from influence_graph.propagation.models import SIR, IndependentCascade, LinearThreshold


def test_a_row_lists_whom_a_person_moves_without_those_who_never_are():
    graph = small_graph([(1, 0), (2, 0), (3, 0), (0, 3)])
    matrix = graph.adjacency.copy()
    p = np.zeros(matrix.nnz)
    for place, (b, a) in enumerate(zip(*matrix.nonzero(), strict=True)):
        p[place] = {(1, 0): 0.5, (2, 0): 0.0, (3, 0): 0.25, (0, 3): 1.0}[int(b), int(a)]
    edges = forward_edges(graph, SIR(p, recovery=0.5))
    assert edges.followers[edges.indptr[0] : edges.indptr[1]].tolist() == [1, 3]
    assert edges.followers[edges.indptr[3] : edges.indptr[4]].tolist() == [0]
    assert edges.coin[:2].tolist() == [2**31 - 1, 2**30 - 1]
    assert edges.hazard[:2] == pytest.approx([np.log(2), np.log(2) + np.log(4 / 3)])
    assert edges.recovery == 0.5
    # The largest exponential gap that 53 bits give does not pass over a certain edge.
    assert edges.hazard[2] > -np.log(2.0**-53)


def test_under_linear_threshold_it_holds_the_weights():
    graph = small_graph([(1, 0), (1, 2)])
    edges = forward_edges(graph, LinearThreshold("share"))
    assert edges.threshold
    assert len(edges.coin) == 0
    assert edges.hazard == pytest.approx([0.5, 0.5])
    assert not forward_edges(graph, IndependentCascade(0.5)).threshold


def test_coins_are_the_nearest_of_2_to_the_32_chances_and_never_none():
    assert as_coin(np.array([1.0, 0.5, 2.0**-32, 1e-300])).tolist() == [2**32 - 1, 2**31 - 1, 0, 0]
