"""How many numbers a person needs: reactions on several networks predicted from one, two, or one a network.

The people who react after an origin are dealt into two halves, so that the truths of one half are predicted
from truths that share no reactor with them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.evaluation._jackknife import folds_of, jackknife
from influence_graph.evaluation.log_arrays import Reactions
from influence_graph.evaluation.origins import auto_horizon, periods
from influence_graph.interactions.log import Interactions

ONE, TWO, EACH = "one number", "two numbers", "a number a network"
#: What is taken out before: differences between networks only, or what was known of the person as well.
RAW, CONTROLLED = "nothing taken out", "last seen and activity taken out"
_FOLDS = 10
_GROUPS = 40


def numbers_needed(
    log: Interactions,
    *,
    horizon: timedelta | None = None,
    step: timedelta | None = None,
    networks: int = 12,
    fewest: int = 50,
    draws: int = 20,
    confidence: float = 0.95,
    rng: np.random.Generator | int | None = 0,
) -> pl.DataFrame:
    """Compare predictions of reactions on each network by one number a person, two, and one a network.

    A cell is a person at an origin on a network, if the person was active there and on another one within
    a horizon before. Its truth is z = ln(1 + distinct people who react there within the horizon after),
    from one half of the reactors. From z a regression is taken out, on the network, and (controlled) on
    ln(1 + rows of the person there before), ln(1 + days since the last there) and since the last anywhere.
    What is left, r, has over persons a covariance S between networks, estimated from products of the two
    halves, whose noise is independent. The truths of the second half are predicted from those of the first
    by the best linear predictor with S cut to rank one, to rank two, or whole. Everything is fitted on
    other folds of people than those predicted, dealt again with the reactors.

    Parameters
    ----------
    log : Interactions
        With timestamps and at least two networks.
    horizon, step : timedelta, optional
        As for :func:`~influence_graph.evaluation._transfer.transfer`.
    networks : int
        Only the largest are taken, by such cells.
    fewest : int
        A network needs this many cells.
    draws : int
        Deals of the reactors into halves; errors are averaged over deals.
    confidence : float in (0, 1)
        Confidence level.
    rng : Generator, int or None
        Source of randomness (SPEC 7).

    Returns
    -------
    DataFrame
        ``controls`` (:data:`RAW`, :data:`CONTROLLED`), ``model`` (:data:`ONE`, :data:`TWO`, :data:`EACH`),
        ``value``: the share of the variance of r in the second half that is predicted, ``low``, ``high``;
        ``above_one`` (the value minus that of one number), ``above_low``, ``above_high``; ``cells``,
        ``people``. The intervals are a delete-a-fold jackknife over the people predicted.

    Raises
    ------
    DataError
        If fewer than two networks have enough cells.
    """
    on_people, on_halves = np.random.default_rng(rng).spawn(2)
    reactions = Reactions.of(log)
    length = horizon or auto_horizon(log)
    cells = _cells(reactions, periods(reactions.time, length, step or length / 2), length, networks, fewest)
    people = int(cells.person.max()) + 1
    group = folds_of(people, _GROUPS, on_people)[cells.person]
    size = int(group.max()) + 1
    models = (ONE, TWO, EACH)
    # Squared errors and squares by controls, model (the last: no prediction) and group of people.
    errors = np.zeros((2, len(models) + 1, size))
    for stream in on_halves.spawn(max(draws, 1)):
        truth = cells.halves(stream)
        # Other folds for each deal: which people are fitted together would move the figures.
        of_person = folds_of(people, _FOLDS, stream)[cells.person]
        for number in range(2):
            design = cells.network_of if number == 0 else np.hstack([cells.network_of, cells.known])
            for fold in range(_FOLDS):
                test = of_person == fold
                if not test.any() or test.all():
                    continue
                residual = _residuals(truth, design, ~test)
                predicted = _predictions(cells, residual, test)
                for model, guess in enumerate([*predicted, np.zeros(int(test.sum()))]):
                    off = (residual[1][test] - guess) ** 2
                    errors[number, model] += np.bincount(group[test], weights=off, minlength=size)
    total = errors.sum(axis=2)
    value = 1.0 - total[:, :-1] / total[:, -1:]
    others = total[:, :, None] - errors
    left_out = np.moveaxis(1.0 - others[:, :-1] / others[:, -1:], 2, 0)
    found = jackknife(value, left_out, confidence=confidence)
    above = jackknife(value - value[:, :1], left_out - left_out[:, :, :1], confidence=confidence)
    columns_of = (value, found.low, found.high, above.value, above.low, above.high)
    rows = [
        (controls, model, *(float(one[a, b]) for one in columns_of))
        for a, controls in enumerate((RAW, CONTROLLED))
        for b, model in enumerate(models)
    ]
    columns = ["controls", "model", "value", "low", "high", "above_one", "above_low", "above_high"]
    counts = {"cells": pl.lit(len(cells.row), pl.Int64), "people": pl.lit(people, pl.Int64)}
    return pl.DataFrame(rows, columns, orient="row").fill_nan(None).with_columns(**counts)


class _Cells(NamedTuple):
    """Cells: where people were active before an origin.

    Attributes
    ----------
    row, network, person : ndarray of int64, shape (m,)
        Person at an origin; number of the network among the K chosen; number of the person.
    network_of : ndarray of float64, shape (m, K)
        Indicators of the network.
    known : ndarray of float64, shape (m, 3)
        Activity there, time since the last there, since the last anywhere, in logarithms.
    cell, reactor : ndarray of int64, shape (e,)
        The distinct people who react after the origin, by cell.
    reactors : int
        Number of people who could react.
    """

    row: IntArray
    network: IntArray
    person: IntArray
    network_of: FloatArray
    known: FloatArray
    cell: IntArray
    reactor: IntArray
    reactors: int

    def halves(self, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Return ln(1 + reactors) by cell, in each of two halves of the reactors."""
        half = rng.integers(2, size=self.reactors)[self.reactor]
        first, second = (
            np.log1p(np.bincount(self.cell[half == number], minlength=len(self.row))) for number in (0, 1)
        )
        return first, second


