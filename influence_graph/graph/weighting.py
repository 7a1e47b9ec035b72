"""What a row counts: weights by kind, half-life, the moment described, saturation."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from influence_graph.errors import ConfigError, nearest
from influence_graph.interactions.log import POST, STATES, is_event

_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}


@dataclass(frozen=True)
class Weighting:
    """How interactions became edge weights.

    Attributes
    ----------
    kinds : mapping of str to float
        Weight of each kind that the graph knows; 0 leaves a kind out of ``adjacency``.
    other : float or None
        Weight of kinds of event that ``kinds`` does not name; None: they are an error.
    half_life : float or None
        Seconds after which an event counts half; None: no decay.
    as_of : datetime or None
        The moment the graph describes; None where the log has no timestamps.
    saturation : "log", float or None
        What one pair can contribute: ln(1 + w), or at most this number.
    """

    kinds: Mapping[str, float]
    other: float | None = None
    half_life: float | None = None
    as_of: datetime | None = None
    saturation: str | float | None = None

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of ``build_graph`` with which a log is weighted in this way.

        Examples
        --------
        >>> Weighting({"reply": 1.0}, half_life=60.0).parameters()["half_life"]
        datetime.timedelta(seconds=60)
        """
        half_life = None if self.half_life is None else timedelta(seconds=self.half_life)
        return {
            "kinds": self.kinds,
            "other": self.other,
            "half_life": half_life,
            "as_of": self.as_of,
            "saturation": self.saturation,
        }

    def __str__(self) -> str:
        words = [", ".join(f"{kind} {weight:g}" for kind, weight in sorted(self.kinds.items()))]
        if self.half_life is not None:
            words.append(f"half-life {self.half_life / 86_400:g} d")
        if self.as_of is not None:
            words.append(f"as of {self.as_of:%Y-%m-%d %H:%M:%S} UTC")
        if self.saturation is not None:
            words.append(f"saturation {self.saturation}")
        return " · ".join(words)


def half_life_seconds(half_life: str | timedelta | float | None) -> float | None:
    """Return a half-life in seconds as :func:`duration_seconds` reads it, or None for no decay.

    Examples
    --------
    >>> half_life_seconds("12h"), half_life_seconds(None)
    (43200.0, None)
    """
    return None if half_life is None else duration_seconds(half_life, "half_life")


def duration_seconds(value: str | timedelta | float, name: str) -> float:
    """Return a length of time in seconds.

    Parameters
    ----------
    value : str or timedelta
        ``"30d"``, ``"12h"``, ``"1w"``, ``"90min"``, ``"45s"``, or a timedelta. A number without a unit is an
        error: 30 would be seconds to one reader and days to another.
    name : str
        The parameter that it was given as, for the error.

    Raises
    ------
    ConfigError
        If it can't be read, has no unit, or is not above 0 and finite.

    Examples
    --------
    >>> duration_seconds("1w", "period")
    604800.0
    """
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
    elif isinstance(value, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)\s*", value)
        if not match or match[2] not in _SECONDS:
            raise ConfigError(_no_duration(value, name, match[1] if match and not match[2] else None))
        seconds = float(match[1]) * _SECONDS[match[2]]
    else:
        number = _number(value)
        raise ConfigError(_no_duration(value, name, None if number is None else f"{number:g}"))
    if not (math.isfinite(seconds) and seconds > 0):
        raise ConfigError(f"{name} is {value!r}, but it should be above 0 and finite.")
    return seconds


def _no_duration(value: object, name: str, number: str | None) -> str:
    """Say what a length of time looks like; a number alone gets its unit in the example."""
    example = f"'{number}d' or '{number}h'" if number is not None else "'30d' or '12h'"
    return (
        f"{name} is {value!r}, but it should be a number and a unit (s, m or min, h, d, w), such as "
        f"{example}; or a timedelta."
    )


