"""Does what an explanation tells hold when it is recomputed? (claim 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Interval

from influence_graph.errors import ConfigError, InfluenceGraphError
from influence_graph.evaluation.effects import effects_frame
from influence_graph.evaluation.hiding import mean_interval
from influence_graph.evaluation.told import TOLD, told_against_recomputed
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import Plan, Source
from influence_graph.methods.declaration import get_method

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NOTES = {"data": pl.String, "note": pl.String}


def draw_explanation(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw told against recomputed."""
    from influence_graph.report.explanation_figures import told_recomputed

    table = tables["explanation"].filter(pl.col("worth"))
    return {} if table.is_empty() else {"explanation": told_recomputed(table)}


def summarise_explanation(tables: Tables) -> pl.DataFrame:
    """Return the mean error of each telling over the parts that are worth a point, one row a method."""
    error = pl.col("told") - pl.col("recomputed")
    keys = ["data", "method", "question", "by", "telling"]
    return (
        tables["explanation"]
        .filter(pl.col("worth"))
        .group_by(keys, maintain_order=True)
        .agg(
            lost=pl.col("recomputed").abs().mean(),
            error=error.abs().mean(),
            worst=error.abs().max(),
            within_1=(error.abs() <= 1.0).mean(),
        )
    )


@template("explanation", version=1, figures=draw_explanation, summary=summarise_explanation)
def explanation(
    plan: Plan,
    *,
    people: Annotated[int, Ge(2)] = 60,
    parts: Annotated[int, Ge(2)] = 6,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
) -> Sequence[Cell]:
    """Hold what explanations tell against what recomputing gives, where that is not true by definition.

    Parameters
    ----------
    plan : Plan
        At least one log, and a method that reads edges.
    people : int
        Who is explained: half of them the highest, half drawn from others with a value.
    parts : int
        Kinds or networks that are told apart; the smaller ones are one part. 2^parts scores a method.
    confidence : float in (0, 1)
        Confidence level of the intervals, over people.

    Returns
    -------
    list of Cell
        Tables ``explanation`` (one row a person, part and telling), ``effects`` and ``notes``, from a cell a
        log, graph and method.
    """
    methods = [one for one in plan.methods if get_method(one.name).reads_edges]
    if not plan.sources or not methods:
        lacks = "data" if not plan.sources else "methods"
        raise ConfigError(
            f"explanation needs {lacks}: add a table [[{lacks}]]"
            + ("." if lacks == "data" else ' with a method that reads edges, such as name = "pagerank".')
        )
    options = {"people": people, "parts": parts, "confidence": confidence}
    return [
        Cell(
            tell,
            3,
            {
                "source": source,
                "graph": {"label": graph.label, "parameters": graph.parameters},
                "method": {
                    "label": one.label,
                    "name": one.name,
                    "version": one.version,
                    "parameters": one.parameters,
                },
                "options": options,
            },
            " · ".join(part for part in (source.label, graph.label, f"explaining {one.label}") if part),
            seed=plan.seed,
            drawn=2,
        )
        for source in plan.sources
        for graph in plan.graphs[source.label]
        for one in methods
    ]


def tell(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    graph: Mapping[str, Any],
    method: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Tables:
    """Explain the scores of one method and recompute: the task of a cell."""
    log, built = logs.log(source), logs.graph(source, graph["parameters"])
    found, notes = pl.DataFrame(schema=dict(TOLD)), list[str]()
    try:
        found, notes = told_against_recomputed(
            log, built, method["name"], method["parameters"], count=options["people"], most=options["parts"],
            rng=rng,
        )  # fmt: skip
        for by in ("kind", "network"):
            if found.filter(question="one part", by=by).is_empty():
                notes.append(f"there is one {by} only, so nothing is left without it")
            elif found.filter(question="two parts", by=by).is_empty():
                notes.append(f"there are two {by}s only, so nothing is left without both")
    except InfluenceGraphError as error:
        notes.append(f"{method['label']} left out: {error}")
    where = {"data": source.label, "graph": graph["label"]}
    named = [pl.lit(value).alias(name) for name, value in (where | {"method": method["label"]}).items()]
    noted = {"data": [source.label] * len(notes), "note": notes}
    return {
        "explanation": found.select(*named, pl.all()),
        "effects": effects_frame(
            where | one for one in _effects(found, method["label"], options["confidence"])
        ),
        "notes": pl.DataFrame(noted, schema=_NOTES),
    }


def _effects(found: pl.DataFrame, method: str, level: float) -> list[dict[str, Any]]:
    """Return the mean error in points of each telling, over people and their parts worth a point."""
    rows = []
    found = found.filter(pl.col("worth"))
    keys = ["question", "by", "telling"]
    error = (pl.col("told") - pl.col("recomputed")).abs().mean().alias("error")
    for key in found.select(keys).unique(maintain_order=True).iter_rows(named=True):
        part = found.filter(*(pl.col(name) == value for name, value in key.items()))
        errors = part.group_by("id", maintain_order=True).agg(error)["error"].to_numpy()
        value, low, high = mean_interval(errors, level)
        rows.append(
            {
                "contrast": f"{method}, {key['telling']} - recomputed",
                "measure": "error in points",
                "among": f"{key['question']} by {key['by']}",
                "value": value, "low": low, "high": high, "level": level, "people": len(errors),
            }
        )  # fmt: skip
    return rows
