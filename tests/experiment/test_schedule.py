"""Where cells are computed: needs first, in workers of the run's own, and the caller's process untouched."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

from influence_graph import run_experiment
from influence_graph.errors import ConvergenceError
from influence_graph.experiment import schedule
from influence_graph.experiment._template import Cell
from influence_graph.experiment.schedule import compute, in_order, keeping_workers
from influence_graph.experiment.store import Store

FAILING = {
    "name": "small",
    "template": "agreement",
    "data": {"dataset": "synthetic", "people": 120, "days": 10, "mean_degree": 5},
    "methods": [{"name": "engagement"}, {"name": "pagerank", "max_iterations": 2}],
}


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    """Drawing takes as long as all the rest. See test_results.py and tests/report."""
    monkeypatch.setattr("influence_graph.experiment.run._draw", lambda *arguments: None)


def task(*, rng, needs, logs, number):
    total = number + sum(need["t"]["total"][0] for need in needs)
    return {"t": pl.DataFrame({"total": [total]})}


def cell(number, *needs):
    return Cell(task, 1, {"number": number}, f"cell {number}", needs)


def test_needs_come_first_and_each_cell_once():
    a = cell(1)
    b = cell(2, a)
    c = cell(3, b, a)
    same_as_a = cell(1)
    assert [one.label for one in in_order([c, b, same_as_a])] == ["cell 1", "cell 2", "cell 3"]


def test_every_cell_is_computed_from_its_needs_and_timed(tmp_path):
    a, b = cell(1), cell(2)
    c = cell(3, a, b)
    store = Store.open(tmp_path)
    seconds = compute(store, in_order([c]), jobs=1, title="t")
    assert store.read(c)["t"]["total"].to_list() == [6]
    assert set(seconds) == {one.fingerprint for one in (a, b, c)}
    assert all(took >= 0 for took in seconds.values())


def test_a_failing_cell_leaves_the_processes_of_the_caller_alone(tmp_path):
    mine = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(300,))
    mine.start()
    try:
        with pytest.raises(ConvergenceError, match="synthetic · pagerank: pagerank reached"):
            run_experiment(FAILING, jobs=2, results=tmp_path)
        assert mine.is_alive()
        assert multiprocessing.active_children() == [mine]
    finally:
        mine.kill()
        mine.join()


def whose(*, rng, needs, logs, number):
    if number < 0:
        raise ConvergenceError("negative")
    return {"t": pl.DataFrame({"process": [os.getpid()]})}


def processes(store, *numbers):
    cells = [Cell(whose, 1, {"number": number}, f"cell {number}") for number in numbers]
    compute(store, cells, jobs=2, title="t")
    return {store.read(one)["t"]["process"].item() for one in cells}


def test_runs_share_workers_within_the_block_until_a_cell_fails(tmp_path):
    store = Store.open(tmp_path)
    alone = [processes(store, 1, 2), processes(store, 3, 4)]
    assert not alone[0] & alone[1]
    with keeping_workers():
        first, second = processes(store, *range(5, 15)), processes(store, *range(15, 25))
        assert first
        assert len(first | second) <= 2
        with pytest.raises(ConvergenceError, match="cell -1: negative"):
            processes(store, -1, 30)
        third = processes(store, 31, 32)
        assert not third & (first | second)
    assert not any(map(alive, first | second | third))
    assert os.getpid() not in first | second | third


def test_the_environment_of_the_caller_is_left_alone(tmp_path, monkeypatch):
    seen = []

    class Progress:
        def __init__(self, **options): ...
        def __enter__(self):
            return self

        def __exit__(self, *error): ...
        def update(self):
            seen.append(dict(os.environ))

    monkeypatch.setattr(schedule, "tqdm", Progress)
    before = dict(os.environ)
    working = {
        **FAILING,
        "methods": [{"name": "engagement"}, {"name": "reactors"}],
        "options": {"resamples": 0, "draws": 0},
    }
    run_experiment(working, jobs=2, results=tmp_path)
    assert seen == [before] * 3
    assert dict(os.environ) == before


# A script as users write it: it imports polars and numba before any worker exists.
SCRIPT = """
import json, os, sys
from pathlib import Path
import numba, polars as pl
from influence_graph.experiment._template import Cell
from influence_graph.experiment.schedule import compute
from influence_graph.experiment.store import Store

def task(*, rng, needs, logs, number):
    import threadpoolctl
    import scipy.linalg
    blas = max(pool["num_threads"] for pool in threadpoolctl.threadpool_info())
    return {"t": pl.DataFrame({"threads": [pl.thread_pool_size(), numba.get_num_threads(), blas]})}

if __name__ == "__main__":
    os.cpu_count = lambda: int(sys.argv[2])
    store, cells = Store.open(Path(sys.argv[1])), [Cell(task, 1, {"number": n}, str(n)) for n in range(2)]
    compute(store, cells, jobs=2, title="t")
    print(json.dumps([store.read(cell)["t"]["threads"].to_list() for cell in cells]))
"""


@pytest.mark.parametrize(
    ("processors", "given", "expected"),
    [(2, {}, [1, 1, 1]), (4, {}, [2, 2, 2]), (4, {"POLARS_MAX_THREADS": "1"}, [1, 2, 2])],
)
def test_workers_share_the_processors(tmp_path, processors, given, expected):
    (tmp_path / "script.py").write_text(SCRIPT)
    clean = {name: value for name, value in os.environ.items() if name not in schedule._THREADS}
    done = subprocess.run(
        [sys.executable, tmp_path / "script.py", tmp_path / "results", str(processors)],
        env=clean | given,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [expected] * 2


KILLED = """
import os, time
from influence_graph.experiment import schedule
with schedule._workers(2) as pool:
    print(*{pool.submit(os.getpid).result() for _ in range(20)}, flush=True)
    pool.submit(time.sleep, 300)
    time.sleep(300)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_workers_end_when_their_parent_is_killed():
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True) as running:
        workers = [int(pid) for pid in running.stdout.readline().split()]
        assert workers
        running.kill()
    end = time.monotonic() + 30
    while any(map(alive, workers)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(map(alive, workers))


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
