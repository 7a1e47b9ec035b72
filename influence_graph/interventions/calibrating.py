"""Fitting what a log can say: parameters of behaviour by simulated moments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from influence_graph.arrays import FloatArray
from influence_graph.behaviour.audience import check
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.behaviour.simulation import simulate_people
from influence_graph.errors import ConfigError
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
#: Misfits in units of their scale beyond which one is as bad as another; first and smallest steps.
_FAR, _STEP, _SMALLEST = 30.0, 0.5, 0.02


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
    minimised by a pattern search over logarithms, with the same random numbers at every trial.
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

    def loss(point: FloatArray) -> float:
        found = moments_of(_named(point), answered=answered, people=people, steps=steps, seed=seed, world=0)
        got = np.array([found[name] for name in used])
        far = np.where(np.isfinite(got), np.clip((got - goal) / unit, -_FAR, _FAR), _FAR)
        return float((far**2).mean())

    best, least, spent = pattern_search(loss, start, low, high, evaluations=evaluations)
    parameters = _named(best)
    fresh = [
        moments_of(parameters, answered=answered, people=people, steps=steps, seed=seed, world=world)
        for world in (1, 2, 3)
    ]
    simulated = {name: _mean([one[name] for one in fresh]) for name in MOMENTS}
    return Fit(parameters, simulated, least, spent)


def pattern_search(
    loss: Callable[[FloatArray], float],
    start: FloatArray,
    low: FloatArray,
    high: FloatArray,
    *,
    evaluations: int,
) -> tuple[FloatArray, float, int]:
    """Return the best point of a pattern search, its loss, and the evaluations (Hooke & Jeeves 1961).

    Each coordinate is moved by a step up or down where that lowers the loss; steps that help grow, others
    shrink. It asks for no slope, which counts of a simulation do not give.

    Examples
    --------
    >>> square = lambda x: float(((x - 1.0) ** 2).sum())
    >>> best, _, _ = pattern_search(square, np.zeros(2), np.full(2, -5.0), np.full(2, 5.0), evaluations=80)
    >>> best.round(1).tolist()
    [1.0, 1.0]
    """
    best, least, spent = start.copy(), loss(start), 1
    step = np.full(len(start), _STEP)
    while spent < evaluations and np.abs(step).max() > _SMALLEST:
        for axis in range(len(start)):
            for sign in (1.0, -1.0):
                tried = best.copy()
                tried[axis] = np.clip(best[axis] + sign * step[axis], low[axis], high[axis])
                if spent >= evaluations or tried[axis] == best[axis]:
                    continue
                value, spent = loss(tried), spent + 1
                if value < least:
                    best, least = tried, value
                    # The other direction is tried last, so that a step that helped is repeated first.
                    step[axis] *= 1.5 * sign
                    break
            else:
                step[axis] *= 0.5
            step[axis] = step[axis] if abs(step[axis]) > _SMALLEST / 4 else _SMALLEST / 4
    return best, least, spent


def moments_of(
    parameters: Mapping[str, float], *, answered: float, people: int, steps: int, seed: int, world: int
) -> dict[str, float]:
    """Return the moments of a simulation with these parameters of :data:`FITTED`; all NaN if it is no log."""
    of_population = {name: value for name, value in parameters.items() if name in _OF_POPULATION}
    of_model = {name: value for name, value in parameters.items() if name not in _OF_POPULATION}
    try:
        drawn = draw_world(Population(people=people, **of_population), seed=seed, world=world)
    except ConfigError:  # popularity so uneven that there are not enough pairs for the ties
        return dict.fromkeys(MOMENTS, float("nan"))
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
