"""Figures of scores: parts of one, histories, distribution, agreement of methods, ranks, intervals, sweeps.

All take the results of this package or frames, and ``ax`` (draw into axes of one's own), ``size`` ("column",
"page", "slide", or a width in inches) and ``palette``. Names of people are text, never mathematics: an id
such as ``$x$`` or ``_bot`` is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
import numpy.typing as npt
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from influence_graph.errors import DataError, counted, nearest
from influence_graph.evaluation.comparison import MEASURES, SAME_LOG, Comparison
from influence_graph.explaining.explanation import Explanation
from influence_graph.history._history import History
from influence_graph.report._style import COLOURS, MARKERS, Size, panels
from influence_graph.report.figures import rank_panel
from influence_graph.report.name_places import write_names
from influence_graph.scoring.scores import Scores

Palette: TypeAlias = Sequence[str]

_BASE = "#8a8a8a"
_TITLES = {
    "kendall_tau_b": "Kendall's tau-b",
    "spearman": "Spearman's rho",
    "top_k_overlap": "Overlap of top {k}",
    "rank_biased_overlap": "Rank-biased",
}


def waterfall(
    parts: Explanation | pl.DataFrame,
    *,
    total: str = "score",
    xlabel: str = "Points",
    ax: Axes | None = None,
    size: Size = "column",
    palette: Palette = COLOURS,
) -> Figure:
    """Draw parts that add up, one below the other, each starting where the previous one ends.

    Parameters
    ----------
    parts : Explanation or DataFrame
        What ``explain`` gives, or two columns: the name of each part and its value, which may be negative.
    total : str
        Name of the sum, drawn last.
    xlabel : str
        What the values are.
    ax, size, palette : optional
        As in the other figures; the palette's first three are up, down and the sum.

    Returns
    -------
    Figure
        Drawn in the style of this package.

    Examples
    --------
    >>> waterfall(pl.DataFrame({"part": ["base", "reply"], "points": [1.0, 42.0]})).axes[0].get_xlabel()
    'Points'
    """
    frame = parts.attribution if isinstance(parts, Explanation) else parts
    names = [_short(name) for name in frame.to_series(0).to_list()]
    values = frame.to_series(1).to_numpy().astype(np.float64)
    ends = np.cumsum(values)
    starts = ends - values
    up, down, whole = _cycled(palette, 3)
    with panels(ax, size, 0.62 + 0.27 * (len(names) + 1)) as (figure, (axes,), _):
        low, high = float(min(0.0, starts.min(), ends.min())), float(max(ends.max(), starts.max(), 1e-12))
        for place, (start, value) in enumerate(zip(starts, values, strict=True)):
            colour = _BASE if names[place] == "base" else up if value >= 0 else down
            axes.barh(place, value, left=start, height=0.66, color=colour)
            axes.plot([ends[place]] * 2, [place - 0.33, place + 1.33], color="#808080", zorder=0)
            _beside(axes, max(start, start + value), place, f"{value:+.1f}", high - low)
        axes.barh(len(names), ends[-1], height=0.66, color=whole)
        _beside(axes, float(ends[-1]), len(names), f"{ends[-1]:.1f}", high - low, weight="bold")
        axes.set_yticks(range(len(names) + 1), [*names, total])
        axes.tick_params(axis="y", length=0)
        axes.set(xlabel=xlabel, ylim=(len(names) + 0.5, -0.5), xlim=(low * 1.1, high + 0.17 * (high - low)))
        if low < 0:
            axes.axvline(0, color="#808080", linewidth=mpl.rcParams["axes.linewidth"])
    return figure


def history_lines(
    history: History | pl.DataFrame,
    *,
    ylabel: str = "Score",
    markers: bool | None = None,
    ax: Axes | None = None,
    size: Size = "column",
    palette: Palette = COLOURS,
) -> Figure:
    """Draw the scores of a few people over time, with bands where there are intervals.

    Parameters
    ----------
    history : History or DataFrame
        What ``score_history`` gives, or ``time``, ``id``, ``score``, and for bands ``low``, ``high``.
    ylabel : str
        What the scores are.
    markers : bool, optional
        Whether each time has a marker. Default: if there are at most 40 times.
    ax, size, palette : optional
        As in the other figures.

    Returns
    -------
    Figure
        One line a person: the colours of the palette, then other dashes.
    """
    frame = history.frame if isinstance(history, History) else history
    people = frame["id"].unique(maintain_order=True).to_list()
    with_markers = frame["time"].n_unique() <= 40 if markers is None else markers
    with panels(ax, size, 2.47) as (figure, (axes,), factor):
        axes.grid(axis="y")
        drawn = []
        for number, person in enumerate(people):
            one = frame.filter(pl.col("id") == person).sort("time")
            time: Any = one["time"].dt.replace_time_zone(None).to_numpy()
            look = _look(palette, number, marked=with_markers or one.height == 1, factor=factor)
            drawn += axes.plot(time, one["score"].to_numpy(), **look)
            if {"low", "high"} <= set(one.columns):
                _band(axes, time, one, look["color"])
        axes.set(ylabel=ylabel, ylim=(0, 104))
        locator = mdates.AutoDateLocator(minticks=3, maxticks=6)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        axes.set_xlabel("Time (UTC)")
        _legend(figure, ax, size, drawn, people)
    return figure


def distribution(
    scores: Scores | Mapping[str, Scores | npt.NDArray[np.float64]],
    *,
    ax: Axes | None = None,
    size: Size = "column",
    palette: Palette = COLOURS,
) -> Figure:
    """Draw a histogram of scores for each method.

    The axis of counts is logarithmic: most people have few reactions.

    Parameters
    ----------
    scores : Scores, or mapping of str to Scores or ndarray
        Between 1 and 100, by method.
    ax, size, palette : optional
        As in the other figures; in ``ax`` the histograms are outlines over each other.

    Returns
    -------
    Figure
        Drawn in the style of this package.
    """
    by_method = {scores.method: scores} if isinstance(scores, Scores) else scores
    points = {name: one.score if isinstance(one, Scores) else one for name, one in by_method.items()}
    edges = np.linspace(1, 100, 34)
    rows = 1 if ax is not None else len(points)
    colours = _cycled(palette, len(points))
    with panels(ax, size, 0.55 + 0.85 * rows, rows) as (figure, axes, _):
        most = 1.0
        for number, (name, values) in enumerate(points.items()):
            counts, _ = np.histogram(values, edges)
            most = max(most, float(counts.max()))
            if ax is not None:
                ax.stairs(counts, edges, color=colours[number], label=_short(name))
            else:
                axes[number].bar(
                    edges[:-1], counts, np.diff(edges) * 0.92, align="edge", color=colours[number]
                )
                axes[number].set_title(_short(name), pad=2)
        for panel in axes:
            panel.set_yscale("log")
            panel.set(xlim=(0, 101), ylim=(0.6, most * 2), ylabel="People")
            panel.yaxis.set_major_locator(_decades(most))
            panel.yaxis.set_major_formatter("{x:,.0f}")
            panel.minorticks_off()
            panel.set_xticks([1, 25, 50, 75, 100])
            panel.tick_params(labelbottom=panel is axes[-1])
        axes[-1].set_xlabel("Score")
        if ax is not None:
            ax.legend()
    return figure


def agreement_dots(
    comparison: Comparison | pl.DataFrame,
    *,
    measures: Sequence[str] = MEASURES,
    ax: Axes | None = None,
    size: Size = "column",
    palette: Palette = COLOURS,
) -> Figure:
    """Draw how far each pair of methods agrees, by every measure, with its interval.

    Parameters
    ----------
    comparison : Comparison or DataFrame
        What ``compare`` gives, or ``a``, ``b``, ``measure``, ``value``, ``low``, ``high``, ``k``. With
        independent halves in it, the agreement on the log itself over everybody is drawn.
    measures : sequence of str
        Measures to draw, a panel each; in ``ax`` the first.
    ax, size, palette : optional
        As in the other figures.

    Returns
    -------
    Figure
        Drawn in the style of this package.
    """
    table = comparison.table if isinstance(comparison, Comparison) else comparison
    if {"log", "over"} <= set(table.columns):
        table = table.filter(pl.col("log") == SAME_LOG, pl.col("over") == "everybody")
    pairs = table.select("a", "b").unique(maintain_order=True).rows()
    labels = [f"{_short(a)}\n{_short(b)}" for a, b in pairs]
    shown = list(measures)[: 1 if ax is not None else None]
    columns = min(2, len(shown))
    rows = -(-len(shown) // columns)
    low = float(table["low"].fill_null(0.0).fill_nan(0.0).min() or 0.0)  # type: ignore[arg-type]
    with panels(ax, size, 0.45 + rows * (0.25 + 0.33 * len(pairs)), rows, columns) as (figure, axes, factor):
        for number, (panel, measure) in enumerate(zip(axes, shown, strict=False)):
            found = table.filter(pl.col("measure") == measure)
            k = found["k"].drop_nulls().first() if "k" in found.columns else None
            panel.set_title(_TITLES.get(measure, measure).format(k="k" if k is None else k))
            _dots(panel, found, palette[0], factor)
            panel.set_yticks(range(len(pairs)), labels)
            panel.set(ylim=(len(pairs) - 0.5, -0.5), xlim=(-0.03 if low >= 0 else -1.03, 1.03))
            panel.tick_params(axis="y", length=0, labelleft=number % columns == 0)
            panel.set_xticks([0, 0.5, 1] if low >= 0 else [-1, 0, 1], minor=False)
            panel.xaxis.set_major_formatter("{x:g}")
        for panel in axes[len(shown) :]:
            panel.set_visible(False)
    return figure


def forest(
    estimates: Scores | pl.DataFrame,
    *,
    top: int = 10,
    value: str = "value",
    reference: float | None = None,
    xlabel: str | None = None,
    ax: Axes | None = None,
    size: Size = "column",
    palette: Palette = COLOURS,
) -> Figure:
    """Draw estimates with their intervals, one a line, in the order given.

    Parameters
    ----------
    estimates : Scores or DataFrame
        The first column names a line; ``value``, ``low`` and ``high``. Of ``Scores`` the people of highest
        score are drawn, with intervals if they were made (``uncertainty=``).
    top : int
        How many people of ``Scores``.
    value : str
        Column of the estimates.
    reference : float, optional
        Where a vertical line shows no effect.
    xlabel : str, optional
        What the values are. Default: the column, or the score and its confidence level.
    ax, size, palette : optional
        As in the other figures.

    Returns
    -------
    Figure
        Drawn in the style of this package.
    """
    label = xlabel or value
    if isinstance(estimates, Scores):
        level = estimates.intervals.confidence if estimates.intervals is not None else None
        label = xlabel or ("Score" if level is None else f"Score and its {100 * level:g} % interval")
        estimates = estimates.top(top).rename({"score": "value"})
        value = "value"
    frame = _with_columns(estimates, [value]).rename({value: "value"})
    names = [_short(name) for name in frame.to_series(0).to_list()]
    with panels(ax, size, 0.55 + 0.2 * len(names)) as (figure, (axes,), factor):
        _dots(axes, frame, palette[0], factor)
        if reference is not None:
            axes.axvline(reference, color="0.4", linestyle=(0, (4, 3)))
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(axis="y", length=0)
        axes.set(xlabel=label, ylim=(len(names) - 0.5, -0.5))
    return figure


def rank_against_rank(
    a: Scores,
    b: Scores,
    *,
    movers: int = 8,
    names: bool = False,
    ax: Axes | None = None,
    size: Size = "column",
) -> Figure:
    """Draw everybody's rank by one method against that by another, the first at the upper right.

    Equal ranks lie on the diagonal. Axes are logarithmic, as the top matters.

    Parameters
    ----------
    a, b : Scores
        Of the same people; those who are in one only are left out.
    movers : int
        How many people whose percentiles differ most are circled.
    names : bool
        Whether they are named.
    ax, size : optional
        As in the other figures.

    Returns
    -------
    Figure
        Drawn in the style of this package.

    Raises
    ------
    DataError
        If nobody is in both.
    """
    labels = (a.method, b.method) if a.method != b.method else (f"{a.method} (1)", f"{b.method} (2)")
    both = a.frame.join(b.frame, on="id", suffix="_b")
    if both.is_empty():
        raise DataError("Nobody is in both scores. Give scores of the same people.")
    ranks = [both[column].rank("average") for column in ("rank", "rank_b")]
    apart = both.select("id", change=(pl.col("percentile_b") - pl.col("percentile")).abs())
    apart = apart.sort("change", "id", descending=[True, False]).head(movers)
    scores = pl.concat(
        pl.DataFrame({"id": both["id"], "rank": rank}).with_columns(method=pl.lit(name))
        for name, rank in zip(labels, ranks, strict=True)
    )
    moved = apart.select("id", a=pl.lit(labels[0]), b=pl.lit(labels[1]))
    with panels(ax, size, 3.1) as (figure, (axes,), _):
        # Beside the panel, wherever its shape leaves it in a wide figure.
        rank_panel(axes, scores, moved, *labels, colours=axes.inset_axes((1.04, 0.1, 0.05, 0.8)))
        if ax is None:
            drawn, _ = axes.get_legend_handles_labels()
            _legend(
                figure,
                None,
                size,
                drawn,
                [f"The {counted(apart.height, 'person', 'people')} whose ranks differ most"],
            )
        if names:
            x, y = (scores.filter(method=name)["rank"].to_numpy() for name in labels)
            named = np.flatnonzero(both["id"].is_in(apart["id"].implode()).to_numpy())
            write_names(
                figure, axes, np.column_stack([x, y])[named], both["id"][named].cast(pl.String).to_list(),
                width=np.full(len(named), 4.0), order=range(len(named)),
            )  # fmt: skip
    return figure


def sweep_lines(
    table: pl.DataFrame,
    *,
    x: str,
    y: str = "value",
    by: str | None = "method",
    ax: Axes | None = None,
    size: Size = "column",
    palette: Palette = COLOURS,
) -> Figure:
    """Draw a value against a parameter that was swept, one line a method.

    Parameters
    ----------
    table : DataFrame
        One row for each method and value of the parameter, such as a filtered table of an experiment;
        with ``low`` and ``high`` the lines have bands.
    x : str
        Column of the parameter. Numbers over a factor of 50 or more have a logarithmic axis; words, such as
        ``"7d"``, are in the order of the table.
    y : str
        Column of the value.
    by : str or None
        Column that tells the lines apart; None: one line.
    ax, size, palette : optional
        As in the other figures.

    Returns
    -------
    Figure
        Drawn in the style of this package.

    Raises
    ------
    DataError
        If a column is missing, or a line has two values at one x: the table has to be filtered.
    """
    frame = _with_columns(table, [name for name in (x, y, by) if name is not None])
    frame = frame.with_columns(line=pl.col(by).cast(pl.String) if by is not None else pl.lit(y))
    twice = frame.filter(pl.struct("line", x).is_duplicated())
    if not twice.is_empty():
        line, at = twice.select("line", x).row(0)
        raise DataError(f"{line} has several values at {x} = {at}. Filter the table to one of them.")
    words = not frame[x].dtype.is_numeric()
    order = frame[x].unique(maintain_order=True).to_list()
    with panels(ax, size, 2.5) as (figure, (axes,), factor):
        axes.grid(axis="y")
        drawn, lines = [], frame["line"].unique(maintain_order=True).to_list()
        for number, line in enumerate(lines):
            one = frame.filter(line=line)
            at = pl.Series([order.index(value) for value in one[x]]) if words else one[x]
            one = one.with_columns(at=at).sort("at")
            look = _look(palette, number, marked=True, factor=factor)
            drawn += axes.plot(one["at"].to_numpy(), one[y].to_numpy(), **look)
            if {"low", "high"} <= set(one.columns) and one["low"].is_not_null().any():
                _band(axes, one["at"].to_numpy(), one, look["color"])
        if words:
            axes.set_xticks(range(len(order)), [_short(value) for value in order])
        elif frame[x].min() > 0 and frame[x].max() >= 50 * frame[x].min():  # type: ignore[operator]
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_locator(NullLocator())
        axes.set(xlabel=x, ylabel=y)
        if by is not None:
            _legend(figure, ax, size, drawn, lines)
    return figure


def _dots(axes: Axes, frame: pl.DataFrame, colour: str, factor: float) -> None:
    """Draw ``value`` as a dot and ``low`` to ``high`` as a line, one row a place."""
    axes.grid(axis="x")
    for place, row in enumerate(frame.iter_rows(named=True)):
        if row["value"] is None or not np.isfinite(row["value"]):
            axes.annotate(
                "undefined", (0.05, place), xycoords=("axes fraction", "data"), va="center",
                fontsize=mpl.rcParams["legend.fontsize"],
            )  # fmt: skip
            continue
        if row.get("low") is not None:
            axes.hlines(place, row["low"], row["high"], color=colour, linewidth=1.4 * factor)
        axes.plot(row["value"], place, "o", color=colour, markersize=3.6 * factor, clip_on=False, zorder=3)


def _band(axes: Axes, at: Any, frame: pl.DataFrame, colour: str) -> None:
    axes.fill_between(
        at, frame["low"].to_numpy(), frame["high"].to_numpy(), color=colour, alpha=0.18, linewidth=0
    )


def _look(palette: Palette, number: int, *, marked: bool, factor: float) -> dict[str, Any]:
    """Return colour, marker and dashes of a line."""
    return {
        "color": palette[number % len(palette)],
        "marker": MARKERS[number % len(MARKERS)] if marked else None,
        "markersize": 3 * factor,
        "linestyle": ("-", "--", ":")[number // len(palette) % 3],
    }


def _legend(figure: Figure, ax: Axes | None, size: Size, drawn: Any, labels: Sequence[Any]) -> None:
    """Put a legend below the figure, or into axes of the user."""
    names = [_short(name) if len(labels) > 1 else str(name) for name in labels]
    if ax is not None:
        ax.legend(drawn, names)
    else:
        # Points of a name, and of its line: as many columns as fit side by side, at most three.
        wide = mpl.rcParams["font.size"] * (0.62 * max(map(len, names), default=1) + 4.5)
        columns = min(3, max(1, int(72 * figure.get_figwidth() // wide)))
        figure.legend(drawn, names, loc="outside lower left", ncols=columns)
        if size != "slide":  # what is drawn keeps its height: each further line of a legend adds its own
            further = -(-len(names) // columns) - 1
            line = 1.7 * mpl.rcParams["legend.fontsize"] / 72
            figure.set_figheight(figure.get_figheight() + further * line)


def _with_columns(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    for name in names:
        if name not in frame.columns:
            raise DataError(f"The table has no column {name!r}. {nearest(name, frame.columns)}")
    return frame


def _cycled(palette: Palette, number: int) -> list[str]:
    return [palette[place % len(palette)] for place in range(number)]


def _beside(axes: Axes, x: float, y: float, text: str, width: float, weight: str = "normal") -> None:
    size = mpl.rcParams["legend.fontsize"]
    axes.annotate(text, (x + 0.015 * width, y), va="center", fontsize=size, weight=weight)


def _short(name: object) -> str:
    """Return a name on one line of at most 24 characters, without unprintable ones."""
    plain = "".join(character if character.isprintable() else " " for character in str(name))
    return plain[:23] + "…" if len(plain) > 24 else plain or " "


def _decades(most: float) -> FixedLocator:
    top = int(np.ceil(np.log10(max(most, 10.0))))
    return FixedLocator([10.0**power for power in range(0, top + 1, max(1, top // 3))])
