"""Long sampling in blocks: over threads, with a progress bar, ended by Ctrl-C within a block."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numba

T = TypeVar("T")


def in_blocks(work: Callable[[int, int], T], first: int, last: int, *, size: int, label: str) -> Iterator[T]:
    """Yield ``work(a, b)`` for consecutive blocks [a, b) of [first, last), in order.

    Blocks run on as many threads as numba is set to use; ``work`` must release the GIL and give the
    same whoever runs it. At most a few blocks a thread are ahead of the reader, so memory stays flat.
    """
    starts = range(first, last, size)
    a: int | None
    threads = min(numba.get_num_threads(), max(len(starts), 1))
    if threads == 1:
        for begin in _shown(starts, label):
            yield work(begin, min(begin + size, last))
        return
    pool = ThreadPoolExecutor(threads)
    waiting: list[Future[T]] = []
    try:
        ahead = iter(starts)
        for _ in _shown(starts, label):
            while len(waiting) < 4 * threads and (a := next(ahead, None)) is not None:
                waiting.append(pool.submit(work, a, min(a + size, last)))
            yield waiting.pop(0).result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _shown(starts: range, label: str) -> Iterator[int]:
    # A bar for people, on stderr, and only where the work is long enough to be wondered about.
    if len(starts) < 64 or not sys.stderr.isatty():
        yield from starts
        return
    from tqdm import tqdm

    yield from tqdm(starts, desc=label, leave=False, delay=1.0, file=sys.stderr)
