"""Files and folders are there whole or not at all."""

import errno
import os
import subprocess
import sys

import pytest

from influence_graph.atomic import sweep_unfinished, whole_file, whole_folder


def test_a_file_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "a.csv"
    with whole_file(path) as new:
        new.write_text("x")
        assert not path.exists()
    assert path.read_text() == "x"
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_block_that_raises_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(type(error)):
        _half(whole_file(path), lambda new: new, error)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_a_folder_appears_when_the_block_ends(tmp_path):
    folder = tmp_path / "deep" / "a"
    with whole_folder(folder) as new:
        (new / "x").write_text("1")
        assert not folder.exists()
    assert os.listdir(folder) == ["x"]
    assert os.listdir(folder.parent) == ["a"]


def test_a_folder_that_exists_gets_the_new_files(tmp_path):
    folder = tmp_path / "a"
    for text in ("1", "2"):
        with whole_folder(folder) as new:
            (new / "x").write_text(text)
    assert (folder / "x").read_text() == "2"
    assert os.listdir(tmp_path) == ["a"]


def test_a_folder_whose_block_raises_is_not_there(tmp_path):
    with pytest.raises(OSError, match="full"):
        _half(whole_folder(tmp_path / "a"), lambda new: new / "x", OSError("full"))
    assert os.listdir(tmp_path) == []


def test_only_what_dead_processes_left_is_swept(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (f".a-{dead.pid}-xyz", f".b-{os.getpid()}-xyz", "finished"):
        (tmp_path / name).mkdir()
    sweep_unfinished(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [f".b-{os.getpid()}-xyz", "finished"]


def _half(block, file_in, error):
    with block as new:
        file_in(new).write_text("half")
        raise error


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
