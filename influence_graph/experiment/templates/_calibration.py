"""Whether simulated behaviour has the moments of real logs: fitted on some parts, checked on others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Interval

from influence_graph.errors import ConfigError
from influence_graph.evaluation.effects import effects_frame
from influence_graph.evaluation.moments import MOMENTS, log_moments
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import Plan, Source
from influence_graph.interactions.log import STATES, Interactions
from influence_graph.interventions.calibrating import SEARCHED, fit_behaviour
from influence_graph.interventions.worlds import over_worlds

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A moment is never known better than this share of its value: the least scale of a misfit.
_LEAST = 0.1


def draw_calibration(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the moments of the parts, fitted and checked, beside those of the simulation."""
    from influence_graph.report.calibration_figures import moment_fit

    return {"calibration": moment_fit(tables["parts"], tables["moments"])} if tables["moments"].height else {}


@template("calibration", version=1, figures=draw_calibration, summary=lambda tables: tables["moments"])
def calibration(
    plan: Plan,
    *,
    rows: Annotated[int, Ge(10)] = 1000,
    people: Annotated[int, Ge(50)] = 400,
    steps: Annotated[int, Ge(10)] = 60,
    draws: Annotated[int, Ge(1)] = 120,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
) -> Sequence[Cell]:
    """Fit behaviour to the moments of parts of each log, and check it on the other parts.

    Parameters
    ----------
    plan : Plan
        Logs. The parts of a log of four or more networks are these; of others the halves by time.
    rows : int
        Networks with fewer rows are left out.
    people, steps : int
        Of the simulations.
    draws : int
        Trials of the fit; at least 20 are used.
    confidence : float in (0, 1)
        Level of the intervals over the parts that are checked.

    Returns
    -------
    list of Cell
        Tables ``parts``, ``moments``, ``parameters``, ``effects`` and ``notes``, from a cell a log.
    """
    if not plan.sources:
        raise ConfigError("calibration needs data, and none is available. Add a table [[data]] with a log.")
    options = {"rows": rows, "people": people, "steps": steps, "trials": max(20, draws)}
    return [
        Cell(
            fit_log,
            1,
            {"source": source, "options": options, "confidence": confidence, "seed": plan.seed},
            f"{source.label} · calibration",
            (),
            plan.seed,
        )
        for source in plan.sources
    ]


def fit_log(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    options: Mapping[str, Any],
    confidence: float,
    seed: int,
) -> Tables:
    """Measure, fit and check one log: the task of a cell."""
    log = logs.log(source)
    parts = parts_of(log, options["rows"])
    notes = []
    if len(parts) < 2:
        notes.append("the log has neither four networks of enough rows nor timestamps: nothing to check on")
        return _tables(source.label, [], [], {}, notes, confidence)
    rows = [
        {"part": name, "use": "fitted" if number % 2 == 0 else "checked", **log_moments(part)}
        for number, (name, part) in enumerate(parts)
    ]
    observed = pl.DataFrame(rows).with_columns(pl.col(pl.Float64).fill_nan(None))
    fitted, checked = (observed.filter(pl.col("use") == use) for use in ("fitted", "checked"))
    target = {name: _number(fitted[name].mean()) for name in MOMENTS}
    if not any(np.isfinite(target[name]) for name in SEARCHED):
        notes.append("the parts to be fitted hold no events")
        return _tables(source.label, rows, [], {}, notes, confidence)
    scale = {
        name: max(_number(observed[name].std(), 0.0), _LEAST * abs(target[name]), 0.01) for name in MOMENTS
    }
    answered = target["response_to_answer"]
    if not np.isfinite(answered):
        notes.append("the log does not say how readers respond to being answered: taken to be not at all")
    found = fit_behaviour(
        target,
        scale,
        answered=max(answered - 1.0, -0.9) if np.isfinite(answered) else 0.0,
        people=options["people"],
        steps=options["steps"],
        evaluations=options["trials"],
        seed=seed,
    )
    table = _misfits(found.simulated, target, scale, checked, confidence)
    silent = [row["moment"] for row in table if not np.isfinite(row["fitted"])]
    if silent:
        notes.append(f"the log does not say: {', '.join(silent)}")
    return _tables(source.label, rows, table, found.parameters, notes, confidence)


