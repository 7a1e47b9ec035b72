"""What does a score miss that sees only some networks, and does its coverage statement say so? (claim 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Interval

from influence_graph.errors import ConfigError, InfluenceGraphError
from influence_graph.evaluation.effects import effects_frame, names_a_top, no_top
from influence_graph.evaluation.hiding import (
    Hiding,
    Movement,
    Reactions,
    Statement,
    hidden_values,
    hidings,
    mean_interval,
    share_interval,
)
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import Plan, Source
from influence_graph.scoring._score import score

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COVERAGE: Mapping[str, type[pl.DataType]] = {
    "data": pl.String, "graph": pl.String, "method": pl.String, "what": pl.String, "part": pl.String,
    "share": pl.Float64, "draw": pl.Int64, "share_hidden": pl.Float64, "k": pl.Int64, "survival": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "stated_survival": pl.Float64, "expected_survival": pl.Float64,
    "tau": pl.Float64, "rank_change": pl.Float64, "points_change": pl.Float64,
    "stated_points_error": pl.Float64,
}  # fmt: skip
_NOTES = {"data": pl.String, "note": pl.String}
#: A network or kind with less than this share of all reactions says little about hiding one.
_LARGE = 0.01


def draw_coverage(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the survival of the top against the share hidden."""
    from influence_graph.report.coverage_figures import coverage_survival

    table = tables["coverage"]
    return {} if table.is_empty() else {"coverage": coverage_survival(table)}


def summarise_coverage(tables: Tables) -> pl.DataFrame:
    """Return the largest network and kind, and half of rows and people, one row a method."""
    rows = tables["coverage"].sort("share_hidden", descending=True, maintain_order=True)
    named = rows.filter(pl.col("what").is_in(["network", "kind"]))
    largest = named.group_by("data", "graph", "method", "what", maintain_order=True).first()
    half = rows.filter(pl.col("share") == 0.5, pl.col("draw") == 0)
    survivals = ["survival", "stated_survival", "expected_survival"]
    return pl.concat([largest.select(rows.columns), half]).select(
        "data", "method", "what", "part", "share_hidden", *survivals, "rank_change", "points_change"
    ).sort("data", "what", "part", "method", maintain_order=True)  # fmt: skip


@template("coverage", version=2, figures=draw_coverage, summary=summarise_coverage)
def coverage(
    plan: Plan,
    *,
    k: Annotated[int, Ge(1)] = 100,
    shares: list[Annotated[float, Interval(gt=0, lt=1)]] | None = None,
    draws: Annotated[int, Ge(1)] = 3,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
) -> Sequence[Cell]:
    """Hide networks, kinds, rows and people, and hold what moves against the coverage statement.

    Parameters
    ----------
    plan : Plan
        At least one log and one method.
    k : int
        Size of the top.
    shares : list of float in (0, 1), optional
        Shares of rows and people that are hidden. Default: .25, .5, .75.
    draws : int
        Random choices of rows and of people a share.
    confidence : float in (0, 1)
        Confidence level of the intervals, over the people of the top.

    Returns
    -------
    list of Cell
        Tables ``coverage`` (one row a method and part hidden), ``effects`` and ``notes``.
    """
    if not plan.sources or not plan.methods:
        lacks = "data" if not plan.sources else "methods"
        raise ConfigError(f"coverage needs {lacks}: add a table [[{lacks}]].")
    methods = [
        {"label": one.label, "name": one.name, "version": one.version, "parameters": one.parameters}
        for one in plan.methods
    ]
    chosen = [0.25, 0.5, 0.75] if shares is None else shares
    options = {"k": k, "shares": chosen, "draws": draws, "confidence": confidence}
    return [
        Cell(
            hide_parts,
            4,
            {
                "source": source,
                "graph": {"label": graph.label, "parameters": graph.parameters},
                "methods": methods,
                "what": what,
                "options": options,
            },
            " · ".join(part for part in (source.label, graph.label, f"hiding {what}") if part),
            seed=plan.seed,
            drawn=3,
        )
        for source in plan.sources
        for graph in plan.graphs[source.label]
        for what in ("network", "kind", "rows", "people")
    ]


