"""The cell that most experiments start with: everybody scored by one method on one graph."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from influence_graph.experiment._template import Cell, Tables, plain
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import GraphSetting, MethodSetting, Plan, Source
from influence_graph.methods.declaration import get_method
from influence_graph.scoring._scale import Reference
from influence_graph.scoring._score import score
from influence_graph.scoring.scores import Scores


def score_cell(plan: Plan, source: Source, graph: GraphSetting, method: MethodSetting) -> Cell:
    """Return the cell that scores everybody in one graph by one method.

    Its tables: ``scores`` (``data``, ``graph``, ``method``, ``id``, ``raw``, ``score``, ``percentile``,
    ``rank``) and ``methods`` (one row: the method, its parameters and diagnostics, sizes of log and graph).
    """
    return Cell(
        score_people,
        1,
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
            "scale": [method["scale"]],
            "diagnostics": [_json(scores.diagnostics)],
            "rows": [log.report.kept],
            "people": [built.n],
            "edges": [int(built.adjacency.nnz)],
            "left_out": [_json({**left_out, **built.report})],
        }
    )
    people = scores.frame.with_columns(pl.col("id").cast(pl.String))
    return {"scores": people.select(*where, pl.all()), "methods": ran.select(*where, pl.all())}


def scores_of(tables: Tables) -> Scores:
    """Return the scores in the tables of a cell of :func:`score_cell`."""
    frame, ran = tables["scores"], tables["methods"].row(0, named=True)
    raw = frame["raw"].to_numpy()
    parameters = json.loads(ran["parameters"])
    return Scores(
        frame["id"],
        raw,
        frame["score"].to_numpy(),
        ran["name"],
        parameters,
        ran["scale"],
        json.loads(ran["diagnostics"]),
        Reference.of(get_method(ran["name"]).natural(raw), ran["name"], parameters),
        "",
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, default=plain, ensure_ascii=False)
