"""Numbers depend on their key alone, are uniform, and Poisson counts follow their law."""

import numpy as np
import pytest
from scipy import stats

from influence_graph.behaviour.keyed_numbers import POSTS, TRAIT, poisson_counts, uniforms, world_key

KEY = world_key(3, 0)


def test_a_number_depends_on_every_part_of_its_key_and_on_nothing_else():
    who = np.arange(1000)
    numbers = uniforms(KEY, TRAIT, who, 4, 2)
    assert (uniforms(KEY, TRAIT, who[::-7], 4, 2) == numbers[::-7]).all()
    for other in (
        uniforms(world_key(3, 1), TRAIT, who, 4, 2),
        uniforms(world_key(4, 0), TRAIT, who, 4, 2),
        uniforms(KEY, POSTS, who, 4, 2),
        uniforms(KEY, TRAIT, who + 1000, 4, 2),
        uniforms(KEY, TRAIT, who, 5, 2),
        uniforms(KEY, TRAIT, who, 4, 3),
    ):
        assert abs(np.corrcoef(numbers, other)[0, 1]) < 0.15
        assert not (numbers == other).any()


@pytest.mark.parametrize("along", ["person", "step", "number", "pair"])
def test_numbers_are_uniform_along_each_part(along):
    k = np.arange(20_000)
    if along == "step":
        drawn = np.array([uniforms(KEY, TRAIT, np.array([1]), step)[0] for step in range(2000)])
    else:
        drawn = {
            "person": lambda: uniforms(KEY, TRAIT, k, 0),
            "number": lambda: uniforms(KEY, TRAIT, np.full(len(k), 5), 0, k),
            "pair": lambda: uniforms(KEY, TRAIT, (k % 141) << 32 | k // 141, 0),
        }[along]()
    assert stats.kstest(drawn, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 5 / np.sqrt(len(drawn))


@pytest.mark.parametrize("mean", [0.0, 0.3, 4.0, 60.0, 500.0])
def test_poisson_counts_follow_their_law(mean):
    counts = poisson_counts(KEY, POSTS, 0, np.full(20_000, mean))
    if mean == 0:
        assert not counts.any()
        return
    assert counts.mean() == pytest.approx(mean, abs=5 * np.sqrt(mean / 20_000))
    assert counts.var() == pytest.approx(mean, rel=0.06)
    if mean < 10:
        cells = np.bincount(np.minimum(counts, 8), minlength=9)
        law = [*stats.poisson.pmf(np.arange(8), mean), stats.poisson.sf(7, mean)]
        kept = np.array(law) * 20_000 > 5
        assert (
            stats.chisquare(
                cells[kept], np.array(law)[kept] / np.sum(np.array(law)[kept]) * cells[kept].sum()
            ).pvalue
            > 1e-4
        )


def test_counts_rise_with_the_mean_person_by_person():
    mean = np.random.default_rng(0).exponential(2, 5000)
    low, high = (poisson_counts(KEY, POSTS, 1, factor * mean) for factor in (1.0, 1.5))
    assert (high >= low).all()
    assert (high > low).any()
