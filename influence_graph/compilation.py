"""Kernels: compiled by numba when they are first called, and kept on disk for the next process.

A kernel with a stated signature is compiled once for all callers. Numba would do that, or load it from disk,
when the file is imported; most commands need few of them.
"""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from numba import njit
from numba.core import event

P = ParamSpec("P")
R = TypeVar("R")

#: Seconds of compiling after which people are told what they wait for.
_PATIENCE = 1.0
_lock = threading.Lock()

#: Compiles a kernel that only kernels call, ``inner_kernel()(function)``: one that allocates no array, since
#: counting references to those it is given costs a step of a walk up to a third of its time. It has no
#: wrappers for callers in Python or C, a tenth of the time of compiling: Python must not call it. Untyped, as
#: numba's stubs do not know these options.
inner_kernel: Any = functools.partial(
    njit, cache=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True
)


def kernel(signature: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile a function for one signature when it is first called; it runs without the GIL.

    Parameters
    ----------
    signature : numba signature
        Types of the result and of the arguments; arrays that are only read are declared so, since one version
        serves those that may be written to, too.

    Examples
    --------
    >>> import numpy as np
    >>> from influence_graph.graph.kernels import assign_blocks
    >>> assign_blocks(np.array([3, 2, 4]), 5, 10)
    array([0, 0, 1], dtype=int32)
    """

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if made.compiled is None:
                with _lock:
                    if made.compiled is None:
                        made.compiled = njit(signature, cache=True, nogil=True)(function)
            result: R = made.compiled(*args, **kwargs)
            return result

        made: Any = call
        made.compiled = None
        return call

    return declare


class _Announcer(event.Listener):
    """Says on stderr, once a process, that kernels are being compiled, where it takes over a second."""

    def __init__(self) -> None:
        self._left, self._open = _PATIENCE, 0
        self._timer: threading.Timer | None = None
        self._said, self._begun = False, 0.0

    def on_start(self, event: event.Event) -> None:
        self._open += 1
        if self._open == 1 and not self._said:
            self._timer = threading.Timer(self._left, self._say)
            self._timer.daemon = True
            self._begun = time.perf_counter()
            self._timer.start()

    def on_end(self, event: event.Event) -> None:
        self._open -= 1
        if self._open == 0 and self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._left = max(self._left - (time.perf_counter() - self._begun), 0.0)

    def _say(self) -> None:
        self._said = True
        print("influence_graph: compiling kernels, once; later calls load them from disk …", file=sys.stderr)


event.register("numba:compile", _Announcer())  # type: ignore[no-untyped-call]
