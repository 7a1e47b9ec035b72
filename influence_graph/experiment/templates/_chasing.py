"""Does chasing a score lower it, and is staying true the best way up? In the model (claims 8 and 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Gt, Interval, MinLen

from influence_graph.arrays import FloatArray
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation._response_to_answers import response_to_answers
from influence_graph.evaluation._rule_change import RULE_CHANGE, rule_change_effect
from influence_graph.evaluation.effects import effects_frame
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import MethodSetting, Plan, Source
from influence_graph.interventions.score_chasing import (
    Chase,
    best_position,
    chase_in_world,
    spillovers,
)
from influence_graph.interventions.worlds import Population, ScoredBy, effect, made_from

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The split of chaser − steady, exact in every world.
CONTRASTS = (
    ("chaser", "steady"),
    ("chaser", "yoked"),
    ("yoked", "steady"),
    ("bandit", "steady"),
    ("noise", "steady"),
    ("random walk", "steady"),
    ("gamer", "steady"),
    ("devoted", "steady"),
)
OUTCOMES = ("score", "reactions", "validity", "score_others", "reactions_others")
#: Who may be the best rival of those who stay steady; what gaming pays is a contrast of its own.
RIVALS = ("chaser", "bandit", "random walk")
_TIMES = (0.0, 1.0, 2.0)
#: Of a position: see ``influence_graph.behaviour.strategy``.
_COORDINATES = ("rate", "answers", "bait", "pod")


def draw_chasing(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the contrasts of arms, the map over effort and answers, and the effects by share of chasers."""
    from influence_graph.report.chasing_figures import chasing_contrasts, chasing_map, chasing_shares

    return {
        "chasing": chasing_contrasts(tables["effects"]),
        "map": chasing_map(tables["effects"]),
        "shares": chasing_shares(tables["effects"]),
    }


def summarise_chasing(tables: Tables) -> pl.DataFrame:
    """Return, by contrast of scores, the share of cells where it is surely above or below 0, or neither."""
    score = tables["effects"].filter(pl.col("measure") == "score")
    low, high = (pl.col(name).fill_null(float("nan")) for name in ("low", "high"))
    return score.group_by("contrast", maintain_order=True).agg(
        pl.len().alias("cells"),
        (high < 0).mean().alias("lower"),
        (low > 0).mean().alias("higher"),
        (~((high < 0) | (low > 0))).mean().alias("can't tell"),
    )


