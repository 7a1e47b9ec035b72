"""What each score predicts at the top against what it costs to be bought: the plane, and its frontier (7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Gt, Interval

from influence_graph.behaviour.attacks import Prices
from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation.effects import effects_frame
from influence_graph.evaluation.log_arrays import LogArrays
from influence_graph.evaluation.origins import rolling_origins
from influence_graph.evaluation.prediction import ACTIVE, moment
from influence_graph.evaluation.prediction_effects import effects_of, prediction_effects
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import Plan, Source
from influence_graph.experiment.templates._prediction import measure_one_origin
from influence_graph.interventions.attack_costs import cheapest, least_plans
from influence_graph.interventions.contest import Contest, newcomer
from influence_graph.methods.declaration import get_method

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CANDIDATE, PERMUTED = "credible_reach, tenure 1 horizon", "credible_reach, permuted credits"
#: Tenures of the candidates, in horizons, and the controls that a candidate has to beat.
DESIGNS: Mapping[str, Mapping[str, Any]] = {
    "credible_reach, tenure 1/10 horizon": {"tenure": 0.1},
    CANDIDATE: {"tenure": 1.0},
    PERMUTED: {"tenure": 1.0, "permutation": 1},
    "min(reactors, 10)": {"tenure": "none", "floor": 10.0, "slope": 0.0},
}
FRONTIER = {
    "data": pl.String, "graph": pl.String, "method": pl.String, "prediction": pl.Float64,
    "prediction_low": pl.Float64, "prediction_high": pl.Float64, "cost": pl.Float64, "cost_low": pl.Float64,
    "cost_high": pl.Float64, "ratio": pl.Float64, "attack": pl.String, "places": pl.Int64,
    "people": pl.Int64, "on_frontier": pl.Boolean,
}  # fmt: skip
_COST = {
    "method": pl.String,
    "places": pl.Int64,
    "which": pl.String,
    "people": pl.Int64,
    "attack": pl.String,
    "cost": pl.Float64,
}
_NOTES = {"data": pl.String, "note": pl.String}


def draw_frontier(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the plane of prediction at the top against resistance."""
    from influence_graph.report.frontier_figures import frontier_plane

    return {"frontier": frontier_plane(tables["frontier"], least=options["least"])}


def summarise_frontier(tables: Tables) -> pl.DataFrame:
    """Return each method's prediction and cost, dearest first within a log."""
    shown = tables["frontier"].select(
        "data", "method", pl.col("prediction").round(3), pl.col("cost").round(1), pl.col("ratio").round(2),
        "attack", "on_frontier",
    )  # fmt: skip
    return shown.sort("data", "cost", descending=[False, True], nulls_last=True)


@template("frontier", version=2, figures=draw_frontier, summary=summarise_frontier)
def frontier(
    plan: Plan,
    *,
    horizon: float | str = 0.125,
    origins: Annotated[int, Ge(1)] = 13,
    half_life: Annotated[float, Gt(0)] = 1.0,
    folds: Annotated[int, Ge(2)] = 40,
    least: Annotated[int, Ge(1)] = 20,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    baseline: str = "reactors",
    top: Annotated[float, Interval(gt=0, lt=1)] = 0.001,
    prices: Mapping[str, float] = {},
    large: Annotated[int, Ge(1)] = 200_000,
    origins_if_large: Annotated[int, Ge(1)] = 3,
) -> Sequence[Cell]:
    """Hold what each method predicts at the top against the least cost of putting a new account there.

    Parameters
    ----------
    plan : Plan
        Logs with timestamps, and methods; candidates of ``credible_reach`` and the capped count are added.
    horizon, origins, folds, least, confidence, large, origins_if_large
        As for the template ``prediction``.
    half_life : float
        In horizons. All methods have this decay, for prediction and for cost.
    baseline : str
        Label of the method that the others are compared with.
    top : float in (0, 1)
        The share of people that the new account is lifted into, at the last origin.
    prices : mapping
        Of ``event``, ``bought``, ``taken_over`` and ``day``, in new accounts; the others have their defaults.

    Returns
    -------
    list of Cell
        Tables ``frontier``, ``effects`` and ``notes``.
    """
    if not plan.sources:
        raise ConfigError(
            'frontier needs data, and none is available. Add [[data]] with dataset = "synthetic".'
        )
    if baseline not in [method.label for method in plan.methods]:
        raise ConfigError(
            f"The option 'baseline' is {baseline!r}, but no method is called so. Add it to [[methods]]."
        )
    unknown = [key for key in prices if key not in Prices._fields[1:]]
    if unknown:
        raise ConfigError(f"There is no price {unknown[0]!r}; expected {', '.join(Prices._fields[1:])}.")
    shared = {"horizon": horizon, "origins": origins, "folds": folds, "least": least, "large": large,
              "origins_if_large": origins_if_large, "networks": 0}  # fmt: skip
    methods = {one.label: [one.name, one.version, dict(one.parameters)] for one in plan.methods}
    cells = []
    for source in plan.sources:
        for graph in plan.graphs[source.label]:
            named: dict[str, Any] = {"data": source.label, "graph": graph.label}
            try:
                given = methods | _designs(LogArrays.of(source.load()).time, horizon, origins)
            except DataError as error:
                where = {**named, "note": str(error)}
                cells.append(Cell(left_out, 1, where, f"{source.label} · left out", (), plan.seed))
                continue
            common = {
                "source": source,
                "graph": dict(graph.parameters),
                "options": shared,
                "half_life": half_life,
            }
            needs = _cells_of_log(common, given, {"top": top, "prices": dict(prices)}, plan.seed)
            where = {**named, "baseline": baseline, "confidence": confidence, "least": least,
                     "measured": origins, "top": top}  # fmt: skip
            cells.append(Cell(combine, 2, where, f"{source.label} · frontier", needs, plan.seed))
    return cells