def _cells(reactions: Reactions, moments: list[int], length: timedelta, networks: int, fewest: int) -> _Cells:
    span, k = round(length.total_seconds() * 1e6), len(reactions.networks)
    found: list[tuple[IntArray, FloatArray, IntArray, IntArray]] = []
    rows = 0
    for moment in moments:
        before = reactions.between(moment - span, moment)
        people, at = np.unique(reactions.source[before], return_inverse=True)
        key, cell, counts = np.unique(
            at.ravel() * k + reactions.network[before], return_inverse=True, return_counts=True
        )
        last = np.zeros(len(key), dtype=np.int64)
        np.maximum.at(last, cell.ravel(), reactions.time[before])
        person = key // k
        anywhere = np.zeros(len(people), dtype=np.int64)
        np.maximum.at(anywhere, person, last)
        several = np.bincount(person)[person] >= 2 if len(key) else np.zeros(0, dtype=bool)
        key, person = key[several], person[several]
        age = [np.log1p((moment - one) / 86_400e6) for one in (last[several], anywhere[person])]
        known = np.column_stack([np.log1p(counts[several]), *age])
        cells = np.stack([rows + person, key % k, people[person]])
        cell_of, reactor = _after(reactions, reactions.between(moment, moment + span), people, key)
        found.append((cells, known, cell_of, reactor))
        rows += len(people)
    return _chosen(found, networks, max(fewest, 2), len(reactions.people))


def _after(reactions: Reactions, after: slice, people: IntArray, key: IntArray) -> tuple[IntArray, IntArray]:
    """Return cell and reactor of each distinct person who reacts in a cell."""
    k = len(reactions.networks)
    target = reactions.target[after]
    at = np.searchsorted(people, target)
    known = (target >= 0) & (np.append(people, -1)[at] == target)
    wanted = at[known] * k + reactions.network[after][known]
    place = np.searchsorted(key, wanted)
    inside = np.append(key, -1)[place] == wanted
    pairs = np.unique(np.stack([place[inside], reactions.source[after][known][inside]]), axis=1)
    return pairs[0], pairs[1]


