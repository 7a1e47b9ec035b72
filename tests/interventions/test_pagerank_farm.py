"""The closed form of a star farm against PageRank of the package, with and without links back."""

import numpy as np
import pytest

from influence_graph import build_graph, load_dataset, pagerank
from influence_graph.behaviour import new_accounts, star
from influence_graph.errors import ConfigError
from influence_graph.interventions.pagerank_farm import farm_size, farm_value, inflow_of


@pytest.fixture(scope="module")
def log():
    return load_dataset("synthetic", people=150, days=20, rng=2)


@pytest.mark.parametrize("damping", [0.5, 0.85])
@pytest.mark.parametrize("back", [0, 1])
@pytest.mark.parametrize("accounts", [1, 17])
def test_a_farm_gains_what_the_closed_form_says(log, damping, back, accounts):
    target = new_accounts(log, 1)[0]
    attack = star(log, target, accounts=accounts, back=back)
    graph = build_graph(log.concat(attack.rows))
    at = int(graph.positions([target])[0])
    raw = pagerank(graph, damping=damping, tol=1e-14)
    value = farm_value(1.0, accounts, damping=damping, back=float(back))
    assert raw.natural[at] + 1.0 == pytest.approx(value, rel=1e-9)
    # The same in mean-1 PageRank: R' = (I + k·d·τ)/(1 − d²), renormalised when the k join.
    share = raw.values[np.diff(graph.adjacency.indptr) == 0].sum()
    tau = 1 - damping + damping * share
    mean_one = graph.n * raw.values[at]
    assert mean_one == pytest.approx((tau + accounts * damping * tau) / (1 - back * damping**2), rel=1e-9)


def test_the_inflow_is_what_is_left_without_own_links(log):
    graph = build_graph(log)
    damping = 0.85
    values = pagerank(graph, damping=damping, tol=1e-14).natural + 1.0
    at = int(np.argmax(np.diff(graph.adjacency.indptr)))
    shares = graph.adjacency.toarray()
    shares = np.divide(
        shares,
        shares.sum(1, keepdims=True),
        out=np.zeros_like(shares),
        where=shares.sum(1, keepdims=True) > 0,
    )
    shares[at] = 0.0
    expected = np.linalg.solve(np.eye(graph.n) - damping * shares.T, np.ones(graph.n))[at]
    assert inflow_of(graph, at, values[at], damping=damping) == pytest.approx(expected, rel=1e-9)
    assert expected < values[at]


def test_the_size_is_the_least_that_reaches_a_value():
    for back in (0.0, 0.4, 1.0):
        size = farm_size(50.0, 3.0, damping=0.85, back=back)
        assert (
            farm_value(3.0, size, damping=0.85, back=back)
            >= 50.0
            > farm_value(3.0, size - 1, damping=0.85, back=back)
        )
    assert farm_size(2.0, 3.0, damping=0.85) == 0
    for wrong in ({"damping": 1.0}, {"damping": 0.5, "back": 2.0}):
        with pytest.raises(ConfigError):
            farm_value(1.0, 1, **wrong)
