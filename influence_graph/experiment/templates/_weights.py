"""Which ranks are certain whatever the weights, and which are the provider's choice? (claim 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Interval

from influence_graph.arrays import FloatArray
from influence_graph.errors import ConfigError
from influence_graph.evaluation._weight_space import Region, Space, finite_space, parts_received, weight_space
from influence_graph.evaluation.effects import effects_frame, names_a_top, no_top
from influence_graph.evaluation.hiding import mean_interval, share_interval
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import Plan, Source
from influence_graph.graph.build import build_graph

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from influence_graph.interactions.log import Interactions

_WEIGHTS: Mapping[str, type[pl.DataType]] = {
    "data": pl.String, "graph": pl.String, "space": pl.String, "region": pl.String, "parts": pl.Int64,
    "people": pl.Int64, "k": pl.Int64, "certain": pl.Int64, "possible": pl.Int64, "seen": pl.Int64,
    "sure_pairs": pl.Float64,
}  # fmt: skip
_RANGES: Mapping[str, type[pl.DataType]] = {
    "data": pl.String, "graph": pl.String, "space": pl.String, "region": pl.String, "id": pl.String,
    "rank": pl.Int64, "low": pl.Int64, "high": pl.Int64, "seen_low": pl.Float64, "seen_high": pl.Float64,
}  # fmt: skip
_NOTES = {"data": pl.String, "note": pl.String}
#: Half-lives that are swept, as shares of the span of the log; None: no decay.
_HALF_LIVES = (None, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02)


def draw_weights(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the range of the rank of each of the top."""
    from influence_graph.report.weights_figures import rank_ranges

    table = tables["rank_ranges"]
    return {} if table.is_empty() else {"weights": rank_ranges(table, tables["weights"])}


@template("weights", version=1, figures=draw_weights)
def weights(
    plan: Plan,
    *,
    k: Annotated[int, Ge(1)] = 100,
    factor: Annotated[float, Interval(gt=1)] = 4.0,
    draws: Annotated[int, Ge(0)] = 200,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    pairs: Annotated[str, "a data set of labelled pairs; empty: none"] = "",
) -> Sequence[Cell]:
    """Find what no weights of kinds, networks or features, and no half-life, can change about a sum.

    Parameters
    ----------
    plan : Plan
        Logs; the score is the weighted count of reactions, ``engagement``.
    k : int
        Size of the top.
    factor : float
        The band: each weight within this factor of the graph's. The interior, all weights above 0, is
        computed too.
    draws : int
        Weights drawn, besides the corners of the region, for the ranks that are seen.
    confidence : float in (0, 1)
        Confidence level of the intervals, over people.
    pairs : str
        A data set of labelled pairs of people with features; they are weighed in logarithms.

    Returns
    -------
    list of Cell
        Tables ``weights`` (one row a space and region), ``rank_ranges``, ``effects`` and ``notes``.
    """
    if not plan.sources and not pairs:
        raise ConfigError("weights needs data, and none is available. Add a table [[data]] with a log.")
    options = {"k": k, "factor": factor, "draws": draws, "confidence": confidence}
    cells = [
        Cell(
            weigh_log,
            2,
            {
                "source": source,
                "graph": {"label": graph.label, "parameters": graph.parameters},
                "options": options,
            },
            " · ".join(part for part in (source.label, graph.label, "weights") if part),
            seed=plan.seed,
            drawn=1,
        )
        for source in plan.sources
        for graph in plan.graphs[source.label]
    ]
    return [*cells, *_of_pairs(pairs, options, plan.seed)]


def _of_pairs(pairs: str, options: Mapping[str, Any], seed: int) -> list[Cell]:
    from influence_graph.datasets import get_dataset, is_local

    if not pairs:
        return []
    if get_dataset(pairs).holds != "pairs":
        raise ConfigError(f"'pairs' is {pairs!r}, which holds no labelled pairs. Leave it empty for none.")
    if not is_local(pairs):
        return []
    where = {"pairs": pairs, "options": options}
    return [Cell(weigh_features, 2, where, f"{pairs} · weights", seed=seed, drawn=1)]


