"""Which assumptions that no log can check decide the verdicts of the model (claims 6, 8 and 9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge

from influence_graph.arrays import FloatArray
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.errors import ConfigError
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import Plan
from influence_graph.interventions.posting_rate import rate_response
from influence_graph.interventions.score_chasing import Chase, chase_in_world
from influence_graph.interventions.sensitivity_indices import (
    MOST,
    evaluated,
    morris_effects,
    morris_points,
    sobol_points,
    sobol_shares,
)
from influence_graph.interventions.worlds import Population, ScoredBy, made_from

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OUTCOMES = ("elasticity of the score to the posting rate", "chaser - steady, points")
#: Draws from which Sobol indices are worth their time.
_ENOUGH = 4
#: Cells of the design for Sobol indices.
_PARTS = 8
_INDICES = ("first", "first_error", "total", "total_error")
_OF_CHASE = ("strength", "share")


def draw_sensitivity(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the elementary effects, and the Sobol indices where they were computed."""
    from influence_graph.report.sensitivity_figures import sensitivity

    return {"sensitivity": sensitivity(tables["morris"], tables["sobol"])}


@template("sensitivity", version=2, figures=draw_sensitivity, summary=lambda tables: tables["morris"])
def sensitivity(
    plan: Plan,
    *,
    population: Mapping[str, float],
    model: Mapping[str, float],
    chase: Mapping[str, float],
    ranges: Mapping[str, list[float]],
    half_life: float = 15.0,
    worlds: Annotated[int, Ge(1)] = 2,
    draws: Annotated[int, Ge(1)] = 10,
    sobol: Annotated[int, Ge(0)] = 0,
) -> Sequence[Cell]:
    """Screen the parameters of behaviour, then compute Sobol indices of the four that matter most.

    Parameters
    ----------
    plan : Plan
        One method to score by, the first.
    population, model, chase : mapping
        Fields of ``Population``, ``BehaviourModel`` and ``Chase`` that are not varied.
    ranges : mapping of str to [low, high]
        Fields of ``BehaviourModel``, or ``strength`` and ``share`` of ``Chase``, that are.
    half_life : float
        Of the score seen, in steps.
    worlds : int
        Replicate worlds of each evaluation.
    draws : int
        Trajectories of Morris' design, at least 2 are used.
    sobol : int
        N of the Sobol indices, a power of 2; 0: none. With fewer than 4 draws, as with ``--quick``, there are
        none either.

    Returns
    -------
    list of Cell
        Tables ``morris`` and ``sobol``, from cells that evaluate a trajectory or a part of the design each.
    """
    if not plan.methods:
        raise ConfigError('sensitivity needs a method to score by. Add [[methods]] with name = "reactors".')
    for name, bounds in ranges.items():
        if len(bounds) != 2 or not bounds[0] < bounds[1]:
            raise ConfigError(f"The range of {name!r} is {bounds}, but it should be [low, high], low < high.")
        for value in bounds:
            _made(population, model, chase, {name: value})
    method = plan.methods[0]
    common = {
        "population": dict(population),
        "model": dict(model),
        "chase": dict(chase),
        "ranges": {name: list(bounds) for name, bounds in ranges.items()},
        "method": {"name": method.name, "version": method.version, "parameters": method.parameters},
        "half_life": half_life,
        "worlds": worlds,
        "seed": plan.seed,
    }
    design = {"ranges": common["ranges"], "trajectories": max(2, draws), "seed": plan.seed}
    label = f"sensitivity · {method.label}"
    walks = [
        Cell(walk, 1, {**common, "trajectories": max(2, draws), "number": number},
             f"{label} · trajectory {number + 1}", (), plan.seed)
        for number in range(max(2, draws))
    ]  # fmt: skip
    screened = Cell(screen, 2, design, f"{label} · screening", walks, plan.seed)
    parts = [
        Cell(sobol_part, 1, {**common, "samples": sobol, "number": number},
             f"{label} · part {number + 1} of the indices", [screened], plan.seed)
        for number in range(_PARTS if sobol and draws >= _ENOUGH else 0)
    ]  # fmt: skip
    whole = {"ranges": common["ranges"], "seed": plan.seed}
    return [screened, Cell(decompose, 1, whole, f"{label} · indices", [screened, *parts], plan.seed)]


def walk(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    ranges: Mapping[str, Sequence[float]],
    trajectories: int,
    number: int,
    seed: int,
    **setting: Any,
) -> Tables:
    """Evaluate one trajectory of Morris' design: the task of a cell."""
    bounds = _bounds(ranges)
    points = morris_points(bounds, trajectories=trajectories, seed=seed)
    own = points[number * (len(bounds) + 1) : (number + 1) * (len(bounds) + 1)]
    return {"values": _values(setting, bounds, own, seed)}


