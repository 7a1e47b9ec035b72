"""A graph in a folder: arrays in NumPy files that open by memory map, a table in Arrow, a manifest in JSON.

The format, version 2, to be read without this package::

    manifest.json
        format      "influence_graph"
        version     2
        people      n
        weighting   kinds, other, half_life (seconds), as_of (ISO 8601, UTC), saturation
        report      rows left out while building, by reason
        notes       list of text
        matrices    a list; the first is the adjacency ("kind" and "network" are null), the others are
                    the layers. Each: kind, network, edges, and the name that its files start with
        files       for every other file: bytes, sha256
    manifest.sha256 checksum of manifest.json, as ``sha256sum -c`` reads it
    nodes.arrow     the table of people, an Arrow IPC file; its column ``id`` is what the rows and columns of
                    the matrices mean
    matrix-0.indptr.npy, matrix-0.indices.npy, matrix-0.data.npy, matrix-1.indptr.npy, …

``numpy.load`` and ``polars.read_ipc`` open these files. A matrix is in CSR form: the edges of person u are
``indices[indptr[u]:indptr[u + 1]]`` with weights ``data[indptr[u]:indptr[u + 1]]``. A layer that equals the
adjacency shares its files.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_array

from influence_graph.atomic import whole_folder
from influence_graph.errors import DataError
from influence_graph.graph.record import GraphRecord
from influence_graph.graph.weighting import Weighting
from influence_graph.linalg.csr import canonical

FORMAT = "influence_graph"
VERSION = 2
#: Checksums are compared by default where the files are smaller than this: well under a second.
VERIFIED_BYTES = 256 * 2**20
_COLUMNS = ("indptr", "indices", "data")
_REMEDY = "Build the graph again and save it."
_Graph = TypeVar("_Graph", bound=GraphRecord)


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


def load_graph(kind: type[_Graph], folder: str | os.PathLike[str], *, verify: bool | None = None) -> _Graph:
    """Open a saved graph by memory map; see :meth:`InfluenceGraph.load`."""
    path = Path(folder)
    manifest = _manifest(path)
    try:
        _check_files(path, manifest["files"], verify)
        nodes = pl.read_ipc(path / "nodes.arrow")
        n = int(manifest["people"])
        if nodes.height != n or nodes["id"].null_count() or not nodes["id"].is_sorted():
            raise DataError(f"{path / 'nodes.arrow'} does not hold {n:,} people in order. {_REMEDY}")
        opened: dict[str, csr_array] = {}
        matrices = []
        for entry in manifest["matrices"]:
            name = entry["name"]
            if name not in opened:
                opened[name] = _open_matrix(path, name, int(entry["edges"]), n)
            matrices.append(((entry["kind"], entry["network"]), opened[name]))
        weighting = dict(manifest["weighting"])
        if weighting["as_of"] is not None:
            weighting["as_of"] = datetime.fromisoformat(weighting["as_of"])
        return kind(
            ids=nodes["id"],
            layers=dict(matrices[1:]),
            adjacency=matrices[0][1],
            nodes=nodes,
            weighting=Weighting(**weighting),
            report=dict(manifest["report"]),
            notes=tuple(manifest["notes"]),
        )
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
        "files": {
            file.name: {"bytes": file.stat().st_size, "sha256": _sha256(file)}
            for file in sorted(folder.iterdir())
        },
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_bytes(text.encode("utf-8"))
    (folder / "manifest.sha256").write_bytes(_checksum_line(text.encode("utf-8")))
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
        raise DataError(f"{folder / name}.*.npy are not a matrix of {n:,} people. {_REMEDY}")
    return canonical(data, indices, indptr, n)


def _manifest(path: Path) -> dict[str, Any]:
    """Return the manifest of a folder, which belongs to this version and is as it was written."""
    if not path.is_dir():
        reason = "is a file" if path.exists() else "does not exist"
        raise DataError(f"{path} {reason}; a saved graph is a folder, made by graph.save(folder).")
    file = path / "manifest.json"
    if not file.is_file():
        raise DataError(f"{path} is not a saved graph: it has no manifest.json. Use graph.save(folder).")
    try:
        content = file.read_bytes()
        manifest = json.loads(content)
    except (OSError, ValueError) as error:
        raise DataError(f"{file} is damaged: {error}. {_REMEDY}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise DataError(f"{path} is not a saved graph: its manifest.json belongs to something else.")
    version = manifest.get("version")
    if version != VERSION:
        newer = not isinstance(version, int) or version > VERSION
        raise DataError(
            f"{path} has format version {version!r}, and this influence_graph reads version {VERSION}. "
            + ("Use the newer influence_graph that wrote it." if newer else _REMEDY)
        )
    try:
        intact = (path / "manifest.sha256").read_bytes() == _checksum_line(content)
    except OSError as error:
        raise DataError(f"{path} is damaged: manifest.sha256: {error.strerror}. {_REMEDY}") from None
    if not intact:
        raise DataError(f"{file} is damaged: its checksum differs from that in manifest.sha256. {_REMEDY}")
    return manifest


def _check_files(path: Path, files: Mapping[str, Mapping[str, Any]], verify: bool | None) -> None:
    for name, expected in files.items():
        file = path / name
        if not file.is_file():
            raise DataError(f"{path} is damaged: {name} is missing. {_REMEDY}")
        size = file.stat().st_size
        if size != expected["bytes"]:
            raise DataError(
                f"{file} is damaged: it has {size:,} bytes, expected {expected['bytes']:,}. {_REMEDY}"
            )
    if verify is None:
        verify = sum(expected["bytes"] for expected in files.values()) < VERIFIED_BYTES
    if verify:
        for name, expected in files.items():
            if _sha256(path / name) != expected["sha256"]:
                raise DataError(
                    f"{path / name} is damaged: its checksum differs from the manifest's. {_REMEDY}"
                )


def _is_ours(path: Path) -> bool:
    if not path.is_dir():
        return False
    try:
        return bool(json.loads((path / "manifest.json").read_text("utf-8"))["format"] == FORMAT)
    except (OSError, ValueError, KeyError, TypeError):
        return not any(path.iterdir())


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _checksum_line(manifest: bytes) -> bytes:
    return f"{hashlib.sha256(manifest).hexdigest()}  manifest.json\n".encode()