def _cells_of_log(
    common: Mapping[str, Any], methods: Mapping[str, Sequence[Any]], goal: Mapping[str, Any], seed: int
) -> list[Cell]:
    """Return the cells that measure each origin, then those that find each method's cost."""
    source, count = common["source"], common["options"]["origins"]
    measured = [
        Cell(
            measure_one_origin,
            2,
            {**common, "methods": methods, "number": number, "seed": seed, "jackknife": True},
            f"{source.label} · origin {number + 1}",
            seed=seed,
        )
        for number in range(count)
    ]
    paid = [
        Cell(
            cost_of_method,
            1,
            {**common, **goal, "method": label, "name": name, "version": version, "parameters": parameters},
            f"{source.label} · cost of {label}",
            seed=seed,
        )
        for label, (name, version, parameters) in methods.items()
    ]
    return [*measured, *paid]


def _designs(time: Any, horizon: float | str, origins: int) -> dict[str, list[Any]]:
    """Return the candidates and controls, with their tenure in seconds of this log."""
    found = rolling_origins(time, horizon=horizon, origins=origins)
    version = get_method("credible_reach").version
    designs = {}
    for label, given in DESIGNS.items():
        tenure = given["tenure"]
        named = tenure if isinstance(tenure, str) else f"{max(1, round(tenure * found.horizon / 1e6))}s"
        designs[label] = ["credible_reach", version, {**given, "tenure": named}]
    return designs


def left_out(
    *, rng: np.random.Generator, needs: Sequence[Tables], logs: LogCache, data: str, graph: str, note: str
) -> Tables:
    """Say why a log is left out: the task of a cell."""
    notes = pl.DataFrame({"data": [data], "note": [note]}, schema=_NOTES)
    return {"frontier": pl.DataFrame(schema=FRONTIER), "effects": effects_frame([]), "notes": notes}


def cost_of_method(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    graph: Mapping[str, Any],
    method: str,
    name: str,
    version: int,
    parameters: Mapping[str, Any],
    options: Mapping[str, Any],
    half_life: float,
    top: float,
    prices: Mapping[str, float],
) -> Tables:
    """Find what lifts a new account into the top at the last origin: the task of a cell.

    The interval is that of the threshold as a quantile of the people: the order statistics at the places
    ± 1.96·√places, which assumes nothing of its distribution.
    """
    schema, price = _COST, Prices(**prices)
    if get_method(name).samples:
        return {"costs": pl.DataFrame(schema=schema)}
    log = logs.log(source)
    arrays = LogArrays.of(log)
    wanted = options["origins"]
    if len(arrays.time) > options["large"]:
        wanted = min(wanted, options["origins_if_large"])
    origins = rolling_origins(arrays.time, horizon=options["horizon"], origins=wanted)
    end = moment(origins.moments[-1])
    past = log.where(~(pl.col("timestamp") > end).fill_null(False), reason="after the last origin")
    decayed = {key: value for key, value in graph.items() if key not in ("half_life", "as_of")}
    decayed["half_life"] = timedelta(microseconds=round(half_life * origins.horizon))
    named, given = get_method(name).decayed or (name, parameters)
    contest = Contest(past, named, given, decayed)
    n = contest.before[0].n
    places = max(1, int(np.ceil(top * n)))
    spread = int(np.ceil(1.96 * np.sqrt(places)))
    rows: list[dict[str, Any]] = []
    goals = {"value": places, "low": min(n - 1, places + spread), "high": max(1, places - spread)}
    for which, goal in goals.items():
        plans = least_plans(contest, newcomer(past), goal, [price]) if goal < n else []
        best = cheapest(plans, price)
        cost = None if best is None else best.effort.cost(price)
        attack = None if best is None else best.attack
        rows.append(
            {"method": method, "places": places, "which": which, "people": n, "attack": attack, "cost": cost}
        )
    return {"costs": pl.DataFrame(rows, schema=schema)}


