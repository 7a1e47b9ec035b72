"""Laws of the 1-100 scale."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from influence_graph import ConfigError, DataError, scale
from influence_graph.scoring._scale import Reference

HOWS = ("log", "quantile", "linear")
raw_values = st.integers(1, 40).flatmap(
    lambda n: arrays(
        np.float64, n, elements=st.floats(0, 1e308, allow_subnormal=True) | st.integers(0, 5).map(float)
    )
)


def test_log_by_hand():
    # r_top = 99: ln(100) = 2·ln(10), so r = 9 stands half way: 1 + 99/2.
    np.testing.assert_allclose(scale([0, 9, 99]), [1, 50.5, 100])


def test_quantile_shares_the_middle_rank_of_ties():
    # Ranks 1, 2.5, 2.5, 4 of n = 4: 1 + 99·(rank − 1)/3.
    np.testing.assert_allclose(scale([0, 5, 5, 9], "quantile"), [1, 50.5, 50.5, 100])


@pytest.mark.parametrize("how", HOWS)
@given(raw=raw_values)
def test_points_lie_between_1_and_100_and_keep_order_and_ties(how, raw):
    points = scale(raw, how)
    assert ((points >= 1) & (points <= 100)).all()
    order = np.argsort(raw, kind="stable")
    assert (np.diff(points[order]) >= 0).all()
    same = np.diff(raw[order]) == 0
    assert (np.diff(points[order])[same] == 0).all()


@pytest.mark.parametrize("how", ["log", "linear"])
@given(raw=raw_values)
def test_zero_is_1_and_the_top_is_100(how, raw):
    points = scale(raw, how)
    assert (points[raw == 0] == 1).all()
    if raw.max() > 0:
        assert (points[raw == raw.max()] == 100).all()


@pytest.mark.parametrize("how", HOWS)
def test_all_zero_is_all_1(how):
    assert scale(np.zeros(5), how).tolist() == [1.0] * 5


@pytest.mark.parametrize("how", HOWS)
def test_one_person_is_scaled_as_log(how):
    assert scale([3.0], how).tolist() == [100.0]
    assert scale([0.0], how).tolist() == [1.0]


@pytest.mark.parametrize("how", HOWS)
def test_nobody_has_no_points(how):
    assert scale([], how).tolist() == []


@pytest.mark.parametrize("how", HOWS)
@given(raw=raw_values)
def test_own_reference_changes_nothing(how, raw):
    np.testing.assert_array_equal(scale(raw, how, reference=Reference.of(raw)), scale(raw, how))


@pytest.mark.parametrize("how", HOWS)
def test_a_frozen_reference_makes_points_compare(how):
    reference = Reference.of([0, 1, 2, 4, 8])
    assert scale([2.0], how, reference=reference) == scale([0, 1, 2, 4, 8], how)[2]
    assert scale([2.0, 80.0], how, reference=reference)[1] == 100.0


def test_quantile_between_two_people_of_the_reference_lies_between_their_points():
    low, between, high = scale([1, 1.5, 2], "quantile", reference=Reference.of([0, 1, 2, 4]))
    assert low < between < high


def test_reference_of_nothing_but_zeros():
    assert scale([0, 1], reference=Reference.of([0, 0])).tolist() == [1.0, 100.0]


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
@pytest.mark.parametrize("how", HOWS)
def test_values_that_are_no_influence_raise(how, value):
    with pytest.raises(DataError, match="position 1"):
        scale([1.0, value], how)


def test_unknown_scale_names_the_nearest():
    with pytest.raises(ConfigError, match="'linear'"):
        scale([1.0], "liner")


def test_empty_reference():
    with pytest.raises(DataError, match="has no values"):
        scale([1.0], reference=Reference.of([]))
