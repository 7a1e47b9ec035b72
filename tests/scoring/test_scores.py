"""Ranks, percentiles, frames and the display of Scores."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from influence_graph import DataError, InfluenceGraph, score
from influence_graph.scoring._scale import Reference
from influence_graph.scoring.scores import Intervals, Scores


def scores_of(raw, intervals=None):
    raw = np.asarray(raw, dtype=np.float64)
    ids = pl.Series("id", [f"p{i}" for i in range(len(raw))])
    return Scores(
        ids, raw, raw + 1, "reactors", {"a": 1, "b": None}, "log", {}, Reference.of(raw), "", intervals
    )


@pytest.mark.parametrize("seed", range(5))
def test_percentile_is_the_mean_percentile_rank_of_scipy(seed):
    raw = np.random.default_rng(seed).integers(6, size=40).astype(float)
    expected = [stats.percentileofscore(raw, value, kind="mean") for value in raw]
    np.testing.assert_allclose(scores_of(raw).percentile, expected)


def test_rank_1_is_the_highest_and_ties_have_their_average():
    assert scores_of([5, 9, 5, 0]).rank.tolist() == [2.5, 1, 2.5, 4]


def test_top_breaks_ties_by_id_and_has_at_most_k_rows():
    top = scores_of([5, 9, 5, 5]).top(3)
    assert top["id"].to_list() == ["p1", "p0", "p2"]
    assert scores_of([1.0]).top().height == 1


def test_frame_has_bounds_and_null_for_ranks_without_an_interval():
    ends = [np.array([1.0, 2.0]) + shift for shift in range(4)]
    intervals = Intervals(*ends, np.array([1, np.nan]), np.array([2, np.nan]), 0.9, 20)
    frame = scores_of([3, 4], intervals).frame
    assert frame.columns[5:] == ["raw_low", "raw_high", "low", "high", "rank_low", "rank_high"]
    for column, expected in zip(("raw_low", "raw_high", "low", "high"), ends, strict=True):
        assert frame[column].to_list() == expected.tolist()
    assert frame["rank_low"].to_list() == [1, None]
    assert frame["rank_high"].to_list() == [2, None]


def test_no_people():
    empty = scores_of([])
    assert empty.frame.height == empty.top().height == len(empty.percentile) == 0


def test_display_names_method_parameters_and_scale():
    assert repr(scores_of([1, 2])).startswith("Scores of 2 people by reactors(a=1), log scale\n")


def chain():
    edges = pl.DataFrame({"source": ["b", "c", "c", "d"], "target": ["a", "a", "b", "c"]})
    return score(InfluenceGraph.from_edges(edges), "engagement")


def test_one_person_s_row():
    scores = chain()
    assert scores["a"]["rank"] == 1
    assert scores["a"]["raw"] == 2
    assert len(scores) == 4
    assert "a" in scores
    assert "e" not in scores
    with pytest.raises(DataError, match="'e' is not among the 4 people scored"):
        scores["e"]


def test_join_keeps_the_order_of_the_frame():
    people = pl.DataFrame({"name": ["d", "x", "a"], "party": ["R", "D", "D"]})
    joined = chain().join(people, on="name")
    assert joined["name"].to_list() == ["d", "x", "a"]
    assert joined["raw"].to_list() == [0.0, None, 2.0]
    with pytest.raises(DataError, match="Cast it"):
        chain().join(pl.DataFrame({"id": [1]}))
    with pytest.raises(DataError, match="no column 'id'"):
        chain().join(people)


def test_by_group():
    found = chain().by_group({"a": "left", "b": "left", "d": "right"}, top=0.25)
    # Two reactions, one, one and none: ranks 1, 2.5, 2.5 and 4.
    assert found["people"].to_list() == [2, 1]
    assert found["median_percentile"].to_list() == [(87.5 + 50) / 2, 12.5]
    assert found["share_in_top"].to_list() == [0.5, 0]
    assert found["best"].to_list() == ["a", "d"]
    assert found["group"].to_list() == ["left", "right"]
