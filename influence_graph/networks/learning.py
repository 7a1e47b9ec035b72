"""Weights learned from labelled pairs, and the accuracy of the model and of single features."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.limits import check_limits
from influence_graph.networks._features import feature_method
from influence_graph.networks.cross_validation import (
    Fit,
    auc_table,
    boosting_fit,
    calibrate,
    cross_validate,
    logistic,
)
from influence_graph.networks.pairs import Pairs
from influence_graph.scoring.intervals import interval_levels
from influence_graph.tabular import Tabular
from influence_graph.visible import frame_text

ADDITIVE = "additive"
BOOSTING = "gradient boosting"


@dataclass(frozen=True, eq=False)
class LearnedWeights(Tabular):
    """A monotone additive model of who of two people is the more influential.

    P(a chosen over b) = 1/(1 + e^−m), m = Σ_f weight_f·(ln(1 + x_f(a)) − ln(1 + x_f(b))), every weight ≥ 0:
    more of anything never lowers the score.

    Attributes
    ----------
    weights : polars.DataFrame
        One row per feature: ``feature``, ``weight`` (logits per unit of ln(1 + x)), ``low``, ``high``, and
        ``share`` (of the sum over features of weight times root mean square difference within pairs).
    auc : polars.DataFrame
        One row per model, best first: ``model``, out-of-sample ``auc``, ``low``, ``high``,
        ``below_additive`` (AUC of the additive model minus that of this one), ``below_low``, ``below_high``.
    calibration : float
        Calibration slope of out-of-sample margins; 1: well calibrated.
    log_loss : float
        Mean −ln of the calibrated probability of the choice, out of sample; a fair coin has 0.693.
    reliability : polars.DataFrame
        Out-of-sample pairs in ten bins of calibrated probability: ``pairs``, ``expected``, ``observed``.
    report : mapping
        Number of pairs and people, of pairs tested and of pairs left out because they join training and
        test people, features that are constant within pairs, agreement of the judges.
    versions : mapping of str to int
        The version of the method behind each feature that is a method's.
    """

    weights: pl.DataFrame
    auc: pl.DataFrame
    calibration: float
    log_loss: float
    reliability: pl.DataFrame
    report: Mapping[str, Any]
    versions: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def coefficients(self) -> FloatArray:
        """The weights as an array, in the order of the features learned from."""
        return self.weights["weight"].to_numpy()

    def _main_table(self) -> pl.DataFrame:
        return self.weights

    def probability(self, pairs: Pairs) -> FloatArray:
        """Return the calibrated probability that the first person of each pair is chosen over the second.

        Parameters
        ----------
        pairs : Pairs
            p pairs with these features, as :func:`~influence_graph.networks.pairs.read_pairs` gives them; the
            labels are not read.

        Returns
        -------
        ndarray of float64, shape (p,)
            In (0, 1).

        Raises
        ------
        DataError
            If a feature is missing.
        """
        wanted = self.weights["feature"].to_list()
        for name in wanted:
            if name not in pairs.features:
                raise DataError(
                    f"The pairs have no feature {name!r}, from which the weights were learned. "
                    f"{nearest(name, pairs.features)}"
                )
        logs = np.log1p(pairs.values[:, [list(pairs.features).index(name) for name in wanted]])
        apart = logs[pairs.first] - logs[pairs.second]
        return logistic(self.calibration * (apart @ self.coefficients))

    @cached_property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """The weights as ``weights`` and ``networks`` of the method ``multinetwork``.

        A feature named ``network/feature`` is of that network; one without ``/`` is of every network.

        Raises
        ------
        ConfigError
            If a feature's method has another version now, or the weights do not say which they were learned
            with: they are those of other numbers.
        DataError
            If no weight is above 0, or some names have a network and some do not.
        """
        for name, version in feature_versions(self.weights["feature"]).items():
            learned = self.versions.get(name)
            if learned != version:
                which = "a version that they do not name" if learned is None else f"version {learned}"
                raise ConfigError(
                    f"The weights were learned with {which} of the feature {name!r}, and this is version "
                    f"{version}, whose values may differ. Learn them again: features, read_pairs, "
                    "learn_weights."
                )
        if not (self.coefficients > 0).any():
            raise DataError("All learned weights are zero, so they define no score. Use other features.")
        weights: dict[str, dict[str, float]] = {}
        for name, weight in self.weights.select("feature", "weight").iter_rows():
            network, _, feature = name.rpartition("/")
            weights.setdefault(network or "*", {})[feature] = weight
        if list(weights) == ["*"]:
            return {"weights": weights}
        if "*" in weights:
            raise DataError("Only some feature names have a network. Give one to all of them, or to none.")
        return {"weights": weights, "networks": {name: sum(of.values()) for name, of in weights.items()}}

    def __repr__(self) -> str:
        return f"{frame_text(self.weights, rows=30)}\n{frame_text(self.auc)}\n{dict(self.report)}"


def learn_weights(
    pairs: Pairs,
    *,
    penalty: float = 0.01,
    folds: int = 5,
    repeats: int = 20,
    replicates: int = 200,
    confidence: float = 0.95,
    boosting: bool = False,
    rng: np.random.Generator | int | None = 0,
) -> LearnedWeights:
    """Learn non-negative weights of features from labelled pairs, and measure their accuracy.

    Logistic regression on differences of ln(1 + x) with weights ≥ 0 and a ridge penalty: a Bradley–Terry
    model whose strengths are additive and monotone in the features.

    Accuracy is out of sample, by repeated cross-validation grouped by person: people, not pairs, are assigned
    to folds; a model is trained on pairs within the other folds and tested on pairs within one. Pairs that
    join the two are left out of that fold and counted. AUC is averaged over repeats. Intervals come from a
    Bayesian bootstrap of people: each draws a weight from Exp(1), and a pair has the product of two (Owen &
    Eckles 2012, conservative). Those of weights refit the model, those of AUC keep the margins.

    Parameters
    ----------
    pairs : Pairs
        p labelled pairs; see :func:`~influence_graph.networks.pairs.read_pairs`.
    penalty : float
        Ridge penalty on the weights of standardised features, relative to the mean log loss.
    folds : int
        Number of folds, at least 2.
    repeats : int
        Number of random assignments of people to folds.
    replicates : int
        Number of bootstrap replicates, at least 20.
    confidence : float in (0, 1)
        Confidence level of the intervals.
    boosting : bool
        Whether to compare with gradient boosting, which is neither additive nor monotone. It takes most of
        the time.
    rng : Generator, int or None
        Source of randomness (SPEC 7).

    Returns
    -------
    LearnedWeights
        Weights from all pairs, with intervals, accuracy and calibration.

    Raises
    ------
    ConfigError
        If a parameter is out of range.
    DataError
        If no feature differs within a pair, or a fold has too few pairs.

    Examples
    --------
    >>> from influence_graph.networks.pairs import read_pairs
    >>> rng = np.random.default_rng(1)
    >>> people = {"id": range(60), "good": rng.lognormal(size=60), "noise": rng.lognormal(size=60)}
    >>> a, b = rng.integers(30, size=300), rng.integers(30, 60, size=300)
    >>> chosen = (people["good"][a] > people["good"][b]).astype(int)
    >>> pairs = read_pairs({"a": a, "b": b, "choice": chosen}, people)
    >>> learned = learn_weights(pairs, repeats=2, replicates=20)
    >>> learned.weights["weight"][0] > 10 * learned.weights["weight"][1]
    True
    """
    _check(penalty, folds, repeats, replicates, confidence)
    logs = np.log1p(pairs.values)
    apart = logs[pairs.first] - logs[pairs.second]
    constant = [name for name, column in zip(pairs.features, apart.T, strict=True) if not column.any()]
    if len(constant) == len(pairs.features):
        raise DataError(
            "pairs: no feature differs between the two people of any pair, so none can get a weight. "
            "Add features, or pairs whose people differ."
        )
    on_folds, on_people = np.random.default_rng(rng).spawn(2)
    person_weights = on_people.standard_exponential((replicates, len(pairs.people)))
    pair_weights = person_weights[:, pairs.first] * person_weights[:, pairs.second]
    weights = _weights(pairs, apart, pair_weights, penalty, confidence)

    models = _models(pairs, logs, apart, penalty, skip=constant, boosting=boosting)
    tested, margins, crossing = cross_validate(pairs, models, folds, repeats, on_folds)
    auc = auc_table(pairs, tested, margins, pair_weights, confidence, ADDITIVE)
    calibration, log_loss, reliability = calibrate(
        np.concatenate(margins[ADDITIVE]), pairs.choice[np.concatenate(tested)]
    )
    report = {
        **pairs.report,
        "pairs tested a repeat, mean": round(float(np.mean([len(rows) for rows in tested])), 1),
        "pairs left out for joining training and test, mean of a repeat": round(crossing, 1),
        "features that are the same within every pair": constant,
        "agreement of judges": pairs.judges_agreement,
    }
    versions = feature_versions(pairs.features)
    return LearnedWeights(weights, auc, calibration, log_loss, reliability, report, versions)


def feature_versions(names: Iterable[str]) -> dict[str, int]:
    """Return the version of the method behind each ``feature`` or ``network/feature`` that has one."""
    versions = {}
    for name in names:
        try:
            versions[name] = feature_method(name.rpartition("/")[2])[0].version
        except ConfigError:
            # A column of the user's own.
            continue
    return versions


def _weights(
    pairs: Pairs, apart: FloatArray, pair_weights: FloatArray, penalty: float, confidence: float
) -> pl.DataFrame:
    """Return the weight of each feature, its interval from refits with pair weights, and its share."""
    coefficients = non_negative_weights(apart, pairs.choice, np.ones(len(pairs)), penalty)
    refits = np.array([non_negative_weights(apart, pairs.choice, weight, penalty) for weight in pair_weights])
    low, high = np.quantile(refits, interval_levels(confidence), axis=0)
    shares = coefficients * np.sqrt((apart * apart).mean(axis=0))
    return pl.DataFrame(
        {
            "feature": pairs.features,
            "weight": coefficients,
            "low": low,
            "high": high,
            "share": shares / max(shares.sum(), np.finfo(float).tiny),
        }
    )


def _models(
    pairs: Pairs,
    logs: FloatArray,
    apart: FloatArray,
    penalty: float,
    *,
    skip: Collection[str],
    boosting: bool,
) -> dict[str, Fit]:
    """Return the models to cross-validate: the additive one, each feature alone, gradient boosting."""

    def additive(train: IntArray) -> FloatArray:
        fitted = non_negative_weights(apart[train], pairs.choice[train], np.ones(len(train)), penalty)
        return np.asarray(apart @ fitted)

    models: dict[str, Fit] = {ADDITIVE: additive}
    for number, name in enumerate(pairs.features):
        if name not in skip:
            models[name] = lambda train, number=number: apart[:, number]  # type: ignore[misc]
    if boosting:
        models[BOOSTING] = boosting_fit(pairs, logs)
    return models


def _check(penalty: float, folds: int, repeats: int, replicates: int, confidence: float) -> None:
    for name, value, right, wanted in (
        ("penalty", penalty, 0.0 < penalty < np.inf, "finite and above 0"),
        ("folds", folds, folds >= 2, "2 or more"),
        ("repeats", repeats, repeats >= 1, "1 or more"),
        ("replicates", replicates, replicates >= 20, "20 or more"),
        ("confidence", confidence, 0.0 < confidence < 1.0, "between 0 and 1"),
    ):
        if not right:
            raise ConfigError(f"learn_weights: {name} is {value!r}, but it should be {wanted}.")
    check_limits({"folds": folds, "repeats": repeats, "replicates": replicates})


def non_negative_weights(
    apart: FloatArray, choice: npt.NDArray[np.bool_], weight: FloatArray, penalty: float
) -> FloatArray:
    """Return the weights ≥ 0 that minimise mean log loss + penalty/2·|w|², w of standardised features.

    Parameters
    ----------
    apart : ndarray of float64, shape (p, f)
        Differences of the features of the two people of each pair.
    choice : ndarray of bool, shape (p,)
        Whether the first was chosen.
    weight : ndarray of float64, shape (p,)
        Weight of each pair, ≥ 0.
    penalty : float
        Above 0.

    Returns
    -------
    ndarray of float64, shape (f,)
        Per unit of each feature.

    Examples
    --------
    >>> apart = np.array([[1.0, -1.0], [2.0, 1.0], [-1.0, 1.0]])
    >>> non_negative_weights(apart, np.array([True, True, False]), np.ones(3), 0.01)[1].item()
    0.0
    """
    from scipy.optimize import minimize

    weight = weight / weight.sum()
    spread = np.sqrt(weight @ (apart * apart))
    spread[spread == 0.0] = np.inf
    signed = np.where(choice, 1.0, -1.0)[:, None] * apart / spread

    def loss(w: FloatArray) -> tuple[float, FloatArray]:
        margin = signed @ w
        value = float(weight @ np.logaddexp(0.0, -margin) + penalty / 2.0 * (w @ w))
        return value, penalty * w - signed.T @ (weight * logistic(-margin))

    start = np.full(apart.shape[1], 0.1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * len(start))
    return np.asarray(found.x / spread)
