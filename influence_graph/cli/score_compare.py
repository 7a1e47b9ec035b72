"""``score`` and ``compare``: from a log to the command line's tables."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from influence_graph.cli.options import (
    AsJson,
    AsOf,
    Columns,
    Format,
    HalfLife,
    Kind,
    Kinds,
    Log,
    OnError,
    Other,
    Out,
    Read,
    Saturation,
    Seed,
    Top,
    number_from,
    pairs_from,
    parameters_from,
)
from influence_graph.cli.output import note, print_frame, print_json, write_frame, writer_for
from influence_graph.errors import DataError, nearest

if TYPE_CHECKING:
    from influence_graph.graph.graph import InfluenceGraph
    from influence_graph.interactions.log import Interactions
    from influence_graph.scoring.scores import Scores


def score_command(
    log: Log,
    method: Annotated[str, typer.Option("--method", "-m", help="Name of the method.")] = "pagerank",
    param: Annotated[
        list[str] | None,
        typer.Option(help="A parameter of the method; may be repeated.", metavar="NAME=VALUE"),
    ] = None,
    scale: Annotated[
        str, typer.Option(help="How raw values become points: log, quantile or linear.")
    ] = "log",
    uncertainty: Annotated[
        str | None,
        typer.Option(
            help="Add intervals. bootstrap: had other actors happened to act; own: of a method that samples. "
            "Columns raw_low, raw_high, low, high (points), rank_low, rank_high (first 100 people).",
            metavar="bootstrap|own",
        ),
    ] = None,
    replicates: Annotated[int, typer.Option(help="Draws of the bootstrap.", min=20)] = 100,
    confidence: Annotated[float, typer.Option(help="Chance with which an interval should hold.")] = 0.95,
    kinds: Kinds = None,
    other: Other = None,
    half_life: HalfLife = None,
    as_of: AsOf = None,
    saturation: Saturation = None,
    columns: Columns = None,
    format_: Format = None,
    kind: Kind = None,
    on_error: OnError = "raise",
    read: Read = None,
    seed: Seed = 0,
    top: Top = 10,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Score everybody in a log from 1 to 100.

    What was left out of the log, and why, goes to standard error.

    **Example:** `influence-graph score log.csv --method pagerank --param damping=0.85
    --kinds retweet=1,reply=0.5 --half-life 30d --out scores.parquet`

    **With intervals:** `influence-graph score log.csv --uncertainty bootstrap --replicates 200`
    """
    from influence_graph.methods import get_method
    from influence_graph.scoring._score import score
    from influence_graph.scoring.intervals import check_uncertainty

    get_method(method).resolve(parameters := parameters_from(param))
    # Before a long log is read.
    check_uncertainty(get_method(method), uncertainty, replicates, confidence)
    if out is not None:
        writer_for(out)
    graph = graph_of(
        read_log(log, columns, format_, kind, on_error, read), kinds, other, half_life, as_of, saturation
    )
    scores = score(
        graph, method, scale=scale, uncertainty=uncertainty, replicates=replicates,  # type: ignore[arg-type]
        confidence=confidence, rng=seed, **parameters,
    )  # fmt: skip
    if out is not None:
        write_frame(scores.frame, out)
    if as_json:
        print_json(
            {
                **_described(scores),
                "people": len(scores.ids),
                "left_out": _left_out(graph),
                "out": str(out) if out else None,
                "top": scores.top(top).to_dicts(),
            }
        )
    elif out is not None:
        note(f"{len(scores.ids):,} people by {method} → {out}")
    else:
        print_frame(scores.top(top))


