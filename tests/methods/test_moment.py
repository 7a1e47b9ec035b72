"""A method that follows time gets every moment: who is there, and the edges among all, in order of time."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from influence_graph import InfluenceGraph, Raw, build_graph, method, score_history
from influence_graph.methods.moment import Moment

ROWS = pl.DataFrame(
    {
        "source": ["b", "d", "b", "c"],
        "target": ["a", "b", "a", "d"],
        "timestamp": ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"],
    }
)
moments: list[Moment] = []


def recorded(parameters):
    """Out-strength, and a record of what came; without an incremental form where ``slow``."""
    if parameters["slow"]:
        return None

    def step(moment):
        # The arrays belong to the timeline, which may write to them for the next moment.
        moments.append(Moment(moment.time, moment.present.copy(), moment.edges.copy()))
        return Raw(moment.edges.sum(axis=1)[moment.present])

    return step


@method("third_party_recorded", version=1, over_time=recorded)
def third_party_recorded(graph: InfluenceGraph, *, slow: bool = False) -> Raw:
    """Out-strength."""
    return Raw(graph.out_strength)


@pytest.fixture
def seen():
    moments.clear()
    score_history(ROWS, "third_party_recorded", every="1d", people=["b"], half_life="1d")
    return list(moments)


def test_moments_come_in_order_and_name_who_is_present(seen):
    assert [moment.time for moment in seen] == [datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2, 3, 4)]
    people = np.array(["a", "b", "c", "d"])
    assert ["".join(people[moment.present]) for moment in seen] == ["ab", "abd", "abd", "abcd"]


def test_the_pattern_is_that_of_the_whole_log_and_the_weights_are_of_the_moment(seen):
    for moment in seen:
        assert moment.edges.shape == (4, 4)
        assert moment.edges.indices.tolist() == seen[-1].edges.indices.tolist()
        assert moment.edges.indptr.tolist() == [0, 0, 1, 2, 3]
        graph = build_graph(ROWS, as_of=moment.time, half_life="1d")
        present = np.flatnonzero(moment.present)
        found = moment.edges.toarray()[np.ix_(present, present)]
        np.testing.assert_allclose(found, graph.adjacency.toarray(), rtol=1e-12)
        assert moment.edges.sum() == pytest.approx(found.sum())


def test_without_an_incremental_form_the_graphs_give_the_same_values(seen):
    moments.clear()
    slow, fast = (
        score_history(ROWS, "third_party_recorded", people=["b", "d"], half_life="1d", slow=slow).frame
        for slow in (True, False)
    )
    assert len(moments) == 4
    assert slow["id"].equals(fast["id"])
    np.testing.assert_allclose(slow["raw"], fast["raw"], rtol=1e-12)
    # b: one now; half of it; a quarter and one more is 1.25 … with a half-life of a day.
    assert fast.filter(id="b")["raw"].to_list() == pytest.approx([1, 0.5, 1.25, 0.625])
