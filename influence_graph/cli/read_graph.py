"""From the arguments of a command to the graph of a log."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from influence_graph.cli.options import LogOptions, in_command_line, number_from, pairs_from, parameters_from
from influence_graph.cli.output import note
from influence_graph.engine import LOCAL
from influence_graph.errors import ConfigError, DataError, nearest

if TYPE_CHECKING:
    from influence_graph.graph.graph import InfluenceGraph
    from influence_graph.interactions.log import Interactions


#: Options of the reader that are off where they are None.
_MAY_BE_NONE = ("quote", "comment", "separator", "header", "time_unit", "time_format", "identities")
#: Options that are words, also where they look like numbers.
_WORDS = ("leave_out", "missing", "fold", "sampled")


def read_graph(log: str, options: LogOptions) -> InfluenceGraph:
    """Read a log and build its graph; the rows left out are reported on standard error."""
    from influence_graph.graph.build import build_graph

    settings = graph_options(options)
    graph = build_graph(read_log(log, options), **settings)
    for reason, rows in graph.report.items():
        note(f"  {rows:,} left out: {reason}")
    for remark in graph.notes:
        note(f"  note: {in_command_line(remark)}")
    return graph


def graph_options(options: LogOptions) -> dict[str, Any]:
    """Return the parameters of ``build_graph`` that the options give."""
    cap: Any = options.saturation
    if cap not in (None, "log"):
        cap = number_from(cap, "--saturation")
    return {
        "kinds": None if options.kinds is None else pairs_from(options.kinds, "--kinds", float),
        "other": options.other,
        "half_life": options.half_life,
        "as_of": options.as_of,
        "saturation": cap,
    }


def read_log(log: str, options: LogOptions) -> Interactions:
    """Read a file, folder, glob or data set; the rows left out are reported on standard error."""
    loaded = load_log(log, options)
    note(in_command_line(str(loaded.report)))
    return loaded


def load_log(log: str, options: LogOptions) -> Interactions:
    """Read a file, folder, glob or data set."""
    from influence_graph import datasets
    from influence_graph.interactions.read import read_interactions
    from influence_graph.methods.parameters import resolve_parameters

    given = reader_options(options)
    if not os.path.exists(log) and log in datasets.dataset_names():
        if given:
            raise typer.BadParameter(
                f"{log!r} is a data set, which has its own reader; the options {', '.join(given)} are for "
                "files",
                param_hint="LOG",
            )
        loaded = datasets.load_dataset(log)
    else:
        elsewhere = options.engine != LOCAL or "://" in log
        if not elsewhere and log != "-" and not os.path.exists(log) and not glob.glob(log):
            near = [*datasets.dataset_names("log"), *map(str, Path(log).parent.glob("*"))]
            raise DataError(f"There is no file and no data set {log!r}. {nearest(log, near)}")
        resolved = resolve_parameters("read_interactions", read_interactions, given) if given else {}
        loaded = read_interactions(log, **{name: resolved[name] for name in given})
    return loaded


def reader_options(options: LogOptions) -> dict[str, Any]:
    """Return the options of ``read_interactions`` that were given on the command line."""
    given = {
        name: None if name in _MAY_BE_NONE and value in ("None", "null", "") else value
        for name, value in parameters_from(options.read, "--read").items()
    }
    given |= {name: _words(given[name]) for name in _WORDS if name in given}
    for name, value in (("kind", options.kind), ("format", options.format_)):
        if value is not None:
            given[name] = value
    if options.columns:
        in_order = [name.strip() or None for name in options.columns.split(",")]
        given["columns"] = pairs_from(options.columns, "--columns") if "=" in options.columns else in_order
    for name, value, usual in (("on_error", options.on_error, "raise"), ("engine", options.engine, LOCAL)):
        if value != usual:
            given[name] = value
    return given


def keep_inputs(
    out: Path | None, log: str, options: LogOptions, parameters: Sequence[str] | None = None
) -> None:
    """Raise a ConfigError if a file to be written is one that the command reads, by whatever name.

    Parameters
    ----------
    out : Path or None
        What is to be written.
    log : str
        The argument LOG.
    options : LogOptions
        Those of the reader may name files: identities.
    parameters : sequence of str, optional
        ``NAME=VALUE``, as given to the method.
    """
    if out is None or not out.exists():
        return
    written = os.stat(out)
    for path in _inputs(log, [*(options.read or ()), *(parameters or ())]):
        try:
            read = os.fstat(0) if path == "-" else os.stat(path)
        except (OSError, ValueError):
            continue
        if os.path.samestat(written, read):
            what = "standard input" if path == "-" else str(path)
            same = "" if what == str(out) else f" (as {what})"
            raise ConfigError(
                f"{out} is read by this command{same} and would be overwritten. Name another file to write."
            )


def _inputs(log: str, given: Sequence[str]) -> Iterator[str | Path]:
    """Yield the files that a command reads: the log or its parts, and the values that may be files."""
    yield log
    yield from glob.iglob(log, recursive=True)
    if os.path.isdir(log):
        yield from Path(log).rglob("*")
    elif not os.path.exists(log):
        from influence_graph.datasets import dataset_names, get_dataset
        from influence_graph.datasets.fetch import places

        if log in dataset_names():
            dataset = get_dataset(log)
            yield from (place / file.name for place in places(dataset) for file in dataset.files)
    yield from (one.partition("=")[2] for one in given)


def _words(value: Any) -> str | list[str]:
    return [str(word) for word in value] if isinstance(value, list) else str(value)


def left_out(graph: InfluenceGraph) -> dict[str, int]:
    """Return how many rows the reader and the graph left out, by reason."""
    rows: dict[str, int] = {}
    if graph.log is not None:
        for reason, count in graph.log.report.left_out.select("reason", "rows").iter_rows():
            rows[reason] = rows.get(reason, 0) + count
    return {**rows, **graph.report}


def typed_id(graph: InfluenceGraph, text: str) -> int | str:
    """Return an id in the type of the ids of the graph."""
    import polars as pl

    if graph.ids.dtype == pl.String:
        return text
    try:
        number = int(text)
    except ValueError:
        return text
    return number if abs(number) < 2**63 else text
