"""The store of computed cells, each in a folder named by its fingerprint."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from influence_graph.atomic import sweep_unfinished, whole_folder
from influence_graph.errors import DataError
from influence_graph.experiment._template import Cell, Tables
from influence_graph.experiment.log_cache import LogCache


@dataclass(frozen=True)
class Store:
    """Computed cells, shared by all experiments of a results folder.

    A cell is stored completely or not at all: a killed run keeps its finished cells.
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

    def has(self, cell: Cell) -> bool:
        """Whether the cell is in the store."""
        return (self.folder / cell.fingerprint).is_dir()

    def read(self, cell: Cell) -> Tables:
        """Return the tables of a computed cell."""
        tables = {}
        for path in sorted((self.folder / cell.fingerprint).glob("*.parquet")):
            try:
                tables[path.stem] = pl.read_parquet(path)
            except pl.exceptions.PolarsError as error:
                raise DataError(
                    f"{path} is damaged ({str(error).splitlines()[0]}). Remove its folder and run again."
                ) from error
        return tables

    def compute(self, cell: Cell, logs: LogCache) -> None:
        """Compute a cell whose needs are in the store, and write its tables."""
        needs = [self.read(need) for need in cell.needs]
        tables = cell.task(rng=_rng(cell), needs=needs, logs=logs, **cell.parameters)
        with whole_folder(self.folder / cell.fingerprint) as folder:
            write_tables(tables, folder)


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
    """Return the generator of a cell: determined by its fingerprint and seed, not by the order of cells."""
    words = np.frombuffer(bytes.fromhex(cell.fingerprint), dtype=">u4").tolist()
    return np.random.default_rng(np.random.SeedSequence([cell.seed, *words]))
