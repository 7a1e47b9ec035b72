import numpy as np
import pytest
from propagation.exact import small_graph

from influence_graph.propagation.cascades import simulate
from influence_graph.propagation.infectious import runs_a_block
from influence_graph.propagation.models import SIR, IndependentCascade

PAIRS = [(1, 0), (2, 0), (3, 0), (2, 1), (4, 1), (4, 2), (5, 3), (5, 4), (6, 4), (6, 5), (7, 6), (0, 6)]
CHANCES = np.array([0.9, 0.5, 0.3, 0.7, 0.2, 0.6, 0.4, 0.8, 0.1, 0.5, 0.3, 0.25])


@pytest.mark.parametrize("chance", [0.5, 0.002, 1e-5])
def test_followers_of_one_person_turn_independently(chance):
    # Of 4,000 followers a binomial number turns in a run, whether coins are thrown or gaps drawn.
    n, runs = 4001, 4000
    star = small_graph([(i, 0) for i in range(1, n)])
    run = simulate(star, [0], model=IndependentCascade(chance), runs=runs, rng=1)
    mean, variance = (n - 1) * chance, (n - 1) * chance * (1 - chance)
    assert run.spread - 1 == pytest.approx(mean, abs=4.5 * np.sqrt(variance / runs))
    # The variance of a sample variance: (fourth moment − σ⁴)/runs.
    error = np.sqrt((variance * (1 + 2 * variance)) / runs)
    assert run.sizes.var(ddof=1) == pytest.approx(variance, abs=4.5 * error)
    times = run.activation[1:] * runs
    of_each = runs * chance * (1 - chance)
    error = np.sqrt((of_each * (1 + 2 * of_each)) / (n - 1))
    assert times.var(ddof=1) == pytest.approx(of_each, abs=4.5 * error)


def test_certain_and_rare_edges_of_one_row():
    # 3,000 followers: 3 certain, 3 even, the rest rare. Each count of runs is binomial.
    runs, chances = 3000, np.full(3000, 2e-4)
    chances[[0, 1499, 2999]] = 1.0
    chances[[700, 1500, 2998]] = 0.5
    star = small_graph([(i, 0) for i in range(1, 3001)])
    run = simulate(star, [0], model=IndependentCascade(chances), runs=runs, rng=4)
    turned = run.activation[1:]
    assert (turned[chances == 1.0] == 1.0).all()
    assert turned[chances == 0.5] == pytest.approx(0.5, abs=4.5 * np.sqrt(0.25 / runs))
    rare = turned[chances < 0.5]
    assert rare.mean() == pytest.approx(2e-4, abs=4.5 * np.sqrt(2e-4 / runs / len(rare)))


@pytest.mark.parametrize("recovery", [0.3, 1.0])
def test_steps_sizes_and_shares_are_those_of_a_walk_run_by_run(recovery):
    graph = small_graph(PAIRS)
    runs, rng = 6000, np.random.default_rng(8)
    by_step, counts, sizes = np.zeros(200), np.zeros(graph.n), np.zeros(runs)
    rows, columns = graph.adjacency.nonzero()
    for at in range(runs):
        reached, infectious, step = {0}, {0}, 0
        by_step[0] += 1
        while infectious:
            step += 1
            live = rng.random(len(rows)) < CHANCES
            new = {
                int(b) for b, a, x in zip(rows, columns, live, strict=True) if x and int(a) in infectious
            } - reached
            infectious = {v for v in infectious if rng.random() >= recovery} | new
            reached |= new
            by_step[step] += len(new)
        counts[list(reached)] += 1
        sizes[at] = len(reached)
    run = simulate(graph, [0], model=SIR(CHANCES, recovery=recovery), runs=60_000, rng=5)
    assert run.by_step[:4] == pytest.approx(by_step[:4] / runs, abs=4.5 * np.sqrt(1.0 / runs))
    assert run.activation == pytest.approx(counts / runs, abs=4.5 * np.sqrt(0.25 * 1.1 / runs))
    law, walked = (np.bincount(x.astype(int), minlength=9) / len(x) for x in (run.sizes, sizes))
    assert law == pytest.approx(walked, abs=4.5 * np.sqrt(0.25 * 1.1 / runs))


def test_a_block_holds_as_many_runs_as_its_marks_have_room_for():
    assert runs_a_block(100, 10) == 64
    assert runs_a_block(100, 1000) == 1024
    assert runs_a_block(100, 10**6) == 2560
    assert runs_a_block(2**20, 10**6) == 64
    assert runs_a_block(10**8, 10**6) == 64


def test_blocks_that_are_not_full_and_many_of_them():
    # 2,560 runs a block, so that 5,200 leave 80 for the last; of a path of 200 all are reached, one a step.
    path = small_graph([(i + 1, i) for i in range(200)])
    run = simulate(path, [0], model=IndependentCascade(1.0), runs=5200, rng=1)
    assert (run.sizes == 201).all()
    assert (run.activation == 1.0).all()
    assert run.by_step.tolist() == [1.0] * 201
