"""What it costs to game a score, and whether it bites back (claim 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Gt, Interval, MinLen

from influence_graph.behaviour.attacks import Prices
from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation.effects import effects_frame
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import Plan, Source
from influence_graph.interactions.log import Interactions, is_event
from influence_graph.interventions.attack_costs import cheapest, least_plans
from influence_graph.interventions.contest import Contest, middle, newcomer, price_cone
from influence_graph.interventions.contest import Plan as AttackPlan
from influence_graph.interventions.detection import after_removal
from influence_graph.methods.declaration import get_method

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Who is lifted, by the share of people above.
PERSONS: Mapping[str, float | None] = {"newcomer": None, "median person": 0.5, "top 10 % person": 0.1}
#: Where a bought reaction costs less than a new account that reacts once.
REGIONS = ("new accounts cheapest", "bought reactions cheapest")
_MEANS = ("accounts", "events", "bought", "taken_over", "days")
ATTACKS = {
    "data": pl.String, "graph": pl.String, "method": pl.String, "person": pl.String, "top": pl.Float64,
    "places": pl.Int64, "people": pl.Int64, "threshold": pl.Float64, "attack": pl.String,
    "accounts": pl.Int64, "events": pl.Int64, "bought": pl.Int64, "taken_over": pl.Int64, "days": pl.Float64,
    "exact": pl.Boolean, "place": pl.Int64, "cost": pl.Float64,
}  # fmt: skip
COSTS = {
    "data": pl.String, "graph": pl.String, "method": pl.String, "person": pl.String, "top": pl.Float64,
    "event": pl.Float64, "bought": pl.Float64, "taken_over": pl.Float64, "day": pl.Float64,
    "region": pl.String, "attack": pl.String, "cost": pl.Float64,
}  # fmt: skip
BITES = {
    "data": pl.String, "graph": pl.String, "method": pl.String, "attack": pl.String, "accounts": pl.Int64,
    "false_positive_rate": pl.Float64, "flagged_honest": pl.Int64, "recall": pl.Float64,
    "place_before": pl.Int64, "place_after": pl.Int64, "places": pl.Int64, "fans_lost": pl.Float64,
    "others_lost": pl.Float64, "new_flagged": pl.Float64, "new_share": pl.Float64,
    "single_flagged": pl.Float64, "single_share": pl.Float64,
}  # fmt: skip
_NOTES = {"data": pl.String, "note": pl.String}


def draw_gaming(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the least costs, and what detection and removal leave."""
    from influence_graph.report.gaming_figures import attack_costs, bites_back

    return {
        "gaming": attack_costs(tables["costs"], tables["attacks"]),
        "detection": bites_back(tables["detection"]),
    }


def summarise_gaming(tables: Tables) -> pl.DataFrame:
    """Return the cheapest attack at the middle prices, by log, method, person and top."""
    keys = ["data", "method", "person", "top"]
    best = tables["attacks"].sort("cost", maintain_order=True).group_by(keys, maintain_order=True).first()
    return best.sort(keys).select(*keys, "attack", *_MEANS, "place", pl.col("cost").round(1))


