"""Arrays of JSON element by element, and texts that are no objects: held against json of the library."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph.errors import SchemaError
from influence_graph.interactions import json_text
from influence_graph.interactions.json_text import array_elements, half_characters, why_no_object

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(values, max_size=4), st.booleans(), st.sampled_from([1, 3, 1 << 20]))
def test_elements_are_those_of_the_library(array, indented, block):
    text = json.dumps(array, indent=2 if indented else None).encode()
    before, json_text._BLOCK = json_text._BLOCK, block
    try:
        found = list(array_elements("x", io.BytesIO(text)))
    finally:
        json_text._BLOCK = before
    assert [json.loads(element) for element in found] == array


@pytest.mark.parametrize(
    ("text", "said", "skipped"),
    [
        (b"[1, {", "ends after element 1", [b"1", b"{"]),
        (b"[1", "ends after element 0", [b"1"]),
        (b"[1, 2] and more", "more follows", [b"1", b"2", b"and more"]),
    ],
)
def test_an_array_that_is_cut_short_or_goes_on(text, said, skipped):
    with pytest.raises(SchemaError, match=said):
        list(array_elements("x", io.BytesIO(text)))
    assert list(array_elements("x", io.BytesIO(text), skip=True)) == skipped


def test_an_element_that_is_too_long_is_refused_before_it_is_held(monkeypatch):
    monkeypatch.setattr(json_text, "LONGEST_LINE", 100)
    monkeypatch.setattr(json_text, "_BLOCK", 10)
    file = io.BytesIO(b'[1, "' + b"x" * 1000 + b'"]')
    with pytest.raises(SchemaError, match="element 2 of the array is longer than"):
        list(array_elements("x", file))
    assert file.tell() < 200


@given(st.lists(st.integers(0xD700, 0xE100), max_size=5))
def test_halves_of_characters(codes):
    text = '{"a": "' + "".join(f"\\u{code:04x}" for code in codes) + '"}'
    try:
        json.loads(text)["a"].encode()
        whole = True
    except UnicodeEncodeError:
        whole = False
    assert half_characters(text.encode()) == (not whole)
    assert (why_no_object(text.encode()) is None) == whole
