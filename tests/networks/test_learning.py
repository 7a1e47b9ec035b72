"""Weights learned from labelled pairs."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from influence_graph import ConfigError, DataError, build_graph, score
from influence_graph.datasets import load_pairs
from influence_graph.datasets.synthetic import make_log
from influence_graph.methods import get_method
from influence_graph.networks._features import person_features
from influence_graph.networks.learning import learn_weights, non_negative_weights
from influence_graph.networks.pairs import read_pairs

QUICK = {"repeats": 3, "replicates": 40}


def made(weights, people=200, pairs=3_000, seed=1):
    """Return pairs judged by the model itself."""
    rng = np.random.default_rng(seed)
    values = rng.lognormal(1, 1, size=(people, len(weights)))
    a, b = rng.integers(people, size=(2, pairs))
    a, b = a[a != b], b[a != b]
    margin = (np.log1p(values[a]) - np.log1p(values[b])) @ np.asarray(weights)
    frame = pl.DataFrame(
        {"a": a, "b": b, "choice": (rng.random(len(a)) < 1 / (1 + np.exp(-margin))).astype(int)}
    )
    table = pl.DataFrame({"id": np.arange(people), **{f"f{j}": values[:, j] for j in range(len(weights))}})
    return read_pairs(frame, table)


def test_recovers_the_weights_it_was_drawn_from():
    learned = learn_weights(made([1.5, 0.5, 0.0]), penalty=1e-4, **QUICK)
    np.testing.assert_allclose(learned.coefficients, [1.5, 0.5, 0.0], atol=0.2)
    frame = learned.weights
    assert (frame["low"] <= [1.5, 0.5, 0.0]).all()
    assert (frame["high"] >= [1.5, 0.5, 0.0]).all()
    assert learned.calibration == pytest.approx(1, abs=0.15)
    assert (learned.reliability["expected"] - learned.reliability["observed"]).abs().max() < 0.1


def test_against_logistic_regression_where_no_bound_binds():
    pairs = made([1.5, 0.5])
    apart = np.log1p(pairs.values)[pairs.first] - np.log1p(pairs.values)[pairs.second]
    spread = np.sqrt((apart**2).mean(axis=0))
    # Ours: mean loss + penalty/2·|w|²; theirs: C·sum of losses + |w|²/2.
    peer = LogisticRegression(C=1 / (0.01 * len(pairs)), fit_intercept=False, tol=1e-10, max_iter=1_000)
    peer.fit(apart / spread, pairs.choice)
    ours = non_negative_weights(apart, pairs.choice, np.ones(len(pairs)), 0.01)
    np.testing.assert_allclose(ours, peer.coef_[0] / spread, rtol=1e-3)


def test_a_feature_that_harms_gets_no_weight():
    learned = learn_weights(made([1.0, -1.0]), **QUICK)
    assert learned.coefficients[1] == 0
    assert learned.coefficients[0] > 0


def test_weights_do_not_depend_on_which_side_is_written_first():
    pairs = made([1.0, 0.5])
    apart = np.log1p(pairs.values)[pairs.first] - np.log1p(pairs.values)[pairs.second]
    ones = np.ones(len(pairs))
    turned = np.random.default_rng(1).random(len(pairs)) < 0.5
    one = non_negative_weights(apart, pairs.choice, ones, 0.01)
    two = non_negative_weights(np.where(turned[:, None], -apart, apart), pairs.choice ^ turned, ones, 0.01)
    np.testing.assert_allclose(one, two, rtol=1e-6)


@pytest.mark.parametrize("confidence", [0.80, 0.95])
def test_intervals_of_weights_and_auc_are_percentiles_of_refits_by_scikit_learn(confidence):
    pairs = made([1.5, 0.8], people=60, pairs=400)
    learned = learn_weights(pairs, repeats=1, replicates=40, confidence=confidence, rng=2)
    on_folds, on_people = np.random.default_rng(2).spawn(2)
    apart = np.log1p(pairs.values)[pairs.first] - np.log1p(pairs.values)[pairs.second]
    fold = on_folds.permutation(60) % 5
    tested = fold[pairs.first] == fold[pairs.second]
    refits, areas = [], []
    for person in on_people.standard_exponential((40, 60)):
        weight = person[pairs.first] * person[pairs.second]
        spread = np.sqrt(np.average(apart**2, weights=weight, axis=0))
        peer = LogisticRegression(C=1 / (0.01 * weight.sum()), fit_intercept=False, tol=1e-10, max_iter=1_000)
        peer.fit(apart / spread, pairs.choice, sample_weight=weight)
        refits.append(peer.coef_[0] / spread)
        areas.append(roc_auc_score(pairs.choice[tested], apart[tested, 0], sample_weight=weight[tested]))
    levels = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(refits, levels, axis=0)
    np.testing.assert_allclose(learned.weights["low"].to_numpy(), low, rtol=1e-3)
    np.testing.assert_allclose(learned.weights["high"].to_numpy(), high, rtol=1e-3)
    alone = learned.auc.row(by_predicate=pl.col("model") == "f0", named=True)
    np.testing.assert_allclose([alone["low"], alone["high"]], np.quantile(areas, levels))


def test_share_is_weight_times_root_mean_square_difference():
    pairs = made([1.0, 0.3])
    learned = learn_weights(pairs, **QUICK)
    apart = np.log1p(pairs.values)[pairs.first] - np.log1p(pairs.values)[pairs.second]
    part = learned.coefficients * np.sqrt((apart**2).mean(axis=0))
    np.testing.assert_allclose(learned.weights["share"].to_numpy(), part / part.sum())


def test_intervals_of_auc_hold_it_and_shrink_with_people():
    few, many = (learn_weights(made([0.5], people=n, pairs=10 * n), **QUICK).auc for n in (60, 400))
    for table in (few, many):
        assert (table["low"] <= table["auc"]).all()
        assert (table["auc"] <= table["high"]).all()
    assert (many["high"] - many["low"]).max() < (few["high"] - few["low"]).min()


def test_constant_features_are_named_and_weigh_nothing():
    rng = np.random.default_rng(1)
    values = rng.lognormal(size=30)
    people = pl.DataFrame({"id": np.arange(30), "f": values, "same": np.full(30, 2.0)})
    a, b = rng.integers(15, size=200), 15 + rng.integers(15, size=200)
    pairs = read_pairs({"a": a, "b": b, "choice": (values[a] > values[b]).astype(int)}, people)
    learned = learn_weights(pairs, folds=2, **QUICK)
    assert learned.report["features that are the same within every pair"] == ["same"]
    assert learned.weights.filter(feature="same")["weight"].item() == 0
    assert "same" not in learned.auc["model"].to_list()


def test_the_same_seed_gives_the_same_result():
    pairs = made([1.0, 0.5], people=80, pairs=600)
    one, two = (learn_weights(pairs, rng=3, **QUICK) for _ in range(2))
    assert one.weights.equals(two.weights)
    assert one.auc.equals(two.auc)


def test_learned_weights_go_into_the_score():
    graph = build_graph(make_log(people=150, days=30, rng=1).interactions)
    people = person_features(graph, ["reactors", "engagement"])
    rng = np.random.default_rng(1)
    a, b = rng.integers(graph.n, size=(2, 1_500))
    a, b = a[a != b], b[a != b]
    truth = people["video/reactors"].to_numpy()
    frame = pl.DataFrame(
        {"a": graph.ids.gather(a), "b": graph.ids.gather(b), "choice": (truth[a] > truth[b]).astype(int)}
    )
    learned = learn_weights(read_pairs(frame, people), **QUICK)
    scores = score(graph, "multinetwork", **learned.parameters)
    logs = np.log1p(people.drop("id").to_numpy()) @ learned.coefficients
    assert np.corrcoef(np.log1p(scores.raw), logs)[0, 1] == pytest.approx(1)
    assert learned.parameters["networks"]["video"] == max(learned.parameters["networks"].values())


@pytest.mark.parametrize("feature", ["reactors", "video/reactors", "x/received_like"])
def test_weights_learned_with_another_version_of_a_feature_are_refused_by_its_name(feature):
    pairs = made([1.0], people=40, pairs=300)
    learned = learn_weights(dataclasses.replace(pairs, features=(feature,)), **QUICK)
    assert learned.parameters["weights"]
    now = get_method("received" if "received" in feature else "reactors").version
    assert learned.versions == {feature: now}
    older = dataclasses.replace(learned, versions={feature: now - 1})
    with pytest.raises(ConfigError, match=f"version {now - 1} of the feature '{feature}', .* version {now}"):
        _ = older.parameters
    unnamed = dataclasses.replace(learned, versions={})
    with pytest.raises(ConfigError, match=f"do not name of the feature '{feature}'.*Learn them again"):
        _ = unnamed.parameters


def test_probability_of_a_pair():
    learned = learn_weights(made([1.0, 0.5]), **QUICK)
    first, second = learned.weights["feature"].to_list()
    people = {"id": ["x", "y"], second: [1.0, 1.0], first: [5.0, 1.0]}
    rows = {"a": ["x", "y", "y"], "b": ["y", "x", "x"], "choice": [1, 0, 0]}
    ahead, back, _ = learned.probability(read_pairs(rows, people))
    assert ahead > 0.5
    assert ahead + back == pytest.approx(1)
    margin = learned.calibration * learned.coefficients[0] * np.log(6 / 2)
    assert ahead == pytest.approx(1 / (1 + np.exp(-margin)))
    with pytest.raises(DataError, match=f"no feature '{second}'"):
        learned.probability(read_pairs(rows, {key: people[key] for key in ("id", first)}))


def test_errors():
    pairs = made([1.0], people=40, pairs=100)
    for name, value in (("penalty", 0), ("folds", 1), ("repeats", 0), ("replicates", 3), ("confidence", 1)):
        with pytest.raises(ConfigError, match=f"learn_weights: {name} is {value}"):
            learn_weights(pairs, **{name: value})
    same = read_pairs({"a": [0, 1], "b": [1, 0], "choice": [1, 0]}, {"id": [0, 1], "f": [2.0, 2.0]})
    with pytest.raises(DataError, match="no feature differs"):
        learn_weights(same)
    few = read_pairs({"a": [0, 1], "b": [1, 2], "choice": [1, 0]}, {"id": [0, 1, 2], "f": [1.0, 2.0, 3.0]})
    with pytest.raises(DataError, match="Use fewer folds or more pairs"):
        learn_weights(few)
    harmful = learn_weights(made([-1.0]), **QUICK)
    with pytest.raises(DataError, match="All learned weights are zero"):
        _ = harmful.parameters


def test_peerindex(data_folder):
    learned = learn_weights(read_pairs(load_pairs("peerindex")), replicates=40)
    table = {row["model"]: row for row in learned.auc.iter_rows(named=True)}
    assert learned.auc["model"][0] == "additive"
    assert table["additive"]["auc"] >= 0.850
    assert (learned.weights["weight"] >= 0).all()
    assert learned.report["pairs"] == 4_000
    assert 0.95 < learned.calibration < 1.1
