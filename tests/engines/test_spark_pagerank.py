"""PageRank on Spark: the vector of this process, and its natural unit."""

from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import numpy as np
import pytest

from influence_graph import score
from influence_graph.engines.spark_pagerank import walk
from influence_graph.errors import ConfigError, ConvergenceError, DataError
from influence_graph.methods import get_method

SEEDS = {"p01": 2.0, "p04": 1.0}


@pytest.mark.parametrize(
    "parameters",
    [
        {"dangling": "self"},
        {"personalization": SEEDS, "dangling": "personalization"},
        {"personalization": SEEDS, "dangling": "uniform"},
    ],
    ids=["self", "personalised", "uniform"],
)
def test_shares_are_within_the_tolerance(graphs: tuple[Any, Any], parameters: dict[str, Any]) -> None:
    given = {"damping": 0.3, "tol": 1e-2, **parameters}
    here, there = (score(graph, "pagerank", **given) for graph in graphs)
    assert np.abs(there.raw - here.raw).sum() <= 2 * 1e-2 / 0.7
    assert there.diagnostics["residual"] <= 1e-2
    assert there.unit.name == here.unit.name
    assert there.unit.comparable == here.unit.comparable
    # A loose tolerance bounds the error of each: by the resolution, which holds.
    exact = score(graphs[0], "pagerank", **{**given, "tol": 1e-13})
    assert (np.abs(there.raw - exact.raw) <= there.resolution + 1e-13).all()
    if there.unit.comparable:
        np.testing.assert_allclose(there.unit.factor, exact.unit.factor, rtol=3e-2)
        np.testing.assert_array_equal(there.unit.offset, exact.unit.offset)


def test_each_person_has_the_same_share_at_a_tolerance_small_enough(graphs: tuple[Any, Any]) -> None:
    """With 30 people 1e-11 is: the L1 error divided by the smallest share is below 1e-9."""
    here, there = (
        score(graph, "pagerank", damping=0.1, tol=tol)
        for graph, tol in zip(graphs, (1e-15, 1e-11), strict=True)
    )
    np.testing.assert_allclose(there.raw, here.raw, rtol=1e-9)
    np.testing.assert_allclose(there.natural, here.natural, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(there.score, here.score, atol=1e-7)
    assert there.diagnostics["dangling_mass"] == pytest.approx(here.diagnostics["dangling_mass"], rel=1e-9)


def test_what_can_not_be_walked(graphs: tuple[Any, Any]) -> None:
    with pytest.raises(ConvergenceError, match="after 2 iterations"):
        score(graphs[1], "pagerank", max_iterations=2)
    with pytest.raises(DataError, match="'nobody' is not among the 30 people"):
        score(graphs[1], "pagerank", personalization={"nobody": 1.0})
    with pytest.raises(DataError, match="7 is not among the people"):
        score(graphs[1], "pagerank", personalization={7: 1.0})
    with pytest.raises(ConfigError, match="above 0"):
        score(graphs[1], "pagerank", personalization={"p01": 0.0})
    with pytest.raises(ConfigError, match="initial"):
        score(graphs[1], "pagerank", initial=np.ones(30))


def test_states_that_are_no_longer_needed_are_removed(spark: Any, graphs: tuple[Any, Any]) -> None:
    assert graphs[1].shares.hubs is None
    folder = Path(urlparse(spark.sparkContext._jsc.sc().getCheckpointDir().get()).path)
    before = len(list(folder.iterdir()))
    given = get_method("pagerank").resolve({"damping": 0.3, "tol": 1e-2})
    found = walk(graphs[1], given)
    assert found.iterations > 2
    assert len(list(folder.iterdir())) == before + 1
    assert found.state.agg({"x": "sum"}).first()[0] == pytest.approx(1.0)
