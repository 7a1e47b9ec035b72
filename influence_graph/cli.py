"""The command line: score, explain and compare logs, run experiments, make reports, get data sets.

What heavy libraries do is imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import glob
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from influence_graph import __version__
from influence_graph.errors import ConfigError, DataError, InfluenceGraphError, nearest

if TYPE_CHECKING:
    import polars as pl

    from influence_graph.graph.graph import InfluenceGraph
    from influence_graph.interactions.log import Interactions
    from influence_graph.scoring.scores import Scores

app = typer.Typer(
    help="From interaction logs to influence scores that can be checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
datasets_app = typer.Typer(help="List, fetch and make data sets.", no_args_is_help=True)
app.add_typer(datasets_app, name="datasets")

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
        help="What the log calls its columns: `source=userA,target=userB`.", metavar="NAME=COLUMN,…"
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


#: What a shell makes of a Ctrl-C: 128 + SIGINT.
_INTERRUPTED = 130
#: Typer brings click with it or asks for it, by version: this is the right one of both.
_UsageError: Any = typer.BadParameter.__mro__[1]


def main() -> NoReturn:
    """Run the command line; exit 0 when done, 1 on a failure named in one line, 2 on wrong usage."""
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except typer.Exit as exit_:
        code = exit_.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except _UsageError as error:
        error.show()
        code = error.exit_code
    except BrokenPipeError:
        # The reader of a pipe had enough: no message, and none from Python when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except InfluenceGraphError as error:
        _fail(str(error))
    except OSError as error:
        _fail(_told(error))
    except MemoryError:
        _fail("not enough memory. Use fewer --jobs, or build the graph from a part of the log")
    if code == _INTERRUPTED:  # newer versions of Typer make this code of a Ctrl-C themselves
        _fail("stopped by Ctrl-C. What was finished is kept, nothing is half-written", _INTERRUPTED)
    raise SystemExit(code or 0)


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        print(f"influence-graph {__version__}")
        raise typer.Exit


@app.command("score")
def score_command(
    log: Log,
    method: Annotated[str, typer.Option("--method", "-m", help="Name of the method.")] = "pagerank",
    param: Annotated[
        list[str] | None,
        typer.Option(help="A parameter of the method; may be repeated.", metavar="NAME=VALUE"),
    ] = None,
    scale: Annotated[
        str, typer.Option(help="How raw values become points: log, quantile or linear.")
    ] = "log",
    kinds: Kinds = None,
    other: Other = None,
    half_life: HalfLife = None,
    as_of: AsOf = None,
    saturation: Saturation = None,
    columns: Columns = None,
    format_: Format = None,
    kind: Kind = None,
    on_error: OnError = "raise",
    seed: Seed = 0,
    top: Top = 10,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Score everybody in a log from 1 to 100.

    What was left out of the log, and why, goes to standard error.

    **Example:** `influence-graph score log.csv --method pagerank --param damping=0.85
    --kinds retweet=1,reply=0.5 --half-life 30d --out scores.parquet`
    """
    from influence_graph.methods import get_method
    from influence_graph.scoring.score import score

    get_method(method).resolve(parameters := _parameters(param))
    if out is not None:
        _writer(out)
    graph = _graph(_read(log, columns, format_, kind, on_error), kinds, other, half_life, as_of, saturation)
    scores = score(graph, method, scale=scale, rng=seed, **parameters)  # type: ignore[arg-type]
    if out is not None:
        _write(scores.frame, out)
    if as_json:
        _print_json(
            {
                **_described(scores),
                "people": len(scores.ids),
                "left_out": _left_out(graph),
                "out": str(out) if out else None,
                "top": scores.top(top).to_dicts(),
            }
        )
    elif out is not None:
        _note(f"{len(scores.ids):,} people by {method} → {out}")
    else:
        _print_frame(scores.top(top))


