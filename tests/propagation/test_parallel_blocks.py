"""Blocks of samples over threads: in order, each once, and an error ends them."""

import threading

import numba
import pytest

from influence_graph.propagation.parallel_blocks import in_blocks


@pytest.fixture(params=[1, 2])
def threads(request):
    before = numba.get_num_threads()
    numba.set_num_threads(min(request.param, before))
    yield request.param
    numba.set_num_threads(before)


def test_blocks_come_in_order_and_cover_the_range_once(threads):
    blocks = list(in_blocks(lambda a, b: (a, b), 3, 100, size=8, label=""))
    assert blocks[0] == (3, 11)
    assert blocks[-1] == (99, 100)
    assert [x for a, b in blocks for x in range(a, b)] == list(range(3, 100))


def test_an_empty_range_does_nothing(threads):
    assert list(in_blocks(lambda a, b: 1 / 0, 5, 5, size=8, label="")) == []


def test_an_error_in_a_block_is_raised_and_no_further_block_is_started(threads):
    begun = []

    def work(a, b):
        begun.append(a)
        if a == 10:
            raise ValueError("block 10")

    with pytest.raises(ValueError, match="block 10"):
        list(in_blocks(work, 0, 100_000, size=10, label=""))
    assert len(begun) < 30
    assert threading.active_count() < 50
