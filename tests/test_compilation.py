"""Kernels are compiled when first called, and people are told where that takes long."""

import subprocess
import sys

from numba import int64

from influence_graph.compilation import kernel

SLOW = """
import sys, time
from numba.core import event
from influence_graph import compilation
for seconds in {pauses}:
    with event.trigger_event("numba:compile"):
        with event.trigger_event("numba:compile"):  # a kernel within another
            time.sleep(seconds)
"""


def told(pauses):
    done = subprocess.run([sys.executable, "-c", SLOW.format(pauses=pauses)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()


def test_a_kernel_is_compiled_when_first_called_and_for_one_signature():
    def double(number: int) -> int:
        """Return twice the number."""
        return 2 * number

    made = kernel(int64(int64))(double)
    assert made.compiled is None
    assert made.__doc__ == "Return twice the number."
    assert made(21) == made(21.0) == 42
    assert len(made.compiled.signatures) == 1


def test_compiling_for_over_a_second_in_all_is_said_once():
    assert told([0.05]) == []
    (line,) = told([0.6, 0.6, 1.2])
    assert line.startswith("influence_graph: compiling kernels, once")
