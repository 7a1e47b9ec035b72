"""Files and folders are there whole or not at all."""

import errno
import os
import subprocess
import sys
import time

import pytest

from influence_graph.atomic import _machine, sweep_unfinished, whole_file, whole_folder


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


@pytest.fixture
def dead():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_only_what_dead_processes_left_is_swept(tmp_path, dead):
    here, elsewhere = _machine(), "0123456789ab"
    left = f".a-{here}-{dead}-00000000"
    kept = [
        f".a-{here}-{os.getpid()}-00000000",
        f".a-{elsewhere}-{dead}-00000000",  # of another machine or container: that process may run
        ".a-notes-7-today",
        "finished",
    ]
    for name in (left, *kept):
        (tmp_path / name).mkdir()
    sweep_unfinished(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted(kept)


@pytest.mark.parametrize("hours", [2, 30])
def test_what_another_machine_left_is_swept_after_a_day_without_a_change(tmp_path, hours):
    folder = tmp_path / ".a-0123456789ab-1-00000000"
    folder.mkdir()
    (folder / "x").touch()
    for path, age in ((folder / "x", hours), (folder, 200)):
        os.utime(path, (time.time() - 3600 * age,) * 2)
    sweep_unfinished(tmp_path)
    assert folder.exists() == (hours == 2)


def test_writing_sweeps_what_was_left_of_the_same_file_and_of_no_other(tmp_path, dead):
    ending = f"{_machine()}-{dead}-00000000"
    for name in (f".a.csv-{ending}.csv", f".b.csv-{ending}.csv", f".x-a.csv-{ending}.csv"):
        (tmp_path / name).touch()
    (tmp_path / f".g[1]-{ending}").mkdir()
    with whole_file(tmp_path / "a.csv") as new:
        new.touch()
    with whole_folder(tmp_path / "g[1]", replace=True):
        pass
    others = [f".b.csv-{ending}.csv", f".x-a.csv-{ending}.csv"]
    assert sorted(os.listdir(tmp_path)) == sorted([*others, "a.csv", "g[1]"])


@pytest.mark.parametrize("replaced", [False, True])
def test_a_replacement_that_was_killed_leaves_the_new_folder_or_the_old(tmp_path, dead, replaced):
    old = tmp_path / f".a-{_machine()}-{dead}-00000000.old"
    old.mkdir()
    (old / "x").write_text("old")
    if replaced:
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "x").write_text("new")
    sweep_unfinished(tmp_path, "a")
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a" / "x").read_text() == ("new" if replaced else "old")


def _half(block, file_in, error):
    with block as new:
        file_in(new).write_text("half")
        raise error


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
