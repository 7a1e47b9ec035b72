"""Work over threads: all of it, once, in order; errors arrive; work within work stays on its thread."""

import threading
import time

import numba
import pytest
from numba.np.ufunc.parallel import threading_layer

from influence_graph.threads import over_threads


def test_every_task_is_done_once_and_results_are_in_order():
    seen = []

    def task(number):
        seen.append(number)
        return number * number

    assert over_threads(task, 1000) == [number * number for number in range(1000)]
    assert sorted(seen) == list(range(1000))
    assert over_threads(task, 0) == []


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one thread")
def test_tasks_wait_for_one_another_so_they_run_at_once():
    both = threading.Barrier(2)
    assert len(over_threads(lambda number: both.wait(timeout=20), 2)) == 2


def test_an_error_arrives_and_ends_the_work():
    seen = []

    def task(number):
        seen.append(number)
        if number == 3:
            raise ValueError("three")
        time.sleep(0.001)

    with pytest.raises(ValueError, match="three"):
        over_threads(task, 10_000)
    assert len(seen) < 100
    assert over_threads(lambda number: number, 3) == [0, 1, 2]


def test_work_within_work_stays_on_its_thread():
    def task(number):
        return set(over_threads(lambda _: threading.get_ident(), 50)) == {threading.get_ident()}

    assert all(over_threads(task, 20))


def test_loops_of_a_task_have_one_thread():
    before = numba.get_num_threads()
    found = over_threads(lambda number: (number, numba.get_num_threads()), 5, loops=True)
    assert [number for number, _ in found] == list(range(5))
    assert {threads for _, threads in found} == {1} or before == 1 or threading_layer() == "workqueue"
    assert numba.get_num_threads() == before
