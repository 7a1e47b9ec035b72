"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
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
    unfinished = _beside(path, path.suffix)
    # Not tempfile's: those are private, and a result is as readable as any other file of its owner.
    unfinished.touch(exist_ok=False)
    try:
        yield unfinished
        unfinished.replace(path)
    except BaseException as error:
        unfinished.unlink(missing_ok=True)
        _name(error, path)
        raise


@contextmanager
def whole_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Give a new folder that takes the place of ``path`` if the block ends well.

    Parameters
    ----------
    path : Path
        The folder that is to appear; its parent is made.
    replace : bool
        What happens to a folder that is there already. True: it is replaced, with all that is in it.
        False: its files are replaced one by one, each at once, and others stay: for a folder named by
        the fingerprint of its content, which several processes may write, so that it never goes away.

    Yields
    ------
    Path
        A folder beside it, to be filled with files. It is removed if the block raises.

    Raises
    ------
    OSError
        If it can't be written, or the disk is full.
    """
    unfinished = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.mkdir()
        yield unfinished
        try:
            unfinished.rename(path)
        except OSError:
            if not path.is_dir():
                raise
            if replace:
                _exchange(unfinished, path)
            else:
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


def _beside(path: Path, suffix: str = "") -> Path:
    """Return a name beside a path that nothing has, and that :func:`sweep_unfinished` knows."""
    return path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}{suffix}")


def _exchange(new: Path, path: Path) -> None:
    """Put a folder in the place of another, which is removed; if that fails the old one stays."""
    # Not a name that is swept: until the new one is there, this is the only copy.
    old = path.with_name(f".{path.name}.{secrets.token_hex(4)}.old")
    path.rename(old)
    try:
        new.rename(path)
    except BaseException:
        old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


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
