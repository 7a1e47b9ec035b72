"""In which order and where cells are computed: needs first, several at a time."""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from tqdm import tqdm

from influence_graph.errors import InfluenceGraphError
from influence_graph.experiment._template import Cell
from influence_graph.experiment.store import Store

#: What bounds the threads of a process; read when the libraries are imported.
_THREADS = (
    "POLARS_MAX_THREADS",
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)


def in_order(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells and all they need, each once, needs first."""
    ordered: dict[str, Cell] = {}

    def visit(cell: Cell) -> None:
        if cell.fingerprint not in ordered:
            for need in cell.needs:
                visit(need)
            ordered[cell.fingerprint] = cell

    for cell in cells:
        visit(cell)
    return list(ordered.values())


def compute(store: Store, cells: Sequence[Cell], *, jobs: int, title: str) -> dict[str, float]:
    """Compute the cells, needs first, and return how many seconds each took."""
    seconds: dict[str, float] = {}
    with tqdm(total=len(cells), desc=title, unit="cell", disable=None, leave=False) as progress:
        for cell, took in (
            _one_by_one(store, cells) if jobs == 1 or len(cells) < 2 else _at_once(store, cells, jobs)
        ):
            seconds[cell.fingerprint] = took
            progress.update()
    return seconds


def _one_by_one(store: Store, cells: Sequence[Cell]) -> Iterator[tuple[Cell, float]]:
    for cell in cells:
        yield cell, _timed(store, cell)


def _at_once(store: Store, cells: Sequence[Cell], jobs: int) -> Iterator[tuple[Cell, float]]:
    waiting = {cell.fingerprint: cell for cell in cells}
    running: dict[Future[float], Cell] = {}
    with _pool(min(jobs, len(cells))) as pool:
        while waiting or running:
            undone = {*waiting, *(cell.fingerprint for cell in running.values())}
            for cell in list(waiting.values()):
                if not any(need.fingerprint in undone for need in cell.needs):
                    with _ctrl_c_blocked():
                        future = pool.submit(_timed, store, waiting.pop(cell.fingerprint))
                    running[future] = cell
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                cell = running.pop(future)
                try:
                    yield cell, future.result()
                except BrokenProcessPool as error:
                    raise InfluenceGraphError(
                        f"{cell.label}: a worker process died, perhaps for want of memory. What was finished "
                        "is kept; run again with fewer --jobs."
                    ) from error


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Give fresh processes that share the processors, and end them at once where the block raises."""
    threads = str(max(1, (os.cpu_count() or 1) // jobs))
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update({name: before[name] or threads for name in _THREADS})
    # Forking a process in which numba or polars started threads hangs: spawn.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker)
    try:
        yield pool
        pool.shutdown()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in multiprocessing.active_children():
            worker.kill()
            worker.join()
        raise
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


@contextmanager
def _ctrl_c_blocked() -> Iterator[None]:
    """Keep Ctrl-C from processes that start in here, which inherit this: they would print where they were."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker() -> None:
    # Ctrl-C reaches every process of the terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        # And where the first one was killed, nobody would.
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _timed(store: Store, cell: Cell) -> float:
    start = time.perf_counter()
    try:
        store.compute(cell)
    except InfluenceGraphError as error:
        raise type(error)(f"{cell.label}: {error}") from error
    return round(time.perf_counter() - start, 3)
