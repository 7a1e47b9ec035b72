"""Files of one log that adapters read, through the reader."""

from __future__ import annotations

import gzip
import json

import polars as pl
import pytest

from influence_graph import read_interactions
from influence_graph.errors import ConfigError, SchemaError
from influence_graph.interactions.adapters.table import ADAPTERS

STATUS = {
    "id": "1",
    "created_at": "2024-05-01T09:00:00.000Z",
    "account": {"id": "7", "acct": "ann"},
    "in_reply_to_id": "9",
    "in_reply_to_account_id": "8",
    "reblog": None,
    "reblogs_count": 0,
    "mentions": [],
}


def other(**change):
    return {**STATUS, **change}


def test_one_line_says_what_was_read(files):
    path = files.write("s.ndjson", [STATUS])
    log = read_interactions(path)
    assert f"{path}: read as Mastodon statuses" in log.report.notes
    row = log.frame.select("source", "target", "kind", "network", "item", "parent").collect().row(0)
    assert row == (7, 8, "reply", "mastodon", "1", "9")


@pytest.mark.parametrize("name", ["s.ndjson.gz", "s.json.gz", "statuses"])
def test_names_do_not_matter(files, name):
    content = json.dumps([STATUS]).encode()
    path = files.write(name, gzip.compress(content) if name.endswith("gz") else content)
    assert read_interactions(path).report.kept == 1


def test_what_is_left_out_is_counted_by_file(files):
    one = files.write("a.ndjson", [STATUS, other(id="2", account=None)])
    two = files.write("b.ndjson", [STATUS, other(id="3")])
    report = read_interactions([one, two]).report
    assert (report.read, report.kept) == (4, 2)
    assert report.left_out.rows() == [
        (str(one), "not a status with an account", 1),
        (str(two), "the same record a second time", 1),
    ]


def test_a_network_of_the_callers(files):
    path = files.write("s.ndjson", [STATUS])
    assert read_interactions(path, network="reed").frame.collect()["network"].to_list() == ["reed"]


def test_a_salt_hides_people_and_items(files):
    path = files.write("s.ndjson", [STATUS, other(id="2", account={"id": "8", "acct": "bea"})])
    plain, hidden, again = (read_interactions(path, salt=salt) for salt in (None, "secret", "secret"))
    frame = hidden.frame.collect()
    assert frame.equals(again.frame.collect())
    assert frame["target"][0] != frame["source"][0]
    assert not set(frame["source"]) & {"7", "8"}
    assert plain.fingerprint != hidden.fingerprint == again.fingerprint
    other_salt = read_interactions(path, salt="other").frame.collect()
    assert not set(other_salt["source"]) & set(frame["source"])


def test_a_text_with_columns_is_read_as_it_stands(files):
    path = files.write("s.ndjson", [STATUS])
    columns = {"source": "account.id", "target": "in_reply_to_account_id", "timestamp": "created_at"}
    log = read_interactions(path, columns=columns)
    assert log.frame.select("source", "target", "kind").collect().row(0) == ("7", "8", "interaction")


def test_columns_and_an_adapter_exclude_each_other(files):
    path = files.write("s.ndjson", [STATUS])
    with pytest.raises(ConfigError, match="has a mapping of its own"):
        read_interactions(path, format="mastodon", columns={"source": "account.id"})


def test_damaged_json_is_named_by_line(files):
    path = files.write("s.ndjson", json.dumps(STATUS) + '\n{"id": \n')
    with pytest.raises(SchemaError, match="line 2"):
        read_interactions(path)


@pytest.mark.parametrize("name", ADAPTERS)
def test_every_adapter_refuses_what_is_not_its_own(files, name):
    path = files.write("x.bin", "nothing of the kind\n")
    with pytest.raises(SchemaError):
        read_interactions(path, format=name)


def test_arrays_of_json(files):
    path = files.write("x.json", '[{"source": "a", "target": "b"}, {"source": "c", "target": "b"}]')
    assert read_interactions(path).frame.collect().height == 2


def test_ids_that_are_text_in_one_file_are_text_in_all(files):
    one = files.write("a.ndjson", [STATUS])
    two = files.write("b.ndjson", [other(id="2", account={"id": "x", "acct": "x"})])
    assert read_interactions([one, two]).frame.collect().schema["source"] == pl.String()
