"""Work over threads: kernels release the GIL, so Python's threads run them side by side.

Numba's own parallel loops compile for one to four seconds each; these cost nothing, and what a kernel
computes for a chunk of rows does not depend on who runs it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numba

T = TypeVar("T")

_here = threading.local()
_pools: dict[int, ThreadPoolExecutor] = {}


def over_threads(task: Callable[[int], T], count: int, *, loops: bool = False) -> list[T]:
    """Return ``task(0)`` … ``task(count − 1)``, run on as many threads as numba is set to use.

    The calling thread is one of them. Within a task all work is done by its own thread.

    Parameters
    ----------
    task : callable
        Gives the same whoever runs it. Only what releases the GIL gains from threads.
    count : int
        Number of tasks; the next free thread takes the next one.
    loops : bool
        Whether tasks run Numba's own parallel loops: each then has one thread. Tasks run one after the other
        where Numba's thread pool is "workqueue", which ends the process if two threads use it at once.

    Raises
    ------
    Exception
        The first that a task raises; tasks that did not begin are left out.

    Examples
    --------
    >>> over_threads(lambda number: number * number, 4)
    [0, 1, 4, 9]
    """
    # Numba takes a lock to say how many threads it has: one task does not ask.
    threads = min(numba.get_num_threads(), count) if count > 1 else 1
    if threads < 2 or getattr(_here, "busy", False) or (loops and _one_user_only()):
        return [task(number) for number in range(count)]
    done: dict[int, T] = {}
    numbers = iter(range(count))

    def work() -> None:
        _here.busy, allowed = True, numba.get_num_threads()
        if loops:
            numba.set_num_threads(1)
        try:
            for number in numbers:
                done[number] = task(number)
        except BaseException:
            for _ in numbers:
                pass
            raise
        finally:
            _here.busy = False
            if loops:
                numba.set_num_threads(allowed)

    pool = _pools.get(threads)
    if pool is None:
        pool = _pools.setdefault(threads, ThreadPoolExecutor(threads - 1, "influence_graph"))
    helpers = [pool.submit(work) for _ in range(threads - 1)]
    try:
        work()
    finally:
        # Whoever has not begun finds nothing left; memory that a helper writes to must outlive it.
        for helper in helpers:
            if not helper.cancel():
                helper.exception()
    for helper in helpers:
        if not helper.cancelled():
            helper.result()
    return [done[number] for number in range(count)]


def _one_user_only() -> bool:
    from numba.np.ufunc.parallel import threading_layer

    return str(threading_layer()) == "workqueue"  # type: ignore[no-untyped-call]
