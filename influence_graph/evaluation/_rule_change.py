"""A natural experiment: what people do before and after the rules of a score changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray
from influence_graph.errors import ConfigError, ConvergenceError, DataError
from influence_graph.evaluation.fixed_effects import poisson_fixed_effects
from influence_graph.interactions.log import Interactions

RULE_CHANGE: Mapping[str, type[pl.DataType]] = {
    "estimate": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "people": pl.Int64,
}
_FEWEST = 3


def rule_change_effect(
    log: Interactions,
    when: datetime,
    *,
    rewarded: str = "post",
    other: str = "answer",
    months: int = 12,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Estimate how a change of what is rewarded changed what people do.

    On Stack Exchange an upvote of a question gave 10 points of reputation, from March 2010 on 5, and since
    November 2019 10 again, each time for past votes, too; an upvote of an answer always gave 10. So questions
    are compared with the answers of the same person in the same month (a difference in differences): whatever
    makes a person more active, or a month, drops out.

    Parameters
    ----------
    log : Interactions
        With timestamps; the kinds of questions and answers.
    when : datetime
        Of the change.
    rewarded, other : str
        Kinds of the rows whose reward changed and did not.
    months : int
        Before and after the change that are compared, at least 3.
    confidence : float in (0, 1)
        Level of the intervals, robust to whatever varies together within a person.

    Returns
    -------
    DataFrame
        ``estimate``, ``value`` (the logarithm of the factor by which questions rose relative to answers),
        ``low``, ``high``, ``people``. Estimates: ``difference in differences``; ``interrupted time series``,
        in which the ratio also has a trend; ``placebo``, the first at a change that never was, in the middle
        of the months before. A placebo far from 0 says that the others can't be trusted.

    Raises
    ------
    DataError
        If the log has no timestamps, or not enough rows of both kinds before and after.
    ConfigError
        If a parameter is out of range.

    Notes
    -----
    Poisson regression of counts by person, month and kind, with effects of person × kind and person × month.
    """
    if months < _FEWEST:
        raise ConfigError(f"months is {months}, but it should be at least {_FEWEST}.")
    moment = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    if not log.has_timestamps:
        raise DataError("This log has no timestamps, so it does not say what was before a change.")
    panel = _panel(log, moment, rewarded, other, months)
    if panel.height == 0 or panel.filter(pl.col("month") >= 0).height in (0, panel.height):
        raise DataError(
            f"The log has no rows of kind {rewarded!r} or {other!r} both before and after {moment:%Y-%m-%d}."
        )
    question = (panel["kind"] == rewarded).to_numpy().astype(np.float64)
    month = panel["month"].to_numpy().astype(np.float64)
    after, rows = (month >= 0).astype(np.float64), []
    before = month < 0
    designs = {
        "difference in differences": (np.ones(len(month), dtype=bool), [question * after]),
        "interrupted time series": (np.ones(len(month), dtype=bool), [question * after, question * month]),
        "placebo": (before, [question * (month >= -months // 2)]),
    }
    for name, (kept, regressors) in designs.items():
        rows.append(_estimate(panel.filter(kept), np.column_stack(regressors)[kept], name, confidence))
    return pl.DataFrame(rows, schema=dict(RULE_CHANGE))


def _panel(log: Interactions, when: datetime, rewarded: str, other: str, months: int) -> pl.DataFrame:
    """Return counts by person, month since the change (30.44 days) and kind, zeros in months with one."""
    length = pl.duration(seconds=round(30.44 * 86_400))
    month = ((pl.col("timestamp") - pl.lit(when)) / length).floor().cast(pl.Int64).alias("month")
    rows = (
        log.frame.filter(pl.col("kind").is_in([rewarded, other]) & pl.col("timestamp").is_not_null())
        .select("source", "kind", month)
        .filter(pl.col("month").is_between(-months, months - 1))
        .group_by("source", "month", "kind")
        .agg(pl.len().alias("count"))
        .collect()
    )
    active = rows.select("source", "month").unique()
    both = active.join(pl.DataFrame({"kind": [rewarded, other]}), how="cross")
    full = both.join(rows, on=["source", "month", "kind"], how="left").with_columns(
        pl.col("count").fill_null(0)
    )
    return full.sort("source", "month", "kind")


def _estimate(panel: pl.DataFrame, regressors: FloatArray, name: str, confidence: float) -> dict[str, Any]:
    person = panel["source"].rank("dense").to_numpy().astype(np.int64)
    of_kind = 2 * person + (panel["kind"] == panel["kind"].min()).to_numpy()
    of_month = person * 10_000 + panel["month"].to_numpy()
    try:
        fit = poisson_fixed_effects(
            panel["count"].to_numpy().astype(np.float64), regressors, [of_kind, of_month], person
        )
    except (DataError, ConvergenceError):
        return {"estimate": name, "value": None, "low": None, "high": None, "people": 0}
    low, high = fit.interval(confidence)[0]
    return {
        "estimate": name,
        "value": float(fit.coefficients[0]),
        "low": float(low),
        "high": float(high),
        "people": fit.clusters,
    }