def _chosen(
    found: list[tuple[IntArray, FloatArray, IntArray, IntArray]], networks: int, fewest: int, reactors: int
) -> _Cells:
    """Return the cells of the largest networks of all origins."""
    cells = np.concatenate([one[0] for one in found], axis=1) if found else np.zeros((3, 0), dtype=np.int64)
    sizes = np.bincount(cells[1]) if cells.shape[1] else np.zeros(0, dtype=np.int64)
    largest = np.argsort(-sizes, kind="stable")[:networks]
    largest = np.sort(largest[sizes[largest] >= fewest])
    if len(largest) < 2:
        raise DataError(
            f"Fewer than two networks have {fewest} people who are active there and elsewhere, over all "
            "origins: too few to tell one number from several. Read the log with identities, or lower fewest."
        )
    offsets = np.cumsum([0, *(one[0].shape[1] for one in found)])
    cell = np.concatenate([one[2] + offset for one, offset in zip(found, offsets[:-1], strict=True)])
    reactor = np.concatenate([one[3] for one in found])
    kept = np.isin(cells[1], largest)
    number = np.cumsum(kept) - 1
    inside = kept[cell]
    network = np.searchsorted(largest, cells[1][kept])
    _, person = np.unique(cells[2][kept], return_inverse=True)
    return _Cells(
        np.unique(cells[0][kept], return_inverse=True)[1].ravel(),
        network,
        person.ravel(),
        np.eye(len(largest))[network],
        np.concatenate([one[1] for one in found])[kept],
        number[cell[inside]],
        reactor[inside],
        reactors,
    )


def _residuals(
    truth: tuple[FloatArray, FloatArray], design: FloatArray, train: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return what a regression, fitted on both halves of some cells, leaves of each half."""
    mean = (truth[0] + truth[1])[train] / 2.0
    slope = np.linalg.lstsq(design[train], mean, rcond=None)[0]
    fitted = design @ slope
    return truth[0] - fitted, truth[1] - fitted


def _predictions(cells: _Cells, residual: tuple[FloatArray, FloatArray], test: BoolArray) -> list[FloatArray]:
    """Return the second half of the cells tested, predicted from the first by covariances of three ranks."""
    k = cells.network_of.shape[1]
    first, second = (_wide(cells, one, ~test, k) for one in residual)
    whole, noise = _covariances(first, second)
    values, vectors = np.linalg.eigh(whole)
    values = np.maximum(values, 0.0)
    given = _wide(cells, residual[0], test, k)
    observed = np.isfinite(given)
    rows = np.unique(cells.row[test], return_inverse=True)[1].ravel()
    guesses = []
    for rank in (1, 2, k):
        kept = np.where(np.arange(k) >= k - rank, values, 0.0)
        between = (vectors * kept) @ vectors.T
        # A cell that is not observed has so much noise that it says nothing.
        spread = between + np.where(observed, noise, 1e9)[:, :, None] * np.eye(k)
        weights = np.linalg.solve(spread, np.where(observed, given, 0.0)[:, :, None])[:, :, 0]
        guesses.append((weights @ between)[rows, cells.network[test]])
    return guesses


def _wide(cells: _Cells, values: FloatArray, chosen: BoolArray, k: int) -> FloatArray:
    """Return values by person at an origin and network, NaN where the person was not active."""
    rows, at = np.unique(cells.row[chosen], return_inverse=True)
    table = np.full((len(rows), k), np.nan)
    table[at.ravel(), cells.network[chosen]] = values[chosen]
    return table


def _covariances(first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the covariance between networks that two halves share, and the noise of one half by network.

    An entry of few people is shrunk towards the mean entry of its kind, by its sampling variance and the
    variance between entries (DerSimonian & Laird 1986).
    """
    known = np.isfinite(first).astype(np.float64)
    a, b = np.where(known > 0, first, 0.0), np.where(known > 0, second, 0.0)
    n = np.maximum(known.T @ known, 1.0)
    product = (a.T @ b + b.T @ a) / 2.0 / n
    square = ((a**2).T @ b**2 + (b**2).T @ a**2) / 2.0 / n
    error = np.maximum(square - product**2, 1e-12) / n
    diagonal = np.eye(len(n), dtype=bool)
    shrunk = product.copy()
    for kind in (diagonal, ~diagonal):
        weight = known.T @ known * kind / error
        if (weight > 0).sum() < 2:
            continue
        mean = (weight * product).sum() / weight.sum()
        excess = (weight * (product - mean) ** 2).sum() - ((weight > 0).sum() - 1)
        between = max(excess / (weight.sum() - (weight**2).sum() / weight.sum()), 0.0)
        kept = between / (between + np.where(weight > 0, error, np.inf))
        shrunk = np.where(kind, mean + kept * (product - mean), shrunk)
    own = (a**2 + b**2).sum(axis=0) / 2.0 / np.diag(n)
    noise = np.maximum(own - np.diag(shrunk), 0.05 * np.maximum(own, 1e-9))
    return (shrunk + shrunk.T) / 2.0, noise
