"""The command line: score, explain and compare logs, run experiments, make reports, get data sets.

Heavy libraries are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any, NoReturn

import typer

from influence_graph import __version__
from influence_graph.cli.check_convert import check_command, convert_command
from influence_graph.cli.claims import claims_command
from influence_graph.cli.data_sets import datasets_fetch, datasets_list, datasets_make
from influence_graph.cli.experiments import run_command
from influence_graph.cli.explain_report import explain_command, report_command
from influence_graph.cli.options import in_command_line, with_negative_ids
from influence_graph.cli.score_compare import compare_command, score_command
from influence_graph.errors import InfluenceGraphError

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

app.command("check")(check_command)
app.command("convert")(convert_command)
app.command("score")(score_command)
app.command("explain")(explain_command)
app.command("compare")(compare_command)
app.command("run")(run_command)
app.command("claims")(claims_command)
app.command("report")(report_command)
datasets_app.command("list")(datasets_list)
datasets_app.command("fetch")(datasets_fetch)
datasets_app.command("make")(datasets_make)

#: The exit status of a program stopped by Ctrl-C, as in a shell: 128 + SIGINT.
_INTERRUPTED = 130
#: Typer vendors click or depends on it, by version: this is the class that it raises.
_UsageError: Any = typer.BadParameter.__mro__[1]


def main() -> NoReturn:
    """Run the command line; exit 0 on success, 1 on a failure reported in one line, 2 on wrong usage."""
    try:
        code = app(with_negative_ids(sys.argv[1:]), standalone_mode=False)
        sys.stdout.flush()
    except typer.Exit as exit_:
        code = exit_.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except _UsageError as error:
        error.show()
        code = error.exit_code
    except BrokenPipeError:
        # The reader closed the pipe: no message, and none from Python when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except InfluenceGraphError as error:
        _fail(in_command_line(str(error)))
    except OSError as error:
        _fail(_message(error))
    except MemoryError:
        _fail("not enough memory. Use fewer --jobs, or build the graph from a part of the log")
    if code == _INTERRUPTED:  # newer versions of Typer turn Ctrl-C into this code
        _fail("stopped by Ctrl-C. Finished work is kept, no file is incomplete", _INTERRUPTED)
    raise SystemExit(code or 0)


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        print(f"influence-graph {__version__}")
        raise typer.Exit


def _message(error: OSError) -> str:
    import errno

    where = error.filename2 or error.filename
    message = f"{where}: {error.strerror}" if where and error.strerror else str(error)
    if error.errno == errno.ENOSPC:
        return f"{message}. No file is incomplete; free some space or choose a folder on another disk"
    if error.errno in (errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EPERM, errno.ENOENT):
        return f"{message}. Choose a folder that can be written"
    return message


def _fail(message: str, code: int = 1) -> NoReturn:
    print(f"influence-graph: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(code)
