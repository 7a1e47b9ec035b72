"""The command ``claims``: every experiment at hand, and what it answers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from influence_graph.cli.options import AddMethod, AsJson, Out, Quick
from influence_graph.cli.output import check_table, note, print_frame, print_json, write_frame

if TYPE_CHECKING:
    import polars as pl


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
) -> None:
    """Run all experiments at hand and print what they answer, claim by claim.

    Verdicts follow from criteria that each config states before there are results. `--out` writes the table
    with versions and fingerprints of the data. A log with * had been looked at when the criteria were set.

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
    print_frame(_printed(table))
    told = table.unique(["claim", "reason"], maintain_order=True)
    for claim, verdict, reason in told.select("claim", "verdict", "reason").iter_rows():
        if verdict in ("failed", "no result"):
            note(f"claim {claim}: {reason}")


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