@template("chasing", version=1, figures=draw_chasing, summary=summarise_chasing)
def chasing(
    plan: Plan,
    *,
    population: Mapping[str, float],
    model: Mapping[str, float],
    chase: Mapping[str, float],
    effort: Annotated[list[Annotated[float, Ge(0)]], MinLen(1)],
    strengths: Annotated[list[Annotated[float, Ge(0)]], MinLen(1)],
    shares: Annotated[list[Annotated[float, Interval(gt=0, lt=1)]], MinLen(1)],
    rule_changes: Sequence[date] = (),
    answered: Annotated[float, Ge(-0.5)] = 0.13,
    half_life: Annotated[float, Gt(0)] = 15.0,
    draws: Annotated[int, Ge(1)] = 12,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
) -> Sequence[Cell]:
    """Simulate arms that chase a score and arms that do not, in the same worlds, at equal effort.

    Parameters
    ----------
    plan : Plan
        Methods that people see a score by; the map over the swept range is of the first. Logs in which the
        response to being answered is measured: the first that has it replaces ``answered``.
    population, model, chase : mapping
        Fields of ``Population``, ``BehaviourModel`` and ``Chase`` that are not swept.
    effort : list of float
        Swept exponent of effort; the middle one is the base.
    strengths : list of float
        Swept κ; the first is the base.
    shares : list of float
        Shares of chasers, for direct effects and spillovers.
    rule_changes : list of dates
        When a site changed what gives reputation: a natural experiment, estimated in logs that span one.
    answered : float
        Effect of being answered where no log says; 0 and twice the effect are swept beside it.
    half_life : float
        Of the score seen, in steps.
    draws : int
        Replicate worlds, at least 2 are used.
    confidence : float in (0, 1)
        Level of the intervals over worlds.

    Returns
    -------
    list of Cell
        Tables ``answers``, ``rule_changes``, ``effects`` and ``notes`` from the cells of a log; ``arms``,
        ``effects`` and ``notes`` from a cell a combination and start; ``shares`` and ``effects`` from a cell
        a method; ``optimum`` from the cell that they need.
    """
    if not plan.methods:
        raise ConfigError(
            'chasing needs methods to score by. Add a table [[methods]] with name = "reactors".'
        )
    made_from(Population, population, "population")
    made_from(BehaviourModel, model, "model")
    made_from(Chase, chase, "chase")
    measured = [
        Cell(measure_answers, 1, {"source": source}, f"{source.label} · answers", (), plan.seed)
        for source in plan.sources
    ]
    common = {
        "population": dict(population),
        "model": dict(model),
        "chase": dict(chase),
        "half_life": half_life,
        "assumed": answered,
        "worlds": max(2, draws),
        "confidence": confidence,
        "seed": plan.seed,
    }
    base = {"effort": sorted(effort)[len(effort) // 2], "times": 1.0, "strength": strengths[0]}
    settings = [
        *({**base, "effort": value, "times": times} for value, times in product(effort, _TIMES)),
        *({**base, "strength": value} for value in strengths[1:]),
    ]
    natural = [
        Cell(
            measure_rule_changes,
            1,
            {"source": source, "dates": [one.isoformat() for one in rule_changes], "confidence": confidence},
            f"{source.label} · rule changes",
            (),
            plan.seed,
        )
        for source in plan.sources
        if rule_changes
    ]
    cells = [*measured, *natural]
    for number, method in enumerate(plan.methods):
        for swept in settings if number == 0 else [base]:
            given = {**common, "method": _method(method), "swept": swept, "base": base}
            cells += _cells_of(given, shares if swept == base else [], measured, plan.seed)
    return cells


def _cells_of(
    given: Mapping[str, Any], shares: Sequence[float], measured: Sequence[Cell], seed: int
) -> list[Cell]:
    """Return the cells of one method and setting: both starts, and shares of chasers where there are some."""
    label = f"chasing · {given['method']['label']} · {_graph(given['swept'], given['base'])}"
    # Nobody chases in the search, so settings that differ in κ alone share it.
    steady = {**given["swept"], "strength": given["base"]["strength"]}
    search = {name: value for name, value in given.items() if name not in ("worlds", "confidence")}
    search["swept"] = steady
    needs = [*measured, Cell(find_optimum, 1, search, f"{label} · optimum", measured, seed)]
    cells = [
        Cell(run_arms, 1, {**given, "off": off}, f"{label} · {_start(off)}", needs, seed)
        for off in (True, False)
    ]
    if shares:
        cells.append(Cell(run_shares, 1, {**given, "shares": shares}, f"{label} · shares", needs, seed))
    return cells


def measure_answers(
    *, rng: np.random.Generator, needs: Sequence[Tables], logs: LogCache, source: Source
) -> Tables:
    """Measure in a log how much being answered raises reactions: the task of a cell."""
    rows, notes = [], []
    try:
        found = response_to_answers(logs.log(source))
        if found.strata:
            rows.append({"data": source.label, **vars(found)})
        else:
            notes.append("no thread has readers whom its author answered beside others")
    except DataError as error:
        notes.append(str(error))
    numbers = {"ratio": pl.Float64, "low": pl.Float64, "high": pl.Float64, "before": pl.Float64}
    counts = {"readers": pl.Int64, "answered": pl.Int64, "strata": pl.Int64}
    table = pl.DataFrame(rows, schema={"data": pl.String, **numbers, **counts})
    return {
        "answers": table.with_columns(pl.col(pl.Float64).fill_nan(None)),
        "notes": _notes(source.label, notes),
    }


def measure_rule_changes(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    dates: Sequence[str],
    confidence: float,
) -> Tables:
    """Estimate what changes of the rules of reputation did in a log: the task of a cell."""
    parts, notes, effects = [], [], []
    for when in dates:
        try:
            table = rule_change_effect(logs.log(source), datetime.fromisoformat(when), confidence=confidence)
        except DataError as error:
            notes.append(str(error))
            continue
        parts.append(table.select(pl.lit(source.label).alias("data"), pl.lit(when).alias("when"), pl.all()))
        effects += [
            {
                "data": source.label,
                "contrast": "questions - answers, after - before",
                "measure": "log ratio",
                "among": f"{when}, {row['estimate']}",
                **{name: row[name] for name in ("value", "low", "high", "people")},
                "level": confidence,
            }
            for row in table.iter_rows(named=True)
        ]
    schema: dict[str, type[pl.DataType]] = {"data": pl.String, "when": pl.String, **RULE_CHANGE}
    found = pl.concat(parts) if parts else pl.DataFrame(schema=schema)
    return {"rule_changes": found, "effects": effects_frame(effects), "notes": _notes(source.label, notes)}


def find_optimum(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    method: Mapping[str, Any],
    swept: Mapping[str, float],
    base: Mapping[str, float],
    seed: int,
    **setting: Any,
) -> Tables:
    """Search for the best position to hold: the task of a cell that the arms need."""
    population, model, scored, chase, _ = _made(setting, needs, method, swept)
    best = best_position(population, model, scored, chase, seed=seed)
    return {"optimum": pl.DataFrame({"coordinate": list(_COORDINATES), "value": best})}


def run_arms(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    method: Mapping[str, Any],
    swept: Mapping[str, float],
    base: Mapping[str, float],
    off: bool,
    worlds: int,
    confidence: float,
    seed: int,
    **setting: Any,
) -> Tables:
    """Run every arm in replicate worlds: the task of a cell."""
    population, model, scored, chase, notes = _made(setting, needs, method, swept)
    optimum = needs[-1]["optimum"]["value"].to_numpy()
    arms = pl.concat(
        chase_in_world(population, model, scored, chase, optimum=optimum, off=off, world=world, seed=seed)
        for world in range(worlds)
    )
    where = {"graph": _graph(swept, base), "among": f"{method['label']}, {_start(off)}"}
    effects = [
        effect(differences(arms, one, other, outcome), confidence, **where,
               contrast=f"{one} - {other}", measure=outcome)
        for one, other in CONTRASTS
        for outcome in OUTCOMES
    ]  # fmt: skip
    effects.append(
        effect(
            against_best_rival(arms, "steady"), confidence, **where, contrast="steady - best honest rival",
            measure="score",
        )
    )  # fmt: skip
    effects.append(
        effect(
            against_best_rival(arms, "devoted"), confidence, **where, contrast="devoted - best honest rival",
            measure="score",
        )
    )  # fmt: skip
    columns = {name: float(value) for name, value in zip(_COORDINATES[:3], optimum[:3], strict=True)}
    return {
        "arms": arms.select(
            *(pl.lit(value).alias(name) for name, value in where.items()),
            *(pl.lit(value).alias(f"optimum_{name}") for name, value in columns.items()),
            pl.all(),
        ).with_columns(pl.col(pl.Float64).fill_nan(None)),
        "effects": effects_frame(effects),
        "notes": _notes("model", notes),
    }


def run_shares(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    method: Mapping[str, Any],
    swept: Mapping[str, float],
    base: Mapping[str, float],
    shares: Sequence[float],
    worlds: int,
    confidence: float,
    seed: int,
    **setting: Any,
) -> Tables:
    """Run several shares of chasers in replicate worlds: the task of a cell."""
    population, model, scored, chase, _ = _made(setting, needs, method, swept)
    optimum = needs[-1]["optimum"]["value"].to_numpy()
    table = pl.concat(
        spillovers(
            population, model, scored, chase, optimum=optimum, off=True, shares=shares, world=world, seed=seed
        )
        for world in range(worlds)
    )
    effects = []
    for (share, outcome), part in table.group_by("share", "outcome", maintain_order=True):
        for name in ("direct", "spillover", "total"):
            effects.append(
                effect(
                    part[name].to_numpy(), confidence, graph=f"share {share:g}", contrast=f"chasing, {name}",
                    measure=str(outcome), among=method["label"],
                )
            )  # fmt: skip
    shown = pl.lit(method["label"]).alias("method")
    shares_found = table.select(shown, pl.all()).with_columns(pl.col(pl.Float64).fill_nan(None))
    return {"shares": shares_found, "effects": effects_frame(effects)}


def differences(arms: pl.DataFrame, one: str, other: str, outcome: str) -> FloatArray:
    """Return the difference of two arms in an outcome, one number a world.

    Examples
    --------
    >>> arms = pl.DataFrame({"arm": ["a", "b"], "world": [0, 0], "score": [3.0, 1.0]})
    >>> differences(arms, "a", "b", "score")
    array([2.])
    """
    pair = [arms.filter(pl.col("arm") == name).sort("world")[outcome].to_numpy() for name in (one, other)]
    return np.asarray(pair[0] - pair[1], dtype=np.float64)


def against_best_rival(arms: pl.DataFrame, arm: str) -> FloatArray:
    """Return the score of an arm less that of its best honest rival, one number a world.

    The rival is the best on average in the *other* half of the worlds, so that picking the best of several
    does not flatter it by chance.

    Examples
    --------
    >>> scores = {"steady": 2.0, "chaser": 1.0, "bandit": 5.0, "random walk": 0.0}
    >>> rows = [{"arm": a, "world": w, "score": s} for a, s in scores.items() for w in (0, 1)]
    >>> against_best_rival(pl.DataFrame(rows), "steady")
    array([-3., -3.])
    """
    gaps = np.stack([differences(arms, arm, rival, "score") for rival in RIVALS])
    halves = np.arange(gaps.shape[1]) % 2
    best = [int(np.argmin(gaps[:, halves != half].mean(axis=1))) for half in (0, 1)]
    return np.asarray([gaps[best[half], world] for world, half in enumerate(halves)], dtype=np.float64)


def _made(
    setting: Mapping[str, Any],
    needs: Sequence[Tables],
    method: Mapping[str, Any],
    swept: Mapping[str, float],
) -> tuple[Population, BehaviourModel, ScoredBy, Chase, list[str]]:
    measured, notes = _measured(needs, setting["assumed"])
    answered = max(measured * swept["times"], -0.9)
    model = {**setting["model"], "effort": swept["effort"], "answered": answered}
    chase = {**setting["chase"], "strength": swept["strength"]}
    return (
        made_from(Population, setting["population"], "population"),
        made_from(BehaviourModel, model, "model"),
        ScoredBy(method["name"], method["parameters"], setting["half_life"], method["label"]),
        made_from(Chase, chase, "chase"),
        notes,
    )


def _measured(needs: Sequence[Tables], assumed: float) -> tuple[float, list[str]]:
    """Return the effect of being answered that the first log shows which has one."""
    for tables in needs:
        for row in tables.get("answers", pl.DataFrame()).iter_rows(named=True):
            if row["ratio"] is not None:
                return row["ratio"] - 1.0, [
                    f"the effect of being answered, {row['ratio'] - 1.0:.3f}, is that of {row['data']}"
                ]
    return assumed, [f"no log shows the response to being answered; it is assumed to be {assumed:g}"]


def _method(method: MethodSetting) -> dict[str, Any]:
    return {
        "label": method.label,
        "name": method.name,
        "version": method.version,
        "parameters": method.parameters,
    }


def _graph(swept: Mapping[str, float], base: Mapping[str, float]) -> str:
    """Return the label of a setting; that of the one with nothing changed begins with ``base``."""
    label = f"effort {swept['effort']:g}, answers {swept['times']:g}×, strength {swept['strength']:g}"
    return f"base: {label}" if dict(swept) == dict(base) else label


def _start(off: bool) -> str:
    return "off the optimum" if off else "at the optimum"


def _notes(data: str, notes: Sequence[str]) -> pl.DataFrame:
    given = {"data": [data] * len(notes), "note": list(notes)}
    return pl.DataFrame(given, schema={"data": pl.String, "note": pl.String})
