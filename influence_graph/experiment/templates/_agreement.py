"""How far do methods agree on who is influential? (claim 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Interval

from influence_graph.engine import engine_of
from influence_graph.errors import ConfigError
from influence_graph.evaluation._compare import compare
from influence_graph.evaluation.comparison import CORRECTED, SAME_LOG, Comparison
from influence_graph.evaluation.effects import effects_frame, names_a_top, no_top
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import GraphSetting, Plan, Source
from influence_graph.experiment.scoring_cells import score_cell, scores_of
from influence_graph.experiment.sweeps import swept_values
from influence_graph.methods.declaration import get_method

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Graphs from which on a figure has the swept value on its axis, in place of a row of panels a graph.
_LEAST_SWEPT = 3
_DRAWN = ("agreement", "scores", "movers", "parts")
_PARTS = {
    "data": pl.String, "graph": pl.String, "log": pl.String, "over": pl.String,
    "a": pl.String, "b": pl.String,
    "measure": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "k": pl.Int64,
    "level": pl.Float64, "people": pl.Int64,
}  # fmt: skip


def draw_agreement(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the agreement of each method with the first: ranks and measures, then with noise and without.

    Where graphs are swept over more than two values, these are of the first graph, and the measures against
    the swept value are a figure of their own.
    """
    from influence_graph.report.agreement_figures import agreement_sweep, noise
    from influence_graph.report.figures import agreement as figure

    table, drawn = tables["agreement"], {}
    graphs = table["graph"].unique(maintain_order=True).to_list()
    shown = graphs if len(graphs) < _LEAST_SWEPT else graphs[:1]
    if shown != graphs:
        drawn["sweep"] = agreement_sweep(_by_swept_value(table, graphs))
    first = {name: tables[name].filter(pl.col("graph").is_in(shown)) for name in _DRAWN if name in tables}
    drawn["agreement"] = figure(first["agreement"], first["scores"], first["movers"])
    parts = first.get("parts")
    return drawn | ({"noise": noise(parts)} if parts is not None and parts.height else {})


def _by_swept_value(table: pl.DataFrame, graphs: Sequence[str]) -> pl.DataFrame:
    """Add the swept parameter with most values, its value, and what else was swept, to be drawn apart."""
    settings = [swept_values(graph) for graph in graphs]
    names = dict.fromkeys(name for one in settings for name in one)
    parameter = max(names, key=lambda name: len({one.get(name) for one in settings}))
    rest = [", ".join(f"{name}={one[name]}" for name in one if name != parameter) for one in settings]
    given = pl.DataFrame({"graph": graphs, "rest": rest, "at": [one.get(parameter, "") for one in settings]})
    numbers = given["at"].cast(pl.Float64, strict=False)
    given = given.with_columns(at=numbers) if numbers.null_count() == 0 else given
    return table.join(given, on="graph", how="left", maintain_order="left").with_columns(
        parameter=pl.lit(parameter)
    )


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


