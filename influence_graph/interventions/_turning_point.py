"""Where a curve turns down, with an interval over replicate worlds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from influence_graph.arrays import FloatArray
from influence_graph.behaviour.audience import check


@dataclass(frozen=True)
class TurningPoint:
    """Where the mean curve over worlds is highest.

    Attributes
    ----------
    at, low, high : float
        The position and its bootstrap interval, in units of x; NaN where no turning point was found.
    share : float
        Share of the bootstrap replicates whose highest point is inside the range.
    drop, drop_low, drop_high : float
        By how much the curve falls from there to the end of the range.
    found : bool
        Whether the curve turns: the highest point is inside the range in at least ``level`` of the
        replicates, and the interval of the drop is above 0.
    """

    at: float
    low: float
    high: float
    share: float
    drop: float
    drop_low: float
    drop_high: float
    found: bool


def turning_point(
    x: FloatArray, curves: FloatArray, *, level: float = 0.95, draws: int = 400, rng: np.random.Generator
) -> TurningPoint:
    """Find where the mean of curves turns down.

    Parameters
    ----------
    x : array of float, shape (k,)
        Increasing, at least three.
    curves : array of float, shape (worlds, k)
        One curve a world.
    level : float in (0, 1)
        Of the intervals.
    draws : int
        Bootstrap replicates of the worlds.
    rng : numpy.random.Generator
        Of the bootstrap.

    Returns
    -------
    TurningPoint

    Notes
    -----
    The highest point is that of the parabola through the highest of the k means and its neighbours. Where the
    highest mean is the first or last there is no turning point inside the range.

    Examples
    --------
    >>> x = np.linspace(-2, 2, 9)
    >>> curves = -((x - 0.3) ** 2) + np.array([[0.0], [0.1], [0.2]])
    >>> found = turning_point(x, curves, rng=np.random.default_rng(0))
    >>> found.found, round(found.at, 6)
    (True, 0.3)
    """
    check(len(x) >= 3 and bool((np.diff(x) > 0).all()), "x", len(x), "three increasing numbers or more")
    check(0 < level < 1, "level", level, "between 0 and 1")
    check(curves.ndim == 2 and curves.shape[1] == len(x), "curves", curves.shape, f"(worlds, {len(x)})")
    worlds = len(curves)
    at, top = _peak(x, curves.mean(axis=0))
    drawn = curves[rng.integers(worlds, size=(draws, worlds))].mean(axis=1)
    peaks = np.array([_peak(x, curve) for curve in drawn])
    drops = peaks[:, 1] - drawn[:, -1]
    tail = [(1 - level) / 2, (1 + level) / 2]
    inside = np.isfinite(peaks[:, 0])
    share = float(inside.mean())
    drop_low, drop_high = np.quantile(drops, tail)
    found = bool(share >= level and drop_low > 0 and np.isfinite(at))
    low, high = np.quantile(peaks[inside, 0], tail) if found else (np.nan, np.nan)
    return TurningPoint(
        at if found else np.nan,
        float(low),
        float(high),
        share,
        float(top - curves.mean(axis=0)[-1]),
        float(drop_low),
        float(drop_high),
        found,
    )


def _peak(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """Return the position and height of the highest point; NaN for the position at an end."""
    best = int(np.argmax(y))
    if best in (0, len(x) - 1):
        return float("nan"), float(y[best])
    around = slice(best - 1, best + 2)
    a, b, c = np.polyfit(x[around] - x[best], y[around], 2)
    shift = -b / (2 * a)
    return float(x[best] + shift), float(c + b * shift / 2)
