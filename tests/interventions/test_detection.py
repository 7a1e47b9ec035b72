"""The detector on accounts made by hand, and what removing those it flags does."""

import numpy as np
import pytest

from influence_graph import build_graph, load_dataset
from influence_graph.behaviour import bought_reactions, star
from influence_graph.interventions.contest import Contest, newcomer
from influence_graph.interventions.detection import after_removal, flagged, suspicion


@pytest.fixture(scope="module")
def log():
    return load_dataset("synthetic", people=300, days=30, rng=4)


def test_young_single_minded_accounts_are_most_suspicious(log):
    target = newcomer(log)
    attack = star(log, target, accounts=40, back=1)
    graph = build_graph(log.concat(attack.rows))
    values = suspicion(graph)
    fake = graph.positions(attack.accounts)
    # New, all of what they do goes to one, who reacts to them, and whose reactors are all alike.
    np.testing.assert_allclose(values[fake], 1.0)
    others = np.delete(values, fake)
    assert (others <= 1.0).all()
    assert (others >= 0.0).all()
    assert others.max() < 1.0
    alone = suspicion(build_graph(log.concat(star(log, target, accounts=40).rows)))[fake]
    np.testing.assert_allclose(alone, 0.5)


def test_at_most_the_rate_of_the_honest_is_flagged():
    rng = np.random.default_rng(3)
    for _ in range(50):
        values = rng.integers(0, 6, 40) / 6
        honest = rng.random(40) < 0.7
        for rate in (0.0, 0.1, 0.5, 1.0):
            assert (flagged(values, honest, rate) & honest).sum() <= rate * honest.sum()


def test_a_star_is_found_and_its_target_falls(log):
    contest = Contest(log, "reactors")
    target = newcomer(log)
    found, bought = star(log, target, accounts=60), log.rows.people[:60].to_list()
    for row in after_removal(contest, found, target, rates=(0.01, 0.05)):
        assert row["recall"] == 1.0
        assert row["place_before"] == 1
        assert row["place_after"] is None or row["place_after"] > 100
    # Bought from real people: nobody to be found, and the place stays.
    for row in after_removal(contest, bought_reactions(log, target, reactors=bought), target, rates=(0.01,)):
        assert row["recall"] is None
        assert row["place_after"] <= 5
