"""The options that commands share: each is declared once, and a command names those it takes."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

Log = Annotated[
    str,
    typer.Argument(
        metavar="LOG",
        help="File, folder or glob; if there is no such file, the name of a data set (`datasets list`).",
    ),
]
Method = Annotated[str, typer.Option("--method", "-m", help="Name of the method.")]
Methods = Annotated[
    str, typer.Option("--methods", "-m", help="Names of methods, separated by commas.", metavar="A,B,…")
]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--param", help="A parameter of the method; may be repeated.", metavar="NAME=VALUE"),
]
Scale = Annotated[str, typer.Option(help="How raw values become scores: log, quantile or linear.")]
Confidence = Annotated[float, typer.Option(help="Confidence level of the intervals, between 0 and 1.")]
Seed = Annotated[int, typer.Option(help="Seed of the random numbers.", min=0)]
Out = Annotated[
    Path | None,
    typer.Option(help="File to write: .parquet, .csv, .json or .ndjson. Written completely or not at all."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]
Top = Annotated[int, typer.Option(help="How many people to print.", min=1)]


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """The options of the reader and of the graph, as typed; see :func:`with_log_options`."""

    kinds: Annotated[
        str | None,
        typer.Option(help="Weight of each kind: `retweet=1,reply=0.5`.", metavar="KIND=WEIGHT,…"),
    ] = None
    other: Annotated[float | None, typer.Option(help="Weight of the kinds that --kinds does not name.")] = (
        None
    )
    half_life: Annotated[
        str | None,
        typer.Option(help="Age at which an event counts half: `30d`, `12h`.", metavar="DURATION"),
    ] = None
    as_of: Annotated[
        str | None,
        typer.Option(help="Time at which to score: later interactions are left out.", metavar="TIME"),
    ] = None
    saturation: Annotated[
        str | None,
        typer.Option(help="Cap on the weight of one edge: `log` or a number.", metavar="CAP"),
    ] = None
    columns: Annotated[
        str | None,
        typer.Option(
            help="Names of the columns in the log: `source=userA,target=userB`; or, for a file without a "
            "header, all columns in order: `source,target,timestamp`.",
            metavar="NAME=COLUMN,…",
        ),
    ] = None
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", help="Format of the log, if the file name does not show it: csv, parquet, …"
        ),
    ] = None
    kind: Annotated[str | None, typer.Option(help="Kind of all rows, if the log has no such column.")] = None
    on_error: Annotated[str, typer.Option(help="What to do with an invalid row: `raise` or `skip`.")] = (
        "raise"
    )
    read: Annotated[
        list[str] | None,
        typer.Option(
            "--read",
            help="Another option of the reader, as error messages name it: `separator=;`, `ids=text`, "
            "`signed=true`, `header=false`; may be repeated.",
            metavar="NAME=VALUE",
        ),
    ] = None


def with_log_options(command: Callable[..., None]) -> Callable[..., None]:
    """Decorate a command that takes ``options: LogOptions``: on the command line, one option a field."""
    hints = typing.get_type_hints(LogOptions, include_extras=True)
    declared = [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in dataclasses.fields(LogOptions)
    ]
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        own = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        parameters += declared if parameter.name == "options" else [own]

    @functools.wraps(command)
    def expanded(**given: Any) -> None:
        options = LogOptions(**{parameter.name: given.pop(parameter.name) for parameter in declared})
        command(options=options, **given)

    expanded.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return expanded


def parameters_from(given: Sequence[str] | None, option: str = "--param") -> dict[str, Any]:
    """Parse ``NAME=VALUE``: the value as TOML, or as text if it is not valid TOML."""
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
    """Parse ``NAME=VALUE,NAME=VALUE``."""
    pairs: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise typer.BadParameter(f"{part!r} is not NAME=VALUE", param_hint=option)
        if name.strip() in pairs:
            raise typer.BadParameter(f"{name.strip()!r} is given twice", param_hint=option)
        pairs[name.strip()] = number_from(value, option) if convert is float else value.strip()
    return pairs


def names_from(text: str) -> list[str]:
    """Parse ``A,B,C``, without empty names."""
    return [name.strip() for name in text.split(",") if name.strip()]


def number_from(text: str, option: str) -> float:
    """Parse a number; anything else is wrong usage."""
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a number", param_hint=option) from None
