"""Activity in time: heavy-tailed rates, daily rhythm of posts, delays of reactions."""

from __future__ import annotations

import numpy as np

from influence_graph.arrays import FloatArray

DAY = 86_400.0

#: The memory of a post in Zhao et al. (2015): flat for five minutes, then a power law.
FLAT = 300.0
DECAY = 0.242


def unit_lognormal(size: int, spread: float, rng: np.random.Generator) -> FloatArray:
    """Draw log-normal numbers of mean 1, for heavy-tailed traits of people.

    Parameters
    ----------
    size : int
        Number of draws.
    spread : float
        Standard deviation of the logarithm; 0 gives ones.
    rng : numpy.random.Generator
        Generator.

    Returns
    -------
    array of float, shape (size,)
        Positive.

    Notes
    -----
    How much people do online is heavily skewed (Muchnik et al. 2013, "Origins of power-law degree
    distribution in the heterogeneity of human activity in social networks", Sci. Rep. 3, 1783,
    doi 10.1038/srep01783). The log-normal form is this package's choice; sweep its spread.

    Examples
    --------
    >>> float(unit_lognormal(100_000, 1.0, np.random.default_rng(0)).mean().round(1))
    1.0
    """
    return np.exp(spread * rng.standard_normal(size) - spread**2 / 2)


def post_times(size: int, *, days: int, rhythm: float, rng: np.random.Generator) -> FloatArray:
    """Draw times of posts over whole days with a daily rhythm.

    Parameters
    ----------
    size : int
        Number of draws.
    days : int
        Length of the period in days.
    rhythm : float
        Amplitude A, 0 to 1, of the density 1 + A·cos(2π(h − 20)/24) over the hours h of a day, highest at
        20:00 and lowest at 8:00; 0: uniform.
    rng : numpy.random.Generator
        Generator.

    Returns
    -------
    array of float, shape (size,)
        Seconds since the start, from 0 to days·86400.
    """
    minutes = np.arange(1441) / 1440
    peak = 20 / 24
    swing = np.sin(2 * np.pi * (minutes - peak)) + np.sin(2 * np.pi * peak)
    share = minutes + rhythm / (2 * np.pi) * swing
    in_day = np.interp(rng.random(size), share, minutes)
    return (rng.integers(days, size=size) + in_day) * DAY


def reaction_delays(size: int, *, longest: float, rng: np.random.Generator) -> FloatArray:
    """Draw the delays of reactions after a post.

    The memory kernel that Zhao et al. (2015) measured on Twitter: constant for s₀ = 5 minutes, then
    s^−(1 + θ) with θ = 0.242; truncated at ``longest``, renormalised, and drawn by its quantile function.

    Parameters
    ----------
    size : int
        Number of draws.
    longest : float
        Largest delay in seconds.
    rng : numpy.random.Generator
        Generator.

    Returns
    -------
    array of float, shape (size,)
        Seconds, above 0 and at most ``longest``.

    References
    ----------
    Q. Zhao, M. Erdogdu, H. He, A. Rajaraman, J. Leskovec (2015). SEISMIC: A self-exciting point process
    model for predicting tweet popularity. KDD '15. doi 10.1145/2783258.2783401

    Examples
    --------
    >>> delays = reaction_delays(100_000, longest=7 * DAY, rng=np.random.default_rng(0))
    >>> bool(np.median(delays) < 1800), bool(delays.max() <= 7 * DAY)
    (True, True)
    """
    flat = DECAY / (1 + DECAY)
    total = flat * longest / FLAT if longest <= FLAT else 1 - (1 - flat) * (longest / FLAT) ** -DECAY
    mass = total * (1.0 - rng.random(size))
    early = FLAT * mass / flat
    late = FLAT * (np.maximum(1 - mass, 1e-300) / (1 - flat)) ** (-1 / DECAY)
    return np.minimum(np.where(mass <= flat, early, late), longest)
