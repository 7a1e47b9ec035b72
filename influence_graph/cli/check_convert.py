"""The commands ``check`` and ``convert``: what a log is; a log in plain columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from influence_graph.cli.options import AsJson, Log, LogOptions, in_command_line, with_log_options
from influence_graph.cli.output import note, print_json, say, write_frame, writer_for
from influence_graph.cli.read_graph import keep_inputs, load_log, read_log
from influence_graph.errors import counted
from influence_graph.visible import visible

if TYPE_CHECKING:
    from influence_graph.interactions.log import Interactions

#: Kinds and networks that are shown, the most frequent first.
_SHOWN = 8


@with_log_options
def check_command(log: Log, *, options: LogOptions, as_json: AsJson = False) -> None:
    """Say what a log is: rows, people, kinds, networks, first and last date, what would be left out.

    Rows that can't be used are counted, as with `--on-error skip`; nothing is written.

    **Example:** `influence-graph check log.csv --columns source=from,target=to`
    """
    from dataclasses import replace

    found = describe(load_log(log, replace(options, on_error="skip")))
    if as_json:
        print_json(found)
        return
    for line in _lines(found):
        say(visible(in_command_line(line)))


@with_log_options
def convert_command(
    log: Log,
    out: Annotated[Path, typer.Argument(help="File to write: .parquet, .csv or .ndjson.", metavar="OUT")],
    *,
    options: LogOptions,
    as_json: AsJson = False,
) -> None:
    """Write a log with the columns and types that every other command reads without options.

    **Example:** `influence-graph convert log.csv log.parquet --columns source=from,target=to`
    """
    writer_for(out)
    keep_inputs(out, log, options)
    frame = read_log(log, options).frame.collect(engine="streaming")
    write_frame(frame, out)
    if as_json:
        print_json({"out": str(out), "rows": frame.height, "columns": frame.columns})
    else:
        note(f"{counted(frame.height, 'row')}, {', '.join(frame.columns)} → {out}")


def describe(log: Interactions) -> dict[str, Any]:
    """Return what a log is, for people and programs.

    Parameters
    ----------
    log : Interactions
        The log.

    Returns
    -------
    dict
        ``files``, ``rows_read``, ``rows_kept``, ``left_out`` and ``examples`` by reason, ``people``,
        ``sources``, ``targets``, ``kinds`` and ``networks`` with their rows, ``first``, ``last``,
        ``columns``, ``sampled``, ``notes``.
    """
    import polars as pl

    report, frame = log.report, log.frame
    left_out: dict[str, int] = {}
    for reason, rows in report.left_out.select("reason", "rows").iter_rows():
        left_out[reason] = left_out.get(reason, 0) + rows
    ends = frame.select(
        pl.col("source").n_unique().alias("sources"),
        pl.col("target").drop_nulls().n_unique().alias("targets"),
    )
    sources, targets = ends.collect(engine="streaming").row(0)
    networks = frame.group_by("network").agg(pl.len()).collect(engine="streaming")
    first, last = log.span or (None, None)
    return {
        "files": report.files["file"].to_list(),
        "rows_read": report.read,
        "rows_kept": report.kept,
        "left_out": left_out,
        "examples": dict(report.examples),
        "people": len(log.rows.people),
        "sources": sources,
        "targets": targets,
        "kinds": dict(log.kinds),
        "networks": dict(networks.sort("len", "network", descending=[True, False]).iter_rows()),
        "first": first,
        "last": last,
        "columns": frame.collect_schema().names(),
        "sampled": report.sampled,
        "notes": list(report.notes),
    }


def _lines(found: Mapping[str, Any]) -> list[str]:
    """Return the description on one screen."""
    files = found["files"]
    more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
    lines = [f"{files[0]}{more}: {found['rows_kept']:,} of {counted(found['rows_read'], 'row')} can be used"]
    for reason, rows in found["left_out"].items():
        example = found["examples"].get(reason, "")
        lines.append(f"  {rows:,} left out: {reason}{example and f'; the first: {example}'}")
    people = counted(found["people"], "person", "people")
    lines.append(f"people    {people}: {found['sources']:,} sources, {found['targets']:,} targets")
    for name in ("kinds", "networks"):
        shown = [f"{word} {rows:,}" for word, rows in list(found[name].items())[:_SHOWN]]
        rest = len(found[name]) - len(shown)
        lines.append(f"{name:<9} {', '.join(shown)}{f' and {rest:,} more' if rest else ''}")
    if found["first"] is None:
        lines.append("times     none: no decay, no history")
    else:
        lines.append(f"times     {found['first']:%Y-%m-%d %H:%M:%S} to {found['last']:%Y-%m-%d %H:%M:%S} UTC")
    lines.append(f"columns   {', '.join(found['columns'])}")
    lines += [f"sampled   {found['sampled']}"] * (found["sampled"] is not None)
    return lines + [f"note: {remark}" for remark in found["notes"]]
