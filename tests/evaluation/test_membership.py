"""Members above others: against scikit-learn and brute force, with strata and a planted confounder."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from influence_graph import build_graph, read_interactions, score
from influence_graph.errors import DataError
from influence_graph.evaluation._membership import (
    activity_and_tenure,
    group_concordance,
    membership,
    octaves,
)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 2)), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_it_is_the_share_of_pairs_by_brute_force(rows):
    value, member, stratum = (np.array(column) for column in zip(*rows, strict=True))
    pairs = [
        0.5 if value[i] == value[j] else float(value[i] > value[j])
        for i in range(len(rows))
        for j in range(len(rows))
        if member[i] and not member[j] and stratum[i] == stratum[j]
    ]
    found, count = group_concordance(value, member, strata=stratum)
    assert count == len(pairs)
    assert found == pytest.approx(np.mean(pairs)) if pairs else np.isnan(found)


def test_without_strata_it_is_the_area_under_the_curve():
    rng = np.random.default_rng(1)
    value, member = rng.integers(0, 20, 500), rng.random(500) < 0.1
    assert group_concordance(value, member)[0] == pytest.approx(roc_auc_score(member, value))


def test_octaves_are_powers_of_two():
    assert octaves([0, 1, 2, 3, 6, 7]).tolist() == [0, 1, 1, 2, 2, 3]
    both = octaves([1, 1, 7, 7], [1, 7, 1, 7])
    assert len(set(both.tolist())) == 4


def log_of(n=300, seed=3):
    """Return a log in which members do more, and get reactions for what they do alone."""
    rng = np.random.default_rng(seed)
    member = np.arange(n) < n // 6
    rate = rng.lognormal(1.0, 0.7, n) * np.where(member, 3.0, 1.0)
    posts = rng.poisson(rate) + 1
    source = np.repeat(np.arange(n), posts)
    target = rng.permutation(source)
    kept = source != target
    day = rng.integers(0, 300, len(source))
    frame = pl.DataFrame({"source": source, "target": target, "timestamp": 1.5e9 + 86400.0 * day}).filter(
        kept
    )
    return read_interactions(frame), member


def test_a_group_that_is_only_more_active_is_told_by_c_and_not_within_strata():
    log, member = log_of()
    graph = build_graph(log)
    member = member[graph.ids.to_numpy()]
    activity, tenure = activity_and_tenure(log, graph.ids)
    frame = log.frame.collect()
    own = frame.filter(source=int(graph.ids[0]))
    assert activity[0] == own.height
    span = own["timestamp"].max() - own["timestamp"].min()
    assert tenure[0] == pytest.approx(span.total_seconds() / 86400)
    scores = {name: score(graph, name) for name in ("engagement", "random")}
    found = membership(scores, graph, member, controls=[activity], folds=10, rng=1)
    c, within = (found.filter(method="engagement", measure=name) for name in ("C", "C within strata"))
    assert c["low"].item() > 0.7
    assert within["value"].item() < c["value"].item() - 0.1
    assert within["low"].item() < 0.65
    random = found.filter(method="random", measure="C")
    assert random["low"].item() < 0.5 < random["high"].item()
    assert random["above_first"].item() == pytest.approx(random["value"].item() - c["value"].item())
    assert c["value"].item() == pytest.approx(roc_auc_score(member, scores["engagement"].raw))
    assert c["pairs"].item() == int(member.sum() * (~member).sum())


def test_a_fold_leaves_as_actor_too():
    """With one actor in all, some fold takes every reaction away: C is then one half."""
    rows = pl.DataFrame({"source": [9] * 6, "target": [1, 1, 1, 2, 2, 3]})
    graph = build_graph(read_interactions(rows))
    found = membership({"engagement": score(graph, "engagement")}, graph, graph.ids == 1, folds=4)
    assert found["value"].item() == 1.0
    assert found["low"].item() < 0.9


def test_nobody_to_compare_is_an_error():
    graph = build_graph(read_interactions(pl.DataFrame({"source": [1, 2], "target": [2, 1]})))
    with pytest.raises(DataError, match="no pair can be compared"):
        membership({"engagement": score(graph, "engagement")}, graph, [True, True])


def test_a_log_without_timestamps_has_no_tenure():
    log = read_interactions(pl.DataFrame({"source": [1, 2], "target": [2, 1]}))
    activity, tenure = activity_and_tenure(log, pl.Series([1, 2, 3]))
    assert activity.tolist() == [1, 1, 0]
    assert tenure is None
