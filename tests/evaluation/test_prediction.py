"""What follows an origin changes no score, and measures are those of a direct computation."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from influence_graph import load_dataset
from influence_graph.errors import DataError
from influence_graph.evaluation import concordance
from influence_graph.evaluation._jackknife import folds_of
from influence_graph.evaluation.log_arrays import LogArrays
from influence_graph.evaluation.origins import rolling_origins
from influence_graph.evaluation.prediction import Design, measure_origin, scores_before
from influence_graph.evaluation.rank_agreement import Ranking
from influence_graph.evaluation.truths import future_truths
from influence_graph.graph.build import build_graph
from influence_graph.interactions.read import read_interactions
from influence_graph.methods.declaration import get_method
from influence_graph.scoring._score import score

NAMES = ("engagement", "reactors", "pagerank", "random", "expected_spread", "truetop", "last_reaction")


@pytest.fixture(scope="module")
def arrays():
    return LogArrays.of(load_dataset("synthetic", people=150, days=40, mean_degree=8.0, rng=2))


@pytest.fixture(scope="module")
def design(arrays):
    origins = rolling_origins(arrays.time, origins=3)
    methods = {name: (name, get_method(name).resolve({})) for name in NAMES}
    return Design(origins.moments[1], origins.horizon, origins.horizon, methods, {"layers": False}, 5, 7)


def test_future_rows_shuffled_changed_or_gone_leave_scores_bit_identical(arrays, design):
    frame = arrays.log.frame.collect().with_row_index("row")
    moment = pl.from_epoch(pl.lit(design.origin), time_unit="us").dt.replace_time_zone("UTC")
    past, future = frame.filter(pl.col("timestamp") <= moment), frame.filter(pl.col("timestamp") > moment)
    changed = future.with_columns(pl.col("source").shuffle(1), weight=pl.lit(7.0))
    graph, _, expected = scores_before(arrays, design)
    for rest in (future.sample(fraction=1.0, shuffle=True, seed=3), changed, future.head(40)):
        rows = pl.concat([past, rest]).drop("row")
        other = LogArrays.of(read_interactions(rows, cross_posts="each"))
        found = scores_before(other, design)
        assert found[0].ids.to_list() == graph.ids.to_list()
        for name, ranking in expected.items():
            assert found[2][name].codes.tobytes() == ranking.codes.tobytes(), name


def test_reactors_are_compared_at_the_decay_of_the_graph(arrays, design):
    """A person who reacted counts by the age of the last reaction, as a loop over the rows says."""
    _, place, found = scores_before(arrays, design)
    last = {}
    for row in np.flatnonzero(arrays.event & (arrays.time <= design.origin)):
        pair = int(arrays.source[row]), int(arrays.target[row])
        last[pair] = max(last.get(pair, 0), int(arrays.time[row]))
    counts = np.zeros(arrays.n)
    for (_, target), time in last.items():
        counts[target] += 2.0 ** ((time - design.origin) / design.half_life)
    assert (found["reactors"].codes == Ranking.of(counts[place], 1e-9).codes).all()
    # Whatever the weights of kinds: all reactions of the log count, as in the truth that is predicted.
    weights = {"like": 0.0, "reply": 2.0, "retweet": 1.0, "mention": 1.0, "follow": 1.0}
    weighted = replace(design, graph={**design.graph, "kinds": weights})
    _, place, found = scores_before(arrays, weighted)
    assert (found["reactors"].codes == Ranking.of(counts[place], 1e-9).codes).all()


def test_c_is_that_of_scores_and_truths_computed_one_by_one(arrays, design):
    found = measure_origin(arrays, design, folds_of(arrays.people, 3, np.random.default_rng(1)))
    half_life = design.horizon / 1e6
    graph = build_graph(
        arrays.log.frame.filter(pl.col("timestamp").dt.timestamp("us") <= design.origin).collect(),
        half_life=f"{half_life}s",
        as_of=pl.select(pl.from_epoch(pl.lit(design.origin), time_unit="us")).item(),
    )
    truth = future_truths(arrays, design.origin, design.horizon)["reactors"]
    at = arrays.people.search_sorted(graph.ids).to_numpy()
    direct = concordance(score(graph, "pagerank").raw, truth[at], resolution=0.0)
    row = found.filter(method="pagerank", truth="reactors", among="everybody", measure="C").row(0, named=True)
    assert row["value"] == pytest.approx(direct, abs=2e-3)
    assert row["people"] == graph.n
    assert set(found["among"]) == {"active", "active, 5 reactors", "everybody"}
    share = found.filter(method="engagement", truth="reactors", among="everybody", measure="top 5 %")[
        "value"
    ][0]
    raw = score(graph, "engagement").raw
    top = np.argsort(-raw)[: int(np.ceil(0.05 * graph.n))]
    assert share == pytest.approx(truth[at][top].sum() / truth[at].sum(), abs=0.02)


def test_a_fold_leaves_the_past_and_the_future(arrays, design):
    folds = folds_of(arrays.people, 4, np.random.default_rng(1))
    found = measure_origin(arrays, design, folds, delete=[2]).filter(pl.col("fold") == 2)
    alone = LogArrays.of(
        arrays.log.where(
            ~pl.col("source").is_in(arrays.people.filter(pl.Series(folds == 2)).implode())
            & ~pl.col("target").is_in(arrays.people.filter(pl.Series(folds == 2)).implode()).fill_null(False),
            reason="fold",
        )
    )
    other = measure_origin(alone, design, np.zeros(alone.n, dtype=int)).filter(pl.col("measure") == "C")
    keys = ["method", "truth", "among"]
    both = found.filter(pl.col("measure") == "C").join(other, on=keys, suffix="_alone")
    both = both.filter(~pl.col("method").is_in(["random", "expected_spread"]))
    assert both.height > 40
    assert both["value"].fill_null(-1).to_list() == both["value_alone"].fill_null(-1).to_list()


def test_a_fold_of_pairs_leaves_whichever_of_the_two_reacts(arrays, design):
    folds = folds_of(arrays.people, 3, np.random.default_rng(1))
    found = measure_origin(arrays, design, folds, pairs=4).filter(pl.col("pairs") == 2)
    of_row = arrays.pair_folds(4, np.random.default_rng([design.seed, 4]))
    gone = pl.from_numpy(np.stack([arrays.source[of_row == 2], arrays.target[of_row == 2]], axis=1))
    named = {frozenset((arrays.people[int(a)], arrays.people[int(b)])) for a, b in gone.rows()}
    rows = arrays.log.frame.collect()
    kept = [frozenset(one) not in named for one in rows.select("source", "target").rows()]
    assert sum(kept) == (of_row != 2).sum()
    alone = LogArrays.of(read_interactions(rows.filter(pl.Series(kept)), cross_posts="each"))
    other = measure_origin(alone, design, np.zeros(alone.n, dtype=int)).filter(pl.col("measure") == "C")
    both = found.filter(pl.col("measure") == "C").join(
        other, on=["method", "truth", "among"], suffix="_alone"
    )
    both = both.filter(~pl.col("method").is_in(["random", "expected_spread"]))
    assert both.height > 40
    assert both["value"].fill_null(-1).to_list() == both["value_alone"].fill_null(-1).to_list()


def test_no_future_is_one_clear_error(arrays, design):
    late = Design(int(arrays.time.max()) + 1, design.horizon, None, design.methods)
    with pytest.raises(DataError, match="nothing to predict"):
        measure_origin(arrays, late, folds_of(arrays.people, 3, np.random.default_rng(1)))
