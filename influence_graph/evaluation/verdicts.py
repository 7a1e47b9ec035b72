"""Verdicts: what effects say by criteria that were stated before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from influence_graph.errors import ConfigError, counted

#: The verdict where the interval meets neither criterion.
UNDECIDED = "these data can't tell"
VERDICTS: Mapping[str, type[pl.DataType]] = {
    "claim": pl.Int64,
    "question": pl.String,
    "data": pl.String,
    "graph": pl.String,
    "verdict": pl.String,
    "reason": pl.String,
    "contrast": pl.String,
    "measure": pl.String,
    "among": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "level": pl.Float64,
    "people": pl.Int64,
    "seen": pl.Boolean,
}
#: Of fewer people than these nothing is decided: an interval of a mean over them is not to be trusted.
FEWEST = 20
_MATCHED = ("data", "graph", "contrast", "measure", "among")


@dataclass(frozen=True)
class Bounds:
    """Where the whole interval of an effect must lie: ``above``, ``below`` or ``between`` numbers."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    above: float | None = None
    below: float | None = None
    between: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.above, self.below, self.between)) != 1:
            raise ValueError("bounds take exactly one of the keys 'above', 'below' and 'between'")
        if self.between is not None and self.between[0] >= self.between[1]:
            raise ValueError(f"'between' is {list(self.between)}, but the first should be the lower")

    @property
    def ends(self) -> tuple[float, float]:
        """The lower and the upper end; infinite where there is none."""
        if self.between is not None:
            return self.between
        return (
            float("-inf") if self.above is None else self.above,
            float("inf") if self.below is None else self.below,
        )

    def hold(self, low: float, high: float) -> bool:
        """Whether an interval lies within."""
        return self.ends[0] < low and high < self.ends[1]


@dataclass(frozen=True)
class Criterion:
    """What would count as yes and as no, stated before there are results.

    Attributes
    ----------
    claim : int
        The claim that the question is about.
    question : str
        To be answered by yes or no.
    yes, no : Bounds
        Where the whole interval must lie for this answer; ``no`` may be None.
    contrast, measure, among, data, graph : str, optional
        Which rows of the table ``effects`` answer it; None matches any.
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    claim: int
    question: str
    yes: Bounds
    no: Bounds | None = None
    contrast: str | None = None
    measure: str | None = None
    among: str | None = None
    data: str | None = None
    graph: str | None = None

    def __post_init__(self) -> None:
        if self.no is not None:
            (low, high), (other_low, other_high) = self.yes.ends, self.no.ends
            if max(low, other_low) < min(high, other_high):
                raise ValueError("'yes' and 'no' overlap: an interval could be both")

    def of(self, effects: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of the table ``effects`` that this is about."""
        wanted = [pl.col(name) == getattr(self, name) for name in _MATCHED if getattr(self, name) is not None]
        return effects.filter(*wanted) if wanted else effects

    def verdict(self, low: float | None, high: float | None) -> tuple[str, str]:
        """Return the verdict on an interval, and the reason where it is undecided."""
        if low is None or high is None:
            return UNDECIDED, "there is no interval"
        if self.yes.hold(low, high):
            return "yes", ""
        if self.no is not None and self.no.hold(low, high):
            return "no", ""
        return UNDECIDED, "the interval holds values on both sides of the margin"


def verdicts_of(
    effects: pl.DataFrame,
    criteria: Sequence[Criterion],
    *,
    data: Sequence[str] = (),
    seen: Sequence[str] = (),
) -> pl.DataFrame:
    """Return the verdict on each effect that a criterion is about.

    Parameters
    ----------
    effects : DataFrame
        With the columns of :data:`~influence_graph.evaluation.effects.EFFECTS`.
    criteria : sequence of Criterion
        Stated before.
    data : sequence of str
        Labels of all logs: one that has no row for a criterion gets the verdict "these data can't tell".
    seen : sequence of str
        Labels of logs that had been looked at when the criteria were set.

    Returns
    -------
    DataFrame
        One row a criterion and matching effect, with the columns of :data:`VERDICTS`: ``verdict`` is "yes",
        "no" or "these data can't tell", and ``reason`` says why where it is the last; it always is where an
        effect is of fewer than :data:`FEWEST` people.

    Examples
    --------
    >>> from influence_graph.evaluation.effects import effects_frame
    >>> found = effects_frame([{"data": "a", "measure": "C", "value": 0.05, "low": 0.03, "high": 0.07}])
    >>> better = Criterion(1, "Better than counting?", yes=Bounds(above=0.02), no=Bounds(below=0.02))
    >>> verdicts_of(found, [better], data=["a", "b"]).select("data", "verdict").rows()
    [('a', 'yes'), ('b', "these data can't tell")]
    """
    rows: list[dict[str, Any]] = []
    for one in criteria:
        about: dict[str, Any] = {"claim": one.claim, "question": one.question}
        matched = one.of(effects)
        for effect in matched.iter_rows(named=True):
            verdict, reason = one.verdict(effect["low"], effect["high"])
            people = effect["people"]
            if verdict != UNDECIDED and people is not None and people < FEWEST:
                verdict, reason = (
                    UNDECIDED,
                    f"{counted(people, 'person', 'people')} are too few for a verdict",
                )
            rows.append({**about, **effect, "verdict": verdict, "reason": reason})
        for label in data:
            if label not in matched["data"] and one.data in (None, label):
                asked = {name: getattr(one, name) or "" for name in _MATCHED}
                missing = {"verdict": UNDECIDED, "reason": "there is no estimate on this log"}
                rows.append({**about, **asked, "data": label, **missing})
    for row in rows:
        row["seen"] = row["data"] in seen
    made = [{name: row.get(name) for name in VERDICTS} for row in rows]
    return pl.DataFrame(made, schema=dict(VERDICTS), orient="row")


def check_effects(effects: pl.DataFrame | None, template: str) -> pl.DataFrame:
    """Return the table ``effects`` of an experiment with criteria.

    Raises
    ------
    ConfigError
        If its template returns none.
    """
    if effects is None:
        raise ConfigError(
            f"The template {template!r} returns no table 'effects', which [[criteria]] are about. "
            "Remove [[criteria]], or name another template."
        )
    return effects