def compare_command(
    log: Log,
    methods: Annotated[
        str, typer.Option("--methods", "-m", help="Names of the methods, at least two.", metavar="A,B,…")
    ] = "engagement,pagerank",
    k: Annotated[
        int, typer.Option("--top-k", help="Size of the top whose overlap is measured.", min=1)
    ] = 100,
    resamples: Annotated[int, typer.Option(help="Draws of people for the intervals; 0: none.", min=0)] = 200,
    movers: Annotated[int, typer.Option(help="How many of the biggest movers to list a pair.", min=0)] = 10,
    kinds: Kinds = None,
    other: Other = None,
    half_life: HalfLife = None,
    as_of: AsOf = None,
    saturation: Saturation = None,
    columns: Columns = None,
    format_: Format = None,
    kind: Kind = None,
    on_error: OnError = "raise",
    read: Read = None,
    seed: Seed = 0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Compare how methods rank the people of a log.

    Kendall's tau-b, Spearman's rho, overlap of the top k and rank-biased overlap, with 95 % intervals by
    resampling people, and the people whose ranks differ most.

    **Example:** `influence-graph compare log.csv --methods engagement,pagerank,reactors`
    """
    from influence_graph.evaluation._compare import compare
    from influence_graph.methods import get_method
    from influence_graph.scoring._score import score

    names = [name.strip() for name in methods.split(",") if name.strip()]
    for name in names:
        get_method(name).resolve({})
    if len(set(names)) < max(2, len(names)):
        raise typer.BadParameter(
            "name at least two methods, each once: engagement,pagerank", param_hint="--methods"
        )
    if out is not None:
        writer_for(out)
    graph = graph_of(
        read_log(log, columns, format_, kind, on_error, read), kinds, other, half_life, as_of, saturation
    )
    scored = {name: score(graph, name, rng=seed) for name in names}
    comparison = compare(scored, k=k, resamples=resamples, movers=movers, rng=seed)
    if out is not None:
        write_frame(comparison.table, out)
    if as_json:
        print_json(
            {
                "people": comparison.people,
                "settings": dict(comparison.settings),
                "left_out": _left_out(graph),
                "out": str(out) if out else None,
                "agreement": comparison.table.to_dicts(),
                "movers": comparison.movers.to_dicts(),
            }
        )
    else:
        print(comparison)
        if out is not None:
            note(f"table → {out}")


def read_log(
    log: str,
    columns: str | None,
    format_: str | None,
    kind: str | None,
    on_error: str,
    read: list[str] | None,
) -> Interactions:
    """Return the log of a file, folder, glob or data set; what was left out goes to standard error."""
    from influence_graph.datasets import dataset_names, load_dataset
    from influence_graph.interactions.read import read_interactions
    from influence_graph.methods import resolve_parameters

    options: dict[str, Any] = parameters_from(read, "--read")
    options |= {name: given for name, given in (("kind", kind), ("format", format_)) if given is not None}
    if columns:
        named = "=" in columns
        in_order = [name.strip() or None for name in columns.split(",")]
        options["columns"] = pairs_from(columns, "--columns") if named else in_order
    if on_error != "raise":
        options["on_error"] = on_error
    if not os.path.exists(log) and log in dataset_names():
        if options:
            raise typer.BadParameter(
                f"{log!r} is a data set, which has a reader of its own; the options {', '.join(options)} "
                "are for files",
                param_hint="LOG",
            )
        loaded = load_dataset(log)
    else:
        if not os.path.exists(log) and not glob.glob(log):
            near = [*dataset_names("log"), *map(str, Path(log).parent.glob("*"))]
            raise DataError(f"There is no file and no data set {log!r}. {nearest(log, near)}")
        resolved = resolve_parameters("read_interactions", read_interactions, options)
        loaded = read_interactions(log, **{name: resolved[name] for name in options})
    note(str(loaded.report))
    return loaded


def graph_of(
    log: Interactions,
    kinds: str | None,
    other: float | None,
    half_life: str | None,
    as_of: str | None,
    saturation: str | None,
) -> InfluenceGraph:
    """Return the graph of a log by the options given; what was left out goes to standard error."""
    from influence_graph.graph.build import build_graph

    weights = None if kinds is None else pairs_from(kinds, "--kinds", float)
    cap: Any = saturation
    if saturation is not None and saturation != "log":
        cap = number_from(saturation, "--saturation")
    graph = build_graph(log, kinds=weights, other=other, half_life=half_life, as_of=as_of, saturation=cap)
    for reason, rows in graph.report.items():
        note(f"  {rows:,} left out: {reason}")
    for remark in graph.notes:
        note(f"  note: {remark}")
    return graph


def _left_out(graph: InfluenceGraph) -> dict[str, int]:
    """Return how many rows were left out by the reader and by the graph, by reason."""
    rows: dict[str, int] = {}
    if graph.log is not None:
        for reason, count in graph.log.report.left_out.select("reason", "rows").iter_rows():
            rows[reason] = rows.get(reason, 0) + count
    return {**rows, **graph.report}


def _described(scores: Scores) -> dict[str, Any]:
    return {
        "method": scores.method,
        "parameters": dict(scores.parameters),
        "scale": scores.scaled,
        "diagnostics": dict(scores.diagnostics),
        "fingerprint": scores.fingerprint,
        **_interval(scores),
    }


def _interval(scores: Scores) -> dict[str, Any]:
    """Return what the intervals of the scores are by, where there are any."""
    if scores.intervals is None:
        return {}
    return {"confidence": scores.intervals.confidence, "replicates": scores.intervals.replicates}