def weigh_log(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    graph: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Tables:
    """Find what weights can change on one log: the task of a cell."""
    log, built = logs.log(source), logs.graph(source, graph["parameters"])
    notes: list[str] = []
    spaces: list[tuple[str, str, int, int, Space, pl.Series]] = []
    if built.weighting.saturation is not None:
        notes.append("what pairs add up to is not saturated here, as a saturated score is no sum over parts")
    for by in ("kind", "network"):
        names, values = parts_received(built, by)
        if len(names) < 2:
            notes.append(f"there is one {by} only, so its weight changes no order")
            continue
        kinds = built.weighting.kinds
        base = np.array([kinds[name] for name in names]) if by == "kind" else np.ones(len(names))
        spaces += _regions(f"{by}s", values, base, built.ids, options, rng)
    if log.span is None or log.span[0] == log.span[1]:
        notes.append("there are no timestamps, so there is no half-life to choose")
    else:
        values = _by_half_life(log, graph["parameters"], log.span[1] - log.span[0])
        reacted = np.flatnonzero(values[0] > 0)
        space = finite_space(values[:, reacted], k=options["k"])
        settings = len(_HALF_LIVES)
        spaces.append(("half-life", "sweep", settings, len(reacted), space, built.ids.gather(reacted)))
    return _tables(source.label, graph["label"], spaces, notes, options)


def weigh_features(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    pairs: str,
    options: Mapping[str, Any],
) -> Tables:
    """Find what weights of features can change: the task of a cell.

    The base gives every feature, in logarithms, the same mean.
    """
    from influence_graph.datasets import load_pairs
    from influence_graph.networks import read_pairs

    known = read_pairs(load_pairs(pairs))
    values = np.log1p(known.values)
    values = values[:, values.max(axis=0) > 0]
    spaces = _regions("features", values, 1.0 / values.mean(axis=0), known.people, options, rng)
    return _tables(pairs, "", spaces, [], options)


def _regions(
    name: str,
    values: FloatArray,
    base: FloatArray,
    ids: pl.Series,
    options: Mapping[str, Any],
    rng: np.random.Generator,
) -> list[tuple[str, str, int, int, Space, pl.Series]]:
    reacted = np.flatnonzero(values.max(axis=1) > 0)
    found = []
    for region, factor in (
        ("interior", np.inf),
        (f"within a factor of {options['factor']:g}", options["factor"]),
    ):
        space = weight_space(
            values[reacted], Region(base, factor), k=options["k"], draws=options["draws"], rng=rng
        )
        found.append((name, region, len(base), len(reacted), space, ids.gather(reacted)))
    return found


def _by_half_life(log: Interactions, parameters: Mapping[str, Any], span: timedelta) -> FloatArray:
    """Return what each person receives with each half-life, shape (settings, n)."""
    rows = []
    for share in _HALF_LIVES:
        half_life = None if share is None else span * share
        rows.append(build_graph(log, **{**parameters, "half_life": half_life}).in_strength)
    return np.array(rows)


def _tables(
    data: str,
    graph: str,
    spaces: Sequence[tuple[str, str, int, int, Space, pl.Series]],
    notes: Sequence[str],
    options: Mapping[str, Any],
) -> Tables:
    level = options["confidence"]
    where = {"data": data, "graph": graph}
    rows, ranges, effects = [], [], []
    for name, region, parts, people, space, ids in spaces:
        k, certain = len(space.top), int(space.certain.sum())
        here = where | {"space": name, "region": region}
        counts = {"certain": certain, "possible": len(space.possible), "seen": len(space.seen)}
        sizes = {"parts": parts, "people": people, "k": k}
        rows.append(here | sizes | counts | {"sure_pairs": float(space.sure_pairs.mean())})
        columns = (space.lowest, space.highest, space.seen_lowest, space.seen_highest)
        for rank, (person, low, high, seen_low, seen_high) in enumerate(
            zip(ids.gather(space.top), *(column.tolist() for column in columns), strict=True), start=1
        ):
            ranges.append(
                here | {"id": str(person), "rank": rank, "low": low, "high": high, "seen_low": seen_low,
                        "seen_high": seen_high}
            )  # fmt: skip
        told = [("sure pairs", mean_interval(space.sure_pairs, level), people)]
        if names_a_top(options["k"], people):
            told.insert(0, ("certain share of the top", share_interval(certain / k, k, level), k))
        for measure, interval, count in told:
            value, low, high = interval
            effects.append(
                where | {"contrast": f"{name}, {region}", "measure": measure, "value": value, "low": low,
                         "high": high, "level": level, "people": count}
            )  # fmt: skip
    few = dict.fromkeys(people for _, _, _, people, *_ in spaces if not names_a_top(options["k"], people))
    notes = [*notes, *(no_top(options["k"], people) for people in few)]
    noted = {"data": [data] * len(notes), "note": list(notes)}
    return {
        "weights": pl.DataFrame(rows, schema=dict(_WEIGHTS), orient="row"),
        "rank_ranges": pl.DataFrame(ranges, schema=dict(_RANGES), orient="row"),
        "effects": effects_frame(effects),
        "notes": pl.DataFrame(noted, schema=_NOTES),
    }