@app.command("compare")
def compare_command(
    log: Log,
    methods: Annotated[
        str, typer.Option("--methods", "-m", help="Names of the methods, at least two.", metavar="A,B,…")
    ] = "engagement,pagerank",
    k: Annotated[
        int, typer.Option("--top-k", help="Size of the top whose overlap is measured.", min=1)
    ] = 100,
    resamples: Annotated[int, typer.Option(help="Draws of people for the intervals; 0: none.", min=0)] = 200,
    movers: Annotated[int, typer.Option(help="How many of the biggest movers to list a pair.", min=0)] = 10,
    kinds: Kinds = None,
    other: Other = None,
    half_life: HalfLife = None,
    as_of: AsOf = None,
    saturation: Saturation = None,
    columns: Columns = None,
    format_: Format = None,
    kind: Kind = None,
    on_error: OnError = "raise",
    seed: Seed = 0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Compare how methods rank the people of a log.

    Kendall's tau-b, Spearman's rho, overlap of the top k and rank-biased overlap, with 95 % intervals by
    resampling people, and the people whose ranks differ most.

    **Example:** `influence-graph compare log.csv --methods engagement,pagerank,reactors`
    """
    from influence_graph.evaluation.compare import compare
    from influence_graph.methods import get_method
    from influence_graph.scoring.score import score

    names = [name.strip() for name in methods.split(",") if name.strip()]
    for name in names:
        get_method(name).resolve({})
    if len(set(names)) < max(2, len(names)):
        raise typer.BadParameter(
            "name at least two methods, each once: engagement,pagerank", param_hint="--methods"
        )
    if out is not None:
        _writer(out)
    graph = _graph(_read(log, columns, format_, kind, on_error), kinds, other, half_life, as_of, saturation)
    scored = {name: score(graph, name, rng=seed) for name in names}
    comparison = compare(scored, k=k, resamples=resamples, movers=movers, rng=seed)
    if out is not None:
        _write(comparison.table, out)
    if as_json:
        _print_json(
            {
                "people": comparison.people,
                "settings": dict(comparison.settings),
                "left_out": _left_out(graph),
                "out": str(out) if out else None,
                "agreement": comparison.table.to_dicts(),
                "movers": comparison.movers.to_dicts(),
            }
        )
    else:
        print(comparison)
        if out is not None:
            _note(f"table → {out}")


@app.command("explain")
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
        str,
        typer.Option(
            help="What the raw value's parts are told apart by: kind, network, reactor, period; or origin; "
            "or none.",
            metavar="A,B,…",
        ),
    ] = "kind,network",
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
    seed: Seed = 0,
    figure: Annotated[
        Path | None, typer.Option(help="Draw the points as a waterfall into this file: .pdf, .svg or .png.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain a score: parts that add up to it, and what it would be without each.

    **Example:** `influence-graph explain log.csv ann --method engagement --by kind,period`
    """
    from influence_graph.methods import get_method
    from influence_graph.scoring.explain import explain

    get_method(method).resolve(parameters := _parameters(param))
    if figure is not None:
        _check_figure(figure, attribute_to)
    graph = _graph(_read(log, columns, format_, kind, on_error), kinds, other, half_life, as_of, saturation)
    words = [] if by == "none" else [word.strip() for word in by.split(",") if word.strip()]
    to: Any = None if attribute_to == "none" else attribute_to
    explanation = explain(
        graph, _id(graph, id_), method, by=words, period=period, attribute_to=to, scale=scale,  # type: ignore[arg-type]
        without=[_id(graph, person) for person in without or ()], rng=seed, **parameters,
    )  # fmt: skip
    if figure is not None:
        from influence_graph.experiment.atomic import whole_file
        from influence_graph.report.score_figures import waterfall
        from influence_graph.report.style import style

        with style(), whole_file(figure) as unfinished:
            waterfall(explanation.attribution).savefig(unfinished, format=figure.suffix[1:])
        _note(f"figure → {figure}")
    print(explanation.to_json() if as_json else explanation)


@app.command("report")
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
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Make one HTML file of a log or of results: to read, to send, to keep. It needs no network.

    **Example:** `influence-graph report log.csv --person ann --out report.html`
    """
    from influence_graph.methods import get_method

    if out.suffix not in (".html", ".htm"):
        raise ConfigError(f"{out} ends in {out.suffix!r}; a report should end in .html.")
    _check_folder(out)
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
        graph = _graph(
            _read(log, columns, format_, kind, on_error), kinds, other, half_life, as_of, saturation
        )
        people = [_id(graph, one) for one in person] if person else None
        page = report_log(
            graph, methods=names, people=people, every=every, top=top, source=Path(log).name, seed=seed,
            title=title or "Influence report",
        )  # fmt: skip
    from influence_graph.experiment.atomic import whole_file

    with whole_file(out) as unfinished:
        unfinished.write_text(page, "utf-8")
    if as_json:
        _print_json({"out": str(out), "bytes": len(page.encode())})
    else:
        _note(f"report → {out}")


@app.command("run")
def run_command(
    configs: Annotated[list[Path], typer.Argument(metavar="CONFIG…", help="Configs of experiments (TOML).")],
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", help="Cells at the same time. Default: one a processor.", min=1),
    ] = None,
    results: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("results"),
    as_json: AsJson = False,
) -> None:
    """Run experiments: tables, figures and a manifest in results/NAME/FINGERPRINT.

    Cells that were computed before, also by a run that was killed, are not computed again.

    **Example:** `influence-graph run experiments/agreement.toml --jobs 2`
    """
    from influence_graph.experiment.run import run_experiment

    done = []
    for config in configs:
        found = run_experiment(config, jobs=jobs or os.cpu_count() or 1, results=results)
        cells = found.manifest["cells"]
        computed = sum(cell["computed"] for cell in cells)
        _note(f"{config}: {computed} of {len(cells)} cells computed, {len(cells) - computed} found")
        if as_json:
            done.append(
                {
                    "name": found.manifest["name"],
                    "folder": str(found.folder),
                    "tables": {path.stem: str(path) for path in sorted(found.folder.glob("*.parquet"))},
                    "figures": {name: str(drawing.pdf) for name, drawing in found.figures.items()},
                    "cells": len(cells),
                    "computed": computed,
                    "skipped": found.manifest["skipped"],
                    "summary": found.summary.to_dicts(),
                }
            )
        else:
            print(found)
    if as_json:
        _print_json({"experiments": done})


@datasets_app.command("list")
def datasets_list(as_json: AsJson = False) -> None:
    """List the data sets, their licences and whether they are at hand.

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
        _print_json({"datasets": rows})
    else:
        import polars as pl

        _print_frame(pl.DataFrame(rows))


@datasets_app.command("fetch")
def datasets_fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME…", help="Names of data sets.")],
    as_json: AsJson = False,
) -> None:
    """Download data sets, check them against their checksums, and keep them.

    A folder named by the environment variable INFLUENCE_GRAPH_DATA comes first.

    **Example:** `influence-graph datasets fetch higgs collegemsg`
    """
    from influence_graph.datasets import fetch_dataset, get_dataset

    for name in names:
        get_dataset(name)
    fetched = {name: [str(path) for path in fetch_dataset(name)] for name in names}
    if as_json:
        _print_json({"fetched": fetched})
    else:
        for name, paths in fetched.items():
            print(f"{name}: {', '.join(paths)}")


