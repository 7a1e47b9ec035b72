"""The result of a comparison, and how it is shown."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from influence_graph.errors import counted
from influence_graph.evaluation.effects import names_a_top
from influence_graph.tabular import Tabular
from influence_graph.visible import frame_html, frame_text, visible

#: The measures of agreement of two rankings, and the correlation that is corrected for noise.
MEASURES = ("kendall_tau_b", "spearman", "top_k_overlap", "rank_biased_overlap")
LOG_PEARSON = "log_pearson"
#: Whom figures are over: everybody, and people with a reaction in the whole log.
POPULATIONS = ("everybody", "with a reaction")
#: Which logs figures are of.
SAME_LOG, HALVES, CORRECTED = "this log", "independent halves", "corrected"


@dataclass(frozen=True, eq=False)
class Comparison(Tabular):
    """Agreement of methods on who is influential.

    Attributes
    ----------
    table : polars.DataFrame
        One row per figure: ``a`` and ``b``, the names of the scores (the same for a method with itself across
        halves); ``log``: "this log", "independent halves" or "corrected"; ``over``: "everybody" or "with a
        reaction"; ``measure``: "kendall_tau_b", "spearman", "top_k_overlap", "rank_biased_overlap", and of
        the corrected figures "log_pearson"; ``value``; ``low``, ``high`` and ``level``, its interval and
        confidence level; ``k``, the size of the top.
    movers : polars.DataFrame
        The people with the largest difference of percentiles, of every pair: ``a``, ``b``, ``id``,
        ``percentile_a``, ``percentile_b``, ``change`` = percentile_b − percentile_a, largest absolute change
        first. Percentiles are among the people compared.
    people : int
        Number of people ranked.
    groups : polars.DataFrame
        Who figures are over: ``over``, ``people``, and by ``scores`` (each, and "all of these" at once) the
        share ``at_zero``, whose natural value is 0: they tie.
    missing : mapping of str to int
        How many people of each score are not in all the others, and so not compared.
    settings : mapping
        ``k``, ``persistence``, ``resamples``, ``confidence``, and with a graph ``deals``.
    notes : tuple of str
        Methods that could not be run on a part of the log, and why.
    """

    table: pl.DataFrame
    movers: pl.DataFrame
    people: int
    groups: pl.DataFrame
    missing: Mapping[str, int]
    settings: Mapping[str, Any]
    notes: tuple[str, ...] = field(default=())

    def _main_table(self) -> pl.DataFrame:
        return self.table

    def figure(self, a: str, b: str, measure: str, *, log: str = SAME_LOG, over: str = "everybody") -> Any:
        """Return the row of the table of one figure, as a mapping.

        Raises
        ------
        KeyError
            If the table has no such row.
        """
        named = {"a": a, "b": b, "measure": measure, "log": log, "over": over}
        rows = self.table.filter(**named)
        if rows.height != 1:
            raise KeyError(f"The comparison has no figure {named}.")
        return rows.row(0, named=True)

    def _lines(self) -> list[str]:
        """Return who is compared, and how."""
        how = self.settings
        lines = [f"Agreement over {counted(self.people, 'person', 'people')}"]
        lines += [
            f"{counted(count, 'person', 'people')} of {name!r} not in all of these scores, so not compared"
            for name, count in self.missing.items()
            if count
        ]
        lines += [
            f"{row['over']}: {counted(row['people'], 'person', 'people')}, {row['at_zero']:.1%} tie at zero"
            for row in self.groups.filter(scores="all of these").rows(named=True)
        ]
        if how["resamples"]:
            what, times = "actors" if "deals" in how else "people", counted(how["resamples"], "time")
            lines.append(f"{how['confidence']:.0%} intervals by resampling {what} {times}")
        k = how["k"]
        if not names_a_top(k, self.people):
            lines.append(f"top {k:,}: more than half of the people, so its overlap says little; lower k")
        return lines + list(self.notes)

    def _tables(self) -> list[tuple[str, pl.DataFrame]]:
        """Return a heading and a table for each kind of figure, with one column a measure."""
        shown = self.table.with_columns(
            pl.Series("shown", [_shown(*row) for row in self.table.select("value", "low", "high").rows()]),
            pl.Series("measure", [_named(*row) for row in self.table.select("measure", "k").rows()]),
        )
        keys = ["over", "a", "b"] if "deals" in self.settings else ["a", "b"]
        titles = {
            SAME_LOG: "On this log, whose noise the scores share",
            HALVES: f"Across independent halves, mean over {counted(self.settings.get('deals', 0), 'deal')}: "
            "no figure is to be divided by another",
            CORRECTED: "Corrected: correlation of the expected log scores of logs of half the size\n"
            "(with a reaction: a third of the size); intervals by jackknife over actors",
        }
        return [
            (title, part.pivot("measure", index=keys, values="shown", maintain_order=True))
            for log, title in titles.items()
            if len(part := shown.filter(log=log))
        ]

    def __repr__(self) -> str:
        parts = [f"{title}\n{frame_text(table)}" for title, table in self._tables()]
        movers = f"Furthest apart, in percentiles\n{frame_text(self.movers)}"
        return "\n".join([*map(visible, self._lines()), *parts, movers])

    def _repr_html_(self) -> str:
        parts = [
            f"<p>{html.escape(title)}</p>{frame_html(table)}"
            for title, table in [*self._tables(), ("Furthest apart, in percentiles", self.movers)]
        ]
        return f"<p>{'<br>'.join(map(html.escape, self._lines()))}</p>{''.join(parts)}"


def _named(measure: str, k: int | None) -> str:
    return f"top {k:,}" if k is not None else measure


def _shown(value: float, low: float | None, high: float | None) -> str:
    if value != value:
        return "undefined"
    if low is None or high is None or low != low:
        return f"{value:.3f}"
    return f"{value:.3f} [{low:.3f}, {high:.3f}]".replace("0.", ".")