def hide_parts(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    graph: Mapping[str, Any],
    methods: Sequence[Mapping[str, Any]],
    what: Any,
    options: Mapping[str, Any],
) -> Tables:
    """Hide each part of one kind and recompute: the task of a cell."""
    log, built = logs.log(source), logs.graph(source, graph["parameters"])
    seed, notes = int(rng.integers(2**63)), list[str]()
    reactions = Reactions(log, built)
    statements, above_zero = dict[str, Statement](), dict[str, int]()
    for one in methods:
        try:
            scores = score(built, one["name"], rng=seed, **one["parameters"])
            statements[one["label"]] = Statement(reactions, scores, options["k"], seed)
            above_zero[one["label"]] = int((scores.natural > 0).sum())
        except InfluenceGraphError as error:
            if what == "network":
                notes.append(f"{one['label']} left out: {error}")
    used = [one for one in methods if one["label"] in statements]
    settings = [(one["name"], one["parameters"]) for one in used]
    found: list[tuple[Hiding, str, Movement]] = []
    parts = hidings(reactions, what, shares=options["shares"], draws=options["draws"], rng=rng)
    for hiding in parts:
        values = hidden_values(log, built, hiding.kept, settings, seed)
        found += [
            (hiding, label, statements[label].against(after, hiding.kept))
            for label, after in zip(statements, values, strict=True)
        ]
    if not found and what in ("network", "kind"):
        notes.append(f"there is one {what} only, so none can be hidden")
    level = options["confidence"]
    where = {"data": source.label, "graph": graph["label"]}
    hidden = {id(hiding): reactions.share_hidden(hiding.kept) for hiding, _, _ in found}
    rows = [where | _row(hiding, label, one, hidden[id(hiding)], level) for hiding, label, one in found]
    few = [label for label, people in above_zero.items() if not names_a_top(options["k"], people)]
    told = [one for one in found if one[1] not in few]
    effects = [where | one | {"level": level} for one in _effects(told, hidden, what, level)]
    if what == "network":
        notes += [f"{label}: {no_top(options['k'], above_zero[label])} with a value" for label in few]
    noted = {"data": [source.label] * len(notes), "note": notes}
    return {
        "coverage": pl.DataFrame(rows, schema=dict(_COVERAGE), orient="row").with_columns(
            pl.col(pl.Float64).fill_nan(None)
        ),
        "effects": effects_frame(effects),
        "notes": pl.DataFrame(noted, schema=_NOTES),
    }


def _row(hiding: Hiding, label: str, moved: Movement, hidden: float, level: float) -> dict[str, Any]:
    survival, low, high = share_interval(float(moved.survived.mean()), len(moved.survived), level)
    return {
        "method": label, "what": hiding.what, "part": hiding.part, "share": hiding.share, "draw": hiding.draw,
        "share_hidden": hidden, "k": len(moved.survived), "survival": survival, "low": low, "high": high,
        "stated_survival": float(moved.stated.mean()), "expected_survival": float(moved.expected.mean()),
        "tau": moved.tau, "rank_change": moved.rank_change,
        "points_change": float(np.abs(moved.points - moved.points_before).mean()),
        "stated_points_error": float(np.abs(moved.points - moved.stated_points).mean()),
    }  # fmt: skip


def _effects(
    found: Sequence[tuple[Hiding, str, Movement]], hidden: Mapping[int, float], what: str, level: float
) -> list[dict[str, Any]]:
    """Return the estimands of one cell: the largest network or kind, or half of the rows or people."""
    rows: list[dict[str, Any]] = []

    def add(contrast: str, measure: str, interval: tuple[float, float, float], people: int) -> None:
        value, low, high = interval
        rows.append(
            {
                "contrast": contrast,
                "measure": measure,
                "value": value,
                "low": low,
                "high": high,
                "people": people,
            }
        )

    for label in dict.fromkeys(label for _, label, _ in found):
        mine = [(hiding, moved) for hiding, one, moved in found if one == label]
        named = what in ("network", "kind")
        if named:
            _, moved = max(mine, key=lambda pair: hidden[id(pair[0])])
            count = len(moved.survived)
            survived = share_interval(float(moved.survived.mean()), count, level)
            add(f"{label}, largest {what} hidden", "survival", survived, count)
            # The mean over many small parts hides what the statement says of a large one.
            gap, error = (
                moved.survived - moved.stated.astype(float),
                np.abs(moved.points - moved.stated_points),
            )
            name = f"{label}, largest {what} hidden: recomputed - stated"
            add(name, "survival", mean_interval(gap, level), count)
            add(name, "points", mean_interval(error, level), count)
        else:
            half = [moved for hiding, moved in mine if hiding.part == "random" and hiding.share == 0.5]
            if not half:
                continue
            survival = np.mean([one.survived for one in half], axis=0)
            add(f"{label}, half of {what} hidden at random", "survival", mean_interval(survival, level),
                len(survival))  # fmt: skip
        large = [moved for hiding, moved in mine if not named or hidden[id(hiding)] >= _LARGE]
        if not large:
            continue
        count = len(large[0].survived)
        name = f"{label}, each {what} hidden" if named else f"{label}, {what} hidden"
        gap = np.mean([one.survived - one.stated.astype(float) for one in large], axis=0)
        error = np.mean([np.abs(one.points - one.stated_points) for one in large], axis=0)
        random = np.mean([one.survived - one.expected for one in large], axis=0)
        add(f"{name}: recomputed - stated", "survival", mean_interval(gap, level), count)
        add(f"{name}: recomputed - stated", "points", mean_interval(error, level), count)
        add(f"{name}: recomputed - random share", "survival", mean_interval(random, level), count)
    return rows
