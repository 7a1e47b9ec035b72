"""The options that commands share: each is declared once, and a command names those it takes."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer


def methods_from(incomplete: str) -> list[str]:
    """Return the names of methods that begin so; after a comma, the list with each as its last."""
    from influence_graph.methods.declaration import method_names

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in method_names() if name.startswith(last)]


def data_sets_from(incomplete: str) -> list[str]:
    """Return the names of data sets that begin so."""
    from influence_graph.datasets import dataset_names

    return [name for name in dataset_names() if name.startswith(incomplete)]


Log = Annotated[
    str,
    typer.Argument(
        metavar="LOG",
        help="File, folder or glob; if there is no such file, the name of a data set (`datasets list`).",
    ),
]
Method = Annotated[
    str, typer.Option("--method", "-m", help="Name of the method.", autocompletion=methods_from)
]
Methods = Annotated[
    str,
    typer.Option(
        "--methods", "-m", help="Names of methods, separated by commas.", metavar="A,B,…",
        autocompletion=methods_from,
    ),
]  # fmt: skip
Parameters = Annotated[
    list[str] | None,
    typer.Option("--param", help="A parameter of the method; may be repeated.", metavar="NAME=VALUE"),
]
Scale = Annotated[str, typer.Option(help="How raw values become scores: log, quantile or linear.")]
Confidence = Annotated[float, typer.Option(help="Confidence level of the intervals, between 0 and 1.")]
Seed = Annotated[int, typer.Option(help="Seed of the random numbers.", min=0)]
Out = Annotated[
    Path | None,
    typer.Option(
        help="File to write: .parquet, .csv, .json, .ndjson, .xlsx or .tex. Written completely or not at all."
    ),
]
Spreadsheet = Annotated[
    bool,
    typer.Option(
        "--spreadsheet",
        help="Write the .csv for Excel: by rank, and ids that it would run as a formula or change (long "
        "numbers, dates) with an apostrophe in front. An .xlsx file has them as text.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]
Quick = Annotated[
    bool,
    typer.Option("--quick", help="A tenth of the random draws, fewer folds and origins: for a first look."),
]
AddMethod = Annotated[
    list[str] | None,
    typer.Option(
        "--method",
        help="Another method, added to those of each config; may be repeated.",
        autocompletion=methods_from,
    ),
]
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
    engine: Annotated[
        str, typer.Option(help="Where to compute: `local`, this process, or `spark`, a cluster.")
    ] = "local"
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


def with_negative_ids(arguments: Sequence[str]) -> list[str]:
    """Return the arguments of a command with ids such as -1001234567890 where no option is looked for.

    Examples
    --------
    >>> with_negative_ids(["explain", "log.csv", "-100", "--json"])
    ['explain', 'log.csv', '--json', '--', '-100']
    """
    if not arguments or arguments[0] != "explain" or "--" in arguments:
        return list(arguments)
    ids = [
        place
        for place, argument in enumerate(arguments)
        if re.fullmatch(r"-\d+", argument) and not _takes_value(arguments[place - 1])
    ]
    if not ids:
        return list(arguments)
    others = [argument for place, argument in enumerate(arguments) if place not in ids]
    return [*others, "--", *(arguments[place] for place in ids)]


def _takes_value(option: str) -> bool:
    return option.startswith("-") and "=" not in option and option not in ("--json", "-h", "--help")


#: Parameters in Python that are options of the command line; others of the reader are given by ``--read``.
_OWN_OPTIONS = {
    "kinds": "--kinds", "other": "--other", "half_life": "--half-life", "as_of": "--as-of",
    "saturation": "--saturation", "columns": "--columns", "format": "--format", "kind": "--kind",
    "on_error": "--on-error", "engine": "--engine",
}  # fmt: skip


def in_command_line(message: str) -> str:
    """Return a message with the parameters that it names as options of the command line.

    Examples
    --------
    >>> in_command_line("Say which: columns={'source': 'From', 'target': 'To'}, or on_error='skip'.")
    'Say which: --columns source=From,target=To, or --on-error skip.'
    >>> in_command_line("Say separator=';'.")
    "Say --read 'separator=;'."
    """
    from influence_graph.interactions.read import read_interactions

    readers = [name for name in inspect.signature(read_interactions).parameters if name != "source"]
    names = "|".join(sorted({*readers, *_OWN_OPTIONS}, key=len, reverse=True))
    value = r"(\{[^{}]*\}|\[[^\[\]]*\]|\([^()]*\)|'[^']*'|\"[^\"]*\"|None|True|False|-?\d[\d.]*)"
    message = re.sub(rf"read_interactions\(…, ({names})={value}\)", r"\1=\2", message)
    return re.sub(rf"(?<![\w'\"-])({names})={value}?", _as_option, message)


def _as_option(found: re.Match[str]) -> str:
    """Return a parameter and its value, if one is given, as an option."""
    import ast
    import shlex

    name, text = found[1], found[2]
    option = _OWN_OPTIONS.get(name)
    if text is None:
        return option or f"--read {name}="
    try:
        value = ast.literal_eval(text.replace("…", "'…'") if "…" in text and "'…'" not in text else text)
    except (SyntaxError, ValueError):
        return found[0]
    if isinstance(value, dict) and name != "kind_names":
        shown = ",".join(f"{key}={one}" for key, one in value.items())
    elif isinstance(value, dict):
        shown = "{" + ", ".join(f'"{key}"="{one}"' for key, one in value.items()) + "}"
    elif isinstance(value, list | tuple):
        shown = ",".join("" if one is None else str(one) for one in value)
        shown = f"[{', '.join(map(_quoted, value))}]" if option is None else shown
    else:
        shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f"{option} {shlex.quote(shown)}" if option else f"--read {shlex.quote(f'{name}={shown}')}"


def _quoted(word: object) -> str:
    return f'"{word}"'


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
