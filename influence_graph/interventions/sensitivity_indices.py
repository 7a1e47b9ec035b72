"""Which assumptions decide: Morris screening, then Sobol indices of the few that matter, by SALib."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray
from influence_graph.behaviour.audience import check

#: Most parameters for Sobol indices: N·(k + 2) evaluations.
MOST = 4
_LEVELS = 4


def morris_screening(
    outcome: Callable[[Mapping[str, float]], Sequence[float]],
    ranges: Mapping[str, tuple[float, float]],
    outcomes: Sequence[str],
    *,
    trajectories: int = 10,
    seed: int = 0,
) -> pl.DataFrame:
    """Screen parameters by elementary effects (Morris 1991; Campolongo et al. 2007).

    Parameters
    ----------
    outcome : callable
        From values of the parameters to one number an outcome.
    ranges : mapping of str to (low, high)
        Where each parameter may lie.
    outcomes : sequence of str
        Their names.
    trajectories : int
        r ≥ 2, each of k + 1 evaluations.
    seed : int

    Returns
    -------
    DataFrame
        ``outcome``, ``parameter``, ``mu``, ``mu_star`` (mean of the effects, and of their sizes, over a
        whole range), ``mu_star_error`` (95 %), ``sigma``; by outcome, the largest first.

    Examples
    --------
    >>> ranges = {"a": (0.0, 1.0), "b": (0.0, 1.0)}
    >>> morris_screening(lambda x: [3 * x["a"]], ranges, ["y"])["mu_star"].round(6).to_list()
    [3.0, 0.0]
    """
    from SALib.analyze import morris as analyse
    from SALib.sample import morris as sample

    check(trajectories >= 2, "trajectories", trajectories, "at least 2")
    problem = _problem(ranges)
    points = sample.sample(problem, trajectories, num_levels=_LEVELS, seed=seed)
    values = _evaluate(outcome, ranges, points)
    parts = []
    for place, name in enumerate(outcomes):
        found = analyse.analyze(
            problem, points, values[:, place], num_levels=_LEVELS, seed=seed, print_to_console=False
        )
        parts.append(
            pl.DataFrame(
                {
                    "outcome": [name] * len(ranges),
                    "parameter": list(ranges),
                    **{
                        key: np.ma.getdata(found[given]).astype(np.float64)
                        for key, given in (
                            ("mu", "mu"),
                            ("mu_star", "mu_star"),
                            ("mu_star_error", "mu_star_conf"),
                            ("sigma", "sigma"),
                        )
                    },
                }
            ).sort("mu_star", descending=True, maintain_order=True)
        )
    return pl.concat(parts)


def sobol_indices(
    outcome: Callable[[Mapping[str, float]], Sequence[float]],
    ranges: Mapping[str, tuple[float, float]],
    outcomes: Sequence[str],
    *,
    samples: int = 64,
    seed: int = 0,
) -> pl.DataFrame:
    """Return first-order and total Sobol indices of at most four parameters (Saltelli et al. 2010).

    Parameters
    ----------
    outcome, ranges, outcomes
        As in :func:`morris_screening`.
    samples : int
        N, a power of 2; N·(k + 2) evaluations.
    seed : int

    Returns
    -------
    DataFrame
        ``outcome``, ``parameter``, ``first``, ``first_error``, ``total``, ``total_error`` (95 %).

    Examples
    --------
    >>> ranges = {"a": (0.0, 1.0), "b": (0.0, 1.0)}
    >>> found = sobol_indices(lambda x: [x["a"]], ranges, ["y"], samples=64)
    >>> found["total"].round(1).to_list()
    [1.0, 0.0]
    """
    from SALib.analyze import sobol as analyse
    from SALib.sample import sobol as sample

    check(1 <= len(ranges) <= MOST, "ranges", list(ranges), f"one to {MOST} parameters")
    power = samples >= 2 and samples & (samples - 1) == 0
    check(power, "samples", samples, "a power of 2")
    problem = _problem(ranges)
    points = sample.sample(problem, samples, calc_second_order=False, seed=seed)
    values = _evaluate(outcome, ranges, points)
    parts = []
    for place, name in enumerate(outcomes):
        found = analyse.analyze(
            problem, values[:, place], calc_second_order=False, seed=seed, print_to_console=False
        )
        parts.append(
            pl.DataFrame(
                {
                    "outcome": [name] * len(ranges),
                    "parameter": list(ranges),
                    "first": found["S1"],
                    "first_error": found["S1_conf"],
                    "total": found["ST"],
                    "total_error": found["ST_conf"],
                }
            )
        )
    return pl.concat(parts)


def _problem(ranges: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    for name, (low, high) in ranges.items():
        check(bool(np.isfinite([low, high]).all()) and low < high, name, (low, high), "a range, low < high")
    return {
        "num_vars": len(ranges),
        "names": list(ranges),
        "bounds": [list(bounds) for bounds in ranges.values()],
    }


def _evaluate(
    outcome: Callable[[Mapping[str, float]], Sequence[float]],
    ranges: Mapping[str, tuple[float, float]],
    points: FloatArray,
) -> FloatArray:
    return np.array([outcome(dict(zip(ranges, map(float, point), strict=True))) for point in points])
