"""A run: the same bytes every time, whatever the number of processes, and after a kill."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from influence_graph.errors import ConvergenceError
from influence_graph.experiment import run
from influence_graph.experiment.results import Results
from influence_graph.experiment.run import run_experiment


@pytest.fixture(autouse=True)
def undrawn(unbroken, monkeypatch):
    """Only the unbroken run draws: it takes as long as all the rest. See tests/report."""
    monkeypatch.setattr(run, "_draw", lambda *arguments: None)


def tables(results: Results) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in results.folder.glob("*.parquet")}


def test_two_jobs_give_the_same_bytes(config, unbroken, tmp_path):
    # Two processes have half the threads each: this holds threads and jobs at once.
    assert tables(run_experiment(config, jobs=2, results=tmp_path)) == tables(unbroken)


def test_a_second_run_computes_nothing_and_changes_nothing(config, unbroken):
    before = tables(unbroken)
    again = run_experiment(config, results=unbroken.folder.parent.parent)
    assert again.folder == unbroken.folder
    assert not any(cell["computed"] for cell in again.manifest["cells"])
    assert tables(again) == before


@pytest.mark.parametrize(("commit", "expected"), [("abc", 1), ("abc+", 2), (None, 2)])
def test_the_same_code_draws_once(config, unbroken, tmp_path, monkeypatch, commit, expected):
    home = tmp_path / "results"
    shutil.copytree(unbroken.folder.parent.parent, home, symlinks=True)
    drawn, manifest_of = [], run.manifest_of
    monkeypatch.setattr(run, "_draw", lambda *arguments: drawn.append(arguments))
    monkeypatch.setattr(run, "manifest_of", lambda *given: manifest_of(*given) | {"commit": commit})
    first = tables(run_experiment(config, results=home))
    again = run_experiment(config, results=home)
    assert len(drawn) == expected
    assert tables(again) == first == tables(unbroken)
    (again.folder / "agreement.parquet").write_bytes(b"damaged")
    assert tables(run_experiment(config, results=home)) == first
    assert len(drawn) == expected + 1


def test_only_what_changed_is_computed(config, unbroken, tmp_path, text):
    home = unbroken.folder.parent.parent
    changed = tmp_path / "small.toml"
    changed.write_text(text.replace("[0.5, 0.85]", "[0.5, 0.9]"))
    again = run_experiment(changed, results=home)
    computed = [cell["label"] for cell in again.manifest["cells"] if cell["computed"]]
    assert computed == ["synthetic · pagerank(damping=0.9)", "synthetic · comparison"]
    assert again.folder != unbroken.folder
    changed.write_text(text.replace("seed = 3", "seed = 4"))
    other = run_experiment(changed, results=home)
    assert not other.tables["scores"].equals(unbroken.tables["scores"])  # `random` draws anew


def test_randomness_does_not_depend_on_the_order(config, unbroken, tmp_path, text):
    reordered = tmp_path / "small.toml"
    first, second = '[[methods]]\nname = "engagement"\n', '[[methods]]\nname = "random"\n'
    reordered.write_text(text.replace(first + second, second + first))
    again = run_experiment(reordered, results=tmp_path / "results")
    for results in (again, unbroken):
        assert results.tables["scores"].filter(method="random").height == 120
    drawn = [one.tables["scores"].filter(method="random") for one in (again, unbroken)]
    assert drawn[0].equals(drawn[1])


# The comparison is the last cell. This run stops where its tables are half-written, and waits there.
HALF_WRITTEN = """
import sys, time
from influence_graph.experiment import run, store
write = store.write_tables
def slow(tables, folder):
    if "movers" in tables:
        (folder / "movers.parquet").write_bytes(b"half")
        print("half-written", flush=True)
        time.sleep(60)
    write(tables, folder)
store.write_tables = slow
from influence_graph.cli import main
main()
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_was_stopped_goes_on_where_it_was(config, unbroken, tmp_path, sent):
    command = [
        sys.executable,
        "-c",
        HALF_WRITTEN,
        "run",
        str(config),
        "--jobs",
        "1",
        "--results",
        str(tmp_path),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline() == "half-written\n"
        running.send_signal(sent)
        out, err = running.communicate(timeout=30)
    left = list((tmp_path / ".cells").glob(".*"))
    if sent == signal.SIGINT:
        assert running.returncode == 130
        assert (out, err) == (
            "",
            "influence-graph: stopped by Ctrl-C. Finished work is kept, no file is incomplete\n",
        )
        assert left == []
    else:
        assert running.returncode == -signal.SIGKILL
        assert len(left) == 1  # hidden, and swept by the next run
    assert not (tmp_path / "small").exists()
    resumed = run_experiment(config, results=tmp_path)
    assert [cell["computed"] for cell in resumed.manifest["cells"]] == [False] * 4 + [True]
    assert tables(resumed) == tables(unbroken)
    assert list((tmp_path / ".cells").glob(".*")) == []


def test_a_full_disk_leaves_nothing_half_written(config, tmp_path, monkeypatch):
    write = Path.write_bytes

    def full(path, data):
        if path.name == "movers.parquet":
            write(path, bytes(data)[:10])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left on device"):
        run_experiment(config, results=tmp_path)
    assert not (tmp_path / "small").exists()
    assert list((tmp_path / ".cells").glob(".*")) == []
    assert len(list((tmp_path / ".cells").iterdir())) == 4


def test_results_that_can_t_be_written_are_told_before_the_work(config, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        run_experiment(config, results=tmp_path / "file")


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_cell_that_fails_is_named_and_the_others_are_kept(config, tmp_path, jobs, text):
    failing = tmp_path / "small.toml"
    failing.write_text(text.replace("damping = [0.5, 0.85]", "max_iterations = 2"))
    with pytest.raises(ConvergenceError, match="synthetic · pagerank: pagerank reached"):
        run_experiment(failing, jobs=jobs, results=tmp_path)
    kept = [path for path in (tmp_path / ".cells").iterdir() if not path.name.startswith(".")]
    assert len(kept) == 2 if jobs == 1 else len(kept) <= 2
    assert not (tmp_path / "small").exists()
