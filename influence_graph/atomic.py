"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give the path of a new file that takes the place of ``path`` if the block ends well.

    Parameters
    ----------
    path : path
        What is to appear, or to be replaced, at once.

    Yields
    ------
    Path
        A file in the same folder, to be written. It is removed if the block raises.

    Raises
    ------
    OSError
        If the folder is missing or can't be written, or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with whole_file(folder / "scores.csv") as new:
    ...     _ = new.write_text("id,score")
    >>> [file.name for file in folder.iterdir()]
    ['scores.csv']
    """
    path = Path(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        # mkstemp makes a private file; a result is as readable as any other file of its owner.
        unfinished.chmod(0o666 & ~_umask())
        unfinished.replace(path)
    except BaseException as error:
        unfinished.unlink(missing_ok=True)
        _name(error, path)
        raise


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a new folder whose files stand at ``path`` if the block ends well.

    Where ``path`` exists its files are replaced one by one, each at once: for a folder named by the
    fingerprint of its content that is the same content again.

    Parameters
    ----------
    path : Path
        The folder that is to appear; its parent is made.

    Yields
    ------
    Path
        A folder beside it, to be filled with files. It is removed if the block raises.

    Raises
    ------
    OSError
        If it can't be written, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{path.name}-{os.getpid()}-", dir=path.parent))
    try:
        yield unfinished
        unfinished.chmod(0o777 & ~_umask())
        try:
            unfinished.rename(path)
        except OSError:
            if not path.is_dir():
                raise
            for file in sorted(unfinished.iterdir()):
                file.replace(path / file.name)
    except OSError as error:
        _name(error, path)
        raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def sweep_unfinished(folder: Path) -> None:
    """Remove what killed processes of this machine left unfinished in a folder."""
    for left in folder.glob(".*-*-*"):
        pid = left.name.rsplit("-", 2)[1]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _name(error: BaseException, path: Path) -> None:
    """Put the path into an error that has none: a full disk, found while writing, has not."""
    if isinstance(error, OSError) and error.errno is not None and error.filename is None:
        error.filename = str(path)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