@template("gaming", version=1, figures=draw_gaming, summary=summarise_gaming)
def gaming(
    plan: Plan,
    *,
    tops: Annotated[list[Annotated[float, Interval(gt=0, lt=1)]], MinLen(1)] = [0.001, 0.01],  # noqa: B006
    persons: Annotated[list[str], MinLen(1)] = [*PERSONS],  # noqa: B006 – only read
    part: Annotated[float, Interval(gt=0, le=1)] = 0.5,
    event: list[Annotated[float, Gt(0)]] = [0.001, 0.01, 0.1],  # noqa: B006 – only read
    bought: list[Annotated[float, Gt(0)]] = [0.3, 3.0, 30.0],  # noqa: B006 – only read
    taken_over: list[Annotated[float, Gt(0)]] = [3.0, 30.0, 300.0],  # noqa: B006 – only read
    day: list[Annotated[float, Gt(0)]] = [0.001, 0.01, 0.1],  # noqa: B006 – only read
    rates: list[Annotated[float, Interval(gt=0, lt=1)]] = [0.001, 0.01],  # noqa: B006 – only read
    baseline: str = "reactors",
) -> Sequence[Cell]:
    """Find the least cost of lifting somebody, put the attacks into the log, and remove what is detected.

    Parameters
    ----------
    plan : Plan
        At least one log, and the baseline among the methods. Methods that draw random numbers are left out.
    tops : list of float
        Shares of the people that are the top.
    persons : list of str
        Who is lifted: ``"newcomer"``, ``"median person"``, ``"top 10 % person"``, by the method itself.
    part : float in (0, 1]
        The log ends when this share of its reactions has happened.
    event, bought, taken_over, day : list of float
        Prices in units of one new account: of a row, of a reaction bought from a real account, of a real
        account, of a day for which a new account is kept.
    rates : list of float
        False positive rates of the detector.
    baseline : str
        Label of the method that the others are compared with.

    Returns
    -------
    list of Cell
        Tables ``attacks`` (what each buys, and the place it reached), ``costs`` (of the cheapest, by
        prices), ``detection``, ``effects`` (cost ratios over the cone, recall) and ``notes``.
    """
    if not plan.sources:
        raise ConfigError(
            'gaming needs data, and none is available. Add [[data]] with dataset = "synthetic".'
        )
    if baseline not in [method.label for method in plan.methods]:
        raise ConfigError(
            f"The option 'baseline' is {baseline!r}, but no method is called so. Add it to [[methods]]."
        )
    unknown = [one for one in persons if one not in PERSONS]
    if unknown:
        raise ConfigError(
            f"Nobody is called {unknown[0]!r}; the option 'persons' takes {', '.join(PERSONS)}."
        )
    prices = [list(one) for one in price_cone(event=event, bought=bought, taken_over=taken_over, day=day)]
    cells = []
    for source in plan.sources:
        for graph in plan.graphs[source.label]:
            named = {"data": source.label, "label": graph.label}
            needs = [
                Cell(
                    attack_method,
                    1,
                    {**named, "source": source, "graph": dict(graph.parameters), "method": one.label,
                     "name": one.name, "version": one.version, "parameters": dict(one.parameters),
                     "tops": tops, "persons": persons, "part": part, "prices": prices, "rates": rates},
                    f"{source.label} · {one.label}",
                    seed=plan.seed,
                )
                for one in plan.methods
            ]  # fmt: skip
            cells.append(
                Cell(
                    compare_costs,
                    1,
                    {**named, "baseline": baseline},
                    f"{source.label} · costs",
                    needs,
                    plan.seed,
                )
            )
    return cells


def first_part(log: Interactions, part: float) -> Interactions:
    """Return the rows of a log up to the moment at which this share of its reactions has happened."""
    if part >= 1.0 or not log.has_timestamps:
        return log
    reactions = log.frame.filter(pl.col("kind").is_in([kind for kind in log.kinds if is_event(kind)]))
    end = reactions.select(pl.col("timestamp").quantile(part, "lower")).collect().item()
    if end is None:
        return log
    return log.where(~(pl.col("timestamp") > end).fill_null(False), reason="after the part that is attacked")


def attack_method(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    data: str,
    label: str,
    source: Source,
    graph: Mapping[str, Any],
    method: str,
    name: str,
    version: int,
    parameters: Mapping[str, Any],
    tops: Sequence[float],
    persons: Sequence[str],
    part: float,
    prices: Sequence[Sequence[float]],
    rates: Sequence[float],
) -> Tables:
    """Attack one method on one log: the task of a cell."""
    where = {"data": data, "graph": label, "method": method}
    entry = get_method(name)
    if entry.samples:
        return _tables([], [], [], [f"{method} draws random numbers: no attack is searched for"], data)
    cone, notes = [Prices(*one) for one in prices], []
    attacks: list[dict[str, Any]] = []
    costs: list[dict[str, Any]] = []
    bites: list[dict[str, Any]] = []
    try:
        contest = Contest(first_part(logs.log(source), part), name, parameters, graph)
        n = contest.before[0].n
        for top in tops:
            places = int(np.ceil(top * n))
            for person in persons:
                standing = PERSONS[person]
                target = newcomer(contest.log) if standing is None else contest.person(standing)
                plans = least_plans(contest, target, places, cone) if places < n else []
                here = {**where, "person": person, "top": top}
                if not plans:
                    notes.append(f"{method}: no attack lifts a {person} into the top {top:.1%}")
                attacks += [
                    _attack_row(plan, here, places, n, contest.threshold(places), middle(cone))
                    for plan in plans
                ]
                costs += [_cost_row(plans, here, one) for one in cone if plans]
                if person == "newcomer" and top == min(tops):
                    bites += _bites(contest, plans, target, places, rates, where, middle(cone))
    except DataError as error:
        notes.append(f"{method}: {error}")
    return _tables(attacks, costs, bites, notes, data)


