"""A graph in a folder: Arrow IPC files that open by memory map, and a manifest in JSON.

The format, version 1, to be read without this package::

    manifest.json
        format      "influence_graph"
        version     1
        people      n
        weighting   kinds, other, half_life (seconds), as_of (ISO 8601, UTC), saturation
        report      rows left out while building, by reason
        notes       list of text
        matrices    a list; the first is the adjacency ("kind" and "network" are null), the others
                    are the layers. Each: kind, network, edges, and for its three columns indptr
                    (n + 1 numbers), indices and data (one number an edge) a file, dtype, offset, length
        files       for every file: bytes, sha256
    nodes.arrow     the table of people; its column ``id`` is what the rows and columns of the matrices mean
    matrix-0.indptr.arrow, matrix-0.indices.arrow, matrix-0.data.arrow, matrix-1.indptr.arrow, …

Every file is an Arrow IPC file of one uncompressed record batch: ``polars.read_ipc`` and
``pyarrow.feather.read_table`` open it. A matrix is in CSR form: the edges of person u are
``indices[indptr[u]:indptr[u + 1]]`` with weights ``data[…]``. ``offset`` is the byte in the file at
which the numbers lie, little-endian and in a row, so that NumPy can map them too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import struct
import sys
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_array

from influence_graph.errors import DataError
from influence_graph.graph.graph import InfluenceGraph, Weighting
from influence_graph.linalg.csr import canonical

FORMAT = "influence_graph"
VERSION = 1
#: Checksums are compared by default where the files are smaller than this: well under a second.
VERIFIED_BYTES = 256 * 2**20


def save_graph(graph: InfluenceGraph, folder: str | os.PathLike[str]) -> None:
    """Write a graph to a folder; see :meth:`InfluenceGraph.save`."""
    target = Path(folder)
    if target.exists() and not _is_ours(target):
        raise DataError(
            f"{target} exists and is not a saved graph: it stays as it is. Choose another folder."
        )
    with _folder_whole_or_not_at_all(target) as made:
        graph.nodes.write_ipc(made / "nodes.arrow", compression="uncompressed")
        # Layers that are the adjacency itself are written once and share its files.
        written: dict[int, int] = {}
        matrices = []
        for kind, network, matrix in _matrices(graph):
            number = written.setdefault(id(matrix), len(written))
            matrices.append(
                {"kind": kind, "network": network, "edges": int(matrix.nnz)}
                | {
                    part: _write(made, f"matrix-{number}.{part}.arrow", part, getattr(matrix, part))
                    for part in ("indptr", "indices", "data")
                }
            )
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
                for file in sorted(made.iterdir())
            },
        }
        text = json.dumps(manifest, indent=1, ensure_ascii=False)
        (made / "manifest.json").write_text(text + "\n", "utf-8")


def load_graph(folder: str | os.PathLike[str], *, verify: bool | None = None) -> InfluenceGraph:
    """Open a saved graph by memory map; see :meth:`InfluenceGraph.load`."""
    path = Path(folder)
    manifest = _manifest(path)
    try:
        files: Mapping[str, Mapping[str, Any]] = manifest["files"]
        _check_files(path, files, verify)
        nodes = pl.read_ipc(path / "nodes.arrow")
        n = int(manifest["people"])
        if nodes.height != n or nodes["id"].null_count() or not nodes["id"].is_sorted():
            raise DataError(f"{path / 'nodes.arrow'} does not hold {n:,} people in order. {_REMEDY}")
        opened: dict[str, csr_array] = {}
        matrices = []
        for entry in manifest["matrices"]:
            file = entry["data"]["file"]
            if file not in opened:
                opened[file] = _open_matrix(path, entry, n)
            matrices.append((entry["kind"], entry["network"], opened[file]))
        told = dict(manifest["weighting"])
        if told["as_of"] is not None:
            told["as_of"] = datetime.fromisoformat(told["as_of"])
        return InfluenceGraph(
            ids=nodes["id"],
            layers={(kind, network): matrix for kind, network, matrix in matrices[1:]},
            adjacency=matrices[0][2],
            nodes=nodes,
            weighting=Weighting(**told),
            report=dict(manifest["report"]),
            notes=tuple(manifest["notes"]),
        )
    except DataError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, OSError, pl.exceptions.PolarsError) as error:
        raise DataError(f"{path} is damaged ({type(error).__name__}: {error}). {_REMEDY}") from None


_REMEDY = "Build the graph again and save it."


def _matrices(graph: InfluenceGraph) -> Iterator[tuple[str | None, str | None, csr_array]]:
    yield None, None, graph.adjacency
    for (kind, network), layer in sorted(graph.layers.items()):
        yield kind, network, layer


def _write(folder: Path, name: str, part: str, values: npt.NDArray[Any]) -> dict[str, Any]:
    """Write one column of numbers and return where they lie, having looked there."""
    file = folder / name
    numbers = np.ascontiguousarray(values)
    if not file.exists():
        # One record batch, so that the numbers lie in a row.
        frame = pl.DataFrame({part: numbers})
        frame.write_ipc(file, compression="uncompressed", record_batch_size=max(numbers.size, 1))
    place = {"file": name, "dtype": numbers.dtype.name, "offset": _offset(file), "length": int(numbers.size)}
    if not np.array_equal(_map(folder, place), numbers):
        raise OSError(f"{name} does not read back as it was written")
    return place


def _offset(file: Path) -> int:
    """Return where the first record batch's buffers start, as the footer of an Arrow file says.

    The footer is a flatbuffer; its field 3 lists record batches as (offset, metadata length, body length).
    A column without nulls has its numbers in the first buffer that is not empty.
    """
    with file.open("rb") as stream:
        stream.seek(-10, os.SEEK_END)
        (size,) = struct.unpack("<i", stream.read(4))
        stream.seek(-10 - size, os.SEEK_END)
        footer = stream.read(size)
    (table,) = struct.unpack_from("<I", footer, 0)
    (back,) = struct.unpack_from("<i", footer, table)
    (field,) = struct.unpack_from("<H", footer, table - back + 4 + 2 * 3)
    vector = table + field + struct.unpack_from("<I", footer, table + field)[0]
    if struct.unpack_from("<I", footer, vector)[0] == 0:
        return 0
    offset, metadata = struct.unpack_from("<qi", footer, vector + 4)
    return int(offset + metadata)


def _map(folder: Path, place: Mapping[str, Any]) -> npt.NDArray[Any]:
    """Return numbers in a file as an array: pages are read when used, and changes stay in memory."""
    dtype = np.dtype(place["dtype"]).newbyteorder("<")
    if sys.byteorder == "little":
        dtype = dtype.newbyteorder("=")
    if not place["length"]:
        return np.empty(0, dtype)
    mapped = np.memmap(
        folder / place["file"], dtype=dtype, mode="c", offset=place["offset"], shape=(place["length"],)
    )
    return mapped.view(np.ndarray)


def _open_matrix(folder: Path, entry: Mapping[str, Any], n: int) -> csr_array:
    indptr, indices, data = (_map(folder, entry[part]) for part in ("indptr", "indices", "data"))
    edges = entry["edges"]
    sound = (
        indptr.size == n + 1
        and indices.size == data.size == edges
        and data.dtype == np.float64
        and indptr[0] == 0
        and indptr[-1] == edges
        and bool((indptr[1:] >= indptr[:-1]).all())
        and (not edges or (int(indices.min()) >= 0 and int(indices.max()) < n))
    )
    if not sound:
        file = folder / entry["data"]["file"]
        raise DataError(f"{file} and its indices are not a matrix of {n:,} people. {_REMEDY}")
    return canonical(data, indices, indptr, n)


def _manifest(path: Path) -> dict[str, Any]:
    if not path.is_dir():
        reason = "is a file" if path.exists() else "does not exist"
        raise DataError(f"{path} {reason}; a saved graph is a folder, made by graph.save(folder).")
    file = path / "manifest.json"
    if not file.is_file():
        raise DataError(f"{path} is not a saved graph: it has no manifest.json. Use graph.save(folder).")
    try:
        manifest = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{file} is damaged: {error}. {_REMEDY}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise DataError(f"{path} is not a saved graph: its manifest.json belongs to something else.")
    version = manifest.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise DataError(
            f"{path} has format version {version!r}, and this influence_graph reads up to {VERSION}. "
            "Use the newer influence_graph that wrote it."
        )
    return manifest


def _check_files(path: Path, files: Mapping[str, Mapping[str, Any]], verify: bool | None) -> None:
    for name, told in files.items():
        file = path / name
        if not file.is_file():
            raise DataError(f"{path} is damaged: {name} is missing. {_REMEDY}")
        size = file.stat().st_size
        if size != told["bytes"]:
            expected = told["bytes"]
            raise DataError(f"{file} is damaged: it has {size:,} bytes, expected {expected:,}. {_REMEDY}")
    if verify is None:
        verify = sum(told["bytes"] for told in files.values()) < VERIFIED_BYTES
    if verify:
        for name, told in files.items():
            if _sha256(path / name) != told["sha256"]:
                raise DataError(f"{path / name} is damaged: its checksum is another. {_REMEDY}")


def _is_ours(path: Path) -> bool:
    if not path.is_dir():
        return False
    try:
        return bool(json.loads((path / "manifest.json").read_text("utf-8"))["format"] == FORMAT)
    except (OSError, ValueError, KeyError, TypeError):
        return not any(path.iterdir())


@contextlib.contextmanager
def _folder_whole_or_not_at_all(target: Path) -> Iterator[Path]:
    """Give a folder beside the target to fill, and put it in the target's place once it is full."""
    made = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made.mkdir()
        yield made
        for file in made.iterdir():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
        if target.exists():
            replaced = made.with_name(made.name + ".old")
            target.rename(replaced)
            try:
                made.rename(target)
            except BaseException:
                replaced.rename(target)
                raise
            shutil.rmtree(replaced, ignore_errors=True)
        else:
            made.rename(target)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            f"The graph could not be saved in {target}: {reason}. Nothing was left there; "
            "choose a folder that can be written, on a disk with room."
        ) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
