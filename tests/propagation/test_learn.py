from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from propagation.exact import small_graph

from influence_graph import build_graph, read_interactions
from influence_graph.errors import ConfigError, DataError
from influence_graph.propagation._expected_spread import expected_spread
from influence_graph.propagation.action_log import actions_of
from influence_graph.propagation.learn import learn_probabilities
from influence_graph.propagation.models import IndependentCascade

START = datetime(2024, 1, 1)
SCHEMA = {
    "source": pl.String,
    "target": pl.String,
    "kind": pl.String,
    "timestamp": pl.Datetime,
    "item": pl.String,
    "parent": pl.String,
}


def graph_of(rows, follows):
    """A graph of who follows whom, with a log of posts and retweets: (who, of whom, second, item, parent)."""
    log = [(a, b, "follow", START - timedelta(days=1), None, None) for a, b in follows]
    log += [
        (who, of, "post" if of is None else "retweet", START + timedelta(seconds=s), item, parent)
        for who, of, s, item, parent in rows
    ]
    frame = pl.DataFrame(log, schema=SCHEMA, orient="row")
    return build_graph(read_interactions(frame), kinds={"follow": 1}, other=0)


def edge(graph, follower, followed):
    row, column = graph.positions([follower, followed])
    start, end = graph.adjacency.indptr[row : row + 2]
    return start + int(np.flatnonzero(graph.adjacency.indices[start:end] == column)[0])


# u follows v and w. Action 1: v posts, u retweets. Action 2: v and w, then u. 3: v alone. 4: u, then v.
FOLLOWS = [("u", "v"), ("u", "w"), ("x", "w")]
ROWS = [
    ("v", None, 0, "1", None),
    ("u", "v", 5, None, "1"),
    ("v", None, 100, "2", None),
    ("w", "v", 101, None, "2"),
    ("u", "v", 150, None, "2"),
    ("v", None, 200, "3", None),
    ("u", None, 300, "4", None),
    ("v", "u", 301, None, "4"),
]


def test_a_log_by_hand():
    graph = graph_of(ROWS, FOLLOWS)
    vu, wu, wx = edge(graph, "u", "v"), edge(graph, "u", "w"), edge(graph, "x", "w")
    free = {"prior": 0.25, "prior_trials": 0.0}
    # v performed 4 actions and u followed in 2 of them; w performed 1, u followed, x did not.
    bernoulli = learn_probabilities(graph, rule="bernoulli", **free)
    assert bernoulli.values[[vu, wu, wx]].tolist() == [2 / 4, 1.0, 0.0]
    # Either performed: v or u in 4 actions, w or u in 3, w or x in 1.
    jaccard = learn_probabilities(graph, rule="jaccard", **free)
    assert jaccard.values[[vu, wu, wx]] == pytest.approx([2 / 4, 1 / 3, 0.0])
    # In action 2 v and w share the credit for u.
    partial = learn_probabilities(graph, rule="partial_credit", **free)
    assert partial.values[[vu, wu, wx]] == pytest.approx([1.5 / 4, 0.5, 0.0])
    assert partial.successes.sum() == 2  # credits sum to 1 an activation that somebody may have caused
    # v's chances with u were 1, 2 and 3: in 4 u came first. Within 10 s, u followed in 1 only.
    em = learn_probabilities(graph, rule="em", **free)
    assert em.trials[[vu, wu, wx]].tolist() == [3, 1, 1]
    short = learn_probabilities(graph, rule="em", window="10s", **free)
    assert short.values[[vu, wu, wx]] == pytest.approx([1 / 3, 0.0, 0.0])


def test_edges_never_tried_get_the_prior_and_edges_seen_rarely_lean_to_it():
    graph = graph_of(ROWS, [*FOLLOWS, ("v", "x")])
    xv, vu = edge(graph, "v", "x"), edge(graph, "u", "v")
    for rule in ("bernoulli", "jaccard", "partial_credit", "em"):
        learned = learn_probabilities(graph, rule=rule, prior=0.25, prior_trials=2.0)
        if rule != "jaccard":
            assert learned.trials[xv] == 0
            assert learned.values[xv] == 0.25
        assert learned.values[vu] == pytest.approx(
            (learned.successes[vu] + 0.5) / (learned.trials[vu] + 2), abs=1e-5
        )
    pooled = learn_probabilities(graph, rule="bernoulli")
    assert pooled.prior == pytest.approx(pooled.successes.sum() / pooled.trials.sum())
    assert pooled.values[xv] == pooled.prior > 0


def test_an_author_without_a_row_is_known_from_those_who_reacted():
    graph = graph_of([("u", "v", 5, None, "1"), ("x", "v", 6, "r", "1"), ("w", "x", 7, None, "r")], FOLLOWS)
    actions = actions_of(graph, "test")
    assert actions.first.tolist() == [0, 4]
    assert graph.ids.gather(actions.person).to_list() == ["v", "u", "x", "w"]


def cascades(pairs, p, actions, seed):
    """Rows of simulated cascades, a second a step: each followed pair (a, b) gets one try with chance p."""
    rng = np.random.default_rng(seed)
    people = sorted({x for pair in pairs for x in pair})
    rows = []
    for action in range(actions):
        first = people[rng.integers(len(people))]
        active, fresh, second = {first}, [first], 100 * action
        rows.append((first, None, second, f"{action}", None))
        while fresh:
            second += 1
            turned = []
            for (b, a), chance in zip(pairs, p, strict=True):
                if a in fresh and b not in active and b not in turned and rng.random() < chance:
                    turned.append(b)
            rows += [(b, first, second, None, f"{action}") for b in turned]
            active |= set(turned)
            fresh = turned
    return rows


