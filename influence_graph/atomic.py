"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import secrets
import shutil
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: What another machine or container left unfinished is swept when nothing in it has changed for this long.
_ABANDONED = 24 * 3600.0
#: ``.name-machine-process-random``, as :func:`_beside` makes it; ``.old`` is what was moved out of the way.
_UNFINISHED = re.compile(r"\.(?P<name>.+)-(?P<machine>[0-9a-f]{12})-(?P<pid>\d+)-[0-9a-f]{8}(?P<end>\..*)?")


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
    sweep_unfinished(path.parent, path.name)
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
        if replace:
            sweep_unfinished(path.parent, path.name)
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
                # What says how the others should be comes last.
                for file in sorted(
                    unfinished.iterdir(), key=lambda file: (file.name == "manifest.json", file)
                ):
                    file.replace(path / file.name)
    except OSError as error:
        _name(error, path)
        raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def sweep_unfinished(folder: Path, name: str | None = None) -> None:
    """Remove what killed processes left unfinished in a folder, never what a living one is writing.

    What a process of this machine left is removed if it no longer runs; what another machine or container
    left, whose processes can't be seen from here, if nothing in it has changed for a day. A folder that
    was killed while it was replaced is put back.

    Parameters
    ----------
    folder : Path
        Where to look; nothing happens if it is missing.
    name : str, optional
        Only what belongs to this file or folder in it. Default: all.
    """
    for left in folder.glob(".*-*-*-*" if name is None else f".{_literal(name)}-*-*-*"):
        found = _UNFINISHED.fullmatch(left.name)
        if found is None or (name is not None and found["name"] != name):
            continue
        # Windows has no signal that asks whether a process runs.
        ours = found["machine"] == _machine() and os.name != "nt"
        if _alive(int(found["pid"])) if ours else not _abandoned(left):
            continue
        target = folder / found["name"]
        with suppress(OSError):
            if found["end"] == ".old" and not target.exists():
                left.rename(target)
            elif left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink()


def link(path: Path, target: str) -> None:
    """Make a path a link to a folder beside it, at once, if the file system has links."""
    fresh = _beside(path)
    with suppress(OSError, NotImplementedError):
        fresh.symlink_to(target, target_is_directory=True)
        fresh.replace(path)


@functools.cache
def _machine() -> str:
    """Return what tells this machine, since it was started, and this container from all others."""
    known = [socket.gethostname()]
    try:
        known += [Path("/proc/sys/kernel/random/boot_id").read_text(), os.readlink("/proc/self/ns/pid")]
    except OSError:  # not Linux
        known.append(f"{uuid.getnode()}")
    return hashlib.sha256("\0".join(known).encode()).hexdigest()[:12]


def _abandoned(left: Path) -> bool:
    """Whether neither a file nor, in a folder, anything in it has changed for a day."""
    changed = [left.lstat().st_mtime]
    with suppress(OSError):
        changed += [file.lstat().st_mtime for file in left.iterdir()]
    return max(changed) < time.time() - _ABANDONED


def _beside(path: Path, suffix: str = "") -> Path:
    """Return a name beside a path that nothing has, and that :func:`sweep_unfinished` knows."""
    return path.with_name(f".{path.name}-{_machine()}-{os.getpid()}-{secrets.token_hex(4)}{suffix}")


def _literal(name: str) -> str:
    """Return a name as a pattern of ``glob`` that matches it alone."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def _exchange(new: Path, path: Path) -> None:
    """Put a folder in the place of another, which is removed; if that fails the old one stays."""
    old = _beside(path, ".old")
    with suppress(OSError):
        os.utime(path)  # not abandoned, however old
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
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
