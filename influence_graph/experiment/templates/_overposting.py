"""Whether posting more lowers a score: simulated where logs are silent, derived where algebra decides (6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Gt, Interval, MinLen

from influence_graph.behaviour.model import BehaviourModel
from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation._posting_panel import default_period, posting_panel
from influence_graph.evaluation.effects import effects_frame
from influence_graph.evaluation.elasticity import POISSON, elasticities
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import Plan, Source
from influence_graph.interventions._turning_point import turning_point
from influence_graph.interventions.posting_rate import PER_POST, RateResponse, curves_frame, rate_response
from influence_graph.interventions.worlds import Population, ScoredBy, effect, made_from, over_worlds

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What an elasticity must be below for a score to fall.
BREAK_EVEN = {"a count of reactions": -1.0, "reactions per post": 0.0}
#: Worlds from which a turning point is looked for: a bootstrap of fewer says nothing.
_WORLDS = 5
_MAP = dict.fromkeys(("turning_point", "turning_point_low", "turning_point_high"), pl.Float64)
_SWEPT = ("effort", "overload", "attention_limit")


def draw_overposting(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the curves, the map of verdicts with its boundary, and derived against simulated elasticities."""
    from influence_graph.report.overposting_figures import posting_curves, posting_map

    return {"overposting": posting_curves(tables["curves"]), "map": posting_map(tables["map"])}


def summarise_overposting(tables: Tables) -> pl.DataFrame:
    """Return, by method, the share of the swept cells in which the score falls, rises, or neither is sure."""
    verdict = pl.col("verdict")
    return (
        tables["map"]
        .group_by("outcome", maintain_order=True)
        .agg(
            pl.len().alias("cells"),
            (verdict == "falls").mean().alias("falls"),
            (verdict == "rises").mean().alias("rises"),
            (verdict == "can't tell").mean().alias("can't tell"),
            pl.col("turns").mean().alias("turning point in range"),
        )
    )


@template("overposting", version=1, figures=draw_overposting, summary=summarise_overposting)
def overposting(
    plan: Plan,
    *,
    population: Mapping[str, float],
    model: Mapping[str, float],
    effort: Annotated[list[Annotated[float, Ge(0)]], MinLen(1)],
    overload: Annotated[list[Annotated[float, Ge(0)]], MinLen(1)],
    attention_limit: Annotated[list[Annotated[float, Ge(0)]], MinLen(1)],
    rates: Annotated[list[Annotated[float, Gt(0)]], MinLen(3)],
    steps: Annotated[int, Ge(1)] = 60,
    share: Annotated[float, Interval(gt=0, le=1)] = 0.04,
    draws: Annotated[int, Ge(1)] = 20,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
) -> Sequence[Cell]:
    """Simulate scores against posting rate over a range of effort, overload and attention.

    Parameters
    ----------
    plan : Plan
        Methods to score by, and logs whose measured elasticity is held against the break-even; there may be
        none.
    population, model : mapping
        Fields of ``Population`` and of ``BehaviourModel`` that are not swept.
    effort, overload, attention_limit : list of float
        The swept range; an attention limit of 0 is none.
    rates : list of float
        Multiples of the usual rate.
    steps : int
        Length of a history.
    share : float
        Of the people whose rate is changed.
    draws : int
        Replicate worlds, at least 2 are used.
    confidence : float in (0, 1)
        Level of the intervals over worlds.

    Returns
    -------
    list of Cell
        Tables ``curves``, ``map``, ``derived``, ``effects`` from a cell a combination; ``break_even``,
        ``effects`` and ``notes`` from a cell a log.
    """
    if not plan.methods:
        raise ConfigError(
            'overposting needs methods to score by. Add a table [[methods]] with name = "reactors".'
        )
    methods = [
        {"label": one.label, "name": one.name, "version": one.version, "parameters": one.parameters}
        for one in plan.methods
    ]
    common = {
        "population": dict(population),
        "methods": methods,
        "rates": rates,
        "steps": steps,
        "share": share,
        "worlds": max(2, draws),
        "confidence": confidence,
    }
    made_from(Population, population, "population")
    cells = []
    for values in product(effort, overload, attention_limit):
        swept = dict(zip(_SWEPT, values, strict=True))
        given = {**model, **swept}
        made_from(BehaviourModel, given, "model")
        parameters = {**common, "model": given, "swept": swept, "seed": plan.seed}
        cells.append(Cell(simulate_rates, 1, parameters, f"overposting · {_label(swept)}", (), plan.seed))
    for source in plan.sources:
        parameters = {"source": source, "confidence": confidence}
        cells.append(Cell(measure_log, 1, parameters, f"{source.label} · break-even", (), plan.seed))
    return cells


