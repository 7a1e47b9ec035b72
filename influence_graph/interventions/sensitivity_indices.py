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
    points = morris_points(ranges, trajectories=trajectories, seed=seed)
    return morris_effects(ranges, outcomes, points, evaluated(outcome, ranges, points), seed=seed)


def morris_points(ranges: Mapping[str, tuple[float, float]], *, trajectories: int, seed: int) -> FloatArray:
    """Return Morris' design, shape (r·(k + 1), k): trajectory by trajectory."""
    from SALib.sample import morris as sample

    check(trajectories >= 2, "trajectories", trajectories, "at least 2")
    points = sample.sample(_problem(ranges), trajectories, num_levels=_LEVELS, seed=seed)
    return np.asarray(points, dtype=np.float64)


def morris_effects(
    ranges: Mapping[str, tuple[float, float]],
    outcomes: Sequence[str],
    points: FloatArray,
    values: FloatArray,
    *,
    seed: int,
) -> pl.DataFrame:
    """Return the table of :func:`morris_screening` from the outcomes at the points of the design."""
    from SALib.analyze import morris as analyse

    parts = []
    for place, name in enumerate(outcomes):
        found = analyse.analyze(
            _problem(ranges), points, values[:, place], num_levels=_LEVELS, seed=seed, print_to_console=False
        )
        numbers = {"mu": "mu", "mu_star": "mu_star", "mu_star_error": "mu_star_conf", "sigma": "sigma"}
        columns = {key: np.ma.getdata(found[given]).astype(np.float64) for key, given in numbers.items()}
        table = pl.DataFrame({"outcome": [name] * len(ranges), "parameter": list(ranges), **columns})
        parts.append(table.sort("mu_star", descending=True, maintain_order=True))
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
    points = sobol_points(ranges, samples=samples, seed=seed)
    return sobol_shares(ranges, outcomes, evaluated(outcome, ranges, points), seed=seed)


def sobol_points(ranges: Mapping[str, tuple[float, float]], *, samples: int, seed: int) -> FloatArray:
    """Return the design of Saltelli et al. (2010), shape (N·(k + 2), k)."""
    from SALib.sample import sobol as sample

    check(1 <= len(ranges) <= MOST, "ranges", list(ranges), f"one to {MOST} parameters")
    power = samples >= 2 and samples & (samples - 1) == 0
    check(power, "samples", samples, "a power of 2")
    points = sample.sample(_problem(ranges), samples, calc_second_order=False, seed=seed)
    return np.asarray(points, dtype=np.float64)


def sobol_shares(
    ranges: Mapping[str, tuple[float, float]], outcomes: Sequence[str], values: FloatArray, *, seed: int
) -> pl.DataFrame:
    """Return the table of :func:`sobol_indices` from the outcomes at the points of the design."""
    from SALib.analyze import sobol as analyse

    parts = []
    for place, name in enumerate(outcomes):
        found = analyse.analyze(
            # SALib takes 0 for no seed.
            _problem(ranges),
            values[:, place],
            calc_second_order=False,
            seed=seed + 1,
            print_to_console=False,
        )
        numbers = {"first": "S1", "first_error": "S1_conf", "total": "ST", "total_error": "ST_conf"}
        columns = {key: found[given] for key, given in numbers.items()}
        parts.append(pl.DataFrame({"outcome": [name] * len(ranges), "parameter": list(ranges), **columns}))
    return pl.concat(parts)


def _problem(ranges: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    for name, (low, high) in ranges.items():
        check(bool(np.isfinite([low, high]).all()) and low < high, name, (low, high), "a range, low < high")
    return {
        "num_vars": len(ranges),
        "names": list(ranges),
        "bounds": [list(bounds) for bounds in ranges.values()],
    }


def evaluated(
    outcome: Callable[[Mapping[str, float]], Sequence[float]],
    ranges: Mapping[str, tuple[float, float]],
    points: FloatArray,
) -> FloatArray:
    """Return the outcomes at each point, shape (points, outcomes)."""
    return np.array([outcome(dict(zip(ranges, map(float, point), strict=True))) for point in points])
