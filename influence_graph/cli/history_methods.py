"""The commands ``history`` and ``methods``: scores over time; what there is to score by."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from influence_graph.cli.figures import check_figure, write_figure
from influence_graph.cli.options import (
    AsJson,
    Log,
    LogOptions,
    Method,
    Out,
    Parameters,
    Scale,
    Seed,
    methods_from,
    parameters_from,
    with_log_options,
)
from influence_graph.cli.output import check_table, note, print_json, say, write_frame
from influence_graph.cli.read_graph import read_log
from influence_graph.errors import counted

if TYPE_CHECKING:
    from influence_graph.methods.declaration import Method as Declared


@with_log_options
def history_command(
    log: Log,
    people: Annotated[
        list[str] | None,
        typer.Argument(help="Ids of people to follow; the ten highest at the end by default.", metavar="ID"),
    ] = None,
    *,
    method: Method = "pagerank",
    param: Parameters = None,
    every: Annotated[str, typer.Option(help="The step: `1h`, `7d`.", metavar="DURATION")] = "1d",
    reference: Annotated[
        str, typer.Option(help="The scale: `so far`, `last`, `first` or `own` (each time its own).")
    ] = "so far",
    scale: Scale = "log",
    options: LogOptions,
    seed: Seed = 0,
    figure: Annotated[
        Path | None, typer.Option(help="File of a figure to write: .pdf, .svg or .png.")
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Score people at regular times over a log, each time by the rows up to then only.

    **Example:** `influence-graph history log.csv ann bob --every 7d --figure history.pdf`
    """
    from influence_graph.cli.read_graph import graph_options
    from influence_graph.history._score_history import score_history
    from influence_graph.methods.declaration import get_method

    get_method(method).resolve(parameters := parameters_from(param))
    check_table(out, spreadsheet=False)
    if figure is not None:
        check_figure(figure)
    if options.as_of is not None:
        raise typer.BadParameter("a history has all times; leave it out", param_hint="--as-of")
    settings = {name: value for name, value in graph_options(options).items() if name != "as_of"}
    found = score_history(
        read_log(log, options), method, every=every, people=people or None, rng=seed,
        reference=reference, scale=scale, **settings, **parameters,  # type: ignore[arg-type]
    )  # fmt: skip
    if out is not None:
        write_frame(found.frame, out)
    if figure is not None:
        from influence_graph.report.score_figures import history_lines

        write_figure(history_lines(found), figure)
    if as_json:
        print_json({**found.to_dict(), "out": str(out) if out else None})
    elif out is None and figure is None:
        say(found)
    else:
        written = ", ".join(str(path) for path in (out, figure) if path is not None)
        note(f"{counted(found.drift.height, 'time')} by {method} → {written}")


def methods_command(
    name: Annotated[
        str | None, typer.Argument(help="A method, to be described in full.", autocompletion=methods_from)
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the methods, or describe one: what it computes, formula, unit, parameters, source.

    **Example:** `influence-graph methods pagerank`
    """
    import inspect
    import shutil
    import textwrap

    from influence_graph.methods.declaration import get_method, method_names
    from influence_graph.methods.description import plain_formula

    if name is not None:
        entry = get_method(name)
        text = inspect.cleandoc(entry.function.__doc__ or entry.summary)
        if as_json:
            print_json({**described(entry), "parameters": parameters_of(entry), "text": text})
            return
        needs = f"\nNeeds: {', '.join(sorted(entry.needs))}" if entry.needs else ""
        text = re.sub(r"(?m)^\.\. math:: (.*)$", lambda found: f"    {plain_formula(found[1])}", text)
        say(f"{name}, version {entry.version}{needs}\n\n{text}")
        return
    rows = [described(get_method(one)) for one in method_names()]
    if as_json:
        print_json({"methods": rows})
    else:
        width = max(len(row["name"]) for row in rows) + 2
        screen = max(60, shutil.get_terminal_size((100, 24)).columns)
        for row in rows:
            unit = f" Unit: {row['unit']}." if row["unit"] else ""
            needs = f" Needs {', '.join(row['needs'])}." if row["needs"] else ""
            cost = f" {row['cost']}." if row["cost"] else ""
            text = f"{row['computes']}.{unit}{needs}{cost}"
            say(textwrap.fill(f"{row['name']:<{width}}{text}", screen, subsequent_indent=" " * width))
            if row["formula"]:
                say(textwrap.indent(textwrap.fill(row["formula"], screen - width), " " * width))


def described(entry: Declared) -> dict[str, Any]:
    """Return a method in a line: name, what it computes, formula, unit, what it needs, cost."""
    from influence_graph.methods.description import describe

    about = describe(entry)
    return {
        "name": about.name,
        "computes": about.computes,
        "formula": about.formula,
        "unit": about.unit,
        "needs": list(about.needs),
        "cost": about.cost,
        "version": entry.version,
    }


def parameters_of(entry: Declared) -> dict[str, Any]:
    """Return the parameters of a method with their defaults; None where one has to be given."""
    import inspect

    declared = list(inspect.signature(inspect.unwrap(entry.function)).parameters.values())[1:]
    return {
        one.name: None if one.default is one.empty else one.default for one in declared if one.name != "rng"
    }