def simulate_rates(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    population: Mapping[str, float],
    model: Mapping[str, float],
    methods: Sequence[Mapping[str, Any]],
    swept: Mapping[str, float],
    rates: Sequence[float],
    steps: int,
    share: float,
    worlds: int,
    confidence: float,
    seed: int,
) -> Tables:
    """Simulate one combination of the swept range: the task of a cell."""
    scored = [ScoredBy(one["name"], one["parameters"], None, one["label"]) for one in methods]
    found = rate_response(
        made_from(Population, population, "population"),
        made_from(BehaviourModel, model, "model"),
        scored,
        rates=rates,
        steps=steps,
        share=share,
        worlds=worlds,
        seed=seed,
    )
    rows, effects, derived = [], [], []
    for name in found.curves:
        row, effected = _of_outcome(found, name, swept, confidence, rng)
        rows.append(row)
        effects += effected
        if name in found.derived:
            gap = found.elasticity[name] - found.derived[name]
            value, low, high = over_worlds(gap, confidence)
            by_algebra = over_worlds(found.derived[name], confidence)[0]
            both = {"simulated": row["elasticity"], "derived": by_algebra}
            derived.append({**swept, "outcome": name, **both, "difference": value, "low": low, "high": high})
    return {
        "curves": _defined(curves_frame(found, **swept)),
        "map": _defined(pl.DataFrame(rows, schema_overrides=_MAP)),
        "derived": _defined(pl.DataFrame(derived, schema=_derived_schema())),
        "effects": effects_frame(effects),
        "notes": _notes("model", []),
    }


def measure_log(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    confidence: float,
) -> Tables:
    """Hold a log's elasticity of reactions per post against the break-even: the task of a cell."""
    rows, notes = [], []
    try:
        log = logs.log(source)
        panel = posting_panel(log, period=default_period(log))
        table, _ = elasticities(panel, draws=0, rng=rng, level=confidence)
        main = table.filter(
            (pl.col("regressor") == "items")
            & (pl.col("model") == POISSON)
            & (pl.col("among") == "all")
            & pl.col("outcome").is_in(["reactions", "received"])
        )
        for row in main.iter_rows(named=True):
            # Reactions rise with items by β, so each item's by ε = β − 1.
            rows.append(
                {
                    "data": source.label,
                    "outcome": row["outcome"],
                    "epsilon": row["value"] - 1.0,
                    "low": row["low"] - 1.0,
                    "high": row["high"] - 1.0,
                    "to_break_even": row["value"],
                    "people": row["people"],
                }
            )
        if not rows:
            notes.append("no elasticity of reactions to posts could be estimated")
    except DataError as error:
        notes.append(str(error))
    schema = {"data": pl.String, "outcome": pl.String, "epsilon": pl.Float64, "low": pl.Float64}
    more = {"high": pl.Float64, "to_break_even": pl.Float64, "people": pl.Int64}
    effects = [
        {
            "data": row["data"],
            "contrast": "reactions per post by posting rate",
            "measure": "elasticity",
            "among": "measured",
            "value": row["epsilon"],
            "low": row["low"],
            "high": row["high"],
            "level": confidence,
            "people": row["people"],
        }
        for row in rows
    ]
    return {
        "break_even": pl.DataFrame(rows, schema={**schema, **more}),
        "effects": effects_frame(effects),
        "notes": _notes(source.label, notes),
    }


def _of_outcome(
    found: RateResponse,
    name: str,
    swept: Mapping[str, float],
    confidence: float,
    rng: np.random.Generator,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the row of the map and the effects of one outcome."""
    value, low, high = over_worlds(found.elasticity[name], confidence)
    curves = found.curves[name]
    steepness = (curves[:, -1] - curves[:, -2]) / np.log(found.rates[-1] / found.rates[-2])
    end = over_worlds(steepness, confidence)
    whole = curves[np.isfinite(curves).all(axis=1)]
    turn = (
        turning_point(np.log(found.rates), whole, level=confidence, rng=rng)
        if len(whole) >= _WORLDS
        else None
    )
    sure = np.isfinite(low) and (low > 0 or high < 0)
    verdict = ("rises" if low > 0 else "falls") if sure else "can't tell"
    turns = turn is not None and turn.found
    at = np.exp([turn.at, turn.low, turn.high]) if turn is not None and turns else [None] * 3
    row = {
        **swept,
        "outcome": name,
        "elasticity": value,
        "low": low,
        "high": high,
        "verdict": verdict,
        "at_high_rates": end[0],
        "at_high_rates_low": end[1],
        "at_high_rates_high": end[2],
        "turns": turns,
        "turning_point": at[0],
        "turning_point_low": at[1],
        "turning_point_high": at[2],
    }
    where = {"graph": _label(swept), "contrast": "posting rate", "people": found.people}
    among = "reactions per post" if name == PER_POST else name
    return {key: _typed(value) for key, value in row.items()}, [
        effect(
            found.elasticity[name], confidence, **where, measure="elasticity at the usual rate", among=among
        ),
        effect(steepness, confidence, **where, measure="elasticity at high rates", among=among),
    ]


def _typed(value: Any) -> Any:
    return float(value) if isinstance(value, np.floating) else value


def _defined(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table with null where a number is not defined."""
    return table.with_columns(pl.col(pl.Float64).fill_nan(None))


def _derived_schema() -> dict[str, Any]:
    numbers = ("simulated", "derived", "difference", "low", "high")
    swept = dict.fromkeys(_SWEPT, pl.Float64)
    return {**swept, "outcome": pl.String, **dict.fromkeys(numbers, pl.Float64)}


def _notes(data: str, notes: Sequence[str]) -> pl.DataFrame:
    given = {"data": [data] * len(notes), "note": list(notes)}
    return pl.DataFrame(given, schema={"data": pl.String, "note": pl.String})


def _label(swept: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in swept.items())
