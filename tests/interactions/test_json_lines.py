"""Lines of JSON objects: types, fields that are wanted, what is no object."""

import json
from contextlib import contextmanager

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_graph.errors import SchemaError
from influence_graph.interactions import json_lines
from influence_graph.interactions.dialect import TextLayout
from influence_graph.interactions.json_lines import open_ndjson
from influence_graph.interactions.nested import with_nested

LAYOUT = TextLayout(wanted=frozenset({"source", "target"}))
WITH_KIND = TextLayout(wanted=frozenset({"source", "target", "kind"}))


def test_lines_of_json():
    content = b'{"source": 1, "target": "a"}\n{"source": 2, "target": null}\n'
    table = open_ndjson("log", content, LAYOUT).frame.collect()
    assert table.schema == {"source": pl.Int64, "target": pl.String}
    skipping = TextLayout(skip=True)
    found = open_ndjson("log", content + b"[1]\n", skipping)
    assert [(one.reason, one.rows) for one in found.unread] == [("not a JSON object", 1)]


FIELDS = st.one_of(
    st.none(),
    st.integers(-5, 2**63 - 1),
    st.sampled_from([2**63, 2**64 - 1, 1e400, 1.5, -0.0, 12.0, True, "12", "007", "ann", "é", "\ud83d"]),
    st.lists(st.integers(0, 2), max_size=2),
    st.dictionaries(st.sampled_from(["id", "x"]), st.integers(0, 3), max_size=2),
)


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(["source", "target", "kind", "text"]), FIELDS), min_size=1),
    st.integers(1, 200),
    st.sampled_from([["source", "target"], ["source", "target.id"], ["source.id", "source.x", "target"]]),
)
def test_wanted_fields_are_those_of_a_table_of_all(monkeypatch_of_head, records, head, wanted):
    """What the first lines tell of the types is what all lines tell, whatever follows."""
    content = b"".join(json.dumps(one).replace("Infinity", "1e400").encode() + b"\n" for one in records)

    def read(wanted_only):
        with monkeypatch_of_head(head, wanted_only):
            try:
                table = open_ndjson("log", content, TextLayout(wanted=frozenset(wanted)))
                frame = with_nested(table.frame, wanted).collect()
            except SchemaError:
                return None
        there = [name for name in wanted if name in frame.columns]
        there = [name for name in there if frame[name].null_count() < frame.height]
        return {name: (frame.schema[name], frame[name].to_list()) for name in there}

    found = read(wanted_only=True)
    every = read(wanted_only=False)
    if every is not None:  # a value of a field that nobody wants may break a table of all
        assert found == every


@pytest.fixture(scope="module")
def monkeypatch_of_head():
    @contextmanager
    def patched(head, wanted_only):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_lines, "HEAD", head)
            if not wanted_only:
                patch.setattr(json_lines, "_wanted_fields", lambda content, layout: None)
            yield

    return patched


def test_a_field_that_the_first_lines_lack_is_found(monkeypatch):
    monkeypatch.setattr(json_lines, "HEAD", 64)
    lines = [b'{"source": 1, "target": 2, "text": "x"}'] * 5
    table = open_ndjson("log", b"\n".join([*lines, b'{"source": 1, "target": 2, "kind": "like"}']), WITH_KIND)
    assert table.frame.collect()["kind"].to_list() == [None] * 5 + ["like"]
    nested = [b'{"account": {"id": 7, "x": [1]}, "target": 2}', b'{"account": {"id": "ann"}, "target": 2}']
    layout = TextLayout(wanted=frozenset({"account.id", "target"}))
    table = open_ndjson("log", b"\n".join([nested[0]] * 5), layout)
    assert table.frame.collect_schema()["account"] == pl.Struct({"id": pl.Int64})
    table = open_ndjson("log", b"\n".join([*[nested[0]] * 5, nested[1]]), layout)
    assert with_nested(table.frame, layout.wanted).collect()["account.id"].to_list() == ["7"] * 5 + ["ann"]
    table = open_ndjson("log", b"\n".join([*lines, b'{"source": "ann", "target": 2}']), WITH_KIND)
    assert table.frame.collect()["source"].to_list() == ["1"] * 5 + ["ann"]


def test_objects_over_several_lines_and_a_key_that_stands_twice():
    pretty = b'{\n "source": 1,\n "target": 2\n}\n{\n "source": 3, "target": 4\n}\n'
    assert open_ndjson("log", pretty, LAYOUT).frame.collect()["source"].to_list() == [1, 3]
    marked = b'\x1e{"source": 1, "target": 2}\n\x1e{"source": 3, "target": 4}\n'
    assert open_ndjson("log", marked, LAYOUT).frame.collect()["source"].to_list() == [1, 3]
    twice = b'{"source": 1, "target": 2}\n{"source": 1, "target": 2, "target": 3}\n'
    with pytest.raises(SchemaError, match=r"line 2: .* the key 'target' stands twice"):
        open_ndjson("log", twice, LAYOUT)
