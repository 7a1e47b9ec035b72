"""The raw value of multinetwork falls into features and networks."""

import numpy as np
import polars as pl
import pytest

from influence_graph import build_graph, explain, load_dataset, read_interactions
from influence_graph.explaining._explain import explain_people

WEIGHTS = {"retweet": 2.0, "reply": 0.5, "like": 1.0, "mention": 1.0, "follow": 0.3}


@pytest.fixture(scope="module")
def log():
    return load_dataset("synthetic", people=120, days=15, rng=3)


@pytest.fixture(scope="module")
def graph(log):
    return build_graph(log, kinds=WEIGHTS, half_life="4d", saturation="log")


def rows(**columns):
    return read_interactions(pl.DataFrame(columns))


NETWORKS = {"forum": 1, "microblog": 2, "video": 1}


OF_FEATURES = {"*": {"reactors": 2, "pagerank": 1}, "microblog": {"received_like": 1, "growth": 1}}


def test_multinetwork_falls_into_features_and_networks_by_hand():
    log = rows(source=["b", "c", "c"], target=["a", "a", "a"], kind=["reply"] * 3, network=["x", "x", "y"])
    weights, networks = {"*": {"reactors": 1, "engagement": 1}}, {"x": 3, "y": 1}
    one = explain(build_graph(log), "a", "multinetwork", weights=weights, networks=networks)
    # S = 3/4·ln 3 + 1/4·ln 2 with reactors and engagement alike.
    whole = 0.75 * np.log(3) + 0.25 * np.log(2)
    assert one.raw == pytest.approx(np.expm1(whole), rel=1e-12)
    shares = {"x": 0.375 * np.log(3) / whole, "y": 0.125 * np.log(2) / whole}
    told = {(f, n): (value, share) for _, f, n, value, share in one.decomposition.iter_rows()}
    assert set(told) == {(f, n) for f in ("reactors", "engagement") for n in "xy"}
    for (_, network), (value, share) in told.items():
        assert share == pytest.approx(shares[network], rel=1e-12)
        assert value == pytest.approx(shares[network] * one.raw, rel=1e-12)
    assert "engagement · x" in str(one)


@pytest.mark.parametrize("by", [None, ("feature",), ("network",), ("network", "feature")])
def test_parts_of_multinetwork_add_up_with_no_remainder(graph, by):
    # Also those of 0, as parts of nothing.
    for one in explain_people(
        graph, graph.ids, "multinetwork", by=by, attribute_to=None, weights=OF_FEATURES, networks=NETWORKS
    ):
        assert abs(one.decomposition["value"].sum() - one.raw) <= 1e-9 * one.raw
        assert (one.decomposition["part"] == "features").all()
        assert one.decomposition.select(one.by).is_unique().all()


def test_multinetwork_on_higgs_adds_up(data_folder):
    graph = build_graph(load_dataset("higgs"), half_life="1d", saturation="log")
    weights = {"*": {"reactors": 2, "engagement": 1, "pagerank": 1}}
    worst = 0.0
    for one in explain_people(
        graph, graph.ids.sample(1000, seed=1), "multinetwork", attribute_to=None, weights=weights
    ):
        assert one.decomposition.columns == ["part", "feature", "network", "value", "share"]
        worst = max(worst, abs(one.decomposition["value"].sum() - one.raw) / one.raw if one.raw else 0.0)
    assert worst < 1e-9
