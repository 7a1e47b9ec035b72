"""The commands ``datasets list``, ``datasets fetch`` and ``datasets make``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from influence_graph.cli.options import AsJson, Seed, data_sets_from, parameters_from
from influence_graph.cli.output import note, print_frame, print_json, say, write_frame, writer_for
from influence_graph.errors import counted


def datasets_list(as_json: AsJson = False) -> None:
    """List the data sets, their licences and whether they are available locally.

    **Example:** `influence-graph datasets list`
    """
    from influence_graph.datasets import dataset_names, get_dataset, is_local

    rows = [
        {
            "name": entry.name,
            "rows": entry.rows,
            "here": is_local(entry.name),
            "holds": entry.holds,
            "terms": entry.terms,
            "title": entry.title,
        }
        for entry in map(get_dataset, dataset_names())
    ]
    if as_json:
        print_json({"datasets": rows})
    else:
        import polars as pl

        print_frame(pl.DataFrame(rows))


def datasets_fetch(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME…", help="Names of data sets.", autocompletion=data_sets_from),
    ],
    as_json: AsJson = False,
) -> None:
    """Download data sets, verify their checksums, and store them.

    Files in the folder named by the environment variable INFLUENCE_GRAPH_DATA are used first.

    **Example:** `influence-graph datasets fetch higgs collegemsg`
    """
    from influence_graph.datasets import fetch_dataset, get_dataset

    for name in names:
        get_dataset(name)
    fetched = {name: [str(path) for path in fetch_dataset(name)] for name in names}
    if as_json:
        print_json({"fetched": fetched})
    else:
        for name, paths in fetched.items():
            say(f"{name}: {', '.join(paths)}")


def datasets_make(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="File to write: .parquet, .csv or .ndjson.")],
    people: Annotated[int, typer.Option(help="How many people.", min=1)] = 2000,
    days: Annotated[int, typer.Option(help="How many days of posts.", min=1)] = 90,
    param: Annotated[
        list[str] | None,
        typer.Option(help="Another parameter of the generator; may be repeated.", metavar="NAME=VALUE"),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Make a synthetic log with people on several networks, their posts and the reactions to them.

    **Example:** `influence-graph datasets make log.parquet --people 5000 --seed 1`
    """
    from influence_graph.datasets import load_dataset

    writer_for(out)
    given = {"people": people, "days": days, "rng": seed, **parameters_from(param)}
    log = load_dataset("synthetic", **given)
    frame = log.frame.collect()
    write_frame(frame, out)
    if as_json:
        print_json({"out": str(out), "rows": frame.height, "fingerprint": log.fingerprint})
    else:
        note(f"{counted(frame.height, 'row')} → {out}")
