"""Manifests with checksums: a folder is as it was written, or it is said which of its files is not.

Saved graphs, computed cells and results are folders with a ``manifest.json``, which holds, besides what
it says of them::

    files       for every other file: bytes, xxh3_128 (as ``xxhsum -H2`` prints it)
    checksum    hexadecimal SHA-256 of all the rest, as JSON with sorted keys and without spaces

A manifest is one file, so that it is replaced at once where several machines write the same folder.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import xxhash

from influence_graph.errors import DataError

MANIFEST = "manifest.json"
_BLOCK = 1 << 20


class DamagedError(DataError):
    """A file of a folder is not as it was written; the message names it, the remedy is the reader's."""


def write_manifest(
    folder: Path, content: Mapping[str, Any], *, default: Callable[[Any], Any] | None = None
) -> None:
    """Write the manifest of a folder that has all its other files, with their checksums.

    Parameters
    ----------
    folder : Path
        Its files are read once; the checksum of an array runs at the speed of memory.
    content : mapping
        What the manifest says besides ``files`` and ``checksum``.
    default : callable, optional
        As in ``json.dumps``: the plain form of other values.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.txt").write_text("a")
    >>> write_manifest(folder, {"name": "example"})
    >>> manifest = read_manifest(folder)
    >>> manifest["name"], manifest["files"]["a.txt"]["bytes"]
    ('example', 1)
    >>> check_files(folder, manifest["files"])
    """
    files = {
        file.name: {"bytes": file.stat().st_size, "xxh3_128": _checksum(file)}
        for file in sorted(folder.iterdir())
        if file.name != MANIFEST
    }
    # Through JSON once, so that what is summed is what will be read.
    plain = json.loads(json.dumps({**content, "files": files}, default=default))
    text = json.dumps({**plain, "checksum": _own_checksum(plain)}, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_bytes(f"{text}\n".encode("utf-8", "backslashreplace"))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder, without its checksum, which was compared.

    Raises
    ------
    DamagedError
        If it is missing, no JSON, has no checksum or another one.
    """
    file = folder / MANIFEST
    try:
        manifest = json.loads(file.read_bytes())
    except OSError as error:
        raise DamagedError(f"{file} can't be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"{file} is damaged ({error})") from None
    if not isinstance(manifest, dict) or "checksum" not in manifest:
        raise DamagedError(f"{file} has no checksum: it is damaged, or of an older version")
    if manifest.pop("checksum") != _own_checksum(manifest):
        raise DamagedError(f"{file} is damaged: it was changed after it was written")
    return manifest


def check_files(
    folder: Path,
    files: Mapping[str, Mapping[str, Any]],
    names: Iterable[str] | None = None,
    *,
    contents: bool = True,
) -> None:
    """Compare the files of a folder with its manifest.

    Parameters
    ----------
    folder : Path
        The folder.
    files : mapping
        ``files`` of its manifest.
    names : iterable of str, optional
        Which of them. Default: all.
    contents : bool
        False: only that they are there, and their sizes.

    Raises
    ------
    DamagedError
        If one is missing, or has another size or checksum.
    """
    for name in files if names is None else names:
        file, expected = folder / name, files[name]
        try:
            size = os.stat(file).st_size
            differs = size == expected["bytes"] and contents and _checksum(file) != expected["xxh3_128"]
        except FileNotFoundError:
            raise DamagedError(f"{file} is missing") from None
        except OSError as error:
            raise DamagedError(f"{file} can't be read ({error.strerror})") from None
        if size != expected["bytes"]:
            raise DamagedError(f"{file} is damaged: it has {size:,} bytes, expected {expected['bytes']:,}")
        if differs:
            raise DamagedError(f"{file} is damaged: its checksum differs from that in {MANIFEST}")


def _checksum(file: Path) -> str:
    digest, block = xxhash.xxh3_128(), bytearray(_BLOCK)
    view = memoryview(block)
    with file.open("rb", buffering=0) as stream:
        while read := stream.readinto(block):
            digest.update(view[:read])
    return digest.hexdigest()


def _own_checksum(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
