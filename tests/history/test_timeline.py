"""The edges of a moment are those of the graph built of the rows so far."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from influence_graph import DataError, build_graph, read_interactions
from influence_graph.history.timeline import Timeline

OPTIONS = {"kinds": None, "other": None, "half_life": "2d", "saturation": "log"}


def test_the_graph_of_a_moment_is_the_one_built_up_to_it(log):
    timeline = Timeline(log, **OPTIONS)
    times = [int(datetime(2024, 1, day, tzinfo=UTC).timestamp() * 1e6) for day in (3, 5, 8)]
    for moment in timeline.walk(times):
        part = timeline.graph(moment, "some_method")
        built = build_graph(log, as_of=moment.time, half_life="2d", saturation="log")
        assert part.ids.equals(built.ids)
        np.testing.assert_array_equal(part.adjacency.indptr, built.adjacency.indptr)
        np.testing.assert_array_equal(part.adjacency.indices, built.adjacency.indices)
        np.testing.assert_allclose(part.adjacency.data, built.adjacency.data, rtol=1e-12)


def test_follows_without_a_timestamp_hold_from_the_start():
    rows = pl.DataFrame(
        {
            "source": ["b", "c"],
            "target": ["a", "a"],
            "kind": ["follow", "like"],
            "timestamp": [None, "2024-01-02"],
        }
    )
    timeline = Timeline(read_interactions(rows), **OPTIONS | {"kinds": {"follow": 1, "like": 1}})
    early, late = timeline.walk([timeline.last - 1, timeline.last])
    assert (early.edges.data > 0).sum() == 1
    assert (late.edges.data > 0).sum() == 2
    assert early.present.tolist() == [True, True, False]


def test_a_person_not_in_the_log_is_an_error(log):
    with pytest.raises(DataError, match="'nobody' is not among"):
        Timeline(log, **OPTIONS).places(["nobody"])


def test_positions_of_people(log):
    timeline = Timeline(log, **OPTIONS)
    assert timeline.places([timeline.ids[3], timeline.ids[0]]).tolist() == [3, 0]