@datasets_app.command("make")
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

    _writer(out)
    given = {"people": people, "days": days, "rng": seed, **_parameters(param)}
    log = load_dataset("synthetic", **given)
    frame = log.frame.collect()
    _write(frame, out)
    if as_json:
        _print_json({"out": str(out), "rows": frame.height, "fingerprint": log.fingerprint})
    else:
        _note(f"{frame.height:,} rows → {out}")


def _read(
    log: str, columns: str | None, format_: str | None, kind: str | None, on_error: str
) -> Interactions:
    from influence_graph.datasets import dataset_names, load_dataset
    from influence_graph.interactions.read import read_interactions

    if not os.path.exists(log) and log in dataset_names():
        return load_dataset(log)
    options: dict[str, Any] = {"kind": kind, "format": format_, "on_error": on_error}
    if columns:
        options["columns"] = _pairs(columns, "--columns")
    if not os.path.exists(log) and not glob.glob(log):
        near = [*dataset_names("log"), *map(str, Path(log).parent.glob("*"))]
        raise DataError(f"There is no file and no data set {log!r}. {nearest(log, near)}")
    read = read_interactions(log, **{name: value for name, value in options.items() if value is not None})
    _note(str(read.report))
    return read


def _graph(
    log: Interactions,
    kinds: str | None,
    other: float | None,
    half_life: str | None,
    as_of: str | None,
    saturation: str | None,
) -> InfluenceGraph:
    from influence_graph.graph.build import build_graph

    weights = None if kinds is None else _pairs(kinds, "--kinds", float)
    cap: Any = saturation
    if saturation is not None and saturation != "log":
        cap = _number(saturation, "--saturation")
    graph = build_graph(log, kinds=weights, other=other, half_life=half_life, as_of=as_of, saturation=cap)
    for reason, rows in graph.report.items():
        _note(f"  {rows:,} left out: {reason}")
    for note in graph.notes:
        _note(f"  note: {note}")
    return graph