def screen(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    ranges: Mapping[str, Sequence[float]],
    trajectories: int,
    seed: int,
) -> Tables:
    """Return the elementary effects: the task of a cell."""
    bounds = _bounds(ranges)
    points = morris_points(bounds, trajectories=trajectories, seed=seed)
    values = pl.concat([one["values"] for one in needs]).to_numpy(order="c")
    morris = morris_effects(bounds, OUTCOMES, points, values, seed=seed)
    return {"morris": morris.with_columns(pl.col(pl.Float64).fill_nan(None))}


def sobol_part(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    ranges: Mapping[str, Sequence[float]],
    samples: int,
    number: int,
    seed: int,
    **setting: Any,
) -> Tables:
    """Evaluate a part of the design for Sobol indices: the task of a cell."""
    few = _few(needs[0]["morris"], ranges)
    points = sobol_points(few, samples=samples, seed=seed)
    return {"values": _values(setting, few, np.array_split(points, _PARTS)[number], seed)}


def decompose(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    ranges: Mapping[str, Sequence[float]],
    seed: int,
) -> Tables:
    """Return the Sobol indices, none without evaluations: the task of a cell."""
    schema = {"outcome": pl.String, "parameter": pl.String}
    indices = pl.DataFrame(schema={**schema, **dict.fromkeys(_INDICES, pl.Float64)})
    if len(needs) > 1:
        values = pl.concat([one["values"] for one in needs[1:]]).to_numpy(order="c")
        indices = sobol_shares(_few(needs[0]["morris"], ranges), OUTCOMES, values, seed=seed)
    return {"sobol": indices.with_columns(pl.col(pl.Float64).fill_nan(None))}


def _bounds(ranges: Mapping[str, Sequence[float]]) -> dict[str, tuple[float, float]]:
    return {name: (float(low), float(high)) for name, (low, high) in ranges.items()}


def _few(morris: pl.DataFrame, ranges: Mapping[str, Sequence[float]]) -> dict[str, tuple[float, float]]:
    """Return the parameters with the largest effect on either outcome, each relative to the largest."""
    relative = morris.with_columns(pl.col("mu_star") / pl.col("mu_star").max().over("outcome"))
    order = relative.group_by("parameter", maintain_order=True).agg(pl.col("mu_star").max())
    chosen = order.sort("mu_star", descending=True, maintain_order=True)["parameter"].head(MOST)
    return {name: _bounds(ranges)[name] for name in chosen}


def _values(
    setting: Mapping[str, Any], bounds: Mapping[str, tuple[float, float]], points: FloatArray, seed: int
) -> pl.DataFrame:
    """Return the outcomes at these points, one row each."""
    return pl.DataFrame(evaluated(_outcome(**setting, seed=seed), bounds, points), schema=list(OUTCOMES))


def _outcome(
    population: Mapping[str, float],
    model: Mapping[str, float],
    chase: Mapping[str, float],
    method: Mapping[str, Any],
    half_life: float,
    worlds: int,
    seed: int,
) -> Callable[[Mapping[str, float]], Sequence[float]]:
    seen = ScoredBy(method["name"], method["parameters"], half_life)
    plain = ScoredBy(method["name"], method["parameters"], label="score")
    usual = np.array([0.0, 0.1, 0.0, 0.0])

    def outcome(values: Mapping[str, float]) -> Sequence[float]:
        drawn, behaviour, chasing = _made(population, model, chase, values)
        response = rate_response(
            drawn, behaviour, [plain], rates=[0.5, 1.0, 2.0], steps=chasing.window, share=0.1, worlds=worlds,
            seed=seed,
        )  # fmt: skip
        gaps = []
        for world in range(worlds):
            arms = chase_in_world(
                drawn, behaviour, seen, chasing, optimum=usual, off=True, world=world, seed=seed,
                arms=("chaser",),
            )  # fmt: skip
            gaps.append(float(arms["score"][1] - arms["score"][0]))
        slope = response.elasticity["score"]
        return [
            float(slope[np.isfinite(slope)].mean()) if np.isfinite(slope).any() else 0.0,
            float(np.mean(gaps)),
        ]

    return outcome


def _made(
    population: Mapping[str, float],
    model: Mapping[str, float],
    chase: Mapping[str, float],
    values: Mapping[str, float],
) -> tuple[Population, BehaviourModel, Chase]:
    of_chase = {name: value for name, value in values.items() if name in _OF_CHASE}
    of_model = {name: value for name, value in values.items() if name not in _OF_CHASE}
    return (
        made_from(Population, population, "population"),
        made_from(BehaviourModel, {**model, **of_model}, "model"),
        made_from(Chase, {**chase, **of_chase}, "chase"),
    )
