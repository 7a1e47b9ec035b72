"""The store of computed cells, each in a folder named by its fingerprint."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from influence_graph.atomic import sweep_unfinished, whole_folder
from influence_graph.checksums import DamagedError, check_files, read_manifest, write_manifest
from influence_graph.errors import DataError
from influence_graph.experiment._template import Cell, Tables
from influence_graph.experiment.log_cache import LogCache


@dataclass(frozen=True)
class Store:
    """Computed cells, shared by all experiments of a results folder.

    A cell is stored completely or not at all: a killed run keeps its finished cells. Each has a manifest with
    its fingerprint and the checksums of its tables, which are compared whenever it is read.
    """

    folder: Path

    @classmethod
    def open(cls, results: Path) -> Store:
        """Create the folder if necessary, and check that it is writable.

        Raises
        ------
        OSError
            If it is not.
        """
        store = cls(results / ".cells")
        store.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=store.folder):
            pass
        sweep_unfinished(store.folder)
        return store

    def missing(self, cells: Iterable[Cell]) -> tuple[list[Cell], list[str]]:
        """Return the cells that are to be computed, and of those that were stored why they can't be used."""
        absent: list[Cell] = []
        damaged: list[str] = []
        for cell in cells:
            try:
                if (self.folder / cell.fingerprint).is_dir():
                    self._check(cell)
                    continue
            except DamagedError as error:
                damaged.append(f"{cell.label}: {error}")
            absent.append(cell)
        return absent, damaged

    def read(self, cell: Cell) -> Tables:
        """Return the tables of a computed cell.

        Raises
        ------
        DataError
            If it was damaged after the run began.
        """
        try:
            names = self._check(cell)
            folder = self.folder / cell.fingerprint
            return {Path(name).stem: read_table(folder / name) for name in sorted(names)}
        except DamagedError as error:
            raise DataError(f"{error}. Run the experiment again: the cell is then computed again.") from None

    def compute(self, cell: Cell, logs: LogCache) -> None:
        """Compute a cell whose needs are in the store, and write its tables."""
        needs = [self.read(need) for need in cell.needs]
        tables = cell.task(rng=_rng(cell), needs=needs, logs=logs, **cell.parameters)
        with whole_folder(self.folder / cell.fingerprint) as folder:
            write_tables(tables, folder)
            write_manifest(folder, {"fingerprint": cell.fingerprint})

    def _check(self, cell: Cell) -> Iterable[str]:
        """Return the names of the files of a cell; raise DamagedError if they are not as it wrote them."""
        folder = self.folder / cell.fingerprint
        manifest = read_manifest(folder)
        if manifest.get("fingerprint") != cell.fingerprint:
            raise DamagedError(f"{folder} holds another cell, {manifest.get('fingerprint')}")
        files: Mapping[str, Mapping[str, Any]] = manifest["files"]
        check_files(folder, files)
        return files


def read_table(file: Path) -> pl.DataFrame:
    """Return a table whose checksum was compared.

    Raises
    ------
    DamagedError
        If it can't be read all the same.
    """
    try:
        return pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DamagedError(f"{file} can't be read ({str(error).splitlines()[0]})") from None


def write_tables(tables: Mapping[str, pl.DataFrame], folder: Path) -> None:
    """Write each table as Parquet: the same bytes for the same table.

    Raises
    ------
    OSError
        If the folder can't be written or the disk is full.
    """
    for name, table in tables.items():
        # To memory first: a full disk then raises Python's OSError, with its number and path.
        buffer = io.BytesIO()
        table.rechunk().write_parquet(
            buffer, compression="zstd", compression_level=3, statistics=True, row_group_size=1 << 20
        )
        (folder / f"{name}.parquet").write_bytes(buffer.getbuffer())


def _rng(cell: Cell) -> np.random.Generator:
    """Return the generator of a cell: determined by its stream and seed, not by the order of cells."""
    words = np.frombuffer(bytes.fromhex(cell.stream), dtype=">u4").tolist()
    return np.random.default_rng(np.random.SeedSequence([cell.seed, *words]))
