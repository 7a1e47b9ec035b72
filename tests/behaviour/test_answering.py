"""Answers and reactions in pods: as many as effort pays for, chosen at random, never to oneself."""

import numpy as np
import pytest

from influence_graph.behaviour.answering import answers, pod_reactions
from influence_graph.behaviour.keyed_numbers import ANSWERS, POD, poisson_counts, world_key
from influence_graph.behaviour.posting import Posts

KEY = world_key(5, 1)


def test_each_author_answers_a_poisson_number_or_all():
    rng = np.random.default_rng(0)
    author, reader, name = rng.integers(0, 50, 600), rng.integers(0, 900, 600), rng.permutation(600)
    mean = np.where(np.arange(50) % 2, 3.0, 0.0)
    chosen = answers(author, reader, name, mean=mean, step=1, key=KEY)
    budget = poisson_counts(KEY, ANSWERS, 1, mean)
    assert len(np.unique(chosen)) == len(chosen)
    got, there = np.bincount(author[chosen], minlength=50), np.bincount(author, minlength=50)
    assert (got == np.minimum(budget, there)).all()
    again = answers(author, reader, name, mean=mean, step=2, key=KEY)
    assert set(again) != set(chosen)


def test_every_reaction_is_answered_equally_often():
    author, reader, name = np.zeros(5, dtype=int), np.arange(5), np.arange(5)
    hits = np.zeros(5)
    for step in range(3000):
        hits[answers(author, reader, name, mean=np.array([1.0]), step=step, key=KEY)] += 1
    assert hits.max() - hits.min() < 6 * np.sqrt(hits.mean())


def test_pods_react_to_each_other_only_and_once_a_post():
    author = np.array([0, 0, 1, 2, 3, 4])
    made = Posts(author, np.zeros(6), np.ones(6), np.zeros(6, dtype=bool), np.arange(6))
    pod = np.array([0, 0, 0, 1, 1, -1])
    mean = np.array([400.0, 2.0, 0.0, 400.0, 400.0, 400.0])
    reader, post = pod_reactions(made, pod=pod, mean=mean, step=0, key=KEY)
    pairs = set(zip(reader.tolist(), author[post].tolist(), post.tolist(), strict=True))
    assert len(pairs) == len(reader)
    assert {pair for pair in pairs if pair[0] != 1} == {(0, 1, 2), (0, 2, 3), (3, 4, 5), (4, 3, 4)}
    spent = poisson_counts(KEY, POD, 0, mean)[1]
    assert sum(pair[0] == 1 for pair in pairs) == min(spent, 3)
    nobody = pod_reactions(made, pod=np.full(6, -1), mean=mean, step=0, key=KEY)
    assert nobody[0].size == 0


@pytest.mark.parametrize("mean", [0.0])
def test_without_effort_nobody_answers(mean):
    one = np.zeros(3, dtype=int)
    assert len(answers(one, one + 1, np.arange(3), mean=np.array([mean, mean]), step=0, key=KEY)) == 0