def _misfits(
    simulated: Mapping[str, float],
    target: Mapping[str, float],
    scale: Mapping[str, float],
    checked: pl.DataFrame,
    confidence: float,
) -> list[dict[str, Any]]:
    """Return one row a moment: what was fitted, what is checked, and the misfit to both in units of scale."""
    table: list[dict[str, Any]] = []
    for name in MOMENTS:
        gap = simulated[name] - checked[name].drop_nulls().to_numpy()
        value, low, high = over_worlds(gap, confidence)
        table.append(
            {
                "moment": name,
                "fitted": target[name],
                "checked": _number(checked[name].mean()),
                "simulated": simulated[name],
                "scale": scale[name] if np.isfinite(target[name]) else np.nan,
                "misfit": (simulated[name] - target[name]) / scale[name],
                "misfit_checked": value / scale[name],
                "gap": value,
                "low": low,
                "high": high,
                "parts_checked": len(gap),
            }
        )
    return table


def parts_of(log: Interactions, rows: int) -> list[tuple[str, Interactions]]:
    """Return the parts of a log by which it is fitted and checked, alternately: networks by size, or halves.

    Examples
    --------
    >>> from influence_graph.datasets.synthetic import make_log
    >>> log = make_log(people=100, days=10, mean_degree=4, rng=1).interactions
    >>> [name for name, _ in parts_of(log, 10)]
    ['first half', 'second half']
    """
    sizes = log.frame.group_by("network").agg(pl.len()).filter(pl.col("len") >= rows).collect()
    if sizes.height >= 4:
        names = sizes.sort("len", "network", descending=[True, False])["network"].to_list()
        return [(name, log.where(pl.col("network") == name, reason="another network")) for name in names]
    if not log.has_timestamps:
        return []
    # Of what happens: states may all be dated at the start.
    acts = log.frame.filter(~pl.col("kind").is_in(list(STATES)))
    middle = acts.select(pl.col("timestamp").median()).collect().item()
    if middle is None:
        return []
    return [("first half", log.between(end=middle)), ("second half", log.between(start=middle))]


def _tables(
    data: str,
    parts: Sequence[Mapping[str, Any]],
    moments: Sequence[Mapping[str, Any]],
    parameters: Mapping[str, float],
    notes: Sequence[str],
    confidence: float,
) -> Tables:
    where = pl.lit(data).alias("data")
    named = {"part": pl.String, "use": pl.String, **dict.fromkeys(MOMENTS, pl.Float64)}
    numbers = ("fitted", "checked", "simulated", "scale", "misfit", "misfit_checked", "gap", "low", "high")
    schema = {"moment": pl.String, **dict.fromkeys(numbers, pl.Float64), "parts_checked": pl.Int64}
    fitted = {"parameter": list(parameters), "value": list(parameters.values())}
    effects = [
        {
            "data": data,
            "contrast": "simulated - observed",
            "measure": row["moment"],
            "among": "checked",
            "value": row["gap"],
            "low": row["low"],
            "high": row["high"],
            "level": confidence,
        }
        for row in moments
        if row["parts_checked"]
    ]
    frames = {
        "parts": pl.DataFrame(parts, schema=named),
        "moments": pl.DataFrame(moments, schema=schema),
        "parameters": pl.DataFrame(fitted, schema={"parameter": pl.String, "value": pl.Float64}),
    }
    noted = {"data": [data] * len(notes), "note": list(notes)}
    return {
        **{
            name: frame.with_columns(pl.col(pl.Float64).fill_nan(None)).select(where, pl.all())
            for name, frame in frames.items()
        },
        "effects": effects_frame(effects),
        "notes": pl.DataFrame(noted, schema={"data": pl.String, "note": pl.String}),
    }


def _number(value: Any, missing: float = float("nan")) -> float:
    return missing if value is None else float(value)
