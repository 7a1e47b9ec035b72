"""Get the files of a data set from a local folder, the cache or the official address, and verify them."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

from influence_graph.atomic import whole_file
from influence_graph.datasets.registry import Dataset, File, get_dataset
from influence_graph.errors import DataError, DownloadError

#: Environment variable: a folder with files as in the registry, ``<folder>/<file>``.
VARIABLE = "INFLUENCE_GRAPH_DATA"


def fetch_dataset(name: str) -> list[Path]:
    """Return the files of a data set, downloaded if necessary, their checksums verified.

    Each file is looked for in the folder that the environment variable ``INFLUENCE_GRAPH_DATA`` names
    (as ``higgs/higgs-activity_time.txt.gz``), then in this user's cache; else it is downloaded into that.

    Parameters
    ----------
    name : str
        Name of a data set.

    Returns
    -------
    list of pathlib.Path
        Its files, in the order of the registry.

    Raises
    ------
    ConfigError
        If no data set has this name.
    DataError
        If the data set is synthetic.
    DownloadError
        If a file can't be obtained, or its checksum does not match. The message names the file and the
        address, and a remedy.
    """
    dataset = get_dataset(name)
    if not dataset.files:
        raise DataError(f"The data set {name!r} is synthetic: it has no files. Use load_dataset({name!r}).")
    return [_find(dataset, file) for file in dataset.files]


def is_local(name: str) -> bool:
    """Return whether all files of a data set are on this machine, so that nothing has to be downloaded.

    Parameters
    ----------
    name : str
        Name of a data set.

    Returns
    -------
    bool
        True also for a synthetic data set. Checksums are not verified.

    Raises
    ------
    ConfigError
        If no data set has this name.
    """
    dataset = get_dataset(name)
    homes = places(dataset)
    return all(any((place / file.name).is_file() for place in homes) for file in dataset.files)


def places(dataset: Dataset) -> list[Path]:
    """Return the folders in which the files of a data set are looked for."""
    import pooch

    homes = [str(pooch.os_cache("influence_graph")), os.environ.get(VARIABLE)]
    return [Path(home) / dataset.folder for home in homes if home]


def content_sha256(path: Path) -> str:
    """Return the SHA-256 in hexadecimal of a file's content, decompressed if it is gzip.

    Raises
    ------
    DownloadError
        If it can't be read, or starts as gzip and can't be decompressed to its end.
    """
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if compressed else path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DownloadError(
            f"{path}: the gzip data is damaged or cut off ({error}). Delete the file and download it again."
        ) from None
    except OSError as error:
        raise DownloadError(f"{path} can't be read ({error.strerror}). Correct its permissions.") from None


def _find(dataset: Dataset, file: File) -> Path:
    local = os.environ.get(VARIABLE)
    if local:
        if not Path(local).is_dir():
            raise DownloadError(
                f"{VARIABLE} is {local!r}, and that folder does not exist. Name the folder that has "
                f"{dataset.folder}/{file.name}, or unset the variable to have files downloaded."
            )
        here = Path(local) / dataset.folder / file.name
        if here.is_file():
            _verify(dataset, file, here)
            return here
    if file.url is None:
        versions = " or ".join(file.sha256)
        raise DownloadError(
            f"{file.name} of the data set {dataset.name!r} can't be downloaded without an account: get it "
            f"({versions}) from {dataset.page}, save it as {dataset.folder}/{file.name} in a folder, and set "
            f"the environment variable {VARIABLE} to that folder."
        )
    import pooch

    cached = Path(pooch.os_cache("influence_graph")) / dataset.folder / file.name
    if not cached.is_file():
        _download(dataset, file, file.url, cached)
    try:
        _verify(dataset, file, cached)
    except DownloadError:
        # Else the next run would find the wrong file in the cache again.
        cached.unlink()
        raise
    return cached


def _verify(dataset: Dataset, file: File, path: Path) -> None:
    found = content_sha256(path)
    if found not in file.sha256.values():
        expected = " or ".join(f"{value} ({version})" for version, value in file.sha256.items())
        raise DownloadError(
            f"{path} is not the file {file.name} of the data set {dataset.name!r}: the SHA-256 of its "
            f"content is {found}, expected {expected}. It is damaged, changed or another "
            f"version: delete it and download it again from {file.url or dataset.page}."
        )


def _download(dataset: Dataset, file: File, url: str, cached: Path) -> None:
    """Download a file, or the archive that contains it, into the cache."""
    archive = url.endswith(".zip") and not file.name.endswith(".zip")
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        if archive:
            _from_archive(url, file.name, cached)
        else:
            _retrieve(url, cached)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        # Messages of network libraries may fill a screen; the traceback has them in full.
        reason = str(error) if len(str(error)) < 120 else type(error).__name__
        raise DownloadError(
            f"{file.name} of the data set {dataset.name!r} can't be downloaded from {url} ({reason}). Try "
            f"again later; or download it yourself, save it as {dataset.folder}/{file.name} in a folder, and "
            f"set the environment variable {VARIABLE} to that folder."
        ) from error


def _retrieve(url: str, path: Path, processor: Any = None) -> Any:
    import pooch

    # pooch would compare the bytes as downloaded; _verify compares the decompressed content.
    return pooch.retrieve(
        url,
        known_hash=None,
        fname=path.name,
        path=path.parent,
        processor=processor,
        progressbar=sys.stderr.isatty(),
    )


def _from_archive(url: str, name: str, cached: Path) -> None:
    """Extract one file, in any folder of the archive; a name that ends in .gz may be there uncompressed."""
    import pooch

    archive = cached.with_name(url.rsplit("/", 1)[-1])
    wanted = (name, name.removesuffix(".gz"))
    with tempfile.TemporaryDirectory(dir=cached.parent) as folder:
        try:
            members = [Path(path) for path in _retrieve(url, archive, pooch.Unzip(extract_dir=folder))]
            found = next((member for member in members if member.name in wanted), None)
            if found is None:
                names = ", ".join(sorted(str(member.relative_to(folder)) for member in members))
                raise OSError(f"the archive has no {wanted[-1]}, but {names}")
        except (OSError, zipfile.BadZipFile):
            archive.unlink(missing_ok=True)
            raise
        if found.suffix == cached.suffix:
            found.replace(cached)
            return
        with (
            whole_file(cached) as new,
            found.open("rb") as content,
            new.open("wb") as out,
            gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=0) as packed,
        ):
            shutil.copyfileobj(content, packed)
