"""A graph in a folder: arrays in NumPy files that open by memory map, a table in Arrow, a manifest in JSON.

The format, version 3, to be read without this package::

    manifest.json
        format      "influence_graph"
        version     3
        people      n
        weighting   kinds, other, half_life (seconds), as_of (ISO 8601, UTC), saturation
        report      rows left out while building, by reason
        notes       list of text
        matrices    a list; the first is the adjacency ("kind" and "network" are null), the others are
                    the layers. Each: kind, network, edges, and the name that its files start with
        files, checksum
                    of the other files and of the manifest: see :mod:`influence_graph.checksums`
    nodes.arrow     the table of people, an Arrow IPC file; its column ``id`` is what the rows and columns of
                    the matrices mean
    matrix-0.indptr.npy, matrix-0.indices.npy, matrix-0.data.npy, matrix-1.indptr.npy, …

``numpy.load`` and ``polars.read_ipc`` open these files. A matrix is in CSR form: the edges of person u are
``indices[indptr[u]:indptr[u + 1]]`` with weights ``data[indptr[u]:indptr[u + 1]]``. A layer that equals the
adjacency shares its files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_array

from influence_graph.atomic import sweep_unfinished, whole_folder
from influence_graph.checksums import MANIFEST, DamagedError, check_files, read_manifest, write_manifest
from influence_graph.errors import DataError
from influence_graph.graph.record import GraphRecord
from influence_graph.graph.weighting import Weighting
from influence_graph.linalg.csr import canonical

FORMAT = "influence_graph"
VERSION = 3
_COLUMNS = ("indptr", "indices", "data")
_REMEDY = "Build the graph again and save it."
_Graph = TypeVar("_Graph", bound=GraphRecord)


_Count = Annotated[int, msgspec.Meta(ge=0)]
_Weight = Annotated[float, msgspec.Meta(ge=0)]
_Positive = Annotated[float, msgspec.Meta(gt=0)]


class _StoredWeighting(msgspec.Struct, forbid_unknown_fields=True):
    kinds: dict[str, _Weight]
    other: _Weight | None
    half_life: _Positive | None
    as_of: Annotated[datetime, msgspec.Meta(tz=True)] | None
    saturation: _Positive | Literal["log"] | None


class _StoredMatrix(msgspec.Struct, forbid_unknown_fields=True):
    kind: str | None
    network: str | None
    edges: _Count
    name: str


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    """What a manifest holds, and within what limits."""

    format: str
    version: int
    people: _Count
    weighting: _StoredWeighting
    report: dict[str, _Count]
    notes: tuple[str, ...]
    matrices: Annotated[list[_StoredMatrix], msgspec.Meta(min_length=1)]
    files: dict[str, dict[str, Any]]


def save_graph(graph: GraphRecord, folder: str | os.PathLike[str]) -> None:
    """Write a graph to a folder; see :meth:`InfluenceGraph.save`."""
    target = Path(folder)
    if target.exists() and not _is_ours(target):
        raise DataError(
            f"{target} exists and is not a saved graph: it stays as it is. Choose another folder."
        )
    try:
        with whole_folder(target, replace=True) as unfinished:
            _write(graph, unfinished)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            f"The graph could not be saved in {target}: {reason}. Nothing was left there; "
            "choose a folder that can be written, on a disk with space."
        ) from error


def load_graph(kind: type[_Graph], folder: str | os.PathLike[str], *, verify: bool = True) -> _Graph:
    """Open a saved graph by memory map; see :meth:`InfluenceGraph.load`."""
    path = Path(folder)
    if not path.exists() and path.parent.is_dir():
        sweep_unfinished(path.parent, path.name)  # puts back what a killed save moved away
    try:
        manifest = _manifest(path)
        check_files(path, manifest.files, contents=verify)
        nodes = pl.read_ipc(path / "nodes.arrow")
        n = manifest.people
        if nodes.height != n or nodes["id"].null_count() or not nodes["id"].is_sorted():
            raise DamagedError(f"{path / 'nodes.arrow'} does not hold {n:,} people in order")
        opened: dict[str, csr_array] = {}
        layers = {}
        for entry in manifest.matrices:
            if entry.name not in opened:
                opened[entry.name] = _open_matrix(path, entry.name, entry.edges, n)
            layers[entry.kind, entry.network] = opened[entry.name]
        return kind(
            ids=nodes["id"],
            adjacency=layers.pop((None, None)),
            layers=layers,  # type: ignore[arg-type]
            nodes=nodes,
            weighting=Weighting(**msgspec.structs.asdict(manifest.weighting)),
            report=manifest.report,
            notes=manifest.notes,
        )
    except DamagedError as error:
        raise DataError(f"{error}. {_REMEDY}") from None
    except DataError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, OSError, pl.exceptions.PolarsError) as error:
        raise DataError(f"{path} is damaged ({type(error).__name__}: {error}). {_REMEDY}") from None


def _write(graph: GraphRecord, folder: Path) -> None:
    """Write all files of a graph, and wait until they are on the disk."""
    graph.nodes.write_ipc(folder / "nodes.arrow", compression="uncompressed")
    names: dict[int, str] = {}
    matrices = []
    for kind, network, matrix in _matrices(graph):
        if id(matrix) not in names:
            names[id(matrix)] = f"matrix-{len(names)}"
            for column in _COLUMNS:
                values = getattr(matrix, column)
                little_endian = values.astype(values.dtype.newbyteorder("<"), copy=False)
                np.save(folder / f"{names[id(matrix)]}.{column}.npy", little_endian)
        entry = {"kind": kind, "network": network, "edges": int(matrix.nnz), "name": names[id(matrix)]}
        matrices.append(entry)
    weighting = graph.weighting
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "people": graph.n,
        "weighting": {
            "kinds": dict(weighting.kinds),
            "other": weighting.other,
            "half_life": weighting.half_life,
            "as_of": None if weighting.as_of is None else weighting.as_of.isoformat(),
            "saturation": weighting.saturation,
        },
        "report": dict(graph.report),
        "notes": list(graph.notes),
        "matrices": matrices,
    }
    write_manifest(folder, manifest)
    for file in folder.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())


def _matrices(graph: GraphRecord) -> Iterator[tuple[str | None, str | None, csr_array]]:
    yield None, None, graph.adjacency
    for (kind, network), layer in sorted(graph.layers.items()):
        yield kind, network, layer


def _open_matrix(folder: Path, name: str, edges: int, n: int) -> csr_array:
    def column(which: str) -> npt.NDArray[Any]:
        mapped: npt.NDArray[Any] = np.load(folder / f"{name}.{which}.npy", mmap_mode="r", allow_pickle=False)
        return mapped

    indptr, indices, data = (column(which) for which in _COLUMNS)
    sound = (
        indptr.shape == (n + 1,)
        and indices.shape == data.shape == (edges,)
        and data.dtype == np.float64
        and indptr.dtype.kind == indices.dtype.kind == "i"
        and indptr[0] == 0
        and indptr[-1] == edges
        and bool((indptr[1:] >= indptr[:-1]).all())
        and (not edges or (int(indices.min()) >= 0 and int(indices.max()) < n))
    )
    if not sound:
        raise DamagedError(f"{folder / name}.*.npy are not a matrix of {n:,} people")
    return canonical(data, indices, indptr, n)


def _manifest(path: Path) -> _Manifest:
    """Return the manifest of a folder, which belongs to this version and is as it was written."""
    if not path.is_dir():
        reason = "is a file" if path.exists() else "does not exist"
        raise DataError(f"{path} {reason}; a saved graph is a folder, made by graph.save(folder).")
    file = path / MANIFEST
    if not file.is_file():
        raise DataError(f"{path} is not a saved graph: it has no {MANIFEST}. Use graph.save(folder).")
    try:
        manifest = read_manifest(path)
    except DamagedError:
        # Of another version, or nothing of ours: then it has no checksum of this kind.
        _check_version(file)
        raise
    _check_version(file)
    try:
        return msgspec.convert(manifest, _Manifest)
    except msgspec.ValidationError as error:
        raise DamagedError(f"{file} is damaged ({error})") from None


def _check_version(file: Path) -> None:
    """Raise an error if the manifest can be read, and is of another version or of something else."""
    try:
        manifest = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise DataError(f"{file.parent} is not a saved graph: its {MANIFEST} belongs to something else.")
    version = manifest.get("version")
    if version != VERSION:
        newer = not isinstance(version, int) or version > VERSION
        raise DataError(
            f"{file.parent} has format version {version!r}, and this influence_graph reads version "
            f"{VERSION}. " + ("Use the newer influence_graph that wrote it." if newer else _REMEDY)
        )


def _is_ours(path: Path) -> bool:
    if not path.is_dir():
        return False
    try:
        return bool(json.loads((path / MANIFEST).read_text("utf-8"))["format"] == FORMAT)
    except (OSError, ValueError, KeyError, TypeError):
        return not any(path.iterdir())