def _pairs(text: str, option: str, convert: Callable[[str], Any] = str) -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise typer.BadParameter(f"{part!r} is not NAME=VALUE", param_hint=option)
        pairs[name.strip()] = _number(value, option) if convert is float else value.strip()
    return pairs


def _number(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a number", param_hint=option) from None


def _parameters(given: Sequence[str] | None) -> dict[str, Any]:
    """Read ``NAME=VALUE`` as TOML would, and what is no TOML as text."""
    import tomllib

    parameters: dict[str, Any] = {}
    for part in given or ():
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"{part!r} is not NAME=VALUE", param_hint="--param")
        try:
            parameters[name.strip()] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            parameters[name.strip()] = value.strip()
    return parameters


_WRITERS: Mapping[str, str] = {
    ".parquet": "write_parquet", ".csv": "write_csv", ".json": "write_json", ".ndjson": "write_ndjson",
}  # fmt: skip


def _writer(out: Path) -> str:
    """Return how to write this file, and find out before the work whether it can be written."""
    if out.suffix not in _WRITERS:
        raise ConfigError(f"{out} ends in {out.suffix!r}; it should end in one of {', '.join(_WRITERS)}.")
    _check_folder(out)
    return _WRITERS[out.suffix]


def _check_folder(out: Path) -> None:
    if not out.parent.is_dir():
        raise ConfigError(
            f"The folder {str(out.parent)!r} of {out.name} does not exist. Make it, or name another."
        )


def _check_figure(figure: Path, attribute_to: str) -> None:
    if figure.suffix not in (".pdf", ".svg", ".png"):
        raise ConfigError(f"{figure} ends in {figure.suffix!r}; a figure should end in .pdf, .svg or .png.")
    if attribute_to == "none":
        raise ConfigError("The figure is of the points by part. Take --attribute-to kind, network or layer.")
    _check_folder(figure)


def _id(graph: InfluenceGraph, text: str) -> int | str:
    """Return an id as the graph has it: a number where its ids are numbers."""
    import polars as pl

    if graph.ids.dtype == pl.String or not text.strip().lstrip("+-").isdigit():
        return text
    return int(text)


def _results_in(folder: Path) -> Path | None:
    """Return the folder of results that is meant: this one, or the latest of the experiment it is of."""
    for candidate in (folder, folder / "latest"):
        if (candidate / "manifest.json").is_file():
            return candidate
    return None


def _write(frame: pl.DataFrame, out: Path) -> None:
    import io

    from influence_graph.experiment.atomic import whole_file

    buffer = io.BytesIO()
    getattr(frame, _writer(out))(buffer)
    with whole_file(out) as unfinished:
        unfinished.write_bytes(buffer.getbuffer())


def _left_out(graph: InfluenceGraph) -> dict[str, int]:
    """Return how many rows were left out by the reader and by the graph, by reason."""
    rows: dict[str, int] = {}
    if graph.log is not None:
        for reason, count in graph.log.report.left_out.select("reason", "rows").iter_rows():
            rows[reason] = rows.get(reason, 0) + count
    return {**rows, **graph.report}


def _described(scores: Scores) -> dict[str, Any]:
    return {
        "method": scores.method,
        "parameters": dict(scores.parameters),
        "scale": scores.scaled,
        "diagnostics": dict(scores.diagnostics),
        "fingerprint": scores.fingerprint,
    }


def _print_frame(frame: pl.DataFrame) -> None:
    import polars as pl

    with pl.Config(
        tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, tbl_rows=1000, tbl_cols=-1,
        tbl_width_chars=160, fmt_str_lengths=60, float_precision=4,
    ):  # fmt: skip
        print(frame)


def _print_json(value: Mapping[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str))


def _note(text: str) -> None:
    print(text, file=sys.stderr)


def _told(error: OSError) -> str:
    import errno

    where = error.filename2 or error.filename
    told = f"{where}: {error.strerror}" if where and error.strerror else str(error)
    if error.errno == errno.ENOSPC:
        return f"{told}. Nothing is half-written; free some space or choose a folder on another disk"
    if error.errno in (errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EPERM):
        return f"{told}. Choose a folder that can be written"
    return told


def _fail(message: str, code: int = 1) -> NoReturn:
    print(f"influence-graph: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(code)
