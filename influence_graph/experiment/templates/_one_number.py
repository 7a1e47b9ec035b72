"""Can one number express what a person is on several networks, and next year? (claims 1 and 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Interval

from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation._stability import stability
from influence_graph.evaluation._transfer import OWN, transfer
from influence_graph.evaluation.effects import effects_frame
from influence_graph.evaluation.one_number import ONE, numbers_needed
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import GraphSetting, Plan, Source
from influence_graph.experiment.scoring_cells import plain_methods, score_all
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.weighting import duration_seconds
from influence_graph.scoring.scores import Scores

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A model that explains less predicts nothing.
_LEAST_R2 = 0.01
_TEXT, _FLOAT, _COUNT = pl.String(), pl.Float64(), pl.Int64()
_FIGURES: dict[str, pl.DataType] = {
    "value": _FLOAT,
    "low": _FLOAT,
    "high": _FLOAT,
    "level": _FLOAT,
    "people": _COUNT,
}
_SCHEMAS: Mapping[str, Mapping[str, pl.DataType]] = {
    "matrix": {"data": _TEXT, "past": _TEXT, "future": _TEXT, **_FIGURES},
    "predictors": {"data": _TEXT, "network": _TEXT, "past": _TEXT, **_FIGURES},
    "numbers": {"data": _TEXT, "controls": _TEXT, "model": _TEXT, **_FIGURES},
    "stability": {"data": _TEXT, "graph": _TEXT, "method": _TEXT, "between": _TEXT, **_FIGURES},
    "notes": {"data": _TEXT, "note": _TEXT},
}


def draw_one_number(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the transfer between networks, how many numbers are needed, and the stability of points."""
    from influence_graph.report.one_number_figures import one_number as figure
    from influence_graph.report.one_number_figures import points_again

    drawn = {}
    if tables["matrix"].height:
        drawn["one-number"] = figure(tables["matrix"], tables["predictors"], tables["numbers"])
    if tables["stability"]["value"].is_not_null().any():
        drawn["stability"] = points_again(tables["stability"])
    return drawn


def summarise_one_number(tables: Tables) -> pl.DataFrame:
    """Return the effects over all networks: one row an estimate."""
    return tables["effects"].filter(~pl.col("among").str.starts_with("network "))


@template("one-number", version=1, figures=draw_one_number, summary=summarise_one_number)
def one_number(
    plan: Plan,
    *,
    horizon: str = "auto",
    networks: Annotated[int, Ge(2)] = 12,
    fewest: Annotated[int, Ge(2)] = 50,
    draws: Annotated[int, Ge(1)] = 20,
    folds: Annotated[int, Ge(2)] = 40,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
) -> Sequence[Cell]:
    """Predict who reacts to a person on each network from one number, or several; and score people again.

    Parameters
    ----------
    plan : Plan
        Logs with timestamps. The first two questions need two networks or more and people on both. Methods
        are for stability alone.
    horizon : str
        Length of past and future, such as "365d". "auto": a year, or an eighth of a log of less than three.
    networks : int
        The largest networks that are compared.
    fewest : int
        A network, and a pair of networks, needs this many people active on both, over all origins.
    draws : int
        Deals of reactors, and a fifth as many of episodes, into halves.
    folds : int
        Folds of people left out in turn for the intervals (a jackknife).
    confidence : float in (0, 1)
        Confidence level.

    Returns
    -------
    list of Cell
        Tables ``matrix`` and ``predictors`` (:class:`~influence_graph.evaluation._transfer.Transfer`),
        ``numbers`` (:func:`~influence_graph.evaluation.one_number.numbers_needed`), ``stability``
        (:func:`~influence_graph.evaluation._stability.stability`), ``effects`` and ``notes``, which says what
        was not asked of which log, and why.
    """
    if horizon != "auto":
        duration_seconds(horizon, "horizon")
    if not plan.sources:
        raise ConfigError(
            'one-number needs data, and none is available. Add a table [[data]] with dataset = "synthetic".'
        )
    options = {"horizon": horizon, "networks": networks, "fewest": fewest, "draws": draws, "folds": folds,
               "confidence": confidence}  # fmt: skip
    cells = []
    for source in plan.sources:
        where = {"source": source, "options": options}
        cells += [
            Cell(compare_networks, 5, where, f"{source.label} · transfer", seed=plan.seed),
            Cell(count_numbers, 5, where, f"{source.label} · numbers", seed=plan.seed, drawn=4),
        ]
        for graph in plan.graphs[source.label]:
            cells.append(_stability_cell(plan, source, graph, options))
    return cells


def _stability_cell(plan: Plan, source: Source, graph: GraphSetting, options: Mapping[str, Any]) -> Cell:
    where = {
        "source": source,
        "graph": graph.label,
        "parameters": graph.parameters,
        "methods": plain_methods(plan),
        "options": options,
    }
    label = " · ".join(part for part in (source.label, graph.label, "stability") if part)
    return Cell(score_again, 2, where, label, seed=plan.seed)


def _horizon(options: Mapping[str, Any]) -> timedelta | None:
    given = options["horizon"]
    return None if given == "auto" else timedelta(seconds=duration_seconds(given, "horizon"))