@template("agreement", version=3, figures=draw_agreement, summary=summarise_agreement)
def agreement(
    plan: Plan,
    *,
    k: Annotated[int, Ge(1)] = 100,
    resamples: Annotated[int, Ge(0)] = 200,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
    persistence: Annotated[float, Interval(gt=0, lt=1)] = 0.98,
    movers: Annotated[int, Ge(0)] = 10,
    draws: Annotated[int, Ge(0)] = 100,
    largest: Annotated[int, Ge(1)] = 100_000,
) -> Sequence[Cell]:
    """Score every graph by every method and compare all pairs: on this log, across halves, without noise.

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
    draws : int
        Replicates of the actors for agreement across independent halves of the log and corrected for
        noise; a fifth as many deals into halves. With 0 there is only the agreement on this log.
    largest : int
        A log of more people has fewer replicates and deals, in proportion, and methods that read more than
        edges are not run on parts of it.

    Returns
    -------
    list of Cell
        Tables ``scores`` and ``methods`` from a cell a method; from a cell a graph ``agreement`` (on this
        log) and ``movers``; ``parts``: the rows of :func:`~influence_graph.evaluation._compare.compare` with
        the graph, on this log, across halves and corrected; ``effects`` (contrast ``"a with b"``); ``notes``.
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
            if draws:
                more = {"draws": draws, "largest": largest}
                cells.append(_on_parts(plan, source, graph, scored, options | more))
    return cells


def _comparison(
    plan: Plan, source: Source, graph: GraphSetting, scored: Sequence[Cell], options: Mapping[str, Any]
) -> Cell:
    label = " · ".join(part for part in (source.label, graph.label, "comparison") if part)
    where = {"data": source.label, "graph": graph.label}
    return Cell(compare_people, 6, {**where, "options": options}, label, scored, plan.seed, drawn=5)


def _on_parts(
    plan: Plan, source: Source, graph: GraphSetting, scored: Sequence[Cell], options: Mapping[str, Any]
) -> Cell:
    label = " · ".join(part for part in (source.label, graph.label, "parts") if part)
    kept = {name: options[name] for name in ("k", "confidence", "persistence", "draws", "largest")}
    where: dict[str, Any] = {"source": source, "graph": graph.label, "parameters": graph.parameters}
    extra = {one.label: sorted(get_method(one.name).needs_with(one.parameters)) for one in plan.methods}
    if any(extra.values()):
        where["reads"] = {label: needs for label, needs in extra.items() if needs}
    return Cell(compare_parts, 3, {**where, "options": kept}, label, scored, plan.seed, drawn=2)


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
    effects = _effects(table.with_columns(over=pl.lit("")), data, graph, options["confidence"])
    known, k = names_a_top(options["k"], found.people), options["k"]
    return {
        "agreement": table.select(*where, pl.all()),
        "movers": found.movers.select(*where, pl.all()),
        "effects": effects if known else effects.filter(effects["measure"] != "top_k_overlap"),
        "notes": _notes(data, [] if known else [no_top(k, found.people)]),
    }


def compare_parts(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    graph: str,
    parameters: Mapping[str, Any],
    options: Mapping[str, Any],
    reads: Mapping[str, Sequence[str]] | None = None,
) -> Tables:
    """Compare the methods on parts of the log of one graph: the task of a cell.

    ``reads`` names the methods that read more than edges because of their parameters.
    """
    built, notes = logs.graph(source, parameters), []
    if elsewhere := engine_of(built):
        notes += [
            f"agreement across halves and without noise was not computed: the log is on {elsewhere.name}, "
            "and its episodes are dealt in this process"
        ]
        return _no_parts(source, notes)
    scores = {tables["methods"]["method"][0]: scores_of(tables, built) for tables in needs}
    share = min(1.0, options["largest"] / max(built.n, 1))
    if share < 1.0:
        left_out = [
            name for name, one in scores.items() if name in (reads or {}) or get_method(one.method).needs
        ]
        notes += [
            f"{name} reads more than edges, so it is not run on parts of a log of {built.n:,} people "
            "(option largest)"
            for name in left_out
        ]
        scores = {name: one for name, one in scores.items() if name not in left_out}
    if len(scores) < 2:
        notes.append("agreement across halves and without noise was not computed: one method is left")
        return _no_parts(source, notes)
    draws = max(1, round(options["draws"] * share))
    compared = compare(
        scores,
        graph=built,
        k=options["k"],
        persistence=options["persistence"],
        confidence=options["confidence"],
        resamples=draws,
        deals=max(3, draws // 5),
        movers=0,
        rng=rng,
    )
    return _parts_of(compared, source, graph, options["confidence"], notes)


def _parts_of(
    compared: Comparison, source: Source, graph: str, confidence: float, notes: Sequence[str]
) -> Tables:
    """Return the tables of a comparison on parts of a log."""
    sizes = compared.groups.filter(scores="all of these").select("over", "people")
    table = compared.table.join(sizes, on="over", how="left", maintain_order="left")
    where = {"data": pl.lit(source.label), "graph": pl.lit(graph)}
    table = table.with_columns(pl.col(pl.Float64).fill_nan(None), **where)
    of_parts = table.filter(
        pl.col("log") != SAME_LOG, pl.col("a") != pl.col("b"), pl.col("value").is_not_null()
    )
    effects = of_parts.with_columns(
        measure=pl.when(pl.col("log") == CORRECTED)
        .then(pl.lit("corrected correlation"))
        .otherwise(pl.col("measure") + " across halves")
    )
    notes = [*notes, *compared.notes]
    missing = table.filter(pl.col("log") == CORRECTED, pl.col("value").is_null())
    for (over,), pairs in missing.group_by("over", maintain_order=True):
        named = ", ".join(f"{a} with {b}" for a, b in pairs.select("a", "b").iter_rows())
        notes.append(
            f"no corrected figure over {over}, as one does not agree with itself across halves: {named}"
        )
    return {
        "parts": table.select(list(_PARTS)).cast(dict(_PARTS)),  # type: ignore[arg-type]
        "effects": _effects(effects, source.label, graph, confidence),
        "notes": _notes(source.label, notes),
    }


def _no_parts(source: Source, notes: Sequence[str]) -> Tables:
    return {
        "parts": pl.DataFrame(schema=_PARTS),
        "effects": effects_frame([]),
        "notes": _notes(source.label, notes),
    }


def _effects(table: pl.DataFrame, data: str, graph: str, level: float) -> pl.DataFrame:
    """Return the effects in a table of agreement; ``over`` becomes ``among``."""
    return effects_frame(
        {"data": data, "graph": graph, "contrast": f"{row['a']} with {row['b']}", "level": level,
         "among": row["over"]}
        | {name: row[name] for name in ("measure", "value", "low", "high", "people")}
        for row in table.iter_rows(named=True)
    )  # fmt: skip


def _notes(data: str, notes: Sequence[str]) -> pl.DataFrame:
    rows = [(data, note) for note in notes]
    return pl.DataFrame(rows, {"data": pl.String, "note": pl.String}, orient="row")
