"""Does posting more go with fewer reactions, or a lower score? (claim 6, from data)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Interval

from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation._posting_panel import default_period, posting_panel
from influence_graph.evaluation.effects import effects_frame
from influence_graph.evaluation.elasticity import (
    ELASTICITIES,
    POISSON,
    elasticities,
    score_elasticities,
)
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import Plan, Source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Windows in which scores are computed, by the period of the panel.
_WINDOWS = {"1mo": "6mo", "1w": "1mo", "1d": "1w"}


def draw_posting(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the elasticities with the lines at which posting more pays."""
    from influence_graph.report.posting_figures import posting_elasticities

    table = tables["posting"]
    return {} if table.is_empty() else {"posting": posting_elasticities(table)}


def summarise_posting(tables: Tables) -> pl.DataFrame:
    """Return one row an elasticity: value and interval as text, and the p-value by permutation."""
    interval = pl.format("[{}, {}]", *(pl.col(name).round(2) for name in ("low", "high")))
    return tables["posting"].select(
        "data",
        "outcome",
        "regressor",
        "model",
        "among",
        pl.col("value").round(3),
        interval.alias("interval"),
        "p",
    )


@template("posting", version=1, figures=draw_posting, summary=summarise_posting)
def posting(
    plan: Plan,
    *,
    period: Annotated[str, "such as 1mo; empty: by the span of the log"] = "",
    window: Annotated[str, "such as 6mo; empty: by the period"] = "",
    draws: Annotated[int, Ge(0)] = 200,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
) -> Sequence[Cell]:
    """Estimate elasticities of reactions and scores to posting, within person.

    Parameters
    ----------
    plan : Plan
        Logs with items and timestamps; others are left out with a note. The methods are scored by window.
    period : str
        Length of a period; empty: a month, a week or a day, by the span of the log.
    window : str
        Length of the windows that are scored; empty: 6 months, 1 month or 1 week.
    draws : int
        Permutations of each person's periods, for the null.
    confidence : float in (0, 1)
        Confidence level.

    Returns
    -------
    list of Cell
        Tables ``posting``, ``effects`` and ``notes``, from a cell a log.
    """
    if not plan.sources:
        raise ConfigError("posting needs data, and none is available. Add a table [[data]] with a log.")
    options = {"period": period, "window": window, "draws": draws, "confidence": confidence}
    methods = [
        {"label": one.label, "name": one.name, "version": one.version, "parameters": one.parameters}
        for one in plan.methods
    ]
    cells = []
    for source in plan.sources:
        graph = plan.graphs[source.label][0].parameters
        parameters = {"source": source, "graph": graph, "methods": methods, "options": options}
        cells.append(Cell(estimate_posting, 1, parameters, f"{source.label} · posting", (), plan.seed))
    return cells


def estimate_posting(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    graph: Mapping[str, Any],
    methods: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
) -> Tables:
    """Estimate the elasticities of one log: the task of a cell."""
    log, level = logs.log(source), options["confidence"]
    notes: list[str] = []
    found = pl.DataFrame(schema=dict(ELASTICITIES))
    period = options["period"] or default_period(log)
    try:
        panel = posting_panel(log, period=period)
        found, notes = elasticities(panel, draws=options["draws"], rng=rng, level=level)
        if "received" in panel.columns:
            notes.append(
                "no row has a parent, so it is not known which item or thread a reaction belongs to: what is "
                "received in a period may be due to items of another"
            )
        window = options["window"] or _WINDOWS.get(period, "1y")
        settings = [(one["label"], one["name"], one["parameters"]) for one in methods]
        of_scores, more = score_elasticities(
            log, settings, window=window, graph=graph, rng=rng, level=level
        )  # fmt: skip
        found = pl.concat([found, of_scores])
        notes += more
    except DataError as error:
        notes.append(str(error))
    where = pl.lit(source.label).alias("data")
    scored = pl.col("outcome").is_in([one["label"] for one in methods])
    table = found.select(where, pl.lit(period).alias("period"), pl.all(), scored.alias("score"))
    noted = {"data": [source.label] * len(notes), "note": notes}
    return {
        "posting": table,
        "effects": effects_of(found, source.label, level),
        "notes": pl.DataFrame(noted, schema={"data": pl.String, "note": pl.String}),
    }


def effects_of(found: pl.DataFrame, data: str, level: float) -> pl.DataFrame:
    """Return elasticities as rows of the table ``effects``: ``among`` is who, or else the model."""
    return effects_frame(
        {
            "data": data,
            "contrast": f"{row['outcome']} by {row['regressor']}",
            "measure": "elasticity",
            "among": row["among"] if row["model"] == POISSON else row["model"],
            "level": level,
        }
        | {name: row[name] for name in ("value", "low", "high", "people")}
        for row in found.iter_rows(named=True)
    )
