"""C against scikit-learn, SciPy's Somers' D and a loop over all pairs."""

import math

import numpy as np
import pytest
from scipy.stats import somersd
from sklearn.metrics import roc_auc_score

from influence_graph.errors import DataError
from influence_graph.evaluation import concordance


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_area_under_the_curve_and_somers_d(seed):
    rng = np.random.default_rng(seed)
    score, truth = rng.integers(0, 9, 60), rng.integers(0, 2, 60)
    assert concordance(score, truth) == pytest.approx(roc_auc_score(truth, score), abs=1e-14)
    many = rng.integers(0, 7, 60)
    assert concordance(score, many) == pytest.approx((somersd(many, score).statistic + 1) / 2, abs=1e-14)


def test_weights_repeat_people_and_weigh_pairs():
    rng = np.random.default_rng(1)
    score, truth, weight = rng.integers(0, 5, 30), rng.integers(0, 4, 30), rng.random(30)
    right = total = 0.0
    for i in range(30):
        for j in range(30):
            if truth[i] > truth[j]:
                pair = weight[i] * weight[j]
                right += pair * (score[i] > score[j]) + 0.5 * pair * (score[i] == score[j])
                total += pair
    assert concordance(score, truth, weights=weight) == pytest.approx(right / total, abs=1e-14)
    some = rng.integers(0, 3, 30)
    repeated = np.repeat(np.arange(30), some)
    whole = concordance(score[repeated], truth[repeated])
    assert concordance(score, truth, weights=some) == pytest.approx(whole, abs=1e-14)


def test_scores_nearer_than_their_error_tie():
    assert concordance([1.0, 1.1, 2.0], [0, 1, 2]) == 1.0
    assert concordance([1.0, 1.1, 2.0], [0, 1, 2], resolution=0.2) == pytest.approx(2.5 / 3)
    assert concordance([5, 5, 5], [0, 1, 2]) == 0.5


def test_no_pair_is_nan_and_wrong_input_an_error():
    assert math.isnan(concordance([1, 2], [3, 3]))
    assert math.isnan(concordance([], []))
    with pytest.raises(DataError, match="one value a person"):
        concordance([1, 2], [1, 2, 3])
    with pytest.raises(DataError, match="Weights"):
        concordance([1, 2], [1, 2], weights=[1, -1])
    with pytest.raises(DataError, match="finite"):
        concordance([1, math.nan], [1, 2])