def compare_networks(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    options: Mapping[str, Any],
) -> Tables:
    """Predict reactors on each network from the past on others: the task of a cell."""
    kept = {name: options[name] for name in ("networks", "fewest", "folds", "confidence")}
    try:
        found = transfer(logs.log(source), horizon=_horizon(options), rng=rng, **kept)
    except DataError as error:
        return _tables(notes=[_note(source, f"transfer was not measured: {error}")])
    where = {"data": source.label, "level": options["confidence"]}
    effects, notes = list[dict[str, Any]](), list[dict[str, str]]()
    own = found.predictors.filter(past=OWN)
    # Where the past tells nothing, one network tells as much as another: that is no transfer.
    silent = own.filter(~(own["low"] > 0.5).fill_null(False))["network"].to_list()
    for row in found.predictors.iter_rows(named=True):
        among = "all networks" if row["network"] == "any" else f"network {row['network']}"
        shared = {**where, "among": among, "measure": "C", "people": row["people"]}
        effects.append(
            {**shared, "contrast": row["past"], "value": row["value"], "low": row["low"], "high": row["high"]}
        )
        if row["past"] != OWN and row["network"] not in silent:
            below = {"value": row["below_own"], "low": row["below_low"], "high": row["below_high"]}
            effects.append({**shared, **below, "contrast": f"{OWN} - {row['past']}"})
    if silent:
        where_not = " and ".join("all networks" if name == "any" else str(name) for name in silent)
        why = f"the past on {where_not} says nothing of what follows there, so that elsewhere is not compared"
        notes.append(_note(source, why))
    first, last = found.origins[0], found.origins[-1]
    notes.append(_note(source, f"{len(found.origins)} origins from {first:%Y-%m-%d} to {last:%Y-%m-%d}"))
    return _tables(
        matrix=[where | row for row in found.matrix.drop_nulls("value").iter_rows(named=True)],
        predictors=[where | row for row in found.predictors.drop_nulls("value").iter_rows(named=True)],
        effects=effects,
        notes=notes,
    )


def count_numbers(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    options: Mapping[str, Any],
) -> Tables:
    """Predict halves of truths from one number, two, and one a network: the task of a cell."""
    kept = {name: options[name] for name in ("networks", "fewest", "draws", "confidence")}
    try:
        found = numbers_needed(logs.log(source), horizon=_horizon(options), rng=rng, **kept)
    except DataError as error:
        return _tables(notes=[_note(source, f"numbers needed were not counted: {error}")])
    where = {"data": source.label, "level": options["confidence"]}
    effects, notes = [], list[dict[str, str]]()
    # Where no number predicts anything, one is as good as two, and says nothing.
    known = found.filter((pl.col("value") > _LEAST_R2).any().over("controls"))
    for controls in found["controls"].unique(maintain_order=True):
        if controls not in known["controls"]:
            notes.append(_note(source, f"{controls}: no number of numbers a person predicts anything"))
    for row in found.iter_rows(named=True):
        shared = {**where, "measure": "R2", "among": row["controls"], "people": row["people"]}
        effects.append(
            {
                **shared,
                "contrast": row["model"],
                "value": row["value"],
                "low": row["low"],
                "high": row["high"],
            }
        )
        if row["model"] != ONE and row["controls"] in known["controls"]:
            above = {"value": row["above_one"], "low": row["above_low"], "high": row["above_high"]}
            effects.append({**shared, **above, "contrast": f"{row['model']} - {ONE}"})
    rows = [where | row for row in found.iter_rows(named=True)]
    return _tables(numbers=rows, effects=effects, notes=notes)


def score_again(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    graph: str,
    parameters: Mapping[str, Any],
    methods: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
) -> Tables:
    """Score people in halves of periods and in adjacent periods: the task of a cell."""
    # One stream for all periods: a method that draws should not draw the same in each.
    on_methods, failed = rng.spawn(1)[0], dict[str, None]()

    def scored(built: InfluenceGraph) -> dict[str, Scores]:
        scores, notes = score_all(built, methods, on_methods)
        failed.update(dict.fromkeys(notes))
        return scores

    try:
        found = stability(
            logs.log(source),
            lambda log: build_graph(log, **parameters),
            scored,
            horizon=_horizon(options),
            draws=max(1, options["draws"] // 5),
            folds=options["folds"],
            confidence=options["confidence"],
            rng=rng,
        )
    except DataError as error:
        return _tables(notes=[_note(source, f"stability was not measured: {error}")])
    where = {"data": source.label, "graph": graph, "level": options["confidence"]}
    rows = [where | row for row in found.iter_rows(named=True)]
    effects = [
        {**where, "contrast": row["method"], "measure": "ICC", "among": row["between"]}
        | {name: row[name] for name in ("value", "low", "high", "people")}
        for row in rows
    ]
    return _tables(stability=rows, effects=effects, notes=[_note(source, why) for why in failed])


def _note(source: Source, text: str) -> dict[str, str]:
    return {"data": source.label, "note": text}


def _tables(effects: Sequence[Mapping[str, Any]] = (), **rows: Sequence[Mapping[str, Any]]) -> Tables:
    """Return all tables of this template, those without rows empty."""
    made = {
        name: pl.DataFrame([{column: row.get(column) for column in schema} for row in rows.get(name, ())],
                           dict(schema), orient="row")
        for name, schema in _SCHEMAS.items()
    }  # fmt: skip
    return made | {"effects": effects_frame(effects)}
