"""Verdicts in fewer rows: the settings of a sweep share one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

#: More settings of a sweep than these are counted in one row.
MOST_SETTINGS = 4
_SAME = ("question", "contrast", "measure", "among", "data")


def condensed(verdicts: pl.DataFrame, same: Sequence[str] = _SAME) -> pl.DataFrame:
    """Return one row a verdict, where a sweep has many settings one row for all but the base.

    Parameters
    ----------
    verdicts : DataFrame
        With the columns of :data:`~influence_graph.evaluation.verdicts.VERDICTS`, and others.
    same : sequence of str
        Columns in which settings of one sweep are equal.

    Returns
    -------
    DataFrame
        The same columns, and ``settings``: how many settings a row stands for. Where there are several,
        ``verdict`` counts them, ``low`` and ``high`` are the least and the largest value, and ``value`` is
        missing.

    Examples
    --------
    >>> row = {
    ...     "claim": 8,
    ...     "question": "Lower?",
    ...     "contrast": "a - b",
    ...     "measure": "score",
    ...     "among": "",
    ...     "data": "model",
    ...     "low": 1.0,
    ...     "high": 2.0,
    ...     "reason": "",
    ... }
    >>> swept = [
    ...     {**row, "graph": f"effort {i}", "verdict": "yes" if i else "no", "value": float(i)}
    ...     for i in range(5)
    ... ]
    >>> condensed(pl.DataFrame(swept)).select("settings", "verdict", "low", "high").rows()
    [(5, 'yes in 4, no in 1', 0.0, 4.0)]
    """
    alone = verdicts.with_columns(settings=pl.lit(1, pl.Int64))
    parts = list(_parts(alone, same))
    return pl.concat(parts, how="diagonal_relaxed") if parts else alone


def _parts(verdicts: pl.DataFrame, same: Sequence[str]) -> Iterator[pl.DataFrame]:
    for _, found in verdicts.group_by(same, maintain_order=True):
        swept = ~pl.col("graph").fill_null("").str.starts_with("base")
        settings = found.filter(swept)
        if settings.height <= MOST_SETTINGS:
            yield found
            continue
        yield found.filter(~swept)
        yield settings.head(1).with_columns(
            graph=pl.lit(""),
            verdict=pl.lit(counted_verdicts(settings)),
            reason=pl.lit(""),
            value=pl.lit(None, pl.Float64),
            low=pl.lit(settings["value"].min(), pl.Float64),
            high=pl.lit(settings["value"].max(), pl.Float64),
            settings=pl.lit(settings.height, pl.Int64),
        )


def counted_verdicts(verdicts: pl.DataFrame) -> str:
    """Return how often each verdict was reached, the most common first: ``yes in 4, no in 1``."""
    counts = verdicts.group_by("verdict", maintain_order=True).len()
    counts = counts.sort("len", descending=True, maintain_order=True)
    return ", ".join(f"{verdict} in {count}" for verdict, count in counts.rows())
