"""Each real data set loads, and every one of its rows is accounted for."""

import gzip
import re
import shutil

import networkx as nx
import polars as pl
import pytest

from influence_graph.datasets import dataset_names, fetch_dataset, get_dataset, load_dataset, load_pairs
from influence_graph.errors import ConfigError, DataError

REAL = [name for name in dataset_names("log") if name != "synthetic"]


@pytest.fixture(scope="module")
def logs(data_folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INFLUENCE_GRAPH_DATA", str(data_folder))
        yield {name: load_dataset(name) for name in REAL}


@pytest.fixture(scope="module")
def every_row_of_higgs(data_folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INFLUENCE_GRAPH_DATA", str(data_folder))
        return load_dataset("higgs", one_act=None)


def left_out(log):
    return dict(log.report.left_out.group_by("reason").agg(pl.col("rows").sum()).iter_rows())


@pytest.mark.parametrize("name", REAL)
def test_rows_kept_and_left_out_are_the_rows_of_the_files(logs, name):
    report = logs[name].report
    times = 2 if name == "nethept" else 1  # a row a direction
    assert report.read == times * get_dataset(name).rows
    assert report.kept + report.left_out["rows"].sum() == report.read
    assert logs[name].frame.select(pl.len()).collect().item() == report.kept


def test_an_act_of_higgs_counts_once(logs, every_row_of_higgs):
    kinds = dict(every_row_of_higgs.frame.group_by("kind").len().collect().iter_rows())
    selves = left_out(every_row_of_higgs)["self-interaction"]
    assert sum(kinds.values()) + selves == 563_069
    once = dict(logs["higgs"].frame.group_by("kind").len().collect().iter_rows())
    assert once["retweet"] == kinds["retweet"]
    repeated = {reason: rows for reason, rows in left_out(logs["higgs"]).items() if "twice" in reason}
    assert sum(repeated.values()) == 36_902 + 3_549
    assert logs["higgs"].span[0].year == 2012


def test_higgs_edges_are_the_acts_of_higgs_counted(logs, every_row_of_higgs, data_folder, monkeypatch):
    monkeypatch.setenv("INFLUENCE_GRAPH_DATA", str(data_folder))
    pair = ["kind", "source", "target"]
    acts = every_row_of_higgs.frame.group_by(pair).agg(pl.len().cast(pl.Float64).alias("weight"))
    edges = logs["higgs-edges"].frame.select(*pair, "weight")
    assert edges.sort(pair).collect().equals(acts.sort(pair).collect())
    replies = load_dataset("higgs-edges", kinds=["reply"]).frame.collect()
    assert replies["kind"].unique().to_list() == ["reply"]
    assert replies["weight"].sum() < 36_902


def test_congress_is_turned_so_that_attention_flows_along_the_edges(logs, data_folder, monkeypatch):
    monkeypatch.setenv("INFLUENCE_GRAPH_DATA", str(data_folder))
    influence = nx.read_edgelist(
        data_folder / "congress" / "congress.edgelist", create_using=nx.DiGraph, nodetype=int
    )
    rows = load_dataset("congress", names=False).frame.collect()
    got = {
        (target, source): weight
        for source, target, weight in rows.select("source", "target", "weight").iter_rows()
    }
    assert got == {(i, j): weight for i, j, weight in influence.edges(data="weight")}
    named = logs["congress"].frame.collect()
    assert named["source"].append(named["target"]).n_unique() == 475
    assert "SenatorBaldwin" in named["target"]


def test_nethept_has_both_directions_and_counts_repeats(logs, data_folder):
    rows = logs["nethept"].frame.group_by("source", "target").agg(pl.col("weight").sum()).collect()
    text = gzip.decompress((data_folder / "nethept" / "hep.txt.gz").read_bytes()).decode().splitlines()[1:]
    peer = nx.MultiGraph([line.split() for line in text])
    peer.remove_edges_from(list(nx.selfloop_edges(peer)))
    assert rows.height == 2 * nx.Graph(peer).number_of_edges() == 62_752
    assert rows["weight"].sum() == 2 * peer.number_of_edges()
    turned = rows.select(source="target", target="source", weight="weight")
    assert rows.sort("source", "target").equals(turned.sort("source", "target"))


def test_bitcoin_ratings_are_signed_and_both_versions_read_alike(logs, data_folder, tmp_path, monkeypatch):
    rows = logs["bitcoin-otc"].frame.collect()
    assert set(rows["kind"]) == {"trust", "distrust"}
    assert rows["weight"].min() == 1
    assert rows["weight"].max() == 10
    path = shutil.copyfile(data_folder / "bitcoin-otc" / "soc-sign-bitcoinotc.csv.gz", tmp_path / "copy.gz")
    headless = gzip.decompress(path.read_bytes()).split(b"\n", 1)[1]
    official = tmp_path / "bitcoin-otc" / "soc-sign-bitcoinotc.csv.gz"
    official.parent.mkdir()
    official.write_bytes(gzip.compress(headless))
    monkeypatch.setenv("INFLUENCE_GRAPH_DATA", str(tmp_path))
    assert load_dataset("bitcoin-otc").frame.collect().equals(rows)


def test_messages_and_ratings_have_their_times(logs):
    assert (logs["collegemsg"].span[1] - logs["collegemsg"].span[0]).days == 193
    assert [moment.year for moment in logs["bitcoin-otc"].span] == [2010, 2016]
    assert not logs["higgs-edges"].has_timestamps


def test_pairs_have_eleven_features_a_person(data_folder, monkeypatch):
    monkeypatch.setenv("INFLUENCE_GRAPH_DATA", str(data_folder))
    pairs = load_pairs("peerindex")
    assert pairs.height == get_dataset("peerindex").rows == 4_000
    a = [name for name in pairs.columns if name.startswith("a_")]
    b = [name for name in pairs.columns if name.startswith("b_")]
    assert [name[2:] for name in a] == [name[2:] for name in b]
    assert len(a) == 11
    assert set(pairs["choice"]) == {0, 1}
    people = pl.concat([pairs.select(a).rename(dict(zip(a, b, strict=True))), pairs.select(b)])
    assert people.n_unique() == 949
    assert sum(column.null_count() for column in pairs) == 0


def test_a_log_is_no_pairs_and_pairs_are_no_log():
    with pytest.raises(DataError, match="load_pairs"):
        load_dataset("peerindex")
    with pytest.raises(DataError, match="load_dataset"):
        load_pairs("higgs")


def test_unknown_names_and_options_get_the_nearest(data_folder, monkeypatch):
    with pytest.raises(ConfigError, match="Did you mean 'higgs'"):
        load_dataset("higs")
    with pytest.raises(ConfigError, match=r"higgs has no parameter 'one_ac'. Did you mean 'one_act'"):
        load_dataset("higgs", one_ac=None)
    with pytest.raises(ConfigError, match=r"collegemsg has no parameter 'x'; it has none"):
        load_dataset("collegemsg", x=1)
    monkeypatch.setenv("INFLUENCE_GRAPH_DATA", str(data_folder))
    with pytest.raises(ConfigError, match=r"no kind 'retwet'. Did you mean 'retweet'"):
        load_dataset("higgs-edges", kinds=["retwet"])


def test_files_come_in_the_order_of_the_registry(data_folder, monkeypatch):
    monkeypatch.setenv("INFLUENCE_GRAPH_DATA", str(data_folder))
    for name in [*REAL, "peerindex"]:
        assert [path.name for path in fetch_dataset(name)] == [file.name for file in get_dataset(name).files]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"people": "many"}, "synthetic: parameter 'people' is 'many', but it should be a valid integer"),
        ({"communities": "x"}, "'communities' is 'x'"),
        ({"kinds": {"like": "often"}}, "'kinds' at ['like'] is 'often'"),
        ({"rng": "x"}, "rng is 'x'"),
    ],
)
def test_options_of_the_wrong_type_are_told(options, told):
    with pytest.raises(ConfigError, match=re.escape(told)):
        load_dataset("synthetic", **options)
