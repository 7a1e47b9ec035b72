"""The command line: score, explain and compare logs, run experiments, make reports, get data sets.

Heavy libraries are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
from contextlib import suppress
from typing import Annotated, Any, NoReturn

import typer

from influence_graph import __version__
from influence_graph.cli.check_convert import check_command, convert_command
from influence_graph.cli.claims import claims_command
from influence_graph.cli.data_sets import datasets_fetch, datasets_list, datasets_make
from influence_graph.cli.experiments import run_command
from influence_graph.cli.explain_report import explain_command, report_command
from influence_graph.cli.history_methods import history_command, methods_command
from influence_graph.cli.options import in_command_line, with_negative_ids
from influence_graph.cli.output import finish_streams, note, prepare_streams, say
from influence_graph.cli.score_compare import compare_command, score_command
from influence_graph.errors import InfluenceGraphError
from influence_graph.visible import visible

app = typer.Typer(
    help="From interaction logs to influence scores that can be checked.",
    no_args_is_help=True,
    add_completion=True,
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
app.command("history")(history_command)
app.command("methods")(methods_command)
app.command("run")(run_command)
app.command("claims")(claims_command)
app.command("report")(report_command)
datasets_app.command("list")(datasets_list)
datasets_app.command("fetch")(datasets_fetch)
datasets_app.command("make")(datasets_make)

#: New objects between two searches for cycles: Python's 700 cost a seventh of the time to import libraries.
_BETWEEN_COLLECTIONS = 100_000
#: The exit status of a program stopped by Ctrl-C, as in a shell: 128 + SIGINT.
_INTERRUPTED = 130
#: Typer vendors click or depends on it, by version: this is the class that it raises.
_UsageError: Any = typer.BadParameter.__mro__[1]


def main() -> NoReturn:
    """Run the command line; exit 0 on success, 1 on a failure reported in one line, 2 on wrong usage."""
    gc.set_threshold(_BETWEEN_COLLECTIONS)
    atexit.register(gc.freeze)  # searching the libraries for cycles at exit took a fifth of a short run
    prepare_streams()
    _watch_memory_limit()
    code, message = _outcome()
    if message:
        with suppress(OSError):
            note(f"influence-graph: {' '.join(message.split())}")
    raise SystemExit(finish_streams(code))


def _watch_memory_limit() -> None:
    """Where the memory of a process is limited, go on in a child, and say in one line if the limit ended it.

    The libraries that hold tables end the process when the system refuses them memory (Rust aborts, which
    nothing in the process can catch), so only another process can tell people what happened.
    """
    try:
        import resource
    except ImportError:  # not on Windows
        return
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY or not hasattr(os, "fork"):
        return
    child = os.fork()
    if child == 0:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the child gets it, too, and says so
    signal.signal(signal.SIGTERM, lambda number, _: os.kill(child, number))
    status = os.waitpid(child, 0)[1]
    if os.WIFEXITED(status):
        os._exit(os.WEXITSTATUS(status))
    ended = os.WTERMSIG(status)
    if ended in (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS):
        with suppress(OSError):
            note(
                f"influence-graph: the limit of {limit / 1e9:.1f} GB on the memory of a process (ulimit -v) "
                "was reached. Raise it: ulimit -v unlimited; or read a part of the log"
            )
        os._exit(1)
    os._exit(128 + ended)


def _outcome() -> tuple[int, str]:
    """Run the command, and return the exit status and the message of a failure."""
    try:
        code = app(with_negative_ids(sys.argv[1:]), standalone_mode=False)
        sys.stdout.flush()
    except typer.Exit as exit_:
        code = exit_.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except _UsageError as error:
        error.message = visible(error.message)
        with suppress(OSError):
            error.show()
        return error.exit_code, ""
    except BrokenPipeError:
        return 1, ""  # the reader of the pipe has what it wanted
    except InfluenceGraphError as error:
        return 1, in_command_line(str(error))
    except OSError as error:
        return 1, _message(error)
    except UnicodeEncodeError as error:
        return 1, f"{error.object!r} is not UTF-8 here. Rename the file, or set PYTHONUTF8=1"
    except MemoryError:
        return 1, "not enough memory. Use fewer --jobs, or build the graph from a part of the log"
    if code == _INTERRUPTED:  # newer versions of Typer turn Ctrl-C into this code
        return code, "stopped by Ctrl-C. Finished work is kept, no file is incomplete"
    return code or 0, ""


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        say(f"influence-graph {__version__}")
        raise typer.Exit


def _message(error: OSError) -> str:
    import errno

    where = error.filename2 or error.filename
    message = f"{where}: {error.strerror}" if where and error.strerror else str(error)
    if error.errno == errno.ENOSPC:
        return f"{message}. No file is incomplete; free some space or choose a folder on another disk"
    if error.errno == errno.EBADF:
        return f"{message}. Give --out a file, or don't close it"
    if error.errno in (errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EPERM, errno.ENOENT):
        return f"{message}. Choose a folder that can be written"
    return message
