"""What do graph methods add to a model that knows all counts? (claims 2 and 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Gt, Interval

from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation._jackknife import folds_of
from influence_graph.evaluation.increment import increment_effects, increments, observe
from influence_graph.evaluation.log_arrays import LogArrays
from influence_graph.evaluation.origins import rolling_origins
from influence_graph.evaluation.prediction import Design
from influence_graph.evaluation.rewiring import rewired
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import Plan, Source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Methods that are counts, or controls: the model knows them already.
KNOWN = ("engagement", "reactors", "last_reaction", "activity", "random", "posts", "received", "recency")
_LEAST_MOVED = 0.5


def draw_increment(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the increments by log against those of the null."""
    from influence_graph.report.increment_figures import increments_by_log

    return {"increment": increments_by_log(tables["effects"])}


def summarise_increment(tables: Tables) -> pl.DataFrame:
    """Return the table of effects, short."""
    return tables["effects"].select("data", "contrast", "value", "low", "high", "people")


@template("increment", version=1, figures=draw_increment, summary=summarise_increment)
def increment(
    plan: Plan,
    *,
    horizon: float | str = 0.125,
    origins: int | list[str] = 3,
    half_life: Annotated[float, Gt(0)] = 1.0,
    folds: Annotated[int, Ge(2)] = 40,
    parts: Annotated[int, Ge(2)] = 5,
    draws: Annotated[int, Ge(0)] = 20,
    block: Annotated[float, Gt(0)] = 0.25,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    large: Annotated[int, Ge(1)] = 200_000,
    origins_if_large: Annotated[int, Ge(1)] = 1,
) -> Sequence[Cell]:
    """Fit future reactors by counts, and by counts and each graph method, for people left out.

    Parameters
    ----------
    plan : Plan
        At least one log with timestamps, and one method that is no count.
    horizon, origins, large, origins_if_large
        As for the template ``prediction``.
    half_life : float
        Of the decayed counts and of the graph methods, in horizons.
    folds : int
        Folds of people of the jackknife.
    parts : int
        In how many parts people are left out of a model.
    draws : int
        Rewired logs of the null.
    block : float
        Length of the blocks within which pairs are rewired, in horizons.
    confidence : float in (0, 1)
        Confidence level of the intervals.

    Returns
    -------
    list of Cell
        Tables ``effects``, ``increment`` (deviance by fold and draw), ``moved`` (the share of events that the
        rewiring moved) and ``notes``.
    """
    if not plan.sources:
        raise ConfigError(
            'increment needs data, and none is available. Add [[data]] with dataset = "synthetic".'
        )
    methods = {
        one.label: [one.name, one.version, dict(one.parameters)]
        for one in plan.methods
        if one.name not in KNOWN
    }
    if not methods:
        raise ConfigError(
            "increment needs a method that is no count, such as pagerank. Add it to [[methods]]."
        )
    shared = {"horizon": horizon, "origins": origins, "half_life": half_life, "folds": folds,
              "parts": parts, "block": block, "large": large, "origins_if_large": origins_if_large,
              "seed": plan.seed}  # fmt: skip
    cells = []
    for source in plan.sources:
        for graph in plan.graphs[source.label]:
            given = {"source": source, "graph": dict(graph.parameters), "methods": methods, "options": shared}
            needs = [
                Cell(
                    measure_increment,
                    1,
                    {**given, "draw": draw},
                    f"{source.label} · {'as it is' if draw < 0 else f'rewired {draw + 1}'}",
                    seed=plan.seed,
                )
                for draw in range(-1, draws)
            ]
            where = {"data": source.label, "graph": graph.label, "confidence": confidence}
            cells.append(Cell(combine_draws, 1, where, f"{source.label} · increments", needs, plan.seed))
    return cells


def measure_increment(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    graph: Mapping[str, Any],
    methods: Mapping[str, Any],
    options: Mapping[str, Any],
    draw: int,
) -> Tables:
    """Measure the increments of one log, as it is or rewired: the task of a cell."""
    arrays = LogArrays.of(logs.log(source))
    many, wanted = len(arrays.time) > options["large"], options["origins"]
    if many and isinstance(wanted, int):
        wanted = min(wanted, options["origins_if_large"])
    origins = rolling_origins(arrays.time, horizon=options["horizon"], origins=wanted)
    named = {label: (name, parameters) for label, (name, _, parameters) in methods.items()}
    rest = {key: value for key, value in graph.items() if key not in ("half_life", "as_of")} | {
        "layers": False
    }
    seen, moved, failed = [], [], ""
    for moment in origins.moments:
        half_life = round(options["half_life"] * origins.horizon)
        design = Design(moment, origins.horizon, half_life, named, rest, seed=options["seed"])
        past = arrays
        if draw >= 0:
            length = max(1, round(options["block"] * origins.horizon))
            dealt = rewired(arrays, until=moment, block=length, rng=rng)
            past = LogArrays.of(dealt.log)
            moved.append(dealt.moved)
        try:
            seen.append(_aligned(past, arrays, design))
        except DataError as error:
            failed = failed or str(error)
    if not seen:
        raise DataError(failed)
    count = min(options["folds"], arrays.n)
    folds = folds_of(arrays.people, count, np.random.default_rng([options["seed"], count]))
    found = increments(seen, folds, parts=options["parts"])
    share = float(np.mean(moved)) if moved else None
    return {
        "increment": found.select(pl.lit(draw, pl.Int64).alias("draw"), pl.all()),
        "moved": pl.DataFrame(
            {"draw": [draw], "moved": [share]}, schema={"draw": pl.Int64, "moved": pl.Float64}
        ),
    }


def _aligned(past: LogArrays, whole: LogArrays, design: Design) -> Any:
    """Return the observations with positions of the whole log: a rewired past names fewer people."""
    if past is whole:
        return observe(past, whole, design)
    return observe(past.renumbered(whole.people), whole, design)


def combine_draws(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    data: str,
    graph: str,
    confidence: float,
) -> Tables:
    """Hold the increments of a log against those of its rewired copies: the task of a cell."""
    drawn = pl.concat([one["increment"] for one in needs])
    moved = pl.concat([one["moved"] for one in needs])
    share = moved["moved"].mean()
    notes = []
    if isinstance(share, float) and share < _LEAST_MOVED:
        notes.append(f"no null: rewiring moves {share:.0%} of the events, fewer than half")
        drawn = drawn.filter(pl.col("draw") == -1)
    label = [pl.lit(data).alias("data"), pl.lit(graph).alias("graph")]
    return {
        "effects": increment_effects(drawn, data=data, graph=graph, confidence=confidence),
        "increment": drawn.select(*label, pl.all()),
        "moved": moved.select(*label, pl.all()),
        "notes": pl.DataFrame(
            {"data": [data] * len(notes), "note": notes}, schema={"data": pl.String, "note": pl.String}
        ),
    }
