"""Activity in time: heavy-tailed rates, daily rhythm of posts, delays of reactions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.behaviour.keyed_numbers import (
    BAIT,
    LARGEST_MEAN,
    POST_QUALITY,
    POST_TIME,
    POSTS,
    poisson_counts,
    uniforms,
)
from influence_graph.errors import ConfigError

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
    return delay_quantiles(rng.random(size), longest=longest)


def delay_quantiles(uniform: FloatArray, *, longest: float) -> FloatArray:
    """Map uniform numbers in [0, 1) to delays: the quantile function of :func:`reaction_delays`.

    Examples
    --------
    >>> float(delay_quantiles(np.array([0.0]), longest=100.0)[0])
    100.0
    """
    flat = DECAY / (1 + DECAY)
    total = flat * longest / FLAT if longest <= FLAT else 1 - (1 - flat) * (longest / FLAT) ** -DECAY
    mass = total * (1.0 - uniform)
    early = FLAT * mass / flat
    late = FLAT * (np.maximum(1 - mass, 1e-300) / (1 - flat)) ** (-1 / DECAY)
    return np.minimum(np.where(mass <= flat, early, late), longest)


@dataclass(frozen=True, eq=False)
class Posts:
    """Posts, each array of shape (k,).

    Attributes
    ----------
    author : array of int32
    time : array of float64
        In steps.
    quality : array of float64
    bait : array of bool
    name : array of int64
        Says which post of the author in which step it is: equal in every arm, unlike its number.
    """

    author: IntArray
    time: FloatArray
    quality: FloatArray
    bait: BoolArray
    name: IntArray


def effort_quality(quality: FloatArray, effort_per_post: FloatArray, *, exponent: float) -> FloatArray:
    """Return the quality of posts when effort is limited: q·(effort per post)^γ, shape (n,).

    Effort per post is 1 at the usual strategy; with exponent γ = 0 there is no trade-off.

    Examples
    --------
    >>> effort_quality(np.array([2.0]), np.array([0.25]), exponent=0.5)
    array([1.])
    """
    return quality * effort_per_post**exponent if exponent else quality


def draw_posts(
    rate: FloatArray,
    quality: FloatArray,
    *,
    bait_share: FloatArray,
    spread: float = 0.0,
    step: int,
    key: np.uint64,
) -> Posts:
    """Draw the posts of a step.

    Parameters
    ----------
    rate : array of float, shape (n,)
        Expected posts of each person.
    quality : array of float, shape (n,)
        Mean quality of each person's posts.
    bait_share : array of float, shape (n,)
        Share of a person's posts that are bait.
    spread : float, optional
        Standard deviation of the logarithm of a post's quality about the person's; the mean stays.
    step : int
        The step.
    key : uint64
        Of the world. The number of a person's posts does not fall as the rate rises, and the first k of
        them are the same.

    Returns
    -------
    Posts
        Sorted by author.

    Raises
    ------
    ConfigError
        If somebody posts more than 500 times a step.
    """
    if len(rate) and rate.max() > LARGEST_MEAN:
        raise ConfigError(
            f"Somebody posts {rate.max():,.0f} times a step; a step holds at most {LARGEST_MEAN:,.0f}. "
            "Lower posts_per_step or activity_spread, or take shorter steps."
        )
    count = poisson_counts(key, POSTS, step, rate)
    author = np.repeat(np.arange(len(rate)), count)
    number = np.arange(len(author)) - np.repeat(np.cumsum(count) - count, count)
    of_post = quality[author]
    if spread:
        uniform = np.maximum(uniforms(key, POST_QUALITY, author, step, number), 2.0**-54)
        of_post = of_post * np.exp(spread * ndtri(uniform) - spread**2 / 2)
    return Posts(
        author.astype(np.int32),
        step + uniforms(key, POST_TIME, author, step, number),
        of_post,
        uniforms(key, BAIT, author, step, number) < bait_share[author],
        # 23 bits of author, 20 of step, 20 of number.
        (author.astype(np.int64) << 40) | (step << 20) | number,
    )
