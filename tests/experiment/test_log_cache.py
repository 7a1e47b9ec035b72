"""The logs and graphs of a run: one of each in memory, and none after it."""

import gc
import weakref

import pytest

from influence_graph import DataError, load_dataset, run_experiment
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import Source
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph

SMALL = {"people": 40, "days": 3, "mean_degree": 2}


@pytest.fixture
def source():
    return Source(load_dataset("synthetic", **SMALL).fingerprint, "synthetic", "synthetic", options=SMALL)


def test_the_log_and_the_graph_are_those_of_the_functions(source):
    logs = LogCache()
    assert logs.log(source).fingerprint == load_dataset("synthetic", **SMALL).fingerprint
    expected = build_graph(load_dataset("synthetic", **SMALL), saturation="log")
    assert logs.graph(source, {"saturation": "log"}).fingerprint == expected.fingerprint


def test_the_last_one_is_kept_and_another_replaces_it(source):
    logs = LogCache()
    log, graph = logs.log(source), logs.graph(source, {})
    assert logs.log(source) is log
    assert logs.graph(source, {}) is graph
    assert logs.graph(source, {"saturation": "log"}) is not graph
    assert logs.graph(source, {}) is not graph  # replaced, and built again
    assert logs.log(source) is log


def test_data_that_changed_since_the_plan_is_an_error():
    with pytest.raises(DataError, match="data of 'mine' changed while the experiment ran"):
        LogCache().log(Source("another", "mine", "synthetic", options=SMALL))


def test_nothing_stays_in_memory_after_a_run(tmp_path, monkeypatch):
    made = []

    def remembered(*arguments, **options):
        graph = build_graph(*arguments, **options)
        made.append(weakref.ref(graph))
        return graph

    monkeypatch.setattr("influence_graph.experiment.log_cache.build_graph", remembered)
    methods = [{"name": "engagement"}, {"name": "reactors"}]
    config = {
        "name": "a",
        "template": "agreement",
        "methods": methods,
        "options": {"resamples": 0, "draws": 0},
    }
    results = run_experiment({**config, "data": {"dataset": "synthetic", **SMALL}}, results=tmp_path)
    gc.collect()
    assert results.folder.is_dir()
    assert len(made) == 1  # both methods scored one graph
    assert not isinstance(made[0](), InfluenceGraph)


def test_another_source_is_another_log_and_another_graph(source):
    other_options = {**SMALL, "people": 50}
    expected = load_dataset("synthetic", **other_options)
    other = Source(expected.fingerprint, "other", "synthetic", options=other_options)
    logs = LogCache()
    assert logs.log(source).fingerprint == source.fingerprint
    first = logs.graph(source, {})
    assert logs.log(other).fingerprint == expected.fingerprint
    assert logs.graph(other, {}).fingerprint == build_graph(expected).fingerprint != first.fingerprint
