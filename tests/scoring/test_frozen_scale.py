"""A frozen scale holds for the same version and parameters of a method, and says why it does not."""

import dataclasses

import numpy as np
import polars as pl
import pytest

from influence_graph import ConfigError, InfluenceGraph, score
from influence_graph.scoring._scale import Reference


@pytest.fixture
def graph():
    return InfluenceGraph.from_edges(
        pl.DataFrame({"source": ["b", "c", "c", "a"], "target": ["a", "a", "b", "c"]})
    )


@pytest.fixture
def larger(graph):
    more = pl.DataFrame({"source": ["x", "y", "z"], "target": ["y", "x", "x"]})
    rows = pl.DataFrame({"source": ["b", "c", "c", "a"], "target": ["a", "a", "b", "c"]})
    return InfluenceGraph.from_edges(pl.concat([rows, more]))


def test_points_of_strangers_leave_everybody_where_they_were(graph, larger):
    before = score(graph, "pagerank")
    after = score(larger, "pagerank", reference=before)
    np.testing.assert_allclose(after.score[:3], before.score, atol=1e-7)


def test_another_version_is_refused(graph):
    made = score(graph, "pagerank").reference
    older = dataclasses.replace(made, version=made.version - 1)
    with pytest.raises(ConfigError, match=rf"is of version {older.version} of pagerank, and this is version"):
        score(graph, "pagerank", reference=older)
    with pytest.raises(ConfigError, match="does not say its version of pagerank"):
        score(graph, "pagerank", reference=dataclasses.replace(made, version=None))


def test_other_parameters_are_refused_if_they_matter(graph):
    made = score(graph, "pagerank", damping=0.5)
    with pytest.raises(ConfigError, match=r"by pagerank with damping=0\.5, and here damping is 0\.85"):
        score(graph, "pagerank", reference=made)
    finer = score(graph, "pagerank", damping=0.5, tol=1e-12, reference=made)
    np.testing.assert_allclose(finer.score, made.score, atol=1e-6)


def test_a_scale_over_other_people_needs_a_unit(graph, larger):
    made = score(graph, "eigenvector")
    with pytest.raises(
        ConfigError, match=r"eigenvector has no natural unit .* reference over other people is refused"
    ):
        score(larger, "eigenvector", reference=made)
    np.testing.assert_array_equal(score(graph, "eigenvector", reference=made).score, made.score)
    assert score(graph, "pagerank").reference.people is None


def test_a_scale_made_by_hand_holds_for_all(graph):
    scores = score(graph, "engagement", reference=Reference.of([0.0, 4.0]))
    np.testing.assert_allclose(scores.score[0], 1 + 99 * np.log(3) / np.log(5))
