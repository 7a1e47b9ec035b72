"""The commands ``score`` and ``compare``: from a log to tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from influence_graph.cli.figures import check_figure, write_figure
from influence_graph.cli.options import (
    AsJson,
    Confidence,
    Log,
    LogOptions,
    Method,
    Methods,
    Out,
    Parameters,
    Scale,
    Seed,
    Spreadsheet,
    Top,
    names_from,
    parameters_from,
    with_log_options,
)
from influence_graph.cli.output import check_table, note, print_frame, print_json, say, write_frame
from influence_graph.cli.read_graph import keep_inputs, left_out, read_graph
from influence_graph.errors import counted
from influence_graph.limits import check_limits

if TYPE_CHECKING:
    from influence_graph.evaluation.comparison import Comparison
    from influence_graph.scoring.scores import Scores


@with_log_options
def score_command(
    log: Log,
    *,
    method: Method = "pagerank",
    param: Parameters = None,
    scale: Scale = "log",
    uncertainty: Annotated[
        str | None,
        typer.Option(
            help="Add intervals. bootstrap: variability over episodes; own: of a method that samples. "
            "Columns raw_low, raw_high, low, high (score), rank_low, rank_high (first 100 people).",
            metavar="bootstrap|own",
        ),
    ] = None,
    replicates: Annotated[int, typer.Option(help="Bootstrap replicates.", min=20)] = 100,
    confidence: Confidence = 0.95,
    options: LogOptions,
    seed: Seed = 0,
    top: Top = 10,
    out: Out = None,
    spreadsheet: Spreadsheet = False,
    as_json: AsJson = False,
) -> None:
    """Score everybody in a log from 1 to 100.

    The rows left out of the log are reported on standard error.

    **Example:** `influence-graph score log.csv --method pagerank --param damping=0.85
    --kinds retweet=1,reply=0.5 --half-life 30d --out scores.parquet`

    **With intervals:** `influence-graph score log.csv --uncertainty bootstrap --replicates 200`
    """
    from influence_graph.methods.declaration import get_method
    from influence_graph.scoring._score import score
    from influence_graph.scoring.intervals import check_uncertainty

    # Checked before a long log is read.
    get_method(method).resolve(parameters := parameters_from(param))
    check_limits({"top": top})
    check_uncertainty(get_method(method), uncertainty, replicates, confidence)
    check_table(out, spreadsheet)
    keep_inputs(out, log, options, param)
    graph = read_graph(log, options)
    scores = score(
        graph, method, scale=scale, uncertainty=uncertainty, replicates=replicates,  # type: ignore[arg-type]
        confidence=confidence, rng=seed, **parameters,
    )  # fmt: skip
    if out is not None:
        write_frame(scores.frame, out, spreadsheet=spreadsheet)
    if as_json:
        print_json(
            {
                **_described(scores),
                "people": len(scores.ids),
                "left_out": left_out(graph),
                "out": str(out) if out else None,
                "top": scores.top(top).to_dicts(),
            }
        )
    elif out is not None:
        note(f"{counted(len(scores.ids), 'person', 'people')} by {method} → {out}")
    else:
        print_frame(scores.top(top))


@with_log_options
def compare_command(
    log: Log,
    *,
    methods: Methods = "engagement,pagerank",
    k: Annotated[
        int, typer.Option("--top-k", help="Size of the top whose overlap is measured.", min=1)
    ] = 100,
    resamples: Annotated[
        int, typer.Option(help="Bootstrap resamples of the people for the intervals; 0: none.", min=0)
    ] = 200,
    confidence: Confidence = 0.95,
    movers: Annotated[
        int, typer.Option(help="How many of the people whose ranks differ most to list a pair.", min=0)
    ] = 10,
    options: LogOptions,
    seed: Seed = 0,
    figure: Annotated[
        Path | None, typer.Option(help="Draw the agreement into this file: .pdf, .svg or .png.")
    ] = None,
    out: Out = None,
    spreadsheet: Spreadsheet = False,
    as_json: AsJson = False,
) -> None:
    """Compare how methods rank the people of a log.

    Kendall's tau-b, Spearman's rho, overlap of the top k and rank-biased overlap, with intervals by
    resampling people, and the people whose ranks differ most.

    **Example:** `influence-graph compare log.csv --methods engagement,pagerank,reactors`
    """
    from influence_graph.evaluation._compare import compare
    from influence_graph.methods.declaration import get_method
    from influence_graph.scoring._score import score

    check_limits({"k": k, "resamples": resamples, "movers": movers})
    _check_figure(figure, log, options)
    names = names_from(methods)
    for name in names:
        get_method(name).resolve({})
    if len(set(names)) < max(2, len(names)):
        raise typer.BadParameter(
            "name at least two methods, each once: engagement,pagerank", param_hint="--methods"
        )
    check_table(out, spreadsheet)
    keep_inputs(out, log, options)
    graph = read_graph(log, options)
    scored = {name: score(graph, name, rng=seed) for name in names}
    comparison = compare(scored, k=k, resamples=resamples, confidence=confidence, movers=movers, rng=seed)
    _write_agreement(comparison, figure)
    if out is not None:
        write_frame(comparison.table, out, spreadsheet=spreadsheet)
    if as_json:
        print_json(
            {
                "people": comparison.people,
                "settings": dict(comparison.settings),
                "left_out": left_out(graph),
                "out": str(out) if out else None,
                "agreement": comparison.table.to_dicts(),
                "movers": comparison.movers.to_dicts(),
            }
        )
    else:
        say(comparison)
        if out is not None:
            note(f"table → {out}")


def _described(scores: Scores) -> dict[str, Any]:
    """Return how the scores were made, for ``--json``."""
    described: dict[str, Any] = {
        "method": scores.method,
        "parameters": dict(scores.parameters),
        "scale": scores.scaled,
        "diagnostics": dict(scores.diagnostics),
        "fingerprint": scores.fingerprint,
    }
    if scores.intervals is not None:
        described |= {"confidence": scores.intervals.confidence, "replicates": scores.intervals.replicates}
    return described


def _check_figure(figure: Path | None, log: str, options: Any) -> None:
    if figure is not None:
        check_figure(figure)
        keep_inputs(figure, log, options)


def _write_agreement(comparison: Comparison, figure: Path | None) -> None:
    """Draw the agreement into a file, if one is named."""
    if figure is not None:
        from influence_graph.report.score_figures import agreement_dots

        write_figure(agreement_dots(comparison), figure)
        note(f"figure → {figure}")