@pytest.fixture(scope="module")
def simulated():
    rng = np.random.default_rng(3)
    pairs = sorted({(f"{u}", f"{v}") for u, v in rng.integers(0, 8, (26, 2)) if u != v})
    p = rng.uniform(0.05, 0.6, len(pairs))
    graph = graph_of(cascades(pairs, p, 4000, 1), pairs)
    return graph, np.array([p[pairs.index(pair)] for pair in _edges(graph)])


def _edges(graph):
    rows = np.repeat(np.arange(graph.n), np.diff(graph.adjacency.indptr))
    return [
        (graph.ids[int(b)], graph.ids[int(a)]) for b, a in zip(rows, graph.adjacency.indices, strict=True)
    ]


def test_em_recovers_the_probabilities_of_simulated_cascades(simulated):
    graph, p = simulated
    learned = learn_probabilities(graph, rule="em", window="1s", prior_trials=0)
    error = (learned.values - p) / np.sqrt(p * (1 - p) / learned.trials)
    assert learned.trials.min() > 300
    assert (
        np.abs(error).max() < 4.5
    )  # standard errors of a plain proportion: shared tries make it a bit wider
    assert np.abs(learned.values - p).mean() < 0.02
    # Bernoulli counts tries that could not succeed, and gives shared successes to each in full.
    bernoulli = learn_probabilities(graph, rule="bernoulli", window="1s").values
    assert np.abs(bernoulli - p).mean() > 2 * np.abs(learned.values - p).mean()


@pytest.mark.parametrize("prior_trials", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("window", [None, "1s", "2s"])
def test_the_likelihood_of_em_never_falls(simulated, window, prior_trials):
    learned = learn_probabilities(simulated[0], rule="em", window=window, prior_trials=prior_trials)
    steps = np.diff(learned.log_likelihood)
    assert len(steps) > 3
    assert steps.min() > -1e-9 * abs(learned.log_likelihood[-1])


def test_where_each_activation_has_one_possible_cause_em_counts():
    pairs = [("b", "a"), ("c", "b"), ("d", "b"), ("e", "d")]  # a tree
    graph = graph_of(cascades(pairs, [0.3, 0.5, 0.7, 0.2], 300, 2), pairs)
    em = learn_probabilities(graph, rule="em", window="1s", prior_trials=0)
    assert len(em.log_likelihood) <= 2
    assert em.values == pytest.approx(em.successes / em.trials)
    assert em.successes.tolist() == np.round(em.successes).tolist()


def test_learned_probabilities_serve_as_a_model(simulated):
    graph, _ = simulated
    learned = learn_probabilities(graph, rule="em")
    by_object = expected_spread(graph, probability=np.asarray(learned), samples=2000, rng=1)
    by_name = expected_spread(graph, probability="em", samples=2000, rng=1)
    assert np.array_equal(by_object.values, by_name.values)
    assert IndependentCascade(learned).probability is learned


def test_logs_without_items_give_temporal_reachability_and_say_so():
    # a acts at 0 and 10 (on z); b acts on a at 5 and 7, and at 12; c acts on a at -1: before a was heard of.
    second = lambda s: START + timedelta(seconds=s)  # noqa: E731
    rows = [("a", "z", 0), ("a", "z", 10), ("b", "a", 5), ("b", "a", 7), ("b", "a", 12), ("c", "a", -1)]
    frame = pl.DataFrame(
        [(u, v, "reply", second(s)) for u, v, s in rows],
        schema={"source": pl.String, "target": pl.String, "kind": pl.String, "timestamp": pl.Datetime},
        orient="row",
    )
    graph = build_graph(read_interactions(frame))
    learned = learn_probabilities(graph, rule="temporal_reachability", prior=0.0, prior_trials=0)
    ba, ca = edge(graph, "b", "a"), edge(graph, "c", "a")
    # a was active three times: unseen before −1, at 0, at 10. b answered two of them, c one.
    assert learned.trials[[ba, ca]].tolist() == [3, 3]
    assert learned.values[[ba, ca]] == pytest.approx([2 / 3, 1 / 3])
    with pytest.raises(
        DataError, match=r"'em' needs to know which post.*neither 'item' nor 'parent'.*temporal"
    ):
        learn_probabilities(graph, rule="em")


def test_logs_that_lack_what_a_rule_needs_are_errors_that_say_what_to_add():
    bare = read_interactions(pl.DataFrame({"source": ["b"], "target": ["a"], "kind": ["reply"]}))
    for rule in ("em", "temporal_reachability"):
        with pytest.raises(DataError, match=r"no timestamps.*columns=\{'timestamp'"):
            learn_probabilities(build_graph(bare), rule=rule)
        with pytest.raises(DataError, match="needs the rows of the log"):
            learn_probabilities(small_graph([("b", "a")]), rule=rule)
    graph = graph_of(ROWS, FOLLOWS)
    with pytest.raises(ConfigError, match="Did you mean 'bernoulli'"):
        learn_probabilities(graph, rule="bernouli")
    with pytest.raises(ConfigError, match="window is '1 fortnight'"):
        learn_probabilities(graph, window="1 fortnight")
    with pytest.raises(ConfigError, match="prior is 2"):
        learn_probabilities(graph, prior=2)
    circular = graph_of([("u", "v", 5, "1", "2"), ("v", "u", 6, "2", "1")], FOLLOWS)
    with pytest.raises(DataError, match="posts of themselves"):
        learn_probabilities(circular)
