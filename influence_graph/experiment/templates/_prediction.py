"""Does a score predict what follows, and better than a count of distinct people? (claims 1, 2 and 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Interval

from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation._jackknife import folds_of
from influence_graph.evaluation.log_arrays import LogArrays
from influence_graph.evaluation.origins import rolling_origins
from influence_graph.evaluation.prediction import ACTIVE, MEASURED, Design, measure_origin, moment
from influence_graph.evaluation.prediction_effects import (
    NO_DECAY,
    effects_of,
    origin_values,
    prediction_effects,
    stability,
)
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import GraphSetting, Plan, Source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NOTES = {"data": pl.String, "note": pl.String}
#: Folds of pairs, at least: fewer would say nothing of the variance.
_FEWEST = 5
_FOUND = {"origin": pl.Int64, "graph": pl.String, **MEASURED}


def draw_prediction(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the contrasts with the baseline by log, and C against the half-life."""
    from influence_graph.report.prediction_figures import concordance_by_half_life, contrasts_by_log

    baseline = options["baseline"]
    return {
        "contrasts": contrasts_by_log(tables["effects"], baseline=baseline),
        "half_life": concordance_by_half_life(tables["effects"], baseline=baseline),
    }


def summarise_prediction(tables: Tables) -> pl.DataFrame:
    """Return C among those active: one row a method, one column a log and decay."""
    shown = tables["prediction"].filter(
        (pl.col("measure") == "C") & (pl.col("among") == "active") & ~pl.col("contrast").str.contains(" - ")
    )
    wide = shown.with_columns(
        column=pl.format("{}, {}", "data", "graph"), value=pl.col("value").round(3)
    ).filter(pl.col("graph").str.ends_with(NO_DECAY) | pl.col("graph").str.ends_with("half-life 1 horizon"))
    return wide.pivot("column", index="contrast", values="value", maintain_order=True)


@template("prediction", version=2, figures=draw_prediction, summary=summarise_prediction)
def prediction(
    plan: Plan,
    *,
    horizon: float | str = 0.125,
    origins: int | list[str] = 13,
    half_lives: list[Annotated[float, Ge(0)]] = [0.0, 1.0],  # noqa: B006 – only read
    intervals: list[Annotated[float, Ge(0)]] = [0.0, 1.0],  # noqa: B006 – only read
    folds: Annotated[int, Ge(2)] = 40,
    least: Annotated[int, Ge(1)] = 20,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    baseline: str = "reactors",
    networks: Annotated[int, Ge(0)] = 8,
    large: Annotated[int, Ge(1)] = 200_000,
    origins_if_large: Annotated[int, Ge(1)] = 3,
) -> Sequence[Cell]:
    """Hold scores at rolling origins against what follows, at equal decay.

    Parameters
    ----------
    plan : Plan
        At least one log with timestamps, and the baseline among the methods.
    horizon : float or str
        How far the future reaches: a duration, or a share of the part of the log that is tested (see
        :func:`~influence_graph.evaluation.origins.rolling_origins`).
    origins : int or list of str
        How many origins, or which moments.
    half_lives : list of float
        In horizons; 0 is no decay. All methods are compared at each.
    intervals : list of float
        Those of ``half_lives`` at which intervals are computed: a run of every method for each fold.
    folds : int
        Folds of people of the jackknife; there are half as many folds of pairs of people, with which what
        happens between two people counts once in the variance.
    least : int
        How many reactors the people of the narrower risk set have.
    confidence : float in (0, 1)
        Confidence level of the intervals.
    baseline : str
        Label of the method that the others are compared with.
    networks : int
        How many of the largest networks are left out in turn, at the half-life of one horizon.
    large, origins_if_large : int
        A log with more rows than ``large`` has this many origins, in equal steps.

    Returns
    -------
    list of Cell
        Tables ``prediction`` (all estimates), ``effects``, ``origins`` (the values at each), ``stability``
        (without each network, and by blocks of time) and ``notes``, from a cell a log.
    """
    if not plan.sources:
        raise ConfigError(
            'prediction needs data, and none is available. Add [[data]] with dataset = "synthetic".'
        )
    if baseline not in [method.label for method in plan.methods]:
        raise ConfigError(
            f"The option 'baseline' is {baseline!r}, but no method is called so. Add it to [[methods]]."
        )
    shared = {"horizon": horizon, "origins": origins, "folds": folds, "least": least, "large": large,
              "origins_if_large": origins_if_large, "networks": networks}  # fmt: skip
    methods = {one.label: [one.name, one.version, dict(one.parameters)] for one in plan.methods}
    cells = []
    for source in plan.sources:
        for graph in plan.graphs[source.label]:
            _check_graph(graph)
            given = {"source": source, "graph": dict(graph.parameters), "methods": methods}
            needs = [
                Cell(
                    measure_one_origin,
                    2,
                    {**given, "number": number, "half_life": half_life, "seed": plan.seed,
                     "jackknife": half_life in intervals, "options": shared},
                    _named(source.label, graph.label, f"half-life {half_life:g}", f"origin {number + 1}"),
                    seed=plan.seed,
                )
                for number in range(origins if isinstance(origins, int) else len(origins))
                for half_life in half_lives
            ]  # fmt: skip
            where = {
                "data": source.label,
                "graph": graph.label,
                "baseline": baseline,
                "confidence": confidence,
            }
            cells.append(
                Cell(combine_origins, 3, where, f"{source.label} · effects", needs, plan.seed, drawn=2)
            )
    return cells


