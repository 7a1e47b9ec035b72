"""What a first look costs: the command line on a log of three rows, from start to end of the process."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from race import Race

OURS = "from influence_graph.cli import main; main()"
THEIRS = """
import sys
import networkx, pandas
rows = pandas.read_csv(sys.argv[1]).groupby(["source", "target"]).size().reset_index(name="weight")
graph = networkx.from_pandas_edgelist(rows, edge_attr="weight", create_using=networkx.DiGraph)
scores = pandas.Series(networkx.pagerank(graph, tol=1e-12), name="raw").rename_axis("id").reset_index()
scores.to_csv(sys.argv[2], index=False)
"""


def run(*arguments: object) -> None:
    """Run Python with these arguments.

    It may store bytecode, whatever the shell says: that of the peers, which were installed, is there already.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, *map(str, arguments)], check=True, capture_output=True, env=kept)


def scores(file: pathlib.Path) -> list[float]:
    """Return the raw values in the order of ids."""
    return pl.read_csv(file).sort("id")["raw"].to_list()


def our_command(folder: pathlib.Path) -> Iterator[Any]:
    out = folder / "ours.csv"
    command = ("-c", OURS, "score", folder / "log.csv", "--out", out)
    run(*command)
    yield None
    run(*command)
    yield scores(out)


def their_script(folder: pathlib.Path) -> Iterator[Any]:
    out = folder / "theirs.csv"
    run("-c", THEIRS, folder / "log.csv", out)
    yield None
    run("-c", THEIRS, folder / "log.csv", out)
    yield scores(out)


def alike(mine: np.ndarray, theirs: np.ndarray) -> None:
    np.testing.assert_allclose(mine, theirs, rtol=1e-6)


RACES = [
    Race(
        "score_command",
        "`influence-graph score` on three rows, the whole process, against NetworkX with pandas",
        "three_rows",
        {"small": (3,), "full": (3,)},
        {"influence_graph": our_command, "networkx, pandas": their_script},
        alike,
        {"networkx, pandas": 1 / 1.8},
        packages=("networkx", "pandas"),
        note="Of 1.0 s of processor time, 0.75 s go to imports: Numba with LLVM and SciPy's linear algebra, "
        "which Numba takes for any kernel, 0.33; NumPy 0.08, polars 0.09, the parser of the command line "
        "with pydantic 0.07, this package 0.13. Each is needed by a log, a graph or a rank of any size. "
        "Python's search for cycles at exit took 0.3 s more, until what is left was exempted from it.",
    ),
]
