"""The options that commands share, and how their values are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

Log = Annotated[
    str,
    typer.Argument(
        metavar="LOG",
        help="A file, folder or glob; where there is no such file, the name of a data set (`datasets list`).",
    ),
]
Columns = Annotated[
    str | None,
    typer.Option(
        help="What the log calls its columns: `source=userA,target=userB`; or, for a file without header, "
        "their names in order: `source,target,timestamp`.",
        metavar="NAME=COLUMN,…",
    ),
]
Read = Annotated[
    list[str] | None,
    typer.Option(
        "--read",
        help="Another option of the reader, as messages name it: `separator=;`, `ids=text`, `signed=true`, "
        "`header=false`; may be repeated.",
        metavar="NAME=VALUE",
    ),
]
Format = Annotated[
    str | None,
    typer.Option("--format", help="Format of the log, where its name does not tell: csv, parquet, …"),
]
Kind = Annotated[str | None, typer.Option(help="Kind of all rows, where the log has no such column.")]
OnError = Annotated[str, typer.Option(help="What to do about a row that can't be used: `raise` or `skip`.")]
Kinds = Annotated[
    str | None, typer.Option(help="Weight of each kind: `retweet=1,reply=0.5`.", metavar="KIND=WEIGHT,…")
]
Other = Annotated[float | None, typer.Option(help="Weight of the kinds that --kinds does not name.")]
HalfLife = Annotated[
    str | None, typer.Option(help="Age at which an event counts half: `30d`, `12h`.", metavar="DURATION")
]
AsOf = Annotated[
    str | None, typer.Option(help="The moment to score: later rows are left out.", metavar="TIME")
]
Saturation = Annotated[
    str | None, typer.Option(help="Cap on what one pair contributes: `log` or a number.", metavar="CAP")
]
Seed = Annotated[int, typer.Option(help="Seed of whatever is drawn at random.", min=0)]
Out = Annotated[
    Path | None,
    typer.Option(help="File to write: .parquet, .csv, .json or .ndjson. Written whole or not at all."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")]
Top = Annotated[int, typer.Option(help="How many people to print.", min=1)]


def parameters_from(given: Sequence[str] | None, option: str = "--param") -> dict[str, Any]:
    """Read ``NAME=VALUE`` as TOML would, and what is no TOML as text."""
    import tomllib

    parameters: dict[str, Any] = {}
    for part in given or ():
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"{part!r} is not NAME=VALUE", param_hint=option)
        try:
            parameters[name.strip()] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            parameters[name.strip()] = value.strip()
    return parameters


def pairs_from(text: str, option: str, convert: Callable[[str], Any] = str) -> dict[str, Any]:
    """Read ``NAME=VALUE,NAME=VALUE``."""
    pairs: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise typer.BadParameter(f"{part!r} is not NAME=VALUE", param_hint=option)
        if name.strip() in pairs:
            raise typer.BadParameter(f"{name.strip()!r} is there twice", param_hint=option)
        pairs[name.strip()] = number_from(value, option) if convert is float else value.strip()
    return pairs


def number_from(text: str, option: str) -> float:
    """Read a number, or tell that the usage is wrong."""
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a number", param_hint=option) from None
