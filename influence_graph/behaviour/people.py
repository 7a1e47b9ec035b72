"""People of a simulation: traits that stay, one array each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from influence_graph.arrays import FloatArray
from influence_graph.behaviour.audience import check
from influence_graph.behaviour.keyed_numbers import TRAIT, uniforms


@dataclass(frozen=True, eq=False)
class People:
    """Traits of n people, each of shape (n,).

    Attributes
    ----------
    rate : array of float
        Posts a step at the usual strategy, at least 0. It is also the effort of a person: what a post costs
        at the usual quality is the unit, and everybody spends ``rate`` units a step in every arm.
    quality : array of float
        Latent quality, at least 0: the chance of a reaction rises with it. Validity is measured against it.
    responsiveness : array of float
        How readily a person reacts, at least 0.
    """

    rate: FloatArray
    quality: FloatArray
    responsiveness: FloatArray

    def __post_init__(self) -> None:
        n = len(self.rate)
        for name in ("rate", "quality", "responsiveness"):
            values = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            check(values.shape == (n,), name, values.shape, f"one number a person, shape ({n},)")
            worst = float(values.min()) if n and np.isfinite(values).all() else (0.0 if not n else np.nan)
            check(worst >= 0, name, worst, "finite and at least 0")
            object.__setattr__(self, name, values)

    @property
    def n(self) -> int:
        """Number of people."""
        return len(self.rate)


def draw_people(
    n: int,
    *,
    posts_per_step: float = 0.5,
    activity_spread: float = 1.2,
    quality_spread: float = 0.5,
    responsiveness_spread: float = 1.0,
    key: np.uint64,
) -> People:
    """Draw log-normal traits, independent of each other; quality and responsiveness have mean 1.

    Parameters
    ----------
    n : int
        Number of people, at least 1.
    posts_per_step : float, optional
        Mean posts of a person a step, at least 0.
    activity_spread, quality_spread, responsiveness_spread : float, optional
        Standard deviations of the logarithms, at least 0.
    key : uint64
        Of the world: see :func:`world_key`. Traits of a person do not depend on n.

    Returns
    -------
    People

    Raises
    ------
    ConfigError
        If a parameter is out of range.

    Examples
    --------
    >>> from influence_graph.behaviour.keyed_numbers import world_key
    >>> people = draw_people(1000, key=world_key(1, 0))
    >>> people.n, bool(0.4 < people.rate.mean() < 0.6)
    (1000, True)
    """
    check(n >= 1, "n", n, "at least 1 person")
    check(0 <= posts_per_step < np.inf, "posts_per_step", posts_per_step, "finite and at least 0")
    drawn = []
    for number, (name, spread) in enumerate(
        {
            "activity_spread": activity_spread,
            "quality_spread": quality_spread,
            "responsiveness_spread": responsiveness_spread,
        }.items()
    ):
        check(0 <= spread < np.inf, name, spread, "finite and at least 0")
        drawn.append(keyed_lognormal(key, np.arange(n), number, spread))
    return People(posts_per_step * drawn[0], drawn[1], drawn[2])


def keyed_lognormal(key: np.uint64, who: np.ndarray, number: int, spread: float) -> FloatArray:
    """Return log-normal numbers of mean 1, one each, by the quantile function of keyed numbers.

    Examples
    --------
    >>> keyed_lognormal(np.uint64(1), np.arange(3), 0, 0.0)
    array([1., 1., 1.])
    """
    # Away from 0, so that the quantile is finite.
    uniform = np.maximum(uniforms(key, TRAIT, who, 0, number), 2.0**-54)
    return np.asarray(np.exp(spread * ndtri(uniform) - spread**2 / 2), dtype=np.float64)