def parse_moment(as_of: str | date | None) -> datetime | None:
    """Return ``as_of`` as a datetime in UTC; without a zone it is taken as UTC.

    Raises
    ------
    ConfigError
        If it is not a datetime, a date or an ISO 8601 text.

    Examples
    --------
    >>> parse_moment("2012-07-04")
    datetime.datetime(2012, 7, 4, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if as_of is None:
        return None
    moment: Any = as_of
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment.strip())
        except ValueError:
            raise ConfigError(
                f"as_of is {as_of!r}, but it should be a time in ISO 8601, such as '2012-07-04' "
                "or '2012-07-04T12:00:00Z'."
            ) from None
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if not isinstance(moment, datetime):
        raise ConfigError(f"as_of is {as_of!r}, but it should be a datetime, a date or an ISO 8601 text.")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def check_saturation(saturation: Any) -> str | float | None:
    """Return a saturation that is None, "log" or a positive finite number; else raise a ConfigError."""
    if saturation is None or saturation == "log":
        return None if saturation is None else "log"
    cap = _number(saturation)
    if cap is not None and math.isfinite(cap) and cap > 0:
        return cap
    raise ConfigError(
        f"saturation is {saturation!r}, but it should be None, 'log' or a number above 0: "
        "the most that one pair can contribute."
    )


def resolve_kinds(
    kinds: Mapping[str, float] | None, other: float | None, present: Collection[str]
) -> tuple[dict[str, float], float | None, tuple[str, ...]]:
    """Return the weight of each kind, that of other events, and what a reader should know about them.

    Parameters
    ----------
    kinds : mapping of str to float, or None
        The weights asked for; None: none, and ``other`` is 1 unless given.
    other : float or None
        Weight of the event kinds that ``kinds`` does not name. With it, a follow or a distrust that
        is not named weighs 0.
    present : collection of str
        The kinds that the log has. ``post`` and ``unfollow`` need no weight and take none.

    Raises
    ------
    ConfigError
        If a weight is not a finite number ≥ 0, or a kind of the log has no weight.
    """
    edges = sorted({"follow" if kind in STATES else kind for kind in present if kind != POST})
    if kinds is not None and not isinstance(kinds, Mapping):
        raise ConfigError(f"kinds is {kinds!r}, but it should be a mapping such as {{'retweet': 1}}.")
    weights = {str(kind): _weight(f"kinds[{kind!r}]", weight) for kind, weight in (kinds or {}).items()}
    for kind, reason in ((POST, "a post acts on nobody"), ("unfollow", "it only ends a follow")):
        if weights.pop(kind, 0.0):
            raise ConfigError(f"kinds gives {kind!r} a weight, but {reason}. Leave {kind!r} out of kinds.")
    absent = [kind for kind in weights if kind not in edges]
    lacking = [kind for kind in edges if kind not in weights]

    if other is not None:
        other = _weight("other", other)
    elif kinds is None:
        other = 1.0
    elif lacking:
        spelling = next((f" {hint}" for kind in absent if (hint := _alike(kind, lacking))), "")
        raise ConfigError(
            f"The log has kinds without a weight: {_listed(lacking)}. kinds names {_listed(sorted(weights))}."
            f"{spelling} Give each a weight (0 leaves it out), or other= for all of them."
        )
    notes = [
        " ".join(filter(None, [f"kinds names {kind!r}, which the log does not have.", _alike(kind, edges)]))
        for kind in absent
    ]
    if other is not None:
        events = [kind for kind in lacking if is_event(kind)]
        silent = [kind for kind in lacking if not is_event(kind)]
        weights |= dict.fromkeys(events, other) | dict.fromkeys(silent, 0.0)
        if kinds is None and POST in present:
            silent.append(POST)
        said = [f"{_listed(part)}: {weight:g}" for part, weight in ((events, other), (silent, 0.0)) if part]
        if said and (kinds is not None or silent or len(events) > 1):
            notes.append(f"not named in kinds, so weighed by default: {'; '.join(said)}")
    return dict(sorted(weights.items())), other, tuple(notes)


def _weight(name: str, weight: Any) -> float:
    number = _number(weight)
    if number is not None and math.isfinite(number) and number >= 0:
        return number
    raise ConfigError(
        f"{name} is {weight!r}, but a weight should be a finite number, 0 or more; 0 leaves the kind out."
    )


def _number(value: Any) -> float | None:
    """Return a number as a float, and None for anything else: text, true and false are no numbers."""
    if isinstance(value, bool) or not hasattr(type(value), "__float__"):
        return None
    return float(value)


def _alike(kind: str, known: Collection[str]) -> str:
    hint = nearest(kind, known)
    return hint if hint.startswith("Did you mean") else ""


def _listed(words: Collection[str]) -> str:
    return ", ".join(map(repr, words)) or "nothing"
