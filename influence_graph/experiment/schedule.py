"""In which order and in which processes cells are computed: needs first, several at a time."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from tqdm import tqdm

from influence_graph.errors import InfluenceGraphError
from influence_graph.experiment._template import Cell
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.store import Store

#: Environment variables that limit the threads of a process; libraries read them when they are imported.
_THREADS = (
    "POLARS_MAX_THREADS",
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)


def in_order(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells and the cells they need, each once, needs first."""
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
    """Compute the cells, needs first.

    Parameters
    ----------
    store : Store
        Where the tables of computed cells are kept.
    cells : sequence of Cell
        In an order in which needs come first; a need that is not among them is in the store.
    jobs : int
        How many worker processes; 1 computes in this process.
    title : str
        Label of the progress bar.

    Returns
    -------
    dict of str to float
        Seconds that each cell took, by fingerprint.

    Raises
    ------
    InfluenceGraphError
        If a cell fails; the other workers are ended at once, finished cells are kept.
    """
    seconds: dict[str, float] = {}
    computed = (
        _in_this_process(store, cells) if jobs == 1 or len(cells) < 2 else _in_workers(store, cells, jobs)
    )
    with tqdm(total=len(cells), desc=title, unit="cell", disable=None, leave=False) as progress:
        for cell, took in computed:
            seconds[cell.fingerprint] = took
            progress.update()
    return seconds


def _in_this_process(store: Store, cells: Sequence[Cell]) -> Iterator[tuple[Cell, float]]:
    logs = LogCache()
    for cell in cells:
        yield cell, _timed(store, cell, logs)


def _in_workers(store: Store, cells: Sequence[Cell], jobs: int) -> Iterator[tuple[Cell, float]]:
    waiting = {cell.fingerprint: cell for cell in cells}
    running: dict[Future[float], Cell] = {}
    with _workers(jobs if _kept.get() is not None else min(jobs, len(cells))) as pool:
        while waiting or running:
            unfinished = {*waiting, *(cell.fingerprint for cell in running.values())}
            for cell in list(waiting.values()):
                if not any(need.fingerprint in unfinished for need in cell.needs):
                    with _ctrl_c_blocked():
                        future = pool.submit(_in_worker, store, waiting.pop(cell.fingerprint))
                    running[future] = cell
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                cell = running.pop(future)
                try:
                    took = future.result()
                except BrokenProcessPool as error:
                    raise InfluenceGraphError(
                        f"{cell.label}: a worker process died; it may have run out of memory. Finished cells "
                        "are kept; run again with fewer --jobs."
                    ) from error
                yield cell, took


#: The workers that runs share within :func:`keeping_workers`, by their number.
_kept: ContextVar[dict[int, Any] | None] = ContextVar("_kept", default=None)


@contextmanager
def keeping_workers() -> Iterator[None]:
    """Within the block, runs share their workers, which import once and keep the last log they loaded."""
    kept: dict[int, Any] = {}
    token = _kept.set(kept)
    try:
        yield
    except BaseException:
        for pool in kept.values():
            pool.shutdown(kill_workers=True)
        raise
    finally:
        _kept.reset(token)
    for pool in kept.values():
        pool.shutdown()


@contextmanager
def _workers(jobs: int) -> Iterator[Executor]:
    """Give worker processes that share the processors, and end them (only them) if the block raises.

    Loky, since a worker must have its limits of threads before polars is imported, and the standard
    library's workers import the caller's script first. Nothing is forked: numba and polars have threads.
    """
    from joblib.externals.loky import ProcessPoolExecutor

    kept = _kept.get()
    pool = None if kept is None else kept.pop(jobs, None)
    if pool is None:
        threads = str(max(1, (os.cpu_count() or 1) // jobs))
        limits = {name: os.environ.get(name, threads) for name in _THREADS}
        pool = ProcessPoolExecutor(jobs, env=limits, initializer=_start_worker, initargs=(os.getpid(),))
    try:
        with warnings.catch_warnings():
            # Loky ends a worker whose memory has grown, between two cells, and begins another.
            warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
            yield pool
    except BaseException:
        pool.shutdown(kill_workers=True)
        raise
    if kept is None:
        pool.shutdown()
    else:
        kept[jobs] = pool


@contextmanager
def _ctrl_c_blocked() -> Iterator[None]:
    """Block SIGINT in processes started within, which inherit the mask, until they ignore it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker(parent: int) -> None:
    # Ctrl-C reaches every process of the terminal; the parent ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A parent that was killed ends nothing: the workers end themselves.
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


#: Of a worker process, which ends with the run. In the process of the caller nothing uses it.
_logs_of_worker = LogCache()


def _in_worker(store: Store, cell: Cell) -> float:
    return _timed(store, cell, _logs_of_worker)


def _timed(store: Store, cell: Cell, logs: LogCache) -> float:
    start = time.perf_counter()
    try:
        store.compute(cell, logs)
    except InfluenceGraphError as error:
        raise type(error)(f"{cell.label}: {error}") from error
    return round(time.perf_counter() - start, 3)
