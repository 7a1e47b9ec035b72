"""Upper limits of counts: what lies above is a slip, refused before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

from influence_graph.errors import ConfigError

_REPLICATES, _SAMPLES, _PEOPLE = 100_000, 10_000_000_000, 1_000_000_000
#: The largest value of a parameter of this name, wherever it is one: in Python, configs, the command line.
LIMITS: Mapping[str, int] = {
    **dict.fromkeys(("replicates", "resamples", "deals", "repeats", "folds"), _REPLICATES),
    **dict.fromkeys(("samples", "max_samples", "walks", "runs", "support", "max_iterations"), _SAMPLES),
    **dict.fromkeys(("k", "top", "movers", "pivots"), _PEOPLE),
    "people": 100_000_000,
    "communities": 100_000_000,
    "days": 36_525,
    "posts_per_day": 10_000,
    "mean_degree": 100_000,
    "jobs": 1_024,
}


def check_limits(parameters: Mapping[str, Any]) -> None:
    """Raise a ConfigError if a count is above its limit.

    Parameters
    ----------
    parameters : mapping
        By name; what is no number, and names without a limit, may be anything.

    Examples
    --------
    >>> check_limits({"resamples": 200, "seeds": ["ann"]})
    >>> check_limits({"resamples": 10**12})
    Traceback (most recent call last):
        ...
    influence_graph.errors.ConfigError: 'resamples' is 1,000,000,000,000, but it should be at most 100,000.
    """
    for name, value in parameters.items():
        if isinstance(value, Integral | float) and name in LIMITS and value > LIMITS[name]:  # type: ignore[operator]
            raise ConfigError(f"{name!r} is {value:,}, but it should be at most {LIMITS[name]:,}.")
