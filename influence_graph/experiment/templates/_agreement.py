"""How far do methods agree on who is influential? (claim 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Interval

from influence_graph.errors import ConfigError
from influence_graph.evaluation._compare import compare
from influence_graph.evaluation.effects import effects_frame
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import GraphSetting, Plan, Source
from influence_graph.experiment.scoring_cells import score_cell, scores_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_agreement(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the agreement of each method with the first: ranks, and each measure with its interval."""
    from influence_graph.report.figures import agreement as figure

    return {"agreement": figure(tables["agreement"], tables["scores"], tables["movers"])}


def summarise_agreement(tables: Tables) -> pl.DataFrame:
    """Return one row a pair of methods and one column a measure: the value and its interval."""
    table = tables["agreement"]
    text = pl.format(
        "{} [{}, {}]",
        *(pl.col(name).map_elements(lambda x: f"{x:.3f}", pl.String) for name in ("value", "low", "high")),
    )
    shown = table.with_columns(shown=pl.coalesce(text, pl.col("value").round(3).cast(pl.String)))
    wide = shown.pivot("measure", index=["data", "graph", "a", "b"], values="shown", maintain_order=True)
    return wide if (table["graph"] != "").any() else wide.drop("graph")


@template("agreement", version=2, figures=draw_agreement, summary=summarise_agreement)
def agreement(
    plan: Plan,
    *,
    k: Annotated[int, Ge(1)] = 100,
    resamples: Annotated[int, Ge(0)] = 200,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    persistence: Annotated[float, Interval(gt=0, lt=1)] = 0.98,
    movers: Annotated[int, Ge(0)] = 10,
) -> Sequence[Cell]:
    """Score every graph by every method and compare the ranks of all pairs of methods.

    Parameters
    ----------
    plan : Plan
        At least one log and two methods. The figure compares the others with the first method.
    k : int
        Size of the top whose overlap is measured.
    resamples : int
        Bootstrap resamples of the people for the intervals.
    confidence : float in (0, 1)
        Confidence level of the intervals.
    persistence : float in (0, 1)
        Of rank-biased overlap.
    movers : int
        How many of the people whose ranks differ most to list a pair.

    Returns
    -------
    list of Cell
        Tables ``scores`` and ``methods`` from a cell a method; ``agreement``, ``movers`` and ``effects``
        (contrast ``"a with b"``) from a cell a graph.
    """
    if not plan.sources:
        raise ConfigError(
            'agreement needs data, and none is available. Add a table [[data]] with dataset = "synthetic".'
        )
    if len(plan.methods) < 2:
        raise ConfigError(
            "agreement compares methods: add at least two tables [[methods]], each with a name."
        )
    options = {
        "k": k,
        "resamples": resamples,
        "confidence": confidence,
        "persistence": persistence,
        "movers": movers,
    }
    cells: list[Cell] = []
    for source in plan.sources:
        for graph in plan.graphs[source.label]:
            scored = [score_cell(plan, source, graph, method) for method in plan.methods]
            cells += [*scored, _comparison(plan, source, graph, scored, options)]
    return cells


def _comparison(
    plan: Plan, source: Source, graph: GraphSetting, scored: Sequence[Cell], options: Mapping[str, Any]
) -> Cell:
    label = " · ".join(part for part in (source.label, graph.label, "comparison") if part)
    where = {"data": source.label, "graph": graph.label}
    return Cell(compare_people, 5, {**where, "options": options}, label, scored, plan.seed)


def compare_people(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    data: str,
    graph: str,
    options: Mapping[str, Any],
) -> Tables:
    """Compare the scores of one graph: the task of a cell."""
    scores = {tables["methods"]["method"][0]: scores_of(tables) for tables in needs}
    found = compare(scores, rng=rng, **options)
    where = [pl.lit(data).alias("data"), pl.lit(graph).alias("graph")]
    table = found.table.drop("log", "over", "level").with_columns(
        people=pl.lit(found.people, pl.Int64),
        k=pl.lit(options["k"], pl.Int64),
        confidence=pl.lit(options["confidence"], pl.Float64),
    )
    effects = effects_frame(
        {
            "data": data,
            "graph": graph,
            "contrast": f"{row['a']} with {row['b']}",
            "level": options["confidence"],
        }
        | {name: row[name] for name in ("measure", "value", "low", "high", "people")}
        for row in table.iter_rows(named=True)
    )
    return {
        "agreement": table.select(*where, pl.all()),
        "movers": found.movers.select(*where, pl.all()),
        "effects": effects,
    }
