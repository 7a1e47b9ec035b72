"""The commands ``explain`` and ``report``: where a score comes from, and an HTML page of a log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from influence_graph.cli.figures import check_figure, write_figure
from influence_graph.cli.options import (
    AsJson,
    Log,
    LogOptions,
    Method,
    Methods,
    Parameters,
    Scale,
    Seed,
    Top,
    names_from,
    parameters_from,
    with_log_options,
)
from influence_graph.cli.output import check_folder, note, print_json, say
from influence_graph.cli.read_graph import keep_inputs, read_graph, typed_id
from influence_graph.errors import ConfigError
from influence_graph.limits import check_limits


@with_log_options
def explain_command(
    log: Log,
    id_: Annotated[str, typer.Argument(metavar="ID", help="The person to explain: an id in the log.")],
    *,
    method: Method = "pagerank",
    param: Parameters = None,
    scale: Scale = "log",
    by: Annotated[
        str | None,
        typer.Option(
            help="How the raw value is decomposed: by kind, network, reactor, period; or by origin; for "
            "multinetwork by feature, network; or none. Default: the first two.",
            metavar="A,B,…",
        ),
    ] = None,
    period: Annotated[str, typer.Option(help="Length of a period.", metavar="DURATION")] = "1d",
    attribute_to: Annotated[
        str, typer.Option(help="What the score is attributed to: kind, network, layer or none.")
    ] = "kind",
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="Recompute without the interactions of this source; may be repeated.", metavar="ID"
        ),
    ] = None,
    options: LogOptions,
    seed: Seed = 0,
    figure: Annotated[
        Path | None,
        typer.Option(help="Draw the attribution as a waterfall into this file: .pdf, .svg or .png."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain a score: parts that add up to it, and the score without each.

    **Example:** `influence-graph explain log.csv ann --method engagement --by kind,period`
    """
    from influence_graph.explaining._explain import explain
    from influence_graph.methods.declaration import get_method

    get_method(method).resolve(parameters := parameters_from(param))
    if figure is not None:
        check_figure(figure)
        if attribute_to == "none":
            raise ConfigError("The figure shows the attribution. Use --attribute-to kind, network or layer.")
        keep_inputs(figure, log, options, param)
    graph = read_graph(log, options)
    parts = None if by is None else [name for name in names_from(by) if name != "none"]
    to: Any = None if attribute_to == "none" else attribute_to
    explanation = explain(
        graph, typed_id(graph, id_), method, by=parts, period=period, attribute_to=to, scale=scale,  # type: ignore[arg-type]
        without=[typed_id(graph, person) for person in without or ()], rng=seed, **parameters,
    )  # fmt: skip
    if figure is not None:
        from influence_graph.report.score_figures import waterfall

        write_figure(waterfall(explanation), figure)
        note(f"figure → {figure}")
    if as_json:
        print_json(explanation.to_dict())
    else:
        say(explanation)


@with_log_options
def report_command(
    log: Annotated[
        str,
        typer.Argument(
            metavar="LOG_OR_RESULTS",
            help="A log as in the other commands, or the folder of an experiment's results.",
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("report.html"),
    methods: Methods = "pagerank,engagement,reactors",
    person: Annotated[
        list[str] | None,
        typer.Option(
            help="A person to explain; may be repeated. Default: the three with the highest score.",
            metavar="ID",
        ),
    ] = None,
    every: Annotated[
        str | None, typer.Option(help="Step of the history: `1h`, `1d`.", metavar="DURATION")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of the report.")] = None,
    top: Top = 10,
    options: LogOptions,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Make a report on a log or on results: one HTML file, without scripts, that works offline.

    The first method is explained and followed over time.

    **Example:** `influence-graph report log.csv --person ann --out report.html`
    """
    from influence_graph.atomic import whole_file

    if out.suffix not in (".html", ".htm"):
        raise ConfigError(f"{out} ends in {out.suffix!r}; a report should end in .html.")
    check_limits({"top": top})
    check_folder(out)
    keep_inputs(out, log, options)
    if (folder := _results_in(Path(log))) is not None:
        page = _results_page(folder, title)
    else:
        from influence_graph.methods.declaration import get_method
        from influence_graph.report.log_report import report_log

        names = names_from(methods)
        for name in names:
            get_method(name).resolve({})
        graph = read_graph(log, options)
        people = [typed_id(graph, one) for one in person] if person else None
        page = report_log(
            graph, methods=names, people=people, every=every, top=top, source=Path(log).name, seed=seed,
            title=title or "Influence report",
        )  # fmt: skip
    with whole_file(out) as unfinished:
        unfinished.write_text(page, "utf-8")
    if as_json:
        print_json({"out": str(out), "bytes": len(page.encode())})
    else:
        note(f"report → {out}")


def _results_page(folder: Path, title: str | None) -> str:
    from influence_graph.experiment.results import Results
    from influence_graph.report.results_report import report_results

    found = Results.load(folder)
    drawn = {name: drawing.svg for name, drawing in found.figures.items()}
    return report_results(found.manifest, found.summary, found.tables, drawn, title=title)


def _results_in(folder: Path) -> Path | None:
    """Return this folder or its ``latest``, whichever holds results; None if it is no folder of results."""
    for candidate in (folder, folder / "latest"):
        if (candidate / "manifest.json").is_file():
            return candidate
    # Without a manifest, but beside stored cells: results that are damaged, not a log.
    within = (folder, folder.parent, folder.parent.parent)
    return folder if folder.is_dir() and any((one / ".cells").is_dir() for one in within) else None