def compare_costs(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    data: str,
    label: str,
    baseline: str,
) -> Tables:
    """Compare the least costs of one log with those of the baseline: the task of a cell."""
    tables = {
        name: pl.concat([one[name] for one in needs]) for name in ("attacks", "costs", "detection", "notes")
    }
    return {**tables, "effects": effects_frame(cost_effects(tables, baseline))}


def cost_effects(tables: Mapping[str, pl.DataFrame], baseline: str) -> list[dict[str, Any]]:
    """Return the effects: the range of cost ratios over each region of the cone, and the recall.

    A ratio has the median over prices as its value and the least and largest as its interval: what holds on
    all of it holds over the cone.
    """
    keys = ["data", "graph", "person", "top", "event", "bought", "taken_over", "day", "region"]
    costs = tables["costs"]
    base = costs.filter(pl.col("method") == baseline).select(*keys, pl.col("cost").alias("base"))
    both = costs.filter(pl.col("method") != baseline).join(base, on=keys, maintain_order="left")
    rows = []
    groups = both.with_columns(ratio=pl.col("cost") / pl.col("base")).group_by(
        "data", "graph", "method", "person", "top", "region", maintain_order=True
    )
    for (data, graph, method, person, top, region), part in groups:
        rows.append({
            "data": data, "graph": graph, "contrast": f"{method} / {baseline}", "measure": "cost ratio",
            "among": f"{person} into the top {top:.1%}, {region}", "value": part["ratio"].median(),
            "low": part["ratio"].min(), "high": part["ratio"].max(), "level": 1.0,
            "people": tables["attacks"]["people"].max(),
        })  # fmt: skip
    for row in tables["detection"].drop_nulls("recall").iter_rows(named=True):
        rate, found, many = row["false_positive_rate"], row["recall"], row["accounts"]
        low, high = _wilson(found, many)
        rows.append({
            "data": row["data"], "graph": row["graph"], "contrast": f"{row['attack']} on {row['method']}",
            "measure": "recall", "among": f"false positives {rate:.1%}", "value": found, "low": low,
            "high": high, "level": 0.95, "people": many,
        })  # fmt: skip
    return rows


def _wilson(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the Wilson interval of a share."""
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return float(max(0.0, centre - reach)), float(min(1.0, centre + reach))


def _attack_row(
    plan: AttackPlan, where: Mapping[str, Any], places: int, people: int, threshold: float, price: Prices
) -> dict[str, Any]:
    means = {name: getattr(plan.effort, name) for name in _MEANS}
    found = {"exact": plan.exact, "place": plan.place, "cost": plan.effort.cost(price)}
    goal = {"places": places, "people": people, "threshold": threshold, "attack": plan.attack}
    return {**where, **goal, **means, **found}


def _cost_row(plans: Sequence[AttackPlan], where: Mapping[str, Any], price: Prices) -> dict[str, Any]:
    best = cheapest(plans, price)
    assert best is not None
    region = REGIONS[int(price.bought <= price.account + price.event)]
    prices = {name: getattr(price, name) for name in ("event", "bought", "taken_over", "day")}
    return {**where, **prices, "region": region, "attack": best.attack, "cost": best.effort.cost(price)}


def _bites(
    contest: Contest, plans: Sequence[AttackPlan], target: Any, places: int, rates: Sequence[float],
    where: Mapping[str, Any], price: Prices,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return what a detector does to the cheapest attack, and to the cheapest that makes accounts."""
    tried = sorted((one for one in plans if one.made is not None), key=lambda one: one.effort.cost(price))
    farmed = [one for one in tried if one.made is not None and one.made.accounts]
    chosen = {one.attack: one for one in [*tried[:1], *farmed[:2]]}
    rows = []
    for plan in chosen.values():
        assert plan.made is not None
        named = {**where, "attack": plan.attack, "accounts": len(plan.made.accounts), "places": places}
        rows += [{**named, **row} for row in after_removal(contest, plan.made, target, rates=rates)]
    return rows


def _tables(
    attacks: Sequence[Mapping[str, Any]],
    costs: Sequence[Mapping[str, Any]],
    bites: Sequence[Mapping[str, Any]],
    notes: Sequence[str],
    data: str,
) -> Tables:
    return {
        "attacks": pl.DataFrame(list(attacks), schema=ATTACKS),
        "costs": pl.DataFrame(list(costs), schema=COSTS),
        "detection": pl.DataFrame(list(bites), schema=BITES),
        "notes": pl.DataFrame({"data": [data] * len(notes), "note": list(notes)}, schema=_NOTES),
    }