def _named(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _check_graph(graph: GraphSetting) -> None:
    for key in ("half_life", "as_of"):
        if graph.parameters.get(key) is not None:
            raise ConfigError(
                f"prediction sets {key!r} itself. Remove it from [graph]; decay is the option half_lives."
            )


def measure_one_origin(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    graph: Mapping[str, Any],
    number: int,
    half_life: float,
    jackknife: bool,
    methods: Mapping[str, Any],
    seed: int,
    options: Mapping[str, Any],
) -> Tables:
    """Measure one origin: the task of a cell. Random numbers depend on the seed, not on what follows."""
    arrays = LogArrays.of(logs.log(source))
    many, wanted = len(arrays.time) > options["large"], options["origins"]
    if many and isinstance(wanted, int):
        wanted = min(wanted, options["origins_if_large"])
    origins = rolling_origins(arrays.time, horizon=options["horizon"], origins=wanted)
    if number >= len(origins.moments):
        return _measured(pl.DataFrame(schema=_FOUND), [])
    design = Design(
        origins.moments[number],
        origins.horizon,
        round(half_life * origins.horizon) if half_life else None,
        {label: (name, parameters) for label, (name, _, parameters) in methods.items()},
        {key: value for key, value in graph.items() if key not in ("half_life", "as_of")} | {"layers": False},
        options["least"],
        seed,
    )
    count = min(options["folds"], arrays.n)
    folds = folds_of(arrays.people, count, np.random.default_rng([seed, count]))
    sizes = np.bincount(arrays.network)
    largest = [arrays.networks[at] for at in np.argsort(-sizes, kind="stable")[: options["networks"]]]
    try:
        found = measure_origin(
            arrays,
            design,
            folds,
            delete=range(count) if jackknife else (),
            pairs=max(count // 2, min(count, _FEWEST)) if jackknife else 0,
            networks=largest if len(sizes) > 1 and half_life == 1.0 and jackknife else (),
        )
    except DataError as error:
        return _measured(
            pl.DataFrame(schema=_FOUND), [f"origin {moment(design.origin):%Y-%m-%d %H:%M}: {error}"]
        )
    label = f"half-life {half_life:g} horizon" if half_life else NO_DECAY
    named = found.with_columns(origin=pl.lit(design.origin, pl.Int64), graph=pl.lit(label))
    return _measured(named.select(list(_FOUND)), [])


def _measured(found: pl.DataFrame, notes: Sequence[str]) -> Tables:
    return {"measured": found, "notes": pl.DataFrame({"note": list(notes)}, schema={"note": pl.String})}


def combine_origins(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    data: str,
    graph: str,
    baseline: str,
    confidence: float,
) -> Tables:
    """Estimate effects over the origins of one log: the task of a cell."""
    measured = pl.concat([one["measured"] for one in needs])
    notes = list(dict.fromkeys(pl.concat([one["notes"] for one in needs])["note"]))
    if not measured.height:
        raise DataError(f"No origin can be used. {notes[0] if notes else ''}")
    lacking = [
        truth for truth in ("reactions per item", "descendants") if truth not in set(measured["truth"])
    ]
    notes += [f"no {truth}: the log has no items, or no parents" for truth in lacking]
    estimates = prediction_effects(measured, data=data, baseline=baseline, confidence=confidence)
    told = estimates.filter(measure="C")["among"]
    if ACTIVE not in told:
        notes.insert(0, "of those who are active, no two can be told apart by what follows")
    if not told.str.starts_with(f"{ACTIVE}, ").any():
        notes.insert(0, "too few who are active have as many reactors as the narrower group (option least)")
    stable = stability(measured, data=data, baseline=baseline)
    prefix = f"{graph}, " if graph else ""
    named = pl.concat_str([pl.lit(prefix), pl.col("graph")]).alias("graph")
    estimates, stable = estimates.with_columns(named), stable.with_columns(named)
    values = measured.select(pl.lit(data).alias("data"), pl.all()).with_columns(
        pl.from_epoch("origin", time_unit="us").dt.replace_time_zone("UTC"), named
    )
    return {
        "prediction": estimates,
        "effects": effects_of(estimates),
        "origins": origin_values(values, ("data", "graph", "origin")),
        "stability": stable,
        "notes": pl.DataFrame({"data": [data] * len(notes), "note": notes}, schema=_NOTES),
    }
