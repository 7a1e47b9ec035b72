"""Fitting what a log can say: parameters of behaviour by simulated moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from influence_graph.arrays import FloatArray
from influence_graph.behaviour.audience import check
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.behaviour.simulation import simulate_people
from influence_graph.evaluation.moments import MOMENTS, log_moments
from influence_graph.interventions.worlds import Population, draw_world, made_from

#: What is fitted: lowest and highest value, and where the search starts; all on a logarithmic scale.
FITTED: Mapping[str, tuple[float, float, float]] = {
    "posts_per_step": (0.002, 3.0, 0.1),
    "activity_spread": (0.2, 3.0, 1.2),
    "responsiveness_spread": (0.2, 3.0, 1.2),
    "post_spread": (0.05, 3.0, 0.7),
    "tie_spread": (0.05, 3.0, 0.7),
    "exponent": (1.6, 4.0, 2.3),
    "reciprocity": (0.01, 0.9, 0.25),
    "reaction_chance": (0.001, 2.0, 0.06),
}
#: Delays are not fitted, and being answered is measured.
SEARCHED = set(MOMENTS) - {"delay_within_day", "response_to_answer"}
_OF_POPULATION = ("posts_per_step", "activity_spread", "responsiveness_spread", "exponent", "reciprocity")
#: Posts by the most active person a step, above which a draw of parameters is no log.
_WORST = 1e3
#: Misfits in units of their scale beyond which one is as bad as another; step of the logarithms for slopes.
_FAR, _STEP = 30.0, 0.2


@dataclass(frozen=True)
class Fit:
    """Fitted parameters and the moments of a simulation with them.

    Attributes
    ----------
    parameters : dict of str to float
        Of :data:`FITTED`.
    simulated : dict of str to float
        Moments, in worlds that were not used to fit.
    loss : float
        Mean squared misfit in units of the scale of each moment, in the worlds of the fit.
    evaluations : int
    """

    parameters: dict[str, float]
    simulated: dict[str, float]
    loss: float
    evaluations: int


def fit_behaviour(
    target: Mapping[str, float],
    scale: Mapping[str, float],
    *,
    answered: float = 0.0,
    people: int = 400,
    steps: int = 60,
    evaluations: int = 120,
    seed: int = 0,
) -> Fit:
    """Fit the parameters of behaviour that logs identify to the moments of a log.

    The method of simulated moments: the sum of squared differences to the target, each over its scale, is
    minimised by trust-region least squares over logarithms, with the same random numbers at every trial.
    Every reaction is a reply. Delays are not fitted: they follow Zhao et al. (2015).

    Parameters
    ----------
    target : mapping of str to float
        Moments: see :func:`log_moments`; NaN where the log does not say.
    scale : mapping of str to float
        How far each moment varies between logs of this kind, above 0.
    answered : float, optional
        The effect of being answered, measured: it is not searched for.
    people, steps : int, optional
        Of the simulations.
    evaluations : int, optional
        Most trials.
    seed : int, optional

    Returns
    -------
    Fit

    Raises
    ------
    ConfigError
        If no moment has a target.
    """
    used = [name for name in MOMENTS if name in SEARCHED and np.isfinite(target.get(name, np.nan))]
    check(bool(used), "target", dict(target), "at least one moment that is a number")
    low, high, start = (np.log([row[k] for row in FITTED.values()]) for k in range(3))
    goal = np.array([target[name] for name in used])
    unit = np.array([scale[name] for name in used])

    def misfit(point: FloatArray) -> FloatArray:
        found = moments_of(_named(point), answered=answered, people=people, steps=steps, seed=seed, world=0)
        got = np.array([found[name] for name in used])
        return np.where(np.isfinite(got), np.clip((got - goal) / unit, -_FAR, _FAR), _FAR)

    def slopes(point: FloatArray) -> FloatArray:
        here = misfit(point)
        # Towards the inside at the upper limit. Steps far above the noise that a change of counts makes.
        steps_of = np.where(point + _STEP <= high, _STEP, -_STEP)
        moved = [misfit(point + step * axis) for step, axis in zip(steps_of, np.eye(len(point)), strict=True)]
        return np.stack([(there - here) / step for there, step in zip(moved, steps_of, strict=True)], axis=1)

    rounds = max(2, evaluations // (len(FITTED) + 2))
    best = least_squares(misfit, start, jac=slopes, bounds=(low, high), max_nfev=rounds)
    parameters = _named(best.x)
    fresh = [
        moments_of(parameters, answered=answered, people=people, steps=steps, seed=seed, world=world)
        for world in (1, 2, 3)
    ]
    simulated = {name: _mean([one[name] for one in fresh]) for name in MOMENTS}
    spent = int(best.nfev + (best.njev or 0) * (1 + len(FITTED)))
    return Fit(parameters, simulated, float((best.fun**2).mean()), spent)


def moments_of(
    parameters: Mapping[str, float], *, answered: float, people: int, steps: int, seed: int, world: int
) -> dict[str, float]:
    """Return the moments of a simulation with these parameters of :data:`FITTED`; all NaN if it is no log."""
    of_population = {name: value for name, value in parameters.items() if name in _OF_POPULATION}
    of_model = {name: value for name, value in parameters.items() if name not in _OF_POPULATION}
    drawn = draw_world(Population(people=people, **of_population), seed=seed, world=world)
    if drawn.people.rate.max() * steps > _WORST * steps / 2:
        return dict.fromkeys(MOMENTS, float("nan"))
    given = {**of_model, "replies": 1.0, "answered": answered}
    model = made_from(BehaviourModel, given, "model")
    log = simulate_people(drawn.audience, drawn.people, model, steps=steps, key=drawn.key)
    if not sum(len(one.source) for one in log.events):
        return dict.fromkeys(MOMENTS, float("nan"))
    return log_moments(log.interactions())


def _named(point: FloatArray) -> dict[str, float]:
    return {name: float(value) for name, value in zip(FITTED, np.exp(point), strict=True)}


def _mean(values: list[float]) -> float:
    found = [value for value in values if np.isfinite(value)]
    return float(np.mean(found)) if found else float("nan")
