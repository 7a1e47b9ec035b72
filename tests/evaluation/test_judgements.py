"""Judged pairs: planted truth, bounds of the best model, nobody trained on is tested."""

import numpy as np
import pytest

from influence_graph.errors import DataError
from influence_graph.evaluation import judgements
from influence_graph.evaluation.judgements import LEARNED, SUM, SUM_OF_LOGS, judged_pairs
from influence_graph.networks.pairs import read_pairs


def made(q=0.9, n=120, m=1500, judges=2, seed=1):
    """Return pairs whose better side (by a·b) is chosen with probability q, by several judges."""
    rng = np.random.default_rng(seed)
    people = {
        "id": range(n),
        "a": rng.lognormal(size=n),
        "b": rng.lognormal(size=n),
        "c": rng.lognormal(size=n),
    }
    value = np.log1p(people["a"]) + np.log1p(people["b"])
    first = rng.integers(n, size=m)
    second = (first + rng.integers(1, n, size=m)) % n
    first, second = np.repeat(first, judges), np.repeat(second, judges)
    right = rng.random(len(first)) < q
    choice = (value[first] > value[second]) == right
    return read_pairs({"a": first, "b": second, "choice": choice.astype(int)}, people), value


def test_a_planted_truth_is_found_up_to_the_noise_of_judges():
    pairs, value = made()
    found = judged_pairs(pairs, groups=20)
    by = {row["model"]: row for row in found.accuracy.iter_rows(named=True)}
    margin = value[pairs.first] - value[pairs.second]
    best = ((margin > 0) == pairs.choice).mean()
    assert by[LEARNED]["accuracy"] == pytest.approx(best, abs=0.02)
    assert by[LEARNED]["low"] < 0.9 < by[LEARNED]["high"]
    assert by["a"]["below_low"] > 0.05  # one of two features is worse
    assert by["c"]["accuracy"] == pytest.approx(0.5, abs=0.06)
    assert set(by) == {"a", "b", "c", SUM, SUM_OF_LOGS, LEARNED}
    judge, most = found.ceiling["accuracy"]
    assert judge == pytest.approx(0.9**2 + 0.1**2, abs=0.02)
    assert most == pytest.approx(0.9, abs=0.02)  # all pairs alike: the bound is met
    assert judge <= best <= most + 0.02


def test_accuracies_are_those_of_the_definition():
    pairs, _ = made(m=60)
    found = judged_pairs(pairs, groups=10).accuracy
    for number, name in enumerate(pairs.features):
        apart = pairs.values[pairs.first, number] - pairs.values[pairs.second, number]
        expected = np.mean(
            [0.5 if d == 0 else float((d > 0) == c) for d, c in zip(apart, pairs.choice, strict=True)]
        )
        assert found.filter(model=name)["accuracy"].item() == pytest.approx(expected)


def test_nobody_who_is_tested_was_learned_from(monkeypatch):
    pairs, _ = made(m=400, judges=1)
    apart = np.log1p(pairs.values)[pairs.first] - np.log1p(pairs.values)[pairs.second]
    fold = np.random.default_rng(0).integers(4, size=len(pairs.people))
    by_fold = np.stack([fold[pairs.first], fold[pairs.second]])
    trained = []

    def fit(rows, choice, weight, penalty):
        trained.append({tuple(row) for row in rows})
        return np.zeros(rows.shape[1])

    monkeypatch.setattr(judgements, "non_negative_weights", fit)
    judgements._cross_fitted(apart, pairs.choice, by_fold, np.ones(len(pairs), bool), 0.01)
    tests = [(f, g) for f in range(4) for g in range(f + 1)]
    tested = [(by_fold.max(axis=0) == f) & (by_fold.min(axis=0) == g) for f, g in tests]
    assert sum(tested).tolist() == [1] * len(pairs)
    for (f, g), used in zip(
        [one for one, rows in zip(tests, tested, strict=True) if rows.any()], trained, strict=True
    ):
        touching = np.isin(by_fold, [f, g]).any(axis=0)
        assert not used & {tuple(row) for row in apart[touching]}


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_level_is_that_asked_for(confidence):
    pairs, _ = made(m=200)
    mine = judged_pairs(pairs, groups=10, confidence=confidence).accuracy
    other = judged_pairs(pairs, groups=10, confidence=1.75 - confidence).accuracy
    wider = (other["high"] - other["low"]).sum() > (mine["high"] - mine["low"]).sum()
    assert wider == (confidence < 0.9)


def test_too_few_pairs_are_an_error():
    people = {"id": range(4), "x": [1.0, 2.0, 3.0, 4.0]}
    pairs = read_pairs({"a": [0, 1, 2], "b": [1, 2, 3], "choice": [1, 0, 1]}, people)
    with pytest.raises(DataError, match="Use more folds"):
        judged_pairs(pairs, folds=2, groups=2)


def test_without_a_second_judgement_there_is_no_ceiling():
    pairs, _ = made(n=300, m=100, judges=1)
    assert judged_pairs(pairs, groups=10).ceiling["accuracy"].null_count() in (0, 2)
