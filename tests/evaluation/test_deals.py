"""Agreement over deals: its parts by brute force, and what it estimates."""

import numba
import numpy as np
import polars as pl
import pytest
from scipy import stats

from influence_graph import build_graph, compare, read_interactions, score
from influence_graph.evaluation.deals import Measuring, _Ranked, _with_interval, agreement_over_deals
from influence_graph.evaluation.log_parts import LogParts, Values

METHODS = ("pagerank", "reactors", "engagement")


def one_log(rng, people=150, sessions=3.0):
    """Sources with one or two favourites each, by popularity; a day a session, bursts of reactions."""
    popularity = rng.pareto(1.3, people) + 0.1
    source = np.repeat(np.arange(people), rng.poisson(sessions, people))
    target = rng.choice(people, len(source), p=popularity / popularity.sum())
    day = np.arange(len(source)) - np.searchsorted(source, source)
    rows = pl.DataFrame(
        {"source": source, "target": target, "kind": "reply", "timestamp": 1.5e9 + 86_400.0 * day,
         "weight": 1.0 + rng.poisson(0.5, len(source))}
    ).filter(pl.col("source") != pl.col("target"))  # fmt: skip
    posts = pl.DataFrame({"source": np.arange(people), "kind": "post", "timestamp": 1.5e9, "weight": 1.0})
    return build_graph(read_interactions(pl.concat([rows, posts], how="diagonal")), kinds={"reply": 1})


@pytest.fixture(scope="module")
def graph():
    return one_log(np.random.default_rng(0))


@pytest.fixture(scope="module")
def scores(graph):
    return {name: score(graph, name) for name in METHODS}


def test_measures_over_cells_are_scipys_over_people():
    rng = np.random.default_rng(1)
    reacted = rng.random(200) < 0.4
    raw = rng.integers(1, 5, (2, 200)) * reacted.astype(float)
    for values in (raw, raw + rng.random((2, 200))):
        log = Values(values, values, [0.0, 0.0], reacted)
        ranked = _Ranked.of([log])
        assert ranked.block == (values is raw)
        found = ranked.measures((0, 0), (0, 1), Measuring(10, 0.9))
        for row, inside in enumerate((np.ones(200, bool), reacted)):
            a, b = values[:, inside]
            assert found[row, 0] == pytest.approx(stats.kendalltau(a, b).statistic, abs=1e-12)
            assert found[row, 1] == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)


@pytest.mark.parametrize("confidence", [0.80, 0.95])
def test_intervals_are_normal_on_z_and_on_the_scale_of_overlaps(confidence):
    rng = np.random.default_rng(2)
    value, z = np.full((1, 4), 0.5), rng.normal(0.3, 0.1, (60, 1, 4))
    apart = np.stack([z / 2, z], axis=1)
    found = _with_interval(value, apart, confidence)
    margin = stats.norm.ppf((1 + confidence) / 2) * z.std(axis=0, ddof=1)[0]
    assert found.high[0, :2] == pytest.approx(np.tanh(np.arctanh(0.5) + margin[:2]))
    assert found.low[0, 2:] == pytest.approx(0.5 - margin[2:] / 2)


def test_same_bits_for_any_number_of_threads_and_others_for_another_seed(graph, scores):
    before = numba.get_num_threads()
    tables = []
    try:
        for threads, seed in ((1, 0), (before, 0), (before, 1)):
            numba.set_num_threads(threads)
            tables.append(compare(scores, graph=graph, k=10, deals=4, resamples=6, rng=seed).table)
    finally:
        numba.set_num_threads(before)
    assert tables[0].equals(tables[1])
    assert not tables[0].equals(tables[2])


def test_halves_agree_less_than_one_log_and_a_method_agrees_with_itself_alike(graph, scores):
    found = compare(scores, graph=graph, k=10, deals=10, resamples=0)
    here = found.figure("pagerank", "reactors", "spearman")["value"]
    across = found.figure("pagerank", "reactors", "spearman", log="independent halves")["value"]
    own = found.figure("reactors", "reactors", "spearman", log="independent halves")["value"]
    assert here > across > 0
    assert abs(own - across) < 0.15


def test_random_scores_do_not_agree_across_halves_and_have_no_corrected_figure(graph, scores):
    two = {"random": score(graph, "random", rng=1), "reactors": scores["reactors"]}
    found = compare(two, graph=graph, k=10, deals=10, resamples=10)
    for over in ("everybody", "with a reaction"):
        row = found.figure("random", "reactors", "kendall_tau_b", log="independent halves", over=over)
        assert abs(row["value"]) < 0.1
        corrected = found.figure("random", "reactors", "log_pearson", log="corrected", over=over)
        assert np.isnan(corrected["value"])


def test_corrected_figures_reach_their_target_and_intervals_cover():
    rng = np.random.default_rng(3)
    # What is to be found: log scores expected on halves, from other logs of the same rates.
    popularity_seed = 11

    def draw(stream):
        known = np.random.default_rng(popularity_seed)
        people = 150
        popularity = known.pareto(1.3, people) + 0.1
        rates = known.pareto(1.5, people) * 2 + 0.5
        favourites = np.array(
            [known.choice(people, 4, p=popularity / popularity.sum()) for _ in range(people)]
        )
        source = np.repeat(np.arange(people), stream.poisson(rates))
        target = favourites[source, stream.integers(0, 4, len(source))]
        day = np.arange(len(source)) - np.searchsorted(source, source)
        rows = pl.DataFrame(
            {"source": source, "target": target, "kind": "reply", "timestamp": 1.5e9 + 86_400.0 * day}
        ).filter(pl.col("source") != pl.col("target"))
        posts = pl.DataFrame({"source": np.arange(people), "kind": "post", "timestamp": 1.5e9})
        return build_graph(read_interactions(pl.concat([rows, posts], how="diagonal")), kinds={"reply": 1})

    names, sums = ("pagerank", "engagement"), np.zeros((2, 2, 150))
    for number in range(60):
        graph = draw(rng)
        parts = LogParts(graph, [score(graph, name) for name in names])
        for part in parts.deal(2, rng):
            sums[number % 2] += np.log1p(parts.values(part, seed=np.random.SeedSequence(1)).natural) / 60
    cross = np.cov(*sums, ddof=0)[:2, 2:]
    target = (cross[0, 1] + cross[1, 0]) / 2 / np.sqrt(cross[0, 0] * cross[1, 1])
    values, covered = [], 0
    for _ in range(24):
        graph = draw(rng)
        scores = {name: score(graph, name) for name in names}
        row = compare(scores, graph=graph, k=10, deals=20, resamples=0).figure(
            *names, "log_pearson", log="corrected"
        )
        values.append(row["value"])
        covered += row["low"] <= target <= row["high"]
    assert np.mean(values) == pytest.approx(target, abs=0.01)
    assert covered >= 21


def test_array_functions_take_no_scores(graph, scores):
    parts = LogParts(graph, list(scores.values()))
    whole = Values.of(list(scores.values()), [np.arange(graph.n)] * 3, graph.in_strength > 0)
    found = agreement_over_deals(
        parts, whole, measuring=Measuring(10, 0.9), deals=3, replicates=0, confidence=0.95,
        seed=np.random.SeedSequence(1),
    )  # fmt: skip
    assert found.same_log.value.shape == (3, 2, 4)
    assert found.halves.value.shape == (6, 2, 4)
    assert found.corrected.value.shape == (2, 3, 3)
    assert np.isnan(found.same_log.low).all()
