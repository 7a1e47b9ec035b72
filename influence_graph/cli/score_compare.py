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
from influence_graph.cli.read_graph import keep_inputs, left_out, read_graph, typed_id
from influence_graph.errors import counted
from influence_graph.limits import check_limits

if TYPE_CHECKING:
    from influence_graph.evaluation.comparison import Comparison
    from influence_graph.scoring.scores import Scores


#: Options of these two commands; those that other commands share are in ``options``.
Uncertainty = Annotated[
    str | None,
    typer.Option(
        help="Add intervals. bootstrap: variability over episodes; own: of a method that samples. "
        "Columns raw_low, raw_high, low, high (score), rank_low, rank_high.",
        metavar="bootstrap|own",
    ),
]
Replicates = Annotated[int, typer.Option(help="Bootstrap replicates.", min=20)]
RankSets = Annotated[
    str,
    typer.Option(
        help="Whether the confidence set of each rank holds by itself (marginal), or all together do.",
        metavar="marginal|simultaneous",
    ),
]
People = Annotated[
    str | None,
    typer.Option(
        help="Ids whose ranks get a confidence set, separated by commas; default: the 100 highest.",
        metavar="ID,ID,…",
    ),
]
SizeOfTop = Annotated[
    int | None,
    typer.Option(
        "--top-k",
        help="Size of the top whose overlap is measured. Default: 100, or a tenth of under 1,000 people.",
        min=1,
    ),
]
Resamples = Annotated[
    int | None,
    typer.Option(
        help="Bootstrap resamples for the intervals; 0: none. Default: 200 of the people, or with "
        "--halves 100 of the actors.",
        min=0,
    ),
]
Halves = Annotated[
    bool,
    typer.Option(
        "--halves",
        help="Run the methods again on parts of the log: agreement across independent halves of it, and "
        "corrected for its noise.",
    ),
]
Deals = Annotated[
    int, typer.Option(help="How many times the log is dealt into halves, with --halves.", min=1)
]
Movers = Annotated[
    int, typer.Option(help="How many of the people whose ranks differ most to list a pair.", min=0)
]


@with_log_options
def score_command(
    log: Log,
    *,
    method: Method = "pagerank",
    param: Parameters = None,
    scale: Scale = "log",
    uncertainty: Uncertainty = None,
    replicates: Replicates = 100,
    confidence: Confidence = 0.95,
    ranks: RankSets = "marginal",
    people: People = None,
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
    check_uncertainty(get_method(method), uncertainty, replicates, confidence, ranks)
    if uncertainty != "bootstrap" and (people is not None or ranks != "marginal"):
        raise typer.BadParameter(
            "sets of ranks are made by --uncertainty bootstrap; add it",
            param_hint="--ranks" if people is None else "--people",
        )
    check_table(out, spreadsheet)
    keep_inputs(out, log, options, param)
    graph = read_graph(log, options)
    whose = None if people is None else [typed_id(graph, name) for name in names_from(people)]
    scores = score(
        graph, method, scale=scale, uncertainty=uncertainty, replicates=replicates,  # type: ignore[arg-type]
        confidence=confidence, ranks=ranks, people=whose,  # type: ignore[arg-type]
        rng=seed, **parameters,
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
    k: SizeOfTop = None,
    resamples: Resamples = None,
    halves: Halves = False,
    deals: Deals = 20,
    confidence: Confidence = 0.95,
    movers: Movers = 10,
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
    resampling people, and the people whose ranks differ most. Scores of one log share its noise: with
    --halves there is also the agreement across independent halves of its episodes, beside each method with
    itself, and one correlation that is corrected for the noise.

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
    comparison = compare(
        scored, graph=graph if halves else None, k=k, resamples=resamples, deals=deals, confidence=confidence,
        movers=movers, rng=seed,
    )  # fmt: skip
    _write_agreement(comparison, figure)
    if out is not None:
        write_frame(comparison.table, out, spreadsheet=spreadsheet)
    if as_json:
        print_json(
            {
                "people": comparison.people,
                "settings": dict(comparison.settings),
                "groups": comparison.groups.to_dicts(),
                "notes": list(comparison.notes),
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
