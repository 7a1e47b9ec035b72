"""Views of text are those that pyarrow gives, and live as long as an array of them."""

import gc

import numpy as np
import polars as pl
import pytest

from influence_graph.interactions.string_views import string_views

SHORT = pl.Series(["a", None, "", "twelve bytes", "é"])
LONG = pl.Series(["a", None, "thirteen byte", "x" * 100])


@pytest.mark.parametrize(
    "column", [SHORT, LONG, SHORT[1:], LONG[2:], SHORT[:0], pl.Series([], dtype=pl.String)]
)
def test_views_are_those_of_pyarrow(column):
    views, lengthy = string_views(column)
    expected = column.to_arrow(compat_level=pl.CompatLevel.newest())
    assert lengthy == (len(expected.buffers()) > 2)
    words = np.zeros((0, 2), dtype=np.uint64)
    if len(column):
        words = np.frombuffer(expected.buffers()[1], dtype=np.uint64).reshape(-1, 2)[expected.offset :]
    words = words[: len(column)]
    short = (words[:, 0] & np.uint64(2**32 - 1)) <= 12
    assert (views[short] == words[short]).all()
    assert (views[:, 0] == words[:, 0]).all()
    assert not (len(column) and views.flags.writeable)


def test_views_outlive_the_column():
    column = pl.Series([f"p{i}" for i in range(10_000)])
    expected = string_views(column)[0].copy()
    views, _ = string_views(pl.Series([f"p{i}" for i in range(10_000)]))
    del column
    gc.collect()
    again = [pl.Series(["z" * 12] * 10_000) for _ in range(20)]  # what would take the memory over
    assert (views == expected).all()
    assert len(again) == 20
