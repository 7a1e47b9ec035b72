"""The cell that most experiments start with: everybody scored by one method on one graph."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from influence_graph.errors import DataError
from influence_graph.experiment._template import Cell, Tables, plain
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import GraphSetting, MethodSetting, Plan, Source
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods.declaration import get_method
from influence_graph.methods.natural_unit import NaturalUnit
from influence_graph.scoring._scale import Reference
from influence_graph.scoring._score import score
from influence_graph.scoring.scores import Scores


def score_cell(plan: Plan, source: Source, graph: GraphSetting, method: MethodSetting) -> Cell:
    """Return the cell that scores everybody in one graph by one method.

    Its tables: ``scores`` (``data``, ``graph``, ``method``, ``id``, ``raw``, ``score``, ``percentile``,
    ``rank``, ``offset``, ``resolution``) and ``methods`` (one row: the method, its parameters, natural
    unit and diagnostics, sizes of log and graph).
    """
    return Cell(
        score_people,
        2,
        {
            "source": source,
            "graph": {"label": graph.label, "parameters": graph.parameters},
            "method": {
                "label": method.label,
                "name": method.name,
                "version": method.version,
                "parameters": method.parameters,
                "scale": method.scale,
            },
        },
        " · ".join(part for part in (source.label, graph.label, method.label) if part),
        seed=plan.seed,
    )


def score_people(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    graph: Mapping[str, Any],
    method: Mapping[str, Any],
) -> Tables:
    """Score everybody: the task of :func:`score_cell`."""
    log = logs.log(source)
    built = logs.graph(source, graph["parameters"])
    scores = score(built, method["name"], scale=method["scale"], rng=rng, **method["parameters"])
    where = [
        pl.lit(source.label).alias("data"),
        pl.lit(graph["label"]).alias("graph"),
        pl.lit(method["label"]).alias("method"),
    ]
    left_out = dict(log.report.left_out.group_by("reason").agg(pl.col("rows").sum()).sort("reason").rows())
    ran = pl.DataFrame(
        {
            "name": [method["name"]],
            "version": [method["version"]],
            "parameters": [_json(scores.parameters)],
            "unit": [scores.unit.name],
            "factor": [scores.unit.factor],
            "not_comparable": [scores.unit.reason],
            "scale": [method["scale"]],
            "diagnostics": [_json(scores.diagnostics)],
            "rows": [log.report.kept],
            "people": [built.n],
            "edges": [built.n_edges],
            "left_out": [_json({**left_out, **built.report})],
        }
    )
    offset = np.broadcast_to(np.asarray(scores.unit.offset, dtype=np.float64), built.n)
    resolution = np.broadcast_to(np.asarray(scores.resolution, dtype=np.float64), built.n)
    people = scores.frame.with_columns(pl.col("id").cast(pl.String), offset=offset, resolution=resolution)
    return {"scores": people.select(*where, pl.all()), "methods": ran.select(*where, pl.all())}


def plain_methods(plan: Plan) -> list[dict[str, Any]]:
    """Return the methods of a plan as parameters of a cell that scores several graphs."""
    kept = ("label", "name", "version", "parameters", "scale")
    return [{name: getattr(method, name) for name in kept} for method in plan.methods]


def score_all(
    graph: InfluenceGraph, methods: Sequence[Mapping[str, Any]], rng: np.random.Generator
) -> tuple[dict[str, Scores], list[str]]:
    """Return the scores of one graph by label, and why a method could not be run on it."""
    scores: dict[str, Scores] = {}
    notes = []
    for method, stream in zip(methods, rng.spawn(len(methods)), strict=True):
        try:
            scores[method["label"]] = score(
                graph, method["name"], scale=method["scale"], rng=stream, **method["parameters"]
            )
        except DataError as error:
            notes.append(f"{method['label']} was left out: {error}")
    return scores, notes


def scores_of(tables: Tables, graph: InfluenceGraph | None = None) -> Scores:
    """Return the scores in the tables of a cell of :func:`score_cell`, as those of its graph if given.

    Ids are text in tables; with the graph they are as in the graph, and the scores carry its fingerprint.
    """
    frame, ran = tables["scores"], tables["methods"].row(0, named=True)
    raw = frame["raw"].to_numpy()
    parameters = json.loads(ran["parameters"])
    if graph is not None:
        parameters = get_method(ran["name"]).resolve(parameters)
    unit = NaturalUnit(ran["unit"], ran["factor"], frame["offset"].to_numpy(), ran["not_comparable"])
    people = None if unit.comparable else frame["id"]
    return Scores(
        frame["id"] if graph is None else graph.ids,
        raw,
        frame["score"].to_numpy(),
        ran["name"],
        parameters,
        ran["scale"],
        json.loads(ran["diagnostics"]),
        Reference(np.sort(unit.of(raw)), ran["name"], parameters, version=ran["version"], people=people),
        "" if graph is None else graph.fingerprint,
        unit=unit,
        resolution=frame["resolution"].to_numpy(),
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, default=plain, ensure_ascii=False)
