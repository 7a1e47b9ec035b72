"""Get the files of a data set: a local folder, else the cache, else the official address; all checked."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import sys
import zipfile
import zlib
from pathlib import Path

from influence_graph.datasets.registry import Dataset, File, get_dataset
from influence_graph.errors import DataError, DownloadError

#: Names a folder laid out as the registry has it: ``<folder>/<file>``.
VARIABLE = "INFLUENCE_GRAPH_DATA"


def fetch_dataset(name: str) -> list[Path]:
    """Return the files of a data set, downloaded if need be, each with the content its checksum says.

    A file in the folder that the environment variable ``INFLUENCE_GRAPH_DATA`` names is taken first
    (``higgs/higgs-activity_time.txt.gz`` and so on), then one in the cache of this user, then it is
    downloaded into that cache.

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
        If the data set is made, not fetched.
    DownloadError
        If a file can't be had, or is not what its checksum says. The message names file and address and
        says what to do.
    """
    dataset = get_dataset(name)
    if not dataset.files:
        raise DataError(f"The data set {name!r} is made, not fetched. Use load_dataset({name!r}).")
    return [_find(dataset, file) for file in dataset.files]


def is_local(name: str) -> bool:
    """Return whether the files of a data set are here already, so that nothing has to be downloaded.

    Parameters
    ----------
    name : str
        Name of a data set.

    Returns
    -------
    bool
        True also for a data set that is made. What lies here is not checked yet.

    Raises
    ------
    ConfigError
        If no data set has this name.
    """
    import pooch

    dataset = get_dataset(name)
    homes = [str(pooch.os_cache("influence_graph")), os.environ.get(VARIABLE)]
    places = [Path(home) / dataset.folder for home in homes if home]
    return all(any((place / file.name).is_file() for place in places) for file in dataset.files)


def content_sha256(path: Path) -> str:
    """Return the SHA-256 in hexadecimal of a file's content, decompressed if it is gzip.

    Raises
    ------
    DownloadError
        If it can't be read, or starts as gzip and can't be decompressed to its end.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if compressed else path.open("rb") as content:
            while block := content.read(1 << 20):
                digest.update(block)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DownloadError(
            f"{path}: the gzip data is damaged or cut off ({error}). Delete the file and get it again."
        ) from None
    except OSError as error:
        raise DownloadError(f"{path} can't be read ({error.strerror}). Give yourself the right to.") from None
    return digest.hexdigest()


def version_of(path: Path, file: File) -> str | None:
    """Return the word for the known version of a file that lies here, or None if it is none of them."""
    found = content_sha256(path)
    return next((word for word, expected in file.sha256.items() if expected == found), None)


def _find(dataset: Dataset, file: File) -> Path:
    local = os.environ.get(VARIABLE)
    if local:
        if not Path(local).is_dir():
            raise DownloadError(
                f"{VARIABLE} is {local!r}, and there is no such folder. Name the folder that holds "
                f"{dataset.folder}/{file.name}, or unset the variable to have files downloaded."
            )
        here = Path(local) / dataset.folder / file.name
        if here.is_file():
            _verify(dataset, file, here)
            return here
    if file.url is None:
        words = " or ".join(file.sha256)
        raise DownloadError(
            f"{file.name} of the data set {dataset.name!r} can't be downloaded without an account: get it "
            f"({words}) from {dataset.page}, lay it as {dataset.folder}/{file.name} into a folder, and name "
            f"that folder in the environment variable {VARIABLE}."
        )
    import pooch

    cached = Path(pooch.os_cache("influence_graph")) / dataset.folder / file.name
    if not cached.is_file():
        _download(dataset, file, file.url, cached)
    try:
        _verify(dataset, file, cached)
    except DownloadError:
        # What does not match is of no use to the next run, which would find it here again.
        cached.unlink()
        raise
    return cached


def _verify(dataset: Dataset, file: File, path: Path) -> None:
    if version_of(path, file) is None:
        expected = " or ".join(f"{value} ({word})" for word, value in file.sha256.items())
        raise DownloadError(
            f"{path} is not the file {file.name} of the data set {dataset.name!r}: the SHA-256 of its "
            f"content is {content_sha256(path)}, expected {expected}. It is damaged, changed or another "
            f"version: delete it and get it again from {file.url or dataset.page}."
        )


def _download(dataset: Dataset, file: File, url: str, cached: Path) -> None:
    """Download a file, or the archive that holds it, so that it lies in the cache whole or not at all."""
    import pooch

    archive = url.endswith(".zip") and not file.name.endswith(".zip")
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        got = Path(
            pooch.retrieve(
                url,
                known_hash=None,  # checked on the content, below
                fname=url.rsplit("/", 1)[-1] if archive else file.name,
                path=cached.parent,
                progressbar=sys.stderr.isatty(),
            )
        )
        if archive:
            _extract(got, file.name, cached)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        # What the network libraries say can fill a screen; the whole of it is in the traceback.
        reason = str(error) if len(str(error)) < 120 else type(error).__name__
        raise DownloadError(
            f"{file.name} of the data set {dataset.name!r} can't be downloaded from {url} ({reason}). Try "
            f"again later; or get it by hand, lay it as {dataset.folder}/{file.name} into a folder, and name "
            f"that folder in the environment variable {VARIABLE}."
        ) from error


def _extract(archive: Path, name: str, cached: Path) -> None:
    """Take one file out of an archive, wherever in it; a name that ends in .gz may be there without."""
    try:
        with zipfile.ZipFile(archive) as opened:
            wanted = (name, name.removesuffix(".gz"))
            found = [member for member in opened.namelist() if member.rsplit("/", 1)[-1] in wanted]
            if not found:
                raise OSError(f"the archive holds no {wanted[-1]}, but {', '.join(opened.namelist())}")
            part = cached.with_name(f"{cached.name}.{os.getpid()}.part")
            with opened.open(found[0]) as content, part.open("wb") as out:
                if cached.suffix == ".gz" and not found[0].endswith(".gz"):
                    with gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=0) as packed:
                        shutil.copyfileobj(content, packed)
                else:
                    shutil.copyfileobj(content, out)
            part.replace(cached)
    except (OSError, zipfile.BadZipFile):
        archive.unlink()
        raise
