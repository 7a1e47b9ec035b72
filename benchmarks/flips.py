"""Flip random bits of stored cells, results and graphs, and say what becomes of it.

``python benchmarks/flips.py [--flips 500] [--seed 0]`` prints, for each kind of file, how many flips were
found (an error that names the file, or a cell that is computed again), were harmless (what is read is what
was written), or gave something else without a word: none may.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from influence_graph.checksums import write_manifest
from influence_graph.errors import DataError
from influence_graph.experiment._template import Cell
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.results import Results
from influence_graph.experiment.store import Store, write_tables
from influence_graph.graph.graph import InfluenceGraph

FOUND, HARMLESS, WRONG = "found", "harmless", "wrong"


def draw(*, rng: np.random.Generator, **_: Any) -> dict[str, pl.DataFrame]:
    """Return two tables of random numbers: the task of a cell."""
    scores = pl.DataFrame({"id": [f"person {number}" for number in range(200)], "raw": rng.random(200)})
    return {"scores": scores, "settings": pl.DataFrame({"k": [10]})}


def cells(folder: Path) -> tuple[list[Path], Callable[[], Any]]:
    """Store a cell, and return its files and a function that reads it."""
    store, cell = Store.open(folder), Cell(draw, 1, {}, "drawn")
    store.compute(cell, LogCache())

    def read() -> Any:
        if store.missing([cell])[0]:
            raise DataError("is computed again")
        return {name: table.to_dict(as_series=False) for name, table in store.read(cell).items()}

    return sorted((store.folder / cell.fingerprint).iterdir()), read


def results(folder: Path) -> tuple[list[Path], Callable[[], Any]]:
    """Write results, and return their files and a function that reads them."""
    write_tables(draw(rng=np.random.default_rng(0)), folder)
    for suffix in (".svg", ".pdf"):
        (folder / f"drawn{suffix}").write_bytes(b"<svg/>" * 500)
    about = {"name": "flips", "template": "agreement", "seed": 0, "config": {}, "config_file": "a.toml"}
    write_manifest(folder, {**about, "skipped": [], "damaged": [], "tolerance": 1e-10})

    def read() -> Any:
        found = Results.load(folder)
        tables = {name: table.to_dict(as_series=False) for name, table in found.tables.items()}
        drawn = {name: (one.pdf.read_bytes(), one.svg.read_bytes()) for name, one in found.figures.items()}
        return found.manifest, tables, drawn

    return sorted(folder.iterdir()), read


def graph(folder: Path, suffixes: tuple[str, ...]) -> tuple[list[Path], Callable[[], Any]]:
    """Save a graph, and return its files with these suffixes and a function that loads it."""
    rng = np.random.default_rng(0)
    ends = [[f"person {number}" for number in rng.integers(300, size=2_000)] for _ in range(2)]
    edges = {"source": ends[0], "target": ends[1], "weight": rng.random(2_000)}
    InfluenceGraph.from_edges(pl.DataFrame(edges)).save(folder / "graph")

    def read() -> Any:
        loaded = InfluenceGraph.load(folder / "graph")
        return loaded.fingerprint, dict(loaded.report), loaded.notes, repr(loaded.weighting)

    return sorted(one for one in (folder / "graph").iterdir() if one.suffix in suffixes), read


KINDS: dict[str, Callable[[Path], tuple[list[Path], Callable[[], Any]]]] = {
    "cells": cells,
    "results": results,
    "manifests of graphs": lambda folder: graph(folder, (".json",)),
    "arrays of graphs": lambda folder: graph(folder, (".npy", ".arrow")),
}


def flip(files: list[Path], read: Callable[[], Any], flips: int, rng: np.random.Generator) -> Iterator[str]:
    """Flip one bit of one of the files at a time, and yield what becomes of it."""
    written = read()
    for _ in range(flips):
        file = files[rng.integers(len(files))]
        content = file.read_bytes()
        damaged = bytearray(content)
        damaged[rng.integers(len(content))] ^= 1 << int(rng.integers(8))
        file.write_bytes(damaged)
        try:
            yield HARMLESS if read() == written else WRONG
        except DataError:
            yield FOUND
        finally:
            file.write_bytes(content)


def outcomes(flips: int, seed: int = 0) -> pl.DataFrame:
    """Return how many flips of each kind of file were found, harmless and wrong."""
    rows = []
    for kind, make in KINDS.items():
        with tempfile.TemporaryDirectory() as home:
            found = list(flip(*make(Path(home)), flips, np.random.default_rng(seed)))
        rows.append({"files": kind, **{name: found.count(name) for name in (FOUND, HARMLESS, WRONG)}})
    return pl.DataFrame(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    table = outcomes(given.flips, given.seed)
    print(table)
    raise SystemExit(bool(table[WRONG].sum()))
