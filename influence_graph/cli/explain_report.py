"""``explain`` and ``report``: where a score comes from, and a page of it all."""

from __future__ import annotations

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
    Read,
    Saturation,
    Seed,
    Top,
    parameters_from,
)
from influence_graph.cli.output import check_folder, note, print_json
from influence_graph.cli.score_compare import graph_of, read_log
from influence_graph.errors import ConfigError

if TYPE_CHECKING:
    from influence_graph.graph.graph import InfluenceGraph


def explain_command(
    log: Log,
    id_: Annotated[str, typer.Argument(metavar="ID", help="Whom to explain: an id of the log.")],
    method: Annotated[str, typer.Option("--method", "-m", help="Name of the method.")] = "pagerank",
    param: Annotated[
        list[str] | None,
        typer.Option(help="A parameter of the method; may be repeated.", metavar="NAME=VALUE"),
    ] = None,
    scale: Annotated[
        str, typer.Option(help="How raw values become points: log, quantile or linear.")
    ] = "log",
    by: Annotated[
        str | None,
        typer.Option(
            help="What the raw value's parts are told apart by: kind, network, reactor, period; or origin; "
            "of multinetwork feature, network; or none. By default the first two.",
            metavar="A,B,…",
        ),
    ] = None,
    period: Annotated[str, typer.Option(help="Length of a period.", metavar="DURATION")] = "1d",
    attribute_to: Annotated[
        str, typer.Option(help="What the points are attributed to: kind, network, layer or none.")
    ] = "kind",
    without: Annotated[
        list[str] | None,
        typer.Option(help="Recompute without the acts of this person; may be repeated.", metavar="ID"),
    ] = None,
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
    figure: Annotated[
        Path | None, typer.Option(help="Draw the points as a waterfall into this file: .pdf, .svg or .png.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain a score: parts that add up to it, and what it would be without each.

    **Example:** `influence-graph explain log.csv ann --method engagement --by kind,period`
    """
    from influence_graph.explaining._explain import explain
    from influence_graph.methods import get_method

    get_method(method).resolve(parameters := parameters_from(param))
    if figure is not None:
        _check_figure(figure, attribute_to)
    graph = graph_of(
        read_log(log, columns, format_, kind, on_error, read), kinds, other, half_life, as_of, saturation
    )
    words = (
        None if by is None else [word.strip() for word in by.split(",") if word.strip() not in ("", "none")]
    )
    to: Any = None if attribute_to == "none" else attribute_to
    explanation = explain(
        graph, _id(graph, id_), method, by=words, period=period, attribute_to=to, scale=scale,  # type: ignore[arg-type]
        without=[_id(graph, person) for person in without or ()], rng=seed, **parameters,
    )  # fmt: skip
    if figure is not None:
        from influence_graph.atomic import whole_file
        from influence_graph.report._style import style
        from influence_graph.report.score_figures import waterfall

        with style(), whole_file(figure) as unfinished:
            waterfall(explanation.attribution).savefig(unfinished, format=figure.suffix[1:])
        note(f"figure → {figure}")
    print(explanation.to_json() if as_json else explanation)


def report_command(
    log: Annotated[
        str,
        typer.Argument(
            metavar="LOG_OR_RESULTS",
            help="A log as of the other commands, or the folder of an experiment's results.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("report.html"),
    methods: Annotated[
        str,
        typer.Option(
            "--methods", "-m", help="Methods; the first is explained and followed.", metavar="A,B,…"
        ),
    ] = "pagerank,engagement,reactors",
    person: Annotated[
        list[str] | None,
        typer.Option(help="Whom to explain; may be repeated. Default: the three highest.", metavar="ID"),
    ] = None,
    every: Annotated[
        str | None, typer.Option(help="Step of the history: `1h`, `1d`.", metavar="DURATION")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of the report.")] = None,
    top: Top = 10,
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
    as_json: AsJson = False,
) -> None:
    """Make one HTML file of a log or of results: to read, to send, to keep. It needs no network.

    **Example:** `influence-graph report log.csv --person ann --out report.html`
    """
    from influence_graph.methods import get_method

    if out.suffix not in (".html", ".htm"):
        raise ConfigError(f"{out} ends in {out.suffix!r}; a report should end in .html.")
    check_folder(out)
    if (folder := _results_in(Path(log))) is not None:
        from influence_graph.experiment.results import Results
        from influence_graph.report.results_report import report_results

        found = Results.load(folder)
        drawn = {name: drawing.svg for name, drawing in found.figures.items()}
        page = report_results(found.manifest, found.summary, found.tables, drawn, title=title)
    else:
        from influence_graph.report.log_report import report_log

        names = [name.strip() for name in methods.split(",") if name.strip()]
        for name in names:
            get_method(name).resolve({})
        graph = graph_of(
            read_log(log, columns, format_, kind, on_error, read), kinds, other, half_life, as_of, saturation
        )
        people = [_id(graph, one) for one in person] if person else None
        page = report_log(
            graph, methods=names, people=people, every=every, top=top, source=Path(log).name, seed=seed,
            title=title or "Influence report",
        )  # fmt: skip
    from influence_graph.atomic import whole_file

    with whole_file(out) as unfinished:
        unfinished.write_text(page, "utf-8")
    if as_json:
        print_json({"out": str(out), "bytes": len(page.encode())})
    else:
        note(f"report → {out}")


def _check_figure(figure: Path, attribute_to: str) -> None:
    if figure.suffix not in (".pdf", ".svg", ".png"):
        raise ConfigError(f"{figure} ends in {figure.suffix!r}; a figure should end in .pdf, .svg or .png.")
    if attribute_to == "none":
        raise ConfigError("The figure is of the points by part. Take --attribute-to kind, network or layer.")
    check_folder(figure)


def _id(graph: InfluenceGraph, text: str) -> int | str:
    """Return an id as the graph has it: a number where its ids are numbers."""
    import polars as pl

    if graph.ids.dtype == pl.String:
        return text
    try:
        number = int(text)
    except ValueError:
        return text
    return number if abs(number) < 2**63 else text


def _results_in(folder: Path) -> Path | None:
    """Return the folder of results that is meant: this one, or the latest of the experiment it is of."""
    for candidate in (folder, folder / "latest"):
        if (candidate / "manifest.json").is_file():
            return candidate
    return None