def combine(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    data: str,
    graph: str,
    baseline: str,
    confidence: float,
    least: int,
    measured: int,
    top: float,
) -> Tables:
    """Put prediction and cost side by side, and find the frontier: the task of a cell."""
    found = pl.concat([one["measured"] for one in needs[:measured]])
    costs = pl.concat([one["costs"] for one in needs[measured:]])
    notes = list(dict.fromkeys(pl.concat([one["notes"] for one in needs[:measured]])["note"]))
    if not found.height:
        return left_out(
            rng=rng, needs=(), logs=logs, data=data, graph=graph, note=notes[0] if notes else "no origin"
        )
    estimates = prediction_effects(found, data=data, baseline=baseline, confidence=confidence)
    narrow = f"{ACTIVE}, {least} reactors"
    at_top = estimates.filter((pl.col("measure") == "C") & (pl.col("among") == narrow))
    if not at_top.height:
        notes.append(
            f"nobody active has {least} reactors, so prediction at the top is among all who are active"
        )
        at_top = estimates.filter((pl.col("measure") == "C") & (pl.col("among") == ACTIVE))
    base = costs.filter((pl.col("method") == baseline) & (pl.col("which") == "value"))["cost"]
    table = _plane(at_top, costs, base[0] if len(base) else None).with_columns(
        data=pl.lit(data), graph=pl.lit(graph)
    )
    rows = [
        {"data": data, "graph": graph, "contrast": f"{row['method']} / {baseline}", "measure": "cost ratio",
         "among": f"newcomer into the top {top:.1%}", "value": row["ratio"],
         "low": row["cost_low"] / base[0], "high": row["cost_high"] / base[0], "level": 0.95,
         "people": row["people"]}
        for row in table.iter_rows(named=True)
        if None not in (row["ratio"], row["cost_low"], row["cost_high"])
    ]  # fmt: skip
    control = prediction_effects(found, data=data, baseline=CANDIDATE, confidence=confidence)
    control = control.filter(pl.col("contrast") == f"{PERMUTED} - {CANDIDATE}")
    predicted = effects_of(pl.concat([estimates, control]))
    predicted = predicted.filter(pl.col("measure").is_in(["C", "top 1 %", "top 5 %"]))
    return {
        "frontier": table.select(list(FRONTIER)),
        "effects": pl.concat([predicted.with_columns(graph=pl.lit(graph)), effects_frame(rows)]),
        "notes": pl.DataFrame({"data": [data] * len(notes), "note": notes}, schema=_NOTES),
    }


def _plane(at_top: pl.DataFrame, costs: pl.DataFrame, base: float | None) -> pl.DataFrame:
    """Return one row a method: prediction and cost, each with its interval, and whether it is dominated."""
    wide = costs.pivot("which", index=["method", "places"], values="cost", maintain_order=True)
    attack = costs.filter(pl.col("which") == "value").select("method", "attack")
    table = (
        at_top.filter(pl.col("contrast").is_in(costs["method"].unique().implode()))
        .select(
            pl.col("contrast").alias("method"),
            pl.col("value").alias("prediction"),
            pl.col("low").alias("prediction_low"),
            pl.col("high").alias("prediction_high"),
            "people",
        )
        .join(wide, on="method", how="left", maintain_order="left")
        .rename({"value": "cost", "low": "cost_low", "high": "cost_high"})
        .join(attack, on="method", how="left", maintain_order="left")
        .with_columns(ratio=pl.col("cost") / base)
    )
    rivals = table.filter(pl.col("method") != PERMUTED)  # a control is not a choice
    best = rivals.filter(pl.Series(_undominated(rivals), dtype=pl.Boolean))["method"]
    return table.with_columns(on_frontier=pl.col("method").is_in(best.implode()))


def _undominated(table: pl.DataFrame) -> list[bool]:
    """Return whether no other method predicts at least as well and costs at least as much, and one more."""
    points = [(row["prediction"], row["cost"]) for row in table.iter_rows(named=True)]

    def beaten(one: tuple[float | None, float | None]) -> bool:
        if None in one:
            return True
        return any(
            None not in other and other != one and other[0] >= one[0] and other[1] >= one[1]
            for other in points
        )

    return [not beaten(one) for one in points]
