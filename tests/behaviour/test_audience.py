"""The audiences have the tails, communities and mutual ties that were asked for."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from influence_graph.behaviour.audience import audience_from_graph, pareto, synthetic_audience
from influence_graph.errors import ConfigError
from influence_graph.graph import InfluenceGraph, Weighting


def both_ways(audience):
    """Share of linked pairs that are linked both ways."""
    mutual = audience.multiply(audience.T).nnz / 2
    return mutual / (audience.nnz - mutual)


def test_as_many_ties_as_asked_for_and_none_to_oneself():
    audience = synthetic_audience(400, mean_degree=7.5, rng=3)
    assert audience.nnz == 3000
    assert audience.diagonal().sum() == 0
    assert (audience.data == 1).all()
    assert audience.has_sorted_indices


@pytest.mark.parametrize("share", [0.0, 0.22, 0.7, 1.0])
def test_the_share_of_pairs_linked_both_ways_is_the_one_asked_for(share):
    audience = synthetic_audience(2000, mean_degree=10, reciprocity=share, rng=1)
    assert both_ways(audience) == pytest.approx(share, abs=1e-3)


@pytest.mark.parametrize("mixing", [0.0, 0.25, 0.9])
def test_the_share_of_ties_that_leave_the_community_is_the_one_asked_for(mixing):
    labels = np.arange(2000) % 7
    ties = synthetic_audience(2000, mean_degree=10, communities=labels, mixing=mixing, rng=2).tocoo()
    assert np.mean(labels[ties.row] != labels[ties.col]) == pytest.approx(mixing, abs=1e-3)


@pytest.mark.parametrize("exponent", [2.3, 3.0])
def test_the_tail_of_followers_has_the_exponent_asked_for(exponent):
    # Maximum likelihood for a discrete power law above x_min: Clauset, Shalizi & Newman 2009, eq. 3.7.
    audience = synthetic_audience(
        40_000, mean_degree=10, exponent=exponent, communities=1, reciprocity=0, rng=5
    )
    followers = np.diff(audience.tocsc().indptr)
    lowest = 40
    tail = followers[followers >= lowest]
    estimate = 1 + len(tail) / np.log(tail / (lowest - 0.5)).sum()
    assert len(tail) > 300
    assert estimate == pytest.approx(exponent, abs=4 * (exponent - 1) / np.sqrt(len(tail)))


def test_one_way_ties_fall_on_people_in_proportion_to_popularity():
    # Chung & Lu: the expected number of followers is proportional to the weight, where ties are few.
    popularity = np.repeat([1.0, 2.0, 5.0], 200)
    followers = sum(
        synthetic_audience(
            600, mean_degree=2, popularity=popularity, communities=1, reciprocity=0, spread=0, rng=seed
        ).sum(axis=0)
        for seed in range(20)
    )
    got = followers.reshape(3, 200).sum(axis=1)
    expected = got.sum() * np.array([1, 2, 5]) / 8
    assert ((got - expected) ** 2 / expected).sum() < 13.8  # chi-square, 2 degrees of freedom, 0.1 %


@given(
    st.integers(1, 60),
    st.floats(0, 8),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(1, 5),
    st.integers(0, 2**32),
)
def test_what_comes_is_an_audience_or_an_error(n, mean_degree, mixing, reciprocity, communities, seed):
    arguments = {
        "mean_degree": mean_degree,
        "mixing": mixing,
        "reciprocity": reciprocity,
        "communities": communities,
        "rng": seed,
    }
    try:
        audience = synthetic_audience(n, **arguments)
    except ConfigError:
        return
    assert audience.shape == (n, n)
    assert audience.nnz == round(n * mean_degree)
    assert audience.diagonal().sum() == 0
    assert (audience.data == 1).all()
    again = synthetic_audience(n, **arguments)
    assert (again.indices == audience.indices).all()


def test_a_generator_serves_as_well_as_a_seed():
    one = synthetic_audience(300, mean_degree=5, rng=np.random.default_rng(4))
    other = synthetic_audience(300, mean_degree=5, rng=4)
    assert (one != other).nnz == 0
    assert (one != synthetic_audience(300, mean_degree=5, rng=5)).nnz > 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mean_degree": -1}, "mean_degree is -1"),
        ({"mean_degree": float("nan")}, "mean_degree is nan"),
        ({"mean_degree": 60}, "at most"),
        ({"exponent": 1.0}, "exponent is 1.0"),
        ({"mixing": 1.5}, "mixing is 1.5"),
        ({"reciprocity": -0.1}, "reciprocity is -0.1"),
        ({"communities": 0}, "communities is 0"),
        ({"communities": [0, 1]}, "one label a person"),
        ({"popularity": np.zeros(200)}, "positive and finite"),
        ({"popularity": np.full(200, np.inf)}, "positive and finite"),
        ({"spread": -1}, "spread is -1"),
        ({"communities": 100, "mixing": 0, "mean_degree": 20}, "no free pair"),
    ],
)
def test_parameters_out_of_range_are_named(wrong, message):
    with pytest.raises(ConfigError, match=message):
        synthetic_audience(200, **{"mean_degree": 5, "rng": 0, **wrong})


def test_nobody_is_no_audience():
    with pytest.raises(ConfigError, match="n is 0"):
        synthetic_audience(0, rng=0)
    assert synthetic_audience(1, mean_degree=0, rng=0).nnz == 0


def test_pareto_has_its_quantiles():
    uniform = np.array([0.0, 0.5, 0.9])
    np.testing.assert_allclose(1 - pareto(uniform, 2.5) ** -1.5, uniform)


def test_follows_are_the_audience_where_there_are_any():
    ids = pl.Series("id", ["a", "b", "c"])
    acted = csr_array(np.array([[5.0, 3.0, 0], [0, 0, 0], [0, 0, 0]]))
    one, other = np.zeros((3, 3)), np.zeros((3, 3))
    one[0, 1] = other[0, 1] = other[2, 0] = 1
    follows = {("follow", "x"): csr_array(one), ("follow", "y"): csr_array(other), ("like", "x"): acted}
    with_follows = InfluenceGraph(ids, follows, acted, pl.DataFrame(), Weighting({}))
    without = InfluenceGraph(ids, {}, acted, pl.DataFrame(), Weighting({}))
    assert audience_from_graph(with_follows).toarray().tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 0]]
    assert audience_from_graph(without).toarray().tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
