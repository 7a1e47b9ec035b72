"""Weights learned from labelled pairs, and how well they and single counts tell who is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError, DataError
from influence_graph.networks.cross_validation import (
    Fit,
    auc_table,
    boosting_fit,
    calibrate,
    cross_validate,
    logistic,
)
from influence_graph.networks.pairs import Pairs

ADDITIVE = "additive"
BOOSTING = "gradient boosting"


@dataclass(frozen=True, eq=False)
class LearnedWeights:
    """A monotone additive model of who of two people is the more influential.

    P(a chosen over b) = 1/(1 + e^−m), m = Σ_f weight_f·(ln(1 + x_f(a)) − ln(1 + x_f(b))), every weight ≥ 0:
    more of anything never lowers the score.

    Attributes
    ----------
    weights : polars.DataFrame
        A row a feature: ``feature``, ``weight`` (logits a unit of the logarithm), ``low``, ``high``,
        ``share`` (of the sum of weight times the feature's spread over pairs).
    auc : polars.DataFrame
        A row a model, best first: ``model``, ``auc`` on pairs of people not trained on, ``low``, ``high``,
        ``below_additive`` (AUC of the additive model minus this one's), ``below_low``, ``below_high``.
    calibration : float
        Slope by which margins of people not trained on have to be multiplied; 1: as sure as it should be.
    log_loss : float
        Mean −ln of the calibrated probability of what was chosen, on those pairs; a coin has 0.693.
    reliability : polars.DataFrame
        Those pairs in ten groups by calibrated probability: ``pairs``, ``expected``, ``observed``.
    report : mapping
        Pairs, people, how many were tested and how many left out for joining both sides of a split,
        features that are the same for everybody, the judges' agreement.
    """

    weights: pl.DataFrame
    auc: pl.DataFrame
    calibration: float
    log_loss: float
    reliability: pl.DataFrame
    report: Mapping[str, Any]

    @cached_property
    def coefficients(self) -> FloatArray:
        """The weights as an array, in the order of the features learned from."""
        return self.weights["weight"].to_numpy()

    def probability(self, first: npt.ArrayLike, second: npt.ArrayLike) -> FloatArray:
        """Return the calibrated chance that each first person is chosen over each second one.

        Parameters
        ----------
        first, second : array_like, shape (p, f)
            Features, in the order of ``weights``.
        """
        apart = np.log1p(np.asarray(first, dtype=np.float64)) - np.log1p(np.asarray(second, dtype=np.float64))
        return logistic(self.calibration * (apart @ self.coefficients))

    @cached_property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """The weights as ``weights`` and ``networks`` of the method ``multinetwork``.

        A feature called ``network/feature`` belongs to its network, another to every network.
        """
        if not (self.coefficients > 0).any():
            raise DataError("All learned weights are zero, so there is no score to make of them.")
        weights: dict[str, dict[str, float]] = {}
        for name, weight in self.weights.select("feature", "weight").iter_rows():
            network, _, feature = name.rpartition("/")
            weights.setdefault(network or "*", {})[feature] = weight
        if list(weights) == ["*"]:
            return {"weights": weights}
        if "*" in weights:
            raise DataError("Some features have a network in their name and some have none. Name all alike.")
        return {"weights": weights, "networks": {name: sum(of.values()) for name, of in weights.items()}}

    def __repr__(self) -> str:
        with pl.Config(tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, tbl_rows=30):
            return f"{self.weights}\n{self.auc}\n{dict(self.report)}"


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
    """Learn non-negative weights of features from labelled pairs, and say how well they do.

    Logistic regression on differences of ln(1 + x) with weights ≥ 0 and a ridge penalty: a Bradley–Terry
    model whose strengths are additive and monotone in the features.

    Everything said of accuracy is about people not trained on. People, not pairs, are dealt into folds; a
    model is trained on the pairs within the other folds and tested on those within one. Pairs that join the
    two are left out of that fold and counted. The deal is repeated, and AUC averaged over repeats. Intervals
    resample people: each draws from Exp(1), a pair weighs the product (Owen & Eckles 2012, which is on the
    wide side); those of weights fit anew, those of AUC keep the margins.

    Parameters
    ----------
    pairs : Pairs
        See :func:`~influence_graph.networks.pairs.read_pairs`.
    penalty : float
        Ridge penalty on the weights of features in units of their spread over pairs, a mean a pair.
    folds : int
        At least 2.
    repeats : int
        How often people are dealt into folds anew.
    replicates : int
        Of people, for intervals.
    confidence : float in (0, 1)
        Of the intervals.
    boosting : bool
        Whether to hold the model against gradient boosting, which may bend and combine features freely. It
        takes most of the time.
    rng : Generator, int or None
        Source of randomness (SPEC 7).

    Returns
    -------
    LearnedWeights
        Weights from all pairs, and what was found out about them.

    Raises
    ------
    ConfigError
        If a parameter is out of range.
    DataError
        If no feature differs between the people of a pair, or there are too few people to deal into folds.

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
            "pairs: no feature differs between the two people of any pair, so none can be weighed."
        )
    deals, draws = np.random.default_rng(rng).spawn(2)

    everyone = np.ones(len(pairs))
    coefficients = _fit(apart, pairs.choice, everyone, penalty)
    person_weights = draws.standard_exponential((replicates, len(pairs.people)))
    pair_weights = person_weights[:, pairs.first] * person_weights[:, pairs.second]
    refits = np.array([_fit(apart, pairs.choice, weight, penalty) for weight in pair_weights])
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(refits, [tail, 1.0 - tail], axis=0)
    shares = coefficients * np.sqrt((apart * apart).mean(axis=0))

    def additive(train: IntArray) -> FloatArray:
        fitted = _fit(apart[train], pairs.choice[train], np.ones(len(train)), penalty)
        return np.asarray(apart @ fitted)

    fits: dict[str, Fit] = {ADDITIVE: additive}
    for number, name in enumerate(pairs.features):
        if name not in constant:
            fits[name] = lambda train, number=number: apart[:, number]  # type: ignore[misc]
    if boosting:
        fits[BOOSTING] = boosting_fit(pairs, logs)
    tested, margins, crossing = cross_validate(pairs, fits, folds, repeats, deals)

    auc = auc_table(pairs, tested, margins, pair_weights, tail, ADDITIVE)
    calibration, log_loss, reliability = calibrate(
        np.concatenate(margins[ADDITIVE]), pairs.choice[np.concatenate(tested)]
    )
    return LearnedWeights(
        weights=pl.DataFrame(
            {
                "feature": pairs.features,
                "weight": coefficients,
                "low": low,
                "high": high,
                "share": shares / max(shares.sum(), np.finfo(float).tiny),
            }
        ),
        auc=auc,
        calibration=calibration,
        log_loss=log_loss,
        reliability=reliability,
        report={
            **pairs.report,
            "pairs tested a repeat, mean": round(float(np.mean([len(rows) for rows in tested])), 1),
            "pairs left out for joining training and test, mean of a repeat": round(crossing, 1),
            "features that are the same within every pair": constant,
            "agreement of judges": pairs.judges_agreement,
        },
    )


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


def _fit(apart: FloatArray, choice: npt.NDArray[np.bool_], weight: FloatArray, penalty: float) -> FloatArray:
    """Return the weights ≥ 0 of least mean log loss plus penalty/2 times the sum of their squares."""
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
