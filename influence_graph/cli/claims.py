"""The command ``claims``: every experiment at hand, and what it answers."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from influence_graph.cli.options import AddMethod, AsJson, Out, Quick, in_command_line
from influence_graph.cli.output import check_table, note, print_frame, print_json, say, write_frame

if TYPE_CHECKING:
    import polars as pl

#: So many logs are named for a verdict; others are counted.
_NAMED = 3
#: So many characters of the reason why there is no estimate.
_REASON = 90


def claims_command(
    results: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("results"),
    logs: Annotated[
        Path | None,
        typer.Option(
            help="A folder with one folder a log: interactions.*, and identities.csv and people.csv where "
            "there are any. The experiments run on these instead of their own logs.",
            metavar="DIR",
        ),
    ] = None,
    quick: Quick = False,
    method: AddMethod = None,
    run: Annotated[
        bool,
        typer.Option("--run/--no-run", help="Whether to run experiments, or only show the last results."),
    ] = True,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", help="Worker processes. Default: one a processor.", min=1)
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
    all_: Annotated[
        bool, typer.Option("--all", help="Print every question and log, not the first question of each.")
    ] = False,
) -> None:
    """Run all experiments at hand and print what they answer, claim by claim.

    Verdicts follow from criteria that each config states before there are results. Of each experiment the
    first question is printed, with the answers of the logs, and the others are counted; `--all` prints all.
    `--out` writes the table with versions and fingerprints of the data. A log with * had been looked at when
    the criteria were set.

    **Example:** `influence-graph claims --quick --logs mylogs`
    """
    from influence_graph.experiment.claims import claims_table, shipped_configs
    from influence_graph.experiment.overrides import Overrides

    check_table(out, spreadsheet=False)
    table = claims_table(
        shipped_configs(),
        results=results,
        logs=logs,
        overrides=Overrides(quick=quick, methods=tuple(method or ())),
        jobs=jobs or os.cpu_count() or 1,
        run=run,
        tell=note if run else lambda text: None,
    )
    if out is not None:
        write_frame(table, out)
    if as_json:
        print_json({"claims": table.to_dicts()})
        return
    if all_:
        print_frame(_printed(table))
        for claim, reason in _unanswered(table).select("claim", "reason").unique(maintain_order=True).rows():
            note(f"claim {claim}: {reason}")
        return
    width = max(60, shutil.get_terminal_size((100, 24)).columns)
    for line in _screen(table, width):
        say(line)


def _screen(table: pl.DataFrame, width: int) -> Iterator[str]:
    """Yield a few lines a claim: the first question of each experiment, with its answers, and the figure."""
    from influence_graph.experiment.claims import CLAIMS
    from influence_graph.experiment.condensed import counted_verdicts

    def wrapped(text: str, indent: int) -> str:
        before = " " * indent
        return textwrap.fill(text, width, initial_indent=before, subsequent_indent=before + "  ")

    for (claim,), of_claim in table.group_by("claim", maintain_order=True):
        yield textwrap.fill(f"{claim:>2}  {CLAIMS.get(claim, '')}", width, subsequent_indent=" " * 4)
        lacking = _unanswered(of_claim)
        answered = of_claim.join(lacking, on=["verdict"], how="anti", maintain_order="left")
        for (name,), found in answered.group_by("experiment", maintain_order=True):
            first = found.filter(question=found["question"][0])
            yield wrapped(f"{name}: {first['question'][0]}", 4)
            yield wrapped("; ".join(_answers(first)), 6)
            others = found.filter(found["question"] != found["question"][0])
            if others.height:
                yield wrapped(f"{others['question'].n_unique()} more: {counted_verdicts(others)}", 6)
            if figure := next(filter(None, first["figure"]), ""):
                yield f"      {figure}"
        for (verdict, reason), found in lacking.group_by(["verdict", "reason"], maintain_order=True):
            where = _few(found["data"].drop_nulls().unique(maintain_order=True).to_list())
            yield wrapped(f"{verdict}{f' on {where}' if where else ''}: {in_command_line(str(reason))}", 4)


def _unanswered(table: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of experiments that failed or have no results."""
    from influence_graph.experiment.claims import FAILED, NO_RESULT

    return table.filter(table["verdict"].is_in([FAILED, NO_RESULT]))


def _answers(found: pl.DataFrame) -> Iterator[str]:
    """Yield each verdict on one question with its logs, the first of them with effect and interval."""
    from influence_graph.experiment.condensed import condensed

    rows = condensed(found, ("question", "data"))
    alone = rows.filter(rows["settings"] == 1)
    known = alone.filter(alone["value"].is_not_null())
    for (verdict,), same in known.group_by("verdict", maintain_order=True):
        yield f"{verdict}: {_few([f'{_place(row, known)} {_effect(row)}' for row in same.to_dicts()])}"
    unknown = alone.filter(alone["value"].is_null())
    for (verdict, reason), same in unknown.group_by(["verdict", "reason"], maintain_order=True):
        why = textwrap.shorten(str(reason), _REASON, placeholder=" …")
        yield f"{verdict} on {_few([_place(row, same) for row in same.to_dicts()])}: {why}"
    for row in rows.filter(rows["settings"] > 1).to_dicts():
        yield f"{row['verdict']} of {row['settings']} settings ({row['data']})"


def _few(named: list[str]) -> str:
    more = len(named) - _NAMED
    return ", ".join(named if more <= 1 else [*named[:_NAMED], f"{more} more"])


def _place(row: dict[str, Any], among: pl.DataFrame) -> str:
    """Return the log of a row, and among whom where that is not the same in all rows."""
    where = row["data"] or ""
    if among["among"].n_unique() > 1 and row["among"]:
        where += f" ({row['among']})"
    return where + (" *" if row["seen"] else "")


def _effect(row: dict[str, Any]) -> str:
    interval = f" [{row['low']:.3f}, {row['high']:.3f}]" if row["low"] is not None else ""
    return f"{row['value']:.3f}{interval}"


def _printed(table: pl.DataFrame) -> pl.DataFrame:
    """Return claim, question, verdict, effect with interval, data and figure."""
    import polars as pl

    number = [
        pl.when(pl.col(name).is_null()).then(pl.lit("")).otherwise(pl.col(name).round(3).cast(pl.String))
        for name in ("value", "low", "high")
    ]
    interval = pl.when(pl.col("low").is_null()).then(number[0]).otherwise(pl.format("{} [{}, {}]", *number))
    mark = pl.when(pl.col("seen").fill_null(False)).then(pl.lit(" *")).otherwise(pl.lit(""))
    data = pl.col("data").fill_null("") + mark
    figure = pl.col("figure").fill_null("")
    return table.select("claim", "question", "verdict", interval.alias("effect"), data.alias("data"), figure)
