"""Each reader on a small file of its format, by hand."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from influence_graph.datasets import dataset_names, get_dataset, readers
from influence_graph.datasets.load import dataset_options
from influence_graph.errors import ConfigError


def written(folder, **files):
    """Write files into a folder and return their paths."""
    paths = []
    for name, text in files.items():
        paths.append(folder / f"{name}.txt")
        paths[-1].write_text(text)
    return paths


def rows(log, *columns):
    return log.frame.select(*columns).collect().rows()


def test_higgs_keeps_one_row_of_a_reply_that_is_also_a_mention(tmp_path):
    files = written(tmp_path, activity="1 2 1341100972 MT\n1 2 1341100972 RE\n3 2 1341100973 RT\n")
    columns = ("source", "target", "kind", "network")
    assert sorted(rows(readers.higgs(files), *columns)) == [
        (1, 2, "reply", "twitter"),
        (3, 2, "retweet", "twitter"),
    ]
    every = rows(readers.higgs(files, one_act=None), "kind", "timestamp")
    assert ("mention", datetime(2012, 7, 1, 0, 2, 52, tzinfo=UTC)) in every
    assert len(every) == 3


def test_higgs_edges_name_the_kind_of_each_file(tmp_path):
    files = written(tmp_path, retweet="1 2 3\n", reply="1 2 1\n", mention="4 5 2\n")
    columns = ("source", "target", "weight", "kind")
    assert sorted(rows(readers.higgs_edges(files), *columns)) == [
        (1, 2, 1.0, "reply"),
        (1, 2, 3.0, "retweet"),
        (4, 5, 2.0, "mention"),
    ]
    assert rows(readers.higgs_edges(files, kinds=["mention"]), *columns) == [(4, 5, 2.0, "mention")]
    with pytest.raises(ConfigError, match="kinds is empty"):
        readers.higgs_edges(files, kinds=[])


def test_congress_is_reversed_and_named(tmp_path):
    members = json.dumps([{"usernameList": ["Ann", "Bob"]}])
    files = written(tmp_path, edges="0 1 {'weight': 0.25}\n", members=members)
    assert rows(readers.congress(files), "source", "target", "weight") == [("Bob", "Ann", 0.25)]
    assert rows(readers.congress(files, names=False), "source", "target") == [(1, 0)]


def test_collegemsg(tmp_path):
    log = readers.collegemsg(written(tmp_path, messages="1 2 1082040961\n"))
    assert rows(log, "source", "target", "kind") == [(1, 2, "message")]
    assert log.span[0] == datetime(2004, 4, 15, 14, 56, 1, tzinfo=UTC)


@pytest.mark.parametrize("header", ["", "SOURCE,TARGET,RATING,TIME\n"])
def test_bitcoin_otc_with_and_without_a_header_line(tmp_path, header):
    path = tmp_path / "ratings.csv"
    path.write_text(header + "6,2,4,1289241911\n6,5,-2,1289241941\n")
    log = readers.bitcoin_otc([path])
    assert sorted(rows(log, "source", "target", "kind", "weight")) == [
        (6, 2, "trust", 4.0),
        (6, 5, "distrust", 2.0),
    ]


def test_nethept_has_both_directions(tmp_path):
    log = readers.nethept(written(tmp_path, graph="3 1\n0 2\n"))
    assert sorted(rows(log, "source", "target")) == [(0, 2), (2, 0)]


def test_peerindex_has_lower_case_columns_of_floats(tmp_path):
    pairs = readers.peerindex(written(tmp_path, pairs="Choice,A_f,B_f\n1,2,3\n"))
    assert pairs.schema == {"choice": pl.Int8, "a_f": pl.Float64, "b_f": pl.Float64}
    assert pairs.rows() == [(1, 2.0, 3.0)]


@pytest.mark.parametrize("name", dataset_names("log"))
def test_the_registry_names_a_reader_that_exists(name):
    assert dataset_options(name).__name__ in {name.replace("-", "_"), "make_log"}
    assert get_dataset(name).reader.endswith(f":{dataset_options(name).__name__}")
