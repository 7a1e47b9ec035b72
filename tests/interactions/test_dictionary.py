"""Values get numbers in the order of their first appearance, whatever they are and however they come."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_graph.interactions.dictionary import ABSENT, Numbering


def numbered(values):
    """The same with a dict, value by value."""
    numbers: dict = {}
    return [ABSENT if v is None else numbers.setdefault(v, len(numbers)) for v in values], list(numbers)


INTEGERS = st.none() | st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1)
TEXTS = st.none() | st.text(max_size=3) | st.text("ab\0é", min_size=10, max_size=14)


@settings(deadline=None)
@given(
    batches=st.lists(st.lists(INTEGERS, max_size=8), max_size=4)
    | st.lists(st.lists(TEXTS, max_size=8), max_size=4)
)
def test_numbers_are_those_of_a_dict(batches):
    text = any(isinstance(v, str) for batch in batches for v in batch)
    dtype = pl.String() if text else pl.Int64()
    numbering = Numbering(dtype)
    found = [numbering.codes(pl.Series(batch, dtype=dtype)).tolist() for batch in batches]
    codes, values = numbered([v for batch in batches for v in batch])
    assert [code for batch in found for code in batch] == codes
    assert numbering.values().to_list() == values
    assert len(numbering) == len(values)


@pytest.mark.parametrize("dtype", [pl.Int64(), pl.String()])
def test_the_table_grows(dtype):
    values = pl.Series(range(20_000)).cast(dtype)
    numbering = Numbering(dtype)
    assert numbering.codes(values).tolist() == list(range(20_000))
    assert numbering.codes(values.reverse()).tolist() == list(range(19_999, -1, -1))
    assert numbering.values().equals(values)


def test_many_values_and_slices_of_text():
    texts = pl.Series(
        [f"person number {i * 7919 % 100_003}" if i % 3 else f"p{i % 1000}" for i in range(200_000)]
    )
    numbering = Numbering(pl.String())
    codes = np.concatenate([numbering.codes(texts[:70_001]), numbering.codes(texts[70_001:])])
    assert numbering.values().n_unique() == len(numbering) == texts.n_unique()
    assert numbering.values().gather(codes).equals(texts)
