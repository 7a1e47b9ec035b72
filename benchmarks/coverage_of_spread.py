"""Coverage of the intervals of expected_spread, against exact spreads of small graphs.

    python benchmarks/coverage_of_spread.py --repeats 2000

Random graphs of 10 people and 12 edges, each with its own random probabilities, small enough that the exact
spread can be computed by enumerating all 4,096 live-edge graphs. The 95 % interval of each person is computed
many times; coverage is the share of intervals that contain the exact value, by decile of that value over all
people of all graphs. People without in-edges are left out: their spread is 1 for certain. Few samples a run,
so that counts are small and a normal interval would be wrong.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import polars as pl

from influence_graph import InfluenceGraph
from influence_graph.propagation._expected_spread import expected_spread
from influence_graph.propagation.models import IndependentCascade

# The exact spread is a helper of the tests.
sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))
from propagation.exact import exact_spread, small_graph

PEOPLE, EDGES = 10, 12


def draw_graph(rng: np.random.Generator) -> tuple[InfluenceGraph, np.ndarray]:
    """Return a random graph and the chances of its edges."""
    pairs = [(u, v) for u in range(PEOPLE) for v in range(PEOPLE) if u != v]
    drawn = rng.choice(len(pairs), EDGES, replace=False)
    graph = small_graph([pairs[i] for i in drawn])
    return graph, rng.uniform(0.02, 0.9, graph.adjacency.nnz)


def coverage(graphs: int, repeats: int, samples: int, confidence: float, seed: int) -> pl.DataFrame:
    """Return one row a decile of exact spread: how often intervals hold it, lie above it, lie below it."""
    truth, above, below = [], [], []
    for number, stream in enumerate(np.random.default_rng(seed).spawn(graphs)):
        graph, p = draw_graph(stream)
        exact = exact_spread(graph, model=IndependentCascade(p))
        heard = np.bincount(graph.adjacency.indices, minlength=graph.n) > 0
        high_too_low, low_too_high = np.zeros(graph.n), np.zeros(graph.n)
        for repeat in range(repeats):
            found = expected_spread(
                graph,
                probability=p,
                samples=samples,
                confidence=confidence,
                rng=np.random.SeedSequence((seed, number, repeat)),
            )
            assert found.low is not None
            assert found.high is not None
            low_too_high += found.low > exact * (1 + 1e-12)
            high_too_low += found.high < exact * (1 - 1e-12)
        truth.append(exact[heard])
        above.append(low_too_high[heard] / repeats)
        below.append(high_too_low[heard] / repeats)
    spread, over, under = (np.concatenate(parts) for parts in (truth, above, below))
    decile = np.argsort(np.argsort(spread, kind="stable"), kind="stable") * 10 // len(spread)
    people = pl.DataFrame({"decile": decile + 1, "spread": spread, "above": over, "below": under})
    mean = people.group_by("decile").agg(
        pl.len().alias("people"),
        pl.col("spread").min().alias("from"),
        pl.col("spread").max().alias("to"),
        (1 - pl.col("above") - pl.col("below")).mean().alias("coverage"),
        (1 - pl.col("above") - pl.col("below")).min().alias("least of a person"),
        pl.col("above").mean(),
        pl.col("below").mean(),
    )
    return mean.sort("decile")


def draw(table: pl.DataFrame, confidence: float, path: Path) -> None:
    """Draw coverage by decile, with the band that the goal allows."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "influence_graph"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(4.2, 2.8), layout="constrained")
    axes.axhspan(confidence - 0.02, confidence + 0.02, color="0.92", linewidth=0, label="goal")
    axes.axhline(confidence, color="0.4", linewidth=0.8)
    axes.plot(table["decile"], table["coverage"], color="#0072B2", marker="o", markersize=4, label="measured")
    axes.set(
        xlabel="Decile of exact spread",
        ylabel=f"Share of {confidence:.0%} intervals\nthat hold it",
        xticks=range(1, 11),
        ylim=(confidence - 0.06, 1.0),
    )
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    """Run, print the table, draw the figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--graphs", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=2_000, help="runs of the estimator a graph")
    parser.add_argument("--samples", type=int, default=400, help="reverse-reachable sets a run")
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".svg"))
    options = parser.parse_args()
    table = coverage(options.graphs, options.repeats, options.samples, options.confidence, options.seed)
    with pl.Config(
        tbl_rows=-1, tbl_cols=-1, tbl_hide_dataframe_shape=True, float_precision=3, tbl_width_chars=110
    ):
        print(table)
    draw(table, options.confidence, options.out)


if __name__ == "__main__":
    main()
